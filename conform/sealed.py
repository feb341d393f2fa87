"""Bodies of single payloads that came encrypted, opened by an onlooker with the private keys (RFC 2409 section 5.2).

Whether a body does not open because of its sender or because the keys file holds another key cannot be told by one
message: what does not open is left undecided, with what was missing.
"""

from __future__ import annotations

from types import MappingProxyType

from isakmp.conform.negotiated import identity
from isakmp.conform.scene import Scene
from isakmp.conform.session import Session
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.bodies import BodyCipher, payload_with
from isakmp.machine.checks import negotiate
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message, payload_type
from isakmp.machine.errors import ProtocolError
from isakmp.machine.identities import identity_of, phase_1_problem
from isakmp.machine.negotiation import read_ike
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE, SEALING
from isakmp.spec.guards import PUBLIC_KEY, Check
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ID, NONCE_OCTETS
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Role

__all__ = ["key_named", "open_bodies", "opens", "reread", "unopened"]

BODIES = "encrypted bodies"


def reread(session: Session, wire: Message) -> Message:
    """A message of phase 1 with the bodies left unread that its form of authentication encrypts."""
    if session.auth not in SEALING or wire.encrypted is not None or wire.header.message_id:
        return wire
    return decode(wire.datagram, lenient=True, opaque=OPAQUE)


def unopened(scene: Scene, slot: Slot | None) -> bool:
    """Whether a slot's body is encrypted and was not opened."""
    return (
        slot is not None
        and bool(slot.sealed)
        and slot in scene.positions
        and scene.positions[slot] not in scene.chain.opened
    )


def open_bodies(scene: Scene) -> str:
    """Put what opens into the scene's chain; return why not all of it does, or nothing."""
    sealed = {slot: place for slot, place in scene.positions.items() if slot.sealed}
    if not sealed:
        return ""
    opened: dict[int, bytes] = {}
    public = [place for slot, place in sealed.items() if slot.sealed == PUBLIC_KEY]
    whys = [_by_private_key(scene, slot, opened) for slot in sealed if slot.sealed == PUBLIC_KEY]
    nonce = next((slot for slot in sealed if slot.payload is PayloadType.NONCE), None)
    if len(sealed) > len(whys) and nonce is not None:
        whys.append(_by_nonce(scene, nonce, opened))
    payloads = list(scene.chain.payloads)
    for place, body in tuple(opened.items()):
        try:
            payloads[place] = payload_with(payload_type(payloads[place]), body)
        except ProtocolError as error:
            del opened[place]
            whys.append(f"what opened cannot be read: {error.deviation.detail}")
        else:
            whys.append(_of_identity(payloads[place]) if place in public else "")
    why = next(filter(None, whys), "")
    if why and _private_key(scene) is not None:
        # Another key opens RSA's bodies too, to octets that mean nothing, of which some look like a nonce: where one
        # body does not open as it should, nothing is built on the others.
        opened.clear()
        payloads = list(scene.chain.payloads)
    scene.chain = scene.chain._replace(payloads=tuple(payloads), opened=MappingProxyType(opened))
    return why


def _of_identity(payload: Payload) -> str:
    """What is wrong with an identity that was opened: by the key of another, nearly all are."""
    problem = phase_1_problem(identity_of(payload)) if isinstance(payload, ID) else None
    return f"what opened is no identity of phase 1: {problem}" if problem else ""


def _private_key(scene: Scene) -> bytes | None:
    """The private key that the keys file has of the receiver."""
    keys = scene.session.keys
    return None if keys is None else keys.private_key_i if scene.receiver is Role.I else keys.private_key_r


