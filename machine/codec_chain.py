"""The thorough reader of chains of payloads and of messages; `isakmp.machine.codec_walk` reads what is inside."""

from __future__ import annotations

from typing import cast

from isakmp.machine.codec_message import GENERIC, Encrypted, Message, Payloads, Raw, member_of
from isakmp.machine.codec_walk import LENGTH, NEXT, StructureWalk, Unreadable, octet_count
from isakmp.spec.layouts import GenericHeader, Layout, Payload
from isakmp.spec.limits import FIRST_PRIVATE_PAYLOAD
from isakmp.spec.payloads import (
    FRAGMENT,
    MESSAGE_ID_UNIQUE,
    MESSAGE_ID_ZERO,
    PAYLOADS,
    GenericID,
    Header,
    Unknown,
)
from isakmp.spec.registries import Doi, Flag, NotifyType, PayloadType

__all__ = ["Walk"]

_ALIGNMENT = 4  # padding at the end of a message aligns it to 4 octets (RFC 2408 section 3.6)
_HEADER_OCTETS = Header.layout.minimum
_FIRST_AT = 16  # offset of the header's Next Payload field
_ASSIGNED = frozenset(PayloadType)


class Walk(StructureWalk):
    """One reading of a datagram, or of the payloads of a decrypted body."""

    __slots__ = ()

    def payloads(self, first: int, at: int) -> Payloads:
        """Read the chain that starts at position ``at`` with a payload of type ``first``; the rest is padding."""
        end = len(self.data)
        found: list[Payload] = []
        offsets = [self.base + at]
        following = first
        announced = _FIRST_AT - self.base, Header.layout  # where the type of the payload stands, and in what
        while following:
            code = following
            cls = self.payload_class(code, *announced)
            try:
                following, stop = self.generic(at, end, cls.layout)
            except Unreadable:
                found.append(Raw(code, self.data[at:]))
                following, stop = 0, end
            else:
                found.append(self.payload(cls, code, at, stop))
            announced = at, cls.layout
            at = stop
            offsets.append(self.base + at)
        if len(found) > 1 and any(isinstance(payload, FRAGMENT) for payload in found):
            self.fault(offsets[0] - self.base, FRAGMENT.layout, None, "not the only payload of its message")
        source = self.data
        return Payloads(tuple(found), self.data[at:], tuple(offsets), source, self.base, tuple(self.deviations))

    def payload_class(self, code: int, at: int, layout: Layout) -> type[Payload]:
        """Return the class for a payload type that is announced at ``at``; not every type may stand in a chain."""
        if code in self.opaque:
            return Unknown
        if code == PayloadType.ID and self.doi != Doi.IPSEC:
            return GenericID
        cls = PAYLOADS.get(code)
        if cls is not None:
            return cls
        if code in (PayloadType.PROPOSAL, PayloadType.TRANSFORM):
            detail = f"{code} may stand only within an SA payload"
            self.fault(at, layout, layout.field("next_payload"), detail, cite="RFC2408:3.4")
        elif code < FIRST_PRIVATE_PAYLOAD and code not in _ASSIGNED:
            self.fault(at, layout, layout.field("next_payload"), f"{code} is no payload type")
        return Unknown

    def payload(self, cls: type[Payload], code: int, at: int, stop: int) -> Payload:
        """Read one payload of known extent."""
        if cls is Unknown:
            data = self.data[at + GENERIC : stop]
            self.view(at + GENERIC, stop, Unknown.layout, Unknown.layout.body[-1], data)
            return Unknown(code, data)
        try:
            return cast(Payload, self.structure(cls, at + GENERIC, stop)[0])
        except Unreadable:
            return Raw(code, self.data[at:stop])

    def body(self, first: int, *, padded: bool) -> Payloads:
        """Read the payloads of a decrypted body."""
        chain = self.payloads(first, 0)
        if chain.padding and not padded:
            at = len(self.data) - len(chain.padding)
            self.fault(at, GenericHeader.layout, LENGTH, f"{octet_count(len(chain.padding))} after the last payload")
        return chain._replace(deviations=tuple(self.deviations))

    def message(self) -> Message:
        """Read a datagram: header, and the payloads unless they are encrypted."""
        data, layout = self.data, Header.layout
        if len(data) < _HEADER_OCTETS:
            detail = f"{octet_count(len(data))}, the header alone has {_HEADER_OCTETS}"
            self.lenient = False  # without a header there is nothing to show
            self.fault(0, layout, layout.field("length"), detail)
        header = cast(Header, self.structure(Header, 0, _HEADER_OCTETS)[0])
        first, length = data[_FIRST_AT], int.from_bytes(data[24:28])
        self.header_rules(header)
        if length != len(data):
            self.fault(24, layout, layout.field("length"), f"{length} octets, the datagram has {len(data)}")
        if header.flags & Flag.ENCRYPTION:
            if first:
                self.payload_class(first, _FIRST_AT, layout)
            if len(data) == _HEADER_OCTETS or not first:
                detail = "nothing is announced to be encrypted" if not first else "no octets that could be encrypted"
                self.fault(_FIRST_AT, layout, layout.field("next_payload"), detail, notify=NotifyType.PAYLOAD_MALFORMED)
            encrypted = Encrypted(member_of(NEXT, first), data[_HEADER_OCTETS:])
            return Message(header, Payloads(), encrypted, data, tuple(self.deviations))
        chain = self.payloads(first, _HEADER_OCTETS)
        if chain.padding and (
            any(chain.padding) or len(chain.padding) >= _ALIGNMENT or len(data) % _ALIGNMENT or not chain.payloads
        ):
            at = len(data) - len(chain.padding)
            detail = f"{octet_count(len(chain.padding))} after the last payload, which are no padding to 4 octets"
            self.fault(at, layout, layout.field("length"), detail, cite="RFC2408:3.6")
        deviations = tuple(self.deviations)
        return Message(header, chain._replace(deviations=deviations), None, data, deviations)

    def header_rules(self, header: Header) -> None:
        """Check what one field of the header says about another."""
        layout = Header.layout
        if not any(header.cky_i):
            self.fault(0, layout, layout.field("cky_i"), "zero")
        if not any(header.cky_r) and header.flags & Flag.ENCRYPTION:
            self.fault(8, layout, layout.field("cky_r"), "zero, but only an ISAKMP SA with both cookies encrypts")
        spec = layout.field("message_id")
        if header.exchange in MESSAGE_ID_ZERO and header.message_id:
            self.fault(20, layout, spec, f"{header.message_id:#010x} is not zero, as it is in phase 1")
        if header.exchange in MESSAGE_ID_UNIQUE and not header.message_id:
            self.fault(20, layout, spec, "zero, but it tells this exchange from others")
