"""Two peers that fit each other, and their handshake in memory: what `isakmp run` tells and `isakmp verify` repeats."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from isakmp.cli.errors import Unusable
from isakmp.cli.xauth import RunUser
from isakmp.crypto.backend import Algorithm, Backend
from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, Credentials, Identity, IkeProposal, IpsecProposal
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.peer import Peer
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.carried import SEALING
from isakmp.spec.keying import Auth
from isakmp.spec.registries import AuthMethod, Group
from isakmp.spec.terms import Role

if TYPE_CHECKING:
    from isakmp.cli.throwaway import Authority

HOSTS: Final[Mapping[Role, str]] = {Role.I: "initiator.example", Role.R: "responder.example"}
NETWORKS: Final[Mapping[Role, str]] = {Role.I: "10.1.0.0/24", Role.R: "10.2.0.0/24"}
ADDRESSES: Final[Mapping[Role, str]] = {Role.I: "192.0.2.1", Role.R: "192.0.2.2"}
"""Names and addresses that belong to nobody (RFC 2606, RFC 5737)."""

PSK: Final = b"not a secret"

EPOCH: Final = 1_000_000_000.0
"""When runs begin that are to be repeated exactly: seconds since 1970."""

REPEATABLE: Final = frozenset({"seeded", "symbolic"})
"""Backends whose fresh values follow from a seed."""


@dataclass(frozen=True)
class Scenario:
    """What two peers are to negotiate, how, and with which backend."""

    exchange: str
    ike: IkeProposal
    esp: IpsecProposal
    backend: str
    seed: int | None = None
    user: RunUser = field(default_factory=RunUser)

    @property
    def auth(self) -> AuthMethod:
        """The authentication method."""
        return self.ike.auth


@dataclass(frozen=True)
class Played:
    """A scenario that was played: the handshake, and what the ends were told beforehand."""

    scenario: Scenario
    began: float
    handshake: Handshake
    credentials: Mapping[Role, Credentials]
    backend: Backend

    def words(self, octets: bytes, name: str) -> str:
        """A computed value for a reader: its octets, or with the symbolic backend the term that they stand for.

        The value has that name in terms that are read after it.
        """
        from isakmp.crypto.symbolic import SymbolicBackend

        if not isinstance(self.backend, SymbolicBackend):
            return octets.hex()
        psk = self.credentials[Role.I].psk
        if psk is not None:
            self.backend.store.name(psk, "pre-shared-key")
        text = str(self.backend.term(octets))
        self.backend.store.name(octets, name)
        return text


def play(
    scenario: Scenario, began: float | None = None, credentials: Mapping[Role, Credentials] | None = None
) -> Played:
    """Make two peers and let them talk; `began` is the time of the first message, in seconds since 1970.

    Credentials are made for the run where none are given.

    Raises:
        Unusable: the backend cannot do what is asked for, or has no use for the seed.
        UnknownBackend: there is none of that name.
    """
    try:
        backend = load_backend(scenario.backend, scenario.seed)
    except ValueError as error:
        raise Unusable(f"--seed: {error}") from error
    refuse_impossible(scenario, backend)
    if began is None:
        began = EPOCH if scenario.backend in REPEATABLE else time.time()
    credentials = credentials or credentials_for(scenario.auth, backend, began, scenario.seed)
    configs = configs_for(scenario, credentials)
    peers = {role: Peer(configs[role], backend) for role in Role}
    told = handshake(peers[Role.I], peers[Role.R], scenario.exchange, now=began)
    return Played(scenario, began, told, credentials, backend)


def refuse_impossible(scenario: Scenario, backend: Backend) -> None:
    """Ask a backend whether it has the algorithms, before anything begins.

    Raises:
        Unusable: it has not; says which, and why.
    """
    wanted: list[Algorithm] = [scenario.ike.encryption, scenario.ike.hash, scenario.ike.group, scenario.ike.auth]
    if isinstance(scenario.esp.group, Group):
        wanted.append(scenario.esp.group)
    for algorithm in wanted:
        reason = backend.refusal(algorithm)
        if reason:
            about = "" if algorithm.label in reason else f"{algorithm.label}: "
            raise Unusable(f"the backend {scenario.backend!r} cannot do it: {about}{reason}")


def credentials_for(
    auth: AuthMethod, backend: Backend, began: float, seed: int | None = None, issuer: Authority | None = None
) -> dict[Role, Credentials]:
    """What both ends prove themselves with: a shared key, or keys and certificates made for this purpose.

    These follow from the seed where there is one. Where no issuer of certificates is given, one is made as well.
    """
    if AUTHENTICATIONS[auth].kind is Auth.PSK:
        return {role: Credentials(psk=PSK) for role in Role}
    from isakmp.cli import throwaway

    issuer = issuer or throwaway.authority(began, seed)
    made = {role: throwaway.credentials(issuer, HOSTS[role], auth, backend) for role in Role}
    if AUTHENTICATIONS[auth].kind not in SEALING:
        return made
    # Who encrypts to a key has to know it beforehand (RFC 2409 section 5.2).
    return {role: replace(made[role], peer_certificate=made[role.other].certificate) for role in Role}


def configs_for(scenario: Scenario, credentials: Mapping[Role, Credentials]) -> dict[Role, Config]:
    """What both ends are told, so that they fit each other."""
    return {role: _config(scenario, role, credentials[role]) for role in Role}


def _config(scenario: Scenario, role: Role, credentials: Credentials) -> Config:
    config = Config(
        ike=(scenario.ike,),
        ipsec=(scenario.esp,),
        identity=Identity.fqdn(HOSTS[role]),
        credentials=credentials,
        peer_identity=Identity.fqdn(HOSTS[role.other]),
        local_network=Identity.subnet(NETWORKS[role]),
        remote_network=Identity.subnet(NETWORKS[role.other]),
    )
    client = AUTHENTICATIONS[scenario.auth].client
    if client is None:
        return config
    return replace(config, **(scenario.user.client() if client is role else scenario.user.edge()))
