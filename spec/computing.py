"""What the messages of an exchange make both ends compute: which formulas, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

from isakmp.spec import keying as k
from isakmp.spec.messages import Exchange, Message, Protection
from isakmp.spec.terms import Def, definitions


def computed_with(exchange: Exchange, message: Message, told: set[str], *, pfs: bool) -> Iterator[Def]:
    """What one message makes both ends compute, in the order of its use, each definition once in an exchange.

    `told` holds what was computed with earlier messages, and is added to; `pfs` says whether a quick mode has a
    Diffie-Hellman exchange of its own.
    """
    wanted = [slot.term for slot in message.slots]
    if message.protection is not Protection.CLEAR:
        wanted = [*_to_decrypt(exchange), *wanted]
    if message is exchange.messages[-1]:
        wanted += [k.keymat(pfs=pfs)] if exchange.phase == 2 and exchange.keys else list(exchange.keys)  # noqa: PLR2004 - phase 2
    for definition in definitions(*wanted):
        if f"{exchange.key} {definition.name}" not in told:
            told.add(f"{exchange.key} {definition.name}")
            yield definition


def _to_decrypt(exchange: Exchange) -> list[Def]:
    if exchange.auth is None:
        return [k.IV_PHASE_2]
    return [k.cipher_key(exchange.auth), k.IV_PHASE_1]
