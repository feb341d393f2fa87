"""The conformance suite: the model passes every case, and a peer that is lost is found out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from isakmp.conform.live.case import Allows, Case, Verdict
from isakmp.conform.live.suite import LATE, NoTarget, Suite
from isakmp.conform.live.target import MemoryTarget
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import Credentials
from isakmp.machine.peer import Peer
from isakmp.spec.citations import format_cite
from isakmp.spec.payloads import KE
from tests.conform.live import (
    BACKEND,
    RESPONDER,
    Forward,
    Mortal,
    Tired,
    all_cases,
    honest,
    lab,
    malformed,
    verdict_of,
)
from tests.machine.ends import NOW

CASES = [pytest.param(case, id=case.name) for case in all_cases()]


def test_there_are_more_cases_than_any_suite_had_before() -> None:
    assert len(all_cases()) >= 500


def test_names_are_unique_and_say_where_to_read() -> None:
    names = Counter(case.name for case in all_cases())
    assert [name for name, times in names.items() if times > 1] == []
    for case in all_cases():
        role, exchange, document, rest = case.name.split(".", 3)
        assert (role, exchange, document) == ("responder", case.exchange, case.document.lower())
        assert rest.startswith(f"{case.section.replace(' ', '')}.step")
        assert format_cite(case.cite)


@pytest.mark.parametrize("case", CASES)
def test_the_model_conforms(case: Case) -> None:
    result = verdict_of(case, honest())
    assert result.verdict is Verdict.CONFORMS, result.reason


@pytest.mark.parametrize(
    ("absent", "words"), [(0.0, "was started anew"), (15.0, "fell silent"), (None, "not answer any more")]
)
def test_a_peer_that_dies_of_a_message_is_found_out_and_the_run_goes_on(absent: float | None, words: str) -> None:
    deadly, harmless = (
        next(case for case in all_cases() if case.name == f"responder.main.{rest}")
        for rest in ("rfc2408.5.3.step3.ke-reserved-1", "rfc2408.5.3.step5.hash-reserved-1")
    )
    first, second = Suite(lab(Mortal(malformed, absent))).run([deadly, harmless])
    assert first.verdict is Verdict.CRASHED
    assert words in first.reason
    assert second.verdict is (Verdict.INCONCLUSIVE if absent is None else Verdict.CONFORMS)


def test_a_peer_that_repeats_itself_a_few_times_only_is_not_taken_for_dead() -> None:
    silent = [case for case in all_cases() if case.name.startswith("responder.main.rfc2408.5.3.step1.")]
    assert len(silent) > 3
    assert {result.verdict for result in Suite(lab(Tired())).run(silent * 2)} == {Verdict.CONFORMS}


def test_a_peer_that_bears_few_half_open_exchanges_is_waited_for_and_not_taken_for_lost() -> None:
    cases = [case for case in all_cases() if case.step in {"MM1", "MM3"} and case.allows is Allows.REFUSAL][:60]
    results = list(Suite(lab(honest(replace(RESPONDER, half_open_per_address=12)), patience=60.0)).run(cases))
    assert {result.verdict for result in results} == {Verdict.CONFORMS}
    assert any(LATE in result.reason for result in results)


def test_a_quick_mode_that_the_peer_begins_is_no_answer_to_one_that_it_refuses() -> None:
    cases = [case for case in all_cases() if case.exchange == "quick" and case.step == "QM1"]
    results = list(Suite(lab(Forward())).run(cases))
    assert [(each.case.name, each.reason) for each in results if each.verdict is not Verdict.CONFORMS] == []


def test_an_answer_that_the_honest_partner_refuses_is_said_to_be_refused_and_why() -> None:
    class Short(MemoryTarget):
        """Sends public values without their first octet."""

        def receive(self, seconds: float) -> bytes | None:
            datagram = super().receive(seconds)
            message = None if datagram is None else decode(datagram)
            if message is None or not any(isinstance(payload, KE) for payload in message.payloads):
                return datagram
            shorter = (p.replace(data=p.data[1:]) if isinstance(p, KE) else p for p in message.payloads)
            return encode(Message(message.header, Payloads(tuple(shorter))))

    case = next(case for case in all_cases() if case.exchange == "quick" and case.step == "QM1")
    reason = verdict_of(case, Short(Peer(RESPONDER, BACKEND), NOW)).reason
    assert reason.startswith("MM3 was sent, and the answer was refused: ")


def test_where_nobody_answers_nothing_is_run() -> None:
    with pytest.raises(NoTarget):
        list(Suite(lab(Mortal(lambda _: True, None))).run(all_cases()[:1]))


def test_a_refusal_tells_nothing_where_the_honest_message_is_refused_too() -> None:
    stranger = honest(replace(RESPONDER, credentials=Credentials(psk=b"another key")))
    cases = [case for case in all_cases() if case.exchange == "quick"][:5]
    results = list(Suite(lab(stranger)).run(cases))
    assert {result.verdict for result in results} == {Verdict.INCONCLUSIVE}
    assert results[0].reason == "MM5 was sent, and no answer came"
    assert results[-1].reason.startswith("not tried")
