"""Attributes of a transaction exchange: what a message asks, sets and answers, and what is wrong with one.

Source: draft-dukes-ike-mode-cfg-02 sections 3.2 to 3.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from isakmp.machine.findings import Finding, wrong
from isakmp.machine.run import Step
from isakmp.spec.configuration import ALONE, ANSWERS, COMPANIONS, FIRST_PRIVATE, LENGTHS
from isakmp.spec.guards import Check
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ATTR, Attribute
from isakmp.spec.registries import ConfigAttribute, ConfigType
from isakmp.spec.terms import Role

Values = Mapping[ConfigAttribute, tuple[bytes, ...]]

_BASIC = frozenset({ConfigAttribute.XAUTH_TYPE, ConfigAttribute.XAUTH_STATUS})


def message(kind: ConfigType, identifier: int, values: Iterable[tuple[ConfigAttribute, bytes]]) -> ATTR:
    """An attributes payload; basic attributes are given as the two octets of their value."""
    attributes = tuple(
        Attribute(attribute, int.from_bytes(value) if attribute in _BASIC else value) for attribute, value in values
    )
    return ATTR(kind, identifier, attributes)


def values_of(payload: ATTR) -> dict[ConfigAttribute, tuple[bytes, ...]]:
    """The known attributes of a payload, each with its values in order; unknown ones are left out (section 3.4)."""
    found: dict[ConfigAttribute, tuple[bytes, ...]] = {}
    for attribute in payload.attributes:
        if attribute.type in frozenset(ConfigAttribute):
            kind = ConfigAttribute(attribute.type)
            value = attribute.value.to_bytes(2) if isinstance(attribute.value, int) else attribute.value
            found[kind] = (*found.get(kind, ()), value)
    return found


def single(payload: ATTR) -> dict[ConfigAttribute, bytes]:
    """The known attributes of a payload, each with its first value: what XAuth works on."""
    return {kind: values[0] for kind, values in values_of(payload).items()}


def reply(asked: ATTR, known: Values) -> ATTR:
    """What is known of what is asked for; as many values as there are (section 3.4)."""
    wanted = values_of(asked)
    if ConfigAttribute.SUPPORTED_ATTRIBUTES in wanted:
        listed = b"".join(int(kind).to_bytes(2) for kind in sorted({*known, ConfigAttribute.SUPPORTED_ATTRIBUTES}))
        known = {**known, ConfigAttribute.SUPPORTED_ATTRIBUTES: (listed,)}
    pairs = [(kind, value) for kind in wanted for value in known.get(kind, ())]
    return message(ConfigType.REPLY, asked.identifier, pairs)


def acknowledge(given: ATTR, accepted: Iterable[ConfigAttribute]) -> ATTR:
    """The attributes that are accepted, without values: an acknowledgement is no reply (section 2, ambiguity B34)."""
    wanted = frozenset(accepted)
    return message(ConfigType.ACK, given.identifier, [(kind, b"") for kind in values_of(given) if kind in wanted])


def faults(payload: ATTR, answers: ATTR | None, sender: Role) -> Iterator[tuple[str, str]]:
    """What is wrong with a payload, each fault with its section; `answers` is what it answers."""
    kinds = frozenset(ANSWERS) if sender is Role.I else frozenset(ANSWERS.values())
    if payload.type not in kinds:
        names = " or ".join(kind.label for kind in sorted(kinds))
        yield f"type {int(payload.type)}, where {names} may come", "MODECFG:3.3"
        return
    if answers is not None and payload.type != ANSWERS[ConfigType(answers.type)]:
        yield f"{ConfigType(payload.type).label} does not answer {ConfigType(answers.type).label}", "MODECFG:2"
    if answers is not None and payload.identifier != answers.identifier:
        yield f"identifier {payload.identifier} answers {answers.identifier}", "MODECFG:3.2"
    found = values_of(payload)
    for kind, values in found.items():
        for value in values:
            yield from _length(ConfigType(payload.type), kind, value)
    for kind in ALONE & found.keys():
        if found.keys() - COMPANIONS - {kind}:
            yield f"{kind.label} together with other attributes", "XAUTH:6.2"


def _length(kind: ConfigType, attribute: ConfigAttribute, value: bytes) -> Iterator[tuple[str, str]]:
    if attribute >= FIRST_PRIVATE:
        return
    if not value:
        if kind is ConfigType.REPLY and attribute is not ConfigAttribute.SUPPORTED_ATTRIBUTES:
            yield f"{attribute.label} without a value in a reply", "MODECFG:3.4"
    elif len(value) not in LENGTHS[attribute]:
        yield f"{attribute.label} of {len(value)} octets", "MODECFG:3.4"


def attributes(step: Step, slot: Slot | None) -> Finding:
    """The guard: one fault is enough to discard the message."""
    payload = step.payload(slot, ATTR)
    step.draft.heard = payload
    sent = step.run.known.information
    answers = sent if isinstance(sent, ATTR) and step.run.table.role is Role.I else None
    for detail, cite in faults(payload, answers, step.run.table.role.other):
        return wrong(step, Check.ATTRIBUTES, slot, detail, cite)
    return None


def user_known(step: Step, _: Slot | None) -> Finding:
    """The guard of what may not begin before the user is authenticated."""
    barred = step.run.barred
    return wrong(step, Check.USER_KNOWN, None, barred) if barred else None
