"""Who is learned: how it is reached, with which policy, in which exchange, by which inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from isakmp.conform.learn.alphabet import Symbol
from isakmp.conform.learn.conversation import Conversation, Pattern
from isakmp.conform.learn.machine import Machine
from isakmp.conform.learn.queries import Word
from isakmp.conform.live.dialogue import TRIES, Unreached
from isakmp.conform.live.draft import NoSuchPlace
from isakmp.conform.live.target import MemoryTarget, Target
from isakmp.crypto.backend import Backend
from isakmp.machine.config import Config
from isakmp.machine.errors import ProtocolError
from isakmp.spec.messages import Exchange
from isakmp.spec.table import Kind, states_of
from isakmp.spec.terms import Role

PATIENCE: Final = 4
"""Times the time for an answer that the pattern's answers may take: nothing is known yet if one is lost."""


@dataclass(frozen=True)
class Subject:
    """A responder; `connect` makes a new way to it for each conversation.

    `config` is the honest partner's, `phase_1` its exchange; `seconds` is how long an answer may take.
    """

    connect: Callable[[], Target]
    config: Config
    backend: Backend
    phase_1: Exchange
    symbols: tuple[Symbol, ...]
    seconds: float

    @cached_property
    def alphabet(self) -> Word:
        """The names of the inputs that can be made."""
        return tuple(self._possible)

    @cached_property
    def _possible(self) -> dict[str, Symbol]:
        return {symbol.name: symbol for symbol in self.symbols if _can_be_made(symbol, self.pattern)}

    @cached_property
    def pattern(self) -> Pattern:
        """Each honest message, as the first conversation had it.

        Raises:
            Unreached: the target does not come to IPsec SAs with the honest partner.
        """
        honest = [symbol for symbol in self.symbols if symbol.message is not None and symbol.change is None]
        for _ in range(TRIES - 1):
            try:
                return self._played(honest)
            except Unreached:
                continue
        return self._played(honest)

    def _played(self, honest: list[Symbol]) -> Pattern:
        with closing(self.connect()) as target:
            return self._conversation(target, {}, PATIENCE * self.seconds).play(honest)

    def ask(self, word: Word) -> Word:
        """Send the inputs in a conversation of their own; what came to each."""
        symbols = [self._possible[name] for name in word]
        with closing(self.connect()) as target:
            talk = self._conversation(target, self.pattern, self.seconds)
            outputs = tuple(talk.step(symbol) for symbol in symbols)
            talk.goodbye()
        return outputs

    def _conversation(self, target: Target, pattern: Pattern, seconds: float) -> Conversation:
        return Conversation(self.config, self.backend, target, seconds, phase_1=self.phase_1, pattern=pattern)

    # ---- the model's own ----

    def named(self, machine: Machine, connect: Callable[[], MemoryTarget]) -> Machine:
        """The model's machine with the names that its states have in the table; `connect` is the subject's own."""
        return replace(machine, names=_unique(self._name(word, connect()) for word in machine.access))

    def _name(self, word: Word, target: MemoryTarget) -> str:
        talk = self._conversation(target, self.pattern, self.seconds)
        for name in word:
            talk.step(self._possible[name])
        stands = [run.at.name for run in target.peer.database.runs() if run.at.kind is not Kind.ENDED]
        if stands:
            return " ".join(stands)
        return FORGOTTEN if word else states_of(self.phase_1, Role.R)[0].name


FORGOTTEN: Final = "forgotten"
"""The name of a state in which nothing is remembered of what was."""


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    """The same with a prime behind what was there before."""
    found: list[str] = []
    for name in names:
        own = name
        while own in found:
            own += "'"
        found.append(own)
    return tuple(found)


def _can_be_made(symbol: Symbol, pattern: Pattern) -> bool:
    """Whether the message has what is to be changed in it, and can be read: public keys may have encrypted it."""
    if symbol.message is None or symbol.change is None:
        return True
    try:
        symbol.change.apply(pattern[symbol.message.name].draft())
    except (NoSuchPlace, ProtocolError):
        return False
    return True
