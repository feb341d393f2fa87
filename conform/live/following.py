"""Exchanges under an ISAKMP SA: how the honest partner begins each, and what it has to be told for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from isakmp.conform.described import described_group
from isakmp.machine.config import Config
from isakmp.machine.configuration import REQUEST
from isakmp.machine.outputs import Output
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.exchanges import new_group_mode, quick_mode, transaction
from isakmp.spec.messages import Exchange


@dataclass(frozen=True)
class Following:
    """An exchange, how a peer begins it under an ISAKMP SA, at an address and time, and with what configuration."""

    exchange: Exchange
    begin: Callable[[Peer, IsakmpSa, Hashable, float], tuple[Output, ...]]
    prepare: Callable[[Config], Config] = lambda config: config


FOLLOWING: Final[Mapping[str, Following]] = {
    each.exchange.name: each
    for each in (
        Following(quick_mode(), lambda peer, sa, address, now: peer.quick(sa, address, now)),
        Following(new_group_mode(), lambda peer, sa, address, now: peer.new_group(sa, described_group(), address, now)),
        Following(
            transaction(),
            lambda peer, sa, address, now: peer.configure(sa, address, now),
            lambda config: replace(config, request=REQUEST),
        ),
    )
}
"""By their names."""
