"""Learned machines beside expected ones: what both do, what is missing, what is extra."""

from __future__ import annotations

from isakmp.diagrams.learned import LOOKS, Manner, State, Step, learned_machine
from tests.diagrams.reading import Picture

STATES = (
    State("0.0", ("MAIN_R0", "peer 0")),
    State("1.1", ("MAIN_R1", "peer 1")),
    State("-.2", ("peer 2",), Manner.EXTRA),
)
STEPS = (
    Step("0.0", "1.1", "MM1 / MM2"),
    Step("1.1", "1.1", "MM1 / MM2 again", Manner.MISSING),
    Step("1.1", "-.2", "MM1 / <odd> & \\N", Manner.EXTRA),
    Step("1.1", "-.2", "MM3 / silence", Manner.EXTRA),
)
DOT = learned_machine("Main Mode", "somebody", STATES, STEPS, {Manner.SAME: "both", Manner.EXTRA: "only the peer"})


def test_each_state_says_what_it_is() -> None:
    picture = Picture(DOT)
    for state in STATES:
        assert picture.texts(state.name) == list(state.lines)


def test_edges_between_the_same_states_share_an_arrow_of_their_colour() -> None:
    edges = [line for line in DOT.splitlines() if " -> " in line]
    assert len(edges) == 3
    for line, manner in zip(edges, (Manner.SAME, Manner.MISSING, Manner.EXTRA), strict=True):
        colour, style, _ = LOOKS[manner]
        assert f'color="{colour}"' in line
        assert f'style="{style}"' in line
    assert "MM3 / silence" in edges[2]
    assert "&lt;odd&gt; &amp;" in edges[2]


def test_the_legend_has_the_manners_that_are_used() -> None:
    assert "only the peer" in DOT
    assert "both" in DOT
