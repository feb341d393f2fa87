"""Cases of the target's own messages: an honest exchange, in which the partner checks what the table has it check."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from isakmp.conform.headers import CKY_R, FLAGS
from isakmp.conform.live.case import Allows, Case, Finding, Verdict, Where, case, reached, rule_for, stated
from isakmp.conform.live.dialogue import Dialogue
from isakmp.machine.codec import decode
from isakmp.machine.errors import ProtocolError
from isakmp.machine.outputs import Discarded, Taken
from isakmp.spec.events import Action
from isakmp.spec.guards import Check, Guard, guards_of
from isakmp.spec.messages import Exchange
from isakmp.spec.registries import Flag
from isakmp.spec.terms import Role

_PLAIN = frozenset({Check.FITS, Check.UNCOMMITTED, Check.USER_KNOWN})


def answer_cases(exchange: Exchange, over: str) -> Iterator[Case]:
    """For each message of the target's, each guard that its receiver has; the message's form is one of them."""
    messages = exchange.messages
    for before, message in pairwise(messages):
        if message.sender is not Role.R:
            continue
        where = Where(exchange.name, message.name, over)
        asked = Where(exchange.name, before.name, over)
        form = (
            "well-formed",
            f"{before.name} as it should be: {message.name} is well formed, with the payloads of {message.label}",
        )
        yield case(
            where,
            rule_for(message.cite, "", level=stated("RFC2408-3.1-18").level),
            form,
            Allows.ANSWER,
            partial(_judged, asked=asked, guard=None),
        )
        for guard in guards_of(message, Role.I, exchange.phase):
            if guard.check in _PLAIN or (guard.slot is not None and guard.slot.optional):
                continue
            rule = rule_for(guard.rule.cite, f"guard:{guard.check.name}")
            what = (
                guard.name.lower().replace(" ", "-").replace("(", "").replace(")", ""),
                f"{before.name} as it should be: in {message.name}, {guard.rule.statement}",
            )
            yield case(where, rule, what, Allows.ANSWER, partial(_judged, asked=asked, guard=guard))
    first = exchange.messages[0]
    if exchange.phase == 1:
        fresh = (
            "new-cookie",
            f"{first.name} twice, of two initiators: the cookies of the answers differ, and are not zero",
        )
        yield case(
            Where(exchange.name, first.name),
            stated("RFC2408-2.5.3-02"),
            fresh,
            Allows.ANSWER,
            partial(_fresh, name=exchange.name, step=first.name),
        )


def _judged(dialogue: Dialogue, asked: Where, guard: Guard | None) -> Finding:
    """Whether what answers an honest message passes one of the partner's guards, and those before it."""
    pending = reached(dialogue, asked)
    answer = dialogue.taken(pending.datagram, asked.step)
    if pending.run.known.suite is None or not answer[FLAGS] & Flag.ENCRYPTION:
        try:
            decode(answer)
        except ProtocolError as error:
            return Finding(
                Verdict.DEVIATES if guard is None else Verdict.INCONCLUSIVE, f"the answer is malformed: {error}"
            )
    for output in dialogue.hear(answer):
        if isinstance(output, Discarded):
            return Finding(Verdict.DEVIATES if guard is None else Verdict.INCONCLUSIVE, str(output.reason))
        if (isinstance(output, Taken) and output.row.event.message is not None) or (
            isinstance(output, Taken) and output.problem
        ):
            return _of_row(output, guard)
    return Finding(Verdict.INCONCLUSIVE, "the answer meets no row of the table")


def _of_row(taken: Taken, guard: Guard | None) -> Finding:
    if Action.ACCEPT in taken.row.actions:
        return Finding(Verdict.CONFORMS, f"the answer was taken by row {taken.row.id}")
    failed = taken.row.unless
    why = str(taken.problem or taken.row.why)
    if failed == guard or (guard is None and (failed is None or failed.check is Check.FITS)):
        return Finding(Verdict.DEVIATES, why)
    if guard is not None and failed is not None and guard in taken.row.guards:
        return Finding(Verdict.CONFORMS, f"this check passes; another one does not: {why}")
    return Finding(Verdict.CONFORMS if guard is None else Verdict.INCONCLUSIVE, f"another check failed: {why}")


def _fresh(dialogue: Dialogue, name: str, step: str) -> Finding:
    cookies: set[bytes] = set()
    for _ in range(2):
        dialogue.use(dialogue.config)
        pending = dialogue.reach(name, step)
        cookies.add(dialogue.taken(pending.datagram, step)[CKY_R])
    if bytes(8) in cookies or len(cookies) < 2:  # noqa: PLR2004 - both
        return Finding(Verdict.DEVIATES, f"the cookies were {', '.join(cookie.hex() for cookie in cookies)}")
    return Finding(Verdict.CONFORMS, "the cookies differ")
