"""What informational messages tell is read, also under keys that are not authenticated yet."""

from __future__ import annotations

import pytest

from tests.conform.live import all_cases, honest, verdict_of

REFUSALS = {
    "responder.main.rfc2408.5.11.step5.hash-bit": "AUTHENTICATION-FAILED",
    "responder.main.rfc2408.5.4.step1.unknown-group-description": "NO-PROPOSAL-CHOSEN",
    "responder.transaction.rfc2408.5.11.step1.hash-bit": "AUTHENTICATION-FAILED",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_the_notification_that_refuses_a_message_is_told_by_its_name(name: str) -> None:
    (case,) = [case for case in all_cases() if case.name == name]
    assert verdict_of(case, honest()).reason == f"the reaction was a notification {REFUSALS[name]}"
