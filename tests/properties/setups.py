"""The hosts of a run: two honest ones, one that the adversary owns with valid credentials, and impostors.

How each exchange is configured stands in the registries below; what `isakmp.spec.exchanges.exchanges()` lists beyond
them joins by an entry there.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from isakmp.crypto.backend import Backend, KeyPair
from isakmp.crypto.certificates import load_certificate, load_private_key
from isakmp.crypto.keys import PrivateKey, PublicKey
from isakmp.crypto.seeded import SeededBackend
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.authenticators import Accept, Ask, Reject
from isakmp.machine.config import Config, Credentials, Dpd, Identity, IpsecProposal, Rekey
from isakmp.machine.natt import Endpoint
from isakmp.machine.network import Host, Place
from isakmp.machine.peer import Peer
from isakmp.machine.sa import GroupDescription
from isakmp.machine.users import Answers
from isakmp.spec.carried import SEALING
from isakmp.spec.exchanges import PHASE_1_NAMES, exchanges, phase_1_forms
from isakmp.spec.groups import GROUPS, AnyGroup, ModpGroup, PrivateGroup, private_modp
from isakmp.spec.keying import Auth
from isakmp.spec.limits import ISAKMP_PORT
from isakmp.spec.registries import AuthMethod, ConfigAttribute, EncapsulationMode, EncryptionAlgorithm, Group
from tests.machine.certificates import END, START, authority, credentials_for
from tests.machine.ends import proposal

ALICE, BOB, MALLORY = "alice", "bob", "mallory"
HONEST = (ALICE, BOB)
ADDRESSES = {ALICE: "192.0.2.1", BOB: "192.0.2.2", MALLORY: "192.0.2.66"}
IDENTITIES = {name: Identity.address(address) for name, address in ADDRESSES.items()}
SUITE = "aes128-sha256-ecp256"

# How a form of authentication is configured: the method that stands for it.
METHODS: dict[Auth, AuthMethod] = {
    Auth.PSK: AuthMethod.PSK,
    Auth.SIGNATURE: AuthMethod.ECDSA_256,
    Auth.ENCRYPTION: AuthMethod.RSA_ENC,
    Auth.REVISED: AuthMethod.RSA_REV_ENC,
    Auth.HYBRID: AuthMethod.HYBRID_INIT_RSA,
    Auth.HYBRID_RESPONDER: AuthMethod.HYBRID_RESP_RSA,
}
# Forms in which a certificate, or nothing at all, says who is there: a host needs to be told of no peer.
TOLD_BY_CERTIFICATE = (Auth.SIGNATURE, Auth.HYBRID, Auth.HYBRID_RESPONDER)
# What can be begun under an ISAKMP SA: the exchanges, by the peer's methods that begin them.
ASKED = {"quick": "quick", "configure": "transaction", "push": "transaction", "new_group": "new-group"}
# What no user asks for by name: they are sent as others need them.
SENT = ("informational", "informational-clear")
USER, PASSWORD = "user", b"the password of a user"
CLIENT_ASKS = (ConfigAttribute.INTERNAL_IP4_ADDRESS, ConfigAttribute.INTERNAL_IP4_DNS)
GIVEN = {ConfigAttribute.INTERNAL_IP4_DNS: (b"\xc0\x00\x02\x35",)}
# Groups without a number of their own: the second and the third claim the same one.
_PRIVATE, _OTHER = PrivateGroup(32768), PrivateGroup(32769)
_PRIME = next(group.prime for group in (GROUPS[Group.MODP_1024],) if isinstance(group, ModpGroup))
DESCRIBED = tuple(
    GroupDescription(number, private_modp(number, _PRIME, generator))
    for number, generator in ((_PRIVATE, 3), (_OTHER, 3), (_OTHER, 5))
)
# Alice and Mallory are behind a NAT each, Bob is not.
PLACES = {
    ALICE: Place("10.0.0.1", "198.51.100.1"),
    BOB: Place("192.0.2.2"),
    MALLORY: Place("10.0.0.66", "198.51.100.66"),
}
FRAGMENT_SIZE = 160
POOL = tuple(bytes((10, 0, 0, host)) for host in range(1, 250))


@dataclass(frozen=True)
class Plain:
    """An authenticator without the slow hash: these passwords are kept nowhere."""

    def converse(self, _random: object) -> Plain:
        return self

    def ask(self) -> Ask:
        return Ask({ConfigAttribute.XAUTH_USER_NAME: b"", ConfigAttribute.XAUTH_USER_PASSWORD: b""})

    def judge(self, answers: Any, _now: float) -> Accept | Reject:
        right = answers.get(ConfigAttribute.XAUTH_USER_PASSWORD) == PASSWORD
        return Accept(USER) if right else Reject("wrong")


@dataclass(frozen=True)
class Setup:
    """A run's beginning, as a replay file holds it: the names of form of authentication, backend, and the seed."""

    auth: str
    backend: str = "seeded"
    pfs: bool = True
    seed: int = 0
    upkeep: bool = False
    xauth: bool = False
    nat: bool = False
    fragments: bool = False
    groups: bool = False

    @property
    def form(self) -> Auth:
        return Auth(self.auth)

    @property
    def begins(self) -> tuple[str, ...]:
        """The exchanges of phase 1 in this form of authentication."""
        return tuple(name for name in PHASE_1_NAMES if self.form in phase_1_forms(name))


