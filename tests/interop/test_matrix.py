"""The matrix of interoperation, and the page that shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.interop import matrix
from tests.interop.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "interop.md"


def cells(text: str) -> dict[str, list[str]]:
    """The cells of each row of a table, by the name of the scenario."""
    rows = [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[2:] for row in rows if row[0].startswith("`")}


def test_every_scenario_is_played_with_somebody_and_has_a_name_of_its_own() -> None:
    names = [scenario.name for scenario in matrix.rows()]
    assert len(set(names)) == len(names)
    assert {scenario.name for scenario in SCENARIOS} <= set(names)


def test_the_page_lists_all_scenarios_with_all_peers_and_all_of_them_succeeded() -> None:
    shown = cells(PAGE.read_text())
    planned = {
        scenario.name: [
            "yes" if any((play.scenario, play.direction) == (scenario, way) for play in matrix.PLAYS[peer]) else ""
            for peer, way in matrix.columns()
        ]
        for scenario in matrix.rows()
    }
    assert shown == planned, "`make interop` writes the page again"


def test_the_readme_shows_what_is_played_in_short() -> None:
    assert matrix.summary() in (ROOT / "README.md").read_text(), matrix.summary()


def test_every_scenario_is_of_one_area() -> None:
    areas = {
        each.name: [a for a, names in matrix.AREAS.items() if re.match(names, each.name)] for each in matrix.rows()
    }
    assert {name: found for name, found in areas.items() if len(found) != 1} == {}


def test_a_failure_goes_before_a_success() -> None:
    what = ("interop", ["Libreswan", "main-psk", "we"])
    found = matrix.outcomes_of([("passed", [what]), ("failed", [what]), ("passed", [what]), ("passed", [("other", 1)])])
    assert found == {("Libreswan", "main-psk", "we"): "failed"}


@pytest.mark.parametrize(("outcome", "cell"), [("passed", "yes"), ("failed", "**no**")])
def test_what_came_of_a_play_stands_in_its_cell_alone(outcome: str, cell: str) -> None:
    column = matrix.columns().index(("Libreswan", "they"))
    shown = cells(matrix.table({("Libreswan", "main-psk", "they"): outcome}))
    assert shown["main-psk"][column] == cell
    assert sum(found == cell for row in shown.values() for found in row) == 1
