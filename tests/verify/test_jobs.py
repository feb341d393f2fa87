"""Questions spread over processes, and answers that are remembered: the same answers, and none is lost."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from isakmp.spec.claims import Compromise
from isakmp.spec.exchanges import aggressive_mode, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.terms import Role
from isakmp.verify import jobs
from isakmp.verify.cache import Cache, default_path
from isakmp.verify.jobs import Group, Question, Result, answer_all, run
from isakmp.verify.models import Protocol, alone
from isakmp.verify.search import INSIDERS, Found, Search, claims_of, fingerprint
from isakmp.verify.trace import DefectError

QUICK = alone(quick_mode(pfs=True, identities=False))
AGGRESSIVE = alone(aggressive_mode(Auth.PSK))
MARK = "ISAKMP_TEST_MARK"


def questions(*protocols: Protocol) -> list[Question]:
    return [
        Question(protocol, role, claim, INSIDERS | frozenset(claim.needs), 2)
        for protocol in protocols
        for role in Role
        for claim in claims_of(protocol, role)
    ]


def verdicts(results: list[Result]) -> list[tuple[str, Role, str, int | None]]:
    return [(q.protocol.name, f.role, f.claim, f.attack.messages if f.attack else None) for q, f in results]


def test_processes_give_the_same_answers_in_the_same_order() -> None:
    asked = questions(QUICK, AGGRESSIVE, replace(QUICK, checks_ids=True))
    here = list(run(asked, processes=1))
    assert verdicts(here) == verdicts(list(run(asked, processes=2)))
    assert [question for question, _ in here] == asked
    assert {bool(found.attack) for _, found in here} == {True, False}


def dies_once(group: Group, *, cache: Path | None, tidy: bool) -> list[Result]:
    """Works, but for the first process that comes to quick mode."""
    mark = Path(os.environ[MARK])
    if group[0].protocol == QUICK and not mark.exists():
        mark.touch()
        os._exit(1)
    return answer_all(group, cache=cache, tidy=tidy)


def test_a_process_that_dies_loses_no_question(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = questions(AGGRESSIVE, QUICK)
    expected = verdicts(list(run(asked, processes=1)))
    monkeypatch.setattr(jobs, "answer_all", dies_once)
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    assert verdicts(list(run(asked, processes=2))) == expected
    assert (tmp_path / "mark").exists()


def test_what_is_remembered_is_not_searched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, cache = questions(QUICK), tmp_path / "deep" / "answers.sqlite"
    first = list(run(asked, processes=1, cache=cache))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("searched again")

    monkeypatch.setattr(Search, "ask", refuse)
    assert list(run(asked, processes=1, cache=cache)) == first
    with pytest.raises(AssertionError, match="searched again"):
        list(run(asked, processes=1, cache=None))
    other = [replace(question, compromises=question.compromises | {Compromise.ACTOR}) for question in asked]
    with pytest.raises(AssertionError, match="searched again"):
        list(run(other, processes=1, cache=cache))


def test_a_change_of_the_model_the_checks_or_the_bound_is_another_question() -> None:
    prints = {
        fingerprint(protocol, sessions)
        for protocol in (QUICK, replace(QUICK, checks_ids=True), alone(quick_mode(pfs=False, identities=False)))
        for sessions in (2, 3)
    }
    assert len(prints) == 6
    assert fingerprint(QUICK, 2) == fingerprint(alone(quick_mode(pfs=True, identities=False)), 2)


def test_a_file_that_cannot_be_used_is_as_good_as_none(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sqlite"
    bad.write_bytes(b"not a database, but something that is long enough to be read as one" * 100)
    with Cache(bad) as cache:
        assert not cache
        assert "not a database" in cache.problem
    assert verdicts(list(run(questions(QUICK), processes=1, cache=bad))) == verdicts(
        list(run(questions(QUICK), processes=1))
    )


def test_an_answer_that_cannot_be_read_is_found_anew(tmp_path: Path) -> None:
    asked, path = questions(QUICK), tmp_path / "answers.sqlite"
    first = verdicts(list(run(asked, processes=1, cache=path)))
    with sqlite3.connect(path) as base:
        base.execute("UPDATE answers SET answer = '{}'")
    base.close()
    assert verdicts(list(run(asked, processes=1, cache=path))) == first


def test_where_answers_are_remembered_can_be_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ISAKMP_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "isakmp" / "verify.sqlite"
    monkeypatch.setenv("ISAKMP_CACHE", str(tmp_path / "mine"))
    assert default_path() == tmp_path / "mine"


def test_a_role_that_cannot_come_to_its_end_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every claim of it would hold, as nobody would ever make it."""

    def never(_: Search, role: Role, name: str, *__: object, **___: object) -> Found:
        return Found(role, name, None, 0.0)

    monkeypatch.setattr(Search, "ask", never)
    with pytest.raises(DefectError, match="quick: no honest run comes to its end"):
        list(run(questions(QUICK), processes=1))
