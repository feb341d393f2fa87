"""Two peers, and a network that loses, delays, duplicates, reorders, cuts and changes what they say to each other.

After every step: both ends that hold an SA with the same cookies hold the same keys for it, a message id has made one
pair of SAs at most, and pairs that meet have equal keys. Nothing that arrives raises an exception.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from isakmp.crypto.registry import load_backend
from isakmp.machine.outputs import Output, PhaseOneUp, PhaseTwoUp, Send
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec.terms import Role
from tests.machine.ends import NOW, ends

ROLES = st.sampled_from(tuple(Role))
SECRET = ("skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "cipher_key", "last_block", "suite")


class TwoPeers(RuleBasedStateMachine):
    """The network is the adversary's: it holds every datagram ever sent, and delivers what it likes."""

    wire = Bundle("wire")

    def __init__(self) -> None:
        super().__init__()
        alice, bob = ends(suite="aes128-sha256-ecp256", backend=load_backend("seeded", seed=b"adversary"))
        self.peers = {Role.I: alice, Role.R: bob}
        self.now = NOW
        self.sas: dict[Role, dict[bytes, IsakmpSa]] = {Role.I: {}, Role.R: {}}
        self.pairs: dict[Role, list[IpsecSaPair]] = {Role.I: [], Role.R: []}

    def take(self, role: Role, outputs: tuple[Output, ...]) -> list[tuple[Role, bytes]]:
        for output in outputs:
            if isinstance(output, PhaseOneUp):
                self.sas[role][output.sa.cookies] = output.sa
            elif isinstance(output, PhaseTwoUp):
                self.pairs[role].append(output.pair)
        return [(role, output.datagram) for output in outputs if isinstance(output, Send)]

    @initialize(target=wire, exchange=st.sampled_from(("main", "aggressive")))
    def begin(self, exchange: str) -> object:
        return multiple(*self.take(Role.I, self.peers[Role.I].initiate(exchange, Role.R, self.now)))

    @rule(target=wire, role=ROLES, exchange=st.sampled_from(("main", "aggressive")))
    def initiate(self, role: Role, exchange: str) -> object:
        return multiple(*self.take(role, self.peers[role].initiate(exchange, role.other, self.now)))

    @rule(target=wire, role=ROLES)
    def quick(self, role: Role) -> object:
        sas = self.peers[role].database.sas()
        return multiple(*(self.take(role, self.peers[role].quick(sas[-1], role.other, self.now)) if sas else ()))

    @rule(target=wire, item=wire)
    def deliver(self, item: tuple[Role, bytes]) -> object:
        sender, datagram = item
        return multiple(*self.take(sender.other, self.peers[sender.other].receive(datagram, sender, self.now)))

    @rule(target=wire, item=wire)
    def reflect(self, item: tuple[Role, bytes]) -> object:
        sender, datagram = item
        return multiple(*self.take(sender, self.peers[sender].receive(datagram, sender.other, self.now)))

    @rule(target=wire, item=wire, at=st.floats(0, 0.999), change=st.integers(1, 255))
    def change(self, item: tuple[Role, bytes], at: float, change: int) -> object:
        sender, datagram = item
        place = int(at * len(datagram))
        forged = datagram[:place] + bytes([datagram[place] ^ change]) + datagram[place + 1 :]
        return multiple(*self.take(sender.other, self.peers[sender.other].receive(forged, sender, self.now)))

    @rule(target=wire, item=wire, at=st.floats(0, 1))
    def cut(self, item: tuple[Role, bytes], at: float) -> object:
        sender, datagram = item
        outputs = self.peers[sender.other].receive(datagram[: int(at * len(datagram))], sender, self.now)
        return multiple(*self.take(sender.other, outputs))

    @rule(target=wire, one=wire, two=wire)
    def splice(self, one: tuple[Role, bytes], two: tuple[Role, bytes]) -> object:
        """The header of one message before the body of another."""
        sender, body = one[0], two[1][28:]
        forged = one[1][:24] + (28 + len(body)).to_bytes(4) + body
        return multiple(*self.take(sender.other, self.peers[sender.other].receive(forged, sender, self.now)))

    @rule(target=wire, role=ROLES, seconds=st.floats(0.1, 5))
    def wait(self, role: Role, seconds: float) -> object:
        self.now += seconds
        return multiple(*self.take(role, self.peers[role].tick(self.now)))

    @invariant()
    def both_ends_hold_the_same_keys(self) -> None:
        mine, theirs = self.sas[Role.I], self.sas[Role.R]
        for cookies in mine.keys() & theirs.keys():
            for name in SECRET:
                assert getattr(mine[cookies], name) == getattr(theirs[cookies], name), name

    @invariant()
    def a_message_id_makes_one_pair_at_most(self) -> None:
        for pairs in self.pairs.values():
            assert len({(pair.message_id, pair.inbound.spi) for pair in pairs}) == len(pairs)

    @invariant()
    def pairs_meet(self) -> None:
        known = {p.outbound.spi: p.outbound for p in self.pairs[Role.R]}
        for pair in self.pairs[Role.I]:
            other = known.get(pair.inbound.spi)
            assert other is None or other.keymat == pair.inbound.keymat


TwoPeers.TestCase.settings = settings(stateful_step_count=40, max_examples=60, deadline=None)
TestTwoPeers = TwoPeers.TestCase
