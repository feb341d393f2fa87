"""The receiver's reading of a template: which payload is which, and what it brings. Nothing here judges a value.

A template's slots are matched by payload type and order of occurrence (the first ID of a quick mode is IDci). What
does not fit is a `Deviation` that names payload and rule; what fits is bound to the names under which the formulas
know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from isakmp.machine.codec_message import Payloads, payload_type
from isakmp.machine.errors import Deviation, Disposition
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
        frozenset(map(int, message.allows)),
        tuple(slot for slot in message.slots if not slot.optional),
    )


def match(message: Message, chain: Payloads) -> tuple[dict[Slot, int], Deviation | None]:
    """The position in the chain of each slot's payload, and what does not fit the template, if anything."""
    prepared = plan(message)
    found: dict[Slot, int] = {}
    counted: dict[int, int] = {}
    problem: Deviation | None = None
    for position, payload in enumerate(chain.payloads):
        type_ = payload_type(payload)
        if position < len(prepared.leading) and type_ != prepared.leading[position]:
            wanted = PayloadType(prepared.leading[position]).name
            problem = problem or _misfit(
                chain, position, f"payload {position + 1} of {message.name} has to be {wanted}", message.leading_cite
            )
        slots = prepared.slots.get(type_, ())
        nth = counted.get(type_, 0)
        counted[type_] = nth + 1
        if nth < len(slots):
            found.setdefault(slots[nth], position)
        elif type_ not in prepared.allowed and type_ < FIRST_PRIVATE_PAYLOAD:
            what = "one more payload of its type than" if slots else "not a payload of"
            problem = problem or _misfit(chain, position, f"is {what} {message.name} ({message.label})", message.cite)
    for slot in prepared.required:
        if slot not in found:
            detail = f"{message.name} ({message.label}) came without {slot.name}"
            problem = problem or Deviation(
                None, slot.payload.name, "", message.cite, detail, Check.FITS.value.notify, Disposition.NOTIFY
            )
    return found, problem


def _misfit(chain: Payloads, position: int, detail: str, cite: str) -> Deviation:
    offset = chain.offsets[position] if chain.offsets else None
    name = type(chain.payloads[position]).__name__
    return Deviation(offset, name, "", cite, detail, Check.FITS.value.notify, Disposition.NOTIFY)
