"""What a responder tells beside its choice: its true lifetime, and whether it detects replays.

RFC 2407 sections 4.5.4, 4.6.3.1 and 4.6.3.2. Both travel as notifications in the second message of quick mode, covered
by HASH(2). The attributes of the choice itself stay as they were offered (RFC 2409 section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from isakmp.machine.codec_attributes import ODD, attribute_octets, read_attributes
from isakmp.machine.config import Config, IpsecProposal, LongerLifetime
from isakmp.machine.lifetimes import Lifetime, lifetime_attributes, read_lifetime
from isakmp.machine.negotiation import Choice, same_suite
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import REPLAY_STATUS
from isakmp.spec.payloads import N
from isakmp.spec.registries import Doi, NotifyType


@dataclass(frozen=True)
class Agreed:
    """What both ends know of an SA beside its algorithms.

    `told` says that the lifetime is the responder's, and shorter than what was offered; `replay_detection` what the
    responder has said of its own; None if nothing.
    """

    lifetime: Lifetime
    told: bool = False
    replay_detection: bool | None = None


def settle(suite: IpsecProposal, own_suites: Iterable[IpsecProposal], config: Config) -> Agreed | None:
    """What a responder makes of the lifetime that is offered with a suite; None where policy refuses it.

    "The responder has three choices" where it is longer than its own (RFC 2407 section 4.5.4), and the fourth of going
    along with it.
    """
    offered = lifetime_of(suite)
    own = next((lifetime_of(p) for p in own_suites if same_suite(p, suite)), offered)
    shorter = offered.shorter(own)
    longer = shorter != offered
    if longer and config.longer_lifetime is LongerLifetime.REFUSE:
        return None
    obeys = config.longer_lifetime is LongerLifetime.OBEY
    tells = longer and config.longer_lifetime is LongerLifetime.TELL
    return Agreed(offered if obeys else shorter, tells, config.replay_detection)


def lifetime_of(suite: IpsecProposal) -> Lifetime:
    """The lifetime of a proposal."""
    return Lifetime(suite.lifetime, suite.kilobytes)


def advice(agreed: Agreed, choice: Choice, spi: bytes) -> Iterator[N]:
    """The notifications beside a choice; `spi` is the sender's inbound one, as RFC 2407 section 4.6.3.1 asks."""
    protocol = choice.proposal.protocol
    if agreed.told:
        data = attribute_octets(lifetime_attributes(protocol, agreed.lifetime))
        yield N(Doi.IPSEC, protocol, NotifyType.RESPONDER_LIFETIME, spi, data)
    if agreed.replay_detection is not None:
        yield N(Doi.IPSEC, protocol, NotifyType.REPLAY_STATUS, spi, REPLAY_STATUS[agreed.replay_detection])


def heard(suite: IpsecProposal, payloads: Iterable[Payload]) -> Agreed:
    """What an initiator learns from the notifications beside a choice. It never lengthens the lifetime that it offered.

    Whose SPI they name, or the cookies, is not looked at: peers differ, and the message itself says which SA is meant.
    What cannot be read is passed over, as advice is.
    """
    agreed = Agreed(lifetime_of(suite))
    for each in payloads:
        if not isinstance(each, N):
            continue
        if each.type == NotifyType.RESPONDER_LIFETIME:
            told = _told(each, agreed.lifetime)
            if told is not None and (shorter := agreed.lifetime.shorter(told)) != agreed.lifetime:
                agreed = replace(agreed, lifetime=shorter, told=True)
        elif each.type == NotifyType.REPLAY_STATUS:
            agreed = replace(agreed, replay_detection=_REPLAY.get(each.data, agreed.replay_detection))
    return agreed


_REPLAY = {octets: enabled for enabled, octets in REPLAY_STATUS.items()}


def _told(notification: N, offered: Lifetime) -> Lifetime | None:
    """The lifetime in a notification's data, which is a list of attributes; what it does not name is as offered."""
    try:
        attributes = read_attributes(notification.data, 0, len(notification.data))
    except ODD:
        return None
    told = read_lifetime(notification.protocol, attributes, offered)
    return told if told is not None and told.seconds and told.kilobytes != 0 else None
