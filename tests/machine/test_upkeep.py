"""The life of SAs in time: liveness, rekeying, both ends beginning at once, crossing deletes, initial contact."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isakmp.crypto.registry import load_backend
from isakmp.machine import write
from isakmp.machine.codec import encode, encode_payloads
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import Dpd, IpsecProposal, Rekey, Timers
from isakmp.machine.outputs import Discarded, Send, Taken
from isakmp.machine.run import Run, Step
from isakmp.machine.write import seal
from isakmp.spec import keying as k
from isakmp.spec.exchanges import informational
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message as Template
from isakmp.spec.payloads import HASH, D, Header, N
from isakmp.spec.registries import Doi, ExchangeType, NotifyType, ProtocolId
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config, ends
from tests.machine.network import Network

BACKENDS = ("openssl", "seeded", "symbolic")
SUITE = "aes128-sha1-modp1024"
BOTH = (Role.I, Role.R)
SEEDS = st.integers(0, 7)


def network(backend: str = "seeded", seed: int | None = None, **changes: object) -> Network:
    return Network(*ends(suite=SUITE, backend=load_backend(backend, seed), **changes))  # type: ignore[arg-type]


def tell(net: Network, sender: Role, payload: N) -> None:
    """Have an end say something under its ISAKMP SA."""
    peer = net.peers[sender]
    (sa,) = net.sas(sender)
    run = peer.database.phase_1(sa.cky_i, sa.cky_r)
    assert run is not None
    net.put(sender, peer._tell(Step(run, net.now, run.known.copy()), (payload,)))


# ---- dead peer detection ----


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_silent_peer_is_asked_and_answers(backend: str) -> None:
    net = network(backend, dpd=Dpd(idle=30))
    net.up()
    net.advance(29)
    assert not any(row.startswith("DPD") for row in net.rows(Role.I))
    net.advance(2)
    questions = [r for role in BOTH for r in net.rows(role)]
    assert {"DPD_I0.silence", "DPD_I1.acknowledged", "DPD_R0.question"} <= set(questions)
    net.advance(600)
    assert [len(net.sas(role)) for role in BOTH] == [1, 1]


def test_who_has_heard_something_does_not_ask() -> None:
    net = network(dpd=Dpd(idle=30))
    net.up()
    for _ in range(10):
        net.advance(20)
        for role in BOTH:
            net.put(role, net.peers[role].used(net.pair(role), 100, net.now, inbound=True))
    assert not any(row.startswith("DPD") for role in BOTH for row in net.rows(role))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_peer_that_never_answers_is_dead_and_its_sas_are_gone(backend: str) -> None:
    net = network(backend, dpd=Dpd(idle=30), timers=Timers(tries=3))
    net.up()
    net.cut = True
    net.advance(30 + 1 + 1.8 + 1.8**2 + 1.8**3 - 0.5)
    assert len(net.sas(Role.I)) == 1
    net.advance(1)
    assert net.rows(Role.I).count("DPD_I1.unanswered") == 3
    assert net.rows(Role.I)[-3:] == ["DPD_I1.given-up", "MAIN_I4.peer-dead", "QUICK_I2.ISAKMP-SA-gone"]
    assert net.sas(Role.I) == ()
    assert net.spis(Role.I) == set()
    assert net.peers[Role.I].next_deadline() is None


def test_no_repeated_question_waits_longer_than_the_timers_say() -> None:
    net = network(dpd=Dpd(idle=30), timers=Timers(tries=3, most=1.5))
    net.up()
    net.cut = True
    net.advance(30 + 1 + 3 * 1.5 - 0.5)
    assert len(net.sas(Role.I)) == 1
    net.advance(1)
    assert net.sas(Role.I) == ()


def test_a_peer_that_did_not_announce_it_is_not_asked() -> None:
    alice, bob = ends(suite=SUITE)
    net = Network(type(alice)(replace(alice.config, dpd=Dpd(idle=30)), alice.backend), bob)
    net.up()
    net.advance(3600)
    assert not any(row.startswith("DPD") for row in net.rows(Role.I))


@pytest.mark.parametrize("change", ["spi", "size", "lower"])
def test_a_question_with_wrong_cookies_or_number_is_not_answered(change: str) -> None:
    net = network(dpd=Dpd(idle=1e6))
    net.up()
    cookies = net.sas(Role.I)[0].cookies
    good = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.R_U_THERE, cookies, (1000).to_bytes(4))
    tell(net, Role.I, good)
    net.settle()
    bad = {"spi": (cookies[::-1], 1001), "size": (cookies, 1001), "lower": (cookies, 999)}
    spi, number = bad[change]
    data = number.to_bytes(6 if change == "size" else 4)
    count = len(net.sent)
    tell(net, Role.I, N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.R_U_THERE, spi, data))
    net.settle()
    assert net.rows(Role.R)[-1] == "DPD_R0.refused"
    assert len(net.sent) == count + 1


def test_an_answer_with_another_number_leaves_the_question_open() -> None:
    net = network(dpd=Dpd(idle=30))
    net.up()
    net.cut = True
    net.advance(30.5)
    net.cut = False
    cookies = net.sas(Role.R)[0].cookies
    tell(net, Role.R, N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.R_U_THERE_ACK, cookies, bytes(4)))
    net.settle()
    assert "DPD_I1.refused" in net.rows(Role.I)
    assert "DPD_I1.acknowledged" not in net.rows(Role.I)


def test_a_replayed_answer_proves_nothing() -> None:
    net = network(dpd=Dpd(idle=30))
    net.up()
    net.advance(31)
    asker = Role.I if "DPD_I1.acknowledged" in net.rows(Role.I) else Role.R
    answer = [d for sender, d in net.sent if sender is asker.other][-1]
    before = net.rows(asker)
    outputs = net.peers[asker].receive(answer, asker.other, net.now)
    assert [type(o) for o in outputs] == [Discarded]
    assert net.rows(asker) == before


# ---- lifetimes and rekeying ----


@pytest.mark.parametrize("backend", BACKENDS)
def test_sas_are_replaced_before_they_expire_and_one_of_each_stays(backend: str) -> None:
    net = network(backend, rekey=Rekey())
    net.up()
    first, spis = net.sas(Role.I)[0], net.spis(Role.I)
    net.advance(3600)
    assert net.spis(Role.I) == net.spis(Role.R) != spis
    assert len(net.spis(Role.I)) == 1
    assert net.sas(Role.I)[0].cookies == first.cookies
    net.advance(28_800 - 3600)
    for role in BOTH:
        assert len(net.sas(role)) == 1
        assert net.sas(role)[0].cookies != first.cookies
        assert not any("lifetime" in row for row in net.rows(role))
    assert len(net.spis(Role.I)) == 1
    assert net.spis(Role.I) == net.spis(Role.R)
    assert net.sas(Role.I)[0].cookies == net.sas(Role.R)[0].cookies


@pytest.mark.parametrize("lifetime", [3600, 60])
def test_the_initiator_replaces_before_the_responder_would_and_short_lifetimes_leave_most_of_their_time(
    lifetime: int,
) -> None:
    net = network(rekey=Rekey(margin=540), ipsec=(IpsecProposal(lifetime=lifetime),))
    net.up()
    margin = min(540, lifetime / 4)
    due = {}
    for role in BOTH:
        (run,) = [r for r in net.peers[role].database.runs() if r.sa is not None]
        assert run.life.soft is not None
        due[role] = run.life.soft - NOW
    assert lifetime - 2 * margin <= due[Role.I] <= lifetime - margin + 0.1
    assert due[Role.R] == pytest.approx(lifetime - margin / 2, abs=0.1)


def test_an_old_isakmp_sa_is_deleted_over_the_new_one_which_inherits_the_ipsec_sas() -> None:
    net = network(rekey=Rekey(margin=100))
    net.up()
    (old,) = net.sas(Role.I)
    run = net.peers[Role.I].database.phase_1(old.cky_i, old.cky_r)
    assert run is not None
    spis = net.spis(Role.I)
    net.put(Role.I, net.peers[Role.I]._fire(run, "rekeying due", net.now))
    net.settle()
    new = net.sas(Role.I)[-1]
    count = len(net.sent)
    net.advance(6)
    ((_, delete),) = net.sent[count:]
    assert delete[:16] == new.cookies
    for role in BOTH:
        assert [sa.cookies for sa in net.sas(role)] == [new.cookies]
        assert net.spis(role) == spis


def test_without_children_kept_ipsec_sas_end_with_their_isakmp_sa() -> None:
    net = network(rekey=Rekey(margin=100, keep_children=False))
    net.up()
    (old,) = net.sas(Role.I)
    run = net.peers[Role.I].database.phase_1(old.cky_i, old.cky_r)
    assert run is not None
    net.put(Role.I, net.peers[Role.I]._fire(run, "rekeying due", net.now))
    net.settle()
    net.advance(6)
    for role in BOTH:
        assert len(net.sas(role)) == 1
        assert net.spis(role) == set()


def test_octets_bring_a_rekey_and_then_the_end() -> None:
    net = network(rekey=Rekey(octets=1000, octets_margin=200))
    net.up()
    pair, peer = net.pair(Role.I), net.peers[Role.I]
    assert peer.used(pair, 799, net.now) == ()
    net.put(Role.I, peer.used(pair, 1, net.now))
    assert net.rows(Role.I)[-2:] == ["QUICK_I2.rekeying-due", "QUICK_I0.start"]
    net.put(Role.I, peer.used(pair, 200, net.now))
    assert net.rows(Role.I)[-2].startswith("QUICK_I2.lifetime-over")
    net.settle()
    assert len(net.spis(Role.I)) == 1
    assert net.spis(Role.I) == net.spis(Role.R)


# ---- both at once, in any order of delivery ----


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_two_beginnings_at_once_leave_one_isakmp_sa(backend: str, exchange: str) -> None:
    net = network(backend, rekey=Rekey())
    for role in BOTH:
        net.initiate(role, exchange)
    net.settle()
    assert [sa.cookies for sa in net.sas(Role.I)] == [sa.cookies for sa in net.sas(Role.R)]
    assert len(net.sas(Role.I)) == 1


@settings(max_examples=50)
@given(st.data())
def test_crossing_rekeys_of_phase_2_leave_one_pair_in_any_order(data: st.DataObject) -> None:
    net = network(seed=data.draw(SEEDS), rekey=Rekey())
    net.up()
    for role in BOTH:
        (run,) = [r for r in net.peers[role].database.runs() if r.sa is not None]
        net.put(role, net.peers[role]._fire(run, "rekeying due", net.now))
    net.choose = lambda count: data.draw(st.integers(0, count - 1))
    net.settle()
    net.advance(40)
    assert net.spis(Role.I) == net.spis(Role.R)
    assert len(net.spis(Role.I)) == 1


@settings(max_examples=50)
@given(st.data())
def test_crossing_rekeys_of_phase_1_leave_one_isakmp_sa_in_any_order(data: st.DataObject) -> None:
    net = network(seed=data.draw(SEEDS), rekey=Rekey())
    net.up()
    (old,) = net.sas(Role.I)
    spis = net.spis(Role.I)
    for role in BOTH:
        run = net.peers[role].database.phase_1(old.cky_i, old.cky_r)
        assert run is not None
        net.put(role, net.peers[role]._fire(run, "rekeying due", net.now))
    net.choose = lambda count: data.draw(st.integers(0, count - 1))
    net.settle()
    net.advance(40)
    cookies = [[sa.cookies for sa in net.sas(role)] for role in BOTH]
    assert cookies[0] == cookies[1] != [old.cookies]
    assert len(cookies[0]) == 1
    assert net.spis(Role.I) == net.spis(Role.R) == spis


@settings(max_examples=30)
@given(st.data())
def test_crossing_deletes_end_at_nothing(data: st.DataObject) -> None:
    net = network()
    net.up()
    what = data.draw(st.lists(st.sampled_from(BOTH), min_size=2, max_size=2))
    for role in what:
        for sa in net.sas(role):
            net.put(role, net.peers[role].close(sa, net.now))
    net.choose = lambda count: data.draw(st.integers(0, count - 1))
    net.settle()
    for role in BOTH:
        assert net.sas(role) == ()
        assert net.spis(role) == set()


@settings(max_examples=500)
@given(st.data())
def test_crossing_rekeys_leave_one_pair_where_datagrams_are_repeated(data: st.DataObject) -> None:
    net = network(seed=data.draw(SEEDS), rekey=Rekey())
    net.up()
    for role in BOTH:
        (run,) = [r for r in net.peers[role].database.runs() if r.sa is not None]
        net.put(role, net.peers[role]._fire(run, "rekeying due", net.now))
    net.choose = lambda count: data.draw(st.integers(0, count - 1))
    net.repeats = lambda: len(net.sent) < 40 and data.draw(st.booleans())
    net.settle()
    net.repeats = lambda: False
    net.advance(40)
    assert net.spis(Role.I) == net.spis(Role.R)
    assert len(net.spis(Role.I)) == 1


@settings(max_examples=500)
@given(st.data())
def test_what_a_lossy_network_leaves_behind_is_gone_once_it_has_expired(data: st.DataObject) -> None:
    """Deletes are not acknowledged: one that is lost leaves an SA at one end, which then ends by its lifetime."""
    net = network(seed=data.draw(SEEDS), rekey=Rekey())
    net.up()
    for role in BOTH:
        (run,) = [r for r in net.peers[role].database.runs() if r.sa is not None]
        net.put(role, net.peers[role]._fire(run, "rekeying due", net.now))
    net.loses = lambda: data.draw(st.integers(0, 3)) == 0
    net.settle()
    net.advance(40)
    net.loses = lambda: False
    net.advance(3600)
    net.advance(60)
    assert net.spis(Role.I) == net.spis(Role.R)
    assert len(net.spis(Role.I)) == 1


# ---- initial contact ----


@pytest.mark.parametrize("backend", BACKENDS)
def test_initial_contact_ends_what_the_same_identity_had_before(backend: str) -> None:
    net = network(backend, initial_contact=True)
    net.up()
    (old,) = net.sas(Role.R)
    fresh, _ = ends(suite=SUITE, backend=net.peers[Role.R].backend, initial_contact=True)
    net.peers[Role.I] = fresh  # restarted: it remembers nothing
    net.initiate(Role.I)
    net.settle()
    assert "MAIN_R3.initial-contact" in net.rows(Role.R)
    assert old not in net.sas(Role.R)
    assert [sa.cookies for sa in net.sas(Role.R)] == [sa.cookies for sa in net.sas(Role.I)]
    assert net.spis(Role.R) == set()


def test_initial_contact_of_another_identity_at_the_same_address_ends_nothing() -> None:
    """Attack 16: an insider behind the same address must not purge what others have."""
    net = network(initial_contact=True, peer_identity=None)
    net.up()
    bob = net.peers[Role.R]
    mallory = type(bob)(
        replace(config(ALICE, BOB, suite=SUITE), identity=BOB.address("198.51.100.66"), initial_contact=True),
        bob.backend,
    )
    before = net.sas(Role.R)
    net.peers[Role.I] = mallory
    net.initiate(Role.I)
    net.settle()
    assert len(net.sas(Role.R)) == 2
    assert set(before) <= set(net.sas(Role.R))
    assert not any("initial-contact" in row for row in net.rows(Role.R))


@pytest.mark.parametrize(("exchange", "honoured"), [("main", True), ("aggressive", False)])
def test_initial_contact_is_honoured_in_the_last_exchange_of_main_mode_only(
    exchange: str,
    honoured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 2407 section 4.6.3 allows it there; "MUST NOT be included in an Aggressive Mode exchange"."""
    net = network()
    net.up()
    (old,) = net.sas(Role.R)
    net.peers[Role.I], _ = ends(suite=SUITE, backend=net.peers[Role.R].backend)
    own = write._extras

    def extras(run: Run, template: Template) -> list[Payload]:
        if template.name not in {"MM5", "AM3"}:
            return own(run, template)
        spi = net.sent[-1][1][:16]  # both cookies, as the message before has them
        return [N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT, spi)]

    monkeypatch.setattr(write, "_extras", extras)
    net.initiate(Role.I, exchange)
    net.settle()
    assert len(net.sas(Role.I)) == 1
    assert (old not in net.sas(Role.R)) is honoured


