"""Whose turn it is: which template a message is read by.

Normally the awaited one. A message that fits another is an earlier one that was changed, which is a violation; or one
behind a gap, since an onlooker may have missed what came between.
"""

from __future__ import annotations

from isakmp.conform.track import Track
from isakmp.conform.verdicts import MessageReport
from isakmp.machine.codec_message import Message as Wire
from isakmp.machine.codec_message import Payloads
from isakmp.machine.read import match
from isakmp.spec.messages import Message, Protection
from isakmp.spec.terms import Role

__all__ = ["ORDER", "template_of"]

ORDER = "exchange order"
PROTECTION = "encryption"


def _fits_protection(template: Message, wire: Wire) -> bool:
    how = Protection.ENCRYPTED if wire.encrypted is not None else Protection.CLEAR
    return template.protection in (how, Protection.EITHER)


def template_of(
    track: Track, report: MessageReport, wire: Wire, chain: Payloads | None, sender: Role
) -> Message | None:
    """The template to read a message by: the awaited one, else another of the sender's that it fits."""
    exchange = track.exchange
    if exchange is None:
        return None
    state = track.states[sender.other]
    sent = exchange.sent_by(sender)
    awaited = next((each for each in sent if each.name == state.awaits), None)
    others = [each for each in sent if each is not awaited and _fits_protection(each, wire)]
    fitting = [each for each in others if chain is None or match(each, chain)[1] is None]
    if awaited is not None and _fits_protection(awaited, wire):
        better = chain is not None and match(awaited, chain)[1] is not None and fitting
        if not better:
            report.check(PROTECTION, awaited.cite, awaited.protection.value, ok=True)
            return awaited
    if fitting:
        return _out_of_turn(track, report, fitting, sender)
    wanted = awaited or (others or sent)[0]
    if awaited is not None and not _fits_protection(awaited, wire):
        what = "encrypted" if wire.encrypted is not None else "in the clear"
        report.breach(PROTECTION, awaited.cite, f"{what}, where {awaited.name} is {awaited.label}")
    elif track.gap:
        report.check(ORDER, wanted.cite, f"in {state.name} the {sender.other.value} awaits no such message", ok=None)
    else:
        report.breach(ORDER, wanted.cite, f"in {state.name} the {sender.other.value} awaits no such message")
    return None


def _out_of_turn(track: Track, report: MessageReport, fitting: list[Message], sender: Role) -> Message | None:
    """A message of the exchange, but not the one that is awaited: an earlier one changed, or one behind a gap.

    Behind a gap the receiver is put where it awaits the message: what led there is missing in the capture.
    """
    receiver = sender.other
    seen = {each.name for each in track.order}
    fresh = [template for template in fitting if template.name not in seen]
    if not fresh:
        report.name = fitting[0].name
        detail = f"{report.name} again, but not octet for octet"
        unread = any(each.wire.encrypted is not None and not each.report.decrypted for each in track.order)
        if track.gap or unread:
            report.check(ORDER, "RFC2408:5.1", f"{detail}, or another message that cannot be read", ok=None)
        else:
            report.breach(ORDER, "RFC2408:5.1", detail)
        return None
    template = fresh[0]
    place = next((state for state in track.table(receiver).states if state.awaits == template.name), None)
    if place is None:
        return None
    state = track.states[receiver]
    track.gap = True
    missing = f"{template.name}, where {state.awaits or 'nothing'} is awaited: messages are missing or out of order"
    report.check(ORDER, template.cite, missing, ok=None)
    track.states[receiver] = place
    return template
