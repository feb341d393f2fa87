"""The pcapng container, block by block, in bounded memory.

Layout: draft-ietf-opsawg-pcapng, sections 4.1 (section header), 4.2 (interface description), 4.3 (enhanced packet), 4.4
(simple packet) and appendix A (the obsolete packet block). Frames are numbered as Wireshark numbers them: from 1, every
block that it lists counts, also a journal entry or a custom block, which hold no network frame.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from isakmp.conform.records import MAX_FRAME, Note, Record, Source, Stop, Unreadable, UnreadableCapture

__all__ = ["SECTION_HEADER", "read_pcapng"]

SECTION_HEADER: Final = b"\x0a\x0d\x0d\x0a"
"""Type of the block that starts a section, and so the file; it reads the same in both byte orders."""

_BYTE_ORDERS: Final = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6
_WITHOUT_NETWORK: Final = frozenset({9, 0x0000_0BAD, 0x4000_0BAD})
"""Listed by Wireshark as frames: entries of systemd's journal, custom blocks to be copied and not to be copied."""

_LEAST_BLOCK, _LEAST_SECTION, _LEAST_INTERFACE = 12, 28, 20  # octets, with both lengths
_MOST_INTERFACE: Final = 65_536
_END_OF_OPTIONS, _IF_TSRESOL, _IF_TSOFFSET = 0, 9, 14
_RESOLUTION: Final = 1_000_000
"""Ticks in a second where the interface says nothing."""


class _Interface(NamedTuple):
    link_type: int
    snap: int
    ticks: int
    seconds: int


class _Packet(NamedTuple):
    """The fixed part of a packet block; ``stamp`` in ticks of the interface."""

    interface: int
    stamp: int | None
    captured: int
    wire_length: int


def _enhanced(order: str, fixed: bytes) -> _Packet:
    interface, high, low, captured, wire_length = struct.unpack(f"{order}IIIII", fixed)
    return _Packet(interface, high << 32 | low, captured, wire_length)


def _old(order: str, fixed: bytes) -> _Packet:
    interface, _drops, high, low, captured, wire_length = struct.unpack(f"{order}HHIIII", fixed)
    return _Packet(interface, high << 32 | low, captured, wire_length)


def _simple(order: str, fixed: bytes) -> _Packet:
    wire_length = struct.unpack(f"{order}I", fixed)[0]
    return _Packet(0, None, wire_length, wire_length)


_PACKETS: Final[dict[int, tuple[Callable[[str, bytes], _Packet], int]]] = {
    _PACKET: (_enhanced, 20),
    _OLD_PACKET: (_old, 20),
    _SIMPLE_PACKET: (_simple, 4),
}
"""Type of a packet block -> how to read its fixed part, and how many octets that has."""


def read_pcapng(source: Source, path: str) -> Iterator[Record | Unreadable | Note]:
    """Yield the frames of a pcapng file whose first four octets, `SECTION_HEADER`, were read.

    Raises:
        UnreadableCapture: the first section header is cut or damaged.

    """
    reader = _Reader(source)
    try:
        reader.section()
    except Stop as stop:
        raise UnreadableCapture(path, f"damaged section header: {stop.what}", stop.offset) from None
    while start := source.up_to(1):
        try:
            found = reader.block(start + source.take(3))
        except Stop as stop:
            if reader.in_frame:
                yield Unreadable(reader.frame, stop.what, stop.offset)
            place = "in" if reader.in_frame else "after"
            yield Note(f"reading stopped {place} frame {reader.frame}: {stop.what}", stop.offset)
            return
        if found is not None:
            yield found


