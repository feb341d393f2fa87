"""State machines: one drawing for one role, or both roles side by side, from the rows of the transition table.

The way to success runs from top to bottom. Each arrow of it says what arrives, which checks it has to pass and what is
sent. Failures and ends are thin dashed lines, one for each pair of states; what causes them is listed in the state in
which they end. What is done without a change of state (a repeat, a keepalive, another question) stands inside the
state's box. Rows that only discard are summed up in a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from isakmp.diagrams import style
from isakmp.diagrams.style import Html, cell, link, row, text
from isakmp.spec.events import Action, EventKind
from isakmp.spec.guards import Guard
from isakmp.spec.messages import Exchange
from isakmp.spec.table import TIMED_OUT, Kind, Row, State, Table
from isakmp.spec.terms import Role

MARK_FATAL = "×"
MARK_DISCARD = "·"
NOTE_WIDTH = 48
"""Characters in a line of the note."""


def state_machine(table: Table) -> str:
    """Return the DOT text of one role's state machine (RFC 2409 section 5, RFC 2408 section 4)."""
    name = f"state-{table.exchange.key}-{table.role.name}"
    title = f"{title_of(table.exchange)}: {table.exchange.end(table.role)}"
    return style.digraph(name, _role(table), **_graph(title, table))


def both_roles(initiator: Table, responder: Table) -> str:
    """Return the DOT text of both roles' state machines, side by side.

    Raises:
        ValueError: the tables are not of the two roles of one exchange.
    """
    if initiator.exchange != responder.exchange or (initiator.role, responder.role) != (Role.I, Role.R):
        raise ValueError(
            f"not the two roles of one exchange: {initiator.exchange.key} {initiator.role.value}, "
            f"{responder.exchange.key} {responder.role.value}"
        )
    exchange = initiator.exchange
    clusters = (
        style.cluster(
            table.role.name,
            _role(table),
            label=text(exchange.end(table.role), size=style.TITLE, colour=style.ROLE_COLOUR[table.role], bold=True),
            color=style.FAINT,
            style="rounded",
            margin=10,
        )
        for table in (initiator, responder)
    )
    return style.digraph(f"state-{exchange.key}", clusters, **_graph(title_of(exchange), initiator, responder))


def title_of(exchange: Exchange) -> str:
    """Return the exchange's title with its authentication method."""
    return f"{exchange.title} ({exchange.auth.value})" if exchange.auth else exchange.title


def _graph(title: str, *tables: Table) -> dict[str, str | float]:
    subtitle = style.section(tables[0].exchange.cite)
    return {
        "label": style.heading(title, subtitle, *_legend(tables)),
        "labelloc": "t",
        "rankdir": "TB",
        "nodesep": 0.12,
        "ranksep": 0.22,
        "newrank": "false",
    }


def _legend(tables: tuple[Table, ...]) -> tuple[Html, ...]:
    signs = [
        style.key(t.exchange.end(t.role), BGCOLOR=style.ROLE_TINT[t.role], COLOR=style.ROLE_COLOUR[t.role], BORDER=1)
        for t in tables
    ]
    kinds = {state.kind for table in tables for state in _reached(table)}
    if Kind.ESTABLISHED in kinds:
        signs.append(style.key("established", BGCOLOR=style.ESTABLISHED_TINT, COLOR=style.ESTABLISHED, BORDER=2))
    if Kind.ENDED in kinds:
        signs.append(style.key("ended", BGCOLOR=style.FAILURE_TINT, COLOR=style.FAILURE, BORDER=1))
    checks = (
        style.key("check; where it fails, the message is discarded", MARK_DISCARD),
        style.key("check; where it fails, the exchange ends", MARK_FATAL, line=style.FAILURE),
    )
    guarded = any(r.guards for table in tables for r in table.rows)
    return (Html("".join(signs)), Html("".join(checks))) if guarded else (Html("".join(signs)),)


# ---- one role --------------------------------------------------------------------------------------------------------


def _role(table: Table) -> Iterable[str]:
    """Return the statements of one role: states, the way to success, the ends, the note."""
    reached = _reached(table)
    yield from (_state(table, state) for state in reached if state.kind is not Kind.ENDED)
    steps = [r for r in table.rows if r.changes_state and r.destination.kind is not Kind.ENDED]
    yield from (_step(table, r) for r in steps)
    ended = _ended_states(table)
    yield from (_ended(table, state) for state in ended)
    yield from _failures(table)
    yield _note(table)
    # What ends is stacked below the way to success, so that a role is one column.
    last = next(state for state in reversed(reached) if state.kind is not Kind.ENDED)
    column = [_id(table, last), *(_id(table, state) for state in ended), f"{table.role.name}.note"]
    yield from (style.edge(a, b, style="invis", weight=20) for a, b in pairwise(column))


def _reached(table: Table) -> tuple[State, ...]:
    """Return the states that some row leads to, and the first one."""
    found = {table.initial} | {r.destination for r in table.rows if r.changes_state}
    return tuple(state for state in table.states if state in found)


