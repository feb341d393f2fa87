"""Every statement of the documents that prescribes something, with what covers it here: `isakmp requirements`.

One module holds one document; statements are in our words, sections are those of the texts.
"""

from __future__ import annotations

from functools import lru_cache

from isakmp.spec.requirements import hybrid, modecfg, rfc2407, rfc2408, rfc2409, rfc3706, rfc3947, rfc3948, xauth
from isakmp.spec.requirements.model import Coverage, Level, Requirement, Traced

__all__ = ["TRACED", "Coverage", "Level", "Requirement", "Traced", "requirements"]

TRACED: tuple[Traced, ...] = tuple(
    module.TRACED for module in (rfc2408, rfc2409, rfc2407, rfc3947, rfc3948, rfc3706, modecfg, xauth, hybrid)
)
"""The documents, in the order of their importance to an endpoint."""


@lru_cache
def requirements(
    document: str | None = None, level: Level | None = None, *, uncovered: bool = False
) -> tuple[Requirement, ...]:
    """All requirements, or those of one document, of one level, or that are not covered as a whole."""
    return tuple(
        one
        for traced in TRACED
        if document in (None, traced.document)
        for one in traced.requirements
        if level in (None, one.level) and not (uncovered and one.coverage is Coverage.WHOLE)
    )
