"""Hypothesis strategies for headers, payloads and messages, generated from the layouts.

A value is drawn from what its field allows, so what comes out is well formed, and everything that is well formed can
come out.
"""

from __future__ import annotations

from typing import Any, cast

from hypothesis import strategies as st

from isakmp.machine.codec import Message, Payloads
from isakmp.spec.layouts import Field, Kind, Layout, Order, Payload, Structure
from isakmp.spec.payloads import (
    FRAGMENT,
    MESSAGE_ID_UNIQUE,
    MESSAGE_ID_ZERO,
    PAYLOADS,
    Attribute,
    Header,
    Unknown,
)
from isakmp.spec.registries import ExchangeType, Flag

SHORT = 40  # octets that a field of free length gets at most


def attributes() -> st.SearchStrategy[Attribute]:
    """Any data attribute, in either form."""
    value = st.one_of(st.integers(0, 0xFFFF), st.binary(max_size=12))
    return st.builds(Attribute, st.integers(0, 0x7FFF), value)


@st.composite
def structures(draw: st.DrawFn, cls: type[Structure]) -> Structure:
    """Any well-formed object of a class."""
    layout = cls.layout
    values: dict[str, Any] = {}
    for spec in layout.values:
        present = spec.when is None or values[spec.when.field] & spec.when.mask
        values[spec.name] = draw(_field(layout, spec, values)) if present else spec.default
    return cls(**values)


def _lengths(spec: Field, values: dict[str, Any]) -> st.SearchStrategy[int]:
    """Return how many octets a field may have."""
    allowed = spec.lengths.allowed.get(values[spec.lengths.field]) if spec.lengths else None
    return st.integers(spec.minimum, SHORT) if allowed is None else st.sampled_from(sorted(allowed))


def _field(layout: Layout, spec: Field, values: dict[str, Any]) -> st.SearchStrategy[Any]:
    match spec.kind:
        case Kind.UINT if spec.allowed is not None:
            return st.sampled_from(sorted(spec.allowed))
        case Kind.UINT:
            limit = 64 if any(f.refers == spec.name for f in layout.body) else (1 << (spec.bits or 0)) - 1
            return st.integers(0, limit)
        case Kind.OCTETS if spec.bits is not None:
            return st.binary(min_size=spec.bits // 8, max_size=spec.bits // 8)
        case Kind.OCTETS if spec.unit != 8:
            size = (values[spec.refers] * spec.unit + 7) // 8
            return st.binary(min_size=size, max_size=size)
        case Kind.OCTETS:
            return _lengths(spec, values).flatmap(lambda size: st.binary(min_size=size, max_size=size))
        case Kind.ATTRIBUTES:
            return st.lists(attributes(), max_size=8).map(tuple)
        case Kind.CHAIN:
            return _chain(cast(type[Payload], spec.of), spec.order)
        case Kind.ITEMS:
            sizes = _lengths(spec, values).filter(bool)
            some = sizes.flatmap(lambda size: st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=4))
            return st.one_of(st.just(()), some.map(tuple))
        case Kind.NESTED:
            return structures(cast(type[Structure], spec.of))
        case _:
            raise TypeError(f"no strategy for {spec.kind}")


def _chain(cls: type[Payload], order: Order | None) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some payloads of one class, numbered as required."""
    numbers = st.lists(st.integers(0, 255), min_size=1, max_size=4, unique=order is Order.INCREASING).map(sorted)
    return numbers.flatmap(lambda chosen: st.tuples(*(_numbered(cls, number) for number in chosen)))


def _numbered(cls: type[Payload], number: int) -> st.SearchStrategy[Structure]:
    """Return a payload with that number."""
    return structures(cls).map(lambda it: it.replace(number=number))


def unknown() -> st.SearchStrategy[Payload]:
    """A payload for private use that has no layout."""
    codes = st.integers(128, 255).filter(lambda code: code not in PAYLOADS)
    return st.builds(Unknown, codes, st.binary(max_size=SHORT))


def payloads() -> st.SearchStrategy[Payload]:
    """Any payload that may stand beside others."""
    known = [structures(cls) for cls in PAYLOADS.values() if cls is not FRAGMENT]
    return cast(st.SearchStrategy[Payload], st.one_of(*known, unknown()))


@st.composite
def headers(draw: st.DrawFn) -> Header:
    """Any header of a message in the clear."""
    header = cast(Header, draw(structures(Header)))
    cookie = st.binary(min_size=8, max_size=8).filter(any)
    message_id = draw(st.integers(1, 0xFFFFFFFF))
    if header.exchange in MESSAGE_ID_ZERO:
        message_id = 0
    elif header.exchange not in MESSAGE_ID_UNIQUE:
        message_id = draw(st.sampled_from([0, message_id]))
    return header.replace(
        cky_i=draw(cookie),
        exchange=ExchangeType.find(header.exchange),
        flags=Flag(header.flags & ~Flag.ENCRYPTION),
        message_id=message_id,
    )


def messages() -> st.SearchStrategy[Message]:
    """Any message in the clear."""
    chains = st.lists(payloads(), max_size=5).map(lambda chain: Payloads(tuple(chain)))
    fragments = structures(FRAGMENT).map(lambda it: Payloads((cast(Payload, it),)))
    return st.tuples(headers(), st.one_of(chains, fragments)).map(lambda parts: Message(*parts))
