"""An attack as people read it, and as something that is checked: messages in an order in which they can be sent.

The search gives no order. Here one is found by another way of reasoning than the solver's: a step is next if what it
takes follows from what was sent before, by decomposition and composition of whole values. Where no order exists, the
theory has accepted something that the intruder cannot do, which is a defect of the verifier and raised as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, TypeAlias

import clingo

from isakmp.spec.claims import Compromise
from isakmp.spec.terms import Atom, Role
from isakmp.verify.models import SECOND
from isakmp.verify.scripts import Script
from isakmp.verify.search import Attack, Event, Session

Value: TypeAlias = "clingo.Symbol | tuple[str | Value, ...]"
"""What a slot is worth: the value of a leaf, or a symbol over values."""

ALICE, BOB, EVE = "alice", "bob", "eve"
"""The agents of theory.lp: who makes the claim, its peer, and the intruder."""
NAMES: Final = {ALICE: "Alice", BOB: "Bob", EVE: "Mallory"}
"""Who takes part, as attacks are told."""


class DefectError(Exception):
    """The search has accepted an attack that cannot be carried out: a defect of the verifier."""


@dataclass(frozen=True)
class Line:
    """One message on its way: who sends it, in brackets as whom, to whom, and whether it is made or passed on.

    It goes to or comes out of (`out`) a session, by its number.
    """

    sender: str
    receiver: str
    message: str
    session: int
    forged: bool
    out: bool = False

    def __str__(self) -> str:
        made = f" (made by {NAMES[EVE]})" if self.forged else ""
        return f"{self.sender} -> {self.receiver}: {self.message}{made}"


class Knowledge:
    """What an intruder can derive from values that were sent (Dolev and Yao)."""

    def __init__(self, owned: frozenset[str]) -> None:
        self.owned = owned
        self._seen: set[Value] = set()

    def learn(self, *values: Value) -> None:
        """Take up values, and all that opens now."""
        self._seen.update(values)
        changed = True
        while changed:
            changed = False
            for value in tuple(self._seen):
                opened = set(self._inside(value)) - self._seen
                if opened:
                    self._seen |= opened
                    changed = True

    def _inside(self, value: Value) -> tuple[Value, ...]:
        if not isinstance(value, tuple):
            return ()
        symbol, first, *rest = value
        keyed = symbol in {"enc", "senc"}
        opens = self.derives(first) if keyed else symbol == "aenc" and str(first)[3:-1] in self.owned
        body = rest[1:] if symbol == "enc" else rest  # the vector, which is not needed, stands before the body
        return tuple(part for part in body if not isinstance(part, str)) if opens else ()

    def derives(self, value: Value | str) -> bool:
        """Whether a value follows."""
        if value in self._seen:
            return True
        if isinstance(value, tuple):
            symbol, *args = value
            may = symbol != "sign" or str(args[0])[3:-1] in self.owned
            return may and all(map(self.derives, args))
        return isinstance(value, clingo.Symbol) and self._leaf(value)

    def _leaf(self, value: clingo.Symbol) -> bool:
        match value.name, value.arguments:
            case (("e" | "c" | "ag" | "unit"), _):
                return True
            case "pub", [exponent]:
                return self.derives(exponent)
            case "dh", [x, y]:
                return any(self._power(a, b) for a, b in ((x, y), (y, x)))
            case "key", [name, a, b]:
                owners = self.owned if name.string == "psk" else self.owned & {EVE}
                return bool({a.name, b.name} & owners)
        return False

    def _power(self, public: clingo.Symbol, exponent: clingo.Symbol) -> bool:
        return self.derives(clingo.Function("pub", [public])) and self.derives(exponent)


class Story:
    """An attack together with the scripts of the protocols whose sessions take part in it."""

    def __init__(self, scripts: tuple[Script, ...], attack: Attack) -> None:
        self.attack = attack
        self.sessions = {session.number: session for session in attack.sessions}
        self._scripts = scripts
        self._offsets = [0, *accumulate(len(script.nodes) for script in scripts)]

    def script(self, session: int) -> Script:
        """The script of a session."""
        return self._scripts[self.sessions[session].protocol]

    def value(self, session: int, number: int) -> Value:
        """What a node is worth in a session."""
        found = self.attack.values.get((session, self._offsets[self.sessions[session].protocol] + number))
        if found is not None:
            return clingo.parse_term(found)
        node = self.script(session).nodes[number]
        return (node.symbol, *(self.value(session, arg) for arg in node.args))

    def parts(self, session: int, message: str) -> tuple[Value, ...]:
        """What a message of a session is worth, part by part."""
        return tuple(self.value(session, number) for number in self.script(session).parts[message])

    def fresh(self, session: int) -> Iterator[tuple[Value, Atom]]:
        """What a session draws, and what is drawn."""
        for number, node in enumerate(self.script(session).nodes):
            leaf = node.leaf
            if isinstance(leaf, Atom) and leaf.fresh and leaf.by is self.sessions[session].role:
                yield self.value(session, number), leaf

    def given(self) -> Iterator[Value]:
        """What is revealed of sessions beside what they send: their keys, their nonces and exponents."""
        for session in self.attack.revealed:
            script = self.script(session)
            yield from (self.value(session, script.of(key)) for key in script.protocol.secrets)
        for session in self.attack.leaked:
            yield from (value for value, _ in self.fresh(session))


def ordered(story: Story, compromises: frozenset[Compromise]) -> tuple[Event, ...]:
    """The events of an attack, in an order in which they can happen.

    Raises:
        DefectError: there is none.
    """
    knowledge = Knowledge(owned_by(compromises))
    knowledge.learn(*story.given())
    waiting = list(story.attack.events)
    found: list[Event] = []
    while waiting:
        event = next((event for event in waiting if _possible(event, found, story, knowledge)), None)
        if event is None:
            left = ", ".join(f"session {event.session} takes {event.takes}" for event in waiting)
            name = story.script(waiting[0].session).protocol.name
            raise DefectError(f"{name}: what is taken cannot be derived: {left}")
        waiting.remove(event)
        found.append(event)
        if event.sends is not None:
            knowledge.learn(*story.parts(event.session, event.sends))
    return tuple(found)


def owned_by(compromises: frozenset[Compromise]) -> frozenset[str]:
    """The hosts whose long-term keys the intruder has from the beginning."""
    owned = set() if Compromise.OUTSIDERS in compromises else {EVE}
    return frozenset(owned | ({ALICE} if Compromise.ACTOR in compromises else set()))


def _possible(event: Event, before: list[Event], story: Story, knowledge: Knowledge) -> bool:
    if event.step > 1 and not any(e.session == event.session and e.step == event.step - 1 for e in before):
        return False
    return event.takes is None or all(map(knowledge.derives, story.parts(event.session, event.takes)))


def told(story: Story, compromises: frozenset[Compromise]) -> Iterator[Line]:
    """An attack, message by message."""
    sent: list[tuple[str, tuple[Value, ...]]] = []
    for event in ordered(story, compromises):
        session, script = story.sessions[event.session], story.script(event.session)
        own, posing = NAMES[session.agent], _posing(session)
        if event.takes is not None:
            parts = story.parts(event.session, event.takes)
            forged = (event.takes, parts) not in sent
            yield Line(posing, own, _shown(script, event.takes), event.session, forged)
        if event.sends is not None:
            sent.append((event.sends, story.parts(event.session, event.sends)))
            yield Line(own, posing, _shown(script, event.sends), event.session, forged=False, out=True)


def _posing(session: Session) -> str:
    peer = NAMES[session.peer]
    return peer if session.peer == EVE else f"{NAMES[EVE]}({peer})"


def _shown(script: Script, message: str) -> str:
    return f"{message} {script.protocol.message(message).label}".replace(f"_b{SECOND}", SECOND)


def cast_of(story: Story) -> Iterator[str]:
    """Who takes part, a line each; in which exchange, where there are several."""
    names = {story.script(number).protocol.key for number in story.sessions}
    for number, session in story.sessions.items():
        role = "initiator" if session.role is Role.I else "responder"
        where = f", {story.script(number).protocol.key}" if len(names) > 1 else ""
        yield f"session {number}: {NAMES[session.agent]} as {role}, with {NAMES[session.peer]}{where}"
