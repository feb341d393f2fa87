"""One exchange under observation: where both ends stand in the table, and which row takes each message.

An onlooker walks both roles' tables. A message moves its receiver by the row that the checks select; that its sender
was where the table says, and so could send it, is the check of the order. A check that cannot be decided does not
hold anybody up: the receiver is taken to have accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from isakmp.conform.session import Session
from isakmp.conform.verdicts import ExchangeReport, MessageReport, Outcome
from isakmp.machine.codec_message import Message as Wire
from isakmp.machine.codec_message import Payloads
from isakmp.machine.run import Knowledge
from isakmp.spec.events import Event, EventKind
from isakmp.spec.guards import Check, Guard
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import ATTR, CERT
from isakmp.spec.registries import ExchangeType, NotifyType
from isakmp.spec.table import FAILED, Kind, Row, State, Table, table
from isakmp.spec.terms import Role

__all__ = ["HAS_TO_BE", "Seen", "Taken", "Track"]

GIVEN_UP = 2
"""Repetitions without an answer after which a sender is taken to have given up."""

HAS_TO_BE = "has to be "
"""Stands in a reason as long as the capture does not show the refusal."""

POLICY = (Check.ACCEPTABLE, Check.IDENTITY, Check.CERTIFICATE_ENCODING, Check.CERTIFICATE)
"""Checks that a receiver also makes by its own policy, of which an onlooker sees the result only."""


@dataclass(slots=True)
class Seen:
    """A message of the exchange as it was first seen: kept to know its repetitions."""

    report: MessageReport
    sender: Role
    name: str | None
    wire: Wire
    repeated: int = 0
    answered: bool = False
    verdicts: dict[Guard, bool | None] = field(default_factory=dict)
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """That an end took a message: the state it was in, and what the checks gave. A refusal told later takes it back."""

    source: State
    seen: Seen


@dataclass(slots=True, eq=False)
class Track:
    """An exchange of a session.

    `starter` is the role of the ISAKMP SA that began it; `exchange` is None without a table. `blocks` are the last CBC
    blocks of its encrypted messages, `vectors` all initialization vectors that it used, `read` the payloads of its
    last message, `certificates` what each end sent of them, `asked` what a transaction exchange asks or sets. `gap`
    says that messages before are missing in the capture, `turned` that it begins with an answer, `refused` which ends
    had to refuse the last message that they got.
    """

    session: Session
    report: ExchangeReport
    exchange: Exchange | None
    starter: Role
    phase: int
    states: dict[Role, State] = field(default_factory=dict)
    known: Knowledge | None = None
    blocks: list[bytes] = field(default_factory=list)
    vectors: set[bytes] = field(default_factory=set)
    hashes: dict[str, set[bytes]] = field(default_factory=dict)
    seen: dict[bytes, Seen] = field(default_factory=dict)
    order: list[Seen] = field(default_factory=list)
    unanswered: dict[Role, list[Seen]] = field(default_factory=dict)
    last_taken: dict[Role, Taken] = field(default_factory=dict)
    stood: set[Role] = field(default_factory=set)
    refused: set[Role] = field(default_factory=set)
    failure: str = ""
    refuser: Role | None = None
    hint: str = ""
    opened_once: bool = False
    gap: bool = False
    read: Payloads | None = None
    asked: ATTR | None = None
    turned: bool = False
    certificates: dict[Role, tuple[CERT, ...]] = field(default_factory=dict)
    settled: Outcome | None = None

    def __post_init__(self) -> None:
        """Put both ends at their start."""
        if self.exchange is not None:
            self.states = {role: self.table(role).initial for role in Role}

    @property
    def message_id(self) -> int:
        """The message id of the exchange."""
        return self.report.message_id

    @property
    def exchange_names(self) -> tuple[str, ...]:
        """The names of the exchange's messages."""
        return tuple(message.name for message in self.exchange.messages) if self.exchange is not None else ()

    def table(self, role: Role) -> Table:
        """The table of one end."""
        if self.exchange is None:
            raise LookupError(f"{self.report.exchange} has no table")
        return table(self.exchange, role)

    def role(self, session_role: Role) -> Role:
        """The role in this exchange of an end of the ISAKMP SA: either may begin an exchange of phase 2."""
        return Role.I if session_role is self.starter else Role.R

    def session_role(self, role: Role) -> Role:
        """The role in the ISAKMP SA of an end of this exchange."""
        return self.starter if role is Role.I else self.starter.other

    # ---- where the ends stand ----

    def row(self, role: Role, kind: EventKind, name: str | None = None) -> Row:
        """The row of an event in which no guard has a say, or in which all guards hold."""
        return self.table(role).of(self.states[role], Event(kind, name))[0]

    def move(self, role: Role, row: Row) -> None:
        """Take a row."""
        self.states[role] = row.destination
        if row.destination.kind in (Kind.ESTABLISHED, Kind.DONE):
            self.stood.add(role)

    def sends(self, role: Role, name: str) -> str | None:
        """Let an end send a message; return why the table does not have it there, or None if it does.

        Where it does not, the end is put where it would be: the onlooker may have missed what led there.
        """
        state = self.states[role]
        if state.kind is Kind.IDLE and state.awaits is None:
            self.move(role, self.row(role, EventKind.START))
            state = self.states[role]
        if state.sent == name:
            return None
        place = next((each for each in self.table(role).states if each.sent == name), None)
        if place is None:
            return f"{name} is no message of the {role.value}"
        self.states[role] = place
        if state.kind is Kind.ENDED or role in self.refused:
            self.carried_on(role)
            return f"the {role.value} goes on, although it had to refuse what came before"
        return f"in {state.name} the {role.value} does not send {name}"

    def carried_on(self, role: Role) -> None:
        """Learn that an end did accept what by the checks, or by a notification of unknown origin, it had refused."""
        self.failure = ""
        self.refused.discard(role)
        state = self.states[role]
        if state.kind is Kind.ENDED:
            state = next(each for each in self.table(role).states if each.kind is Kind.ESTABLISHED)
            self.states[role] = state
        if state.kind is Kind.ESTABLISHED:
            self.stood.add(role)

    def refuse(self, role: Role, row: Row, why: str) -> None:
        """Take a row that a failed check selects."""
        self.move(role, row)
        self.refused.add(role)
        if row.destination.kind is Kind.ENDED:
            if not self.failure:
                self.failure, self.refuser = why, role
        else:
            self.hint = self.hint or why

    def told(self, role: Role, notify: NotifyType | int, label: str) -> None:
        """Learn from an error notification that an end refused what it was taken to have accepted."""
        if role is self.refuser:
            self.refuser = None
        if self.order and not self.order[-1].readable:
            self.hint = self.hint or f"{label} from the {role.value}"
            return
        told = f"{label} from the {role.value}"
        self.failure = self.failure or (f"{told}: {self.hint}" if self.hint else told)
        taken = self.last_taken.get(role)
        if taken is None or self.exchange is None or self.states[role].kind is Kind.ENDED:
            return
        verdicts = taken.seen.verdicts
        event = Event(EventKind.RECEIVE, taken.seen.name)
        refusals = {row.unless: row for row in self.table(role).of(taken.source, event) if row.unless}
        policy = [row for guard, row in refusals.items() if guard.check in POLICY]
        failed = [row for guard, row in refusals.items() if not verdicts.get(guard)]
        named = [row for row in (*policy, *failed) if row.notify == notify]
        for row in (*named, *policy):
            taken.seen.report.row = row.id
            self.states[role] = row.destination
            return
        self.states[role] = FAILED

    # ---- repetitions ----

    def repetition(self, wire: Wire) -> Seen | None:
        """The earlier message with the same octets, if there is one."""
        return self.seen.get(wire.datagram)

    def note(self, seen: Seen) -> None:
        """Keep a new message; whatever its receiver sent before is answered by it."""
        for earlier in self.unanswered.pop(seen.sender.other, ()):
            earlier.answered = True
        self.unanswered.setdefault(seen.sender, []).append(seen)
        self.order.append(seen)
        self.seen[seen.wire.datagram] = seen

    # ---- the end ----

    def _carried(self) -> bool:
        """Whether both ends used the ISAKMP SA for an exchange that only an established one protects."""
        return any(
            {seen.sender for seen in track.order if not seen.report.deviations} == set(Role)
            for (_, kind), track in self.session.tracks.items()
            if kind in (ExchangeType.QUICK, ExchangeType.TRANSACTION)
        )

    def _shown(self) -> bool:
        """Whether the capture shows a failure: where only we say who has to refuse, that end sent a notification."""
        if self.refuser is None:
            return True
        end = self.session_role(self.refuser)
        return any(
            seen.report.phase_1_sender == end.value and len(track.exchange_names) == 1
            for track in self.session.tracks.values()
            for seen in track.order
        )

    def conclude(self) -> None:
        """Put the outcome into the report."""
        report = self.report
        closed = [each.report.frame for each in self.order if each.wire.encrypted and not each.report.decrypted]
        faults = [message.frame for message, _ in report.deviations] if len(self.exchange_names) == 1 else []
        if self.settled is not None:
            report.outcome = self.settled
        elif self.phase == 1 and self._carried():
            report.outcome = Outcome.ESTABLISHED
        elif len(self.stood) == len(Role) and closed:
            report.reason = f"frame {closed[0]} was not decrypted, and so may not have been accepted"
        elif len(self.stood) == len(Role) and faults:
            report.reason = f"frame {faults[0]} deviates, and so may not have been accepted"
        elif len(self.stood) == len(Role):
            report.outcome = Outcome.ESTABLISHED
        elif self.failure and self._shown():
            report.outcome, report.reason = Outcome.FAILED, self.failure.replace(HAS_TO_BE, "")
        else:
            last = self.order[-1] if self.order else None
            waiting = next((each for each in reversed(self.order) if not each.answered), last)
            if waiting is not None and waiting.repeated >= GIVEN_UP and not waiting.answered:
                name = waiting.name or "message"
                text = f"no answer to {name} of the {waiting.sender.value}, sent {waiting.repeated + 1} times"
                report.outcome, report.reason = Outcome.FAILED, f"{text}: {self.hint}" if self.hint else text
            else:
                report.reason = report.reason or self.failure or self.hint or "the capture does not show its end"
