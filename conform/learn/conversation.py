"""From inputs to datagrams and back: one conversation with the target, in which any message can be sent at any time.

An honest partner makes the messages. What it sends for an input depends on how far it has come, and on as little else
as can be, so that what is learned is the target and not the partner:

- what was sent before is sent again, octet by octet (RFC 2408 section 5.1);
- one that it is about to send is sent;
- one that comes too early is made with the keys that there are (messages of quick mode, deletes), else it is that of an
  earlier conversation, the pattern, under the cookies of this one.

A deviation is always made from the honest message, or from the pattern's, and is not remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from isakmp.conform.headers import CKY_R, EXCHANGE, FLAGS, HEADER_OCTETS
from isakmp.conform.learn.alphabet import Symbol
from isakmp.conform.learn.outputs import AGAIN, JOINED, SILENCE, told, unread
from isakmp.conform.live.dialogue import Dialogue, Pending, Unreached
from isakmp.conform.live.hearing import Spoken
from isakmp.conform.live.making import begun, inform
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message
from isakmp.machine.errors import LocalMisuse, ProtocolError
from isakmp.machine.incoming import event_for
from isakmp.machine.outputs import Output, Send, Taken
from isakmp.machine.results import isakmp_sa
from isakmp.machine.run import Step
from isakmp.machine.runs import Runs
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.exchanges import informational, quick_mode
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import COOKIE_OCTETS, IPSEC_SPI_OCTETS, NO_COOKIE
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import D
from isakmp.spec.registries import Doi, ExchangeType, Flag, ProtocolId
from isakmp.spec.terms import Role

NO_SA: Final = bytes(range(1, IPSEC_SPI_OCTETS + 1))
"""The SPI of an IPsec SA that does not exist."""

SETTLE: Final = 0.25
"""The part of the time for an answer that is waited for more, once there is one."""

Pattern = Mapping[str, Pending]
"""An honest message for each name, of an earlier conversation."""


@dataclass(kw_only=True)
class Conversation(Dialogue):
    """One conversation; `phase_1` is its exchange, `pattern` holds the messages of that and of quick mode."""

    phase_1: Exchange
    pattern: Pattern = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let the partner make its first message."""
        super().__post_init__()
        self._ready: dict[str, Pending] = {}
        self._used: set[str] = set()
        self._too_early: dict[str, Pending] = {}
        self._deletes: dict[tuple[ProtocolId, bytes, bool, bool], bytes] = {}
        self._names: dict[bytes, str] = {}
        self._answers: dict[bytes, list[bytes]] = {}
        self._last = b""
        self._go_on(self.partner.initiate(self.phase_1.name, self.place, self.target.now))
        (self._first,) = (pending.run for pending in self._ready.values())

    # ---- inputs ----

    def play(self, symbols: Iterable[Symbol]) -> Pattern:
        """Send the honest messages in their order, and take leave; the messages by their names.

        Raises:
            Unreached: the target does not play its part.
        """
        before, said = "nothing", SILENCE
        found: dict[str, Pending] = {}
        for symbol in symbols:
            pending = self._honest(symbol.name) if self.sa or symbol.message in self.phase_1.messages else None
            if pending is None:
                raise Unreached(f"{before} was sent, and what came was {'silence' if said == SILENCE else said}")
            found[symbol.name] = pending
            before, said = symbol.name, self.step(symbol)
        if self.pair is None:
            raise Unreached(f"{before} was sent, and there are no IPsec SAs")
        self.goodbye()
        return found

    def step(self, symbol: Symbol) -> str:
        """Send what an input stands for; what the target says to it.

        Raises:
            NoSuchPlace: the message has not what is to be changed in it.
        """
        datagram = self._datagram(symbol)
        self._send(datagram, symbol.name)
        return self._heard(datagram)

    def _datagram(self, symbol: Symbol) -> bytes:
        if symbol.message is None:
            return self._delete(symbol.deletes or ProtocolId.ISAKMP)
        name = symbol.message.name
        pending = self._honest(name)
        made = pending or self.pattern[name]
        datagram = made.datagram if symbol.change is None else made.seal(symbol.change.apply(made.draft()))
        if symbol.change is None and name in self._ready:
            self._used.add(name)
            self._note(datagram)
        return self._under_cookies(datagram) if pending is None else datagram

    def goodbye(self) -> None:
        """Delete what stands, so that the target does not have to keep it."""
        if self.pair is not None:
            self._send(self._delete(self.pair.inbound.protocol), "a delete")
        if self.sa is not None:
            self._send(self._delete(ProtocolId.ISAKMP), "a delete")

    def _send(self, datagram: bytes, what: str) -> None:
        """Send octets; those that are not noted leave what the honest partner goes on with as it was."""
        self.log.append(Spoken(self.target.now, what, datagram))
        if datagram[EXCHANGE] == self.phase_1.type and datagram[FLAGS] & Flag.ENCRYPTION:
            self._last = datagram
        self.target.send(datagram, self.place)

    def _honest(self, name: str) -> Pending | None:
        """The partner's message of that name; None where it has not come so far and cannot make one."""
        if name == quick_mode().messages[0].name and name not in self._ready:
            if self.sa is None:
                return self._early(name)
            self._go_on(self.partner.quick(self.sa, self.place, self.target.now))
        return self._ready.get(name)

    def _early(self, name: str) -> Pending | None:
        """A first message of quick mode before the ISAKMP SA stands, the same each time; None before there are keys."""
        sa = next(self._sas(), None)
        if sa is not None and name not in self._too_early:
            self._too_early[name] = begun(self, quick_mode(), sa=sa)
        return self._too_early.get(name)

    def _go_on(self, outputs: Iterable[Output]) -> None:
        """Keep what the partner has come to, and the messages that it would send now."""
        self._keep(outputs)
        sends = {output.datagram for output in outputs if isinstance(output, Send)}
        for run in list(self.partner.database.runs()):
            if run.last_sent in sends and run.at.sent is not None:
                self._ready[run.at.sent] = self._pending(run.at.sent, run.last_sent)

    def _under_cookies(self, datagram: bytes) -> bytes:
        return self._own_cookies() + datagram[CKY_R.stop :]

    def _own_cookies(self) -> bytes:
        store = self._first.known.values.store
        foreign = [pending.datagram[CKY_R] for pending in self.pattern.values()]
        return store[str(k.CKY_I)] + store.get(str(k.CKY_R), foreign[-1] if foreign else NO_COOKIE)

    # ---- under keys ----

    def _sas(self) -> Iterator[IsakmpSa]:
        """The ISAKMP SA as the target may have it, stands it or not; none before there are keys.

        Until the partner's last message is sent, the target's vector is the one before it; a target that has refused a
        message may have kept its last block all the same (RFC 2409 Appendix B does not say).
        """
        run = self._first
        try:
            sa = self.sa or isakmp_sa(run, run.known, self.target.now)
        except (LocalMisuse, MissingValueError):
            return
        unsent = (own.vector for name, own in self._ready.items() if own.run is run and name not in self._used)
        vector = next(filter(None, unsent), None)
        yield sa if vector is None else replace(sa, last_block=vector)
        if self._last:
            yield replace(sa, last_block=self._last[-run.known.values.block_length :])

    def _delete(self, protocol: ProtocolId) -> bytes:
        """The delete of an SA, protected once there are keys; the same again where nothing else can be said."""
        sa = next(self._sas(), None)
        spi = self._own_cookies() if protocol is ProtocolId.ISAKMP else self._spi()
        about = (protocol, spi, sa is not None, self.sa is not None)
        if about not in self._deletes:
            payload = D(Doi.IPSEC, protocol, (spi,))
            self._deletes[about] = (
                self._under_cookies(inform(self, payload, protected=False).datagram)
                if sa is None
                else begun(self, informational(protected=True), payload, sa=sa).datagram
            )
        return self._deletes[about]

    def _spi(self) -> bytes:
        return NO_SA if self.pair is None else self.pair.inbound.spi

    # ---- outputs ----

    def _heard(self, sent: bytes) -> str:
        """What the target says to a datagram; what it says again is an answer only to what it has answered so before.

        Else, or where it comes twice, it is a repeat by timer, and tells nothing.
        """
        found: list[str] = []
        before = set(self._answers.get(sent, ()))
        own = self._answers.setdefault(sent, [])
        end = self.target.now + self.seconds
        while (left := end - self.target.now) > 0:
            datagram = self.target.receive(left)
            if datagram is None:
                break
            if datagram[:COOKIE_OCTETS] != self._own_cookies()[:COOKIE_OCTETS]:
                continue
            if datagram in self._names:
                if datagram in before:
                    before.remove(datagram)
                    found.append(self._names[datagram] + AGAIN)
                continue
            self._note(datagram)
            own.append(datagram)
            self._names[datagram] = self._name_of(datagram)
            found.append(self._names[datagram])
            end = self.target.now + SETTLE * self.seconds
        return JOINED.join(found) or SILENCE

    def _name_of(self, datagram: bytes) -> str:
        kind = datagram[EXCHANGE] if len(datagram) >= HEADER_OCTETS else 0
        if kind == ExchangeType.INFORMATIONAL:
            try:
                return self._informed(decode(datagram))
            except ProtocolError:
                return unread(kind)
        outputs = self.partner.receive(datagram, self.place, self.target.now)
        for output in outputs:
            if isinstance(output, Taken) and output.problem is None and output.row.changes_state:
                self._go_on(outputs)
                return output.row.event.name
        return unread(kind)

    def _informed(self, message: Message) -> str:
        """What an informational message says; the partner is not told, so that it can go on as if nothing were."""
        protected = message.encrypted is not None
        payloads = self._opened(message) if protected else message.payloads
        return told(payloads, protected=protected) or unread(ExchangeType.INFORMATIONAL)

    def _opened(self, message: Message) -> Iterable[Payload]:
        runs = Runs(self.config, self.backend, self.partner.database)
        for sa in self._sas():
            run = runs.under(sa, informational(protected=True), Role.R, self.place, message.header.message_id)
            step = Step(run, self.target.now, run.known.copy(), message.datagram)
            event_for(step, message)
            if step.misfit is None:
                return step.chain.payloads
        return ()
