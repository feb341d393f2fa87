"""XAuth, judged: an edge device that admits whoever answers anything deviates in every case, and the model in none."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import pytest

from isakmp.conform.live.case import Allows, Case, Verdict
from isakmp.conform.live.catalogue import cases
from isakmp.conform.live.lab import Lab
from isakmp.conform.live.suite import Result, Suite
from isakmp.conform.live.target import MemoryTarget
from isakmp.machine.config import Config
from isakmp.machine.peer import Peer
from isakmp.machine.users import Answers
from isakmp.machine.xauth import Turn
from isakmp.spec.registries import AuthMethod, XauthStatus
from isakmp.spec.terms import Role
from isakmp.spec.xauth import EDGE_DONE, XAUTH
from tests.conform.live import BACKEND, EXCHANGES, all_cases
from tests.machine.ends import NOW
from tests.machine.test_xauth import configs

METHODS = (AuthMethod.XAUTH_INIT_PSK, AuthMethod.HYBRID_INIT_RSA)


def ends(method: AuthMethod) -> dict[Role, Config]:
    """Both ends, which take whoever comes; the responder bears what the cases leave behind."""
    found = configs(method)
    return {
        Role.I: replace(found[Role.I], peer_identity=None),
        Role.R: replace(found[Role.R], peer_identity=None, half_open_per_address=4096),
    }


class Credulous(MemoryTarget):
    """An edge device that admits its last user by whatever it hears, and says so each time."""

    def send(self, datagram: bytes, to: Hashable = None) -> None:
        users = self.peer._users
        for dialogue in list(users._dialogues.values())[-1:]:
            dialogue.state = EDGE_DONE.name
            turn = Turn(users, dialogue, self.now, status=XauthStatus.OK)
            users.tell(turn)
            self._keep(tuple(turn.outputs))
        super().send(datagram, to)


def of(method: AuthMethod, prefix: str = "responder.xauth.") -> list[Case]:
    return [case for case in cases(ends(method)[Role.I], EXCHANGES) if case.name.startswith(prefix)]


def result_of(
    method: AuthMethod, case: Case, kind: type[MemoryTarget] = MemoryTarget, user: Answers | None = None
) -> Result:
    found = ends(method)
    client = found[Role.I] if user is None else replace(found[Role.I], user=user)
    (result,) = Suite(Lab(client, BACKEND, kind(Peer(found[Role.R], BACKEND), NOW), EXCHANGES, patience=5.0)).run(
        [case]
    )
    return result


CASES = [
    pytest.param(method, case, id=f"{method.name.lower()}-{case.name}") for method in METHODS for case in of(method)
]


def test_there_are_cases_where_there_is_a_user_and_nowhere_else() -> None:
    assert {len(of(method)) for method in METHODS} == {len(CASES) // len(METHODS)}
    assert len(CASES) > 80
    assert not [case for case in all_cases() if case.exchange == XAUTH.name]


@pytest.mark.parametrize(("method", "case"), CASES)
def test_the_model_conforms(method: AuthMethod, case: Case) -> None:
    result = result_of(method, case)
    assert result.verdict is Verdict.CONFORMS, result.reason


REFUSALS = [case for case in of(METHODS[0]) if case.allows is not Allows.ANSWER]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_an_edge_device_that_admits_anybody_does_not(case: Case) -> None:
    result = result_of(METHODS[0], case, Credulous)
    assert result.verdict is Verdict.DEVIATES, result.reason


@pytest.mark.parametrize(
    "place", ["responder.aggressive.rfc2409.", "responder.quick.rfc2408.", "responder.transaction."]
)
def test_what_comes_behind_the_user_is_tried_too(place: str) -> None:
    case = of(METHODS[0], place)[0]
    result = result_of(METHODS[0], case)
    assert result.verdict is Verdict.CONFORMS, result.reason


def test_a_user_that_is_not_known_makes_what_comes_behind_inconclusive() -> None:
    result = result_of(METHODS[0], of(METHODS[0], "responder.quick.")[0], user=Answers("joe", b"wrong"))
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "the target has refused the user")
