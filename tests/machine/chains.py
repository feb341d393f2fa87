"""A root, an authority under it, and hosts under that: certificates and revocation lists made for tests."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from isakmp.crypto.backend import Backend
from isakmp.crypto.certificates import Certificate, load_certificate, load_private_key
from isakmp.crypto.registry import load_backend
from isakmp.crypto.revocation import RevocationList, load_revocation_list
from isakmp.machine.config import Config, Credentials, Identity
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import Taken
from isakmp.machine.peer import Peer
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role
from tests.machine.certificates import END, START
from tests.machine.ends import ALICE, BOB, NOW, config

SUITE = "aes128-sha256-modp1024"
SERIALS = {"root": 1, "sub": 2, "alice": 11, "bob": 12}


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    key: rsa.RSAPrivateKey
    certificate: Certificate


def dn(text: str) -> x509.Name:
    """A distinguished name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@lru_cache
def issued(name: str, issuer: str, address: str = "") -> Issued:
    """The certificate of a name: of a host where it has an address, else of an authority."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = x509.CertificateBuilder(dn(issuer), dn(name), key.public_key(), SERIALS[name], START, END)
    if address:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    else:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signer = key if name == issuer else AUTHORITIES[issuer].key
    return Issued(key, load_certificate(builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)))


AUTHORITIES: dict[str, Issued] = {}
for _name, _issuer in (("root", "root"), ("sub", "root")):
    AUTHORITIES[_name] = issued(_name, _issuer)
ROOT, SUB = (AUTHORITIES[name].certificate for name in ("root", "sub"))


def listing(issuer: str, *serials: int, begin: float = NOW - 60) -> RevocationList:
    """A revocation list, in date for an hour."""
    start = datetime.fromtimestamp(begin, UTC)
    builder = x509.CertificateRevocationListBuilder(dn(issuer), start, start + timedelta(hours=1))
    for serial in serials:
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(serial, start).build())
    made = builder.sign(AUTHORITIES[issuer].key, hashes.SHA256())
    return load_revocation_list(made.public_bytes(Encoding.DER))


def host(name: str, identity: Identity, *, chain: bool = True) -> Credentials:
    """What a host under the lower authority has; it trusts the root."""
    made = issued(name, "sub", str(ipaddress.ip_address(identity.data)))
    der = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Credentials(
        private_key=load_private_key(der),
        certificate=made.certificate,
        trusted=(ROOT,),
        chain=(SUB,) if chain else (),
    )


def configs(auth: AuthMethod = AuthMethod.RSA_SIG) -> dict[Role, Config]:
    """Two ends whose certificates lead to the root by way of another authority."""
    return {
        Role.I: replace(config(ALICE, BOB, auth, SUITE), credentials=host("alice", ALICE)),
        Role.R: replace(config(BOB, ALICE, auth, SUITE), credentials=host("bob", BOB)),
    }


def talk(ends: dict[Role, Config], exchange: str = "main", backend: Backend | None = None) -> Handshake:
    """A handshake of phase 1."""
    shared = backend or load_backend("openssl")
    return handshake(Peer(ends[Role.I], shared), Peer(ends[Role.R], shared), exchange, now=NOW, quick=False)


def change(ends: dict[Role, Config], role: Role, **changes: object) -> dict[Role, Config]:
    """Other credentials for one end."""
    changed = replace(ends[role], credentials=replace(ends[role].credentials, **changes))  # type: ignore[arg-type]
    return {**ends, role: changed}


def refusals(run: Handshake) -> list[tuple[str, str]]:
    """What was refused: the guard of the row, and why."""
    taken = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken)]
    return [(o.row.id.partition("!")[2], o.problem.detail) for o in taken if o.problem is not None]
