"""Values, patterns of them, and what an intruder can make: the deduction of Dolev and Yao, for the other search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias, cast

EVE: Final = "eve"


# ---- values ----------------------------------------------------------------------------------------------------------


@dataclass
class Values:
    """All values met so far, numbered: equal values have one number. A value is a symbol over values or words."""

    made: list[tuple[str, tuple[int | str, ...]]] = field(default_factory=list)
    numbers: dict[tuple[str, tuple[int | str, ...]], int] = field(default_factory=dict)

    def __call__(self, symbol: str, *args: int | str) -> int:
        value = (symbol, args)
        found = self.numbers.get(value)
        if found is None:
            found = self.numbers[value] = len(self.made)
            self.made.append(value)
        return found

    def raised(self, public: int, exponent: int) -> int:
        """g^xy of g^x and y; a public value that leads to no secret leads to none."""
        symbol, args = self.made[public]
        if symbol == "unit":
            return public
        return self("dh", *sorted((cast(int, args[0]), exponent)))


@dataclass(frozen=True)
class Hole:
    """A value that a session receives, or that it chooses among public ones: any of its domain."""

    name: str
    domain: str


@dataclass(frozen=True)
class Raised:
    """What a session computes of a public value that it receives and of its own exponent."""

    public: Hole
    exponent: int


@dataclass(frozen=True)
class Made:
    """A symbol over what is not wholly settled yet."""

    symbol: str
    args: tuple[Pattern, ...]

    @cached_property
    def holes(self) -> tuple[Hole, ...]:
        """The holes in it."""
        return tuple(dict.fromkeys(hole for arg in self.args for hole in holes(arg)))


Pattern: TypeAlias = "int | Hole | Raised | Made"
Bound: TypeAlias = Mapping[Hole, int]


def holes(pattern: Pattern) -> tuple[Hole, ...]:
    """The holes of a pattern."""
    match pattern:
        case int():
            return ()
        case Hole():
            return (pattern,)
        case Raised(public):
            return (public,)
        case Made():
            return pattern.holes


def filled(values: Values, pattern: Pattern, bound: Bound) -> int:
    """The value of a pattern of which all holes are bound."""
    match pattern:
        case int():
            return pattern
        case Hole():
            return bound[pattern]
        case Raised(public, exponent):
            return values.raised(bound[public], exponent)
        case Made(symbol, args):
            return values(symbol, *(filled(values, arg, bound) for arg in args))


# ---- the intruder ----------------------------------------------------------------------------------------------------


class Knowledge:
    """What was sent, opened as far as it opens, and what follows from it (Dolev and Yao 1983)."""

    def __init__(self, values: Values, parts: frozenset[int] = frozenset()) -> None:
        self.values = values
        self._follows: dict[int, bool] = {}
        self.parts = parts
        while (opened := frozenset(new for part in self.parts for new in self._inside(part))) - self.parts:
            self.parts |= opened
            self._follows = {}

    def plus(self, sent: tuple[int, ...]) -> Knowledge:
        """What is known when more was sent."""
        return Knowledge(self.values, self.parts | frozenset(sent))

    def _inside(self, part: int) -> tuple[int, ...]:
        symbol, args = self.values.made[part]
        match symbol, args:
            case "cbc", (int(key), _, *body) if self.follows(key):
                return cast("tuple[int, ...]", tuple(body))
            case "body", (int(key), *body) if self.follows(key):
                return cast("tuple[int, ...]", tuple(body))
            case "sealed", (int(reader), *body) if reader == self.values("agent", EVE):
                return cast("tuple[int, ...]", tuple(body))
        return ()

    def follows(self, value: int) -> bool:
        """Whether the intruder can make a value."""
        known = self._follows.get(value)
        if known is None:
            known = self._follows[value] = value in self.parts or self._made(*self.values.made[value])
        return known

    def _made(self, symbol: str, args: tuple[int | str, ...]) -> bool:
        match symbol:
            case "own" | "constant" | "choice" | "agent" | "unit":
                return True
            case "drawn":
                return False
            case "key":
                return EVE in args
            case "dh":
                return any(
                    self.follows(cast(int, y)) and self.follows(self.values("power", x)) for x, y in (args, args[::-1])
                )
        if symbol == "signed" and args[0] != self.values("agent", EVE):
            return False
        return all(self.follows(cast(int, arg)) for arg in args)
