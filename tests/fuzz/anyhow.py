"""Mutations of octets that know of no structure, for where there is no fuzzer to make them."""

from __future__ import annotations

from random import Random
from typing import Final

_ENDS: Final = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def mutated(octets: bytes, random: Random) -> bytes:
    """Octets with one of them, or a stretch of them, changed, repeated, left out or added."""
    if not octets:
        return random.randbytes(random.randrange(1, 16))
    at = random.randrange(len(octets))
    end = min(len(octets), at + random.choice((1, 2, 4, 8, 16, 64)))
    before, there, behind = octets[:at], octets[at:end], octets[end:]
    match random.randrange(6):
        case 0:
            return before + bytes([there[0] ^ 1 << random.randrange(8)]) + octets[at + 1 :]
        case 1:
            return before + bytes([random.choice(_ENDS)]) * len(there) + behind
        case 2:
            return before + random.randbytes(len(there)) + behind
        case 3:
            return before + behind
        case 4:
            return before + there + there + behind
        case _:
            return before + random.randbytes(random.randrange(1, 16)) + octets[at:]
