"""For whom a quick mode is where its initiator names nobody: the hosts themselves (RFC 2409 section 5.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Identity, Rekey
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import handshake
from isakmp.machine.outputs import PhaseTwoUp
from isakmp.machine.peer import Peer
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config
from tests.machine.network import Network
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


@pytest.mark.parametrize(("local", "remote"), [(HOSTS[0], None), (None, HOSTS[1])])
def test_a_policy_that_says_one_end_takes_anybody_at_the_other(local: Identity | None, remote: Identity | None) -> None:
    assert pairs_after_quick(local, remote) == 1


@pytest.mark.parametrize("side", ["local_network", "remote_network"])
def test_an_initiator_that_knows_one_end_alone_begins_no_quick_mode(side: str) -> None:
    alice, bob = config(ALICE, BOB), config(BOB, ALICE)
    backend = load_backend("openssl")
    half = Peer(replace(alice, **{side: HOSTS[0]}), backend)  # type: ignore[arg-type]
    made = handshake(half, Peer(bob, backend), "main", now=NOW, quick=False)
    with pytest.raises(LocalMisuse, match="only one of the two client identities is given"):
        half.quick(made.sas[Role.I], Role.R, NOW)
    assert half.quick(made.sas[Role.I], Role.R, NOW, HOSTS)


@pytest.mark.parametrize("named", [True, False])
def test_a_responder_that_replaces_a_pair_names_whom_its_initiator_has_named(named: bool) -> None:
    networks = {"local_network": HOSTS[0], "remote_network": HOSTS[1]} if named else {}
    backend = load_backend("openssl")
    peers = {
        Role.I: Peer(replace(config(ALICE, BOB), rekey=Rekey(), **networks), backend),  # type: ignore[arg-type]
        Role.R: Peer(replace(config(BOB, ALICE), rekey=Rekey()), backend),
    }
    net = Network(peers[Role.I], peers[Role.R])
    net.up()
    (old,) = (run for run in peers[Role.R].database.runs() if run.sa is not None)
    net.put(Role.R, peers[Role.R]._fire(old, "rekeying due", net.now))
    net.settle()
    first, second = (output.pair for output in net.outputs[Role.R] if isinstance(output, PhaseTwoUp))
    assert (first.local, first.remote) == (second.local, second.remote) == (HOSTS[::-1] if named else (None, None))


@pytest.mark.parametrize(
    ("local", "remote"),
    [
        (Identity.subnet("10.2.0.0/24"), None),
        (None, Identity.subnet("10.1.0.0/24")),
        (Identity.subnet("10.2.0.0/24"), HOSTS[1]),
        (HOSTS[0], Identity.subnet("10.1.0.0/24")),
        (Identity.address("192.0.2.3"), HOSTS[1]),
        (HOSTS[0], Identity.address("192.0.2.3")),
        HOSTS[::-1],
    ],
    ids=[
        "our network, anybody",
        "anybody, their network",
        "our network",
        "their network",
        "another host here",
        "another host there",
        "exchanged",
    ],
)
def test_a_policy_for_others_is_not_met(local: Identity, remote: Identity) -> None:
    assert pairs_after_quick(local, remote) == 0


def test_who_does_not_know_its_own_address_takes_nobody_for_itself() -> None:
    assert pairs_after_quick(*HOSTS, knows_itself=False) == 0
