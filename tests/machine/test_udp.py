"""Two endpoints on loopback: handshakes over UDP, through a NAT, with garbage between, and what is left afterwards."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, Identity, Timers
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Discarded, Ended, Output, PhaseOneUp, PhaseTwoUp, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.sockets import own_address
from isakmp.machine.udp import Carried, Seen, Told, Transport, Unsent
from isakmp.spec.registries import EncapsulationMode
from isakmp.spec.transport import KEEPALIVE, KEEPALIVE_SECONDS, NON_ESP_MARKER
from tests.machine.ends import config

IP4, IP6 = "127.0.0.1", "::1"
SUITE = "aes128-sha256-ecp256"
LONG = 20.0  # seconds in which what is waited for has happened on any machine


@dataclass
class End:
    """An endpoint with one peer of the model at each of its addresses, and all that it has told."""

    name: str
    changes: dict[str, Any] = field(default_factory=dict)
    host: str = IP4
    seen: list[Seen] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.transport = Transport(self.peer, self.take)

    def take(self, seen: Seen) -> None:
        self.seen.append(seen)
        self.news.set()

    def listen(self, host: str | None = None) -> None:
        """Listen at a free port, and at another one that is shared with ESP."""
        where = host or self.host
        self.ports[where] = self.transport.listen(where, 0)
        self.transport.listen(where, 0, marked=True)

    def peer(self, own: str, other: str) -> Peer:
        if own not in self.peers:
            port = self.ports.get(own) or next(iter(self.ports.values()))
            self.peers[own] = Peer(self.config(own, other, port), load_backend("openssl"))
        return self.peers[own]

    def config(self, own: str, other: str, port: int) -> Config:
        found = config(Identity.address(own), Identity.address(other), suite=SUITE)
        return replace(found, peer_identity=None, endpoint=Endpoint(own, port), **self.changes)

    @property
    def outputs(self) -> list[Output]:
        return [each for told in self.seen if isinstance(told, Told) for each in told.outputs]

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.outputs if isinstance(each, kind)]

    def carried(self, *, sent: bool) -> list[Carried]:
        return [each for each in self.seen if isinstance(each, Carried) and (each.sent is not None) is sent]

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true, looking at it whenever there is news."""
        async with asyncio.timeout(LONG):
            while not true():
                self.news.clear()
                await self.news.wait()

    @property
    def place(self) -> Endpoint:
        return self.transport.places[0]

    @property
    def marked_place(self) -> Endpoint:
        return self.transport.places[1]


async def handshake(alice: End, bob: End, exchange: str = "main", to: Endpoint | None = None) -> None:
    """Phase 1 and a quick mode, until they stand at both ends."""
    alice.transport.initiate(exchange, alice.host, to or bob.place)
    await alice.until(lambda: alice.of(PhaseOneUp))
    (peer,) = alice.peers.values()
    sa = alice.of(PhaseOneUp)[0].sa
    address = alice.transport.address(peer, sa)
    alice.transport.perform(peer, lambda now: peer.quick(sa, address, now))
    await alice.until(lambda: alice.of(PhaseTwoUp))
    await bob.until(lambda: bob.of(PhaseTwoUp))


