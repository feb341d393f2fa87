"""State machines: everything that changes a state is drawn, and told with its row and section."""

from __future__ import annotations

from itertools import product

import pytest

from isakmp.diagrams import both_roles, state_machine
from isakmp.diagrams.state import beside_the_way
from isakmp.spec.events import Action
from isakmp.spec.exchanges import exchanges
from isakmp.spec.messages import Exchange
from isakmp.spec.table import Kind, Row, Table, table
from isakmp.spec.terms import Role
from tests.diagrams.reading import Picture, boxes

EXCHANGES = pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.key)
TABLES = [table(exchange, role) for exchange, role in product(exchanges(), Role)]
EACH_TABLE = pytest.mark.parametrize("drawn", TABLES, ids=lambda t: f"{t.exchange.key}-{t.role.name}")


def pair(exchange: Exchange) -> str:
    return both_roles(table(exchange, Role.I), table(exchange, Role.R))


def undrawn(drawn: Table, dot: str) -> list[Row]:
    """Return the rows that change a state and have no arrow between their states that names them."""
    picture = Picture(dot)

    def arrow(row: Row) -> str:
        return f"{drawn.role.name}.{row.source}--{drawn.role.name}.{row.destination}"

    return [
        row
        for row in drawn.rows
        if row.changes_state and not (arrow(row) in picture.groups and row.id in picture.tooltips(arrow(row)))
    ]


@EACH_TABLE
def test_every_row_that_changes_a_state_has_its_arrow(drawn: Table) -> None:
    assert undrawn(drawn, state_machine(drawn)) == []


@EXCHANGES
def test_both_roles_together_lose_no_row(exchange: Exchange) -> None:
    dot = pair(exchange)
    assert [row for role in Role for row in undrawn(table(exchange, role), dot)] == []


def test_a_missing_arrow_would_be_noticed() -> None:
    drawn = TABLES[0]
    lines = state_machine(drawn).splitlines(keepends=True)
    kept = [line for line in lines if "I.MAIN_I1--I.FAILED" not in line]
    assert len(kept) < len(lines)
    assert {row.destination.name for row in undrawn(drawn, "".join(kept))} == {"FAILED"}


@EACH_TABLE
def test_there_is_one_arrow_for_each_pair_of_states(drawn: Table) -> None:
    ids = [
        f'id="{drawn.role.name}.{a}--{drawn.role.name}.{b}"'
        for a, b in {(r.source, r.destination) for r in drawn.rows if r.changes_state}
    ]
    dot = state_machine(drawn)
    assert [dot.count(name) for name in ids] == [1] * len(ids)


@EACH_TABLE
def test_a_step_shows_what_arrives_every_check_in_order_and_what_is_sent(drawn: Table) -> None:
    dot = state_machine(drawn)
    picture = Picture(dot)
    for row in drawn.rows:
        if row.changes_state and row.destination.kind is not Kind.ENDED:
            name = f"{drawn.role.name}.{row.source}--{drawn.role.name}.{row.destination}"
            texts = [text for text in picture.texts(name) if text not in {"", "·", "×"}]
            first = f"receive {row.event.message}" if row.event.message else row.event.name
            sent = [f"send {row.emits}"] if row.emits else []
            assert texts == [first, *(guard.name for guard in row.guards), *sent]


@EACH_TABLE
def test_a_check_is_marked_by_what_the_table_does_where_it_fails(drawn: Table) -> None:
    picture = Picture(state_machine(drawn))
    for step in (r for r in drawn.rows if r.guards and not r.unless):
        name = f"{drawn.role.name}.{step.source}--{drawn.role.name}.{step.destination}"
        texts = [text for text in picture.texts(name) if text]
        for row in drawn.of(step.source, step.event):
            if row.unless:
                mark = texts[texts.index(row.unless.name) - 1]
                assert mark == ("×" if row.destination.kind is Kind.ENDED else "·"), row.id


@EACH_TABLE
def test_repeats_stand_in_the_state_that_repeats(drawn: Table) -> None:
    picture = Picture(state_machine(drawn))
    for row in drawn.rows:
        if Action.RESEND in row.actions:
            name = f"{drawn.role.name}.{row.source}"
            assert f"{row.event}: {row.emits} again" in picture.texts(name)
            assert row.id in picture.tooltips(name)


@EACH_TABLE
def test_an_ended_state_lists_from_where_and_why_it_is_reached(drawn: Table) -> None:
    picture = Picture(state_machine(drawn))
    for row in drawn.rows:
        if row.changes_state and row.destination.kind is Kind.ENDED:
            name = f"{drawn.role.name}.{row.destination}"
            assert row.id in picture.tooltips(name)
            assert row.why in picture.tooltips(name)
            shown = " ".join(picture.texts(name))
            assert row.source.name.removeprefix(f"{drawn.exchange.prefix}_") in shown.split()


@EXCHANGES
def test_no_box_covers_another(exchange: Exchange) -> None:
    found = boxes(pair(exchange))
    assert [(a.name, b.name) for i, a in enumerate(found) for b in found[:i] if a.overlaps(b)] == []
    assert len(found) >= 4


@EACH_TABLE
def test_the_way_to_success_is_a_straight_line_downwards(drawn: Table) -> None:
    places = {box.name: box for box in boxes(state_machine(drawn))}
    on_it = [s for s in drawn.states if s.kind is not Kind.ENDED and not beside_the_way(s)]
    way = [places[f"{drawn.role.name}.{s}"] for s in on_it]
    assert max(box.x for box in way) - min(box.x for box in way) < 0.1
    assert [box.y for box in way] == sorted((box.y for box in way), reverse=True)


def test_the_roles_of_two_exchanges_are_not_drawn_as_one() -> None:
    first, *_, last = exchanges()
    with pytest.raises(ValueError, match=r"not the two roles of one exchange: main-psk initiator, .* responder"):
        both_roles(table(first, Role.I), table(last, Role.R))
    with pytest.raises(ValueError, match="not the two roles"):
        both_roles(table(first, Role.R), table(first, Role.I))
