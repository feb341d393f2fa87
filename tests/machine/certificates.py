"""Throw-away certificates for tests, made with the `cryptography` package."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from isakmp.crypto.certificates import Certificate, load_certificate, load_private_key
from isakmp.machine.config import Credentials, Identity
from isakmp.spec.algorithms import AUTHENTICATIONS, KeyKind
from isakmp.spec.registries import AuthMethod

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Authority:
    """A certification authority: its key, its name, its own certificate."""

    key: rsa.RSAPrivateKey
    name: x509.Name
    certificate: Certificate


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@lru_cache
def authority(text: str = "Test CA") -> Authority:
    """An authority of that name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = _name(text)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, name, load_certificate(made.public_bytes(serialization.Encoding.DER)))


def _key(auth: AuthMethod) -> rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey:
    match AUTHENTICATIONS[auth].key:
        case KeyKind.RSA:
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case KeyKind.DSS:
            return dsa.generate_private_key(key_size=2048)
        case KeyKind.ECDSA if auth is AuthMethod.ECDSA_256:
            return ec.generate_private_key(ec.SECP256R1())
    raise ValueError(auth)


def credentials_for(identity: Identity, auth: AuthMethod, issuer: Authority) -> Credentials:
    """A key pair of the method's kind, certified for an address."""
    key = _key(auth)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name("peer"))
        .issuer_name(issuer.name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(identity.data))
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(identity.data))]), critical=False
        )
        .sign(issuer.key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Credentials(
        private_key=load_private_key(pem),
        certificate=load_certificate(made.public_bytes(serialization.Encoding.DER)),
        trusted=(issuer.certificate,),
    )
