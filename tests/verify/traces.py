"""Whether a formula of Tamarin is true of a trace: facts, each at a time."""

from __future__ import annotations

from collections.abc import Iterator

from tests.verify.grammar_tamarin import Formula
from tests.verify.parsing import Tree

Fact = tuple[int, str, tuple[Tree, ...]]
Trace = tuple[Fact, ...]
Values = dict[tuple[str, str], Tree]


def holds(formula: Formula, trace: Trace, values: Values | None = None) -> bool:
    """Whether a formula is true; its quantified variables stand in actions, as guarded formulas have them."""
    values = values or {}
    match formula.kind:
        case "All":
            (inside,) = formula.parts
            guard, follows = inside.parts
            return all(holds(follows, trace, found) for found in _solutions(_conjuncts(guard), trace, values))
        case "Ex":
            return any(True for _ in _solutions(_conjuncts(formula.parts[0]), trace, values))
        case "not":
            return not holds(formula.parts[0], trace, values)
        case "|":
            return any(holds(part, trace, values) for part in formula.parts)
        case "&":
            return all(holds(part, trace, values) for part in formula.parts)
        case "action":
            return any(True for _ in _solutions([formula], trace, values))
    left, right = (_value(term, values) for term in formula.terms)
    return left == right if formula.kind == "=" else int(left.name) < int(right.name)


def _conjuncts(formula: Formula) -> list[Formula]:
    """The parts of a conjunction, actions first: they give values to variables."""
    parts = [each for part in formula.parts for each in _conjuncts(part)] if formula.kind == "&" else [formula]
    return sorted(parts, key=lambda part: part.kind != "action")


def _solutions(parts: list[Formula], trace: Trace, values: Values) -> Iterator[Values]:
    """The values for which all parts are true."""
    if not parts:
        yield values
        return
    first, *others = parts
    if first.fact is None:
        if holds(first, trace, values):
            yield from _solutions(others, trace, values)
        return
    for time, name, terms in trace:
        if name == first.fact.name:
            tried = dict(values)
            patterns = (*first.fact.terms, *first.terms)
            given = (*terms, Tree("time", str(time)))
            if all(_equal(pattern, term, tried) for pattern, term in zip(patterns, given, strict=True)):
                yield from _solutions(others, trace, tried)


def _equal(pattern: Tree, term: Tree, values: Values) -> bool:
    if pattern.kind in {"msg", "node"}:
        return values.setdefault((pattern.name, pattern.kind), term) == term
    return pattern == term


def _value(term: Tree, values: Values) -> Tree:
    return values[term.name, term.kind] if term.kind in {"msg", "node"} else term
