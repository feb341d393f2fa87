"""Learning: AALpy makes hypotheses, and counterexamples to them are sought until none is found, or the time is over.

Counterexamples are sought in this order: by the tests of the model's own machine (what tells its states apart tells
most), by the tests of the hypothesis itself, and by random words. That a machine is learned does not prove that the
target has no more states: a state that only a longer word leads to stays hidden.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from isakmp.conform.learn.machine import Machine
from isakmp.conform.learn.queries import OutOfTime, Queries, Wavering, Word


class NoLearner(Exception):
    """The library is missing; the message says how to get it."""


def learn(
    queries: Queries,
    alphabet: Word,
    expected: Machine | None = None,
    told: Callable[[Machine], object] = lambda _: None,
    seed: int = 0,
) -> Machine:
    """The machine of a target.

    Args:
        queries: its answers.
        alphabet: the inputs.
        expected: the machine that it is expected to be, whose tests are tried first.
        told: is given each hypothesis.
        seed: where random words come from.

    Returns:
        The last hypothesis; `complete` is False where the time was over before all tests were passed.

    Raises:
        NoLearner: AALpy is not installed.
        OutOfTime: the time was over before there was any hypothesis.
        Undecided: the target does not answer the same word alike.

    """
    try:
        from aalpy.learning_algs import run_KV  # noqa: PLC0415 - an extra

        from isakmp.conform.learn.asking import Asked, Tests  # noqa: PLC0415 - needs it too
    except ImportError as error:
        raise NoLearner("learning needs the package aalpy: pip install 'isakmp[learn]'") from error
    while True:
        asked = Asked(queries, alphabet)
        tests = Tests(asked, expected, told, seed)
        try:
            run_KV(list(alphabet), asked, tests, "mealy", cache_and_non_det_check=False, print_level=0)
        except Wavering:
            continue
        except OutOfTime:
            if tests.latest is None:
                raise
            return replace(tests.latest, complete=False)
        if tests.latest is not None:
            return tests.latest
