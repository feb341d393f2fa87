"""From a captured frame to a UDP datagram: link layers, IPv4, IPv6 with extension headers, UDP.

Nothing here knows ISAKMP. Every function takes the frame and an offset into it and answers with what it found; what
cannot be read raises `Fault`, with the offset *in the frame* and the reason. Frames that are plainly not UDP are not
judged: they come back as `Skipped`.

Sources: RFC 791 (IPv4), RFC 8200 (IPv6 and its extension headers), RFC 768 (UDP), RFC 1071 (checksum).
"""

from __future__ import annotations

import ipaddress
import struct
from enum import StrEnum
from typing import Final, NamedTuple

__all__ = [
    "LINK_TYPES",
    "UDP",
    "UDP_HEADER",
    "Fault",
    "Fragment",
    "IpPacket",
    "Skipped",
    "UdpDatagram",
    "address_text",
    "behind_extensions",
    "checksum",
    "ip_packet",
    "is_ipv6",
    "may_hold_udp",
    "pseudo_header",
    "udp_datagram",
    "udp_ports",
]

UDP: Final = 17
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN: Final = frozenset({0x8100, 0x88A8, 0x9100})
_PPPOE: Final = 0x8864
_PPP_PROTOCOLS: Final = {0x0021: _IPV4, 0x0057: _IPV6}
_ADDRESS_FAMILIES: Final = {2: _IPV4, 10: _IPV6, 24: _IPV6, 28: _IPV6, 30: _IPV6}
"""Address families in a loopback header: 2 everywhere; for IPv6 Linux, NetBSD, FreeBSD and Darwin differ."""

_FRAGMENT, _AH = 44, 51
_EXTENSIONS: Final = frozenset({0, 43, _AH, 60, 135, 139, 140})
"""Hop-by-hop options, routing, AH, destination options, mobility, HIP, shim6."""

UDP_HEADER: Final = 8
_IPV4_HEADER: Final = 20  # octets, without options


class Skipped(StrEnum):
    """What a frame is that is not looked at; a capture counts them."""

    NO_NETWORK = "no network frame"
    UNKNOWN_LINK = "of an unknown link type"
    NOT_IP = "not IP"
    NOT_UDP = "not UDP"
    OTHER_PORT = "UDP on other ports"
    FRAGMENT = "fragment of an IP packet, not the last one"
    ESP = "ESP in UDP"
    KEEPALIVE = "NAT keepalive"


class Fault(Exception):
    """The frame cannot be read: why, and at which octet of it."""

    def __init__(self, reason: str, at: int) -> None:
        """Keep both."""
        super().__init__(reason)
        self.reason = reason
        self.at = at


class Fragment(NamedTuple):
    """What tells how a fragment belongs to others: identification, offset in octets, whether more follow."""

    ident: int
    offset: int
    more: bool


class IpPacket(NamedTuple):
    """An IP packet behind its headers.

    ``payload`` is what was captured of it, ``at`` where it starts in the frame. ``fault`` says why the payload is not
    whole, if it is not: whether that matters depends on whose packet it is.
    """

    source: bytes
    destination: bytes
    protocol: int
    payload: bytes
    at: int
    fault: Fault | None = None
    fragment: Fragment | None = None


class UdpDatagram(NamedTuple):
    """A whole UDP datagram: ports, content, and what is odd about it."""

    source: int
    destination: int
    payload: bytes
    notes: tuple[str, ...]


def _need(data: bytes, at: int, count: int, what: str) -> None:
    if len(data) < at + count:
        raise Fault(f"cut inside the {what}: {max(len(data) - at, 0)} of {count} octets", at)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2])


# ---- link layer ------------------------------------------------------------------------------------------------------


def _behind_ethertype(data: bytes, ethertype: int, at: int) -> tuple[int, int]:
    while ethertype in _VLAN:
        _need(data, at, 4, "VLAN tag")
        ethertype, at = _u16(data, at + 2), at + 4
    if ethertype == _PPPOE:
        _need(data, at, 8, "PPPoE header")
        ethertype, at = _PPP_PROTOCOLS.get(_u16(data, at + 6), 0), at + 8
    return ethertype, at


def _ethernet(data: bytes) -> tuple[int, int]:
    _need(data, 0, 14, "Ethernet header")
    return _behind_ethertype(data, _u16(data, 12), 14)


