"""The program as a whole: help, exit statuses, errors in one line, interrupts, closed pipes, few imports."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from isakmp.cli import COMMANDS, app, errors, main
from isakmp.machine.errors import LocalMisuse
from tests.cli.conftest import Cli, command_line

HEAVY = ("cryptography", "transitions", "scapy", "dpkt", "pcapng", "gmpy2", "rich", "isakmp.spec", "isakmp.machine")
"""What the help does without."""

GENEROUS = 2.0
"""Seconds for the help on a busy machine; on an idle one it takes less than a tenth of a second."""


def examples(command: click.Command) -> list[str]:
    return re.findall(r"^ +(isakmp .*)$", command.epilog or "", re.MULTILINE)


def command_named(name: str) -> click.Command:
    command = app.get_command(click.Context(app), name)
    assert command is not None
    return command


def test_the_help_names_every_command_and_the_exit_statuses(cli: Cli) -> None:
    ran = cli("--help")
    assert ran.status == 0
    assert all(re.search(rf"^  {name} +\S", ran.out, re.MULTILINE) for name in COMMANDS)
    assert "Exit status" in ran.out
    assert "..." not in ran.out.partition("Commands:")[2].partition("Examples:")[0]  # no summary is cut off


def test_no_argument_at_all_gives_the_help(cli: Cli) -> None:
    assert cli().out == cli("--help").out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(cli: Cli, name: str) -> None:
    ran = cli(name, "--help")
    assert ran.status == 0
    assert f"Usage: isakmp {name}" in ran.out
    assert len(examples(command_named(name))) >= 2
    assert all(example in ran.out for example in examples(command_named(name)))


@pytest.mark.parametrize("example", [e for name in COMMANDS for e in examples(command_named(name))] + examples(app))
def test_every_example_of_the_help_can_be_parsed(example: str) -> None:
    words = shlex.split(re.split(r"[|<>]", example)[0])
    command_named(words[1]).make_context(words[1], words[2:])


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_that_does_not_exist_is_bad_usage(cli: Cli, name: str) -> None:
    ran = cli(name, "--nonsense")
    assert ran.status == 2
    assert ran.complaint.startswith(f"isakmp {name}: ")
    assert "--nonsense" in ran.complaint
    assert f"isakmp {name} --help" in ran.complaint


def test_an_unknown_command_is_answered_with_those_that_there_are(cli: Cli) -> None:
    ran = cli("tabel")
    assert ran.status == 2
    assert "did you mean table?" in ran.complaint
    assert all(name in ran.complaint for name in COMMANDS)


def test_the_version_is_that_of_the_package(cli: Cli) -> None:
    assert cli("--version").out == f"isakmp {version('isakmp')}\n"


# ---- a process of its own --------------------------------------------------------------------------------------------


def test_the_help_imports_nothing_heavy_and_is_quick() -> None:
    code = "import sys; from isakmp.cli import main; main(['--help']); sys.stderr.write(' '.join(sys.modules))"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert time.perf_counter() - began < GENEROUS
    loaded = done.stderr.split()
    assert "isakmp.cli.run" in loaded
    assert [name for name in loaded if name.startswith(HEAVY)] == []


@pytest.mark.parametrize(
    ("args", "unwanted"),
    [
        (("table", "quick"), ("cryptography", "transitions", "isakmp.machine", "isakmp.diagrams")),
        (("diagram", "KE"), ("cryptography", "transitions", "isakmp.machine")),
        (("decode", "00" * 28), ("cryptography", "transitions", "isakmp.conform", "dpkt")),
    ],
)
def test_a_command_imports_only_what_it_needs(args: tuple[str, ...], unwanted: tuple[str, ...]) -> None:
    code = f"import sys; from isakmp.cli import main; main({args!r}); sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert [name for name in done.stderr.split() if name.startswith(unwanted)] == []


def test_errors_reach_the_exit_status_of_the_process(program: Cli) -> None:
    ran = program("decode", "not hexadecimal")
    assert ran.status == 2
    assert "neither a file nor hexadecimal" in ran.complaint


def test_a_reader_that_goes_away_is_no_error() -> None:
    with subprocess.Popen(command_line("table"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == errors.PIPE_CLOSED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not applicable: no device that is always full")
def test_output_that_cannot_be_written_is_said() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command_line("table", "quick"), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == ["isakmp: No space left on device"]


@pytest.mark.skipif(os.name != "posix", reason="not applicable: a system without a shell of POSIX")
@pytest.mark.parametrize("args", [("run",), ("table",), ("decode", "00"), ("--help",), ("check", "x")])
def test_a_closed_output_is_said_and_no_defect(args: tuple[str, ...]) -> None:
    command = f"{shlex.join(command_line(*args))} >&-"
    done = subprocess.run(["/bin/sh", "-c", command], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == ["isakmp: standard output is closed"]


@pytest.mark.skipif(os.name != "posix", reason="not applicable: a system without a shell of POSIX")
@pytest.mark.parametrize("args", [("decode",), ("decode", "-"), ("check", "-")])
def test_a_closed_input_is_said_and_no_defect(args: tuple[str, ...]) -> None:
    command = f"{shlex.join(command_line(*args))} <&-"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [f"isakmp {args[0]}: standard input is closed"]


def test_an_interrupt_ends_with_status_130_and_one_line() -> None:
    # A shell starts its background jobs with the signal ignored, and these tests may be part of one.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from isakmp.cli import main; sys.exit(main(['decode', '-']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        time.sleep(0.5)  # until it waits for input
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=20)
    assert process.returncode == errors.INTERRUPTED
    assert complaint.decode().split() == ["isakmp:", "interrupted"]


def test_nothing_is_coloured_and_no_box_is_drawn_when_output_is_piped(program: Cli) -> None:
    for args in (("table", "quick"), ("run", "--seed", "1"), ("verify", "-q", "--exchange", "quick")):
        ran = program(*args)
        assert ran.status == 0
        assert ran.out.isascii()
        assert "\x1b" not in ran.out


def test_a_character_that_the_terminal_lacks_is_no_reason_to_fail(program: Cli) -> None:
    octets = bytes.fromhex("11" * 8 + "22" * 8 + "05100400" + "00" * 4) + (28 + 8 + 3).to_bytes(4)
    identity = bytes.fromhex("0000000b") + b"\x02\0\0\0" + "語".encode()
    ran = program("decode", (octets + identity).hex(), PYTHONIOENCODING="iso8859-1", PYTHONUTF8="0")
    assert ran.status == 0
    assert '"\\u8a9e"' in ran.out


# ---- what nobody expected --------------------------------------------------------------------------------------------


def raising(error: Exception) -> int:
    raise error


def test_a_defect_is_told_in_one_line_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    status = errors.guarded(lambda: raising(ZeroDivisionError("division\nby zero")), "isakmp")
    line = capsys.readouterr().err
    assert status == 2
    assert line.count("\n") == 1
    assert "ZeroDivisionError" in line
    assert "report" in line


def test_a_defect_is_raised_again_where_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISAKMP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        errors.guarded(lambda: raising(ZeroDivisionError()), "isakmp")


@pytest.mark.parametrize(
    "error", [LocalMisuse("no such thing"), FileNotFoundError(2, "no such thing", "f"), MemoryError()]
)
def test_an_error_with_a_reason_is_no_defect(capsys: pytest.CaptureFixture[str], error: Exception) -> None:
    assert errors.guarded(lambda: raising(error), "isakmp") == 2
    assert "defect" not in capsys.readouterr().err


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert errors.printable("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"


def test_the_shell_is_given_completions(program: Cli) -> None:
    ran = program(_ISAKMP_COMPLETE="bash_complete", COMP_WORDS="isakmp ta", COMP_CWORD="1")
    assert "table" in ran.out
    ran = program(_ISAKMP_COMPLETE="bash_complete", COMP_WORDS="isakmp table agg", COMP_CWORD="2")
    assert "aggressive" in ran.out


def test_main_takes_the_words_of_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["isakmp", "--version"])
    monkeypatch.delenv("_ISAKMP_COMPLETE", raising=False)
    assert main() == 0
    assert capsys.readouterr().out.startswith("isakmp ")
    assert os.environ.get("_ISAKMP_COMPLETE") is None
