"""Keys and certificates for one run in memory: made anew each time, never stored, worth nothing afterwards.

They come from the `cryptography` package whatever the backend, and are not drawn from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from isakmp.crypto.backend import Backend
from isakmp.machine.config import Credentials
from isakmp.spec.algorithms import AUTHENTICATIONS, KeyKind
from isakmp.spec.registries import AuthMethod, Group

NativeKey = rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey

RSA_BITS: Final = 2048
DSS_BITS: Final = 1024
"""With a q of 160 bits, as SHA's digest has: what DSS was when RFC 2409 took it up."""

VALIDITY: Final = timedelta(days=1)
"""Before and after the run."""

_CURVES: Final = {Group.ECP_256: ec.SECP256R1(), Group.ECP_384: ec.SECP384R1(), Group.ECP_521: ec.SECP521R1()}


@dataclass(frozen=True)
class Authority:
    """Who issues the certificates of a run: a name, a key, and its own certificate."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    moment: datetime


def authority(moment: float) -> Authority:
    """Found an authority; `moment` is the time of the run, in seconds since 1970."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("throw-away authority")
    now = datetime.fromtimestamp(moment, UTC)
    builder = _builder(name, name, key.public_key(), now).add_extension(x509.BasicConstraints(True, 0), critical=True)
    return Authority(name, key, builder.sign(key, hashes.SHA256()), now)


def credentials(issuer: Authority, host: str, method: AuthMethod, backend: Backend) -> Credentials:
    """Key and certificate of a host, of the kind that a method needs, and trust in the authority."""
    key = _key_for(method)
    builder = _builder(_name(host), issuer.name, key.public_key(), issuer.moment)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    return Credentials(
        private_key=backend.load_private_key(
            key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        ),
        certificate=backend.load_certificate(certificate.public_bytes(serialization.Encoding.DER)),
        trusted=(backend.load_certificate(issuer.certificate.public_bytes(serialization.Encoding.DER)),),
    )


def pem(der: bytes) -> str:
    """A certificate in the form of text files."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode("ascii")


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey,
    moment: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - VALIDITY)
        .not_valid_after(moment + VALIDITY)
    )


def _key_for(method: AuthMethod) -> NativeKey:
    facts = AUTHENTICATIONS[method]
    if facts.key is KeyKind.ECDSA and facts.curve is not None:
        return ec.generate_private_key(_CURVES[facts.curve])
    if facts.key is KeyKind.DSS:
        return dsa.generate_private_key(DSS_BITS)
    return rsa.generate_private_key(65537, RSA_BITS)
