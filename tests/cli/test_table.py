"""``isakmp table``: all of the specification's rows, in every format, and nothing else."""

from __future__ import annotations

import csv
import io

import pytest

from isakmp.spec.catalogue import PROCESSES
from isakmp.spec.exchanges import PHASE_1_FORMS, exchanges, phase_1_forms
from isakmp.spec.processes import process_table
from isakmp.spec.table import table
from isakmp.spec.terms import Role
from tests.cli.conftest import Cli

ROWS = {row.id: row for exchange in exchanges() for role in Role for row in table(exchange, role).rows} | {
    row.id: row for process in PROCESSES for role in Role for row in process_table(process, role).rows
}


def test_json_holds_every_row_of_every_table(cli: Cli) -> None:
    tables = cli("table", "--format", "json").json["tables"]
    shown = {row["id"]: row for one in tables for row in one["rows"]}
    assert shown.keys() == ROWS.keys()
    for name, row in ROWS.items():
        record = shown[name]
        assert record["source"] == row.source.name
        assert record["destination"] == row.destination.name
        assert record["event"] == row.event.name
        assert record["guards"] == [guard.name for guard in row.guards]
        assert record["actions"] == [action.name.lower() for action in row.actions]
        assert (record["emits"], record["section"], record["why"]) == (row.emits, row.cite, row.why)


def test_csv_holds_every_row_below_its_titles(cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("table", "--format", "csv").out)))
    assert {row["id"] for row in rows} == ROWS.keys()
    assert all(row["guards"] == "; ".join(g.name for g in ROWS[row["id"]].guards) for row in rows)


def test_markdown_is_a_table_with_as_many_cells_in_each_row(cli: Cli) -> None:
    ran = cli("table", "main", "--auth", "psk", "--role", "responder", "--format", "markdown")
    cells = {line.count(" | ") for line in ran.out.splitlines() if line.startswith("|")}
    rows = [row for row in ROWS.values() if row.exchange == "main-psk" and row.role is Role.R]
    assert len(cells) == 1
    assert ran.out.count("\n| main-psk.R.") == len(rows)


def test_text_tells_each_row_and_section(cli: Cli) -> None:
    out = " ".join(cli("table").out.split())
    assert all(f"[{name}]" in out for name in ROWS)
    assert "None" not in out
    assert "RFC 2409 section 5.4" in out


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("main",), {exchange.key for exchange in phase_1_forms("main").values()}),
        (("main", "--auth", "rsaenc"), {"main-encryption"}),
        (("aggressive", "--auth", "revised"), {"aggressive-revised"}),
        (("main", "--auth", "psk"), {"main-psk"}),
        (("main", "--auth", "rsa"), {"main-signature"}),
        (("aggressive", "--auth", "ECDSA_256"), {"aggressive-signature"}),
        (("quick", "--auth", "psk"), {"quick"}),
    ],
)
def test_exchange_and_authentication_select_tables(cli: Cli, args: tuple[str, ...], expected: set[str]) -> None:
    tables = cli("table", *args, "--format", "json").json["tables"]
    assert {one["exchange"] for one in tables} == expected


def test_a_role_selects_its_rows(cli: Cli) -> None:
    tables = cli("table", "--role", "initiator", "--format", "json").json["tables"]
    assert {one["role"] for one in tables} == {"initiator"}
    assert len(tables) == len(exchanges()) + len(PROCESSES)


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("mian",), "did you mean main?"),
        (("main", "--auth", "psq"), "did you mean psk?"),
        (("main", "--role", "respnder"), "did you mean responder?"),
        (("main", "quick"), "quick"),
        (("main", "--format", "yaml"), "yaml"),
    ],
)
def test_what_is_unknown_is_answered_with_what_there_is(cli: Cli, args: tuple[str, ...], hint: str) -> None:
    ran = cli("table", *args)
    assert ran.status == 2
    assert hint in ran.complaint


def test_every_form_of_authentication_can_be_named(cli: Cli) -> None:
    for form in PHASE_1_FORMS:
        assert cli("table", "main", "--auth", form.value, "--format", "json").status == 0