def test_initial_contact_when_both_begin_at_once_ends_neither() -> None:
    net = network(initial_contact=True)
    for role in BOTH:
        net.initiate(role)
    net.settle()
    assert not any("initial-contact" in row for role in BOTH for row in net.rows(role))
    assert [len(net.sas(role)) for role in BOTH] == [2, 2]


# ---- what a protected message proves, and what carries what ----


def replace_now(net: Network, role: Role) -> None:
    """Have an end replace its oldest ISAKMP SA before its time."""
    peer = net.peers[role]
    run = peer.database.phase_1(net.sas(role)[0].cky_i, net.sas(role)[0].cky_r)
    assert run is not None
    net.put(role, peer._fire(run, "rekeying due", net.now))


def test_any_protected_message_is_proof_of_life() -> None:
    net = network(dpd=Dpd(idle=30))
    net.up()
    net.advance(20)
    net.quick(Role.I)
    net.settle()
    net.advance(25)
    assert not any(row.startswith("DPD") for role in BOTH for row in net.rows(role))


def test_a_protected_message_answers_an_open_question() -> None:
    net = network(dpd=Dpd(idle=30))
    net.up()
    net.cut = True
    net.advance(30.5)
    net.cut = False
    net.quick(Role.R)
    net.settle()
    assert "DPD_I1.heard" in net.rows(Role.I)


