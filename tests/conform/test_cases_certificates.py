"""Signatures and certificates, judged: who takes what nobody vouches for deviates, who knows the key is not blamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization

from isakmp.conform.live.case import Case, Verdict
from isakmp.conform.live.catalogue import cases, initiator_cases
from isakmp.conform.live.lab import Lab
from isakmp.conform.live.suite import Result, Suite
from isakmp.conform.live.target import MemoryTarget
from isakmp.crypto.certificates import Certificate
from isakmp.crypto.keys import PrivateKey
from isakmp.machine import certifying
from isakmp.machine.config import Config
from isakmp.machine.peer import Peer
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role
from tests.conform.live import BACKEND, EXCHANGES
from tests.machine.certificates import authority
from tests.machine.ends import ALICE, BOB, NOW, config

METHODS = (AuthMethod.RSA_SIG, AuthMethod.ECDSA_256)
SLUGS = ("sig-other-key", "id-other-name", "cert-untrusted", "cert-expired", "cert-not-yet-valid", "cert-other-name")


def ends(method: AuthMethod) -> dict[Role, Config]:
    """Both ends, which take whoever a certificate names."""
    own, other = config(ALICE, BOB, method), config(BOB, ALICE, method)
    return {
        Role.I: replace(own, peer_identity=None),
        Role.R: replace(other, peer_identity=None, half_open_per_address=4096),
    }


def issuer() -> PrivateKey:
    form, secret = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return BACKEND.load_private_key(authority().key.private_bytes(serialization.Encoding.DER, form, secret))


def of(method: AuthMethod) -> Iterator[tuple[Role, AuthMethod, Case]]:
    found = ends(method)
    for role, all_ in ((Role.R, cases(found[Role.I], EXCHANGES)), (Role.I, initiator_cases(found[Role.R], EXCHANGES))):
        yield from ((role, method, case) for case in all_ if case.name.rpartition(".")[2] in SLUGS)


CASES = [
    pytest.param(role, method, case, id=f"{method.name.lower()}-{case.name}")
    for each in METHODS
    for role, method, case in of(each)
]


def result_of(role: Role, method: AuthMethod, case: Case, target: Config | None = None) -> Result:
    """What a case shows of the model in that role."""
    found = ends(method)
    live = MemoryTarget(Peer(target or found[role], BACKEND), NOW)
    lab = Lab(found[role.other], BACKEND, live, EXCHANGES, patience=5.0, answers=role is Role.I, authority=issuer())
    (result,) = Suite(lab).run([case])
    return result


def test_both_roles_are_tried_in_each_message_with_a_signature() -> None:
    places = {(role, case.exchange, case.step) for role, _, case in of(AuthMethod.ECDSA_256)}
    assert places == {
        (Role.R, "main", "MM5"), (Role.R, "aggressive", "AM3"), (Role.I, "main", "MM6"), (Role.I, "aggressive", "AM2"),
    }  # fmt: skip
    assert len(CASES) == len(METHODS) * len(places) * len(SLUGS)


@pytest.mark.parametrize(("role", "method", "case"), CASES)
def test_the_model_conforms(role: Role, method: AuthMethod, case: Case) -> None:
    result = result_of(role, method, case)
    assert result.verdict is Verdict.CONFORMS, result.reason


@pytest.mark.parametrize(("role", "method", "case"), CASES)
def test_who_trusts_everybody_fails(
    role: Role, method: AuthMethod, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target and the partner, which only goes on the better for it, look at no path, no name and no signature."""
    if case.name.endswith("sig-other-key"):
        monkeypatch.setattr(type(BACKEND), "verify", lambda *_: True)
    else:
        monkeypatch.setattr(certifying, "_check_path", lambda *_: None)
        monkeypatch.setattr(Certificate, "names", lambda *_: True)
    result = result_of(role, method, case)
    assert result.verdict is Verdict.DEVIATES, result.reason


OF_RESPONDER = [case for role, _, case in of(AuthMethod.ECDSA_256) if role is Role.R]


@pytest.mark.parametrize("case", OF_RESPONDER, ids=lambda case: case.name)
def test_who_knows_the_key_and_looks_at_no_certificate_conforms(case: Case) -> None:
    known = ends(AuthMethod.ECDSA_256)
    key = known[Role.I].credentials.private_key
    assert key is not None
    credentials = replace(known[Role.R].credentials, peer_key=key.public)
    trusting = replace(known[Role.R], credentials=credentials, peer_identity=ALICE)
    assert result_of(Role.R, AuthMethod.ECDSA_256, case, trusting).verdict is Verdict.CONFORMS


@pytest.mark.parametrize("case", [case for case in OF_RESPONDER if case.name.endswith("id-other-name")])
def test_who_takes_a_known_key_under_any_name_is_not_blamed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = ends(AuthMethod.ECDSA_256)[Role.I].credentials.certificate
    monkeypatch.setattr(certifying, "_check_path", lambda *_: None)
    monkeypatch.setattr(Certificate, "names", lambda *_: True)
    read = certifying.Received.certificate_of
    monkeypatch.setattr(
        certifying.Received, "certificate_of", lambda one, named: read(one, named) if one.own else certificate
    )
    result = result_of(Role.R, AuthMethod.ECDSA_256, case)
    assert (result.verdict, result.reason) == (
        Verdict.INCONCLUSIVE, "the target needs no certificate: it knows the key beforehand",
    )  # fmt: skip


def test_without_the_authoritys_key_only_what_needs_it_is_left_open() -> None:
    for role, method, case in of(AuthMethod.ECDSA_256):
        if role is Role.R and case.exchange == "main":
            found = ends(method)
            live = MemoryTarget(Peer(found[Role.R], BACKEND), NOW)
            (result,) = Suite(Lab(found[Role.I], BACKEND, live, EXCHANGES)).run([case])
            needs = case.name.endswith(("expired", "valid", "cert-other-name"))
            assert (result.verdict is Verdict.INCONCLUSIVE) is needs, case.name