def _by_private_key(scene: Scene, slot: Slot, opened: dict[int, bytes]) -> str:
    session, receiver = scene.session, scene.receiver
    keys, place = session.keys, scene.positions[slot]
    der = _private_key(scene)
    logged = keys.logged.get("nonce_i" if receiver is Role.R else "nonce_r") if keys is not None else None
    if der is None and slot.payload is PayloadType.NONCE and logged is not None:
        opened[place] = logged
        return ""
    if der is None:
        return f"the private key of the {receiver.value} is not known"
    try:
        found = session.backend.pk_decrypt(session.backend.load_private_key(der), scene.chain.body(place))
    except CryptoFailure as failure:
        return f"{slot.subject} does not open with the private key of the keys file: {failure.reason}"
    if slot.payload is PayloadType.NONCE and len(found) not in NONCE_OCTETS:
        return f"with the private key of the keys file {slot.subject} opens to {len(found)} octets, which is no nonce"
    opened[place] = found
    return ""


def _by_nonce(scene: Scene, nonce: Slot, opened: dict[int, bytes]) -> str:
    """Open what is encrypted with the key from the nonce, in the order of the wire."""
    start = scene.positions[nonce]
    if start not in opened:
        return f"the key of what follows {nonce.subject} comes from it"
    known = _in_force(scene)
    if known is None or known.suite is None:
        return "the negotiated cipher is not known"
    known.values[nonce.value] = opened[start]
    slots = {place: slot for slot, place in scene.positions.items()}
    try:
        key = known.values[k.KE_KEY[scene.sender]]
        cipher = BodyCipher.under(scene.session.backend, known.suite.encryption, key, known.values.block_length)
        for place in range(start + 1, len(scene.chain.payloads)):
            slot = slots.get(place)
            if slot is None or slot.sealed:
                opened[place] = cipher.open(scene.chain.body(place))
    except (CryptoFailure, ValueError) as error:
        return f"what follows {nonce.subject} does not open with the key that comes from it: {error}"
    return ""


def _in_force(scene: Scene) -> Knowledge | None:
    """A copy of what is known, with the cipher in use: in the first message of aggressive mode, the one offered."""
    known = scene.known.copy()
    if known.suite is None and known.offer is not None:
        transforms = [transform for proposal in known.offer.proposals for transform in proposal.transforms]
        suite = next((found for found in map(read_ike, transforms) if found is not None), None)
        if suite is None:
            return None
        negotiate(known, suite)
    return known


def opens(scene: Scene, _: Slot | None) -> bool | None:
    """Answer whether the bodies of a message open; an identity under the public key is judged here too."""
    why = open_bodies(scene)
    scene.track.read = scene.chain
    for each, place in scene.positions.items():
        if each.sealed and each.payload is not PayloadType.CERT and place in scene.chain.opened:
            scene.session.bind(each.value, scene.body(each))
    if why:
        scene.report.check(BODIES, Check.OPENS.value.cite, why, ok=None)
        return None
    names = ", ".join(each.subject for each in scene.positions if each.sealed)
    scene.report.check(BODIES, Check.OPENS.value.cite, names, ok=True)
    for each in scene.positions:
        if each.sealed == PUBLIC_KEY and each.payload is PayloadType.ID:
            identity(scene, each)
    return True


def key_named(scene: Scene, slot: Slot | None) -> bool | None:
    """Answer whether HASH(1) is the hash of the responder's certificate, as far as that is known."""
    if slot is None or slot not in scene.positions:
        return True
    keys, known = scene.session.keys, _in_force(scene)
    der = keys.certificate_r if keys is not None else None
    if der is None or known is None or known.suite is None:
        scene.report.check(slot.subject, k.HASH_1_CERTIFICATE.cite, "the responder's certificate is not known", ok=None)
        return None
    known.values[k.RESPONDER_CERTIFICATE] = der
    if known.values[k.HASH_1_CERTIFICATE] == scene.body(slot):
        scene.report.check(slot.subject, k.HASH_1_CERTIFICATE.cite, k.HASH_1_CERTIFICATE.equation, ok=True)
        return True
    detail = "it names another certificate than the keys file holds for the responder"
    scene.report.check(slot.subject, k.HASH_1_CERTIFICATE.cite, detail, ok=None)
    return None
