"""Where the documents leave room: what is unclear, what was decided here and why, and what peers do.

Ids beginning with A are of questions that draft-spencer-ipsec-ike-implementation-02 raises, those beginning with B of
others. What peers do was looked up in their sources where they are named.
"""

from __future__ import annotations

from typing import Final

from isakmp.spec.decisions import others, spencer
from isakmp.spec.decisions.model import Decision

__all__ = ["DECISIONS", "Decision"]

DECISIONS: Final[tuple[Decision, ...]] = (*spencer.DECISIONS, *others.DECISIONS)
"""All decisions, in the order of their ids."""