def test_a_quick_mode_is_renewed_under_the_new_isakmp_sa() -> None:
    net = network(rekey=Rekey(margin=100))
    net.up()
    replace_now(net, Role.I)
    net.settle()
    (run,) = [r for r in net.peers[Role.I].database.runs() if r.sa is not None]
    count = len(net.sent)
    net.put(Role.I, net.peers[Role.I]._fire(run, "rekeying due", net.now))
    assert net.sent[count][1][:16] == net.sas(Role.I)[-1].cookies


def test_an_exchange_under_way_keeps_the_isakmp_sa_that_it_began_on() -> None:
    net = network(rekey=Rekey(margin=100))
    net.up()
    old = net.sas(Role.I)[0]
    replace_now(net, Role.I)
    net.settle()
    net.cut = True
    net.put(Role.I, net.peers[Role.I].quick(old, Role.R, net.now))
    net.advance(6)
    assert old in net.sas(Role.I)
    net.advance(60)
    assert old not in net.sas(Role.I)


# ---- attacks ----


def sealed(net: Network, payloads: tuple[N | D, ...], covered: int | None = None) -> bytes:
    """An informational message of the initiator whose HASH covers only the first payloads."""
    peer = net.peers[Role.I]
    (sa,) = net.sas(Role.I)
    told = peer._runs.under(sa, informational(protected=True), Role.I, Role.R, peer._runs.message_id(sa))
    step = Step(told, net.now, told.known.copy())
    step.draft.values.rest = encode_payloads(list(payloads[:covered]))
    proof = HASH(step.draft.values[k.HASH_1_INFORMATIONAL])
    return seal(step, informational(protected=True).messages[0], [proof, *payloads])


