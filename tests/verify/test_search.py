"""The search finds what the literature has found, and nothing where nothing is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.spec import keying as k
from isakmp.spec.claims import CLAIMS, Compromise, claim
from isakmp.spec.exchanges import aggressive_mode, main_mode, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.terms import Atom, Role, Sort, SortError
from isakmp.spec.variants import VARIANTS, VariantError, redefine, remade, swap, verified
from isakmp.spec.verdicts import BREAKS_WITH, FINDINGS, expected, unknown
from isakmp.verify.models import Protocol, alone, on_top, protocols, settled
from isakmp.verify.scripts import script_of
from isakmp.verify.search import EXECUTABLE, INSIDERS, Search, claims_of
from isakmp.verify.trace import DefectError, Story, ordered, told

ALL = tuple(protocols())
NAMES = [f"{protocol.name} {protocol.variant}" for protocol in ALL]


def found(search: Search, role: Role) -> set[str]:
    """The claims of a role that break, each under its own compromises."""
    return {
        each.name
        for each in claims_of(search.protocol, role)
        if search.ask(role, each.name, INSIDERS | frozenset(each.needs), trace=False).attack is not None
    }


def attacked(search: Search, role: Role, name: str, *compromises: Compromise) -> bool:
    return search.ask(role, name, frozenset(compromises) or INSIDERS, trace=False).attack is not None


# ---- verdicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ALL, ids=NAMES)
def test_what_breaks_is_what_is_known_to_break(protocol: Protocol) -> None:
    search = Search(protocol, 2)
    for role in Role:
        known = {each.name for each in claims_of(protocol, role)} & {
            each.name for each in CLAIMS if expected(protocol.name, protocol.variant, role, each.name)
        }
        assert found(search, role) == known


@pytest.mark.parametrize("protocol", [p for p in ALL if p.variant == "standard" and not p.under], ids=lambda p: p.name)
def test_more_sessions_give_no_other_verdicts(protocol: Protocol) -> None:
    two, three = Search(protocol, 2), Search(protocol, 3)
    for role in Role:
        assert found(two, role) == found(three, role)


@pytest.mark.parametrize("protocol", ALL, ids=NAMES)
def test_every_role_that_makes_claims_can_come_to_its_end(protocol: Protocol) -> None:
    search = Search(protocol, 2)
    roles = [role for role in Role if claims_of(protocol, role)]
    assert roles
    assert all(attacked(search, role, EXECUTABLE) for role in roles)


def test_findings_speak_of_what_is_verified_and_each_is_seen() -> None:
    assert unknown({protocol.name for protocol in ALL}) == ()
    seen = {
        finding
        for protocol in ALL
        for role in Role
        for each in claims_of(protocol, role)
        if (finding := expected(protocol.name, protocol.variant, role, each.name)) is not None
    }
    assert seen == set(FINDINGS)


def test_what_is_stronger_breaks_with_what_is_weaker() -> None:
    for weaker, stronger in BREAKS_WITH.items():
        assert {weaker, *stronger} <= {each.name for each in CLAIMS}


def test_an_exchange_of_several_forms_is_verified_in_all_of_them() -> None:
    forms = [forms for exchange, forms in verified() if exchange.name == "quick"]
    assert sorted(forms) == [(), ("no-identities",), ("pfs",), ("pfs", "no-identities")]


# ---- what an intruder has --------------------------------------------------------------------------------------------


def test_without_an_insider_nobody_runs_the_protocol_with_the_intruder() -> None:
    search = Search(alone(main_mode(Auth.SIGNATURE)), 3)
    for compromise, insiders in ((Compromise.INSIDERS, {"eve"}), (Compromise.OUTSIDERS, {"bob"})):
        attack = search.ask(Role.R, "weak-agreement", frozenset({compromise})).attack
        assert attack is not None
        assert {session.peer for session in attack.sessions if session.number != 1} == insiders


def test_keys_are_lost_with_the_exponents_of_the_run_but_not_with_those_of_others() -> None:
    search = Search(alone(main_mode(Auth.SIGNATURE)), 3)
    assert not attacked(search, Role.I, "secrecy", Compromise.INSIDERS, Compromise.EPHEMERAL)
    assert not attacked(search, Role.I, "secrecy", Compromise.INSIDERS, Compromise.SESSION_KEYS)


def test_a_quick_mode_without_an_exchange_of_its_own_has_no_forward_secrecy() -> None:
    """RFC 2409 section 5.5: with KE, KEYMAT does not follow from SKEYID_d; here SKEYID_d and Ka are known to all."""
    known = Atom("known to all", Sort.KEY)
    for pfs in (False, True):
        given = alone(swap(quick_mode(pfs=pfs, identities=True), k.LEFT_D, known))
        search = Search(replace(given, ciphers=dict.fromkeys(given.ciphers, known)), 2)
        assert attacked(search, Role.I, "secrecy") is not pfs


def test_secrecy_with_keys_that_become_known_afterwards_is_forward_secrecy() -> None:
    weak = redefine(settled(main_mode(Auth.PSK)), "SKEYID_d", lambda _: k.SKEYID[Auth.PSK].term)
    search = Search(alone(weak), 2)
    assert not attacked(search, Role.I, "secrecy")
    assert attacked(search, Role.I, "secrecy", Compromise.INSIDERS, Compromise.AFTER)
    assert attacked(search, Role.I, "forward-secrecy")


# ---- protocols on top of each other, and beside each other ----------------------------------------------------------


@pytest.mark.parametrize("crossed", [False, True])
def test_a_quick_mode_confirms_whom_the_phase_1_below_it_has_meant(crossed: bool) -> None:
    """The responder's gap of main mode with signatures is closed as soon as its peer uses the keys."""
    both = on_top(main_mode(Auth.SIGNATURE), quick_mode(pfs=True, identities=True), crossed=crossed)
    search = Search(both, 3)
    assert attacked(search, Role.R, EXECUTABLE)
    assert not attacked(search, Role.R, "weak-agreement")
    assert not attacked(search, Role.I, "agreement")


