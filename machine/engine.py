"""The `transitions` engine, fed from the table. All that the project needs of that library, and its traps, are here.

One shared flat machine per (exchange, role) drives every running exchange as a model that it does not register:
setting up an exchange costs an object and nothing more. A row becomes one transition whose callbacks are resolved
when the engine is built (a misspelt name cannot wait until it is fired); the first transition whose conditions hold
is taken; because the table is total, "none" is a defect of ours and is raised as one. All work is done *before* the
state changes, so that an exception leaves the exchange as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from transitions import Event as Trigger
from transitions import EventData, Machine, Transition

from isakmp.spec.guards import Guard
from isakmp.spec.messages import Message
from isakmp.spec.table import Row, Table
from isakmp.spec.validate import findings


class TableError(ValueError):
    """A table with a hole, a duplicate or an ill-formed row was refused; the message names the places."""


class IncompleteTableError(RuntimeError):
    """No row applied to an event: a table that was validated cannot come to this."""


class Model(Protocol):
    """What the engine moves: anything with a state's name."""

    state: str


GuardFunction = Callable[[Any], bool]
PerformFunction = Callable[[Any], None]
Performer = Callable[[Row, Message | None], PerformFunction]


class Engine:
    """A table, ready to run.

    Args:
        table: the rows of one role in one exchange.
        guard: gives for each guard the function that evaluates it on a step.
        perform: gives for each row, and the message that it emits, the function that does what the row says.

    Raises:
        TableError: the table is not total, not deterministic, ...
    """

    def __init__(self, table: Table, guard: Callable[[Guard], GuardFunction], perform: Performer) -> None:
        problems = findings(table)
        if problems:
            raise TableError("; ".join(map(str, problems)))
        self.table = table
        self._triggers = _build(table, guard, perform)
        self.states = {state.name: state for state in table.states}
        self.awaited = {
            state.name: table.exchange.message(state.awaits) if state.awaits else None for state in table.states
        }

    def fire(self, model: Model, event: str, step: object) -> None:
        """Let an event happen to a model; `step` is handed to guards and actions.

        Raises:
            IncompleteTableError: no row applied.
        """
        if not self._triggers[event].trigger(model, step):
            raise IncompleteTableError(f"{self.table.exchange.key}: no row for {model.state} on {event}")


class RowTransition(Transition):
    """A transition that does what a row needs, in the library's order: conditions, then `before`, then the state.

    The library's own also logs each step and calls hooks of states and machine, of which the table uses none: that took
    half of the time of a trigger.
    """

    def execute(self, event_data: EventData) -> bool:
        """Take the transition if its conditions hold; tells whether they did."""
        (step,) = event_data.args
        for condition in self.conditions:
            predicate = cast(GuardFunction, condition.func)
            if predicate(step) is not condition.target:
                return False
        for action in self.before:
            cast(PerformFunction, action)(step)
        if self.dest:
            event_data.machine.set_state(self.dest, event_data.model)
        return True


class RowMachine(Machine):
    """The flat machine, with transitions made of rows."""

    transition_cls = RowTransition


def no_guard(guard: Guard) -> GuardFunction:
    """Stand in for the guards of a process, which has none: what could be one is a signal of its own.

    Raises:
        TableError: always.
    """
    raise TableError(f"{guard.name}: the rows of a process have no guards")


def _build(table: Table, guard: Callable[[Guard], GuardFunction], perform: Performer) -> dict[str, Trigger]:
    transitions = [
        {
            "trigger": row.event.name,
            "source": row.source.name,
            # An internal transition where nothing changes: the library then skips leaving and entering the state.
            "dest": row.destination.name if row.changes_state else None,
            "conditions": [guard(g) for g in row.guards],
            "unless": [guard(row.unless)] if row.unless else [],
            "before": perform(row, table.exchange.message(row.emits) if row.emits else None),
        }
        for row in table.rows
    ]
    machine = RowMachine(
        model=None,
        states=[state.name for state in table.states],
        initial=table.initial.name,
        transitions=transitions,
        auto_transitions=False,
    )
    return cast("dict[str, Trigger]", dict(machine.events))
