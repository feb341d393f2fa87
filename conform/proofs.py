"""Judging proofs: hashes, signatures, and the certificates behind them.

Formulas are those of the slots that carry the proofs; sections those of the formulas.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from isakmp.conform.scene import Scene
from isakmp.conform.session import evaluate
from isakmp.crypto.certificates import Certificate
from isakmp.crypto.errors import CryptoFailure, ForgedCertificate
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.methods import signed_digest
from isakmp.spec import keying as k
from isakmp.spec.guards import Check
from isakmp.spec.messages import Protection, Slot
from isakmp.spec.payloads import CERT, HASH, SIG
from isakmp.spec.registries import AuthMethod, CertEncoding
from isakmp.spec.terms import Def, Role

__all__ = ["certificate", "hash_agrees", "signature"]

CERTIFICATE = "certificate"
CERTIFICATE_SECTION = Check.CERTIFICATE.value.cite


def hash_agrees(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether a hash is the one that its formula gives with the sender's keys."""
    if slot is None or not isinstance(slot.term, Def) or scene.find(slot, HASH) is None:
        return None
    definition, received = slot.term, scene.body(slot)
    scene.session.prepare()
    values = scene.known.values
    values.rest = scene.chain.after(scene.positions[slot])
    computed, why = evaluate(values, definition)
    if computed is None:
        scene.report.check(definition.name, definition.cite, why, ok=None)
        return None
    scene.track.hashes.setdefault(definition.name, set()).add(computed)
    if not hmac.compare_digest(computed, received):
        detail = f"is not {definition.term}" if len(received) == len(computed) else f"has {len(received)} octets"
        return scene.suspect(
            definition.name, slot, definition.cite, f"{definition.name} {detail}", Check.HASH.value.notify
        )
    scene.ring.proven = True
    scene.report.check(definition.name, definition.cite, definition.equation, ok=True)
    return _receiver_agrees(scene, definition, received)


def _receiver_agrees(scene: Scene, definition: Def, received: bytes) -> bool:
    """Whether the receiver, with keys of its own, computes the same."""
    if scene.track.phase != 1 or not scene.session.separate:
        return True
    other = scene.session.rings[scene.track.session_role(scene.receiver)]
    computed, _ = evaluate(other.known.values, definition)
    if computed is None or computed == received:
        return True
    if scene.template.protection is Protection.ENCRYPTED:
        return True  # it does not get as far as that: the message does not open with its key
    detail = f"the {scene.receiver.value} holds another pre-shared key and computes another value"
    scene.report.check(f"{definition.name} at the receiver", Check.HASH.value.cite, detail, ok=False)
    return False


def certificate(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether the sender's certificate leads to a trusted one and names its identity."""
    found: list[Certificate] = []
    backend = scene.session.backend
    for position, payload in enumerate(scene.chain.payloads):
        if not isinstance(payload, CERT):
            continue
        if payload.encoding != CertEncoding.X509_SIGNATURE:
            scene.report.notes.append(f"certificate of encoding {payload.encoding}, which is not judged")
            continue
        try:
            found.append(backend.load_certificate(payload.data))
        except CryptoFailure as failure:
            offset = scene.chain.offsets[position]
            scene.report.breach(CERTIFICATE, failure.cite, failure.reason, "CERT payload", offset)
            return False
    if not found:
        return _without(scene, slot)
    scene.certificate, *others = found
    return _trusted(scene, scene.certificate, others, sent=True)


def _without(scene: Scene, slot: Slot | None) -> bool | None:
    """Without a certificate in the message the keys file may have it: certificates may come by other ways."""
    keys = scene.session.keys
    mine = scene.track.session_role(scene.sender) is Role.I
    der = None if keys is None else keys.certificate_i if mine else keys.certificate_r
    if der is None:
        if slot is not None and slot not in scene.positions:
            scene.report.notes.append("no certificate in the message; its receiver has to know the key otherwise")
        return None
    try:
        scene.certificate = scene.session.backend.load_certificate(der)
    except CryptoFailure as failure:
        scene.report.check(CERTIFICATE, failure.cite, f"of the keys file: {failure.reason}", ok=None)
        return None
    scene.report.notes.append("no certificate in the message; the one of the keys file is used")
    return _trusted(scene, scene.certificate, [], sent=False)


def _trusted(scene: Scene, own: Certificate, others: list[Certificate], *, sent: bool) -> bool | None:
    backend, keys = scene.session.backend, scene.session.keys
    trusted = keys.trusted_certificates if keys else ()
    if not trusted:
        scene.report.check(CERTIFICATE, CERTIFICATE_SECTION, "the keys file names no trusted certificate", ok=None)
    else:
        try:
            anchors = [backend.load_certificate(der) for der in trusted]
            backend.check_path(own, others, anchors, datetime.fromtimestamp(scene.datagram.time, UTC))
        except CryptoFailure as failure:
            if sent and isinstance(failure, ForgedCertificate):
                positions = zip(scene.chain.payloads, scene.chain.offsets, strict=False)
                offset = next((at for payload, at in positions if isinstance(payload, CERT)), None)
                scene.report.breach(CERTIFICATE, failure.cite, failure.reason, "CERT payload", offset)
            else:
                scene.report.check(CERTIFICATE, failure.cite, failure.reason, ok=False)
            return False
        scene.report.check(CERTIFICATE, CERTIFICATE_SECTION, own.subject, ok=True)
    known = scene.known.identities.get(str(k.IDII if scene.sender is Role.I else k.IDIR))
    if known is not None and not own.names(known.type, known.data):
        detail = f"{own.subject!r} does not name the sender's identity ({known.type.label})"
        scene.report.check("certificate's identity", "RFC2407:4.6.2", detail, ok=False)
        return False
    return True if trusted else None


def signature(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether a signature is the sender's over the hash of the formula."""
    found = scene.find(slot, SIG)
    suite = scene.known.suite
    if slot is None or not isinstance(slot.term, Def) or found is None or suite is None:
        return None
    definition = slot.term
    covered = definition.term.children[-1]
    if not isinstance(covered, Def):
        return None
    if scene.certificate is None:
        scene.report.check(definition.name, definition.cite, "the sender's certificate is not known", ok=None)
        return None
    scene.session.prepare()
    digest = _digest(scene, suite.auth, covered, definition)
    if digest is None:
        return None
    scene.track.hashes.setdefault(covered.name, set()).add(digest)
    try:
        good = scene.session.backend.verify(suite.auth, scene.certificate.public_key, digest, found.data)
    except CryptoFailure as failure:
        scene.breach(definition.name, slot, failure.cite, failure.reason)
        return False
    if good:
        scene.ring.proven = True
        scene.report.check(definition.name, definition.cite, f"{definition.equation}, {covered.equation}", ok=True)
        return True
    detail = f"{definition.name} is no signature of {scene.certificate.subject!r} over {covered.name}"
    return scene.suspect(definition.name, slot, definition.cite, detail, Check.SIGNATURE.value.notify)


def _digest(scene: Scene, method: AuthMethod, covered: Def, definition: Def) -> bytes | None:
    why = ""
    try:
        return signed_digest(scene.known.values, method, covered)
    except MissingValueError as error:
        why = str(error)
    except KeyError as error:
        why = f"{error.args[0]} is not known"
    except CryptoFailure as failure:
        why = str(failure)
    scene.report.check(definition.name, definition.cite, why, ok=None)
    return None