def forms() -> tuple[Auth, ...]:
    """Every form of authentication that an exchange has and that can be configured here."""
    found = dict.fromkeys(exchange.auth for exchange in exchanges() if exchange.auth)
    return tuple(form for form in found if form in METHODS)


# ---- backends that keep a journal ----


@dataclass
class Journal:
    """What one host drew and computed: fresh values, what it encrypted, and how often it used which operation."""

    encrypted: dict[bytes, tuple[bytes, bytes, bytes]] = field(default_factory=dict)
    drawn: list[bytes] = field(default_factory=list)
    work: Counter[str] = field(default_factory=Counter)


@cache
def _recording(base: type[Backend]) -> Any:
    class Recording(base):  # type: ignore[misc, valid-type]
        journal: Journal

        def random(self, size: int, label: str) -> bytes:
            octets: bytes = super().random(size, label)
            self.journal.drawn.append(octets)
            return octets

        def generate(self, group: AnyGroup, label: str) -> KeyPair:
            self.journal.work["exponentiation"] += 1
            return super().generate(group, label)  # type: ignore[no-any-return]

        def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
            self.journal.work["exponentiation"] += 1
            return super().agree(group, pair, public)  # type: ignore[no-any-return]

        def sign(self, method: AuthMethod, key: PrivateKey, digest: bytes) -> bytes:
            self.journal.work["long-term key"] += 1
            return super().sign(method, key, digest)  # type: ignore[no-any-return]

        def verify(self, method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
            self.journal.work["long-term key"] += 1
            return super().verify(method, key, digest, signature)  # type: ignore[no-any-return]

        def pk_decrypt(self, key: PrivateKey, ciphertext: bytes) -> bytes:
            self.journal.work["opened body"] += 1
            return super().pk_decrypt(key, ciphertext)  # type: ignore[no-any-return]

        def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
            octets: bytes = super().encrypt(algorithm, key, iv, plaintext)
            self.journal.encrypted[octets] = (key, iv, plaintext)
            return octets

    return Recording


def backend_for(setup: Setup, name: str, shared: SymbolicBackend) -> Any:
    """A backend of one host, with a journal; symbolic ones share their store."""
    made = (
        _recording(SymbolicBackend)(seed=f"{setup.seed} {name}", store=shared.store)
        if setup.backend == "symbolic"
        else _recording(SeededBackend)(seed=f"{setup.seed} {name}")
    )
    made.journal = Journal()
    return made


# ---- credentials ----

_ISSUER = ec.derive_private_key(0x1551, ec.SECP256R1())
_ISSUER_NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])


def _certificate(key: ec.EllipticCurvePrivateKey, subject: x509.Name, extension: Any, serial: int) -> Any:
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_ISSUER_NAME)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(extension, critical=False)
        .sign(_ISSUER, hashes.SHA256(), ecdsa_deterministic=True)
    )
    return load_certificate(made.public_bytes(serialization.Encoding.DER))


@lru_cache
def key_pair(name: str, method: AuthMethod) -> Credentials:
    """The certified key pair of a host; the same in every process where signatures are by elliptic curves."""
    identity = IDENTITIES[name]
    if method is not AuthMethod.ECDSA_256:
        return credentials_for(identity, method, authority())
    serial = int.from_bytes(identity.data)
    key = ec.derive_private_key(serial, ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESSES[name]))])
    root = _certificate(_ISSUER, _ISSUER_NAME, x509.BasicConstraints(ca=True, path_length=None), 1)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return Credentials(
        private_key=load_private_key(pem), certificate=_certificate(key, subject, names, serial), trusted=(root,)
    )


