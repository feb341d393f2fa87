"""``isakmp verify`` with a bound that takes long: it says so, and an interrupt loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isakmp.cli import searching
from isakmp.verify import estimate
from tests.cli.conftest import Cli

LONG = ("verify", "-q", "--exchange", "main", "--auth", "revised", "--sessions", "8")


def test_a_short_search_is_not_tried_beforehand(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(estimate, "answer_all")
    ran = cli("verify", "-q", "--exchange", "quick", "--claim", "reflection", "--sessions", "4")
    assert (ran.status, ran.err) == (0, "")


def test_a_long_search_says_so_before_it_begins(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "estimate", lambda *_: 1234.0)
    monkeypatch.setattr(searching, "answers", lambda *_, **__: iter(()))
    monkeypatch.setattr("isakmp.cli.verify._print_sum", lambda _: None)
    ran = cli(*LONG)
    assert ran.err == (
        "isakmp verify: this may take about 21 minutes, judging by 3 and 4 sessions; "
        "what is found is remembered, whenever it is interrupted\n"
    )
    monkeypatch.setattr(estimate, "estimate", lambda *_: 20_000.0)
    assert "this may take about 6 hours" in cli(*LONG, "--no-cache").err


def test_a_search_that_is_remembered_is_not_announced(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    short = ("verify", "-q", "--exchange", "quick", "--claim", "reflection", "--sessions", "5")
    assert cli(*short).status == 0
    monkeypatch.delattr(estimate, "answer_all")
    ran = cli(*short)
    assert (ran.status, ran.err) == (0, "")


def gone(group: int, seconds: float = 10.0) -> bool:
    """Whether a group of processes ends within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_interrupt_leaves_what_was_found_and_no_process(processes: str, tmp_path: Path) -> None:
    """Many protocols, of which the first are soon done: what they gave is remembered."""
    environment = os.environ | {"ISAKMP_CACHE": str(tmp_path / "verify.sqlite")}
    asked = ["verify", "--exchange", "main", "--sessions", "4", "--processes", processes]
    with subprocess.Popen(
        [sys.executable, "-m", "isakmp", *asked],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "main-psk" in process.stdout.readline()  # something was answered
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        complaint = process.stderr.read()
        assert process.wait(30) == 130
        assert time.monotonic() - began < 20
    assert "questions are answered, and remembered\n" in complaint
    assert "isakmp: interrupted" in complaint
    assert gone(process.pid)
    again = subprocess.run(
        [sys.executable, "-m", "isakmp", "verify", "--exchange", "main", "--auth", "psk", "--variant", "standard",
         "--role", "initiator", "--claim", "secrecy", "--sessions", "4"],
        capture_output=True, text=True, env=environment, check=True,
    )  # fmt: skip
    assert "1 verdict with 4 sessions" in again.stdout
