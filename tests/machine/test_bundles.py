"""Several protocols and several suites in one offer (RFC 2408 section 4.2): AND within a number, OR across numbers."""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import IpsecProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.negotiation import (
    Choice,
    choose_ipsec,
    ipsec_attributes,
    phase_2_offer,
    same_suite,
    together,
    was_offered,
)
from isakmp.machine.notices import delete_payloads, spis_of
from isakmp.machine.outputs import Taken
from isakmp.machine.peer import Peer
from isakmp.spec.negotiation import NEGOTIATED_CPI, TOGETHER
from isakmp.spec.payloads import NONCE, SA, Attribute, Proposal, Transform
from isakmp.spec.registries import (
    AhTransform,
    EspTransform,
    Group,
    IntegrityAlgorithm,
    IpcompTransform,
    IpsecAttribute,
)
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config

I, R = Role.I, Role.R
ESP, AH, IPCOMP = TOGETHER
DEFLATE = IpsecProposal(IPCOMP, IpcompTransform.DEFLATE, None, None)
AH_SHA = IpsecProposal(AH, AhTransform.SHA1, None, IntegrityAlgorithm.HMAC_SHA1)
AH_MD5 = IpsecProposal(AH, AhTransform.MD5, None, IntegrityAlgorithm.HMAC_MD5)
DES = IpsecProposal(ESP, EspTransform.DES, None, None)
TRIPLE_DES = IpsecProposal(ESP, EspTransform.TRIPLE_DES, None, None)
AES = IpsecProposal()
OURS, OTHERS = b"\0\0\x10\1", {int(AH): b"SPI1", int(IPCOMP): b"\x10\x00"}


def bundle(first: IpsecProposal, *beside: IpsecProposal) -> IpsecProposal:
    return replace(first, beside=beside)


def negotiated(mine: IpsecProposal, theirs: tuple[IpsecProposal, ...], backend: str = "openssl") -> Handshake:
    shared, suite = load_backend(backend), "aes128-sha256-modp1024"
    alice = replace(config(ALICE, BOB, suite=suite), ipsec=(mine,))
    bob = replace(config(BOB, ALICE, suite=suite), ipsec=theirs)
    return handshake(Peer(alice, shared), Peer(bob, shared), "main", now=NOW)


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
@pytest.mark.parametrize("group", [None, Group.MODP_1024], ids=["without pfs", "pfs"])
def test_a_bundle_has_an_spi_and_keys_for_each_protocol(group: Group | None, backend: str) -> None:
    suite = bundle(*(replace(part, group=group) for part in (AES, AH_SHA, DEFLATE)))
    run = negotiated(suite, (AES, suite), backend)
    assert run.keys_agree
    (ah, _), (compression, _) = run.pairs[I].beside
    esp = run.pairs[I].inbound
    assert [one.protocol for one in (esp, ah, compression)] == [ESP, AH, IPCOMP]
    assert [len(one.spi) for one in (esp, ah, compression)] == [4, 4, 2]
    assert [len(one.keymat) for one in (esp, ah, compression)] == [32 + 32, 20, 0]
    assert int.from_bytes(compression.spi) in NEGOTIATED_CPI
    assert len({one.spi for pair in run.pairs.values() for one in (pair.inbound, pair.beside[0][0])}) == 4


def test_keying_material_is_of_each_protocol() -> None:
    # RFC 2409 section 5.5: KEYMAT = prf(SKEYID_d, protocol | SPI | Ni_b | Nr_b), computed here by hand.
    run = negotiated(bundle(AES, AH_SHA), (bundle(AES, AH_SHA),), "seeded")
    taken = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken)]
    nonces = [p.data for o in taken[-3:] for p in o.chain.payloads if isinstance(p, NONCE)]
    (ah, _) = run.pairs[I].beside[0]
    seed = bytes([AH]) + ah.spi + b"".join(nonces)
    assert ah.keymat == hmac.digest(run.sas[I].skeyid_d, seed, sha256)[:20]


@pytest.mark.parametrize("theirs", [(AES,), (AH_SHA,), (bundle(AES, DEFLATE),), (bundle(AES, AH_MD5),)])
def test_a_bundle_is_taken_as_a_whole_or_not_at_all(theirs: tuple[IpsecProposal, ...]) -> None:
    run = negotiated(bundle(AES, AH_SHA), theirs)
    assert run.pairs == {}
    rows = [o.row.id for d in run.deliveries for o in d.outputs if isinstance(o, Taken)]
    assert "quick.R.QUICK_R0.QM1!acceptable:SA" in rows


