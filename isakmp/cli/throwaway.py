"""Keys and certificates for one run in memory: never stored, worth nothing afterwards.

They come from the `cryptography` package whatever the backend, and are made anew each time; or, where there is a seed,
from values of the seeded backend, so that equal seeds give equal keys and certificates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import gmpy2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from isakmp.crypto.backend import Backend
from isakmp.crypto.keys import PrivateKey
from isakmp.crypto.modp import EXTRA_OCTETS
from isakmp.crypto.seeded import SeededBackend
from isakmp.machine.config import Credentials
from isakmp.spec.algorithms import AUTHENTICATIONS, KeyKind
from isakmp.spec.group_numbers import SUBGROUP_1024_160
from isakmp.spec.groups import EcpGroup, group_facts
from isakmp.spec.registries import AuthMethod, Group

NativeKey = rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey

RSA_BITS: Final = 2048
RSA_EXPONENT: Final = 65537
SERIAL_OCTETS: Final = 16
"""Of a serial number from a seed; RFC 5280 section 4.1.2.2 allows 20."""
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
    seed: int | None


class _Source:
    """Where one party's keys come from: the library's own randomness, or a seed."""

    def __init__(self, seed: int | None, party: str) -> None:
        self._values = None if seed is None else SeededBackend(seed)
        self._party = party

    def number(self, octets: int, what: str) -> int | None:
        """A number of so many octets from the seed; None where there is no seed."""
        if self._values is None:
            return None
        return int.from_bytes(self._values.random(octets, f"{what} of {self._party}"), "big")

    def on_curve(self, group: Group) -> ec.EllipticCurvePrivateKey:
        facts = group_facts(group)
        if not isinstance(facts, EcpGroup):
            raise TypeError(f"{group.label} is no curve")
        drawn = self.number(facts.exponent_octets + EXTRA_OCTETS, "ECDSA key")
        if drawn is None:
            return ec.generate_private_key(_CURVES[group])
        return ec.derive_private_key(1 + drawn % (facts.curve.order - 1), _CURVES[group])

    def dss(self) -> dsa.DSAPrivateKey:
        p, q, g = SUBGROUP_1024_160
        drawn = self.number(q.bit_length() // 8 + EXTRA_OCTETS, "DSS key")
        if drawn is None:
            return dsa.generate_private_key(DSS_BITS)
        x = 1 + drawn % (q - 1)
        public = dsa.DSAPublicNumbers(pow(g, x, p), dsa.DSAParameterNumbers(p, q, g))
        return dsa.DSAPrivateNumbers(x, public).private_key()

    def rsa(self) -> rsa.RSAPrivateKey:
        first, second = self._prime("first"), self._prime("second")
        if first is None or second is None:
            return rsa.generate_private_key(RSA_EXPONENT, RSA_BITS)
        p, q = max(first, second), min(first, second)
        d = pow(RSA_EXPONENT, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(RSA_EXPONENT, p * q)
        exponents = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
        return rsa.RSAPrivateNumbers(p, q, d, *exponents, public).private_key()

    def _prime(self, which: str) -> int | None:
        """The first fitting prime above a drawn number, whose two highest bits are set: the modulus has full width."""
        drawn = self.number(RSA_BITS // 16, f"{which} RSA prime")
        if drawn is None:
            return None
        prime = int(gmpy2.next_prime(drawn | 0b11 << (RSA_BITS // 2 - 2)))
        while prime % RSA_EXPONENT == 1:  # the public exponent has to have an inverse
            prime = int(gmpy2.next_prime(prime))
        return prime

    def serial(self) -> int:
        drawn = self.number(SERIAL_OCTETS, "serial number")
        return x509.random_serial_number() if drawn is None else 1 + drawn

    def signed(self, builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        """Sign a certificate; with a seed by RFC 6979, so that the signature follows from key and certificate."""
        return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=None if self._values is None else True)


def authority(moment: float, seed: int | None = None) -> Authority:
    """Found an authority; `moment` is the time of the run, in seconds since 1970."""
    drawn = _Source(seed, "authority")
    key = drawn.on_curve(Group.ECP_256)
    name = _name("throw-away authority")
    now = datetime.fromtimestamp(moment, UTC)
    builder = _builder(name, name, key.public_key(), now, drawn).add_extension(
        x509.BasicConstraints(True, 0), critical=True
    )
    return Authority(name, key, drawn.signed(builder, key), now, seed)


def credentials(issuer: Authority, host: str, method: AuthMethod, backend: Backend) -> Credentials:
    """Key and certificate of a host, of the kind that a method needs, and trust in the authority."""
    drawn = _Source(issuer.seed, host)
    key = _key_for(method, drawn)
    builder = _builder(_name(host), issuer.name, key.public_key(), issuer.moment, drawn)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    certificate = drawn.signed(builder, issuer.key)
    return Credentials(
        private_key=_loaded(key, backend),
        certificate=backend.load_certificate(certificate.public_bytes(serialization.Encoding.DER)),
        trusted=(backend.load_certificate(issuer.certificate.public_bytes(serialization.Encoding.DER)),),
    )


def key_of(issuer: Authority, backend: Backend) -> PrivateKey:
    """The key that an authority issues certificates with."""
    return _loaded(issuer.key, backend)


def _loaded(key: NativeKey, backend: Backend) -> PrivateKey:
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return backend.load_private_key(key.private_bytes(serialization.Encoding.DER, form, secret))


def pem(der: bytes) -> str:
    """A certificate in the form of text files."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode("ascii")


def private_pem(key: PrivateKey) -> str:
    """A private key in the form of text files."""
    return key.native.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey,
    moment: datetime,
    drawn: _Source,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(drawn.serial())
        .not_valid_before(moment - VALIDITY)
        .not_valid_after(moment + VALIDITY)
    )


def _key_for(method: AuthMethod, drawn: _Source) -> NativeKey:
    facts = AUTHENTICATIONS[method]
    if facts.key is KeyKind.ECDSA and facts.curve is not None:
        return drawn.on_curve(facts.curve)
    return drawn.dss() if facts.key is KeyKind.DSS else drawn.rsa()
