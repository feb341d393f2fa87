"""Many exchanges at one peer: no message and no tick looks at all of them, and no timer is forgotten."""

from __future__ import annotations

import math
import random

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.alarms import Alarms
from isakmp.machine.config import Dpd, Rekey
from isakmp.machine.database import Database
from isakmp.machine.outputs import PhaseTwoUp, Send
from isakmp.machine.peer import Peer
from isakmp.spec.events import EventKind
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config, ends
from tests.machine.network import Network


def first_timer(peer: Peer) -> float | None:
    return min((run.wakes for run in peer.database.runs() if run.wakes is not None), default=None)


def late(peer: Peer) -> list[object]:
    """Runs whose entry in the order of timers comes after their first timer; an early entry costs a look, no more."""
    entries = peer.database._alarms._entries
    return [run for run in peer.database.runs() if run.wakes is not None and entries.get(run, math.inf) > run.wakes]


@pytest.mark.parametrize("seed", range(4))
def test_the_next_deadline_is_the_first_timer_of_all_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)
    rekey = Rekey(margin=40.0, linger=3.0)
    net = Network(*ends(backend=load_backend("seeded"), dpd=Dpd(idle=7.0), rekey=rekey), chance.randrange)
    peers = net.peers
    net.loses = lambda: chance.random() < 0.1
    checked = 0
    net.initiate(Role.I)
    net.initiate(Role.R)
    for _ in range(150):
        if net.transit:
            net.step()
        else:
            if net.sas(Role.I) and chance.random() < 0.2:
                net.quick(Role.I)
            standing = [run for run in peers[Role.I].database.runs() if run.life.soft is not None]
            if standing and chance.random() < 0.2:
                net.put(Role.I, peers[Role.I]._fire(chance.choice(standing), EventKind.REKEY.value, net.now))
            for role in peers:
                pairs = [o.pair for o in net.outputs[role] if isinstance(o, PhaseTwoUp)]
                if pairs and chance.random() < 0.2:
                    net.put(role, peers[role].used(chance.choice(pairs), 1, net.now, inbound=True))
            due = [time for peer in peers.values() if (time := peer.next_deadline()) is not None]
            net.now = max([net.now, *[min(due)] * bool(due)]) if due else net.now
            for role, peer in peers.items():
                net.put(role, peer.tick(net.now))
        for peer in peers.values():
            assert late(peer) == []
            assert peer.next_deadline() == first_timer(peer)
            checked += peer.next_deadline() is not None
    assert checked > 30


@pytest.mark.parametrize("proof", ["traffic", "message"])
def test_a_sign_of_life_brings_the_next_question_nearer_than_the_repeat_of_the_last(proof: str) -> None:
    net = Network(*ends(backend=load_backend("seeded"), dpd=Dpd(idle=2.0)))
    alice = net.peers[Role.I]
    net.up()
    net.cut = True
    net.advance(2 + 1 + 1.8 + 1.8**2 + 0.1)  # the next repeat is 1.8 ** 3 seconds away
    net.cut = False
    if proof == "traffic":
        net.put(Role.I, alice.used(net.pair(Role.I), 1, net.now, inbound=True))
    else:
        net.quick(Role.R)
        net.step()
    due = first_timer(alice)
    assert due is not None
    assert due <= net.now + 2.0
    assert late(alice) == []


def test_no_message_and_no_tick_looks_at_all_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    def scanned(_: Database) -> None:
        raise AssertionError("all exchanges were looked at")

    alice, bob = (Peer(config(a, b), load_backend("seeded")) for a, b in ((ALICE, BOB), (BOB, ALICE)))
    net = Network(alice, bob)
    monkeypatch.setattr(Database, "runs", scanned)
    net.up()
    for role, peer in net.peers.items():
        assert peer.next_deadline() is not None
        peer.tick(net.now + 1)
        net.put(role, peer.close(net.sas(role)[0], net.now + 1))


def test_what_is_forgotten_leaves_nothing_in_the_order_of_timers() -> None:
    bob = Peer(config(BOB, ALICE), load_backend("openssl"))
    alice = Peer(config(ALICE, BOB), load_backend("openssl"))
    for number in range(300):
        (first,) = [o for o in alice.initiate("main", "bob", NOW) if isinstance(o, Send)]
        bob.receive(first.datagram, f"host {number}", NOW)
    assert bob.next_deadline() == NOW + bob.config.timers.half_open
    bob.tick(NOW + bob.config.timers.half_open)
    assert bob.next_deadline() is None
    assert len(bob.database._alarms) == 0
    for peer in (alice,):
        while (due := peer.next_deadline()) is not None:
            peer.tick(due)
        assert [*peer.database.runs()] == []
        assert len(peer.database._alarms) == 0


def held(peer: Peer) -> dict[str, int]:
    """The members of a peer's memory that hold something, and how much."""
    sized = {**vars(peer.database), **vars(peer._upkeep), **vars(peer._users)}
    return {
        name: len(value) for name, value in sized.items() if isinstance(value, dict | set | list | Alarms) and value
    }


def test_what_has_ended_leaves_nothing_behind() -> None:
    net = Network(*ends(suite="aes128-sha1-modp1024", dpd=Dpd(idle=60), rekey=Rekey()))
    net.up()
    net.quick(Role.R)
    net.settle()
    net.advance(28_800)
    assert all(held(peer) for peer in net.peers.values())
    for role in net.peers:
        for sa in net.sas(role):
            net.put(role, net.peers[role].close(sa, net.now))
        net.settle()
    assert [peer.next_deadline() for peer in net.peers.values()] == [None, None]
    assert [held(peer) for peer in net.peers.values()] == [{}, {}]


def test_the_order_of_timers_does_not_grow_with_what_is_gone() -> None:
    net = Network(*ends(suite="aes128-sha1-modp1024"))
    for _ in range(60):
        net.up()
        for role in net.peers:
            for sa in net.sas(role):
                net.put(role, net.peers[role].close(sa, net.now))
        net.settle()
    assert max(len(peer.database._alarms) for peer in net.peers.values()) < 100