def beside_the_way(state: State) -> bool:
    """Whether a role waits there though no message is to come (for CONNECTED): such a state stands beside the way."""
    return state.kind is Kind.RUNNING and state.awaits is None


def _ended_states(table: Table) -> tuple[State, ...]:
    """Return the ended states that are drawn, in the order in which they are stacked."""
    return tuple(state for state in reversed(_reached(table)) if state.kind is Kind.ENDED)


def _id(table: Table, state: State) -> str:
    return f"{table.role.name}.{state.name}"


def _colours(table: Table, state: State) -> tuple[str, str]:
    if state.kind is Kind.ESTABLISHED:
        return style.ESTABLISHED_TINT, style.ESTABLISHED
    tint = style.PAPER if state.kind is Kind.IDLE else style.ROLE_TINT[table.role]
    return tint, style.ROLE_COLOUR[table.role]


def _state(table: Table, state: State) -> str:
    """Return a state's node: name, what it has sent and awaits, and what it repeats."""
    tint, line = _colours(table, state)
    cite = table.exchange.cite
    about = ", ".join(
        filter(None, (state.sent and f"has sent {state.sent}", state.awaits and f"awaits {state.awaits}"))
    )
    about = state.kind.name.lower() if state.kind in (Kind.IDLE, Kind.ESTABLISHED) and not state.awaits else about
    rows = [
        row(cell(text(state.name, bold=True, colour=line), **link(cite, state.name, state.kind.value))),
        row(cell(text(about or state.kind.name.lower(), size=style.SMALL, colour=style.QUIET))),
    ]
    rows += [
        row(
            cell(
                text(f"{r.event}: {_done(r)}", size=style.SMALL, italic=True),
                **link(r.cite, f"{r.id}: {r.why}"),
            )
        )
        for r in table.rows
        if r.source == state and _acts(r)
    ]
    border = 2 if state.kind is Kind.ESTABLISHED else 1
    box = style.boxed(*rows, BORDER=border, BGCOLOR=tint, COLOR=line)
    return style.node(
        _id(table, state), id=_id(table, state), label=box, group="" if beside_the_way(state) else table.role.name
    )


def _acts(r: Row) -> bool:
    """Whether a row does something in a state and leaves it as it is."""
    return not r.changes_state and Action.DISCARD not in r.actions and bool(set(r.actions) - {Action.LOG})


def _done(r: Row) -> str:
    """Return what such a row does, in few words."""
    if Action.RESEND in r.actions:
        return f"{r.emits} again"
    names = (
        action.name.lower().removeprefix("send_").replace("_", " ") for action in r.actions if action is not Action.LOG
    )
    return ", ".join(names)


def _step(table: Table, step: Row) -> str:
    """Return the arrow of a step to success, with what arrives, the checks and what is sent."""
    colour = style.ROLE_COLOUR[table.role]
    what = f"receive {step.event.message}" if step.event.kind is EventKind.RECEIVE else step.event.name
    label = [_headline(what, colour, link(step.cite, f"{step.id}: {step.why}"))]
    label += [_check(guard, fatal=guard in _fatal(table, step)) for guard in step.guards]
    if step.emits:
        message = table.exchange.message(step.emits)
        label.append(_headline(f"send {step.emits}", colour, link(message.cite, f"{message.name}: {message.label}")))
    return style.edge(
        _id(table, step.source),
        _id(table, step.destination),
        id=f"{_id(table, step.source)}--{_id(table, step.destination)}",
        label=style.table(row(cell("", WIDTH=4), cell(style.table(*label, CELLPADDING=0), CELLPADDING=3))),
        edgetooltip=_told((step,)),
        color=colour,
        penwidth=1.6,
        weight=1 if beside_the_way(step.source) or beside_the_way(step.destination) else 100,
    )


def _headline(what: str, colour: str, about: Mapping[str, str | float]) -> Html:
    return row(cell(text(what, bold=True, colour=colour), ALIGN="LEFT", **about))


def _fatal(table: Table, step: Row) -> frozenset[Guard]:
    """Return the checks of a step whose failure ends the exchange, as the table's other rows for the event say."""
    return frozenset(
        r.unless for r in table.of(step.source, step.event) if r.unless and r.destination.kind is Kind.ENDED
    )


def _check(guard: Guard, *, fatal: bool) -> Html:
    # A font of fixed width keeps the names in one column below each other.
    sign, colour = (MARK_FATAL, style.FAILURE) if fatal else (MARK_DISCARD, style.INK)
    mark = text(f" {sign} ", size=style.SMALL + 1, mono=True, bold=True, colour=colour)
    consequence = f"else {guard.rule.notify.label}, {'the exchange ends' if fatal else 'the message is discarded'}"
    content = Html(mark + text(guard.name, size=style.SMALL + 1))
    return row(cell(content, ALIGN="LEFT", **link(guard.rule.cite, guard.rule.statement, consequence)))


