"""Where the header of a datagram has its fields, for octets that are not read as a message (RFC 2408 section 3.1)."""

from __future__ import annotations

from typing import Final

from isakmp.spec.payloads import Header


def field_at(name: str) -> slice:
    """The octets of a field of the header.

    Raises:
        ValueError: there is no field of that name, or it is not of whole octets.
    """
    bit = 0
    for field in Header.layout.fields:
        bits = field.bits or 0
        if field.name == name and bit % 8 == bits % 8 == 0:
            return slice(bit // 8, (bit + bits) // 8)
        bit += bits
    raise ValueError(f"the header has no field {name} of whole octets")


HEADER_OCTETS: Final = Header.layout.minimum
CKY_R: Final = field_at("cky_r")
MESSAGE_ID: Final = field_at("message_id")
LENGTH: Final = field_at("length")

NEXT: Final = field_at("next_payload").start
EXCHANGE: Final = field_at("exchange").start
FLAGS: Final = field_at("flags").start
"""Of one octet each."""
