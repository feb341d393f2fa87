"""The conversation with an initiator: the target begins, and the honest partner answers up to a message."""

from __future__ import annotations

from typing import ClassVar, Final

from isakmp.conform.headers import CKY_R, EXCHANGE
from isakmp.conform.live.dialogue import Dialogue, Pending, Unreached, message_name
from isakmp.conform.live.hearing import Heard, Spoken
from isakmp.machine.config import Config
from isakmp.machine.outputs import Output, Send
from isakmp.spec.exchanges import phase_1_forms
from isakmp.spec.limits import COOKIE_OCTETS, NO_COOKIE
from isakmp.spec.registries import ExchangeType

BEHIND_PHASE_1: Final = (ExchangeType.QUICK, ExchangeType.TRANSACTION)
"""What an initiator goes on with once the ISAKMP SA stands."""

ROUNDS: Final = 8
"""How many waits for one answer an initiator may need to begin."""


class Answering(Dialogue):
    """One case's conversation with an initiator."""

    begun: ClassVar[bool] = True

    def reach(self, exchange: str, step: str) -> Pending:
        """Let the target begin an exchange of phase 1, and answer honestly up to a message of the partner's.

        `step` may be one of the quick mode that follows.

        Raises:
            Unreached: the target does not begin, or does not go on.
        """
        kind = next(iter(phase_1_forms(exchange).values())).type
        self.target.begin(exchange)
        end = self.target.now + ROUNDS * self.seconds
        last = "it did not begin"
        while (left := end - self.target.now) > 0:
            datagram = self.target.receive(left)
            if datagram is None or not self._ours(datagram, kind):
                continue
            outputs = self._taken(datagram)
            name = message_name(outputs)
            if name == step:
                self._expect_behind(step, kind)
                return self._pending(step, next(o.datagram for o in outputs if isinstance(o, Send)))
            for send in (o for o in outputs if isinstance(o, Send)):
                self.say(send.datagram, name or "a message")
                last, end = f"{name} was sent, and no answer came", self.target.now + ROUNDS * self.seconds
        raise Unreached(last)

    def use(self, config: Config) -> None:
        """Go on with a partner of another configuration; the target is to begin anew."""
        super().use(config)
        self._cookies.clear()

    def _ours(self, datagram: bytes, kind: ExchangeType) -> bool:
        """Whether a datagram belongs to the conversation; the first message of another one begins it."""
        if not self._cookies:
            first = datagram[CKY_R] == NO_COOKIE and datagram[EXCHANGE : EXCHANGE + 1] == bytes([kind])
            if first and datagram not in self.before:
                self._cookies.add(datagram[:COOKIE_OCTETS])
        return datagram[:COOKIE_OCTETS] in self._cookies

    def _taken(self, datagram: bytes) -> tuple[Output, ...]:
        what = f"a message of exchange type {ExchangeType.describe(datagram[EXCHANGE])}"
        self.log.append(Spoken(self.target.now, what, datagram, Heard.ANSWER))
        self._note(datagram)
        self.before.add(datagram)
        return self.hear(datagram)

    def _expect_behind(self, step: str, kind: ExchangeType) -> None:
        """What comes after a message, if it is taken: of another exchange, where it is the last of phase 1."""
        if step.startswith("QM"):
            self.expect(ExchangeType.QUICK)
        elif self.sa is not None:
            self.expect(*BEHIND_PHASE_1)
        else:
            self.expect(kind)
