"""Captures of public key encryption (RFC 2409 sections 5.2 and 5.3): judged with private keys, undecided without."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from isakmp.conform.capture import Datagram
from isakmp.conform.check import check_capture
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.conform.verdicts import Outcome, Report, Verdict
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.peer import Peer
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role
from tests.conform.checking import BACKEND, deviations, message, recorded
from tests.machine.certificates import authority, credentials_for
from tests.machine.ends import BOB, ENCRYPTIONS, NOW, ends

ENC, REVISED = ENCRYPTIONS
MODES = ("main", "aggressive")
BOTH = pytest.mark.parametrize("auth", ENCRYPTIONS, ids=lambda a: a.name)
EITHER = pytest.mark.parametrize("mode", MODES)


def der(peer: Peer) -> bytes:
    key = peer.config.credentials.private_key
    assert key is not None
    return key.native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def played(auth: AuthMethod, mode: str, suite: str = "aes256-sha1-modp1024") -> tuple[Handshake, SaKeys]:
    """A handshake, and a keys file with the private keys of both ends and g^xy."""
    alice, bob = ends(auth, suite, name_peer_key=True)
    run = handshake(alice, bob, mode, now=NOW)
    assert run.complete
    sa = run.sas[Role.I]
    store = next(iter(alice.database.runs())).known.values.store
    certificate = bob.config.credentials.certificate
    assert certificate is not None
    return run, SaKeys(
        sa.cky_i,
        sa.cky_r,
        dh_shared_secret=store["g^xy"],
        private_key_i=der(alice),
        private_key_r=der(bob),
        certificate_r=certificate.der,
        trusted_certificates=tuple(each.der for each in alice.config.credentials.trusted),
    )


def judged(run: Handshake, sa: SaKeys | None) -> Report:
    return check_capture(recorded(run), Keys("k", KeyForm.IKEV1_CAPTURE, (sa,)) if sa else None, BACKEND)


@EITHER
@BOTH
def test_our_own_peers_are_conformant(auth: AuthMethod, mode: str) -> None:
    report = judged(*played(auth, mode))
    assert (report.verdict, deviations(report), report.findings) == (Verdict.CONFORMANT, [], [])
    assert {each.outcome for each in report.exchanges} == {Outcome.ESTABLISHED}
    passed = {check.check for each in report.exchanges[0].messages for check in each.checks if check.ok}
    assert passed >= {"encrypted bodies", "HASH(1)", "HASH_I", "HASH_R", "identity"}


@EITHER
@BOTH
def test_without_keys_it_is_undecided_and_says_what_is_missing(auth: AuthMethod, mode: str) -> None:
    for _ in range(8):  # encrypted bodies are other octets each time, some of which look like payloads
        run, _ = played(auth, mode)
        report = judged(run, None)
        assert (report.verdict, deviations(report), report.findings) == (Verdict.UNDECIDED, [], [])
        found = message(report, 3 if mode == "main" else 1).result("encrypted bodies")
        assert found is not None
        assert found.ok is None
        assert "the private key of the responder is not known" in str(found.detail)


@BOTH
@pytest.mark.parametrize("missing", [{1}, {2}, {1, 2}, {3}, {4}, {1, 2, 3}], ids=str)
def test_messages_that_the_capture_lacks_are_no_deviation(auth: AuthMethod, missing: set[int]) -> None:
    run, sa = played(auth, "main")
    whole = recorded(run)
    rest = replace(whole, datagrams=tuple(each for each in whole.datagrams if each.frame not in missing))
    for known in (Keys("k", KeyForm.IKEV1_CAPTURE, (sa,)), None):
        report = check_capture(rest, known, BACKEND)
        assert (report.verdict, deviations(report), report.findings) == (Verdict.UNDECIDED, [], [])


def fragments(datagram: bytes, size: int) -> list[bytes]:
    """The fragments in which Cisco's peers send a long message: type 132, fragment id, number, flag of the last."""
    parts = [datagram[at : at + size] for at in range(0, len(datagram), size)]
    return [
        datagram[:16]
        + b"\x84"
        + datagram[17:24]
        + (36 + len(part)).to_bytes(4)
        + b"\0\0"
        + (8 + len(part)).to_bytes(2)
        + b"\0\1"
        + bytes([number, number == len(parts)])
        + part
        for number, part in enumerate(parts, 1)
    ]


def test_a_message_that_came_in_fragments_is_opened_as_a_whole() -> None:
    run, sa = played(REVISED, "main")
    whole = recorded(run)
    sent: list[Datagram] = []
    for each in whole.datagrams:
        parts = fragments(each.payload, 400) if len(each.payload) > 800 else [each.payload]
        sent += [replace(each, payload=part) for part in parts]
    sent = [replace(each, frame=frame) for frame, each in enumerate(sent, 1)]
    assert len(sent) > len(whole.datagrams)
    for known in (Keys("k", KeyForm.IKEV1_CAPTURE, (sa,)), None):
        report = check_capture(replace(whole, datagrams=tuple(sent)), known, BACKEND)
        assert (deviations(report), report.findings) == ([], [])
        assert any(check.check == "encrypted bodies" for each in report.exchanges[0].messages for check in each.checks)


@EITHER
@BOTH
def test_the_private_keys_of_others_accuse_nobody(auth: AuthMethod, mode: str) -> None:
    other = credentials_for(BOB, auth, authority()).private_key
    assert other is not None
    wrong = other.native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for _ in range(12):  # what the wrong key opens an encrypted body to is drawn at random, and may look like a payload
        run, sa = played(auth, mode)
        report = judged(run, replace(sa, private_key_i=wrong, private_key_r=wrong))
        assert report.verdict is Verdict.UNDECIDED
        assert deviations(report) == []


@EITHER
def test_the_keys_of_phase_1_open_what_follows_without_private_keys(mode: str) -> None:
    run, known = played(ENC, mode)
    sa = run.sas[Role.I]
    only = SaKeys(
        known.cky_i,
        known.cky_r,
        skeyid=sa.skeyid,
        skeyid_d=sa.skeyid_d,
        skeyid_a=sa.skeyid_a,
        skeyid_e=sa.skeyid_e,
    )
    report = judged(run, only)
    assert (report.verdict, deviations(report)) == (Verdict.UNDECIDED, [])
    assert all(each.decrypted for one in report.exchanges for each in one.messages if each.encrypted)


def test_a_nonce_that_was_logged_opens_what_is_encrypted_with_its_key() -> None:
    run, known = played(REVISED, "main")
    store = next(d for d in run.deliveries if d.sender is Role.I and len(d.datagram) > 300)
    assert known.private_key_r is not None
    nonce = BACKEND.pk_decrypt(BACKEND.load_private_key(known.private_key_r), _nonce(store.datagram))
    report = judged(run, replace(known, private_key_r=None, logged={"nonce_i": nonce}))
    assert (report.verdict, deviations(report)) == (Verdict.CONFORMANT, [])


def _nonce(datagram: bytes) -> bytes:
    at = 28 + int.from_bytes(datagram[30:32])  # behind HASH(1)
    return datagram[at + 4 : at + int.from_bytes(datagram[at + 2 : at + 4])]
