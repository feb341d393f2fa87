"""``isakmp requirements``: what the documents prescribe, statement by statement, and what covers each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINE

if TYPE_CHECKING:
    from isakmp.spec.decisions import Decision
    from isakmp.spec.requirements import Level, Requirement

EPILOG: Final = """\b
Examples:
  isakmp requirements --document RFC2408 --level MUST
  isakmp requirements --uncovered --format markdown
  isakmp requirements --decisions

What covers a requirement is named by kind: a field of a layout, a guard, rows of the table, a formula, a check of
`isakmp check`, a test. Where nothing does, or in part only, the reason is given.
"""

COLUMNS: Final = ("id", "document", "section", "level", "statement", "covered_by", "reason")
"""Keys of a requirement, the same in all formats."""

DECISION_COLUMNS: Final = ("id", "question", "sections", "decision", "why", "switch", "peers")
"""Keys of a decision, the same in all formats."""

COUNTED: Final = ("document", "level", "statements", "covered", "in part", "with a reason", "open")


def _documents() -> dict[str, str]:
    from isakmp.spec.requirements import TRACED

    return {traced.document: traced.document for traced in TRACED}


def _levels() -> dict[str, Level]:
    from isakmp.spec.requirements import Level

    return {level.value: level for level in Level}


@click.command("requirements", short_help="Show what the RFCs demand, and what covers it.", epilog=EPILOG)
@click.option("--document", type=names.Known("document", _documents), help="Only of this document.")
@click.option("--level", type=names.Known("level", _levels), help="Only of this level.")
@click.option("--uncovered", is_flag=True, help="Only what is not covered, or in part, with the reason.")
@click.option("--decisions", is_flag=True, help="Show what was decided where the documents leave room, instead.")
@output.format_option("text", "markdown", "csv", "json")
def command(document: str | None, level: Level | None, form: str, *, uncovered: bool, decisions: bool) -> int:
    """Show every statement of the RFCs that prescribes something, and what covers it.

    MUST, SHOULD and MAY are RFC 2119's; a RULE prescribes without such a word. Statements are in our words.
    """
    if decisions:
        if document or level or uncovered:
            raise click.UsageError("--decisions goes with --format only")
        _show_decisions(form)
        return FINE
    from isakmp.spec.requirements import requirements

    found = requirements(document, level, uncovered=uncovered)
    match form:
        case "json":
            output.write_json({"requirements": [_record(one) for one in found], "coverage": _counts(found)})
        case "csv":
            output.write_csv(COLUMNS, (_cells(_record(one), COLUMNS) for one in found))
        case "markdown":
            output.write_markdown(COUNTED, _count_cells(found))
            output.line()
            output.write_markdown(COLUMNS, (_cells(_record(one), COLUMNS) for one in found))
        case _:
            _print(found)
    return FINE


# ---- requirements ----------------------------------------------------------------------------------------------------


def _record(one: Requirement) -> dict[str, Any]:
    return {
        "id": one.id,
        "document": one.document,
        "section": one.section,
        "level": one.level.value,
        "statement": one.statement,
        "covered_by": list(one.covered_by),
        "reason": one.reason,
    }


def _cells(record: dict[str, Any], columns: Sequence[str]) -> list[str]:
    values = (record[column] for column in columns)
    return ["; ".join(value) if isinstance(value, list) else value or "" for value in values]


def _counts(found: Sequence[Requirement]) -> list[dict[str, Any]]:
    """For each document and level: how many there are, and how many are covered as a whole, in part, or not."""
    from isakmp.spec.requirements import Coverage

    groups: dict[tuple[str, str], Counter[str]] = {}
    for one in found:
        groups.setdefault((one.document, one.level.value), Counter())[one.coverage.value] += 1
    order = list(_levels())
    counts: list[dict[str, Any]] = []
    for document, level in sorted(groups, key=lambda place: (_place(place[0]), order.index(place[1]))):
        times = groups[document, level]
        numbers = {each.value: times[each.value] for each in Coverage}
        counts.append({"document": document, "level": level, "statements": times.total(), **numbers})
    return counts


def _place(document: str) -> int:
    return list(_documents()).index(document)


def _count_cells(found: Sequence[Requirement]) -> Iterator[list[str]]:
    for count in _counts(found):
        yield [str(count[column]) for column in COUNTED]


def _print(found: Sequence[Requirement]) -> None:
    from isakmp.spec.citations import format_cite

    if not found:
        output.line("none")
        return
    for row in output.columns([COUNTED, *_count_cells(found)]):
        output.line(row)
    cite = ""
    for one in found:
        if one.cite != cite:
            cite = one.cite
            output.line()
            output.line(output.styled(format_cite(cite), "heading"))
        output.wrapped(f"{one.level.value:<6}", f"{one.statement} [{one.id}]", indent=2, label_width=8)
        opened = "" if one.settled else "nothing covers it, and no reason is given"
        for label, text, style in (
            ("by", ", ".join(one.covered_by), "name"),
            ("reason", one.reason, "doubt"),
            ("open", opened, "bad"),
        ):
            if text:
                output.wrapped(label, text, indent=10, label_width=8, style=style)


# ---- decisions -------------------------------------------------------------------------------------------------------


def _decision_record(one: Decision) -> dict[str, Any]:
    return {
        "id": one.id,
        "question": one.question,
        "sections": list(one.cites),
        "decision": one.decision,
        "why": one.why,
        "switch": one.switch,
        "peers": one.peers,
    }


def _show_decisions(form: str) -> None:
    from isakmp.spec.decisions import DECISIONS

    records = [_decision_record(one) for one in DECISIONS]
    cells = (_cells(record, DECISION_COLUMNS) for record in records)
    match form:
        case "json":
            output.write_json({"decisions": records})
        case "csv":
            output.write_csv(DECISION_COLUMNS, cells)
        case "markdown":
            output.write_markdown(DECISION_COLUMNS, cells)
        case _:
            for number, one in enumerate(DECISIONS):
                if number:
                    output.line()
                _print_decision(one)


def _print_decision(one: Decision) -> None:
    from isakmp.spec.citations import format_cite

    output.line(f"{output.styled(one.id, 'heading')}  {one.question}")
    for label, text in (
        ("decided", one.decision),
        ("why", one.why),
        ("switch", one.switch or ""),
        ("peers", one.peers),
        ("source", ", ".join(map(format_cite, one.cites))),
    ):
        if text:
            output.wrapped(label, text, indent=4, label_width=9)
