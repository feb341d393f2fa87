"""A group that no registry lists, for new group mode (RFC 2409 section 5.6)."""

from __future__ import annotations

from typing import Final

from isakmp.machine.sa import GroupDescription
from isakmp.spec.groups import FIRST_PRIVATE_GROUP, GROUPS, ModpGroup, private_modp
from isakmp.spec.registries import Group

PRIVATE_GENERATOR: Final = 3
"""With the prime of group 14, another generator of the same squares."""


def described_group() -> GroupDescription:
    """The first number for private use, with a prime that everybody knows and a generator that nobody uses."""
    known = GROUPS[Group.MODP_2048]
    if not isinstance(known, ModpGroup):
        raise TypeError(f"{known.name} is no group modulo a prime")
    return GroupDescription(FIRST_PRIVATE_GROUP, private_modp(FIRST_PRIVATE_GROUP, known.prime, PRIVATE_GENERATOR))
