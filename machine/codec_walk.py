"""The reader that defines what is well formed: it walks the layouts field by field and names every fault.

`isakmp.machine.codec_generate` holds programs generated from the same layouts, which accept only what is in order; all
else comes here. Strict, the first fault is raised; lenient, faults are collected and reading goes on as far as
anything can be made out: a payload with a known extent whose inside is unreadable becomes `Raw`, and so does the rest
of a message once the extent of a payload is unknown.

Work is bounded: every step of a chain takes at least the four octets of a generic header, every attribute four.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from isakmp.machine.codec_message import GENERIC, member_of
from isakmp.machine.errors import Deviation, Disposition, MalformedMessage
from isakmp.spec.layouts import Field, GenericHeader, Kind, Layout, Order, Payload, Structure
from isakmp.spec.payloads import (
    Attribute,
    Header,
)
from isakmp.spec.registries import Doi, NotifyType, PayloadType

__all__ = ["DEVIATIONS_KEPT", "LENGTH", "NEXT", "FieldView", "StructureWalk", "Unreadable", "octet_count"]

DEVIATIONS_KEPT: Final = 256
"""How many deviations of one message are kept: a message that is all wrong must not fill the memory."""

NEXT, _RESERVED, LENGTH = GenericHeader.layout.body
_AF = 0x8000
_TYPE, _ATTRIBUTE_LENGTH, _VALUE = Attribute.layout.body[1:]


class FieldView(NamedTuple):
    """One field as it stands in a datagram: offset in octets, width in bits, where it belongs, what it holds."""

    offset: int
    bits: int
    structure: str
    field: Field
    value: object


class _Seen(NamedTuple):
    """The integer fields of a structure that were read so far, and where they stand."""

    numbers: dict[str, int]
    places: dict[str, int]


class Unreadable(Exception):
    """The rest of a structure cannot be read; the fault is recorded already."""


def octet_count(count: int) -> str:
    """Return a number of octets in words."""
    return "1 octet" if count == 1 else f"{count} octets"


def _expected(spec: Field, allowed: frozenset[int]) -> str:
    """Return the allowed values in words."""
    if len(allowed) > 8:  # noqa: PLR2004 - as many as a line holds
        return f"a value of {spec.registry.__name__}" if spec.registry else f"{min(allowed)} to {max(allowed)}"
    return " or ".join(str(value) for value in sorted(allowed))


@dataclass(slots=True)
class StructureWalk:
    """One reading of ``data``; ``base`` is the offset that its first octet has in the datagram.

    Payloads of the types in ``opaque`` are not looked into: their bodies are encrypted.
    """

    data: bytes
    base: int = 0
    lenient: bool = False
    doi: int = Doi.IPSEC
    opaque: frozenset[PayloadType] = frozenset()
    trace: list[FieldView] | None = None
    deviations: list[Deviation] = field(default_factory=list)

    # -- faults --------------------------------------------------------------------------------------------------------

    def fault(self, at: int, layout: Layout, spec: Field | None, detail: str, **other: Any) -> None:
        """Raise (strict) or record (lenient) a fault at position ``at``; ``other`` replaces cite or notify."""
        cite: str = other.get("cite", spec.cite if spec else layout.cite)
        notify: NotifyType | None = other.get("notify", spec.notify if spec else layout.notify)
        if spec in (_RESERVED, LENGTH) and layout.notify is NotifyType.BAD_PROPOSAL_SYNTAX:
            notify = layout.notify  # within a SA the framing is part of the proposal (RFC 2408 section 5.3)
        name = (
            "ISAKMP header" if layout is Header.layout else f"{layout.name} payload" if layout.header else layout.name
        )
        deviation = Deviation(
            offset=self.base + at,
            payload=name,
            field=spec.label if spec else "",
            cite=cite,
            detail=detail,
            notify=notify,
            disposition=Disposition.LOG if notify is None else Disposition.NOTIFY,
        )
        if not self.lenient:
            raise MalformedMessage(deviation)
        if len(self.deviations) < DEVIATIONS_KEPT:
            self.deviations.append(deviation)

    # -- single fields -------------------------------------------------------------------------------------------------

    def number(self, bit: int, layout: Layout, spec: Field) -> int:
        """Read an integer field at bit position ``bit`` and check its value."""
        width = spec.bits or 0
        first, last = bit // 8, (bit + width + 7) // 8
        raw = int.from_bytes(self.data[first:last]) >> (last * 8 - bit - width) & ((1 << width) - 1)
        if self.trace is not None:
            self.trace.append(FieldView(self.base + first, width, layout.name, spec, member_of(spec, raw)))
        if spec.allowed is not None and raw not in spec.allowed:
            self.fault(first, layout, spec, f"{raw} is not {_expected(spec, spec.allowed)}")
        return raw

    def view(self, at: int, stop: int, layout: Layout, spec: Field, value: object) -> None:
        """Note a field for `dissect`."""
        if self.trace is not None:
            self.trace.append(FieldView(self.base + at, 8 * (stop - at), layout.name, spec, value))

    def generic(self, at: int, end: int, layout: Layout, spec: Field | None = None) -> tuple[int, int]:
        """Read a generic payload header; return the type of the next payload and the end of this one."""
        if end - at < GENERIC:
            self.fault(at, layout, spec or LENGTH, f"{octet_count(end - at)} left, a generic header needs {GENERIC}")
            raise Unreadable
        following = self.number(at * 8, layout, NEXT)
        self.number((at + 1) * 8, layout, _RESERVED)
        length = self.number((at + 2) * 8, layout, LENGTH)
        if length < layout.minimum:
            self.fault(
                at + 2,
                layout,
                LENGTH,
                f"{length} is shorter than the {octet_count(layout.minimum)} of its fixed fields",
            )
            if length < GENERIC:
                raise Unreadable
        if length > end - at:
            self.fault(at + 2, layout, LENGTH, f"{length} reaches beyond the {octet_count(end - at)} that are left")
            raise Unreadable
        return following, at + length

    # -- structures ----------------------------------------------------------------------------------------------------

    def structure(self, cls: type[Structure], at: int, end: int) -> tuple[Structure, int]:
        """Read the body of a structure; return it and the position after it."""
        layout = cls.layout
        seen = _Seen({}, {})
        values: dict[str, object] = {}
        bit = at * 8
        for spec in layout.body:
            if spec.when and not seen.numbers[spec.when.field] & spec.when.mask:
                values[spec.name] = spec.default
                continue
            at = bit // 8
            if spec.bits is not None and bit + spec.bits > end * 8:
                needed = (bit + spec.bits + 7) // 8 - at
                self.fault(at, layout, spec, f"needs {octet_count(needed)}, {max(end - at, 0)} left")
                raise Unreadable
            match spec.kind:
                case Kind.OCTETS:
                    values[spec.name], bit = self.octets(layout, spec, at, end, seen)
                case Kind.ATTRIBUTES:
                    values[spec.name], bit = self.attributes(layout, spec, at, end), end * 8
                case Kind.CHAIN:
                    values[spec.name], bit = self.chain(layout, spec, at, end, seen), end * 8
                case Kind.ITEMS:
                    values[spec.name], bit = self.items(layout, spec, at, end, seen), end * 8
                case Kind.NESTED:
                    assert spec.of is not None  # noqa: S101 - by construction of the layout
                    values[spec.name], at = self.structure(spec.of, at, end)
                    bit = at * 8
                case _:
                    number = self.number(bit, layout, spec)
                    seen.numbers[spec.name], seen.places[spec.name] = number, at
                    if spec.kind is Kind.UINT:
                        values[spec.name] = member_of(spec, number)
                    bit += spec.bits or 0
        return cls(**values), bit // 8

    def octets(self, layout: Layout, spec: Field, at: int, end: int, seen: _Seen) -> tuple[bytes, int]:
        """Read octets of fixed width, of a length that was read before, or all that is left."""
        size = end - at
        stop = end
        if spec.bits is not None:
            size = spec.bits // 8
            stop = at + size
        elif spec.refers:
            size = (seen.numbers[spec.refers] * spec.unit + 7) // 8
            stop = at + -(-size * 8 // spec.pad) * (spec.pad // 8)
            if stop > end:
                length = layout.field(spec.refers)
                detail = f"{octet_count(size)} announced, {end - at} left"
                self.fault(seen.places[spec.refers], layout, length, detail, notify=spec.notify)
                raise Unreadable
            if any(self.data[at + size : stop]):
                self.fault(at + size, layout, spec, "padding is not zero")
        self.size(layout, spec, at, size, seen)
        self.view(at, stop, layout, spec, self.data[at : at + size])
        return self.data[at : at + size], stop * 8

    def size(self, layout: Layout, spec: Field, at: int, size: int, seen: _Seen) -> None:
        """Check how long a field is."""
        if size < spec.minimum:
            self.fault(at, layout, spec, f"{octet_count(size)}, at least {spec.minimum} are required")
        if spec.lengths:
            key = seen.numbers[spec.lengths.field]
            allowed = spec.lengths.allowed.get(key)
            if allowed is not None and size not in allowed:
                owner = layout.field(spec.lengths.field)
                named = member_of(owner, key)
                detail = f"{octet_count(size)}, but {getattr(named, 'label', named)} has {_expected(spec, allowed)}"
                self.fault(at, layout, spec, detail)

    def items(self, layout: Layout, spec: Field, at: int, end: int, seen: _Seen) -> tuple[bytes, ...]:
        """Read octet strings of equal length."""
        size = seen.numbers[spec.refers]
        counter = next(f for f in layout.body if f.kind is Kind.COUNT and f.refers == spec.name)
        count, place = seen.numbers[counter.name], seen.places[counter.name]
        if (size == 0) != (count == 0):  # neither could be derived from the items again
            detail = f"{count} of {octet_count(size)} each"
            self.fault(place, layout, counter, detail, notify=spec.notify)
        if size * count != end - at:
            detail = f"{count} of {octet_count(size)} announced, {octet_count(end - at)} left"
            self.fault(place, layout, counter, detail, notify=spec.notify)
            count = min(count, (end - at) // size) if size else 0
        found = tuple(self.data[at + i * size : at + (i + 1) * size] for i in range(count if size else 0))
        if found:
            self.size(layout, spec, at, size, seen)
        self.view(at, end, layout, spec, found)
        return found

    def attributes(self, layout: Layout, spec: Field, at: int, end: int) -> tuple[Attribute, ...]:
        """Read data attributes up to the end."""
        found: list[Attribute] = []
        while at < end:
            if end - at < GENERIC:
                self.fault(at, layout, spec, f"{octet_count(end - at)} left, an attribute needs {GENERIC}")
                break
            word, low = int.from_bytes(self.data[at : at + 2]), int.from_bytes(self.data[at + 2 : at + 4])
            kind, stop = word & ~_AF, at + GENERIC
            value: int | bytes = low
            if not word & _AF:
                if low > end - stop:
                    detail = f"attribute {kind} announces {octet_count(low)}, {end - stop} left"
                    self.fault(at + 2, layout, _ATTRIBUTE_LENGTH, detail, notify=layout.notify)
                    break
                value, stop = self.data[stop : stop + low], stop + low
            found.append(Attribute(kind, value))
            self.view(at, stop, Attribute.layout, spec, found[-1])
            at = stop
        return tuple(found)

    def chain(self, layout: Layout, spec: Field, at: int, end: int, seen: _Seen) -> tuple[Payload, ...]:
        """Read payloads of one type that fill the rest of another (proposals in a SA, transforms in a proposal)."""
        cls = cast(type[Payload], spec.of)
        found: list[Payload] = []
        following: int = cls.layout.code or 0
        last = -1
        start = at
        try:
            while following and at < end:
                element_at = at
                following, stop = self.generic(at, end, cls.layout)
                if following not in (PayloadType.NONE, cls.layout.code):
                    detail = f"{following} is not 0 or {int(cls.layout.code or 0)}"
                    self.fault(at, cls.layout, NEXT, detail, cite=cls.layout.cite)
                element = cast(Any, self.structure(cls, at + GENERIC, stop)[0])
                number: int = element.number
                if number < last or (number == last and spec.order is Order.INCREASING):
                    numbering = cls.layout.field("number")
                    detail = f"{number} after {last}: {spec.order.value if spec.order else ''} is required"
                    self.fault(element_at + GENERIC, cls.layout, numbering, detail, cite=spec.cite)
                last = number
                found.append(element)
                at = stop
        except Unreadable:
            return tuple(found)
        if at < end:
            self.fault(at, layout, spec, f"{octet_count(end - at)} after the last {cls.layout.name} payload")
        elif following:
            self.fault(at, layout, spec, f"another {cls.layout.name} payload is announced, no octets left")
        if len(found) < spec.minimum:
            self.fault(start, layout, spec, f"no {cls.layout.name} payload")
        for counter in layout.body:
            if counter.kind is Kind.COUNT and counter.refers == spec.name:
                announced, place = seen.numbers[counter.name], seen.places[counter.name]
                if announced != len(found):
                    self.fault(place, layout, counter, f"{announced} announced, {len(found)} found")
        return tuple(found)
