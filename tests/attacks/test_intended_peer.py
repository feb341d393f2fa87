"""Attacks on who talks with whom: reflections, and ends that believe in another peer than they meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.outputs import PhaseTwoUp
from isakmp.machine.peer import Peer
from isakmp.spec.payloads import ID, KE, NONCE
from isakmp.spec.registries import AuthMethod, Group
from tests.attacks.stage import ALICE, BOB, NOW, SERVER, Role, pair, rows, sends, talk, up_to
from tests.machine.ends import PSK


def with_groups(alice: Peer, group: Group | None) -> tuple[object, ...]:
    return tuple(replace(proposal, group=group) for proposal in alice.config.ipsec)


@pytest.mark.parametrize("group", [None, Group.ECP_256], ids=["without PFS", "with PFS"])
def test_a_reflected_quick_mode_gives_an_sa_with_oneself_where_own_message_ids_are_taken(group: Group | None) -> None:
    """An end that keeps what it began apart from what it answers: two peers of the model that share one ISAKMP SA."""
    plain, _ = pair()
    alice, bob = pair(ipsec=with_groups(plain, group))
    sa = talk(alice, bob, quick=False).sas[Role.I]
    answering = Peer(alice.config, alice.backend)
    answering.database._sas[sa.cookies] = sa
    (qm1,) = sends(alice.quick(sa, Role.R, NOW))
    (qm2,) = sends(answering.receive(qm1, Role.R, NOW))
    taken = alice.receive(qm2, Role.R, NOW)
    (qm3,) = sends(taken)
    believed = answering.receive(qm3, Role.R, NOW)
    mine, own = (next(o.pair for o in outputs if isinstance(o, PhaseTwoUp)) for outputs in (taken, believed))
    assert mine.outbound.keymat == own.inbound.keymat
    assert not any(run.sa for run in bob.database.runs())


@pytest.mark.parametrize("group", [None, Group.ECP_256], ids=["without PFS", "with PFS"])
def test_a_reflected_quick_mode_is_refused_as_its_message_id_is_in_use(group: Group | None) -> None:
    plain, _ = pair()
    alice, bob = pair(ipsec=with_groups(plain, group))
    sa = talk(alice, bob, quick=False).sas[Role.I]
    (qm1,) = sends(alice.quick(sa, Role.R, NOW))
    outputs = alice.receive(qm1, Role.R, NOW)
    assert not sends(outputs)
    assert not any(isinstance(output, PhaseTwoUp) for output in outputs)


def test_the_responder_of_main_mode_believes_in_an_initiator_that_meant_another() -> None:
    """Alice means the server. Everything is relayed to Bob, who is done when he has sent MM6; Alice refuses that."""
    alice, bob = pair(AuthMethod.ECDSA_256)
    alice = Peer(replace(alice.config, peer_identity=SERVER), alice.backend)
    mm5 = up_to(4, alice, bob)
    (mm6,) = sends(bob.receive(mm5, Role.I, NOW))
    assert [sa.peer_identity for sa in bob.database.sas()] == [ALICE]
    assert "MAIN_I3.MM6!identity:IDir" in rows(alice.receive(mm6, Role.R, NOW))
    assert not alice.database.sas()


def test_the_initiator_of_aggressive_mode_believes_in_a_responder_that_was_asked_by_another() -> None:
    """In AM1 the identity is replaced: Bob answers whom he takes for the server, and Alice takes the answer."""
    alice, bob = pair(AuthMethod.ECDSA_256, peer_identity=None)
    am1 = decode(up_to(0, alice, bob, "aggressive"))
    payloads = tuple(p.replace(data=SERVER.data) if isinstance(p, ID) else p for p in am1.payloads)
    (am2,) = sends(bob.receive(encode(Message(am1.header, Payloads(payloads))), Role.I, NOW))
    (am3,) = sends(alice.receive(am2, Role.R, NOW))
    assert [sa.peer_identity for sa in alice.database.sas()] == [BOB]
    bob.receive(am3, Role.I, NOW)
    assert not bob.database.sas()


def test_a_fifth_message_that_comes_back_as_the_sixth_does_not_decrypt() -> None:
    """Alice shares a key with her own address. MM5 as MM6 would have the right hash; its vector is another."""
    alice, bob = pair()
    alice = Peer(replace(alice.config, peer_identity=ALICE), alice.backend)
    assert alice.config.credentials.psk == PSK
    mm1 = up_to(0, alice, bob)
    mm2 = mm1[:8] + mm1[:8] + mm1[16:]  # CKY-R = CKY-I, and the one transform that was offered
    (mm3,) = sends(alice.receive(mm2, Role.R, NOW))
    assert {type(payload) for payload in decode(mm3).payloads} == {KE, NONCE}
    (mm5,) = sends(alice.receive(mm3, Role.R, NOW))  # MM4 with g^xr = g^xi, Nr = Ni
    outputs = alice.receive(mm5, Role.R, NOW)
    assert not alice.database.sas()
    assert rows(outputs) == ["MAIN_I3.malformed"]
