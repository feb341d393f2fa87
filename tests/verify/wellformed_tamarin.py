"""What Tamarin 1.8 warns of in a theory that it can parse (lib/theory/src/Theory/Tools/Wellformedness.hs).

Unbound variables, facts that nobody makes or that are used in two ways, clashing sorts, unguarded formulas.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.verify.grammar_tamarin import Formula, Rule, Statement, Theory, read, variables
from tests.verify.parsing import Refused, Tree


def parse(text: str) -> Theory:
    """A theory that Tamarin takes without a warning.

    Raises:
        Refused: it would not; the message says where and why.
    """
    theory = read(text)
    for kind, named in (("rule", theory.rules), ("lemma", theory.lemmas), ("restriction", theory.restrictions)):
        found = [each.name for each in named]
        if twice := {name for name in found if found.count(name) > 1}:
            raise Refused(f"{kind} {twice} twice")
    for rule in theory.rules:
        _check_rule(theory, rule)
    _check_facts(theory)
    for statement in (*theory.lemmas, *theory.restrictions):
        _check_statement(theory, statement)
    return theory


def patterns(theory: Theory, term: Tree) -> Iterator[Tree]:
    """A term of a premise where what can be rewritten is no pattern: it binds nothing."""
    yield term
    if term.kind != "call" or term.name not in theory.reducible:
        for part in term.parts:
            yield from patterns(theory, part)


def _check_rule(theory: Theory, rule: Rule) -> None:
    where = f"rule {rule.name}"
    bound = {
        (each.name, each.kind)
        for fact in rule.premises
        for term in fact.terms
        for each in patterns(theory, term)
        if each.kind in {"msg", "fresh", "pub"}
    }
    for fact in (*rule.premises, *rule.actions, *rule.conclusions):
        if unbound := {v for v in fact.variables() if v[1] != "pub"} - bound:
            raise Refused(f"{where}: {unbound} in {fact.name} is not bound")
    every = {v for fact in (*rule.premises, *rule.actions, *rule.conclusions) for v in fact.variables()}
    if len({name.lower() for name, _ in every}) < len(every):
        raise Refused(f"{where}: names that clash among {sorted(every)}")
    if clash := {name for name, kind in every if name in rule.lets and kind == "msg"}:
        raise Refused(f"{where}: {clash} bound by let and by a premise")
    for fact in rule.premises:
        if fact.name in {"Out", "K", "KU"}:
            raise Refused(f"{where}: {fact.name} on the left")
        if fact.name == "Fr" and fact.terms[0].kind not in {"fresh", "msg"}:
            raise Refused(f"{where}: Fr takes a variable")
    if wrong := {fact.name for fact in rule.conclusions} & {"In", "Fr", "K", "KU"}:
        raise Refused(f"{where}: {wrong} on the right")
    if wrong := {fact.name for fact in rule.actions} & {"In", "Out", "Fr", "K", "KU"}:
        raise Refused(f"{where}: {wrong} in the middle")


def _check_facts(theory: Theory) -> None:
    shapes: dict[str, set[str]] = {}
    made: set[str] = set()
    constants: dict[str, set[str]] = {}
    for rule in theory.rules:
        made |= {fact.name for fact in rule.conclusions}
        for fact in (*rule.premises, *rule.actions, *rule.conclusions):
            shapes.setdefault(fact.name.lower(), set()).add(f"{'!' * fact.persistent}{fact.name}/{len(fact.terms)}")
            for term in fact.terms:
                for each in term.walk():
                    if each.kind == "name":
                        constants.setdefault(each.name.lower(), set()).add(each.name)
    for name, found in (*shapes.items(), *constants.items()):
        if len(found) > 1:
            raise Refused(f"{name} is used as {sorted(found)}")
    for rule in theory.rules:
        for fact in rule.premises:
            if fact.name not in made | {"In", "Fr"}:
                raise Refused(f"rule {rule.name}: nobody makes {fact.name}")


def _check_statement(theory: Theory, statement: Statement) -> None:
    actions = {(fact.name, len(fact.terms)) for rule in theory.rules for fact in rule.actions} | {("K", 1), ("KU", 1)}
    _check_formula(theory, statement.formula, actions, frozenset(), statement.name)


def _check_formula(
    theory: Theory, formula: Formula, actions: set[tuple[str, int]], bound: frozenset[tuple[str, str]], where: str
) -> None:
    if formula.fact is not None and (formula.fact.name, len(formula.fact.terms)) not in actions:
        raise Refused(f"{where}: no rule says {formula.fact.name} of {len(formula.fact.terms)} terms")
    for term in (*formula.terms, *(formula.fact.terms if formula.fact else ())):
        if free := set(variables(term)) - bound:
            raise Refused(f"{where}: {free} is not quantified")
        if any(each.kind == "call" and each.name in theory.reducible for each in term.walk()):
            raise Refused(f"{where}: a term that can be rewritten")
    new = frozenset((tree.name, tree.kind) for tree in formula.bound)
    if len({name for name, _ in new}) < len(formula.bound):
        raise Refused(f"{where}: a variable is quantified twice")
    if formula.kind in {"All", "Ex"}:
        (inside,) = formula.parts
        if formula.kind == "All" and inside.kind != "==>":
            raise Refused(f"{where}: All without an implication is not guarded")
        guard = inside.parts[0] if formula.kind == "All" else inside
        if unguarded := new - set(_guarded(guard)):
            raise Refused(f"{where}: {unguarded} is not guarded")
    for part in formula.parts:
        _check_formula(theory, part, actions, bound | new, where)


def _guarded(formula: Formula) -> Iterator[tuple[str, str]]:
    """The variables of the actions of a conjunction."""
    if formula.kind == "&":
        for part in formula.parts:
            yield from _guarded(part)
    elif formula.fact is not None:
        yield from formula.fact.variables()
        yield from (v for term in formula.terms for v in variables(term))
