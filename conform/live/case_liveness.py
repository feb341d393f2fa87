"""Cases of dead peer detection (RFC 3706): which questions have to be answered, and which must not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.live.case import Allows, Case, Finding, Verdict, case, judged, stated
from isakmp.conform.live.case_information import Make, notify, told, unchanged, under
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.hearing import Heard
from isakmp.conform.live.making import inform
from isakmp.machine.codec import decode
from isakmp.machine.config import Dpd
from isakmp.machine.errors import ProtocolError
from isakmp.spec.layouts import Payload
from isakmp.spec.liveness import DPD_ANNOUNCED, SEQUENCE_OCTETS
from isakmp.spec.payloads import VID, N
from isakmp.spec.registries import Doi, NotifyType, ProtocolId

_SEQUENCE = 1000


def _question(number: int) -> Make:
    return notify(NotifyType.R_U_THERE, number.to_bytes(SEQUENCE_OCTETS))


def liveness_cases(over: str) -> Iterator[Case]:
    """Questions of RFC 3706, where the target has announced that it answers them."""
    what = ("r-u-there", "R-U-THERE with sequence number 1000")
    yield case(under(over), stated("RFC3706-5.2-01"), what, Allows.ANSWER, partial(_asked, over=over, protected=True))
    clear = ("clear-r-u-there", "R-U-THERE in the clear")
    unprotected = partial(_asked, over=over, protected=False)
    yield case(under(over), stated("RFC3706-5.2-02"), clear, Allows.SILENCE, unprotected)
    for slug, words, number, following in (
        ("again", "R-U-THERE a second time, octet for octet", "RFC3706-6.2-06", None),
        ("far-back", "R-U-THERE with a number far below the last", "RFC3706-6.2-06", _question(1)),
        ("other-cookies", "R-U-THERE with the cookies of another SA", "RFC3706-6.1-05", _misaddressed),
    ):
        play = partial(_asked_twice, over=over, following=following, words=words)
        yield case(under(over), stated(number), (f"r-u-there-{slug}", words), Allows.SILENCE, play)


def _asked(dialogue: Dialogue, over: str, *, protected: bool) -> Finding:
    dialogue.use(replace(dialogue.config, dpd=Dpd(idle=1e9)))
    dialogue.establish(over)
    if not any(_announces(spoken.datagram) for spoken in dialogue.log if not spoken.ours):
        return Finding(Verdict.INCONCLUSIVE, "the target has not announced dead peer detection")
    pending = inform(dialogue, _question(_SEQUENCE)(dialogue), protected=protected)
    heard = told(dialogue, pending, unchanged, "R-U-THERE")
    if not protected:
        return judged(heard, Allows.SILENCE)
    for spoken in heard:
        if spoken.kind is Heard.TOLD and f"{NotifyType.R_U_THERE_ACK.label}" in spoken.what:
            return Finding(Verdict.CONFORMS, f"the answer was {spoken.what}")
    came = ", ".join(dict.fromkeys(spoken.what for spoken in heard)) or "silence"
    return Finding(Verdict.DEVIATES, f"the reaction was {came}")


def _misaddressed(dialogue: Dialogue) -> Payload:
    del dialogue
    data = (_SEQUENCE + 1).to_bytes(SEQUENCE_OCTETS)
    return N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.R_U_THERE, bytes(range(1, 17)), data)


def _asked_twice(dialogue: Dialogue, over: str, following: Make | None, words: str) -> Finding:
    """A question that is answered, and behind it one that must not be: the same again, or what `following` makes."""
    dialogue.use(replace(dialogue.config, dpd=Dpd(idle=1e9)))
    dialogue.establish(over)
    first = inform(dialogue, _question(_SEQUENCE)(dialogue))
    if not any(spoken.kind is Heard.TOLD for spoken in told(dialogue, first, unchanged, "R-U-THERE")):
        return Finding(Verdict.INCONCLUSIVE, "the target does not answer R-U-THERE")
    if following is None:
        dialogue.say(first.datagram, words)
        return judged(dialogue.listen(), Allows.SILENCE)
    return judged(told(dialogue, inform(dialogue, following(dialogue)), unchanged, words), Allows.SILENCE)


def _announces(datagram: bytes) -> bool:
    try:
        payloads = decode(datagram).payloads
    except ProtocolError:
        return False
    return any(isinstance(payload, VID) and payload.data.startswith(DPD_ANNOUNCED) for payload in payloads)
