"""Decryption by an onlooker: which end's key, and which vector, opens a message.

The expected vector is the one of RFC 2409 Appendix B. Others are tried after it, because an onlooker may have missed a
message, and because an end that refused a message goes on from an earlier block; a message that opens with one of these
says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from isakmp.conform.session import Ring, Session, evaluate
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.codec import decode_payloads
from isakmp.machine.codec_message import Encrypted, Message, Payloads, Raw
from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.limits import MESSAGE_ID_OCTETS
from isakmp.spec.terms import Role

if TYPE_CHECKING:
    from isakmp.conform.track import Track

__all__ = ["Closed", "Opened", "last_block", "open_message", "readable", "vectors"]

MAX_VECTORS = 12
"""How many vectors are tried: enough for the gaps of a lossy capture, and a bound for the work of a message."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that opened: its payloads, whose key and which vector did it, and whether that vector was expected.

    `lone` says that the vector is the hash of the message id alone, as Libreswan sends notifications during phase 1.
    """

    chain: Payloads
    ring: Ring
    iv: bytes
    expected: bool
    lone: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """A message that did not open. `ring` is set if there was a key, and `chain` is then what came of it.

    `certain` says that no key whatever could open it.
    """

    why: str
    ring: Ring | None = None
    chain: Payloads | None = None
    certain: bool = False


def last_block(session: Session, body: bytes) -> bytes:
    """The last CBC block of an encrypted body, the vector of what follows."""
    return body[-session.rings[Role.I].known.values.block_length :]


def vectors(track: Track, ring: Ring) -> Iterator[bytes]:
    """The vectors to try, the expected one first, each once, at most `MAX_VECTORS`."""
    lone = _lone_vector(track, ring)
    yield from dict.fromkeys((*islice(_vectors(track, ring), MAX_VECTORS - 1), *([lone] if lone is not None else [])))


def _lone_vector(track: Track, ring: Ring) -> bytes | None:
    """The vector of a phase 2 message whose sender left the last block of phase 1 out of the hash; last to be tried."""
    return None if track.phase == 1 else _vector_after(track, ring, b"")


def _vector_after(track: Track, ring: Ring, start: bytes) -> bytes | None:
    mine = ring.known.values.copy()
    mine[k.LAST_BLOCK], mine[k.M_ID] = start, track.message_id.to_bytes(MESSAGE_ID_OCTETS)
    vector, _ = evaluate(mine, k.IV_PHASE_2)
    return vector


def _vectors(track: Track, ring: Ring) -> Iterator[bytes]:
    session, values = track.session, ring.known.values
    first, _ = evaluate(values, k.IV_PHASE_1)
    if first is None and session.keys is not None:  # the public values came encrypted
        first = session.keys.initial_iv
    starts = [*session.blocks[:-MAX_VECTORS:-1], *([first] if first is not None else [])]
    if track.blocks:
        yield track.blocks[-1]
    if track.phase == 1:
        yield from starts[::-1]
        return
    for start in starts:
        vector = _vector_after(track, ring, start)
        if vector is not None:
            yield vector
    yield from track.blocks[-2:-MAX_VECTORS:-1]


def open_message(track: Track, encrypted: Encrypted, sender: Role, auth: Auth) -> Opened | Closed:
    """Decrypt the body of a message with its sender's key, else with the other end's.

    Args:
        track: the exchange that it belongs to.
        encrypted: the body.
        sender: who sent it, as a role of the ISAKMP SA.
        auth: the form of authentication, which decides how the keys are derived.

    """
    session = track.session
    closed = Closed("no key is known")
    rings = [session.rings[sender], *([session.rings[sender.other]] if session.separate else [])]
    for ring in rings:
        found = _open_with(track, encrypted, ring, auth)
        if isinstance(found, Opened):
            return found
        if closed.ring is None:
            closed = found
    return closed


def _open_with(track: Track, encrypted: Encrypted, ring: Ring, auth: Auth) -> Opened | Closed:
    suite = ring.known.suite
    if suite is None:
        return Closed("the negotiated cipher is not known")
    key, why = ring.cipher_key(auth)
    if key is None:
        return Closed(f"no key: {why}" if why else "no key is known")
    closed: Closed | None = None
    for number, iv in enumerate(vectors(track, ring)):
        try:
            plain = ring.known.values.backend.decrypt(suite.encryption, key, iv, encrypted.octets)
        except (CryptoFailure, ValueError) as error:
            return Closed(str(error))
        chain = decode_payloads(encrypted.first, plain, lenient=True, padded=True)
        if reads(chain):
            return Opened(chain, ring, iv, number == 0, number > 0 and iv == _lone_vector(track, ring))
        closed = closed or Closed("does not decrypt into payloads", ring, chain)
    return closed or Closed("no initialization vector: the public values are not in the capture")


def reads(chain: Payloads) -> bool:
    """Whether octets are payloads, not the noise that a wrong key gives: the first payload at least is in order."""
    if not chain.payloads or isinstance(chain.payloads[0], Raw):
        return False
    end = chain.offsets[1]
    return all(fault.offset is not None and fault.offset >= end for fault in chain.deviations)


def readable(wire: Message, opened: Opened | Closed | None) -> Payloads | None:
    """The payloads of a message: in the clear, or decrypted; None where it did not open."""
    if wire.encrypted is None:
        return wire.chain
    return opened.chain if isinstance(opened, Opened) else None
