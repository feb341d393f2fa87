"""Cases of what is no field and no payload: keys and vectors, order, cookies, message ids, repeats and reflections."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.headers import FLAGS, HEADER_OCTETS, LENGTH, MESSAGE_ID, NEXT
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
    of_senders,
    reached,
    send_changed,
    stated,
)
from isakmp.conform.live.dialogue import Dialogue, Unreached
from isakmp.conform.live.draft import Draft, Patch
from isakmp.conform.live.hearing import Heard
from isakmp.conform.live.making import quick_under
from isakmp.machine.results import isakmp_sa
from isakmp.spec.limits import COOKIE_OCTETS
from isakmp.spec.messages import Exchange, Message, Protection
from isakmp.spec.payloads import NONCE, Header
from isakmp.spec.registries import ExchangeType, Flag, PayloadType
from isakmp.spec.terms import Role

_BLOCK = 16  # of the ciphers that are negotiated, or a multiple of theirs


# ---- framing ---------------------------------------------------------------------------------------------------------


def framing_cases(where: Where) -> Iterator[Case]:
    """Datagrams that are cut or continued."""
    rule = stated("RFC2408-5.1-01")
    for slug, words, apply in (
        ("cut-1", "without its last octet", lambda draft: replace(draft, cut=1)),
        ("cut-half", "cut within its payloads", lambda draft: replace(draft, cut=len(draft.plain) - HEADER_OCTETS - 8)),
        ("tail", "with an octet behind its end", lambda draft: replace(draft, tail=b"\0")),
    ):
        yield deviation(where, rule, Change(slug, words, apply))


def fragment_cases(where: Where) -> Iterator[Case]:
    """What is no more than a header, or not even that."""
    rule = stated("RFC2408-5.1-01")
    for octets in (HEADER_OCTETS - 1, HEADER_OCTETS):
        change = Change(f"octets-{octets}", f"its first {octets} octets alone", partial(_only, octets=octets))
        yield deviation(where, rule, change)


def _only(draft: Draft, octets: int) -> Draft:
    return replace(draft, cut=len(draft.plain) - octets)


# ---- cookies and types of exchange -----------------------------------------------------------------------------------


def cookie_cases(where: Where, exchange: Exchange, message: Message) -> Iterator[Case]:
    """Cookies that the target did not make, or has never seen; a type that changes in the middle of an exchange."""
    rule = stated("RFC2408-5.2-02")
    first = message is exchange.messages[0] and exchange.phase == 1
    zero = partial(Draft.with_field, structure="Header", field="cky_i", value=0)
    yield deviation(where, rule, Change("cky-i-zero", "with a cookie of zero for the initiator", zero))
    if first:
        return
    fields = (("cky_i", "initiator"), ("cky_r", "responder"))
    brings = exchange.phase == 1 and message is exchange.messages[1]  # the responder's cookie: whatever it is
    for field, name in fields[: 1 if brings else 2]:
        other = partial(Draft.with_field, structure="Header", field=field, value=int.from_bytes(bytes(range(1, 9))))
        change = Change(f"{field.replace('_', '-')}-unknown", f"with another cookie for the {name}", other)
        yield deviation(where, rule, change)
    swapped = Change("cookies-swapped", "with its cookies in each other's place", _swapped)
    yield deviation(where, stated("RFC2409-4-04"), swapped)
    aggressive, main = ExchangeType.AGGRESSIVE, ExchangeType.IDENTITY_PROTECTION
    other_type = main if exchange.type is aggressive else aggressive
    retyped = partial(Draft.with_field, structure="Header", field="exchange", value=other_type)
    words = f"with exchange type {other_type.label}"
    yield deviation(where, of_senders("RFC2409-5-03"), Change("exchange-type-changed", words, retyped))


def _swapped(draft: Draft) -> Draft:
    cky_i, cky_r = (draft.plain[at : at + COOKIE_OCTETS] for at in (0, COOKIE_OCTETS))
    patches = (Patch(0, 64, int.from_bytes(cky_r)), Patch(64, 64, int.from_bytes(cky_i)))
    return replace(draft, late=(*draft.late, *patches))


def message_id_cases(where: Where) -> Iterator[Case]:
    """In phase 1 the message id is zero."""
    change = partial(Draft.with_field, structure="Header", field="message_id", value=1)
    yield deviation(where, stated("RFC2408-5.2-17"), Change("message-id", "with a message id that is not zero", change))


# ---- encryption ------------------------------------------------------------------------------------------------------


def encryption_cases(where: Where, message: Message) -> Iterator[Case]:
    """What is encrypted wrongly, or not at all."""
    if message.protection is Protection.CLEAR:
        flag = partial(_with_flags, flags=Flag.ENCRYPTION)
        words = "with the encryption bit, in the clear"
        yield deviation(where, stated("RFC2408-5.2-14"), Change("encryption-bit", words, flag))
        return
    chain = stated("RFC2409-AppendixB-04")
    if message.protection is Protection.ENCRYPTED:
        clear = Change("in-the-clear", "in the clear", lambda draft: replace(draft, encrypted=False))
        yield deviation(where, stated("RFC2409-3.2-02"), clear)
    vector = Change("vector", "encrypted with another vector", lambda draft: replace(draft, vector=bytes(_BLOCK)))
    yield deviation(where, chain, vector)
    unmarked = Change(
        "encryption-bit-missing", "encrypted, without the encryption bit", partial(_with_flags, flags=Flag(0))
    )
    yield deviation(where, stated("RFC2408-5.2-14"), unmarked)
    for slug, words, apply in (
        ("no-multiple", "with an octet behind the last block", lambda draft: replace(draft, extra=b"\0")),
        (
            "no-body",
            "with nothing behind the header",
            lambda draft: replace(draft, plain=draft.plain[:HEADER_OCTETS], proofs=False),
        ),
    ):
        yield deviation(where, stated("RFC2409-AppendixB-03"), Change(slug, words, apply))
    if message.protection is Protection.ENCRYPTED:
        more = Change("more-padding", "with a block of zeros more", _more_padding)
        yield deviation(where, stated("RFC2409-AppendixB-08"), more, Allows.ANSWER)


def _with_flags(draft: Draft, flags: Flag) -> Draft:
    return draft.with_field(Header.layout.name, "flags", flags)


def _more_padding(draft: Draft) -> Draft:
    octets = len(draft.plain) - HEADER_OCTETS
    return replace(draft, padding=bytes(-octets % _BLOCK + _BLOCK))


def other_key_cases(where: Where) -> Iterator[Case]:
    """The proof of who does not know the shared key."""

    def play(dialogue: Dialogue) -> Finding:
        own = dialogue.config
        wrong = replace(own.credentials, psk=(own.credentials.psk or b"") + b"x")
        dialogue.use(replace(own, credentials=wrong))
        pending = dialogue.reach(where.exchange, where.step)
        return send_changed(
            dialogue, pending, Change("", "made with another shared key", lambda draft: draft), Allows.REFUSAL
        )

    yield case(where, stated("RFC2408-1.5.3-01"), ("other-key", "made with another shared key"), Allows.REFUSAL, play)


# ---- order -----------------------------------------------------------------------------------------------------------


def order_cases(exchange: Exchange) -> Iterator[Case]:
    """Messages where another one is awaited: in each state of the responder, each whose turn it is not."""
    sent = exchange.sent_by(Role.I)
    fixed = stated("RFC2409-5-19")
    for position, awaited in enumerate(sent):
        for later in sent[position + 1 :]:
            if later.protection is Protection.CLEAR:
                continue  # it would be told from the awaited one by its cookies: see `cookie_cases`
            where = Where(exchange.name, later.name)
            what = (f"in-place-of-{awaited.name.lower()}", f"{later.name}, made up, where {awaited.name} is awaited")
            yield case(
                where,
                fixed,
                what,
                Allows.REFUSAL,
                partial(_made_up, exchange=exchange.name, awaited=awaited.name, later=later),
            )
    for message in sent[:-1]:
        if any(slot.payload.name == "NONCE" for slot in message.slots) and message is not sent[0]:
            where = Where(exchange.name, message.name)
            what = ("once-more", f"{message.name} once more, with another nonce")
            yield case(where, fixed, what, Allows.REFUSAL, partial(_once_more, where=where))


def _made_up(dialogue: Dialogue, exchange: str, awaited: str, later: Message) -> Finding:
    """A later message that looks right from outside, with the cookies of the exchange."""
    pending = dialogue.reach(exchange, awaited)
    body = os.urandom(4 * _BLOCK)
    header = bytearray(pending.datagram[:HEADER_OCTETS])
    header[NEXT], header[FLAGS] = later.slots[0].payload, header[FLAGS] | Flag.ENCRYPTION
    header[LENGTH] = (HEADER_OCTETS + len(body)).to_bytes(4)
    dialogue.say(bytes(header) + body, f"{later.name}, made up")
    return judged(dialogue.listen(), Allows.REFUSAL)


def _once_more(dialogue: Dialogue, where: Where) -> Finding:
    pending = reached(dialogue, where)
    again = pending.seal(pending.draft().mapped(NONCE, lambda payload: payload.replace(data=os.urandom(32))))
    dialogue.taken(pending.datagram, where.step)
    dialogue.say(again, f"{where.step} with another nonce")
    return judged(dialogue.listen(), Allows.REFUSAL)


def early_quick_case(over: Exchange) -> Iterator[Case]:
    """A quick mode under keys that are not authenticated yet, where there are any before the last message."""
    last = over.sent_by(Role.I)[-1]
    if any(slot.payload is PayloadType.KE for slot in last.slots):
        return
    where = Where("quick", "QM1", over.name)

    def play(dialogue: Dialogue) -> Finding:
        pending = dialogue.reach(over.name, last.name)
        run = pending.run
        known = run.known.copy()
        known.iv = None
        datagram = quick_under(dialogue, sa=isakmp_sa(run, known, dialogue.target.now))
        dialogue.say(datagram, f"QM1 before {pending.template.name}")
        return judged(dialogue.listen(), Allows.REFUSAL)

    what = ("before-phase-1-ends", "QM1 before the last message of phase 1")
    yield case(where, stated("RFC2409-4-02"), what, Allows.REFUSAL, play)


# ---- reflections -----------------------------------------------------------------------------------------------------


def reflection_cases(where: Where, answer: str) -> Iterator[Case]:
    """The target's own message comes back to it."""

    def play(dialogue: Dialogue) -> Finding:
        pending = reached(dialogue, where)
        reply = dialogue.taken(pending.datagram, where.step)
        dialogue.say(reply, f"{answer}, the target's own message")
        return judged(dialogue.listen(), Allows.REFUSAL)

    what = (f"{answer.lower()}-reflected", f"{answer}, back to its sender")
    yield case(where, stated("RFC2408-1.7.3-02"), what, Allows.REFUSAL, play)


