"""Octets to messages and back. Strict unless told otherwise; every fault comes with its place and section.

`decode` and `encode` handle whole datagrams, `decode_payloads` and `encode_payloads` the payloads of a decrypted body,
`dissect` lists every field for display. For every well-formed datagram ``encode(decode(x)) == x``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, cast

from isakmp.machine.codec_chain import Walk
from isakmp.machine.codec_fast import KNOWN_TYPES, ODD, Odd, attribute_octets, read_payloads, writer
from isakmp.machine.codec_message import Encrypted, Message, Payloads, Raw, payload_type
from isakmp.machine.codec_misuse import misuse
from isakmp.machine.codec_walk import FieldView
from isakmp.machine.errors import LocalMisuse
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import NO_COOKIE
from isakmp.spec.payloads import MESSAGE_ID_UNIQUE, MESSAGE_ID_ZERO, Header
from isakmp.spec.registries import Doi, ExchangeType, Flag, PayloadType

__all__ = [
    "Encrypted",
    "FieldView",
    "Message",
    "Payloads",
    "Raw",
    "attribute_octets",
    "decode",
    "decode_payloads",
    "dissect",
    "encode",
    "encode_payloads",
    "payload_octets",
]

_HEADER = struct.Struct(">8s8s4B2I")
_HEADER_OCTETS = _HEADER.size
_VERSION = Header.layout.field("major").value << 4 | Header.layout.field("minor").value
_FLAGS = tuple(Flag(bits) for bits in range(8))
_EXCHANGES = {
    int(exchange): (exchange, exchange in MESSAGE_ID_ZERO, exchange in MESSAGE_ID_UNIQUE)
    for exchange in ExchangeType
    if exchange
}
_ENCRYPTION = int(Flag.ENCRYPTION)
_IPSEC = int(Doi.IPSEC)
_EMPTY = Payloads()
_new: Any = tuple.__new__  # what the constructors end in, without their handling of keywords and defaults


def decode(
    datagram: bytes, *, lenient: bool = False, doi: int = Doi.IPSEC, opaque: frozenset[PayloadType] = frozenset()
) -> Message:
    """Read a datagram (without UDP header and non-ESP marker): header, and the payloads if they are in the clear.

    An encrypted message (flag E) keeps its body as `Encrypted`. ``doi`` says how identifications are laid out;
    payloads of the types in ``opaque``, whose bodies are encrypted, become `Unknown`. Raises
    `MalformedMessage` for the first fault; lenient, the faults are in ``Message.deviations``, what could not be read is
    kept as `Raw`, and only a datagram shorter than the header raises. Source: RFC 2408 sections 3 and 5.
    """
    datagram = bytes(datagram)
    if opaque:
        return Walk(datagram, lenient=lenient, doi=doi, opaque=opaque).message()
    try:
        return _decode_ordinary(datagram, doi)
    except ODD:
        return Walk(datagram, lenient=lenient, doi=doi).message()


def _decode_ordinary(datagram: bytes, doi: int) -> Message:
    """Read a datagram in order; raises one of `ODD` on anything that the thorough reader should judge."""
    cky_i, cky_r, first, version, exchange, flags, message_id, length = _HEADER.unpack_from(datagram)
    if version != _VERSION or flags >= len(_FLAGS) or length != len(datagram) or cky_i == NO_COOKIE:
        raise Odd
    known = _EXCHANGES.get(exchange)
    if known is None or known[1 if message_id else 2]:
        raise Odd
    header: Header = _new(Header, (cky_i, cky_r, known[0], _FLAGS[flags], message_id))
    if flags & _ENCRYPTION:
        if first not in KNOWN_TYPES or cky_r == NO_COOKIE or length == _HEADER_OCTETS:
            raise Odd
        return Message(header, _EMPTY, Encrypted(KNOWN_TYPES[first], datagram[_HEADER_OCTETS:]), datagram)
    chain = read_payloads(datagram, first, _HEADER_OCTETS, 0, ipsec=doi == _IPSEC)
    if chain[1]:  # padding
        raise Odd
    return _new(Message, (header, chain, None, datagram, ()))  # type: ignore[no-any-return]


def decode_payloads(
    first: int,
    octets: bytes,
    *,
    offset: int = _HEADER_OCTETS,
    doi: int = Doi.IPSEC,
    lenient: bool = False,
    padded: bool = False,
) -> Payloads:
    """Read the payloads of a decrypted body, the first of type ``first``; the body stands at ``offset``.

    ``padded`` allows octets after the last payload, as ciphers need; they are in ``Payloads.padding`` for the caller to
    judge. Raises `MalformedMessage` unless lenient. Source: RFC 2408 section 3, RFC 2409 Appendix B (padding).
    """
    octets = bytes(octets)
    try:
        chain = read_payloads(octets, first, 0, offset, ipsec=doi == _IPSEC)
    except ODD:
        pass
    else:
        if padded or not chain.padding:
            return chain
    return Walk(octets, offset, lenient=lenient, doi=doi).body(first, padded=padded)


def dissect(datagram: bytes, *, doi: int = Doi.IPSEC) -> tuple[Message, list[FieldView]]:
    """Read a datagram leniently and list every field of it in wire order, with offset, width, layout and value."""
    walk = Walk(bytes(datagram), lenient=True, doi=doi, trace=[])
    return walk.message(), walk.trace or []


def encode(message: Message) -> bytes:
    """Write a message; next payload, version and length follow from the rest. Raises `LocalMisuse` if it cannot be."""
    header, chain, encrypted = message.header, message.chain, message.encrypted
    if encrypted is None:
        body = encode_payloads(chain.payloads) + chain.padding
        first = payload_type(chain.payloads[0]) if chain.payloads else 0
    else:
        first, body = encrypted
    if not 0 <= first <= 255:  # noqa: PLR2004 - what an octet holds
        raise LocalMisuse(f"{first} is no payload type")
    cky_i, cky_r, exchange, flags, message_id = cast(Any, header)
    try:
        if len(cky_i) != len(cky_r) or len(cky_i) != 8:  # noqa: PLR2004 - struct would pad or cut without a word
            raise struct.error("cookies of 8 octets")
        return (
            _HEADER.pack(cky_i, cky_r, first, _VERSION, exchange, flags, message_id, _HEADER_OCTETS + len(body)) + body
        )
    except (struct.error, TypeError) as error:
        raise misuse(header, error) from error


def encode_payloads(payloads: Iterable[Payload]) -> bytes:
    """Write a chain of payloads without padding. Raises `LocalMisuse` on a value that its field cannot hold."""
    chain = tuple(payloads)
    parts: list[bytes] = []
    following = 0
    for payload in reversed(chain):
        parts.append(payload_octets(payload, following))
        following = payload_type(payload)
    parts.reverse()
    return b"".join(parts)


def payload_octets(payload: Payload, following: int = 0) -> bytes:
    """Write one payload with its generic header, which announces a payload of type ``following``."""
    try:
        return writer(type(payload))(payload, following)
    except (struct.error, TypeError, ValueError, AttributeError) as error:
        raise misuse(payload, error) from error
    except KeyError as error:
        raise LocalMisuse(f"{type(payload).__name__} cannot stand in a chain of payloads") from error
