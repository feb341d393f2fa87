"""Retransmission by timer, judged: other octets, equal waits, repeats without end; silence decides nothing."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import repeat

import pytest

from isakmp.conform.live.case import Allows, Case, Verdict
from isakmp.conform.live.case_repeats import MOST_REPEATS
from isakmp.conform.live.health import KEPT
from isakmp.conform.live.suite import Suite
from tests.conform.live import GROWING, Mortal, Repeating, all_cases, lab, malformed, verdict_of

WITHHELD = [pytest.param(case, id=case.name) for case in all_cases() if case.allows is Allows.TIMER]
QM3 = next(case for case in all_cases() if case.allows is Allows.TIMER and case.step == "QM3")
MM3 = next(case for case in all_cases() if case.allows is Allows.TIMER and case.step == "MM3")


@pytest.mark.parametrize("case", WITHHELD)
def test_longer_waits_that_come_to_an_end_conform(case: Case) -> None:
    result = verdict_of(case, Repeating(GROWING))
    assert result.verdict is Verdict.CONFORMS, result.reason
    assert result.reason == "the same octets came again after 1.0, 2.0, 4.0, 8.0 s"


@pytest.mark.parametrize(
    ("waits", "words"),
    [((5.0, 5.1, 4.9), "do not become longer"), (repeat(2.0, MOST_REPEATS + 5), "no counter that ends it")],
)
def test_equal_waits_and_repeats_without_end_do_not(waits: tuple[float, ...], words: str) -> None:
    result = verdict_of(QM3, Repeating(waits))
    assert result.verdict is Verdict.DEVIATES
    assert words in result.reason


def test_who_gives_up_and_begins_another_exchange_is_not_blamed() -> None:
    heard = iter(range(1_000))

    def another_one_in_the_end(datagram: bytes) -> bytes:
        return datagram if next(heard) < len(GROWING) - 1 else datagram[:20] + b"\1\2\3\4" + datagram[24:]

    result = verdict_of(QM3, Repeating(GROWING, another_one_in_the_end))
    assert result.verdict is Verdict.CONFORMS, result.reason
    assert result.reason == "the same octets came again after 1.0, 2.0, 4.0 s"


def test_two_equal_waits_are_not_enough_to_blame_anybody() -> None:
    assert verdict_of(QM3, Repeating((5.0, 5.0))).verdict is Verdict.CONFORMS


def test_silence_decides_nothing_but_where_the_table_has_no_timer() -> None:
    assert verdict_of(QM3, Repeating(())).verdict is Verdict.INCONCLUSIVE
    assert verdict_of(MM3, Repeating(())).verdict is Verdict.CONFORMS


def test_a_peer_that_forgets_a_half_open_exchange_while_a_case_lasts_is_not_taken_for_lost() -> None:
    class Forgetful(Repeating):
        """Keeps what is half open for as long as it has to, and not longer."""

        def send(self, datagram: bytes, to: Hashable = None) -> None:
            if self.now > self.heard + KEPT:
                self.peer = Repeating(()).peer
            self.heard = self.now
            super().send(datagram, to)

        heard = 0.0

    result = verdict_of(MM3, Forgetful((1.0, 2.0, 4.0, 8.0, 16.0)))
    assert result.verdict is Verdict.CONFORMS, result.reason


def test_who_was_silent_for_long_is_not_said_to_have_crashed() -> None:
    deadly = next(case for case in all_cases() if case.name == "responder.main.rfc2408.5.3.step3.ke-reserved-1")
    (result,) = Suite(lab(Mortal(malformed, KEPT + 10), patience=60.0)).run([deadly])
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "nothing tells whether" in result.reason
