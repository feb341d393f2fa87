"""The registry of attacks is whole, and what it says of tests is true."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from isakmp.spec.attacks import ATTACKS, Attack, Verdict
from isakmp.spec.properties import PROPERTIES

ROOT = Path(__file__).parents[2]


@cache
def functions(path: Path) -> frozenset[str]:
    """The names of a file's functions and classes."""
    kinds = ast.FunctionDef | ast.ClassDef
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds))


def test_all_known_attacks_are_there_in_order() -> None:
    assert [attack.number for attack in ATTACKS] == list(range(1, 59))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: str(attack.number))
def test_what_the_registry_names_exists(attack: Attack) -> None:
    for test in attack.tests:
        path, _, name = test.partition("::")
        assert name in functions(ROOT / path), test


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: str(attack.number))
def test_a_verdict_has_tests_or_a_reason_why_there_are_none(attack: Attack) -> None:
    assert bool(attack.tests) is (attack.verdict is not Verdict.OUT_OF_SCOPE)
    assert attack.reason
    assert attack.source


def test_attacks_and_properties_name_each_other() -> None:
    numbers, names = {attack.number for attack in ATTACKS}, {each.id for each in PROPERTIES}
    assert {attack.violates for attack in ATTACKS} <= names
    assert {number for each in PROPERTIES for number in each.broken_by} <= numbers


def test_every_test_of_an_attack_is_in_the_registry() -> None:
    known = {test for attack in ATTACKS for test in attack.tests}
    here = {
        f"tests/attacks/{path.name}::{name}"
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
        for name in functions(path)
        if name.startswith("test_")
    }
    assert here - known == {
        "tests/attacks/test_guessing.py::test_the_exposure_that_is_computed_from_the_templates_says_the_same"
    }
