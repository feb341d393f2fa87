"""The commit bit and CONNECTED (RFC 2408 section 3.1), in quick mode; attacks on both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.memory import handshake
from isakmp.machine.outputs import Ended, Output, PhaseOneUp, PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.payloads import Header, N
from isakmp.spec.registries import Doi, ExchangeType, Flag, NotifyType, ProtocolId
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config, ends

I, R = Role.I, Role.R
SUITE = "aes128-sha256-modp1024"
FLAGS_AT = 19  # octet of the header that holds the flags (RFC 2408 section 3.1)


def pair(backend: str = "openssl", *, sets: bool = True, honours: bool = True) -> tuple[Peer, Peer, IsakmpSa]:
    """Two ends with an ISAKMP SA; the responder sets the commit bit, the initiator honours it."""
    shared = load_backend(backend)
    alice = Peer(replace(config(ALICE, BOB, suite=SUITE), honour_commit=honours), shared)
    bob = Peer(replace(config(BOB, ALICE, suite=SUITE), commit_bit=sets), shared)
    return alice, bob, handshake(alice, bob, "main", now=NOW, quick=False).sas[I]


def sent(outputs: tuple[Output, ...]) -> list[bytes]:
    return [output.datagram for output in outputs if isinstance(output, Send)]


def rows(outputs: tuple[Output, ...]) -> list[str]:
    return [output.row.id.split(".", 2)[2] for output in outputs if isinstance(output, Taken)]


def stands(outputs: tuple[Output, ...]) -> bool:
    return any(isinstance(output, PhaseTwoUp) for output in outputs)


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_the_initiator_uses_the_sa_when_connected_has_come(backend: str) -> None:
    alice, bob, sa = pair(backend)
    (first,) = sent(alice.quick(sa, R, NOW))
    (second,) = sent(bob.receive(first, I, NOW))
    assert second[FLAGS_AT] == Flag.ENCRYPTION | Flag.COMMIT
    taken = alice.receive(second, R, NOW)
    assert rows(taken) == ["QUICK_I1.QM2!uncommitted"]
    assert [o.problem for o in taken if isinstance(o, Taken)] == [None]
    assert not stands(taken)
    (third,) = sent(taken)
    done = bob.receive(third, I, NOW)
    assert stands(done)
    (connected,) = sent(done)
    header = decode(connected).header
    assert (header.exchange, header.message_id) == (ExchangeType.INFORMATIONAL, decode(first).header.message_id)
    came = alice.receive(connected, R, NOW)
    assert rows(came)[-1] == "QUICK_I_COMMIT.protected-CONNECTED"
    assert stands(came)
    (theirs,) = (o.pair for o in done if isinstance(o, PhaseTwoUp))
    (ours,) = (o.pair for o in came if isinstance(o, PhaseTwoUp))
    assert (ours.inbound.keymat, ours.outbound.keymat) == (theirs.outbound.keymat, theirs.inbound.keymat)
    # A second CONNECTED is no event any more: its message id was used.
    assert rows(alice.receive(connected, R, NOW)) == []


def test_a_lost_connected_comes_again_when_the_last_message_does() -> None:
    alice, bob, sa = pair()
    (first,) = sent(alice.quick(sa, R, NOW))
    (third,) = sent(alice.receive(sent(bob.receive(first, I, NOW))[0], R, NOW))
    lost = sent(bob.receive(third, I, NOW))
    again = alice.tick(NOW + 2)
    assert sent(again) == [third]
    assert sent(bob.receive(third, I, NOW + 2)) == lost
    assert stands(alice.receive(lost[0], R, NOW + 2))


def test_without_the_bit_nothing_is_waited_for() -> None:
    alice, bob, sa = pair(sets=False)
    (first,) = sent(alice.quick(sa, R, NOW))
    taken = alice.receive(sent(bob.receive(first, I, NOW))[0], R, NOW)
    assert rows(taken) == ["QUICK_I1.QM2"]
    assert stands(taken)
    assert sent(bob.receive(sent(taken)[0], I, NOW)) == []


def test_whoever_sets_the_bit_on_the_way_makes_the_initiator_wait_in_vain() -> None:
    """Attack 12: flags are authenticated by nothing, HASH(2) holds all the same."""
    alice, bob, sa = pair(sets=False)
    (first,) = sent(alice.quick(sa, R, NOW))
    (second,) = sent(bob.receive(first, I, NOW))
    changed = second[:FLAGS_AT] + bytes([second[FLAGS_AT] | Flag.COMMIT]) + second[FLAGS_AT + 1 :]
    taken = alice.receive(changed, R, NOW)
    assert rows(taken) == ["QUICK_I1.QM2!uncommitted"]
    assert stands(bob.receive(sent(taken)[0], I, NOW))  # one end holds an SA, the other never does
    ended = [o for n in range(40) for o in alice.tick(NOW + n) if isinstance(o, Ended)]
    assert [o.state for o in ended] == ["TIMED_OUT"]


def test_the_attack_fails_where_the_bit_is_not_honoured() -> None:
    alice, bob, sa = pair(sets=False, honours=False)
    (first,) = sent(alice.quick(sa, R, NOW))
    (second,) = sent(bob.receive(first, I, NOW))
    changed = second[:FLAGS_AT] + bytes([second[FLAGS_AT] | Flag.COMMIT]) + second[FLAGS_AT + 1 :]
    assert stands(alice.receive(changed, R, NOW))


def test_connected_in_the_clear_ends_no_wait() -> None:
    """Attack 13, refuted: anyone can send it."""
    alice, bob, sa = pair()
    (first,) = sent(alice.quick(sa, R, NOW))
    (second,) = sent(bob.receive(first, I, NOW))
    alice.receive(second, R, NOW)
    message_id = decode(first).header.message_id
    header = Header(sa.cky_i, sa.cky_r, exchange=ExchangeType.INFORMATIONAL, message_id=message_id)
    forged = N(Doi.IPSEC, ProtocolId.ESP, NotifyType.CONNECTED, b"SPI0")
    came = alice.receive(encode(Message(header, Payloads((forged,)))), R, NOW)
    assert rows(came)[-1] == "QUICK_I_COMMIT.CONNECTED-in-the-clear"
    assert not stands(came)


def test_the_bit_means_nothing_in_phase_1() -> None:
    alice, bob = ends(suite=SUITE)
    outputs = alice.initiate("main", R, NOW)
    peers, turn, up = {I: alice, R: bob}, R, 0
    while sent(outputs):
        (datagram,) = sent(outputs)
        changed = datagram[:FLAGS_AT] + bytes([datagram[FLAGS_AT] | Flag.COMMIT]) + datagram[FLAGS_AT + 1 :]
        outputs = peers[turn].receive(changed, turn.other, NOW)
        up += sum(isinstance(output, PhaseOneUp) for output in outputs)
        turn = turn.other
    assert up == 2
