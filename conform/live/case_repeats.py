"""Cases of retransmission: repeats of the partner's messages, and what the target does that is not answered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Final

from isakmp.conform.headers import MESSAGE_ID
from isakmp.conform.live.case import Allows, Case, Finding, Verdict, Where, case, judged, reached, stated
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.hearing import Heard, Spoken
from isakmp.spec.messages import Exchange, Message
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import table

FIRST_REPEAT: Final = 15.0
"""Seconds in which the first repeat is waited for: the longest first wait that is known is 10 s (decision B31)."""

WATCHED: Final = 75.0
"""Seconds after which a target that still repeats itself is left."""

LONGER: Final = 3.0
"""So many times the last wait is waited for the next repeat, before the target is taken to have come to its end."""

MOST_REPEATS: Final = 30
"""From so many repeats within that time on there seems to be no counter; 12 are the most known (decision B31)."""

ENOUGH_WAITS: Final = 3
"""So many waits show whether they become longer."""

SAME: Final = 0.05
"""The share by which waits may differ and be the same nevertheless, and at least the seconds."""


def repeat_cases(where: Where) -> Iterator[Case]:
    """A message that was answered comes again: the answer may come again, and nothing else."""

    def play(dialogue: Dialogue) -> Finding:
        pending = reached(dialogue, where)
        dialogue.taken(pending.datagram, where.step)
        dialogue.say(pending.datagram, f"{where.step} again, octet for octet")
        return judged(dialogue.listen(), Allows.REPEAT)

    what = ("again", f"{where.step} a second time, octet for octet")
    yield case(where, stated("RFC2408-3.1-25"), what, Allows.REPEAT, play)


def unanswered_cases(where: Where, exchange: Exchange, message: Message) -> Iterator[Case]:
    """The message that answers the target's is withheld: the target repeats its own by a timer, or does not."""
    number = exchange.messages.index(message)
    if number == 0:
        return
    awaited = exchange.messages[number - 1].name
    what = ("withheld", f"nothing, where {message.name} is awaited: {awaited} is left unanswered")
    play = partial(_withheld, where=where, kind=exchange.type, timed=_timed(exchange, message))
    yield case(where, stated("RFC2408-5.1-10"), what, Allows.TIMER, play)


def _timed(exchange: Exchange, message: Message) -> bool:
    """Whether the table repeats by timer where that message is awaited."""
    return any(state.repeats for state in table(exchange, message.sender.other).states if state.awaits == message.name)


def _withheld(dialogue: Dialogue, where: Where, kind: ExchangeType, *, timed: bool) -> Finding:
    reached(dialogue, where)
    dialogue.expect(kind)
    said = [spoken for spoken in dialogue.log if spoken.kind is Heard.ANSWER][-1]
    times, number = [said.time], said.datagram[MESSAGE_ID]
    end = dialogue.target.now + WATCHED
    while len(times) <= MOST_REPEATS:
        wait = LONGER * max(_waits(times)) + 1 if len(times) > 1 else FIRST_REPEAT
        heard = next(_of_exchange(dialogue, number, min(wait, end - dialogue.target.now)), None)
        if heard is None:
            break
        if heard.kind is Heard.ANSWER:
            return Finding(Verdict.DEVIATES, "in place of its message, it said another one of the exchange, unasked")
        times.append(heard.time)
    return _of_times(times, timed=timed)


def _of_exchange(dialogue: Dialogue, number: bytes, seconds: float) -> Iterator[Spoken]:
    """What is said in the exchange with that message id; who has given it up may begin another one."""
    said = (Heard.REPEAT, Heard.ANSWER)
    return (one for one in dialogue.listen(seconds) if one.kind in said and one.datagram[MESSAGE_ID] == number)


def _waits(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


def _of_times(times: list[float], *, timed: bool) -> Finding:
    """What follows from when a message was said: first, and again."""
    waits = _waits(times)
    if not waits:
        nothing = f"nothing was repeated within {FIRST_REPEAT:g} s"
        if timed:
            return Finding(Verdict.INCONCLUSIVE, f"{nothing}, and the section names no time")
        return Finding(Verdict.CONFORMS, f"{nothing}: the table leaves it to who began")
    told = f"the same octets came again after {', '.join(f'{wait:.1f}' for wait in waits)} s"
    if len(waits) >= MOST_REPEATS:
        return Finding(Verdict.DEVIATES, f"{told}: there seems to be no counter that ends it")
    if len(waits) >= ENOUGH_WAITS and max(waits) - min(waits) <= max(SAME, SAME * max(waits)):
        return Finding(Verdict.DEVIATES, f"{told}: the waits do not become longer")
    return Finding(Verdict.CONFORMS, told)
