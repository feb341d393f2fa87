"""Reading keys and X.509 certificates, as all backends do, and the search for a path of trust.

Paths are checked by the small set of rules that IKE certificates of any age can meet: names, signatures, validity,
basic constraints, key usage. The verifier that comes with `cryptography` is made for the web's certificates and refuses
many of these, among them a CA certificate without key usage.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from isakmp.crypto.errors import ForgedCertificate, InvalidCertificate, InvalidKey, UntrustedCertificate
from isakmp.crypto.keys import PrivateKey, PublicKey
from isakmp.spec.algorithms import KeyKind
from isakmp.spec.registries import IdType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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


# What the library raises for octets that are no certificate, or one with parts that it does not know.
_UNREADABLE = (
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
    except _UNREADABLE as error:
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


# Extensions whose meaning the rules below take into account, or that do not restrict what a key may be used for in IKE.
_UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
    }
)


def check_path(
    certificate: Certificate,
    intermediates: Sequence[Certificate],
    trust_anchors: Sequence[Certificate],
    at: datetime,
) -> None:
    """Find a path from a peer's certificate to a trust anchor, all of it valid at a time (aware of its zone).

    A certificate that is itself a trust anchor is trusted as long as it is valid. Revocation is not looked up. Raises
    `UntrustedCertificate` with the reason for which the last path failed; `ForgedCertificate` if a signature is wrong.
    """
    reason = _why_not_sound(certificate, at)
    if reason is None and certificate not in trust_anchors:
        reason = _why_no_path(certificate, intermediates, trust_anchors, at)
    reason = reason or _why_not_signing(certificate)
    if reason is not None:
        for each in (certificate, *intermediates):
            forged = _why_forged(each, (*trust_anchors, *intermediates))
            if forged is not None:
                raise ForgedCertificate(forged, "RFC2408:5.9")
        raise UntrustedCertificate(reason, "RFC2408:5.9")


def _why_forged(certificate: Certificate, others: Sequence[Certificate]) -> str | None:
    """Why a certificate is signed by none of those at hand that have its issuer's name; None without such a one."""
    issuers = [issuer for issuer in others if issuer.native.subject == certificate.native.issuer]
    reasons = [_why_not_signed(certificate, issuer) for issuer in issuers]
    wrong = [reason for reason in reasons if reason is not None and reason.endswith(" is wrong")]
    return wrong[0] if wrong and len(wrong) == len(issuers) else None


def _why_no_path(
    certificate: Certificate, intermediates: Sequence[Certificate], trust_anchors: Sequence[Certificate], at: datetime
) -> str | None:
    """Lengthen paths by each possible issuer until one ends at an anchor; None where one does, else a reason.

    The shortest paths come first, and no certificate is entered twice: a peer that sends many which name each other
    as issuers makes work for their number squared, not for all the orders in which they can stand.
    """
    paths: deque[tuple[Certificate, ...]] = deque([(certificate,)])
    entered = {certificate.der}
    reason = None
    while paths:
        path = paths.popleft()
        last = path[-1]
        reason = (
            reason or f"no trust anchor and no certificate at hand is the issuer of {last.subject!r}: {last.issuer!r}"
        )
        for issuer in (*trust_anchors, *intermediates):
            if issuer.native.subject != last.native.issuer or issuer.der in entered:
                continue
            reason = _why_not_sound(issuer, at) or _why_not_issuer(issuer, path) or _why_not_signed(last, issuer)
            if reason is None:
                if issuer in trust_anchors:
                    return None
                entered.add(issuer.der)
                paths.append((*path, issuer))
    return reason


def _why_not_sound(certificate: Certificate, at: datetime) -> str | None:
    """What forbids any use of a certificate now."""
    if at < certificate.not_before:
        return f"{certificate.subject!r} is not valid before {certificate.not_before:%Y-%m-%d %H:%M:%S} UTC"
    if at > certificate.not_after:
        return f"{certificate.subject!r} has expired at {certificate.not_after:%Y-%m-%d %H:%M:%S} UTC"
    for extension in certificate.native.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return f"{certificate.subject!r} has a critical extension unknown here: {extension.oid.dotted_string}"
    return None


def _why_not_issuer(issuer: Certificate, path: tuple[Certificate, ...]) -> str | None:
    """What forbids a certificate to have issued the last one of a path."""
    extensions = issuer.native.extensions
    if issuer.native.version is x509.Version.v3:
        try:
            constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        except x509.ExtensionNotFound:
            return f"{issuer.subject!r} is no CA certificate: it has no basic constraints"
        if not constraints.ca:
            return f"{issuer.subject!r} is no CA certificate: its basic constraints say so"
        between = sum(1 for certificate in path[1:] if certificate.native.subject != certificate.native.issuer)
        if constraints.path_length is not None and between > constraints.path_length:
            return f"{issuer.subject!r} allows {constraints.path_length} CA certificates below it, here are {between}"
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return None if usage.key_cert_sign else f"{issuer.subject!r} may not sign certificates by its key usage"


def _why_not_signing(certificate: Certificate) -> str | None:
    """What forbids the key of a peer's certificate to sign or to decrypt in IKE."""
    try:
        usage = certificate.native.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    if usage.digital_signature or usage.content_commitment or usage.key_encipherment:
        return None
    return f"{certificate.subject!r} may neither sign nor encipher keys by its key usage"


def _why_not_signed(certificate: Certificate, issuer: Certificate) -> str | None:
    """Why a certificate does not bear a good signature of its alleged issuer."""
    try:
        certificate.native.verify_directly_issued_by(issuer.native)
    except InvalidSignature:
        return f"the signature of {issuer.subject!r} on {certificate.subject!r} is wrong"
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"the signature of {issuer.subject!r} on {certificate.subject!r} cannot be checked: {error}"
    return None