def _cooked(data: bytes) -> tuple[int, int]:
    _need(data, 0, 16, "Linux cooked header")
    return _behind_ethertype(data, _u16(data, 14), 16)


def _cooked2(data: bytes) -> tuple[int, int]:
    _need(data, 0, 20, "Linux cooked header, version 2")
    return _behind_ethertype(data, _u16(data, 0), 20)


def _loopback(data: bytes) -> tuple[int, int]:
    _need(data, 0, 4, "loopback header")
    family = min(int.from_bytes(data[:4], "big"), int.from_bytes(data[:4], "little"))  # in the capturing host's order
    return _ADDRESS_FAMILIES.get(family, 0), 4


def _raw(data: bytes) -> tuple[int, int]:
    _need(data, 0, 1, "IP header")
    return {4: _IPV4, 6: _IPV6}.get(data[0] >> 4, 0), 0


LINK_TYPES: Final = {
    0: _loopback,
    1: _ethernet,
    12: _raw,
    14: _raw,
    101: _raw,
    108: _loopback,
    113: _cooked,
    228: lambda _: (_IPV4, 0),
    229: lambda _: (_IPV6, 0),
    276: _cooked2,
}
"""LINKTYPE numbers -> function that gives the EtherType (0: other) and where what it announces starts."""


def ip_packet(link_type: int, data: bytes, wire_length: int) -> IpPacket | Skipped:
    """Return the IP packet in a frame.

    Args:
        link_type: LINKTYPE number, one of `LINK_TYPES`.
        data: the frame as captured.
        wire_length: octets it had on the wire.

    Raises:
        Fault: a header is cut or contradicts itself.

    """
    ethertype, at = LINK_TYPES[link_type](data)
    if ethertype == _IPV4:
        return _ipv4(data, at, wire_length)
    if ethertype == _IPV6:
        return _ipv6(data, at, wire_length)
    return Skipped.NOT_IP


# ---- IP --------------------------------------------------------------------------------------------------------------


def _ipv4(data: bytes, at: int, wire_length: int) -> IpPacket:
    _need(data, at, _IPV4_HEADER, "IPv4 header")
    version, header = data[at] >> 4, (data[at] & 15) * 4
    if version != 4:  # noqa: PLR2004 - a name, not a quantity
        raise Fault(f"IP version {version} where IPv4 is announced", at)
    if header < _IPV4_HEADER:
        raise Fault(f"IPv4 header length of {header} octets, at least {_IPV4_HEADER} are needed", at)
    _need(data, at, header, "IPv4 header")
    total, ident, flags = struct.unpack_from(">HHH", data, at + 2)
    protocol = data[at + 9]
    if total == 0:  # the network card was to cut it into segments and to fill in the length
        total = wire_length - at
    if total < header:
        raise Fault(f"IPv4 total length of {total} octets with a header of {header}", at + 2)
    offset, more = (flags & 0x1FFF) * 8, bool(flags & 0x2000)
    fragment = Fragment(ident, offset, more) if offset or more else None
    fault = _cut_short(data, at + total, wire_length, f"IPv4 total length of {total} octets", at + 2)
    start, end = at + header, at + total
    return IpPacket(data[at + 12 : at + 16], data[at + 16 : at + 20], protocol, data[start:end], start, fault, fragment)


def _ipv6(data: bytes, at: int, wire_length: int) -> IpPacket:
    _need(data, at, 40, "IPv6 header")
    version = data[at] >> 4
    if version != 6:  # noqa: PLR2004 - a name, not a quantity
        raise Fault(f"IP version {version} where IPv6 is announced", at)
    length = _u16(data, at + 4) or wire_length - at - 40  # zero: jumbogram, or the network card was to fill it in
    end = at + 40 + length
    fault = _cut_short(data, end, wire_length, f"IPv6 payload length of {length} octets", at + 4)
    protocol, start = behind_extensions(data[:end], data[at + 6], at + 40)
    fragment = None
    if protocol == _FRAGMENT:
        _need(data[:end], start, 8, "IPv6 fragment header")
        bits, ident = struct.unpack_from(">HI", data, start + 2)
        protocol, start = data[start], start + 8
        if bits & 0xFFF9:  # offset in units of 8 octets, two reserved bits, more follow
            fragment = Fragment(ident, bits & 0xFFF8, bool(bits & 1))
        else:  # a fragment that is the whole (RFC 6946)
            protocol, start = behind_extensions(data[:end], protocol, start)
    source, destination = data[at + 8 : at + 24], data[at + 24 : at + 40]
    return IpPacket(source, destination, protocol, data[start:end], start, fault, fragment)


