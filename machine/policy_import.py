"""Policies in any of the three notations that people have: ours in TOML, Cisco's blocks, proposal strings of the swans.

What a notation says that a policy here has no place for is kept as a remark, so that nothing is dropped in silence.
"""

from __future__ import annotations

import re
from typing import Final

from isakmp.machine.policy import Policy, PolicyError
from isakmp.machine.policy_cisco import POLICY, read_cisco
from isakmp.machine.policy_swan import KEY, read_swan
from isakmp.machine.policy_toml import read_policy

_OURS: Final = re.compile(r"^\s*\[\[?(ike|ipsec)\]?\]", re.MULTILINE)
_BARE: Final = re.compile(r"[a-z0-9_]+[-;][a-z0-9_,;!+ -]+", re.IGNORECASE)


def is_ours(text: str) -> bool:
    """Whether a text is written in our notation, with tables of proposals."""
    return _OURS.search(text) is not None


def read_any(text: str) -> Policy:
    """Read a policy in whichever of the three notations it is written; a bare proposal string is one of phase 1.

    Raises:
        PolicyError: it is written in none of them; the message names the place.
    """
    try:
        return _read(text)
    except ValueError as error:  # a number of thousands of digits
        raise PolicyError(f"no policy: {error}") from error


def _read(text: str) -> Policy:
    if is_ours(text):
        return read_policy(text)
    if POLICY.search(text):
        return read_cisco(text)
    if KEY.search(text):
        return read_swan(text)
    if _BARE.fullmatch(text.strip()):
        return read_swan(f"ike={text.strip()}")
    return read_policy(text)
