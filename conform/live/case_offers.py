"""Cases of negotiation: offers that a responder must not accept, and such that it has to find its way through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.live.case import Allows, Case, Change, Rule, Where, deviation, stated
from isakmp.conform.live.draft import Draft
from isakmp.conform.live.issuing import of_nobody
from isakmp.machine.config import Config
from isakmp.machine.lifetimes import names
from isakmp.spec.payloads import CERT, CR, SA, VID, Attribute, N, Proposal, SecurityLabel, Transform
from isakmp.spec.registries import (
    CertEncoding,
    Doi,
    EncapsulationMode,
    EspTransform,
    IkeAttribute,
    IpsecAttribute,
    ProtocolId,
    SaLifeType,
    Situation,
)
from isakmp.spec.requirements import Level

UNKNOWN_VALUE = 60_000
"""The value of an attribute that nobody has assigned, and that is not for private use."""

UNKNOWN_ATTRIBUTE = 15_000
UNKNOWN_TRANSFORM = 200
_PRIVATE_STATUS = 40_000

ACCEPTABLE = replace(stated("RFC2408-5.4-08"), level=Level.RULE)
"""What is acceptable is up to policy: that values which mean nothing are not, no section says in these words."""

RESERVED = replace(stated("RFC2407-4.5.3-03"), level=Level.RULE)
"""What has a value of the reserved range may be taken or not; only what is defined and not supported must not be."""

CONFLICTING = replace(stated("RFC2407-4.5.2-02"), level=Level.RULE)
"""Section 4.5.2 demands an end where conflicts are detected, and does not say in so many words that they have to be."""

MUCH = 1 << 24
"""Kilobytes that no test comes near."""

TransformChange = Callable[[Transform], Transform]


def _sa(draft: Draft, change: Callable[[SA], SA]) -> Draft:
    return draft.mapped(SA, lambda payload: change(payload) if isinstance(payload, SA) else payload)


def _proposals(draft: Draft, change: Callable[[Proposal], Proposal]) -> Draft:
    return _sa(draft, lambda sa: sa.replace(proposals=tuple(map(change, sa.proposals))))


def _transforms(draft: Draft, change: TransformChange) -> Draft:
    return _proposals(draft, lambda one: one.replace(transforms=tuple(map(change, one.transforms))))


def _attributes(change: Callable[[tuple[Attribute, ...]], tuple[Attribute, ...]]) -> TransformChange:
    return lambda transform: transform.replace(attributes=change(transform.attributes))


def _set(kind: int, value: int | bytes) -> TransformChange:
    return _attributes(lambda all_: tuple(a.replace(value=value) if a.type == kind else a for a in all_))


def _drop(*kinds: int) -> TransformChange:
    return _attributes(lambda all_: tuple(a for a in all_ if a.type not in kinds))


def _add(*more: Attribute) -> TransformChange:
    return _attributes(lambda all_: (*all_, *more))


def described(draft: Draft, kind: int, value: int) -> Draft:
    """An attribute with another value in each transform."""
    return _transforms(draft, _set(kind, value))


def dropped(draft: Draft, kind: int) -> Draft:
    """Each transform without an attribute."""
    return _transforms(draft, _drop(kind))


def _case(where: Where, rule: Rule, what: tuple[str, str], change: Callable[[Draft], Draft], allows: Allows) -> Case:
    return deviation(where, rule, Change(*what, change), allows)


# ---- of both phases --------------------------------------------------------------------------------------------------


def _structure(where: Where) -> Iterator[Case]:
    shape, unit = stated("RFC2408-4.2-12"), stated("RFC2408-3.6-03")
    no, yes = Allows.REFUSAL, Allows.ANSWER
    yield _case(
        where,
        shape,
        ("no-proposal", "an SA without a proposal"),
        partial(_sa, change=lambda sa: sa.replace(proposals=())),
        no,
    )
    empty = partial(_proposals, change=lambda one: one.replace(transforms=()))
    yield _case(where, shape, ("no-transform", "a proposal without a transform"), empty, no)
    yield _case(where, unit, ("equal-numbers", "two transforms of the same number"), _same_numbers, no)
    unknown = partial(_transforms, change=lambda one: one.replace(transform_id=UNKNOWN_TRANSFORM))
    yield _case(
        where, stated("RFC2408-5.6-04"), ("transform-unknown", "a transform with an unknown identifier"), unknown, no
    )
    words = ("unknown-then-good", "a transform with an unknown identifier in front of its own")
    yield _case(where, stated("RFC2408-5.6-02"), words, _unknown_first, yes)
    for bit, number in ((Situation.SECRECY, "RFC2407-4.2.2-02"), (Situation.INTEGRITY, "RFC2407-4.2.3-02")):
        name = bit.name.lower() if bit.name else ""
        what = (f"situation-{name}", f"a situation that asks for {name} by labels")
        yield _case(where, stated(number), what, partial(_labelled, bit=bit), no)


def _same_numbers(draft: Draft) -> Draft:
    return _proposals(draft, lambda one: one.replace(transforms=(*one.transforms, *one.transforms)))


def _unknown_first(draft: Draft) -> Draft:
    def before(one: Proposal) -> Proposal:
        first = one.transforms[0]
        moved = tuple(t.replace(number=t.number + 1) for t in one.transforms)
        return one.replace(transforms=(first.replace(transform_id=UNKNOWN_TRANSFORM), *moved))

    return _proposals(draft, before)


def _labelled(draft: Draft, bit: Situation) -> Draft:
    label = SecurityLabel(level=b"\0\0\0\1", category_bits=0, categories=b"")
    field = "secrecy" if bit is Situation.SECRECY else "integrity"
    both = Situation.IDENTITY_ONLY | bit
    return _sa(draft, lambda sa: sa.replace(situation=both, domain=1, **{field: label}))


def _lifetimes(where: Where, protocol: int, config: Config) -> Iterator[Case]:
    unit, duration = names(protocol)
    seconds = config.ike[0].lifetime if protocol == ProtocolId.ISAKMP else config.ipsec[0].lifetime
    form = stated("RFC2409-AppendixA-04" if protocol == ProtocolId.ISAKMP else "RFC2407-4.5-06")
    form = Rule(form.cite, Level.RULE, form.requirement)
    default = stated("RFC2407-4.5-08")
    yes = Allows.ANSWER
    for octets in (4, 8):
        long = partial(_transforms, change=_set(duration, seconds.to_bytes(octets)))
        yield _case(
            where, form, (f"lifetime-{octets}-octets", f"a lifetime in the long form, {octets} octets"), long, yes
        )
    without = partial(_transforms, change=_drop(unit, duration))
    yield _case(where, default, ("no-lifetime", "without a lifetime, for which there is a default"), without, yes)


# ---- phase 1 ---------------------------------------------------------------------------------------------------------

_MANDATORY = (IkeAttribute.ENCRYPTION_ALGORITHM, IkeAttribute.HASH_ALGORITHM, IkeAttribute.AUTHENTICATION_METHOD)


def phase_1_cases(where: Where, config: Config) -> Iterator[Case]:
    """Offers of an ISAKMP SA."""
    no, yes = Allows.REFUSAL, Allows.ANSWER
    yield from _structure(where)
    yield from _lifetimes(where, ProtocolId.ISAKMP, config)
    negotiated = stated("RFC2409-4-05")
    for kind in _MANDATORY:
        name = kind.name.lower().replace("_", "-")
        yield _case(
            where,
            negotiated,
            (f"no-{name}", f"without the attribute {kind.label}"),
            partial(_transforms, change=_drop(kind)),
            no,
        )
    for kind in (*_MANDATORY, IkeAttribute.GROUP_DESCRIPTION):
        name = kind.name.lower().replace("_", "-")
        other = partial(_transforms, change=_set(kind, UNKNOWN_VALUE))
        yield _case(where, ACCEPTABLE, (f"unknown-{name}", f"an unknown {kind.label}"), other, no)
    if config.ike[0].key_length is not None:
        for bits in (0, 100, 65_528):
            change = partial(_transforms, change=_set(IkeAttribute.KEY_LENGTH, bits))
            yield _case(where, ACCEPTABLE, (f"key-length-{bits}", f"a key length of {bits} bits"), change, no)
    yield _case(where, stated("RFC2408-5.5-03"), ("protocol-esp", "ESP as the protocol of phase 1"), _as_esp, no)
    for size in (1, 8, 16):
        change = partial(_proposals, change=partial(_with_spi, size=size))
        yield _case(
            where, stated("RFC2408-3.5-02"), (f"spi-{size}", f"a SPI of {size} octets, which is ignored"), change, yes
        )
    for slug, words, payload, number in (
        ("with-vid", "an unknown vendor id", VID(b"nobody's vendor id"), "RFC2408-3.16-06"),
        ("with-empty-vid", "a vendor id without octets", VID(b""), "RFC2408-3.16-06"),
        ("with-cert", "a certificate", CERT(CertEncoding.X509_SIGNATURE, of_nobody()), "RFC2408-3.9-01"),
        ("with-certreq", "a certificate request", CR(CertEncoding.X509_SIGNATURE), "RFC2408-3.10-01"),
    ):
        rule = stated(number)
        rule = Rule(rule.cite, Level.RULE, number) if rule.level is Level.MAY else rule
        more = partial(Draft.with_more, payload=payload)
        yield _case(where, rule, (slug, f"with {words} behind the offer"), more, yes)


def _with_spi(one: Proposal, size: int) -> Proposal:
    return one.replace(spi=bytes(range(1, size + 1)))


def _as_esp(draft: Draft) -> Draft:
    return _proposals(draft, lambda one: one.replace(protocol=ProtocolId.ESP, spi=b"\0\1\2\3"))


# ---- phase 2 ---------------------------------------------------------------------------------------------------------


def phase_2_cases(where: Where, config: Config) -> Iterator[Case]:
    """Offers of IPsec SAs."""
    no, yes = Allows.REFUSAL, Allows.ANSWER
    yield from _structure(where)
    protocol = config.ipsec[0].protocol
    yield from _lifetimes(where, protocol, config)
    spi = stated("RFC2408-5.5-06")
    strange = partial(_transforms, change=_add(Attribute(UNKNOWN_ATTRIBUTE, 1)))
    what = ("unknown-attribute", "an attribute of an unknown class")
    yield _case(where, RESERVED, what, strange, Allows.LIFE)
    for kind in (IpsecAttribute.ENCAPSULATION_MODE, IpsecAttribute.AUTHENTICATION_ALGORITHM):
        name = kind.name.lower().replace("_", "-")
        change = partial(_transforms, change=_set(kind, UNKNOWN_VALUE))
        yield _case(where, RESERVED, (f"unknown-{name}", f"an unknown {kind.label}"), change, Allows.LIFE)
    mode = config.ipsec[0].mode
    other = next(m for m in (EncapsulationMode.TRANSPORT, EncapsulationMode.TUNNEL) if m is not mode)
    conflicting = partial(_transforms, change=_add(Attribute(IpsecAttribute.ENCAPSULATION_MODE, other)))
    what = ("conflicting-modes", "two different encapsulation modes")
    yield _case(where, CONFLICTING, what, conflicting, no)
    traffic = (
        Attribute(IpsecAttribute.SA_LIFE_TYPE, SaLifeType.KILOBYTES),
        Attribute(IpsecAttribute.SA_LIFE_DURATION, MUCH.to_bytes(4)),
    )
    double = partial(_transforms, change=_add(*traffic))
    yield _case(
        where, stated("RFC2407-4.5.2-01"), ("two-lifetimes", "lifetimes in seconds and in kilobytes"), double, yes
    )
    if config.ipsec[0].key_length is not None:
        for bits in (0, 100, 65_528):
            change = partial(_transforms, change=_set(IpsecAttribute.KEY_LENGTH, bits))
            yield _case(where, ACCEPTABLE, (f"key-length-{bits}", f"a key length of {bits} bits"), change, no)
    if protocol is ProtocolId.ESP:
        bare = partial(_transforms, change=_null_without_authentication)
        what = ("null-without-authentication", "ESP_NULL without authentication")
        yield _case(where, stated("RFC2407-4.5-04"), what, bare, no)
    for slug, number, octets in (("zero", "0", bytes(4)), ("reserved", "255, which is reserved", b"\0\0\0\xff")):
        change = partial(_proposals, change=partial(_spi, octets=octets))
        yield _case(where, spi, (f"spi-{slug}", f"a SPI of {number}"), change, no)
    for size in (0, 3, 8):
        change = partial(_proposals, change=partial(_spi, octets=bytes(range(1, size + 1))))
        yield _case(where, spi, (f"spi-{size}-octets", f"a SPI of {size} octets"), change, no)
    isakmp = partial(_proposals, change=lambda one: one.replace(protocol=ProtocolId.ISAKMP))
    yield _case(where, stated("RFC2408-5.5-03"), ("protocol-isakmp", "ISAKMP as the protocol of phase 2"), isakmp, no)
    yield _case(
        where,
        stated("RFC2408-4.2.1-02"),
        ("second-proposal", "an unacceptable proposal in front of its own"),
        _second,
        yes,
    )
    for slug, words, payload in (
        ("with-vid", "a vendor id", VID(b"nobody's vendor id")),
        ("with-status", "a status notification for private use", N(Doi.IPSEC, ProtocolId.ISAKMP, _PRIVATE_STATUS)),
    ):
        more = partial(Draft.with_more, payload=payload)
        yield _case(where, stated("RFC2409-5.5-13"), (slug, f"with {words} chained on"), more, yes)


def _spi(one: Proposal, octets: bytes) -> Proposal:
    return one.replace(spi=octets)


def _null_without_authentication(one: Transform) -> Transform:
    without = _drop(IpsecAttribute.AUTHENTICATION_ALGORITHM, IpsecAttribute.KEY_LENGTH)(one)
    return without.replace(transform_id=EspTransform.NULL)


def _second(draft: Draft) -> Draft:
    def before(sa: SA) -> SA:
        own = sa.proposals[0]
        bad = own.replace(transforms=tuple(t.replace(transform_id=UNKNOWN_TRANSFORM) for t in own.transforms))
        return sa.replace(proposals=(bad, *(one.replace(number=one.number + 1) for one in sa.proposals)))

    return _sa(draft, before)
