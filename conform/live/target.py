"""What is tested: something that datagrams are sent to, and that may answer. In memory, or behind a UDP socket."""

from __future__ import annotations

import select
import socket
import subprocess
import time
from collections import deque
from collections.abc import Hashable, Sequence
from typing import Any, Final, Protocol

from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Output, PhaseOneUp, Send
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT
from isakmp.spec.terms import Role
from isakmp.spec.transport import NON_ESP_MARKER

NOWHERE: Final = "target"
"""What stands for an address where there is no NAT traversal."""

LARGEST: Final = 65_535
"""Octets of the longest UDP datagram."""


class Target(Protocol):
    """The implementation under test. Times are in seconds, on the target's own clock."""

    @property
    def now(self) -> float:
        """The time."""

    @property
    def address(self) -> Hashable:
        """What the partner takes for its address; an `Endpoint` where NAT traversal is tried."""

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        """Send a datagram to it, where it is awaited or where the partner has moved; what cannot be sent is lost."""

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram from it; None where none comes in time."""

    def begin(self, exchange: str) -> None:
        """Make it begin an exchange of phase 1, and a quick mode behind it, where it is an initiator."""

    def close(self) -> None:
        """Give back what it was reached by."""


class MemoryTarget:
    """A sans-I/O peer as a target; its clock moves on only while somebody waits for it."""

    SUITE: Final = "suite"
    """By what the peer names where datagrams come from."""

    address: Hashable = NOWHERE

    def __init__(self, peer: Peer, now: float = 0.0) -> None:
        self.peer = peer
        self.now = now
        self._waiting: deque[bytes] = deque()
        self._quick: list[IsakmpSa] = []

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        """Let the peer take a datagram."""
        del to
        self._keep(self.peer.receive(datagram, self.SUITE, self.now))

    def receive(self, seconds: float) -> bytes | None:
        """What the peer has sent, at once or by its timers."""
        end = self.now + seconds
        while not self._waiting:
            due = self.peer.next_deadline()
            if due is None or due > end:
                self.now = end
                return None
            self.now = max(self.now, due)
            self._keep(self.peer.tick(self.now))
        return self._waiting.popleft()

    def begin(self, exchange: str) -> None:
        """Begin, and go on with a quick mode once the ISAKMP SA stands."""
        self._keep(self.peer.initiate(exchange, self.SUITE, self.now))

    def close(self) -> None:
        """Do nothing: there is no socket."""

    def _keep(self, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self._waiting.append(output.datagram)
            elif isinstance(output, PhaseOneUp) and output.sa.role is Role.I:
                self._quick.append(output.sa)
        for sa in self._drained():
            self._keep(self.peer.quick(sa, self.SUITE, self.now))

    def _drained(self) -> list[IsakmpSa]:
        found, self._quick = self._quick, []
        return found


class UdpTarget:
    """A host and port behind a connected UDP socket. A port that is closed counts as silence.

    Args:
        host: its name or address.
        port: the port at which it is awaited.
        source: the address and port to speak from; None: whichever fit.
        nat_t_port: the port that the partner moves to where it finds a NAT, with markers; None: nothing moves.

    Raises:
        OSError: the host is not known, or a socket cannot be made.

    """

    def __init__(
        self,
        host: str,
        port: int = ISAKMP_PORT,
        source: tuple[str, int] | None = None,
        nat_t_port: int | None = None,
    ) -> None:
        self.address: Hashable = NOWHERE if nat_t_port is None else Endpoint(host, port)
        self._plain = _connected(host, port, source)
        self._sockets = [self._plain]
        self._marked = None
        if nat_t_port is not None:
            try:
                self._marked = _connected(host, nat_t_port, source and _beside(source))
            except OSError:
                self._plain.close()
                raise
            self._sockets.append(self._marked)
        self.local: str = self._plain.getsockname()[0]

    @property
    def now(self) -> float:
        """The time in seconds since 1970, by which certificates are judged."""
        return time.time()

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        """Send a datagram; where the port is closed, nothing happens."""
        if self._marked is None or to in {None, self.address}:
            _send(self._plain, datagram)
        else:
            _send(self._marked, NON_ESP_MARKER + datagram)

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram from the host; what shares the port with ISAKMP is passed over."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for ready in select.select(self._sockets, (), (), left)[0]:
                try:
                    datagram: bytes = ready.recv(LARGEST, socket.MSG_DONTWAIT)
                except (ConnectionRefusedError, BlockingIOError):  # the latter where its checksum is wrong
                    continue
                if ready is self._plain:
                    return datagram
                if datagram.startswith(NON_ESP_MARKER):
                    return datagram.removeprefix(NON_ESP_MARKER)
        return None

    def begin(self, exchange: str) -> None:
        """Do nothing: it is a responder."""

    def close(self) -> None:
        """Give the sockets back."""
        for each in self._sockets:
            each.close()


def _connected(host: str, port: int, source: tuple[str, int] | None) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if source is not None:
            made.bind(source)
        made.connect(address)
    except OSError as error:
        made.close()
        error.filename = source[0] if source else host  # what it is said of
        raise
    return made


def _beside(source: tuple[str, int]) -> tuple[str, int]:
    """Where the partner speaks from once it has moved (RFC 3947 section 4): port 4500 beside 500, else any."""
    return source[0], NAT_T_PORT if source[1] == ISAKMP_PORT else 0


def _send(through: socket.socket, datagram: bytes) -> None:
    for _ in range(2):  # an error is of an earlier datagram, in whose place this one was not sent
        try:
            through.send(datagram)
        except ConnectionRefusedError:
            continue
        return


class UdpInitiator:
    """An initiator that is made to begin by a command, and is awaited at an address and port of this host.

    Without a command it is waited for. It is whoever a datagram came from last.

    Raises:
        OSError: the socket cannot be made.
    """

    address: Hashable = NOWHERE

    def __init__(self, address: str, port: int, command: Sequence[str] = ()) -> None:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)[0][0]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._command = tuple(command)
        self._running: list[subprocess.Popen[bytes]] = []
        self._peer: Any = None

    @property
    def now(self) -> float:
        """The time in seconds since 1970."""
        return time.time()

    @property
    def port(self) -> int:
        """The port at which it is awaited."""
        return int(self._socket.getsockname()[1])

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        """Send a datagram to who spoke last; before anybody has, nothing is sent."""
        del to
        if self._peer is not None:
            self._socket.sendto(datagram, self._peer)

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram from anybody."""
        self._socket.settimeout(max(seconds, _LEAST))
        try:
            datagram, self._peer = self._socket.recvfrom(LARGEST)
        except TimeoutError:
            return None
        return datagram

    def begin(self, exchange: str) -> None:
        """Run the command; which exchange it begins is the initiator's own business.

        Raises:
            OSError: there is no such command.
        """
        del exchange
        self._running = [each for each in self._running if each.poll() is None]
        if self._command:
            none = subprocess.DEVNULL
            self._running.append(subprocess.Popen(self._command, stdin=none, stdout=none, stderr=none))  # noqa: S603 - the user's own

    def close(self) -> None:
        """Give the socket back, and end commands that still run."""
        self._socket.close()
        for each in self._running:
            each.terminate()
            each.wait()


_LEAST = 0.001
