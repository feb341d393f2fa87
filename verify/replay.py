"""An attack in octets: its sessions run on the machine, and the intruder sends what it can make of what it has read.

Every step of the attack has to be taken by a row of the table, and in the end the claim has to be broken by what the
ends really hold. Where that fails, the search has found what is no attack on the machine: a defect of the verifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from isakmp.machine.codec import decode
from isakmp.machine.memory import DELAY
from isakmp.machine.outputs import Discarded, Output, PhaseOneUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.sa import GroupDescription, IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE, SEALING
from isakmp.spec.claims import Compromise
from isakmp.spec.groups import FIRST_PRIVATE_GROUP, ModpGroup, group_facts
from isakmp.spec.messages import Exchange, Message
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import Kind
from isakmp.verify.forging import compose
from isakmp.verify.hosts import NOW, PRIME, Below, KeyPairs, Means, backend_for, peer_for
from isakmp.verify.intruder import Intruder
from isakmp.verify.leaves import number_in
from isakmp.verify.models import SECOND, Protocol
from isakmp.verify.scripts import Script
from isakmp.verify.search import Session
from isakmp.verify.trace import DefectError, Story, Value, ordered, owned_by

DESCRIBED = GroupDescription(FIRST_PRIVATE_GROUP, cast(ModpGroup, group_facts(PRIME)))
"""What is described in new group mode."""
AFTER = 1.0
"""Seconds after the phase 1 below, where there is one."""
PLACE = "the network"
"""Where everybody's datagrams come from: the intruder delivers them all."""


class UnplayableError(Exception):
    """A variant that the machine has no means to run; says what it would take."""


@dataclass(frozen=True)
class Delivery:
    """One datagram on its way, at a time in seconds: out of a session to the intruder, or from the intruder to it."""

    time: float
    session: Session
    out: bool
    message: Message
    datagram: bytes
    forged: bool = False


@dataclass
class End:
    """A session on the machine: its peer, what its protocol is, and how far it has come (steps of the script)."""

    session: Session
    protocol: Protocol
    peer: Peer
    below: Below | None
    steps: int = 0
    outputs: list[Output] = field(default_factory=list)
    values: dict[str, bytes] = field(default_factory=dict)

    @property
    def sa(self) -> IsakmpSa | None:
        """The ISAKMP SA that the session has made, or runs under."""
        made = (each.sa for each in self.outputs if isinstance(each, PhaseOneUp))
        return next(made, None if self.below is None else self.below.sa)

    @property
    def state(self) -> str:
        """The name of the state that the session is in, as pluto's logs write it."""
        rows = [each.row for each in self.outputs if isinstance(each, Taken)]
        return rows[-1].destination.name if rows else ""

    @property
    def done(self) -> bool:
        """Whether the session has come to the end of its exchange: a row that it took led there."""
        ends = (Kind.ESTABLISHED, Kind.DONE)
        rows = (each.row for each in self.outputs if isinstance(each, Taken) and each.row.changes_state)
        return any(row.destination.kind in ends and row.exchange == self.protocol.exchange.key for row in rows)


@dataclass(frozen=True)
class Replay:
    """A replayed attack: every datagram in order, and the ends as they are afterwards, the claimer's first."""

    story: Story
    deliveries: tuple[Delivery, ...]
    ends: tuple[End, ...]
    intruder: Intruder


def replay(story: Story, compromises: frozenset[Compromise], pairs: KeyPairs) -> Replay:
    """Run an attack on the machine. `pairs` gives the key pairs of hosts.

    Raises:
        DefectError: a step is not taken, or a message cannot be made.
        UnplayableError: the machine has no means to run the protocol.
    """
    return _Stage(story, compromises, pairs).play()


