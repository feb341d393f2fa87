"""Message sequences: an exchange as its RFC's figure shows it, with states, protection and all formulas.

Every payload is a cell of its message and tells, when pointed at, what its body is. A box on a life line is the state
that a role enters with that message. Below stand the definitions of all keys and hashes, in the order in which they can
be computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from isakmp.diagrams import style
from isakmp.diagrams.ladder import Lane, Rung, ladder
from isakmp.diagrams.state import title_of
from isakmp.diagrams.style import Html, cell, link, row, text
from isakmp.spec import keying
from isakmp.spec.messages import Exchange, Message, Protection, Slot
from isakmp.spec.sorts import SYMBOLS
from isakmp.spec.table import Kind, State, states_of
from isakmp.spec.terms import Apply, Def, Role, Term, definitions

LANES = (Role.I, Role.R)
LABEL_HEIGHT = 40
"""Points that a message takes: its name and a row of cells."""
CELL_HEIGHT = 22
"""Points that one more row of cells takes."""
LINE_WIDTH = 72
"""Characters of a message that fit into one row of cells."""
LINE = 17
"""Points that a line of the table of formulas takes."""
FORMULA_WIDTH = 70
"""Characters in a line of a formula."""

LINE_COLOUR = {
    Protection.CLEAR: style.INK,
    Protection.ENCRYPTED: style.ENCRYPTED,
    Protection.EITHER: style.ENCRYPTED,
}
CELL_TINT = {
    Protection.CLEAR: style.PAPER,
    Protection.ENCRYPTED: style.ENCRYPTED_TINT,
    Protection.EITHER: style.PAPER,
}
MEANING = {
    Protection.CLEAR: "payloads in the clear",
    Protection.ENCRYPTED: "payloads encrypted",
    Protection.EITHER: "payloads encrypted or in the clear",
}


def sequence(exchange: Exchange) -> str:
    """Return the DOT text of an exchange's message sequence (RFC 2409 section 5)."""
    entered = {role: _entered(exchange, role) for role in LANES}
    lanes = [Lane(role.name, _head(exchange, role), style.ROLE_COLOUR[role]) for role in LANES]
    rungs = [_rung(exchange, message, entered) for message in exchange.messages]
    title = style.heading(title_of(exchange), style.section(exchange.cite), _legend(exchange))
    return ladder(f"sequence-{exchange.key}", title, lanes, rungs, _formulas(exchange))


def shown_definitions(exchange: Exchange) -> tuple[Def, ...]:
    """Return the definitions that are drawn below an exchange, each after those that it uses."""
    terms: list[Term] = [*exchange.keys, *(slot.term for message in exchange.messages for slot in message.slots)]
    if any(message.protection is not Protection.CLEAR for message in exchange.messages):
        terms.append(keying.IV_PHASE_1 if exchange.phase == 1 else keying.IV_PHASE_2)
    return definitions(*terms)


def _legend(exchange: Exchange) -> Html:
    used = dict.fromkeys(message.protection for message in exchange.messages)
    signs = [
        style.key(MEANING[p], p.value, line=LINE_COLOUR[p], BGCOLOR=CELL_TINT[p], COLOR=LINE_COLOUR[p], BORDER=1)
        for p in used
    ]
    if any(slot.optional for message in exchange.messages for slot in message.slots):
        signs.append(style.key("optional", "[ ]", BORDER=1, STYLE="dashed"))
    signs.append(
        style.key("state entered", BGCOLOR=style.INITIATOR_TINT, COLOR=style.INITIATOR, BORDER=1, STYLE="rounded")
    )
    return Html("".join(signs))


def _entered(exchange: Exchange, role: Role) -> dict[str, State]:
    """Return the state that a role enters with a message: by sending it, or by taking it without an answer."""
    found: dict[str, State] = {}
    # A running state that waits for no message (an initiator that waits for CONNECTED) stands beside the way.
    states = [
        state
        for state in states_of(exchange, role)
        if state.kind is not Kind.ENDED and (state.kind is not Kind.RUNNING or state.awaits is not None)
    ]
    for before, state in pairwise(states):
        name = state.sent if state.sent != before.sent else before.awaits
        if name:
            found[name] = state
    return found


def _state(exchange: Exchange, role: Role, state: State) -> Html:
    established = state.kind is Kind.ESTABLISHED
    tint = style.ESTABLISHED_TINT if established else style.ROLE_TINT[role]
    line = style.ESTABLISHED if established else style.ROLE_COLOUR[role]
    name = cell(text(state.name, size=style.SMALL, bold=True, colour=line), **link(exchange.cite, state.kind.value))
    return style.table(
        row(name), BORDER=2 if established else 1, STYLE="rounded", BGCOLOR=tint, COLOR=line, CELLPADDING=4
    )


