"""The peer on the wire: UDP over IPv4 and IPv6, under asyncio, at any number of addresses and ports of this host.

The peers themselves stay without sockets and clocks. Here datagrams are read and sent, the non-ESP marker of the port
that is shared with ESP is taken off and put on (RFC 3948 section 2.2), and timers are kept. Each of this host's
addresses has peers of its own, since NAT discovery and identities are about addresses; which peer of the model speaks
with whom is for the caller to say. SAs are negotiated and handed over: nothing here protects traffic with them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from isakmp.machine.errors import LocalMisuse
from isakmp.machine.intake import Intake
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Output, Send
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.sockets import UdpSocket
from isakmp.spec.transport import KEEPALIVE, NON_ESP_MARKER

Clock: TypeAlias = Callable[[], float]
"""Seconds since 1970, which never go back."""

READ_AT_ONCE: Final = 512
TAKEN_AT_ONCE: Final = 32
"""Datagrams that are read from one socket, and given to peers, before timers and other sockets have their turn."""


class Carried(NamedTuple):
    """A datagram that was read or sent: when (seconds), from where, to where, its octets without marker.

    `marked` says whether the non-ESP marker preceded them. `sent` is what the peer gave for it; None: it arrived.
    """

    time: float
    source: Endpoint
    destination: Endpoint
    octets: bytes
    marked: bool
    sent: Send | None = None


class Told(NamedTuple):
    """What a peer made of a datagram, a timer, or a wish; its datagrams follow."""

    peer: Peer
    outputs: tuple[Output, ...]


class Unheard(NamedTuple):
    """A datagram that no peer of the model is for: nobody at that address of this host speaks with its sender."""

    source: Endpoint
    destination: Endpoint


class Unsent(NamedTuple):
    """A datagram that the system would not send, and why. Like one that is lost, it may be repeated."""

    destination: Endpoint
    reason: str


Seen: TypeAlias = Carried | Told | Unheard | Unsent
Peers: TypeAlias = Callable[[str, str], Peer | None]
"""The peer of the model at an address of this host that speaks with another host; None where nobody does."""


@dataclass
class _Home:
    """Where a peer of the model lives: its address, and its timer with the time that it is set to."""

    host: str
    timer: asyncio.TimerHandle | None = None
    due: float = 0.0


def steady_clock() -> Clock:
    """Seconds since 1970 as they were when the clock was made, and counted from there without leaps."""
    offset = time.time() - time.monotonic()
    return lambda: offset + time.monotonic()


class Transport:
    """Sockets, and the peers behind them. `watch` is told of all that happens, in order."""

    def __init__(self, peers: Peers, watch: Callable[[Seen], None], clock: Clock | None = None) -> None:
        self.clock = clock or steady_clock()
        self._peers, self._watch = peers, watch
        self._sockets: list[UdpSocket] = []
        self._homes: dict[Peer, _Home] = {}
        self.intake = Intake()
        self._working = False
        self.foreign = 0
        """Datagrams on the port shared with ESP that were no ISAKMP."""

    @property
    def places(self) -> tuple[Endpoint, ...]:
        """The addresses and ports that are listened at."""
        return tuple(Endpoint(each.host, each.port) for each in self._sockets)

    def listen(self, host: str, port: int, *, marked: bool = False) -> int:
        """Open a socket; `marked` for a port that is shared with ESP. Gives its port, which the system chooses for 0.

        It takes a running event loop.

        Raises:
            OSError: the address cannot be bound; `filename` names it.
        """
        opened = UdpSocket(host, port, marked=marked)
        self._sockets.append(opened)
        asyncio.get_running_loop().add_reader(opened.fileno(), self._readable, opened)
        return opened.port

    # ---- wishes ----

    def initiate(self, exchange: str, own: str, to: Endpoint) -> Peer:
        """Begin phase 1 with a peer, from an address of this host; gives the peer of the model that does it.

        Raises:
            LocalMisuse: nobody here speaks with that host, or the exchange cannot be begun.
        """
        peer = self._peers(own, to.host)
        if peer is None:
            raise LocalMisuse(f"nobody at {own} speaks with {to.host}")
        through = self._socket_for(peer, own, to)
        if through is None:
            raise LocalMisuse(f"no socket at {own} to speak with {to} from")
        # An answer names the port at which it arrives, and belongs to an exchange with exactly that address.
        self._perform(peer, own, peer.initiate(exchange, to._replace(own=through.port), self.clock()))
        return peer

    def perform(self, peer: Peer, act: Callable[[float], Iterable[Output]]) -> None:
        """Let a peer that has been heard of do something, such as to begin a quick mode; `act` is given the time."""
        self._perform(peer, self._homes[peer].host, tuple(act(self.clock())))

    def address(self, peer: Peer, sa: IsakmpSa) -> Endpoint | None:
        """Where the other end of an ISAKMP SA is."""
        run = peer.database.phase_1(sa.cky_i, sa.cky_r)
        return run.address if run is not None and isinstance(run.address, Endpoint) else None

    def close(self) -> None:
        """Delete all SAs, tell the peers, and close the sockets."""
        for peer in tuple(self._homes):
            self.perform(peer, peer.shut)
            home = self._homes.pop(peer)
            if home.timer is not None:
                home.timer.cancel()
        for each in self._sockets:
            asyncio.get_running_loop().remove_reader(each.fileno())
            each.close()
        self._sockets.clear()
        self.intake.clear()

    # ---- datagrams ----

    def _readable(self, source: UdpSocket) -> None:
        """Read what is there; a part of it is looked at now, the rest when timers and other sockets had their turn."""
        for _ in range(READ_AT_ONCE):
            arrival = source.read()
            if arrival is None:
                break
            if source.marked:
                if not arrival.octets.startswith(NON_ESP_MARKER):
                    self.foreign += arrival.octets != KEEPALIVE
                    continue
                arrival = arrival._replace(octets=arrival.octets[len(NON_ESP_MARKER) :])
            self.intake.put(source, arrival)
        if self.intake and not self._working:
            self._work()

    def _work(self) -> None:
        self._working = False
        try:
            for _ in range(TAKEN_AT_ONCE):
                if not self.intake:
                    return
                source, arrival = self.intake.take()
                place = Endpoint(arrival.to, source.port)
                self._receive(arrival.octets, arrival.source, place, marked=source.marked)
        finally:  # whatever one of them has led to
            if self.intake:
                self._working = True
                asyncio.get_running_loop().call_soon(self._work)

    def _receive(self, octets: bytes, source: Endpoint, here: Endpoint, *, marked: bool) -> None:
        now = self.clock()
        self._watch(Carried(now, source, here, octets, marked))
        peer = self._peers(here.host, source.host)
        if peer is None:
            self._watch(Unheard(source, here))
        else:
            self._perform(peer, here.host, peer.receive(octets, source, now))

    def _perform(self, peer: Peer, host: str, outputs: tuple[Output, ...]) -> None:
        self._watch(Told(peer, outputs))
        for output in outputs:
            if isinstance(output, Send):
                self._send(peer, host, output)
        self._set_timer(peer, host)

    def _send(self, peer: Peer, host: str, sent: Send) -> None:
        to = sent.address
        if not isinstance(to, Endpoint):
            raise LocalMisuse(f"{to!r} is no transport address")
        through = self._socket_for(peer, host, to)
        if through is None:
            self._watch(Unsent(to, f"no socket at {host} to send it from"))
            return
        marked = through.marked and sent.datagram != KEEPALIVE
        try:
            through.send(NON_ESP_MARKER + sent.datagram if marked else sent.datagram, to, host)
        except OSError as error:
            self._watch(Unsent(to, error.strerror or str(error)))
            return
        self._watch(Carried(self.clock(), Endpoint(host, through.port), to, sent.datagram, marked, sent))

    def _socket_for(self, peer: Peer, host: str, to: Endpoint) -> UdpSocket | None:
        """The socket that the other end knows; where it does not know any yet, the one for that port of its."""
        marked = to.port == peer.config.nat_t_port
        fitting = (each for each in self._sockets if _serves(each, host))
        return next(
            (each for each in fitting if (each.marked is marked if to.own is None else each.port == to.own)), None
        )

    # ---- time ----

    def _set_timer(self, peer: Peer, host: str) -> None:
        home = self._homes.get(peer)
        if home is None:
            home = self._homes[peer] = _Home(host)
        due = peer.next_deadline()
        if due is None or (home.timer is not None and home.due <= due):
            return  # a timer that comes too early finds out, and is set again
        if home.timer is not None:
            home.timer.cancel()
        loop = asyncio.get_running_loop()
        home.due = due
        home.timer = loop.call_later(max(0.0, due - self.clock()), self._tick, peer)

    def _tick(self, peer: Peer) -> None:
        home = self._homes[peer]
        home.timer = None
        self._perform(peer, home.host, peer.tick(self.clock()))


def _serves(socket: UdpSocket, host: str) -> bool:
    """Whether a socket sends from an address: its own, or any of the same family."""
    bound = ipaddress.ip_address(socket.host)
    return socket.host == host or (bound.is_unspecified and bound.version == ipaddress.ip_address(host).version)
