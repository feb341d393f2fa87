"""Cases of the commit bit (RFC 2408 section 3.1): it may be set, and who has set it says CONNECTED."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.headers import EXCHANGE, FLAGS, MESSAGE_ID
from isakmp.conform.live.case import (
    Allows,
    Case,
    Change,
    Finding,
    Rule,
    Verdict,
    Where,
    case,
    deviation,
    of_senders,
    stated,
)
from isakmp.conform.live.case_information import harmless, told, unchanged, under
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.draft import Draft
from isakmp.conform.live.hearing import Spoken
from isakmp.conform.live.making import inform
from isakmp.machine.outputs import Send
from isakmp.spec.messages import Protection
from isakmp.spec.payloads import Header, N
from isakmp.spec.registries import Doi, ExchangeType, Flag, NotifyType, ProtocolId
from isakmp.spec.requirements import Level

_EITHER = Rule("RFC2408:3.1", Level.RULE)
"""The bit "can be set (at anytime) by either party", and "can be used during both phases": no statement of its own."""


def bit_cases(where: Where, protection: Protection) -> Iterator[Case]:
    """A message with the commit bit is taken as any other."""
    flags = Flag.COMMIT | (Flag.ENCRYPTION if protection is Protection.ENCRYPTED else Flag(0))
    change = Change("commit-bit", "with the commit bit", partial(_with_flags, flags=flags))
    yield deviation(where, _EITHER, change, Allows.ANSWER)


def _with_flags(draft: Draft, flags: Flag) -> Draft:
    return draft.with_field(Header.layout.name, "flags", flags)


def commit_cases(over: str) -> Iterator[Case]:
    """What a responder of a quick mode has to say that has set the bit; and CONNECTED that nobody waits for."""
    where = Where("quick", "QM3", over)
    comes = ("connected", "QM3, where QM2 had the commit bit: CONNECTED follows")
    yield case(where, of_senders("RFC2408-3.1-07"), comes, Allows.CONNECTED, partial(_connected, over=over, how=False))
    how = ("connected-form", "QM3, where QM2 had the commit bit: CONNECTED is protected, and has its message id")
    yield case(where, stated("RFC2408-3.1-08"), how, Allows.CONNECTED, partial(_connected, over=over, how=True))
    for slug, words, protected in (
        ("clear-connected", "CONNECTED in the clear, under the message id of a quick mode", False),
        ("connected-unasked", "CONNECTED of a quick mode without the commit bit", True),
    ):
        rule = stated("RFC2408-3.1-09") if not protected else of_senders("RFC2408-3.1-07")
        play = partial(_unasked, over=over, protected=protected, words=words)
        yield case(under(over), rule, (slug, words), Allows.NO_HARM, play)


def _connected(dialogue: Dialogue, over: str, *, how: bool) -> Finding:
    dialogue.use(replace(dialogue.config, honour_commit=True))
    dialogue.establish(over)
    pending = dialogue.reach("quick", "QM1")
    answer = dialogue.taken(pending.datagram, "QM1")
    if not answer[FLAGS] & Flag.COMMIT:
        return Finding(Verdict.INCONCLUSIVE, "the target does not set the commit bit")
    for output in dialogue.hear(answer):
        if isinstance(output, Send):
            dialogue.say(output.datagram, "QM3")
    number = answer[MESSAGE_ID]
    for spoken in dialogue.listen():
        if spoken.datagram[EXCHANGE] == ExchangeType.INFORMATIONAL and NotifyType.CONNECTED.label in spoken.what:
            return _form(spoken, number) if how else Finding(Verdict.CONFORMS, f"{spoken.what} came")
    if how:
        return Finding(Verdict.INCONCLUSIVE, "CONNECTED did not come")
    return Finding(Verdict.DEVIATES, "CONNECTED, which the other end must wait for, did not come")


def _form(spoken: Spoken, number: bytes) -> Finding:
    if not spoken.datagram[FLAGS] & Flag.ENCRYPTION:
        return Finding(Verdict.DEVIATES, f"{spoken.what} came without protection")
    if spoken.datagram[MESSAGE_ID] != number:
        return Finding(Verdict.DEVIATES, f"{spoken.what} came under message id {spoken.datagram[MESSAGE_ID].hex()}")
    return Finding(Verdict.CONFORMS, f"{spoken.what} came under the message id of the quick mode, protected")


def _unasked(dialogue: Dialogue, over: str, *, protected: bool, words: str) -> Finding:
    dialogue.establish(over)
    number = int.from_bytes(dialogue.complete()[MESSAGE_ID])
    spi = dialogue.pair.outbound.spi if dialogue.pair is not None else b""
    payload = N(Doi.IPSEC, ProtocolId.ESP, NotifyType.CONNECTED, spi)
    pending = inform(dialogue, payload, protected=protected, message_id=number)
    return harmless(dialogue, told(dialogue, pending, unchanged, words))
