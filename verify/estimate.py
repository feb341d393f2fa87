"""About how long a search will take, told from smaller bounds before it begins.

A few protocols, spread over all that is asked, are searched with few sessions, and the growth of their times is carried
on. For nine protocols with five to seven sessions it came within a factor of about four of the time that was needed,
in either direction.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from isakmp.verify.jobs import Group, answer_all

TRIED: Final = (3, 4)
"""The two bounds that are tried."""
PROTOCOLS: Final = 8
"""How many protocols are tried."""


def estimate(groups: Sequence[Group], processes: int) -> float:
    """Seconds that the answers to groups of questions will take, about, with so many processes at work.

    0 where the bound is not above those that are tried.
    """
    sessions = max((group[0].sessions for group in groups), default=0)
    if sessions <= TRIED[-1]:
        return 0.0
    chosen = groups[:: max(1, len(groups) // PROTOCOLS)][:PROTOCOLS]
    few, more = TRIED
    seconds = sum(carried_on(_time(group, few), _time(group, more), sessions - more) for group in chosen)
    return seconds * len(groups) / len(chosen) / min(processes, len(groups))


def carried_on(fewer: float, more: float, steps: int) -> float:
    """What a time (in seconds, with the `fewer` and the `more` sessions) grows to with so many sessions more still.

    It grows by the same factor each time; what has shrunk is taken to stay.
    """
    return more * max(more / fewer, 1.0) ** steps


def _time(group: Group, sessions: int) -> float:
    began = time.perf_counter()
    answer_all(tuple(replace(question, sessions=sessions) for question in group), cache=None, tidy=False)
    return time.perf_counter() - began