def test_every_protocol_of_a_bundle_is_deleted() -> None:
    shared, suite = load_backend("openssl"), "aes128-sha256-modp1024"
    both = bundle(AES, AH_SHA)
    alice, bob = (
        Peer(replace(config(me, other, suite=suite), ipsec=(both,)), shared)
        for me, other in ((ALICE, BOB), (BOB, ALICE))
    )
    run = handshake(alice, bob, "main", now=NOW)
    owner = alice.database.owner_of(run.pairs[I])
    assert owner is not None
    deleted = {(int(payload.protocol), payload.spis) for payload in delete_payloads(owner)}
    assert deleted == {
        (ESP, (run.pairs[I].inbound.spi,)),
        (AH, (run.pairs[I].beside[0][0].spi,)),
    }
    assert len(set(spis_of(owner))) == 4


# ---- the examples of RFC 2408 section 4.2.1 --------------------------------------------------------------------------


def transforms(*parts: IpsecProposal) -> tuple[Transform, ...]:
    return tuple(Transform(n, part.transform, ipsec_attributes(part)) for n, part in enumerate(parts, 1))


# "Protocol 1 is ESP with Transform 1 as 3DES and Transform 2 as DES AND Protocol 2 is AH with Transform 1 as SHA."
FIRST = SA(
    proposals=(
        Proposal(1, ESP, b"espi", transforms(TRIPLE_DES, DES)),
        Proposal(1, AH, b"ahsp", transforms(AH_SHA)),
    )
)
# "Proposal 1 with Protocol 1 as AH with Transform 1 as MD5 AND Protocol 2 as ESP with Transform 1 as 3DES. This is
# followed by Proposal 2 with Protocol 1 as ESP with Transform 1 as DES and Transform 2 as 3DES."
SECOND = SA(
    proposals=(
        Proposal(1, AH, b"ahsp", transforms(AH_MD5)),
        Proposal(1, ESP, b"espi", transforms(TRIPLE_DES)),
        Proposal(2, ESP, b"esp2", transforms(DES, TRIPLE_DES)),
    )
)


def chosen(offer: SA, *acceptable: IpsecProposal) -> list[tuple[int, int, int]] | None:
    """Number, protocol and transform of each proposal in the answer."""
    found = choose_ipsec(offer, acceptable, OURS, OTHERS)
    return found and [(p.number, p.protocol, p.transforms[0].transform_id) for p in found[0].answer.proposals]


@pytest.mark.parametrize(
    ("offer", "acceptable", "answer"),
    [
        (FIRST, (bundle(TRIPLE_DES, AH_SHA),), [(1, ESP, EspTransform.TRIPLE_DES), (1, AH, AhTransform.SHA1)]),
        (FIRST, (bundle(DES, AH_SHA),), [(1, ESP, EspTransform.DES), (1, AH, AhTransform.SHA1)]),
        (
            FIRST,
            (bundle(DES, AH_SHA), bundle(TRIPLE_DES, AH_SHA)),
            [(1, ESP, EspTransform.TRIPLE_DES), (1, AH, AhTransform.SHA1)],
        ),
        (FIRST, (TRIPLE_DES, AH_SHA, bundle(DES, AH_MD5)), None),
        (SECOND, (bundle(TRIPLE_DES, AH_MD5),), [(1, AH, AhTransform.MD5), (1, ESP, EspTransform.TRIPLE_DES)]),
        (SECOND, (DES,), [(2, ESP, EspTransform.DES)]),
        (SECOND, (TRIPLE_DES,), [(2, ESP, EspTransform.TRIPLE_DES)]),
        (SECOND, (AH_MD5, AH_SHA), None),
    ],
)
def test_the_examples_of_rfc_2408(
    offer: SA, acceptable: tuple[IpsecProposal, ...], answer: list[tuple[int, int, int]] | None
) -> None:
    assert chosen(offer, *acceptable) == answer


# ---- properties ------------------------------------------------------------------------------------------------------

parts = {ESP: st.sampled_from([AES, DES, TRIPLE_DES]), AH: st.sampled_from([AH_SHA, AH_MD5]), IPCOMP: st.just(DEFLATE)}
suites = st.sets(st.sampled_from(TOGETHER), min_size=1).flatmap(
    lambda chosen: st.tuples(*(parts[protocol] for protocol in TOGETHER if protocol in chosen)).map(
        lambda found: bundle(*found)
    )
)
policies = st.lists(suites, min_size=1, max_size=5).map(tuple)


