"""How an adversary changes datagrams: by octets, by the fields of the layouts, payload by payload, or out of nothing.

A change that the codec cannot write gives None: whatever else an adversary could send is found by changing octets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Encrypted, Message, Payloads
from isakmp.machine.errors import LocalMisuse, ProtocolError
from isakmp.spec.layouts import Kind, Payload, Structure
from isakmp.spec.limits import FIRST_STATUS
from isakmp.spec.payloads import D, Header, N
from isakmp.spec.registries import Doi, ExchangeType, Flag, NotifyType, PayloadType, ProtocolId

Path = tuple[int | str, ...]

_OCTET = 256


def read(datagram: bytes) -> Message | None:
    """A datagram as a message; None where it is none."""
    try:
        return decode(datagram)
    except ProtocolError:
        return None


def _fields(structure: Structure, path: Path) -> Iterator[Path]:
    for field in type(structure).layout.values:
        value = getattr(structure, field.name)
        here = (*path, field.name)
        if isinstance(value, Structure):
            yield from _fields(value, here)
        elif isinstance(value, tuple) and value and isinstance(value[0], Structure):
            for index, each in enumerate(value):
                yield from _fields(each, (*here, index))
        elif value is not None:
            yield here


def fields(message: Message) -> tuple[Path, ...]:
    """The ways to all fields with a value: ("header", "cky_i"), (0, "proposals", 0, "transforms", 1, "number"), ..."""
    found = list(_fields(message.header, ("header",)))
    for index, payload in enumerate(message.payloads):
        found += _fields(payload, (index,))
    return tuple(found)


def _other(value: object, number: int, bits: int | None) -> object:
    """Another value of the same kind: numbers are replaced, of octets one is changed."""
    if isinstance(value, int):
        return number % (1 << (bits or 16))
    if isinstance(value, bytes):
        if not value:
            return bytes([number % _OCTET])
        place = (number >> 8) % len(value)
        return value[:place] + bytes([value[place] ^ (number % (_OCTET - 1) + 1)]) + value[place + 1 :]
    return () if isinstance(value, tuple) and number % 2 else value


def _set(structure: Any, path: Path, number: int) -> Any:
    step, *rest = path
    if isinstance(structure, tuple) and isinstance(step, int):
        return (*structure[:step], _set(structure[step], tuple(rest), number), *structure[step + 1 :])
    value = getattr(structure, str(step))
    if rest:
        return structure.replace(**{str(step): _set(value, tuple(rest), number)})
    field = type(structure).layout.field(str(step))
    bits = field.bits if field.kind is Kind.UINT else None
    return structure.replace(**{str(step): _other(value, number, bits)})


def mutate(datagram: bytes, field: int, number: int) -> bytes | None:
    """A datagram with one field changed; lengths and counts are made to fit."""
    message = read(datagram)
    if message is None:
        return None
    ways = fields(message)
    way = ways[field % len(ways)]
    if way[0] == "header":
        changed = message._replace(header=_set(message.header, way[1:], number))
    else:
        changed = message._replace(chain=Payloads(_set(message.payloads, way, number)))
    return written(changed)


def splice(datagram: bytes, place: int, other: bytes, other_place: int, *, insert: bool) -> bytes | None:
    """A datagram with a payload of another one; of encrypted messages the whole body is taken."""
    one, two = read(datagram), read(other)
    if one is None or two is None:
        return None
    if two.encrypted is not None or not two.payloads:
        return written(two._replace(header=one.header))
    if not one.payloads:
        return None
    own, at = list(one.payloads), place % len(one.payloads)
    own[at : at if insert else at + 1] = [two.payloads[other_place % len(two.payloads)]]
    return written(one._replace(chain=Payloads(tuple(own))))


def written(message: Message) -> bytes | None:
    """The octets of a message; None where the codec refuses to write it."""
    flags = message.header.flags
    protected = message.encrypted is not None
    if bool(flags & Flag.ENCRYPTION) is not protected:
        message = message._replace(header=message.header.replace(flags=Flag(flags ^ Flag.ENCRYPTION)))
    try:
        return encode(message)
    except (LocalMisuse, ProtocolError, OverflowError):
        return None


def informational(cky_i: bytes, cky_r: bytes, kind: int, number: int, *, encrypted: bool) -> bytes | None:
    """A notification or delete about an SA of these cookies, made without any key."""
    header = Header(cky_i, cky_r, ExchangeType.INFORMATIONAL, Flag(0), number % 0xFFFFFFFF + 1)
    if encrypted:
        header = header.replace(flags=Flag.ENCRYPTION)
        junk = number.to_bytes(16, "big")
        return written(Message(header, encrypted=Encrypted(PayloadType.HASH, junk * 4)))
    cookies = cky_i + cky_r
    error = NotifyType(number % FIRST_STATUS) if number % FIRST_STATUS in set(NotifyType) else NotifyType(14)
    payloads = (
        N(Doi.IPSEC, ProtocolId.ISAKMP, error, cookies),
        D(Doi.IPSEC, ProtocolId.ISAKMP, (cookies,)),
        N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT, cookies),
        N(Doi.IPSEC, ProtocolId.ESP, error, number.to_bytes(4, "big")),
    )
    return written(Message(header, Payloads((cast(Payload, payloads[kind % len(payloads)]),))))
