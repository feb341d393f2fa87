"""Ladders: life lines side by side and, from top to bottom, what passes between them.

Both the message sequence of an exchange and the story of a run are ladders. Graphviz gets every position from here and
draws straight lines, so that life lines are vertical and arrows level whatever stands on them. Positions are points
(1/72 inch) from the lower left corner, which is how Graphviz counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isakmp.diagrams import style
from isakmp.diagrams.style import Html

WIDTH = 640
"""Points from the left to the right edge: the text width of a page, with room for its margins."""
MARGIN = 62
"""Points from the edge to the first and the last life line: half of what stands on a line."""
GAP = 16
"""Points between two rungs."""
HEAD = 24
"""Points that the head of a life line takes."""


@dataclass(frozen=True)
class Lane:
    """A life line: its unique name, what stands on top of it, and its colour."""

    name: str
    head: Html
    colour: str


@dataclass(frozen=True)
class Rung:
    """A message between two lanes, or, where both are the same, something that stands on one lane.

    `height` is that of the label in points. `marks` stand on the lanes at this height: lane and content.
    """

    name: str
    sender: int
    receiver: int
    label: Html
    height: int
    colour: str
    encrypted: bool = False
    tooltip: str = ""
    marks: tuple[tuple[int, Html], ...] = ()


def ladder(name: str, title: Html, lanes: Sequence[Lane], rungs: Sequence[Rung], below: tuple[Html, int]) -> str:
    """Return the DOT text of a ladder; `below` is what stands under it, and its height in points (0: nothing)."""
    content, height = below
    foot = height + (GAP if height else 0)
    top = foot + HEAD + GAP + sum(rung.height + GAP for rung in rungs) + GAP
    places = _columns(len(lanes))
    body: list[str] = []
    for place, lane in zip(places, lanes, strict=True):
        body.append(style.node(lane.name, id=lane.name, label=lane.head, pos=_at(place, top - HEAD / 2)))
        body.append(style.node(f"{lane.name}.end", shape="point", width=0.01, label="", pos=_at(place, foot)))
        look: dict[str, str | float] = {"color": lane.colour, "arrowhead": "none", "penwidth": 0.8}
        body.append(style.edge(lane.name, f"{lane.name}.end", **look))
    y = float(top - HEAD - GAP)
    for rung in rungs:
        body += _rung(rung, places, y - rung.height / 2)
        y -= rung.height + GAP
    if height:
        body.append(style.node("below", id="below", label=content, pos=_at(WIDTH / 2, height / 2)))
    settings: dict[str, str | float] = {
        "layout": "neato",
        "inputscale": 72,
        "splines": "line",
        "outputorder": "edgesfirst",
    }
    return style.digraph(name, body, label=title, labelloc="t", **settings)


def _columns(lanes: int) -> tuple[float, ...]:
    """Return where the life lines stand, from left to right."""
    if lanes == 1:
        return (WIDTH / 2,)
    step = (WIDTH - 2 * MARGIN) / (lanes - 1)
    return tuple(MARGIN + step * lane for lane in range(lanes))


def lane_width(lanes: int) -> float:
    """Return the points between two neighbouring life lines."""
    return (WIDTH - 2 * MARGIN) / max(lanes - 1, 1)


def _at(x: float, y: float) -> str:
    return f"{x:g},{y:g}!"


def _rung(rung: Rung, places: Sequence[float], y: float) -> list[str]:
    """Return what is drawn at one height: ends on the lanes, the label, and the arrow through it."""
    marks = dict(rung.marks)
    middle = (places[rung.sender] + places[rung.receiver]) / 2
    nodes = [style.node(rung.name, id=rung.name, label=rung.label, pos=_at(middle, y))]
    if rung.sender == rung.receiver:
        return nodes
    ends = []
    for lane in (rung.sender, rung.receiver):
        end = f"{rung.name}.{lane}"
        ends.append(end)
        shape: dict[str, str | float] = (
            {"label": marks[lane]} if lane in marks else {"shape": "point", "width": 0.01, "label": ""}
        )
        nodes.append(style.node(end, id=end, pos=_at(places[lane], y), **shape))
    look: dict[str, str | float] = {"color": rung.colour, "penwidth": 2.2 if rung.encrypted else 1.2}
    told = {"edgetooltip": rung.tooltip} if rung.tooltip else {}
    nodes.append(style.edge(ends[0], rung.name, **look, **told, arrowhead="none"))
    nodes.append(style.edge(rung.name, ends[1], **look, **told))
    return nodes
