"""Exchanges under an ISAKMP SA: how the honest partner begins each, and what it has to be told for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from isakmp.conform.described import described_group
from isakmp.machine.config import Config
from isakmp.machine.configuration import REQUEST
from isakmp.machine.outputs import Output
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.exchanges import new_group_mode, quick_mode, transaction
from isakmp.spec.messages import Exchange
from isakmp.spec.xauth import XAUTH

if TYPE_CHECKING:
    from isakmp.conform.live.dialogue import Dialogue


@dataclass(frozen=True)
class Following:
    """What follows phase 1: an exchange, how the partner of a dialogue comes to its first message in it, and with what.

    `user` tells that the user is known before, where there is one; `by_quick` that only a quick mode shows whether the
    target takes part as it should.
    """

    exchange: Exchange
    begin: Callable[[Dialogue, IsakmpSa], tuple[Output, ...]]
    prepare: Callable[[Config], Config] = lambda config: config
    user: bool = True
    by_quick: bool = False


FOLLOWING: Final[Mapping[str, Following]] = {
    quick_mode().name: Following(
        quick_mode(), lambda at, sa: at.partner.quick(sa, at.place, at.target.now, at.networks), by_quick=True
    ),
    new_group_mode().name: Following(
        new_group_mode(), lambda at, sa: at.partner.new_group(sa, described_group(), at.place, at.target.now)
    ),
    transaction().name: Following(
        transaction(),
        lambda at, sa: at.partner.configure(sa, at.place, at.target.now),
        lambda config: replace(config, request=REQUEST),
    ),
    XAUTH.name: Following(transaction(), lambda at, _: at.question(), user=False, by_quick=True),
}
"""By their names."""
