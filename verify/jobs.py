"""Many questions at once: grouped by protocol, spread over processes, remembered from run to run.

A group is a protocol with all that is asked of it, since grounding it once serves every question. Groups are
independent.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from multiprocessing import active_children, get_context
from pathlib import Path

from isakmp.spec.claims import Claim, Compromise
from isakmp.spec.terms import Role
from isakmp.spec.verdicts import Finding, expected
from isakmp.verify.cache import Cache
from isakmp.verify.models import Protocol
from isakmp.verify.search import EXECUTABLE, Found, Search, fingerprint
from isakmp.verify.trace import DefectError, Story, ordered


@dataclass(frozen=True)
class Question:
    """One verdict to be found: a claim of a role of a protocol, under what the intruder has, with so many sessions."""

    protocol: Protocol
    role: Role
    claim: Claim
    compromises: frozenset[Compromise]
    sessions: int

    @property
    def usual(self) -> bool:
        """Whether the intruder has what the claim's own model gives it, so that a verdict is expected."""
        return self.compromises == {Compromise.INSIDERS, *self.claim.needs}

    @property
    def finding(self) -> Finding | None:
        """Why the claim is known to break; None where it is expected to hold."""
        return expected(self.protocol.name, self.protocol.variant, self.role, self.claim.name)


Result = tuple[Question, Found]
Group = tuple[Question, ...]


def run(
    questions: Iterable[Question], *, processes: int | None = None, cache: Path | None = None, tidy: bool = False
) -> Iterator[Result]:
    """The answers to questions, in their order; those about one protocol should stand together.

    `processes` is how many run at once, None one for each core. `cache` is the file where answers are remembered.
    `tidy` attacks change no more than they have to.

    Raises:
        DefectError: an attack cannot be put in order, or a role cannot come to the end of an honest run.
        BrokenProcessPool: processes have died twice.
    """
    groups = grouped(questions)
    work = partial(answer_all, cache=cache, tidy=tidy)
    workers = min(processes or os.cpu_count() or 1, len(groups))
    if workers <= 1:
        for group in groups:
            yield from work(group)
        return
    done = 0
    try:
        for results in _spread(groups, work, workers):
            done += 1
            yield from results
    except BrokenProcessPool:  # a process has died, and took the others along: what is left is tried once more
        for results in _spread(groups[done:], work, workers):
            yield from results


def grouped(questions: Iterable[Question]) -> list[Group]:
    """Questions about one protocol with one bound together, as they stand."""
    return [tuple(group) for _, group in groupby(questions, key=lambda each: (each.protocol, each.sessions))]


def _spread(groups: Sequence[Group], work: partial[list[Result]], workers: int) -> Iterator[list[Result]]:
    """The results of groups, in order, from processes. Whoever stops early leaves none of them behind.

    What was answered by then is remembered: each answer is written as it is found.
    """
    others = frozenset(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_at_once)
    try:
        futures: list[Future[list[Result]]] = [pool.submit(work, group) for group in groups]
        for future in futures:
            yield future.result()
    except BaseException:
        for process in frozenset(active_children()) - others:
            process.terminate()  # else the program would wait for the searches that are under way
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _end_at_once() -> None:
    """An interrupt ends a process of the pool without a word: the one that it works for speaks for all."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def answer_all(group: Group, *, cache: Path | None, tidy: bool) -> list[Result]:
    """The answers to questions about one protocol; what is remembered needs no search.

    Raises:
        DefectError: see `run`.
    """
    search: Search | None = None
    results = []
    with Cache(cache) as known:
        base = _base(group, known)
        for question in group:
            key = _key(base, question, tidy=tidy)
            found = known.get(key)
            if found is None:
                search = search or _ready(question)
                found = search.ask(
                    question.role,
                    question.claim.name,
                    question.compromises,
                    tidy=tidy,
                    likely=question.finding is not None,
                )
                if found.attack is not None:
                    ordered(Story(search.scripts, found.attack), question.compromises)
                known.put(key, found)
            results.append((question, found))
    return results


def remembered(group: Group, *, cache: Path | None, tidy: bool) -> list[Result] | None:
    """The answers to a group, where all of them are remembered."""
    with Cache(cache) as known:
        base = _base(group, known)
        found = [(question, known.get(_key(base, question, tidy=tidy))) for question in group]
    results = [(question, answer) for question, answer in found if answer is not None]
    return results if len(results) == len(group) else None


def remember(results: Sequence[Result], *, cache: Path | None, tidy: bool) -> None:
    """Remember what others have found about one protocol."""
    group = tuple(question for question, _ in results)
    with Cache(cache) as known:
        base = _base(group, known)
        for question, found in results:
            known.put(_key(base, question, tidy=tidy), found)


def _base(group: Group, known: Cache) -> str:
    return fingerprint(group[0].protocol, group[0].sessions) if known else ""


def _key(base: str, question: Question, *, tidy: bool) -> str:
    compromises = sorted(each.value for each in question.compromises)
    return "|".join((base, question.role.value, question.claim.name, *compromises, str(tidy)))


def _ready(question: Question) -> Search:
    search = Search(question.protocol, question.sessions)
    if search.ask(question.role, EXECUTABLE, trace=False).attack is None:
        raise DefectError(f"{question.protocol.name}: no honest run comes to its end")
    return search
