"""An endpoint under load, as `bench_serve` measures it, on a small scale: no errors, no growth, nothing left behind."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.intake import MOST_WAITING, Intake
from isakmp.machine.natt import Endpoint
from isakmp.machine.peer import Peer
from isakmp.machine.sockets import Arrival, UdpSocket
from isakmp.machine.udp import Transport, steady_clock
from isakmp.spec.limits import COOKIE_OCTETS, HALF_OPEN_TOTAL, NO_COOKIE
from tests.benchmarks.load import HOST, SUITE, Load, flood, flooded, handshakes, serving
from tests.machine.ends import ALICE, BOB, config

MIB = 1 << 20


def test_one_process_serves_many_handshakes_without_an_error(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        handshakes(server.place, 20)
        memory = server.memory
        _, errors = handshakes(server.place, 50)
        assert errors == []
        assert server.memory - memory < 4 * MIB


def test_handshakes_complete_in_a_flood_that_takes_no_more_than_its_share_of_memory(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        found = flooded(server, 5000, 5000.0, 5)
        assert found.errors == []
        assert found.most - found.before < 64 * MIB


def test_nothing_of_a_flood_is_left_when_its_time_is_over() -> None:
    peers: dict[str, Peer] = {}
    told = replace(config(BOB, ALICE, suite=SUITE), peer_identity=None)
    steady, later = steady_clock(), 0.0

    def peer(own: str, other: str) -> Peer:
        del other
        return peers.setdefault(own, Peer(told, load_backend("openssl")))

    async def main() -> None:
        nonlocal later
        responder = Transport(peer, lambda _: None, lambda: steady() + later)
        place = Endpoint(HOST, responder.listen(HOST, 0))
        load = Load(place, 5)
        flooding = asyncio.create_task(flood(place, 300, 1000.0))
        await load.run()
        await flooding
        database = peers[HOST].database
        assert load.errors == []
        assert database.half_open_total() > 100
        later = told.timers.half_open + 1
        while responder.intake:
            responder._work()
        later += told.timers.half_open + 1
        responder.perform(peers[HOST], peers[HOST].tick)
        assert list(database.runs()) == []
        assert database.half_open_total() == 0
        assert not database._hosts
        assert not database._places
        assert peers[HOST].next_deadline() is None
        responder.close()

    asyncio.run(main())


# ---- what waits ------------------------------------------------------------------------------------------------------

I_COOKIE, R_COOKIE = b"\x11" * COOKIE_OCTETS, b"\x22" * COOKIE_OCTETS


@pytest.fixture
def through() -> UdpSocket:
    opened = UdpSocket(HOST, 0)
    opened.close()
    return opened


def arrival(number: int, cky_r: bytes) -> Arrival:
    return Arrival(I_COOKIE + cky_r + number.to_bytes(12), Endpoint(HOST, 500), HOST)


def test_what_is_under_way_comes_before_first_messages_each_in_its_order(through: UdpSocket) -> None:
    intake = Intake()
    for number in range(4):
        intake.put(through, arrival(number, NO_COOKIE if number % 2 == 0 else R_COOKIE))
    taken = [intake.take()[1].octets[-1] for _ in range(4)]
    assert taken == [1, 3, 0, 2]
    assert not intake


@pytest.mark.parametrize("cky_r", [NO_COOKIE, R_COOKIE])
def test_what_is_too_much_is_forgotten_the_oldest_first_and_its_kind_only(through: UdpSocket, cky_r: bytes) -> None:
    intake = Intake()
    other = R_COOKIE if cky_r == NO_COOKIE else NO_COOKIE
    intake.put(through, arrival(0, other))
    for number in range(MOST_WAITING + 5):
        intake.put(through, arrival(number, cky_r))
    assert intake.forgotten == 5
    taken = []
    while intake:
        taken.append(intake.take()[1].octets)
    assert len(taken) == MOST_WAITING + 1
    assert arrival(0, other).octets in taken
    assert arrival(4, cky_r).octets not in taken
    assert arrival(5, cky_r).octets in taken


@pytest.mark.parametrize("size", [0, 7, 8, 15, 16, 28])
def test_octets_that_are_no_header_wait_like_others(through: UdpSocket, size: int) -> None:
    intake = Intake()
    octets = random.Random(size).randbytes(size)
    intake.put(through, Arrival(octets, Endpoint(HOST, 500), HOST))
    assert intake.take()[1].octets == octets


def test_the_limit_of_half_open_exchanges_is_what_a_flood_can_take() -> None:
    assert config(BOB, ALICE).half_open_total == HALF_OPEN_TOTAL