def shared_key(one: str, two: str) -> bytes:
    """The pre-shared key of two hosts: one for each pair."""
    return f"the key of {' and '.join(sorted((one, two)))}".encode()


GUESS = b"a guess for the key"


def _credentials(setup: Setup, me: str, other: str) -> Credentials:
    method = METHODS[setup.form]
    if setup.form is Auth.PSK:
        return Credentials(psk=shared_key(me, other))
    own = key_pair(me, method)
    return replace(own, peer_certificate=key_pair(other, method).certificate) if setup.form in SEALING else own


def config(setup: Setup, me: str, other: str | None) -> Config:
    """What a host is told for its talk with another (None: with whoever proves who it is)."""
    # Two proposals, so that there is something to choose and to change; the ends name different lifetimes.
    first, second = (proposal(suite, METHODS[setup.form]) for suite in (SUITE, "3des-sha1-ecp256"))
    lifetime = (200 if setup.upkeep else 3600) * (1 + list(ADDRESSES).index(me))
    offers = (first,) if setup.form in SEALING else (first, second)
    more: dict[str, Any] = {"private_group_bits": _PRIME.bit_length()}
    if setup.nat:
        more["endpoint"] = Endpoint(PLACES[me].own, ISAKMP_PORT)
    if setup.fragments:
        more["fragment_size"] = FRAGMENT_SIZE
    if setup.upkeep:
        more |= {"dpd": Dpd(idle=20), "rekey": Rekey(margin=60), "initial_contact": True}
    if setup.form.hybrid:  # who has to be known as a user follows from the method; Mallory is none
        if me != MALLORY:
            more |= {"user": Answers(USER, PASSWORD), "authenticator": Plain()}
    elif setup.xauth and me != MALLORY:  # Bob is the gateway; Mallory leaves XAuth out
        more |= {"xauth": "edge" if me == BOB else "client", "authenticator": Plain() if me == BOB else None}
        more["user"] = Answers(USER, PASSWORD)
    pfs = Group.ECP_256 if setup.pfs else None
    mode = EncapsulationMode.TRANSPORT if setup.nat else EncapsulationMode.TUNNEL  # the one tells original addresses
    return Config(
        ike=tuple(replace(each, lifetime=lifetime) for each in offers),
        ipsec=(
            *((IpsecProposal(group=_PRIVATE, key_length=128, mode=mode),) if setup.groups else ()),
            IpsecProposal(group=pfs, key_length=128, mode=mode),
            IpsecProposal(group=pfs, key_length=256, mode=mode),
        ),
        identity=IDENTITIES[me],
        credentials=_credentials(setup, me, other or me),
        peer_identity=IDENTITIES[other] if other else None,
        request=CLIENT_ASKS,
        hand_out=GIVEN,
        address_pool=POOL,
        **more,
    )


MakePeer = Callable[[str, Config, Backend], Peer]


@dataclass
class Hosts:
    """All hosts of a setup, and what each of them computes with."""

    setup: Setup
    make: MakePeer
    shared: SymbolicBackend = field(default_factory=lambda: SymbolicBackend(seed=0))
    backends: dict[str, Any] = field(default_factory=dict)

    def host(self, name: str) -> Host:
        """A host with valid credentials. Where certificates tell who is there, one peer speaks with all."""
        backend = self.backends[name] = backend_for(self.setup, name, self.shared)
        if self.setup.form in TOLD_BY_CERTIFICATE:
            return Host(name, {None: self.make(name, config(self.setup, name, None), backend)}, owned=name == MALLORY)
        peers: dict[str | None, Peer] = {
            other: self.make(name, config(self.setup, name, other), backend) for other in ADDRESSES if other != name
        }
        return Host(name, peers, owned=name == MALLORY)

    def impostor(self, victim: str) -> Host:
        """A host that has a victim's address, identity and certificate, and guesses for its secrets."""
        backend = backend_for(self.setup, f"not {victim}", self.shared)
        peers: dict[str | None, Peer] = {}
        for other in ADDRESSES:
            if other == victim:
                continue
            told = config(self.setup, victim, other)
            false = (
                replace(told.credentials, psk=GUESS)
                if self.setup.form is Auth.PSK
                else replace(told.credentials, private_key=key_pair(MALLORY, METHODS[self.setup.form]).private_key)
            )
            told = replace(told, credentials=false, peer_identity=None, encrypt_third_aggressive=False)
            peers[other] = Peer(told, backend)
        return Host(victim, peers, owned=True)
