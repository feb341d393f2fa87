"""Checks that need no key and no exchange: header, payload chain, lengths, reserved fields, structure of the SA.

The codec's lenient reading finds the faults; here they are sorted under the questions that they answer, so that a question
without a fault is answered too.
"""

from __future__ import annotations

from functools import lru_cache

from isakmp.conform.verdicts import MessageReport
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.errors import Deviation
from isakmp.spec.layouts import GenericHeader, Kind
from isakmp.spec.payloads import LAYOUTS, SA, Attribute, Header, Proposal, SecurityLabel, Transform

__all__ = ["COOKIES", "MESSAGE_ID", "PAYLOAD_CHAIN", "category", "header_checks", "payload_checks", "payload_names"]

COOKIES = "cookies"
MESSAGE_ID = "message id"
LENGTH = "length"
PAYLOAD_CHAIN = "payload chain"
RESERVED = "reserved fields"
STRUCTURE = "SA structure"
CONTENTS = "payload contents"

# The header's questions, each with the fields that answer it; the section is that of the first.
_HEADER = {
    COOKIES: ("cky_i", "cky_r"),
    "version": ("major", "minor"),
    "exchange type": ("exchange",),
    "flags": ("flags",),
    MESSAGE_ID: ("message_id",),
    LENGTH: ("length",),
}
_NEXT, _RESERVED, _LENGTH = GenericHeader.layout.body
_PAYLOADS = {PAYLOAD_CHAIN: _NEXT.cite, RESERVED: _RESERVED.cite, CONTENTS: GenericHeader.layout.cite}
_STRUCTURES = frozenset(cls.layout.name for cls in (SA, Proposal, Transform, Attribute, SecurityLabel))
_HEADER_NAME = "ISAKMP header"


@lru_cache(maxsize=None)
def category(payload: str, field: str) -> str:
    """The question that a fault in this field of this payload answers with no."""
    if payload == _HEADER_NAME:
        names = {Header.layout.field(name).label: check for check, fields in _HEADER.items() for name in fields}
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


def _answer(report: MessageReport, questions: dict[str, str], faults: list[Deviation]) -> None:
    for question, section in questions.items():
        found = [fault for fault in faults if category(fault.payload, fault.field) == question]
        for fault in found:
            report.violation(question, fault)
        if not found:
            report.check(question, True, section)  # noqa: FBT003


def header_checks(report: MessageReport, message: Message) -> None:
    """Answer the questions about the header."""
    questions = {check: Header.layout.field(fields[0]).cite for check, fields in _HEADER.items()}
    payloads = frozenset(message.chain.deviations)
    _answer(report, questions, [fault for fault in message.deviations if _of_header(fault, payloads)])


def _of_header(fault: Deviation, payloads: frozenset[Deviation]) -> bool:
    # A wrong Next Payload field of the header is about the chain, and answered with it.
    return category(fault.payload, fault.field) in _HEADER and (fault not in payloads or fault.payload == _HEADER_NAME)


def payload_checks(report: MessageReport, message: Message, chain: Payloads) -> None:
    """Answer the questions about the payloads, in the clear or decrypted."""
    questions = dict(_PAYLOADS)
    if any(isinstance(payload, SA) for payload in chain.payloads):
        questions[STRUCTURE] = SA.layout.cite
    faults = list(dict.fromkeys((*message.deviations, *chain.deviations)))
    header = frozenset(message.deviations) if message.encrypted is not None else frozenset(message.chain.deviations)
    rest = [fault for fault in faults if not (fault.payload == _HEADER_NAME and category(*_place(fault)) in _HEADER)]
    lengths = [fault for fault in rest if category(*_place(fault)) == LENGTH]
    for fault in lengths:
        report.violation(LENGTH, fault)
    if any(category(*_place(fault)) == STRUCTURE for fault in rest):
        questions[STRUCTURE] = SA.layout.cite
    del header
    _answer(report, questions, [fault for fault in rest if fault not in lengths])


def _place(fault: Deviation) -> tuple[str, str]:
    return fault.payload, fault.field


def payload_names(chain: Payloads) -> tuple[str, ...]:
    """The payloads of a chain by their short names."""
    return tuple(type(payload).__name__ for payload in chain.payloads)
