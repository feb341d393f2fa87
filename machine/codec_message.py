"""What the codec reads and writes: messages, payload chains, and what could not be read.

Everything that keys or hashes cover must be the octets **as received** (``SAi_b``, "all that follows the HASH
payload"), never an encoding of what was read from them. So a chain keeps its octets and where each payload starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from isakmp.machine.errors import Deviation, LocalMisuse
from isakmp.spec.layouts import Field, GenericHeader, Payload, octets, uint
from isakmp.spec.payloads import PAYLOADS, GenericID, Header, Unknown
from isakmp.spec.registries import FlagRegistry, PayloadType, Registry

__all__ = ["CHAINABLE", "GENERIC", "Encrypted", "Message", "Payloads", "Raw", "member_of", "payload_type"]

GENERIC = GenericHeader.layout.minimum
"""Octets of the generic payload header."""


class Raw(Payload, cite="RFC2408:3.2", figure="Figure 3: Generic Payload Header"):
    """Octets that could not be read (lenient mode only), from the generic header on; ``type`` is what was announced."""

    type: int = uint(0, "(in the Next Payload field before)", PayloadType)
    data: bytes = octets("(unreadable)")


CHAINABLE: Final[tuple[type[Payload], ...]] = (*PAYLOADS.values(), GenericID)
"""Classes of payloads that may stand in a chain and have a type of their own."""

_CODES = {cls: int(cls.layout.code) for cls in CHAINABLE if cls.layout.code is not None}


@cache
def _members(registry: type[Registry]) -> dict[int, int]:
    return {int(member): member for member in registry}


@cache
def _known_bits(registry: type[FlagRegistry]) -> int:
    return registry.known()


def member_of(spec: Field, number: int) -> int:
    """Return the number as a member of the field's registry where it is one."""
    if spec.registry is None:
        return number
    if issubclass(spec.registry, FlagRegistry):
        # Any combination of bits is a member; but members are kept for ever, and 32 bits have very many of them.
        return number if number & ~_known_bits(spec.registry) else spec.registry(number)
    return _members(spec.registry).get(number, number)


def payload_type(payload: Payload) -> int:
    """Return the number that the Next Payload field before this payload holds."""
    code = _CODES.get(type(payload))
    if code is not None:
        return code
    if isinstance(payload, Unknown | Raw):
        return payload.type
    raise LocalMisuse(f"{payload!r} cannot stand in a chain of payloads")


class Payloads(NamedTuple):
    """A chain of payloads, from a message in the clear or from a decrypted body.

    ``offsets`` holds where each payload starts and where the last one ends, counted from the start of the datagram
    (``base`` is where ``source`` starts). ``padding`` is what follows the last payload. The last members are empty in a
    chain made for sending. ``opened`` holds the bodies of payloads that came encrypted, by their position.
    """

    payloads: tuple[Payload, ...] = ()
    padding: bytes = b""
    offsets: tuple[int, ...] = ()
    source: bytes = b""
    base: int = 0
    deviations: tuple[Deviation, ...] = ()
    opened: Mapping[int, bytes] = MappingProxyType({})

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Start and end offset of each payload."""
        return tuple(zip(self.offsets, self.offsets[1:], strict=False))

    def octets(self, index: int) -> bytes:
        """Payload ``index`` as received, with its generic header."""
        return self.source[self.offsets[index] - self.base : self.offsets[index + 1] - self.base]

    def body(self, index: int) -> bytes:
        """Payload ``index`` as received, without its generic header: ``SAi_b``, ``IDii_b`` (RFC 2409 section 3.2).

        Of one whose body came encrypted and was opened, what was inside.
        """
        inside = self.opened.get(index)
        return self.octets(index)[GENERIC:] if inside is None else inside

    def after(self, index: int) -> bytes:
        """All payloads after payload ``index`` as received, without padding: what ``HASH(1)`` covers."""
        return self.source[self.offsets[index + 1] - self.base : self.offsets[-1] - self.base]

    def position(self, kind: type[Payload], occurrence: int = 0) -> int:
        """Return the position of a payload of that class; raises ``LookupError`` if there are not enough of them."""
        found = [i for i, payload in enumerate(self.payloads) if isinstance(payload, kind)]
        if occurrence >= len(found):
            raise LookupError(f"no {kind.__name__} payload number {occurrence} in this message")
        return found[occurrence]


class Encrypted(NamedTuple):
    """The body of an encrypted message: type of the first payload within, and the cipher's octets."""

    first: int
    octets: bytes


class Message(NamedTuple):
    """An ISAKMP message: header, and a chain of payloads or an encrypted body.

    ``datagram`` holds the octets as received, nothing in a message made for sending. ``deviations`` holds what the
    lenient mode found in header and payloads.
    """

    header: Header
    chain: Payloads = Payloads()
    encrypted: Encrypted | None = None
    datagram: bytes = b""
    deviations: tuple[Deviation, ...] = ()

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """Payloads in the clear."""
        return self.chain.payloads

    @property
    def next_payload(self) -> int:
        """Type of the first payload."""
        if self.encrypted is not None:
            return self.encrypted.first
        return payload_type(self.payloads[0]) if self.payloads else PayloadType.NONE

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Start and end offset of each payload in the datagram."""
        return self.chain.spans

    def body(self, index: int) -> bytes:
        """Payload ``index`` as received, without its generic header."""
        return self.chain.body(index)

    def after(self, index: int) -> bytes:
        """All payloads after payload ``index`` as received."""
        return self.chain.after(index)
