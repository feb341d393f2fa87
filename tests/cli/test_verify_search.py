"""``isakmp verify``, the search: what is chosen is searched, told and explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from isakmp.spec import verdicts
from isakmp.spec.claims import CLAIM_NAMES
from isakmp.verify.search import Search
from tests.cli.conftest import Cli

KEYS = {
    "exchange",
    "auth",
    "variant",
    "role",
    "claim",
    "compromise",
    "sessions",
    "verdict",
    "expected",
    "source",
    "seconds",
    "messages",
}
ONE = ("verify", "--exchange", "main", "--auth", "signature", "--variant", "standard", "--claim", "weak-agreement")


def test_json_has_each_verdict_with_what_was_expected(cli: Cli) -> None:
    ran = cli(*ONE, "--format", "json")
    assert ran.status == 0
    assert all(each.keys() == KEYS for each in ran.json["verdicts"])
    (initiator, responder) = ran.json["verdicts"]
    assert (initiator["role"], initiator["verdict"], initiator["messages"]) == ("initiator", "none", None)
    assert (responder["role"], responder["verdict"], responder["messages"]) == ("responder", "attack", 11)
    assert responder["expected"] == "attack"
    assert responder["source"].startswith("Cremers")
    assert ran.json["claims"] == []


def test_an_attack_is_told_message_by_message(cli: Cli) -> None:
    out = cli(*ONE, "--role", "responder", "--trace").out
    assert "session 2: Bob as initiator, with Mallory" in out
    assert "9. Bob -> Mallory: MM5 HDR*, IDii, SIG_I" in out
    assert "1 verdict with 3 sessions" in out
    assert "all as expected" in out


def test_a_verdict_that_was_not_expected_is_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "FINDINGS", ())
    ran = cli(*ONE, "-q")
    assert ran.status == 1
    assert "expected: none" in ran.out
    assert "1 not as expected" in ran.out
    assert cli(*ONE, "--format", "json").json["verdict"] == "violated"


def test_where_the_intruder_has_more_than_usual_nothing_is_expected(cli: Cli) -> None:
    (verdict,) = cli(*ONE, "--role", "responder", "--compromise", "actor", "--format", "json").json["verdicts"]
    assert verdict["expected"] is None
    assert verdict["compromise"] == "actor"


def test_claims_are_explained_with_their_sources(cli: Cli) -> None:
    out = cli("verify", "--explain").out
    assert all(name in out for name in CLAIM_NAMES)
    assert "Lowe" in cli("verify", "--explain", "--claim", "aliveness").out


def test_what_there_is_is_listed(cli: Cli) -> None:
    out = cli("verify", "--list", "--exchange", "quick").out
    assert "quick pfs+no-identities+ids-remembered, responder" in out
    assert "main" not in out


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_a_table_for_documents_has_every_verdict(cli: Cli, form: str) -> None:
    out = cli(*ONE, "--format", form).out
    assert out.count("weak-agreement") == 2
    assert ("<table>" in out) is (form == "html")


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [
        ("--exchange", "mian", "main"),
        ("--claim", "secrecie", "secrecy"),
        ("--variant", "nothing", "peers-named"),
        ("--compromise", "all", "insiders"),
        ("--auth", "foo", "psk"),
        ("--role", "observer", "initiator"),
        ("--sessions", "1", "2<=x<=8"),
    ],
)
def test_an_unknown_name_is_answered_with_what_there_is(cli: Cli, option: str, value: str, known: str) -> None:
    ran = cli("verify", option, value)
    assert ran.status == 2
    assert known in ran.err
    assert ran.out == ""


def test_a_cluster_that_is_not_there_is_one_line(cli: Cli) -> None:
    ran = cli(*ONE, "--cluster", "nonsense")
    assert ran.status == 2
    assert ran.err == "isakmp: no scheduler answers at nonsense\n"


def test_what_was_found_before_is_not_searched_again_unless_it_is_asked_for(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cli(*ONE, "--processes", "1").out
    monkeypatch.delattr(Search, "ask")
    assert cli(*ONE).out == first
    assert cli(*ONE, "--no-cache", "--processes", "1").status == 2


def test_a_choice_that_nothing_fits_says_so(cli: Cli) -> None:
    ran = cli("verify", "--exchange", "quick", "--auth", "psk")
    assert ran.status == 2
    assert "nothing fits this choice" in ran.err


def test_an_attack_is_written_as_text_ladder_capture_and_keys(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "attacks"
    ran = cli(*ONE, "--attack", str(folder))
    assert ran.status == 0
    name = "main-signature.standard.responder.weak-agreement"
    assert sorted(each.name for each in folder.iterdir()) == [
        f"{name}.{s}" for s in ("keys.json", "pcap", "svg", "txt")
    ]
    told = (folder / f"{name}.txt").read_text()
    assert "2. Mallory(Bob) -> Alice: MM1 HDR, SA  [frame 2]\n" in told
    assert "session 1: Alice ends in MAIN_R3, with Bob in mind\n" in told
    assert (folder / f"{name}.svg").read_text().count("MM5") >= 2


def test_the_capture_of_an_attack_is_read_and_opened_by_check(cli: Cli, tmp_path: Path) -> None:
    cli(*ONE, "--attack", str(tmp_path))
    base = tmp_path / "main-signature.standard.responder.weak-agreement"
    (_, main) = cli("check", f"{base}.pcap", "--keys", f"{base}.keys.json", "--format", "json").json["exchanges"]
    assert main["outcome"] == "established"
    assert {message["frame"]: message["message"] for message in main["messages"]}[11] == "MM6"


def test_an_attack_on_phase_2_shows_the_phase_1_below(cli: Cli, tmp_path: Path) -> None:
    cli("verify", "--exchange", "quick", "--variant", "no-identities", "--claim", "reflection", "--role", "initiator",
        "--attack", str(tmp_path))  # fmt: skip
    base = tmp_path / "quick.no-identities.initiator.reflection"
    first = cli("check", f"{base}.pcap", "--keys", f"{base}.keys.json", "--format", "json").json["exchanges"][0]
    assert (first["exchange"], first["outcome"]) == ("main", "established")


def test_a_variant_that_the_machine_cannot_run_is_told_and_drawn(cli: Cli, tmp_path: Path) -> None:
    out = cli("verify", "--exchange", "main", "--auth", "signature", "--variant", "responder-first", "--claim",
              "weak-agreement", "--attack", str(tmp_path / "out")).out  # fmt: skip
    assert "not replayed, as the machine has no means for MM4" in out
    assert {each.suffix for each in (tmp_path / "out").iterdir()} == {".svg", ".txt"}


def test_a_folder_for_attacks_that_is_none_is_one_line(cli: Cli, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    ran = cli(*ONE, "--attack", str(taken))
    assert ran.status == 2
    assert ran.err.startswith("isakmp: ")
    assert ran.err.count("\n") == 1
    assert taken.read_text() == "a file"
