"""What two decoders are compared by: the parts of a message, each with its place and the octets that it holds.

A *payload* is a part that stands for its whole extent, with no octets of its own; its fields are parts beside it. Parts
of no octets are left out, since decoders differ in whether they mention an empty field; the lengths around them are
parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

HEADER = -1
"""Stands where the type of a payload stands, for fields of the ISAKMP header and for what is in no payload."""


class Part(NamedTuple):
    """A field of a message, or a payload, or an attribute.

    `offset` counts octets from the start of the message (in an encrypted one as if it had travelled in the clear),
    `size` is in octets. `payload` is the type of the payload that it belongs to. `value` is what the octets hold; of a
    field of some bits the number, of an attribute its value alone.
    """

    offset: int
    size: int
    payload: int
    field: str
    value: bytes

    def __str__(self) -> str:
        """Return one line for a difference between two decoders."""
        place = "header" if self.payload == HEADER else f"payload {self.payload}"
        return f"octets {self.offset}..{self.offset + self.size}: {place}: {self.field} {self.value.hex()}"


@dataclass(frozen=True)
class Reading:
    """What a decoder made of one message: what anybody sees, and what stood in its encrypted body, if it was opened."""

    outer: frozenset[Part]
    inner: frozenset[Part]


def reading(outer: Iterable[Part], inner: Iterable[Part]) -> Reading:
    """Return a reading without parts of no octets; no part may be there twice."""
    kept = [[part for part in parts if part.size] for parts in (outer, inner)]
    twice = [str(part) for parts in kept for part, count in Counter(parts).items() if count > 1]
    if twice:
        raise ValueError(f"told twice: {'; '.join(twice)}")
    return Reading(*map(frozenset, kept))


def differences(ours: frozenset[Part], theirs: frozenset[Part]) -> list[str]:
    """Return a line for each part that only one of two decoders found, in the order of the message."""
    only = [(part, "only we have") for part in ours - theirs] + [(part, "only tshark has") for part in theirs - ours]
    return [f"{who} {part}" for part, who in sorted(only)]


def attribute_name(kind: int, *, short: bool) -> str:
    """Return how an attribute is named among the parts: by its form and its type."""
    return f"{'TV' if short else 'TLV'} attribute {kind}"