def behind_extensions(data: bytes, protocol: int, at: int) -> tuple[int, int]:
    """Pass over IPv6 extension headers, the first of which is ``protocol`` and starts at ``at``.

    Each is at least 8 octets, so the data bounds the walk.

    Returns:
        The protocol behind them and where that starts.

    Raises:
        Fault: one is cut.

    """
    while protocol in _EXTENSIONS:
        _need(data, at, 2, "IPv6 extension header")
        size = (data[at + 1] + 2) * 4 if protocol == _AH else (data[at + 1] + 1) * 8
        _need(data, at, size, "IPv6 extension header")
        protocol, at = data[at], at + size
    return protocol, at


def _cut_short(data: bytes, end: int, wire_length: int, claim: str, at: int) -> Fault | None:
    if end > wire_length:
        return Fault(f"{claim}, {end - wire_length} more than the frame had on the wire", at)
    if end > len(data):
        return Fault(f"cut by the capture's snap length: {end - len(data)} octets of the packet are missing", len(data))
    return None


# ---- UDP -------------------------------------------------------------------------------------------------------------


def may_hold_udp(protocol: int) -> bool:
    """Whether UDP is what this protocol number announces, or may come behind it."""
    return protocol == UDP or protocol in _EXTENSIONS


def udp_ports(packet: IpPacket) -> tuple[int, int] | None:
    """Return source and destination port of a UDP packet, ``None`` if not even they are there."""
    ports = packet.payload[:4]
    return (_u16(ports, 0), _u16(ports, 2)) if len(ports) == 4 else None  # noqa: PLR2004 - as sliced above


def udp_datagram(packet: IpPacket) -> UdpDatagram:
    """Return the UDP datagram in a packet that is not a fragment.

    A wrong checksum is a note: where the network card fills it in, every outgoing frame is captured with a wrong one.

    Raises:
        Fault: cut, or a length that cannot be.

    """
    data, at = packet.payload, packet.at
    if packet.fault is not None:
        raise packet.fault
    _need(data, 0, UDP_HEADER, "UDP header")
    source, destination, length, given = struct.unpack_from(">HHHH", data)
    if not UDP_HEADER <= length <= len(data):
        raise Fault(f"UDP length of {length} octets in an IP payload of {len(data)}", at + 4)
    notes: list[str] = []
    if length < len(data):
        notes.append(f"{len(data) - length} octets follow the UDP datagram inside the IP packet")
    if given == 0:
        if is_ipv6(packet.source):
            notes.append("no UDP checksum, which IPv6 requires (RFC 8200 section 8.1)")
    elif checksum(pseudo_header(packet.source, packet.destination, length) + data[:length]) != 0:
        zeroed = data[:6] + b"\0\0" + data[8:length]
        right = checksum(pseudo_header(packet.source, packet.destination, length) + zeroed) or 0xFFFF
        notes.append(f"UDP checksum {given:#06x}, {right:#06x} is right (usual where the network card fills it in)")
    return UdpDatagram(source, destination, data[8:length], tuple(notes))


def is_ipv6(address: bytes) -> bool:
    """Tell the two kinds of addresses apart: 16 octets or 4."""
    return len(address) == 16  # noqa: PLR2004 - RFC 8200 section 3


def pseudo_header(source: bytes, destination: bytes, length: int) -> bytes:
    """Return what UDP's checksum covers besides the datagram (RFC 768; for IPv6 RFC 8200 section 8.1)."""
    if is_ipv6(source):
        return struct.pack(">16s16sIxxxB", source, destination, length, UDP)
    return struct.pack(">4s4sxBH", source, destination, UDP, length)


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of ``data``, 0 if ``data`` contains its own right one.

    The sum of 16-bit words with end-around carry is the number that the octets form modulo 0xFFFF, since
    2**16 = 1 there; only an all-zero sum has to stay apart from 0xFFFF.
    """
    number = int.from_bytes(data + b"\0" if len(data) % 2 else data)
    total = number % 0xFFFF or (0xFFFF if number else 0)
    return total ^ 0xFFFF


def address_text(octets: bytes) -> str:
    """Return an address as `ipaddress` writes it."""
    return str(ipaddress.ip_address(octets))