def run(*ends: End, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test with endpoints, and close them whatever happens."""

    async def guarded() -> None:
        failures: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        for end in ends:
            end.listen()
        try:
            await main()
        finally:
            for end in ends:
                end.transport.close()
        assert not failures

    asyncio.run(guarded())


def pair(host: str = IP4, **changes: Any) -> tuple[End, End]:
    return End("alice", dict(changes), host), End("bob", dict(changes), host)


def same_keys(alice: End, bob: End) -> bool:
    one, two = alice.of(PhaseTwoUp)[0].pair, bob.of(PhaseTwoUp)[0].pair
    return bool((one.inbound.keymat, one.outbound.keymat) == (two.outbound.keymat, two.inbound.keymat))


# ---- handshakes ------------------------------------------------------------------------------------------------------


def has_ip6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind((IP6, 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", [IP4, IP6])
@pytest.mark.parametrize("exchange", ["main", "aggressive", "base"])
def test_a_handshake_over_udp_gives_both_ends_the_same_keys(host: str, exchange: str) -> None:
    if host == IP6 and not has_ip6():
        pytest.skip("not applicable: this host has no IPv6")
    alice, bob = pair(host)

    async def main() -> None:
        await handshake(alice, bob, exchange)

    run(alice, bob, main=main)
    assert same_keys(alice, bob)


def test_without_a_nat_all_stays_on_the_first_port_and_nothing_is_marked() -> None:
    alice, bob = pair()

    async def main() -> None:
        await handshake(alice, bob)

    run(alice, bob, main=main)
    sent = alice.carried(sent=True)
    assert {each.destination.port for each in sent} == {bob.carried(sent=True)[0].source.port}
    assert not any(each.marked for each in sent)


def test_each_address_of_a_responder_has_a_peer_that_names_itself_by_it() -> None:
    alice, bob = pair()
    named: list[str] = []

    async def main() -> None:
        bob.listen("127.0.0.2")
        for place in (bob.transport.places[0], bob.transport.places[2]):
            end = End("alice")
            end.listen()
            end.transport.initiate("main", end.host, place)
            await end.until(partial(end.of, PhaseOneUp))
            named.append(socket.inet_ntoa(end.of(PhaseOneUp)[0].sa.peer_identity.data))
            end.transport.close()

    run(alice, bob, main=main)
    assert named == [IP4, "127.0.0.2"]
    assert set(bob.peers) == {IP4, "127.0.0.2"}


@pytest.mark.parametrize("any_address", ["0.0.0.0", "::"])  # noqa: S104 - what is tested
def test_a_socket_for_all_addresses_answers_from_the_one_that_was_written_to(any_address: str) -> None:
    own, written_to = (IP4, "127.0.0.3") if any_address != "::" else (IP6, IP6)
    if any_address == "::" and not has_ip6():
        pytest.skip("not applicable: this host has no IPv6")
    alice, bob = End("alice", host=own), End("bob", host=any_address)

    async def main() -> None:
        await handshake(alice, bob, to=Endpoint(written_to, bob.place.port))

    run(alice, bob, main=main)
    assert same_keys(alice, bob)
    assert {each.source.host for each in alice.carried(sent=False)} == {written_to}
    assert set(bob.peers) == {written_to}


# ---- a NAT -----------------------------------------------------------------------------------------------------------


class Nat(asyncio.DatagramProtocol):
    """One port of a NAT: what comes from anywhere else goes to a port of the responder, and the answers back."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.to = to
        self.inside: tuple[str, int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr == self.to:
            self.transport.sendto(data, self.inside)
        else:
            self.inside = addr
            self.transport.sendto(data, self.to)


async def behind_nat(bob: End) -> tuple[list[Any], Endpoint, int]:
    """Open a NAT in front of an end; gives its sockets, where the first port is seen, and the port for ESP."""
    loop = asyncio.get_running_loop()
    found: list[Any] = []
    for place in (bob.place, bob.marked_place):
        opened = await loop.create_datagram_endpoint(
            partial(Nat, (place.host, place.port)), local_addr=("127.0.0.9", 0)
        )
        found.append(opened[0])
    first, second = (each.get_extra_info("sockname") for each in found)
    return found, Endpoint(*first), second[1]


def test_behind_a_nat_the_initiator_moves_to_the_port_with_markers() -> None:
    alice, bob = pair()

    async def main() -> None:
        sockets, outside, port = await behind_nat(bob)
        alice.changes["nat_t_port"] = port
        await handshake(alice, bob, to=outside)
        assert [each.marked for each in alice.carried(sent=True)] == [False, False, True, True, True]
        assert all(each.destination.port == port for each in alice.carried(sent=True) if each.marked)
        assert same_keys(alice, bob)
        assert alice.of(PhaseTwoUp)[0].pair.inbound.suite.mode is EncapsulationMode.UDP_TUNNEL
        before, foreign = len(bob.carried(sent=False)), bob.transport.foreign
        alice.transport.perform(alice.peers[IP4], lambda now: alice.peers[IP4].tick(now + KEEPALIVE_SECONDS + 1))
        (kept,) = [each for each in alice.carried(sent=True) if each.octets == KEEPALIVE]
        assert (kept.marked, kept.destination.port) == (False, port)
        alice.transport.close()
        await bob.until(lambda: len(bob.of(Ended)) == 2)
        assert len(bob.carried(sent=False)) - before == 2  # the deletes: of a keepalive nobody is told
        assert bob.transport.foreign == foreign
        for each in sockets:
            each.close()

    run(alice, bob, main=main)


def test_an_exchange_that_begins_at_the_port_with_markers_finds_no_nat_where_there_is_none() -> None:
    alice, bob = pair()

    async def main() -> None:
        alice.changes["nat_t_port"] = bob.marked_place.port
        await handshake(alice, bob, to=bob.marked_place)

    run(alice, bob, main=main)
    assert all(each.marked for each in alice.carried(sent=True))
    assert alice.of(PhaseTwoUp)[0].pair.inbound.suite.mode is EncapsulationMode.TUNNEL


def test_on_the_port_with_markers_all_else_is_left_to_esp() -> None:
    alice, bob = pair()

    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for octets in (KEEPALIVE, b"\x00\x00\x01\x00" + bytes(40), b"", b"\x00"):
                sender.sendto(octets, bob.marked_place[:2])
            sender.sendto(NON_ESP_MARKER + b"no ISAKMP", bob.marked_place[:2])
        await bob.until(lambda: bob.of(Discarded))

    run(alice, bob, main=main)
    assert [each.octets for each in bob.carried(sent=False)] == [b"no ISAKMP"]
    assert bob.transport.foreign == 3


# ---- what must not stop it -------------------------------------------------------------------------------------------


def test_garbage_of_all_kinds_is_discarded_and_a_handshake_goes_on() -> None:
    alice, bob = pair()

    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for size in (0, 1, 27, 28, 29, 1500, 65_000):
                sender.sendto(bytes([size % 251]) * size, bob.place[:2])
        await handshake(alice, bob)

    run(alice, bob, main=main)
    assert same_keys(alice, bob)
    assert len(bob.of(Discarded)) >= 6


def test_what_the_system_does_not_send_is_told_and_no_exception() -> None:
    alice, bob = pair()

    async def main() -> None:
        await asyncio.sleep(0)
        alice.transport.initiate("main", IP4, Endpoint("255.255.255.255", 500))

    run(alice, bob, main=main)
    assert [each.destination.host for each in alice.seen if isinstance(each, Unsent)] == ["255.255.255.255"]


def test_timers_repeat_a_message_that_nobody_answers_and_give_up() -> None:
    alice, bob = pair(timers=Timers(first=0.01, factor=1.5, tries=3, half_open=5.0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((IP4, 0))

        async def main() -> None:
            alice.transport.initiate("main", IP4, Endpoint(*silent.getsockname()))
            await alice.until(lambda: alice.of(Ended))

        run(alice, bob, main=main)
    sent = [each.octets for each in alice.carried(sent=True)]
    assert len(sent) == 4
    assert len(set(sent)) == 1
    assert alice.peers[IP4].next_deadline() is None


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_closing_deletes_every_sa_at_the_other_end_too() -> None:
    alice, bob = pair()

    async def main() -> None:
        await handshake(alice, bob)
        alice.transport.close()
        await bob.until(lambda: len(bob.of(Ended)) == 2)
        assert not bob.peers[IP4].database.sas()
        assert not list(bob.peers[IP4].database.runs())

    run(alice, bob, main=main)
    rows = [each.row.id for each in bob.of(Taken)]
    assert rows.index("quick.R.QUICK_R2.protected-delete") < rows.index("main-psk.R.MAIN_R3.protected-delete")


def test_after_closing_nothing_is_listened_at_and_nothing_waits() -> None:
    alice, bob = pair()

    async def main() -> None:
        await handshake(alice, bob)
        place = bob.place
        bob.transport.close()
        bob.transport.close()
        assert not bob.transport.places
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(place[:2])

    run(alice, bob, main=main)


# ---- misuse ----------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_an_error_that_names_it() -> None:
    alice, bob = pair()

    async def main() -> None:
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="in use") as caught:
            alice.transport.listen(IP4, bob.place.port)
        assert caught.value.filename == str(bob.place)

    run(alice, bob, main=main)


def test_who_has_no_peer_for_a_host_says_so() -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        transport = Transport(lambda *_: None, lambda *_: None)
        with pytest.raises(LocalMisuse, match="speaks with"):
            transport.initiate("main", IP4, Endpoint(IP4, 500))

    asyncio.run(main())


def test_the_address_towards_loopback_is_loopback() -> None:
    assert own_address(Endpoint("127.0.0.5", 500)) == IP4
