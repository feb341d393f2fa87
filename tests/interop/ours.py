"""What our decoder makes of a capture, encrypted bodies included, as parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from isakmp.conform.capture import Datagram, read_capture
from isakmp.conform.fragments import Reassembly
from isakmp.crypto.backend import Backend
from isakmp.crypto.registry import load_backend
from isakmp.machine.checks import negotiate
from isakmp.machine.codec import FieldView, Message, Payloads, decode, dissect
from isakmp.machine.codec_chain import Walk
from isakmp.machine.codec_message import payload_type
from isakmp.machine.negotiation import read_ike
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.fields import Kind
from isakmp.spec.payloads import KE, LAYOUTS, SA, Attribute, Header
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Role
from tests.interop.parts import HEADER, Part, Reading, reading

HEADER_OCTETS = Header.layout.minimum
NOT_SHOWN = frozenset({(PayloadType.FRAGMENT, "data")})
"""Fields that tshark does not show: of a fragment only what it is a fragment of."""


def dissection(capture: Path, keys: Mapping[bytes, bytes]) -> dict[int, list[Reading]]:
    """Return what we read in each frame with ISAKMP: the message, and then the one that its fragment completes.

    `keys` are those of the ciphers by the initiator's cookie.
    """
    found = {}
    opener, reassembly = Opener(keys), Reassembly()
    for datagram in read_capture(capture).datagrams:
        found[datagram.frame] = [opener.reading(datagram)]
        whole = reassembly.add(datagram, decode(datagram.payload, lenient=True))
        if whole is not None:
            found[datagram.frame].append(opener.reading(whole))
    return found


def outer_parts(octets: bytes) -> tuple[Message, list[Part]]:
    """Read a datagram, and return what anybody sees of it."""
    message, fields = dissect(octets)
    assert message == decode(octets, lenient=True)
    parts = list(_parts(fields, octets, 0))
    if message.encrypted is None:
        return message, parts + _chain(message.chain)
    extent = Part(HEADER_OCTETS, len(message.encrypted.octets), HEADER, "encrypted", b"")
    return message, [*parts, extent]


def inner_parts(first: int, plain: bytes) -> list[Part]:
    """Read a decrypted body."""
    walk = Walk(plain, HEADER_OCTETS, lenient=True, trace=[])
    chain = walk.body(first, padded=True)
    padding = Part(chain.offsets[-1], len(chain.padding), HEADER, "padding", chain.padding)
    return [*_parts(walk.trace or [], plain, HEADER_OCTETS), *_chain(chain), padding]


def _chain(chain: Payloads) -> list[Part]:
    """Return the payloads of a chain; those within an SA come from the fields of their generic headers."""
    spans = zip(chain.payloads, chain.spans, strict=True)
    return [Part(start, stop - start, payload_type(payload), "payload", b"") for payload, (start, stop) in spans]


def _parts(fields: list[FieldView], source: bytes, base: int) -> Iterator[Part]:
    """Return the fields of a message; `source` are its octets from `base` on."""
    for view in fields:
        layout = LAYOUTS[view.structure]
        kind = HEADER if layout is Header.layout else ...
