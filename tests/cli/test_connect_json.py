"""``isakmp connect --format json``: one document, of what came of a handshake and of each of its messages."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

from isakmp.cli.course import Outcome, Result
from isakmp.cli.live import QUIET_AFTER
from isakmp.cli.transcript import Transcript
from isakmp.machine.errors import Deviation
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Discarded
from isakmp.machine.udp import Carried, Told, Unheard
from tests.cli.conftest import Cli
from tests.cli.endpoints import ENVIRONMENT, QUICK, connect, connecting, policy, serving, users


def test_a_document_tells_a_handshake_with_the_names_that_a_run_in_memory_has(cli: Cli) -> None:
    with serving() as served:
        ran = connect(cli, served, *QUICK, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    told = ran.json
    assert (told["outcome"], told["reason"], told["peer"]) == ("established", None, served.place)
    assert (told["auth"], told["proposal"]) == ("pre-shared key", "aes256-sha256-modp2048")
    assert [message["message"] for message in told["messages"]] == [
        "MM1", "MM2", "MM3", "MM4", "MM5", "MM6", "QM1", "QM2", "QM3", "INFO", "INFO",
    ]  # fmt: skip
    in_memory = cli("run", "main", "--format", "json").json["runs"][0]
    ours, theirs = ({one["message"]: one for one in each["messages"]} for each in (told, in_memory))
    for name, message in theirs.items():
        sent = ours[name]
        assert sent.keys() == message.keys()
        assert [one["slot"] for one in sent["payloads"]] == [one["slot"] for one in message["payloads"]], name
        assert (sent["sender"], sent["encrypted"]) == (message["sender"], message["encrypted"])
        assert sent["rows"]["initiator"] == message["rows"]["initiator"]
        assert sent["rows"]["responder"] is None  # nobody here knows what is in the other process
    assert [one.keys() for one in told["ipsec_sas"]] == [one.keys() for one in in_memory["ipsec_sas"]]
    (spis,) = re.findall(r"IPsec SAs in (\w+), out (\w+)", served.said)
    assert {one["sender"]: one["spi"] for one in told["ipsec_sas"]} == dict(
        zip(("initiator", "responder"), spis, strict=True)
    )


def test_a_document_of_what_failed_says_why_and_holds_what_passed(cli: Cli, tmp_path: Path) -> None:
    with serving("--policy", policy(tmp_path, "theirs.toml", group="ecp384")) as served:
        ran = connect(cli, served, "--format", "json")
    assert ran.status == 1
    told = ran.json
    assert told["outcome"] == "failed"
    assert "NO-PROPOSAL-CHOSEN" in told["reason"]
    assert [message["message"] for message in told["messages"]][:2] == ["MM1", "INFO"]
    assert told["initiator_cookie"] is told["auth"] is told["message_id"] is None
    assert told["ipsec_sas"] == []


def test_a_document_holds_no_key_and_no_password(cli: Cli, tmp_path: Path) -> None:
    keys = tmp_path / "run.keys.json"
    ours = policy(tmp_path, "ours.toml", "[local]\nmode_config = true")
    wanted = ("--policy", ours, "--xauth-user", "alice", "--keyfile", str(keys), "--format", "json")
    with serving("--policy", users(tmp_path)) as served:
        ran = connect(cli, served, *wanted, ISAKMP_XAUTH_PASSWORD="open sesame")
    assert ran.json["user"] == "alice"
    assert ran.json["configured"]["initiator"]["INTERNAL_IP4_ADDRESS"] == ["0a030001"]
    (known,) = json.loads(keys.read_text())["ike_sas"]
    secrets = [known[name] for name in ("skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "ka")]
    assert not [secret for secret in (*secrets, b"open sesame".hex(), "open sesame") if secret in ran.out]


def test_strange_datagrams_are_kept_in_a_document_up_to_a_number_and_then_counted() -> None:
    here, there = Endpoint("192.0.2.1", 500), Endpoint("192.0.2.2", 500)
    transcript = Transcript("main", there)
    deviation = Deviation(None, "", "", "RFC2408:5.2", "strange", None)
    for number in range(QUIET_AFTER + 5):
        transcript.take(Carried(float(number), there, here, b"no ISAKMP", marked=False))
        transcript.take(Told(None, (Discarded(deviation, there),)))  # type: ignore[arg-type]
    told = transcript.document(Result(Outcome.FAILED, reason="it was nothing"))
    assert len(told["messages"]) == QUIET_AFTER
    assert told["discarded"] == QUIET_AFTER + 5
    assert told["messages"][0]["payloads"] == []
    assert "strange" in told["messages"][0]["problems"][0]


def test_who_is_no_peer_gives_no_message_to_a_document() -> None:
    here, there, other = (Endpoint(f"192.0.2.{number}", 500) for number in (1, 2, 3))
    transcript = Transcript("main", there)
    transcript.take(Carried(0.0, other, here, b"from a stranger", marked=False))
    transcript.take(Unheard(other, here))
    transcript.take(Told(None, ()))  # type: ignore[arg-type]  # a timer, which is not about that datagram
    told = transcript.document(Result(Outcome.FAILED, reason="it was nothing"))
    assert (told["messages"], told["discarded"]) == ([], 1)


def test_what_the_system_would_not_send_is_the_reason_that_is_told(cli: Cli) -> None:
    wanted = ("192.0.2.1", "--from", "127.0.0.1:0", "--timeout", "0.3", "--format", "json")
    told = cli("connect", *wanted, **ENVIRONMENT).json
    assert "not sent to 192.0.2.1:500: " in told["reason"]


def test_an_interrupted_handshake_is_a_document_as_well() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with connecting(f"127.0.0.1:{silent.getsockname()[1]}", "--format", "json") as process:
            silent.recv(65535)
            process.send_signal(signal.SIGINT)
            told, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(told)["outcome"] == "interrupted"
