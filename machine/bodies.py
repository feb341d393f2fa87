"""Bodies of single payloads, encrypted one by one (RFC 2409 sections 5.2 and 5.3): padding, chaining, reading.

The revised mode pads otherwise than all else in IKE: "All padding bytes, except for the last one, contain 0x00. The
last byte of the padding contains the number of the padding bytes used, excluding the last one. Note that this means
there will always be padding." Its vectors run from payload to payload of one message: zero for the first behind the
nonce, then the last block of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass

from isakmp.crypto.backend import Backend
from isakmp.crypto.errors import InvalidCiphertext
from isakmp.machine.codec import decode_payloads, encode_payloads
from isakmp.machine.codec_message import GENERIC
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import Unknown
from isakmp.spec.registries import EncryptionAlgorithm

SECTION = "RFC2409:5.3"


def body_of(payload: Payload) -> bytes:
    """A payload's octets without its generic header."""
    return encode_payloads((payload,))[GENERIC:]


def payload_with(kind: int, body: bytes) -> Payload:
    """The payload of a type with that body.

    Raises:
        MalformedMessage: the body has not the layout of the type.
    """
    return decode_payloads(kind, encode_payloads((Unknown(kind, body),))).payloads[0]


def pad(body: bytes, block: int) -> bytes:
    """A body with the padding of RFC 2409 section 5.3; `block` in octets."""
    missing = block - len(body) % block
    return body + bytes(missing - 1) + bytes([missing - 1])


def unpad(padded: bytes, block: int) -> bytes | None:
    """The body without its padding; None if the padding is not that of RFC 2409 section 5.3."""
    if not padded or padded[-1] >= block:
        return None
    start = len(padded) - padded[-1] - 1
    return None if any(padded[start:-1]) else padded[:start]


@dataclass(slots=True)
class BodyCipher:
    """The cipher of the bodies behind an encrypted nonce; `iv` moves on with each of them."""

    backend: Backend
    algorithm: EncryptionAlgorithm
    key: bytes
    block: int
    iv: bytes

    @classmethod
    def under(cls, backend: Backend, algorithm: EncryptionAlgorithm, key: bytes, block: int) -> BodyCipher:
        """The cipher at its start: the vector is zero."""
        return cls(backend, algorithm, key, block, bytes(block))

    def seal(self, body: bytes) -> bytes:
        """Pad and encrypt the next body."""
        sealed = self.backend.encrypt(self.algorithm, self.key, self.iv, pad(body, self.block))
        self.iv = sealed[-self.block :]
        return sealed

    def open(self, sealed: bytes) -> bytes:
        """Decrypt the next body, without its padding.

        Raises:
            InvalidCiphertext: its length is no multiple of the block, or what comes of it has no such padding.
        """
        if not sealed:
            raise InvalidCiphertext("an encrypted body is empty, where there is always padding", SECTION)
        plain = unpad(self.backend.decrypt(self.algorithm, self.key, self.iv, sealed), self.block)
        self.iv = sealed[-self.block :]
        if plain is None:
            raise InvalidCiphertext("the padding is not zeros and their number", SECTION)
        return plain
