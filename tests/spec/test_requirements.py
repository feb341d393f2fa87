"""Each requirement is traced to something that exists, and no statement of the documents was passed over."""

from __future__ import annotations

import ast
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from isakmp.spec.requirements import TRACED, Level, Traced, requirements
from isakmp.spec.requirements.model import document, must, section
from isakmp.spec.requirements.references import OUTSIDE, fault, rows
from tests.citing import unresolved

ROOT = Path(__file__).parents[2]
KEYWORDS = json.loads((ROOT / "tests/data/keywords.json").read_text(encoding="utf-8"))
REFERENCES = sorted({reference for one in requirements() for reference in one.covered_by})


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _defines(path: Path, names: list[str]) -> bool:
    """Whether a file defines a function or class, or a member of a class: `Peer`, `Peer.receive`."""
    if not path.is_file():
        return False
    body = _tree(path).body
    for name in names:
        found = next(
            (
                node
                for node in body
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name
            ),
            None,
        )
        if found is None:
            return False
        body = found.body
    return True


@cache
def _words_of_the_checker() -> frozenset[str]:
    strings = (
        node.value
        for path in (ROOT / "conform").glob("*.py")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return frozenset(strings)


def missing(reference: str) -> str | None:
    """What is wrong with a reference of any kind; None if it holds."""
    kind, _, name = reference.partition(":")
    if kind not in OUTSIDE:
        return fault(reference)
    match kind:
        case "test":
            file, _, function = name.partition("::")
            held = function.startswith("test_") and _defines(ROOT / file, [function])
        case "code":
            package, module, *names = name.split(".")
            held = bool(names) and _defines(ROOT / package / f"{module}.py", names)
        case _:
            held = name in _words_of_the_checker()
    return None if held else f"{reference}: there is none of that name"


def test_every_reference_names_something_that_exists() -> None:
    assert [found for reference in REFERENCES if (found := missing(reference)) is not None] == []


@pytest.mark.parametrize(
    "reference",
    [
        "guard",
        "guard:",
        "guard:FITTING",
        "layout:SA.dio",
        "layout:SAA",
        "row:main-psk.R.MAIN_R9.*",
        "rule:DUPLICATES",
        "action:DISCARDS",
        "formula:HASH_X",
        "registry:NotifyType.NOTHING",
        "registry:os",
        "exchange:maine",
        "process:none",
        "message:main.MM7",
        "limit:LARGEST",
        "limit:Final",
        "claim:all is well",
        "decision:Z1",
        "property:happiness",
        "nonsense:SA",
        "test:tests/spec/test_requirements.py::test_that_is_not_there",
        "test:tests/spec/test_requirements.py::missing",
        "test:tests/spec/not_there.py::test_anything",
        "code:machine.peer",
        "code:machine.peer.Peer.conceive",
        "check:a question that nobody asks",
    ],
)
def test_a_reference_to_nothing_is_found(reference: str) -> None:
    assert missing(reference) is not None


def test_every_reference_kind_that_is_used_can_be_resolved_here() -> None:
    assert missing("test:tests/spec/test_requirements.py::test_a_reference_to_nothing_is_found") is None
    assert missing("code:machine.peer.Peer.receive") is None
    assert missing("guard:FITS") is None
    assert all(row.exchange == "quick" for row in rows("quick.*"))


@pytest.mark.parametrize("level", list(Level), ids=lambda level: level.value)
def test_every_requirement_is_covered_or_has_a_reason(level: Level) -> None:
    assert [one.id for one in requirements(level=level) if not one.settled] == []


def test_every_section_exists() -> None:
    assert unresolved(one.cite for one in requirements()) == []
    assert unresolved(f"{traced.document}:{number}" for traced in TRACED for number, _ in traced.notes) == []


def test_ids_are_unique_and_name_their_place() -> None:
    counts = Counter(one.id for one in requirements())
    assert [name for name, times in counts.items() if times > 1] == []
    assert all(one.id.startswith(f"{one.document}-{one.section.replace(' ', '')}-") for one in requirements())


def test_statements_are_sentences_of_our_own() -> None:
    for one in requirements():
        assert not one.statement[0].islower(), one.id
        assert one.statement.endswith("."), one.id
        assert "\n" not in one.statement, one.id
        assert not {"MUST", "SHOULD", "SHALL"} & set(one.statement.split()), one.id


@pytest.mark.parametrize("traced", TRACED, ids=lambda traced: traced.document)
@pytest.mark.parametrize("level", ["MUST", "SHOULD", "MAY"])
def test_no_section_has_fewer_requirements_than_words_of_their_level(traced: Traced, level: str) -> None:
    found = Counter(one.section for one in traced.requirements if one.level.value == level)
    notes = dict(traced.notes)
    words = {number: counts.get(level, 0) for number, counts in KEYWORDS[traced.document].items()}
    short = {n: f"{found[n]} of {times}" for n, times in words.items() if found[n] < times and n not in notes}
    assert short == {}


def test_a_section_that_was_passed_over_would_be_noticed() -> None:
    assert KEYWORDS["RFC2408"]["2.5.2"] == {"MUST": 1, "SHOULD": 1}
    assert KEYWORDS["RFC2408"]["5.2"] == {"MUST": 2, "MAY": 12}
    assert sum(counts.get("MUST", 0) for counts in KEYWORDS["RFC2408"].values()) > 100


def test_statements_are_numbered_in_their_section() -> None:
    traced = document("RFC2408", section("2.4", must("One."), must("Two.")), section("2.5.1", must("Three.", why="x")))
    assert [one.id for one in traced.requirements] == ["RFC2408-2.4-01", "RFC2408-2.4-02", "RFC2408-2.5.1-01"]
    assert [one.settled for one in traced.requirements] == [False, False, True]
