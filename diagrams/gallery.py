"""The gallery: every drawing that the tables give, as text and picture, with an index to look through.

`stale` compares what is committed with what the tables give now. It compares DOT text, and the hash of that text in
each SVG, so that its verdict depends on no renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from isakmp.diagrams.payload import overview, packet
from isakmp.diagrams.render import Renderer, carried_hash, render, source_hash
from isakmp.diagrams.sequence import sequence
from isakmp.diagrams.state import both_roles, title_of
from isakmp.spec.catalogue import PROCESSES
from isakmp.spec.exchanges import exchanges
from isakmp.spec.payloads import LAYOUTS
from isakmp.spec.processes import process_table
from isakmp.spec.table import table
from isakmp.spec.terms import Role

INDEX: Final = "README.md"


def sections() -> dict[str, dict[str, str]]:
    """Return the drawings' DOT texts by heading and name, in the order of the index."""
    found: dict[str, dict[str, str]] = {}
    for exchange in exchanges():
        found[title_of(exchange)] = {
            f"sequence-{exchange.key}": sequence(exchange),
            f"state-{exchange.key}": both_roles(table(exchange, Role.I), table(exchange, Role.R)),
        }
    for process in PROCESSES:
        found[process.title] = {
            f"state-{process.name}": both_roles(process_table(process, Role.I), process_table(process, Role.R))
        }
    packets = {f"payload-{layout.name}": packet(layout) for layout in LAYOUTS.values()}
    found["Headers, payloads, attributes"] = {"payload-overview": overview(LAYOUTS.values()), **packets}
    return found


def entries() -> dict[str, str]:
    """Return the DOT text of every drawing of the gallery, by name."""
    return {name: dot for drawings in sections().values() for name, dot in drawings.items()}


def index() -> str:
    """Return the text of the gallery's index, in Markdown."""
    lines = [
        "# Gallery",
        "",
        "Drawn from the tables in `spec/` by `make diagrams`; what is here is not edited by hand.",
        "Open a picture by itself to see what each part of it means: pointing at a state, an arrow, a payload or a",
        "field shows its rule and section, and a click leads to the section.",
    ]
    for heading, drawings in sections().items():
        lines += ["", f"## {heading}"]
        for name in drawings:
            lines += ["", f"[![{name}]({name}.svg)]({name}.svg)"]
    return "\n".join(lines) + "\n"


def write_gallery(folder: Path) -> tuple[Path, ...]:
    """Write all drawings and the index into a folder, which is made if need be; return the files.

    Drawings that the tables no longer give are removed. The pure renderer is preferred: it draws alike everywhere.

    Raises:
        RenderError: a picture cannot be drawn or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawings = entries()
    for path in _superfluous(folder, drawings):
        path.unlink()
    written = []
    for name, dot in drawings.items():
        for suffix in ("dot", "svg"):
            path = folder / f"{name}.{suffix}"
            render(dot, path, prefer=Renderer.PURE)
            written.append(path)
    (folder / INDEX).write_text(index(), encoding="utf-8")
    return (*written, folder / INDEX)


def stale(folder: Path) -> tuple[str, ...]:
    """Return what in a folder differs from what the tables give now, one sentence each; nothing if it is up to date."""
    drawings = entries()
    found = [f"{path.name}: no table gives this drawing" for path in _superfluous(folder, drawings)]
    for name, dot in drawings.items():
        if _read(folder / f"{name}.dot") != dot:
            found.append(f"{name}.dot: missing or out of date")
        svg = _read(folder / f"{name}.svg")
        if svg is None or carried_hash(svg) != source_hash(dot):
            found.append(f"{name}.svg: missing or drawn from another text")
    if _read(folder / INDEX) != index():
        found.append(f"{INDEX}: missing or out of date")
    return tuple(found)


def _superfluous(folder: Path, drawings: Mapping[str, str]) -> tuple[Path, ...]:
    return tuple(
        path for path in sorted(folder.glob("*.*")) if path.suffix in {".dot", ".svg"} and path.stem not in drawings
    )


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
