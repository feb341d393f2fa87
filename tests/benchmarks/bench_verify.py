"""The search for attacks: how its time grows with the number of sessions, and whether the whole matrix keeps its bound.

``python -m tests.benchmarks.run verify`` compares; ``python -m tests.benchmarks.bench_verify`` prints the time of each
exchange, for 2 to 6 sessions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from isakmp.spec.claims import CLAIMS
from isakmp.spec.terms import Role
from isakmp.spec.variants import STANDARD
from isakmp.verify.jobs import Question, run
from isakmp.verify.models import Protocol, protocols
from isakmp.verify.search import INSIDERS, claims_of
from tests.benchmarks.common import Row, compare, within

FEW = 2
WHOLE = {3: 60.0, 4: 300.0}
"""Seconds that all exchanges and variants may take on two cores, by sessions."""
SHOWN = range(FEW, 7)


def questions(chosen: tuple[Protocol, ...], sessions: int) -> list[Question]:
    return [
        Question(protocol, role, claim, INSIDERS | frozenset(claim.needs), sessions)
        for protocol in chosen
        for role in Role
        for claim in claims_of(protocol, role)
    ]


def search(chosen: tuple[Protocol, ...], sessions: int, processes: int | None = None) -> float:
    """How many seconds it takes to decide all claims of some protocols."""
    began = time.perf_counter()
    for _ in run(questions(chosen, sessions), processes=processes):
        pass
    return time.perf_counter() - began


def measure() -> Iterator[Row]:
    """The whole matrix with 3 and with 4 sessions, each beside 2 sessions, once."""
    everything = tuple(protocols())
    for sessions, seconds in WHOLE.items():
        yield compare(
            partial(search, everything, sessions),
            partial(search, everything, FEW),
            work=f"{len(CLAIMS)} claims of everything, {sessions} sessions",
            peer_name=f"{FEW} sessions",
            reach=within(seconds),
            rounds=1,
        )


if __name__ == "__main__":
    print(f"{'seconds, and times those of ' + str(FEW):<32}", *(f"{n:>16}" for n in SHOWN))
    for each in protocols():
        if each.variant == STANDARD:
            took = {sessions: search((each,), sessions, 1) for sessions in SHOWN}
            cells = (f"{took[n]:.2f} ({took[n] / took[FEW]:.1f}x)" for n in SHOWN)
            print(f"{each.name:<32}", *(f"{cell:>16}" for cell in cells), flush=True)
