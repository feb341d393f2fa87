"""Between datagrams and exchanges: NAT traversal, keepalives, fragments, and what is kept for who has not answered."""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise, permutations

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import IpsecProposal, Timers
from isakmp.machine.costs import counting
from isakmp.machine.fragments import Assembly, cut, piece_of
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Discarded, Output, PhaseOneUp, PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.payloads import FRAGMENT, NAT_D, NAT_OA
from isakmp.spec.registries import AuthMethod, EncapsulationMode, Flag
from isakmp.spec.transport import KEEPALIVE, KEEPALIVE_SECONDS, MOST_INCOMPLETE
from tests.machine.ends import ALICE, BOB, NOW, config

INSIDE, OUTSIDE = Endpoint("10.0.0.1", 500), Endpoint("198.51.100.9", 500)
GATEWAY = Endpoint("192.0.2.2", 500)
Change = Callable[[str, bytes], bytes]


@dataclass
class Way:
    """Two peers and the way between them: with `nat` the initiator is seen from outside, from ports of its own."""

    exchange: str
    nat: bool = False
    auth: AuthMethod = AuthMethod.PSK
    backend: str = "openssl"
    fragment_size: int | None = None
    change: Change | None = None
    mode: EncapsulationMode = EncapsulationMode.TUNNEL
    sent: list[tuple[str, Endpoint, bytes]] = field(default_factory=list)
    up: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        backend = load_backend(self.backend)
        more = {"fragment_size": self.fragment_size, "ipsec": (IpsecProposal(mode=self.mode),)}
        self.alice = Peer(replace(config(ALICE, BOB, self.auth), endpoint=INSIDE, **more), backend)  # type: ignore[arg-type]
        self.bob = Peer(replace(config(BOB, ALICE, self.auth), endpoint=GATEWAY, **more), backend)  # type: ignore[arg-type]

    def run(self) -> Way:
        self.settle("alice", self.alice.initiate(self.exchange, GATEWAY, NOW))
        return self

    def settle(self, sender: str, outputs: tuple[Output, ...]) -> None:
        waiting = deque((sender, output) for output in outputs)
        while waiting:
            who, output = waiting.popleft()
            if isinstance(output, PhaseOneUp):
                self.up.append(who)
            if not isinstance(output, Send):
                continue
            to = output.address
            assert isinstance(to, Endpoint)
            self.sent.append((who, to, output.datagram))
            octets = self.change(who, output.datagram) if self.change else output.datagram
            if who == "alice":
                waiting.extend(("bob", o) for o in self.bob.receive(octets, self.seen(to.port), NOW))
            else:
                source = replace_port(GATEWAY, to.port % 40_000)
                waiting.extend(("alice", o) for o in self.alice.receive(octets, source, NOW))

    def seen(self, port: int) -> Endpoint:
        return Endpoint(OUTSIDE.host, 40_000 + port) if self.nat else replace_port(INSIDE, port)


def replace_port(place: Endpoint, port: int) -> Endpoint:
    return Endpoint(place.host, port)


# ---- NAT traversal ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
@pytest.mark.parametrize("exchange", ["main", "aggressive", "base"])
def test_behind_a_nat_both_ends_move_to_port_4500(exchange: str, backend: str) -> None:
    way = Way(exchange, nat=True, backend=backend).run()
    assert sorted(way.up) == ["alice", "bob"]
    ports = [to.port for who, to, _ in way.sent if who == "alice"]
    assert ports[0] == 500
    assert ports[-1] == 4500  # RFC 3947 section 4: MM5, AM3
    (run,) = way.bob.database.runs()
    assert run.address == Endpoint(OUTSIDE.host, 44_500)


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_without_a_nat_nobody_moves(exchange: str) -> None:
    way = Way(exchange).run()
    assert len(way.up) == 2
    assert {to.port for _, to, _ in way.sent} == {500}


def test_discovery_travels_where_rfc_3947_has_it() -> None:
    carried = [
        sum(isinstance(payload, NAT_D) for payload in decode(datagram).payloads)
        for _, _, datagram in Way("main", nat=True).run().sent
    ]
    assert carried == [0, 0, 2, 2, 0, 0]


def test_who_does_not_announce_nat_traversal_gets_none_of_it() -> None:
    way = Way("main", nat=True)
    way.bob = Peer(config(BOB, ALICE), load_backend("openssl"))
    way.run()
    assert len(way.up) == 2
    assert not any(isinstance(p, NAT_D) for _, _, datagram in way.sent for p in decode(datagram).payloads)
    assert {to.port for who, to, _ in way.sent if who == "alice"} == {500}


def flip_nat_d(who: str, datagram: bytes) -> bytes:
    message = decode(datagram)
    if who == "alice" and any(isinstance(payload, NAT_D) for payload in message.payloads):
        return datagram[:-1] + bytes([datagram[-1] ^ 1])
    return datagram


