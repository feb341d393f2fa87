"""For whom a quick mode is where its initiator names nobody: the hosts themselves (RFC 2409 section 5.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Identity
from isakmp.machine.peer import Peer
from tests.machine.ends import ALICE, BOB, NOW, config
from tests.machine.test_transport import GATEWAY, INSIDE, Way

HOSTS = (Identity.address(GATEWAY.host), Identity.address(INSIDE.host))


def pairs_after_quick(local: Identity | None, remote: Identity | None, *, knows_itself: bool = True) -> int:
    """Let an initiator that names no clients begin a quick mode; gives the number of pairs that its responder has."""
    way = Way("main")
    changes = {"local_network": local, "remote_network": remote}
    bob = replace(config(BOB, ALICE), endpoint=GATEWAY if knows_itself else None, **changes)  # type: ignore[arg-type]
    way.bob = Peer(bob, load_backend("openssl"))
    way.run()
    (sa,) = way.alice.database.sas()
    way.settle("alice", way.alice.quick(sa, GATEWAY, NOW))
    return sum(run.table.exchange.name == "quick" for run in way.bob.database.runs())


def test_a_policy_for_the_two_hosts_is_met_by_who_names_nobody() -> None:
    assert pairs_after_quick(*HOSTS) == 1


def test_a_policy_for_everybody_is_met_too() -> None:
    assert pairs_after_quick(None, None) == 1


@pytest.mark.parametrize(
    ("local", "remote"),
    [
        (Identity.subnet("10.2.0.0/24"), HOSTS[1]),
        (HOSTS[0], Identity.subnet("10.1.0.0/24")),
        (Identity.address("192.0.2.3"), HOSTS[1]),
        (HOSTS[0], Identity.address("192.0.2.3")),
        HOSTS[::-1],
    ],
    ids=["our network", "their network", "another host here", "another host there", "exchanged"],
)
def test_a_policy_for_others_is_not_met(local: Identity, remote: Identity) -> None:
    assert pairs_after_quick(local, remote) == 0


def test_who_does_not_know_its_own_address_takes_nobody_for_itself() -> None:
    assert pairs_after_quick(*HOSTS, knows_itself=False) == 0
