"""What `isakmp conform` runs cases with: the target behind a socket or in memory, and the honest partner's policy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from isakmp.cli.errors import Unusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isakmp.cli.settings import Settings
    from isakmp.cli.throwaway import Authority
    from isakmp.conform.live.lab import Lab
    from isakmp.crypto.keys import PrivateKey
    from isakmp.machine.config import Config
    from isakmp.spec.terms import Role

BOTH: Final = ("main", "aggressive")
"""The exchanges that the model is tried by where no policy says otherwise."""

UNTRUE_PORT: Final = 0
"""The port that the partner says to speak from: not the one that is seen, so that both ends find a NAT between them."""


def lab_for(
    host: str,
    policy: str | None,
    *,
    source: str | None = None,
    nat_t_port: int | None = None,
    quick: tuple[str, str] | None = None,
    seconds: float = 1.0,
    patience: float = 60.0,
    authority: str | None = None,
) -> Lab:
    """What is needed to try a responder over UDP.

    Args:
        host: `HOST` or `HOST:PORT`.
        policy: the file of the policy; None for the default one.
        source: `ADDR` or `ADDR:PORT` to speak from.
        nat_t_port: the responder's port of NAT traversal, which is tried then; None: it is not announced.
        quick: the networks of quick mode, this end's first.
        seconds: how long an answer may take.
        patience: how long, in seconds, a responder that has fallen silent is waited for.
        authority: the file of the key by which this end's certificate was issued, for cases that need others.

    Raises:
        Unusable: the policy, an address or a secret cannot be used.
        OSError: there is no socket to be had.

    """
    from isakmp.cli import endpoint
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.target import UdpTarget
    from isakmp.machine.natt import Endpoint
    from isakmp.spec.limits import ISAKMP_PORT

    settings = endpoint.load_settings(policy)
    key = _authority_key(authority, settings)
    name, port = endpoint.place(host, ISAKMP_PORT)
    address = endpoint.numeric(name)
    endpoint.refuse_one_port(nat_t_port, port)
    live = UdpTarget(address, port, endpoint.place(source, 0) if source else None, nat_t_port)
    try:
        config = config_for(settings, live.local, address, quick)
        if nat_t_port is not None:
            config = replace(config, endpoint=Endpoint(live.local, UNTRUE_PORT), nat_t_port=nat_t_port)
    except BaseException:
        live.close()
        raise
    assigned = quick is not None and quick[0] == endpoint.ASSIGNED
    return Lab(
        config, settings.backend, live, exchanges_of(settings), seconds, patience, authority=key, assigned=assigned
    )


def lab_of_initiator(
    host: str,
    policy: str | None,
    *,
    listen: str = "127.0.0.1",
    begin: str = "",
    quick: tuple[str, str] | None = None,
    seconds: float = 1.0,
    patience: float = 60.0,
    authority: str | None = None,
) -> Lab:
    """What is needed to try an initiator at a host, awaited at an address of this one.

    Raises:
        Unusable: as for a responder.
        OSError: there is no socket to be had, or no such command.
    """
    import shlex

    from isakmp.cli import endpoint
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.target import UdpInitiator
    from isakmp.spec.limits import ISAKMP_PORT

    settings = endpoint.load_settings(policy)
    key = _authority_key(authority, settings)
    name, port = endpoint.place(listen, ISAKMP_PORT)
    own, other = endpoint.numeric(name), endpoint.numeric(endpoint.place(host, ISAKMP_PORT)[0])
    config = config_for(settings, own, other, quick)
    live = UdpInitiator(own, port, shlex.split(begin))
    return Lab(config, settings.backend, live, exchanges_of(settings), seconds, patience, answers=True, authority=key)


def exchanges_of(settings: Settings) -> tuple[str, ...]:
    """The exchanges of phase 1 that the policy allows and that make keys.

    Raises:
        Unusable: there is none.
    """
    from isakmp.spec.exchanges import phase_1_forms

    policy = settings.policy.exchanges
    found = tuple(name for name in policy if any(form.keys for form in phase_1_forms(name).values()))
    if not found:
        raise Unusable(f"{settings.name}: {' and '.join(policy)} makes no keys, under which cases could be run")
    return found


def config_for(settings: Settings, own: str, other: str, quick: tuple[str, str] | None) -> Config:
    """The honest partner's configuration: one proposal for each phase, and nothing beside the documents' core.

    Raises:
        Unusable: the policy does not speak of the other end, or a secret is missing.
    """
    from isakmp.cli.endpoint import ASSIGNED
    from isakmp.cli.peer_tables import network
    from isakmp.machine.configuration import REQUEST
    from isakmp.machine.natt import Endpoint
    from isakmp.spec.algorithms import AUTHENTICATIONS
    from isakmp.spec.terms import Role

    table = settings.table_for(other)
    if table is None:
        raise Unusable(f"{settings.name}: no [[peer]] has the address {other}")
    found = _plain(settings.config(Endpoint(own, 0), table))
    if AUTHENTICATIONS[found.ike[0].auth].client is Role.I and found.user is None:
        raise Unusable(f"{settings.name}: the first proposal demands a user: user and password_file in [local]")
    if quick is None:
        known = None not in (found.local_network, found.remote_network)
        return found if known else replace(found, local_network=None, remote_network=None)
    assigned = quick[0] == ASSIGNED
    local = None if assigned else network(quick[0], "--quick LOCAL")
    remote = network(quick[1], "--quick REMOTE")
    # Until an address is assigned, that of the other end stands for it: that there is one makes cases.
    return replace(found, local_network=local or remote, remote_network=remote, request=REQUEST if assigned else ())


def _plain(config: Config) -> Config:
    """A configuration without extensions, by which cases stay comparable."""
    from isakmp.machine.config import Timers

    return replace(
        config,
        ike=config.ike[:1],
        ipsec=config.ipsec[:1],
        endpoint=None,
        fragment_size=None,
        rekey=None,
        timers=Timers(),
    )


def _authority_key(path: str | None, settings: Settings) -> PrivateKey | None:
    """The key of an authority.

    Raises:
        Unusable: the file cannot be read, or holds no private key.
    """
    from pathlib import Path

    from isakmp.cli.setting_values import loaded

    return None if path is None else loaded(settings.backend.load_private_key, Path(path), "--authority-key")


def lab_of_model(policy: str | None, *, answers: bool) -> Lab:
    """The model's own responder (or initiator, which is answered), with the same policy and with keys for this run.

    Raises:
        Unusable: the policy cannot be used.
    """
    import time

    from isakmp.cli import endpoint
    from isakmp.cli.throwaway import authority, key_of
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.target import MemoryTarget
    from isakmp.machine.peer import Peer
    from isakmp.spec.terms import Role

    settings = endpoint.load_settings(policy)
    exchanges = BOTH if policy is None else exchanges_of(settings)
    backend, began = settings.backend, time.time()
    issuer = authority(began)
    ends = ends_of_model(settings, exchanges[0], began, issuer)
    if answers:
        config, target = ends[Role.R], ends[Role.I]
    else:
        config, target = ends[Role.I], _bearing(ends[Role.R])
    live = MemoryTarget(Peer(target, backend), began)
    return Lab(config, backend, live, exchanges, answers=answers, authority=key_of(issuer, backend))


def ends_of_model(
    settings: Settings, exchange: str, began: float, issuer: Authority | None = None
) -> Mapping[Role, Config]:
    """The configurations of two ends of the model with a policy's first proposals, and with keys for this run.

    Args:
        settings: the policy.
        exchange: the name of the exchange of phase 1.
        began: the time, in seconds since 1970, around which certificates are valid.
        issuer: who issues them; None for an authority of its own.

    """
    from isakmp.cli.scenario import Scenario, configs_for, credentials_for

    proposals, backend = settings.policy, settings.backend
    scenario = Scenario(exchange, proposals.ike[0], proposals.ipsec[0], backend.name)
    return configs_for(scenario, credentials_for(scenario.auth, backend, began, issuer=issuer))


def _bearing(responder: Config) -> Config:
    """The same responder, to which half-open exchanges are no reason to refuse, and which does all that it can."""
    from isakmp.machine.config import Dpd

    return replace(responder, half_open_per_address=responder.half_open_total, dpd=Dpd(), commit_bit=True)