def test_discovery_can_be_tampered_with_and_authentication_succeeds() -> None:
    # RFC 3947 section 8: NAT-D payloads are authenticated by nothing; a NAT is assumed where there is none.
    way = Way("main", change=flip_nat_d).run()
    assert sorted(way.up) == ["alice", "bob"]
    (run,) = way.bob.database.runs()
    assert run.known.nat is not None
    assert run.known.nat.peer


def test_the_end_behind_a_nat_keeps_the_mapping_alive() -> None:
    way = Way("main", nat=True).run()
    due = NOW + KEEPALIVE_SECONDS
    assert way.alice.next_deadline() == due
    (sent,) = [output for output in way.alice.tick(due) if isinstance(output, Send)]
    assert sent == Send(KEEPALIVE, Endpoint(GATEWAY.host, 4500))
    assert way.alice.next_deadline() == due + KEEPALIVE_SECONDS
    assert not [output for output in way.bob.tick(due) if isinstance(output, Send)]
    assert way.bob.receive(KEEPALIVE, OUTSIDE, due) == ()


def test_only_what_is_authenticated_moves_a_peer() -> None:
    """RFC 3947 section 7: a copy with another source, or junk with the right cookies, redirects nothing."""
    way = Way("main", nat=True).run()
    (run,) = way.bob.database.runs()
    known, thief = run.address, Endpoint("203.0.113.66", 4500)
    junk = bytearray(way.sent[-2][2])
    junk[-1] ^= 1
    for datagram in (way.sent[-2][2], bytes(junk), way.sent[2][2]):
        way.bob.receive(datagram, thief, NOW + 1)
        assert run.address == known


def test_a_peer_that_really_moved_is_followed() -> None:
    way = Way("main", nat=True).run()
    (mine,) = way.alice.database.sas()
    moved = Endpoint("203.0.113.5", 61_000)
    (first,) = [o for o in way.alice.quick(mine, GATEWAY, NOW + 1) if isinstance(o, Send)]
    assert first.address == Endpoint(GATEWAY.host, 4500)
    answers = [o for o in way.bob.receive(first.datagram, moved, NOW + 1) if isinstance(o, Send)]
    assert [answer.address for answer in answers] == [moved]
    assert {run.address for run in way.bob.database.runs()} == {moved}


def quick_through(mode: EncapsulationMode, backend: str, *, nat: bool) -> list[Output]:
    way = Way("main", nat=nat, backend=backend, mode=mode).run()
    (mine,) = way.alice.database.sas()
    port = 4500 if nat else 500
    outputs: list[Output] = list(way.alice.quick(mine, GATEWAY, NOW))
    for step in range(3):
        sent = [o for o in outputs if isinstance(o, Send)][step]
        receiver, source = ((way.bob, way.seen(port)), (way.alice, Endpoint(GATEWAY.host, port)))[step % 2]
        outputs += receiver.receive(sent.datagram, source, NOW)
    return outputs


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
@pytest.mark.parametrize(
    ("nat", "mode", "agreed"),
    [
        (True, EncapsulationMode.TUNNEL, EncapsulationMode.UDP_TUNNEL),
        (True, EncapsulationMode.TRANSPORT, EncapsulationMode.UDP_TRANSPORT),
        (False, EncapsulationMode.TUNNEL, EncapsulationMode.TUNNEL),
        (False, EncapsulationMode.TRANSPORT, EncapsulationMode.TRANSPORT),
    ],
)
def test_behind_a_nat_and_only_there_quick_mode_agrees_on_udp_encapsulation(
    nat: bool, mode: EncapsulationMode, agreed: EncapsulationMode, backend: str
) -> None:
    outputs = quick_through(mode, backend, nat=nat)
    pairs = [output.pair for output in outputs if isinstance(output, PhaseTwoUp)]
    assert [pair.inbound.suite.mode for pair in pairs] == [agreed, agreed]
    told = [
        [str(ipaddress.ip_address(p.address)) for p in output.chain.payloads if isinstance(p, NAT_OA)]
        for output in outputs
        if isinstance(output, Taken) and output.chain.payloads
    ]
    seen = [[INSIDE.host, GATEWAY.host], [OUTSIDE.host, GATEWAY.host], []]
    assert told == (seen if agreed is EncapsulationMode.UDP_TRANSPORT else [[], [], []])


def test_policy_for_lifetimes_holds_behind_a_nat_too() -> None:
    way = Way("main", nat=True)
    way.bob = Peer(replace(way.bob.config, ipsec=(replace(way.bob.config.ipsec[0], lifetime=600),)), way.bob.backend)
    way.run()
    (mine,) = way.alice.database.sas()
    (first,) = [o for o in way.alice.quick(mine, GATEWAY, NOW) if isinstance(o, Send)]
    way.bob.receive(first.datagram, way.seen(4500), NOW)
    (run,) = [run for run in way.bob.database.runs() if run.sa is not None]
    assert run.known.agreed is not None
    assert run.known.agreed.lifetime.seconds == 600


