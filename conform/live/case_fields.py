"""Cases derived from the layouts: every field of a message, with a value that it cannot have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from isakmp.conform.live.case import Case, Change, Rule, Where, deviation, rule_for
from isakmp.conform.live.draft import Draft
from isakmp.spec.layouts import Field, GenericHeader, Kind, Layout, Payload
from isakmp.spec.messages import Message
from isakmp.spec.payloads import PAYLOADS, Header
from isakmp.spec.registries import PayloadType

UNASSIGNED_PAYLOAD = 127
"""A payload type that nobody has assigned, in the range that is not for private use (RFC 2408 section 3.1)."""


def structures(kind: type[Payload]) -> Iterator[Layout]:
    """The layout of a payload, and of the payloads nested in it."""
    yield kind.layout
    for field in kind.layout.body:
        if field.kind is Kind.CHAIN and field.of is not None and issubclass(field.of, Payload):
            yield from structures(field.of)


def wrong_values(field: Field) -> Iterator[tuple[str, str, int]]:
    """Values that a field must not have: a word for the name of the case, words for people, the number."""
    bits = field.bits or 0
    match field.kind:
        case Kind.RESERVED:
            yield "", "not zero", 1
        case Kind.CONSTANT:
            yield "", f"{field.value + 1}", field.value + 1
        case Kind.UINT if field.allowed is not None:
            value = next(number for number in range(max(field.allowed) + 1, 1 << bits))
            yield "unknown", f"{value}, which is no value of it", value
        case Kind.NEXT:
            yield "unknown", f"{UNASSIGNED_PAYLOAD}, which is no payload", UNASSIGNED_PAYLOAD
        case Kind.LENGTH:
            yield "zero", "0, less than its own header", 0
            yield "long", "more than there is", (1 << min(bits, 16)) - 1
        case Kind.SIZE:
            yield "long", "more than there is", (1 << bits) - 1
        case Kind.COUNT:
            yield "zero", "0, where there are some", 0
            yield "many", "more than there are", (1 << bits) - 1
        case _:
            return


def changes(layout: Layout) -> Iterator[tuple[Field, Change]]:
    """Every field of a structure with each of its wrong values."""
    for field in layout.fields:
        for word, words, value in wrong_values(field):
            slug = "-".join(filter(None, (layout.name.lower(), field.name.replace("_", "-"), word)))
            apply = partial(_set, structure=layout.name, field=field.name, value=value)
            yield field, Change(slug, f"{layout.name}'s {field.label} {words}", apply)


def _set(draft: Draft, structure: str, field: str, value: int) -> Draft:
    return draft.with_field(structure, field, value)


def rule_of(layout: Layout, field: Field) -> Rule:
    """The statement about a field."""
    owner = GenericHeader.layout if field in layout.header else layout
    return rule_for(field.cite, f"layout:{owner.name}.{field.name}")


def header_cases(where: Where) -> Iterator[Case]:
    """Every field of the header of a message."""
    for field, change in changes(Header.layout):
        yield deviation(where, rule_of(Header.layout, field), change)


def payload_cases(where: Where, message: Message, present: frozenset[PayloadType]) -> Iterator[Case]:
    """Every field of every payload of a message; of optional payloads only of those that are `present`."""
    seen: set[PayloadType] = set()
    for slot in message.slots:
        if slot.payload in seen or (slot.optional and slot.payload not in present):
            continue
        seen.add(slot.payload)
        for layout in structures(PAYLOADS[slot.payload]):
            for field, change in changes(layout):
                yield deviation(where, rule_of(layout, field), change)
