"""Exports to Scyther and Tamarin: both languages' grammars take them, and both ends of each come to their end.

The tools are not run here. What stands for them are parsers after their own grammars and checks, which are tried first
on small models that are known to be well formed, and on the same with faults.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from isakmp import __version__
from isakmp.spec.claims import CLAIMS
from isakmp.spec.exchanges import aggressive_mode, main_mode, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange
from isakmp.spec.terms import Role
from isakmp.spec.variants import verified
from isakmp.verify.models import Protocol, alone, on_top, protocols
from isakmp.verify.scripts import script_of
from isakmp.verify.scyther import scyther
from isakmp.verify.search import claims_of
from isakmp.verify.tamarin import tamarin
from tests.verify import grammar_scyther, honest, wellformed_tamarin
from tests.verify.honest import Said, Stuck
from tests.verify.parsing import Refused, Tree
from tests.verify.traces import Fact, Trace, holds

Check = Callable[[str], object]


WRITTEN = [each for each in protocols() if not each.beside and each.under is None]
"""Exchanges by themselves; a model holds one protocol."""


def compositions() -> Iterator[Protocol]:
    """Every phase 2 on top of every phase 1 that makes keys; begun by the responder in every second one."""
    known: list[Exchange] = [exchange for exchange, _ in verified()]
    below = [exchange for exchange in known if exchange.auth is not None and exchange.keys]
    above = [exchange for exchange in known if exchange.auth is None]
    for row, first in enumerate(below):
        for place, second in enumerate(above):
            yield on_top(first, second, crossed=(row + place) % 2 == 1)


EVERY = [
    *(pytest.param(each, id=f"{each.name}-{each.variant}") for each in WRITTEN),
    *(pytest.param(each, id=f"{each.name}-{number}") for number, each in enumerate(compositions())),
]
PSK, SIGNED = alone(main_mode(Auth.PSK)), alone(aggressive_mode(Auth.SIGNATURE))
MAIN = alone(main_mode(Auth.SIGNATURE))
QUICK = alone(quick_mode(pfs=True, identities=False))

# ---- the parsers themselves ------------------------------------------------------------------------------------------

SPDL = """
/* Two nonces under public keys, with the names of both. */
usertype Text;
const hello: Text;
hashfunction mix;
macro greeting = (hello, hello);

protocol @swap(X)
{
  role X {
    var A, B: Agent;
    recv_!X1(X, X, k(A, B));
    send_!X2(X, X, k(B, A));
  }
}

protocol names(A, B)
{
  role A {
    fresh na: Nonce;
    var nb: Nonce;
    send_1(A, B, {A, na}pk(B));
    recv_2(B, A, {na, nb, B}pk(A), greeting);
    claim(A, Running, B, na, nb);
    send_3(A, B, mix(nb));
    claim_a1(A, Secret, nb);
    claim(A, Alive);
    claim(A, Commit, B, na, nb);
  };
  role B {
    fresh nb: Nonce;
    var na: Nonce;
    recv_1(A, B, {A, na}pk(B));
    claim(B, Running, A, na, nb);
    send_2(B, A, {na, nb, B}pk(A), greeting);
    recv_3(A, B, mix(nb));
    claim(B, Weakagree);
    claim(B, Reachable);
    claim(B, Commit, A, na, nb);
  }
}
"""

SPTHY = """
/* A challenge under a shared key /* with a comment in a comment */ and what answers it. */
theory Challenge
begin

builtins: diffie-hellman, symmetric-encryption, signing
functions: mac/2, wrap/1

rule Key: [ Fr(~k) ] --[ Made($A, ~k) ]-> [ !Key($A, ~k) ]

rule Reveal: [ !Key(A, k) ] --[ Reveal(A) ]-> [ Out(k) ]

rule A_1: // asks
  let challenge = <'ask', ~n> in
  [ Fr(~n), !Key($A, ~k) ] --> [ Asked($A, ~k, ~n), Out(challenge) ]

rule B_1:
  let share  = 'g'^~x
      answer = mac(~k, <n, share>)
  in
  [ !Key($A, ~k), Fr(~x), In(<'ask', n>) ] --[ Answered($A, n, share) ]-> [ Out(<share, answer>) ]