# ---- fragments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_long_messages_travel_in_pieces_and_no_datagram_is_longer_than_allowed(exchange: str) -> None:
    way = Way(exchange, auth=AuthMethod.RSA_SIG, fragment_size=576).run()
    assert sorted(way.up) == ["alice", "bob"]
    assert max(len(datagram) for who, _, datagram in way.sent if who == "bob") <= 576
    assert sum(piece_of(decode(datagram)) is not None for _, _, datagram in way.sent) >= 4


def test_who_takes_no_fragments_gets_none() -> None:
    way = Way("main", auth=AuthMethod.RSA_SIG, fragment_size=576)
    way.bob = Peer(config(BOB, ALICE, AuthMethod.RSA_SIG), load_backend("openssl"))
    way.run()
    assert len(way.up) == 2
    assert not any(piece_of(decode(datagram)) for _, _, datagram in way.sent)


def pieces(size: int = 200) -> tuple[bytes, list[bytes]]:
    whole = Way("main").run().sent[2][2]
    return whole, list(cut(whole, size))


def put(assembly: Assembly, datagrams: Iterator[bytes] | list[bytes], now: float = 0.0) -> list[bytes]:
    found = []
    for datagram in datagrams:
        message = decode(datagram)
        piece = piece_of(message)
        assert piece is not None
        whole = assembly.add(message, piece, "x", now)
        found += [] if whole is None else [whole]
    return found


def test_pieces_come_together_in_any_order_and_twice() -> None:
    whole, parts = pieces()
    assert len(parts) == 3
    for order in permutations(parts):
        assert put(Assembly(), [*order]) == [whole]
        assert put(Assembly(), [order[0], order[0], *order[1:]]) == [whole]


def test_a_repeat_is_cut_into_the_same_octets() -> None:
    whole, parts = pieces()
    assert list(cut(whole, 200)) == parts
    assert cut(whole, len(whole)) == (whole,)


def test_a_forged_piece_does_not_replace_the_true_one() -> None:
    whole, parts = pieces()
    forged = bytearray(parts[1])
    forged[-1] ^= 1
    assert put(Assembly(), [parts[0], parts[1], bytes(forged), parts[2]]) == [whole]


def test_what_waits_for_pieces_is_bounded_in_number_and_time() -> None:
    _, parts = pieces()
    assembly = Assembly()
    for number in range(5 * MOST_INCOMPLETE):
        changed = bytearray(parts[0])
        changed[32:34] = number.to_bytes(2)  # the fragment id
        put(assembly, [bytes(changed)])
    assert len(assembly) <= MOST_INCOMPLETE
    put(assembly, [parts[0]], now=1000.0)
    assert len(assembly) == 1


def test_where_there_is_room_for_no_other_message_the_oldest_can_still_be_completed() -> None:
    whole, parts = pieces()
    assembly = Assembly()
    put(assembly, [parts[0]])
    own = int.from_bytes(parts[0][32:34])
    for number in range(1, MOST_INCOMPLETE):
        changed = bytearray(parts[0])
        changed[32:34] = ((own + number) % 2**16).to_bytes(2)  # the fragment id of another message
        put(assembly, [bytes(changed)])
    assert len(assembly) == MOST_INCOMPLETE
    assert put(assembly, parts[1:]) == [whole]


def test_pieces_with_cookies_of_nobody_are_not_kept() -> None:
    _, parts = pieces()
    way = Way("main")
    (output,) = way.bob.receive(parts[0], INSIDE, NOW)
    assert isinstance(output, Discarded)
    assert len(way.bob._assembly) == 0


# ---- half-open exchanges ---------------------------------------------------------------------------------------------


def first_messages(count: int) -> list[bytes]:
    alice = Peer(config(ALICE, BOB), load_backend("openssl"))
    return [
        output.datagram
        for _ in range(count)
        for output in alice.initiate("main", "bob", NOW)
        if isinstance(output, Send)
    ]


def limited(**limits: int) -> Peer:
    return Peer(replace(config(BOB, ALICE), **limits), load_backend("openssl"))  # type: ignore[arg-type]


def test_one_host_cannot_take_all_the_room() -> None:
    bob = limited(half_open_per_address=3)
    answered = [any(isinstance(o, Send) for o in bob.receive(m, Endpoint("192.0.2.9", n), NOW))
                for n, m in enumerate(first_messages(5), 1)]  # fmt: skip
    assert answered == [True, True, True, False, False]
    assert any(isinstance(o, Send) for o in bob.receive(first_messages(1)[0], Endpoint("192.0.2.10", 500), NOW))


