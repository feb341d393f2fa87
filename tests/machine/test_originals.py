"""Original addresses in quick mode (RFC 3947 section 5.2): told in transport mode behind a NAT, and in no other."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, IpsecProposal
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Output, PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.payloads import NAT_OA
from isakmp.spec.registries import EncapsulationMode as Mode
from isakmp.spec.registries import IdType
from tests.machine.ends import ALICE, BOB, NOW, config

INSIDE, OUTSIDE = Endpoint("10.0.0.1", 4500), Endpoint("198.51.100.9", 4500)
GATEWAY = Endpoint("192.0.2.2", 4500)


def told(
    offered: tuple[Mode, ...], accepted: Mode, backend: str = "openssl"
) -> list[tuple[str, list[tuple[int, str]]]]:
    """Who told which addresses in a quick mode that came to stand, in order."""
    shared = load_backend(backend)
    ends = {
        "alice": Peer(config_of(initiator=True, modes=offered), shared),
        "bob": Peer(config_of(initiator=False, modes=(accepted,)), shared),
    }
    seen: list[tuple[str, list[tuple[int, str]]]] = []
    up: list[Output] = []

    def settle(outputs: tuple[Output, ...]) -> None:
        waiting = deque(("alice", output) for output in outputs)
        while waiting:
            who, output = waiting.popleft()
            if isinstance(output, Send):
                other, source = ("bob", OUTSIDE) if who == "alice" else ("alice", GATEWAY)
                waiting.extend((other, each) for each in ends[other].receive(output.datagram, source, NOW))
            elif isinstance(output, Taken):
                found = [
                    (p.type, ".".join(map(str, p.address))) for p in output.chain.payloads if isinstance(p, NAT_OA)
                ]
                if found:
                    seen.append(("bob" if who == "alice" else "alice", found))
            elif isinstance(output, PhaseTwoUp):
                up.append(output)

    settle(ends["alice"].initiate("main", GATEWAY, NOW))
    (sa,) = ends["alice"].database.sas()
    settle(ends["alice"].quick(sa, GATEWAY, NOW))
    assert len(up) == 2
    return seen


def config_of(*, initiator: bool, modes: tuple[Mode, ...]) -> Config:
    me, other, place = (ALICE, BOB, INSIDE) if initiator else (BOB, ALICE, GATEWAY)
    suites = tuple(replace(IpsecProposal(), mode=mode) for mode in modes)
    return replace(config(me, other), endpoint=place, ipsec=suites)


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_in_transport_mode_both_ends_tell_both_addresses_as_they_see_them(backend: str) -> None:
    # Example 1 of the section: the initiator is behind a NAT.
    ipv4 = int(IdType.IPV4_ADDR)
    assert told((Mode.UDP_TRANSPORT,), Mode.UDP_TRANSPORT, backend) == [
        ("alice", [(ipv4, INSIDE.host), (ipv4, GATEWAY.host)]),
        ("bob", [(ipv4, OUTSIDE.host), (ipv4, GATEWAY.host)]),
    ]


def test_an_initiator_that_prefers_tunnel_mode_tells_as_well_where_transport_mode_is_among_its_offers() -> None:
    seen = told((Mode.UDP_TUNNEL, Mode.UDP_TRANSPORT), Mode.UDP_TRANSPORT)
    assert [who for who, _ in seen] == ["alice", "bob"]


def test_a_responder_that_chooses_tunnel_mode_tells_nothing() -> None:
    seen = told((Mode.UDP_TRANSPORT, Mode.UDP_TUNNEL), Mode.UDP_TUNNEL)
    assert [who for who, _ in seen] == ["alice"]


@pytest.mark.parametrize("mode", [Mode.UDP_TUNNEL, Mode.TUNNEL])
def test_in_other_modes_nobody_tells_addresses(mode: Mode) -> None:
    assert told((mode,), mode) == []


def test_plain_transport_mode_is_encapsulated_behind_a_nat_and_tells_as_well() -> None:
    # Section 5.1: where there is a NAT, UDP encapsulation is used.
    assert [who for who, _ in told((Mode.TRANSPORT,), Mode.TRANSPORT)] == ["alice", "bob"]
