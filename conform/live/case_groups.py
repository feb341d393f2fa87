"""Cases of new group mode (RFC 2409 section 5.6), against who takes part in it at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from isakmp.conform.live.case import Allows, Case, Change, Finding, Verdict, Where, case, deviation, reached, stated
from isakmp.conform.live.case_offers import described, dropped
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.draft import Draft
from isakmp.conform.live.hearing import Heard
from isakmp.spec.registries import Group, IkeAttribute, NotifyType

UNKNOWN_TYPE = 60_000
"""A type of group that nobody has assigned (RFC 2409 Appendix A)."""


def group_cases(where: Where) -> Iterator[Case]:
    """Descriptions of groups that no responder can take, and what it has to say to them."""
    rule = stated("RFC2409-5.6-04")
    for slug, words, change in (
        ("type-unknown", "of an unknown type", partial(described, kind=IkeAttribute.GROUP_TYPE, value=UNKNOWN_TYPE)),
        ("prime-missing", "without its prime", partial(dropped, kind=IkeAttribute.GROUP_PRIME)),
    ):
        what = Change(f"group-{slug}", f"a group {words}", change)
        yield case(
            where, rule, (what.slug, what.words), Allows.UNSUPPORTED, partial(_refused, where=where, change=what)
        )
    number = partial(described, kind=IkeAttribute.GROUP_DESCRIPTION, value=int(Group.MODP_2048))
    known = Change("group-number-assigned", "a group under a number that is assigned to another", number)
    yield deviation(where, stated("RFC2409-5.6-03"), known)


def _refused(dialogue: Dialogue, where: Where, change: Change) -> Finding:
    pending = reached(dialogue, where)
    draft: Draft = change.apply(pending.draft())
    dialogue.say(pending.seal(draft), f"{where.step}, {change.words}")
    heard = [spoken for spoken in dialogue.listen() if spoken.kind is not Heard.OTHER]
    wanted = NotifyType.ATTRIBUTES_NOT_SUPPORTED.label
    for spoken in heard:
        if spoken.kind is Heard.ERROR and wanted in spoken.what:
            return Finding(Verdict.CONFORMS, f"the answer was {spoken.what}")
    told = ", ".join(dict.fromkeys(spoken.what for spoken in heard)) or "silence"
    return Finding(Verdict.DEVIATES, f"the reaction was {told}, where {wanted} is demanded")
