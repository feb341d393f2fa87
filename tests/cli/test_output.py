"""What the commands share: colours only where they are wanted, files that appear whole, cells that stay cells."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from isakmp.cli import output


class Terminal:
    """A stdout that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_terminal_gets_colours_unless_it_is_told_not_to(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert output.coloured() is expected
    assert (output.styled("x", "bad") != "x") is expected


@pytest.mark.parametrize(("columns", "expected"), [("40", 80), ("100", 100), ("400", 120)])
def test_lines_are_at_least_80_columns_wide(monkeypatch: pytest.MonkeyPatch, columns: str, expected: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert output.width() == expected


def test_long_text_is_wrapped_beside_its_label(capsys: pytest.CaptureFixture[str]) -> None:
    output.wrapped("label", "ab" * 100, indent=2, label_width=8)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  label   ab")
    assert all(line.startswith(" " * 10 + "ab") for line in lines[1:])
    assert all(len(line) <= output.width() for line in lines)


def test_a_cell_of_markdown_stays_one_cell(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_markdown(["a", "b"], [["x | y", "<z>"]])
    assert capsys.readouterr().out.splitlines()[-1] == "| x \\| y | \\<z\\> |"


def test_octets_are_hexadecimal_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_json({"cookie": b"\x01\xff"})
    assert '"01ff"' in capsys.readouterr().out
    with pytest.raises(TypeError):
        output.write_json({"oops": object()})


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    output.save_all({str(target): b"first"})
    output.save_all({str(target): b"second"})
    assert target.read_bytes() == b"second"

    def full(self: Path, _other: object) -> Path:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match=str(target)):
        output.save_all({str(target): b"third"})
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


def test_of_several_files_all_appear_or_none(tmp_path: Path) -> None:
    good, bad = str(tmp_path / "good"), str(tmp_path / "nowhere" / "bad")
    for files in ({good: b"x", bad: b"y"}, {bad: b"y", good: b"x"}):
        with pytest.raises(OSError, match="nowhere"):
            output.save_all(files)
        assert list(tmp_path.iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    output.save_all({str(tmp_path / "link"): b"x"})
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="not applicable: a system without named pipes")
def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    output.save_all({str(pipe): b"x"})
    assert os.read(reader, 10) == b"x"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
