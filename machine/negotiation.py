"""Offers, choices, and whether a choice was offered.

RFC 2408 sections 4.2 and 5.4 to 5.6, RFC 2409 section 5, RFC 2407 section 4.5.

An offer of phase 1 is one proposal with many transforms; an offer of phase 2 here is one proposal per suite, or as many
of one number as a suite has protocols. The answer is the chosen transform of each, with its attributes as they were
offered; their encoding and order may differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.machine.lifetimes import Lifetime, attribute, lifetime_attributes, names, only_unit, read_lifetime
from isakmp.machine.remembering import remembered
from isakmp.machine.transform_rules import flaw, spi_free
from isakmp.spec.groups import PrivateGroup
from isakmp.spec.negotiation import ATTRIBUTES, TOGETHER
from isakmp.spec.payloads import SA, Attribute, Proposal, Transform
from isakmp.spec.registries import (
    AuthMethod,
    EncapsulationMode,
    EncryptionAlgorithm,
    ExtendedSequenceNumber,
    Group,
    HashAlgorithm,
    IkeAttribute,
    IntegrityAlgorithm,
    IpsecAttribute,
    IsakmpTransform,
    Kind,
    ProtocolId,
)


@lru_cache(maxsize=256)
def ike_attributes(proposal: IkeProposal) -> tuple[Attribute, ...]:
    """The attributes of a phase 1 transform (RFC 2409 Appendix A)."""
    lengths = (attribute(IkeAttribute.KEY_LENGTH, proposal.key_length),) if proposal.key_length else ()
    return (
        attribute(IkeAttribute.ENCRYPTION_ALGORITHM, proposal.encryption),
        *lengths,
        attribute(IkeAttribute.HASH_ALGORITHM, proposal.hash),
        attribute(IkeAttribute.GROUP_DESCRIPTION, proposal.group),
        attribute(IkeAttribute.AUTHENTICATION_METHOD, proposal.auth),
        *lifetime_attributes(ProtocolId.ISAKMP, Lifetime(proposal.lifetime, proposal.kilobytes)),
    )


@lru_cache(maxsize=256)
def ipsec_attributes(proposal: IpsecProposal) -> tuple[Attribute, ...]:
    """The attributes of a phase 2 transform (RFC 2407 section 4.5)."""
    found = [
        *lifetime_attributes(proposal.protocol, Lifetime(proposal.lifetime, proposal.kilobytes)),
        attribute(IpsecAttribute.ENCAPSULATION_MODE, proposal.mode),
    ]
    if proposal.group is not None:
        found.append(attribute(IpsecAttribute.GROUP_DESCRIPTION, proposal.group))
    if proposal.integrity is not None:
        found.append(attribute(IpsecAttribute.AUTHENTICATION_ALGORITHM, proposal.integrity))
    if proposal.key_length is not None:
        found.append(attribute(IpsecAttribute.KEY_LENGTH, proposal.key_length))
    if proposal.extended_sequence:
        found.append(attribute(IpsecAttribute.EXTENDED_SEQUENCE_NUMBER, next(iter(ExtendedSequenceNumber))))
    return tuple(found)


@lru_cache(maxsize=64)
def phase_1_offer(proposals: tuple[IkeProposal, ...]) -> SA:
    """One SA with one proposal, a transform for each way of protection (RFC 2409 section 5)."""
    transforms = tuple(
        Transform(number, IsakmpTransform.KEY_IKE, ike_attributes(proposal))
        for number, proposal in enumerate(proposals, 1)
    )
    return SA(proposals=(Proposal(1, ProtocolId.ISAKMP, b"", transforms),))


NO_OTHERS: Mapping[int, bytes] = MappingProxyType({})


def phase_2_offer(proposals: Iterable[IpsecProposal], spi: bytes, others: Mapping[int, bytes] = NO_OTHERS) -> SA:
    """One SA with a proposal for each suite, all under the same SPI of ours (RFC 2408 section 4.2).

    The protocols of a bundle are proposals of the same number; `others` are our SPIs of those beside the first.
    """
    return SA(
        proposals=tuple(
            Proposal(
                number,
                part.protocol,
                spi if part is suite else others[part.protocol],
                (Transform(1, part.transform, ipsec_attributes(part)),),
            )
            for number, suite in enumerate(proposals, 1)
            for part in suite.parts
        ),
    )


@remembered
def values(protocol: int, transform: Transform) -> frozenset[tuple[int, int | None, int]]:
    """A transform's attributes as numbers, whatever their encoding and order (RFC 2409 section 5 and Appendix A).

    Each is its type, the unit where it is a duration, and its value: a duration belongs to the unit before it, or to
    the only one there is.
    """
    unit_name, duration = names(protocol)
    found: set[tuple[int, int | None, int]] = set()
    unit = only_unit(protocol, transform.attributes)
    for each in transform.attributes:
        if each.type == unit_name:
            unit = each.number
        found.add((each.type, unit if each.type == duration else None, each.number))
    return frozenset(found)


def missing_attributes(transform: Transform) -> tuple[IkeAttribute, ...]:
    """Which mandatory attributes a phase 1 transform lacks: "mandatory and MUST be negotiated" (RFC 2409 section 4).

    The group is mandatory too; where none is named the default group is meant (RFC 2409 section 6.1).
    """
    found = {a.type for a in transform.attributes}
    return tuple(each for each in _MANDATORY if each not in found)


@remembered
def read_ike(transform: Transform) -> IkeProposal | None:
    """A phase 1 transform as a proposal; `None` where it lacks an attribute or has one that is unknown here."""
    found = {a.type: a.number for a in transform.attributes}
    lifetime = read_lifetime(ProtocolId.ISAKMP, transform.attributes)
    if transform.transform_id != IsakmpTransform.KEY_IKE or not found.keys() <= _IKE_KNOWN or lifetime is None:
        return None
    try:
        return IkeProposal(
            encryption=EncryptionAlgorithm(found[IkeAttribute.ENCRYPTION_ALGORITHM]),
            hash=HashAlgorithm(found[IkeAttribute.HASH_ALGORITHM]),
            auth=AuthMethod(found[IkeAttribute.AUTHENTICATION_METHOD]),
            # "If no group is described, the default group": RFC 2409 section 6.1 makes that the first Oakley group.
            group=Group(found.get(IkeAttribute.GROUP_DESCRIPTION, Group.MODP_768)),
            key_length=found.get(IkeAttribute.KEY_LENGTH),
            lifetime=lifetime.seconds,
            kilobytes=lifetime.kilobytes,
        )
    except (KeyError, ValueError):
        return None


_MANDATORY = (IkeAttribute.ENCRYPTION_ALGORITHM, IkeAttribute.HASH_ALGORITHM, IkeAttribute.AUTHENTICATION_METHOD)

_IKE_KNOWN = frozenset(
    {
        IkeAttribute.ENCRYPTION_ALGORITHM,
        IkeAttribute.HASH_ALGORITHM,
        IkeAttribute.AUTHENTICATION_METHOD,
        IkeAttribute.GROUP_DESCRIPTION,
        IkeAttribute.KEY_LENGTH,
        IkeAttribute.LIFE_TYPE,
        IkeAttribute.LIFE_DURATION,
    }
)


def read_ipsec(proposal: Proposal, transform: Transform) -> IpsecProposal | None:
    """A phase 2 transform as a proposal; `None` where it has an attribute or value that is unknown here."""
    return _read_ipsec(proposal.protocol, transform)  # kept without the SPI, which is new each time


@remembered
def _read_ipsec(protocol: int, transform: Transform) -> IpsecProposal | None:
    """The same, by the number of the protocol."""
    found = {a.type: a.number for a in transform.attributes}
    lifetime = read_lifetime(protocol, transform.attributes)
    rule = ATTRIBUTES.get(ProtocolId(protocol)) if protocol in set(ProtocolId) else None
    if rule is None or not rule.required <= found.keys() <= rule.allowed or lifetime is None:
        return None
    try:
        integrity = found.get(IpsecAttribute.AUTHENTICATION_ALGORITHM)
        group = found.get(IpsecAttribute.GROUP_DESCRIPTION)
        return IpsecProposal(
            protocol=ProtocolId(protocol),
            transform=transform.transform_id,
            key_length=found.get(IpsecAttribute.KEY_LENGTH),
            integrity=None if integrity is None else IntegrityAlgorithm(integrity),
            mode=EncapsulationMode(found.get(IpsecAttribute.ENCAPSULATION_MODE, EncapsulationMode.TUNNEL)),
            group=None if group is None else _group(group),
            lifetime=lifetime.seconds,
            kilobytes=lifetime.kilobytes,
            extended_sequence=IpsecAttribute.EXTENDED_SEQUENCE_NUMBER in found,
        )
    except ValueError:
        return None


def _group(number: int) -> Group | PrivateGroup:
    return PrivateGroup(number) if Group.kind_of(number) is Kind.PRIVATE_USE else Group(number)


@dataclass(frozen=True)
class Choice:
    """What was agreed on: the answer's SA, its proposal and transform as they stand in it."""

    answer: SA
    proposal: Proposal
    transform: Transform