class _Reader:
    """Byte order and interfaces of the section, number of the frame; raises `Stop` where the structure is lost."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._order = "<"
        self._interfaces: list[_Interface] = []
        self.frame = 0
        self.in_frame = False

    def section(self) -> None:
        """Read a section header behind its type."""
        start = self._source.offset
        head = self._source.take(8)
        if head[4:] not in _BYTE_ORDERS:
            raise Stop(f"section header with the byte-order magic {head[4:].hex()}", start + 4)
        self._order = _BYTE_ORDERS[head[4:]]
        self._interfaces.clear()
        length = self._integer(head[:4])
        if length < _LEAST_SECTION or length % 4:
            raise Stop(f"section header of {length} octets", start)
        major = struct.unpack(f"{self._order}HH", self._source.take(4))[0]
        if major != 1:
            raise Stop(f"pcapng version {major}; known is version 1", start + 8)
        self._source.skip(length - 20)
        self._closing(length)

    def block(self, kind_octets: bytes) -> Record | Unreadable | None:
        """Read a block behind its type."""
        self.in_frame = False
        if kind_octets == SECTION_HEADER:
            self.section()
            return None
        kind = self._integer(kind_octets)
        self.in_frame = kind in _PACKETS or kind in _WITHOUT_NETWORK
        self.frame += self.in_frame
        start = self._source.offset
        length = self._integer(self._source.take(4))
        if length < _LEAST_BLOCK or length % 4:
            raise Stop(f"block of {length} octets, which must be a multiple of 4 and at least {_LEAST_BLOCK}", start)
        found: Record | Unreadable | None = None
        if kind == _INTERFACE:
            self._interfaces.append(self._interface(length))
        elif kind in _PACKETS:
            found = self._packet(kind, length - _LEAST_BLOCK)
        else:
            if self.in_frame:
                found = Record(self.frame, None, None, b"", 0, self._source.offset)
            self._source.skip(length - _LEAST_BLOCK)
        self._closing(length)
        return found

    def _integer(self, octets: bytes) -> int:
        number: int = struct.unpack(f"{self._order}I", octets)[0]
        return number

    def _closing(self, length: int) -> None:
        start = self._source.offset
        closing = self._integer(self._source.take(4))
        if closing != length:
            raise Stop(f"block that starts with the length {length} and ends with {closing}", start)

    def _interface(self, length: int) -> _Interface:
        order = self._order
        if not _LEAST_INTERFACE <= length <= _MOST_INTERFACE:
            raise Stop(f"interface description of {length} octets", self._source.offset - 4)
        body = self._source.take(length - _LEAST_BLOCK)
        link_type, _, snap = struct.unpack_from(f"{order}HHI", body)
        ticks, seconds, at = _RESOLUTION, 0, 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(f"{order}HH", body, at)
            value = body[at + 4 : at + 4 + size]
            if code == _END_OF_OPTIONS or len(value) < size:
                break
            if code == _IF_TSRESOL and size == 1:  # highest bit: a power of 2, else of 10
                ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
            elif code == _IF_TSOFFSET and size == struct.calcsize("q"):
                seconds = struct.unpack(f"{order}q", value)[0]
            at += 4 + (size + 3) // 4 * 4
        return _Interface(link_type, snap, ticks, seconds)

    def _packet(self, kind: int, body: int) -> Record | Unreadable:
        """Read a packet block's body of so many octets."""
        source, start = self._source, self._source.offset
        read, fixed = _PACKETS[kind]
        room = body - fixed
        if room < 0:
            source.skip(body)
            return Unreadable(self.frame, f"packet block with {body} octets, at least {fixed} are needed", start)
        packet = read(self._order, source.take(fixed))
        if packet.interface >= len(self._interfaces):
            source.skip(room)
            reason = f"refers to interface {packet.interface}; {len(self._interfaces)} are described, counted from 0"
            return Unreadable(self.frame, reason, start)
        interface = self._interfaces[packet.interface]
        captured = packet.captured
        if kind == _SIMPLE_PACKET:  # tells the length on the wire only; the snap length limits what was captured of it
            captured = min(captured, interface.snap or captured)
        if captured > min(room, MAX_FRAME):
            source.skip(room)
            return Unreadable(self.frame, f"claims {captured} octets, the block has room for {room}", start)
        offset = source.offset
        data = source.take(captured)
        source.skip(room - captured)
        time = None if packet.stamp is None else interface.seconds + packet.stamp / interface.ticks
        return Record(self.frame, time, interface.link_type, data, max(packet.wire_length, captured), offset)
