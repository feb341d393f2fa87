"""How the time of a long search is told from short ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.spec.claims import claim
from isakmp.spec.terms import Role
from isakmp.verify import estimate
from isakmp.verify.jobs import Question
from isakmp.verify.search import INSIDERS
from tests.verify.protocols import named


def test_times_that_grow_go_on_by_the_same_factor() -> None:
    assert estimate.carried_on(2.0, 4.0, 3) == pytest.approx(32.0)


def test_times_that_shrink_are_taken_to_stay() -> None:
    assert estimate.carried_on(2.0, 1.0, 5) == pytest.approx(1.0)


def test_a_sample_stands_for_all_groups_on_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty groups that take two seconds with three sessions and six with four, on four processes."""
    monkeypatch.setattr(estimate, "_time", lambda _, sessions: {3: 2.0, 4: 6.0}[sessions])
    question = Question(named("quick"), Role.I, claim("reflection"), INSIDERS, 5)
    assert estimate.estimate([(question,)] * 20, 4) == pytest.approx(20 * 18.0 / 4)
    assert estimate.estimate([(replace(question, sessions=4),)] * 20, 4) == 0
