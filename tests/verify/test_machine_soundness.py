"""The solver's answers are those of a search on the machine itself, which runs real peers over the symbolic backend."""

from __future__ import annotations

import hmac

import pytest

from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.spec.registries import HashAlgorithm
from isakmp.spec.terms import Role
from isakmp.verify.search import Search
from tests.verify.machine_search import violations
from tests.verify.protocols import named

PROTOCOLS = ("authentication-only-psk", "authentication-only-signature", "quick", "quick-no-identities")


def answers(name: str, role: Role, claims: dict[str, bool]) -> dict[str, bool]:
    """What the solver says to the same claims."""
    search = Search(named(name), 2)
    return {claim: search.ask(role, claim, trace=False).attack is not None for claim in claims}


@pytest.mark.parametrize("role", Role, ids=lambda role: str(role.value))
@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_machine_can_be_attacked_where_the_solver_says_so_and_nowhere_else(name: str, role: Role) -> None:
    found = violations(named(name), role)
    assert found["executable"]
    assert found == answers(name, role, found)


# ---- faults of the machine are seen --------------------------------------------------------------------------------


def test_a_machine_that_compares_no_hash_is_attacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: True)
    assert violations(named("authentication-only-psk"), Role.I, until="aliveness")["aliveness"]


def test_a_machine_that_takes_any_signature_is_attacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SymbolicBackend, "verify", lambda *_: True)
    assert violations(named("authentication-only-signature"), Role.I, until="aliveness")["aliveness"]


def test_a_machine_whose_hash_leaves_out_the_nonces_is_attacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """SKEYID of the shared key alone: a proof of an earlier run is taken again, and the nonces differ."""
    whole = SymbolicBackend.prf

    def keyed_by_nothing_fresh(self: SymbolicBackend, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        return whole(self, algorithm, key, b"" if key.startswith(b"shared by") else data)

    monkeypatch.setattr(SymbolicBackend, "prf", keyed_by_nothing_fresh)
    found = violations(named("authentication-only-psk"), Role.I)
    assert found["agreement-nonces"]
    assert not found["aliveness"]
