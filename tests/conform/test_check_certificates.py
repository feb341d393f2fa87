"""Captures with chains, revocation lists, PKCS #7 and bare keys: judged as far as an onlooker can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.conform.check import check_capture
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.conform.verdicts import Outcome, Report, Verdict
from isakmp.machine import presenting
from isakmp.machine.config import Config
from isakmp.machine.memory import Handshake
from isakmp.spec.payloads import CERT
from isakmp.spec.registries import CertEncoding as E
from isakmp.spec.terms import Role
from tests.conform.checking import BACKEND, deviations, message, recorded
from tests.machine.chains import ROOT, SUB, change, configs, listing, talk

I, R = Role.I, Role.R
MM6, AM2 = 6, 2


def judged(run: Handshake, trusted: tuple[bytes, ...] = (ROOT.der,)) -> Report:
    sa = run.sas[I]
    members = {"skeyid": sa.skeyid, "skeyid_d": sa.skeyid_d, "skeyid_a": sa.skeyid_a, "skeyid_e": sa.skeyid_e}
    known = SaKeys(sa.cky_i, sa.cky_r, **members, trusted_certificates=trusted)  # type: ignore[arg-type]
    return check_capture(recorded(run), Keys("k", KeyForm.IKEV1_CAPTURE, (known,)), BACKEND)


def checked(report: Report, frame: int, name: str) -> list[tuple[bool | None, str]]:
    return [(check.ok, check.detail) for check in message(report, frame).checks if check.check == name]


def encoded(encoding: E) -> dict[Role, Config]:
    return {role: replace(end, certificate_encoding=encoding) for role, end in configs().items()}


@pytest.mark.parametrize("exchange", ["main", "aggressive", "base"])
@pytest.mark.parametrize("encoding", [E.X509_SIGNATURE, E.PKCS7], ids=lambda e: e.name)
def test_a_chain_is_followed_to_the_authority_that_the_keys_file_trusts(exchange: str, encoding: E) -> None:
    report = judged(talk(encoded(encoding), exchange))
    assert report.verdict is Verdict.CONFORMANT, deviations(report)
    assert not report.exchanges[0].undecided
    frame = {"main": MM6, "aggressive": AM2, "base": 4}[exchange]
    assert checked(report, frame, "certificate") == [(True, "CN=bob")]
    assert checked(report, frame, "SIG_R")[0][0] is True


def test_an_authority_that_only_the_receiver_has_leaves_the_outcome_open_and_accuses_nobody() -> None:
    ends = configs()
    report = judged(talk(change(change(ends, R, chain=()), I, trusted=(ROOT, SUB))))
    assert report.exchanges[0].outcome is Outcome.INCOMPLETE
    assert deviations(report) == []
    assert checked(report, MM6, "certificate")[0][0] is False
    assert checked(report, MM6, "SIG_R")[0][0] is True


def test_a_list_in_the_capture_that_names_the_certificate_is_why_it_has_to_be_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = presenting.certificates_for
    own = CERT(E.CRL, listing("sub", 12).der)
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda step, slot: (*send(step, slot), own))
    monkeypatch.setattr("isakmp.machine.certifying._check_path", lambda *_: None)
    report = judged(talk(configs()))
    ((ok, detail),) = checked(report, MM6, "certificate")
    assert ok is False
    assert "'CN=bob' was revoked by 'CN=sub'" in detail
    monkeypatch.setattr("isakmp.machine.write.certificates_for", send)
    assert checked(judged(talk(configs())), MM6, "certificate") == [(True, "CN=bob")]


@pytest.mark.parametrize("encoding", [E.X509_SIGNATURE, E.PKCS7, E.CRL, E.DNS_SIGNED_KEY], ids=lambda e: e.name)
def test_octets_that_are_not_what_the_encoding_says_are_a_deviation(
    encoding: E, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = presenting.certificates_for
    junk = CERT(encoding, b"\x30\x82\x01\x00junk")
    monkeypatch.setattr("isakmp.machine.write.certificates_for", lambda step, slot: (*send(step, slot), junk))
    report = judged(talk(configs()))
    assert any("cannot be read" in each or "KEY record" in each for each in deviations(report))


def test_a_bare_key_proves_the_signature_and_not_whose_it_is() -> None:
    ends = encoded(E.DNS_SIGNED_KEY)
    keys = {role: end.credentials.private_key for role, end in ends.items()}
    for role in Role:
        known = keys[role.other]
        assert known is not None
        ends = change(ends, role, certificate=None, chain=(), trusted=(), peer_key=known.public)
    report = judged(talk(ends))
    assert deviations(report) == []
    assert report.exchanges[0].outcome is Outcome.ESTABLISHED
    assert checked(report, MM6, "SIG_R")[0][0] is True
    assert checked(report, MM6, "certificate")[0][0] is None
    assert report.verdict is Verdict.UNDECIDED


def test_encodings_that_nobody_reads_are_named_and_accuse_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = configs()
    key = ends[R].credentials.private_key
    assert key is not None
    monkeypatch.setattr(
        "isakmp.machine.write.certificates_for",
        lambda step, slot: (
            (CERT(E.PGP, b"?"),) if step.run.table.role is R else presenting.certificates_for(step, slot)
        ),
    )
    report = judged(talk(change(ends, I, peer_key=key.public)))
    assert deviations(report) == []
    assert any("PGP" in detail for _, detail in checked(report, MM6, "certificate"))


def test_a_certificate_that_came_early_counts() -> None:
    # RFC 2408 section 3.9: "The Certificate payload MUST be accepted at any point during an exchange."
    with pytest.MonkeyPatch.context() as patch:
        early = (CERT(E.X509_SIGNATURE, SUB.der),)
        patch.setattr(
            "isakmp.machine.write.requests", lambda run, sent: early if sent in run.table.exchange.messages[:2] else ()
        )
        run = talk(change(change(configs(), I, chain=()), R, chain=()))
    report = judged(run)
    assert report.verdict is Verdict.CONFORMANT, deviations(report)
