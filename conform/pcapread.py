"""The two containers of captured frames, pcap here and pcapng next door, read front to back in bounded memory.

Why own code and not a library: a checker has to say *where* a damaged file is damaged, and a length that lies must
not cost memory. dpkt hands out frames that were cut as if they were whole, keeps the length on the wire to itself, and
asks the file for as many octets as a record claims (4 GiB if it says so); python-pcapng does the latter too, cannot
read from a pipe, and leaves with a ``KeyError`` at an interface that was never described. What is needed of both
formats is short.

Layout: draft-ietf-opsawg-pcap. Frames are numbered from 1, as Wireshark does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from isakmp.conform.pcapngread import SECTION_HEADER, read_pcapng
from isakmp.conform.records import MAX_FRAME, Note, Record, Source, Stop, Unreadable, UnreadableCapture

__all__ = ["read_records"]

_MICRO, _NANO = 1_000_000, 1_000_000_000
_MAGICS: Final = {
    b"\xa1\xb2\xc3\xd4": (">", _MICRO, 0),
    b"\xd4\xc3\xb2\xa1": ("<", _MICRO, 0),
    b"\xa1\xb2\x3c\x4d": (">", _NANO, 0),
    b"\x4d\x3c\xb2\xa1": ("<", _NANO, 0),
    b"\xa1\xb2\xcd\x34": (">", _MICRO, 8),  # "modified" pcap: 8 octets more in each record's header
    b"\x34\xcd\xb2\xa1": ("<", _MICRO, 8),
}
"""First four octets -> byte order, ticks in a second, additional octets in a record's header."""

_VERSION: Final = 2
"""Major version, the only one in use since 1998."""

_OTHER_FILES: Final = (
    (b"\x1f\x8b", "it is compressed (gzip): unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed (zstd): unpack it first"),
    (b"snoop\x00", "it is in Solaris' snoop format: convert it (editcap -F pcap)"),
)


def read_records(stream: BinaryIO, path: str) -> Iterator[Record | Unreadable | Note]:
    """Yield the frames of a capture in their order, what could not be read of it, and notes.

    Args:
        stream: binary stream at its start; it need not be seekable.
        path: name for messages.

    Raises:
        UnreadableCapture: it is empty, not a capture, or damaged before its first frame.

    """
    source = Source(stream)
    magic = source.up_to(4)
    if not magic:
        raise UnreadableCapture(path, "the file is empty", 0)
    if magic in _MAGICS:
        return _read_pcap(source, path, *_MAGICS[magic])
    if magic == SECTION_HEADER:
        return read_pcapng(source, path)
    start = magic + source.up_to(4)
    hint = next((text for known, text in _OTHER_FILES if start.startswith(known)), f"it starts with {start.hex()}")
    raise UnreadableCapture(path, f"neither a pcap nor a pcapng file: {hint}", 0)


def _read_pcap(source: Source, path: str, order: str, ticks: int, extra: int) -> Iterator[Record | Unreadable | Note]:
    try:
        header = source.take(20)
    except Stop as stop:
        raise UnreadableCapture(path, f"cut inside the file header: {stop.what}", stop.offset) from None
    major, _minor, _zone, _figures, _snap, link = struct.unpack(f"{order}HHIIII", header)
    if major != _VERSION:
        raise UnreadableCapture(path, f"pcap version {major}; known is version {_VERSION}", 4)
    link_type = link & 0xFFFF  # the upper half tells of the frame check sequence
    frame = 0
    while start := source.up_to(1):
        frame += 1
        try:
            yield _record(source, start, frame, link_type, (order, ticks, extra))
        except Stop as stop:
            yield Unreadable(frame, stop.what, stop.offset)
            yield Note(f"reading stopped in frame {frame}: {stop.what}", stop.offset)
            return


def _record(source: Source, start: bytes, frame: int, link_type: int, form: tuple[str, int, int]) -> Record:
    """Read a record behind its first octet; ``form`` is that of the file, from `_MAGICS`."""
    order, ticks, extra = form
    head = start + source.take(15 + extra)
    seconds, fraction, captured, wire_length = struct.unpack_from(f"{order}IIII", head)
    if captured > MAX_FRAME:
        raise Stop(f"the frame claims {captured} octets, more than {MAX_FRAME}", source.offset - extra - 8)
    offset = source.offset
    data = source.take(captured)
    return Record(frame, seconds + fraction / ticks, link_type, data, max(wire_length, captured), offset)
