"""New group mode (RFC 2409 section 5.6): groups that the peer describes, and the quick modes that use them."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

import pytest

from isakmp.crypto import modp
from isakmp.crypto.registry import load_backend
from isakmp.machine.codec import encode_payloads
from isakmp.machine.config import IpsecProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import Wire, handshake
from isakmp.machine.newgroup import described, read_group
from isakmp.machine.outputs import Ended, GroupUp, Output, PhaseOneUp, PhaseTwoUp, Send, Taken
from isakmp.machine.run import Knowledge
from isakmp.machine.sa import GroupDescription, IsakmpSa
from isakmp.spec.group_numbers import SUBGROUP_2048_256
from isakmp.spec.groups import GROUPS, ModpGroup, PrivateGroup, private_modp
from isakmp.spec.payloads import HASH, SA, Attribute, Proposal
from isakmp.spec.registries import Group, GroupType, IkeAttribute, NotifyType
from isakmp.spec.terms import Role
from tests.machine.ends import NOW, ends

I, R = Role.I, Role.R
BACKENDS = ("openssl", "seeded", "symbolic")
NUMBER = PrivateGroup(32768)
KNOWN = GROUPS[Group.MODP_2048]
assert isinstance(KNOWN, ModpGroup)
PRIME = KNOWN.prime
# A group that no registry lists: the prime of group 14 with another generator.
GOOD = GroupDescription(NUMBER, private_modp(NUMBER, PRIME, 3))
PRIVATE = IpsecProposal(group=NUMBER)


def under_an_sa(backend: str = "openssl", **changes: Any) -> tuple[Wire, dict[Role, IsakmpSa]]:
    """Two peers with an ISAKMP SA, and a wire for what comes after."""
    peers = ends(suite="aes128-sha256-modp1024", backend=load_backend(backend), **changes)
    run = handshake(*peers, "main", now=NOW, quick=False)
    return Wire(*peers, NOW + 1), run.sas


def delivered(wire: Wire, outputs: tuple[Output, ...]) -> list[tuple[Role, Output]]:
    """Send what an initiator begins, and all that comes of it, with who it came to."""
    wire.put(I, outputs)
    return [(I, o) for o in outputs] + [(d.sender.other, o) for d in wire.deliver_all() for o in d.outputs]


def forced(wire: Wire, sa: IsakmpSa, group: GroupDescription, monkeypatch: pytest.MonkeyPatch) -> tuple[Output, ...]:
    """Describe a group although this end would refuse it itself: what a malicious insider does."""
    with monkeypatch.context() as patched:
        patched.setattr("isakmp.machine.peer.objection", lambda *_: "")
        return wire.peers[I].new_group(sa, group, R, wire.now)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_described_group_serves_for_forward_secrecy(backend: str) -> None:
    wire, sas = under_an_sa(backend, ipsec=(PRIVATE,))
    came = delivered(wire, wire.peers[I].new_group(sas[I], GOOD, R, wire.now))
    rows = [o.row.id.split(".", 2)[2] for _, o in came if isinstance(o, Taken)]
    assert rows == ["NEW_GROUP_I0.start", "NEW_GROUP_R0.NG1", "NEW_GROUP_I1.NG2"]
    assert {(role, o.described) for role, o in came if isinstance(o, GroupUp)} == {(I, GOOD), (R, GOOD)}
    pairs = {
        role: o.pair
        for role, o in delivered(wire, wire.peers[I].quick(sas[I], R, wire.now))
        if isinstance(o, PhaseTwoUp)
    }
    assert pairs[I].inbound.keymat == pairs[R].outbound.keymat
    assert pairs[I].inbound.suite.group == NUMBER


def test_the_hashes_cover_message_id_and_payload() -> None:
    wire, sas = under_an_sa(backend="seeded")
    came = delivered(wire, wire.peers[I].new_group(sas[I], GOOD, R, wire.now))
    chains = [(o.message_id, o.chain) for _, o in came if isinstance(o, Taken) and o.chain.payloads]
    assert len(chains) == 2  # NG1 and NG2
    for message_id, chain in chains:
        proof, sa = chain.payloads
        assert isinstance(proof, HASH)
        covered = message_id.to_bytes(4) + encode_payloads((sa,))
        assert proof.data == hmac.digest(sas[I].skeyid_a, covered, sha256)


def test_a_repeated_first_message_is_answered_with_the_same_octets() -> None:
    wire, sas = under_an_sa()
    (first,) = [o for o in wire.peers[I].new_group(sas[I], GOOD, R, wire.now) if isinstance(o, Send)]
    answers = [
        [o.datagram for o in wire.peers[R].receive(first.datagram, I, wire.now + n) if isinstance(o, Send)]
        for n in (1, 2)
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]) == 1


BAD = {
    "the prime is composite": (PRIME + 2, 2, None),
    "the generator is not from 2 to p-2": (PRIME, PRIME - 1, None),
    "no safe prime, and no order": (SUBGROUP_2048_256.prime, SUBGROUP_2048_256.generator, None),
    "does not have the order": (SUBGROUP_2048_256.prime, 2, SUBGROUP_2048_256.order),
    "an order of 2 bits": (SUBGROUP_2048_256.prime, SUBGROUP_2048_256.generator, 3),
    "the order of the subgroup is composite": (
        SUBGROUP_2048_256.prime,
        SUBGROUP_2048_256.generator,
        SUBGROUP_2048_256.order * 2,
    ),
    "a prime of 1024 bits": (GROUPS[Group.MODP_1024].prime, 2, None),  # type: ignore[union-attr]
    "a prime of 8224 bits": (2**8223 + 1, 2, None),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_group_is_refused_with_attributes_not_supported(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wire, sas = under_an_sa(ipsec=(PRIVATE, IpsecProposal()))
    bad = GroupDescription(NUMBER, private_modp(NUMBER, *BAD[reason]))
    with pytest.raises(LocalMisuse, match=reason):
        wire.peers[I].new_group(sas[I], bad, R, wire.now)
    came = delivered(wire, forced(wire, sas[I], bad, monkeypatch))
    (refusal,) = [o for role, o in came if role is R and isinstance(o, Taken) and o.problem is not None]
    assert refusal.problem is not None
    assert reason in refusal.problem.detail
    assert refusal.row.notify is NotifyType.ATTRIBUTES_NOT_SUPPORTED
    assert [o.state for role, o in came if role is I and isinstance(o, Ended)] == ["FAILED"]
    assert not [o for _, o in came if isinstance(o, GroupUp)]


def test_a_group_with_a_short_subgroup_is_taken_with_its_order() -> None:
    wire, sas = under_an_sa(ipsec=(PRIVATE,))
    numbers = SUBGROUP_2048_256
    group = GroupDescription(NUMBER, private_modp(NUMBER, numbers.prime, numbers.generator, numbers.order))
    delivered(wire, wire.peers[I].new_group(sas[I], group, R, wire.now))
    came = delivered(wire, wire.peers[I].quick(sas[I], R, wire.now))
    assert [role for role, o in came if isinstance(o, PhaseTwoUp)] == [I, R]


def test_a_number_keeps_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    wire, sas = under_an_sa()
    delivered(wire, wire.peers[I].new_group(sas[I], GOOD, R, wire.now))
    other = GroupDescription(NUMBER, private_modp(NUMBER, PRIME, 5))
    came = delivered(wire, forced(wire, sas[I], other, monkeypatch))
    assert not [o for _, o in came if isinstance(o, GroupUp)]


def test_a_private_group_means_nothing_before_it_is_described_or_under_another_sa() -> None:
    wire, sas = under_an_sa(ipsec=(PRIVATE,))
    with pytest.raises(LocalMisuse, match="new group mode first"):
        wire.peers[I].quick(sas[I], R, wire.now)
    delivered(wire, wire.peers[I].new_group(sas[I], GOOD, R, wire.now))
    started = wire.peers[I].initiate("main", R, wire.now)
    came = delivered(wire, started)
    other = next(o.sa for role, o in came if role is I and isinstance(o, PhaseOneUp))
    with pytest.raises(LocalMisuse, match="new group mode first"):
        wire.peers[I].quick(other, R, wire.now)


def test_a_responder_refuses_a_private_group_that_it_does_not_know() -> None:
    alice, bob = ends(suite="aes128-sha256-modp1024", ipsec=(PRIVATE,))
    run = handshake(alice, bob, "main", now=NOW, quick=False)
    wire = Wire(alice, bob, NOW + 1)
    (first,) = [o for o in alice.new_group(run.sas[I], GOOD, R, NOW + 1) if isinstance(o, Send)]
    for output in bob.receive(first.datagram, I, NOW + 1):
        if isinstance(output, Send):
            alice.receive(output.datagram, R, NOW + 1)
    for known in bob.database.under(run.sas[R].cookies):
        bob.database.remove(known)
    came = delivered(wire, alice.quick(run.sas[I], R, NOW + 2))
    assert "QUICK_R0.QM1!acceptable:SA" in [o.row.id.split(".", 2)[2] for _, o in came if isinstance(o, Taken)]


def test_groups_end_with_their_isakmp_sa() -> None:
    wire, sas = under_an_sa()
    delivered(wire, wire.peers[I].new_group(sas[I], GOOD, R, wire.now))
    came = delivered(wire, wire.peers[I].close(sas[I], wire.now))
    assert {(role, o.exchange) for role, o in came if isinstance(o, Ended)} >= {(I, "new-group"), (R, "new-group")}


def offer() -> SA:
    known = Knowledge(I, load_backend("openssl"))
    known.group = GOOD
    return described(known)


def with_attributes(*attributes: Attribute) -> SA:
    """The description of the good group with other attributes in the place of those of the same type."""
    sa = offer()
    proposal: Proposal = sa.proposals[0]
    transform = proposal.transforms[0]
    changed = {a.type: a for a in (*transform.attributes, *attributes)}
    twin = transform.replace(attributes=tuple(changed.values()))
    return sa.replace(proposals=(proposal.replace(transforms=(twin,)),))


def test_a_description_is_read_as_it_was_written() -> None:
    assert read_group(offer()) == GOOD


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        (Attribute(IkeAttribute.GROUP_DESCRIPTION, 14), "2^15 and up"),
        (Attribute(IkeAttribute.GROUP_TYPE, int(GroupType.ECP)), "not supported"),
        (Attribute(IkeAttribute.GROUP_CURVE_A, b"\x07"), "not supported"),
        (Attribute(IkeAttribute.KEY_LENGTH, 128), "not supported"),
    ],
)
def test_a_description_that_is_none_says_why(attribute: Attribute, reason: str) -> None:
    read = read_group(with_attributes(attribute))
    assert isinstance(read, str)
    assert reason in read


# The longer ones take seconds each.
@pytest.mark.parametrize(
    "group", [g for g in GROUPS.values() if isinstance(g, ModpGroup) and g.bits <= 3072], ids=lambda g: g.name
)
def test_the_groups_of_the_rfcs_have_no_flaw(group: ModpGroup) -> None:
    assert modp.flaw(group) == ""


def test_policy_sets_the_least_length() -> None:
    wire, sas = under_an_sa(private_group_bits=1024)
    number = PrivateGroup(40000)
    short = GroupDescription(number, private_modp(number, GROUPS[Group.MODP_1024].prime, 3))  # type: ignore[union-attr]
    came = delivered(wire, wire.peers[I].new_group(sas[I], short, R, wire.now))
    assert [role for role, o in came if isinstance(o, GroupUp)] == [R, I]