def test_a_phase_2_is_put_on_a_phase_1_only() -> None:
    with pytest.raises(ValueError, match="quick is no exchange of phase 1"):
        on_top(quick_mode(), quick_mode())


def test_another_exchange_with_the_same_keys_can_be_searched_beside() -> None:
    main, aggressive = (alone(make(Auth.PSK)) for make in (main_mode, aggressive_mode))
    search = Search(replace(main, beside=(aggressive,)), 3)
    assert not attacked(search, Role.R, "agreement")
    assert attacked(search, Role.R, EXECUTABLE)


# ---- variants --------------------------------------------------------------------------------------------------------


def test_a_variant_that_does_not_fit_says_what_it_misses() -> None:
    exchange = settled(main_mode(Auth.PSK))
    with pytest.raises(VariantError, match="main-psk has no message AM1"):
        remade(exchange, "AM1", lambda message: message)
    with pytest.raises(VariantError, match=r"main-psk: nothing in it is called HASH\(1\)"):
        redefine(exchange, "HASH(1)", lambda found: found.term)
    with pytest.raises(VariantError, match="stands nowhere"):
        swap(exchange, k.M_ID, k.CKY_I)
    with pytest.raises(SortError, match="secret exponent"):
        redefine(exchange, "HASH_I", lambda _: k.XI | k.CKY_I)


def test_variants_change_something() -> None:
    for variant in VARIANTS:
        fitting = [exchange for exchange, _ in verified() if variant.fits(exchange)]
        assert fitting
        for exchange in fitting:
            changed = variant.change(settled(exchange)) != settled(exchange)
            assert changed is not (variant.checks_ids or variant.degenerate)


def test_what_is_optional_has_to_be_settled_first() -> None:
    with pytest.raises(ValueError, match="has to be fixed"):
        script_of(replace(alone(quick_mode(pfs=False, identities=False)), secrets=(k.hash_1(),)))


# ---- attacks as traces -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ALL, ids=NAMES)
def test_every_attack_can_be_put_in_order(protocol: Protocol) -> None:
    """By a deduction of its own: what the solver accepts, the intruder can do."""
    search = Search(protocol, 2)
    for role in Role:
        for each in claims_of(protocol, role):
            compromises = INSIDERS | frozenset(each.needs)
            attack = search.ask(role, each.name, compromises).attack
            if attack is not None:
                assert set(ordered(Story(search.scripts, attack), compromises)) == set(attack.events)


def test_a_trace_that_cannot_be_carried_out_is_a_defect() -> None:
    search = Search(alone(main_mode(Auth.SIGNATURE)), 2)
    attack = search.ask(Role.R, "weak-agreement").attack
    assert attack is not None
    for event in attack.events:
        if event.session != 1 and event.sends is not None:
            without = replace(attack, events=tuple(other for other in attack.events if other != event))
            with pytest.raises(DefectError, match="main-signature: what is taken cannot be derived"):
                ordered(Story(search.scripts, without), INSIDERS)


def test_the_attack_on_main_mode_with_signatures_is_the_published_one() -> None:
    """Bob begins with Mallory, who passes everything on to Alice as Bob (Cremers 2011)."""
    search = Search(alone(main_mode(Auth.SIGNATURE)), 3)
    attack = search.ask(Role.R, "weak-agreement").attack
    assert attack is not None
    lines = [str(line) for line in told(Story(search.scripts, attack), INSIDERS)]
    assert lines[0].startswith("Bob -> Mallory: MM1")
    assert "Bob -> Mallory: MM5 HDR*, IDii, SIG_I" in lines
    assert "Mallory(Bob) -> Alice: MM5 HDR*, IDii, SIG_I" in lines
    assert attack.messages == len(lines) == 11


def test_claims_have_names_and_unknown_ones_say_which() -> None:
    assert claim("aliveness") == next(each for each in CLAIMS if each.name == "aliveness")
    with pytest.raises(KeyError, match="unknown claim 'liveness'; known are secrecy"):
        claim("liveness")
    assert all(each.meaning and each.source for each in CLAIMS)
