"""From DOT text to a file: SVG, PNG, PDF, or the text itself.

Two programs can draw: Graphviz's own `dot`, and `graphviz-pure`, a port that is installed with this package and needs
nothing of the system. Both give the same pictures but for a few points. What they write is put into a form that does
not depend on the program's version or on the time, as far as that can be had, and an SVG carries the hash of the text
that it was drawn from, so that a stale one can be told.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sysconfig
from enum import Enum
from io import BytesIO
from pathlib import Path
from typing import Final

from isakmp.diagrams.style import FAMILIES

FORMATS: Final = ("svg", "png", "pdf", "dot")
_BEGINNINGS: Final = {"svg": b"<", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}
"""How files of each format begin."""
TIMEOUT: Final = 120.0
"""Seconds that a renderer may take for one picture."""
PIXELS_PER_INCH: Final = 144
"""For PNG: twice what a page shows, so that small letters stay sharp."""


class Renderer(Enum):
    """The programs that can draw; the value is the command."""

    GRAPHVIZ = "dot"
    PURE = "graphviz-pure"


class RenderError(Exception):
    """A picture could not be written; the message says why and what can be done."""


def render(dot: str, path: Path, *, prefer: Renderer = Renderer.GRAPHVIZ) -> None:
    """Write a drawing to a file in the format that the file's suffix names.

    The file is written whole or not at all. `prefer` is the program to use where both are installed.

    Raises:
        RenderError: the suffix is of no known format, the folder does not exist or cannot be written, no program can
            draw the format, or the program refuses the text.
    """
    _write(path, draw(dot, form_of(path), prefer=prefer))


def form_of(path: Path) -> str:
    """Return the one of the `FORMATS` in which a drawing is written to a file; asked for before long work, it saves it.

    Raises:
        RenderError: the suffix is of no known format, or the folder does not exist.
    """
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise RenderError(
            f"{path}: cannot write {path.suffix or 'a file without suffix'}; formats are {', '.join(FORMATS)}"
        )
    if not path.parent.is_dir():
        raise RenderError(f"{path}: there is no folder {path.parent}")
    return suffix


def draw(dot: str, suffix: str, *, prefer: Renderer = Renderer.GRAPHVIZ) -> bytes:
    """Return a drawing in one of the `FORMATS`.

    Raises:
        RenderError: no program can draw the format, or the program refuses the text.
    """
    if suffix == "dot":
        return dot.encode()
    if suffix == "svg":
        return _finished_svg(_run(dot, "svg", prefer), dot)
    if suffix == "png":
        return _run(dot, "png", prefer, f"-Gdpi={PIXELS_PER_INCH}")
    if find(Renderer.GRAPHVIZ):
        return _without_date(_run(dot, "pdf", Renderer.GRAPHVIZ))
    return _printed(_run(dot, "svg", Renderer.PURE))


def find(renderer: Renderer) -> str | None:
    """Return where a program is installed: on the path, or beside the Python that runs this; `None` if nowhere."""
    return shutil.which(renderer.value) or shutil.which(renderer.value, path=sysconfig.get_path("scripts"))


def source_hash(dot: str) -> str:
    """Return the hash (SHA-256, hexadecimal) of a drawing's text, as its SVG carries it."""
    return hashlib.sha256(dot.encode()).hexdigest()


def carried_hash(svg: str) -> str | None:
    """Return the hash that an SVG carries, or `None` if it was not written here."""
    found = re.search(r"<!-- drawn from DOT text with SHA-256 ([0-9a-f]{64}) -->", svg)
    return found[1] if found else None


def _run(dot: str, form: str, prefer: Renderer, *options: str) -> bytes:
    """Return what the preferred program, or else the other one, makes of the text."""
    order = sorted(Renderer, key=lambda renderer: renderer is not prefer)
    program = next(filter(None, map(find, order)), None)
    if program is None:
        raise RenderError(
            f"nothing is installed that draws {form}: install Graphviz ({Renderer.GRAPHVIZ.value}), or the Python "
            f"package {Renderer.PURE.value}; a .dot file can be written without"
        )
    try:
        done = subprocess.run(  # noqa: S603 - one of two known programs, without a shell
            [program, f"-T{form}", *options],
            input=dot.encode(),
            capture_output=True,
            check=False,
            timeout=TIMEOUT,
            env={**os.environ, "TZ": "UTC"},  # a PDF names the zone of its making
        )
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"{program} took more than {TIMEOUT:g} seconds") from error
    except OSError as error:
        raise RenderError(f"{program} cannot be run: {error.strerror}") from error
    if done.returncode or not done.stdout:
        raise RenderError(f"{program} failed: {done.stderr.decode(errors='replace').strip() or 'no output'}")
    if not done.stdout.startswith(_BEGINNINGS[form]):
        raise RenderError(f"{program} failed: what it wrote is no {form.upper()}")
    return done.stdout


def _finished_svg(svg: bytes, dot: str) -> bytes:
    """Return the SVG with its source's hash, fonts for every system, and tooltips as all viewers know them."""
    text = svg.decode()
    mark = f"<!-- drawn from DOT text with SHA-256 {source_hash(dot)} -->"
    # Graphviz names its version here, which would make every release of it change every picture.
    text, count = re.subn(r"<!-- Generated by graphviz.*?-->", mark, text, count=1, flags=re.DOTALL)
    if not count:
        raise RenderError("the renderer's SVG does not begin as Graphviz's does")
    for measured, family in FAMILIES.items():
        text = re.sub(rf'font-family="{re.escape(measured)}[^"]*"', f'font-family="{family}"', text)
    # `xlink:title` is shown by few viewers, a `title` element by all.
    return re.sub(r'(<a [^>]*xlink:title="([^"]*)"[^>]*>)', r"\1<title>\2</title>", text).encode()


def _without_date(pdf: bytes) -> bytes:
    """Return the PDF with the time of its making set to a fixed one; its length is the same, so offsets stay right."""
    return re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", rb"\g<1>20000101000000", pdf)


def _printed(svg: bytes) -> bytes:
    """Return a PDF made from an SVG.

    Raises:
        RenderError: the SVG cannot be read.
    """
    from reportlab.graphics import renderPDF  # noqa: PLC0415 - slow to load, and seldom needed
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415
    from svglib.svglib import svg2rlg  # noqa: PLC0415

    drawing = svg2rlg(BytesIO(svg))
    if drawing is None:
        raise RenderError("the drawing cannot be turned into a PDF")
    page = BytesIO()
    canvas = Canvas(page, pagesize=(drawing.width, drawing.height), invariant=1)
    renderPDF.draw(drawing, canvas, 0, 0)
    canvas.save()
    return page.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Write a file by way of a second one beside it, so that nobody ever sees half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        raise RenderError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