rule A_2:
  [ Asked($A, ~k, ~n), In(<share, mac(~k, <~n, share>)>) ]
  --[ Done($A, ~n, share), Eq(wrap(~n), wrap(~n)) ]->
  [ ]

restriction Equal: "All x y #i. Eq(x, y) @ i ==> x = y"

lemma possible: exists-trace "Ex A n s #i. Done(A, n, s) @ #i & not (Ex B #r. Reveal(B) @ #r)"

lemma answered [reuse]:
  "All A n s #i. Done(A, n, s) @ #i
    ==> (Ex #j. Answered(A, n, s) @ #j & #j < #i) | (Ex #r. Reveal(A) @ #r & #r < #i)"

end
"""


def test_both_parsers_take_models_that_are_well_formed() -> None:
    model = grammar_scyther.parse(SPDL)
    assert [protocol.heads for protocol in model.protocols] == [("X",), ("A", "B")]
    theory = wellformed_tamarin.parse(SPTHY)
    assert [rule.name for rule in theory.rules] == ["Key", "Reveal", "A_1", "B_1", "A_2"]
    assert [lemma.quantifier for lemma in theory.lemmas] == ["exists-trace", "all-traces"]
    share = theory.rules[3].actions[0].terms[2]
    assert share == Tree("call", "^", (Tree("name", "g"), Tree("fresh", "x")))  # `let` is put in


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{A, na}pk(B));\n    recv", "{A, na pk(B));\n    recv", "'}' is due"),
        ("fresh na: Nonce;", "", "na is not declared"),
        ("var nb: Nonce;", "var nb: Number;", "type {'Number'} is not declared"),
        ("claim(A, Alive);", "claim(A, Alive, B, B);", "Alive with 2 arguments"),
        ("Secret, nb);", "Secret, nb, na);", "Secret with 2 arguments"),
        ("claim(A, Commit, B, na, nb);", "claim(A, Commit, B);", "Commit with 1 arguments"),
        ("claim(A, Alive);", "claim(B, Alive);", "no claim of this role"),
        ("claim(A, Alive);", "claim(A, Alife);", "Alife is not declared"),
        ("send_3(A, B, mix(nb));", "send_3(A, B);", "a message are due"),
        ("send_3(A, B, mix(nb));", "send_3(B, A, mix(nb));", "somebody else's event"),
        ("send_3(A, B, mix(nb));", "send_3(A, B, mix(na));", "not what is received"),
        ("send_3(A, B, mix(nb));", "send_3(A, B, hello(nb));", "hello is no function"),
        ("send_3(A, B, mix(nb));", "", "nobody sends 3"),
        ("send_1(A, B, {A, na}pk(B));", "send_1(A, B, {A, nb}pk(B));", "before it is received"),
        ("const hello: Text;", "const hello, protocol: Text;", "a name is due"),
        ("const hello: Text;", "const he_llo: Text;", "';' is due"),
        ("protocol names(A, B)", "protocol names(A)", "role B is not named"),
        ("  role A {", "  role A {\n    var unused: Nonce;", "never used"),
        ("hashfunction mix;", "hashfunction mix; const mix: Data;", "mix is declared twice"),
        ("usertype Text;", "usertype Text; fresh n: Nonce;", "fresh values belong into roles"),
    ],
)
def test_a_fault_in_a_model_of_scyther_is_refused(old: str, new: str, why: str) -> None:
    assert old in SPDL
    with pytest.raises(Refused, match=re.escape(why)):
        grammar_scyther.parse(SPDL.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[ Fr(~n), !Key($A, ~k) ]", "[ Fr(~n), !Key($A, ~k)", "',' is due"),
        ("[ Fr(~n), !Key($A, ~k) ]", "[ !Key($A, ~k) ]", "is not bound"),
        ("mac(~k, <n, share>)", "mac(~k, n, share)", "mac has arity 2, but is used with 3"),
        ("mac(~k, <n, share>)", "hmac(~k, <n, share>)", "no operator hmac"),
        ("functions: mac/2, wrap/1", "functions: mac/2, wrap/1, sign/3", "sign has a meaning already"),
        ("functions: mac/2, wrap/1", "functions: mac/2, wrap/1, exp/2", "exp has a meaning already"),
        ("builtins: diffie-hellman, ", "builtins: elliptic-curves, ", "is no builtin"),
        ("builtins: diffie-hellman, ", "builtins: ", "id is due, not '^'"),
        ("  let challenge", "  let in", "is due"),
        ("rule A_2:", "rule Fresh:", "is the name of a rule already"),
        ("rule A_2:", "rule A_1:", "rule {'A_1'} twice"),
        ("Asked($A, ~k, ~n), Out", "asked($A, ~k, ~n), Out", "capital letter"),
        ("Asked($A, ~k, ~n), Out", "Asked($A, ~n), Out", "asked is used as"),
        ("[ Asked($A, ~k, ~n), In", "[ Waits($A, ~k, ~n), In", "nobody makes Waits"),
        ("Out(challenge)", "Out(challenge, ~k)", "takes one term"),
        ("Out(challenge)", "In(challenge)", "on the right"),
        ("In(<'ask', n>)", "In(<'Ask', n>)", "ask is used as"),
        ("In(<share, mac(~k, <~n, share>)>)", "In(<'g'^share, mac(~k, <~n, 'g'>)>)", "is not bound"),
        ("In(<'ask', n>)", "In(<'ask', n, N>)", "names that clash"),
        ("--[ Made($A, ~k) ]->", "--[ Out(~k) ]->", "in the middle"),
        ("Answered(A, n, s) @ #j", "Replied(A, n, s) @ #j", "no rule says Replied"),
        ("Answered(A, n, s) @ #j", "Answered(A, n) @ #j", "no rule says Answered of 2"),
        ("Answered(A, n, s) @ #j", "Answered(A, n, t) @ #j", "is not quantified"),
        ("Ex A n s #i. Done", "Ex A n s t #i. Done", "is not guarded"),
        ("Ex A n s #i. Done", "Ex #i. Done", "is not quantified"),
        ("All x y #i. Eq(x, y) @ i ==>", "All x y #i. Eq(x, y) @ i &", "without an implication"),
        ("==> x = y", "==> x = 'g'^y", "can be rewritten"),
        ("exists-trace", "some-trace", "all-traces or exists-trace"),
        ("comment */ and", "comment and", "no end"),
        ("\nend\n", "\n", "is due"),
    ],
)
def test_a_fault_in_a_theory_of_tamarin_is_refused(old: str, new: str, why: str) -> None:
    assert old in SPTHY
    with pytest.raises(Refused, match=re.escape(why)):
        wellformed_tamarin.parse(SPTHY.replace(old, new, 1))


# ---- what is exported ------------------------------------------------------------------------------------------------


def ends_agree(said: Said) -> None:
    """Each end finds what it commits to in what the other says, and both have the same key."""
    assert said.of("Commit")
    running = said.of("Running")
    for own, peer, *data in map(_parties, said.of("Commit")):
        assert (peer, own, *data) in [_parties(each) for each in running]


def _parties(terms: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Own name, peer, and the rest; Tamarin's facts name the role and the kind of data before them."""
    return (*terms[2:4], *terms[:2], *terms[4:]) if len(terms) == 5 and terms[0].name in {"I", "R"} else terms


@pytest.mark.parametrize("protocol", EVERY)
def test_scyther_takes_every_export_and_both_ends_come_to_their_end(protocol: Protocol) -> None:
    said = honest.run_scyther(grammar_scyther.parse(scyther(protocol)))
    ends_agree(said)
    assert len(said.of("SKR")) == (0 if protocol.session_key is None else 2)


@pytest.mark.parametrize("protocol", EVERY)
def test_tamarin_takes_every_export_and_both_ends_come_to_their_end(protocol: Protocol) -> None:
    theory = wellformed_tamarin.parse(tamarin(protocol))
    said = honest.run_tamarin(theory)
    ends_agree(said)
    keys = {key for *_, key in said.of("SessionKey")}
    assert len(keys) == (protocol.session_key is not None)
    script = script_of(protocol)
    for role in Role:
        rules = [rule for rule in theory.rules if rule.name.startswith(f"{role.name}_")]
        assert len(rules) == len(script.steps(role))


@pytest.mark.parametrize(
    ("protocol", "write", "parse", "old", "new"),
    [
        (PSK, scyther, grammar_scyther.parse, "recv_MM2(R, I, CKY-I", "recv_MM2(R, I, (CKY-I"),
        (PSK, scyther, grammar_scyther.parse, "var CKY-R, Nr: Nonce;", "var CKY-R: Nonce;"),
        (PSK, scyther, grammar_scyther.parse, "claim(I, Secret, k(I, R))", "claim(I, Secret, k(I, R), Ni)"),
        (PSK, scyther, grammar_scyther.parse, "const SAi-1, ", "const "),
        (QUICK, scyther, grammar_scyther.parse, "protocol-value", "protocol"),
        (PSK, tamarin, wellformed_tamarin.parse, "senc(<IV", "senc(IV"),
        (PSK, tamarin, wellformed_tamarin.parse, "Fr(~Ni),", ""),
        (PSK, tamarin, wellformed_tamarin.parse, "prf/2", "prf/3"),
        (PSK, tamarin, wellformed_tamarin.parse, "State_I_1($I, $R, ~psk", "State_I_1($I, $R"),
        (SIGNED, tamarin, wellformed_tamarin.parse, ", signing", ""),
    ],
)
def test_a_fault_in_an_export_is_refused(
    protocol: Protocol, write: Callable[[Protocol], str], parse: Check, old: str, new: str
) -> None:
    text = write(protocol)
    assert old in text
    parse(text)
    with pytest.raises(Refused):
        parse(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("macro HASH-R-r = prf(SKEYID-r, (g(xr), g^xi", "macro HASH-R-r = prf(SKEYID-r, (g^xi, g(xr)"),
        ("macro SKEYID-r = prf(k(R, I)", "macro SKEYID-r = prf(k(I, R)"),
    ],
)
def test_an_end_of_scyther_that_computes_something_else_is_stuck(old: str, new: str) -> None:
    text = scyther(PSK)
    assert old in text
    with pytest.raises(Stuck):
        honest.run_scyther(grammar_scyther.parse(text.replace(old, new)))


