"""Certificates that are wrong in one respect: the partner's own one, issued again for a fresh key.

The key is another one since targets are known that keep certificates which they have trusted once: with the old key
they would find the right one among those.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from isakmp.crypto.backend import Backend
from isakmp.crypto.keys import PrivateKey

if TYPE_CHECKING:
    from isakmp.crypto.certificates import Certificate

NOBODY: Final = "nobody.invalid"
"""A name that belongs to nobody (RFC 2606)."""

_FAR: Final = timedelta(days=30)
"""How far from now a certificate ends or begins: clocks differ, and some (NSS) bear a day."""


class Wrong(Enum):
    """What is wrong with a certificate, in words."""

    STRANGER = "that another authority has issued under the same name"
    EXPIRED = "that expired a month ago"
    EARLY = "that is not valid for another month"
    NAME = "for another name"

    @property
    def needs_authority(self) -> bool:
        """Whether the authority's own key has to sign it: else its signature is wrong as well."""
        return self is not Wrong.STRANGER


def other_key(key: PrivateKey, backend: Backend) -> PrivateKey:
    """A fresh key of the same kind and size."""
    native: rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey
    match key.native:
        case rsa.RSAPrivateKey():
            native = rsa.generate_private_key(65537, key.native.key_size)
        case dsa.DSAPrivateKey():
            native = key.native.parameters().generate_private_key()
        case ec.EllipticCurvePrivateKey():
            native = ec.generate_private_key(key.native.curve)
    form = serialization.PrivateFormat.PKCS8
    return backend.load_private_key(
        native.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    )


def issued_again(
    own: Certificate, key: PrivateKey, wrong: Wrong, *, authority: PrivateKey | None, now: float, backend: Backend
) -> Certificate:
    """The same certificate, for another key, with what is wrong; `now` in seconds since 1970.

    Without the key of its authority a fresh one signs it.
    """
    signer = ec.generate_private_key(ec.SECP256R1()) if authority is None else authority.native
    moment = datetime.fromtimestamp(now, UTC)
    begins, ends = {Wrong.EXPIRED: (-2, -1), Wrong.EARLY: (1, 2)}.get(wrong, (-1, 1))
    native = own.native
    builder = (
        x509.CertificateBuilder()
        .subject_name(_nobody() if wrong is Wrong.NAME else native.subject)
        .issuer_name(native.issuer)
        .public_key(key.native.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment + begins * _FAR)
        .not_valid_after(moment + ends * _FAR)
    )
    for extension in native.extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier | x509.SubjectKeyIdentifier):
            continue  # of other keys; who checks a path finds them by the names
        value = extension.value
        if wrong is Wrong.NAME and isinstance(value, x509.SubjectAlternativeName):
            value = x509.SubjectAlternativeName([x509.DNSName(NOBODY)])
        builder = builder.add_extension(value, extension.critical)
    der = builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return backend.load_certificate(der)


@cache
def of_nobody() -> bytes:
    """A certificate in good form that nobody trusts, DER."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_nobody()).issuer_name(_nobody()).public_key(key.public_key())
    builder = (
        builder.serial_number(x509.random_serial_number()).not_valid_before(now - _FAR).not_valid_after(now + _FAR)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _nobody() -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NOBODY)])
