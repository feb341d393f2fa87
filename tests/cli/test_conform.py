"""`isakmp conform` as a user meets it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Cli
from tests.conform.live import RESPONDER, honest

SOME = "responder.main.rfc2408.5.3.step3.*"
KEYS = {"name", "document", "section", "level", "verdict", "evidence"}


@pytest.fixture
def served() -> Iterator[str]:
    """The model's responder behind a UDP socket on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            target = honest(replace(RESPONDER, peer_identity=None))
            while not over.is_set():
                try:
                    datagram, address = sock.recvfrom(65535)
                except TimeoutError:
                    continue
                target.send(datagram)
                while (answer := target.receive(0)) is not None:
                    sock.sendto(answer, address)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{sock.getsockname()[1]}"
        over.set()
        thread.join()


@pytest.fixture
def secret(tmp_path: Path) -> str:
    path = tmp_path / "psk"
    path.write_bytes(b"ikev1-test-psk\n")
    return str(path)


def test_the_model_passes_and_says_so_in_every_form(cli: Cli) -> None:
    ran = cli("conform", "--model", "--cases", SOME)
    assert ran.status == 0
    *lines, _, total = ran.out.splitlines()
    assert all(line.startswith("conforms") for line in lines)
    assert total == f"{len(lines)} cases: {len(lines)} conforms"
    document = cli("conform", "--model", "--cases", SOME, "--format", "json").json
    assert len(document["cases"]) == len(lines)
    assert all(set(one) >= KEYS and one["evidence"] for one in document["cases"])
    suite = ET.fromstring(cli("conform", "--model", "--cases", SOME, "--format", "junit").out)  # noqa: S314 - our own
    assert (suite.get("tests"), suite.get("failures")) == (str(len(lines)), "0")
    page = cli("conform", "--model", "--cases", SOME, "--format", "html").out
    assert page.count('<td class="conforms">') == len(lines)


def test_cases_are_listed_without_being_run(cli: Cli) -> None:
    ran = cli("conform", "--list", "--format", "json")
    assert ran.status == 0
    assert {"name", "document", "section", "level", "sent", "allowed"} <= set(ran.json["cases"][0])
    assert "verdict" not in ran.json["cases"][0]


def test_a_responder_is_tried_over_udp(cli: Cli, served: str, secret: str) -> None:
    ran = cli(
        "conform", served, "--psk-file", secret, "--cases", "*.sa-doi-unknown", "--timeout", "0.3", "--format", "json"
    )
    assert [one["verdict"] for one in ran.json["cases"]] == ["conforms"] * 3
    assert ran.status == 0


def test_a_wrong_key_makes_what_comes_behind_phase_1_inconclusive(cli: Cli, served: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("another key\n")
    case = "responder.quick.rfc2408.5.4.step1.sa-doi-unknown"
    ran = cli("conform", served, "--psk-file", str(other), "--cases", case, "--timeout", "0.1", "--format", "json")
    (one,) = ran.json["cases"]
    assert one["verdict"] == "inconclusive"
    assert "MM5 was sent" in one["reason"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "HOST or --model, one of them"),
        (("--model", "192.0.2.1"), "HOST or --model, one of them"),
        (("--model", "--cases", "nothing"), "no case fits"),
        (("127.0.0.1:0",), "'0' is no port"),
        (("127.0.0.1",), "no pre-shared key"),
        (("--model", "--policy", "absent.toml"), "No such file"),
    ],
)
def test_bad_usage_is_said(cli: Cli, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], words: str) -> None:
    monkeypatch.delenv("ISAKMP_PSK", raising=False)
    ran = cli("conform", *args)
    assert ran.status == 2
    assert words in ran.err


def test_nobody_there_is_said(cli: Cli, secret: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    ran = cli("conform", f"127.0.0.1:{port}", "--psk-file", secret, "--timeout", "0.05")
    assert ran.status == 2
    assert "no answer to a first message" in ran.err
