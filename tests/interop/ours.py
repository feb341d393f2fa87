"""What our decoder makes of a capture, encrypted bodies included, as parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from isakmp.conform.capture import Datagram, read_capture
from isakmp.conform.fragments import Reassembly
from isakmp.crypto.backend import Backend
from isakmp.crypto.registry import load_backend
from isakmp.machine.checks import negotiate
from isakmp.machine.codec import FieldView, Message, Payloads, decode, decode_payloads, dissect
from isakmp.machine.codec_chain import Walk
from isakmp.machine.codec_message import Encrypted, payload_type
from isakmp.machine.negotiation import read_ike
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.fields import Kind
from isakmp.spec.payloads import KE, LAYOUTS, MESSAGE_ID_ZERO, SA, Attribute, Header
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Role
from tests.interop.parts import HEADER, Part, Reading, attribute_name, reading

HEADER_OCTETS: Final = Header.layout.minimum
LENGTH_AT: Final = 2
"""Where a payload's length stands in it (RFC 2408 section 3.2)."""

NOT_SHOWN: Final = frozenset({(PayloadType.FRAGMENT, "data")})
"""Fields that tshark does not show: of a fragment only which one it is, and the whole once it is complete."""


def dissection(capture: Path, keys: Mapping[bytes, bytes]) -> dict[int, list[Reading]]:
    """Return what we read in each frame with ISAKMP: the message, and then the one that its fragment completes.

    `keys` are those of the ciphers by the initiator's cookie.
    """
    found = {}
    opener, reassembly = Opener(keys), Reassembly()
    for datagram in read_capture(capture).datagrams:
        message, outer = outer_parts(datagram.payload)
        found[datagram.frame] = [reading(outer, opener.inner_parts(datagram, message))]
        whole = reassembly.add(datagram, message)
        if whole is not None:
            message, outer = outer_parts(whole.payload)
            found[datagram.frame].append(reading(outer, opener.inner_parts(whole, message)))
    return found


# ---- reading ---------------------------------------------------------------------------------------------------------


def outer_parts(octets: bytes) -> tuple[Message, list[Part]]:
    """Read a datagram, and return what anybody sees of it."""
    message, fields = dissect(octets)
    assert message == decode(octets, lenient=True)  # what is compared here is what everybody else uses
    parts = list(_parts(fields, message.chain))
    if message.encrypted is not None:
        parts.append(Part(HEADER_OCTETS, len(message.encrypted.octets), HEADER, "encrypted", b""))
    return message, parts


def body_parts(first: int, plain: bytes) -> list[Part]:
    """Read a decrypted body, and return all that is in it."""
    walk = Walk(plain, HEADER_OCTETS, lenient=True, trace=[])
    chain = walk.body(first, padded=True)
    assert chain == decode_payloads(first, plain, padded=True, lenient=True)
    return list(_parts(walk.trace or [], chain))


def _parts(fields: Iterable[FieldView], chain: Payloads) -> Iterator[Part]:
    kinds = {}
    for payload, (start, stop) in zip(chain.payloads, chain.spans, strict=True):
        kinds[start] = payload_type(payload)
        yield Part(start, stop - start, kinds[start], "payload", b"")
    if chain.offsets:
        yield Part(chain.offsets[-1], len(chain.padding), HEADER, "padding", chain.padding)
    kind, nested = HEADER, False
    for view in fields:
        layout, spec = LAYOUTS[view.structure], view.field
        if layout.header and spec.kind is Kind.NEXT:
            nested = view.offset not in kinds
            kind = int(layout.code or 0) if nested else kinds[view.offset]
        if nested and spec.kind is Kind.LENGTH and isinstance(view.value, int):  # a proposal or a transform
            yield Part(view.offset - LENGTH_AT, view.value, kind, "payload", b"")
        yield from (part for part in _field(view, kind) if (part.payload, part.field) not in NOT_SHOWN)


def _field(view: FieldView, kind: int) -> Iterator[Part]:
    size, value = (view.bits + 7) // 8, view.value
    name = "reserved" if view.field.kind is Kind.RESERVED else view.field.name
    if isinstance(value, Attribute):
        short = isinstance(value.value, int)
        octets = value.value.to_bytes(2) if isinstance(value.value, int) else value.value
        yield Part(view.offset, size, kind, attribute_name(value.type, short=short), octets)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield Part(view.offset + number * len(item), len(item), kind, name, item)
    elif isinstance(value, bytes):
        yield Part(view.offset, size, kind, name, value)
    elif isinstance(value, int):
        yield Part(view.offset, size, kind, name, value.to_bytes(size))
    else:
        raise TypeError(f"{view.structure}.{name} holds {value!r}")


# ---- opening ---------------------------------------------------------------------------------------------------------


@dataclass
class Association:
    """An ISAKMP SA on its way: what the wire has told of it, and the last block of each exchange under it."""

    known: Knowledge
    initiator: str
    blocks: dict[int, bytes] = field(default_factory=dict)
    opened: dict[bytes, bytes] = field(default_factory=dict)

    def learn(self, datagram: Datagram, message: Message) -> None:
        """Take in what a message of phase 1 in the clear brings: the responder's choice, the public values."""
        theirs = datagram.source.address != self.initiator
        for payload in message.payloads:
            if isinstance(payload, KE):
                self.known.values[k.G_XR if theirs else k.G_XI] = payload.data
            elif isinstance(payload, SA) and theirs:
                suite = read_ike(payload.proposals[0].transforms[0])
                if suite is not None:
                    negotiate(self.known, suite)

    def open(self, message: Message, encrypted: Encrypted, key: bytes) -> bytes:
        """Decrypt a message; one that comes again is what it was, and moves nothing (RFC 2409 section 10)."""
        if message.datagram not in self.opened:
            values, suite, number = self.known.values, self.known.suite, message.header.message_id
            assert suite is not None
            if not self.blocks:
                self.blocks[0] = values[k.IV_PHASE_1]
            if number not in self.blocks:
                of_exchange = values.copy()
                of_exchange[k.LAST_BLOCK], of_exchange[k.M_ID] = self.blocks[0], number.to_bytes(4)
                self.blocks[number] = of_exchange[k.IV_PHASE_2]
            plain = values.backend.decrypt(suite.encryption, key, self.blocks[number], encrypted.octets)
            self.blocks[number] = encrypted.octets[-values.block_length :]
            self.opened[message.datagram] = plain
        return self.opened[message.datagram]


class Opener:
    """Decrypts the messages of a capture in their order, with the keys of the ciphers by the initiator's cookie."""

    def __init__(self, keys: Mapping[bytes, bytes]) -> None:
        self.keys = keys
        self.backend: Backend = load_backend("openssl")
        self.associations: dict[bytes, Association] = {}

    def inner_parts(self, datagram: Datagram, message: Message) -> list[Part]:
        """Return what is in the encrypted body of a message; nothing if it has none, or no key is known."""
        header = message.header
        if header.cky_i not in self.associations:
            known = Knowledge(Role.I, self.backend)
            self.associations[header.cky_i] = Association(known, datagram.source.address)
        association = self.associations[header.cky_i]
        if message.encrypted is None:
            if header.exchange in MESSAGE_ID_ZERO:
                association.learn(datagram, message)
            return []
        if header.cky_i not in self.keys:
            return []
        plain = association.open(message, message.encrypted, self.keys[header.cky_i])
        return body_parts(message.encrypted.first, plain)
