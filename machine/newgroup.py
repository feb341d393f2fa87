"""New group mode (RFC 2409 section 5.6): a Diffie-Hellman group that has no number, described under an ISAKMP SA.

The peer is authenticated and may still be a liar: a composite modulus, or a generator of a small subgroup, would let it
read, or have others read, what is agreed on in that group. RFC 2409 section 10 therefore has the receiver check. A
group lasts as long as the ISAKMP SA under which it was described, and its number means one group there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from isakmp.crypto import modp
from isakmp.machine.config import Config, IpsecProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.findings import Finding, wrong
from isakmp.machine.negotiation import Choice
from isakmp.machine.outputs import GroupUp
from isakmp.machine.run import Knowledge, Run, Step
from isakmp.machine.sa import GroupDescription
from isakmp.spec.groups import AnyGroup, ModpGroup, PrivateGroup, private_modp
from isakmp.spec.guards import Check
from isakmp.spec.limits import PRIVATE_GROUP_BITS
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import SA, Attribute, Proposal, Transform
from isakmp.spec.registries import Group, GroupType, IkeAttribute, IsakmpTransform, NotifyType, ProtocolId
from isakmp.spec.table import Kind

_DESCRIBING = frozenset(
    {
        IkeAttribute.GROUP_DESCRIPTION,
        IkeAttribute.GROUP_TYPE,
        IkeAttribute.GROUP_PRIME,
        IkeAttribute.GROUP_GENERATOR_ONE,
        IkeAttribute.GROUP_ORDER,
    }
)


# ---- what the table's rows need --------------------------------------------------------------------------------------


def described(known: Knowledge) -> SA:
    """The payload that describes a group: one proposal, one transform, the attributes of RFC 2409 Appendix A.

    Raises:
        LocalMisuse: there is no group to describe.
    """
    if known.group is None:
        raise LocalMisuse("new group mode without a group")
    group = known.group.group
    attributes = [
        Attribute(IkeAttribute.GROUP_DESCRIPTION, int(known.group.number)),
        Attribute(IkeAttribute.GROUP_TYPE, int(GroupType.MODP)),
        _long(IkeAttribute.GROUP_PRIME, group.prime),
        _long(IkeAttribute.GROUP_GENERATOR_ONE, group.generator),
    ]
    if group.order is not None:
        attributes.append(_long(IkeAttribute.GROUP_ORDER, group.order))
    transform = Transform(1, IsakmpTransform.KEY_IKE, tuple(attributes))
    return SA(proposals=(Proposal(1, ProtocolId.ISAKMP, b"", (transform,)),))


def group_acceptable(step: Step, slot: Slot | None) -> Finding:
    """Read the group that the peer describes, and refuse what cannot be trusted."""
    draft, offer = step.draft, step.payload(slot, SA)
    read = read_group(offer)
    reason = read if isinstance(read, str) else objection(read, step.run.config, draft.groups)
    if isinstance(read, str) or reason:
        return wrong(step, Check.GROUP_ACCEPTABLE, slot, reason)
    draft.offer, draft.group = offer, read
    proposal = offer.proposals[0]
    draft.choice = Choice(offer, proposal, proposal.transforms[0])
    return None


def agreed(step: Step) -> GroupUp:
    """What a completed new group mode hands over.

    Raises:
        LocalMisuse: no group was described, or nothing protects it.
    """
    if step.run.sa is None or step.draft.group is None:
        raise LocalMisuse("new group mode without a group or an ISAKMP SA")
    return GroupUp(step.run.sa, step.draft.group)


def _long(kind: IkeAttribute, value: int) -> Attribute:
    """An attribute of variable length: as many octets as the number has."""
    return Attribute(kind, value.to_bytes((value.bit_length() + 7) // 8))


# ---- what is acceptable ----------------------------------------------------------------------------------------------


def read_group(offer: SA) -> GroupDescription | str:
    """The group that a payload describes, or in words why it describes none that is supported here."""
    transforms = [t for p in offer.proposals if p.protocol == ProtocolId.ISAKMP for t in p.transforms]
    if len(offer.proposals) != 1 or len(transforms) != 1:
        return "a group is described by one proposal with one transform, for ISAKMP"
    found = {a.type: a.number for a in transforms[0].attributes}
    if len(found) != len(transforms[0].attributes):
        return "an attribute stands twice"
    unknown = sorted(found.keys() - _DESCRIBING)
    if unknown:
        return f"attribute {IkeAttribute.describe(unknown[0])} is not supported"
    if found.get(IkeAttribute.GROUP_TYPE, GroupType.MODP) != GroupType.MODP:
        return f"groups of type {GroupType.describe(found[IkeAttribute.GROUP_TYPE])} are not supported"
    try:
        number = PrivateGroup(found[IkeAttribute.GROUP_DESCRIPTION])
        prime, generator = found[IkeAttribute.GROUP_PRIME], found[IkeAttribute.GROUP_GENERATOR_ONE]
    except KeyError as missing:
        return f"attribute {IkeAttribute.describe(missing.args[0])} is missing"
    except ValueError as error:
        return str(error)
    return GroupDescription(number, private_modp(number, prime, generator, found.get(IkeAttribute.GROUP_ORDER)))


def objection(described: GroupDescription, config: Config, known: Mapping[int, ModpGroup]) -> str:
    """Why a group is not acceptable, in words; empty if it is. `known` are the groups under the same SA, by number."""
    group = described.group
    least, most = max(config.private_group_bits, PRIVATE_GROUP_BITS.start), PRIVATE_GROUP_BITS.stop - 1
    if not least <= group.bits <= most:
        return f"a prime of {group.bits} bits, where {least} to {most} are accepted"
    if described.number in known and known[described.number] != group:
        return f"{described.number.label} is another group already"
    return modp.flaw(group)


# ---- groups in use ---------------------------------------------------------------------------------------------------


def groups_of(runs: Iterable[Run]) -> dict[int, ModpGroup]:
    """The groups that completed new group modes among these runs have described, by number."""
    found = (run.known.group for run in runs if run.at.kind is Kind.ESTABLISHED)
    return {group.number: group.group for group in found if group is not None}


def meaning(group: Group | PrivateGroup | None, known: Knowledge) -> AnyGroup | None:
    """What a group's number means under the exchange's ISAKMP SA; None where it means nothing."""
    return known.groups.get(group) if isinstance(group, PrivateGroup) else group


def usable(suites: Iterable[IpsecProposal], groups: Mapping[int, ModpGroup]) -> tuple[IpsecProposal, ...]:
    """The proposals without those whose private group is not agreed on."""
    return tuple(s for s in suites if not isinstance(s.group, PrivateGroup) or s.group in groups)


def refused(runs: Iterable[Run], notify: int) -> list[Run]:
    """The new group modes that a notification refuses, which names no SPI that could tell them apart."""
    if notify != NotifyType.ATTRIBUTES_NOT_SUPPORTED:
        return []
    return [run for run in runs if run.table.exchange.makes_group and run.at.kind is Kind.RUNNING]