def test_without_its_helper_roles_a_model_of_scyther_is_stuck() -> None:
    text = re.sub(r"protocol @oracle.*?\n}\n", "", scyther(PSK), flags=re.DOTALL)
    with pytest.raises(Stuck):
        honest.run_scyther(grammar_scyther.parse(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("g_xy       = g_xr^~xi", "g_xy       = g_xr"),
        ("HASH_R     = prf(SKEYID, <g_xr, g_xi", "HASH_R     = prf(SKEYID, <g_xi, g_xr"),
        ("!Psk($B, $A, ~psk) ]", "!Psk($B, $B, ~psk) ]"),
    ],
)
def test_an_end_of_tamarin_that_computes_something_else_is_stuck(old: str, new: str) -> None:
    text = tamarin(PSK)
    assert old in text
    with pytest.raises(Stuck):
        honest.run_tamarin(wellformed_tamarin.parse(text.replace(old, new, 1)))


def test_a_signature_of_another_digest_is_not_taken() -> None:
    text = tamarin(SIGNED)
    assert text.count("sign(HASH_I, ~ltkI)") == 1
    with pytest.raises(Stuck):
        honest.run_tamarin(wellformed_tamarin.parse(text.replace("sign(HASH_I, ~ltkI)", "sign(~Ni, ~ltkI)")))


