"""Several SAs in one quick mode (RFC 2409 section 5.5): all are made or none, each with SPIs and keys of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import IpsecProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.negotiation import phase_2_offer
from isakmp.machine.outputs import Ended, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.run import Further, Knowledge, Step
from isakmp.machine.sa import IpsecSa, IpsecSaPair
from isakmp.spec.payloads import SA, D
from isakmp.spec.registries import AhTransform, EspTransform, Group, IntegrityAlgorithm, IpcompTransform, ProtocolId
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config

ESP = IpsecProposal()
AH = IpsecProposal(ProtocolId.AH, AhTransform.SHA1, None, IntegrityAlgorithm.HMAC_SHA1)
DEFLATE = IpsecProposal(ProtocolId.IPCOMP, IpcompTransform.DEFLATE, None, None)
GCM = IpsecProposal(ProtocolId.ESP, EspTransform.AES_GCM_16, 128, None)


def peers(backend: str = "openssl", initiator: dict[str, object] | None = None, **changes: object) -> tuple[Peer, Peer]:
    """Two ends; `initiator` are changes for that end alone."""
    alice, bob = (replace(config(a, b), **changes) for a, b in ((ALICE, BOB), (BOB, ALICE)))  # type: ignore[arg-type]
    shared = load_backend(backend)
    return Peer(replace(alice, **initiator or {}), shared), Peer(bob, shared)  # type: ignore[arg-type]


def run(backend: str = "openssl", initiator: dict[str, object] | None = None, **changes: object) -> Handshake:
    return handshake(*peers(backend, initiator, **changes), "main", now=NOW)


def problems(told: Handshake) -> list[str]:
    return [str(o.problem) for d in told.deliveries for o in d.outputs if isinstance(o, Taken) and o.problem]


def sas_of(pair: IpsecSaPair) -> list[IpsecSa]:
    return [
        one for each in (pair, *pair.further) for both in ((each.inbound, each.outbound), *each.beside) for one in both
    ]


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_one_quick_mode_makes_several_sas_with_keys_of_their_own(backend: str) -> None:
    told = run(backend, ipsec=(ESP,), further_sas=((GCM, ESP), (replace(ESP, beside=(AH, DEFLATE)),)))
    assert problems(told) == []
    assert told.keys_agree
    pair = told.pairs[Role.I]
    assert [p.inbound.suite.transform for p in (pair, *pair.further)] == [
        EspTransform.AES, EspTransform.AES_GCM_16, EspTransform.AES,
    ]  # fmt: skip
    made = sas_of(pair)
    assert len(made) == 2 * 5
    assert len({one.spi for one in made}) == len(made)
    assert len({one.keymat for one in made if one.keymat}) == len(made) - 2  # compression has none
    chains = {o.row.event.message: o.chain for d in told.deliveries for o in d.outputs if isinstance(o, Taken)}
    for name in ("QM1", "QM2"):
        # "HDR*, HASH(1), SA0, SA1, Ni": they follow each other directly behind the hash
        assert [type(payload) for payload in chains[name].payloads[1:5]].count(SA) == 3
        assert all(isinstance(payload, SA) for payload in chains[name].payloads[1:4])


def test_all_sas_share_one_exchange_of_public_values() -> None:
    told = run(ipsec=(replace(ESP, group=Group.ECP_256),), further_sas=((replace(GCM, group=Group.ECP_256),),))
    assert told.keys_agree
    assert {one.suite.group for one in sas_of(told.pairs[Role.R])} == {Group.ECP_256}


def test_an_initiator_offers_one_group_in_all_sas_or_none() -> None:
    with pytest.raises(LocalMisuse, match="different groups"):
        run(ipsec=(ESP,), further_sas=((replace(GCM, group=Group.ECP_256),),))


def test_a_further_sa_with_another_group_than_the_first_is_refused_even_if_policy_knows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = replace(GCM, group=Group.ECP_256)

    def inconsistent(step: Step) -> tuple[SA, ...]:
        spi = b"\0\0\x30\1"
        offer = phase_2_offer((other,), spi)
        step.draft.further = (Further(offer, spi, {}),)
        return (offer,)

    monkeypatch.setattr("isakmp.machine.write.offer_further", inconsistent)
    told = run(ipsec=(ESP,), further_sas=((other,),))
    assert told.pairs == {}
    assert any("further SA is acceptable" in text for text in problems(told))


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ({}, "2 SAs are offered at once"),
        ({"further_sas": ((GCM,),)}, "further SA is acceptable"),
        ({"further_sas": ((replace(AH, group=Group.ECP_256),),)}, "further SA is acceptable"),
    ],
)
def test_what_is_not_acceptable_as_a_whole_makes_none(theirs: dict[str, object], words: str) -> None:
    told = run("openssl", {"further_sas": ((AH,),)}, **theirs)
    assert told.pairs == {}
    assert any(words in text for text in problems(told))


@pytest.mark.parametrize("fault", ["one is left out", "two are exchanged"])
def test_an_answer_that_is_not_for_each_of_the_offers_is_refused(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(known: Knowledge) -> list[SA]:
        right = [each.choice.answer for each in known.further if each.choice is not None]
        return right[1:] if fault == "one is left out" else right[::-1]

    monkeypatch.setattr("isakmp.machine.write.answers_of", answers)
    told = run(ipsec=(ESP,), further_sas=((AH,), (GCM,)))
    assert Role.I not in told.pairs
    assert problems(told) != []


def test_all_end_with_the_shortest_lifetime_and_are_deleted_together() -> None:
    alice, bob = peers(ipsec=(ESP,), further_sas=((replace(AH, lifetime=120),),))
    told = handshake(alice, bob, "main", now=NOW)
    pair = told.pairs[Role.I]
    assert {each.expires - pair.expires for each in pair.further} == {0}
    assert pair.expires - NOW == pytest.approx(120, abs=1)
    sent = [o for o in alice.close_pair(told.sas[Role.I], pair, NOW + 1) if isinstance(o, Send)]
    heard = [o for each in sent for o in bob.receive(each.datagram, Role.I, NOW + 1)]
    deletes = [p for o in heard if isinstance(o, Taken) for p in o.chain.payloads if isinstance(p, D)]
    assert {(d.protocol, d.spis) for d in deletes} == {
        (each.inbound.protocol, (each.inbound.spi,)) for each in (pair, *pair.further)
    }
    assert any(isinstance(o, Ended) and o.exchange.startswith("quick") for o in heard)
    assert bob.database.owner_of(told.pairs[Role.R]) is None


def test_no_alternative_for_a_further_sa_is_refused_beforehand() -> None:
    with pytest.raises(LocalMisuse, match="no proposal for a further SA"):
        peers(further_sas=((),))


def test_each_sa_has_a_limit_of_traffic_of_its_own_and_all_end_with_the_first() -> None:
    alice, bob = peers(ipsec=(ESP,), further_sas=((replace(GCM, kilobytes=2),), (replace(GCM, kilobytes=1),)))
    told = handshake(alice, bob, "main", now=NOW)
    first = told.pairs[Role.I]
    two, one = first.further
    for carried in (first, two):
        assert alice.used(carried, 1024, NOW + 1) == ()
    assert alice.used(one, 1023, NOW + 1) == ()
    ended = alice.used(one, 1, NOW + 2)
    assert [o.state for o in ended if isinstance(o, Ended)] == ["DELETED"]
    assert all(alice.used(each, 1 << 20, NOW + 3) == () for each in (first, two, one))
    assert alice.database._pairs == {}
