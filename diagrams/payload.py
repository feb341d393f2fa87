"""Packets: headers, payloads and attributes as the RFCs draw them, 32 bits in a row, from their layouts.

Colours tell what a field is: a value, something that follows from the rest (lengths, counts, types of what comes next),
reserved, or of variable length. A field of variable length has a dashed border and waves at its ends, as in the RFCs.
Each field tells, when pointed at, what it holds, which values are allowed, and by which section.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from isakmp.diagrams import style
from isakmp.diagrams.style import Html, cell, link, row, text
from isakmp.spec.fields import Field, Kind
from isakmp.spec.layouts import Layout
from isakmp.spec.registries import FlagRegistry

ROW_BITS = 32
BIT = 17
"""Points that a bit takes in a row."""
ROW_HEIGHT = 26
VARIABLE_HEIGHT = 38
MANY = 24
"""A tooltip that would list more values than this gives their number instead."""
POINTS_PER_CHARACTER = 6.6
"""Width of a character of the size that fields are labelled in; generous."""

DERIVED = frozenset({Kind.NEXT, Kind.LENGTH, Kind.SIZE, Kind.COUNT, Kind.FORMAT, Kind.CONSTANT})
TINTS = {"value": style.PAPER, "derived": style.DERIVED_TINT, "reserved": style.SHADE, "variable": style.VARIABLE_TINT}
MEANING = {
    "value": "value",
    "derived": "follows from the rest, or fixed",
    "reserved": "reserved, zero",
    "variable": "variable length",
}


@dataclass(frozen=True)
class Part:
    """The part of a field that stands in one row, and its width in bits.

    `continued` says that the field began in a row before, `lead` that this is what the row had left for the beginning
    of a field of variable length, which goes on in a row of its own.
    """

    field: Field
    bits: int
    continued: bool = False
    lead: bool = False


def packet(layout: Layout) -> str:
    """Return the DOT text of the packet drawing of one layout (RFC 2408 section 3)."""
    rows = [_ruler_tens(), _ruler_units()]
    rows += [_line(layout, parts) for parts in rows_of(layout)]
    box = style.table(*rows, CELLBORDER=1, COLOR=style.INK)
    code = f", payload type {int(layout.code)}" if layout.code is not None else ""
    subtitle = f"{style.section(layout.cite)}, {layout.figure}"
    title = style.heading(f"{_title(layout)}{code}", subtitle, _legend(layout))
    body = [style.node(layout.name, id=layout.name, label=box)]
    return style.digraph(f"payload-{layout.name}", body, label=title, labelloc="t")


def _title(layout: Layout) -> str:
    if layout.code is None:
        return layout.name
    return layout.code.label if layout.name == layout.code.name else f"{layout.code.label}, {layout.name}"


def family(field: Field) -> str:
    """Return what a field is to the reader: one of the names in the legend."""
    if field.kind is Kind.RESERVED:
        return "reserved"
    if field.kind in DERIVED:
        return "derived"
    return "variable" if field.bits is None else "value"


def rows_of(layout: Layout) -> tuple[tuple[Part, ...], ...]:
    """Return the layout's fields in rows of 32 bits; what is of variable length, or of whole rows, has its own."""
    rows: list[tuple[Part, ...]] = []
    current: list[Part] = []

    def close() -> None:
        if current:
            rows.append(tuple(current))
            current.clear()

    for field in layout.fields:
        if field.bits == 0:
            continue  # nothing of it is on the wire
        if field.bits is None or (field.bits % ROW_BITS == 0 and not current):
            if current:
                current.append(Part(field, ROW_BITS - sum(part.bits for part in current), lead=True))
            close()
            rows.append((Part(field, ROW_BITS),))
            continue
        left, continued = field.bits, False
        while left:
            room = ROW_BITS - sum(part.bits for part in current)
            taken = min(left, room)
            current.append(Part(field, taken, continued))
            left, continued = left - taken, True
            if taken == room:
                close()
    close()
    return tuple(rows)


