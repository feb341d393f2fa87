"""Real handshakes get the right verdict, and what we derive equals what the daemons logged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from isakmp.conform.check import KeysOfAnotherCapture, check_capture
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.conform.verdicts import Outcome, Verdict
from isakmp.machine.memory import handshake
from isakmp.spec.citations import parse_cite
from isakmp.spec.exchanges import exchanges
from isakmp.spec.registries import AuthMethod
from isakmp.spec.table import table
from isakmp.spec.terms import Role
from tests.conform.checking import (
    BACKEND,
    DAEMONS,
    ESTABLISHED,
    NAMES,
    capture,
    check,
    deviations,
    exchange,
    expected,
    keys,
    message,
    one_sa,
    recorded,
    sections,
)
from tests.machine.ends import NOW, PSK, ends

ROWS = {row.id for each in exchanges() for role in Role for row in table(each, role).rows}


@pytest.mark.parametrize("name", DAEMONS)
def test_handshakes_of_daemons_are_conformant_and_end_as_they_did(name: str) -> None:
    report = check(name)
    assert (report.verdict, deviations(report), report.findings) == (Verdict.CONFORMANT, [], [])
    outcomes = {each.outcome for each in report.exchanges if each.exchange != "informational"}
    if expected(name) == ESTABLISHED:
        assert outcomes == {Outcome.ESTABLISHED}
    else:
        assert Outcome.FAILED in outcomes
    assert Outcome.INCOMPLETE not in outcomes


@pytest.mark.parametrize("name", [name for name in NAMES if keys(name).sas])
def test_every_value_that_we_derive_equals_the_one_that_the_daemon_logged(name: str) -> None:
    report = check(name)
    compared = {c.name for each in report.exchanges for c in each.keys}
    assert [c for each in report.exchanges for c in each.keys if not c.ok] == []
    if expected(name) == ESTABLISHED:
        wanted = {"skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "ka", "initial_iv", "hash_i", "hash_r", "iv_chain"}
        wanted |= {"HASH(1)", "HASH(2)", "HASH(3)", "keymat_initiator_sa", "keymat_responder_sa", "seed_initiator_sa"}
        wanted |= {"integ_key_initiator", "integ_key_responder", "spi_inbound", "spi_outbound"}
        assert wanted <= compared
    if name == "quick_esp_transport":
        assert {"enc_key_initiator", "enc_key_responder"} <= compared


def test_a_keys_file_that_logs_a_wrong_value_is_told_from_a_wrong_message() -> None:
    known = keys("delete")
    logged = {**known.sas[0].logged, "skeyid_a": bytes(20)}
    report = check_capture(capture("delete"), replace(known, sas=(replace(known.sas[0], logged=logged),)), BACKEND)
    assert report.verdict is Verdict.UNDECIDED
    assert "skeyid_a" in report.findings[0]
    assert deviations(report) == []


@pytest.mark.parametrize("name", [name for name in DAEMONS if expected(name) == ESTABLISHED])
def test_every_proof_of_an_established_handshake_is_checked(name: str) -> None:
    results = {c.check: c.ok for e in check(name).exchanges for m in e.messages for c in m.checks}
    signed = "rsasig" in name or "ecdsasig" in name or name == "fragmentation"
    proofs = {"SIG_I", "SIG_R", "certificate"} if signed else {"HASH_I", "HASH_R"}
    if name == "main_rsasig_hybrid":  # the client's signature is replaced by its hash (hybrid-auth-05 section 4.2)
        proofs = {"HASH_I", "SIG_R", "certificate"}
    wanted = proofs | {"HASH(1)", "HASH(2)", "HASH(3)", "chosen was offered", "KE", "nonce", "padding", "IV chain"}
    assert {check for check in wanted if results.get(check)} == wanted
    assert None not in results.values()


@pytest.mark.parametrize("name", DAEMONS)
def test_without_keys_all_that_is_in_the_clear_is_judged_and_the_rest_is_undecided(name: str) -> None:
    report = check(name, known=False)
    assert deviations(report) == []
    encrypted = [m for each in report.exchanges for m in each.messages if m.encrypted and not m.retransmission]
    clear = [m for each in report.exchanges for m in each.messages if not m.encrypted and not m.retransmission]
    assert report.verdict is (Verdict.UNDECIDED if encrypted else Verdict.CONFORMANT)
    assert not any(m.decrypted for m in encrypted)
    assert all(any(c.ok is None for c in m.checks) for m in encrypted)
    for m in clear:
        undecided = {c.check for c in m.checks if c.ok is None}
        assert undecided <= {"HASH_R", "SIG_R", "certificate"}  # aggressive mode proves in the clear


WITH_USERS = ("main_psk_xauth_bad_password", "main_psk_xauth_modecfg", "main_rsasig_hybrid")


@pytest.mark.parametrize("name", WITH_USERS)
def test_the_authentication_of_users_is_walked_through_rule_by_rule(name: str) -> None:
    report = check(name)
    assert (report.verdict, deviations(report)) == (Verdict.CONFORMANT, [])
    transactions = [each for each in report.exchanges if each.exchange == "transaction"]
    messages = [m for each in transactions for m in each.messages]
    assert all(m.decrypted and m.result("HASH").ok and m.result("attributes").ok for m in messages)  # type: ignore[union-attr]
    failed = [each.reason for each in transactions if each.outcome is Outcome.FAILED]
    assert failed == (["the edge device refuses the user"] if expected(name) == "failed" else [])
    assert exchange(report, "main").outcome is Outcome.ESTABLISHED
    rows = [row for m in messages for row in m.effects]
    status = "refused" if failed else "accepted"
    assert rows[:3] == ["xauth.I.XAUTH_R0.begin", "xauth.R.XAUTH_I0.asked", f"xauth.I.XAUTH_R1.{status}"]


@pytest.mark.parametrize("name", ["main_psk_xauth_modecfg", "main_rsasig_hybrid"])
def test_what_was_configured_is_told_and_no_password(name: str) -> None:
    # What the daemon was told to hand out: see the scenario of the capture.
    told = " ".join(note for each in check(name).exchanges for m in each.messages for note in m.notes)
    assert "INTERNAL_IP4_ADDRESS 10.3.0.1" in told
    assert "INTERNAL_IP4_DNS 10.3.0.53" in told
    quick = exchange(check(name), "quick").messages[0].result("user authentication")
    assert quick is not None
    assert quick.ok


@pytest.mark.parametrize("name", NAMES)
def test_the_report_has_the_form_of_the_documentation(name: str) -> None:
    report = json.loads(json.dumps(check(name).to_json()))
    assert report["verdict"] in {"conformant", "deviations", "undecided"}
    for each in report["exchanges"]:
        assert each["outcome"] in {"established", "failed", "incomplete"}
        assert len(each["initiator_cookie"]) == len(each["responder_cookie"]) == 16
        assert isinstance(each["message_id"], int)
        for m in each["messages"]:
            assert m["sender"] in {"initiator", "responder"}
            assert m["row"] in ROWS or (m["row"] is None and name == "fragmentation")
            assert isinstance(m["frame"], int)
            assert isinstance(m["decrypted"], bool)
            assert m["checks"]
            for c in m["checks"]:
                assert c["ok"] in {True, False, None}
                assert parse_cite(c["section"])


# ---- how exchanges fail ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "failed", "frame", "row", "reason"),
    [
        ("no_proposal_chosen", "main", 1, "main-psk.R.MAIN_R0.MM1!acceptable:SA", "NO-PROPOSAL-CHOSEN"),
        ("aggressive_dh_mismatch", "aggressive", 1, "aggressive-psk.R.AGGR_R0.AM1!acceptable:SA", "NO-PROPOSAL-CHOSEN"),
        ("quick_no_proposal_chosen", "quick", 7, "quick.R.QUICK_R0.QM1!acceptable:SA", "NO-PROPOSAL-CHOSEN"),
        ("cert_untrusted", "main", 5, "main-signature.R.MAIN_R2.MM5!certificate:CERT", "trust anchor"),
        ("wrong_id", "main", 5, "main-psk.R.MAIN_R2.MM5!identity:IDii", "AUTHENTICATION-FAILED"),
        ("wrong_psk_aggressive", "aggressive", 2, "aggressive-psk.I.AGGR_I1.AM2!hash:HASH_R", "another pre-shared key"),
        ("wrong_psk_main", "main", 5, "main-psk.R.MAIN_R2.malformed", "different pre-shared keys"),
        ("peer_not_responding", "main", 1, "main-psk.R.MAIN_R0.MM1", "no answer to MM1"),
    ],
)
def test_a_failure_has_its_row_and_its_reason(name: str, failed: str, frame: int, row: str, reason: str) -> None:
    report = check(name)
    each = exchange(report, failed)
    assert (each.outcome, message(report, frame).row) == (Outcome.FAILED, row)
    assert reason in each.reason


def test_a_quick_mode_that_fails_leaves_main_mode_established() -> None:
    report = check("quick_no_proposal_chosen")
    assert exchange(report, "main").outcome is Outcome.ESTABLISHED
    assert message(report, 8).effects == ["quick.I.QUICK_I1.protected-error-notify"]


def test_a_message_that_violates_the_chain_of_payloads_is_a_deviation() -> None:
    report = check("ikescan_bad_nextpayload_ss")
    assert report.verdict is Verdict.DEVIATIONS
    assert "RFC2408:5.2" in sections(report)
    assert exchange(report, "main").outcome is Outcome.FAILED


def test_deletes_act_on_the_exchanges_that_made_the_sas() -> None:
    report = check("delete")
    assert message(report, 10).effects == ["quick.R.QUICK_R2.protected-delete"]
    assert message(report, 11).effects == ["main-psk.R.MAIN_R3.protected-delete"]
    assert exchange(report, "quick").outcome is Outcome.ESTABLISHED


def test_repetitions_take_the_row_of_a_duplicate_and_move_no_vector() -> None:
    report = check("retransmission_lost_qm3")
    repeated = [m for each in report.exchanges for m in each.messages if m.retransmission]
    assert [m.row for m in repeated] == ["quick.I.QUICK_I2.duplicate", "quick.R.QUICK_R2.duplicate"]
    assert all(m.decrypted and m.result("retransmission").ok for m in repeated)  # type: ignore[union-attr]


def test_a_nat_is_information_and_moves_to_port_4500() -> None:
    report = check("nat_t_4500")
    assert any("behind a NAT" in note for m in exchange(report, "main").messages for note in m.notes)
    assert message(report, 5).result("port").ok  # type: ignore[union-attr]


def test_quick_modes_may_run_in_parallel_and_be_begun_by_either_end() -> None:
    report = check("parallel_quick")
    quick = [each for each in report.exchanges if each.exchange == "quick"]
    assert [len(each.messages) for each in quick] == [3, 3, 3]
    assert {m.sender for each in quick for m in each.messages[:1]} == {"initiator"}


def test_fragments_are_put_together_and_judged_as_the_message_that_they_are() -> None:
    main = exchange(check("fragmentation"), "main")
    assert [m.frame for m in main.messages if m.row is None] == [5, 6, 7, 8, 9, 10, 11, 12]
    assert [(m.frame, m.name) for m in main.messages if m.decrypted] == [(8, "MM5"), (12, "MM6")]


# ---- which keys ------------------------------------------------------------------------------------------------------


def test_a_pre_shared_key_with_the_shared_secret_decides_everything() -> None:
    sa = keys("main_psk_3des_md5_modp1536").sas[0]
    known = one_sa("main_psk_3des_md5_modp1536", psk_i=sa.psk_i, dh_shared_secret=sa.dh_shared_secret)
    assert check_capture(capture("main_psk_3des_md5_modp1536"), known, BACKEND).verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("name", ["delete", "aggressive_psk_aes128_sha1_modp1024"])
def test_skeyid_with_the_shared_secret_decides_everything(name: str) -> None:
    sa = keys(name).sas[0]
    known = one_sa(name, skeyid=sa.skeyid, dh_shared_secret=sa.dh_shared_secret)
    assert check_capture(capture(name), known, BACKEND).verdict is Verdict.CONFORMANT


@pytest.mark.parametrize("role", ["dh_secret_i", "dh_secret_r"])
@pytest.mark.parametrize(("mode", "suite"), [("main", "aes128-sha1-modp1024"), ("aggressive", "3des-md5-ecp256")])
def test_a_pre_shared_key_with_either_ends_exponent_decides_everything(role: str, mode: str, suite: str) -> None:
    alice, bob = ends(suite=suite)
    run = handshake(alice, bob, mode, now=NOW)
    recording = recorded(run)
    peer = alice if role == "dh_secret_i" else bob
    (own,) = {each.known.values.own for each in peer.database.runs() if each.known.values.own is not None}
    secret = _number(own.private).to_bytes(256)
    cky_i, cky_r = _cookies(recording.datagrams[-1].payload)
    changes = {role: secret.lstrip(b"\0")}
    sa = replace(SaKeys(cky_i, cky_r, psk_i=PSK, psk_r=PSK), **changes)  # type: ignore[arg-type]
    report = check_capture(recording, Keys("k", KeyForm.IKEV1_CAPTURE, (sa,)), BACKEND)
    assert (report.verdict, deviations(report), report.findings) == (Verdict.CONFORMANT, [], [])


def _number(private: object) -> int:
    native = getattr(private, "private_numbers", None)
    return int(native().private_value) if native else int(private.number)  # type: ignore[attr-defined]


def _cookies(payload: bytes) -> tuple[bytes, bytes]:
    return payload[:8], payload[8:16]


@pytest.mark.parametrize("auth", [AuthMethod.PSK, AuthMethod.RSA_SIG, AuthMethod.DSS_SIG, AuthMethod.ECDSA_256])
@pytest.mark.parametrize("mode", ["main", "aggressive"])
def test_our_own_peers_are_conformant(auth: AuthMethod, mode: str) -> None:
    alice, bob = ends(auth, suite="aes128-sha256-ecp256")
    run = handshake(alice, bob, mode, now=NOW)
    assert run.complete
    recording = recorded(run)
    sa = run.sas[Role.I]
    store = next(each for each in alice.database.runs()).known.values.store
    known = SaKeys(
        sa.cky_i,
        sa.cky_r,
        psk_i=PSK,
        dh_shared_secret=store["g^xy"],
        trusted_certificates=tuple(c.der for c in alice.config.credentials.trusted),
    )
    report = check_capture(recording, Keys("k", KeyForm.IKEV1_CAPTURE, (known,)), BACKEND)
    assert (report.verdict, deviations(report), report.findings) == (Verdict.CONFORMANT, [], [])
    assert {each.outcome for each in report.exchanges} == {Outcome.ESTABLISHED}


def test_a_cipher_key_alone_decrypts_and_leaves_hashes_undecided() -> None:
    sa = keys("quick_pfs_modp2048").sas[0]
    known = Keys("table", KeyForm.WIRESHARK, (SaKeys(sa.cky_i, cipher_key=sa.cipher_key),))
    report = check_capture(capture("quick_pfs_modp2048"), known, BACKEND)
    encrypted = [m for each in report.exchanges for m in each.messages if m.encrypted]
    assert all(m.decrypted for m in encrypted)
    assert {c.check for m in encrypted for c in m.checks if c.ok is None} == {
        "HASH_I",
        "HASH_R",
        "HASH(1)",
        "HASH(2)",
        "HASH(3)",
    }
    assert (report.verdict, deviations(report)) == (Verdict.UNDECIDED, [])


def test_a_cipher_key_of_another_length_is_a_finding() -> None:
    known = one_sa("delete", cipher_key=bytes(7))
    report = check_capture(capture("delete"), known, BACKEND)
    assert report.findings == ["the cipher key has 7 octets, the negotiated cipher takes 16"]


@pytest.mark.parametrize("name", ["delete", "aggressive_psk_aes128_sha1_modp1024"])
def test_a_wrong_pre_shared_key_is_a_finding_and_not_the_peers_fault(name: str) -> None:
    sa = keys(name).sas[0]
    known = one_sa(name, psk_i=b"wrong", psk_r=b"wrong", dh_shared_secret=sa.dh_shared_secret)
    report = check_capture(capture(name), known, BACKEND)
    assert (report.verdict, deviations(report)) == (Verdict.UNDECIDED, [])
    (finding,) = report.findings
    assert finding.endswith("wrong pre-shared key or DH secret?")
    assert finding.startswith("frame 5: MM5 does not decrypt" if name == "delete" else "frame 2: AM2: HASH_R is not")


@pytest.mark.parametrize("name", ["delete", "aggressive_psk_aes128_sha1_modp1024"])
def test_a_wrong_shared_secret_is_a_finding_and_not_the_peers_fault(name: str) -> None:
    sa = keys(name).sas[0]
    known = one_sa(name, psk_i=sa.psk_i, dh_shared_secret=bytes(128))
    report = check_capture(capture(name), known, BACKEND)
    assert (report.verdict, deviations(report)) == (Verdict.UNDECIDED, [])
    assert "does not decrypt into payloads" in report.findings[0]


def test_a_wrong_exponent_is_a_finding() -> None:
    known = one_sa("delete", psk_i=b"secretkey", dh_secret_i=b"\5" * 32)
    report = check_capture(capture("delete"), known, BACKEND)
    assert report.findings == [
        "the initiator's DH secret is not the exponent of its public value: wrong DH secret?",
    ]


def test_the_keys_of_another_capture_are_refused() -> None:
    with pytest.raises(KeysOfAnotherCapture, match="the keys of another capture"):
        check_capture(capture("delete"), keys("dpd"), BACKEND)


def test_an_empty_capture_is_undecided() -> None:
    nothing = replace(capture("delete"), datagrams=())
    assert check_capture(nothing, None, BACKEND).verdict is Verdict.UNDECIDED


def test_unreadable_certificates_of_the_keys_file_leave_signatures_undecided() -> None:
    known = keys("aggressive_rsasig")
    sa = replace(known.sas[0], trusted_certificates=(b"junk",))
    report = check_capture(capture("aggressive_rsasig"), replace(known, sas=(sa,)), BACKEND)
    assert deviations(report) == []
    assert message(report, 2).result("certificate").ok is not True  # type: ignore[union-attr]
