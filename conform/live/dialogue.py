"""A conversation with the target: the honest partner plays its part up to the message that is to be sent otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from isakmp.conform.headers import EXCHANGE, MESSAGE_ID
from isakmp.conform.live.draft import Draft, opened, sealed
from isakmp.conform.live.following import FOLLOWING
from isakmp.conform.live.hearing import Heard
from isakmp.conform.live.talk import REFUSED, Talk
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.config import Config, Identity
from isakmp.machine.methods import auth_of
from isakmp.machine.outputs import Configured, Output, PhaseOneUp, PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.run import Run
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.exchanges import phase_1_forms, quick_mode, transaction
from isakmp.spec.messages import Exchange
from isakmp.spec.messages import Message as Template
from isakmp.spec.registries import ConfigAttribute, ExchangeType, IdType

ROUNDS: Final = 8
"""How often the target may ask about the user."""

TRIES: Final = 3
"""How often an honest message is sent before the conversation is given up."""


class Unreached(Exception):
    """The conversation did not come to the message that was to be sent; the message says where it ended, and how."""


@dataclass
class Pending:
    """An honest message that waits to be sent: its run, its template, and the vector that it was encrypted with."""

    run: Run
    template: Template
    datagram: bytes
    vector: bytes | None

    def draft(self) -> Draft:
        """The message in the clear."""
        return opened(self.datagram, self.run, self.vector or b"")

    def seal(self, draft: Draft) -> bytes:
        """The octets of a changed message."""
        return sealed(draft, self.run, self.template, self.vector)


@dataclass
class Dialogue(Talk):
    """One case's conversation, with an honest partner that plays its part as far as it is wanted."""

    def reach(self, exchange: str, step: str) -> Pending:
        """Play an exchange of phase 1 (or what comes after it) honestly, until the partner is about to send a message.

        Args:
            exchange: "main", "aggressive", or one that goes over the phase 1 that the dialogue has come to.
            step: the name of the message: "MM1".

        Raises:
            Unreached: the target does not play its part.

        """
        following = FOLLOWING.get(exchange)
        if following is not None:
            if self.sa is None:
                raise Unreached("there is no ISAKMP SA")
            outputs = following.begin(self, self.sa)
        else:
            outputs = self.partner.initiate(exchange, self.place, self.target.now)
        while True:
            name, datagram = self._next(outputs)
            if name == step:
                return self._pending(name, datagram)
            outputs = self._exchange(name, datagram)

    def begin(self, exchange: str) -> bytes:
        """The honest first message of an exchange of phase 1."""
        return self._next(self.partner.initiate(exchange, self.place, self.target.now))[1]

    def establish(self, exchange: str, *, user: bool = True) -> IsakmpSa:
        """Play phase 1 honestly to its end, and with `user` also the authentication of the user, where there is one.

        Raises:
            Unreached: it does not come to an ISAKMP SA, or the user is not admitted.
        """
        outputs = self.partner.initiate(exchange, self.place, self.target.now)
        while True:
            self._keep(outputs)
            sends = [o for o in outputs if isinstance(o, Send)]
            if self.sa is not None:
                for last in sends:  # AM3
                    self.say(last.datagram, message_name(outputs) or "a message")
                if user and self.barred:
                    self._admit()
                if user and self.assigned:
                    self._configure(self.sa)
                return self.sa
            name, datagram = self._next(outputs)
            outputs = self._exchange(name, datagram)

    def _configure(self, sa: IsakmpSa) -> None:
        """Ask for an address, for which quick modes are to be."""
        name, datagram = self._next(FOLLOWING[transaction().name].begin(self, sa))
        given = [output for output in self._exchange(name, datagram) if isinstance(output, Configured)]
        found = given[0].values.get(ConfigAttribute.INTERNAL_IP4_ADDRESS) if given else None
        if not found or self.config.remote_network is None:
            raise Unreached("mode config has assigned no address")
        self.config = replace(self.config, local_network=Identity(IdType.IPV4_ADDR, found[0]))

    def _admit(self) -> None:
        """Answer for the user until the target admits him."""
        for _ in range(ROUNDS):
            for output in self.question():
                if isinstance(output, Send):
                    self.say(output.datagram, "an answer about the user")
            if not self.barred:
                return
        raise Unreached("the target does not come to an end with its questions about the user")

    def question(self) -> tuple[Output, ...]:
        """What the partner makes of the next question about the user, or of how it ended; it is not sent yet.

        Raises:
            Unreached: none comes, or the user is refused.
        """
        for spoken in self.listen(TRIES * self.seconds):
            if spoken.what == REFUSED:
                raise Unreached("the target has refused the user")
            found, self._of_user = self._of_user, ()
            if any(isinstance(output, Send) for output in found):
                return found
        raise Unreached("the ISAKMP SA stands, and nothing came about the user")

    def taken(self, datagram: bytes, what: str) -> bytes:
        """Send an honest message and wait for its answer, which is not given to the partner; the answer.

        Raises:
            Unreached: none came.
        """
        why = "no answer came"
        for _ in range(TRIES):
            self.say(datagram, what)
            for spoken in self.listen():
                if spoken.kind is Heard.ANSWER:
                    return spoken.datagram
                if spoken.kind is Heard.ERROR:
                    raise Unreached(f"{what} was sent, and the answer was {spoken.what}")
                if spoken.kind is not Heard.REPEAT:
                    why = f"the answer was {spoken.what}"
        raise Unreached(f"{what} was sent, and {why}")

    def complete(self) -> bytes:
        """Play a quick mode honestly to its end; its first message.

        Raises:
            Unreached: it did not come to IPsec SAs.
        """
        pending = self.reach("quick", "QM1")
        outputs = self._exchange("QM1", pending.datagram)
        for send in (o for o in outputs if isinstance(o, Send)):
            self.say(send.datagram, "QM3")
        if self.pair is None:
            raise Unreached("QM1 was sent, and the quick mode came to no IPsec SAs")
        return pending.datagram

    def use(self, config: Config) -> None:
        """Go on with a partner of another configuration, that remembers nothing."""
        self.config, self.partner = config, Peer(config, self.backend)
        self.sa, self.pair, self.place = None, None, self.target.address
        self.barred = self.asked = False
        self._blocks.clear()

    def expect(self, *exchanges: ExchangeType) -> None:
        """From now on, a message of one of those types is an answer."""
        self._types = frozenset(map(int, exchanges))

    def answered(self, after: bytes | None = None) -> bool:
        """Whether the target answers an honest quick mode under the ISAKMP SA; before the user is known, if it asks.

        `after` is the last block of phase 1 where it is another than the partner's.
        """
        if self.sa is None:
            return False
        if self.barred:
            return self.asked or any(self.asked for _ in self.listen(TRIES * self.seconds))
        sa = self.sa if after is None else replace(self.sa, last_block=after)
        outputs = FOLLOWING[quick_mode().name].begin(self, sa)
        name, datagram = self._next(outputs)
        message_id = datagram[MESSAGE_ID]
        for _ in range(TRIES):
            self.say(datagram, f"{name} of an honest quick mode")
            for spoken in self.listen():
                if spoken.kind is Heard.ANSWER and spoken.datagram[MESSAGE_ID] == message_id:
                    return True
                if spoken.kind is Heard.ERROR:
                    return False
        return False

    def require_quick(self) -> None:
        """Have an honest quick mode answered.

        Raises:
            Unreached: it is not.
        """
        if not self.answered():
            raise Unreached(f"QM1 was sent, and {self.log[-1].what if not self.log[-1].ours else 'no answer came'}")

    def exchange(self, name: str) -> Exchange:
        """An exchange of phase 1, in the form of authentication that the partner has."""
        forms = phase_1_forms(name)
        return forms[auth_of(self.config.ike[0].auth) or next(iter(forms))]

    def _exchange(self, name: str, datagram: bytes) -> tuple[Output, ...]:
        """Send an honest message, and give the partner the answer.

        Raises:
            Unreached: none came that the partner takes.
        """
        why = "no answer came"
        for _ in range(TRIES):
            self.say(datagram, name)
            for spoken in self.listen():
                if spoken.kind is Heard.REPEAT:
                    continue
                if spoken.kind is not Heard.ANSWER:
                    why = f"the answer was {spoken.what}"
                    if spoken.kind is Heard.ERROR:
                        raise Unreached(f"{name} was sent, and {why}")
                    continue
                outputs = self.hear(spoken.datagram)
                problems = [str(o.problem) for o in outputs if isinstance(o, Taken) and o.problem]
                if not problems and any(isinstance(o, Send | PhaseOneUp | PhaseTwoUp | Configured) for o in outputs):
                    return outputs
                why = f"the answer was refused: {'; '.join(problems) or 'it is none that is awaited'}"
        raise Unreached(f"{name} was sent, and {why}")

    def _next(self, outputs: tuple[Output, ...]) -> tuple[str, bytes]:
        sends = [o for o in outputs if isinstance(o, Send)]
        if not sends:
            raise Unreached("the exchange was over before")
        datagram = sends[-1].datagram
        self._types = frozenset({datagram[EXCHANGE]})
        return message_name(outputs) or "a message", datagram

    def _pending(self, name: str, datagram: bytes) -> Pending:
        (run,) = [run for run in self.partner.database.runs() if run.last_sent == datagram]
        template = run.table.exchange.message(name)
        return Pending(run, template, datagram, self._vector(run, datagram))

    def _vector(self, run: Run, datagram: bytes) -> bytes | None:
        """The vector that a message is due to be encrypted with (RFC 2409 Appendix B)."""
        values = run.known.values
        before = self._blocks.get(run.message_id)
        if before is not None and before != datagram:
            return before[-values.block_length :]
        try:
            return values[k.IV_PHASE_1 if run.table.exchange.phase == 1 else k.IV_PHASE_2]
        except MissingValueError:
            return None


def message_name(outputs: Iterable[Output]) -> str | None:
    """The name of the message that outputs bring."""
    return next((o.row.emits for o in reversed(tuple(outputs)) if isinstance(o, Taken) and o.row.emits), None)
