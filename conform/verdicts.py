"""What a judgement consists of: checks, deviations, notes; per message, per exchange, and for the capture as a whole.

Three things are kept apart. A *check* is a question with its section: yes, no, or not decided (and why). A
*deviation* is a violation by the sender of a message. A *note* is worth telling, and no violation. A check may fail
without a deviation: a certificate that nobody trusts violates nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from isakmp.machine.errors import Deviation, Disposition
from isakmp.spec.citations import format_cite

__all__ = ["CheckResult", "ExchangeReport", "KeyComparison", "MessageReport", "Outcome", "Report", "Verdict"]

Json = dict[str, object]


class Outcome(StrEnum):
    """How an exchange ended, as far as the capture shows."""

    ESTABLISHED = "established"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


class Verdict(StrEnum):
    """The judgement of a whole capture."""

    CONFORMANT = "conformant"
    DEVIATIONS = "deviations"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One question about one message: `ok` is None where it could not be decided, and `detail` says why."""

    check: str
    ok: bool | None
    section: str
    detail: str = ""

    def to_json(self) -> Json:
        """Return the members that the report's form names, and the section in words."""
        return {
            "check": self.check,
            "ok": self.ok,
            "section": self.section,
            "section_text": format_cite(self.section),
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class KeyComparison:
    """A value that we computed, beside the one that the keys file holds. The values themselves are not kept."""

    name: str
    ok: bool
    detail: str

    def to_json(self) -> Json:
        """Return all members."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail}


@dataclass(slots=True)
class MessageReport:
    """The judgement of one message.

    `row` is the row of the receiver's table that takes it; None where no table applies. `effects` are rows of other
    exchanges that a notification or delete selects. `sender` is the role in this exchange, `phase_1_sender` that in the
    ISAKMP SA (None without a header); `source` and `destination` are "address:port". `transport` is what was
    odd about the datagram that brought it, without bearing on the judgement.
    """

    frame: int
    time: float
    sender: str
    encrypted: bool
    row: str | None = None
    name: str | None = None
    decrypted: bool = False
    retransmission: bool = False
    payloads: tuple[str, ...] = ()
    checks: list[CheckResult] = field(default_factory=list)
    deviations: list[Deviation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    transport: tuple[str, ...] = ()
    source: str = ""
    destination: str = ""
    phase_1_sender: str | None = None

    def check(self, name: str, section: str, detail: str = "", *, ok: bool | None) -> None:
        """Add the answer to a question."""
        self.checks.append(CheckResult(name, ok, section, detail))

    def violation(self, name: str, deviation: Deviation) -> None:
        """Add a failed check together with the deviation that it comes from."""
        self.check(name, deviation.cite, deviation.detail, ok=False)
        self.deviations.append(deviation)

    def breach(self, name: str, section: str, detail: str, payload: str = "", offset: int | None = None) -> None:
        """Add a failed check and a deviation that is found here and not by the codec."""
        self.violation(name, Deviation(offset, payload, "", section, detail, None, Disposition.LOG))

    def result(self, name: str) -> CheckResult | None:
        """The check of that name, if it was made."""
        return next((check for check in self.checks if check.check == name), None)

    def to_json(self) -> Json:
        """Return the members that the report's form names, and some more."""
        return {
            "frame": self.frame,
            "time": self.time,
            "sender": self.sender,
            "phase_1_sender": self.phase_1_sender,
            "source": self.source,
            "destination": self.destination,
            "message": self.name,
            "row": self.row,
            "encrypted": self.encrypted,
            "decrypted": self.decrypted,
            "retransmission": self.retransmission,
            "payloads": list(self.payloads),
            "checks": [check.to_json() for check in self.checks],
            "deviations": [_deviation_json(deviation) for deviation in self.deviations],
            "notes": self.notes,
            "effects": self.effects,
            "transport": list(self.transport),
        }


def _deviation_json(deviation: Deviation) -> Json:
    return {
        "offset": deviation.offset,
        "payload": deviation.payload,
        "field": deviation.field,
        "section": deviation.cite,
        "section_text": format_cite(deviation.cite),
        "detail": deviation.detail,
        "notify": deviation.notify.label if deviation.notify is not None else None,
    }


@dataclass(slots=True)
class ExchangeReport:
    """The judgement of one exchange. `undecided` says what could not be judged in it, and why."""

    exchange: str
    initiator_cookie: bytes
    responder_cookie: bytes
    message_id: int
    outcome: Outcome = Outcome.INCOMPLETE
    reason: str = ""
    auth: str | None = None
    suite: str | None = None
    messages: list[MessageReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    keys: list[KeyComparison] = field(default_factory=list)

    @property
    def open_questions(self) -> Iterator[str]:
        """Everything in the exchange that was not decided."""
        yield from self.undecided
        for message in self.messages:
            for check in message.checks:
                if check.ok is None:
                    yield f"frame {message.frame}: {check.check}: {check.detail}"

    @property
    def deviations(self) -> Iterator[tuple[MessageReport, Deviation]]:
        """Every deviation with its message."""
        return ((message, deviation) for message in self.messages for deviation in message.deviations)

    def to_json(self) -> Json:
        """Return the members that the report's form names, and some more."""
        return {
            "exchange": self.exchange,
            "initiator_cookie": self.initiator_cookie.hex(),
            "responder_cookie": self.responder_cookie.hex(),
            "message_id": self.message_id,
            "message_id_hex": f"{self.message_id:08x}",
            "outcome": self.outcome.value,
            "reason": self.reason,
            "auth": self.auth,
            "suite": self.suite,
            "messages": [message.to_json() for message in self.messages],
            "notes": self.notes,
            "undecided": list(self.open_questions),
            "keys": [comparison.to_json() for comparison in self.keys],
        }


@dataclass(slots=True)
class Report:
    """The judgement of a capture.

    `findings` are about the files: frames that may have held a message and could not be read, a capture that was cut,
    a keys file that does not go with the capture.
    """

    path: str
    exchanges: list[ExchangeReport] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    other_packets: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Deviations if there is one; else undecided if anything was left open; else conformant."""
        if any(True for exchange in self.exchanges for _ in exchange.deviations):
            return Verdict.DEVIATIONS
        left_open = self.findings or not self.exchanges
        if left_open or any(True for exchange in self.exchanges for _ in exchange.open_questions):
            return Verdict.UNDECIDED
        return Verdict.CONFORMANT

    def to_json(self) -> Json:
        """Return the report as JSON's types, in the form that `isakmp check --format json` prints."""
        return {
            "verdict": self.verdict.value,
            "capture": self.path,
            "exchanges": [exchange.to_json() for exchange in self.exchanges],
            "findings": self.findings,
            "other_packets": self.other_packets,
            "notes": self.notes,
        }