class _Stage:
    """One replay under way."""

    def __init__(self, story: Story, compromises: frozenset[Compromise], pairs: KeyPairs) -> None:
        self.story, self.compromises = story, compromises
        self.intruder = Intruder(story, owned_by(compromises), pairs)
        self.deliveries: list[Delivery] = []
        self.now = NOW + AFTER
        self.ends = {number: self._end(session, pairs) for number, session in story.sessions.items()}

    def _end(self, session: Session, pairs: KeyPairs) -> End:
        script = self.story.script(session.number)
        protocol = script.protocol
        refuse_unplayable(script)
        above = SECOND if protocol.under is not None else ""
        phases = [
            (number_in(self.story, session, k.SAI, mark), number_in(self.story, session, k.SAR, mark))
            for mark in ("", above)
        ]
        own = phases if protocol.auth is not None else ((1, 1), phases[1])
        means = Means(session.agent, session.peer, session.role, *own)
        seed = f"session {session.number} of {protocol.name}"
        peer, below = peer_for(protocol, means, seed, pairs)
        if below is not None:
            self.intruder.meet(session, below.sa)
        if session.number in self.story.attack.leaked:
            self.intruder.leak(session, backend_for(protocol, seed))
        return End(session, protocol, peer, below)

    def play(self) -> Replay:
        sent: list[tuple[str, tuple[Value, ...], bytes]] = []
        for event in ordered(self.story, self.compromises):
            end = self.ends[event.session]
            outputs: tuple[Output, ...] = ()
            if event.takes is not None:
                outputs = self._deliver(end, end.protocol.message(event.takes), sent)
            if event.sends is not None:
                message = end.protocol.message(event.sends)
                exchange = end.protocol.exchange_of(message)
                end.outputs += outputs
                if message.name == exchange.messages[0].name:
                    outputs = _begin(end, exchange, self.now)
                    end.outputs += outputs
                datagram = _sent(outputs, exchange.type)
                if datagram is None:
                    raise self._defect(end, f"{message.name} was not sent", outputs)
                self._note(end, message, datagram, out=True)
                self.intruder.hear(end.session, message, datagram)
                sent.append((message.name, self.story.parts(event.session, message.name), datagram))
            else:
                end.outputs += outputs
            end.steps = event.step
            end.values |= _held(end)
            self._reveal(end)
        return Replay(self.story, tuple(self.deliveries), tuple(self.ends.values()), self.intruder)

    def _deliver(
        self, end: End, message: Message, sent: list[tuple[str, tuple[Value, ...], bytes]]
    ) -> tuple[Output, ...]:
        """Give a session the message that it takes: one that was sent so, else one that the intruder makes."""
        parts = self.story.parts(end.session.number, message.name)
        passed = next((octets for name, values, octets in sent if (name, values) == (message.name, parts)), None)
        datagram = passed or compose(self.intruder, end.session, message)
        self._note(end, message, datagram, out=False, forged=passed is None)
        outputs = end.peer.receive(datagram, PLACE, self.now)
        if not any(isinstance(each, Taken) and _took(each, message) for each in outputs):
            raise self._defect(end, f"{message.name} was not taken", outputs)
        return outputs

    def _reveal(self, end: End) -> None:
        """Give the intruder the keys of a session, where the attack lets it have them."""
        if end.session.number in self.story.attack.revealed:
            self.intruder.reveal(end.session, end.values)

    def _note(self, end: End, message: Message, datagram: bytes, *, out: bool, forged: bool = False) -> None:
        self.now += DELAY
        self.deliveries.append(Delivery(self.now, end.session, out, message, datagram, forged))

    def _defect(self, end: End, what: str, outputs: Iterable[Output]) -> DefectError:
        problems = [each.problem for each in outputs if isinstance(each, Taken)]
        problems += [each.reason for each in outputs if isinstance(each, Discarded)]
        reasons = [problem.detail for problem in problems if problem is not None]
        why = f": {'; '.join(reasons)}" if reasons else ""
        return DefectError(f"{end.protocol.name}, session {end.session.number}: {what}{why}")


def refuse_unplayable(script: Script) -> None:
    """Refuse a protocol that the machine has no means to run.

    Raises:
        UnplayableError: says which means.
    """
    for message in script.protocol.messages:
        for slot in message.slots:
            if slot.sealed and script.protocol.auth not in SEALING:
                raise UnplayableError(f"{message.name}: {slot.name}, where no body is encrypted by itself")
            if len(script.flat(slot.value)) != 1:
                raise UnplayableError(f"{message.name}: {slot.name} is several values in one payload")


def _begin(end: End, exchange: Exchange, now: float) -> tuple[Output, ...]:
    """Let a session begin an exchange."""
    peer = end.peer
    if end.sa is None:
        return peer.initiate(exchange.name, PLACE, now)
    match exchange.type:
        case ExchangeType.QUICK:
            return peer.quick(end.sa, PLACE, now)
        case ExchangeType.TRANSACTION:
            return peer.push(end.sa, PLACE, now)
        case ExchangeType.NEW_GROUP:
            return peer.new_group(end.sa, DESCRIBED, PLACE, now)
    return peer.close(end.sa, now)


def _sent(outputs: Iterable[Output], kind: ExchangeType) -> bytes | None:
    """The datagram of that exchange type among outputs."""
    sends = (output.datagram for output in outputs if isinstance(output, Send))
    return next((datagram for datagram in sends if decode(datagram, opaque=OPAQUE).header.exchange == kind), None)


def _took(taken: Taken, message: Message) -> bool:
    """Whether a row took a message as what the exchange goes on with."""
    return taken.row.event.name == message.name and taken.row.changes_state and taken.problem is None


def _held(end: End) -> dict[str, bytes]:
    """The values that a session holds, by their names in its protocol."""
    held: dict[str, bytes] = {}
    for run in end.peer.database.runs():
        if run.sa is None and end.protocol.auth is None:
            continue  # the phase 1 below is none of the session's
        mark = SECOND if run.sa is not None and end.protocol.under is not None else ""
        held |= {name + mark: octets for name, octets in run.known.values.store.items()}
    return held
