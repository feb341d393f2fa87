"""Attacks on availability: forged notifications and deletes, floods, replays, vectors out of step, false lengths."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Encrypted, Message, Payloads
from isakmp.machine.config import Timers
from isakmp.machine.outputs import Discarded, PhaseTwoUp, Send
from isakmp.machine.peer import Peer
from isakmp.spec.payloads import SA, VID, D, Header, N
from isakmp.spec.registries import AuthMethod, Doi, ExchangeType, Flag, NotifyType, PayloadType, ProtocolId
from tests.attacks.stage import (
    BLOCK,
    HEADER,
    NOW,
    Role,
    changed,
    first_vector,
    pair,
    protected,
    rows,
    sends,
    talk,
    up_to,
)
from tests.properties.setups import METHODS, Journal, Setup, backend_for


def clear(cookies: bytes, payload: N | D, message_id: int = 7) -> bytes:
    header = Header(cookies[:8], cookies[8:], ExchangeType.INFORMATIONAL, Flag(0), message_id)
    return encode(Message(header, Payloads((payload,))))


@pytest.mark.parametrize("notify", [NotifyType.NO_PROPOSAL_CHOSEN, NotifyType.INVALID_COOKIE])
@pytest.mark.parametrize("count", [1, 3])
def test_an_error_notification_in_the_clear_ends_nothing(count: int, notify: NotifyType) -> None:
    alice, bob = pair()
    datagram = up_to(count, alice, bob)
    forged = clear(datagram[:16], N(Doi.IPSEC, ProtocolId.ISAKMP, notify))
    alice.receive(forged, Role.R, NOW)
    assert sends(alice.receive(datagram, Role.R, NOW))


@pytest.mark.parametrize("marked", [False, True], ids=["in the clear", "with a false hash"])
def test_a_forged_delete_removes_nothing(marked: bool) -> None:
    alice, bob = pair()
    sa = talk(alice, bob).sas[Role.I]
    delete = D(Doi.IPSEC, ProtocolId.ISAKMP, (sa.cookies,))
    forged = protected(replace(sa, skeyid_a=bytes(32)), 7, (delete,)) if marked else clear(sa.cookies, delete)
    outputs = bob.receive(forged, Role.I, NOW)
    assert len(bob.database.sas()) == 1
    assert not sends(outputs)
    assert not bob.database.sas() or bob.receive(protected(sa, 9, (delete,)), Role.I, NOW)
    assert not bob.database.sas()  # the true one is obeyed


def test_a_forged_initial_contact_removes_nothing() -> None:
    alice, bob = pair(initial_contact=True)
    first = talk(alice, bob).sas[Role.I]
    contact = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT, first.cookies)
    bob.receive(clear(first.cookies, contact), Role.I, NOW)
    bob.receive(protected(replace(first, skeyid_a=bytes(32)), 8, (contact,)), Role.I, NOW)
    assert first.cookies in [sa.cookies for sa in bob.database.sas()]


def test_octets_that_nobody_encrypted_are_no_notification() -> None:
    alice, bob = pair()
    sa = talk(alice, bob).sas[Role.I]
    header = Header(sa.cky_i, sa.cky_r, ExchangeType.INFORMATIONAL, Flag.ENCRYPTION, 7)
    forged = encode(Message(header, encrypted=Encrypted(PayloadType.HASH, b"junk" * 16)))
    outputs = bob.receive(forged, Role.I, NOW)
    assert len(bob.database.sas()) == 1
    assert not sends(outputs)


def test_a_notification_in_the_clear_is_answered_by_none() -> None:
    alice, bob = pair()
    sa = talk(alice, bob).sas[Role.I]
    for number in range(1, 100):
        forged = clear(sa.cookies, N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType(number % 30 + 1), b"", bytes(number)))
        assert not sends(bob.receive(forged, Role.I, NOW))
    odd = protected(sa, 9, (N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INVALID_SPI, b"none"),))
    assert not sends(bob.receive(odd, Role.I, NOW))


# ---- floods ----


def counting(setup: Setup) -> tuple[Peer, Peer, Journal]:
    alice, bob = pair(METHODS[setup.form])
    backend = backend_for(setup, "bob", SymbolicBackend())
    made = Peer(bob.config, backend)
    # What the backend can do is found out once, at a price; that is paid before the flood.
    first, _ = pair(METHODS[setup.form])
    for datagram in sends(first.initiate("main", Role.R, NOW)):
        made.receive(datagram, "elsewhere", NOW)
    made.tick(NOW + made.config.timers.half_open)
    return alice, made, backend.journal


def test_first_messages_from_nowhere_each_take_a_place_that_time_gives_back() -> None:
    alice, bob, journal = counting(Setup("psk"))
    journal.work.clear()
    for number in range(50):
        (mm1,) = sends(alice.initiate("main", Role.R, NOW))
        assert len(sends(bob.receive(mm1, f"192.0.2.{number}", NOW))) == 1
    assert len(list(bob.database.runs())) == 50
    assert journal.work["exponentiation"] == 0
    assert not sends(bob.tick(NOW + bob.config.timers.half_open - 1))
    bob.tick(NOW + bob.config.timers.half_open)
    assert not list(bob.database.runs())


@pytest.mark.parametrize(
    ("auth", "cost"),
    [("psk", {"exponentiation": 1}), ("signature", {"exponentiation": 2, "long-term key": 1})],
)
def test_a_first_message_of_aggressive_mode_costs_powers_and_signatures_before_anything_is_proven(
    auth: str, cost: dict[str, int]
) -> None:
    alice, bob, journal = counting(Setup(auth))
    for number in range(1, 11):
        journal.work.clear()
        (am1,) = sends(alice.initiate("aggressive", Role.R, NOW))
        bob.receive(am1, f"192.0.2.{number}", NOW)
        assert dict(journal.work) == cost


def test_the_cookie_of_the_responder_is_another_each_time_and_an_old_third_message_finds_nothing() -> None:
    alice, bob = pair()
    mm1 = up_to(0, alice, bob)
    (mm2,) = sends(bob.receive(mm1, Role.I, NOW))
    (mm3,) = sends(alice.receive(mm2, Role.R, NOW))
    bob.receive(mm3, Role.I, NOW)
    later = NOW + bob.config.timers.half_open + 1
    bob.tick(later)
    (again,) = sends(bob.receive(mm1, Role.I, later))
    assert again[8:16] != mm2[8:16]
    (outputs,) = bob.receive(mm3, Role.I, later)
    assert isinstance(outputs, Discarded)


def test_one_first_message_is_answered_once_however_long_one_waits() -> None:
    alice, bob = pair()
    mm1 = up_to(0, alice, bob)
    answers = sends(bob.receive(mm1, Role.I, NOW))
    time = NOW
    while (due := bob.next_deadline()) is not None:
        time = due
        answers += sends(bob.tick(time))
    assert len(answers) == 1
    assert len(answers[0]) <= len(mm1)


# ---- replays, vectors ----


def test_an_old_first_message_of_quick_mode_makes_no_state_after_its_pair_is_gone() -> None:
    alice, bob = pair()
    run = talk(alice, bob)
    sa = run.sas[Role.R]
    qm1 = next(d.datagram for d in run.deliveries if d.datagram[18] == ExchangeType.QUICK)
    bob.close_pair(sa, run.pairs[Role.R], NOW)
    before = len(list(bob.database.runs()))
    outputs = bob.receive(qm1, Role.I, NOW)
    assert not sends(outputs)
    assert not any(isinstance(output, PhaseTwoUp) for output in outputs)
    assert len(list(bob.database.runs())) == before


def test_an_old_notification_is_not_taken_again() -> None:
    alice, bob = pair()
    sa = talk(alice, bob).sas[Role.I]
    datagram = protected(sa, 7, (N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.RESPONDER_LIFETIME, sa.cookies),))
    assert rows(bob.receive(datagram, Role.I, NOW))
    (again,) = bob.receive(datagram, Role.I, NOW)
    assert isinstance(again, Discarded)
    assert again.reason.notify is NotifyType.INVALID_MESSAGE_ID


def test_two_messages_with_one_message_id_show_what_they_have_in_common() -> None:
    """Equal vectors, equal keys: equal plaintext at the beginning gives equal blocks. So no end uses an id twice."""
    alice, bob = pair()
    sa = talk(alice, bob).sas[Role.I]
    backend = alice.backend
    plain = b"the same beginning, for two blocks and then "[:32]
    one, two = (
        backend.encrypt(sa.suite.encryption, sa.cipher_key, first_vector(sa, 7), plain + bytes([end]) * BLOCK)
        for end in (1, 2)
    )
    assert one[:32] == two[:32]
    assert one[32:] != two[32:]
    begun = [sends(alice.quick(sa, Role.R, NOW))[0][20:24] for _ in range(20)]
    assert len(set(begun)) == 20


@pytest.mark.parametrize("count", [4, 5])
def test_junk_marked_as_encrypted_does_not_move_the_vector(count: int) -> None:
    alice, bob = pair()
    datagram = up_to(count, alice, bob)
    peer, sender = (bob, Role.I) if count % 2 == 0 else (alice, Role.R)
    for change in range(1, 5):
        peer.receive(datagram[:HEADER] + bytes([change]) * (len(datagram) - HEADER), sender, NOW)
    peer.receive(datagram, sender, NOW)
    assert len(peer.database.sas()) == 1


# ---- header and lengths ----


def test_a_connected_notification_in_the_clear_puts_nothing_in_use() -> None:
    alice, bob = pair()
    sa = talk(alice, bob, quick=False).sas[Role.I]
    (qm1,) = sends(alice.quick(sa, Role.R, NOW))
    bob.receive(qm1, Role.I, NOW)
    forged = clear(sa.cookies, N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.CONNECTED), int.from_bytes(qm1[20:24], "big"))
    for peer, sender in ((alice, Role.R), (bob, Role.I)):
        outputs = peer.receive(forged, sender, NOW)
        assert not any(isinstance(output, PhaseTwoUp | Send) for output in outputs)


@pytest.mark.parametrize("length", [0, 27, 0xFFFF, 0xFFFFFFFF])
def test_a_length_that_is_not_the_datagrams_is_refused_before_anything_is_kept(length: int) -> None:
    alice, bob = pair()
    mm1 = up_to(0, alice, bob)
    outputs = bob.receive(changed(mm1, 24, length.to_bytes(4, "big")), Role.I, NOW)
    assert not sends(outputs)
    assert not list(bob.database.runs())


def test_an_sa_payload_whose_lengths_disagree_gets_no_answer_that_holds_more_than_was_sent() -> None:
    """The first message of BENIGNCERTAIN: lengths inside the SA that say more than there is."""
    alice, bob = pair()
    mm1 = up_to(0, alice, bob)
    start = HEADER
    for place in (start + 2, start + 12 + 2, start + 12 + 8 + 2):  # SA, proposal, transform
        for length in (0xFFFF, len(mm1), 0x400):
            forged = changed(mm1, place, length.to_bytes(2, "big"))
            assert not sends(bob.receive(forged, Role.I, NOW))
    assert not list(bob.database.runs())
    assert decode(mm1).payloads[0] == SA(proposals=decode(mm1).payloads[0].proposals)  # type: ignore[attr-defined]


@pytest.mark.parametrize("auth", [AuthMethod.PSK, AuthMethod.ECDSA_256])
def test_each_message_cut_at_each_place_raises_nothing_and_keeps_what_stood(auth: AuthMethod) -> None:
    alice, bob = pair(auth)
    run = talk(alice, bob)
    for delivery in run.deliveries:
        receiver = bob if delivery.sender is Role.I else alice
        for size in range(0, len(delivery.datagram), 7):
            receiver.receive(delivery.datagram[:size], delivery.sender, NOW)
    assert len(alice.database.sas()) == len(bob.database.sas()) == 1


def test_the_times_of_repeats_and_the_vendor_ids_tell_one_implementation_from_another() -> None:
    """Nobody has to prove anything to see them: the initiator repeats MM1 by its own clock."""

    def seen(timers: Timers, *vendors: bytes) -> tuple[list[float], set[bytes]]:
        alice, _ = pair(timers=timers, vendor_ids=vendors)
        (mm1,) = sends(alice.initiate("main", Role.R, NOW))
        times: list[float] = []
        while (due := alice.next_deadline()) is not None and len(times) < 3:
            times += [round(due - NOW, 3) for _ in sends(alice.tick(due))]
        return times, {p.data for p in decode(mm1).payloads if isinstance(p, VID)}

    one, other = (
        seen(Timers(first=1.0, factor=2.0), b"first vendor"),
        seen(Timers(first=4.0, factor=1.8), b"second one"),
    )
    assert one == ([1.0, 3.0, 7.0], {b"first vendor"})
    assert other[0][0] == 4.0
    assert other[1] == {b"second one"}
