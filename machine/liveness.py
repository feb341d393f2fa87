"""Dead peer detection at work (RFC 3706): beside each ISAKMP SA one process that asks and one that answers.

The process decides by its table; what it wants sent is a notification that the peer puts into a protected informational
exchange of its own, so that each question and each answer has a fresh message id and vector. A replayed datagram is
refused by its message id before it gets here; a question with a number below the last one is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from isakmp.crypto.backend import Backend
from isakmp.machine.codec_message import Payloads
from isakmp.machine.engine import Engine, PerformFunction, no_guard
from isakmp.machine.errors import Deviation, Disposition
from isakmp.machine.outputs import Output, Taken
from isakmp.machine.run import Run
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.timing import patience
from isakmp.spec import liveness as spec
from isakmp.spec.events import Action
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message
from isakmp.spec.payloads import N
from isakmp.spec.processes import Signal, process_table
from isakmp.spec.registries import Doi, NotifyType, ProtocolId
from isakmp.spec.table import Row
from isakmp.spec.terms import Role

_QUESTIONS = {NotifyType.R_U_THERE: Role.R, NotifyType.R_U_THERE_ACK: Role.I}


@dataclass(slots=True)
class Side:
    """One role of the process: the model that the engine moves."""

    state: str


@dataclass(slots=True)
class Turn:
    """One signal on its way through the table, and the row that was taken."""

    message_id: int
    problem: Deviation | None = None
    row: Row | None = None


def _perform(row: Row, _: Message | None) -> PerformFunction:
    def note(turn: Turn) -> None:
        turn.row = row

    return note


@cache
def _engine(role: Role) -> Engine:
    return Engine(process_table(spec.DPD, role), no_guard, _perform)


@dataclass(slots=True)
class Liveness:
    """Both roles of the process beside one ISAKMP SA.

    `number` is that of our last question, `asked` that of the peer's last one; `heard` is when the peer last proved
    that it lives, in seconds; `tries` counts the repetitions of the open question.
    """

    run: Run
    sa: IsakmpSa
    heard: float
    number: int
    asked: int | None = None
    tries: int = 0
    asker: Side = field(default_factory=lambda: Side(spec.QUIET.name))
    answerer: Side = field(default_factory=lambda: Side(spec.ANSWERING.name))

    @classmethod
    def beside(cls, run: Run, sa: IsakmpSa, backend: Backend, now: float) -> Liveness:
        """The process beside an SA that has just come to stand; the first number is random (RFC 3706 section 6.2)."""
        drawn = int.from_bytes(backend.random(spec.SEQUENCE_OCTETS, "DPD sequence number"))
        live = cls(run, sa, now, drawn & spec.FIRST_SEQUENCE_MASK)
        live.wait(now)
        return live

    @property
    def dead(self) -> bool:
        """Whether the peer was given up."""
        return self.asker.state == spec.DEAD.name

    def wait(self, now: float) -> None:
        """Set the timer: for the answer to an open question, else for silence."""
        life, config = self.run.life, self.run.config
        if config.dpd is None or spec.DPD_ANNOUNCED not in life.vendors or self.dead:
            life.asks = None
        elif self.asker.state == spec.ASKING.name:
            life.asks = now + patience(config.timers, self.tries, self.run.backend)
        else:
            life.asks = self.heard + config.dpd.idle

    def due(self, now: float) -> tuple[list[Output], tuple[Payload, ...]]:
        """The timer fired: what is to be recorded, and what is to be sent."""
        if self.asker.state == spec.QUIET.name:
            if self.heard + self._idle() > now:  # something was heard since the timer was set
                self.wait(now)
                return [], ()
            self.number, self.tries = self.number + 1, 0
            return self._ask(spec.SILENCE, now)
        if self.tries < self.run.config.timers.tries:
            self.tries += 1
            return self._ask(spec.UNANSWERED, now)
        return self._ask(spec.GIVEN_UP, now)

    def alive(self, now: float, message_id: int = 0) -> list[Output]:
        """Something that only the peer can have sent has arrived; proof of its life."""
        self.heard = now
        if self.asker.state != spec.ASKING.name:
            return []
        turn = self._fire(Role.I, spec.HEARD, message_id)
        self.wait(now)
        return [_taken(turn)]

    def take(self, payload: N, message_id: int, now: float) -> tuple[list[Output], tuple[Payload, ...]]:
        """A question or an answer that came under the SA's protection."""
        role = _QUESTIONS[NotifyType(payload.type)]
        problem = self._problem(payload, role)
        if problem is not None:
            turn = self._fire(role, spec.REFUSED, message_id, problem)
            return [_taken(turn)], ()
        number = int.from_bytes(payload.data)
        if role is Role.R:
            self.asked = number
        turn = self._fire(role, spec.QUESTION if role is Role.R else spec.ACKNOWLEDGED, message_id)
        self.heard = now
        self.wait(now)
        sends = turn.row is not None and Action.SEND in turn.row.actions
        return [_taken(turn)], (self._notify(NotifyType.R_U_THERE_ACK, number),) if sends else ()

    def _problem(self, payload: N, role: Role) -> Deviation | None:
        if payload.spi != self.sa.cookies:
            return _wrong("Security Parameter Index (SPI)", "not the cookies of the SA")
        if len(payload.data) != spec.SEQUENCE_OCTETS:
            return _wrong("Notification Data", f"a sequence number has {spec.SEQUENCE_OCTETS} octets")
        number = int.from_bytes(payload.data)
        if role is Role.R and self.asked is not None and number < self.asked:
            return _wrong("Notification Data", f"sequence number {number} after {self.asked}")
        if role is Role.I and (self.asker.state != spec.ASKING.name or number != self.number):
            return _wrong("Notification Data", f"sequence number {number} answers no open question")
        return None

    def _ask(self, signal: Signal, now: float) -> tuple[list[Output], tuple[Payload, ...]]:
        turn = self._fire(Role.I, signal)
        self.wait(now)
        sends = turn.row is not None and Action.SEND in turn.row.actions
        return [_taken(turn)], (self._notify(NotifyType.R_U_THERE, self.number),) if sends else ()

    def _fire(self, role: Role, signal: Signal, message_id: int = 0, problem: Deviation | None = None) -> Turn:
        turn = Turn(message_id, problem)
        _engine(role).fire(self.asker if role is Role.I else self.answerer, signal.name, turn)
        return turn

    def _notify(self, type_: NotifyType, number: int) -> N:
        data = number.to_bytes(spec.SEQUENCE_OCTETS)
        return N(Doi.IPSEC, ProtocolId.ISAKMP, type_, self.sa.cookies, data)

    def _idle(self) -> float:
        return self.run.config.dpd.idle if self.run.config.dpd is not None else 0.0


def is_question(payload: Payload) -> bool:
    """Whether a payload is a question or an answer of dead peer detection."""
    return isinstance(payload, N) and payload.type in _QUESTIONS


def _taken(turn: Turn) -> Taken:
    if turn.row is None:
        raise TypeError("a signal without a row")
    return Taken(turn.row, turn.message_id, turn.problem, Payloads())


def _wrong(where: str, detail: str) -> Deviation:
    return Deviation(None, "N", where, "RFC3706:6.1", detail, None, Disposition.LOG)
