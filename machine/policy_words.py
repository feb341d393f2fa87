"""What the notations of policies have in common: times, groups by number, transforms of AH, words of errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from isakmp.machine.config import IpsecProposal
from isakmp.machine.policy import PolicyError
from isakmp.spec.algorithms import AH_INTEGRITY, INTEGRITIES, SuiteError
from isakmp.spec.groups import GROUPS
from isakmp.spec.registries import AhTransform, Group, ProtocolId

T = TypeVar("T")

AH_TRANSFORMS: Final[Mapping[str, AhTransform]] = {
    INTEGRITIES[algorithm].name: transform for transform, algorithm in AH_INTEGRITY.items()
}
"""The transforms of AH by the names of their integrity algorithms."""

UNITS: Final[Mapping[str, int]] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
"""Seconds by the letter behind a number."""

LONGEST: Final = 0xFFFF_FFFF
"""Seconds that four octets of a life duration hold."""

_TIME: Final = re.compile(r"(\d{1,10})\s*([smhd]?)")


def seconds(text: str) -> int | None:
    """A time as it is written, a number with s, m, h or d or without; None if it is none, zero, or too long."""
    match = _TIME.fullmatch(text.strip().lower())
    found = int(match[1]) * UNITS[match[2]] if match else 0
    return found if 0 < found <= LONGEST else None


def parsed(parse: Callable[[str], T], text: str, place: str) -> T:
    """What a parser of the specification makes of a text.

    Raises:
        PolicyError: nothing; the message begins with the place.
    """
    try:
        return parse(text)
    except SuiteError as error:
        raise PolicyError(f"{place}: {error}") from error


def reads(parse: Callable[[str], object], text: str) -> bool:
    """Whether a parser of the specification makes anything of a text."""
    try:
        parse(text)
    except SuiteError:
        return False
    return True


def group_of_number(number: str, place: str) -> Group:
    """The group of a number.

    Raises:
        PolicyError: there is none; the message begins with the place.
    """
    known = {int(group): group for group in GROUPS}
    if not number.isdecimal() or int(number) not in known:
        raise PolicyError(f"{place}: unknown group {number!r} (there are: {', '.join(map(str, known))})")
    return known[int(number)]


def ah_proposal(transform: AhTransform) -> IpsecProposal:
    """The proposal of an AH transform."""
    return IpsecProposal(ProtocolId.AH, transform, None, AH_INTEGRITY[transform])
