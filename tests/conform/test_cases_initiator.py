"""The cases for initiators: the model passes each, and an initiator that goes on whatever it is answered fails."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from dataclasses import replace

import pytest

from isakmp.conform.live.case import Allows, Case, Verdict
from isakmp.conform.live.catalogue import initiator_cases
from isakmp.conform.live.lab import Lab
from isakmp.conform.live.suite import NoTarget, Suite
from isakmp.conform.live.target import MemoryTarget, Target, UdpInitiator
from isakmp.machine.peer import Peer
from isakmp.spec.registries import ExchangeType
from tests.conform.live import BACKEND, EXCHANGES, GROWING, PARTNER, RESPONDER, TYPES, Eager, Repeating, other_octets

CASES = initiator_cases(RESPONDER, EXCHANGES)


def lab_of(target: Target) -> Lab:
    return Lab(RESPONDER, BACKEND, target, EXCHANGES, patience=5.0, answers=True)


def result_of(case: Case, target: Target) -> tuple[Verdict, str]:
    (result,) = Suite(lab_of(target)).run([case])
    return result.verdict, result.reason


def initiator() -> MemoryTarget:
    return MemoryTarget(Peer(PARTNER, BACKEND), 0.0)


def goes_on(case: Case) -> MemoryTarget:
    """An initiator that sends what looks like its next message, whatever it gets."""
    target = Eager(ExchangeType.QUICK if case.step == "MM6" else TYPES[case.exchange])
    target.peer = Peer(PARTNER, BACKEND)
    return target


class Still(MemoryTarget):
    """An initiator that goes on until it gets the n-th datagram of a conversation, and not from there."""

    def __init__(self, steps: int) -> None:
        super().__init__(Peer(PARTNER, BACKEND), 0.0)
        self.steps, self.heard = steps, 0

    def begin(self, exchange: str) -> None:
        self.heard = 0
        super().begin(exchange)

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        self.heard += 1
        if self.heard < self.steps:
            super().send(datagram, to)


STEPS = {"MM2": 1, "MM4": 2, "MM6": 3, "AM2": 1, "QM2": 4}
"""Which of the responder's datagrams a message is."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_the_model_conforms(case: Case) -> None:
    verdict, reason = result_of(case, initiator())
    assert verdict is Verdict.CONFORMS, reason


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in CASES if c.allows is Allows.REFUSAL])
def test_an_initiator_that_goes_on_regardless_does_not(case: Case) -> None:
    verdict, reason = result_of(case, goes_on(case))
    assert verdict is Verdict.DEVIATES, reason


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in CASES if c.allows is Allows.ANSWER])
def test_an_initiator_that_stops_there_does_not(case: Case) -> None:
    target = initiator()
    suite = Suite(lab_of(target))
    suite.begin()
    suite._sound.add(f"{case.exchange} {case.step}")
    suite.lab = replace(suite.lab, target=Still(STEPS[case.step]))
    assert suite.result_of(case).verdict is Verdict.DEVIATES


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in CASES if c.allows is Allows.TIMER])
def test_an_initiator_that_repeats_itself_in_other_octets_does_not(case: Case) -> None:
    verdict, reason = result_of(case, Repeating(GROWING, other_octets, PARTNER))
    assert verdict is Verdict.DEVIATES, reason


def test_where_nobody_begins_nothing_is_decided() -> None:
    class Silent(MemoryTarget):
        def begin(self, exchange: str) -> None:
            """Do nothing."""

    with pytest.raises(NoTarget):
        list(Suite(lab_of(Silent(Peer(PARTNER, BACKEND), 0.0))).run(CASES[:1]))


@pytest.mark.parametrize(("misses", "verdict"), [(1, Verdict.INCONCLUSIVE), (1000, Verdict.CRASHED)])
def test_who_begins_late_is_not_taken_for_lost_and_who_never_does_is(misses: int, verdict: Verdict) -> None:
    class Late(MemoryTarget):
        """Begins when it is made to, but for some times behind the first few conversations."""

        begun = 0

        def begin(self, exchange: str) -> None:
            self.begun += 1
            if not 3 < self.begun <= 3 + misses:
                super().begin(exchange)

    case = next(case for case in CASES if case.name == "initiator.main.rfc2408.5.4.step2.sa-doi-unknown")
    found, reason = result_of(case, Late(Peer(PARTNER, BACKEND), 0.0))
    assert found is verdict, reason


def test_a_live_initiator_is_begun_by_a_command_and_answered_over_udp() -> None:
    program = (
        "import socket, sys, time\n"
        "from tests.conform.test_cases_initiator import initiator\n"
        "target, sock = initiator(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "sock.connect(('127.0.0.1', int(sys.argv[1]))); sock.settimeout(2)\n"
        "target.begin('main')\n"
        "for _ in range(6):\n"
        "    answer = target.receive(0)\n"
        "    if answer is not None: sock.send(answer)\n"
        "    try: target.send(sock.recv(65535))\n"
        "    except OSError: break\n"
    )
    target = UdpInitiator("127.0.0.1", 0)
    target._command = (sys.executable, "-c", program, str(target.port))
    try:
        lab = Lab(RESPONDER, BACKEND, target, ("main",), 2.0, 5.0, answers=True)
        (case,) = [case for case in CASES if case.name == "initiator.main.rfc2408.5.4.step2.sa-doi-unknown"]
        (result,) = Suite(lab).run([case])
    finally:
        target.close()
    assert result.verdict is Verdict.CONFORMS, result.reason
