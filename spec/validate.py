"""Is a table what it has to be? Total, deterministic, reachable, closed, sorted, cited.

`isakmp verify` prints these results; the engine refuses a table with a finding. A finding names the place and what is
wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from isakmp.spec.citations import CitationError, parse_cite
from isakmp.spec.guards import Guard
from isakmp.spec.messages import Exchange
from isakmp.spec.table import Kind, Row, Table
from isakmp.spec.terms import Def, SortError, Term, definitions


@dataclass(frozen=True)
class Finding:
    """Something wrong with a table: where, and what."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


def total_and_deterministic(table: Table) -> Iterator[Finding]:
    """For each state, event and outcome of the guards exactly one row applies."""
    for state in table.states:
        for event in table.events:
            rows = table.of(state, event)
            named = list(dict.fromkeys(g for row in rows for g in (*row.guards, *filter(None, (row.unless,)))))
            for outcome in product((True, False), repeat=len(named)):
                holds = dict(zip(named, outcome, strict=True))
                enabled = [row for row in rows if _enabled(row, holds)]
                if len(enabled) != 1:
                    what = "no row" if not enabled else " and ".join(row.id for row in enabled)
                    where = ", ".join(f"{'' if ok else 'not '}{guard}" for guard, ok in holds.items())
                    yield Finding(f"{table.exchange.key} {state} on {event}", f"{what} for [{where}]")
                    break


def _enabled(row: Row, holds: dict[Guard, bool]) -> bool:
    return all(holds[g] for g in row.guards) and not (row.unless and holds[row.unless])


def unique_ids(table: Table) -> Iterator[Finding]:
    """No two rows have the same name."""
    seen: set[str] = set()
    for row in table.rows:
        if row.id in seen:
            yield Finding(row.id, "the name of more than one row")
        seen.add(row.id)


def reachable(table: Table) -> Iterator[Finding]:
    """Every state can be reached from the first one."""
    reached = {table.initial}
    while True:
        more = {row.destination for row in table.rows if row.source in reached} - reached
        if not more:
            break
        reached |= more
    for state in table.states:
        if state not in reached:
            yield Finding(f"{table.exchange.key} {state}", "cannot be reached")


def ends_are_final(table: Table) -> Iterator[Finding]:
    """Nothing leads out of an ended exchange, and nothing but its end out of an established one."""
    for row in table.rows:
        if row.source.kind in (Kind.DONE, Kind.ENDED) and row.changes_state:
            yield Finding(row.id, "leads out of an exchange that is over")
        if row.source.kind is Kind.ESTABLISHED and row.destination.kind not in (Kind.ESTABLISHED, Kind.ENDED):
            yield Finding(row.id, "leads from an established exchange back into a running one")


def roles_are_kept(table: Table) -> Iterator[Finding]:
    """A row leads to a state of the same role's table."""
    for row in table.rows:
        if row.role is not table.role or row.source not in table.states or row.destination not in table.states:
            yield Finding(row.id, f"is not a row of the {table.role.value}'s states")


def every_message_has_a_receiver(exchange: Exchange, tables: tuple[Table, Table]) -> Iterator[Finding]:
    """What a row emits, a row of the other role takes; and each message is emitted by some row."""
    emitted = {row.emits for table in tables for row in table.rows if row.emits}
    taken = {row.event.message for table in tables for row in table.rows if row.event.message and row.changes_state}
    for message in exchange.messages:
        if message.name not in emitted:
            yield Finding(f"{exchange.key} {message.name}", "no row emits it")
        if message.name not in taken:
            yield Finding(f"{exchange.key} {message.name}", "no row takes it")


def well_sorted(exchange: Exchange) -> Iterator[Finding]:
    """Every formula is built again from its parts, so that a sort error anywhere in it is found."""
    roots = [slot.term for message in exchange.messages for slot in message.slots] + list(exchange.keys)
    for definition in definitions(*roots):
        try:
            _rebuild(definition)
        except SortError as error:
            yield Finding(f"{exchange.key} {definition.name}", str(error))


def _rebuild(term: Term) -> None:
    for subterm in term.subterms():
        # The checks are those of construction; frozen terms can only be wrong if they got around them.
        post_init = getattr(subterm, "__post_init__", None)
        if post_init:
            post_init()


def cited(table: Table) -> Iterator[Finding]:
    """Every row, message, guard and formula names a section."""
    for row in table.rows:
        yield from _uncited(row.id, row.cite)
    for message in table.exchange.messages:
        yield from _uncited(message.name, message.cite)
        for slot in message.slots:
            if isinstance(slot.term, Def):
                yield from _uncited(f"{message.name} {slot.name}", slot.term.cite)


def _uncited(place: str, cite: str) -> Iterator[Finding]:
    try:
        parse_cite(cite)
    except CitationError as error:
        yield Finding(place, str(error))


CHECKS: dict[str, Callable[[Table], Iterator[Finding]]] = {
    "total and deterministic": total_and_deterministic,
    "row names are unique": unique_ids,
    "every state is reachable": reachable,
    "ends are final": ends_are_final,
    "roles are kept": roles_are_kept,
    "every row has a section": cited,
}


def findings(table: Table) -> tuple[Finding, ...]:
    """All that is wrong with one role's table."""
    return tuple(finding for check in CHECKS.values() for finding in check(table))
