"""What all commands share about output: formats, colours, width, JSON, tables, files that appear whole or not at all.

Colours and nothing else depend on whether stdout is a terminal; what is piped is the same text without them.
"""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from isakmp.cli.errors import printable

F = TypeVar("F", bound=Callable[..., Any])

MINIMUM_WIDTH: Final = 80
MAXIMUM_WIDTH: Final = 120
"""Columns of text lines; longer ones are hard to read."""


def prepare() -> None:
    """Let no character stop the output: what the terminal's encoding lacks is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def format_option(*formats: str) -> Callable[[F], F]:
    """``--format``, the first of the formats being the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print the result; json stands alone on stdout and keeps its keys.",
    )


# ---- text ------------------------------------------------------------------------------------------------------------


def width() -> int:
    """Columns to fill: those of the terminal, within reason."""
    columns = shutil.get_terminal_size((MINIMUM_WIDTH, 24)).columns
    return min(max(columns, MINIMUM_WIDTH), MAXIMUM_WIDTH)


def coloured() -> bool:
    """Whether to use colours: on a terminal, unless ``NO_COLOR`` or ``TERM=dumb`` is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "heading": {"bold": True},
    "name": {"fg": "cyan"},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "doubt": {"fg": "yellow"},
    "quiet": {"dim": True},
}


def styled(text: str, style: str) -> str:
    """Colour a text by its meaning: heading, name, good, bad, doubt, quiet."""
    return click.style(text, **_STYLES[style]) if coloured() else text


def line(text: str = "") -> None:
    """Print one line."""
    click.echo(text, color=coloured())


def wrapped(label: str, text: str, *, indent: int, label_width: int, style: str = "") -> None:
    """Print ``label  text``, the text wrapped beside the label."""
    before = " " * indent + label.ljust(label_width)
    room = max(width() - len(before), MINIMUM_WIDTH // 2)
    rows = textwrap.wrap(printable(text), room - room % 2, break_on_hyphens=False) or [
        ""
    ]  # hexadecimal by whole octets
    for number, row in enumerate(rows):
        line((before if number == 0 else " " * len(before)) + (styled(row, style) if style else row))


def counted(count: int, noun: str) -> str:
    """A number of things: `1 attack`, `2 attacks`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def columns(rows: Sequence[Sequence[str]], *, indent: int = 0) -> list[str]:
    """Align cells in columns; the last one is left as it is."""
    widths = [max(map(len, cells)) for cells in zip(*(row[:-1] for row in rows), strict=True)]
    return [
        " " * indent + "".join(f"{cell:<{size}}  " for cell, size in zip(row, widths, strict=False)) + row[-1]
        for row in rows
    ]


# ---- formats for programs --------------------------------------------------------------------------------------------


def write_json(document: object) -> None:
    """Print a document, alone on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_as_json))


def _as_json(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def write_csv(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below their titles (RFC 4180, except for line ends, which are those of text files)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    click.echo(stream.getvalue(), nl=False)


def write_markdown(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below their titles as a table of GitHub's Markdown."""
    line("| " + " | ".join(titles) + " |")
    line("| " + " | ".join("---" for _ in titles) + " |")
    for row in rows:
        line("| " + " | ".join(_markdown_cell(cell) for cell in row) + " |")


def _markdown_cell(text: str) -> str:
    for character in "\\`*<>[]|":
        text = text.replace(character, f"\\{character}")
    return text


# ---- files -----------------------------------------------------------------------------------------------------------


def save_all(files: Mapping[str, bytes]) -> None:
    """Write files, all of them or, where one cannot be written, none; each appears whole.

    Devices and pipes are written to as they are, before any file appears.

    Raises:
        OSError: a file cannot be written, and is named; what was there before is still there.
    """
    unfinished: dict[str, Path] = {}
    target = ""
    try:
        for target, content in files.items():
            path = _path(target)
            if path.exists() and not path.is_file():
                path.write_bytes(content)
                continue
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            with draft.open("xb") as stream:
                unfinished[target] = draft
                stream.write(content)
        for target, draft in unfinished.items():
            draft.replace(_path(target))
    except OSError as error:  # the user knows the file by its own name
        raise OSError(error.errno, error.strerror, target) from error
    finally:
        for draft in unfinished.values():
            draft.unlink(missing_ok=True)


def _path(target: str) -> Path:
    """Follow symbolic links: the file is replaced, not the link."""
    return Path(os.path.realpath(target))
