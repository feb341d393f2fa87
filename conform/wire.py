"""Checks that need no exchange: header, payload chain, lengths, reserved fields, structure of the SA.

The codec's lenient reading finds the faults; here they are sorted under the questions that they answer, so that a
question without a fault is answered too.
"""

from __future__ import annotations

from functools import cache

from isakmp.conform.verdicts import MessageReport
from isakmp.machine.codec_message import Message, Payloads
from isakmp.spec.layouts import GenericHeader, Kind
from isakmp.spec.payloads import LAYOUTS, SA, Attribute, Header, Proposal, SecurityLabel, Transform

__all__ = ["COOKIES", "MESSAGE_ID", "PAYLOAD_CHAIN", "category", "payload_names", "wire_checks"]

COOKIES = "cookies"
MESSAGE_ID = "message id"
LENGTH = "length"
PAYLOAD_CHAIN = "payload chain"
RESERVED = "reserved fields"
STRUCTURE = "SA structure"
CONTENTS = "payload contents"

# The header's questions, each with the fields that answer it; the section is that of the first.
_HEADER_FIELDS = {
    COOKIES: ("cky_i", "cky_r"),
    "version": ("major", "minor"),
    "exchange type": ("exchange",),
    "flags": ("flags",),
    MESSAGE_ID: ("message_id",),
    LENGTH: ("length",),
}
_HEADER = {check: Header.layout.field(fields[0]).cite for check, fields in _HEADER_FIELDS.items()}
_NEXT, _RESERVED, _LENGTH = GenericHeader.layout.body
_PAYLOADS = {PAYLOAD_CHAIN: _NEXT.cite, RESERVED: _RESERVED.cite, CONTENTS: GenericHeader.layout.cite}
_STRUCTURES = frozenset(cls.layout.name for cls in (SA, Proposal, Transform, Attribute, SecurityLabel))
_HEADER_NAME = "ISAKMP header"


@cache
def category(payload: str, field: str) -> str:
    """The question that a fault in this field of this payload answers with no."""
    if payload == _HEADER_NAME:
        names = {Header.layout.field(name).label: check for check, fields in _HEADER_FIELDS.items() for name in fields}
        return names.get(field, PAYLOAD_CHAIN)
    name = payload.removesuffix(" payload")
    layout = LAYOUTS.get(name, GenericHeader.layout)
    kind = next((each.kind for each in layout.fields if each.label == field), None)
    if kind is Kind.NEXT:
        return PAYLOAD_CHAIN
    if kind is Kind.RESERVED:
        return RESERVED
    if name in _STRUCTURES:
        return STRUCTURE
    return LENGTH if kind is Kind.LENGTH else CONTENTS


def wire_checks(report: MessageReport, message: Message, chain: Payloads | None, why: str = "") -> None:
    """Answer the questions about header and payloads.

    Args:
        report: where the answers go.
        message: as the codec's lenient mode read it.
        chain: its payloads, decrypted where need be; None if they could not be.
        why: the reason, where they could not be.

    """
    faults = list(dict.fromkeys((*message.deviations, *(chain.deviations if chain else ()))))
    found = {category(fault.payload, fault.field) for fault in faults}
    questions = {**_HEADER, **_PAYLOADS}
    if STRUCTURE in found or (chain and any(isinstance(payload, SA) for payload in chain.payloads)):
        questions[STRUCTURE] = SA.layout.cite
    for question, section in questions.items():
        if question in found:
            for fault in faults:
                if category(fault.payload, fault.field) == question:
                    report.violation(question, fault)
        elif chain is None and question in _PAYLOADS:
            report.check(question, section, why or "encrypted", ok=None)
        else:
            report.check(question, section, ok=True)


def payload_names(chain: Payloads) -> tuple[str, ...]:
    """The payloads of a chain by their short names."""
    return tuple(type(payload).__name__ for payload in chain.payloads)
