"""Immutable data that is looked up often: frozen dataclasses whose hash is computed once.

Terms, messages and tables are deep, and the machine finds compiled forms by them. A frozen dataclass hashes all of
its fields anew at each look-up, which for a table means thousands of terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[T]) -> type[T]:
    """A frozen dataclass that remembers its hash.

    The remembered hash is not pickled: hashes of strings differ from process to process.
    """
    made = dataclass(frozen=True)(cls)
    compute = made.__hash__

    def once(self: T) -> int:
        found = self.__dict__.get("_hash")
        if found is None:
            found = self.__dict__["_hash"] = compute(self)
        return int(found)

    def state(self: T) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_hash"}

    made.__hash__ = once  # type: ignore[assignment]
    made.__getstate__ = state  # type: ignore[assignment]
    return made
