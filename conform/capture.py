"""The ISAKMP datagrams of a capture, with everything that could not be read of it named and placed.

``read_capture`` is the way in. It reads the containers (`isakmp.conform.pcapread`), looks through link, network and
transport layer (`isakmp.conform.netlayers`, `isakmp.conform.reassembly`) and tells ISAKMP from the ESP and the
keepalives that share port 4500 with it (RFC 3948 section 2). Nothing is swallowed: a frame is a datagram, or listed as
unreadable, or counted as something else.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO, NamedTuple

from isakmp.conform.netlayers import (
    LINK_TYPES,
    UDP,
    UDP_HEADER,
    Fault,
    IpPacket,
    Skipped,
    address_text,
    ip_packet,
    may_hold_udp,
    udp_datagram,
    udp_ports,
)
from isakmp.conform.pcapread import read_records
from isakmp.conform.reassembly import Incomplete, Reassembler
from isakmp.conform.records import Note, Record, Unreadable, UnreadableCapture
from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT
from isakmp.spec.transport import KEEPALIVE, NON_ESP_MARKER

__all__ = [
    "NON_ESP_MARKER",
    "Capture",
    "Datagram",
    "Endpoint",
    "Unreadable",
    "UnreadableCapture",
    "read_capture",
]


class Endpoint(NamedTuple):
    """An address, written as `ipaddress` writes it, and a UDP port."""

    address: str
    port: int

    def __str__(self) -> str:
        """Return ``192.0.2.1:500`` or ``[2001:db8::1]:500``."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Datagram:
    """An ISAKMP datagram on its way.

    Attributes:
        frame: number of the frame, from 1; of several fragments, the one that completed the datagram.
        time: seconds since 1970, as a float good to a microsecond.
        source: where it came from.
        destination: where it went.
        payload: the ISAKMP message, without the non-ESP marker.
        non_esp_marker: whether the marker preceded it.
        notes: what was odd on the way, without making it unreadable: checksum, fragments, octets behind its end.

    """

    frame: int
    time: float
    source: Endpoint
    destination: Endpoint
    payload: bytes
    non_esp_marker: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capture:
    """What a capture holds.

    Attributes:
        path: its name.
        datagrams: the ISAKMP datagrams, in the order of the file.
        unreadable: frames that could not be read and may have been ISAKMP, or are known to be.
        skipped: how many frames were something else, by kind.
        notes: what is wrong with the file as a whole, such as that it was cut in the middle.
        frames: how many frames there are.
        cut: the note about where reading stopped before the end, if it did.

    """

    path: str
    datagrams: tuple[Datagram, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: Mapping[str, int]
    notes: tuple[str, ...]
    frames: int
    cut: Note | None = None


def read_capture(
    path: str | PathLike[str],
    *,
    ports: Collection[int] = (ISAKMP_PORT,),
    nat_t_ports: Collection[int] = (NAT_T_PORT,),
) -> Capture:
    """Read a pcap or pcapng file.

    Args:
        path: file name, ``-`` for standard input.
        ports: UDP ports where ISAKMP is spoken, on either side.
        nat_t_ports: UDP ports where ISAKMP follows a non-ESP marker.

    Raises:
        UnreadableCapture: no such file, empty, no capture, damaged before its first frame, or of a link type that
            carries no IP.

    """
    name = fspath(path)
    reader = _Reader(name, frozenset(ports), frozenset(nat_t_ports))
    with _opened(name) as stream:
        try:
            for item in read_records(stream, name):
                reader.take(item)
        except OSError as error:
            raise UnreadableCapture(name, f"cannot be read: {error.strerror or error}") from error
    return reader.capture()


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - a `with` here would take errors of the caller for ours
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableCapture(name, f"cannot be opened: {what}") from error
    with stream:
        yield stream


class _Reader:
    """Sorts what a capture holds into datagrams, unreadable frames, and the rest."""

    def __init__(self, name: str, ports: frozenset[int], nat_t_ports: frozenset[int]) -> None:
        self._name = name
        self._ports = ports
        self._nat_t_ports = nat_t_ports
        self._reassembler = Reassembler()
        self._time = 0.0
        self._frames = 0
        self._datagrams: list[Datagram] = []
        self._unreadable: list[Unreadable] = []
        self._skipped: Counter[str] = Counter()
        self._notes: list[str] = []
        self._cut: Note | None = None
        self._unknown_links: Counter[int] = Counter()

    def capture(self) -> Capture:
        """Return the result, once everything was taken.

        Raises:
            UnreadableCapture: no frame is of a known link type.

        """
        self._give_up(self._reassembler.expired(None))
        for link_type, count in sorted(self._unknown_links.items()):
            text = f"link type {link_type} of {count} frames: how it carries IP is not known here"
            if count == self._frames:
                raise UnreadableCapture(self._name, text)
            self._notes.append(text)
        unreadable = tuple(sorted(self._unreadable, key=lambda one: one.frame))
        return Capture(
            self._name,
            tuple(self._datagrams),
            unreadable,
            {str(kind): count for kind, count in sorted(self._skipped.items())},
            tuple(self._notes),
            self._frames,
            self._cut,
        )

    def take(self, item: Record | Unreadable | Note) -> None:
        """Sort one thing in."""
        if isinstance(item, Note):
            self._cut = item
            self._notes.append(str(item))
            return
        self._frames = item.frame
        if isinstance(item, Unreadable):
            self._unreadable.append(item)
            return
        try:
            found = self._frame(item)
        except Fault as fault:
            self._unreadable.append(Unreadable(item.frame, fault.reason, item.offset + fault.at))
            return
        if isinstance(found, Skipped):
            self._skipped[found] += 1
        else:
            self._datagrams.append(found)

    def _frame(self, record: Record) -> Datagram | Skipped:
        if record.time is not None:
            self._time = record.time
        if record.link_type is None:
            return Skipped.NO_NETWORK
        if record.link_type not in LINK_TYPES:
            self._unknown_links[record.link_type] += 1
            return Skipped.UNKNOWN_LINK
        packet = ip_packet(record.link_type, record.data, record.wire_length)
        if isinstance(packet, Skipped):
            return packet
        notes: tuple[str, ...] = () if record.time is not None else ("the capture holds no time for this frame",)
        if not may_hold_udp(packet.protocol):
            return Skipped.NOT_UDP
        if packet.fragment is not None:
            whole = self._fragment(packet, record)
            if isinstance(whole, Skipped):
                return whole
            packet, frames = whole
            notes += (f"put together from fragments in the frames {', '.join(map(str, frames))}",)
        return self._datagram(packet, record.frame, notes)

    def _fragment(self, packet: IpPacket, record: Record) -> tuple[IpPacket, tuple[int, ...]] | Skipped:
        found = self._reassembler.add(packet, record.frame, self._time, record.offset)
        self._give_up(self._reassembler.expired(self._time))
        return found

    def _give_up(self, incomplete: list[Incomplete]) -> None:
        for frame, offset, packet, reason in incomplete:
            if self._of_interest(packet):
                self._unreadable.append(Unreadable(frame, reason, offset))

    def _of_interest(self, packet: IpPacket) -> bool:
        """Whether a packet that is not whole is one of ours, as far as it tells."""
        first = packet.fragment is None or packet.fragment.offset == 0
        ports = udp_ports(packet) if first and packet.protocol == UDP else None
        return ports is None or not self._watched.isdisjoint(ports)

    @property
    def _watched(self) -> frozenset[int]:
        return self._ports | self._nat_t_ports

    def _datagram(self, packet: IpPacket, frame: int, notes: tuple[str, ...]) -> Datagram | Skipped:
        if packet.protocol != UDP:
            return Skipped.NOT_UDP
        if not self._of_interest(packet):
            return Skipped.OTHER_PORT
        udp = udp_datagram(packet)
        payload, marked = udp.payload, False
        if payload == KEEPALIVE:
            return Skipped.KEEPALIVE
        here = {udp.source, udp.destination}
        # With one side on port 500 and the other on 4500 (a NAT may choose any), only the content can tell.
        if here & self._nat_t_ports and (payload.startswith(NON_ESP_MARKER) or not here & self._ports):
            if len(payload) < len(NON_ESP_MARKER):
                raise Fault(f"{len(payload)} octets where ESP or a non-ESP marker should be", packet.at + UDP_HEADER)
            if not payload.startswith(NON_ESP_MARKER):
                return Skipped.ESP
            payload, marked = payload[len(NON_ESP_MARKER) :], True
        return Datagram(
            frame,
            self._time,
            Endpoint(address_text(packet.source), udp.source),
            Endpoint(address_text(packet.destination), udp.destination),
            payload,
            marked,
            notes + udp.notes,
        )
