"""Judging proofs: hashes, signatures, and the certificates behind them.

Formulas are those of the slots that carry the proofs; sections those of the formulas.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from isakmp.conform.scene import Scene
from isakmp.conform.session import evaluate
from isakmp.conform.track import Track
from isakmp.crypto.certificates import Certificate
from isakmp.crypto.errors import CryptoFailure, ForgedCertificate
from isakmp.crypto.revocation import NO_LISTS, Revocation
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.certifying import Received, read_certificates
from isakmp.machine.codec_message import Payloads
from isakmp.machine.config import Identity
from isakmp.machine.methods import signed_digest
from isakmp.spec import keying as k
from isakmp.spec.guards import READABLE_CERTIFICATES, Check
from isakmp.spec.limits import CERTIFICATES_KEPT
from isakmp.spec.messages import Protection, Slot
from isakmp.spec.payloads import CERT, HASH, SIG
from isakmp.spec.registries import AuthMethod, CertEncoding
from isakmp.spec.terms import Def, Role

__all__ = ["certificate", "encoding", "hash_agrees", "keep_certificates", "signature"]

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


def encoding(scene: Scene, _: Slot | None) -> bool | None:
    """Answer whether anything that came as a certificate is of an encoding that its receiver can read."""
    found = {payload.encoding for payload in _sent(scene)}
    if not found:
        return None
    if not found.isdisjoint(READABLE_CERTIFICATES):
        return True
    names = ", ".join(CertEncoding.describe(each) for each in sorted(found))
    rule = Check.CERTIFICATE_ENCODING.value
    scene.report.check(CERTIFICATE, rule.cite, f"of encodings that are not judged: {names}", ok=None)
    return None


def _sent(scene: Scene) -> tuple[CERT, ...]:
    """The sender's certificate payloads: those of this message, then those of its earlier ones."""
    here = tuple(payload for payload in scene.chain.payloads if isinstance(payload, CERT))
    return (*here, *scene.track.certificates.get(scene.sender, ()))


def keep_certificates(track: Track, chain: Payloads | None, sender: Role) -> None:
    """Keep what a message of phase 1 brings of certificates: they may be sent before they are needed."""
    if track.phase == 1 and chain is not None:
        sent = tuple(payload for payload in chain.payloads if isinstance(payload, CERT))
        track.certificates[sender] = (*track.certificates.get(sender, ()), *sent)[:CERTIFICATES_KEPT]


def certificate(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether the sender's certificate leads to a trusted one and names its identity."""
    backend = scene.session.backend
    sealed = slot is not None and bool(slot.sealed)
    for position, payload in enumerate(scene.chain.payloads):
        if isinstance(payload, CERT):
            malformed = next(iter(read_certificates(backend, (payload,), sealed=sealed).discarded), None)
            if malformed is not None and payload.encoding in READABLE_CERTIFICATES:
                offset = scene.chain.offsets[position]
                scene.report.breach(CERTIFICATE, Check.CERTIFICATE.value.cite, malformed, "CERT payload", offset)
                return False
    found = read_certificates(backend, _sent(scene), sealed=sealed)
    if found.keys:
        scene.key = found.keys[0]
        detail = "a key without a certificate: only its receiver knows whose it is"
        scene.report.check(CERTIFICATE, CERTIFICATE_SECTION, detail, ok=None)
        return None
    if not found.own:
        return _without(scene, slot)
    own = found.certificate_of(_identity(scene))
    scene.certificate, scene.key = own, own.public_key
    return _trusted(scene, own, found)


def _identity(scene: Scene) -> Identity | None:
    return scene.known.identities.get(str(k.IDII if scene.sender is Role.I else k.IDIR))


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
    scene.key = scene.certificate.public_key
    scene.report.notes.append("no certificate in the message; the one of the keys file is used")
    return _trusted(scene, scene.certificate, None)


def _trusted(scene: Scene, own: Certificate, sent: Received | None) -> bool | None:
    """Whether a certificate is trusted, by what the keys file trusts and by what was `sent` with it."""
    backend, keys = scene.session.backend, scene.session.keys
    trusted = keys.trusted_certificates if keys else ()
    if not trusted:
        scene.report.check(CERTIFICATE, CERTIFICATE_SECTION, "the keys file names no trusted certificate", ok=None)
    else:
        try:
            anchors = [backend.load_certificate(der) for der in trusted]
            others = () if sent is None else sent.others(own)
            revocation = NO_LISTS if sent is None else Revocation(sent.lists)
            backend.check_path(own, others, anchors, datetime.fromtimestamp(scene.datagram.time, UTC), revocation)
        except CryptoFailure as failure:
            if sent is not None and isinstance(failure, ForgedCertificate):
                positions = zip(scene.chain.payloads, scene.chain.offsets, strict=False)
                offset = next((at for payload, at in positions if isinstance(payload, CERT)), None)
                scene.report.breach(CERTIFICATE, failure.cite, failure.reason, "CERT payload", offset)
            else:
                scene.report.check(CERTIFICATE, failure.cite, failure.reason, ok=False)
            return False
        scene.report.check(CERTIFICATE, CERTIFICATE_SECTION, own.subject, ok=True)
    known = _identity(scene)
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
    if scene.key is None:
        scene.report.check(definition.name, definition.cite, "the sender's certificate is not known", ok=None)
        return None
    scene.session.prepare()
    digest = _digest(scene, suite.auth, covered, definition)
    if digest is None:
        return None
    scene.track.hashes.setdefault(covered.name, set()).add(digest)
    try:
        good = scene.session.backend.verify(suite.auth, scene.key, digest, found.data)
    except CryptoFailure as failure:
        scene.breach(definition.name, slot, failure.cite, failure.reason)
        return False
    if good:
        scene.ring.proven = True
        scene.report.check(definition.name, definition.cite, f"{definition.equation}, {covered.equation}", ok=True)
        return True
    whose = repr(scene.certificate.subject) if scene.certificate is not None else "the key that was sent"
    detail = f"{definition.name} is no signature of {whose} over {covered.name}"
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
