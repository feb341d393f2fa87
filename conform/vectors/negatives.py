"""Datagrams that have to be rejected: each an honest message with one deviation, in the place of that message.

What is wrong is derived as the cases of the conformance suite are: from the layouts, the guards of the table, and what
is said of framing, cookies and encryption. Which rule is broken and what may follow is what the model itself finds.
Each datagram is given to a peer that has come as far as the message, and a peer that takes it is an error here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from isakmp.conform.headers import HEADER_OCTETS
from isakmp.conform.live import case_exchanges, case_fields, case_offers
from isakmp.conform.live.case import Allows, Case, Change, Rule, Where, stated
from isakmp.conform.live.catalogue import of_message
from isakmp.conform.live.draft import Draft, NoSuchPlace, opened, sealed
from isakmp.conform.vectors.courses import Plan
from isakmp.conform.vectors.document import Writer
from isakmp.conform.vectors.formulas import Json, place
from isakmp.conform.vectors.onlooker import Onlooker, Seen
from isakmp.conform.vectors.recording import Carried, Stage
from isakmp.machine.errors import Deviation
from isakmp.machine.outputs import Discarded, Output, PhaseOneUp, Taken
from isakmp.machine.run import Run
from isakmp.machine.runs import Runs
from isakmp.spec.citations import format_cite
from isakmp.spec.events import Action
from isakmp.spec.messages import Message, Protection
from isakmp.spec.registries import NotifyType
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Role

_CROWD: Final = 1 << 16
"""Half-open exchanges that the ends of negative vectors bear: each first message may leave one behind."""

_REFLECTED: Final = Change("reflected", "the receiver's own last message, back to it", lambda draft: draft)


class NotRejected(Exception):
    """The model itself takes a message that nobody may take: a defect here; the message says which."""


def negatives(plan: Plan, writer: Writer) -> Iterator[Json]:
    """The vectors of a plan's exchange that have to be rejected; `writer` has written the plan's document.

    Raises:
        NotRejected: the model takes one of them.
    """
    for number, (seen, onlooker) in writer.seen.items():
        if onlooker.exchange.name == plan.exchange:
            yield from _Place(_patient(plan), number, seen, onlooker, writer.vectors[number]).rejected()


def _patient(plan: Plan) -> Plan:
    """The same with ends that bear any number of messages that come to nothing."""
    many = {role: replace(config, half_open_per_address=_CROWD) for role, config in plan.configs.items()}
    return replace(plan, configs=many)


class _Place:
    """The place of one message: two peers that have come to it, made anew where a deviation has ended the exchange."""

    def __init__(self, plan: Plan, number: int, seen: Seen, onlooker: Onlooker, vector: bytes | None) -> None:
        self.plan, self.number, self.seen, self.onlooker, self.vector = plan, number, seen, onlooker, vector
        self.template = seen.template
        self._come()

    def _come(self) -> None:
        """Let everything happen up to the message."""
        self.stage = self.plan.play(self.number)
        self.pending: Carried = self.stage.carried[self.number - 1]
        self.run = _run_of(self.stage, self.pending, self.onlooker)

    def rejected(self) -> Iterator[Json]:
        """What has to be rejected here, once each."""
        honest, names = self.pending.sent.datagram, set[str]()
        for case in _cases(self.plan, self.onlooker, self.template):
            if case.change is None or case.allows is not Allows.REFUSAL or case.change.slug in names:
                continue
            try:
                draft = case.change.apply(self._draft())
                bad = sealed(draft, self.run, self.template, self.vector)
            except NoSuchPlace:  # what is to be changed is not in this message
                continue
            if bad != honest:
                names.add(case.change.slug)
                rule = Rule(case.cite, case.level, case.requirement)
                yield self._one(case.change, rule, bad, self._encryption(draft, bad))
        messages = self.onlooker.exchange.messages
        before = messages[: messages.index(self.template)][-1:]
        # In the clear, what comes back may look like the answer that is awaited, and fails at the proof only.
        if before and {before[0].protection, self.template.protection} == {Protection.ENCRYPTED}:
            reflected = self.stage.carried[self.number - 2].sent.datagram
            yield self._one(_REFLECTED, stated("RFC2408-1.7.3-02"), reflected, {})

    def _draft(self) -> Draft:
        datagram = self.pending.sent.datagram
        if _has_sealed_bodies(self.template):
            return Draft(datagram, encrypted=False, proofs=False)
        return opened(datagram, self.run, self.vector or b"")

    def _one(self, change: Change, rule: Rule, bad: bytes, encryption: Json) -> Json:
        """Let the receiver reject a datagram, and write down how it does."""
        receiver = self.pending.sender.other
        outputs = self.stage.peers[receiver].receive(bad, self.pending.sender, self.stage.now)
        name = f"{self.template.name}.{change.slug}"
        found = _refusal(name, outputs)
        document = {
            "name": name,
            "message": self.number,
            "to": receiver.value,
            "wrong": change.words,
            **place(rule.cite),
            "level": rule.level.value,
            **({"requirement": rule.requirement} if rule.requirement else {}),
            **found,
            **encryption,
            "datagram": bad.hex(),
        }
        if found["ends"]:
            self._come()
        return document

    def _encryption(self, draft: Draft, bad: bytes) -> Json:
        """What a message was encrypted from, where it is encrypted by whole blocks."""
        body = bad[HEADER_OCTETS:]
        if not draft.encrypted or self.vector is None or len(body) % len(self.vector) or not body:
            return {}
        used = self.vector if draft.vector is None else draft.vector[: len(self.vector)]
        return {"encryption": {"iv": used.hex(), "plaintext": self.onlooker.opened(body, used).hex()}}


def _cases(plan: Plan, onlooker: Onlooker, message: Message) -> Iterator[Case]:
    """What can be wrong with a message. In bodies that are encrypted by themselves nothing is changed."""
    exchange, config = onlooker.exchange, plan.configs[Role.I]
    where = Where(exchange.name, message.name, role=message.sender.other.value)
    if _has_sealed_bodies(message):
        yield from case_fields.header_cases(where)
        yield from case_exchanges.framing_cases(where)
        yield from case_exchanges.cookie_cases(where, exchange, message)
        return
    yield from of_message(where, exchange, message, config)
    if message is exchange.messages[0] and exchange.name != "new-group":
        if exchange.phase == 1:
            yield from case_offers.phase_1_cases(where, config)
        elif exchange.name == "quick":
            yield from case_offers.phase_2_cases(where, config)


def _has_sealed_bodies(message: Message) -> bool:
    return any(slot.sealed for slot in message.slots)


def _run_of(stage: Stage, pending: Carried, onlooker: Onlooker) -> Run:
    """The sender's run. One that is over with its message is not remembered; it is made again."""
    peer = stage.peers[pending.sender]
    for run in peer.database.runs():
        if run.last_sent == pending.sent.datagram:
            return run
    runs = Runs(peer.config, peer.backend, peer.database)
    if not onlooker.exchange.protected:
        return runs.fresh(onlooker.exchange, Role.I, pending.sender.other)
    sa = stage.held(pending.sender, PhaseOneUp).sa
    return runs.under(sa, onlooker.exchange, Role.I, pending.sender.other, onlooker.message_id)


def _refusal(name: str, outputs: tuple[Output, ...]) -> Json:
    """How the model refuses a datagram."""
    for output in outputs:
        if isinstance(output, Discarded):
            return {"state": None, "row": None, "guard": None, **_why(output.reason), "ends": False}
        if isinstance(output, Taken) and (output.problem is not None or Action.DISCARD in output.row.actions):
            row = output.row
            if Action.ACCEPT in row.actions:
                break
            return {
                "state": row.source.name,
                "row": row.id,
                "guard": None if row.unless is None else row.unless.name,
                **(_of_row(row) if output.problem is None else _why(output.problem)),
                "ends": row.changes_state and row.destination.kind is Kind.ENDED,
            }
    raise NotRejected(name)


def _why(problem: Deviation) -> Json:
    notify = problem.notify
    return {
        "why": str(problem),
        "broken": place(problem.cite),
        "notify": None if notify is None else {"type": int(notify), "name": NotifyType(notify).label},
    }


def _of_row(row: Row) -> Json:
    """The reason of a row that needs no guard: nothing is wrong with the message, but it may not come now."""
    return {"why": f"{row.why} ({format_cite(row.cite)})", "broken": place(row.cite), "notify": None}
