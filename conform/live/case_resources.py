"""Cases of what costs the target memory or time: it may refuse all of it, and has to live on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from isakmp.conform.headers import HEADER_OCTETS
from isakmp.conform.live.case import Allows, Case, Finding, Verdict, Where, case, reached, stated
from isakmp.conform.live.dialogue import Dialogue
from isakmp.conform.live.draft import Draft
from isakmp.spec.limits import COOKIE_OCTETS, NO_COOKIE
from isakmp.spec.payloads import FRAGMENT, KE, NONCE, SA, VID, Attribute, Proposal
from isakmp.spec.registries import IkeAttribute

HALF_OPEN = 64
"""First messages that are sent at once."""

LARGE = 60_000
"""Octets of a large message, near what a UDP datagram holds."""


def resource_cases(where: Where) -> Iterator[Case]:
    """The cases, by changes of a first message and by their number."""
    limited = stated("RFC2408-1.7.1-01")
    for slug, words, change in _CHANGES:
        yield case(where, limited, (slug, words), Allows.LIFE, partial(_sent, where=where, change=change, words=words))
    what = (f"{HALF_OPEN}-half-open", f"{HALF_OPEN} first messages of as many initiators")
    yield case(where, limited, what, Allows.LIFE, partial(_flood, where=where))
    noise = ("noise", "a hundred datagrams of random octets")
    yield case(where, limited, noise, Allows.LIFE, _noise)
    for slug, words, cookies in _COOKIES:
        what = (f"refused-then-{slug}", f"an offer that nobody accepts, and then {where.step} {words}")
        yield case(where, limited, what, Allows.LIFE, partial(_refused, where=where, cookies=cookies, words=words))


_OTHER = bytes(range(1, COOKIE_OCTETS + 1))
_COOKIES: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("again", "unchanged, under the same cookie", lambda own: own + NO_COOKIE),
    ("responder", "with a cookie for the responder", lambda own: own + _OTHER),
    ("no-cookies", "without cookies", lambda _: NO_COOKIE + NO_COOKIE),
    ("responder-alone", "with a cookie for the responder alone", lambda own: NO_COOKIE + own),
    ("zero-initiator", "with another cookie for the responder alone", lambda _: NO_COOKIE + _OTHER),
    ("equal", "with the same cookie for both ends", lambda own: own + own),
)
"""Cookies behind a refused first message, of which the target may have kept anything."""


def _lives(dialogue: Dialogue) -> Finding:
    """Nothing but life is asked for: the suite looks after it behind each case."""
    for _ in dialogue.listen():
        pass
    return Finding(Verdict.CONFORMS, "the target lives")


def _sent(dialogue: Dialogue, where: Where, change: Callable[[Draft], Draft], words: str) -> Finding:
    pending = reached(dialogue, where)
    dialogue.say(pending.seal(change(pending.draft())), f"{where.step}, {words}")
    return _lives(dialogue)


def _flood(dialogue: Dialogue, where: Where) -> Finding:
    for _ in range(HALF_OPEN):
        dialogue.use(dialogue.config)
        dialogue.say(dialogue.reach(where.exchange, where.step).datagram, where.step)
    return _lives(dialogue)


def _noise(dialogue: Dialogue) -> Finding:
    for number in range(100):
        dialogue.say(os.urandom(HEADER_OCTETS + 4 * number), "random octets")
    return _lives(dialogue)


def _refused(dialogue: Dialogue, where: Where, cookies: Callable[[bytes], bytes], words: str) -> Finding:
    pending = reached(dialogue, where)
    dialogue.say(pending.seal(_unacceptable(pending.draft())), f"{where.step}, an offer that nobody accepts")
    for _ in dialogue.listen():
        pass
    own = pending.datagram
    dialogue.say(cookies(own[:COOKIE_OCTETS]) + own[2 * COOKIE_OCTETS :], f"{where.step} {words}")
    return _lives(dialogue)


def _unacceptable(draft: Draft) -> Draft:
    return _offer(
        draft,
        lambda one: one.replace(
            transforms=tuple(
                t.replace(attributes=(Attribute(IkeAttribute.ENCRYPTION_ALGORITHM, 60_000), *t.attributes[1:]))
                for t in one.transforms
            )
        ),
    )


def _offer(draft: Draft, change: Callable[[Proposal], Proposal]) -> Draft:
    return draft.mapped(
        SA, lambda sa: sa.replace(proposals=tuple(map(change, sa.proposals))) if isinstance(sa, SA) else sa
    )


def _many_transforms(one: Proposal) -> Proposal:
    first = one.transforms[0]
    return one.replace(transforms=tuple(first.replace(number=n, transform_id=n) for n in range(1, 256)))


def _many_proposals(draft: Draft) -> Draft:
    def more(sa: SA) -> SA:
        return sa.replace(proposals=tuple(sa.proposals[0].replace(number=n) for n in range(1, 256)))

    return draft.mapped(SA, lambda sa: more(sa) if isinstance(sa, SA) else sa)


def _many_attributes(one: Proposal) -> Proposal:
    more = tuple(Attribute(20_000 + n % 1000, n) for n in range(10_000))
    return one.replace(transforms=tuple(t.replace(attributes=(*t.attributes, *more)) for t in one.transforms))


def _long_attribute(one: Proposal) -> Proposal:
    more = Attribute(IkeAttribute.LIFE_DURATION, bytes(LARGE))
    return one.replace(transforms=tuple(t.replace(attributes=(*t.attributes, more)) for t in one.transforms))


def _with(draft: Draft, *payloads: VID | KE | NONCE | FRAGMENT) -> Draft:
    return draft.with_payloads((*draft.payloads, *payloads))


def _only(octets: int, draft: Draft) -> Draft:
    return replace(draft, cut=len(draft.plain) - octets)


_CHANGES: tuple[tuple[str, str, Callable[[Draft], Draft]], ...] = (
    ("octets-0", "a datagram without octets", partial(_only, 0)),
    ("octets-1", "its first octet alone", partial(_only, 1)),
    ("vid-large", "a vendor id of 60,000 octets", lambda d: _with(d, VID(bytes(LARGE)))),
    ("vids-many", "3,000 vendor ids", lambda d: _with(d, *(VID(n.to_bytes(16)) for n in range(3000)))),
    ("payloads-empty", "10,000 payloads without a body", lambda d: _with(d, *([VID(b"")] * 10_000))),
    ("transforms-many", "255 transforms", lambda d: _offer(d, _many_transforms)),
    ("proposals-many", "255 proposals", _many_proposals),
    ("attributes-many", "10,000 attributes", lambda d: _offer(d, _many_attributes)),
    ("attribute-long", "a lifetime of 60,000 octets", lambda d: _offer(d, _long_attribute)),
    ("fragment", "a fragment that begins at number 0", lambda d: d.with_payloads((FRAGMENT(1, 0, 1, bytes(64)),))),
    (
        "fragment-last",
        "a fragment with the number 255 alone",
        lambda d: d.with_payloads((FRAGMENT(1, 255, 1, bytes(64)),)),
    ),
    ("fragment-empty", "a fragment without octets", lambda d: d.with_payloads((FRAGMENT(1, 1, 1, b""),))),
)
