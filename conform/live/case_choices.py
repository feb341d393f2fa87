"""Choices of a responder that break a guard, since they are none of what was offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from isakmp.conform.live.breach import Breach
from isakmp.conform.live.case import Change, stated
from isakmp.conform.live.draft import Draft
from isakmp.machine.config import Config
from isakmp.spec.guards import Guard
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message
from isakmp.spec.payloads import (
    SA,
    Attribute,
    Transform,
)


def offered(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    """Choices of a responder that were not offered."""
    changed, chosen = stated("RFC2409-5-12"), stated("RFC2408-4.2-10")
    one = stated("RFC2408-4.2-09")
    for slug, words, rule, change in (
        ("attribute-changed", "the chosen transform with another value of its first attribute", changed, _other_value),
        ("attribute-missing", "the chosen transform without its first attribute", changed, _no_first),
        ("attribute-added", "the chosen transform with an attribute more", changed, _one_more),
        ("other-transform", "a transform that was not offered", chosen, _other_transform),
    ):
        yield Breach(Change(slug, words, partial(_choice, change=change)), rule)
    yield Breach(Change("two-transforms", "two transforms in the choice", _two_transforms), one)


def _choice(draft: Draft, change: Callable[[Transform], Transform]) -> Draft:
    def other(sa: Payload) -> Payload:
        if not isinstance(sa, SA):
            return sa
        proposals = tuple(p.replace(transforms=tuple(map(change, p.transforms))) for p in sa.proposals)
        return sa.replace(proposals=proposals)

    return draft.mapped(SA, other)


_NOT_OFFERED = 77


def _other_value(one: Transform) -> Transform:
    first = one.attributes[0].replace(value=_NOT_OFFERED)
    return one.replace(attributes=(first, *one.attributes[1:]))


def _no_first(one: Transform) -> Transform:
    return one.replace(attributes=one.attributes[1:])


def _one_more(one: Transform) -> Transform:
    return one.replace(attributes=(*one.attributes, Attribute(_NOT_OFFERED, 1)))


def _other_transform(one: Transform) -> Transform:
    return one.replace(transform_id=one.transform_id + 100)


def _two_transforms(draft: Draft) -> Draft:
    def other(sa: Payload) -> Payload:
        if not isinstance(sa, SA):
            return sa
        first = sa.proposals[0]
        twice = (*first.transforms, first.transforms[0].replace(number=first.transforms[0].number + 1))
        return sa.replace(proposals=(first.replace(transforms=twice),))

    return draft.mapped(SA, other)
