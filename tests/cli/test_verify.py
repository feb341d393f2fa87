"""``isakmp verify``: claims about the model, each with a verdict; a fault that is put into the model is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from isakmp.cli import claims, searching
from isakmp.cli.claims import Claim, Verdict
from isakmp.crypto import registry
from isakmp.crypto.openssl import OpensslBackend
from isakmp.crypto.registry import backends
from isakmp.crypto.seeded import SeededBackend
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.errors import LocalMisuse
from isakmp.spec import catalogue, requirements
from isakmp.spec.algorithms import AUTHENTICATIONS, method_name
from isakmp.spec.catalogue import tables
from isakmp.spec.exchanges import PHASE_1_NAMES, phase_1_forms, quick_mode
from isakmp.spec.messages import Exchange
from isakmp.spec.requirements.model import document, must, section
from isakmp.spec.table import Table, table
from isakmp.spec.terms import Role
from isakmp.spec.validate import CHECKS
from isakmp.verify import models
from isakmp.verify.models import alone
from tests.cli.conftest import Cli

# Every exchange of phase 1 with every method that it has a form for; XAuth comes behind phase 1.
METHODS = [
    (exchange, method_name(method))
    for exchange in PHASE_1_NAMES
    for method, facts in AUTHENTICATIONS.items()
    if facts.kind in phase_1_forms(exchange) and not facts.xauth
]


@pytest.fixture(autouse=True)
def little_to_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is tested by itself; here one protocol is enough."""
    monkeypatch.setattr(models, "protocols", lambda: iter((alone(quick_mode(pfs=False, identities=True)),)))


def test_everything_that_is_claimed_holds(cli: Cli) -> None:
    ran = cli("verify", "--format", "json")
    assert ran.status == 0
    assert ran.json["verdict"] == "holds"
    found = ran.json["claims"]
    assert {claim["verdict"] for claim in found} == {"holds"}
    assert all(claim.keys() == {"exchange", "auth", "role", "claim", "verdict", "seconds", "detail"} for claim in found)
    static = [claim for claim in found if claim["claim"] in CHECKS]
    assert len(static) == len(CHECKS) * len(tuple(tables()))
    for backend in backends():
        assert sum(claim["claim"].endswith(f"on the backend {backend}") for claim in found) == len(METHODS)


def test_text_has_one_line_for_each_claim_and_a_sum(cli: Cli) -> None:
    lines = cli("verify").out.splitlines()
    count = sum(len(list(source())) for source in claims.SOURCES)
    verdicts = len(list(searching.questions(searching.Choice())))
    assert len(lines) == count + verdicts + 2
    assert lines[-2].startswith(f"{count} claims in ")
    assert f"{count} hold, 0 are violated, 0 are undecided" in lines[-2]
    assert lines[-1].startswith(f"{verdicts} verdicts with 3 sessions in ")
    assert len(cli("verify", "--quiet").out.splitlines()) == 2


def claim(decide: claims.Decision) -> Claim:
    return Claim("main", "psk", Role.I, "something holds", lambda: decide)


def sources(*decisions: claims.Decision) -> tuple[object, ...]:
    def source() -> Iterator[Claim]:
        return map(claim, decisions)

    return (source,)


def test_a_violated_claim_is_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    holds, violated = (Verdict.HOLDS, ""), (Verdict.VIOLATED, "because of this")
    monkeypatch.setattr(claims, "SOURCES", sources(holds, violated))
    ran = cli("verify", "-q")
    assert ran.status == 1
    assert ran.out.splitlines()[0].split() == ["violated", "main-psk", "initiator", "something", "holds"]
    assert ran.out.splitlines()[1].strip() == "because of this"
    assert cli("verify", "--format", "json").json["verdict"] == "violated"


def test_an_undecided_claim_is_none(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "SOURCES", sources((Verdict.UNDECIDED, "no way to tell")))
    assert cli("verify").status == 0
    assert cli("verify", "--format", "json").json["verdict"] == "undecided"


