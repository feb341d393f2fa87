"""One look for all drawings: colours, fonts, and the few helpers with which DOT text is written safely.

The colours are those of Okabe and Ito, which remain distinct under every common form of colour blindness; no meaning
rests on colour alone (lines are dashed, letters bold, or a mark stands beside).

Fonts: Verdana has the same widths as DejaVu Sans, so that one of the two is at hand nearly everywhere and text fits
into its box also where a picture was laid out on another machine. Both renderers know its widths.

Links: Graphviz shows the tooltip of a table cell only where the cell has a link too. Every cell that has a tooltip
cites a section, so it links to that section.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from isakmp.spec.citations import cite_url, format_cite
from isakmp.spec.terms import Role

INK: Final = "#1A1A1A"
QUIET: Final = "#666666"
FAINT: Final = "#B5B5B5"
PAPER: Final = "#FFFFFF"
SHADE: Final = "#E4E4E4"

INITIATOR: Final = "#0072B2"
INITIATOR_TINT: Final = "#DCEBF5"
RESPONDER: Final = "#9B4477"
RESPONDER_TINT: Final = "#F5E6EF"
ESTABLISHED: Final = "#00795A"
ESTABLISHED_TINT: Final = "#D9F0E8"
FAILURE: Final = "#C25400"
FAILURE_TINT: Final = "#FBEBDF"
ENCRYPTED: Final = "#B57C00"
ENCRYPTED_TINT: Final = "#FCF0D2"
VARIABLE_TINT: Final = "#FAF7CE"
DERIVED_TINT: Final = "#E9E4F4"

ROLE_COLOUR: Final[Mapping[Role, str]] = {Role.I: INITIATOR, Role.R: RESPONDER}
ROLE_TINT: Final[Mapping[Role, str]] = {Role.I: INITIATOR_TINT, Role.R: RESPONDER_TINT}

SANS: Final = "Verdana"
MONO: Final = "Courier"
FAMILIES: Final[Mapping[str, str]] = {
    SANS: "Verdana,DejaVu Sans,Geneva,sans-serif",
    MONO: "DejaVu Sans Mono,Menlo,Consolas,monospace",
}
"""What an SVG names in place of the one font that the renderer measured with."""

SIZE: Final = 10
SMALL: Final = 8
TITLE: Final = 13

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class Html(str):
    """Text in Graphviz's HTML-like language, already escaped. All other text is escaped when it is written."""

    __slots__ = ()


def printable(text: str) -> str:
    """Return the text with every character that XML does not admit replaced, so that any input can be drawn."""
    return "".join(c if c in "\t\n" or (c >= " " and not _forbidden(c)) else _REPLACEMENT for c in text)


def _forbidden(character: str) -> bool:
    code = ord(character)
    return 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE  # noqa: PLR2004 - XML's ranges


