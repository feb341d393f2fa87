"""Graphviz drawings of the tables: state machines, message sequences, packets, and the ladders of runs.

Every function returns DOT text, which `render` turns into SVG, PNG or PDF. Nothing is drawn that does not stand in
`isakmp.spec`.
"""

from isakmp.diagrams.gallery import entries, stale, write_gallery
from isakmp.diagrams.payload import overview, packet
from isakmp.diagrams.render import FORMATS, Renderer, RenderError, draw, render
from isakmp.diagrams.sequence import sequence
from isakmp.diagrams.state import both_roles, state_machine
from isakmp.diagrams.trace import trace_ladder

__all__ = [
    "FORMATS",
    "RenderError",
    "Renderer",
    "both_roles",
    "draw",
    "entries",
    "overview",
    "packet",
    "render",
    "sequence",
    "stale",
    "state_machine",
    "trace_ladder",
    "write_gallery",
]
