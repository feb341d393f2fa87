"""What a capture does not hold is held against nobody, and what is damaged in it is said once and with its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isakmp.conform.capture import read_capture
from isakmp.conform.check import check_capture
from isakmp.conform.verdicts import Outcome, Report, Verdict
from tests.conform.checking import (
    BACKEND,
    CAPTURES,
    capture,
    changed,
    check,
    deviations,
    exchange,
    keys,
    message,
    sections,
)

MAIN = "main_psk_aes256_sha256_modp2048"


def flipped(name: str, frame: int, offset: int, mask: int, *, known: bool = True) -> Report:
    def flip(payload: bytes) -> bytes:
        return payload[:offset] + bytes([payload[offset] ^ mask]) + payload[offset + 1 :]

    return check_capture(changed(capture(name), frame, flip), keys(name) if known else None, BACKEND)


@pytest.mark.parametrize("frame", range(1, 10))
@pytest.mark.parametrize("cut", [True, False])
def test_logged_values_of_messages_that_are_missing_are_not_compared(frame: int, cut: bool) -> None:
    found = [d for d in capture(MAIN).datagrams if (d.frame < frame if cut else d.frame != frame)]
    report = check_capture(replace(capture(MAIN), datagrams=tuple(found)), keys(MAIN), BACKEND)
    assert report.findings == []
    assert [c for each in report.exchanges for c in each.keys if not c.ok] == []


@pytest.mark.parametrize("octets", [116, 384, 1841])
def test_a_capture_that_was_cut_is_one_finding_with_its_place(tmp_path: Path, octets: int) -> None:
    cut = tmp_path / "cut.pcap"
    cut.write_bytes((CAPTURES / f"{MAIN}.pcap").read_bytes()[:octets])
    report = check_capture(read_capture(cut), keys(MAIN), BACKEND)
    (finding,) = report.findings
    assert finding.startswith("frame ")
    assert "the file ends here" in finding
    assert "(octet " in finding
    assert report.notes == []


@pytest.mark.parametrize(("frame", "offset", "mask"), [(3, 776, 0x20), (2, 783, 0x80)])
def test_a_certificate_with_a_wrong_signature_is_its_senders_deviation(frame: int, offset: int, mask: int) -> None:
    report = flipped("aggressive_rsasig", frame, offset, mask)
    assert report.verdict is Verdict.DEVIATIONS
    assert "RFC2408:5.9" in sections(report)


def test_a_changed_responders_cookie_is_judged_and_its_missing_keys_are_noted() -> None:
    report = flipped("no_proposal_chosen", 2, 15, 0x80)
    assert message(report, 2).checks
    assert any("no keys for the ISAKMP SA" in note for note in report.notes)


@pytest.mark.parametrize("known", [True, False])
def test_an_informational_that_its_receiver_may_not_read_is_incomplete(known: bool) -> None:
    report = check("wrong_psk_main", known=known)
    said = {each.outcome for each in report.exchanges if each.exchange == "informational"}
    assert said == {Outcome.INCOMPLETE}


def test_an_unknown_member_of_a_key_file_is_noted() -> None:
    report = check_capture(capture(MAIN), replace(keys(MAIN), ignored=("$.pskk",)), BACKEND)
    assert report.notes == ["key file: unknown member $.pskk was ignored"]


def test_a_refusal_that_the_capture_does_not_show_leaves_the_exchange_incomplete() -> None:
    first = replace(capture(MAIN), datagrams=capture(MAIN).datagrams[:1])
    report = check_capture(changed(first, 1, lambda payload: payload[:40] + b"\0\0\0\2" + payload[44:]), None, BACKEND)
    main = exchange(report, "main")
    assert main.outcome is Outcome.INCOMPLETE
    assert main.reason.startswith("MM1 has to be refused by the responder")


def test_an_exchange_whose_sa_carried_a_quick_mode_has_not_failed() -> None:
    report = flipped("aggressive_rsasig", 3, 776, 0x20)
    assert exchange(report, "aggressive").outcome is Outcome.ESTABLISHED


def test_a_message_tells_its_ends() -> None:
    said = message(check(MAIN), 2).to_json()
    datagram = capture(MAIN).datagrams[1]
    assert (said["source"], said["destination"]) == (str(datagram.source), str(datagram.destination))
    assert said["phase_1_sender"] == "responder"


def test_a_ciphertext_of_no_ciphers_length_is_a_deviation_without_keys() -> None:
    odd = changed(capture(MAIN), 5, lambda p: p[:24] + (28 + 31).to_bytes(4) + p[28 : 28 + 31])
    report = check_capture(odd, None, BACKEND)
    assert any("31 octets" in each for each in deviations(report))


def test_a_packet_of_ike_version_2_is_one_deviation() -> None:
    first = replace(capture(MAIN), datagrams=capture(MAIN).datagrams[:1])
    report = check_capture(changed(first, 1, lambda p: p[:17] + b"\x20\x22\x08" + p[20:]), None, BACKEND)
    (said,) = deviations(report)
    assert "IKE version 2, not judged" in said
