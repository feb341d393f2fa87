"""The language of Tamarin 1.8: what its parsers take (lib/theory/src/Theory/Text/Parser).

As much of the language as theories of rules and lemmas need: no processes, no equivalences, no macros, no tactics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from tests.verify.parsing import Refused, Tokens, Tree, tokens

T = TypeVar("T")

_TOKENS: Final = re.compile(
    r"(?P<blank>\s+)|(?P<comment>//[^\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)"
    r"|(?P<id>[A-Za-z0-9][A-Za-z0-9_]*)|(?P<arrow>-->|--\[|\]->|==>|<=>)|(?P<mark>[-\[\](){}<>,:.=|&@#$~!^*/'\"_])",
)
RESERVED: Final = frozenset({"in", "let", "rule", "diff"})
RULES: Final = frozenset({"Fresh", "irecv", "isend", "coerce", "fresh", "pub", "iequality"})
BUILTINS: Final[dict[str, dict[str, int]]] = {
    "diffie-hellman": {"inv": 1, "one": 0, "DH_neutral": 0},
    "symmetric-encryption": {"senc": 2, "sdec": 2},
    "asymmetric-encryption": {"aenc": 2, "adec": 2, "pk": 1},
    "signing": {"sign": 2, "verify": 3, "pk": 1, "true": 0},
    "hashing": {"h": 1},
}
REDUCIBLE: Final = frozenset({"^", "*", "inv", "sdec", "adec", "verify", "fst", "snd"})
BUILT_FACTS: Final = {"In": 1, "Out": 1, "Fr": 1, "K": 1, "KU": 1}
OWN_NAMES: Final = frozenset({"mun", "one", "exp", "mult", "inv", "pmult", "em", "zero", "xor", "concat"})
SORTS: Final = {"~": "fresh", "$": "pub", "#": "node"}


@dataclass(frozen=True)
class Fact:
    """A fact, persistent with `!`."""

    name: str
    terms: tuple[Tree, ...]
    persistent: bool = False

    def variables(self) -> set[tuple[str, str]]:
        return {v for term in self.terms for v in variables(term)}


@dataclass(frozen=True)
class Formula:
    """A formula: `kind` is All, Ex, not, &, |, ==>, <=>, action, =, < or last."""

    kind: str
    parts: tuple[Formula, ...] = ()
    bound: tuple[Tree, ...] = ()
    fact: Fact | None = None
    terms: tuple[Tree, ...] = ()


@dataclass
class Rule:
    """A rule after its `let` has been put in."""

    name: str
    premises: tuple[Fact, ...]
    actions: tuple[Fact, ...]
    conclusions: tuple[Fact, ...]
    lets: dict[str, Tree] = field(default_factory=dict)


@dataclass
class Statement:
    """A lemma or a restriction."""

    name: str
    formula: Formula
    quantifier: str = "all-traces"


@dataclass
class Theory:
    """A whole theory."""

    name: str = ""
    functions: dict[str, int] = field(default_factory=lambda: {"pair": 2, "fst": 1, "snd": 1})
    groups: bool = False
    rules: list[Rule] = field(default_factory=list)
    lemmas: list[Statement] = field(default_factory=list)
    restrictions: list[Statement] = field(default_factory=list)
    reducible: set[str] = field(default_factory=lambda: set(REDUCIBLE))


def variables(term: Tree) -> Iterator[tuple[str, str]]:
    """Names and sorts of the variables of a term."""
    return ((each.name, each.kind) for each in term.walk() if each.kind in {"msg", "fresh", "pub", "node"})


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: Tokens = tokens(_uncommented(text), _TOKENS)
        self.theory = Theory()

    def theory_of(self) -> Theory:
        self._word("theory")
        self.theory.name = self._identifier()
        self._word("begin")
        while not self.tokens.at("end"):
            word = self.tokens.one("id")
            match word:
                case "builtins":
                    self._builtins()
                case "functions" | "function":
                    self._functions()
                case "equations":
                    self._equations()
                case "rule":
                    self.theory.rules.append(self._rule())
                case "restriction":
                    name = self._identifier()
                    self.tokens.expect(":", '"')
                    self.theory.restrictions.append(Statement(name, self._formula()))
                    self.tokens.expect('"')
                case "lemma":
                    self.theory.lemmas.append(self._lemma())
                case _:
                    self.tokens.place -= 1
                    self.tokens.refuse("an item of a theory is due")
        self.tokens.take()
        return self.theory

    # ---- signature ----

    def _builtins(self) -> None:
        self.tokens.expect(":")
        for name in self._list(self._hyphenated):
            if name not in BUILTINS:
                self.tokens.refuse(f"{name} is no builtin")
            self.theory.functions |= BUILTINS[name]
            self.theory.groups |= name == "diffie-hellman"

    def _hyphenated(self) -> str:
        name = self.tokens.one("id")
        while self.tokens.skip("-"):
            name += "-" + self.tokens.one("id")
        return name

    def _functions(self) -> None:
        self.tokens.expect(":")
        for name, arity in self._list(self._function):
            if self.theory.functions.get(name, arity) != arity or name in OWN_NAMES:
                self.tokens.refuse(f"{name} has a meaning already")
            self.theory.functions[name] = arity

    def _function(self) -> tuple[str, int]:
        name = self._identifier()
        self.tokens.expect("/")
        arity = self.tokens.one("id")
        if self.tokens.skip("["):
            self._list(self._identifier)
            self.tokens.expect("]")
        if not arity.isdigit():
            self.tokens.refuse("a number is due")
        return name, int(arity)

    def _equations(self) -> None:
        self.tokens.expect(":")
        for left in self._list(self._equation):
            self.theory.reducible.add(left.name)

    def _equation(self) -> Tree:
        left = self._term()
        self.tokens.expect("=")
        self._term()
        return left

    # ---- rules ----

    def _rule(self) -> Rule:
        name = self._identifier()
        if name in RULES:
            self.tokens.refuse(f"{name} is the name of a rule already")
        self.tokens.expect(":")
        lets: dict[str, Tree] = {}
        if self.tokens.skip("let"):
            while not self.tokens.skip("in"):
                left = self._identifier()
                self.tokens.expect("=")
                term = self._term()
                if left in lets:
                    self.tokens.refuse(f"{left} is bound twice")
                lets[left] = _put_in(term, lets)
        premises = self._facts("[", "]")
        actions = [] if self.tokens.skip("-->") else self._facts("--[", "]->")
        conclusions = self._facts("[", "]")
        done = [tuple(Fact(f.name, tuple(_put_in(t, lets) for t in f.terms), f.persistent) for f in facts)
                for facts in (premises, actions, conclusions)]  # fmt: skip
        return Rule(name, done[0], done[1], done[2], lets)

    def _facts(self, before: str, after: str) -> list[Fact]:
        self.tokens.expect(before)
        facts: list[Fact] = []
        while not self.tokens.skip(after):
            facts.append(self._fact())
            if not self.tokens.at(after):
                self.tokens.expect(",")
        return facts

    def _fact(self) -> Fact:
        persistent = self.tokens.skip("!")
        name = self._identifier()
        if not name[0].isupper():
            self.tokens.refuse(f"the fact {name} has to begin with a capital letter")
        self.tokens.expect("(")
        terms = [] if self.tokens.at(")") else self._list(self._term)
        self.tokens.expect(")")
        if name in BUILT_FACTS and (persistent or len(terms) != BUILT_FACTS[name]):
            self.tokens.refuse(f"{name} takes one term and is not persistent")
        return Fact(name, tuple(terms), persistent)

    # ---- terms ----

    def _term(self) -> Tree:
        """Products of powers, as `diffie-hellman` has them."""
        term = self._power()
        while self.theory.groups and self.tokens.skip("*"):
            term = Tree("call", "*", (term, self._power()))
        return term

    def _power(self) -> Tree:
        term = self._simple()
        while self.theory.groups and self.tokens.skip("^"):
            term = Tree("call", "^", (term, self._simple()))
        return term

    def _simple(self) -> Tree:
        if self.tokens.skip("<"):
            parts = self._list(self._term)
            self.tokens.expect(">")
            return _pairs(parts)
        if self.tokens.skip("("):
            term = self._term()
            self.tokens.expect(")")
            return term
        if self.tokens.skip("'"):
            term = Tree("name", self._identifier())
            self.tokens.expect("'")
            return term
        for mark in "~$":
            if self.tokens.skip(mark):
                return Tree(SORTS[mark], self._identifier())
        return self._applied()

    def _applied(self) -> Tree:
        """A symbol over terms, a constant, or a variable."""
        name = self._identifier()
        arity = self.theory.functions.get(name)
        if self.tokens.at("("):
            self.tokens.take()
            if arity is None:
                self.tokens.refuse(f"there is no operator {name}")
            parts = self._list(self._term)
            self.tokens.expect(")")
            if arity == 1:
                parts = [_pairs(parts)]
            if len(parts) != arity:
                self.tokens.refuse(f"{name} has arity {arity}, but is used with {len(parts)}")
            return Tree("call", name, tuple(parts))
        if self.tokens.at("{") and arity == 2:
            self.tokens.take()
            body = _pairs(self._list(self._term))
            self.tokens.expect("}")
            return Tree("call", name, (body, self._simple()))
        if arity == 0:
            return Tree("call", name)
        if any(name.startswith(constant) for constant, n in self.theory.functions.items() if n == 0):
            self.tokens.refuse(f"{name} begins like a constant, and is read as one")
        return Tree("msg", name)

    # ---- formulas ----

    def _lemma(self) -> Statement:
        name = self._identifier()
        if self.tokens.skip("["):
            self._list(self._identifier)
            self.tokens.expect("]")
        self.tokens.expect(":")
        quantifier = self.tokens.attempt(self._hyphenated) or "all-traces"
        if quantifier not in {"all-traces", "exists-trace"}:
            self.tokens.refuse("all-traces or exists-trace is due")
        self.tokens.expect('"')
        formula = self._formula()
        self.tokens.expect('"')
        return Statement(name, formula, quantifier)

    def _formula(self) -> Formula:
        left = self._implied()
        return Formula("<=>", (left, self._implied())) if self.tokens.skip("<=>") else left

    def _implied(self) -> Formula:
        left = self._joined("|")
        return Formula("==>", (left, self._implied())) if self.tokens.skip("==>") else left

    def _joined(self, mark: str) -> Formula:
        below = self._negated if mark == "&" else lambda: self._joined("&")
        found = below()
        while self.tokens.skip(mark):
            found = Formula(mark, (found, below()))
        return found

    def _negated(self) -> Formula:
        return Formula("not", (self._atom(),)) if self.tokens.skip("not") else self._atom()

    def _atom(self) -> Formula:
        for word in ("All", "Ex"):
            if self.tokens.skip(word):
                bound: list[Tree] = []
                while not self.tokens.skip("."):
                    bound.append(self._variable())
                if not bound:
                    self.tokens.refuse("a variable is due")
                return Formula(word, (self._formula(),), tuple(bound))
        fact = self.tokens.attempt(self._action)
        if fact is not None:
            return fact
        compared = self.tokens.attempt(self._compared)
        if compared is not None:
            return compared
        self.tokens.expect("(")
        formula = self._formula()
        self.tokens.expect(")")
        return formula

    def _action(self) -> Formula:
        fact = self._fact()
        self.tokens.expect("@")
        return Formula("action", fact=fact, terms=(self._node(),))

    def _compared(self) -> Formula:
        if self.tokens.at("#"):
            left = self._node()
            mark = "<" if self.tokens.at("<") else "="
            self.tokens.expect(mark)
            return Formula(mark, terms=(left, self._node()))
        left = self._term()
        self.tokens.expect("=")
        return Formula("=", terms=(left, self._term()))

    def _variable(self) -> Tree:
        return self._node() if self.tokens.at("#") else Tree("msg", self._identifier())

    def _node(self) -> Tree:
        self.tokens.skip("#")
        return Tree("node", self._identifier())

    # ---- words ----

    def _identifier(self) -> str:
        if self.tokens.next.text in RESERVED:
            self.tokens.refuse("an identifier is due")
        return self.tokens.one("id")

    def _word(self, text: str) -> None:
        if self.tokens.one("id") != text:
            self.tokens.place -= 1
            self.tokens.refuse(f"{text!r} is due")

    def _list(self, rule: Callable[[], T]) -> list[T]:
        found = [rule()]
        while self.tokens.skip(","):
            found.append(rule())
        return found


def _uncommented(text: str) -> str:
    """A text without its comments, which may stand in one another; lines stay where they are."""
    out: list[str] = []
    depth = place = 0
    while place < len(text):
        pair = text[place : place + 2]
        if pair == "/*" or (pair == "*/" and depth):
            depth += 1 if pair == "/*" else -1
            place += 2
            continue
        out.append(text[place] if not depth or text[place] == "\n" else " ")
        place += 1
    if depth:
        raise Refused("a comment has no end")
    return "".join(out)


def _pairs(parts: list[Tree]) -> Tree:
    first, *others = parts
    return Tree("call", "pair", (first, _pairs(others))) if others else first


def _put_in(term: Tree, lets: dict[str, Tree]) -> Tree:
    if term.kind == "msg" and term.name in lets:
        return lets[term.name]
    return Tree(term.kind, term.name, tuple(_put_in(part, lets) for part in term.parts))


def read(text: str) -> Theory:
    """A theory as Tamarin parses it.

    Raises:
        Refused: it would not; the message says where and why.
    """
    return _Parser(text).theory_of()
