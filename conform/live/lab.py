"""What all cases of a run share: the policy of the honest partner, the target, and how long is waited for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from isakmp.conform.live.answering import Answering
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.target import Target
from isakmp.crypto.backend import Backend
from isakmp.crypto.keys import PrivateKey
from isakmp.machine.config import Config


@dataclass(frozen=True)
class Lab:
    """The target, and how it is talked to.

    `config` is the honest partner's. `exchanges` are the names of those of phase 1 that the policy allows. Times are in
    seconds: `seconds` for an answer, `patience` for a target that has stopped answering to come back. `answers` tells
    that the target is an initiator, which the partner answers; `before` are the datagrams that it has sent so far.
    `authority` is the key that the partner's certificates are issued with, for cases that need others.
    With `assigned`, quick modes are for the address that mode config gives.
    """

    config: Config
    backend: Backend
    target: Target
    exchanges: tuple[str, ...] = ("main",)
    seconds: float = 1.0
    patience: float = 60.0
    answers: bool = False
    before: set[bytes] = field(default_factory=set)
    authority: PrivateKey | None = None
    assigned: bool = False

    def dialogue(self) -> Dialogue:
        """A new conversation, with a partner that remembers nothing."""
        kind = Answering if self.answers else Dialogue
        return kind(
            self.config, self.backend, self.target, self.seconds, before=self.before, authority=self.authority,
            assigned=self.assigned,
        )  # fmt: skip