def escape(text: str) -> Html:
    r"""Return plain text as HTML-like text: markup characters become entities, line breaks become breaks.

    Graphviz replaces `\N` and its kind in HTML-like text too, so that a backslash has to be doubled.
    """
    entities = {"\\": "\\\\", "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "<BR/>"}
    return Html("".join(entities.get(c, c) for c in printable(text)))


def quote(value: str | float) -> str:
    """Return an attribute's value as DOT writes it: HTML-like text in angle brackets, all else in quotes."""
    if isinstance(value, Html):
        return f"<{value}>"
    if not isinstance(value, str):
        return f'"{value:g}"'
    text = printable(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    # An ampersand would begin an entity; DOT decodes entities in quoted strings too.
    return '"' + text.replace("&", "&amp;") + '"'


def attributes(values: Mapping[str, str | float]) -> str:
    """Return `[name="value" ...]`, or nothing where there are none."""
    inner = " ".join(f"{name}={quote(_twice(name, value))}" for name, value in values.items())
    return f" [{inner}]" if inner else ""


def _twice(name: str, value: str | float) -> str | float:
    r"""Return a tooltip with its backslashes doubled once more: Graphviz replaces `\N` and its kind in it twice."""
    return value.replace("\\", "\\\\") if isinstance(value, str) and name.endswith("tooltip") else value


def node(name: str, /, **values: str | float) -> str:
    """Return the statement of a node."""
    return f"{quote(name)}{attributes(values)};"


def edge(tail: str, head: str, /, **values: str | float) -> str:
    """Return the statement of an edge."""
    return f"{quote(tail)} -> {quote(head)}{attributes(values)};"


def cluster(name: str, body: Iterable[str], /, **values: str | float) -> str:
    """Return the statement of a cluster: nodes that are drawn in a box of their own."""
    return "\n".join((f"subgraph {quote(f'cluster_{name}')} {{", *_settings(values), *_indented(body), "}"))


def digraph(name: str, body: Iterable[str], /, **values: str | float) -> str:
    """Return the text of a whole drawing, with the fonts and colours that all drawings share."""
    shared = (
        f"graph{attributes({'fontname': SANS, 'fontsize': SIZE, 'fontcolor': INK, 'bgcolor': PAPER, 'pad': 0.1})};",
        f"node{attributes({'fontname': SANS, 'fontsize': SIZE, 'fontcolor': INK, 'shape': 'plain'})};",
        f"edge{attributes({'fontname': SANS, 'fontsize': SIZE, 'fontcolor': INK, 'arrowsize': 0.7})};",
    )
    lines = (f"digraph {quote(name)} {{", *_indented(shared), *_settings(values), *_indented(body), "}")
    return "\n".join(lines) + "\n"


def _settings(values: Mapping[str, str | float]) -> tuple[str, ...]:
    return tuple(f"  {name}={quote(value)};" for name, value in values.items())


def _indented(body: Iterable[str]) -> Iterable[str]:
    return (f"  {line}" for statement in body for line in statement.splitlines())


# ---- tables ----------------------------------------------------------------------------------------------------------


def text(
    content: str,
    *,
    size: int = SIZE,
    colour: str = INK,
    bold: bool = False,
    italic: bool = False,
    mono: bool = False,
) -> Html:
    """Return text in one font; plain text is escaped, HTML-like text is taken as it is."""
    inner = str(content if isinstance(content, Html) else escape(content)) or " "
    inner = f"<B>{inner}</B>" if bold else inner
    inner = f"<I>{inner}</I>" if italic else inner
    face = f' FACE="{MONO}"' if mono else ""
    return Html(f'<FONT{face} POINT-SIZE="{size}" COLOR="{colour}">{inner}</FONT>')


def cell(content: str = "", **values: str | float) -> Html:
    """Return a table cell; attribute names are written in capitals, as `BGCOLOR="#ffffff"`."""
    inner = content if isinstance(content, Html) else text(content)
    return Html(f"<TD{_table_attributes(values)}>{inner}</TD>")


def row(*cells: Html) -> Html:
    """Return a table row."""
    return Html(f"<TR>{''.join(cells)}</TR>")


def table(*rows: Html, **values: str | float) -> Html:
    """Return a table without borders of its own, unless the attributes say otherwise."""
    settings: dict[str, str | float] = {"BORDER": 0, "CELLBORDER": 0, "CELLSPACING": 0, "CELLPADDING": 2, **values}
    return Html(f"<TABLE{_table_attributes(settings)}>{''.join(rows)}</TABLE>")


def boxed(*rows: Html, **values: str | float) -> Html:
    """Return a table in a rounded box, with room between border and text."""
    settings: dict[str, str | float] = {"BORDER": 1, "STYLE": "rounded", "CELLPADDING": 4, **values}
    return table(row(cell(table(*rows, CELLPADDING=1))), **settings)


def _table_attributes(values: Mapping[str, str | float]) -> str:
    return "".join(
        f' {name}="{escape(value).replace("<BR/>", "&#10;") if isinstance(value, str) else f"{value:g}"}"'
        for name, value in values.items()
    )


def link(cite: str, *lines: str) -> dict[str, str]:
    """Return the attributes of a cell that shows lines and a section when pointed at, and leads to that section."""
    tooltip = "\n".join((*filter(None, lines), *filter(None, (section(cite),))))
    url = cite_url(cite) if cite else ""
    return {"TOOLTIP": tooltip, **({"HREF": url} if url else {})}


def section(cite: str) -> str:
    """Return a citation as running text, or nothing for no citation."""
    return format_cite(cite) if cite else ""


def key(meaning: str, sign: str = "", *, line: str = INK, **values: str | float) -> Html:
    """Return one entry of a legend: a cell that looks like what it explains, with a sign if need be and the meaning.

    Sign and meaning share a cell, since Graphviz stretches cells where a drawing is wider than its legend.
    """
    content = text(f"{sign}  ", size=SMALL, colour=line, bold=True) if sign else Html()
    return cell(Html(content + text(meaning, size=SMALL)), **values)


def heading(title: str, subtitle: str = "", *legend: Html) -> Html:
    """Return what stands above a drawing: title, a line below it, and the legend, one row for each argument."""
    rows = [row(cell(text(title, size=TITLE, bold=True)))]
    if subtitle:
        rows.append(row(cell(text(subtitle, size=SMALL, colour=QUIET))))
    rows += [row(cell(table(row(entries), CELLSPACING=4, CELLPADDING=3))) for entries in legend]
    return table(*rows)


def wrapped(words: Iterable[str], width: int, separator: str = ", ") -> tuple[str, ...]:
    """Return words joined into lines of at most `width` characters, where a single word allows it."""
    lines: list[str] = []
    line = ""
    for word in words:
        longer = f"{line}{separator}{word}" if line else word
        if line and len(longer) > width:
            lines.append(line + separator.rstrip())
            longer = word
        line = longer
    return (*lines, line) if line else tuple(lines)