# ---- what lemmas mean ------------------------------------------------------------------------------------------------

ALICE, BOB, CAROL = (Tree("name", name) for name in ("alice", "bob", "carol"))
AGREEMENT = {
    "agreement",
    "injective-agreement",
    *(f"agreement-{kind}" for kind in ("identities", "nonces", "cookies", "dh", "offer", "transform")),
}
PRESENCE = {"aliveness", "weak-agreement", "reflection", "key-compromise-impersonation"}
END = 1000


def honest_trace() -> Trace:
    """What is said in an honest run of main mode with signatures."""
    said = honest.run_tamarin(wellformed_tamarin.parse(tamarin(MAIN)))
    return tuple((time, *fact) for time, fact in zip(said.times, said.facts, strict=True))


def false_of(trace: Trace, side: str) -> set[str]:
    """The claims of an end whose lemmas are false of a trace."""
    theory = wellformed_tamarin.parse(tamarin(MAIN))
    return {
        lemma.name.removesuffix(f"_{side}").replace("_", "-")
        for lemma in theory.lemmas
        if lemma.name.endswith(f"_{side}") and not holds(lemma.formula, trace)
    }


def of_bob(fact: Fact) -> bool:
    """Whether bob says it, who is the responder: Running and others name the role and the kind first."""
    _, name, terms = fact
    return {"TookPart": terms[0], "Running": terms[2] if len(terms) > 2 else None}.get(name) == BOB


