"""Cases of the transaction exchange (mode config, draft-dukes-ike-mode-cfg-02), against who takes part in it at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from isakmp.conform.live.case import Allows, Case, Change, Where, deviation, stated
from isakmp.conform.live.draft import Draft
from isakmp.spec.configuration import FIRST_PRIVATE
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import ATTR, Attribute
from isakmp.spec.registries import ConfigType

UNKNOWN_TYPE = 100
"""A type of message that is reserved (section 3.3)."""

UNKNOWN_ATTRIBUTE = FIRST_PRIVATE + 15_000
"""An attribute for private use that nobody is known to use (section 3.4)."""


def transaction_cases(where: Where) -> Iterator[Case]:
    """Requests of kinds that may not come, and such that have to be answered whatever they ask for."""
    answers = stated("MODECFG-2-06")
    for slug, words, rule, change, allows in (
        (
            "type-unknown",
            f"a message of the unknown type {UNKNOWN_TYPE}",
            stated("MODECFG-3.3-01"),
            _typed(UNKNOWN_TYPE),
            Allows.SILENCE,
        ),
        ("reply-unasked", "a reply that nothing has asked for", answers, _typed(ConfigType.REPLY), Allows.REFUSAL),
        ("ack-unasked", "an acknowledgement of nothing", answers, _typed(ConfigType.ACK), Allows.REFUSAL),
        (
            "attribute-unknown",
            "a request for an unknown attribute alone",
            stated("MODECFG-2-01"),
            with_attributes(Attribute(UNKNOWN_ATTRIBUTE, b"")),
            Allows.ANSWER,
        ),
        ("attribute-none", "a request for nothing", stated("MODECFG-2-01"), with_attributes(), Allows.ANSWER),
    ):
        yield deviation(where, rule, Change(slug, words, change), allows)
    cut = Change("attribute-cut", "with an attribute that ends before its value", partial(_cut))
    yield deviation(where, stated("MODECFG-3.2-01"), cut)


def attributes_changed(draft: Draft, change: Callable[[ATTR], ATTR]) -> Draft:
    """A message of attributes with another payload."""

    def other(payload: Payload) -> Payload:
        return change(payload) if isinstance(payload, ATTR) else payload

    return draft.mapped(ATTR, other)


def _typed(kind: int) -> Callable[[Draft], Draft]:
    return partial(attributes_changed, change=lambda payload: payload.replace(type=kind))


def with_attributes(*attributes: Attribute) -> Callable[[Draft], Draft]:
    """The deviation that carries other attributes."""
    return partial(attributes_changed, change=lambda payload: payload.replace(attributes=attributes))


def _cut(draft: Draft) -> Draft:
    """The last attribute says that it is longer than what is left of the payload."""
    places = [place for place in draft.places() if place.view.structure == "Attribute"]
    last = max(places, key=lambda place: place.bit)
    return draft.with_field(
        "Attribute", last.view.field.name, 8, sum(p.view.field is last.view.field for p in places) - 1
    )
