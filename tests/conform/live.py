"""Targets for the conformance suite: the model's own responder, and peers that are wrong on purpose."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from functools import cache

from isakmp.conform.live.case import Case
from isakmp.conform.live.catalogue import cases
from isakmp.conform.live.draft import Draft, opened, sealed
from isakmp.conform.live.lab import Lab
from isakmp.conform.live.suite import Result, Suite
from isakmp.conform.live.target import MemoryTarget, Target
from isakmp.crypto.openssl import OpensslBackend
from isakmp.crypto.registry import load_backend
from isakmp.machine.actions import performer
from isakmp.machine.checks import guard_function
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import Config, Dpd
from isakmp.machine.engine import Engine
from isakmp.machine.outputs import Output, PhaseOneUp
from isakmp.machine.peer import Peer
from isakmp.machine.run import Step
from isakmp.spec.guards import Guard
from isakmp.spec.limits import COOKIE_OCTETS, IPSEC_SPI_OCTETS, NO_COOKIE
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import Header, N
from isakmp.spec.registries import Doi, ExchangeType, Flag, NotifyType, ProtocolId
from isakmp.spec.table import table
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config

EXCHANGES = ("main", "aggressive")
TYPES = {
    "main": ExchangeType.IDENTITY_PROTECTION,
    "aggressive": ExchangeType.AGGRESSIVE,
    "quick": ExchangeType.QUICK,
    "informational": ExchangeType.INFORMATIONAL,
    "new-group": ExchangeType.NEW_GROUP,
    "transaction": ExchangeType.TRANSACTION,
}
BACKEND = load_backend("openssl")
HEADER_OCTETS = Header.layout.minimum

PARTNER = config(ALICE, BOB)
RESPONDER = replace(config(BOB, ALICE), half_open_per_address=4096, dpd=Dpd(), commit_bit=True)


@cache
def all_cases() -> tuple[Case, ...]:
    return cases(PARTNER, EXCHANGES)


def honest(responder: Config = RESPONDER) -> MemoryTarget:
    return MemoryTarget(Peer(responder, BACKEND), NOW)


def lab(target: Target, partner: Config = PARTNER, patience: float = 20.0) -> Lab:
    return Lab(partner, BACKEND, target, EXCHANGES, patience=patience)


def verdict_of(case: Case, target: Target) -> Result:
    (result,) = Suite(lab(target)).run([case])
    return result


class Eager(MemoryTarget):
    """Answers everything that the honest peer does not answer, by a message that looks like the next one."""

    def __init__(self, exchange: ExchangeType) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.exchange = exchange

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        before = len(self._waiting)
        super().send(datagram, to)
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


class Fickle(Eager):
    """Answers what it has heard before by something new."""

    def __init__(self, exchange: ExchangeType) -> None:
        super().__init__(exchange)
        self.heard: set[bytes] = set()

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        if datagram in self.heard:
            self._waiting.append(self._made_up(datagram))
        else:
            self.heard.add(datagram)
            MemoryTarget.send(self, datagram, to)


class Tired(MemoryTarget):
    """Repeats an answer once, and not more often; it does nothing by timers."""

    def __init__(self) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.heard: Counter[bytes] = Counter()

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        self.heard[datagram] += 1
        if self.heard[datagram] <= 2:
            super().send(datagram, to)

    def receive(self, seconds: float) -> bytes | None:
        if self._waiting:
            return self._waiting.popleft()
        self.now += seconds
        return None


class Forward(MemoryTarget):
    """A responder that begins a quick mode of its own under each ISAKMP SA."""

    def __init__(self) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)

    def _keep(self, outputs: tuple[Output, ...]) -> None:
        super()._keep(outputs)
        for output in outputs:
            if isinstance(output, PhaseOneUp):
                super()._keep(self.peer.quick(output.sa, self.SUITE, self.now))


class Repeating(MemoryTarget):
    """Repeats its last message after each of some waits (in seconds), changed; the honest peer has no timers."""

    def __init__(
        self, waits: Iterable[float], change: Callable[[bytes], bytes] = bytes, config: Config = RESPONDER
    ) -> None:
        super().__init__(Peer(config, BACKEND), NOW)
        self.waits, self.change = tuple(waits), change
        self.last, self.left = b"", iter(self.waits)
        self.due: float | None = None

    def receive(self, seconds: float) -> bytes | None:
        end = self.now + seconds
        if self._waiting:
            self.last, self.left = self._waiting.popleft(), iter(self.waits)
            self._wait()
            return self.last
        if self.due is None or self.due > end:
            self.now = end
            return None
        self.now = self.due
        self._wait()
        return self.change(self.last)

    def _wait(self) -> None:
        wait = next(self.left, None)
        self.due = None if wait is None else self.now + wait


GROWING = (1.0, 2.0, 4.0, 8.0)
"""Waits as RFC 2408 section 5.1 wants them."""


def other_octets(datagram: bytes) -> bytes:
    """The same message with another last octet."""
    return datagram[:-1] + bytes([datagram[-1] ^ 1])


class OneCookie(MemoryTarget):
    """Has one cookie for everybody."""

    def __init__(self) -> None:
        super().__init__(Peer(RESPONDER, SameRandom()), NOW)


class SameRandom(OpensslBackend):
    """Draws the same each time."""

    def random(self, octets: int, name: str) -> bytes:
        del name
        return b"\x07" * octets


class Mortal(MemoryTarget):
    """Dies of some datagrams; it comes back, without any memory, after some seconds, or never."""

    def __init__(self, deadly: Callable[[bytes], bool], absent: float | None = 5.0) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.deadly, self.absent = deadly, absent
        self.died: float | None = None

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        if self.died is not None and self.absent is not None and self.now >= self.died + self.absent:
            self.died = None
        if self.deadly(datagram):
            self.peer, self.died = Peer(RESPONDER, BACKEND), self.now
            self._waiting.clear()
        if self.died is None:
            super().send(datagram, to)


def malformed(datagram: bytes) -> bool:
    """Whether a datagram in the clear is malformed."""
    return bool(decode(datagram, lenient=True).deviations)


class Recorder(MemoryTarget):
    """The honest peer; it keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.sent: list[bytes] = []

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        self.sent.append(datagram)
        super().send(datagram, to)


