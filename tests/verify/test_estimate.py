"""How the time of a long search is told from short ones."""

from __future__ import annotations

import pytest

from isakmp.verify import estimate


def test_times_that_grow_by_a_fixed_factor_go_on_so() -> None:
    assert estimate.carried_on([1.0, 2.0, 4.0], 3) == pytest.approx(32.0)


def test_a_growth_that_grows_is_carried_on_as_well() -> None:
    """Factors of 2, 4, then 8 and 16."""
    assert estimate.carried_on([1.0, 2.0, 8.0], 2) == pytest.approx(8.0 * 8 * 16)


def test_times_that_shrink_are_taken_to_stay() -> None:
    assert estimate.carried_on([4.0, 2.0, 1.0], 5) == pytest.approx(1.0)
