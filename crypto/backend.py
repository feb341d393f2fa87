"""What a crypto backend is: an interpretation, as octets, of the symbols in which the specification writes messages.

The codec and the machine hold a `Backend` and do not know which. A third party's backend derives from this class, is
declared under the entry point group `isakmp.backends` (see `isakmp.crypto.registry`), and can be tried with
`isakmp.crypto.testkit`. All lengths are octets.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from isakmp.crypto.certificates import Certificate
    from isakmp.crypto.keys import PrivateKey, PublicKey
    from isakmp.crypto.revocation import Revocation, RevocationList
    from isakmp.spec.groups import AnyGroup

Algorithm: TypeAlias = EncryptionAlgorithm | HashAlgorithm | Group | AuthMethod
"""What a backend can be asked about: the values of the phase 1 attributes that name algorithms."""


@dataclass(frozen=True)
class KeyPair:
    """One side of a Diffie-Hellman exchange: a secret exponent, in the backend's own form, and its public value.

    `public` is the body of a KE payload, as long as the group's public values are (RFC 2409 section 5).
    """

    group: AnyGroup
    private: object = field(repr=False)
    public: bytes


class Backend(ABC):
    """The symbols of the algebra as functions on octets.

    Methods check the lengths of what comes from a caller (`ValueError`) and of what comes from a peer
    (`CryptoFailure`). They do not ask `refusal` again: whoever negotiates does so before it agrees to an algorithm, and
    an algorithm that the backend lacks raises `Unsupported` where it is used.
    """

    name: str
    computes_octets: ClassVar[bool] = True
    """Whether values are those that other implementations compute; not so where octets only stand for formulas."""

    @abstractmethod
    def refusal(self, algorithm: Algorithm) -> str | None:
        """Why the algorithm cannot be used, in words; None where it can. The answer is found once and kept."""

    @abstractmethod
    def random(self, size: int, label: str) -> bytes:
        """Draw a fresh value of `size` octets. `label` names it as the RFCs do: "CKY-I", "Ni_b", "M-ID"."""

    @abstractmethod
    def hash(self, algorithm: HashAlgorithm, data: bytes) -> bytes:
        """The hash function of RFC 2409 section 3.2."""

    @abstractmethod
    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        """The keyed function of RFC 2409 section 4: HMAC with the negotiated hash."""

    def cat(self, parts: Sequence[bytes]) -> bytes:
        """Concatenation, which RFC 2409 section 3.2 writes as |."""
        return b"".join(parts)

    @abstractmethod
    def generate(self, group: AnyGroup, label: str) -> KeyPair:
        """Draw a secret exponent and compute its public value. `label` names the exponent: "xi", "xr"."""

    @abstractmethod
    def private_from(self, group: AnyGroup, secret: bytes | int) -> KeyPair:
        """Take a secret exponent that is known already, as a number or as its big-endian octets."""

    @abstractmethod
    def check_public(self, group: AnyGroup, public: bytes) -> None:
        """Refuse a peer's public value that is none of the group's, by raising `InvalidPublicValue`."""

    @abstractmethod
    def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
        """Give g^xy from the own pair and the peer's value, which `check_public` has passed.

        As long as the prime (RFC 2409 section 5), or x alone on a curve (RFC 5903 section 7).
        """

    @abstractmethod
    def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Encrypt in CBC mode without padding: a multiple of the block gives as many octets (RFC 2409 Appendix B)."""

    @abstractmethod
    def decrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """Undo `encrypt`. A wrong key gives unrelated octets; a length that is none raises `InvalidCiphertext`."""

    @abstractmethod
    def sign(self, method: AuthMethod, key: PrivateKey, digest: bytes) -> bytes:
        """Make the body of a SIG payload over HASH_I or HASH_R (RFC 2409 section 5.1).

        RSA: the digest as it is, in a PKCS #1 block of type 1, without its algorithm's name. DSS and ECDSA: the digest
        as it is, r | s at full width. Raises `InvalidKey` where the key is of another kind than the method needs.
        """

    @abstractmethod
    def verify(self, method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        """Tell whether a SIG payload's body is a signature over the digest. Raises `InvalidKey` as `sign` does."""

    @abstractmethod
    def pk_encrypt(self, key: PublicKey, plaintext: bytes) -> bytes:
        """Encrypt the body of a payload to a public RSA key, in PKCS #1 format (RFC 2409 section 5.2)."""

    @abstractmethod
    def pk_decrypt(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        """Undo `pk_encrypt`. Wrong ciphertext raises `InvalidCiphertext` or gives unrelated octets."""

    def load_private_key(self, data: bytes) -> PrivateKey:
        """Read a private key, PEM or DER, not encrypted. Raises `InvalidKey`."""
        from isakmp.crypto import certificates  # noqa: PLC0415 - loads the cryptography package: only where it is used

        return certificates.load_private_key(data)

    def load_certificate(self, data: bytes) -> Certificate:
        """Read an X.509 certificate, DER (the body of a CERT payload) or PEM. Raises `InvalidCertificate`."""
        from isakmp.crypto import certificates  # noqa: PLC0415

        return certificates.load_certificate(data)

    def check_path(
        self,
        certificate: Certificate,
        intermediates: Sequence[Certificate],
        trust_anchors: Sequence[Certificate],
        at: datetime,
        revocation: Revocation | None = None,
    ) -> None:
        """Find a path from the certificate to a trust anchor; raise `UntrustedCertificate` where there is none."""
        from isakmp.crypto import paths  # noqa: PLC0415
        from isakmp.crypto import revocation as lists  # noqa: PLC0415

        paths.check_path(certificate, intermediates, trust_anchors, at, revocation or lists.NO_LISTS)

    def load_revocation_list(self, data: bytes) -> RevocationList:
        """Read a CRL or ARL, DER or PEM. Raises `InvalidCertificate`."""
        from isakmp.crypto import revocation  # noqa: PLC0415

        return revocation.load_revocation_list(data)

    def load_wrapped(self, data: bytes) -> tuple[Certificate, ...]:
        """Read the certificates in a PKCS #7 structure, DER. Raises `InvalidCertificate`."""
        from isakmp.crypto import encodings  # noqa: PLC0415

        return encodings.unwrap(data)

    def load_dns_key(self, data: bytes) -> PublicKey:
        """Read the data of a KEY record of the DNS. Raises `InvalidKey`."""
        from isakmp.crypto import encodings  # noqa: PLC0415

        return encodings.read_dns_key(data)