def place_of_deviation(case: Case) -> int:
    """At which datagram of a run of that case alone its deviation is sent; without one of its words, the last."""
    recorder = Recorder()
    (result,) = Suite(lab(recorder)).run([case])
    own = [spoken for spoken in result.evidence if spoken.ours]
    named = [spoken for spoken in own if case.sent in spoken.what or spoken.what == "QM1 of an honest quick mode"]
    return recorder.sent.index((named[:1] or own[-1:])[0].datagram)


class Mute(MemoryTarget):
    """Does not answer the n-th datagram, nor the same again."""

    def __init__(self, number: int) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.number, self.heard, self.ignored = number, 0, b""

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        if self.heard == self.number:
            self.ignored = datagram
        self.heard += 1
        if datagram != self.ignored:
            super().send(datagram, to)


class Deaf(MemoryTarget):
    """Takes no informational message."""

    def __init__(self) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        if datagram[18] != ExchangeType.INFORMATIONAL:
            super().send(datagram, to)


class Unconfirming(MemoryTarget):
    """Says something else, or nothing, in place of each of its informational messages."""

    def __init__(self, instead: Callable[[bytes], bytes | None]) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.instead = instead

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        super().send(datagram, to)
        own = [self.instead(each) if each[18] == ExchangeType.INFORMATIONAL else each for each in self._waiting]
        self._waiting = deque(each for each in own if each is not None)


def connected_in_the_clear(datagram: bytes) -> bytes:
    """CONNECTED with the same cookies and message id, where it ought to be protected."""
    header = decode(datagram).header.replace(flags=Flag(0))
    payload = N(Doi.IPSEC, ProtocolId.ESP, NotifyType.CONNECTED, bytes(IPSEC_SPI_OCTETS))
    return encode(Message(header, Payloads((payload,))))


class Gullible(MemoryTarget):
    """Gives its SAs up whenever it gets something that belongs to no exchange that makes one."""

    def __init__(self) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        if datagram[18] not in {TYPES[name] for name in ("main", "aggressive", "quick")}:
            for sa in self.peer.database.sas():
                self.peer.close(sa, self.now)
            return
        super().send(datagram, to)


class Garbling(MemoryTarget):
    """Changes its own messages of one exchange, from one of them on, before they are sent, with the true keys."""

    def __init__(self, step: str, change: Callable[[Draft], Draft]) -> None:
        super().__init__(Peer(RESPONDER, BACKEND), NOW)
        self.step, self.change = step, change
        self.last = b""

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        self.last = datagram
        before = len(self._waiting)
        super().send(datagram, to)
        for place in range(before, len(self._waiting)):
            self._waiting[place] = self._garbled(self._waiting[place])

    def _garbled(self, datagram: bytes) -> bytes:
        for run in self.peer.database.runs():
            if run.last_sent != datagram or run.at.sent != self.step:
                continue
            block = run.known.values.block_length
            vector = self.last[-block:] if self.last[19] & 1 else b""
            draft = self.change(opened(datagram, run, vector))
            return sealed(draft, run, run.table.exchange.message(self.step), vector)
        return datagram


def without_guard(guard: Guard) -> Callable[[Exchange, Role], Engine]:
    """The engines of responders in which one guard always holds."""

    def function(each: Guard) -> Callable[[Step], bool]:
        right = guard_function(each)
        return right if each != guard else lambda step: right(step) or True

    @cache
    def engine_of(exchange: Exchange, role: Role) -> Engine:
        return Engine(table(exchange, role), function if role is Role.R else guard_function, performer)

    return engine_of
