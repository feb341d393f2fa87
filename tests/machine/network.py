"""Two ends, a clock that only tests move, and a network whose order of delivery a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from isakmp.machine.outputs import Output, PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec.table import Kind
from isakmp.spec.terms import Role
from tests.machine.ends import NOW

Choose = Callable[[int], int]


class Network:
    """What two peers have sent and not yet received, and all that they gave out."""

    def __init__(self, alice: Peer, bob: Peer, choose: Choose = lambda _: 0) -> None:
        self.peers = {Role.I: alice, Role.R: bob}
        self.now = NOW
        self.choose = choose
        self.transit: list[tuple[Role, bytes]] = []
        self.outputs: dict[Role, list[Output]] = {Role.I: [], Role.R: []}
        self.sent: list[tuple[Role, bytes]] = []
        self.cut = False
        self.loses: Callable[[], bool] = lambda: False
        self.repeats: Callable[[], bool] = lambda: False

    def put(self, sender: Role, outputs: Iterable[Output]) -> None:
        """Take what a peer gave out; a cut network loses the datagrams."""
        for output in outputs:
            self.outputs[sender].append(output)
            if isinstance(output, Send):
                self.sent.append((sender, output.datagram))
                if not self.cut:
                    self.transit.append((sender, output.datagram))

    def step(self) -> None:
        """Deliver one datagram: the one that the test chooses."""
        sender, datagram = self.transit.pop(self.choose(len(self.transit)))
        if self.loses():
            return
        if self.repeats():
            self.transit.append((sender, datagram))
        self.now += 0.001
        self.put(sender.other, self.peers[sender.other].receive(datagram, sender, self.now))

    def settle(self) -> None:
        """Deliver until nothing is in transit."""
        while self.transit:
            self.step()

    def initiate(self, role: Role, exchange: str = "main") -> None:
        """One end begins phase 1."""
        self.put(role, self.peers[role].initiate(exchange, role.other, self.now))

    def quick(self, role: Role) -> None:
        """One end begins a quick mode under its newest ISAKMP SA."""
        self.put(role, self.peers[role].quick(self.sas(role)[-1], role.other, self.now))

    def up(self) -> None:
        """Phase 1 and one quick mode, by the first end."""
        self.initiate(Role.I)
        self.settle()
        self.quick(Role.I)
        self.settle()

    def advance(self, seconds: float) -> None:
        """Let time pass, with each timer at its time and quiet between them."""
        end = self.now + seconds
        while True:
            due = [t for peer in self.peers.values() if (t := peer.next_deadline()) is not None]
            if not due or min(due) > end:
                break
            self.now = max(self.now, *[min(due)] * 2)
            for role, peer in self.peers.items():
                self.put(role, peer.tick(self.now))
            self.settle()
        self.now = max(self.now, end)

    def sas(self, role: Role) -> tuple[IsakmpSa, ...]:
        """The ISAKMP SAs that an end holds."""
        return self.peers[role].database.sas()

    def spis(self, role: Role) -> set[tuple[bytes, ...]]:
        """The pairs of IPsec SAs that an end holds, by their SPIs."""
        return {
            tuple(sorted((run.known.spi, run.known.peer_spi)))
            for run in self.peers[role].database.runs()
            if run.sa is not None and run.at.kind is Kind.ESTABLISHED
        }

    def pair(self, role: Role) -> IpsecSaPair:
        """The newest pair of IPsec SAs that an end was given."""
        return next(o.pair for o in reversed(self.outputs[role]) if isinstance(o, PhaseTwoUp))

    def rows(self, role: Role) -> list[str]:
        """The rows that an end took, without the exchange's name."""
        return [o.row.id.split(".", 2)[2] for o in self.outputs[role] if isinstance(o, Taken)]
