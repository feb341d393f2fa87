"""What the attacks share: two ends, what they send, their state, and formulas computed by hand from the octets."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from isakmp.crypto.backend import Backend
from isakmp.crypto.registry import load_backend
from isakmp.machine.codec import decode, encode, encode_payloads
from isakmp.machine.codec_message import Encrypted, Message, payload_type
from isakmp.machine.config import Identity, IkeProposal
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import Output, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import HASH, ID, Header
from isakmp.spec.registries import AuthMethod, ExchangeType, Flag
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, ends

SUITE = "aes128-sha256-ecp256"
HEADER = Header.layout.minimum
BLOCK = 16
SERVER = Identity.address("192.0.2.3")


def sends(outputs: Iterable[Output]) -> list[bytes]:
    """The datagrams among outputs."""
    return [output.datagram for output in outputs if isinstance(output, Send)]


def rows(outputs: Iterable[Output]) -> list[str]:
    """The rows that were taken, from the state on."""
    return [output.row.id.split(".", 2)[2] for output in outputs if isinstance(output, Taken)]


def pair(auth: AuthMethod = AuthMethod.PSK, backend: Backend | None = None, **changes: object) -> tuple[Peer, Peer]:
    """Alice and Bob, who compute fast."""
    return ends(auth, SUITE, backend or load_backend("seeded", seed=b"attacks"), **changes)


def talk(alice: Peer, bob: Peer, exchange: str = "main", *, quick: bool = True) -> Handshake:
    """A quiet run between both."""
    return handshake(alice, bob, exchange, now=NOW, quick=quick)


def up_to(count: int, alice: Peer, bob: Peer, exchange: str = "main") -> bytes:
    """The datagram that is on the wire after `count` deliveries."""
    peers = {Role.I: alice, Role.R: bob}
    (datagram,), receiver = sends(alice.initiate(exchange, Role.R, NOW)), Role.R
    for _ in range(count):
        (datagram,) = sends(peers[receiver].receive(datagram, receiver.other, NOW))
        receiver = receiver.other
    return datagram


def changed(datagram: bytes, place: int, octets: bytes) -> bytes:
    """A datagram with other octets at a place."""
    return datagram[:place] + octets + datagram[place + len(octets) :]


def identity_in(datagram: bytes) -> bytes:
    """The data of the first ID payload of a message in the clear."""
    return next(payload.data for payload in decode(datagram).payloads if isinstance(payload, ID))


def sha256_prf(key: bytes, data: bytes) -> bytes:
    """The prf of the suite, by the standard library."""
    return hmac.digest(key, data, "sha256")


def aes_cbc(key: bytes, iv: bytes, octets: bytes, *, decrypt: bool = False) -> bytes:
    """The cipher of the suite, by the cryptography package."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    context = cipher.decryptor() if decrypt else cipher.encryptor()
    return context.update(octets) + context.finalize()


def protected(
    sa: IsakmpSa, message_id: int, payloads: tuple[Payload, ...], covered: tuple[Payload, ...] | None = None
) -> bytes:
    """An informational message as the holder of an SA's keys would send it; the hash covers `covered` only."""
    octets = message_id.to_bytes(4, "big")
    digest = sha256_prf(sa.skeyid_a, octets + encode_payloads(payloads if covered is None else covered))
    plain = encode_payloads((HASH(digest), *payloads))
    plain += bytes(-len(plain) % BLOCK)
    return sealed(sa, message_id, plain, ExchangeType.INFORMATIONAL)


def first_vector(sa: IsakmpSa, message_id: int) -> bytes:
    """The vector of the first message under a message id, by hand (RFC 2409 Appendix B)."""
    return hashlib.sha256(sa.last_block + message_id.to_bytes(4, "big")).digest()[:BLOCK]


def sealed(sa: IsakmpSa, message_id: int, plain: bytes, exchange: ExchangeType) -> bytes:
    """A message under an SA with that plaintext."""
    header = Header(sa.cky_i, sa.cky_r, exchange, Flag.ENCRYPTION, message_id)
    body = aes_cbc(sa.cipher_key, first_vector(sa, message_id), plain)
    return encode(Message(header, encrypted=Encrypted(payload_type(HASH(b"")), body)))


def offers(proposal: IkeProposal, *lifetimes: int) -> tuple[IkeProposal, ...]:
    """One suite with several lifetimes, in seconds."""
    return tuple(replace(proposal, lifetime=lifetime) for lifetime in lifetimes)


__all__ = [
    "ALICE", "BLOCK", "BOB", "HEADER", "NOW", "SERVER", "SUITE", "Role", "aes_cbc", "changed", "first_vector",
    "identity_in", "offers", "pair", "protected", "rows", "sealed", "sends", "sha256_prf", "talk", "up_to",
]  # fmt: skip
