"""What happens to a peer beside the quiet course of an exchange: repeats, losses, lifetimes, deletes, junk, replays."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import Timers
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import Discarded, Ended, Output, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import D, Header, N
from isakmp.spec.registries import Doi, ExchangeType, NotifyType, ProtocolId
from isakmp.spec.terms import Def, Role
from tests.machine.ends import NOW, ends


def sends(outputs: tuple[Output, ...]) -> list[bytes]:
    return [o.datagram for o in outputs if isinstance(o, Send)]


def rows(outputs: tuple[Output, ...]) -> list[str]:
    return [o.row.id.split(".", 2)[2] for o in outputs if isinstance(o, Taken)]


def snapshot(peer: Peer) -> list[tuple[object, ...]]:
    """All that a peer knows, so that a test can tell that nothing changed. What follows from it may be computed."""
    derived = {d.name for d in k.cipher_key(Auth.PSK).subterms() if isinstance(d, Def)} | {"g^xy", "IV"}
    return [
        (
            run.state,
            {n: v for n, v in run.known.values.store.items() if n not in derived},
            run.known.iv,
            run.last_sent,
            run.last_received,
            run.message_id,
        )
        for run in peer.database.runs()
    ] + [(sa,) for sa in peer.database.sas()]


def up_to(count: int, exchange: str = "main") -> tuple[Peer, Peer, bytes]:
    """Two peers after `count` deliveries, and the datagram that is on the wire then."""
    alice, bob = ends()
    peers = {Role.I: alice, Role.R: bob}
    (datagram,), receiver = sends(alice.initiate(exchange, Role.R, NOW)), Role.R
    for _ in range(count):
        (datagram,) = sends(peers[receiver].receive(datagram, receiver.other, NOW))
        receiver = receiver.other
    return alice, bob, datagram


def in_the_clear(cky_i: bytes, cky_r: bytes, payload: Payload) -> bytes:
    header = Header(cky_i=cky_i, cky_r=cky_r, exchange=ExchangeType.INFORMATIONAL, message_id=0x12345678)
    return encode(Message(header, Payloads((payload,))))


@pytest.fixture
def done() -> tuple[Peer, Peer, Handshake]:
    alice, bob = ends()
    return alice, bob, handshake(alice, bob, "main", now=NOW)


# ---- repeats ----


@pytest.mark.parametrize("count", range(5))
def test_a_duplicate_is_answered_by_the_same_octets_and_changes_nothing(count: int) -> None:
    alice, bob, datagram = up_to(count)
    peer, sender = (bob, Role.I) if count % 2 == 0 else (alice, Role.R)
    first = sends(peer.receive(datagram, sender, NOW))
    before = snapshot(peer)
    again = peer.receive(datagram, sender, NOW + 1)
    assert sends(again) == first
    assert rows(again)[0].endswith("duplicate")
    assert snapshot(peer) == before


def test_a_late_first_message_with_another_body_does_not_disturb_the_exchange() -> None:
    alice, bob, datagram = up_to(0)
    bob.receive(datagram, Role.I, NOW)
    other, _ = ends(suite="aes128-sha1-modp1024")
    forged = datagram[:8] + sends(other.initiate("main", Role.R, NOW))[0][8:]
    before = snapshot(bob)
    assert rows(bob.receive(forged, Role.I, NOW)) == ["MAIN_R1.MM1"]
    assert snapshot(bob) == before
    assert alice is not None


def test_a_replayed_quick_mode_creates_nothing(done: tuple[Peer, Peer, Handshake]) -> None:
    _, bob, run = done
    before = snapshot(bob)
    for delivery in run.deliveries:
        if delivery.sender is Role.I:
            answers = bob.receive(delivery.datagram, Role.I, NOW + 1)
            assert all(answer in [d.datagram for d in run.deliveries] for answer in sends(answers))
    assert snapshot(bob) == before


# ---- time ----


def test_answers_to_duplicates_do_not_use_up_retries() -> None:
    alice, bob, datagram = up_to(2)
    for _ in range(20):
        bob.receive(datagram, Role.I, NOW)
    (run,) = bob.database.runs()
    assert run.retries == 0
    assert alice is not None


def clock(peer: Peer, until: float) -> Iterator[tuple[float, tuple[Output, ...]]]:
    while (due := peer.next_deadline()) is not None and due <= until:
        yield due, peer.tick(due)


def test_retransmissions_wait_longer_each_time_and_then_give_up() -> None:
    alice, _ = ends(timers=Timers(first=1.0, factor=2.0, tries=3, half_open=100.0))
    (first,) = sends(alice.initiate("main", Role.R, NOW))
    course = [(due - NOW, sends(outputs), rows(outputs)) for due, outputs in clock(alice, NOW + 100)]
    assert [due for due, _, _ in course] == [1.0, 3.0, 7.0, 15.0]
    assert [octets for _, octets, _ in course] == [[first], [first], [first], []]
    assert course[-1][2] == ["MAIN_I1.retries-exhausted"]
    assert not list(alice.database.runs())


def test_a_half_open_exchange_ends_by_itself() -> None:
    _, bob, _ = up_to(1)
    course = [(due - NOW, rows(outputs)) for due, outputs in clock(bob, NOW + 1000)]
    assert course == [(30.0, ["MAIN_R1.lifetime-over"])]
    assert not list(bob.database.runs())


def test_who_answers_a_first_message_sends_nothing_by_timer() -> None:
    _, bob, _ = up_to(1)
    assert [octets for _, outputs in clock(bob, NOW + 29) for octets in sends(outputs)] == []


def test_a_lost_message_is_made_good_by_the_timer() -> None:
    alice, bob, lost = up_to(2)  # MM3 never arrives
    due = alice.next_deadline()
    assert due is not None
    (again,) = sends(alice.tick(due))
    assert again == lost
    assert sends(bob.receive(again, Role.I, due))


def test_an_sa_ends_with_its_lifetime_and_the_peer_is_told(done: tuple[Peer, Peer, Handshake]) -> None:
    alice, bob, run = done
    outputs = alice.tick(run.sas[Role.I].expires + 1)
    assert any(isinstance(o, Ended) and o.state == "DELETED" for o in outputs)
    assert not alice.database.sas()
    for datagram in sends(outputs):
        assert decode(datagram).header.exchange == ExchangeType.INFORMATIONAL
        bob.receive(datagram, Role.I, NOW + 28_801)
    assert not bob.database.sas()


# ---- deletes and notifications ----


def test_a_delete_ends_the_sa_at_both_ends(done: tuple[Peer, Peer, Handshake]) -> None:
    alice, bob, run = done
    (told,) = sends(alice.close(run.sas[Role.I], NOW))
    assert not alice.database.sas()
    assert "MAIN_R3.protected-delete" in rows(bob.receive(told, Role.I, NOW))
    assert not bob.database.sas()
    assert not list(bob.database.runs())


def test_a_delete_of_an_ipsec_sa_leaves_the_isakmp_sa(done: tuple[Peer, Peer, Handshake]) -> None:
    alice, bob, run = done
    (told,) = sends(alice.close_pair(run.sas[Role.I], run.pairs[Role.I], NOW))
    assert rows(bob.receive(told, Role.I, NOW))[-1] == "QUICK_R2.protected-delete"
    assert bob.database.sas()
    assert not bob.database.under(run.sas[Role.I].cookies)


def test_a_replayed_delete_does_nothing(done: tuple[Peer, Peer, Handshake]) -> None:
    alice, bob, run = done
    (told,) = sends(alice.close_pair(run.sas[Role.I], run.pairs[Role.I], NOW))
    bob.receive(told, Role.I, NOW)
    (discarded,) = bob.receive(told, Role.I, NOW)
    assert isinstance(discarded, Discarded)
    assert discarded.reason.notify is NotifyType.INVALID_MESSAGE_ID


def test_a_delete_with_a_broken_hash_does_nothing(done: tuple[Peer, Peer, Handshake]) -> None:
    alice, bob, run = done
    (told,) = sends(alice.close(run.sas[Role.I], NOW))
    broken = told[:40] + bytes([told[40] ^ 1]) + told[41:]
    outputs = bob.receive(broken, Role.I, NOW)
    assert bob.database.sas()
    assert not sends(outputs)


def test_a_clear_delete_with_the_right_cookies_does_nothing(done: tuple[Peer, Peer, Handshake]) -> None:
    _, bob, run = done
    sa = run.sas[Role.I]
    forged = in_the_clear(sa.cky_i, sa.cky_r, D(Doi.IPSEC, ProtocolId.ISAKMP, (sa.cookies,)))
    outputs = bob.receive(forged, Role.I, NOW)
    assert rows(outputs)[-1] == "MAIN_R3.delete-in-the-clear"
    assert bob.database.sas()


def test_a_clear_error_notify_does_not_end_an_exchange() -> None:
    alice, _, mm2 = up_to(1)
    notify = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.NO_PROPOSAL_CHOSEN)
    outputs = alice.receive(in_the_clear(mm2[:8], mm2[8:16], notify), Role.R, NOW)
    assert rows(outputs)[-1] == "MAIN_I1.error-notify-in-the-clear"
    assert sends(alice.receive(mm2, Role.R, NOW))  # the true answer is still taken


@pytest.mark.parametrize(
    ("protocol", "spi", "ended"),
    [
        (ProtocolId.ESP, b"", True),
        (ProtocolId.ESP, bytes(4), True),
        (ProtocolId.ESP, b"\x01\x02\x03\x04", False),
        (ProtocolId.ISAKMP, b"", False),
    ],
)
def test_a_protected_error_about_sas_that_names_none_ends_the_quick_mode_that_waits(
    done: tuple[Peer, Peer, Handshake], protocol: ProtocolId, spi: bytes, ended: bool
) -> None:
    alice, bob, handshake = done
    alice.quick(handshake.sas[Role.I], Role.R, NOW + 1)
    (phase_1,) = [run for run in bob.database.runs() if run.sa is None]
    notify = N(Doi.IPSEC, protocol, NotifyType.NO_PROPOSAL_CHOSEN, spi)
    (datagram,) = sends(tuple(bob._tell_of(phase_1, [notify], NOW + 1)))
    outputs = alice.receive(datagram, Role.R, NOW + 1)
    assert ("QUICK_I1.protected-error-notify" in rows(outputs)) is ended
    assert len(alice.database.sas()) == 1


def test_an_error_that_names_no_sa_is_about_neither_of_two_quick_modes(done: tuple[Peer, Peer, Handshake]) -> None:
    alice, bob, handshake = done
    for _ in range(2):
        alice.quick(handshake.sas[Role.I], Role.R, NOW + 1)
    (phase_1,) = [run for run in bob.database.runs() if run.sa is None]
    notify = N(Doi.IPSEC, ProtocolId.ESP, NotifyType.NO_PROPOSAL_CHOSEN)
    (datagram,) = sends(tuple(bob._tell_of(phase_1, [notify], NOW + 1)))
    assert rows(alice.receive(datagram, Role.R, NOW + 1))[-1] == "MAIN_I4.protected-error-notify"


def test_an_answer_that_changes_a_lifetime_is_refused() -> None:
    """The hashes cover the offer only, not the answer: the initiator has to compare (RFC 2409 section 5)."""
    alice, _, mm2 = up_to(1)
    lifetime = (28_800).to_bytes(2)
    assert mm2.count(lifetime) == 1
    before = snapshot(alice)
    outputs = alice.receive(mm2.replace(lifetime, (28_801).to_bytes(2)), Role.R, NOW)
    assert rows(outputs)[0] == "MAIN_I1.MM2!offered:SA"
    assert snapshot(alice) == before
    assert sends(alice.receive(mm2, Role.R, NOW))


# ---- junk ----

MUTATIONS: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda d: d[: len(d) // 2],
    "longer": lambda d: d + b"\0",
    "another exchange type": lambda d: d[:18] + b"\x04" + d[19:],
    "undefined exchange type": lambda d: d[:18] + b"\x63" + d[19:],
    "version 2": lambda d: d[:17] + b"\x20" + d[18:],
    "undefined flag": lambda d: d[:19] + bytes([d[19] | 0x40]) + d[20:],
    "message id": lambda d: d[:20] + b"\0\0\0\x07" + d[24:],
    "first payload": lambda d: d[:16] + b"\x63" + d[17:],
    "initiator's cookie": lambda d: bytes(8) + d[8:],
    "encryption flag": lambda d: d[:19] + bytes([d[19] ^ 1]) + d[20:],
    "empty": lambda _: b"",
    "one octet": lambda _: b"\0",
}


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("count", range(1, 5))
def test_a_mutated_message_changes_nothing_and_the_true_one_is_still_taken(count: int, mutation: str) -> None:
    alice, bob, datagram = up_to(count)
    peer, sender = (bob, Role.I) if count % 2 == 0 else (alice, Role.R)
    before = snapshot(peer)
    peer.receive(MUTATIONS[mutation](datagram), sender, NOW)
    assert snapshot(peer) == before
    assert sends(peer.receive(datagram, sender, NOW))


def test_every_single_octet_changed_on_the_way_gives_no_agreement_on_different_keys() -> None:
    """Each third octet of MM1 in turn: both ends agree, or at most one believes, or nobody does; never an exception."""
    _, _, first = up_to(0)
    for position in range(0, len(first), 3):
        alice, bob = ends()
        (datagram,) = sends(alice.initiate("main", Role.R, NOW))
        changed = datagram[:position] + bytes([datagram[position] ^ 0x55]) + datagram[position + 1 :]
        queue, receiver = [changed], Role.R
        peers = {Role.I: alice, Role.R: bob}
        while queue:
            queue = [o for d in queue for o in sends(peers[receiver].receive(d, receiver.other, NOW))]
            receiver = receiver.other
        one, two = alice.database.sas(), bob.database.sas()
        if one and two:
            assert replace(one[0], role=Role.R, identity=two[0].identity, peer_identity=two[0].peer_identity) == two[0]


def test_a_quick_mode_before_phase_1_is_complete_is_refused() -> None:
    _, bob, mm3 = up_to(2)
    outputs = bob.receive(mm3[:16] + bytes.fromhex("0810200112345678") + mm3[24:], Role.I, NOW)
    assert isinstance(outputs[0], Discarded)
    assert "no ISAKMP SA has these cookies" in str(outputs[0].reason)


def test_a_message_with_unknown_cookies_is_refused_by_section() -> None:
    _, bob, datagram = up_to(2)
    outputs = bob.receive(b"\xff" * 8 + datagram[8:], Role.I, NOW)
    assert "RFC 2408 section 5.2" in str(outputs[0].reason)  # type: ignore[union-attr]
