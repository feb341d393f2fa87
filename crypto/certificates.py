"""Reading keys and X.509 certificates, as all backends do. What leads from one to another stands in `paths`."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from isakmp.crypto.errors import InvalidCertificate, InvalidKey
from isakmp.crypto.keys import PrivateKey, PublicKey
from isakmp.spec.algorithms import KeyKind
from isakmp.spec.registries import IdType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@dataclass(frozen=True)
class Certificate:
    """A certificate: its encoding, its names, its key.

    `identities` are the subject and the alternative names in the form of ID payloads (RFC 2407 section 4.6.2): type and
    body, so that a peer's identification can be looked up among them.
    """

    der: bytes = field(repr=False)
    subject: str
    issuer: str
    identities: tuple[tuple[IdType, bytes], ...] = field(repr=False)
    public_key: PublicKey = field(repr=False)
    not_before: datetime
    not_after: datetime
    native: x509.Certificate = field(repr=False, compare=False)

    def names(self, kind: IdType, body: bytes) -> bool:
        """Whether an identity is one of the certificate's, as names are compared and not octet by octet.

        A distinguished name may be written in other string types, a domain name in other letters (RFC 5280 sections 7.1
        to 7.5): upper and lower case and repeated spaces make no difference.
        """
        return _comparable(kind, body) in {_comparable(*identity) for identity in self.identities}

    @property
    def name(self) -> bytes:
        """The subject's distinguished name, DER."""
        return self.native.subject.public_bytes()

    def issued_under(self, authority: bytes) -> bool:
        """Whether a distinguished name, as a certificate request has it, is the issuer's (RFC 2408 section 3.10)."""
        return same_name(authority, self.native.issuer.public_bytes())


def is_name(der: bytes) -> bool:
    """Whether octets are a distinguished name."""
    try:
        x509.Name.from_bytes(der)
    except (ValueError, TypeError):
        return False
    return True


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two distinguished names, DER, are equal as names are compared (RFC 5280 section 7.1)."""
    return _comparable(IdType.DER_ASN1_DN, one) == _comparable(IdType.DER_ASN1_DN, other)


def public_key_of(native: object) -> PublicKey:
    """Wrap a public key of the `cryptography` package. Raises `InvalidKey` for a kind that IKE has no method for."""
    if isinstance(native, rsa.RSAPublicKey):
        kind, bits, octets = KeyKind.RSA, native.key_size, (native.key_size + 7) // 8
    elif isinstance(native, dsa.DSAPublicKey):
        order = native.parameters().parameter_numbers().q
        kind, bits, octets = KeyKind.DSS, native.key_size, 2 * ((order.bit_length() + 7) // 8)
    elif isinstance(native, ec.EllipticCurvePublicKey):
        kind, bits, octets = KeyKind.ECDSA, native.key_size, 2 * ((native.key_size + 7) // 8)
    else:
        raise InvalidKey(f"no authentication method of IKE uses keys of type {type(native).__name__}", "RFC2409:5")
    spki = native.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(kind, spki, bits, octets, native)


def load_private_key(data: bytes) -> PrivateKey:
    """Read a private key, PEM or DER, not encrypted. Raises `InvalidKey`."""
    load = serialization.load_pem_private_key if b"-----BEGIN" in data else serialization.load_der_private_key
    try:
        native = load(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidKey(f"private key cannot be read: {error}", "RFC2409:5") from error
    if not isinstance(native, (rsa.RSAPrivateKey, dsa.DSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise InvalidKey(f"no authentication method of IKE uses keys of type {type(native).__name__}", "RFC2409:5")
    public = public_key_of(native.public_key())
    return PrivateKey(public.kind, public, native)


# What the library raises for octets that are no certificate or list, or one with parts that it does not know.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def load_certificate(data: bytes) -> Certificate:
    """Read an X.509 certificate, DER or PEM. Raises `InvalidCertificate`; its key may raise `InvalidKey`."""
    load = x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate
    try:
        native = load(data)
        return Certificate(
            der=native.public_bytes(serialization.Encoding.DER),
            subject=native.subject.rfc4514_string(),
            issuer=native.issuer.rfc4514_string(),
            identities=tuple(_identities(native)),
            public_key=public_key_of(native.public_key()),
            not_before=native.not_valid_before_utc,
            not_after=native.not_valid_after_utc,
            native=native,
        )
    except UNREADABLE as error:
        raise InvalidCertificate(f"certificate cannot be read: {error}", "RFC2408:5.9") from error


def _comparable(kind: IdType, body: bytes) -> object:
    """What two identities have in common if they name the same."""
    if kind in (IdType.FQDN, IdType.USER_FQDN):
        return kind, body.lower()
    if kind is IdType.DER_ASN1_DN:
        try:
            name = x509.Name.from_bytes(body)
        except (ValueError, TypeError, AttributeError):  # no name, or a library that cannot read one by itself
            return kind, body
        return kind, tuple(
            frozenset((part.oid, " ".join(str(part.value).split()).casefold()) for part in rdn) for rdn in name.rdns
        )
    return kind, body


def _identities(native: x509.Certificate) -> Iterator[tuple[IdType, bytes]]:
    """Every name of a certificate as type and body of an ID payload (RFC 2407 section 4.6.2.1)."""
    if list(native.subject):
        yield IdType.DER_ASN1_DN, native.subject.public_bytes()
    try:
        names = native.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for name in names:
        if isinstance(name, x509.DNSName):
            yield IdType.FQDN, name.value.encode()
        elif isinstance(name, x509.RFC822Name):
            yield IdType.USER_FQDN, name.value.encode()
        elif isinstance(name, x509.IPAddress) and isinstance(name.value, IPv4Address):
            yield IdType.IPV4_ADDR, name.value.packed
        elif isinstance(name, x509.IPAddress) and isinstance(name.value, IPv6Address):
            yield IdType.IPV6_ADDR, name.value.packed
        elif isinstance(name, x509.DirectoryName):
            yield IdType.DER_ASN1_DN, name.value.public_bytes()
