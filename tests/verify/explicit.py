"""A search for attacks that shares nothing with the one that is tested: state by state, with real values.

Two sessions at most: that of alice, who makes the claims, with bob, and one other. What a session receives is tried
value by value, among what the sessions draw and two values of the intruder's own; what follows from what was sent is
Dolev and Yao's deduction on whole values; events have an order. Nothing here comes from the theory of the solver nor
from the facts that are made for it: messages are read from the protocol's own terms, claims as `isakmp.spec.claims`
says them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeVar, cast

from isakmp.spec.messages import Protection
from isakmp.spec.terms import Role, Sort, Term
from isakmp.verify.models import Protocol
from tests.verify.deduction import EVE, Bound, Hole, Knowledge, Made, Pattern, Values, filled, holes
from tests.verify.sessions import Session

T = TypeVar("T")
CLAIMS: Final = (
    "executable",
    "secrecy",
    "aliveness",
    "weak-agreement",
    "agreement-identities",
    "agreement",
    "unknown-key-share",
    "reflection",
)
"""What is decided beside agreement on each kind of values. `executable` is no claim: an honest run is possible."""


def decides(claim: str) -> bool:
    """Whether the claim is one of those that are decided here."""
    return claim in CLAIMS or claim.startswith("agreement-")


# ---- states ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """How far each session has come, and what it has received."""

    steps: tuple[int, ...]
    bound: tuple[frozenset[tuple[Hole, int]], ...]


class World:
    """One cast of sessions: all that can happen, state by state."""

    def __init__(self, protocol: Protocol, values: Values, cast_: tuple[tuple[Role, str, str], ...]) -> None:
        self.protocol = protocol
        self.values = values
        self.sessions = tuple(
            Session(protocol, values, number, role, own, peer) for number, (role, own, peer) in enumerate(cast_, 1)
        )
        self._domains: dict[str, tuple[int, ...]] = {}
        own = [{values("own", n), values("power", values("own", n))} for n in "12"]
        choices = {hole.domain for session in self.sessions for hole in session.holes() if "choice" in hole.domain}
        self._alike = [own, *([{values("choice", name, n)} for n in "12"] for name in sorted(choices))]

    def domain(self, name: str) -> tuple[int, ...]:
        """What a hole may be filled with."""
        if name not in self._domains:
            self._domains[name] = tuple(dict.fromkeys(self._domain(name)))
        return self._domains[name]

    def _domain(self, name: str) -> Iterator[int]:
        if name.startswith("choice"):
            yield from (self.values("choice", name, n) for n in "12")
            return
        own = [self.values("own", n) for n in "12"]
        drawn = [pair for session in self.sessions for pair in session.draws()]
        if name == "power":
            exponents = [*own, *(value for atom, value in drawn if atom.sort is Sort.EXPONENT)]
            yield from (self.values("power", exponent) for exponent in exponents)
            if self.protocol.degenerate:
                yield self.values("unit")
            return
        yield from own
        yield from (value for atom, value in drawn if name == f"drawn {atom.sort}")

    def states(self) -> Iterator[tuple[State, Knowledge]]:
        """All states that can be reached, each with what the intruder knows then."""
        first = State((0,) * len(self.sessions), (frozenset(),) * len(self.sessions))
        seen = {first}
        waiting = [(first, Knowledge(self.values))]
        while waiting:
            state, knowledge = waiting.pop()
            yield state, knowledge
            for session in self.sessions:
                for following, sent in self._next(session, state, knowledge):
                    if following not in seen:
                        seen.add(following)
                        waiting.append((following, knowledge.plus(sent) if sent else knowledge))

    def _next(self, session: Session, state: State, knowledge: Knowledge) -> Iterator[tuple[State, tuple[int, ...]]]:
        place = session.number - 1
        done = state.steps[place]
        if done == len(session.steps):
            return
        step = session.steps[done]
        for taken in self._takes(step.takes or (), dict(state.bound[place]), knowledge):
            for bound in self.completed(step.sends or (), taken):
                following = State(
                    _replaced(state.steps, place, done + 1),
                    _replaced(state.bound, place, frozenset(bound.items())),
                )
                if self._remembers(following) and self._in_order(following):
                    yield following, tuple(filled(self.values, part, bound) for part in step.sends or ())

    def _remembers(self, state: State) -> bool:
        """Whether no end uses a message id twice with the same peer, where ends remember them."""
        if not self.protocol.checks_ids or 0 in state.steps or len(self.sessions) == 1:
            return True
        one, other = self.sessions
        if (one.own, one.peer) != (other.own, other.peer):
            return True
        used = [filled(self.values, cast(Pattern, s.message_id), dict(state.bound[s.number - 1])) for s in (one, other)]
        return used[0] != used[1]

    def _in_order(self, state: State) -> bool:
        """Whether no second value is used before the first of its kind: the two are alike."""
        used = {value for bound in state.bound for _, value in bound}
        return all(first & used for first, second in self._alike if second & used)

    def completed(self, patterns: tuple[Pattern, ...], bound: Bound) -> Iterator[Bound]:
        """All ways to fill the holes that are left."""
        left = dict.fromkeys(hole for pattern in patterns for hole in holes(pattern) if hole not in bound)
        for chosen in product(*(self.domain(hole.domain) for hole in left)):
            yield {**bound, **dict(zip(left, chosen, strict=True))}

    def _takes(self, parts: tuple[Pattern, ...], bound: Bound, knowledge: Knowledge) -> Iterator[Bound]:
        """All that a session can be given, part by part: first what can only be had in few ways."""
        if not parts:
            yield bound
            return
        place = min(range(len(parts)), key=lambda each: _freedom(parts[each], bound))
        for found in self._given(parts[place], bound, knowledge):
            yield from self._takes((*parts[:place], *parts[place + 1 :]), found, knowledge)

    def _given(self, pattern: Pattern, bound: Bound, knowledge: Knowledge) -> Iterator[Bound]:
        """All ways to fill a pattern with what the intruder can make."""
        if isinstance(pattern, Made) and any(hole not in bound for hole in pattern.holes):
            for part in knowledge.parts:
                yield from self._fits(pattern, part, bound)
            if pattern.symbol != "signed" or pattern.args[0] == self.values("agent", EVE):
                yield from self._takes(pattern.args, bound, knowledge)
            return
        for found in self.completed((pattern,), bound):
            if knowledge.follows(filled(self.values, pattern, found)):
                yield found

    def _fits(self, pattern: Pattern, value: int, bound: Bound) -> Iterator[Bound]:
        """All ways to fill a pattern so that it is that value."""
        if not isinstance(pattern, Made):
            for found in self.completed((pattern,), bound):
                if filled(self.values, pattern, found) == value:
                    yield found
            return
        symbol, args = self.values.made[value]
        if symbol != pattern.symbol or len(args) != len(pattern.args):
            return
        ways = [bound]
        for arg, part in zip(pattern.args, args, strict=True):
            ways = [found for way in ways for found in self._fits(arg, cast(int, part), way)]
        yield from ways


def _freedom(pattern: Pattern, bound: Bound) -> int:
    """In how many ways a pattern may be filled, roughly."""
    if all(hole in bound for hole in holes(pattern)):
        return 0
    return 1 if isinstance(pattern, Made) else 2


def _replaced(values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])


# ---- claims ----------------------------------------------------------------------------------------------------------


def casts(role: Role) -> Iterator[tuple[tuple[Role, str, str], ...]]:
    """Alice in a role with bob, by herself, and with one other session of any role and any agents."""
    alice = (role, "alice", "bob")
    yield (alice,)
    for other in product(Role, ("alice", "bob"), ("alice", "bob", EVE)):
        yield (alice, other)


def violations(protocol: Protocol, role: Role) -> dict[str, bool]:
    """Which claims of a role can be violated, by claim; those that it cannot make are left out."""
    if all(message.sender is role for message in protocol.messages):
        return {}
    kinds = agreed(protocol, role)
    claims = {claim for claim in CLAIMS if protocol.session_key or claim not in {"secrecy", "unknown-key-share"}}
    open_ = claims | {f"agreement-{kind}" for kind in kinds}
    found: dict[str, bool] = dict.fromkeys(sorted(open_), False)
    values = Values()
    for cast_ in casts(role):
        world = World(protocol, values, cast_)
        for state, knowledge in world.states():
            if state.steps[0] == len(world.sessions[0].steps):
                for claim in Judgement(world, state, knowledge, kinds).broken():
                    if claim in found:
                        found[claim] = True
    return found


def agreed(protocol: Protocol, role: Role) -> dict[str, list[int]]:
    """The places of the values, by kind, that the peer has when it has sent the last message that the role takes."""
    last = max(place for place, message in enumerate(protocol.messages) if message.sender is role.other)
    had: set[Term] = set()
    for message in protocol.messages[: last + 1]:
        terms = [*protocol.header(message), *(slot.term for slot in message.slots if not slot.optional)]
        if message.protection is not Protection.CLEAR:
            terms += [protocol.cipher_key(message), *protocol.vectors.values()]
        had.update(part for term in terms for part in term.subterms())
    places = {kind: [place for place, term in enumerate(terms) if term in had] for kind, terms in protocol.data.items()}
    return {kind: found for kind, found in places.items() if found}


@dataclass
class Judgement:
    """Which claims of the first session a state violates, where that session has come to its end."""

    world: World
    state: State
    knowledge: Knowledge
    kinds: Mapping[str, list[int]]

    def broken(self) -> Iterator[str]:
        """The claims."""
        other = self.world.sessions[1] if len(self.world.sessions) > 1 and self.state.steps[1] else None
        bob = other is not None and other.own == "bob"
        running = bob and other is not None and other.peer == "alice"
        mate = other if running and other is not None and self._far_enough(other) else None
        differing = set(self.kinds) if mate is None else {kind for kind in self.kinds if self._differ(kind, mate)}
        yield from (f"agreement-{kind}" for kind in differing)
        if self._secret_is_out():
            yield "secrecy"
        if not bob:
            yield "aliveness"
        if not bob and (other is None or other.own == "alice"):
            yield "reflection"
        if not running:
            yield "weak-agreement"
        if mate is None:
            yield "agreement-identities"
        if mate is None or differing - {"transform"}:
            yield "agreement"
        if mate is not None and not differing:
            yield "executable"
        if bob and other is not None and other.peer != "alice" and self._ended(other) and self._same_key(other):
            yield "unknown-key-share"

    def _bound(self, session: Session) -> Bound:
        return dict(self.state.bound[session.number - 1])

    def _values(self, session: Session, *patterns: Pattern) -> tuple[int, ...]:
        """What patterns are worth. At the end of a run, nothing in them is open."""
        bound = self._bound(session)
        return tuple(filled(self.world.values, pattern, bound) for pattern in patterns)

    def _secret_is_out(self) -> bool:
        claimer = self.world.sessions[0]
        return any(map(self.knowledge.follows, self._values(claimer, *claimer.secrets)))

    def _far_enough(self, other: Session) -> bool:
        """Whether the peer is in the other role and has sent the last message that the claimer took."""
        claimer = self.world.sessions[0]
        if other.role is claimer.role:
            return False
        sent = [step.sends is not None for step in other.steps[: self.state.steps[1]]]
        return sum(sent) == sum(step.takes is not None for step in claimer.steps)

    def _differ(self, kind: str, mate: Session) -> bool:
        claimer = self.world.sessions[0]
        mine, theirs = (
            self._values(session, *(session.data[kind][place] for place in self.kinds[kind]))
            for session in (claimer, mate)
        )
        return mine != theirs

    def _ended(self, session: Session) -> bool:
        return self.state.steps[session.number - 1] == len(session.steps)

    def _same_key(self, other: Session) -> bool:
        claimer = self.world.sessions[0]
        if claimer.key is None or other.key is None:
            return False
        return self._values(claimer, claimer.key) == self._values(other, other.key)
