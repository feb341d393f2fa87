"""A search for attacks on the machine itself: real peers over the symbolic backend, and an intruder between them.

Two sessions at most: that of alice, who makes the claims, with bob, and one other. The machine says what is taken and
sent, and `isakmp.crypto.deduction` what the intruder can make of what was sent. Nothing here comes from the solver, nor
from the other search, but the casts and which values there are to agree on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from isakmp.cli.attack import key_pair
from isakmp.crypto.deduction import Intruder
from isakmp.crypto.free_terms import Origin
from isakmp.machine.config import Config
from isakmp.spec import keying as k
from isakmp.spec.limits import COOKIE_OCTETS, MESSAGE_ID_OCTETS
from isakmp.spec.terms import Role, Sort
from isakmp.verify.hosts import group_of, shared_key
from isakmp.verify.models import Protocol
from isakmp.verify.trace import ALICE, BOB, EVE
from tests.verify.explicit import CLAIMS, agreed, casts
from tests.verify.machine_intruder import Giver
from tests.verify.machine_sessions import BEGIN, Actor, History, Listening, Moment, Shared


@dataclass(frozen=True)
class State:
    """What each session has been given."""

    histories: tuple[History, ...]


class World:
    """One cast of sessions on the machine: all that can happen, state by state."""

    def __init__(self, protocol: Protocol, cast_: tuple[tuple[Role, str, str], ...]) -> None:
        self.protocol = protocol
        self.origins: dict[bytes, Origin] = {}
        self.actors = tuple(
            Actor(protocol, number, role, own, other, self.origins)
            for number, (role, own, other) in enumerate(cast_, 1)
        )
        own = Listening(EVE, self.origins)
        self.own = {
            Sort.COOKIE: own.random(COOKIE_OCTETS, "CKY"),
            Sort.NONCE: own.random(Config.nonce_size, "N"),
            Sort.MESSAGE_ID: own.random(MESSAGE_ID_OCTETS, "M-ID"),
            Sort.ELEMENT: own.generate(group_of(protocol), "x").public,
        }
        self.known = tuple(self.own.values())  # and with them the exponent: see `knowledge`
        self._exponent = self.origins[self.own[Sort.ELEMENT]].arguments[1]

    def states(self) -> Iterator[tuple[State, Intruder]]:
        """All states that can be reached, each with what the intruder knows then."""
        first = State(((),) * len(self.actors))
        seen, waiting = {first}, [first]
        while waiting:
            state = waiting.pop()
            given = [(actor, datagram) for actor in self.actors for datagram in self._candidates(actor, state)]
            intruder = self.knowledge(state)
            yield state, intruder
            for actor, datagram in given:
                if datagram == BEGIN or intruder.derives(datagram):
                    history = (*state.histories[actor.number - 1], datagram)
                    if actor.at(history).taken:
                        following = State(_replaced(state.histories, actor.number - 1, history))
                        if following not in seen:
                            seen.add(following)
                            waiting.append(following)

    def moments(self, state: State) -> tuple[Moment, ...]:
        """The sessions in a state."""
        return tuple(actor.at(history) for actor, history in zip(self.actors, state.histories, strict=True))

    def sent(self, state: State) -> tuple[bytes, ...]:
        """What was sent until then."""
        return tuple(datagram for moment in self.moments(state) for datagram in moment.sent)

    def knowledge(self, state: State) -> Intruder:
        """What the intruder knows in a state."""
        honest = [(one, other) for one in (ALICE, BOB) for other in (ALICE, BOB)]
        spki = key_pair(EVE).certificate
        intruder = Intruder(
            Shared(self.origins),
            secrets={shared_key(*pair) for pair in honest},
            private_keys=() if spki is None else (spki.public_key.spki,),
        )
        intruder.learn(*self.known, self._exponent, *self._insider(), *self.sent(state))
        return intruder

    def _insider(self) -> Iterator[bytes]:
        """The keys of the ISAKMP SAs with the intruder."""
        for actor in self.actors:
            sa = actor.at(()).sa
            if sa is not None and EVE in (actor.own, actor.other):
                yield from (sa.skeyid_a, sa.skeyid_d, sa.cipher_key)

    def _candidates(self, actor: Actor, state: State) -> Iterator[bytes]:
        history = state.histories[actor.number - 1]
        if actor.role is Role.I and not history:
            yield BEGIN
            return
        message = actor.awaits(history)
        if message is not None:
            yield from Giver(actor, history, self._pool(state), self.sent(state)).candidates(message)

    def _pool(self, state: State) -> dict[Sort, tuple[bytes, ...]]:
        """The values that there are, by sort: the intruder's own, and what sessions have drawn."""
        found = {sort: [value] for sort, value in self.own.items()}
        for actor, moment in zip(self.actors, self.moments(state), strict=True):
            for name, sort, by in _DRAWN:
                if name in moment.values and by is actor.role:
                    found.setdefault(sort, []).append(moment.values[name])
        return {sort: tuple(dict.fromkeys(values)) for sort, values in found.items()}


