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
from isakmp.spec.registries import ConfigAttribute, ConfigType, XauthStatus, XauthType
from isakmp.spec.terms import Role
from isakmp.spec.xauth import XAUTH_ATTRIBUTES

A = ConfigAttribute
Values = Mapping[ConfigAttribute, tuple[bytes, ...]]
Single = Mapping[ConfigAttribute, bytes]

REQUEST: tuple[ConfigAttribute, ...] = (A.INTERNAL_IP4_ADDRESS, A.INTERNAL_IP4_DNS)
"""What a client usually asks for."""

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


def about_user(*payloads: ATTR | None) -> bool:
    """Whether one of these messages is XAuth's. Other private attributes (Unity's) belong to mode config."""
    return any(one.type in XAUTH_ATTRIBUTES for payload in payloads if payload for one in payload.attributes)


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
    for kind in sorted(ALONE & found.keys()):
        if found.keys() - COMPANIONS - {kind}:
            yield f"{kind.label} together with other attributes", "XAUTH:6.2"
    if about_user(payload):
        yield from _user_faults(ConfigType(payload.type), single(payload), single(answers) if answers else {})


def _user_faults(kind: ConfigType, found: Single, asked: Single) -> Iterator[tuple[str, str]]:
    """What is wrong with a message of XAuth, for what its kind is."""
    match kind:
        case ConfigType.REQUEST:
            generic = int.from_bytes(found.get(A.XAUTH_TYPE, b"")) == XauthType.GENERIC
            if A.XAUTH_CHALLENGE in found and generic:
                yield "XAUTH-CHALLENGE with the type Generic", "XAUTH:6.2"
            if A.XAUTH_ANSWER in found and A.XAUTH_MESSAGE not in found:
                yield "XAUTH-ANSWER is asked for without XAUTH-MESSAGE", "XAUTH:6.2"
            if A.XAUTH_STATUS in found:
                yield "XAUTH-STATUS in a request", "XAUTH:6.2"
        case ConfigType.REPLY:
            yield from _reply_faults(found, asked)
        case ConfigType.SET:
            if A.XAUTH_STATUS not in found:
                yield "XAuth sets something, and not XAUTH-STATUS", "XAUTH:6.1"
            elif int.from_bytes(found[A.XAUTH_STATUS]) not in frozenset(XauthStatus):
                yield "XAUTH-STATUS is neither FAIL nor OK", "XAUTH:6.2"
            for other in sorted((found.keys() & XAUTH_ATTRIBUTES) - {A.XAUTH_STATUS, A.XAUTH_MESSAGE}):
                yield f"{other.label} next to XAUTH-STATUS", "XAUTH:6.1"


def _reply_faults(found: Single, asked: Single) -> Iterator[tuple[str, str]]:
    if A.XAUTH_STATUS in found:
        if int.from_bytes(found[A.XAUTH_STATUS]) != XauthStatus.FAIL:
            yield "a client says XAUTH-STATUS OK of itself", "XAUTH:6.2"
        return
    if found.get(A.XAUTH_TYPE) != asked.get(A.XAUTH_TYPE):
        yield "XAUTH-TYPE is not that of the request", "XAUTH:6.2"
    for kind, value in asked.items():
        if kind in XAUTH_ATTRIBUTES and not value and kind not in found:
            yield f"{kind.label} was asked for and is not filled in", "XAUTH:6.1"


def _length(kind: ConfigType, attribute: ConfigAttribute, value: bytes) -> Iterator[tuple[str, str]]:
    if attribute >= FIRST_PRIVATE:
        return
    if not value:
        if kind is ConfigType.REPLY and attribute is not ConfigAttribute.SUPPORTED_ATTRIBUTES:
            yield f"{attribute.label} without a value in a reply", "MODECFG:3.4"
    elif len(value) not in LENGTHS[attribute]:
        yield f"{attribute.label} of {len(value)} octets", "MODECFG:3.4"


def attributes(step: Step, slot: Slot | None) -> Finding:
    """The guard: one fault is enough to discard the message, and of an unknown type silently (section 3.3)."""
    payload = step.payload(slot, ATTR)
    step.silently = payload.type not in frozenset(ConfigType)
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