def _answer(offer: SA, proposal: Proposal, transform: Transform, spi: bytes) -> Choice:
    chosen = Proposal(proposal.number, proposal.protocol, spi, (transform,))
    return Choice(offer.replace(proposals=(chosen,)), chosen, transform)


def choose_ike(offer: SA, acceptable: Iterable[IkeProposal]) -> tuple[Choice, IkeProposal] | None:
    """The first offered transform that policy accepts, unmodified; `None` if there is none (RFC 2408 section 5.4)."""
    wanted = {_without_lifetime(p) for p in acceptable}
    for proposal in offer.proposals:
        if proposal.protocol != ProtocolId.ISAKMP:
            continue
        for transform in proposal.transforms:
            suite = read_ike(transform)
            if suite is not None and _without_lifetime(suite) in wanted:
                return _answer(offer, proposal, transform, b""), suite
    return None


def together(sa: SA) -> tuple[tuple[Proposal, ...], ...]:
    """The proposals by their numbers: those of one number are meant together, the numbers are alternatives."""
    found: dict[int, list[Proposal]] = {}
    for proposal in sa.proposals:
        found.setdefault(proposal.number, []).append(proposal)
    return tuple(map(tuple, found.values()))


def choose_ipsec(
    offer: SA, acceptable: Iterable[IpsecProposal], spi: bytes, others: Mapping[int, bytes] = NO_OTHERS
) -> tuple[Choice, IpsecProposal] | None:
    """The first offered suite that policy accepts, under our SPI; `None` if there is none (RFC 2408 section 5.4).

    A bundle is accepted as a whole or not at all; `others` are our SPIs of the protocols beside the first.
    """
    wanted = tuple(acceptable)
    for bundle in together(offer):
        picked = _pick(bundle, wanted)
        if picked is None:
            continue
        suite = joined(part for _, _, part in picked)
        chosen = tuple(
            Proposal(p.number, p.protocol, spi if p.protocol == suite.protocol else others[p.protocol], (transform,))
            for p, transform, _ in picked
        )
        main = next(p for p in chosen if p.protocol == suite.protocol)
        return Choice(offer.replace(proposals=chosen), main, main.transforms[0]), suite
    return None


