"""Each case of the conformance suite can fail: for each there is a peer with a fault that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from unittest.mock import patch

import pytest

from isakmp.conform.live.case import Allows, Case, Verdict
from isakmp.conform.live.draft import Draft, Patch
from isakmp.conform.live.target import Target
from isakmp.machine import runs
from isakmp.spec.exchanges import aggressive_mode, main_mode, quick_mode
from isakmp.spec.guards import Check, Guard, guards_of
from isakmp.spec.keying import Auth
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import ATTR, HASH, ID, KE, NONCE
from isakmp.spec.terms import Role
from tests.conform.live import (
    GROWING,
    TYPES,
    Deaf,
    Eager,
    Fickle,
    Garbling,
    Gullible,
    Mortal,
    Mute,
    OneCookie,
    Repeating,
    Unconfirming,
    all_cases,
    connected_in_the_clear,
    honest,
    other_octets,
    place_of_deviation,
    verdict_of,
    without_guard,
)

ANSWERS = [case for case in all_cases() if "as it should be" in case.sent or "new-cookie" in case.name]
"""The cases about the target's own messages."""


def on_payload(draft: Draft, kind: type[Payload], change: Callable[[bytes], bytes]) -> Draft:
    def other(payload: Payload) -> Payload:
        return payload.replace(data=change(payload.data)) if isinstance(payload, KE | NONCE | HASH) else payload

    return draft.mapped(kind, other)


def other_attribute(draft: Draft) -> Draft:
    """The chosen transform with another number in its first attribute."""
    place = next(place for place in draft.places() if place.view.structure == "Attribute")
    return Draft(Patch(place.bit + 16, 16, 77).on(draft.plain), draft.encrypted)


def reserved(draft: Draft) -> Draft:
    """The first payload's RESERVED set."""
    place = next(place for place in draft.places() if place.view.field.name == "reserved_1")
    return draft.with_field(place.view.structure, "reserved_1", 1)


def other_hash(draft: Draft) -> Draft:
    changed = on_payload(draft, HASH, lambda data: bytes([data[0] ^ 1]) + data[1:])
    return replace(changed, proofs=False)


GARBLED: dict[Check, Callable[[Draft], Draft]] = {
    Check.OFFERED: other_attribute,
    Check.KE_VALID: partial(on_payload, kind=KE, change=lambda data: bytes(len(data))),
    Check.NONCE_LENGTH: partial(on_payload, kind=NONCE, change=lambda data: (data * 16)[:257]),
    Check.IDENTITY: lambda draft: draft.mapped(ID, lambda payload: payload.replace(port=7)),
    Check.HASH: other_hash,
    Check.PROTECTED_HASH: other_hash,
    Check.ATTRIBUTES: lambda draft: draft.mapped(ATTR, lambda payload: payload.replace(identifier=7)),
}
"""What an answer is like that fails a check."""


def inattentive(case: Case) -> Target:
    """Does not answer what has to be answered."""
    return Deaf() if case.exchange == "informational" else Mute(place_of_deviation(case))


def unconfirming(case: Case) -> Target:
    """Says nothing of what it has to confirm, or says it in the wrong form."""
    return Unconfirming(connected_in_the_clear if case.name.endswith("-form") else lambda _: None)


FAULTY: dict[Allows, Callable[[Case], Target]] = {
    Allows.REPEAT: lambda case: Fickle(TYPES[case.exchange]),
    Allows.REFUSAL: lambda case: Eager(TYPES[case.exchange]),
    Allows.SILENCE: lambda case: Eager(TYPES[case.exchange]),
    Allows.TIMER: lambda _: Repeating(GROWING, other_octets),
    Allows.UNSUPPORTED: unconfirming,
    Allows.CONNECTED: unconfirming,
    Allows.NO_HARM: lambda _: Gullible(),
    Allows.END: lambda _: Deaf(),
    Allows.ANSWER: inattentive,
    Allows.LIFE: lambda case: mortal(place_of_deviation(case)),
}
"""A peer that fails a case, by what the case allows."""


def mortal(number: int) -> Mortal:
    """Dies of the datagram at that place."""
    heard = iter(range(1_000_000))
    return Mortal(lambda _: next(heard) == number, None)


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in all_cases() if c not in ANSWERS])
def test_a_faulty_peer_fails(case: Case) -> None:
    result = verdict_of(case, FAULTY[case.allows](case))
    assert result.verdict is (Verdict.CRASHED if case.allows is Allows.LIFE else Verdict.DEVIATES), result.reason


def check_of(case: Case) -> Check | None:
    """The check that a case about an answer is for; None for the form."""
    slug = case.name.rpartition(".")[2].partition("-")[0]
    return None if slug == "well" else Check[slug.upper()]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in ANSWERS if "new-cookie" not in c.name])
def test_an_answer_that_is_wrong_fails(case: Case) -> None:
    check = check_of(case)
    change = reserved if check is None else GARBLED[check]
    result = verdict_of(case, Garbling(case.step, change))
    assert result.verdict is Verdict.DEVIATES, result.reason


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in ANSWERS if "new-cookie" in c.name])
def test_one_cookie_for_all_fails(case: Case) -> None:
    assert verdict_of(case, OneCookie()).verdict is Verdict.DEVIATES


# ---- guards of the model, switched off ------------------------------------------------------------------------------

EXCHANGES = (main_mode(Auth.PSK), aggressive_mode(Auth.PSK), quick_mode())
SWITCHED_OFF = {
    Check.KE_VALID: "ke-",
    Check.PFS_AS_NEGOTIATED: "ke-without-group",
    Check.NONCE_LENGTH: "nonce-",
    Check.IDENTITY: "id-",
    Check.HASH: "hash-",
    Check.PROTECTED_HASH: "hash-",
}
"""Checks that a peer can go on without, and how the names of their cases begin."""


def guards() -> Iterator[tuple[str, str, Guard]]:
    for exchange in EXCHANGES:
        for message in exchange.sent_by(Role.I):
            if message.name == "QM3":
                continue  # nothing answers it
            for guard in guards_of(message, Role.R, exchange.phase):
                if guard.check in SWITCHED_OFF and not (
                    guard.slot and guard.slot.optional and guard.check is Check.KE_VALID
                ):
                    yield exchange.name, message.name, guard


@pytest.mark.parametrize(
    ("exchange", "step", "guard"), [pytest.param(e, s, g, id=f"{s}-{g.name}") for e, s, g in guards()]
)
def test_without_a_guard_the_model_fails_the_cases_of_that_guard(exchange: str, step: str, guard: Guard) -> None:
    with patch.object(runs, "engine_of", without_guard(guard)):
        failed = [
            case.name.rpartition(".")[2]
            for case in all_cases()
            if (case.exchange, case.step) == (exchange, step) and case.allows is Allows.REFUSAL
            if verdict_of(case, honest()).verdict is Verdict.DEVIATES
        ]
    assert failed
    assert all(name.startswith(SWITCHED_OFF[guard.check]) for name in failed), failed
