"""An honest run of a model that has been parsed: both roles come to their end, and say what they have.

A model in which they cannot is true of nothing. Scyther has no equations, so there two terms are equal as they are
written, and only the helper roles carry a message from the form of one end to that of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.verify import grammar_scyther as scyther
from tests.verify import grammar_tamarin as tamarin
from tests.verify.parsing import Tree

Values = dict[tuple[str, str], Tree]
Known = tuple[str, tuple[Tree, ...]]


class Stuck(AssertionError):
    """A role that cannot go on."""


@dataclass
class Said:
    """What both ends have said, by fact or claim: terms without variables."""

    facts: list[Known] = field(default_factory=list)
    times: list[int] = field(default_factory=list)

    def of(self, name: str) -> list[tuple[Tree, ...]]:
        return [terms for fact, terms in self.facts if fact == name]


# ---- Tamarin ---------------------------------------------------------------------------------------------------------


def normal(term: Tree) -> Tree:
    """A term without variables, rewritten: exponents in order, signatures checked."""
    parts = tuple(normal(part) for part in term.parts)
    match term.name, parts:
        case "^", (Tree(name="^", parts=(base, first)), second):
            one, two = sorted((first, second), key=repr)
            return Tree("call", "^", (Tree("call", "^", (base, one)), two))
        case "verify", (Tree(name="sign", parts=(signed, private)), said, Tree(name="pk", parts=(key,))) if (
            term.kind == "call" and (signed, private) == (said, key)
        ):
            return Tree("call", "true")
    return Tree(term.kind, term.name, parts)


def filled(term: Tree, values: Values) -> Tree:
    """A term with values for its variables."""
    if term.kind in {"msg", "fresh", "pub", "node"}:
        if (term.name, term.kind) not in values:
            raise Stuck(f"{term.name} has no value")
        return values[term.name, term.kind]
    return Tree(term.kind, term.name, tuple(filled(part, values) for part in term.parts))


def _bind(pattern: Tree, term: Tree, values: Values, later: list[tuple[Tree, Tree]]) -> bool:
    if pattern.kind in {"msg", "fresh", "pub"}:
        return values.setdefault((pattern.name, pattern.kind), term) == term
    if pattern.kind == "call" and pattern.name in tamarin.REDUCIBLE:
        later.append((pattern, term))
        return True
    return (pattern.kind, pattern.name, len(pattern.parts)) == (term.kind, term.name, len(term.parts)) and all(
        _bind(a, b, values, later) for a, b in zip(pattern.parts, term.parts, strict=True)
    )


def fits(pattern: Tree, term: Tree, values: Values) -> bool:
    """Whether a term is an instance of a pattern; gives values to its variables if so."""
    tried, later = dict(values), list[tuple[Tree, Tree]]()
    if not _bind(pattern, term, tried, later) or any(normal(filled(p, tried)) != t for p, t in later):
        return False
    values.update(tried)
    return True


class _Run:
    def __init__(self, theory: tamarin.Theory) -> None:
        self.theory = theory
        self.drawn = self.steps = 0
        self.said = Said()
        self.known: list[Known] = []
        self.wire: dict[str, Tree] = {}

    def fire(self, rule: tamarin.Rule, values: Values) -> bool:
        """One step, if all that it takes is there."""
        values = dict(values)
        used = self._taken(rule, values)
        if used is None:
            return False
        for fact in (*rule.actions, *rule.conclusions):
            for name, kind in fact.variables():
                if kind == "pub":
                    values.setdefault((name, kind), Tree("name", f"public {name}"))
        for fact in rule.actions:
            terms = tuple(normal(filled(term, values)) for term in fact.terms)
            if fact.name == "Eq" and terms[0] != terms[1]:
                return False
            self.said.facts.append((fact.name, terms))
            self.said.times.append(self.steps)
        self.steps += 1
        self.known = [fact for fact in self.known if fact not in used]
        for fact in rule.conclusions:
            terms = tuple(normal(filled(term, values)) for term in fact.terms)
            if fact.name == "Out":
                self.wire[re.sub(r".*sends_", "", rule.name)] = terms[0]
            else:
                self.known.append((fact.name, terms))
        return True

    def _taken(self, rule: tamarin.Rule, values: Values) -> list[Known] | None:
        """The facts that a rule uses up, with values for its variables; None where one is not there."""
        used: list[Known] = []
        for fact in rule.premises:
            if fact.name == "Fr":
                self.drawn += 1
                values[fact.terms[0].name, fact.terms[0].kind] = Tree("drawn", f"{fact.terms[0].name}#{self.drawn}")
            elif fact.name == "In":
                # An end takes its own messages as well, where they fit; here each gets what was sent to it.
                (name,) = re.findall(r"takes_([A-Za-z0-9]+)", rule.name)
                if name not in self.wire or not fits(fact.terms[0], self.wire[name], values):
                    return None
            else:
                pattern = Tree("fact", fact.name, fact.terms)
                found = next((k for k in self.known if fits(pattern, Tree("fact", *k), values)), None)
                if found is None:
                    return None
                if not fact.persistent:
                    used.append(found)
        return used


def run_tamarin(theory: tamarin.Theory) -> Said:
    """What is said when alice and bob run the protocol once, and nobody else does anything.

    Raises:
        Stuck: a rule cannot be used.
    """
    run = _Run(theory)
    alice, bob = Tree("name", "alice"), Tree("name", "bob")
    for rule in theory.rules:
        if rule.name in {"Register_psk", "Phase_1"}:
            run.fire(rule, {("A", "pub"): alice, ("B", "pub"): bob})
        elif rule.name == "Register_ltk":
            run.fire(rule, {("A", "pub"): alice})
            run.fire(rule, {("A", "pub"): bob})
    waiting = {side: [rule for rule in theory.rules if rule.name.startswith(f"{side}_")] for side in "IR"}
    while any(waiting.values()):
        parties = {("I", "pub"): alice, ("R", "pub"): bob}
        moved = next((side for side, rules in waiting.items() if rules and run.fire(rules[0], parties)), None)
        if moved is None:
            raise Stuck(f"no one can go on: {[rules[0].name for rules in waiting.values() if rules]}")
        waiting[moved].pop(0)
    return run.said


# ---- Scyther ---------------------------------------------------------------------------------------------------------


def run_scyther(model: scyther.Model) -> Said:
    """The same for Scyther: terms are equal as they are written, but for what helper roles carry across.

    Raises:
        Stuck: nobody can take the next message.
    """
    helpers = [role for protocol in model.protocols if protocol.name.startswith("@") for role in protocol.roles]
    (protocol,) = (protocol for protocol in model.protocols if not protocol.name.startswith("@"))
    agents: Values = {("I", "var"): Tree("id", "alice"), ("R", "var"): Tree("id", "bob")}
    ends = {role.name: (role, list(role.events), dict(agents)) for role in protocol.roles}
    wire: list[scyther.Event] = []
    said = Said()
    while any(events for _, events, _ in ends.values()):
        before = sum(len(events) for _, events, _ in ends.values())
        for role, events, values in ends.values():
            while events and _step(model, role, events[0], values, wire, helpers, said):
                events.pop(0)
        if sum(len(events) for _, events, _ in ends.values()) == before:
            raise Stuck(f"no one can go on: {[events[0].label for _, events, _ in ends.values() if events]}")
    return said


def _step(
    model: scyther.Model,
    role: scyther.Role,
    event: scyther.Event,
    values: Values,
    wire: list[scyther.Event],
    helpers: list[scyther.Role],
    said: Said,
) -> bool:
    if event.word == "recv":
        sent = next((other for other in wire if other.label == event.label), None)
        return sent is not None and all(
            any(_fits(model, role, pattern, given, values) for given in _forms(model, part, helpers))
            for pattern, part in zip(event.terms[2:], sent.terms[2:], strict=True)
        )
    terms = tuple(_filled(role, term, values) for term in event.terms)
    if event.word == "send":
        wire.append(scyther.Event(event.word, event.label, terms))
    else:
        said.facts.append((event.terms[1].name, (terms[0], *terms[2:])))
    return True


def _forms(model: scyther.Model, part: Tree, helpers: list[scyther.Role]) -> Iterator[Tree]:
    """A part of a message as it was sent, and as helper roles give it."""
    yield part
    for helper in helpers:
        values: Values = {}
        taken, given = helper.events
        if _fits(model, helper, taken.terms[2], part, values):
            yield _filled(helper, given.terms[2], values)


def _filled(role: scyther.Role, term: Tree, values: Values) -> Tree:
    if term.kind == "id":
        word = role.symbols.get(term.name, ("", ""))[0]
        if word == "fresh":
            return Tree("id", f"{term.name} of {role.name}")
        if word == "var" and (term.name, "var") not in values:
            raise Stuck(f"{term.name} has no value")
        return values.get((term.name, "var"), term)
    return Tree(term.kind, term.name, tuple(_filled(role, part, values) for part in term.parts))


def _type(model: scyther.Model, term: Tree) -> str:
    """The type of a value. What is drawn is written "name of role", and always a nonce."""
    if term.name in {"alice", "bob"}:
        return "Agent"
    return model.symbols[term.name][1] if term.name in model.symbols and term.kind == "id" else "Nonce"


def _fits(model: scyther.Model, role: scyther.Role, pattern: Tree, term: Tree, values: Values) -> bool:
    tried = dict(values)

    def bind(one: Tree, other: Tree) -> bool:
        word, kind = role.symbols.get(one.name, ("", ""))
        if one.kind == "id" and (word == "var" or (one.name, "var") in tried):
            if (one.name, "var") in tried:
                return tried[one.name, "var"] == other
            tried[one.name, "var"] = other
            return kind == "Ticket" or (other.kind == "id" and _type(model, other) == kind)
        if one.kind == "id":
            return _filled(role, one, {}) == other
        return (one.kind, one.name, len(one.parts)) == (other.kind, other.name, len(other.parts)) and all(
            bind(a, b) for a, b in zip(one.parts, other.parts, strict=True)
        )

    if not bind(pattern, term):
        return False
    values.update(tried)
    return True
