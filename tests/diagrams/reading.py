"""How the tests read a picture: what the SVG shows, and where the boxes lie."""

from __future__ import annotations

import subprocess
from typing import NamedTuple
from xml.etree import ElementTree as ET

from isakmp.diagrams.render import Renderer, draw, find

SVG = "{http://www.w3.org/2000/svg}"


class Picture:
    """An SVG, by the ids of its groups."""

    def __init__(self, dot: str) -> None:
        """Draw the text with the renderer that is installed with the package."""
        self.root = ET.fromstring(draw(dot, "svg", prefer=Renderer.PURE))  # noqa: S314 - our own output
        self.groups = {group.get("id", ""): group for group in self.root.iter(f"{SVG}g")}

    def texts(self, name: str | None = None) -> list[str]:
        """Return all text that is shown, of one group or of the whole picture."""
        start = self.root if name is None else self.groups[name]
        return [" ".join("".join(found.itertext()).split()) for found in start.iter(f"{SVG}text")]

    def tooltips(self, name: str | None = None) -> str:
        """Return all tooltips, of one group or of the whole picture."""
        start = self.root if name is None else self.groups[name]
        return "\n".join(found.text or "" for link in start.iter(f"{SVG}a") for found in link.iter(f"{SVG}title"))

    @property
    def width(self) -> float:
        """The picture's width in points."""
        return float(self.root.get("width", "").removesuffix("pt"))


class Box(NamedTuple):
    """Where a node lies, in inches from the lower left corner to its middle."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Tell whether two boxes have a place in common."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2
            and abs(self.y - other.y) < (self.height + other.height) / 2
        )


def boxes(dot: str) -> list[Box]:
    """Return the boxes of all nodes; the points at which lines begin and end are left out."""
    program = find(Renderer.PURE)
    assert program is not None
    plain = subprocess.run([program, "-Tplain"], input=dot, capture_output=True, text=True, check=True).stdout
    found = []
    for line in plain.replace("\\\n", "").splitlines():
        words = line.replace('"', "\0").split("\0") if line.startswith('node "') else line.split(maxsplit=2)
        if words[0].strip() == "node":
            x, y, width, height = (float(number) for number in words[2].split()[:4])
            found.append(Box(words[1], x, y, width, height))
    return [box for box in found if box.width > 0.05]