@pytest.mark.parametrize(("covered", "taken"), [(None, True), (1, False), (0, False)])
def test_the_hash_covers_all_payloads_of_an_informational_message(covered: int | None, taken: bool) -> None:
    """Attacks 17 and 18: a delete behind a payload that the HASH covers is not covered by it."""
    net = network()
    net.up()
    (sa,) = net.sas(Role.I)
    harmless = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.REPLAY_STATUS, sa.cookies, bytes(4))
    delete = D(Doi.IPSEC, ProtocolId.ISAKMP, (sa.cookies,))
    answers = net.peers[Role.R].receive(sealed(net, (harmless, delete), covered), Role.I, net.now)
    assert (net.sas(Role.R) == ()) is taken
    assert not any(isinstance(output, Send) for output in answers)  # attack 28: none is answered by another


@pytest.mark.parametrize("doi", [Doi.ISAKMP, Doi.IPSEC])
def test_a_delete_is_taken_under_either_doi(doi: Doi) -> None:
    net = network()
    net.up()
    (sa,) = net.sas(Role.I)
    net.peers[Role.R].receive(sealed(net, (D(doi, ProtocolId.ISAKMP, (sa.cookies,)),)), Role.I, net.now)
    assert net.sas(Role.R) == ()


@pytest.mark.parametrize("own", [True, False])
def test_a_delete_may_name_the_spi_of_either_side(own: bool) -> None:
    net = network()
    net.up()
    pair = net.pair(Role.I)
    spi = pair.inbound.spi if own else pair.outbound.spi
    net.peers[Role.R].receive(sealed(net, (D(Doi.IPSEC, ProtocolId.ESP, (spi,)),)), Role.I, net.now)
    assert net.spis(Role.R) == set()


