"""Datagrams that wait to be looked at: those of exchanges that are under way come before first messages.

A first message costs its sender nothing, and its receiver a thousand times what reading it from a socket costs. Where
more arrive than can be answered, the rest is forgotten here, unread, the oldest first; who meant it sends it again (RFC
2408 section 5.1). Exchanges that have begun go on meanwhile. Whoever makes up both cookies is forgotten likewise, but
gets into the same queue as those exchanges: to find out that nothing has such cookies is cheap.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from isakmp.machine.sockets import Arrival, UdpSocket
from isakmp.spec.limits import COOKIE_OCTETS, NO_COOKIE

MOST_WAITING: Final = 512
"""Datagrams of each of the two kinds that wait; a responder works them off in a fraction of a second."""

_CKY_R: Final = slice(COOKIE_OCTETS, 2 * COOKIE_OCTETS)


class Intake:
    """Two queues: of first messages, which have no responder's cookie yet, and of all others."""

    def __init__(self) -> None:
        self._begun: deque[tuple[UdpSocket, Arrival]] = deque()
        self._first: deque[tuple[UdpSocket, Arrival]] = deque()
        self.forgotten = 0
        """Datagrams that were not looked at."""

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._begun or self._first)

    def put(self, through: UdpSocket, arrival: Arrival) -> None:
        """Let a datagram, without marker, wait; the oldest of its kind gives way."""
        queue = self._first if arrival.octets[_CKY_R] == NO_COOKIE else self._begun
        queue.append((through, arrival))
        if len(queue) > MOST_WAITING:
            queue.popleft()
            self.forgotten += 1

    def take(self) -> tuple[UdpSocket, Arrival]:
        """The next datagram, and the socket that it came through.

        Raises:
            IndexError: nothing waits.
        """
        return (self._begun or self._first).popleft()

    def clear(self) -> None:
        """Forget what waits."""
        self._begun.clear()
        self._first.clear()
