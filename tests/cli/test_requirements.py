"""``isakmp requirements``: all that is traced, in every format, and what was decided."""

from __future__ import annotations

import csv
import io

import pytest

from isakmp.spec.decisions import DECISIONS
from isakmp.spec.requirements import Coverage, Level, requirements
from tests.cli.conftest import Cli


def test_json_holds_every_requirement(cli: Cli) -> None:
    shown = {one["id"]: one for one in cli("requirements", "--format", "json").json["requirements"]}
    assert shown.keys() == {one.id for one in requirements()}
    for one in requirements():
        record = shown[one.id]
        assert (record["document"], record["section"], record["level"]) == (one.document, one.section, one.level.value)
        assert (record["statement"], record["covered_by"], record["reason"]) == (
            one.statement,
            list(one.covered_by),
            one.reason,
        )


def test_the_coverage_adds_up(cli: Cli) -> None:
    counts = cli("requirements", "--format", "json").json["coverage"]
    assert sum(count["statements"] for count in counts) == len(requirements())
    for count in counts:
        assert count["statements"] == sum(count[each.value] for each in Coverage)
        found = requirements(count["document"], Level(count["level"]))
        assert count["covered"] == sum(bool(one.covered_by) and not one.reason for one in found)
        assert count["in part"] == sum(bool(one.covered_by) and bool(one.reason) for one in found)


def test_csv_holds_every_requirement_below_its_titles(cli: Cli) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("requirements", "--format", "csv").out)))
    assert [row["id"] for row in rows] == [one.id for one in requirements()]


def test_markdown_holds_a_table_of_coverage_and_one_of_requirements(cli: Cli) -> None:
    out = cli("requirements", "--level", "SHOULD", "--format", "markdown").out
    assert out.startswith("| document | level |")
    assert all(f"\n| {one.id} |" in out for one in requirements(level=Level.SHOULD))


def test_text_tells_each_requirement_with_its_section(cli: Cli) -> None:
    out = " ".join(cli("requirements", "--document", "rfc2408").out.split())
    assert all(f"[{one.id}]" in out for one in requirements("RFC2408"))
    assert "RFC 2408 section 5.2" in out


def test_document_level_and_coverage_select(cli: Cli) -> None:
    ran = cli("requirements", "--document", "RFC2408", "--level", "MUST", "--uncovered", "--format", "json")
    shown = ran.json["requirements"]
    assert {one["id"] for one in shown} == {one.id for one in requirements("RFC2408", Level.MUST) if one.reason}
    assert shown
    assert all(one["reason"] for one in shown)


def test_decisions_are_shown_in_every_format(cli: Cli) -> None:
    shown = cli("requirements", "--decisions", "--format", "json").json["decisions"]
    assert [one["id"] for one in shown] == [one.id for one in DECISIONS]
    rows = list(csv.DictReader(io.StringIO(cli("requirements", "--decisions", "--format", "csv").out)))
    assert [row["decision"] for row in rows] == [one.decision for one in DECISIONS]
    assert cli("requirements", "--decisions", "--format", "markdown").out.count("\n|") == len(DECISIONS) + 1
    text = " ".join(cli("requirements", "--decisions").out.split())
    assert all(one.id in text for one in DECISIONS)


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (("--document", "RFC24008"), "did you mean RFC2408?"),
        (("--level", "MUSS"), "did you mean MUST?"),
        (("--decisions", "--uncovered"), "--decisions goes with --format only"),
        (("--format", "yaml"), "yaml"),
    ],
)
def test_what_is_unknown_is_answered_with_what_there_is(cli: Cli, args: tuple[str, ...], hint: str) -> None:
    ran = cli("requirements", *args)
    assert ran.status == 2
    assert hint in ran.complaint