def _head(exchange: Exchange, role: Role) -> Html:
    colour = style.ROLE_COLOUR[role]
    first = states_of(exchange, role)[0]
    return style.table(
        row(cell(text(role.value, bold=True, colour=colour))),
        row(cell(text(first.name, size=style.SMALL, colour=style.QUIET))),
        BGCOLOR=style.PAPER,
        CELLPADDING=1,
    )


def _rung(exchange: Exchange, message: Message, entered: dict[Role, dict[str, State]]) -> Rung:
    marks = tuple(
        (lane, _state(exchange, role, entered[role][message.name]))
        for lane, role in enumerate(LANES)
        if message.name in entered[role]
    )
    return Rung(
        name=message.name,
        sender=LANES.index(message.sender),
        receiver=LANES.index(message.sender.other),
        label=_label(message),
        height=LABEL_HEIGHT + (_lines(message) - 1) * CELL_HEIGHT,
        colour=LINE_COLOUR[message.protection],
        encrypted=message.protection is Protection.ENCRYPTED,
        tooltip=f"{message.name}: {message.label} ({style.section(message.cite)})",
        marks=marks,
    )


def _label(message: Message) -> Html:
    """Return a message as a row of cells, its name above."""
    colour, tint = LINE_COLOUR[message.protection], CELL_TINT[message.protection]
    allowed = ", ".join(sorted(payload.name for payload in message.allows))
    header = cell(
        text(message.protection.value, bold=True, colour=colour),
        BGCOLOR=tint,
        **link(message.cite, MEANING[message.protection], f"may be added: {allowed}" if allowed else ""),
    )
    cells = [header, *(_slot(message, slot, tint) for slot in message.slots)]
    lines = [cells] if _lines(message) == 1 else [cells[: len(cells) // 2 + 1], cells[len(cells) // 2 + 1 :]]
    boxes = [
        row(cell(style.table(row(*line), BORDER=0, CELLBORDER=1, COLOR=colour, CELLPADDING=3), BGCOLOR=style.PAPER))
        for line in lines
    ]
    name = row(cell(text(message.name, bold=True), BGCOLOR=style.PAPER, CELLPADDING=0))
    # The empty line below the cells is as high as the name above them: so the arrow meets the middle of the cells.
    return style.table(name, *boxes, row(cell(text(" "), CELLPADDING=0)), CELLPADDING=0)


def _lines(message: Message) -> int:
    """How many rows of cells a message takes."""
    return 1 if len(message.label) <= LINE_WIDTH else 2


def _slot(message: Message, slot: Slot, tint: str) -> Html:
    term = slot.term
    body = term.equation if isinstance(term, Def) else f"{slot.payload.label}: {term}, {term.sort.value}"
    other = f"or {slot.alternative.label}" if slot.alternative else ""
    need = "optional" if slot.optional else "required"
    cite = term.cite if isinstance(term, Def) else message.cite
    look = {"STYLE": "dashed"} if slot.optional else {}
    return cell(text(slot.name), BGCOLOR=tint, **look, **link(cite, body, other, need))


def _formulas(exchange: Exchange) -> tuple[Html, int]:
    """Return the table of definitions, and its height in points; two that read alike are shown once."""
    rows, height = [], 6
    for definition in {definition.equation: definition for definition in shown_definitions(exchange)}.values():
        symbols = dict.fromkeys(t.symbol for t in definition.term.subterms() if isinstance(t, Apply))
        meanings = tuple(f"{name}: {SYMBOLS[name].meaning}" for name in symbols)
        lines = style.wrapped(f"= {definition.term}".split(" | "), FORMULA_WIDTH, " | ")
        rows.append(
            row(
                _mono(style.escape(definition.name), {"HEIGHT": LINE * len(lines)}),
                _mono(style.escape("\n  ".join(lines)), link(definition.cite, definition.equation, *meanings)),
                cell("", WIDTH=14),  # room for a font a little wider than the one that was measured
                cell(text(style.section(definition.cite), size=style.SMALL, colour=style.QUIET), ALIGN="RIGHT"),
            )
        )
        height += LINE * len(lines) + 2
    if not rows:
        return Html(""), 0
    return style.boxed(*rows, COLOR=style.FAINT, CELLPADDING=3), height


def _mono(content: Html, values: Mapping[str, str | float]) -> Html:
    return cell(text(content, size=style.SMALL + 1, mono=True), ALIGN="LEFT", BALIGN="LEFT", **values)