_Picked = tuple[Proposal, Transform, IpsecProposal]


def _pick(bundle: tuple[Proposal, ...], wanted: tuple[IpsecProposal, ...]) -> tuple[_Picked, ...] | None:
    """For each proposal of a bundle the first transform that one and the same policy accepts."""
    head, *rest = bundle
    protocols = {proposal.protocol for proposal in bundle}
    fitting = [
        {part.protocol: part for part in policy.parts}
        for policy in wanted
        if {part.protocol for part in policy.parts} == protocols and len(bundle) == len(protocols)
    ]
    for first in _readable(head) if fitting else ():
        for policy in fitting:
            if not _same(first[2], policy[ProtocolId(head.protocol)]):
                continue
            picked = [first]
            for proposal in rest:
                own = policy[ProtocolId(proposal.protocol)]
                picked += [each for each in _readable(proposal) if _same(each[2], own)][:1]
            if len(picked) == len(bundle):
                return tuple(picked)
    return None


def _readable(proposal: Proposal) -> Iterator[_Picked]:
    """The transforms that can be chosen: they are known here and break no rule, and the SPI is not reserved."""
    for transform in proposal.transforms if spi_free(proposal) else ():
        suite = read_ipsec(proposal, transform)
        if suite is not None and not flaw(proposal.protocol, transform):
            yield proposal, transform, suite


