"""The receiver's side of public key encryption: which key was encrypted to, and what the bodies hold.

What came under the public key is never refused for what is in it: a receiver that tells whether a ciphertext had the
padding of PKCS #1 decrypts for everybody (Bleichenbacher). A nonce or identity that cannot be read, has a length that
none has, or is not acceptable, is replaced by a random value. The exchange goes on, and fails where it would with any
wrong nonce: at the proof. Why, is kept for the log (`Knowledge.doubt`).

What is encrypted under a key from the nonce can be refused openly: who does not know the nonce cannot make it, and sees
the same refusal whatever the nonce was.
"""

from __future__ import annotations

from types import MappingProxyType

from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.bodies import BodyCipher, payload_with
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message, payload_type
from isakmp.machine.config import Config
from isakmp.machine.errors import LocalMisuse, ProtocolError
from isakmp.machine.findings import Finding, wrong
from isakmp.machine.identities import identity_of, phase_1_problem
from isakmp.machine.methods import auth_of
from isakmp.machine.run import Step
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE, SEALING
from isakmp.spec.guards import PUBLIC_KEY, Check
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ID, NONCE_OCTETS
from isakmp.spec.registries import PayloadType


def sealed_message(datagram: bytes, config: Config) -> Message | None:
    """A message whose payloads can be read only with their bodies left unread; None if it is none, or not expected."""
    if not any(auth_of(proposal.auth) in SEALING for proposal in config.ike):
        return None
    try:
        return decode(datagram, opaque=OPAQUE)
    except ProtocolError:
        return None


def key_named(step: Step, slot: Slot | None) -> Finding:
    """Find the key pair whose certificate has the hash that HASH(1) gives; without HASH(1) it is the first."""
    if slot is None or slot not in step.positions:
        return None
    draft, credentials = step.draft, step.run.config.credentials
    wanted = step.chain.body(step.positions[slot])
    for key, certificate in ((credentials.private_key, credentials.certificate), *credentials.other_keys):
        if key is None or certificate is None:
            continue
        values = draft.values.copy()
        values[k.RESPONDER_CERTIFICATE] = certificate.der
        if values[k.HASH_1_CERTIFICATE] == wanted:
            draft.key = key
            return None
    return wrong(step, Check.KEY_NAMED, slot, "HASH(1) is the hash of no certificate of this end")


def opens(step: Step, slot: Slot | None) -> Finding:
    """Open all encrypted bodies of a message; `slot` is the nonce. What they hold takes their place in the chain."""
    if slot is None:
        raise TypeError("encrypted bodies without a nonce")
    chain = step.chain
    bodies = {
        position: _by_private_key(step, each, chain.body(position))
        for each, position in step.positions.items()
        if each.sealed == PUBLIC_KEY
    }
    step.draft.values[slot.value] = bodies[step.positions[slot]]
    shown: dict[int, bytes] = {}
    problem = _by_nonce(step, slot, shown)
    if problem is not None:
        return problem
    bodies |= shown
    # An identity that was replaced is none: its payload stays as it came.
    shown |= {place: bodies[place] for each, place in step.positions.items() if _is_read(step, each)}
    try:
        payloads = tuple(
            payload_with(payload_type(payload), bodies[place]) if place in shown else payload
            for place, payload in enumerate(chain.payloads)
        )
    except ProtocolError as error:
        found = error.deviation
        return wrong(step, Check.OPENS, slot, f"what opened is no {found.payload}: {found.detail}", found.cite)
    step.chain = chain._replace(payloads=payloads, opened=MappingProxyType(bodies))
    for each, position in step.positions.items():
        if each.sealed and each.payload is not PayloadType.CERT:
            step.draft.values[each.value] = bodies[position]
    return None


def _is_read(step: Step, slot: Slot) -> bool:
    """Whether what is in the draft under the name of a body under the public key can be shown as its payload."""
    if slot.sealed != PUBLIC_KEY:
        return False
    return slot.payload is PayloadType.NONCE or str(slot.value) in step.draft.identities


def _by_private_key(step: Step, slot: Slot, octets: bytes) -> bytes:
    """What a body under the public key holds, or a random value in its place.

    The random value is drawn in either case: what an outsider sees should depend on the ciphertext as little as can be.
    """
    run, draft = step.run, step.draft
    key = draft.key or run.config.credentials.private_key
    if key is None:
        raise LocalMisuse("public key encryption without a private key")
    substitute = run.backend.random(run.config.nonce_size, f"in place of {slot.value}")
    try:
        found = run.backend.pk_decrypt(key, octets)
    except CryptoFailure as failure:
        unfit = failure.reason
    else:
        unfit = _unfit_nonce(found) if slot.payload is PayloadType.NONCE else _unfit_identity(step, slot, found)
        if not unfit:
            return found
    draft.doubt = draft.doubt or f"{slot.subject} could not be used: {unfit}"
    return substitute


def _unfit_nonce(found: bytes) -> str:
    return "" if len(found) in NONCE_OCTETS else f"a nonce of {len(found)} octets"


def _unfit_identity(step: Step, slot: Slot, found: bytes) -> str:
    """Why an identity cannot be used; if it can, it is kept."""
    try:
        payload = payload_with(PayloadType.ID, found)
        identity = identity_of(payload) if isinstance(payload, ID) else None
    except (ProtocolError, ValueError) as error:
        return str(error)
    if identity is None:
        return "it is no identity"
    wanted = step.run.config.peer_identity
    if wanted is not None and (identity.type, identity.data) != (wanted.type, wanted.data):
        return "the peer names itself otherwise than policy expects"
    step.draft.identities[str(slot.value)] = identity
    return phase_1_problem(identity)


def _by_nonce(step: Step, nonce: Slot, bodies: dict[int, bytes]) -> Finding:
    """Open what is encrypted with the key from the nonce: all behind it that the figure does not show in the clear."""
    slots = {position: each for each, position in step.positions.items()}
    if not any(each.sealed not in ("", PUBLIC_KEY) for each in slots.values()):
        return None
    suite, role = step.draft.suite, step.run.table.role.other
    if suite is None:
        raise LocalMisuse("an encrypted body before a cipher is negotiated")
    values = step.draft.values.copy()  # the key is ephemeral: it goes with the copy
    block = values.block_length
    cipher = BodyCipher.under(step.run.backend, suite.encryption, values[k.KE_KEY[role]], block)
    start = step.positions[nonce]
    for position in range(len(step.chain.payloads)):
        each = slots.get(position)
        if each is not None and each.sealed in ("", PUBLIC_KEY):
            continue
        if position < start:
            if each is not None:
                return wrong(step, Check.OPENS, each, "it stands before the nonce from which its key comes")
            continue
        try:
            bodies[position] = cipher.open(step.chain.body(position))
        except CryptoFailure as failure:
            return wrong(step, Check.OPENS, each, failure.reason, failure.cite)
    return None
