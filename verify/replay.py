"""An attack in octets: its sessions run on the machine, and the intruder sends what it can make of what it has read.

Every step of the attack has to be taken by a row of the table, and in the end the claim has to be broken by what the
ends really hold. Where that fails, the search has found what is no attack on the machine: a defect of the verifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from isakmp.machine.codec import decode
from isakmp.machine.memory import DELAY
from isakmp.machine.outputs import Discarded, Output, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.run import Run
from isakmp.machine.sa import GroupDescription, IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE, SEALING
from isakmp.spec.claims import Compromise
from isakmp.spec.groups import ModpGroup, PrivateGroup, group_facts
from isakmp.spec.messages import Message
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import Kind
from isakmp.verify.forging import compose
from isakmp.verify.hosts import NOW, PRIME, Below, KeyPairs, Means, backend_for, peer_for
from isakmp.verify.intruder import Intruder
from isakmp.verify.leaves import number_in
from isakmp.verify.scripts import Script
from isakmp.verify.search import Attack, Session
from isakmp.verify.trace import DefectError, Value, ordered, owned_by, parts_of

DESCRIBED = GroupDescription(PrivateGroup(32768), cast(ModpGroup, group_facts(PRIME)))
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
    """A session on the machine: its peer, the run that it is about, and how far it has come (steps of the script)."""

    session: Session
    peer: Peer
    below: Below | None
    steps: int = 0
    outputs: list[Output] = field(default_factory=list)
    values: dict[str, bytes] = field(default_factory=dict)

    @property
    def sa(self) -> IsakmpSa | None:
        """The ISAKMP SA that the session runs under."""
        return None if self.below is None else self.below.sa

    @property
    def state(self) -> str:
        """The name of the state that the session is in, as pluto's logs write it."""
        rows = [each.row for each in self.outputs if isinstance(each, Taken)]
        return rows[-1].destination.name if rows else ""

    @property
    def done(self) -> bool:
        """Whether the session has come to the end of its exchange: the last row that it took says so."""
        rows = [each.row for each in self.outputs if isinstance(each, Taken) and each.row.changes_state]
        return bool(rows) and any(row.destination.kind in (Kind.ESTABLISHED, Kind.DONE) for row in rows)


@dataclass(frozen=True)
class Replay:
    """A replayed attack: every datagram in order, and the ends as they are afterwards, the claimer's first."""

    attack: Attack
    deliveries: tuple[Delivery, ...]
    ends: tuple[End, ...]
    intruder: Intruder


def replay(script: Script, attack: Attack, compromises: frozenset[Compromise], pairs: KeyPairs) -> Replay:
    """Run an attack on the machine. `pairs` gives the key pairs of hosts.

    Raises:
        DefectError: a step is not taken, or a message cannot be made.
        UnplayableError: the machine has no means to run the protocol.
    """
    return _Stage(script, attack, compromises, pairs).play()


class _Stage:
    """One replay under way."""

    def __init__(self, script: Script, attack: Attack, compromises: frozenset[Compromise], pairs: KeyPairs) -> None:
        refuse_unplayable(script)
        self.script, self.attack, self.compromises = script, attack, compromises
        self.intruder = Intruder(script, attack, owned_by(compromises), pairs)
        self.deliveries: list[Delivery] = []
        self.now = NOW + AFTER
        self.ends = {session.number: self._end(session, pairs) for session in attack.sessions}

    def _end(self, session: Session, pairs: KeyPairs) -> End:
        offer, transform = (number_in(self.script, self.attack, session.number, str(each)) for each in (k.SAI, k.SAR))
        means = Means(session.agent, session.peer, session.role, offer, transform)
        seed = f"session {session.number} of {self.script.protocol.name}"
        peer, below = peer_for(self.script.protocol, means, seed, pairs)
        if below is not None:
            self.intruder.meet(session, below.sa)
        if session.number in self.attack.leaked:
            self.intruder.leak(session, backend_for(self.script.protocol, seed))
        return End(session, peer, below)

    def play(self) -> Replay:
        sent: list[tuple[str, tuple[Value, ...], bytes]] = []
        for event in ordered(self.script, self.attack, self.compromises):
            end = self.ends[event.session]
            outputs: tuple[Output, ...] = ()
            if event.takes is not None:
                outputs = self._deliver(end, self.script.protocol.message(event.takes), sent)
            elif event.step == 1:
                outputs = _begin(end, self.script, self.now)
            if event.sends is not None:
                message = self.script.protocol.message(event.sends)
                datagram = _sent(outputs, self.script.protocol.exchange.type)
                if datagram is None:
                    raise self._defect(end, f"{message.name} was not sent", outputs)
                self._note(end, message, datagram, out=True)
                self.intruder.hear(end.session, message, datagram)
                sent.append((message.name, parts_of(self.script, self.attack, event.session, message.name), datagram))
            end.steps = event.step
            end.outputs += outputs
            end.values |= _held(end)
            self._reveal(end)
        return Replay(self.attack, tuple(self.deliveries), tuple(self.ends.values()), self.intruder)

    def _deliver(
        self, end: End, message: Message, sent: list[tuple[str, tuple[Value, ...], bytes]]
    ) -> tuple[Output, ...]:
        """Give a session the message that it takes: one that was sent so, else one that the intruder makes."""
        parts = parts_of(self.script, self.attack, end.session.number, message.name)
        passed = next((octets for name, values, octets in sent if (name, values) == (message.name, parts)), None)
        datagram = passed or compose(self.intruder, end.session, message)
        self._note(end, message, datagram, out=False, forged=passed is None)
        outputs = end.peer.receive(datagram, PLACE, self.now)
        if not any(isinstance(each, Taken) and _took(each, message) for each in outputs):
            raise self._defect(end, f"{message.name} was not taken", outputs)
        return outputs

    def _reveal(self, end: End) -> None:
        """Give the intruder the keys of a session, where the attack lets it have them."""
        if end.session.number in self.attack.revealed:
            self.intruder.reveal(end.session, end.values)

    def _note(self, end: End, message: Message, datagram: bytes, *, out: bool, forged: bool = False) -> None:
        self.now += DELAY
        self.deliveries.append(Delivery(self.now, end.session, out, message, datagram, forged))

    def _defect(self, end: End, what: str, outputs: Iterable[Output]) -> DefectError:
        problems = [each.problem for each in outputs if isinstance(each, Taken)]
        problems += [each.reason for each in outputs if isinstance(each, Discarded)]
        reasons = [problem.detail for problem in problems if problem is not None]
        why = f": {'; '.join(reasons)}" if reasons else ""
        return DefectError(f"{self.script.protocol.name}, session {end.session.number}: {what}{why}")


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


def _begin(end: End, script: Script, now: float) -> tuple[Output, ...]:
    """Let a session begin its exchange."""
    peer, exchange = end.peer, script.protocol.exchange
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
    """The values that a session holds, by the names of the RFCs; of attributes and notifications what it has read."""
    return {name: octets for run in _runs(end) for name, octets in run.known.values.store.items()}


def _runs(end: End) -> Iterator[Run]:
    """The runs of a session's exchange, without that of the phase 1 below it."""
    return (run for run in end.peer.database.runs() if (run.sa is None) is (end.sa is None))