# ---- cells -----------------------------------------------------------------------------------------------------------


def _ruler_tens() -> Html:
    """Return the upper line of the ruler: the tens of the bits' numbers."""
    groups = ((ten, len(list(bits))) for ten, bits in groupby(range(ROW_BITS), key=lambda bit: bit // 10))
    return row(*(_plain(str(ten), COLSPAN=bits, ALIGN="LEFT") for ten, bits in groups))


def _ruler_units() -> Html:
    return row(*(_plain(str(bit % 10), WIDTH=BIT) for bit in range(ROW_BITS)))


def _plain(content: str, **values: str | float) -> Html:
    return cell(text(content, size=style.SMALL, colour=style.QUIET), BORDER=0, **values)


def _line(layout: Layout, parts: Sequence[Part]) -> Html:
    """Return the table row of one row of bits; what the last field leaves free is left blank."""
    cells = [_part(layout, part) for part in parts]
    free = ROW_BITS - sum(part.bits for part in parts)
    if free:
        cells.append(cell("", BORDER=0, COLSPAN=free))
    return row(*cells)


def _part(layout: Layout, part: Part) -> Html:
    field = part.field
    kind = family(field)
    look: dict[str, str | float] = {"COLSPAN": part.bits, "BGCOLOR": TINTS[kind]}
    if part.lead:
        return cell("", **look, STYLE="dashed", **link(field.cite, *_told(layout, field)))
    rows = max((field.bits or 0) // ROW_BITS, 1) if part.bits == ROW_BITS else 1
    look |= {"HEIGHT": ROW_HEIGHT * rows}
    lines = [text(line) for line in _fitted(f"({field.label})" if part.continued else field.label, part.bits)]
    remark = _remark(layout, field)
    if kind == "variable":
        look |= {"STYLE": "dashed", "HEIGHT": VARIABLE_HEIGHT}
        lines = [text(f"~    {field.label}    ~")]
    if remark:
        lines.append(text(remark, size=style.SMALL, colour=style.QUIET))
    return cell(Html("<BR/>".join(lines)), **look, **link(field.cite, *_told(layout, field)))


def _fitted(label: str, bits: int) -> tuple[str, ...]:
    """Return a label in as many lines as its cell's width asks for."""
    return style.wrapped(label.split(), max(int(bits * BIT / POINTS_PER_CHARACTER), 1), " ") or ("",)


def _remark(layout: Layout, field: Field) -> str:
    """Return the line below a label: the rule of its length, its condition, its only value."""
    if field.kind is Kind.CONSTANT:
        return f"= {field.value}"
    if field.when:
        return _condition(layout, field)
    if field.bits is None:
        return _rule(layout, field)
    return f"{field.bits // 8} octets" if field.bits > ROW_BITS else ""


def _condition(layout: Layout, field: Field) -> str:
    """Return under which condition a field is there, in the words of the packet; nothing where it always is."""
    if field.when is None:
        return ""
    decides = layout.field(field.when.field)
    bits = decides.registry.describe(field.when.mask) if decides.registry else f"{int(field.when.mask):#x}"
    laid_out = f", laid out as {field.of.__name__}" if field.of else ""
    return f"only if {decides.label} has {bits.replace('|', ' or ')}{laid_out}"


def _rule(layout: Layout, field: Field) -> str:
    """Return the rule of a length, with the fields that it names called as the packet calls them."""
    labels = {candidate.name: candidate.label for candidate in layout.fields}
    return " ".join(labels.get(word, word) for word in field.length_rule.split(" "))


def _told(layout: Layout, field: Field) -> tuple[str, ...]:
    """Return the lines of a field's tooltip."""
    width = f"{field.bits} bits" if field.bits is not None else _rule(layout, field)
    lines = [f"{field.label} ({width})", field.kind.value]
    lines += filter(None, (_condition(layout, field), _allowed(field), _lengths(layout, field)))
    if field.notify is not None:
        lines.append(f"otherwise: {field.notify.label}")
    elif field.only_logged:
        lines.append("otherwise: logged, never answered")
    return tuple(lines)


def _allowed(field: Field) -> str:
    """Return the values that a field may have, by name where they have one."""
    registry = field.registry
    if field.allowed is None:
        return f"values: {registry.title}" if registry else ""
    values = sorted(field.allowed)
    if registry is not None and issubclass(registry, FlagRegistry):
        return "bits: " + ", ".join(member.label for member in registry)
    if len(values) > MANY:
        return f"allowed: {len(values)} values of {registry.title}" if registry else f"allowed: {len(values)} values"
    names = (f"{value} {registry.describe(value)}" if registry else str(value) for value in values)
    return "allowed: " + ", ".join(names)


def _lengths(layout: Layout, field: Field) -> str:
    """Return the lengths that a field may have, by the value of the field that decides."""
    if field.lengths is None:
        return ""
    decides = layout.field(field.lengths.field)
    name = decides.registry.describe if decides.registry else str
    by_value = (
        f"{'/'.join(_runs(sizes))} where {decides.label} is {name(value)}"
        for value, sizes in field.lengths.allowed.items()
    )
    return "octets: " + "; ".join(by_value)


def _runs(numbers: Iterable[int]) -> tuple[str, ...]:
    """Return numbers with those that follow each other joined: `0-16`, `4`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return tuple(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _legend(*layouts: Layout) -> Html:
    used = {family(field) for layout in layouts for field in layout.fields}
    entries = []
    for name, tint in TINTS.items():
        if name in used:
            look = {"STYLE": "dashed"} if name == "variable" else {}
            entries.append(style.key(MEANING[name], "~" if look else "", BGCOLOR=tint, BORDER=1, **look))
    return Html("".join(entries))


# ---- all of them -----------------------------------------------------------------------------------------------------


def overview(layouts: Iterable[Layout]) -> str:
    """Return the DOT text of a sheet with every layout in one line: number, name, fields, section."""
    shown = tuple(layouts)
    lines = [row(*(cell(text(name, bold=True), ALIGN="LEFT") for name in ("Type", "Name", "Fields", "Section")))]
    for layout in shown:
        code = str(int(layout.code)) if layout.code is not None else ""
        lines.append(
            row(
                cell(text(code, colour=style.QUIET), ALIGN="RIGHT"),
                cell(text(layout.name, bold=True), ALIGN="LEFT", **link(layout.cite, _title(layout), layout.figure)),
                cell(_strip(layout), ALIGN="LEFT"),
                cell(text(style.section(layout.cite), size=style.SMALL, colour=style.QUIET), ALIGN="LEFT"),
            )
        )
    subtitle = "payloads begin with the generic payload header: next payload, reserved, length"
    title = style.heading("Headers, payloads, attributes", subtitle, _legend(*shown))
    body = [style.node("overview", id="overview", label=style.table(*lines, CELLPADDING=3))]
    return style.digraph("payload-overview", body, label=title, labelloc="t")


STRIP_WIDTH = 66
"""Characters in a line of the sheet before it is broken."""


def _strip(layout: Layout) -> Html:
    """Return the fields of a layout's body as small cells, in as many lines as they need."""
    lines: list[list[Html]] = [[]]
    length = 0
    for field in layout.body:
        if field.bits == 0:
            continue
        label = field.label if field.bits is None else f"{field.label} ({field.bits})"
        if length and length + len(label) > STRIP_WIDTH:
            lines.append([])
            length = 0
        kind = family(field)
        look = {"STYLE": "dashed"} if kind == "variable" else {}
        content = text(label, size=style.SMALL)
        lines[-1].append(
            cell(content, BORDER=1, BGCOLOR=TINTS[kind], **look, **link(field.cite, *_told(layout, field)))
        )
        length += len(label) + 2
    return style.table(
        *(row(cell(style.table(row(*line), CELLPADDING=3), ALIGN="LEFT")) for line in lines if line), CELLPADDING=0
    )
