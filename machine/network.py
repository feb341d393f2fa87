"""A network that an adversary owns: any number of hosts, and between them only what the adversary lets through.

Nothing arrives by itself. Every datagram ever sent is kept, and every step is an action of `isakmp.machine.adversary`.
Hosts are sans-I/O peers, so that a run follows from its actions alone: the same actions give the same octets, as long
as the peers' backends draw from a seed.

A host may have several peers of the model behind one address, as a real one selects its configuration by the address
that it talks to (RFC 2409 section 5.4: a shared key in main mode can be found in no other way).

Hosts are addressed by their names; where they have a `Place`, by transport addresses, as NAT traversal needs them. A
host behind a NAT is then seen from outside, at ports that are not its own, and is reached there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial, singledispatchmethod
from typing import NamedTuple, Protocol

from isakmp.machine import adversary as a
from isakmp.machine import adversary_forging as forging
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Output, Send
from isakmp.machine.peer import Peer
from isakmp.machine.sa import GroupDescription, IsakmpSa
from isakmp.spec.limits import COOKIE_OCTETS, ISAKMP_PORT
from isakmp.spec.payloads import Header

_MAPPED = 40_000  # what a NAT adds to the port of a host behind it
_COOKIES = slice(0, COOKIE_OCTETS), slice(COOKIE_OCTETS, 2 * COOKIE_OCTETS)


@dataclass(frozen=True)
class Host:
    """A host: its address, and the peer of the model that speaks with each address (`None`: with all others)."""

    name: str
    peers: Mapping[str | None, Peer]
    owned: bool = False

    def towards(self, address: str) -> Peer | None:
        """The peer that speaks with an address."""
        return self.peers.get(address) or self.peers.get(None)

    def each(self) -> tuple[Peer, ...]:
        """All its peers, each once."""
        return tuple(dict.fromkeys(self.peers.values()))


@dataclass(frozen=True)
class Place:
    """Where a host is: its own IP address, and that of the NAT which it is behind, if it is behind one."""

    own: str
    outside: str | None = None

    def seen(self, port: int) -> Endpoint:
        """The transport address that others see where the host sends from that port."""
        return Endpoint(self.own, port) if self.outside is None else Endpoint(self.outside, _MAPPED + port)


class Packet(NamedTuple):
    """A datagram on the wire: its octets, from which host to which it was sent, and the port at both ends.

    Both ends of ISAKMP use the same port, 500 or 4500; what a NAT makes of it is the business of `Place`.
    """

    sender: str
    receiver: str
    datagram: bytes
    port: int = ISAKMP_PORT


class Call(NamedTuple):
    """Something that a host is made to do: take a datagram, let time pass, begin (both None: no datagram)."""

    host: Host
    peer: Peer
    datagram: bytes | None
    source: Hashable


class Watcher(Protocol):
    """Whoever wants to see what every call changes."""

    def before(self, call: Call) -> None:
        """A host is about to be called."""

    def after(self, call: Call, outputs: tuple[Output, ...]) -> None:
        """A host was called."""


@dataclass
class Network:
    """The hosts, what was ever sent, what waits to arrive, and the time in seconds.

    `impostors` makes, for the name of a host, a host that has its address and identity and none of its secrets.
    `places` says where hosts are, for those that are addressed by more than their name; `groups` are what a new group
    mode may describe.
    """

    hosts: Mapping[str, Host]
    now: float
    impostors: Callable[[str], Host]
    watcher: Watcher | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    groups: tuple[GroupDescription, ...] = ()
    log: list[Packet] = field(default_factory=list)
    waiting: list[Packet] = field(default_factory=list)
    _made: dict[str, Host] = field(default_factory=dict)

    def perform(self, action: a.Action) -> None:
        """Do what an action says; where there is nothing that it could be done to, nothing happens."""
        self._perform(action)

    def settle(self, limit: int = 200) -> None:
        """Deliver in order until nothing waits, or `limit` datagrams were delivered."""
        for _ in range(limit):
            if not self.waiting:
                return
            self.perform(a.Deliver())

    # ---- calls ----

    def _call(
        self, host: Host, peer: Peer, act: Callable[[], Iterable[Output]], arrived: tuple[bytes, Hashable] | None = None
    ) -> None:
        datagram, source = arrived or (None, None)
        call = Call(host, peer, datagram, source)
        if self.watcher:
            self.watcher.before(call)
        outputs = tuple(act())
        if self.watcher:
            self.watcher.after(call, outputs)
        for output in outputs:
            if isinstance(output, Send):
                packet = Packet(host.name, *self._towards(output))
                self.log.append(packet)
                self.waiting.append(packet)

    def address(self, name: str, port: int = ISAKMP_PORT) -> Hashable:
        """By what others address a host."""
        place = self.places.get(name)
        return name if place is None else place.seen(port)

    def _towards(self, sent: Send) -> tuple[str, bytes, int]:
        """The host that something is sent to, the octets, and the port there."""
        to = sent.address
        if not isinstance(to, Endpoint):
            return str(to), sent.datagram, ISAKMP_PORT
        names = [name for name, place in self.places.items() if to.host == (place.outside or place.own)]
        return (names[0] if names else to.host), sent.datagram, to.port - _MAPPED if to.port > _MAPPED else to.port

    def arrive(self, datagram: bytes | None, source: str, to: str, port: int = ISAKMP_PORT) -> None:
        """Let octets arrive at a host, from a port of another."""
        host = self.hosts.get(to)
        peer = host.towards(source) if host else None
        if host is None or peer is None or datagram is None:
            return
        seen = self.address(source, port)
        self._call(host, peer, lambda: peer.receive(datagram, seen, self.now), (datagram, seen))

    def _packet(self, number: int) -> Packet | None:
        return self.log[number % len(self.log)] if self.log else None

    def _wait(self, number: int) -> int | None:
        return number % len(self.waiting) if self.waiting else None

    def _sas(self, host: Host) -> list[tuple[Peer, IsakmpSa]]:
        return [(peer, sa) for peer in host.each() for sa in peer.database.sas()]

    def _address(self, peer: Peer, sa: IsakmpSa) -> Hashable:
        run = peer.database.phase_1(sa.cky_i, sa.cky_r)
        return None if run is None else run.address

    # ---- actions ----

    @singledispatchmethod
    def _perform(self, action: a.Action) -> None:
        raise TypeError(f"no way to perform {action}")

    @_perform.register
    def _(self, action: a.Begin) -> None:
        host = self.hosts[action.host]
        peer = host.towards(action.to)
        if peer is not None and action.to != action.host:
            self._call(host, peer, lambda: peer.initiate(action.exchange, self.address(action.to), self.now))

    @_perform.register
    def _(self, action: a.Ask) -> None:
        host = self.hosts[action.host]
        sas = self._sas(host)
        if not sas:
            return
        peer, sa = sas[action.sa % len(sas)]
        address, begin = self._address(peer, sa), getattr(peer, action.exchange)
        describes = action.exchange == "new_group"
        if describes and not self.groups:
            return
        what = (self.groups[action.group % len(self.groups)],) if describes else ()

        def ask() -> tuple[Output, ...]:
            try:
                return tuple(begin(sa, *what, address, self.now))
            except LocalMisuse:  # the user is not known yet, or the group's number is taken: the peer does not begin
                return ()

        self._call(host, peer, ask)

    @_perform.register
    def _(self, action: a.Close) -> None:
        host = self.hosts[action.host]
        sas = self._sas(host)
        if sas:
            peer, sa = sas[action.sa % len(sas)]
            self._call(host, peer, lambda: peer.close(sa, self.now))

    @_perform.register
    def _(self, action: a.Deliver) -> None:
        index = self._wait(action.waiting)
        if index is not None:
            packet = self.waiting[index] if action.keep else self.waiting.pop(index)
            self.arrive(packet.datagram, packet.sender, packet.receiver, packet.port)

    @_perform.register
    def _(self, action: a.Drop) -> None:
        index = self._wait(action.waiting)
        if index is not None:
            del self.waiting[index]

    @_perform.register
    def _(self, action: a.Replay) -> None:
        packet = self._packet(action.packet)
        if packet:
            self.arrive(packet.datagram, action.source or packet.sender, action.to or packet.receiver, packet.port)

    @_perform.register
    def _(self, action: a.Reflect) -> None:
        packet = self._packet(action.packet)
        if packet:
            self.arrive(packet.datagram, packet.receiver, packet.sender, packet.port)

    @_perform.register
    def _(self, action: a.Truncate) -> None:
        packet = self._packet(action.packet)
        if packet:
            size = len(packet.datagram) - 1 - action.octets % len(packet.datagram)
            self.arrive(packet.datagram[:size], packet.sender, packet.receiver, packet.port)

    @_perform.register
    def _(self, action: a.Flip) -> None:
        packet = self._packet(action.packet)
        if packet:
            octets = bytearray(packet.datagram)
            octets[action.place % len(octets)] ^= action.change % 255 + 1
            self.arrive(bytes(octets), packet.sender, packet.receiver, packet.port)

    @_perform.register
    def _(self, action: a.Mutate) -> None:
        packet = self._packet(action.packet)
        if packet:
            self.arrive(
                forging.mutate(packet.datagram, action.field, action.value), packet.sender, packet.receiver, packet.port
            )

    @_perform.register
    def _(self, action: a.Splice) -> None:
        packet, other = self._packet(action.packet), self._packet(action.other)
        if packet and other:
            made = forging.splice(
                packet.datagram, action.place, other.datagram, action.other_place, insert=action.insert
            )
            self.arrive(made, packet.sender, packet.receiver, packet.port)

    @_perform.register
    def _(self, action: a.Forge) -> None:
        packet = self._packet(action.packet)
        if packet and len(packet.datagram) >= Header.layout.minimum:
            cky_i, cky_r = (packet.datagram[part] for part in _COOKIES)
            made = forging.informational(cky_i, cky_r, action.payload, action.number, encrypted=action.encrypted)
            self.arrive(made, packet.sender, packet.receiver, packet.port)

    @_perform.register
    def _(self, action: a.Pose) -> None:
        impostor = self.impostor(action.victim)
        peer = impostor.towards(action.to)
        if peer is not None and action.to != action.victim:
            self._call(impostor, peer, lambda: peer.initiate(action.exchange, self.address(action.to), self.now))

    @_perform.register
    def _(self, action: a.Impersonate) -> None:
        index = self._wait(action.waiting)
        if index is None:
            return
        packet = self.waiting.pop(index)
        impostor = self.impostor(packet.receiver)
        peer = impostor.towards(packet.sender)
        source = self.address(packet.sender, packet.port)
        if peer is not None:
            self._call(
                impostor,
                peer,
                lambda: peer.receive(packet.datagram, source, self.now),
                (packet.datagram, source),
            )

    @_perform.register
    def _(self, action: a.Wait) -> None:
        self.now += action.tenths / 10
        for host in (*self.hosts.values(), *self._made.values()):
            for peer in host.each():
                due = peer.next_deadline()
                if due is not None and due <= self.now:
                    self._call(host, peer, partial(peer.tick, self.now))

    def impostor(self, victim: str) -> Host:
        """The host that poses as another; made when it is first needed."""
        if victim not in self._made:
            self._made[victim] = self.impostors(victim)
        return self._made[victim]
