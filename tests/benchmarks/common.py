"""How speed is measured here: our work and a peer's in one run, in turns, compared by their medians.

A figure in seconds says as much about the machine as about the code. A ratio of two works that were measured in turns
says what the code does, also on a machine that is busy with something else.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

Work = Callable[[], object]

ROUNDS = 21
ROUND_SECONDS = 0.01


class Aim(Enum):
    """How a ratio is to be read."""

    TIMES_FASTER = "x faster"
    TIMES_THE_COST = "x the cost"
    SECONDS = "s at most"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a row has to reach: so many times faster, no more than so many times the cost, or so many seconds."""

    aim: Aim
    value: float

    def ratio(self, ours: float, peer: float) -> float:
        """Return the ratio that this aim is about, of two times in seconds."""
        return peer / ours if self.aim is Aim.TIMES_FASTER else ours / peer

    def is_met(self, ours: float, peer: float) -> bool:
        """Whether these times, in seconds, reach the aim."""
        match self.aim:
            case Aim.TIMES_FASTER:
                return peer / ours >= self.value
            case Aim.TIMES_THE_COST:
                return ours / peer <= self.value
            case Aim.SECONDS:
                return ours <= self.value

    def __str__(self) -> str:
        match self.aim:
            case Aim.TIMES_FASTER:
                return f">= {self.value:g}x faster"
            case Aim.TIMES_THE_COST:
                return f"<= {self.value:g}x the cost"
            case Aim.SECONDS:
                return f"<= {self.value:g} s"


def at_least(times_faster: float) -> Reach:
    """Ours is to be at least so many times faster than the peer's."""
    return Reach(Aim.TIMES_FASTER, times_faster)


def at_most(times_the_cost: float) -> Reach:
    """Ours is to cost at most so many times the peer's."""
    return Reach(Aim.TIMES_THE_COST, times_the_cost)


def within(seconds: float) -> Reach:
    """Ours is to take at most so many seconds; the peer's figure stands beside it for scale."""
    return Reach(Aim.SECONDS, seconds)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the medians of both sides in seconds, their ratio, and what it has to reach."""

    work: str
    ours_seconds: float
    peer_name: str
    peer_seconds: float
    ratio: float
    reach: Reach

    @property
    def ok(self) -> bool:
        """Whether the row reaches what it has to."""
        return self.reach.is_met(self.ours_seconds, self.peer_seconds)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep the collector from running in one side's time for what the other left behind."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _seconds(work: Work, calls: int) -> float:
    """Return the seconds that one call takes, as the mean of a batch of calls."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def _batch_size(work: Work, round_seconds: float) -> int:
    """Return how many calls fill a round, from the quicker of two calls after a first that warms caches."""
    work()
    once = min(_seconds(work, 1), _seconds(work, 1))
    return max(1, int(round_seconds / max(once, 1e-8)))


def medians(
    ours: Work, peer: Work, *, rounds: int = ROUNDS, round_seconds: float = ROUND_SECONDS
) -> tuple[float, float]:
    """Return the median seconds of a call of each side, over rounds in which both are measured, in changing order."""
    works = (ours, peer)
    sizes = tuple(_batch_size(work, round_seconds) for work in works)
    samples: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            with _no_garbage_collection():
                samples[side].append(_seconds(works[side], sizes[side]))
    return statistics.median(samples[0]), statistics.median(samples[1])


def compare(
    ours: Work,
    peer: Work,
    *,
    work: str,
    peer_name: str,
    reach: Reach,
    rounds: int = ROUNDS,
    round_seconds: float = ROUND_SECONDS,
) -> Row:
    """Measure both sides in turns and return the row of the table.

    Args:
        ours: one piece of our work.
        peer: the same work as the peer does it.
        work: what is measured, for the table.
        peer_name: whose work `peer` is.
        reach: what is required: `at_least(20)` times faster, `at_most(2)` times the cost, `within(0.25)` seconds.
        rounds: how many times each side is measured; a whole process as work needs few.
        round_seconds: how long the calls of one round take together, about; at least one call is made.
    """
    ours_seconds, peer_seconds = medians(ours, peer, rounds=rounds, round_seconds=round_seconds)
    return Row(work, ours_seconds, peer_name, peer_seconds, reach.ratio(ours_seconds, peer_seconds), reach)
