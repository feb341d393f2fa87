"""``isakmp check``: what the checker finds, as text and as JSON, and with which exit status."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from isakmp.cli.check import is_finding
from isakmp.conform.capture import Datagram, read_capture
from isakmp.conform.pcapwrite import write_pcap
from isakmp.conform.verdicts import Report
from tests.cli.conftest import CAPTURES, Cli, capture

GOOD = "main_psk_aes256_sha256_modp2048"


def test_a_handshake_with_its_keys_is_conformant(cli: Cli) -> None:
    pcap, keys = capture(GOOD)
    ran = cli("check", pcap, "--keys", keys)
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "conformant: no deviation was found"
    assert "main, pre-shared key, aes256-sha256-modp2048: established" in ran.out
    assert "[main-psk.R.MAIN_R0.MM1]" in ran.out
    assert "0 failed" in ran.out


def test_without_keys_it_says_what_is_undecided_and_finds_nothing(cli: Cli) -> None:
    ran = cli("check", capture(GOOD)[0])
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("undecided: ")
    assert "not decrypted" in ran.out
    assert cli("check", capture(GOOD)[0], "--format", "json").json["verdict"] == "undecided"


def test_a_backend_that_computes_no_octets_is_refused_and_not_the_keys(cli: Cli) -> None:
    pcap, keys = capture(GOOD)
    ran = cli("check", pcap, "--keys", keys, "--backend", "symbolic")
    assert ran.status == 2
    assert "symbolic backend computes no octets" in ran.complaint


def test_json_has_the_keys_that_programs_rely_on(cli: Cli) -> None:
    pcap, keys = capture(GOOD)
    report = cli("check", pcap, "--keys", keys, "--format", "json").json
    assert report["verdict"] == "conformant"
    for exchange in report["exchanges"]:
        assert exchange.keys() >= {
            "exchange",
            "initiator_cookie",
            "responder_cookie",
            "message_id",
            "outcome",
            "messages",
        }
        for message in exchange["messages"]:
            assert message.keys() >= {"frame", "sender", "row", "decrypted", "checks", "deviations"}
            assert all(check.keys() >= {"check", "ok", "section", "detail"} for check in message["checks"])


def test_verbose_shows_each_check_with_its_section(cli: Cli) -> None:
    pcap, keys = capture(GOOD)
    text = " ".join(cli("check", pcap, "--keys", keys, "-v").out.split())
    report = cli("check", pcap, "--keys", keys, "--format", "json").json
    for exchange in report["exchanges"]:
        for message in exchange["messages"]:
            for check in message["checks"]:
                assert f"ok {check['check']}" in text
    assert "(RFC 2409 section 5.4)" in text


@pytest.fixture
def tampered(tmp_path: Path) -> str:
    """A capture whose first datagram has a reserved field that is not zero."""
    datagrams = list(read_capture(capture(GOOD)[0]).datagrams)
    octets = bytearray(datagrams[0].payload)
    octets[29] = 1  # RESERVED of the SA payload
    first = datagrams[0]
    datagrams[0] = Datagram(first.frame, first.time, first.source, first.destination, bytes(octets))
    write_pcap(tmp_path / "tampered.pcap", datagrams)
    return str(tmp_path / "tampered.pcap")


def test_a_deviation_is_a_finding_with_its_place_and_section(cli: Cli, tampered: str) -> None:
    ran = cli("check", tampered)
    text = " ".join(ran.out.split())
    assert ran.status == 1
    assert "! deviation: offset 29" in text
    assert "RFC 2408 section" in text
    assert ran.out.splitlines()[-1] == "deviations were found"
    assert cli("check", tampered, "--format", "json").status == 1


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcap")), ids=lambda path: path.stem)
def test_text_and_json_come_to_the_same_status_on_every_capture(cli: Cli, path: Path) -> None:
    keys = str(path).removesuffix(".pcap") + ".keys.json"
    told, document = (
        cli("check", str(path), "--keys", keys),
        cli("check", str(path), "--keys", keys, "--format", "json"),
    )
    assert told.status == document.status
    assert told.err == document.err == ""
    assert (told.status == 1) == is_finding(document.json)
    assert all(str(message["frame"]) in told.out for one in document.json["exchanges"] for message in one["messages"])


def test_a_note_on_many_messages_is_told_once_unless_all_is_asked_for(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    pcap, keys = capture(GOOD)
    whole = Report.to_json

    def noted(self: Report) -> dict[str, Any]:
        document: dict[str, Any] = whole(self)
        for message in document["exchanges"][0]["messages"]:
            message["notes"] = [f"odd number {message['frame']}"]
        return document

    monkeypatch.setattr(Report, "to_json", noted)
    assert re.findall("note.* odd number.*", cli("check", pcap, "--keys", keys).out) == [
        "note: on 6 messages: odd number 1"
    ]
    assert len(re.findall("note odd number", cli("check", pcap, "--keys", keys, "-v").out)) == 6


def report(**changes: Any) -> dict[str, Any]:
    message = {"checks": [{"ok": True}, {"ok": None}], "deviations": []}
    return {
        "verdict": "conformant",
        "exchanges": [{"messages": [message], "keys": [{"ok": True}]}],
        "findings": [],
    } | changes


def test_what_counts_as_a_finding() -> None:
    failed = [{"messages": [{"checks": [{"ok": False}], "deviations": []}]}]
    differing: list[dict[str, Any]] = [{"messages": [], "keys": [{"ok": False}]}]
    assert not is_finding(report())
    assert not is_finding(report(verdict="undecided"))
    assert is_finding(report(verdict="deviations"))
    assert not is_finding(report(exchanges=failed))
    assert is_finding(report(exchanges=differing))
    assert is_finding(report(findings=["the keys are of another capture"]))


@pytest.fixture
def bad_files(tmp_path: Path) -> dict[str, str]:
    """Files that are not what they should be."""
    contents = {
        "empty": b"",
        "text": b"This is no capture.\n",
        "json": b"{",
        "unknown-keys": b'{"format": "ikev1-capture/9"}',
        "cut": (CAPTURES / f"{GOOD}.pcap").read_bytes()[:20],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


@pytest.mark.parametrize("name", ["empty", "text", "cut", "missing"])
def test_a_file_that_is_no_capture_is_unreadable(cli: Cli, bad_files: dict[str, str], name: str) -> None:
    path = bad_files.get(name, "missing.pcap")
    ran = cli("check", path)
    assert ran.status == 2
    assert path in ran.complaint


@pytest.mark.parametrize("name", ["empty", "text", "json", "unknown-keys", "missing"])
def test_a_file_that_holds_no_keys_is_unreadable(cli: Cli, bad_files: dict[str, str], name: str) -> None:
    path = bad_files.get(name, "missing.json")
    ran = cli("check", capture(GOOD)[0], "--keys", path)
    assert ran.status == 2
    assert path in ran.complaint


def test_the_keys_of_another_capture_are_refused(cli: Cli) -> None:
    ran = cli("check", capture(GOOD)[0], "--keys", capture("aggressive_rsasig")[1])
    assert ran.status == 2
    assert "keys" in ran.complaint


def test_standard_input_cannot_be_both(cli: Cli) -> None:
    ran = cli("check", "-", "--keys", "-")
    assert ran.status == 2
    assert "standard input" in ran.complaint


def test_a_capture_may_come_from_standard_input(cli: Cli, program: Cli) -> None:
    pcap, keys = capture(GOOD)
    ran = program("check", "-", "--keys", keys, stdin=Path(pcap).read_bytes())
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == cli("check", pcap, "--keys", keys).out.splitlines()[-1]


def test_a_capture_is_demanded(cli: Cli) -> None:
    ran = cli("check")
    assert ran.status == 2
    assert "CAPTURE" in ran.complaint