def joined(parts: Iterable[IpsecProposal]) -> IpsecProposal:
    """The parts of a bundle as one proposal, the protocols in their order (`TOGETHER`)."""
    first, *beside = sorted(parts, key=lambda part: TOGETHER.index(part.protocol))
    return replace(first, beside=tuple(beside))


def read_bundle(answer: SA) -> IpsecProposal | None:
    """What an answer chooses; `None` where a part of it cannot be read."""
    read = [read_ipsec(p, p.transforms[0]) for p in answer.proposals if p.transforms]
    parts = [part for part in read if part is not None]
    return joined(parts) if parts and len(parts) == len(answer.proposals) else None


def primary(answer: SA) -> Proposal | None:
    """The proposal of an answer that its suite is named after: compression, which has no keys, comes last."""
    known = [p for p in answer.proposals if p.transforms]
    order = [int(protocol) for protocol in TOGETHER]
    return min(known, key=lambda p: order.index(p.protocol) if p.protocol in order else -1, default=None)


IKE_PARTS = ("encryption", "key_length", "hash", "group", "auth")
IPSEC_PARTS = ("protocol", "transform", "key_length", "integrity", "mode", "group", "extended_sequence")
"""What has to be the same in two proposals. Lifetimes are never a reason to refuse (RFC 2407 section 4.5.4)."""

_without_lifetime = attrgetter(*IKE_PARTS)
_without_lifetime_2 = attrgetter(*IPSEC_PARTS)


def _same(one: IpsecProposal, other: IpsecProposal) -> bool:
    return _meant(one) == _meant(other)


def _meant(p: IpsecProposal) -> tuple[object, ...]:
    """One part without its lifetimes; compression is the same in all modes, and has no keys for a group to serve."""
    if p.protocol is ProtocolId.IPCOMP:
        return (p.protocol, p.transform)
    found: tuple[object, ...] = _without_lifetime_2(p)
    return found


def same_suite(one: IpsecProposal, other: IpsecProposal) -> bool:
    """Whether two proposals differ in nothing but lifetimes."""
    return {_meant(part) for part in one.parts} == {_meant(part) for part in other.parts}


def was_offered(offer: SA, answer: SA) -> Choice | None:
    """The answer's choice, if it is all proposals of one number, each with one of its transforms, and nothing else.

    "If the initiator of an exchange notices that attribute values have changed or attributes have been added or
    deleted from an offer made, that response MUST be rejected" (RFC 2409 section 5). Retaining the numbers of proposal
    and transform is a SHOULD only (RFC 2408 section 4.2): contents decide.
    """
    chosen = primary(answer)
    if chosen is None or len(together(answer)) != 1 or any(len(p.transforms) != 1 for p in answer.proposals):
        return None
    wanted = {p.protocol: _contents(p, p.transforms[0]) for p in answer.proposals}
    for bundle in together(offer):
        offered = {p.protocol: [_contents(p, transform) for transform in p.transforms] for p in bundle}
        if len(bundle) == len(answer.proposals) == len(wanted) == len(offered) and all(
            contents in offered.get(protocol, ()) for protocol, contents in wanted.items()
        ):
            return Choice(answer, chosen, chosen.transforms[0])
    return None


def _contents(proposal: Proposal, transform: Transform) -> tuple[object, ...]:
    return (transform.transform_id, values(proposal.protocol, transform))
