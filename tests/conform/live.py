"""Targets for the conformance suite: the model's own responder, and peers that are wrong on purpose."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from isakmp.conform.live.case import Case
from isakmp.conform.live.catalogue import cases
from isakmp.conform.live.lab import Lab
from isakmp.conform.live.suite import Result, Suite
from isakmp.conform.live.target import MemoryTarget, Target
from isakmp.crypto.registry import load_backend
from isakmp.machine.codec import decode
from isakmp.machine.config import Config
from isakmp.machine.peer import Peer
from isakmp.spec.limits import COOKIE_OCTETS, NO_COOKIE
from isakmp.spec.payloads import Header
from isakmp.spec.registries import ExchangeType
from tests.machine.ends import ALICE, BOB, NOW, config

EXCHANGES = ("main", "aggressive")
TYPES = {
    "main": ExchangeType.IDENTITY_PROTECTION,
    "aggressive": ExchangeType.AGGRESSIVE,
    "quick": ExchangeType.QUICK,
    "informational": ExchangeType.INFORMATIONAL,
}
BACKEND = load_backend("openssl")
HEADER_OCTETS = Header.layout.minimum

PARTNER = config(ALICE, BOB)
RESPONDER = replace(config(BOB, ALICE), half_open_per_address=4096)


def all_cases() -> tuple[Case, ...]:
    return cases(PARTNER, EXCHANGES)


def honest(responder: Config = RESPONDER) -> MemoryTarget:
    return MemoryTarget(Peer(responder, BACKEND), NOW)


def lab(target: Target, partner: Config = PARTNER) -> Lab:
    return Lab(partner, BACKEND, target, EXCHANGES, patience=20.0)


def verdict_of(case: Case, target: Target) -> Result:
    (result,) = Suite(lab(target)).run([case])
    return result


class Eager(MemoryTarget):
    """Answers everything that the honest peer does not answer, by a message that looks like the next one."""

    def __init__(self, exchange: ExchangeType) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.exchange = exchange

    def send(self, datagram: bytes) -> None:
        before = len(self._waiting)
        super().send(datagram)
        if not any(each[18] == self.exchange for each in list(self._waiting)[before:]):
            self._waiting.append(self._made_up(datagram))

    def _made_up(self, datagram: bytes) -> bytes:
        responders = datagram[COOKIE_OCTETS : 2 * COOKIE_OCTETS]
        cookies = datagram[:COOKIE_OCTETS] + (os.urandom(COOKIE_OCTETS) if responders == NO_COOKIE else responders)
        length = (HEADER_OCTETS + 16).to_bytes(4)
        return (
            cookies
            + bytes([13, 0x10, self.exchange, 0])
            + datagram[20:24]
            + length
            + bytes([0, 0, 0, 16])
            + os.urandom(12)
        )


class Mortal(MemoryTarget):
    """Dies of some datagrams; it comes back, without any memory, after some seconds, or never."""

    def __init__(self, deadly: Callable[[bytes], bool], absent: float | None = 5.0) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.deadly, self.absent = deadly, absent
        self.died: float | None = None

    def send(self, datagram: bytes) -> None:
        if self.died is not None and self.absent is not None and self.now >= self.died + self.absent:
            self.died = None
        if self.deadly(datagram):
            self.peer, self.died = Peer(RESPONDER, BACKEND), self.now
            self._waiting.clear()
        if self.died is None:
            super().send(datagram)


def malformed(datagram: bytes) -> bool:
    """Whether a datagram in the clear is malformed."""
    return bool(decode(datagram, lenient=True).deviations)
