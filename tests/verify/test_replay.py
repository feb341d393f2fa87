"""Attacks in real octets: each that the search finds can be carried out on the machine, and what is none cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from isakmp.cli.attack import key_pair
from isakmp.spec.claims import Claim, Compromise, claim
from isakmp.spec.exchanges import quick_mode
from isakmp.spec.terms import Role
from isakmp.verify.models import Protocol, alone, protocols
from isakmp.verify.outcome import broken
from isakmp.verify.replay import Replay, UnplayableError, replay
from isakmp.verify.search import EXECUTABLE, INSIDERS, Attack, Search, claims_of, scripts_of
from isakmp.verify.trace import DefectError, Story
from tests.verify.protocols import named

SESSIONS = 3
CARELESS = {"secrecy", "unknown-key-share", "agreement-dh"}
"""Claims for which the variant that takes any public value is tried: arithmetic modulo a prime is slow."""


def found(protocol: Protocol) -> Iterator[tuple[Claim, frozenset[Compromise], Attack]]:
    """All attacks on the claims of a protocol."""
    search = Search(protocol, SESSIONS if protocol.under is None else 2)
    for role in Role:
        for each in claims_of(protocol, role):
            if protocol.degenerate and each.name not in CARELESS:
                continue
            compromises = INSIDERS | frozenset(each.needs)
            attack = search.ask(role, each.name, compromises, tidy=True).attack
            if attack is not None:
                yield each, compromises, attack


def replayed(protocol: Protocol, attack: Attack, compromises: frozenset[Compromise] = INSIDERS) -> Replay:
    return replay(Story(scripts_of(protocol), attack), compromises, key_pair)


BESIDE = {("aggressive-signature", "with-base"), ("main-psk", "with-aggressive"), ("main-encryption", "with-signature")}
ALL = tuple(each for each in protocols() if not each.beside or (each.name, each.variant) in BESIDE)
"""Of protocols beside others some: their attacks are nearly all those of the protocol by itself."""
UNPLAYABLE = {("main-signature", "responder-first"), ("main-encryption", "together")}


@pytest.mark.parametrize("protocol", ALL, ids=[f"{each.name}-{each.variant}" for each in ALL])
def test_every_attack_that_is_found_breaks_its_claim_on_the_machine(protocol: Protocol) -> None:
    for each, compromises, attack in found(protocol):
        if (protocol.name, protocol.variant) in UNPLAYABLE:
            with pytest.raises(UnplayableError):
                replayed(protocol, attack, compromises)
        else:
            assert broken(each, replayed(protocol, attack, compromises), compromises), each.name


@pytest.mark.parametrize("given", [Compromise.ACTOR, Compromise.EPHEMERAL, Compromise.SESSION_KEYS])
def test_what_the_intruder_is_given_serves_it_on_the_machine_too(given: Compromise) -> None:
    protocol = named("base-psk")
    search = Search(protocol, SESSIONS)
    attacks = 0
    for role in Role:
        for each in claims_of(protocol, role):
            compromises = INSIDERS | {given, *each.needs}
            attack = search.ask(role, each.name, compromises, tidy=True).attack
            if attack is not None:
                attacks += 1
                assert broken(each, replayed(protocol, attack, compromises), compromises)
    assert attacks


# ---- what is no attack -----------------------------------------------------------------------------------------------


ANYWAY = {
    "aggressive-signature": {"identity-passive", "identity-active", "cost-before-cookie"},
    "base-psk": {"identity-passive", "identity-active", "guessing-passive", "guessing-active"},
}
"""What breaks while everybody is honest: it takes no more than to watch, or to ask."""
WATCHED = ("main-psk", "main-signature", "main-revised", "main-psk+quick", "main-signature+informational")


@pytest.mark.parametrize("name", [*WATCHED, *ANYWAY])
@pytest.mark.parametrize("role", Role)
def test_an_honest_run_breaks_no_claim_but_what_needs_no_attack(name: str, role: Role) -> None:
    protocol = named(name)
    claims = claims_of(protocol, role)
    run = replayed(protocol, honest(protocol, role)) if claims else None
    found = {each.name for each in claims if run and broken(each, run, INSIDERS | frozenset(each.needs))}
    assert found == ANYWAY.get(name, set()) & {each.name for each in claims}


def test_an_honest_quick_mode_breaks_no_claim() -> None:
    protocol = alone(quick_mode(pfs=True, identities=True))
    run = replayed(protocol, honest(protocol, Role.I))
    assert [each.name for each in claims_of(protocol, Role.I) if broken(each, run, INSIDERS)] == []


def test_what_is_learned_afterwards_is_not_known_before() -> None:
    """Forward secrecy is asked with the long-term keys of both; what is asked after it, without them."""
    protocol = named("base-psk")
    run = replayed(protocol, honest(protocol, Role.I))
    assert not broken(claim("forward-secrecy"), run, INSIDERS | {Compromise.AFTER})
    assert not broken(claim("secrecy-psk"), run, INSIDERS)
    assert run.intruder.owned == {"eve"}


def honest(protocol: Protocol, role: Role) -> Attack:
    """An honest run, as the search tells it: no attack."""
    attack = Search(protocol, 2).ask(role, EXECUTABLE, tidy=True).attack
    assert attack is not None
    return attack


def test_a_step_that_is_left_out_is_a_defect() -> None:
    protocol = named("main-psk")
    attack = honest(protocol, Role.I)
    events = tuple(event for event in attack.events if (event.session, event.step) != (2, 2))
    with pytest.raises(DefectError):
        replayed(protocol, replace(attack, events=events))


def test_a_proof_that_the_machine_refuses_is_a_defect_that_says_why() -> None:
    """The machine and the search differ in what HASH_I covers."""
    protocol = named("main-signature")
    attack = Search(protocol, SESSIONS).ask(Role.R, "weak-agreement", tidy=True).attack
    assert attack is not None
    fixed = next(each for each in ALL if (each.name, each.variant) == ("main-signature", "peers-named"))
    with pytest.raises(DefectError, match="MM5 was not taken: SIG_I is no signature of the peer over HASH_I"):
        replayed(replace(protocol, changed=fixed.changed), attack)


def test_what_the_intruder_cannot_know_cannot_be_made() -> None:
    """The last message of the responder as the intruder's own work: it lacks the shared key."""
    protocol = named("main-psk")
    compromised = INSIDERS | {Compromise.ACTOR}
    attack = Search(protocol, SESSIONS).ask(Role.I, "key-compromise-impersonation", compromised, tidy=True).attack
    assert attack is not None
    assert broken(claim("key-compromise-impersonation"), replayed(protocol, attack, compromised), compromised)
    with pytest.raises(DefectError):
        replayed(protocol, attack)