def test_the_oldest_half_open_exchange_makes_room() -> None:
    bob = limited(half_open_total=3)
    messages = first_messages(5)
    for number, message in enumerate(messages):
        assert any(isinstance(o, Send) for o in bob.receive(message, f"host {number}", NOW))
    kept = {run.address for run in bob.database.runs()}
    assert kept == {"host 2", "host 3", "host 4"}
    assert bob.database.half_open_total() == 3


def test_who_goes_on_is_no_longer_half_open_and_nothing_leaks() -> None:
    way = Way("main").run()
    assert way.bob.database.half_open_total() == 0
    bob = limited()
    for number, message in enumerate(first_messages(20)):
        bob.receive(message, f"host {number}", NOW)
    assert bob.database.half_open_total() == 20
    bob.tick(NOW + 100)
    assert bob.database.half_open_total() == 0
    assert [*bob.database.runs()] == []


def test_a_first_message_costs_no_exponentiation_in_main_mode() -> None:
    # RFC 2408 section 2.5.3: what is costly waits until a cookie has come back.
    bob = limited()
    backend, counted = counting(bob.backend)
    for number, message in enumerate(first_messages(5)):
        Peer(bob.config, backend).receive(message, f"host {number}", NOW)
    assert counted["generate"] == counted["agree"] == 0


def test_under_load_no_exchange_is_answered_that_costs_at_once() -> None:
    """RFC 2408 section 2.5.3: main mode, whose cost comes after a cookie has come back, still is."""
    bob = limited(costly_until=3)
    alice = Peer(config(ALICE, BOB), load_backend("openssl"))

    def answered(exchange: str, host: str) -> bool:
        (first,) = [o for o in alice.initiate(exchange, "bob", NOW) if isinstance(o, Send)]
        return any(isinstance(o, Send) for o in bob.receive(first.datagram, host, NOW))

    assert answered("aggressive", "host 0")
    for number in range(1, 3):
        assert answered("main", f"host {number}")
    assert not answered("aggressive", "host 3")
    assert answered("main", "host 4")
    bob.tick(NOW + 100)
    assert answered("aggressive", "host 3")


# ---- repeats ---------------------------------------------------------------------------------------------------------


def timed(timers: Timers) -> Peer:
    return Peer(replace(config(ALICE, BOB), timers=timers), load_backend("openssl"))


def waits(peer: Peer) -> list[float]:
    peer.initiate("main", "bob", NOW)
    times = [NOW]
    while (due := peer.next_deadline()) is not None:
        times += [due for output in peer.tick(due) if isinstance(output, Send)]
    return [round(after - before, 6) for before, after in pairwise(times)]


def test_the_time_between_repeats_grows_up_to_its_limit() -> None:
    timers = Timers(first=1.0, factor=2.0, tries=5, half_open=100.0, most=5.0)
    assert waits(timed(timers)) == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_repeats_are_put_off_at_random_and_never_come_early() -> None:
    timers = Timers(first=1.0, factor=2.0, tries=3, half_open=100.0, jitter=0.5)
    drawn = [waits(timed(timers)) for _ in range(4)]
    assert len({tuple(each) for each in drawn}) > 1
    for each in drawn:
        assert all(least <= wait <= 1.5 * least for least, wait in zip((1.0, 2.0, 4.0), each, strict=True))


def test_repeats_in_quick_succession_are_answered_once() -> None:
    bob = Peer(replace(config(BOB, ALICE), timers=Timers(pause=1.0)), load_backend("openssl"))
    (message,) = first_messages(1)
    (answer,) = [o.datagram for o in bob.receive(message, "host", NOW) if isinstance(o, Send)]
    sent = [o.datagram for n in range(10) for o in bob.receive(message, "host", NOW + n / 10) if isinstance(o, Send)]
    assert sent == [answer]
    assert [o.datagram for o in bob.receive(message, "host", NOW + 1.5) if isinstance(o, Send)] == [answer]


@pytest.mark.parametrize("octets", [0, 1, 16, 17])
def test_pieces_that_make_less_than_a_header_change_nothing(octets: int) -> None:
    """Nobody vouches for a piece: the whole was looked into before it was known to be long enough."""
    way = Way("main", fragment_size=576).run()
    (run,) = way.bob.database.runs()
    header = decode(way.sent[1][2]).header
    piece = encode(Message(header.replace(flags=Flag(0)), Payloads((FRAGMENT(7, 1, 1, bytes(octets)),))))
    before = run.state, run.last_received
    outputs = way.bob.receive(piece, INSIDE, NOW + 1)
    assert all(isinstance(output, Discarded) for output in outputs)
    assert (run.state, run.last_received) == before
