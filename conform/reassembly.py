"""Fragments of IP packets put together again, within bounds that a capture cannot stretch.

Kept are at most `MAX_PENDING` packets of `MAX_PACKET` octets, for at most `REASSEMBLY_SECONDS` of the capture's time.
Overlapping fragments are refused in both versions of IP, as RFC 5722 demands for IPv6; exact duplicates are let pass.
Sources: RFC 791 section 3.2 (IPv4), RFC 8200 section 4.5 (IPv6).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from isakmp.conform.netlayers import Fault, IpPacket, Skipped, behind_extensions, is_ipv6

__all__ = ["MAX_PACKET", "MAX_PENDING", "REASSEMBLY_SECONDS", "Incomplete", "Reassembler"]

MAX_PACKET: Final = 65_535
"""Octets behind the headers that fragments may add up to."""

MAX_PENDING: Final = 256
"""Packets in fragments that are kept at a time, 16 MiB in all."""

REASSEMBLY_SECONDS: Final = 60.0
"""How long to wait for the other fragments (RFC 8200 section 4.5; RFC 1122 section 3.3.2 has 60 to 120 for IPv4)."""


@dataclass(slots=True)
class _Pending:
    """A packet of which fragments came: ``starts`` are the keys of ``pieces`` in order, ``size`` their octets."""

    since: float
    offset: int
    first: IpPacket
    starts: list[int] = field(default_factory=list)
    pieces: dict[int, bytes] = field(default_factory=dict)
    frames: list[int] = field(default_factory=list)
    size: int = 0
    total: int | None = None

    @property
    def complete(self) -> bool:
        """Since pieces never overlap, they are all there when they add up to the end of the last one."""
        return self.size == self.total

    def put(self, packet: IpPacket, start: int, *, more: bool) -> None:
        """Add a piece, or raise `Fault`."""
        piece = packet.payload
        end = start + len(piece)
        if packet.fault is not None:
            raise packet.fault
        if not piece or (more and len(piece) % 8):
            raise Fault(f"fragment of {len(piece)} octets, which must be a multiple of 8 and not 0", packet.at)
        if end > MAX_PACKET:
            raise Fault(f"fragment that reaches to octet {end} of a packet", packet.at)
        place = bisect_left(self.starts, start)
        before = self.starts[place - 1] if place else 0
        after = self.starts[place] if place < len(self.starts) else end
        if after < end or (place and before + len(self.pieces[before]) > start):
            raise Fault("fragments overlap: the packet is not put together (RFC 5722 section 4)", packet.at)
        beyond = place < len(self.starts)
        if (not more and (beyond or self.total is not None)) or (self.total is not None and end > self.total):
            raise Fault("fragments disagree about where the packet ends", packet.at)
        insort(self.starts, start)
        self.pieces[start] = piece
        self.size += len(piece)
        if not more:
            self.total = end


class Incomplete(NamedTuple):
    """A packet whose fragments did not all come: frame of the last one, the file's octet of the first one, and why."""

    frame: int
    offset: int
    packet: IpPacket
    reason: str


class Reassembler:
    """Holds the fragments that wait for others."""

    def __init__(self) -> None:
        """Start with none."""
        self._pending: OrderedDict[tuple[bytes, bytes, int, int], _Pending] = OrderedDict()

    def add(self, packet: IpPacket, frame: int, time: float, offset: int) -> tuple[IpPacket, tuple[int, ...]] | Skipped:
        """Take a fragment in; return the whole packet and the frames that it came in, once it is there.

        Args:
            packet: with its ``fragment`` set.
            frame: its number.
            time: when, in seconds.
            offset: where the frame starts in the file.

        Raises:
            Fault: the fragment is cut, empty, too far out, or overlaps another; its packet is then forgotten.

        """
        if packet.fragment is None:
            raise ValueError("not a fragment")
        ident, start, more = packet.fragment
        # In IPv6 only the first fragment's next header counts (RFC 8200 section 4.5), so it cannot tell packets apart.
        key = (packet.source, packet.destination, 0 if is_ipv6(packet.source) else packet.protocol, ident)
        held = self._pending.get(key)
        if held is not None and held.pieces.get(start) == packet.payload:  # sent twice, or seen on two interfaces
            return Skipped.FRAGMENT
        if held is None or held.complete:  # identifications come round
            held = self._pending[key] = _Pending(time, offset + packet.at, packet)
            self._pending.move_to_end(key)
        try:
            held.put(packet, start, more=more)
        except Fault:
            del self._pending[key]
            raise
        held.frames.append(frame)
        if start == 0:
            held.first = packet
        if not held.complete:
            return Skipped.FRAGMENT
        content = b"".join(held.pieces[at] for at in held.starts)
        first, protocol, at = held.first, held.first.protocol, 0
        if is_ipv6(first.source):
            protocol, at = behind_extensions(content, protocol, 0)
        return IpPacket(first.source, first.destination, protocol, content[at:], packet.at), tuple(held.frames)

    def expired(self, time: float | None) -> list[Incomplete]:
        """Forget what waited too long or is too much (``None``: everything); return what was not complete of it."""
        gone: list[Incomplete] = []
        while self._pending:
            key, oldest = next(iter(self._pending.items()))
            late = time is None or abs(time - oldest.since) > REASSEMBLY_SECONDS
            if not late and len(self._pending) <= MAX_PENDING:
                break
            del self._pending[key]
            if not oldest.complete:
                of = "" if oldest.total is None else f" of {oldest.total}"
                reason = f"packet in fragments is incomplete: {oldest.size}{of} octets came"
                gone.append(Incomplete(oldest.frames[-1], oldest.offset, oldest.first, reason))
        return gone
