"""Two peers and a wire in memory: a handshake without sockets, told datagram by datagram.

Whoever wants another network between the two (one that loses or forges) drives the peers itself; this is the quiet one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from isakmp.machine.outputs import Authenticated, Configured, Output, PhaseOneUp, PhaseTwoUp, Send, UserAdmitted
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec.terms import Role


@dataclass(frozen=True)
class Delivery:
    """One datagram on the wire: when (seconds), from whom (the roles of phase 1), and what its receiver made of it."""

    time: float
    sender: Role
    datagram: bytes
    outputs: tuple[Output, ...]


@dataclass(frozen=True)
class Handshake:
    """A finished run: every delivery in order, and what each end holds in the end; `authenticated` if without keys.

    `started` is what each beginning gave, before any datagram was delivered; `starters` which end began. `users` tells
    of XAuth that has succeeded, `configured` what an end was given by mode config.
    """

    deliveries: tuple[Delivery, ...]
    started: tuple[tuple[Output, ...], ...]
    sas: dict[Role, IsakmpSa]
    pairs: dict[Role, IpsecSaPair]
    authenticated: dict[Role, Authenticated]
    users: dict[Role, UserAdmitted]
    configured: dict[Role, Configured]
    starters: tuple[Role, ...]

    @property
    def complete(self) -> bool:
        """Whether both ends hold an ISAKMP SA and a pair of IPsec SAs."""
        return len(self.sas) == len(self.pairs) == len(Role)

    @property
    def both_known(self) -> bool:
        """Whether both ends of an exchange without keys know each other, by the identity that the other has."""
        if len(self.authenticated) < len(Role):
            return False
        one, two = self.authenticated[Role.I], self.authenticated[Role.R]
        return (one.identity, one.peer_identity) == (two.peer_identity, two.identity)

    @property
    def succeeded(self) -> bool:
        """Whether the handshake came to what its exchange is for: keys, or knowing each other."""
        return self.keys_agree or self.both_known

    @property
    def keys_agree(self) -> bool:
        """Whether both ends hold the same keys, in phase 1 and for each direction of phase 2."""
        if not self.complete:
            return False
        one, two = self.sas[Role.I], self.sas[Role.R]
        mine, theirs = self.pairs[Role.I], self.pairs[Role.R]
        same = ("skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "cipher_key", "last_block", "suite")
        if len(mine.further) != len(theirs.further):
            return False
        crossed = []
        for pair, theirs_of_it in zip((mine, *mine.further), (theirs, *theirs.further), strict=True):
            own, other = ((p.inbound, p.outbound) for p in (pair, theirs_of_it))
            both = zip((own, *pair.beside), (other, *theirs_of_it.beside), strict=True)
            for (inbound, outbound), (their_inbound, their_outbound) in both:
                crossed += [(inbound, their_outbound), (outbound, their_inbound)]
        return all(getattr(one, name) == getattr(two, name) for name in same) and all(
            (a.protocol, a.spi, a.keymat, a.suite) == (b.protocol, b.spi, b.keymat, b.suite) for a, b in crossed
        )


# Seconds between sending and receiving: enough to tell packets of a capture apart.
DELAY = 0.001


class Wire:
    """The wire between two peers, in order and without loss; it keeps all that it carried."""

    def __init__(self, initiator: Peer, responder: Peer, now: float) -> None:
        self.peers = {Role.I: initiator, Role.R: responder}
        self.now = now
        self.deliveries: list[Delivery] = []
        self._queue: deque[tuple[Role, bytes]] = deque()

    def put(self, sender: Role, outputs: Iterable[Output]) -> None:
        """Take what a peer sends."""
        self._queue.extend((sender, output.datagram) for output in outputs if isinstance(output, Send))

    def deliver_all(self) -> Iterator[Delivery]:
        """Deliver until nothing is left."""
        while self._queue:
            sender, datagram = self._queue.popleft()
            receiver = sender.other
            self.now += DELAY
            outputs = self.peers[receiver].receive(datagram, sender, self.now)
            self.put(receiver, outputs)
            delivery = Delivery(self.now, sender, datagram, outputs)
            self.deliveries.append(delivery)
            yield delivery


def handshake(initiator: Peer, responder: Peer, exchange: str, *, now: float = 0.0, quick: bool = True) -> Handshake:
    """Phase 1, then, where it stands at both ends: XAuth, mode config by who asks for it, quick mode."""
    wire = Wire(initiator, responder, now)
    held: dict[type[Output], dict[Role, Any]] = {
        kind: {} for kind in (PhaseOneUp, PhaseTwoUp, Authenticated, UserAdmitted, Configured)
    }

    def settle() -> None:
        for delivery in wire.deliver_all():
            for output in delivery.outputs:
                if type(output) in held:
                    held[type(output)][delivery.sender.other] = output

    started: list[tuple[Output, ...]] = []
    starters: list[Role] = []

    def start(role: Role, outputs: tuple[Output, ...]) -> None:
        started.append(outputs)
        starters.append(role)
        wire.put(role, outputs)
        settle()

    start(Role.I, initiator.initiate(exchange, Role.R, now))
    sas: dict[Role, IsakmpSa] = {role: up.sa for role, up in held[PhaseOneUp].items()}
    if len(sas) == len(Role):
        for role, peer in wire.peers.items():
            if peer.config.request and not peer.barred(sas[role]):
                start(role, peer.configure(sas[role], role.other, wire.now))
        if quick and not initiator.barred(sas[Role.I]):
            start(Role.I, initiator.quick(sas[Role.I], Role.R, wire.now))
    return Handshake(
        deliveries=tuple(wire.deliveries),
        started=tuple(started),
        sas=sas,
        pairs={role: up.pair for role, up in held[PhaseTwoUp].items()},
        authenticated=held[Authenticated],
        users=held[UserAdmitted],
        configured=held[Configured],
        starters=tuple(starters),
    )
