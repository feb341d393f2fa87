"""``isakmp table``: the transition table, as the specification holds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINE

if TYPE_CHECKING:
    from isakmp.spec.keying import Auth
    from isakmp.spec.table import Row, State, Table
    from isakmp.spec.terms import Role

EPILOG: Final = """\b
Examples:
  isakmp table main --auth psk --role initiator
  isakmp table quick --format csv > quick.csv

A row reads: in the state `source`, on `event`, if all `guards` hold, do `actions` (send `emits`) and go to
`destination`. The guard after `unless` is the one that failed.
"""

COLUMNS: Final = (
    "id",
    "exchange",
    "role",
    "source",
    "event",
    "guards",
    "unless",
    "actions",
    "emits",
    "destination",
    "notify",
    "section",
    "why",
)
"""Keys of a row, the same in all formats."""


@click.command("table", short_help="Show the transition table.", epilog=EPILOG)
@click.argument("exchange", required=False, type=names.Known("exchange", names.table_names))
@click.option("--auth", type=names.Known("authentication", names.auth_forms), help="Only with this authentication.")
@click.option("--role", type=names.Known("role", names.roles), help="Only this end's rows.")
@output.format_option("text", "markdown", "csv", "json")
def command(exchange: str | None, auth: Auth | None, role: Role | None, form: str) -> int:
    """Show the transition table of EXCHANGE, or of all exchanges.

    Every change of state of the protocol is a row of it, with the section that demands it.
    """
    from isakmp.spec.catalogue import tables as find

    tables = tuple(find(exchange, auth, role))
    match form:
        case "json":
            output.write_json({"tables": [_document(table) for table in tables]})
        case "csv":
            output.write_csv(COLUMNS, (_cells(row) for table in tables for row in table.rows))
        case "markdown":
            _print_markdown(tables)
        case _:
            _print_text(tables)
    return FINE


# ---- one row ---------------------------------------------------------------------------------------------------------


def _record(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "exchange": row.exchange,
        "role": row.role.value,
        "source": row.source.name,
        "event": row.event.name,
        "guards": [guard.name for guard in row.guards],
        "unless": row.unless.name if row.unless else None,
        "actions": [action.name.lower() for action in row.actions],
        "emits": row.emits,
        "destination": row.destination.name,
        "notify": row.notify.label if row.notify is not None else None,
        "section": row.cite,
        "why": row.why,
    }


def _cells(row: Row) -> list[str]:
    record = _record(row)
    values = (record[column] for column in COLUMNS)
    return ["; ".join(value) if isinstance(value, list) else value or "" for value in values]


def _document(table: Table) -> dict[str, Any]:
    return {
        "exchange": table.exchange.key,
        "title": table.exchange.title,
        "auth": table.exchange.auth.value if table.exchange.auth else None,
        "role": table.role.value,
        "section": table.exchange.cite,
        "states": [{"name": state.name, "kind": state.kind.name.lower()} for state in table.states],
        "rows": [_record(row) for row in table.rows],
    }


# ---- for people ------------------------------------------------------------------------------------------------------


def _heading(table: Table) -> str:
    from isakmp.spec.citations import format_cite

    exchange = table.exchange
    auth = f", authentication by {exchange.auth.value}" if exchange.auth else ""
    return f"{exchange.title}{auth}, {exchange.end(table.role)} ({format_cite(exchange.cite)}): {len(table.rows)} rows"


def _print_markdown(tables: Iterable[Table]) -> None:
    shown = [column for column in COLUMNS if column not in ("exchange", "role")]
    for number, table in enumerate(tables):
        if number:
            output.line()
        output.line(f"## {_heading(table)}")
        output.line()
        rows = (dict(zip(COLUMNS, _cells(row), strict=True)) for row in table.rows)
        output.write_markdown(shown, ([row[column] for column in shown] for row in rows))


def _print_text(tables: Iterable[Table]) -> None:
    for number, table in enumerate(tables):
        if number:
            output.line()
        output.line(output.styled(_heading(table), "heading"))
        for state in table.states:
            output.line()
            output.line(f"{output.styled(state.name, 'heading')}  {_describe(state)}")
            for row in table.rows:
                if row.source == state:
                    _print_row(row)


def _describe(state: State) -> str:
    waits = f"; waits for {state.awaits}" if state.awaits else ""
    return f"{state.kind.value}{waits}"


def _print_row(row: Row) -> None:
    from isakmp.spec.citations import format_cite

    style = "bad" if row.destination.kind.name == "ENDED" else "good"
    goal = output.styled(row.destination.name, style) if row.changes_state else "no change of state"
    output.line(f"  {output.styled(row.event.name, 'name')} -> {goal}  {output.styled(f'[{row.id}]', 'quiet')}")
    conditions = [guard.name for guard in row.guards] + ([f"not: {row.unless.name}"] if row.unless else [])
    actions = [
        f"send {row.emits}" if action.name == "SEND" and row.emits else action.name.lower() for action in row.actions
    ]
    for label, text in (
        ("if", "; ".join(conditions)),
        ("do", "; ".join(actions)),
        ("why", f"{row.why} ({format_cite(row.cite)})"),
    ):
        if text:
            output.wrapped(label, text, indent=6, label_width=5)
