"""The hosts on which an attack is replayed: for each of its sessions a peer of the machine that knows whom it means.

Every session has a peer to itself, so that nothing but what the protocol says ties two sessions of one host together;
the host's long-term keys are the same in all. Sessions of phase 2 run under one and the same ISAKMP SA of two hosts:
phase 1 is repeated for each of them with the same fresh values, and then goes on with others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from isakmp.crypto.seeded import SeededBackend
from isakmp.machine.authenticators import Passwords
from isakmp.machine.config import Config, Credentials, Identity, IkeProposal, IpsecProposal
from isakmp.machine.memory import handshake
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.users import Answers
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.carried import SEALING
from isakmp.spec.groups import AnyGroup
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Protection
from isakmp.spec.registries import (
    AuthMethod,
    ConfigAttribute,
    EncryptionAlgorithm,
    Group,
    HashAlgorithm,
    IntegrityAlgorithm,
    PayloadType,
)
from isakmp.spec.terms import Role
from isakmp.verify.models import Protocol
from isakmp.verify.trace import ALICE, BOB, EVE

HOSTS: Final[Mapping[str, Identity]] = {
    name: Identity.address(address) for name, address in ((ALICE, "192.0.2.1"), (BOB, "192.0.2.2"), (EVE, "192.0.2.3"))
}
"""Who takes part, by addresses that belong to nobody (RFC 5737)."""

METHODS: Final[Mapping[Auth, AuthMethod]] = {
    Auth.PSK: AuthMethod.PSK,
    Auth.SIGNATURE: AuthMethod.RSA_SIG,
    Auth.ENCRYPTION: AuthMethod.RSA_ENC,
    Auth.REVISED: AuthMethod.RSA_REV_ENC,
    Auth.HYBRID: AuthMethod.HYBRID_INIT_RSA,
    Auth.HYBRID_RESPONDER: AuthMethod.HYBRID_RESP_RSA,
}
"""The method that stands for each form of authentication. All take RSA keys, or a shared one."""

KeyPairs = Callable[[str], Credentials]
"""An RSA key pair with its certificate, for the host of that name; the same each time."""

NOW: Final = 1_000_000_000.0
"""When attacks are replayed: seconds since 1970."""

CURVE, PRIME = Group.ECP_256, Group.MODP_2048
USER: Final = "user"
LIFETIMES: Final = (28_800, 3_600, 7_200)
INTEGRITIES: Final = (
    IntegrityAlgorithm.HMAC_SHA2_256,
    IntegrityAlgorithm.HMAC_SHA1,
    IntegrityAlgorithm.HMAC_SHA2_512,
)
"""What sets the transforms apart that are offered and chosen. The first offer has two of them, the second has three."""

HANDED_OUT: Final[Mapping[ConfigAttribute, tuple[bytes, ...]]] = {ConfigAttribute.INTERNAL_IP4_DNS: (HOSTS[BOB].data,)}


class Careless(SeededBackend):
    """Real algorithms, without the check of public values: for the variant that takes those that lead to no secret."""

    def check_public(self, group: AnyGroup, public: bytes) -> None:
        """Take any value."""


@dataclass(frozen=True)
class Means:
    """What a session is told: who it is, whom it means; of each phase the numbers of its offer and of its choice."""

    agent: str
    peer: str
    role: Role
    phase_1: tuple[int, int] = (1, 1)
    phase_2: tuple[int, int] = (1, 1)


def shared_key(one: str, two: str) -> bytes:
    """The pre-shared key of two hosts."""
    return f"shared by {_both(one, two)}".encode()


def _both(one: str, two: str) -> str:
    return " and ".join(sorted((one, two)))


def backend_for(protocol: Protocol, seed: str) -> SeededBackend:
    """Real algorithms with fresh values that follow from a seed: equal replays give equal octets."""
    return (Careless if protocol.degenerate else SeededBackend)(seed)


def ike_proposals(protocol: Protocol) -> tuple[IkeProposal, ...]:
    """The transforms of phase 1: they differ in their lifetimes."""
    method, group = METHODS[protocol.auth or Auth.PSK], group_of(protocol)
    return tuple(
        IkeProposal(EncryptionAlgorithm.AES_CBC, HashAlgorithm.SHA2_256, method, group, 128, lifetime)
        for lifetime in LIFETIMES
    )


def group_of(protocol: Protocol) -> Group:
    """The group of a protocol. On a curve no value leads to no secret: there is none that could be taken carelessly."""
    return PRIME if protocol.degenerate else CURVE


def ipsec_proposals(protocol: Protocol) -> tuple[IpsecProposal, ...]:
    """The suites of phase 2: they differ in what protects integrity."""
    group = CURVE if protocol.exchange.phase != 1 and _carries(protocol, PayloadType.KE) else None
    return tuple(IpsecProposal(integrity=each, group=group) for each in INTEGRITIES)


def config_for(protocol: Protocol, means: Means, pairs: KeyPairs) -> Config:
    """What the peer of a session is told."""
    offer, choice = means.phase_2
    suites = slice(offer + 1) if means.role is Role.I else slice(choice - 1, choice)
    clients: dict[str, Any] = {}
    if protocol.exchange.phase != 1 and _carries(protocol, PayloadType.ID):
        clients = {"local_network": HOSTS[means.agent], "remote_network": HOSTS[means.peer]}
    return Config(
        ike=ike_proposals(protocol)[: means.phase_1[0] + 1],
        ipsec=ipsec_proposals(protocol)[suites],
        identity=HOSTS[means.agent],
        credentials=credentials_for(protocol.auth or Auth.PSK, means, pairs),
        peer_identity=HOSTS[means.peer],
        hand_out=HANDED_OUT,
        authenticator=Passwords({}),
        encrypt_third_aggressive=protocol.begins.messages[-1].protection is Protection.ENCRYPTED,
        send_certificate=False,
        variants=() if protocol.changed is None else (protocol.changed,),
        **clients,
    )


def _carries(protocol: Protocol, kind: PayloadType) -> bool:
    return any(slot.payload is kind for message in protocol.exchange.messages for slot in message.slots)


def credentials_for(auth: Auth, means: Means, pairs: KeyPairs) -> Credentials:
    """What a session proves itself with, and what it knows of its peer: no certificate travels."""
    if auth is Auth.PSK:
        return Credentials(psk=shared_key(means.agent, means.peer))
    own, other = pairs(means.agent), pairs(means.peer)
    if auth in SEALING:
        return replace(own, peer_certificate=other.certificate)
    known = Credentials(peer_key=None if other.certificate is None else other.certificate.public_key)
    return known if AUTHENTICATIONS[METHODS[auth]].client is means.role else replace(known, private_key=own.private_key)


@dataclass(frozen=True)
class Below:
    """The phase 1 under a session: its ISAKMP SA; the datagrams in order: when (seconds), who sent each, to whom."""

    sa: IsakmpSa
    datagrams: tuple[tuple[float, str, str, bytes], ...]


def peer_for(protocol: Protocol, means: Means, seed: str, pairs: KeyPairs) -> tuple[Peer, Below | None]:
    """The peer of a session; in phase 2 with what its host and the host that it means have done before."""
    config = config_for(protocol, means, pairs)
    if protocol.auth is not None:
        client = AUTHENTICATIONS[config.ike[0].auth].client
        user: dict[str, Any] = {"user": Answers(USER, b"")} if client is means.role else {}
        return Peer(replace(config, **user), backend_for(protocol, seed)), None
    fresh = backend_for(protocol, f"phase 1 of {_both(means.agent, means.peer)}")
    ends = {Role.I: min(means.agent, means.peer), Role.R: max(means.agent, means.peer)}
    mine = Role.I if ends[Role.I] == means.agent else Role.R
    peers = {
        role: Peer(
            config if role is mine else config_for(protocol, replace(means, agent=means.peer, peer=means.agent), pairs),
            fresh,
        )
        for role in Role
    }
    done = handshake(peers[Role.I], peers[Role.R], "main", now=NOW, quick=False)
    fresh.reseed(seed)  # from here on the session draws what is its own
    sent = tuple((each.time, ends[each.sender], ends[each.sender.other], each.datagram) for each in done.deliveries)
    return peers[mine], Below(done.sas[mine], sent)
