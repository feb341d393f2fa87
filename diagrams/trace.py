"""The story of a run as a ladder: every party a life line, every step an arrow or, where nothing is sent, a box.

The text comes from the trace; long text is broken into lines so that a ladder of any number of parties fits its width.
"""

from __future__ import annotations

from textwrap import wrap

from isakmp.diagrams import style
from isakmp.diagrams.ladder import Lane, Rung, ladder, lane_width
from isakmp.diagrams.style import Html, cell, row, text
from isakmp.spec.traces import Step, Trace

COLOURS = (style.INITIATOR, style.FAILURE, style.RESPONDER, style.ESTABLISHED, style.ENCRYPTED)
"""Colours of the parties from left to right; with two, the outer ones of three."""
ROOM = 40
"""Points that a label leaves free between two life lines, for the arrow."""
POINTS_PER_CHARACTER = 0.72
"""Average width of a character, as a part of the font's size; generous, so that nothing is cut off."""
LEADING = 1.45
"""Height of a line, as a part of the font's size."""


def trace_ladder(trace: Trace) -> str:
    """Return the DOT text of a trace's ladder."""
    lanes = [
        Lane(f"party {i}", _head(name, _colour(trace, i)), _colour(trace, i)) for i, name in enumerate(trace.parties)
    ]
    rungs = [_rung(trace, place, step) for place, step in enumerate(trace.steps)]
    return ladder("trace", style.heading(trace.title), lanes, rungs, (Html(""), 0))


def _colour(trace: Trace, lane: int) -> str:
    colours = (style.INITIATOR, style.RESPONDER) if len(trace.parties) == 2 else COLOURS  # noqa: PLR2004 - a pair
    return colours[lane % len(colours)]


def _head(name: str, colour: str) -> Html:
    return style.table(row(cell(text(name, bold=True, colour=colour))), BGCOLOR=style.PAPER)


def _rung(trace: Trace, place: int, step: Step) -> Rung:
    sender, receiver = trace.parties.index(step.sender), trace.parties.index(step.receiver)
    label, height = _label(step, lane_width(len(trace.parties)) * max(abs(sender - receiver), 1) - ROOM)
    return Rung(
        name=f"step {place}",
        sender=sender,
        receiver=receiver,
        label=label,
        height=height,
        colour=_colour(trace, sender),
        encrypted=step.label.startswith("HDR*"),
        tooltip="\n".join(filter(None, (f"{step.number}. {step.label}", step.detail, step.note))),
    )


def _label(step: Step, width: float) -> tuple[Html, int]:
    """Return a step's label, and its height in points."""
    parts = (
        (f"{step.number}. {step.label}", style.SIZE, style.INK, True),
        (step.detail, style.SMALL, style.INK, False),
        (step.note, style.SMALL, style.FAILURE, False),
    )
    rows, height = [], 10.0
    for content, size, colour, bold in parts:
        characters = max(int(width / (size * POINTS_PER_CHARACTER)), 12)
        for line in (piece for paragraph in content.splitlines() for piece in wrap(paragraph, characters)):
            rows.append(row(cell(text(line, size=size, colour=colour, bold=bold, italic=colour == style.FAILURE))))
            height += size * LEADING + 2
    look = {"STYLE": "rounded,dashed" if step.is_local else "rounded", "COLOR": style.FAINT}
    return style.boxed(*rows, BGCOLOR=style.PAPER, **look), round(height)
