"""Public values that a Diffie-Hellman exchange must not take, computed from the facts of the group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isakmp.conform.live.case import Rule, stated
from isakmp.spec.groups import AnyGroup, EcpGroup, ModpGroup, group_facts
from isakmp.spec.requirements import Level


@dataclass(frozen=True)
class PublicValue:
    """A value of a KE payload: a word for the name, words, the octets, and what speaks against it."""

    slug: str
    words: str
    octets: bytes
    rule: Rule


LENGTH = "RFC2409-5-05"
"""The statement on the length of public values, which have zeros in front."""

_RANGE = Rule("RFC2412:2.3.1.1", Level.RULE)


def bad_values(group: AnyGroup) -> Iterator[PublicValue]:
    """Values that a receiver has to refuse."""
    facts = group_facts(group)
    if isinstance(facts, ModpGroup):
        yield from _modp(facts)
    elif isinstance(facts, EcpGroup):
        yield from _ecp(facts)


def _lengths(octets: int) -> Iterator[PublicValue]:
    rule = stated(LENGTH)
    good = bytes(octets - 1) + b"\x05"
    yield PublicValue("empty", "without a value", b"", rule)
    yield PublicValue("short", "one octet shorter than the group", good[1:], rule)
    yield PublicValue("long", "one octet longer than the group", b"\0" + good, rule)
    yield PublicValue("huge", "ten times as long as the group", good * 10, rule)


def _modp(group: ModpGroup) -> Iterator[PublicValue]:
    size, prime = group.public_octets, group.prime
    for slug, words, number in (
        ("zero", "0", 0),
        ("one", "1", 1),
        ("p-minus-1", "p-1", prime - 1),
        ("p", "p", prime),
        ("p-plus-1", "p+1", prime + 1),
        ("all-ones", "all bits set", (1 << 8 * size) - 1),
    ):
        if number < 1 << 8 * size:
            yield PublicValue(slug, f"the value {words}", number.to_bytes(size), _RANGE)
    yield from _lengths(size)


def _ecp(group: EcpGroup) -> Iterator[PublicValue]:
    half, prime = group.field_octets, group.curve.prime
    x, y = group.curve.x, group.curve.y
    off = Rule(group.cite, Level.RULE)
    for slug, words, point in (
        ("off-curve", "a point that is not on the curve", (x, y ^ 1)),
        ("infinity", "0 for both coordinates, which is no point", (0, 0)),
        ("coordinate-p", "a coordinate that is the prime", (prime, y)),
    ):
        yield PublicValue(slug, words, b"".join(number.to_bytes(half) for number in point), off)
    yield from _lengths(group.public_octets)
