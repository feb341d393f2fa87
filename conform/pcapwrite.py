"""ISAKMP datagrams written as a pcap file that Wireshark reads: Ethernet, IPv4 or IPv6, UDP with right checksums.

Used for handshakes that ran in memory, and for attacks that are played again. A file appears whole or not at all.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from isakmp.conform.capture import Datagram
from isakmp.conform.netlayers import UDP, checksum, pseudo_header
from isakmp.conform.records import MAX_FRAME
from isakmp.machine.errors import LocalMisuse
from isakmp.spec.transport import NON_ESP_MARKER

__all__ = ["PcapWriter", "write_pcap"]

_FILE_HEADER: Final = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, MAX_FRAME, 1)
_MICROSECONDS: Final = 1_000_000
_HOP_LIMIT: Final = 64
_LOCALLY_ADMINISTERED: Final = b"\x02\x00"
"""First octets of made-up Ethernet addresses (IEEE 802: not assigned by a maker); the IP address gives the others."""


def write_pcap(target: str | os.PathLike[str] | BinaryIO, datagrams: Iterable[Datagram]) -> None:
    """Write datagrams to a pcap file, times to the microsecond.

    A path gets its content at once, by renaming a finished file; where something fails, what was there before stays.
    ``-`` is standard output. What is not a regular file (a pipe, a device) is written to directly, as is a stream.

    Args:
        target: path, or binary stream.
        datagrams: in the order in which they are to be written; their ``frame`` and ``notes`` are not used.

    Raises:
        LocalMisuse: a datagram fits in no frame: too long, mixed IP versions, no such address or port, a time before
            1970 or after 2106.
        OSError: the file cannot be written.

    """
    if not isinstance(target, str | os.PathLike):
        _write(target, datagrams)
        return
    if target == "-":
        _write(sys.stdout.buffer, datagrams)
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.realpath(target))  # through symbolic links: the file is replaced, not the link
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            _write(stream, datagrams)
        return
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as stream:
            _write(stream, datagrams)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class Stream(Protocol):
    """Whatever octets can be written to."""

    def write(self, octets: bytes, /) -> object:
        """Write them behind what is there."""


class PcapWriter:
    """Writes datagrams to a stream one by one, as they come; it holds a whole capture at any time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._written = 0
        stream.write(_FILE_HEADER)

    def write(self, datagram: Datagram) -> None:
        """Write one more datagram; its `frame` and `notes` are not used.

        Raises:
            LocalMisuse: it fits in no frame.
            OSError: the stream cannot be written to.
        """
        self._written += 1
        frame = _frame(datagram, self._written)
        seconds, micro = divmod(round(datagram.time * _MICROSECONDS), _MICROSECONDS)
        if not 0 <= seconds < 2**32:
            raise LocalMisuse(f"datagram {self._written}: a pcap file cannot hold the time {datagram.time}")
        self._stream.write(struct.pack("<IIII", seconds, micro, len(frame), len(frame)) + frame)


def _write(stream: BinaryIO, datagrams: Iterable[Datagram]) -> None:
    writer = PcapWriter(stream)
    for datagram in datagrams:
        writer.write(datagram)


def _frame(datagram: Datagram, number: int) -> bytes:
    try:
        source = ipaddress.ip_address(datagram.source.address)
        destination = ipaddress.ip_address(datagram.destination.address)
    except ValueError as error:
        raise LocalMisuse(f"datagram {number}: {error}") from None
    if source.version != destination.version:
        raise LocalMisuse(f"datagram {number}: from IPv{source.version} to IPv{destination.version}")
    content = NON_ESP_MARKER + datagram.payload if datagram.non_esp_marker else datagram.payload
    ends, length = (source.packed, destination.packed), 8 + len(content)
    if length + (20 if source.version == 4 else 0) > 0xFFFF:  # noqa: PLR2004 - IPv4 counts its header, IPv6 does not
        raise LocalMisuse(
            f"datagram {number}: {len(content)} octets are more than UDP carries over IPv{source.version}"
        )
    ports = (datagram.source.port, datagram.destination.port)
    if not all(0 <= port <= 0xFFFF for port in ports):  # noqa: PLR2004 - 16 bits
        raise LocalMisuse(f"datagram {number}: no such ports: {ports}")
    unsummed = struct.pack(">HHHH", *ports, length, 0) + content
    summed = checksum(pseudo_header(*ends, length) + unsummed) or 0xFFFF  # RFC 768: zero says that there is none
    udp = unsummed[:6] + summed.to_bytes(2) + content
    if source.version == 4:  # noqa: PLR2004 - a name, not a quantity
        ethertype, header = 0x0800, _ipv4_header(*ends, length, number)
    else:
        ethertype = 0x86DD
        header = struct.pack(">IHBB16s16s", 6 << 28, length, UDP, _HOP_LIMIT, *ends)
    ethernet = b"".join(_LOCALLY_ADMINISTERED + address[-4:] for address in reversed(ends)) + ethertype.to_bytes(2)
    return ethernet + header + udp


def _ipv4_header(source: bytes, destination: bytes, length: int, number: int) -> bytes:
    fields = (0x45, 0, 20 + length, number & 0xFFFF, 0, _HOP_LIMIT, UDP)
    summed = checksum(struct.pack(">BBHHHBBH4s4s", *fields, 0, source, destination))
    return struct.pack(">BBHHHBBH4s4s", *fields, summed, source, destination)
