"""An adversary owns the network: all safety properties after each of its steps, in every form of authentication.

Two searches: Hypothesis composes programs rule by rule and makes failing ones short; and programs are drawn from
seeds, which is many times faster. Both perform the same actions, and a failure prints them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from isakmp.machine import adversary as a
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Encrypted, Message
from isakmp.machine.errors import LocalMisuse
from isakmp.spec.exchanges import exchanges, phase_1_forms
from isakmp.spec.keying import Auth
from isakmp.spec.registries import Flag
from isakmp.spec.table import Kind
from tests.properties.programs import load, program, run, save, shrink, told, variant
from tests.properties.setups import ADDRESSES, ASKED, HONEST, SENT, Setup, forms
from tests.properties.world import World

# Steps of the adversary in one run of the tests, over all forms of authentication and both backends.
STEPS = 10_000
LENGTH = 80
BACKENDS = ("seeded", "symbolic")
# RSA keys cost more than all else; what differs between its two forms is their first messages.
SHARE = len(forms()) * len(BACKENDS)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", forms(), ids=lambda form: form.value)
def test_no_program_of_the_adversary_breaks_a_property(form: Auth, backend: str, tmp_path: Path) -> None:
    steps, seed = 0, 0
    while steps < STEPS / SHARE:
        setup = variant(form, backend, seed)
        actions = program(setup, LENGTH)
        outcome = run(setup, actions)
        steps, seed = steps + outcome.steps, seed + 1
        if outcome.violations:
            short = shrink(setup, actions[: outcome.steps], outcome.violations[0].property)
            violations = run(setup, short).violations
            save(tmp_path / "failure.json", setup, short, violations)
            pytest.fail(f"{told(setup, short, violations)}\nto repeat it: {tmp_path / 'failure.json'}")


NUMBERS = st.integers(-4, 400)
NAMES = st.sampled_from(tuple(ADDRESSES))
HOSTS = st.sampled_from(HONEST)


class Adversary(RuleBasedStateMachine):
    """All actions as rules; the setup is drawn first."""

    world: World

    def act(self, action: a.Action) -> None:
        self.world.act(action)
        assert not self.world.violations, self.world.violations

    @initialize(form=st.sampled_from(forms()), backend=st.sampled_from(BACKENDS), flags=st.tuples(*[st.booleans()] * 4))
    def begin_world(self, form: Auth, backend: str, flags: tuple[bool, bool, bool, bool]) -> None:
        pfs, nat, fragments, groups = flags
        self.world = World(Setup(form.value, backend, pfs, nat=nat, fragments=fragments, groups=groups))

    def name(self, which: int) -> str:
        begins = self.world.setup.begins
        return begins[which % len(begins)]

    @rule(host=NAMES, to=HOSTS, which=st.integers(0, 3))
    def begin(self, host: str, to: str, which: int) -> None:
        self.act(a.Begin(host, to, self.name(which)))

    @rule(host=NAMES, sa=NUMBERS, exchange=st.sampled_from(tuple(ASKED)))
    def ask(self, host: str, sa: int, exchange: str) -> None:
        self.act(a.Ask(host, exchange, sa))

    @rule(host=NAMES, sa=NUMBERS)
    def close(self, host: str, sa: int) -> None:
        self.act(a.Close(host, sa))

    @rule(count=st.integers(1, 6))
    def deliver_in_order(self, count: int) -> None:
        for _ in range(count):
            self.act(a.Deliver())

    @rule(waiting=NUMBERS, keep=st.booleans())
    def deliver(self, waiting: int, keep: bool) -> None:
        self.act(a.Deliver(waiting, keep))

    @rule(waiting=NUMBERS)
    def drop(self, waiting: int) -> None:
        self.act(a.Drop(waiting))

    @rule(packet=NUMBERS, to=st.sampled_from(("", *ADDRESSES)), source=st.sampled_from(("", *ADDRESSES)))
    def replay(self, packet: int, to: str, source: str) -> None:
        self.act(a.Replay(packet, to, source))

    @rule(packet=NUMBERS)
    def reflect(self, packet: int) -> None:
        self.act(a.Reflect(packet))

    @rule(packet=NUMBERS, octets=st.integers(1, 400))
    def truncate(self, packet: int, octets: int) -> None:
        self.act(a.Truncate(packet, octets))

    @rule(packet=NUMBERS, place=st.integers(0, 600), change=st.integers(0, 254))
    def flip(self, packet: int, place: int, change: int) -> None:
        self.act(a.Flip(packet, place, change))

    @rule(packet=NUMBERS, field=st.integers(0, 100), value=st.integers(0, 1 << 32))
    def mutate(self, packet: int, field: int, value: int) -> None:
        self.act(a.Mutate(packet, field, value))

    @rule(packet=NUMBERS, place=st.integers(0, 8), other=NUMBERS, other_place=st.integers(0, 8), insert=st.booleans())
    def splice(self, packet: int, place: int, other: int, other_place: int, insert: bool) -> None:
        self.act(a.Splice(packet, place, other, other_place, insert))

    @rule(packet=NUMBERS, payload=st.integers(0, 3), encrypted=st.booleans(), number=st.integers(0, 1 << 20))
    def forge(self, packet: int, payload: int, encrypted: bool, number: int) -> None:
        self.act(a.Forge(packet, payload, encrypted, number))

    @rule(victim=HOSTS, to=HOSTS, which=st.integers(0, 3))
    def pose(self, victim: str, to: str, which: int) -> None:
        self.act(a.Pose(victim, to, self.name(which)))

    @rule(waiting=NUMBERS)
    def impersonate(self, waiting: int) -> None:
        self.act(a.Impersonate(waiting))

    @rule(tenths=st.integers(1, 500))
    def wait(self, tenths: int) -> None:
        self.act(a.Wait(tenths))

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.finish()
            assert not self.world.violations, self.world.violations


Adversary.TestCase.settings = settings(stateful_step_count=40, max_examples=50, deadline=None)
TestAdversary = Adversary.TestCase


# ---- replay files ----


def test_a_run_is_repeated_from_its_file_octet_for_octet(tmp_path: Path) -> None:
    setup = Setup("signature", seed=5)
    actions = program(setup, LENGTH)
    save(tmp_path / "run.json", setup, actions, ())
    again, read = load(tmp_path / "run.json")
    assert (again, read) == (setup, actions)

    def wire(performed: tuple[a.Action, ...]) -> list[bytes]:
        world = World(setup)
        for action in performed:
            world.act(action)
        return [packet.datagram for packet in world.network.log]

    assert wire(read) == wire(actions)
    assert len(wire(read)) > 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda each: {**each, "do": "Fly"}, "action 1: unknown action 'Fly'"),
        (lambda each: {**each, "height": 3}, "action 1: .*height"),
        (lambda each: {"do": each["do"]}, "action 1: .*missing"),
    ],
)
def test_a_file_with_an_unknown_action_is_refused(change: Callable[[Any], Any], message: str) -> None:
    (written,) = a.to_json([a.Begin("alice", "bob", "main")])
    with pytest.raises(LocalMisuse, match=message):
        a.from_json([change(written)])


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.value)
def test_without_an_adversary_every_exchange_comes_to_its_end(form: Auth) -> None:
    """So that the properties are not held by machines that never establish anything."""
    for exchange in Setup(form.value).begins:
        world = World(Setup(form.value, "symbolic"))
        world.act(a.Begin("alice", "bob", exchange))
        world.network.settle()
        if not phase_1_forms(exchange)[form].keys:  # it authenticates, and leaves nothing to ask for more under
            assert world.proven == {"alice", "bob"}
            continue
        for asked in ASKED:
            world.act(a.Ask("alice", asked))
            world.network.settle()
        world.finish()
        assert not world.violations
        assert [len(held) for held in world.sas.values()] == [2]
        assert [len(held) for held in world.pairs.values()] == [2]


# ---- what the drawn programs cover ----

WAYS = ("port 4500", "fragments")
PROGRAMS = 150


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.value)
def test_drawn_programs_bring_every_exchange_to_its_end_also_behind_a_nat_and_in_fragments(form: Auth) -> None:
    """Programs are drawn as above, until all has been seen; of those in which the network behaves best (see `draw`)."""
    begins = Setup(form.value).begins
    missing = {(name, "") for name in (*begins, *ASKED.values(), "informational")}
    keys = tuple(name for name in begins if phase_1_forms(name)[form].keys)
    missing |= {(name, way) for name in (*keys, "quick") for way in WAYS}
    for seed in (each for each in range(PROGRAMS) if each % 5 in (1, 3)):
        setup = variant(form, "seeded", seed)
        world = World(setup)
        for action in program(setup, LENGTH):
            world.act(action)
        missing -= world.reached
        if not missing:
            return
    pytest.fail(f"in {PROGRAMS} programs never seen: {sorted(missing)}")


def test_setups_are_drawn_in_all_their_ways() -> None:
    drawn = [variant(Auth.PSK, "seeded", seed) for seed in range(10)]
    assert {(setup.nat, setup.fragments) for setup in drawn} == {(n, f) for n in (False, True) for f in (False, True)}
    assert {setup.groups for setup in drawn} == {False, True}
    assert set(forms()) == set(Auth)


# ---- what programs of the adversary have found ----


def test_an_exchange_that_leaves_nothing_behind_is_not_due_for_ever() -> None:
    """Its limit of time stayed, and a caller that waits for the next deadline did not come to rest."""
    world = World(Setup("psk"))
    world.act(a.Begin("alice", "bob", "main"))
    world.network.settle()
    world.act(a.Ask("alice", "configure"))
    world.network.settle()
    world.act(a.Wait(400))
    for host in world.network.hosts.values():
        for peer in host.each():
            assert all(run.at.kind is Kind.ESTABLISHED for run in peer.database.runs())
            due = peer.next_deadline()
            assert due is None or due > world.network.now


def test_what_comes_encrypted_before_the_peers_public_value_is_refused() -> None:
    """The own exponent was there, and the formula of g^xy raised what nobody caught."""
    world = World(Setup("psk"))
    world.act(a.Begin("alice", "bob", "main"))
    for _ in range(2):
        world.act(a.Deliver())
    mm2 = world.network.log[1].datagram
    world.network.arrive(mm2[:19] + b"\x01" + mm2[20:28] + bytes(48), "bob", "alice")
    junk = Message(decode(mm2).header.replace(flags=Flag.ENCRYPTION), encrypted=Encrypted(5, bytes(48)))
    world.network.arrive(encode(junk), "bob", "alice")
    world.network.settle()
    assert not world.violations
    assert [len(held) for held in world.sas.values()] == [2]


def test_every_exchange_of_the_specification_is_begun() -> None:
    known = {form.value for form in forms()} | {*ASKED.values(), *SENT}
    for exchange in exchanges():
        name = exchange.auth.value if exchange.auth else exchange.name
        assert name in known, f"{exchange.key}: tests/properties/setups.py does not say how to configure it"
