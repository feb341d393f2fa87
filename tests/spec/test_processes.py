"""Processes: rules written out, the rest recorded, and a table that the engine takes as it takes any other."""

from dataclasses import replace

import pytest

from isakmp.machine.engine import Engine
from isakmp.spec.events import Action
from isakmp.spec.processes import Process, Rule, Signal, process_table
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import FAILED, Kind, Row, State
from isakmp.spec.terms import Role
from isakmp.spec.validate import findings

OFF, ON = State("LAMP_I0", Kind.IDLE), State("LAMP_I1", Kind.RUNNING)
DARK = State("LAMP_R0", Kind.IDLE)
PRESS, BREAK = Signal("press", "somebody presses the button"), Signal("break", "the lamp breaks")
LAMP = Process(
    name="lamp",
    title="Lamp",
    prefix="LAMP",
    carrier=ExchangeType.INFORMATIONAL,
    cite="RFC2408:5.1",
    ends=("hand", "lamp"),
    signals=(PRESS, BREAK),
    states=((OFF, ON, FAILED), (DARK,)),
    rules=(
        (
            Rule(OFF, PRESS, (Action.LOG,), ON, "RFC2408:5.1", "it is lit"),
            Rule(ON, PRESS, (Action.LOG,), OFF, "RFC2408:5.1", "it is put out"),
            Rule(ON, BREAK, (Action.FORGET,), FAILED, "RFC2408:5.1", "it is gone"),
        ),
        (),
    ),
)


class Model:
    state = OFF.name


def test_what_is_not_written_changes_nothing() -> None:
    table = process_table(LAMP, Role.I)
    assert findings(table) == ()
    (row,) = table.of(OFF, BREAK.event)
    assert (row.changes_state, row.actions, row.why) == (False, (Action.DISCARD, Action.LOG), LAMP.unknown)
    assert len(table.rows) == len(table.states) * len(LAMP.signals)


def test_the_engine_runs_a_process() -> None:
    done: list[str] = []
    engine = Engine(process_table(LAMP, Role.I), lambda _: bool, lambda row, _: lambda _step: done.append(row.id))
    model = Model()
    for signal in (BREAK, PRESS, PRESS, PRESS, BREAK, PRESS):
        engine.fire(model, signal.event.name, None)
    assert model.state == FAILED.name
    assert done == [
        "lamp.I.LAMP_I0.break", "lamp.I.LAMP_I0.press", "lamp.I.LAMP_I1.press", "lamp.I.LAMP_I0.press",
        "lamp.I.LAMP_I1.break", "lamp.I.FAILED.press",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rules",
    [
        (*LAMP.rules[0], replace(LAMP.rules[0][0], why="again")),
        (*LAMP.rules[0], Rule(OFF, Signal("kick", "unknown to it"), (), None, "RFC2408:5.1", "")),
        (*LAMP.rules[0], Rule(DARK, PRESS, (), None, "RFC2408:5.1", "")),
    ],
    ids=["twice", "an unknown signal", "a state of the other role"],
)
def test_a_rule_that_does_not_belong_is_refused_with_its_place(rules: tuple[Rule, ...]) -> None:
    with pytest.raises(ValueError, match=r"^lamp I (LAMP_I0|LAMP_R0) on "):
        process_table(replace(LAMP, rules=(rules, ())), Role.I)


def test_an_unreachable_state_is_found() -> None:
    alone = replace(LAMP, rules=(LAMP.rules[0][:2], ()))
    assert [finding.problem for finding in findings(process_table(alone, Role.I))] == ["cannot be reached"]


def test_a_row_names_its_place() -> None:
    rows: tuple[Row, ...] = process_table(LAMP, Role.R).rows
    assert [row.id for row in rows] == ["lamp.R.LAMP_R0.press", "lamp.R.LAMP_R0.break"]
