"""The terms that the symbolic backend computes with, and the store that knows which octets stand for which term.

Octets stand for terms: each application of a symbol gives octets of the right length that follow from the symbol and
the octets of its arguments through a hash. So equal terms have equal octets, and unequal ones unequal octets, as far as
the length goes: nothing relates the octets of, say, a digest to what was hashed. A `Store` remembers how octets came
about and reads them back, also from the inside of concatenations and from parts of values, such as a key cut out of
SKEYID_e.

These terms are independent of those in `isakmp.spec.terms`: these say what was computed, those what should be.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True)
class Name:
    """A fresh value, or a constant that was given a name."""

    name: str

    def __str__(self) -> str:
        """The name."""
        return self.name


@dataclass(frozen=True)
class Literal:
    """Octets that were not computed: public constants, and whatever an outsider made up."""

    octets: bytes

    def __str__(self) -> str:
        """A single octet as a number, as RFC 2409 prints it; anything longer in hexadecimal."""
        return str(self.octets[0]) if len(self.octets) == 1 else f"0x{self.octets.hex()}"


@dataclass(frozen=True)
class Apply:
    """A function symbol and its arguments; the algorithm is kept apart, as the RFCs do not print it."""

    symbol: str
    algorithm: str
    arguments: tuple[Term, ...]

    def __str__(self) -> str:
        """The application as RFC 2409 prints it."""
        return f"{self.symbol}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class Power:
    """A base to a product of exponents in no order; the base is the generator, or octets that a peer made up."""

    group: str
    base: Term
    exponents: tuple[Term, ...]

    def __str__(self) -> str:
        """One exponent as in g^xi, several in parentheses."""
        product = " ".join(map(str, self.exponents))
        return f"{self.base}^{product}" if len(self.exponents) == 1 else f"{self.base}^({product})"


@dataclass(frozen=True)
class Part:
    """Some octets of a value, `start` included, `stop` not."""

    whole: Term
    start: int
    stop: int

    def __str__(self) -> str:
        """The value with the range behind it."""
        return f"{self.whole}[{self.start}:{self.stop}]"


@dataclass(frozen=True)
class Cat:
    """A concatenation of at least two terms."""

    parts: tuple[Term, ...]

    def __str__(self) -> str:
        """The parts with bars between them."""
        return " | ".join(map(str, self.parts))


Term: TypeAlias = Name | Literal | Apply | Power | Part | Cat

SHORTEST_HANDLE: Final = 4
"""Shorter values are not looked for inside others: chance would find them. Message ids and SPIs have four octets."""
_SHORTEST_PART: Final = 8


@dataclass(frozen=True)
class Origin:
    """How octets came about: a symbol and its arguments, as octets.

    The symbol "fresh" has no arguments, and the value's name in place of the algorithm.
    """

    symbol: str
    algorithm: str
    arguments: tuple[bytes, ...]


def handle(size: int, origin: Origin) -> bytes:
    """Octets that stand for a term: a stream of `size` octets that follows from symbol, algorithm and arguments.

    Each part is written behind its length in eight octets, so that different origins are hashed differently.
    """
    parts = (origin.symbol.encode(), origin.algorithm.encode(), *origin.arguments)
    return hashlib.shake_256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest(size)


class Store:
    """What octets stand for, in one run. Peers of the run share it, by sharing a backend or by passing it."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._origins: dict[bytes, Origin] = {}
        self._names: dict[bytes, str] = {}
        self._counters: dict[str, int] = {}

    def remember(self, octets: bytes, origin: Origin) -> None:
        """Keep how octets came about."""
        self._origins[octets] = origin

    def origin(self, octets: bytes) -> Origin | None:
        """How octets came about; None where they were not computed here."""
        return self._origins.get(octets)

    def name(self, octets: bytes, name: str) -> None:
        """Give octets a name: a pre-shared key, an identity, or a value such as SKEYID; `term` then goes no deeper."""
        self._names[octets] = name

    def fresh_name(self, label: str) -> str:
        """A name that no fresh value has yet: the label, then label#2, label#3."""
        self._counters[label] = count = self._counters.get(label, 0) + 1
        return label if count == 1 else f"{label}#{count}"

    def term(self, octets: bytes, *, names: bool = True) -> Term:
        """Read octets back as a term. With `names`, computed values that have a name are not taken apart further."""
        origin = self._origins.get(octets)
        if octets in self._names and (names or origin is None):
            return Name(self._names[octets])
        if origin is not None:
            return self._build(origin, names=names)
        parts = self._split(octets, names=names)
        return parts[0] if len(parts) == 1 else Cat(parts)

    def origins(self) -> dict[bytes, Origin]:
        """All values that were computed or drawn, and how; a copy."""
        return dict(self._origins)

    def _build(self, origin: Origin, *, names: bool) -> Term:
        if origin.symbol == "fresh":
            return Name(origin.algorithm)
        arguments = tuple(self.term(argument, names=names) for argument in origin.arguments)
        if origin.symbol == "exp":
            return Power(origin.algorithm, arguments[0], arguments[1:])
        return Apply(origin.symbol, origin.algorithm, arguments)

    def _split(self, octets: bytes, *, names: bool) -> tuple[Term, ...]:
        """Cut octets into known values, parts of known values, and what lies between them."""
        known = sorted({*self._origins, *self._names}, key=len, reverse=True)
        parts: list[Term] = []
        start = literal = 0

        def flush(stop: int) -> None:
            if literal < stop:
                parts.append(Literal(octets[literal:stop]))

        while start < len(octets):
            found = self._at(octets, start, known)
            if found is None:
                start += 1
                continue
            flush(start)
            whole, first, size = found
            term = self.term(whole, names=names)
            parts.append(term if size == len(whole) else Part(term, first, first + size))
            start = literal = start + size
        flush(len(octets))
        return tuple(parts) or (Literal(b""),)

    @staticmethod
    def _at(octets: bytes, start: int, known: list[bytes]) -> tuple[bytes, int, int] | None:
        """The longest known value that begins here, else the longest part of one: the value, where in it, how much."""
        for value in known:
            if len(value) >= SHORTEST_HANDLE and octets.startswith(value, start):
                return value, 0, len(value)
        best: tuple[bytes, int, int] | None = None
        head = octets[start : start + _SHORTEST_PART]
        for value in known:
            first = value.find(head) if len(head) == _SHORTEST_PART else -1
            if first < 0:
                continue
            size, limit = _SHORTEST_PART, min(len(octets) - start, len(value) - first)
            while size < limit and octets[start + size] == value[first + size]:
                size += 1
            if best is None or size > best[2]:
                best = value, first, size
        return best
