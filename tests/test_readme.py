"""What the README shows does run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PROGRAMS = [block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if block.startswith("import")]
TIMES = re.compile(r"^time of .*$| +\d+\.\d+ s\b", re.MULTILINE)
"""What differs from machine to machine."""
COMMANDS = tuple(dict.fromkeys(re.findall(r"`(isakmp [a-z][^`]*)`", README)))


@pytest.fixture(autouse=True)
def nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What commands remember is not written into the user's folders."""
    monkeypatch.setenv("ISAKMP_CACHE", str(tmp_path / "verify.sqlite"))


def test_there_is_something_to_run() -> None:
    assert PROGRAMS
    assert COMMANDS


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_runs(program: str) -> None:
    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "True"


@pytest.mark.parametrize("command", [c for c in COMMANDS if not re.search("FILE|DIR| -o ", c)])
def test_a_command_runs(command: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "isakmp", *command.split()[1:]], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr


def test_every_picture_and_page_that_is_named_exists() -> None:
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_what_is_shown_of_a_command_is_what_it_prints() -> None:
    shown = re.findall(r"```text\n\$ (isakmp [^\n]*)\n(.*?)```", README, re.DOTALL)
    assert shown
    for command, text in shown:
        ran = subprocess.run(
            [sys.executable, "-m", "isakmp", *command.split()[1:]],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        assert TIMES.sub("", ran.stdout) == TIMES.sub("", text)
