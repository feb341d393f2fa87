"""Data attributes to octets and back, as fast as Python can: half of all octets of a proposal are attributes.

Attributes are immutable, and the same few come in every proposal. So short forms, and long forms of four octets (life
durations), are made once and kept by their octets taken as a number; and the other way round for writing. Numbers of
short forms have the top one of 32 bits set, those of long forms are greater, for the length in them is not zero: no key
can be mistaken for another.

Like all quick readers of the codec, `read_attributes` only accepts; `isakmp.machine.codec_walk` judges the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Final, TypeVar

from isakmp.spec.payloads import Attribute

__all__ = ["ODD", "Odd", "attribute_octets", "read_attributes"]


class Odd(Exception):
    """Something that the quick readers do not judge: a jump to the thorough one, never seen by the codec's callers."""


ODD: Final = (Odd, struct.error, KeyError)
"""What the quick readers raise: a check that failed, octets that are missing, a value that is not registered."""

K = TypeVar("K")
V = TypeVar("V")

_new: Any = tuple.__new__
_AF = 0x8000
_SHORT, _LONG = 4, 8  # octets of what is kept: the short form, and the long form of four octets
_KEPT = 1024  # entries of either table, which begins anew then: no peer can fill the memory, or the table with nonsense
_by_number: dict[int, Attribute] = {}
_by_attribute: dict[Attribute, bytes] = {}
_kept = _by_number.__getitem__
_written = _by_attribute.__getitem__

_all_short = [struct.Struct(f">{count}I").unpack_from for count in range(64)]
_long_last = [struct.Struct(f">{max(count - 2, 0)}IQ").unpack_from for count in range(64)]
_pair = struct.Struct(">HH").unpack_from


def read_attributes(data: bytes, at: int, end: int) -> tuple[Attribute, ...]:
    """Read attributes that fill ``at`` to ``end``; raises one of `ODD` if they do not.

    The usual list is looked up number by number: short forms, at the end perhaps a long one. In any other list, the
    number that holds the head of a long form is not among the kept ones.
    """
    size = end - at
    if 8 <= size < 256 and not size & 3:  # noqa: PLR2004 - two words or more
        ends_short = data[end - 8] & 0x80
        # Two words that begin with a length of zero are two attributes, and their number may be that of a short form.
        if ends_short or data[end - 5]:
            try:
                return tuple(map(_kept, (_all_short if ends_short else _long_last)[size >> 2](data, at)))
            except KeyError:
                pass
    return _read_one_by_one(data, at, end)


def _read_one_by_one(data: bytes, at: int, end: int) -> tuple[Attribute, ...]:
    """Read attributes in any form, and keep those that the quick way knows."""
    found: list[Attribute] = []
    while at < end:
        start = at
        kind, value = _pair(data, at)
        at += 4
        if kind & _AF:
            attribute: Attribute = _new(Attribute, (kind & ~_AF, value))
        else:
            at += value
            attribute = _new(Attribute, (kind, data[start + 4 : at]))
        if at - start in (_SHORT, _LONG) and (kind & _AF or value) and at <= end:
            _keep(_by_number, int.from_bytes(data[start:at]), attribute)
        found.append(attribute)
    if at != end:
        raise Odd
    return tuple(found)


def attribute_octets(attributes: Iterable[Attribute]) -> bytes:
    """Write attributes; raises ``struct.error`` or ``TypeError`` on values that do not fit."""
    try:
        return b"".join(map(_written, attributes))
    except KeyError:
        return b"".join(map(_write_attribute, attributes))


def _write_attribute(attribute: Attribute) -> bytes:
    """Write an attribute, and keep the octets if they are few."""
    kind, value = attribute.type, attribute.value
    if kind >> 15:
        raise struct.error("attribute type of more than 15 bits")
    if isinstance(value, int):
        octets = struct.pack(">HH", kind | _AF, value)
    else:
        octets = struct.pack(">HH", kind, len(value)) + value
    if len(octets) <= _LONG:
        _keep(_by_attribute, attribute, octets)
    return octets


def _keep(table: dict[K, V], key: K, value: V) -> None:
    if len(table) >= _KEPT:
        table.clear()
    table[key] = value
