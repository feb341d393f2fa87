"""Fields: what a layout is made of, and the calls by which a layout declares them. See `isakmp.spec.layouts`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Any

from isakmp.spec.citations import Cite
from isakmp.spec.registries import FlagRegistry, NotifyType, PayloadType, Registry

if TYPE_CHECKING:
    from isakmp.spec.layouts import Payload, Structure

__all__ = [
    "Field",
    "Kind",
    "Lengths",
    "Order",
    "When",
    "attribute_list",
    "chain",
    "constant",
    "count_of",
    "following",
    "format_bit",
    "items",
    "nested",
    "octets",
    "reserved",
    "size_of",
    "total_length",
    "uint",
]


@unique
class Kind(Enum):
    """What a field holds, which decides how it is read and written."""

    UINT = "unsigned integer, most significant bit first"
    OCTETS = "octets: of fixed width, of the length that another field gives, or all that is left"
    ATTRIBUTES = "list of data attributes"
    CHAIN = "payloads linked by their Next Payload fields"
    ITEMS = "octet strings of equal length"
    NESTED = "structure that is there only under a condition"
    RESERVED = "must be zero"
    CONSTANT = "one fixed value"
    NEXT = "type of the payload that follows"
    LENGTH = "length in octets of the whole structure"
    SIZE = "length in octets of another field"
    COUNT = "number of elements in another field"
    FORMAT = "bit that tells how the rest is written"

    @property
    def is_value(self) -> bool:
        """Whether the field is an argument of the constructor; else it is derived or fixed."""
        return self in _VALUES


_VALUES = frozenset({Kind.UINT, Kind.OCTETS, Kind.ATTRIBUTES, Kind.CHAIN, Kind.ITEMS, Kind.NESTED})


@unique
class Order(Enum):
    """How the numbers of the elements of a chain must run."""

    INCREASING = "each number is greater than the one before"
    NOT_DECREASING = "no number is smaller than the one before"


@dataclass(frozen=True, slots=True)
class When:
    """A field is there only if ``field & mask`` is not zero."""

    field: str
    mask: int


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many octets a field may have, by the value of another field; values that are not listed are free."""

    field: str
    allowed: Mapping[int, frozenset[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a layout.

    ``bits`` is its width; ``None`` says that the width varies, by the rule in ``length_rule``. ``cite`` and ``notify``
    say which section a bad value violates and what RFC 2408 section 5 answers (``None``: it is only logged).
    """

    kind: Kind
    label: str
    bits: int | None = None
    name: str = ""
    cite: Cite = ""
    notify: NotifyType | None = None
    only_logged: bool = False
    length_rule: str = ""
    registry: type[Registry | FlagRegistry] | None = None
    allowed: frozenset[int] | None = None
    refers: str = ""
    unit: int = 8
    pad: int = 8
    of: type[Structure] | None = None
    minimum: int = 0
    order: Order | None = None
    when: When | None = None
    lengths: Lengths | None = None
    default: Any = ...
    value: int = 0

    @property
    def is_value(self) -> bool:
        """Whether the field is an argument of the constructor."""
        return self.kind.is_value


def uint(
    bits: int,
    label: str,
    registry: type[Registry | FlagRegistry] | None = None,
    *,
    closed: bool = False,
    allowed: frozenset[int] | None = None,
    cite: Cite = "",
    notify: NotifyType | None = None,
    only_logged: bool = False,
    default: Any = ...,
    when: When | None = None,
) -> Any:
    """Unsigned integer. ``registry`` names its values; ``closed`` forbids all others, ``allowed`` lists the legal ones.

    A closed registry of flags forbids the bits that it does not define.
    """
    if closed and allowed is None and registry is not None:
        flags = registry.known() if issubclass(registry, FlagRegistry) else None
        allowed = frozenset(range(flags + 1)) if flags else frozenset(int(member) for member in registry)
    return Field(
        kind=Kind.UINT,
        label=label,
        bits=bits,
        registry=registry,
        allowed=allowed,
        cite=cite,
        notify=notify,
        only_logged=only_logged,
        default=default,
        when=when,
    )


def octets(
    label: str,
    *,
    bits: int | None = None,
    size: str = "",
    unit: int = 8,
    pad: int = 8,
    minimum: int = 0,
    lengths: Lengths | None = None,
    cite: Cite = "",
    notify: NotifyType | None = None,
    only_logged: bool = False,
    default: Any = ...,
) -> Any:
    """Octets: ``bits`` wide, or as many as the field ``size`` says, or all that is left (at least ``minimum``).

    ``size`` counts in units of ``unit`` bits; zeros follow up to the next multiple of ``pad`` bits.
    """
    padding = f", padded with zeros to {pad} bits" if pad > 8 else ""  # noqa: PLR2004 - an octet
    rule = "" if bits else f"as long as {size} says{padding}" if size else "all octets up to the end"
    return Field(
        kind=Kind.OCTETS,
        label=label,
        bits=bits,
        refers=size,
        unit=unit,
        pad=pad,
        minimum=minimum,
        lengths=lengths,
        cite=cite,
        notify=notify,
        only_logged=only_logged,
        default=default,
        length_rule=rule,
    )


def attribute_list(label: str, *, cite: Cite = "RFC2408:3.3", default: Any = ...) -> Any:
    """Data attributes up to the end of the structure."""
    return Field(kind=Kind.ATTRIBUTES, label=label, cite=cite, default=default, length_rule="attributes up to the end")


def chain(
    of: type[Payload],
    label: str,
    *,
    order: Order,
    cite: Cite = "",
    notify: NotifyType | None = None,
    default: Any = ...,
) -> Any:
    """One or more payloads of one type up to the end, the last with Next Payload 0; their ``number`` runs by order."""
    rule = f"one or more {of.__name__} payloads up to the end"
    return Field(
        kind=Kind.CHAIN,
        label=label,
        of=of,
        order=order,
        minimum=1,
        cite=cite,
        notify=notify,
        default=default,
        length_rule=rule,
    )


def items(label: str, *, size: str, count: str, lengths: Lengths | None = None, cite: Cite = "") -> Any:
    """Octet strings, each as long as the field ``size`` says, as many as ``count`` says."""
    rule = f"{count} times as many octets as {size} says"
    return Field(
        kind=Kind.ITEMS, label=label, refers=size, lengths=lengths, cite=cite, only_logged=True, length_rule=rule
    )


def nested(of: type[Structure], label: str, *, when: When, cite: Cite = "", default: Any = ...) -> Any:
    """Return a structure that is there only under a condition; ``None`` stands for its absence."""
    rule = f"as laid out in {of.__name__}, if {when.field} has a bit of {when.mask:#x}"
    return Field(kind=Kind.NESTED, label=label, of=of, when=when, cite=cite, default=default, length_rule=rule)


def reserved(
    bits: int, label: str = "RESERVED", *, cite: Cite = "RFC2408:2.5.2", notify: NotifyType | None = None
) -> Field:
    """Reserved bits, sent as zero and refused otherwise."""
    return Field(kind=Kind.RESERVED, label=label, bits=bits, cite=cite, notify=notify, allowed=frozenset({0}))


def constant(bits: int, label: str, value: int, *, cite: Cite = "", notify: NotifyType | None = None) -> Field:
    """Return an integer that is always the same."""
    return Field(
        kind=Kind.CONSTANT, label=label, bits=bits, value=value, cite=cite, notify=notify, allowed=frozenset({value})
    )


def following(*, cite: Cite = "RFC2408:3.1") -> Field:
    """Type of the payload that follows, 0 after the last one."""
    return Field(
        kind=Kind.NEXT,
        label="Next Payload",
        bits=8,
        cite=cite,
        notify=NotifyType.INVALID_PAYLOAD_TYPE,
        registry=PayloadType,
    )


def total_length(bits: int, label: str, *, cite: Cite = "", notify: NotifyType | None = None) -> Field:
    """Length in octets of the whole structure with all that is nested in it."""
    return Field(kind=Kind.LENGTH, label=label, bits=bits, cite=cite, notify=notify)


def size_of(field: str, bits: int, label: str, *, cite: Cite = "", notify: NotifyType | None = None) -> Field:
    """Return the length in octets of another field (of each of its items)."""
    return Field(kind=Kind.SIZE, label=label, bits=bits, refers=field, cite=cite, notify=notify)


def count_of(field: str, bits: int, label: str, *, cite: Cite = "", notify: NotifyType | None = None) -> Field:
    """Return the number of elements of another field."""
    return Field(kind=Kind.COUNT, label=label, bits=bits, refers=field, cite=cite, notify=notify)


def format_bit(label: str) -> Field:
    """One bit that tells the form of what follows."""
    return Field(kind=Kind.FORMAT, label=label, bits=1)