def shuffled(choice: Choice, draw: st.DataObject) -> SA:
    """The answer with the same values in another encoding: proposals in any order, short values as long ones."""
    proposals = draw.draw(st.permutations(choice.answer.proposals))
    return choice.answer.replace(
        proposals=tuple(
            p.replace(
                transforms=tuple(
                    t.replace(attributes=tuple(Attribute(a.type, a.number.to_bytes(8)) for a in t.attributes))
                    for t in p.transforms
                )
            )
            for p in proposals
        )
    )


@given(policies, policies, st.data())
def test_what_is_chosen_was_offered_whole_and_is_acceptable(
    mine: tuple[IpsecProposal, ...], theirs: tuple[IpsecProposal, ...], data: st.DataObject
) -> None:
    offer = phase_2_offer(mine, OURS, OTHERS)
    found = choose_ipsec(offer, theirs, OURS, OTHERS)
    common = [suite for suite in mine if any(same_suite(suite, other) for other in theirs)]
    assert (found is None) == (not common)
    if found is None:
        return
    choice, suite = found
    assert same_suite(suite, common[0])  # the initiator's order of preference
    assert len(choice.answer.proposals) == len(common[0].parts)
    assert was_offered(offer, choice.answer) == choice
    assert was_offered(offer, shuffled(choice, data)) is not None


@given(policies, st.data())
def test_an_answer_that_splits_a_bundle_was_not_offered(mine: tuple[IpsecProposal, ...], data: st.DataObject) -> None:
    offer = phase_2_offer(mine, OURS, OTHERS)
    picked = data.draw(st.sampled_from(together(offer)))
    some = data.draw(st.lists(st.sampled_from(picked), unique_by=id, min_size=1))
    answer = offer.replace(proposals=tuple(p for p in picked if p in some))
    kinds = {p.protocol: p.transforms[0] for p in answer.proposals}
    whole = any({p.protocol: p.transforms[0] for p in each} == kinds for each in together(offer))
    assert (was_offered(offer, answer) is not None) == whole


@pytest.mark.parametrize(
    "attribute", [Attribute(IpsecAttribute.KEY_ROUNDS, 8), Attribute(IpsecAttribute.AUTHENTICATION_ALGORITHM, 999)]
)
def test_an_unsupported_attribute_passes_over_its_transform_only(attribute: Attribute) -> None:
    """RFC 2407 section 4.5.3, read as about the transform."""
    odd, good = transforms(AES, AES)
    odd = odd.replace(attributes=(*(a for a in odd.attributes if a.type != attribute.type), attribute))
    offer = SA(proposals=(Proposal(1, ESP, b"espi", (odd, good)),))
    found = choose_ipsec(offer, (AES,), OURS)
    assert found is not None
    assert found[0].transform == good
    assert choose_ipsec(SA(proposals=(Proposal(1, ESP, b"espi", (odd,)),)), (AES,), OURS) is None


def test_ah_without_its_algorithm_is_passed_over() -> None:
    (transform,) = transforms(AH_SHA)
    bare = tuple(a for a in transform.attributes if a.type != IpsecAttribute.AUTHENTICATION_ALGORITHM)
    offer = SA(proposals=(Proposal(1, AH, b"ahsp", (transform.replace(attributes=bare),)),))
    assert choose_ipsec(offer, (AH_SHA, replace(AH_SHA, integrity=None)), OURS) is None


def test_the_same_protocol_twice_in_a_bundle_is_not_taken() -> None:
    offer = SA(proposals=(Proposal(1, ESP, b"esp1", transforms(AES)), Proposal(1, ESP, b"esp2", transforms(AES))))
    assert choose_ipsec(offer, (AES,), OURS) is None


@pytest.mark.parametrize(
    ("suite", "reason"),
    [
        (bundle(AH_SHA, AES), "in the order"),
        (bundle(AES, AES), "once"),
        (bundle(AES, replace(AH_SHA, group=Group.MODP_1024)), "same group"),
    ],
)
def test_a_bundle_that_cannot_work_is_refused_beforehand(suite: IpsecProposal, reason: str) -> None:
    with pytest.raises(LocalMisuse, match=reason):
        Peer(replace(config(ALICE, BOB), ipsec=(suite,)), load_backend("openssl"))
