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

if TYPE_CHECKING:
    from isakmp.conform.live.dialogue import Dialogue


@dataclass(frozen=True)
class Following:
    """An exchange, how a dialogue's partner begins it under an ISAKMP SA, and with what configuration."""

    exchange: Exchange
    begin: Callable[[Dialogue, IsakmpSa], tuple[Output, ...]]
    prepare: Callable[[Config], Config] = lambda config: config


FOLLOWING: Final[Mapping[str, Following]] = {
    each.exchange.name: each
    for each in (
        Following(quick_mode(), lambda at, sa: at.partner.quick(sa, at.place, at.target.now, at.networks)),
        Following(
            new_group_mode(), lambda at, sa: at.partner.new_group(sa, described_group(), at.place, at.target.now)
        ),
        Following(
            transaction(),
            lambda at, sa: at.partner.configure(sa, at.place, at.target.now),
            lambda config: replace(config, request=REQUEST),
        ),
    )
}
"""By their names."""
