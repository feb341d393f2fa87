"""For whom a quick mode is: the identities that its initiator names, or those that are meant where it names none."""

from __future__ import annotations

from collections.abc import Hashable

from isakmp.machine.config import Identity
from isakmp.machine.natt import Endpoint
from isakmp.machine.run import Knowledge, Run
from isakmp.spec import keying as k
from isakmp.spec.terms import Role


def clients_of(known: Knowledge, role: Role) -> tuple[Identity | None, Identity | None]:
    """Whom a quick mode has named: behind this end, which has that role in it, and behind the peer."""
    own, other = (k.IDCI, k.IDCR) if role is Role.I else (k.IDCR, k.IDCI)
    return known.identities.get(str(own)), known.identities.get(str(other))


def acceptable(run: Run, given: tuple[Identity | None, Identity | None]) -> bool:
    """Whether a responder's policy has an SA for these clients, its own and the peer's; None in it is anybody.

    Where none are named, "the identities of the SAs negotiated in Quick Mode are implicitly assumed to be the IP
    addresses of the ISAKMP peers" (RFC 2409 section 5.5).
    """
    wanted = (run.config.local_network, run.config.remote_network)
    if given == (None, None):
        given = (_host(run.config.endpoint), _host(run.address))
    return all(want is None or want == got for want, got in zip(wanted, given, strict=True))


def _host(address: Hashable) -> Identity | None:
    """The identity of a host by its address; None where what it is called by is no transport address."""
    return Identity.address(address.host) if isinstance(address, Endpoint) else None