# ---- quick mode ------------------------------------------------------------------------------------------------------


def quick_cases(phase_1: Exchange) -> Iterator[Case]:
    """Message ids and replays of quick mode over an exchange of phase 1, and several at once."""
    over = phase_1.name
    where = Where("quick", "QM1", over)
    unique = stated("RFC2408-5.2-17")
    zero = ("message-id-zero", "with message id 0, for which hash and vector are made")
    yield case(where, unique, zero, Allows.REFUSAL, partial(_with_id, over=over, number=0))
    yield case(
        where,
        stated("RFC2409-5.5-19"),
        ("replayed", "QM1 of a completed quick mode"),
        Allows.REPEAT,
        partial(_replayed, over=over),
    )
    used = ("message-id-used", "a new QM1 under the message id of a completed quick mode")
    yield case(where, unique, used, Allows.REFUSAL, partial(_used_again, over=over))
    second = ("second-quick-mode", "a second quick mode while one is under way")
    yield case(where, stated("RFC2409-5.5-10"), second, Allows.ANSWER, partial(_parallel, over=over))
    yield from early_quick_case(phase_1)


def _with_id(dialogue: Dialogue, over: str, number: int) -> Finding:
    dialogue.establish(over)
    dialogue.say(quick_under(dialogue, number), f"QM1 with message id {number}")
    return judged(dialogue.listen(), Allows.REFUSAL)


def _replayed(dialogue: Dialogue, over: str) -> Finding:
    dialogue.establish(over)
    first = dialogue.complete()
    dialogue.say(first, "QM1 of the completed quick mode")
    return judged(dialogue.listen(), Allows.REPEAT)


def _used_again(dialogue: Dialogue, over: str) -> Finding:
    dialogue.establish(over)
    first = dialogue.complete()
    number = int.from_bytes(first[MESSAGE_ID])
    dialogue.say(quick_under(dialogue, number), "another QM1 with the message id of the completed quick mode")
    return judged(dialogue.listen(), Allows.REFUSAL)


def _parallel(dialogue: Dialogue, over: str) -> Finding:
    dialogue.establish(over)
    pending = dialogue.reach("quick", "QM1")
    dialogue.say(pending.datagram, "QM1 of a first quick mode")
    if not any(spoken.kind is Heard.ANSWER for spoken in dialogue.listen()):
        raise Unreached("QM1 was sent, and no answer came")
    if dialogue.answered():
        return Finding(Verdict.CONFORMS, "the second quick mode was answered too")
    return Finding(Verdict.DEVIATES, "the second quick mode was not answered")
