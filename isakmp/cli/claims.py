"""The claims that `isakmp verify` decides: what they say, what they are about, and how each is decided.

A source of claims is a function that gives them; `SOURCES` lists the sources. Whoever adds a kind of verification adds
a function there, and nothing else changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.errors import IsakmpError
from isakmp.spec.catalogue import tables
from isakmp.spec.citations import DOCUMENTS
from isakmp.spec.exchanges import exchanges
from isakmp.spec.table import table
from isakmp.spec.terms import Role
from isakmp.spec.validate import CHECKS, Finding, every_message_has_a_receiver, well_sorted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isakmp.cli.scenario import Played
    from isakmp.machine.config import Credentials
    from isakmp.spec.messages import Exchange
    from isakmp.spec.registries import AuthMethod
    from isakmp.spec.requirements import Traced


class Verdict(StrEnum):
    """How a claim was decided."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNDECIDED = "undecided"


Decision = tuple[Verdict, str]
"""A verdict, and what was found."""


@dataclass(frozen=True)
class Claim:
    """A statement about an exchange, a form of authentication, a role or (None) both; `decide` finds the verdict."""

    exchange: str
    auth: str | None
    role: Role | None
    statement: str
    decide: Callable[[], Decision]


@dataclass(frozen=True)
class Decided:
    """A claim with its verdict, what was found, and how long it took in seconds."""

    claim: Claim
    verdict: Verdict
    detail: str
    seconds: float


def decide_all(sources: Iterable[Callable[[], Iterator[Claim]]]) -> Iterator[Decided]:
    """Decide all claims of all sources, in order."""
    for source in sources:
        for claim in source():
            began = time.perf_counter()
            try:
                verdict, detail = claim.decide()
            except (IsakmpError, CryptoFailure) as error:
                verdict, detail = Verdict.VIOLATED, str(error)
            yield Decided(claim, verdict, detail, time.perf_counter() - began)


# ---- the tables and formulas themselves ------------------------------------------------------------------------------


def of_the_tables() -> Iterator[Claim]:
    """What has to hold of every role's table, and of every exchange's messages and formulas."""
    for own in tables():
        for name, check in CHECKS.items():
            yield _static(own.exchange, own.role, name, partial(check, own))
    for exchange in exchanges():
        ends = (table(exchange, Role.I), table(exchange, Role.R))
        check_messages = partial(every_message_has_a_receiver, exchange, ends)
        yield _static(exchange, None, "every emitted message has a receiver", check_messages)
        yield _static(exchange, None, "every formula is well sorted", partial(well_sorted, exchange))


def _static(exchange: Exchange, role: Role | None, statement: str, check: Callable[[], Iterator[Finding]]) -> Claim:
    auth = exchange.auth.value if exchange.auth else None
    return Claim(exchange.name, auth, role, statement, lambda: _no_findings(check()))


def _no_findings(findings: Iterator[Finding]) -> Decision:
    found = "; ".join(map(str, findings))
    return (Verdict.VIOLATED, found) if found else (Verdict.HOLDS, "")


# ---- handshakes on all backends --------------------------------------------------------------------------------------

PROPOSAL: Final = "aes256-sha256-modp2048"
ESP: Final = "aes256-sha256"


def of_the_backends() -> Iterator[Claim]:
    """Each exchange of phase 1 with a quick mode comes to equal keys on every backend, and by the same rows."""
    from isakmp.cli.names import auth_methods, phase_1_names
    from isakmp.crypto.registry import backends
    from isakmp.machine.methods import auth_of
    from isakmp.spec.exchanges import phase_1_forms

    names = tuple(backends())
    for exchange in phase_1_names():
        methods = {
            name: method for name, method in auth_methods().items() if auth_of(method) in phase_1_forms(exchange)
        }
        for auth_name, auth in methods.items():
            for backend in names:
                yield _of_a_backend(exchange, auth_name, auth, backend)
            statement = f"the same rows on every backend ({', '.join(names)})"
            yield Claim(exchange, auth_name, None, statement, partial(_equal_rows, exchange, auth, names))


def _of_a_backend(exchange: str, auth_name: str, auth: AuthMethod, backend: str) -> Claim:
    from isakmp.machine.methods import auth_of
    from isakmp.spec.exchanges import find

    if find(exchange, auth_of(auth))[0].keys:
        statement = f"equal keys at both ends, with and without PFS, on the backend {backend}"
        return Claim(exchange, auth_name, None, statement, partial(_equal_keys, exchange, auth, backend))
    statement = f"both ends know each other, on the backend {backend}"
    return Claim(exchange, auth_name, None, statement, partial(_both_known, exchange, auth, backend))