@pytest.mark.parametrize("type_", [NotifyType.R_U_THERE, NotifyType.R_U_THERE_ACK, NotifyType.INITIAL_CONTACT])
def test_in_the_clear_no_question_is_answered_and_no_contact_honoured(type_: NotifyType) -> None:
    """Attacks 14 to 16: RFC 3706 section 5.2 has unencrypted questions rejected."""
    net = network(dpd=Dpd(idle=30), initial_contact=True)
    net.up()
    (sa,) = net.sas(Role.R)
    header = Header(cky_i=sa.cky_i, cky_r=sa.cky_r, exchange=ExchangeType.INFORMATIONAL, message_id=7)
    said = N(Doi.IPSEC, ProtocolId.ISAKMP, type_, sa.cookies, bytes(4))
    before = net.peers[Role.R].next_deadline()
    outputs = net.peers[Role.R].receive(encode(Message(header, Payloads((said,)))), Role.I, net.now)
    assert not any(isinstance(output, Send) for output in outputs)
    assert not any("DPD" in output.row.id for output in outputs if isinstance(output, Taken))
    assert net.sas(Role.R) == (sa,)
    assert net.peers[Role.R].next_deadline() == before


def test_another_identity_cannot_delete_the_isakmp_sa_of_a_peer() -> None:
    net = network(peer_identity=None)
    net.up()
    bob, (sa,) = net.peers[Role.R], net.sas(Role.R)
    net.peers[Role.I] = type(bob)(
        replace(config(ALICE, BOB, suite=SUITE), identity=BOB.address("198.51.100.66")), bob.backend
    )
    net.initiate(Role.I)
    net.settle()
    assert len(net.sas(Role.R)) == 2
    net.peers[Role.R].receive(sealed(net, (D(Doi.IPSEC, ProtocolId.ISAKMP, (sa.cookies,)),)), Role.I, net.now)
    assert sa in net.sas(Role.R)
