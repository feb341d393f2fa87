"""Whether the target still lives and is still the same: an exchange that is kept open, and fresh first messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from isakmp.conform.live.dialogue import TRIES, Unreached
from isakmp.conform.live.hearing import Heard
from isakmp.conform.live.lab import Lab
from isakmp.spec.exchanges import phase_1_forms
from isakmp.spec.messages import Exchange
from isakmp.spec.terms import Role

RENEWED: Final = 12.0
"""Seconds after which the exchange that is kept open is begun anew, before the target gives it up."""

KEPT: Final = 25.0
"""Seconds for which a half-open exchange is kept by all peers that are known; what is older may be forgotten."""

_AT_ONCE: Final = 0.001
"""Seconds in which what has arrived already is read."""


def openings(exchange: str) -> tuple[str, ...]:
    """Messages of an exchange of phase 1 that leave it open at the target, which has answered them; the last first.

    One with the target's cookie is better: who limits half-open exchanges drops the first ones unseen.
    """
    sent = _form(exchange).sent_by(Role.I)
    return tuple(message.name for message in reversed(sent[:-1]))


def first_answer(exchange: str) -> str:
    """What answers the first message of an exchange of phase 1."""
    return _form(exchange).messages[1].name


def _form(exchange: str) -> Exchange:
    """An exchange in any form: all have the same messages."""
    return next(iter(phase_1_forms(exchange).values()))


class Health(Enum):
    """What became of the target."""

    LIVES = "it answers as before"
    RESTARTED = "it answers, and has forgotten what it had answered: it was started anew"
    BACK = "it fell silent, forgot what it had answered, and answers again: it was started anew"
    SILENT = "it fell silent and speaks again, and nothing tells whether it has forgotten anything"
    WAITED = "it still knew what it had answered, and took new exchanges again after a while"
    BUSY = "it still knows what it had answered, and takes no new exchange"
    DEAD = "it does not answer any more"

    @property
    def crashed(self) -> bool:
        """Whether the target was lost."""
        return self in (Health.RESTARTED, Health.BACK, Health.DEAD)


@dataclass
class Canary:
    """An exchange that is kept open: a message of it, sent again, brings the same answer again while the target lives.

    `remembers` tells whether the target repeats its answers at all; else only silence tells that it was lost. Peers are
    known that repeat an answer two or three times only, so that no canary is asked for more than one case.
    """

    lab: Lab
    remembers: bool | None = None
    _fresh: bool = False
    _message: bytes = b""
    _answer: bytes = b""
    _begun: float = 0.0

    def prepare(self) -> bool:
        """Begin the exchange anew where it is old, or was asked for; whether the target answers."""
        now = self.lab.target.now
        if self.remembers is None and self._begin(now):
            self.remembers = self.sings()
        if self._answer and now - self._begun < RENEWED and (self._fresh or not self.remembers):
            return True
        return self._begin(now)

    def awaited(self) -> bool:
        """Wait for a target that did not let itself be prepared; whether it does now."""
        return self._waited() and self.prepare()

    def _begin(self, now: float) -> bool:
        self._answer, self._begun = b"", now
        exchange = self.lab.exchanges[0]
        for step in openings(exchange):
            dialogue = self.lab.dialogue()
            try:
                pending = dialogue.reach(exchange, step)
                self._message, self._answer = pending.datagram, dialogue.taken(pending.datagram, "the canary")
            except Unreached:
                continue
            self._fresh = True
            return True
        return False

    def sings(self) -> bool:
        """Whether the target gives the same answer as before."""
        target, self._fresh = self.lab.target, False
        while target.receive(_AT_ONCE) is not None:
            pass  # what it has said before tells nothing of now
        for _ in range(TRIES if self._answer else 0):
            target.send(self._message)
            end = target.now + self.lab.seconds
            while (left := end - target.now) > 0:
                datagram = target.receive(left)
                if datagram is None:
                    break
                if datagram == self._answer:
                    return True
        return False

    def examine(self) -> Health:
        """How the target is; where it has fallen silent, it is waited for."""
        watched = bool(self._answer) and bool(self.remembers) and not self._old()
        if watched and self.sings():
            if answers(self.lab):
                return Health.LIVES
            return Health.WAITED if self._waited() else Health.BUSY
        if answers(self.lab):
            self._answer = b""
            return Health.RESTARTED if watched else Health.LIVES
        back = self._waited()
        same, untold = watched and self.sings(), not self._answer or self._old()
        self._answer = b""
        if not back:
            return Health.BUSY if same else Health.DEAD
        if same:
            return Health.WAITED
        return Health.SILENT if untold else Health.BACK

    def _old(self) -> bool:
        """Whether the exchange may have been given up for its age alone."""
        return self.lab.target.now - self._begun > KEPT

    def _waited(self) -> bool:
        """Wait for the target to answer a first message."""
        end = self.lab.target.now + self.lab.patience
        while self.lab.target.now < end:
            if answers(self.lab):
                return True
        return False


@dataclass
class Calling:
    """What stands in the canary's place where the target is an initiator: whether it begins when it is made to."""

    lab: Lab
    remembers: bool | None = False
    begins: bool = False

    def prepare(self) -> bool:
        """Nothing is kept open; whether the target begins, where that was not seen before."""
        self.begins = self.begins or answers(self.lab)
        return self.begins

    def awaited(self) -> bool:
        """Whether it begins by now."""
        return self.prepare()

    def sings(self) -> bool:
        """Nothing is kept open."""
        return False

    def examine(self) -> Health:
        """Make it begin; where it does not, it is waited for. One that only was late to begin has kept what it knew."""
        if answers(self.lab):
            return Health.LIVES
        end = self.lab.target.now + self.lab.patience
        while self.lab.target.now < end:
            if answers(self.lab):
                return Health.SILENT
        return Health.DEAD


def answers(lab: Lab) -> bool:
    """Whether the target answers a plain first message; of an initiator, whether it sends one."""
    dialogue, exchange = lab.dialogue(), lab.exchanges[0]
    if lab.answers:
        try:
            dialogue.reach(exchange, first_answer(exchange))
        except Unreached:
            return False
        return True
    pending = dialogue.begin(exchange)
    for _ in range(TRIES):
        dialogue.say(pending, "a plain first message")
        if any(spoken.kind is Heard.ANSWER for spoken in dialogue.listen()):
            return True
    return False
