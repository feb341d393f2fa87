"""A state machine that was learned, beside the one that was expected: same, missing and extra edges.

What both do is drawn in black, what only one of them does in colour: dashed if it is missing, bold if it is extra.
Edges between the same two states share an arrow; messages that are passed over are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from isakmp.diagrams import style
from isakmp.diagrams.style import Html, cell, row, text


class Manner(Enum):
    """How an arrow is drawn."""

    SAME = "same"
    MISSING = "missing"
    EXTRA = "extra"


LOOKS: Final[Mapping[Manner, tuple[str, str, float]]] = {
    Manner.SAME: (style.INK, "solid", 1.0),
    Manner.MISSING: (style.FAILURE, "dashed", 1.4),
    Manner.EXTRA: (style.INITIATOR, "bold", 2.2),
}
"""Colour, line and width."""


@dataclass(frozen=True)
class State:
    """A state: a unique name, what stands in its box, and whose it is."""

    name: str
    lines: tuple[str, ...]
    manner: Manner = Manner.SAME


@dataclass(frozen=True)
class Step:
    """An edge from state to state, by their names, with what it says."""

    source: str
    target: str
    label: str
    manner: Manner = Manner.SAME


def learned_machine(
    title: str, subtitle: str, states: Iterable[State], steps: Iterable[Step], legend: Mapping[Manner, str]
) -> str:
    """Return the DOT text; `legend` says what each manner means, of those that are used."""
    together: dict[tuple[str, str, Manner], list[str]] = defaultdict(list)
    for step in steps:
        together[step.source, step.target, step.manner].append(step.label)
    used = [manner for manner in Manner if manner in legend]
    keys = (style.key(legend[manner], _SIGNS[manner], line=LOOKS[manner][0]) for manner in used)
    body = [_state(state) for state in states]
    body += [_arrow(source, target, labels, manner) for (source, target, manner), labels in together.items()]
    heading = style.heading(title, subtitle, Html("".join(keys)))
    return style.digraph("learned", body, label=heading, labelloc="t", rankdir="TB", nodesep=0.35, ranksep=0.4)


_SIGNS: Final[Mapping[Manner, str]] = {Manner.SAME: "—", Manner.MISSING: "- -", Manner.EXTRA: "━"}


def _state(state: State) -> str:
    colour = style.RESPONDER if state.manner is Manner.SAME else LOOKS[state.manner][0]
    first, *more = state.lines
    rows = [row(cell(text(first, bold=True, colour=colour)))]
    rows += [row(cell(text(line, size=style.SMALL, colour=style.QUIET))) for line in more]
    tint = style.RESPONDER_TINT if state.manner is Manner.SAME else style.PAPER
    return style.node(state.name, id=state.name, label=style.boxed(*rows, BGCOLOR=tint, COLOR=colour))


def _arrow(source: str, target: str, labels: Iterable[str], manner: Manner) -> str:
    colour, line, width = LOOKS[manner]
    lines = [
        row(cell(text(label, size=style.SMALL, colour=colour, bold=manner is Manner.EXTRA), ALIGN="LEFT"))
        for label in labels
    ]
    look: dict[str, str | float] = {"color": colour, "style": line, "penwidth": width}
    if source == target and manner is Manner.MISSING:
        look |= {"tailport": "w", "headport": "w"}  # else it runs through what the other loop says
    label = style.table(row(cell("", WIDTH=4), cell(style.table(*lines, CELLPADDING=0), CELLPADDING=2)))
    return style.edge(source, target, label=label, **look)