def _both_known(exchange: str, auth: AuthMethod, backend: str) -> Decision:
    played = _played(exchange, auth, backend, pfs=False)
    if isinstance(played, tuple):
        return played
    found = played.handshake.authenticated
    if len(found) < len(Role):
        return Verdict.VIOLATED, f"it ended early: {_problems(played)}"
    if played.handshake.both_known:
        return Verdict.HOLDS, ""
    return Verdict.VIOLATED, "an end takes its peer for somebody else"


def _equal_keys(exchange: str, auth: AuthMethod, backend: str) -> Decision:
    for pfs in (False, True):
        played = _played(exchange, auth, backend, pfs=pfs)
        if isinstance(played, tuple):
            return played
        if not played.handshake.complete:
            return Verdict.VIOLATED, f"it ended early: {_problems(played)}"
        if not played.handshake.keys_agree:
            return Verdict.VIOLATED, f"the keys differ, {'with' if pfs else 'without'} PFS"
    return Verdict.HOLDS, ""


def _equal_rows(exchange: str, auth: AuthMethod, backends: tuple[str, ...]) -> Decision:
    from isakmp.machine.outputs import Taken

    rows: dict[str, list[str]] = {}
    for backend in backends:
        played = _played(exchange, auth, backend, pfs=True)
        if not isinstance(played, tuple):
            told = (output for delivery in played.handshake.deliveries for output in delivery.outputs)
            rows[backend] = [output.row.id for output in told if isinstance(output, Taken)]
    if len(rows) < 2:  # noqa: PLR2004 - one has nothing to be compared with
        return Verdict.UNDECIDED, "fewer than two backends can do it"
    reference, first = next(iter(rows.items()))
    for backend, taken in rows.items():
        if taken != first:
            return Verdict.VIOLATED, f"{backend} takes {', '.join(taken)}; {reference} takes {', '.join(first)}"
    return Verdict.HOLDS, ""


def _problems(played: Played) -> str:
    from isakmp.cli.telling import tell

    return (
        "; ".join(problem for told in tell(played.handshake, pfs=False) for problem in told.problems)
        or "without a reason"
    )


@cache
def _played(exchange: str, auth: AuthMethod, backend: str, *, pfs: bool) -> Played | Decision:
    """A handshake, or what it means that there is none: a backend of somebody else's may raise anything."""
    from isakmp.cli import proposals
    from isakmp.cli.errors import Unusable
    from isakmp.cli.scenario import EPOCH, Scenario, play
    from isakmp.crypto.registry import BrokenBackend

    ike = proposals.ike_proposal(PROPOSAL, auth)
    esp = proposals.esp_proposal(ESP, ike.group if pfs else None)
    try:
        return play(Scenario(exchange, ike, esp, backend), EPOCH, _credentials(auth))
    except (Unusable, BrokenBackend) as error:
        return Verdict.UNDECIDED, str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other claims are to be decided
        return Verdict.VIOLATED, f"the backend raises {type(error).__name__}: {error}"


@cache
def _credentials(auth: AuthMethod) -> Mapping[Role, Credentials]:
    """One set of keys for a method: making them takes longer than the handshakes."""
    from isakmp.cli.scenario import EPOCH, credentials_for
    from isakmp.crypto.registry import load_backend

    return credentials_for(auth, load_backend("openssl"), EPOCH)


# ---- the documents ---------------------------------------------------------------------------------------------------


def of_the_requirements() -> Iterator[Claim]:
    """Every statement of each document is covered by something that exists, or has a reason why nothing covers it."""
    from isakmp.spec.requirements import TRACED

    for traced in TRACED:
        name = DOCUMENTS[traced.document].name
        statement = f"every statement of {name} is covered, or has a reason"
        yield Claim("requirements", None, None, statement, partial(_traced, traced))


def _traced(traced: Traced) -> Decision:
    from isakmp.spec.requirements.references import fault

    wrong = [f"{one.id}: nothing covers it" for one in traced.requirements if not one.settled]
    references = {reference for one in traced.requirements for reference in one.covered_by}
    wrong += [found for reference in sorted(references) if (found := fault(reference)) is not None]
    return (Verdict.VIOLATED, "; ".join(wrong)) if wrong else (Verdict.HOLDS, "")


SOURCES: Final = (of_the_tables, of_the_backends, of_the_requirements)
"""Where claims come from, in the order in which they are decided."""
