"""How the tests of the command line call it: within this process, or as a user would."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from isakmp.cli import main
from tests.cli.policies import toml
from tests.conform import served as serving

CAPTURES = Path(__file__).resolve().parent.parent / "captures"


@dataclass(frozen=True)
class Ran:
    """What a call of the command line gave."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stands on stdout, which has to be one JSON document."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on stderr, where nothing may stand on stdout."""
        assert self.out == ""
        assert "Traceback" not in self.err
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err.rstrip("\n")


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Call the command line in this process: ``cli("decode", "-", stdin=b"...")``, also with an environment."""

    def call(*args: str, stdin: bytes = b"", **environment: str) -> Ran:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            for name, value in environment.items():
                patch.setenv(name, value)
            capsys.readouterr()
            status = main(args)
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return call


def command_line(*args: str) -> Sequence[str]:
    """The words that start the program in a process of its own."""
    return (sys.executable, "-m", "isakmp", *args)


@pytest.fixture
def program() -> Cli:
    """Call the command line as a program of its own, far from any terminal."""

    def call(*args: str, stdin: bytes = b"", **environment: str) -> Ran:
        done = subprocess.run(
            command_line(*args), input=stdin, capture_output=True, check=False, env=os.environ | environment, timeout=60
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call


def capture(name: str) -> tuple[str, str]:
    """A capture and its keys."""
    return str(CAPTURES / f"{name}.pcap"), str(CAPTURES / f"{name}.keys.json")


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test answers from what another run has found, and none writes into the user's folders."""
    monkeypatch.setenv("ISAKMP_CACHE", str(tmp_path / "verify.sqlite"))


@pytest.fixture
def served() -> Iterator[str]:
    """Where the model's responder answers."""
    with serving.served() as address:
        yield address


@pytest.fixture
def shared_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shared key of the responder above."""
    monkeypatch.setenv("ISAKMP_PSK", "ikev1-test-psk")


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """What that responder accepts."""
    path = tmp_path / "policy.toml"
    path.write_text(toml(exchange=("main", "aggressive")))
    return str(path)
