"""Cases of the informational exchange: what must not be answered, what must not be acted upon, and what has to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.live.case import Allows, Case, Finding, Rule, Verdict, Where, case, judged, stated
from isakmp.conform.live.case_fields import changes, rule_of
from isakmp.conform.live.dialogue import Dialogue, Heard, Pending, Spoken
from isakmp.conform.live.draft import Draft
from isakmp.machine.codec import decode
from isakmp.machine.config import Dpd
from isakmp.machine.errors import ProtocolError
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import FIRST_STATUS, IPSEC_SPI_OCTETS
from isakmp.spec.liveness import DPD_ANNOUNCED, SEQUENCE_OCTETS
from isakmp.spec.payloads import HASH, VID, D, Header, N
from isakmp.spec.registries import Doi, NotifyType, ProtocolId

UNKNOWN_STATUS = 40_000
"""A notify type of the private range of status messages that no extension uses (RFC 2408 section 3.14.1)."""

UNKNOWN_ERROR = 31
"""A notify type of the range of errors that is reserved (RFC 2408 section 3.14.1)."""

Make = Callable[[Dialogue], Payload]


def _cookies(dialogue: Dialogue) -> bytes:
    return dialogue.sa.cookies if dialogue.sa is not None else b""


def _delete(dialogue: Dialogue) -> D:
    """The delete of the ISAKMP SA."""
    return D(Doi.IPSEC, ProtocolId.ISAKMP, (_cookies(dialogue),))


def _delete_of(protocol: ProtocolId, *spis: bytes) -> Make:
    return lambda _: D(Doi.IPSEC, protocol, spis)


def _notify(kind: int, data: bytes = b"") -> Make:
    return lambda dialogue: N(Doi.IPSEC, ProtocolId.ISAKMP, kind, _cookies(dialogue), data)


_BEHIND_A_DELETE: tuple[tuple[str, str, Make], ...] = (
    ("delete", "the same delete", _delete),
    ("delete-esp", "a delete of an ESP SA", _delete_of(ProtocolId.ESP, b"\1\2\3\4")),
    ("error", "an error notification", _notify(NotifyType.INVALID_COOKIE)),
    *(
        (kind.name.lower().replace("_", "-"), f"{kind.label} about it", _notify(kind, bytes(SEQUENCE_OCTETS)))
        for kind in NotifyType
        if kind >= FIRST_STATUS
    ),
)
"""What may follow a delete in one message: errors, and every status notification that there is."""


def _unchanged(draft: Draft) -> Draft:
    return draft


def _told(dialogue: Dialogue, pending: Pending, change: Callable[[Draft], Draft], what: str) -> list[Spoken]:
    dialogue.say(pending.seal(change(pending.draft())), what)
    return list(dialogue.listen())


def _harmless(dialogue: Dialogue, heard: list[Spoken]) -> Finding:
    """Whether the ISAKMP SA still serves."""
    told = ", ".join(dict.fromkeys(spoken.what for spoken in heard)) or "silence"
    if dialogue.answered():
        return Finding(Verdict.CONFORMS, f"the reaction was {told}, and an honest quick mode was answered")
    return Finding(Verdict.DEVIATES, f"the reaction was {told}, and an honest quick mode was not answered any more")


def _over(over: str, name: str = "informational") -> Where:
    return Where(name, "INFO", over)


def _case(
    over: str,
    rule: Rule,
    what: tuple[str, str],
    make: Make,
    allows: Allows,
    *,
    protected: bool = True,
    change: Callable[[Draft], Draft] = _unchanged,
) -> Case:
    """An informational message under (or, in the clear, about) an ISAKMP SA that stands."""

    def play(dialogue: Dialogue) -> Finding:
        dialogue.establish(over)
        heard = _told(dialogue, dialogue.inform(make(dialogue), protected=protected), change, what[1])
        if allows is Allows.NO_HARM:
            return _harmless(dialogue, heard)
        if allows is Allows.END:
            return _ended(dialogue)
        finding = judged(heard, allows)
        return finding if finding.verdict is Verdict.DEVIATES else _harmless(dialogue, heard)

    return case(_over(over), rule, what, allows, play)


def _ended(dialogue: Dialogue) -> Finding:
    if dialogue.answered():
        return Finding(Verdict.DEVIATES, "an honest quick mode was still answered")
    return Finding(Verdict.CONFORMS, "an honest quick mode was not answered any more")


def information_cases(over: str) -> Iterator[Case]:
    """The cases, over an exchange of phase 1."""
    yield from _in_the_clear(over)
    yield from _protected(over)
    yield from _broken(over)
    yield from _liveness(over)


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
        yield _case(over, unanswered, what, _notify(kind), Allows.SILENCE, protected=False)
    status = stated("RFC2407-4.6.3-01")
    contact = ("clear-initial-contact", "INITIAL-CONTACT in the clear")
    yield _case(over, status, contact, _notify(NotifyType.INITIAL_CONTACT), Allows.NO_HARM, protected=False)
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
        yield _case(over, unanswered, (slug, words), _notify(kind, data), Allows.SILENCE)
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
        _told(dialogue, dialogue.inform(_delete(dialogue)), partial(_with, payloads=payloads), what[1])
        return _ended(dialogue)

    return case(_over(over), stated("RFC2408-5.15-06"), what, Allows.END, play)


def _with(draft: Draft, payloads: tuple[Payload, ...]) -> Draft:
    return draft.with_payloads((*draft.payloads, *payloads))


def _half_open_notify(over: str) -> Case:
    """An error in the clear about an exchange that has only begun: no answer to it."""
    what = ("clear-error-half-open", "an error notification in the clear about a half-open exchange")

    def play(dialogue: Dialogue) -> Finding:
        pending = dialogue.reach(over, {"main": "MM3"}.get(over, "AM3"))
        error = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.PAYLOAD_MALFORMED, b"")
        inform = dialogue.inform(error, protected=False)
        del pending
        return judged(_told(dialogue, inform, _unchanged, what[1]), Allows.SILENCE)

    return case(_over(over), stated("RFC2409-9-02"), what, Allows.SILENCE, play)


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
        yield _case(over, rule_of(N.layout, field), what, _notify(UNKNOWN_STATUS), Allows.SILENCE, change=change.apply)
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


# ---- dead peer detection ---------------------------------------------------------------------------------------------


def _question(number: int) -> Make:
    return _notify(NotifyType.R_U_THERE, number.to_bytes(SEQUENCE_OCTETS))


def _liveness(over: str) -> Iterator[Case]:
    """Questions of RFC 3706, where the target has announced that it answers them."""
    what = ("r-u-there", "R-U-THERE with sequence number 1000")
    yield case(_over(over), stated("RFC3706-5.2-01"), what, Allows.ANSWER, partial(_asked, over=over, protected=True))
    clear = ("clear-r-u-there", "R-U-THERE in the clear")
    yield case(
        _over(over), stated("RFC3706-5.2-02"), clear, Allows.SILENCE, partial(_asked, over=over, protected=False)
    )


_SEQUENCE = 1000


def _asked(dialogue: Dialogue, over: str, *, protected: bool) -> Finding:
    dialogue.use(replace(dialogue.config, dpd=Dpd(idle=1e9)))
    dialogue.establish(over)
    if not any(_announces(spoken.datagram) for spoken in dialogue.log if not spoken.ours):
        return Finding(Verdict.INCONCLUSIVE, "the target has not announced dead peer detection")
    pending = dialogue.inform(_question(_SEQUENCE)(dialogue), protected=protected)
    heard = _told(dialogue, pending, _unchanged, "R-U-THERE")
    if not protected:
        return judged(heard, Allows.SILENCE)
    for spoken in heard:
        if spoken.kind is Heard.TOLD and f"{NotifyType.R_U_THERE_ACK.label}" in spoken.what:
            return Finding(Verdict.CONFORMS, f"the answer was {spoken.what}")
    told = ", ".join(dict.fromkeys(spoken.what for spoken in heard)) or "silence"
    return Finding(Verdict.DEVIATES, f"the reaction was {told}")


def _announces(datagram: bytes) -> bool:
    try:
        payloads = decode(datagram).payloads
    except ProtocolError:
        return False
    return any(isinstance(payload, VID) and payload.data.startswith(DPD_ANNOUNCED) for payload in payloads)
