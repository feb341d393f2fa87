"""An attack as people read it, and as something that is checked: messages in an order in which they can be sent.

The search gives no order. Here one is found by another way of reasoning than the solver's: a step is next if what it
takes follows from what was sent before, by decomposition and composition of whole values. Where no order exists, the
theory has accepted something that the intruder cannot do, which is a defect of the verifier and raised as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import clingo

from isakmp.spec.claims import Compromise
from isakmp.spec.terms import Atom, Role
from isakmp.verify.scripts import Script
from isakmp.verify.search import Attack, Event, Session

Value: TypeAlias = "clingo.Symbol | tuple[str | Value, ...]"
"""What a slot is worth: the value of a leaf, or a symbol over values."""

INTRUDER: Final = "eve"
NAMES: Final = {"alice": "Alice", "bob": "Bob", "eve": "Mallory"}
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
        made = " (made by Mallory)" if self.forged else ""
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
                owners = self.owned if name.string == "psk" else self.owned & {INTRUDER}
                return bool({a.name, b.name} & owners)
        return False

    def _power(self, public: clingo.Symbol, exponent: clingo.Symbol) -> bool:
        return self.derives(clingo.Function("pub", [public])) and self.derives(exponent)


def value_of(script: Script, attack: Attack, session: int, number: int, offset: int = 0) -> Value:
    """What a node of a session is worth in an attack."""
    found = attack.values.get((session, offset + number))
    if found is not None:
        return clingo.parse_term(found)
    node = script.nodes[number]
    return (node.symbol, *(value_of(script, attack, session, arg, offset) for arg in node.args))


def ordered(script: Script, attack: Attack, compromises: frozenset[Compromise]) -> tuple[Event, ...]:
    """The events of an attack on one protocol by itself, in an order in which they can happen.

    Raises:
        DefectError: there is none.
    """
    knowledge = Knowledge(owned_by(compromises))
    knowledge.learn(*_given(script, attack))
    waiting = list(attack.events)
    found: list[Event] = []
    while waiting:
        event = next((event for event in waiting if _possible(event, found, script, attack, knowledge)), None)
        if event is None:
            left = ", ".join(f"session {event.session} takes {event.takes}" for event in waiting)
            raise DefectError(f"{script.protocol.name}: what is taken cannot be derived: {left}")
        waiting.remove(event)
        found.append(event)
        if event.sends is not None:
            knowledge.learn(*parts_of(script, attack, event.session, event.sends))
    return tuple(found)


def _given(script: Script, attack: Attack) -> Iterator[Value]:
    """What is revealed of sessions beside what they send: their keys, their nonces and exponents."""
    roles = {session.number: session.role for session in attack.sessions}
    for session in attack.revealed:
        yield from (value_of(script, attack, session, script.of(key)) for key in script.protocol.secrets)
    for session in attack.leaked:
        yield from (value_of(script, attack, session, number) for number, _ in fresh(script, roles[session]))


def fresh(script: Script, role: Role) -> Iterator[tuple[int, Atom]]:
    """What a role draws: the numbers of the nodes, and their terms."""
    for number, node in enumerate(script.nodes):
        if isinstance(node.leaf, Atom) and node.leaf.fresh and node.leaf.by is role:
            yield number, node.leaf


def owned_by(compromises: frozenset[Compromise]) -> frozenset[str]:
    """The hosts whose long-term keys the intruder has from the beginning."""
    owned = set() if Compromise.OUTSIDERS in compromises else {INTRUDER}
    return frozenset(owned | ({"alice"} if Compromise.ACTOR in compromises else set()))


def _possible(event: Event, before: list[Event], script: Script, attack: Attack, knowledge: Knowledge) -> bool:
    if event.step > 1 and not any(e.session == event.session and e.step == event.step - 1 for e in before):
        return False
    return event.takes is None or all(map(knowledge.derives, parts_of(script, attack, event.session, event.takes)))


def parts_of(script: Script, attack: Attack, session: int, message: str) -> tuple[Value, ...]:
    """What a message of a session is worth in an attack, part by part."""
    return tuple(value_of(script, attack, session, number) for number in script.parts[message])


def told(script: Script, attack: Attack, compromises: frozenset[Compromise]) -> Iterator[Line]:
    """An attack, message by message."""
    sessions = {session.number: session for session in attack.sessions}
    sent: list[tuple[str, tuple[Value, ...]]] = []
    for event in ordered(script, attack, compromises):
        session = sessions[event.session]
        if event.takes is not None:
            parts = parts_of(script, attack, event.session, event.takes)
            forged = (event.takes, parts) not in sent
            yield Line(_posing(session), NAMES[session.agent], _shown(script, event.takes), event.session, forged)
        if event.sends is not None:
            sent.append((event.sends, parts_of(script, attack, event.session, event.sends)))
            yield Line(
                NAMES[session.agent],
                _posing(session),
                _shown(script, event.sends),
                event.session,
                forged=False,
                out=True,
            )


def _posing(session: Session) -> str:
    peer = NAMES[session.peer]
    return peer if session.peer == INTRUDER else f"Mallory({peer})"


def _shown(script: Script, message: str) -> str:
    return f"{message} {script.protocol.message(message).label}"


def cast_of(attack: Attack) -> Iterator[str]:
    """Who takes part, a line each."""
    for session in attack.sessions:
        role = "initiator" if session.role is Role.I else "responder"
        yield f"session {session.number}: {NAMES[session.agent]} as {role}, with {NAMES[session.peer]}"
