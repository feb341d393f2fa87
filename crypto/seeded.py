"""The backend for runs that can be repeated: real algorithms, and fresh values that all follow from a seed.

Construction, which any other program can follow:

    K               = SHA-256(seed)
    block(L, n, i)  = HMAC-SHA-256(K, L | 0x00 | n as 8 octets | i as 4 octets)
    the n-th fresh value of the label L, n = 0, 1, ...  =  the first octets of block(L, n, 0) | block(L, n, 1) | ...

with L in UTF-8, numbers in network byte order, and a seed that is an integer written as its decimal digits, a text in
UTF-8. Values of one label do not depend on how often others were drawn in between. Peers of one run share a backend, or
have backends with different seeds: two backends with one seed give both peers the same fresh values.

Exponents are made from such values as `isakmp.crypto.modp.exponent` says, multipliers as 1 + value mod (order - 1), of
a value eight octets longer than the order. ECDSA signs by RFC 6979; DSS with the k of `_dss_k`; RSA signatures are the
same anyhow; the padding of RSA encryption takes the octets of a fresh value that are not 0, in order.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import dsa, rsa

from isakmp.crypto import signatures
from isakmp.crypto.keys import check_encryption_key, check_signing_key
from isakmp.crypto.openssl import OpensslBackend
from isakmp.spec.groups import AnyGroup

if TYPE_CHECKING:
    from isakmp.crypto.backend import KeyPair
    from isakmp.crypto.keys import PrivateKey, PublicKey
    from isakmp.spec.registries import AuthMethod

_BLOCK = 32


class SeededBackend(OpensslBackend):
    """Real algorithms, with fresh values from a seed: for tests and study, as whoever knows the seed knows all keys."""

    name = "seeded"

    def __init__(self, seed: int | bytes | str | None = 0) -> None:
        """Start from a seed; equal seeds and equal questions give equal octets. No seed (None) is the seed 0."""
        super().__init__()
        self.reseed(seed)

    def reseed(self, seed: int | bytes | str | None = 0) -> None:
        """Start again, from another seed."""
        seed = 0 if seed is None else seed
        octets = seed if isinstance(seed, bytes) else str(seed).encode()
        self._key = hashlib.sha256(octets).digest()
        self._drawn: Counter[str] = Counter()

    def random(self, size: int, label: str) -> bytes:
        """Draw the next fresh value of a label."""
        prefix = label.encode() + b"\0" + self._drawn[label].to_bytes(8, "big")
        self._drawn[label] += 1
        blocks = range(-(-size // _BLOCK))
        stream = b"".join(hmac.digest(self._key, prefix + i.to_bytes(4, "big"), "sha256") for i in blocks)
        return stream[:size]

    def generate(self, group: AnyGroup, label: str) -> KeyPair:
        """Draw a secret from the seed, on curves too, where OpenSSL would draw its own."""
        return self.private_from(group, self.draw_secret(group, label))

    def sign(self, method: AuthMethod, key: PrivateKey, digest: bytes) -> bytes:
        """Sign HASH_I or HASH_R so that equal digests under equal keys give equal signatures."""
        if isinstance(key.native, dsa.DSAPrivateKey):
            check_signing_key(method, key.public)
            return self._dss(key.native, digest)
        return signatures.sign(method, key, digest, repeatable=True)

    def _dss(self, key: dsa.DSAPrivateKey, digest: bytes) -> bytes:
        """The Digital Signature Algorithm (FIPS 186-4 section 4.6), which the library does only with a k of its own."""
        numbers = key.private_numbers()
        x, parameters = numbers.x, numbers.public_numbers.parameter_numbers
        p, q, g = parameters.p, parameters.q, parameters.g
        width = (q.bit_length() + 7) // 8
        z = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - q.bit_length())
        attempt = 0
        while True:
            k = self._dss_k(x.to_bytes(width, "big"), digest, attempt, q)
            r = pow(g, k, p) % q
            s = pow(k, -1, q) * (z + x * r) % q
            if r and s:
                return r.to_bytes(width, "big") + s.to_bytes(width, "big")
            attempt += 1

    @staticmethod
    def _dss_k(x: bytes, digest: bytes, attempt: int, q: int) -> int:
        """A k from 1 to q-1 that follows from key and digest: HMAC-SHA-512(x, attempt as one octet | digest)."""
        return 1 + int.from_bytes(hmac.digest(x, bytes([attempt]) + digest, "sha512"), "big") % (q - 1)

    def pk_encrypt(self, key: PublicKey, plaintext: bytes) -> bytes:
        """Encrypt in PKCS #1 format: 00 02, octets from the seed but no 0, 00, plaintext (RFC 2313 section 8.1)."""
        check_encryption_key(key, plaintext)
        if not isinstance(key.native, rsa.RSAPublicKey):  # check_encryption_key has said so
            return signatures.pk_encrypt(key, plaintext)
        numbers, width = key.native.public_numbers(), (key.bits + 7) // 8
        needed, padding = width - 3 - len(plaintext), b""
        while len(padding) < needed:
            padding += self.random(needed, "PKCS #1 padding").replace(b"\0", b"")
        block = b"\x00\x02" + padding[:needed] + b"\x00" + plaintext
        return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(width, "big")
