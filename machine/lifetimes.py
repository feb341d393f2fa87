"""Lifetimes as attributes: pairs of a unit and a duration, the unit first (RFC 2407 section 4.5, RFC 2409 Appendix A).

A list may hold a pair for each unit, "so long as the different attribute entries do not conflict with one another"
(RFC 2407 section 4.5.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from isakmp.spec.limits import DEFAULT_LIFETIME, KILOBYTE, LARGEST_SHORT_VALUE
from isakmp.spec.payloads import Attribute
from isakmp.spec.registries import IkeAttribute, IpsecAttribute, LifeType, ProtocolId, SaLifeType

_IKE = (IkeAttribute.LIFE_TYPE, IkeAttribute.LIFE_DURATION)
_IPSEC = (IpsecAttribute.SA_LIFE_TYPE, IpsecAttribute.SA_LIFE_DURATION)


@dataclass(frozen=True)
class Lifetime:
    """How long an SA may serve: in seconds, and in kilobytes where that is limited."""

    seconds: int = DEFAULT_LIFETIME
    kilobytes: int | None = None

    @property
    def octets(self) -> int | None:
        """The limit of traffic in octets."""
        return None if self.kilobytes is None else self.kilobytes * KILOBYTE

    def shorter(self, other: Lifetime) -> Lifetime:
        """The shorter of both in each unit; what is not limited is longer than any limit."""
        limits = [limit for limit in (self.kilobytes, other.kilobytes) if limit is not None]
        return Lifetime(min(self.seconds, other.seconds), min(limits, default=None))


def attribute(type_: int, value: int) -> Attribute:
    """An attribute in the short form where its value fits, else as four octets, or as many as it takes."""
    if value <= LARGEST_SHORT_VALUE:
        return Attribute(type_, value)
    return Attribute(type_, value.to_bytes(max(4, (value.bit_length() + 7) // 8)))


def names(protocol: int) -> tuple[int, int]:
    """The attributes of unit and duration, which have other numbers in phase 1 than in phase 2."""
    return _IKE if protocol == ProtocolId.ISAKMP else _IPSEC


def lifetime_attributes(protocol: int, lifetime: Lifetime) -> tuple[Attribute, ...]:
    """A lifetime as attributes: seconds, then kilobytes where they are limited."""
    unit, duration = names(protocol)
    found = [attribute(unit, SaLifeType.SECONDS), attribute(duration, lifetime.seconds)]
    if lifetime.kilobytes is not None:
        found += [attribute(unit, SaLifeType.KILOBYTES), attribute(duration, lifetime.kilobytes)]
    return tuple(found)


def only_unit(protocol: int, attributes: Iterable[Attribute]) -> int | None:
    """The unit of all durations, where attributes name one and no other."""
    units = {each.number for each in attributes if each.type == names(protocol)[0]}
    return units.pop() if len(units) == 1 else None


def read_lifetime(protocol: int, attributes: Iterable[Attribute], default: Lifetime = Lifetime()) -> Lifetime | None:
    """The lifetime that attributes name, where they do not that by default; None where they conflict or name no unit.

    "An SA Life Duration attribute MUST always follow an SA Life Type" (RFC 2407 section 4.5). In phase 1 nothing
    says so: there the unit may stand behind, and a duration without any is in seconds.
    """
    unit_name, duration = names(protocol)
    attributes = tuple(attributes)
    unit = (only_unit(protocol, attributes) or LifeType.SECONDS) if protocol == ProtocolId.ISAKMP else None
    found: dict[int, int] = {}
    for each in attributes:
        if each.type == unit_name:
            unit = each.number
        elif each.type == duration and (unit is None or found.setdefault(unit, each.number) != each.number):
            return None
    seconds, kilobytes = found.get(SaLifeType.SECONDS), found.get(SaLifeType.KILOBYTES)
    return Lifetime(
        default.seconds if seconds is None else seconds, default.kilobytes if kilobytes is None else kilobytes
    )
