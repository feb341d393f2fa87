"""Captures of Libreswan, SoftEther, vpnc, ike-scan and strongSwan: verdicts, outcomes as the daemons logged them."""

from __future__ import annotations

import pytest

from isakmp.conform.capture import read_capture
from isakmp.conform.check import check_capture
from isakmp.conform.keyfiles import read_keys
from isakmp.conform.verdicts import Report
from tests.conform.checking import BACKEND, CAPTURES, deviations, sections

PEERS = CAPTURES / "peers"
UP, DOWN = ("established", "established"), ("failed",)

# Name: the outcomes of phase 1 and of the first quick mode, as the daemons logged them.
OUTCOMES: dict[str, tuple[str, ...]] = {
    "ls_main": UP,
    "sl_3des": UP,
    "sl_aggr": UP,
    "ll_main": UP,
    "ll_aggr": UP,
    "ll_v6_cert": UP,
    "ls_v6": UP,
    "ls_certagg": UP,
    "ls_f_noprop": DOWN,
    "ls_f_pskagg": DOWN,
    "ll_f_ts": ("established", "failed"),
    "f_psk_natt": DOWN,
    "f_expired": DOWN,
    "f_expired_agg": DOWN,
    "f_untrusted_agg": DOWN,
    "f_ts": ("established", "failed"),
    "box_realnat": UP,
    "box_rsa_frag_reorder": UP,
    "natt_rsa": UP,
    "main_p384_dn": UP,
    "main_rsa2048_dn": UP,
    "agg_p256_dn": UP,
    "ike_camellia128-sha256-modp2048": UP,
    "ike_cast128-sha1-modp1024": UP,
    "ike_aes128-sha256-modp2048s256": UP,
    "ike_aes256-sha384-ecp384bp": UP,
    "pfs_ecp256": UP,
    "esp_aes256gcm16-ecp384-esn": UP,
    "ah_sha256": UP,
    "se_3des": UP,
    "reauth_a": UP,
    "simul_rekey": UP,
    "rekeyike_b": UP,
    "id_keyid": UP,
    "dpd_dead": UP,
    "iks_agg_pluto": ("incomplete",),
    "vpnc_plain": UP,
    "ll_xauth": UP,
}
# What a daemon did against the RFCs, by the section that says so.
DEVIATIONS = {
    "ipcomp": "RFC2408:4.2",  # charon answers with two alternatives, where one is to be selected
    "esp_chacha20poly1305": "RFC2408:4.2",  # charon offers a proposal without a transform
    "iks_mbz": "RFC2408:5.3",  # ike-scan was told to fill a reserved field
}
# Groups for which there is no table, or no number.
UNDECIDED = ("default_ike",)


def judged(name: str) -> Report:
    return check_capture(read_capture(PEERS / f"{name}.pcap"), read_keys(PEERS / f"{name}.keys.json"), BACKEND)


def test_every_capture_is_in_a_list() -> None:
    assert {path.stem for path in PEERS.glob("*.pcap")} == {*OUTCOMES, *DEVIATIONS, *UNDECIDED}


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_daemons_do_is_conformant_and_ends_as_they_said(name: str) -> None:
    report = judged(name)
    assert deviations(report) == []
    assert report.verdict == "conformant"
    exchanges = [e for e in report.exchanges if e.exchange in ("main", "aggressive", "quick")]
    assert tuple(e.outcome.value for e in exchanges)[: len(OUTCOMES[name])] == OUTCOMES[name]


@pytest.mark.parametrize("name", OUTCOMES)
def test_without_keys_nothing_wrong_is_found(name: str) -> None:
    report = check_capture(read_capture(PEERS / f"{name}.pcap"), None, BACKEND)
    assert deviations(report) == []


@pytest.mark.parametrize(("name", "section"), DEVIATIONS.items())
def test_what_a_daemon_does_against_the_rfcs_is_found(name: str, section: str) -> None:
    assert section in sections(judged(name))


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_has_no_table_is_undecided_and_never_wrong(name: str) -> None:
    report = judged(name)
    assert deviations(report) == []
    assert report.verdict == "undecided"
