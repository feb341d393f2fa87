"""Attacks on what was agreed: offers and answers, header flags, vendors, payloads that no hash covers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.deduction import Intruder
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.codec import decode, encode, encode_payloads
from isakmp.machine.codec_message import Encrypted, Message, Payloads
from isakmp.machine.outputs import PhaseOneUp, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.payloads import HASH, ID, SA, VID, Header, N
from isakmp.spec.registries import (
    AuthMethod,
    Doi,
    ExchangeType,
    Flag,
    HashAlgorithm,
    NotifyType,
    PayloadType,
    ProtocolId,
)
from tests.attacks.stage import (
    BLOCK,
    HEADER,
    NOW,
    Role,
    aes_cbc,
    changed,
    offers,
    pair,
    protected,
    rows,
    sends,
    talk,
    up_to,
)
from tests.machine.ends import PSK

METHODS = (AuthMethod.PSK, AuthMethod.ECDSA_256)


def relay(alice: Peer, bob: Peer, datagram: bytes, receiver: Role) -> None:
    """Deliver a datagram and all that follows from it."""
    peers = {Role.I: alice, Role.R: bob}
    queue = [(receiver, datagram)]
    while queue:
        to, octets = queue.pop(0)
        queue += [(to.other, sent) for sent in sends(peers[to].receive(octets, to.other, NOW))]


def with_sa(message: Message, sa: SA) -> bytes:
    return encode(Message(message.header, Payloads(tuple(sa if isinstance(p, SA) else p for p in message.payloads))))


def first_sa(message: Message) -> SA:
    return next(payload for payload in message.payloads if isinstance(payload, SA))


@pytest.mark.parametrize("auth", METHODS)
def test_an_answer_that_is_changed_to_another_offered_lifetime_goes_unseen(auth: AuthMethod) -> None:
    """No hash covers SAr_b. The comparison with the offer is all there is, and both lifetimes were offered."""
    one, _ = pair(auth)
    alice, bob = pair(auth, ike=offers(one.config.ike[0], 3600, 28_800))
    offered = first_sa(decode(up_to(0, alice, bob))).proposals[0].transforms
    (alice, bob) = pair(auth, ike=alice.config.ike)
    mm2 = decode(up_to(1, alice, bob))
    answer = first_sa(mm2)
    other = answer.replace(proposals=(answer.proposals[0].replace(transforms=(offered[1],)),))
    relay(alice, bob, with_sa(mm2, other), Role.I)
    (mine,), (theirs,) = alice.database.sas(), bob.database.sas()
    assert mine.skeyid_d == theirs.skeyid_d
    assert (mine.suite.lifetime, theirs.suite.lifetime) == (28_800, 3600)


@pytest.mark.parametrize("auth", METHODS)
def test_an_answer_with_what_was_not_offered_is_refused(auth: AuthMethod) -> None:
    alice, bob = pair(auth)
    mm2 = up_to(1, alice, bob)
    outputs = alice.receive(mm2.replace((28_800).to_bytes(2), (28_801).to_bytes(2)), Role.R, NOW)
    assert "MAIN_I1.MM2!offered:SA" in rows(outputs)


@pytest.mark.parametrize("auth", METHODS)
def test_an_offer_whose_strong_transforms_were_taken_out_fails_at_the_proof(auth: AuthMethod) -> None:
    one, _ = pair(auth)
    strong = one.config.ike[0]
    alice, bob = pair(auth, ike=(strong, replace(strong, hash=HashAlgorithm.SHA1)))
    mm1 = decode(up_to(0, alice, bob))
    offer = first_sa(mm1)
    weak = offer.replace(proposals=(offer.proposals[0].replace(transforms=offer.proposals[0].transforms[1:]),))
    relay(alice, bob, with_sa(mm1, weak), Role.R)
    assert not alice.database.sas()
    assert not bob.database.sas()


@pytest.mark.parametrize(("auth", "derived"), [(AuthMethod.PSK, False), (AuthMethod.ECDSA_256, True)])
def test_who_can_take_logarithms_in_the_group_has_the_keys_unless_a_shared_key_is_in_them(
    auth: AuthMethod, derived: bool
) -> None:
    """A weak group that both offer: what follows from the network and one exponent, over free terms."""
    backend = SymbolicBackend(seed=1)
    alice, bob = pair(auth, backend)
    up_to(4, alice, bob)
    (run,) = alice.database.runs()
    exponent = run.known.values.own.private  # type: ignore[union-attr]
    alice, bob = pair(auth, backend)
    run_ = talk(alice, bob)
    exponents = [octets for octets, origin in backend.store.origins().items() if origin.algorithm.startswith("xi")]
    assert exponent in exponents
    intruder = Intruder(backend.store, [PSK])
    intruder.learn(*(delivery.datagram for delivery in run_.deliveries))
    assert not intruder.derives(run_.sas[Role.I].skeyid_e)
    intruder.learn(*exponents)
    assert intruder.derives(run_.sas[Role.I].skeyid_e) is derived
    assert intruder.derives(run_.pairs[Role.I].inbound.keymat) is derived


def test_vendor_ids_are_taken_out_and_nobody_sees_it() -> None:
    alice, bob = pair(vendor_ids=(b"an extension that both have",))
    mm1 = decode(up_to(0, alice, bob))
    assert any(isinstance(payload, VID) for payload in mm1.payloads)
    bare = Message(mm1.header, Payloads(tuple(p for p in mm1.payloads if not isinstance(p, VID))))
    relay(alice, bob, encode(bare), Role.R)
    assert len(alice.database.sas()) == len(bob.database.sas()) == 1


def test_a_notification_behind_the_hash_of_main_mode_can_be_altered() -> None:
    """HASH_R covers none of the payloads beside it: flipping bits of one block of CBC alters the next at will."""
    alice, bob = pair()
    mm5 = up_to(4, alice, bob)
    (mm6,) = sends(bob.receive(mm5, Role.I, NOW))
    (sa,) = bob.database.sas()
    iv = mm5[-BLOCK:]
    id_, hash_ = _opened(sa.cipher_key, iv, mm6)
    filler = VID(bytes(28))  # a block of this is lost
    status = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT, sa.cookies)
    plain = encode_payloads((id_, hash_, filler, status))
    at = len(encode_payloads((id_, hash_, filler))) + 10  # the type, behind header, DOI, protocol and SPI size
    body = aes_cbc(sa.cipher_key, iv, plain + bytes(-len(plain) % BLOCK))
    mask = NotifyType.INITIAL_CONTACT ^ NotifyType.REPLAY_STATUS
    body = changed(body, at - BLOCK, bytes(a ^ b for a, b in zip(body[at - BLOCK :], mask.to_bytes(2), strict=False)))
    header = Header(sa.cky_i, sa.cky_r, ExchangeType.IDENTITY_PROTECTION, Flag.ENCRYPTION, 0)
    outputs = alice.receive(encode(Message(header, encrypted=Encrypted(PayloadType.ID, body))), Role.R, NOW)
    assert any(isinstance(output, PhaseOneUp) for output in outputs)
    (taken,) = (output for output in outputs if isinstance(output, Taken))
    assert [p.type for p in taken.chain.payloads if isinstance(p, N)] == [NotifyType.REPLAY_STATUS]


def _opened(key: bytes, iv: bytes, mm6: bytes) -> tuple[ID, HASH]:
    plain = aes_cbc(key, iv, mm6[HEADER:], decrypt=True)
    return ID(int(plain[4]), plain[5], int.from_bytes(plain[6:8], "big"), plain[8:12]), HASH(plain[16:48])


def test_a_hash_over_the_first_payload_only_is_refused() -> None:
    alice, bob = pair()
    sa = talk(alice, bob).sas[Role.I]
    note = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT, sa.cookies)
    more = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.RESPONDER_LIFETIME, sa.cookies)
    assert rows(bob.receive(protected(sa, 7, (note, more)), Role.I, NOW))[0] == "INFO_PROTECTED_R0.INFO"
    refused = rows(bob.receive(protected(sa, 8, (note, more), covered=(note,)), Role.I, NOW))
    assert refused == ["INFO_PROTECTED_R0.INFO!protected_hash:HASH(1)"]


def test_a_commit_bit_that_was_set_on_the_way_is_not_noticed() -> None:
    """HASH(2) covers the payloads, and nothing of the header but the message id."""
    alice, bob = pair()
    sa = talk(alice, bob, quick=False).sas[Role.I]
    (qm1,) = sends(alice.quick(sa, Role.R, NOW))
    (qm2,) = sends(bob.receive(qm1, Role.I, NOW))
    outputs = alice.receive(changed(qm2, 19, bytes([qm2[19] | Flag.COMMIT])), Role.R, NOW)
    assert rows(outputs)[0].startswith("QUICK_I1.QM2")
    assert "!" not in rows(outputs)[0]
