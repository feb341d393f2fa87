"""The helpers that write DOT: whatever text they are given, it arrives in the picture as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isakmp.diagrams import style
from tests.diagrams.reading import Picture

NASTY = [
    '"',
    "\\",
    r"\N",
    r"\\G",
    "<b>",
    "&amp;",
    "&",
    "]]>",
    "-->",
    "<!--",
    "a\nb",
    "é→𝄞",
    "\x00\x07",
    "]; }",
    "'",
    "\ud800",
]


def drawing(text: str) -> str:
    label = style.table(style.row(style.cell(style.text(text), **style.link("RFC2409:5", text))))
    body = (
        style.node("n", id="n", label=label),
        style.node("m", label=text),
        style.edge("n", "m", id="e", edgetooltip=text),
    )
    return style.digraph("x", body)


def words(text: str) -> str:
    """Return text as a picture may show it: characters that XML has not are replaced, runs of blanks are one."""
    return " ".join(re.sub("\\s", " ", style.printable(text)).split())


@pytest.mark.parametrize("text", NASTY)
def test_odd_characters_are_shown_and_told_as_they_are(text: str) -> None:
    picture = Picture(drawing(text))
    shown = " ".join(picture.texts("n"))
    assert words(shown) == words(text)
    assert words(picture.tooltips("n")).startswith(words(text))
    assert words(picture.tooltips("e")) == words(text)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=30))
def test_any_text_can_be_drawn(text: str) -> None:
    picture = Picture(drawing(f"a{text}b"))
    assert words(" ".join(picture.texts("n"))).replace(" ", "") == words(f"a{text}b").replace(" ", "")


def test_text_that_is_not_escaped_would_be_noticed() -> None:
    picture = Picture(style.digraph("x", (style.node("n", id="n", label=style.Html("a &lt; \\N")),)))
    assert picture.texts("n") == ["a < n"]  # Graphviz puts the node's name in place of an unescaped \N


def test_colours_of_roles_and_outcomes_differ() -> None:
    colours = [style.INITIATOR, style.RESPONDER, style.ESTABLISHED, style.FAILURE, style.ENCRYPTED]
    assert len(set(colours)) == len(colours)


@pytest.mark.parametrize(
    "colour",
    [style.INITIATOR, style.RESPONDER, style.ESTABLISHED, style.FAILURE, style.QUIET, style.INK],
)
@pytest.mark.parametrize("paper", [style.PAPER, style.ESTABLISHED_TINT, style.INITIATOR_TINT, style.FAILURE_TINT])
def test_letters_stand_out_from_what_is_behind_them(colour: str, paper: str) -> None:
    # The contrast ratio of WCAG 2.1 (success criterion 1.4.3): 3 for large or bold letters
    def luminance(code: str) -> float:
        parts = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(colour), luminance(paper)))
    assert (light + 0.05) / (dark + 0.05) >= 3.0


@pytest.mark.parametrize(
    ("parts", "width", "lines"),
    [
        (["a", "b", "c"], 4, ("a, b,", "c")),
        (["longer than that"], 4, ("longer than that",)),
        ([], 4, ()),
    ],
)
def test_words_are_broken_into_lines(parts: list[str], width: int, lines: tuple[str, ...]) -> None:
    assert style.wrapped(parts, width) == lines
