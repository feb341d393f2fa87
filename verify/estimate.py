"""How long a search will take at least, told from smaller bounds before it begins.

With more sessions the time of a protocol grows faster than by a fixed factor. A few protocols, spread over all that is
asked, are tried with few sessions; the growth of their times is carried on. What comes out is a lower end: searches
without an answer grow fastest, and which those are is not known before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from isakmp.verify.jobs import Group, Question
from isakmp.verify.search import Search

TRIED: Final = (2, 3, 4)
"""The bounds that are tried."""
PROTOCOLS: Final = 8
QUESTIONS: Final = 2
"""How many protocols are tried, and how many questions to each."""


def estimate(groups: Sequence[Group], processes: int) -> float:
    """Seconds that the answers to groups of questions will take at least, with so many processes at work.

    0 where the bound is not above those that are tried.
    """
    sessions = max((group[0].sessions for group in groups), default=0)
    if sessions <= TRIED[-1]:
        return 0.0
    chosen = groups[:: max(1, len(groups) // PROTOCOLS)][:PROTOCOLS]
    seconds = sum(carried_on([_time(group, bound) for bound in TRIED], sessions - TRIED[-1]) for group in chosen)
    return seconds * len(groups) / len(chosen) / min(processes, len(groups))


def carried_on(seconds: Sequence[float], steps: int) -> float:
    """The last of some times, so many steps further: the growth of their logarithms is carried on, its own growth too.

    Times are positive; what has shrunk is taken to stay.
    """
    logarithms = [math.log(each) for each in seconds]
    growth = [max(later - earlier, 0.0) for earlier, later in pairwise(logarithms)]
    change = max(0.0, *(later - earlier for earlier, later in pairwise(growth)))
    last, found = growth[-1], logarithms[-1]
    for _ in range(steps):
        last += change
        found += last
    return math.exp(found)


def _time(group: Group, sessions: int) -> float:
    """How long a group of questions takes with so many sessions, judging by some of them."""
    began = time.perf_counter()
    search = Search(group[0].protocol, sessions)
    grounded = time.perf_counter()
    asked = _some(group)
    for question in asked:
        search.ask(question.role, question.claim.name, question.compromises, trace=False)
    return grounded - began + (time.perf_counter() - grounded) * len(group) / len(asked)


def _some(group: Group) -> tuple[Question, ...]:
    return group[:: max(1, len(group) // QUESTIONS)][:QUESTIONS]