def key_of(trace: Trace) -> Tree:
    return next(terms[-1] for _, name, terms in trace if name == "SessionKey")


def test_an_honest_run_violates_nothing_and_can_be() -> None:
    assert false_of(honest_trace(), "I") == false_of(honest_trace(), "R") == set()
    assert false_of((), "I") == {"executable"}


def test_without_the_peer_nothing_is_agreed_on() -> None:
    trace = tuple(fact for fact in honest_trace() if not of_bob(fact))
    assert false_of(trace, "I") == AGREEMENT | PRESENCE | {"executable"}


@pytest.mark.parametrize("agent", [ALICE, BOB, CAROL])
def test_who_has_revealed_its_key_is_no_peer_and_makes_no_claim(agent: Tree) -> None:
    trace = (*(fact for fact in honest_trace() if not of_bob(fact)), (0, "Reveal", (agent,)))
    expected = {ALICE: {"key-compromise-impersonation"}, BOB: set(), CAROL: AGREEMENT | PRESENCE}[agent]
    assert false_of(trace, "I") == expected | {"executable"}


def test_a_peer_that_means_somebody_else_is_alive_and_no_more() -> None:
    trace = tuple(fact for fact in honest_trace() if not of_bob(fact))
    assert false_of((*trace, (1, "TookPart", (BOB, CAROL))), "I") == AGREEMENT | {"weak-agreement", "executable"}


def test_a_peer_that_comes_too_late_has_not_been_there() -> None:
    late = tuple((END, *fact[1:]) if of_bob(fact) else fact for fact in honest_trace())
    assert false_of(late, "I") == AGREEMENT | PRESENCE - {"reflection"} | {"executable"}


@pytest.mark.parametrize("kind", ["nonces", "cookies", "dh", "offer", "transform", "identities", "all"])
def test_what_the_peer_does_not_say_is_not_agreed_on(kind: str) -> None:
    trace = tuple(f for f in honest_trace() if not (f[1] == "Running" and f[2][0].name == "I" and f[2][1].name == kind))
    wanted = {"agreement", "injective-agreement", "executable"} if kind == "all" else {f"agreement-{kind}"}
    assert false_of(trace, "I") == wanted


def test_two_runs_that_agree_with_one_are_not_injective() -> None:
    trace = honest_trace()
    again = next(terms for _, name, terms in trace if name == "Commit" and [t.name for t in terms[:2]] == ["I", "all"])
    assert false_of((*trace, (END, "Commit", again)), "I") == {"injective-agreement"}


@pytest.mark.parametrize(
    ("reveals", "wrong"),
    [
        ((), {"secrecy", "forward-secrecy"}),
        (((END, BOB),), {"forward-secrecy"}),
        (((END, ALICE),), {"forward-secrecy"}),
        (((0, BOB),), set()),
        (((END, CAROL),), {"secrecy", "forward-secrecy"}),
    ],
)
def test_a_key_that_is_known_was_no_secret(reveals: tuple[tuple[int, Tree], ...], wrong: set[str]) -> None:
    trace = honest_trace()
    known = (*trace, (END, "K", (key_of(trace),)), *((time, "Reveal", (agent,)) for time, agent in reveals))
    executable = {"executable"} if reveals else set()
    assert false_of(known, "I") == wrong | executable
    assert false_of(known, "R") == wrong | executable


def test_a_key_that_the_peer_has_with_somebody_else_is_unknowingly_shared() -> None:
    trace = honest_trace()
    other = (END, "SessionKey", (Tree("name", "R"), BOB, CAROL, key_of(trace)))
    assert false_of((*trace, other), "I") == {"unknown-key-share"}
    assert false_of((*trace, other), "R") == set()


def test_a_shared_key_that_is_known_was_no_secret() -> None:
    (lemma,) = (each for each in wellformed_tamarin.parse(tamarin(PSK)).lemmas if each.name == "secrecy_psk")
    shared, known = (0, "Shared", (ALICE, BOB, CAROL)), (1, "K", (CAROL,))
    assert not holds(lemma.formula, (shared, known))
    assert holds(lemma.formula, (shared, known, (1, "Reveal", (BOB,))))
    assert holds(lemma.formula, (shared,))


