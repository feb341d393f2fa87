"""The arithmetic of the benchmarks: what counts as reached, and that both sides are measured."""

from __future__ import annotations

import time

import pytest

from tests.benchmarks.common import Reach, at_least, at_most, compare, within


@pytest.mark.parametrize(
    ("reach", "ours", "peer", "ratio", "ok"),
    [
        (at_least(20), 1.0, 20.0, 20.0, True),
        (at_least(20), 1.0, 19.9, 19.9, False),
        (at_most(2), 4.0, 2.0, 2.0, True),
        (at_most(2), 4.2, 2.0, 2.1, False),
        (within(0.25), 0.25, 0.05, 5.0, True),
        (within(0.25), 0.26, 0.05, 5.2, False),
    ],
    ids=str,
)
def test_a_ratio_reaches_its_aim_or_falls_short(reach: Reach, ours: float, peer: float, ratio: float, ok: bool) -> None:
    assert reach.ratio(ours, peer) == pytest.approx(ratio)
    assert reach.is_met(ours, peer) is ok


def test_the_slower_side_is_seen_to_be_slower() -> None:
    row = compare(
        lambda: time.sleep(0.001),
        lambda: time.sleep(0.004),
        work="sleep",
        peer_name="a longer sleep",
        reach=at_least(2),
        rounds=5,
        round_seconds=0.001,
    )
    assert row.ok
    assert row.ours_seconds < row.peer_seconds
