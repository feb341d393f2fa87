"""Chains of payloads in order, read and written by the generated functions."""

from __future__ import annotations

import struct
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, NoReturn

from isakmp.machine.codec_attributes import ODD, Odd, attribute_octets
from isakmp.machine.codec_generate import FUNCTIONS
from isakmp.machine.codec_message import CHAINABLE, GENERIC, Payloads, Raw
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import FIRST_PRIVATE_PAYLOAD
from isakmp.spec.payloads import FRAGMENT, ID, PAYLOADS, GenericID, Unknown
from isakmp.spec.registries import PayloadType

__all__ = ["KNOWN_TYPES", "ODD", "Odd", "attribute_octets", "read_payloads", "writer"]

_new: Any = tuple.__new__
NOTHING_OPENED = Payloads().opened

Reader = Callable[[bytes, int, int], Payload]
Writer = Callable[[Any, int], bytes]


def _odd(_data: bytes, _at: int, _end: int) -> NoReturn:
    raise Odd


def _unknown(code: int) -> Reader:
    def read(data: bytes, at: int, end: int) -> Payload:
        return Unknown(code, data[at:end])

    return read


def _readers(ids: type[Payload]) -> list[Reader]:
    """Return the reader for each payload type. Fragments (which must be alone) and wrong types are left as odd."""
    table: list[Reader] = [_odd] * 256
    for code in {*map(int, PayloadType), *range(FIRST_PRIVATE_PAYLOAD, 256)} - {
        PayloadType.NONE,
        PayloadType.PROPOSAL,
        PayloadType.TRANSFORM,
    }:
        table[code] = _unknown(code)
    for code, cls in PAYLOADS.items():
        table[code] = FUNCTIONS[f"read_{cls.__name__}"]
    table[PayloadType.ID] = FUNCTIONS[f"read_{ids.__name__}"]
    table[FRAGMENT.layout.code or 0] = _odd
    return table


_ipsec, _generic = _readers(ID), _readers(GenericID)
KNOWN_TYPES: Final[MappingProxyType[int, int]] = MappingProxyType(
    {
        code: PayloadType.find(code) or code
        for code in range(256)
        if _ipsec[code] is not _odd or code == FRAGMENT.layout.code
    }
)
"""Payload types that may come first in a message."""

_generic_header = struct.Struct(">BBH").unpack_from


def read_payloads(data: bytes, first: int, at: int, base: int, *, ipsec: bool = True) -> Payloads:
    """Read the chain at ``at``; ``base`` is added to offsets. Raises one of `ODD` if anything is not in order."""
    readers = _ipsec if ipsec else _generic
    end = len(data)
    following = first
    found: list[Payload] = []
    offsets = [base + at]
    while following:
        read = readers[following]
        following, reserved, length = _generic_header(data, at)
        stop = at + length
        if reserved or length < GENERIC or stop > end:
            raise Odd
        found.append(read(data, at + GENERIC, stop))
        at = stop
        offsets.append(base + at)
    chain: Payloads = _new(Payloads, (tuple(found), data[at:], tuple(offsets), data, base, (), NOTHING_OPENED))
    return chain


_writers: dict[type, Writer] = {cls: FUNCTIONS[f"write_{cls.__name__}"] for cls in CHAINABLE}


def _write_unknown(it: Unknown, following: int) -> bytes:
    return struct.pack(">BBH", following, 0, GENERIC + len(it.data)) + it.data


_writers[Unknown] = _write_unknown
_writers[Raw] = lambda it, _following: it.data


def writer(cls: type) -> Writer:
    """Return the writer for a class of payload; raises ``KeyError`` if there is none."""
    return _writers[cls]
