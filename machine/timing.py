"""Times that are spread at random, and how long an answer is waited for (RFC 2408 section 5.1)."""

from __future__ import annotations

from isakmp.crypto.backend import Backend
from isakmp.machine.config import Timers

_OCTETS = 4


def fraction(backend: Backend, label: str) -> float:
    """A random number from 0 up to 1; ``label`` names the draw."""
    return int.from_bytes(backend.random(_OCTETS, label)) / (1 << 8 * _OCTETS)


def patience(timers: Timers, tries: int, backend: Backend) -> float:
    """How long the answer to a message is waited for that was repeated so many times, in seconds."""
    wait = min(timers.first * timers.factor**tries, timers.most)
    return wait * (1 + timers.jitter * fraction(backend, "retransmission jitter")) if timers.jitter else wait
