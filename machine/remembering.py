"""Answers that are kept: about transforms and chains of payloads, of which peers send the same few again and again.

What is kept is bounded in number, and here in size as well: anybody may send what is large, each time another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

from isakmp.spec.payloads import Transform

P = ParamSpec("P")
R = TypeVar("R")

KEPT: Final = 256
"""Answers of one function."""

MOST_PARTS: Final = 64
"""Attributes of a transform, or payloads of a message, up to which an answer about it is kept."""

MOST_OCTETS: Final = 64
"""Octets of an attribute of such a transform."""


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Keep what a function answers about its last argument, a transform or a tuple, where that is small."""
    kept: Any = lru_cache(maxsize=KEPT)(function)

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        found: R = kept(*args, **kwargs) if _is_small(args[-1]) else function(*args, **kwargs)
        return found

    return answer


def _is_small(subject: Any) -> bool:
    if not isinstance(subject, Transform):
        return len(subject) <= MOST_PARTS
    attributes = subject.attributes
    if len(attributes) > MOST_PARTS:
        return False
    return all(isinstance(each.value, int) or len(each.value) <= MOST_OCTETS for each in attributes)