# ---- claims and formulas ---------------------------------------------------------------------------------------------


def unstated(text: str) -> set[str]:
    """The claims that a heading lists as not stated."""
    heading = text.partition("*/")[0].partition("Claims that are not stated here:")[2]
    return {claim.name for claim in CLAIMS if re.search(rf"^[ *]+{claim.name}: \S", heading, re.MULTILINE)}


@pytest.mark.parametrize("protocol", WRITTEN)
def test_every_claim_of_a_role_is_a_lemma_or_is_listed_with_the_reason(protocol: Protocol) -> None:
    text = tamarin(protocol)
    lemmas = set(re.findall(r"^lemma (\w+):", text, re.MULTILINE))
    expected: set[str] = set()
    for role in Role:
        claims = {claim.name for claim in claims_of(protocol, role)}
        stated = {f"{name.replace('-', '_')}_{role.name}" for name in claims - unstated(text) - {"secrecy-psk"}}
        expected |= stated | ({f"executable_{role.name}"} if claims else set())
        expected |= {"secrecy_psk"} if "secrecy-psk" in claims else set()
    assert lemmas == expected
    assert unstated(text) <= {claim.name for role in Role for claim in claims_of(protocol, role)}


# What stands for a claim in Scyther; agreement is on data of a kind.
WORDS = {"secrecy": "SKR", "aliveness": "Alive", "weak-agreement": "Weakagree", "agreement": "Commit, {}, on-all"}


@pytest.mark.parametrize("protocol", WRITTEN)
def test_every_claim_of_a_role_has_its_words_or_is_listed_with_the_reason(protocol: Protocol) -> None:
    text = scyther(protocol)
    for role in Role:
        own, peer = role.name, role.other.name
        for claim in claims_of(protocol, role):
            said = WORDS.get(claim.name, f"Commit, {{}}, on-{claim.name.removeprefix('agreement-')}").format(peer)
            said = f"Secret, k({own}, {peer})" if claim.name == "secrecy-psk" else said
            stated = re.search(rf"claim\({own}, {re.escape(said)}[,)]", text) is not None
            assert stated != (claim.name in unstated(text)), claim.name


@pytest.mark.parametrize(
    ("variant", "covered"),
    [("standard", (True, False)), ("offer-not-covered", (False, False)), ("peers-named", (True, True))],
)
def test_formulas_are_those_of_the_specification(variant: str, covered: tuple[bool, bool]) -> None:
    """Whoever changes a formula changes the exports: what the initiator's hash covers."""
    (protocol,) = (each for each in protocols() if (each.name, each.variant) == ("main-psk", variant))
    (hashed,) = set(re.findall(r"^ +HASH_I += (prf.*)$", tamarin(protocol).partition("rule R_")[0], re.MULTILINE))
    assert ("$SAi" in hashed, "$R" in hashed) == covered
    (macro,) = set(re.findall(r"macro HASH-I-i =\s+(prf[^;]*);", scyther(protocol)))
    assert ("SAi-1" in macro, bool(re.search(r"\bR\)+$", macro))) == covered


def test_a_name_that_two_values_have_is_told_apart() -> None:
    """A phase 2 draws nonces of the same name; transaction exchanges have two hashes called HASH."""
    both = on_top(main_mode(Auth.PSK), quick_mode(pfs=True, identities=True))
    text = tamarin(both)
    assert {"Fr(~Ni)", "Fr(~Ni_2)", "Fr(~xi)", "Fr(~xi_2)"} <= set(re.findall(r"Fr\(~\w+\)", text))
    assert "fresh CKY-I, xi, Ni, M-ID', Ni', xi': Nonce;" in scyther(both)


def test_the_heading_tells_origin_and_versions() -> None:
    for write, tool in ((scyther, "Scyther 1.1.3"), (tamarin, "Tamarin 1.8 and later")):
        heading = write(QUICK).partition("*/")[0]
        assert "quick: QM1, QM2, QM3 (RFC 2409 section 5.5)" in heading
        assert f"Written by isakmp {__version__} for {tool}" in heading