_DRAWN: Final = (
    *((str(atom), atom.sort, atom.by) for atom in (k.CKY_I, k.CKY_R, k.NI, k.NR, k.M_ID, k.SAI)),
    *((str(term), term.sort, term.x.by) for term in (k.G_XI, k.G_XR, k.QM_XI, k.QM_XR)),
)


def _replaced(values: tuple[History, ...], place: int, value: History) -> tuple[History, ...]:
    return (*values[:place], value, *values[place + 1 :])


# ---- claims ----------------------------------------------------------------------------------------------------------


def violations(protocol: Protocol, role: Role, until: str | None = None) -> dict[str, bool]:
    """Which claims of a role can be violated on the machine, by claim; no more is searched once `until` is violated."""
    kinds = agreed(protocol, role)
    kinds.pop("transform", None)  # every responder here takes what comes first
    open_ = {*CLAIMS, *(f"agreement-{kind}" for kind in kinds)}
    if protocol.session_key is None:
        open_ -= {"secrecy", "unknown-key-share"}
    found = dict.fromkeys(sorted(open_), False)
    for cast_ in casts(role):
        world = World(protocol, cast_)
        for state, intruder in world.states():
            if world.moments(state)[0].done:
                for claim in _broken(world, state, intruder, kinds):
                    if claim in found:
                        found[claim] = True
                if until is not None and found[until]:
                    return found
    return found


def _broken(world: World, state: State, intruder: Intruder, kinds: Mapping[str, list[int]]) -> Iterator[str]:
    """The claims of the first session that a state violates, where that session has come to its end."""
    (actor, moment, _), *others = zip(world.actors, world.moments(state), state.histories, strict=True)
    other = next(((who, what) for who, what, given in others if given), None)
    bob = other is not None and other[0].own == BOB
    running = other is not None and bob and other[0].other == ALICE
    mate = other if other is not None and running and _far_enough(actor, *other) else None
    differing = set(kinds)
    if mate is not None:
        differing = {
            kind for kind in kinds if _held(moment, world.protocol, kind) != _held(mate[1], world.protocol, kind)
        }
    yield from (f"agreement-{kind}" for kind in differing)
    keys = moment.kept(world.protocol)
    if any(map(intruder.derives, keys)):
        yield "secrecy"
    if not bob:
        yield "aliveness"
        if other is None or other[0].own == ALICE:
            yield "reflection"
    if not running:
        yield "weak-agreement"
    if mate is None:
        yield "agreement-identities"
    if differing or mate is None:
        yield "agreement"
    else:
        yield "executable"
    if other is not None and bob and not running and other[1].done and keys and other[1].kept(world.protocol) == keys:
        yield "unknown-key-share"


def _held(moment: Moment, protocol: Protocol, kind: str) -> list[bytes | None]:
    return [moment.values.get(str(term)) for term in protocol.data[kind]]


def _far_enough(claimer: Actor, other: Actor, moment: Moment) -> bool:
    """Whether the peer is in the other role and has sent the last message that the claimer has taken."""
    return other.role is not claimer.role and len(moment.sent) >= len(claimer.expected)
