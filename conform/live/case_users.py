"""Cases of XAuth (draft-beaulieu-ike-xauth-02) against an edge device: who is not the user is not admitted.

The message that is sent otherwise is the client's answer to the first question; that the user was admitted is what no
deviation may bring about, and what no quick mode may do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from isakmp.conform.live.case import (
    Allows,
    Case,
    Change,
    Finding,
    Verdict,
    Where,
    case,
    deviation,
    judged,
    stated,
)
from isakmp.conform.live.case_transactions import attributes_changed, with_attributes
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.draft import Draft, NoSuchPlace
from isakmp.conform.live.making import quick_under, transact
from isakmp.machine.config import Config
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.payloads import ATTR, Attribute
from isakmp.spec.registries import ConfigAttribute, ConfigType, XauthStatus
from isakmp.spec.terms import Role

A = ConfigAttribute
NAME, PASSWORD = A.XAUTH_USER_NAME, A.XAUTH_USER_PASSWORD
_FIRST = "XAUTH-6-02"
_NOT_BY_CLIENTS = "XAUTH-5-08"


def asked_about(config: Config) -> bool:
    """Whether the partner is a client whose user the target has to authenticate."""
    return AUTHENTICATIONS[config.ike[0].auth].client is Role.I and config.user is not None


_WRONG = (
    ("password-other", "another password", PASSWORD, lambda value: value[::-1] + b"x"),
    ("password-cut", "the password without its last octet", PASSWORD, lambda value: value[:-1]),
    ("password-longer", "the password and an octet more", PASSWORD, lambda value: value + b"x"),
    ("password-empty", "an empty password", PASSWORD, lambda _: b""),
    ("name-other", "the name of another user", NAME, lambda value: value[::-1] + b"x"),
    ("name-empty", "an empty name", NAME, lambda _: b""),
)


def user_cases(where: Where) -> Iterator[Case]:
    """Answers of somebody who is not the user, and ways around the question."""
    changes: list[tuple[str, str, Callable[[Draft], Draft]]] = [
        *((slug, words, partial(_with, kind=kind, change=change)) for slug, words, kind, change in _WRONG),
        ("password-none", "no password", partial(_without, kind=PASSWORD)),
        ("name-none", "no name", partial(_without, kind=NAME)),
        ("nothing", "no attribute at all", with_attributes()),
    ]
    for slug, words, change in changes:
        yield deviation(where, stated(_FIRST), Change(slug, words, change))
    for slug, words, rule, status in (
        ("status-ok", "the status OK in place of its answer", _NOT_BY_CLIENTS, XauthStatus.OK),
        ("status-fail", "the status FAIL, by which the client gives up", "XAUTH-6-03", XauthStatus.FAIL),
    ):
        yield deviation(where, stated(rule), Change(slug, words, with_attributes(_status(status))))
    yield from _around(where)


def _around(where: Where) -> Iterator[Case]:
    """Quick modes before the user is known."""
    for slug, words, rule, play in (
        ("quick-before", "QM1 before the user is authenticated", _FIRST, _unknown),
        ("quick-after-wrong", "QM1 after a wrong password", _FIRST, partial(_after_wrong, where=where)),
        ("quick-after-own-status", "QM1 after the status OK, set by the client", _NOT_BY_CLIENTS, _after_own_status),
    ):
        play_it = partial(_no_quick, before=play, over=where.over, words=words)
        yield case(where, stated(rule), (slug, words), Allows.REFUSAL, play_it)


def _no_quick(dialogue: Dialogue, before: Callable[[Dialogue], None], over: str, words: str) -> Finding:
    dialogue.establish(over, user=False)
    before(dialogue)
    if not dialogue.barred:
        return Finding(Verdict.DEVIATES, "the user was admitted")
    dialogue.say(quick_under(dialogue), words)
    return judged(dialogue.listen(), Allows.REFUSAL)


def _unknown(_: Dialogue) -> None:
    """Nothing is said of the user."""


def _after_wrong(dialogue: Dialogue, where: Where) -> None:
    pending = dialogue.reach(where.exchange, where.step)
    wrong = _with(pending.draft(), PASSWORD, lambda value: value + b"x")
    dialogue.say(pending.seal(wrong), f"{where.step} with a wrong password")
    list(dialogue.listen())


def _after_own_status(dialogue: Dialogue) -> None:
    told = ATTR(ConfigType.SET, 0, (_status(XauthStatus.OK),))
    dialogue.say(transact(dialogue, told), "the status OK, set by the client")
    list(dialogue.listen())


def _with(draft: Draft, kind: ConfigAttribute, change: Callable[[bytes], bytes]) -> Draft:
    """One attribute with another value.

    Raises:
        NoSuchPlace: it was not asked for.
    """

    def changed(payload: ATTR) -> ATTR:
        if kind not in {one.type for one in payload.attributes}:
            raise NoSuchPlace(f"the target has not asked for {kind.name}")
        return payload.replace(attributes=tuple(map(other, payload.attributes)))

    def other(one: Attribute) -> Attribute:
        return one._replace(value=change(one.value)) if one.type == kind and isinstance(one.value, bytes) else one

    return attributes_changed(draft, changed)


def _without(draft: Draft, kind: ConfigAttribute) -> Draft:
    def changed(payload: ATTR) -> ATTR:
        return payload.replace(attributes=tuple(one for one in payload.attributes if one.type != kind))

    return attributes_changed(draft, changed)


def _status(status: XauthStatus) -> Attribute:
    return Attribute(A.XAUTH_STATUS, int(status))
