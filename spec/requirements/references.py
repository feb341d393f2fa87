"""What a reference of a requirement means, and whether there is such a thing: `layout:SA.doi`, `guard:FITS`.

| Kind | Names |
| --- | --- |
| `layout` | a payload or other structure, or one of its fields |
| `guard` | a kind of check of a receiver |
| `row` | rows of the tables; `*` stands for anything |
| `rule` | a kind of event that rows exist for in all exchanges |
| `action` | something that rows have done |
| `formula` | a definition by its name |
| `registry` | a registry, or one of its members |
| `exchange`, `process` | an exchange or a process |
| `message` | a message of an exchange: `main.MM1` |
| `limit` | a size, range or default of `limits` |
| `claim` | what `isakmp verify` proves of every table |
| `decision` | a decision where the documents leave room |
| `property` | a safety property that tests hold against an adversary |

`code` (a function or class of the machine or another package), `check` (a question of the checker) and `test` are
beyond this package: the tests find them in the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache

from isakmp.spec import keying, limits, payloads, registries
from isakmp.spec.catalogue import PROCESSES, tables
from isakmp.spec.decisions import DECISIONS
from isakmp.spec.events import Action, EventKind
from isakmp.spec.exchanges import exchanges
from isakmp.spec.guards import Check
from isakmp.spec.layouts import GenericHeader, StructureMeta
from isakmp.spec.properties import PROPERTIES
from isakmp.spec.table import Row
from isakmp.spec.terms import Def
from isakmp.spec.validate import CHECKS

OUTSIDE = frozenset({"code", "check", "test"})
"""Kinds that name what is not in the specification."""


def fault(reference: str) -> str | None:
    """What is wrong with a reference; None if it holds, or if its kind is one of those outside."""
    kind, colon, name = reference.partition(":")
    if not colon or not name:
        return f"{reference}: not of the form kind:name"
    if kind in OUTSIDE:
        return None
    if kind not in _KINDS:
        return f"{reference}: unknown kind; known are {', '.join(sorted({*_KINDS, *OUTSIDE}))}"
    return None if _KINDS[kind](name) else f"{reference}: there is none of that name"


@cache
def _row_ids() -> tuple[str, ...]:
    return tuple(row.id for table in tables() for row in table.rows)


def rows(pattern: str) -> tuple[Row, ...]:
    """The rows whose ids a pattern fits."""
    return tuple(row for table in tables() for row in table.rows if fnmatchcase(row.id, pattern))


@cache
def _has_row(pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in _row_ids())


@cache
def _layouts() -> dict[str, frozenset[str]]:
    found = (value for value in (*vars(payloads).values(), GenericHeader) if isinstance(value, StructureMeta))
    return {one.layout.name: frozenset(f.name for f in one.layout.fields) for one in found}


def _has_layout(name: str) -> bool:
    structure, dot, member = name.partition(".")
    return structure in _layouts() and (not dot or member in _layouts()[structure])


def _has_member(name: str) -> bool:
    registry, dot, member = name.partition(".")
    if registry not in registries.__all__:
        return False
    return not dot or member in getattr(registries, registry).__members__


@cache
def _formulas() -> frozenset[str]:
    def definitions() -> Iterator[Def]:
        for exchange in exchanges():
            yield from exchange.keys
            for message in exchange.messages:
                yield from (term for slot in message.slots for term in slot.term.subterms() if isinstance(term, Def))
        for value in vars(keying).values():
            members = value.values() if isinstance(value, dict) else (value,)
            yield from (one for one in members if isinstance(one, Def))

    return frozenset(definition.name for definition in definitions())


def _has_message(name: str) -> bool:
    exchange, _, message = name.partition(".")
    return any(exchange in (one.name, one.key) and message in {m.name for m in one.messages} for one in exchanges())


def _is_decision(name: str) -> bool:
    return any(decision.id == name for decision in DECISIONS)


_KINDS: dict[str, Callable[[str], bool]] = {
    "layout": _has_layout,
    "guard": lambda name: name in Check.__members__,
    "row": _has_row,
    "rule": lambda name: name in EventKind.__members__,
    "action": lambda name: name in Action.__members__,
    "formula": lambda name: name in _formulas(),
    "registry": _has_member,
    "exchange": lambda name: any(name in (one.name, one.key) for one in exchanges()),
    "process": lambda name: any(name == one.name for one in PROCESSES),
    "message": _has_message,
    "limit": lambda name: name.isupper() and hasattr(limits, name),
    "claim": lambda name: name in CHECKS,
    "decision": _is_decision,
    "property": lambda name: any(name == one.id for one in PROPERTIES),
}
