"""Cases derived from the guards of the table: for each row that refuses a message, messages that it has to refuse.

Beside them stand what is just inside the bound that a guard draws, which has to be taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from isakmp.conform.live.breach import Breach, Breaches
from isakmp.conform.live.case import Allows, Case, Change, Where, deviation, of_senders, stated
from isakmp.conform.live.case_choices import offered
from isakmp.conform.live.case_identities import identity
from isakmp.conform.live.case_proofs import hash_, signature
from isakmp.conform.live.case_values import bad_values
from isakmp.conform.live.draft import Draft
from isakmp.machine.config import Config
from isakmp.spec.guards import Check, Guard, guards_of
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Exchange, Message
from isakmp.spec.payloads import (
    HASH,
    KE,
    NONCE,
    NONCE_OCTETS,
    PAYLOADS,
    SIG,
    VID,
)
from isakmp.spec.registries import Group, PayloadType


def guard_cases(where: Where, exchange: Exchange, message: Message, config: Config) -> Iterator[Case]:
    """The cases of every guard of a message, in the order of the table."""
    for guard in guards_of(message, message.sender.other, exchange.phase):
        for breach in BREACHES.get(guard.check, _none)(guard, message, config):
            yield deviation(where, breach.rule, breach.change, breach.allows)


def _none(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    yield from ()


# ---- which payloads, in which order ----------------------------------------------------------------------------------

_DICTATES = "RFC2408-3.1-18"
_ANY_ORDER = "RFC2409-5-17"
_FIRST = {PayloadType.SA: "RFC2409-5-04", PayloadType.HASH: "RFC2409-5.5-02"}
_STRANGE = {PayloadType.KE: KE, PayloadType.NONCE: NONCE, PayloadType.SIG: SIG, PayloadType.HASH: HASH}


def _fits(_: Guard, message: Message, __: Config) -> Iterator[Breach]:
    kinds = [slot.payload for slot in message.slots if not slot.optional]
    dictated = stated(_DICTATES)
    for kind in dict.fromkeys(kinds):
        name = kind.name.lower()
        drop = partial(_without, kind=PAYLOADS[kind])
        yield Breach(Change(f"without-{name}", f"without its {kind.name} payload", drop), dictated)
    for kind in dict.fromkeys(k for k in kinds if k in (PayloadType.KE, PayloadType.NONCE)):
        double = partial(_twice, kind=PAYLOADS[kind])
        yield Breach(Change(f"two-{kind.name.lower()}", f"with a second {kind.name} payload", double), dictated)
    strange = next(k for k in _STRANGE if k not in {slot.payload for slot in message.slots} | message.allows)
    more = _STRANGE[strange](bytes(NONCE_OCTETS.start * 4))
    adding = partial(Draft.with_more, payload=more)
    yield Breach(
        Change(f"with-{strange.name.lower()}", f"with a {strange.name} payload, which is none of it", adding), dictated
    )
    first = next(iter(message.leading), None)
    if first is not None:
        change = Change(f"{first.name.lower()}-not-first", f"with a vendor id in front of {first.name}", _vendor_first)
        yield Breach(change, of_senders(_FIRST[first]))
    free = [kind for kind in kinds if kind not in message.leading]
    if len(set(free)) > 1:
        change = Change(
            "other-order", "with its payloads in the opposite order", partial(_reversed, leading=len(message.leading))
        )
        yield Breach(change, stated(_ANY_ORDER), Allows.ANSWER)


def _without(draft: Draft, kind: type[Payload]) -> Draft:
    return draft.mapped(kind, lambda _: None)


def _twice(draft: Draft, kind: type[Payload]) -> Draft:
    own = next(payload for payload in draft.payloads if isinstance(payload, kind))
    return draft.with_more(own)


def _vendor_first(draft: Draft) -> Draft:
    return draft.with_payloads((VID(bytes(16)), *draft.payloads))


def _reversed(draft: Draft, leading: int) -> Draft:
    own = draft.payloads
    return draft.with_payloads((*own[:leading], *reversed(own[leading:])))


# ---- public values and nonces ----------------------------------------------------------------------------------------


def _ke_valid(_: Guard, message: Message, config: Config) -> Iterator[Breach]:
    group = config.ipsec[0].group if message.name.startswith("QM") else config.ike[0].group
    if isinstance(group, Group):
        yield from _values(group)


def _values(group: Group) -> Iterator[Breach]:
    for value in bad_values(group):
        put = partial(_with_data, kind=KE, data=value.octets)
        yield Breach(Change(f"ke-{value.slug}", f"a public value of {value.words}", put), value.rule)


def _with_data(draft: Draft, kind: type[Payload], data: bytes) -> Draft:
    return draft.mapped(kind, lambda payload: payload.replace(data=data))


def _pfs_as_negotiated(_: Guard, __: Message, config: Config) -> Iterator[Breach]:
    rule = of_senders("RFC2409-5.5-06")
    if config.ipsec[0].group is None:
        change = Change("ke-without-group", "with a KE payload, and no group in its transforms", _with_ke)
        yield Breach(change, rule)
    else:
        yield Breach(
            Change("group-without-ke", "without the KE payload of its group", partial(_without, kind=KE)), rule
        )


def _with_ke(draft: Draft) -> Draft:
    return draft.with_more(KE(bytes(255) + b"\x05"))


def _nonce_length(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    rule = stated("RFC2409-5-06")
    least, most = NONCE_OCTETS.start, NONCE_OCTETS.stop - 1
    for octets, allows in (
        (0, Allows.REFUSAL),
        (least - 1, Allows.REFUSAL),
        (least, Allows.ANSWER),
        (most, Allows.ANSWER),
        (most + 1, Allows.REFUSAL),
    ):
        put = partial(_with_data, kind=NONCE, data=bytes(range(256))[:octets] + b"\xff" * (octets - 256))
        yield Breach(Change(f"nonce-{octets}", f"a nonce of {octets} octets", put), rule, allows)


BREACHES: dict[Check, Breaches] = {
    Check.OFFERED: offered,
    Check.FITS: _fits,
    Check.KE_VALID: _ke_valid,
    Check.PFS_AS_NEGOTIATED: _pfs_as_negotiated,
    Check.NONCE_LENGTH: _nonce_length,
    Check.IDENTITY: identity,
    Check.HASH: hash_,
    Check.PROTECTED_HASH: hash_,
    Check.SIGNATURE: signature,
}
"""What breaks each kind of check; offers, which have to be accepted, are the business of `case_offers`."""
