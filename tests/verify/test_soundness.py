"""The solver's answers are those of a search that shares nothing with it, claim by claim and role by role."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, note, settings

from isakmp.spec import keying as k
from isakmp.spec.terms import Role, Term
from isakmp.spec.variants import STANDARD
from isakmp.verify.models import Protocol, protocols
from isakmp.verify.search import EXECUTABLE, Search, claims_of
from tests.verify import classics, explicit
from tests.verify.toys import toys
from tests.verify.written import protocol as written

SMALL = ("quick", "transaction", "new-group", "informational", "authentication-only")
AGGRESSIVE = ("aggressive-psk", "aggressive-signature", "aggressive-encryption", "aggressive-revised")
CHOSEN = [
    protocol
    for protocol in protocols()
    if (protocol.name.startswith(SMALL) or (protocol.name in AGGRESSIVE and protocol.variant == STANDARD))
    and not protocol.beside
]


def answers(protocol: Protocol) -> dict[Role, dict[str, bool]]:
    """What the solver says to each claim that the other search decides."""
    search = Search(protocol, 2)
    found: dict[Role, dict[str, bool]] = {}
    for role in Role:
        names = [claim.name for claim in claims_of(protocol, role)]
        asked = [EXECUTABLE, *(name for name in names if explicit.decides(name))] if names else []
        found[role] = {name: search.ask(role, name, trace=False).attack is not None for name in asked}
    return found


def agree(protocol: Protocol) -> None:
    assert {role: explicit.violations(protocol, role) for role in Role} == answers(protocol)


@pytest.mark.parametrize("protocol", CHOSEN, ids=lambda protocol: f"{protocol.name} {protocol.variant}")
def test_both_searches_say_the_same_of_exchanges(protocol: Protocol) -> None:
    agree(protocol)


@pytest.mark.parametrize("protocol", classics.CLASSICS, ids=lambda protocol: str(protocol.name))
def test_both_searches_say_the_same_of_classic_protocols(protocol: Protocol) -> None:
    agree(protocol)


@pytest.mark.parametrize("body", [(k.NI,), (k.SAI, k.NI), (k.NI, k.SAI)], ids=["alone", "last", "first"])
def test_both_searches_open_what_the_intruder_has_the_key_of(body: tuple[Term, ...]) -> None:
    """What is encrypted under a key that anybody may have agreed on: each part of it is learnt."""
    made = written("opened", k.NI, (k.G_XI,), (k.G_XR,), body, keys={3: classics.KEY})
    assert explicit.violations(made, Role.I)["secrecy"]
    agree(made)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(toys())
def test_both_searches_say_the_same_of_protocols_drawn_at_random(protocol: Protocol) -> None:
    for message in protocol.messages:
        note(f"{message.sender.name} {message.protection.value} {' ; '.join(str(slot.term) for slot in message.slots)}")
    agree(protocol)
