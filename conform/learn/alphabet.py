"""The inputs: each message that an initiator sends, each also with one deviation, and the deletes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from isakmp.conform.learn.outputs import delete_of
from isakmp.conform.live.case import Allows, Change
from isakmp.conform.live.case_guards import BREACHES
from isakmp.machine.config import Config
from isakmp.spec.exchanges import quick_mode
from isakmp.spec.guards import Check, guards_of
from isakmp.spec.messages import Exchange, Message
from isakmp.spec.registries import ProtocolId
from isakmp.spec.terms import Role


class Deviations(Enum):
    """How many messages with a deviation there are among the inputs."""

    NONE = "none"
    ONE = "one"
    ALL = "all"


@dataclass(frozen=True)
class Symbol:
    """An input: a message of the table, honest or with one change, or the delete of what a protocol's SA is.

    `name` is `MM5`, `MM5 hash-bit` or `D ISAKMP`; `message` is the template, None for a delete.
    """

    name: str
    message: Message | None = None
    change: Change | None = None
    deletes: ProtocolId | None = None

    def __str__(self) -> str:
        return self.name


PROOFS: Final = (Check.SIGNATURE, Check.HASH, Check.PROTECTED_HASH)
"""The checks whose breach says most: the one deviation of a message that has a proof is a wrong one."""

VALUES: Final = (Check.KE_VALID, Check.FITS)
"""The checks that are broken where a message has no proof, the first before the others."""


def messages(exchange: Exchange) -> tuple[Message, ...]:
    """What an initiator sends in an exchange of phase 1 and the quick mode after it, in order."""
    return (*exchange.sent_by(Role.I), *quick_mode().sent_by(Role.I))


def alphabet(exchange: Exchange, config: Config, deviations: Deviations = Deviations.ONE) -> tuple[Symbol, ...]:
    """The inputs, honest ones first, in the order of the exchange.

    Args:
        exchange: the exchange of phase 1; quick mode follows it.
        config: the honest partner's.
        deviations: how many deviations of each message are among them.

    """
    own = messages(exchange)
    deletes = [ProtocolId.ISAKMP, config.ipsec[0].protocol]
    return (
        *(Symbol(message.name, message) for message in own),
        *(Symbol(delete_of(protocol), deletes=protocol) for protocol in deletes),
        *(Symbol(f"{message.name} {change.slug}", message, change)
          for message in own for change in _changes(exchange, message, config, deviations)),
    )  # fmt: skip


def _changes(exchange: Exchange, message: Message, config: Config, deviations: Deviations) -> Iterator[Change]:
    if deviations is Deviations.NONE:
        return
    phase = exchange.phase if message in exchange.messages else quick_mode().phase
    found = {
        guard.check: [breach.change for breach in BREACHES[guard.check](guard, message, config)
                      if breach.allows is Allows.REFUSAL]
        for guard in reversed(guards_of(message, Role.R, phase))
        if guard.check in BREACHES
    }  # fmt: skip
    if deviations is Deviations.ALL:
        for changes in found.values():
            yield from changes
        return
    yield from next((found[check][:1] for check in (*PROOFS, *VALUES) if found.get(check)), ())