def test_an_error_of_ours_while_a_claim_is_decided_violates_it() -> None:
    def fails() -> claims.Decision:
        raise LocalMisuse("it cannot be")

    (decided,) = claims.decide_all([lambda: iter([Claim("main", None, None, "it can be", fails)])])
    assert (decided.verdict, decided.detail) == (Verdict.VIOLATED, "it cannot be")


def test_a_row_that_is_missing_from_a_table_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = table(quick_mode(), Role.R).rows[3]

    def without(exchange: Exchange, role: Role) -> Table:
        whole = table(exchange, role)
        return replace(whole, rows=tuple(row for row in whole.rows if row != missing))

    monkeypatch.setattr(catalogue, "table", without)
    violated = [one for one in claims.decide_all([claims.of_the_tables]) if one.verdict is Verdict.VIOLATED]
    assert [(one.claim.exchange, one.claim.role) for one in violated] == [("quick", Role.R)]
    assert missing.event.name in violated[0].detail


def test_a_requirement_that_nothing_covers_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lapse = document("RFC2408", section("2.4", must("Something is done."), must("It is named.", "guard:NOTHING")))
    monkeypatch.setattr(requirements, "TRACED", (lapse,))
    (decided,) = claims.decide_all([claims.of_the_requirements])
    assert decided.verdict is Verdict.VIOLATED
    assert "RFC2408-2.4-01: nothing covers it" in decided.detail
    assert "guard:NOTHING" in decided.detail


def test_a_backend_that_computes_otherwise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    claims._played.cache_clear()
    monkeypatch.setattr(SeededBackend, "agree", lambda self, *_: self.random(256, "g^xy"))
    violated = [one for one in claims.decide_all([claims.of_the_backends]) if one.verdict is Verdict.VIOLATED]
    claims._played.cache_clear()
    assert {one.claim.auth for one in violated} == {name for _, name in METHODS}
    assert all("seeded" in one.claim.statement for one in violated)


def declared(monkeypatch: pytest.MonkeyPatch, value: str) -> list[claims.Decided]:
    """What is decided with one more backend, called other; of its claims, those that do not hold."""
    ours = list(registry.backends().values())
    theirs = EntryPoint("other", value, registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [*ours, theirs] if group else [])
    claims._played.cache_clear()
    decided = list(claims.decide_all([claims.of_the_backends]))
    claims._played.cache_clear()
    # For each of four backends that keys are equal and that both ends know each other, and one for all of them.
    assert len({one.claim.statement for one in decided}) == 2 * 4 + 1
    return [one for one in decided if one.verdict is not Verdict.HOLDS]


@pytest.mark.parametrize("value", ["no.such.module:Backend", "math:pi", "operator:getitem"])
def test_a_backend_that_cannot_be_made_leaves_its_claims_open_and_no_others(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    decided = declared(monkeypatch, value)
    assert len(decided) == len(METHODS)
    assert {one.verdict for one in decided} == {Verdict.UNDECIDED}
    assert all("on the backend other" in one.claim.statement and value in one.detail for one in decided)


class Unfinished(OpensslBackend):
    """Lacks a method."""

    def agree(self, *_: object) -> bytes:
        """Give up."""
        raise NotImplementedError("agree")


def test_a_backend_that_raises_violates_its_claims_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    decided = declared(monkeypatch, f"{__name__}:Unfinished")
    assert len(decided) == len(METHODS)
    assert {one.verdict for one in decided} == {Verdict.VIOLATED}
    assert all("NotImplementedError: agree" in one.detail for one in decided)


def test_a_backend_that_lacks_an_algorithm_leaves_the_claim_open(monkeypatch: pytest.MonkeyPatch) -> None:
    claims._played.cache_clear()
    monkeypatch.setattr(SymbolicBackend, "refusal", lambda *_: "not today")
    decided = [one for one in claims.decide_all([claims.of_the_backends]) if one.verdict is not Verdict.HOLDS]
    claims._played.cache_clear()
    assert {one.verdict for one in decided} == {Verdict.UNDECIDED}
    assert all("not today" in one.detail for one in decided)