# ---- ends ------------------------------------------------------------------------------------------------------------


def _failures(table: Table) -> Iterable[str]:
    """Return one quiet line for each pair of a state and one in which it ends.

    Where several states end in the same one, their lines join a common line in the margin, with a corner in the row of
    each state. Each such destination has a margin of its own.
    """
    pairs: dict[State, dict[State, list[Row]]] = {}
    for r in table.rows:
        if r.changes_state and r.destination.kind is Kind.ENDED:
            pairs.setdefault(r.destination, {}).setdefault(r.source, []).append(r)
    for destination, sources in pairs.items():
        side = "e" if destination == TIMED_OUT else "w"
        if set(sources) == {source for source in sources if source.kind is Kind.ESTABLISHED}:
            side = ""
        yield from _margin(table, destination, sources, side)


def _margin(table: Table, destination: State, sources: dict[State, list[Row]], side: str) -> Iterable[str]:
    """Return the lines into one ended state: straight ones, or by way of the margin on one side."""
    look: dict[str, str | float] = {"color": style.FAILURE, "style": "dashed", "penwidth": 0.8, "arrowsize": 0.5}
    end = _id(table, destination)
    told = {
        source: {"id": f"{_id(table, source)}--{end}", "edgetooltip": _told(rows)} for source, rows in sources.items()
    }
    if not side:
        yield from (style.edge(_id(table, source), end, **told[source], **look) for source in sources)
        return
    # The line runs past all states between the first source and the destination, with a corner beside each.
    column = (*(s for s in _reached(table) if s.kind is not Kind.ENDED), *_ended_states(table))
    passed = column[column.index(next(iter(sources))) : column.index(destination) + 1]
    corners = []
    for state in passed:
        name, corner = _id(table, state), f"{_id(table, state)}--{destination.name}"
        corners.append(corner)
        yield style.node(
            corner, shape="point", width=0.01, height=0.01, label="", color=style.FAILURE, group=f"{end}-line"
        )
        line: dict[str, str | float] = {"style": "invis"}
        if state in sources:
            line = {**told[state], **look, "dir": "none"}
        elif state == destination:
            line = {**look, "dir": "forward" if side == "w" else "back"}
        # The order of tail and head puts the corner left or right of the state.
        ends = (corner, name) if side == "w" else (name, corner)
        yield f"{{rank=same; {style.edge(*ends, **line)}}}"
    yield from (style.edge(a, b, **{**look, "dir": "none"}, weight=60) for a, b in pairwise(corners))


def _cause(r: Row) -> str:
    return f"{r.event}: not {r.unless}" if r.unless else r.event.name


def _ended(table: Table, state: State) -> str:
    """Return a state in which the exchange ends: its name, and from where and why one comes there."""
    causes: dict[str, list[Row]] = {}
    for r in table.rows:
        if r.changes_state and r.destination == state:
            causes.setdefault(_cause(r), []).append(r)
    title = cell(text(state.name, bold=True, colour=style.FAILURE), COLSPAN=3)
    lines = [row(title)]
    for cause, rows in causes.items():
        sources = " ".join(r.source.name.removeprefix(f"{table.exchange.prefix}_") for r in rows)
        # The same event may have another reason in another state: each is told with its section.
        reasons = tuple(dict.fromkeys(f"{r.why} ({style.section(r.cite)})" for r in rows))
        tooltip = link(rows[0].cite, *(r.id for r in rows), *reasons)
        lines.append(
            row(
                cell(text(cause, size=style.SMALL), ALIGN="LEFT", **tooltip),
                cell(text("", size=style.SMALL), WIDTH=6),
                cell(text(sources, size=style.SMALL, colour=style.QUIET), ALIGN="RIGHT"),
            )
        )
    box = style.boxed(*lines, BGCOLOR=style.FAILURE_TINT, COLOR=style.FAILURE)
    return style.node(_id(table, state), id=_id(table, state), label=box)


def _note(table: Table) -> str:
    """Return the note on what is not drawn: rows that discard and change nothing."""
    silent = [r for r in table.rows if not r.changes_state and not _acts(r)]
    failed = sum(r.unless is not None for r in silent)
    checks = f"{failed} failed check{'s' if failed > 1 else ''}, and " if failed else ""
    words = (
        f"{len(silent)} rows are not drawn, as they discard and change nothing: {checks}"
        "every event in a state that has no arrow for it."
    )
    lines = style.wrapped(words.split(), NOTE_WIDTH, " ")
    content = [row(cell(text(line, size=style.SMALL, colour=style.QUIET), ALIGN="LEFT")) for line in lines]
    box = style.boxed(*content, STYLE="rounded,dashed", COLOR=style.FAINT)
    return style.node(f"{table.role.name}.note", id=f"{table.role.name}.note", label=box)


def _told(rows: Iterable[Row]) -> str:
    """Return the rows as lines of a tooltip: id, meaning, section."""
    return "\n".join(f"{r.id}: {r.why} ({style.section(r.cite)})" for r in rows)
