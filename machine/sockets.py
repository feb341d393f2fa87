"""UDP sockets that say at which of this host's addresses a datagram arrived, and send from the one that is named.

A socket that is bound to all addresses learns it from the kernel (IP_PKTINFO of Linux, RFC 3542 section 6 for IPv6):
NAT discovery hashes the address that the peer wrote to, and an answer has to come from there.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import Final, NamedTuple

from isakmp.machine.natt import Endpoint

IP_PKTINFO: Final = 8
"""Of <linux/in.h>; the module `socket` of Python 3.11 does not name it."""

LARGEST: Final = 65_535
"""Octets of a UDP datagram, header included (RFC 768); nothing that arrives is longer."""

BUFFER: Final = 1 << 20
"""Octets that are asked of the kernel for datagrams that wait to be read; it may give less."""

_SPACE: Final = socket.CMSG_SPACE(32)


class Arrival(NamedTuple):
    """A datagram as it was read: octets, from where, and to which address of this host."""

    octets: bytes
    source: Endpoint
    to: str


class UdpSocket:
    """A UDP socket of one address family that does not block; `marked` says that it shares its port with ESP.

    Raises:
        OSError: the address cannot be bound; `filename` names it.
    """

    def __init__(self, host: str, port: int, *, marked: bool = False) -> None:
        address = ipaddress.ip_address(host)
        self.marked = marked
        self._any = address.is_unspecified
        self._ip6 = address.version == 6  # noqa: PLR2004 - a name, not a quantity
        self._socket = socket.socket(socket.AF_INET6 if self._ip6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._prepare(host, port)
        except OSError as error:
            self._socket.close()
            raise OSError(error.errno, error.strerror, str(Endpoint(host, port))) from error
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def _prepare(self, host: str, port: int) -> None:
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        if self._ip6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        self._socket.bind(self._kernel(Endpoint(host, port)))

    def fileno(self) -> int:
        """The descriptor, for whoever waits until there is something to read."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def read(self) -> Arrival | None:
        """The next datagram that has arrived; None where there is none, or only news of an error in the network."""
        try:
            octets, extra, _, source = self._socket.recvmsg(LARGEST, _SPACE)
        except OSError:  # nothing there, or what an ICMP message has told of an earlier datagram (RFC 1122 4.1.3.3)
            return None
        return Arrival(octets, self._endpoint(source), self._local(extra))

    def send(self, octets: bytes, to: Endpoint, own: str) -> None:
        """Send a datagram from one of this host's addresses.

        Raises:
            OSError: it does not go out: no route, too long, another address family, no room.
        """
        extra = []
        if self._any:
            packed = ipaddress.ip_address(own).packed
            extra = [
                (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, packed + struct.pack("@I", _scope(own)))
                if self._ip6
                else (socket.IPPROTO_IP, IP_PKTINFO, struct.pack("@I", 0) + packed + bytes(4))
            ]
        self._socket.sendmsg([octets], extra, 0, self._kernel(to))

    def _kernel(self, place: Endpoint) -> tuple[str, int] | tuple[str, int, int, int]:
        return (
            (place.host.partition("%")[0], place.port, 0, _scope(place.host)) if self._ip6 else (place.host, place.port)
        )

    def _endpoint(self, source: tuple[str, int] | tuple[str, int, int, int]) -> Endpoint:
        host, scope = source[0].partition("%")[0], source[3] if len(source) > 2 else 0  # noqa: PLR2004 - of IPv6
        return Endpoint(_scoped(host, scope), source[1], self.port)

    def _local(self, extra: list[tuple[int, int, bytes]]) -> str:
        for level, kind, data in extra:
            if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
                return str(ipaddress.IPv4Address(data[8:12]))  # ipi_addr: the destination in the packet's header
            if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
                address = ipaddress.IPv6Address(data[:16])
                return _scoped(str(address), struct.unpack("@I", data[16:20])[0] if address.is_link_local else 0)
        return self.host


def _scope(host: str) -> int:
    """The number of the interface in an IPv6 address with a zone (RFC 4007 section 11); 0 without one."""
    zone = host.partition("%")[2]
    return int(zone) if zone.isdigit() else socket.if_nametoindex(zone) if zone else 0


def _scoped(host: str, scope: int) -> str:
    return f"{host}%{scope}" if scope else host


def own_address(remote: Endpoint) -> str:
    """The address of this host that the kernel would use towards a remote one; nothing is sent for it.

    Raises:
        OSError: there is no way there; `filename` names the remote end.
    """
    family = socket.AF_INET6 if ":" in remote.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            ip6 = (remote.host.partition("%")[0], remote.port, 0, _scope(remote.host))
            probe.connect(ip6 if family == socket.AF_INET6 else (remote.host, remote.port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(remote)) from error
        found = probe.getsockname()
    return _scoped(found[0].partition("%")[0], found[3] if len(found) > 2 else 0)  # noqa: PLR2004 - of IPv6
