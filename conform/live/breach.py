"""What breaks a guard of the table: a change of an honest message, and the statement that it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from isakmp.conform.live.case import Allows, Change, Rule
from isakmp.machine.config import Config
from isakmp.spec.guards import Guard
from isakmp.spec.messages import Message


@dataclass(frozen=True)
class Breach:
    """What a guard has to refuse (or, with another reaction, to let pass), and the statement that says so."""

    change: Change
    rule: Rule
    allows: Allows = Allows.REFUSAL


Breaches = Callable[[Guard, Message, Config], Iterator[Breach]]
