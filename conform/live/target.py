"""What is tested: something that datagrams are sent to, and that may answer. In memory, or behind a UDP socket."""

from __future__ import annotations

import socket
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Protocol

from isakmp.machine.outputs import Output, PhaseOneUp, Send
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.limits import ISAKMP_PORT
from isakmp.spec.terms import Role

LARGEST: Final = 65_535
"""Octets of the longest UDP datagram."""


class Target(Protocol):
    """The implementation under test. Times are in seconds, on the target's own clock."""

    @property
    def now(self) -> float:
        """The time."""

    def send(self, datagram: bytes) -> None:
        """Send a datagram to it; what cannot be sent is lost."""

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram from it; None where none comes in time."""

    def begin(self, exchange: str) -> None:
        """Make it begin an exchange of phase 1, and a quick mode behind it, where it is an initiator."""

    def close(self) -> None:
        """Give back what it was reached by."""


class MemoryTarget:
    """A sans-I/O peer as a target; its clock moves on only while somebody waits for it."""

    ADDRESS: Final = "suite"
    """By what the peer names where datagrams come from."""

    def __init__(self, peer: Peer, now: float = 0.0) -> None:
        self.peer = peer
        self.now = now
        self._waiting: deque[bytes] = deque()
        self._quick: list[IsakmpSa] = []

    def send(self, datagram: bytes) -> None:
        """Let the peer take a datagram."""
        self._keep(self.peer.receive(datagram, self.ADDRESS, self.now))

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
        self._keep(self.peer.initiate(exchange, self.ADDRESS, self.now))

    def close(self) -> None:
        """Do nothing: there is no socket."""

    def _keep(self, outputs: tuple[Output, ...]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                self._waiting.append(output.datagram)
            elif isinstance(output, PhaseOneUp) and output.sa.role is Role.I:
                self._quick.append(output.sa)
        for sa in self._drained():
            self._keep(self.peer.quick(sa, self.ADDRESS, self.now))

    def _drained(self) -> list[IsakmpSa]:
        found, self._quick = self._quick, []
        return found


class UdpTarget:
    """A host and port behind a connected UDP socket. A port that is closed counts as silence.

    Raises:
        OSError: the host is not known, or the socket cannot be made.
    """

    def __init__(self, host: str, port: int = ISAKMP_PORT, source: tuple[str, int] | None = None) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if source is not None:
                self._socket.bind(source)
            self._socket.connect(address)
        except OSError as error:
            self._socket.close()
            error.filename = source[0] if source else host  # what it is said of
            raise
        self.local: str = self._socket.getsockname()[0]

    @property
    def now(self) -> float:
        """The time in seconds since 1970, by which certificates are judged."""
        return time.time()

    def send(self, datagram: bytes) -> None:
        """Send a datagram; where the port is closed, nothing happens."""
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:  # what an earlier datagram met; this one was not sent
            self._again(datagram)

    def receive(self, seconds: float) -> bytes | None:
        """The next datagram from the host."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                return self._socket.recv(LARGEST)
            except ConnectionRefusedError:
                continue
            except TimeoutError:
                break
        return None

    def begin(self, exchange: str) -> None:
        """Do nothing: it is a responder."""

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def _again(self, datagram: bytes) -> None:
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:
            return


class UdpInitiator:
    """An initiator that is made to begin by a command, and is awaited at an address and port of this host.

    Without a command it is waited for. It is whoever a datagram came from last.

    Raises:
        OSError: the socket cannot be made.
    """

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

    def send(self, datagram: bytes) -> None:
        """Send a datagram to who spoke last; before anybody has, nothing is sent."""
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
