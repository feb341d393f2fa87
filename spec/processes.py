"""Processes: what goes on beside an ISAKMP SA over many exchanges, and is no sequence of messages itself.

User authentication runs through rounds of transaction exchanges until it succeeds or fails; dead peer detection asks
and waits through informational exchanges for as long as the SA lives. Such a thing has states, and rows that change
them, but no template from which rows could follow: they are written out here in full, by whoever declares the process.

What happens to a process is a signal: a word for what the machine found (an answer was wrong and tries are left, an
answer was wrong and none are). A signal that a state has no row for changes nothing and is recorded, so that the table
of a process is total, as that of an exchange is.
"""

from __future__ import annotations

from functools import lru_cache

from isakmp.spec.events import Action, Event, EventKind
from isakmp.spec.frozen import frozen
from isakmp.spec.messages import Exchange
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import Row, State, Table
from isakmp.spec.terms import Role


@frozen
class Signal:
    """Something that can happen to a process: its name, and what it means."""

    name: str
    meaning: str

    @property
    def event(self) -> Event:
        """The signal as an event of the table."""
        return Event(EventKind.SIGNAL, self.name)


@frozen
class Rule:
    """A row of a process: in `source`, on `signal`, do `actions` and go to `destination` (None: no change of state)."""

    source: State
    signal: Signal
    actions: tuple[Action, ...]
    destination: State | None
    cite: str
    why: str


@frozen
class Process:
    """A process beside an ISAKMP SA.

    `carrier` is the type of the exchanges that carry its messages; `prefix` begins the names of its states; `ends` are
    what the two roles are called, that of `Role.I` first. `unknown` says why a signal without a rule changes nothing.
    """

    name: str
    title: str
    prefix: str
    carrier: ExchangeType
    cite: str
    ends: tuple[str, str]
    signals: tuple[Signal, ...]
    states: tuple[tuple[State, ...], tuple[State, ...]]
    rules: tuple[tuple[Rule, ...], tuple[Rule, ...]]
    unknown: str = "nothing is under way that it could change"

    @property
    def exchange(self) -> Exchange:
        """The process as an exchange without messages: what tables, engines and drawings know it by."""
        return Exchange(
            name=self.name,
            title=self.title,
            type=self.carrier,
            phase=2,
            prefix=self.prefix,
            messages=(),
            keys=(),
            cite=self.cite,
            ends=self.ends,
        )

    def of(self, role: Role) -> tuple[tuple[State, ...], tuple[Rule, ...]]:
        """States and rules of one role: the initiator's stand first."""
        index = 0 if role is Role.I else 1
        return self.states[index], self.rules[index]


_RECORD = (Action.DISCARD, Action.LOG)


@lru_cache
def process_table(process: Process, role: Role) -> Table:
    """The table of one role in a process: its rules, and a row that records for all that they leave open.

    Raises:
        ValueError: two rules are for the same state and signal, or a rule names what the process does not have.
    """
    states, rules = process.of(role)
    written: dict[tuple[State, Signal], Rule] = {}
    for rule in rules:
        key = rule.source, rule.signal
        place = f"{process.name} {role.name} {rule.source} on {rule.signal.name}"
        if key in written:
            raise ValueError(f"{place}: more than one rule")
        if rule.source not in states or rule.signal not in process.signals or rule.destination not in (None, *states):
            raise ValueError(f"{place}: a state or a signal that the process does not have")
        written[key] = rule
    rows = tuple(
        _row(process, role, state, signal, written.get((state, signal)))
        for state in states
        for signal in process.signals
    )
    return Table(process.exchange, role, states, tuple(signal.event for signal in process.signals), rows)


def _row(process: Process, role: Role, state: State, signal: Signal, rule: Rule | None) -> Row:
    return Row(
        id=f"{process.name}.{role.name}.{state.name}.{signal.name.replace(' ', '-')}",
        exchange=process.name,
        role=role,
        source=state,
        event=signal.event,
        destination=(rule.destination if rule else None) or state,
        actions=rule.actions if rule else _RECORD,
        cite=rule.cite if rule else process.cite,
        why=rule.why if rule else process.unknown,
    )
