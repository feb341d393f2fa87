"""What is tested: something that datagrams are sent to, and that may answer. In memory, or behind a UDP socket."""

from __future__ import annotations

import socket
import time
from collections import deque
from typing import Final, Protocol

from isakmp.machine.outputs import Output, Send
from isakmp.machine.peer import Peer
from isakmp.spec.limits import ISAKMP_PORT

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

    def close(self) -> None:
        """Do nothing: there is no socket."""

    def _keep(self, outputs: tuple[Output, ...]) -> None:
        self._waiting.extend(output.datagram for output in outputs if isinstance(output, Send))


class UdpTarget:
    """A host and port behind a connected UDP socket. A port that is closed counts as silence.

    Raises:
        OSError: the host is not known, or the socket cannot be made.
    """

    def __init__(self, host: str, port: int = ISAKMP_PORT, source: tuple[str, int] | None = None) -> None:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        if source is not None:
            self._socket.bind(source)
        self._socket.connect(address)
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

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def _again(self, datagram: bytes) -> None:
        try:
            self._socket.send(datagram)
        except ConnectionRefusedError:
            return
