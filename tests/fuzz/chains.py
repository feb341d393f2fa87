"""Mutations that know how a message is laid out: payloads are changed, moved and copied, and lengths made to fit.

The layout is read without the codec, which is what is tested: generic headers, and what SA and proposal payloads hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from tests.fuzz.target import Mutate

HEADER: Final = 28
GENERIC: Final = 4
_SA, _PROPOSAL, _TRANSFORM = 1, 2, 3
_INSIDE: Final = {_SA: _PROPOSAL, _PROPOSAL: _TRANSFORM}
_TYPES: Final = (*range(1, 16), 20, 21, 130, 131, 132, 128, 255)
_ENCRYPTED: Final = 0x01
_FIRST, _FLAGS, _LENGTH = 16, 19, 24
_NUMBERS: Final = (0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0xFF)


@dataclass(frozen=True)
class Part:
    """A payload: its type, its fixed octets, and either further octets or the payloads inside."""

    type: int
    head: bytes
    parts: tuple[Part, ...] = ()
    tail: bytes = field(default=b"", repr=False)

    def octets(self, following: int) -> bytes:
        """As it stands in a chain, before a payload of that type; lengths and counts fit what it holds."""
        head = self.head
        if self.type == _PROPOSAL and len(head) > GENERIC - 1:
            head = head[:3] + bytes([len(self.parts) & 0xFF]) + head[4:]
        body = head + chained(self.parts) + self.tail
        return bytes([following, 0]) + ((GENERIC + len(body)) & 0xFFFF).to_bytes(2) + body


def chained(parts: tuple[Part, ...]) -> bytes:
    """The octets of payloads in a row."""
    types = [part.type for part in parts[1:]] + [0]
    return b"".join(part.octets(following) for part, following in zip(parts, types, strict=False))


def parse(first: int, octets: bytes) -> tuple[tuple[Part, ...], bytes]:
    """Payloads in a row as far as their lengths lead, and what is left."""
    found: list[Part] = []
    at, following = 0, first
    while following and len(octets) - at >= GENERIC:
        size = int.from_bytes(octets[at + 2 : at + 4])
        if not GENERIC <= size <= len(octets) - at:
            break
        found.append(_part(following, octets[at + GENERIC : at + size]))
        following, at = octets[at], at + size
    return tuple(found), octets[at:]


def _part(kind: int, body: bytes) -> Part:
    if kind == _SA:
        fixed = 8
    elif kind == _PROPOSAL and len(body) >= GENERIC:
        fixed = GENERIC + body[2]
    else:
        return Part(kind, body)
    parts, tail = parse(_INSIDE[kind], body[fixed:])
    return Part(kind, body[:fixed], parts, tail)


def written(header: bytes, parts: tuple[Part, ...], tail: bytes = b"") -> bytes:
    """A datagram of payloads in the clear; first type and length fit."""
    body = chained(parts) + tail
    first = bytes([parts[0].type if parts else 0])
    return header[:_FIRST] + first + header[17:_LENGTH] + (HEADER + len(body)).to_bytes(4) + body


# ---- mutations -------------------------------------------------------------------------------------------------------


def mutated(datagram: bytes, random: Random, mutate: Mutate, stock: tuple[bytes, ...] = ()) -> bytes:
    """A datagram that is another in one respect or two; `stock` are others, from which payloads are taken."""
    if len(datagram) < HEADER or random.random() < 0.1:
        return mutate(datagram)
    if random.random() < 0.25:
        return _octet_changed(datagram, random, HEADER if random.random() < 0.5 else len(datagram))
    if datagram[_FLAGS] & _ENCRYPTED:
        return _fitting(datagram[:HEADER] + mutate(datagram[HEADER:]))
    parts, tail = parse(datagram[_FIRST], datagram[HEADER:])
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        parts = _changed(parts, random, mutate, stock)
    return written(datagram[:HEADER], parts, tail if random.random() < 0.9 else mutate(tail))


def _fitting(datagram: bytes) -> bytes:
    return datagram[:_LENGTH] + len(datagram).to_bytes(4) + datagram[HEADER:]


def _octet_changed(datagram: bytes, random: Random, before: int) -> bytes:
    """One octet with a number that fields have, or of which they end; framing and reserved octets included."""
    at = random.randrange(before)
    value = random.choice((*_TYPES, *_NUMBERS, 32, 33, datagram[at] ^ 1, (datagram[at] + 1) & 0xFF))
    return datagram[:at] + bytes([value]) + datagram[at + 1 :]


def _changed(parts: tuple[Part, ...], random: Random, mutate: Mutate, stock: tuple[bytes, ...]) -> tuple[Part, ...]:
    """Payloads in a row with one of them changed, somewhere inside too."""
    if not parts:
        return (Part(random.choice(_TYPES), mutate(bytes(random.randrange(1, 24)))),)
    at = random.randrange(len(parts))
    own = parts[at]
    if own.parts and random.random() < 0.7:
        return (*parts[:at], replace(own, parts=_changed(own.parts, random, mutate, ())), *parts[at + 1 :])
    operation = random.choice(_OPERATIONS)
    return (*parts[:at], *operation(own, random, mutate), *_foreign(own, random, stock), *parts[at + 1 :])


def _foreign(own: Part, random: Random, stock: tuple[bytes, ...]) -> tuple[Part, ...]:
    """Now and then a payload of another datagram; never inside of one."""
    if not stock or own.type in (_PROPOSAL, _TRANSFORM) or random.random() > 0.1:
        return ()
    other = random.choice(stock)
    found = parse(other[_FIRST], other[HEADER:])[0] if len(other) > HEADER else ()
    return (random.choice(found),) if found else ()


def _filled(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    del random
    return (replace(own, head=mutate(own.head)),)


def _number(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    """One octet with a number that fields have, or of which they end."""
    del mutate
    if not own.head:
        return (own,)
    at = random.randrange(len(own.head))
    value = random.choice((*_NUMBERS, own.head[at] ^ 1, (own.head[at] + 1) & 0xFF))
    return (replace(own, head=own.head[:at] + bytes([value]) + own.head[at + 1 :]),)


def _twice(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    del mutate
    return (own,) * random.choice((2, 2, 2, 3, 9))


def _gone(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    del own, random, mutate
    return ()


def _retyped(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    del mutate
    return (replace(own, type=random.choice(_TYPES)),)


def _resized(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    """Cut, or with more octets than it had."""
    del mutate
    size = random.choice((0, 1, 3, 4, 8, len(own.head) // 2, len(own.head) - 1, len(own.head) + 1, len(own.head) + 8))
    return (replace(own, head=(own.head + bytes(8))[: max(0, size)]),)


def _swapped(own: Part, random: Random, mutate: Mutate) -> tuple[Part, ...]:
    """What is inside in another order, or with something behind it."""
    if not own.parts:
        return (replace(own, tail=mutate(own.tail)),)
    inside = list(own.parts)
    random.shuffle(inside)
    return (replace(own, parts=tuple(inside)),)


_Operation = Callable[[Part, Random, Mutate], tuple[Part, ...]]
_OPERATIONS: Final[tuple[_Operation, ...]] = (
    _filled, _filled, _filled, _number, _number, _twice, _gone, _retyped, _resized, _swapped,
)  # fmt: skip
