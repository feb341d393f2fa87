"""The receiver's reading of a template: which payload is which, and what it brings. Nothing here judges a value.

A template's slots are matched by payload type and order of occurrence (the first ID of a quick mode is IDci). What
does not fit is a `Deviation` that names payload and rule; what fits is bound to the names under which the formulas
know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from isakmp.machine.codec_message import Payloads, payload_type
from isakmp.machine.errors import Deviation, Disposition
from isakmp.machine.remembering import remembered
from isakmp.spec.guards import Check
from isakmp.spec.limits import FIRST_PRIVATE_PAYLOAD
from isakmp.spec.messages import Message, Slot
from isakmp.spec.registries import PayloadType


@dataclass(frozen=True)
class Plan:
    """A template, prepared for matching: the slots of each payload type in order, and which types have to be there."""

    message: Message
    slots: dict[int, tuple[Slot, ...]]
    leading: tuple[int, ...]
    may_lack: frozenset[int]
    allowed: frozenset[int]
    required: tuple[Slot, ...]


@cache
def plan(message: Message) -> Plan:
    """The plan of a template."""
    slots: dict[int, tuple[Slot, ...]] = {}
    for slot in message.slots:
        for type_ in filter(None, (slot.payload, slot.alternative)):
            slots[int(type_)] = (*slots.get(int(type_), ()), slot)
    return Plan(
        message,
        slots,
        tuple(map(int, message.leading)),
        frozenset(int(slot.payload) for slot in message.slots if slot.optional),
        frozenset(map(int, message.allows)),
        tuple(slot for slot in message.slots if not slot.optional),
    )


@dataclass(frozen=True)
class Misfit:
    """What does not fit a template: the payload's place in the chain (None: one is missing), in words, the section."""

    position: int | None
    payload: str
    detail: str
    cite: str


@remembered
def assign(message: Message, types: tuple[int, ...]) -> tuple[Mapping[Slot, int], Misfit | None]:
    """The place of each slot's payload in a chain of these types, and the first thing that does not fit, if any."""
    prepared = plan(message)
    found: dict[Slot, int] = {}
    counted: dict[int, int] = {}
    misfit: Misfit | None = None
    leading = tuple(type_ for type_ in prepared.leading if type_ in types or type_ not in prepared.may_lack)
    for position, type_ in enumerate(types):
        name = PayloadType.describe(type_)
        if position < len(leading) and type_ != leading[position]:
            wanted = PayloadType(leading[position]).name
            detail = f"payload {position + 1} of {message.name} has to be {wanted}"
            misfit = misfit or Misfit(position, name, detail, message.leading_cite)
        slots = prepared.slots.get(type_, ())
        nth = counted.get(type_, 0)
        counted[type_] = nth + 1
        if nth < len(slots):
            found.setdefault(slots[nth], position)
        elif type_ not in prepared.allowed and type_ < FIRST_PRIVATE_PAYLOAD:
            what = "one more payload of its type than" if slots else "not a payload of"
            misfit = misfit or Misfit(position, name, f"is {what} {message.name} ({message.label})", message.cite)
    for slot in prepared.required:
        if slot not in found:
            detail = f"{message.name} ({message.label}) came without {slot.name}"
            misfit = misfit or Misfit(None, slot.payload.label, detail, message.cite)
    return MappingProxyType(found), misfit


def match(message: Message, chain: Payloads) -> tuple[Mapping[Slot, int], Deviation | None]:
    """The position in the chain of each slot's payload, and what does not fit the template, if anything."""
    positions, misfit = assign(message, tuple([payload_type(payload) for payload in chain.payloads]))
    if misfit is None:
        return positions, None
    offset = None if misfit.position is None or not chain.offsets else chain.offsets[misfit.position]
    rule = Check.FITS.value
    return positions, Deviation(offset, misfit.payload, "", misfit.cite, misfit.detail, rule.notify, Disposition.NOTIFY)
