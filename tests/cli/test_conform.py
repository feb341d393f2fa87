"""`isakmp conform` as a user meets it."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from isakmp.conform.capture import read_capture
from isakmp.spec.registries import ExchangeType
from tests.cli.conftest import Cli
from tests.cli.endpoints import ENVIRONMENT, serving
from tests.cli.endpoints import policy as written
from tests.cli.policies import toml

SOME = "responder.main.rfc2408.5.3.step3.*"
KEYS = {"name", "document", "section", "level", "verdict", "evidence"}


pytestmark = pytest.mark.usefixtures("shared_secret")


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


def test_a_responder_is_tried_over_udp(cli: Cli, served: str, policy: str) -> None:
    cases = ("--cases", "*.sa-doi-unknown", "--timeout", "0.3", "--format", "json")
    ran = cli("conform", served, "--policy", policy, *cases)
    tried = {one["name"].split(".")[1]: one["verdict"] for one in ran.json["cases"]}
    assert tried == dict.fromkeys(("main", "aggressive", "quick", "new-group"), "conforms")
    assert ran.status == 0


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_behind_a_nat_cases_move_to_the_other_port(cli: Cli, tmp_path: Path) -> None:
    port, capture = free_port(), tmp_path / "served.pcap"
    site = written(tmp_path, "policy.toml", exchange=("main", "aggressive"))
    words = ("--policy", site, "--nat-t-port", str(port))
    with serving(*words, "--quiet", "--pcap", str(capture)) as served:
        cases = ("--cases", "responder.*.step[135].*-reserved-1", "--timeout", "0.3", "--format", "json")
        ran = cli("conform", served.place, *words, *cases, **ENVIRONMENT)
        started = served.port
    verdicts = Counter((one["name"].split(".")[1], one["verdict"]) for one in ran.json["cases"])
    assert {verdict for _, verdict in verdicts} == {"conforms"}
    assert {"main", "aggressive", "quick"} <= {exchange for exchange, _ in verdicts}
    carried = read_capture(capture, ports=(started,), nat_t_ports=(port,)).datagrams
    exchange = Counter((each.destination.port, each.payload[18]) for each in carried)
    assert exchange[port, ExchangeType.QUICK] > 0
    assert exchange[started, ExchangeType.QUICK] == 0


def test_behind_xauth_the_user_is_answered_for_and_quick_modes_are_for_the_address(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n")
    users = '[users]\nalice = { password_file = "password" }\n[assign]\naddresses = "10.3.0.0/24"\n'
    ours = written(tmp_path, "theirs.toml", users, method="xauthinitpsk", exchange=("main",))
    named = '[local]\nuser = "alice"\npassword_file = "password"\n'
    theirs = written(tmp_path, "ours.toml", named, method="xauthinitpsk", exchange=("main",))
    cases = ("--cases", "responder.[xq]*.step[12].[hp]*", "--quick", "assigned", "10.2.0.0/24", "--timeout", "0.2")
    with serving("--policy", ours, "--quiet") as served:
        ran = cli("conform", served.place, "--policy", theirs, *cases, "--format", "json", **ENVIRONMENT)
        wrong = cli(
            "conform", served.place, "--policy", written(tmp_path, "nobody.toml", method="xauthinitpsk"), *cases
        )
    tried = Counter((one["name"].split(".")[1], one["verdict"]) for one in ran.json["cases"])
    assert {verdict for _, verdict in tried} == {"conforms"}
    assert {"xauth", "quick"} == {exchange for exchange, _ in tried}
    assert wrong.status == 2
    assert "nobody.toml: the first proposal demands a user" in wrong.err


def test_vendor_ids_are_announced_where_they_are_asked_for(cli: Cli, served: str, policy: str) -> None:
    cases = ("--cases", "responder.main.rfc2408.5.3.step3.ke-reserved-1", "--timeout", "0.3", "--format", "json")
    ran = cli("conform", served, "--policy", policy, "--vendor-id", "00112233445566778899aabbccddeeff", *cases)
    assert "00112233445566778899aabbccddeeff" in ran.json["cases"][0]["evidence"][0]["octets"]


def test_a_wrong_key_makes_what_comes_behind_phase_1_inconclusive(
    cli: Cli, served: str, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISAKMP_PSK", "another key")
    cases = ("--cases", "responder.quick.rfc2408.5.4.step1.sa-doi-unknown", "--timeout", "0.1", "--format", "json")
    (one,) = cli("conform", served, "--policy", policy, *cases).json["cases"]
    assert one["verdict"] == "inconclusive"
    assert "MM5 was sent" in one["reason"]


@pytest.mark.parametrize("method", ["rsa", "ecdsa-256"])
def test_the_model_passes_with_signatures(cli: Cli, tmp_path: Path, method: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(toml(method=method, encryption="aes128", group="ecp256", pfs="ecp256"))
    ran = cli("conform", "--model", "--policy", str(path), "--cases", "*.step[35].*")
    assert ran.status == 0, ran.out
    assert "inconclusive" not in ran.out


def test_a_policy_of_another_exchange_is_tried_by_its_own_messages(cli: Cli, policy: str) -> None:
    path = Path(policy)
    path.write_text(path.read_text().replace('["main", "aggressive"]', '"base"'))
    ran = cli("conform", "--model", "--policy", policy, "--cases", "responder.base.*", "--format", "json")
    assert ran.status == 0
    assert {one["verdict"] for one in ran.json["cases"]} == {"conforms"}
    assert len(ran.json["cases"]) > 100
    path.write_text(path.read_text().replace('"base"', '"authentication-only"'))
    ran = cli("conform", "--model", "--policy", policy)
    assert ran.status == 2
    assert "makes no keys" in ran.err


def test_the_models_initiator_passes_too(cli: Cli) -> None:
    ran = cli("conform", "--model", "--as-responder", "--cases", "initiator.*.step2.sa-*", "--format", "json")
    assert ran.status == 0
    assert ran.json["role"] == "initiator"
    assert len(ran.json["cases"]) > 10


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "HOST or --model, one of them"),
        (("--model", "192.0.2.1"), "HOST or --model, one of them"),
        (("--model", "--cases", "nothing"), "no case fits"),
        (("127.0.0.1:x",), "'x' is no port"),
        (("127.0.0.1:5500", "--quick", "here", "there"), "--quick LOCAL"),
        (("--model", "--policy", "absent.toml"), "No such file"),
        (("127.0.0.1:5500", "--nat-t-port", "5500"), "--nat-t-port 5500 is the port of HOST"),
        (("127.0.0.1", "--as-responder", "--quick", "assigned", "::/0"), "--quick assigned goes with a responder"),
        (("127.0.0.1", "--as-responder", "--nat-t-port", "4500"), "--nat-t-port goes with a responder"),
        (("--model", "--nat-t-port", "4500"), "without HOST there is no use for --nat-t-port"),
        (("127.0.0.1", "--begin", "true"), "go with --as-responder"),
        (("127.0.0.1:5500", "--authority-key", "absent.key"), "--authority-key: absent.key: No such file"),
        (("127.0.0.1:5500", "--authority-key", __file__), "--authority-key"),
        (
            ("--model", "--from", "127.0.0.1", "--quick", "a", "b"),
            "without HOST there is no use for --from and --quick",
        ),
        (("127.0.0.1", "--as-responder", "--from", "127.0.0.1"), "--from goes with a responder"),
        (("127.0.0.1:5500", "--vendor-id", "none"), "'none' is not hexadecimal"),
        (("127.0.0.1", "--as-responder", "--listen", "127.0.0.1:x"), "'x' is no port"),
    ],
)
def test_bad_usage_is_said(cli: Cli, args: tuple[str, ...], words: str) -> None:
    ran = cli("conform", *args)
    assert ran.status == 2
    assert words in ran.err


def test_without_a_key_nothing_is_sent(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISAKMP_PSK")
    ran = cli("conform", "127.0.0.1:5500")
    assert ran.status == 2
    assert "no pre-shared key" in ran.err


def test_nobody_there_is_said(cli: Cli) -> None:
    ran = cli("conform", f"127.0.0.1:{free_port()}", "--timeout", "0.05")
    assert ran.status == 2
    assert "no answer to a first message" in ran.err
