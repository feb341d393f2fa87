"""Cases of the informational exchange: what must not be answered, what must not be acted upon, and what has to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.live.case import Allows, Case, Finding, Rule, Verdict, Where, case, judged, stated
from isakmp.conform.live.case_fields import changes, rule_of
from isakmp.conform.live.dialogue import Dialogue, Pending
from isakmp.conform.live.draft import Draft
from isakmp.conform.live.hearing import Spoken
from isakmp.conform.live.making import inform
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import FIRST_STATUS, IPSEC_SPI_OCTETS
from isakmp.spec.liveness import SEQUENCE_OCTETS
from isakmp.spec.payloads import HASH, D, Header, N
from isakmp.spec.registries import Doi, NotifyType, ProtocolId
from isakmp.spec.terms import Role

UNKNOWN_STATUS = 40_000
"""A notify type of the private range of status messages that no extension uses (RFC 2408 section 3.14.1)."""

UNKNOWN_ERROR = 31
"""A notify type of the range of errors that is reserved (RFC 2408 section 3.14.1)."""

Make = Callable[[Dialogue], Payload]


def cookies(dialogue: Dialogue) -> bytes:
    """Both cookies of the ISAKMP SA; empty without one."""
    return dialogue.sa.cookies if dialogue.sa is not None else b""


def _delete(dialogue: Dialogue) -> D:
    """The delete of the ISAKMP SA."""
    return D(Doi.IPSEC, ProtocolId.ISAKMP, (cookies(dialogue),))


def _delete_of(protocol: ProtocolId, *spis: bytes) -> Make:
    return lambda _: D(Doi.IPSEC, protocol, spis)


def notify(kind: int, data: bytes = b"") -> Make:
    """A notification about the ISAKMP SA."""
    return lambda dialogue: N(Doi.IPSEC, ProtocolId.ISAKMP, kind, cookies(dialogue), data)


_BEHIND_A_DELETE: tuple[tuple[str, str, Make], ...] = (
    ("delete", "the same delete", _delete),
    ("delete-esp", "a delete of an ESP SA", _delete_of(ProtocolId.ESP, b"\1\2\3\4")),
    ("error", "an error notification", notify(NotifyType.INVALID_COOKIE)),
    *(
        (kind.name.lower().replace("_", "-"), f"{kind.label} about it", notify(kind, bytes(SEQUENCE_OCTETS)))
        for kind in NotifyType
        if kind >= FIRST_STATUS
    ),
)
"""What may follow a delete in one message: errors, and every status notification that there is."""


def unchanged(draft: Draft) -> Draft:
    """No deviation."""
    return draft


def told(dialogue: Dialogue, pending: Pending, change: Callable[[Draft], Draft], what: str) -> list[Spoken]:
    """Send an informational message with its deviation; what the target says to it."""
    dialogue.say(pending.seal(change(pending.draft())), what)
    return list(dialogue.listen())


def harmless(dialogue: Dialogue, heard: list[Spoken]) -> Finding:
    """Whether the ISAKMP SA still serves."""
    came = ", ".join(dict.fromkeys(spoken.what for spoken in heard)) or "silence"
    if dialogue.answered():
        return Finding(Verdict.CONFORMS, f"the reaction was {came}, and an honest quick mode was answered")
    return Finding(Verdict.DEVIATES, f"the reaction was {came}, and an honest quick mode was not answered any more")


def under(over: str) -> Where:
    """The informational exchange, under an exchange of phase 1."""
    return Where("informational", "INFO", over)


def _case(
    over: str,
    rule: Rule,
    what: tuple[str, str],
    make: Make,
    allows: Allows,
    *,
    protected: bool = True,
    change: Callable[[Draft], Draft] = unchanged,
) -> Case:
    """An informational message under (or, in the clear, about) an ISAKMP SA that stands."""

    def play(dialogue: Dialogue) -> Finding:
        dialogue.establish(over)
        heard = told(dialogue, inform(dialogue, make(dialogue), protected=protected), change, what[1])
        if allows is Allows.NO_HARM:
            return harmless(dialogue, heard)
        if allows is Allows.END:
            return _ended(dialogue)
        finding = judged(heard, allows)
        return finding if finding.verdict is Verdict.DEVIATES else harmless(dialogue, heard)

    return case(under(over), rule, what, allows, play)


def _ended(dialogue: Dialogue) -> Finding:
    if dialogue.answered():
        return Finding(Verdict.DEVIATES, "an honest quick mode was still answered")
    return Finding(Verdict.CONFORMS, "an honest quick mode was not answered any more")


def information_cases(over: str) -> Iterator[Case]:
    """The cases, over an exchange of phase 1."""
    yield from _in_the_clear(over)
    yield from _protected(over)
    yield from _broken(over)


def _in_the_clear(over: str) -> Iterator[Case]:
    unanswered, guarded = stated("RFC2409-9-02"), stated("RFC2408-5.15-01")
    for kind in (
        NotifyType.INVALID_PAYLOAD_TYPE,
        NotifyType.INVALID_COOKIE,
        NotifyType.NO_PROPOSAL_CHOSEN,
        NotifyType.PAYLOAD_MALFORMED,
        NotifyType.AUTHENTICATION_FAILED,
    ):
        name = kind.name.lower().replace("_", "-")
        what = (f"clear-{name}", f"an error notification {kind.label} in the clear")
        yield _case(over, unanswered, what, notify(kind), Allows.SILENCE, protected=False)
    status = stated("RFC2407-4.6.3-01")
    contact = ("clear-initial-contact", "INITIAL-CONTACT in the clear")
    yield _case(over, status, contact, notify(NotifyType.INITIAL_CONTACT), Allows.NO_HARM, protected=False)
    delete = ("clear-delete", "a delete of the ISAKMP SA in the clear")
    yield _case(over, guarded, delete, _delete, Allows.NO_HARM, protected=False)
    esp = ("clear-delete-esp", "a delete of an ESP SA in the clear")
    yield _case(over, guarded, esp, _delete_of(ProtocolId.ESP, b"\1\2\3\4"), Allows.NO_HARM, protected=False)


def _protected(over: str) -> Iterator[Case]:
    unanswered, spi = stated("RFC2409-9-02"), stated("RFC2408-5.15-14")
    for slug, words, kind in (
        ("unknown-status", "a status notification of an unknown type", UNKNOWN_STATUS),
        ("unknown-error", "an error notification of an unknown type", UNKNOWN_ERROR),
    ):
        data = os.urandom(8) if kind >= FIRST_STATUS else b""
        yield _case(over, unanswered, (slug, words), notify(kind, data), Allows.SILENCE)
    yield _case(over, stated("RFC2408-5.15-06"), ("delete", "a delete of the ISAKMP SA"), _delete, Allows.END)
    for slug, words, make in (
        (
            "delete-other-cookies",
            "a delete of an ISAKMP SA that is not there",
            _delete_of(ProtocolId.ISAKMP, bytes(range(16))),
        ),
        ("delete-unknown-esp", "a delete of an ESP SA that is not there", _delete_of(ProtocolId.ESP, b"\1\2\3\4")),
        ("delete-unknown-ah", "a delete of an AH SA that is not there", _delete_of(ProtocolId.AH, b"\1\2\3\4")),
        ("delete-isakmp-short", "a delete of an ISAKMP SA by four octets", _delete_of(ProtocolId.ISAKMP, b"\1\2\3\4")),
        ("delete-no-spi", "a delete without a SPI", _delete_of(ProtocolId.ESP)),
        (
            "delete-many",
            "a delete of a hundred ESP SAs that are not there",
            _delete_of(ProtocolId.ESP, *(n.to_bytes(IPSEC_SPI_OCTETS) for n in range(1000, 1100))),
        ),
    ):
        yield _case(over, spi, (slug, words), make, Allows.NO_HARM)
    for slug, words, more in _BEHIND_A_DELETE:
        yield _deleted_and(over, slug, words, more)
    yield _half_open_notify(over)


def _deleted_and(over: str, slug: str, words: str, more: Make) -> Case:
    """A delete of the ISAKMP SA, and in the same message what is about that SA, which is gone by then."""
    what = (f"delete-and-{slug}", f"a delete of the ISAKMP SA, and behind it {words}")

    def play(dialogue: Dialogue) -> Finding:
        dialogue.establish(over)
        payloads = (more(dialogue),)
        told(dialogue, inform(dialogue, _delete(dialogue)), partial(_with, payloads=payloads), what[1])
        return _ended(dialogue)

    return case(under(over), stated("RFC2408-5.15-06"), what, Allows.END, play)


def _with(draft: Draft, payloads: tuple[Payload, ...]) -> Draft:
    return draft.with_payloads((*draft.payloads, *payloads))


def _half_open_notify(over: str) -> Case:
    """An error in the clear about an exchange that has only begun: no answer to it."""
    what = ("clear-error-half-open", "an error notification in the clear about a half-open exchange")

    def play(dialogue: Dialogue) -> Finding:
        dialogue.reach(over, dialogue.exchange(over).sent_by(Role.I)[1].name)
        error = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.PAYLOAD_MALFORMED, b"")
        pending = inform(dialogue, error, protected=False)
        return judged(told(dialogue, pending, unchanged, what[1]), Allows.SILENCE)

    return case(under(over), stated("RFC2409-9-02"), what, Allows.SILENCE, play)


def _broken(over: str) -> Iterator[Case]:
    """A delete that would end the ISAKMP SA, and a notification, wrong in one respect: neither is acted upon."""
    for field, change in (*changes(Header.layout), *changes(HASH.layout), *changes(D.layout)):
        layout = next(
            one for one in (Header.layout, HASH.layout, D.layout) if change.slug.startswith(one.name.lower() + "-")
        )
        what = (f"delete-{change.slug}", f"a delete of the ISAKMP SA, {change.words}")
        yield _case(over, rule_of(layout, field), what, _delete, Allows.NO_HARM, change=change.apply)
    for field, change in changes(N.layout):
        what = (f"notify-{change.slug}", f"a status notification of an unknown type, {change.words}")
        yield _case(over, rule_of(N.layout, field), what, notify(UNKNOWN_STATUS), Allows.SILENCE, change=change.apply)
    protected, checked = stated("RFC2408-5.15-04"), stated("RFC2408-5.11-05")
    for slug, words, rule, apply in (
        ("hash-bit", "a hash with one bit changed", protected, partial(_proof, flip=True)),
        ("hash-empty", "an empty hash", checked, partial(_proof, flip=False)),
        ("without-hash", "without its hash", protected, _without_hash),
        (
            "vector",
            "encrypted with another vector",
            stated("RFC2409-AppendixB-09"),
            lambda d: replace(d, vector=bytes(16)),
        ),
        ("not-encrypted", "with its hash, in the clear", protected, lambda d: replace(d, encrypted=False)),
        ("hash-not-first", "with its hash behind it", protected, _hash_last),
    ):
        what = (f"delete-{slug}", f"a delete of the ISAKMP SA, {words}")
        yield _case(over, rule, what, _delete, Allows.NO_HARM, change=apply)


def _proof(draft: Draft, *, flip: bool) -> Draft:
    def other(payload: Payload) -> Payload:
        data = payload.data if isinstance(payload, HASH) else b""
        return HASH(bytes([data[0] ^ 1]) + data[1:] if flip else b"")

    return replace(draft.mapped(HASH, other), proofs=False)


def _without_hash(draft: Draft) -> Draft:
    return replace(draft.mapped(HASH, lambda _: None), proofs=False)


def _hash_last(draft: Draft) -> Draft:
    own = draft.payloads
    return replace(draft.with_payloads((*own[1:], own[0])), proofs=False)
