"""`isakmp learn` as a user meets it."""

from __future__ import annotations

import builtins
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.cli.policies import toml

QUICK = ("--deviations", "none", "--timeout", "0.05", "--parallel", "16")
OUTPUTS = {"MM1": "MM2", "MM3": "MM4", "MM5": "MM6", "QM1": "QM2"}


pytestmark = pytest.mark.usefixtures("shared_secret")


def honest_way(states: list[dict[str, Any]]) -> dict[str, str]:
    """What comes along the way of an honest initiator."""
    by_name = {state["state"]: state["edges"] for state in states}
    at, found = states[0]["state"], {}
    for letter in OUTPUTS:
        found[letter] = by_name[at][letter]["output"]
        at = by_name[at][letter]["next"]
    return found


def test_the_model_is_learned_and_drawn(cli: Cli, tmp_path: Path) -> None:
    picture = tmp_path / "own.dot"
    ran = cli("learn", "--model", "--deviations", "none", "-o", str(picture))
    assert ran.status == 0
    assert ran.out.startswith("the model, main-psk: 8 states, 7 inputs\n")
    assert ["MAIN_R2", "MM5", "MM6", "MAIN_R3"] in [line.split() for line in ran.out.splitlines()]
    assert "MM5 / MM6" in picture.read_text()


def test_aggressive_mode_is_learned_as_well(cli: Cli) -> None:
    ran = cli("learn", "--model", "--exchange", "aggressive", "--deviations", "none")
    assert ran.status == 0
    assert "the model, aggressive-psk: 7 states, 6 inputs" in ran.out


@pytest.mark.parametrize("method", ["ecdsa-256", "rsaenc"])
def test_other_forms_of_authentication_are_learned_under_the_same_names(cli: Cli, tmp_path: Path, method: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(toml(method=method, group="ecp256"))
    ran = cli("learn", "--model", "--policy", str(path))
    assert ran.status == 0, ran.err
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["MAIN_R2", "MM5", "MM6", "MAIN_R3"] in lines
    assert ["MAIN_R3", "QM1", "QM2", "MAIN_R3", "QUICK_R1"] in lines


def test_a_live_responder_is_learned_and_the_answers_are_kept(
    cli: Cli, served: str, policy: str, tmp_path: Path
) -> None:
    cache, picture = tmp_path / "answers", tmp_path / "both.svg"
    ran = cli(
        "learn", served, "--policy", policy, *QUICK, "--cache", str(cache), "-o", str(picture), "--format", "json",
        "--name", "another",
    )  # fmt: skip
    document = ran.json
    assert ran.status == (1 if any(each["kind"] == "sent" for each in document["differences"]) else 0)
    assert document["complete"]
    assert document["target"] == "another"
    assert honest_way(document["learned"]) == honest_way(document["model"]) == OUTPUTS
    assert document["asked"] > 100
    assert "another, main" in picture.read_text()
    assert json.loads(cache.read_text().splitlines()[0])["exchange"] == "main-psk"
    again = cli("learn", served, "--policy", policy, *QUICK, "--cache", str(cache), "--format", "json").json
    assert again["asked"] == 0
    assert again["learned"] == document["learned"]


def test_a_time_that_is_too_short_leaves_what_was_learned_so_far(cli: Cli, served: str, policy: str) -> None:
    ran = cli("learn", served, "--policy", policy, "--deviations", "none", "--parallel", "1", "--time", "4")
    assert ran.status in (0, 1), ran.err
    assert "unfinished: the time was over" in ran.out


def test_answers_of_another_target_are_refused(cli: Cli, served: str, policy: str, tmp_path: Path) -> None:
    cache = tmp_path / "answers"
    cache.write_text('{"answers of": "somebody"}\n')
    ran = cli("learn", served, "--policy", policy, *QUICK, "--cache", str(cache))
    assert ran.status == 2
    assert ran.complaint.startswith(f"isakmp learn: --cache: {cache}: holds answers of another target")


def test_who_does_not_answer_cannot_be_learned(cli: Cli, policy: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        ran = cli("learn", host, "--policy", policy, "--timeout", "0.02")
    assert ran.status == 2
    assert ran.complaint == f"isakmp learn: {host}: MM1 was sent, and what came was silence"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ((), "HOST or --model, one of them"),
        (("192.0.2.1", "--model"), "HOST or --model, one of them"),
        (("--model", "--cache", "x"), "--cache, --from and --quick are for a HOST"),
        (("--model", "--exchange", "quick"), "--exchange: unknown exchange 'quick'"),
        (("--model", "-o", "nowhere.gif"), "nowhere.gif: cannot write .gif"),
        (("no host", "--deviations", "none"), "no host"),
        (("224.0.0.1",), "224.0.0.1: no address of a single host"),
        (("127.0.0.1", "--from", "192.0.2.77"), "192.0.2.77: Cannot assign requested address"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(cli: Cli, args: tuple[str, ...], why: str) -> None:
    ran = cli("learn", *args)
    assert ran.status == 2
    assert why in ran.complaint


def test_what_xauth_stands_behind_is_not_learned(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(toml(method="xauthinitpsk"))
    ran = cli("learn", "--model", "--policy", str(path))
    assert ran.status == 2
    assert ran.complaint.endswith("behind the first proposal's authentication comes XAuth, which is not learned")


def test_without_the_library_it_is_told_how_to_get_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    true = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "aalpy":
            raise ModuleNotFoundError(name)
        return true(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "isakmp.conform.learn.asking", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    ran = cli("learn", "--model")
    assert ran.status == 2
    assert ran.complaint == "isakmp: learning needs the package aalpy: pip install 'isakmp[learn]'"
