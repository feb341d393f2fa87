"""The language of Scyther 1.1.3: what its scanner and parser take, and what its compiler refuses afterwards.

After src/scanner.l, src/parser.y and src/compiler.c of the tool. The compiler refuses undeclared symbols, claims with
too many arguments, events that do not match.

Only what stops the tool is an error here; its warnings are, too, where they say that a model is not meant so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.verify.parsing import Refused, Tokens, Tree, tokens

_WORDS: Final = (
    "protocol role read recv send match not macro var const fresh claim run secret inversekeys inversekeyfunctions "
    "untrusted compromised usertype singular function hashfunction knows trusted option include"
)
KEYWORDS: Final = frozenset(_WORDS.split())
_TOKENS: Final = re.compile(
    r"(?P<blank>[ \t\r\n]+)|(?P<comment>/\*.*?\*/|//[^\n]*|#[^\n]*)|(?P<text>\"[^\"\n]*\")"
    r"|(?P<id>@?[A-Za-z0-9^\-!']+)|(?P<mark>[(){},;:=._])",
    re.DOTALL,
)
TYPES: Final = frozenset({"Agent", "Function", "Nonce", "Ticket", "SessionKey", "Data"})
KNOWN: Final = frozenset({"pk", "sk", "k"})
# How many arguments a claim may have behind its role and name; -1: as many as one likes. More than one term makes a
# tuple, which a claim of secrecy does not take.
CLAIMS: Final = {
    "Secret": (1, 1),
    "SKR": (1, 1),
    "Alive": (0, 1),
    "Weakagree": (0, 1),
    "Nisynch": (0, 0),
    "Niagree": (0, 0),
    "Reachable": (0, 0),
    "Empty": (0, -1),
    "Commit": (2, -1),
    "Running": (2, -1),
}


@dataclass(frozen=True)
class Event:
    """A send, a recv or a claim: its label, and its terms."""

    word: str
    label: str
    terms: tuple[Tree, ...]


@dataclass
class Role:
    """A role: its symbols with their kind and type, and its events."""

    name: str
    symbols: dict[str, tuple[str, str]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


@dataclass
class Protocol:
    """A protocol and its roles, which have to be named at its head."""

    name: str
    heads: tuple[str, ...]
    roles: list[Role] = field(default_factory=list)


@dataclass
class Model:
    """A whole text: global symbols, protocols, and how many macros it has."""

    symbols: dict[str, tuple[str, str]] = field(default_factory=dict)
    types: set[str] = field(default_factory=lambda: set(TYPES))
    protocols: list[Protocol] = field(default_factory=list)
    macros: dict[str, Tree] = field(default_factory=dict)


def tuple_of(terms: Iterable[Tree]) -> Tree:
    """Terms beside one another: pairs to the right, as the tool nests them."""
    first, *others = terms
    return Tree("pair", "", (first, tuple_of(others))) if others else first


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: Tokens = tokens(text, _TOKENS)
        self.model = Model()

    def model_of(self) -> Model:
        while self.tokens.next.kind != "end":
            if self.tokens.skip("protocol"):
                self._protocol()
            elif self.tokens.skip("usertype"):
                self.model.types.update(self._names())
                self.tokens.expect(";")
            elif self.tokens.skip("option"):
                self.tokens.one("text")
                self.tokens.skip(";")
            else:
                self._declaration(self.model.symbols, level=0)
        return self.model

    def _protocol(self) -> None:
        name = self._name()
        self.tokens.expect("(")
        heads = self._terms()
        self.tokens.expect(")", "{")
        protocol = Protocol(name, tuple(head.name for head in heads))
        if any(head.kind != "id" for head in heads):
            self.tokens.refuse("names of roles are due")
        if name in {other.name for other in self.model.protocols}:
            self.tokens.refuse(f"protocol {name} is declared twice")
        while not self.tokens.skip("}"):
            self.tokens.skip("singular")
            self.tokens.expect("role")
            protocol.roles.append(self._role(protocol))
        self.tokens.skip(";")
        self.model.protocols.append(protocol)

    def _role(self, protocol: Protocol) -> Role:
        role = Role(self._name())
        if role.name not in protocol.heads:
            self.tokens.refuse(f"role {role.name} is not named at the head of {protocol.name}")
        self.tokens.expect("{")
        while not self.tokens.skip("}"):
            if self.tokens.at("recv", "read", "send", "claim"):
                role.events.append(self._event())
            else:
                self._declaration(role.symbols, level=2)
        self.tokens.skip(";")
        return role

    def _event(self) -> Event:
        word = self.tokens.take().text
        label = ""
        if word != "claim" or self.tokens.at("_"):
            self.tokens.expect("_")
            label = self._name()
        self.tokens.expect("(")
        terms = self._terms()
        self.tokens.expect(")", ";")
        return Event("recv" if word == "read" else word, label, tuple(terms))

    def _declaration(self, symbols: dict[str, tuple[str, str]], level: int) -> None:
        if self.tokens.skip("macro"):
            name = self._name()
            self.tokens.expect("=")
            self.model.macros[name] = tuple_of(self._terms())
            self.tokens.expect(";")
            return
        self.tokens.skip("secret")
        word = self.tokens.next.text
        if word not in {"const", "fresh", "var", "hashfunction", "function"} or self.tokens.next.kind != "id":
            self.tokens.refuse("a declaration is due")
        if word == "fresh" and level == 0:
            self.tokens.refuse("fresh values belong into roles")
        self.tokens.take()
        names = self._names()
        kinds = self._names() if word in {"const", "fresh", "var"} and self.tokens.skip(":") else ["Function"]
        if unknown := set(kinds) - self.model.types:
            self.tokens.refuse(f"type {unknown} is not declared")
        if len(kinds) > 1 and word != "var":
            self.tokens.refuse("one type is due")
        self.tokens.expect(";")
        for name in names:
            if name in symbols or (level == 0 and name in KNOWN):
                self.tokens.refuse(f"{name} is declared twice")
            if name in self.model.macros:
                self.tokens.refuse(f"{name} is a macro already")
            symbols[name] = (word, kinds[0])

    def _name(self) -> str:
        if self.tokens.next.text in KEYWORDS:
            self.tokens.refuse("a name is due")
        return self.tokens.one("id")

    def _names(self) -> list[str]:
        names = [self._name()]
        while self.tokens.skip(","):
            names.append(self._name())
        return names

    def _terms(self) -> list[Tree]:
        terms = [self._term()]
        while self.tokens.skip(","):
            terms.append(self._term())
        return terms

    def _term(self) -> Tree:
        if self.tokens.skip("{"):
            body = tuple_of(self._terms())
            self.tokens.expect("}")
            return Tree("enc", "", (body, self._term()))
        if self.tokens.skip("("):
            term = tuple_of(self._terms())
            self.tokens.expect(")")
            return term
        name = self._name()
        if self.tokens.skip("("):
            term = Tree("call", name, (tuple_of(self._terms()),))
            self.tokens.expect(")")
            return term
        return self.model.macros.get(name, Tree("id", name))


def parse(text: str) -> Model:
    """A model that Scyther takes.

    Raises:
        Refused: it would not; the message says where and why.
    """
    model = _Parser(text).model_of()
    for protocol in model.protocols:
        for role in protocol.roles:
            _check_symbols(model, protocol, role)
            _check_events(protocol, role)
            _check_variables(protocol, role)
        if set(protocol.heads) != {role.name for role in protocol.roles}:
            raise Refused(f"{protocol.name}: a role has no events")
        _check_labels(protocol)
    return model


def names(term: Tree) -> Iterator[str]:
    """The symbols of a term, functions too."""
    return (each.name for each in term.walk() if each.kind in {"id", "call"})


def _check_symbols(model: Model, protocol: Protocol, role: Role) -> None:
    known = {*model.symbols, *role.symbols, *protocol.heads, *KNOWN, *CLAIMS}
    functions = {name for name, (word, _) in model.symbols.items() if word.endswith("function")} | KNOWN
    for event in role.events:
        for term in event.terms:
            for each in term.walk():
                if each.kind in {"id", "call"} and each.name not in known:
                    raise Refused(f"{protocol.name}.{role.name}: {each.name} is not declared")
                if each.kind == "call" and each.name not in functions:
                    raise Refused(f"{protocol.name}.{role.name}: {each.name} is no function")


def _check_events(protocol: Protocol, role: Role) -> None:
    for event in role.events:
        where = f"{protocol.name}.{role.name}: {event.word} {event.label}"
        if event.word == "claim":
            claim = event.terms[1].name if len(event.terms) > 1 else ""
            if event.terms[0].name != role.name or claim not in CLAIMS:
                raise Refused(f"{where}: no claim of this role")
            low, high = CLAIMS[claim]
            count = len(event.terms) - 2
            if count < low or (high >= 0 and count > high):
                raise Refused(f"{where}: {claim} with {count} arguments")
            if claim in {"Commit", "Running"} and event.terms[2].name not in protocol.heads:
                raise Refused(f"{where}: {claim} about somebody who is no role")
        elif len(event.terms) < 3:
            raise Refused(f"{where}: sender, receiver and a message are due")
        elif event.terms[event.word == "recv"].name != role.name:
            raise Refused(f"{where}: somebody else's event")


def _check_variables(protocol: Protocol, role: Role) -> None:
    """Variables stand first in what is received, claims speak of what was received, and nothing is declared in vain."""
    variables = {name for name, (word, _) in role.symbols.items() if word == "var"}
    received: set[str] = set()
    used: set[str] = set()
    for event in role.events:
        mine = {name for term in event.terms for name in names(term)}
        used |= mine
        if event.word == "recv":
            received |= mine & variables
        if missing := mine & variables - received:
            raise Refused(f"{protocol.name}.{role.name}: {missing} before it is received")
    if vain := set(role.symbols) - used:
        raise Refused(f"{protocol.name}.{role.name}: {vain} is never used")


def _check_labels(protocol: Protocol) -> None:
    """Who receives is sent to: labels are unique for each direction, and without `!` the two events match."""
    sent: dict[str, tuple[Role, Event]] = {}
    received: dict[str, tuple[Role, Event]] = {}
    for role in protocol.roles:
        for event in role.events:
            if event.word == "claim":
                continue
            side = sent if event.word == "send" else received
            if event.label in side:
                raise Refused(f"{protocol.name}: label {event.label} twice")
            side[event.label] = (role, event)
    for label, (role, event) in received.items():
        if label.startswith("!"):
            continue
        if label not in sent:
            raise Refused(f"{protocol.name}: nobody sends {label}")
        sender, other = sent[label]
        if not _matches(protocol, (sender, other), (role, event)):
            raise Refused(f"{protocol.name}: what is sent as {label} is not what is received")


def _matches(protocol: Protocol, *sides: tuple[Role, Event]) -> bool:
    """Whether the two terms can be made equal without touching the names of roles."""
    bound: dict[tuple[str, str], tuple[str, Tree]] = {}

    def resolve(side: str, term: Tree) -> tuple[str, Tree]:
        while term.kind == "id" and (side, term.name) in bound:
            side, term = bound[side, term.name]
        return side, term

    variables = {(role.name, name) for role, _ in sides for name, (word, _) in role.symbols.items() if word == "var"}
    own = {(role.name, name) for role, _ in sides for name in role.symbols}

    def unify(side: str, term: Tree, other_side: str, other: Tree) -> bool:
        side, term = resolve(side, term)
        other_side, other = resolve(other_side, other)
        if (side, term.name) in variables and term.kind == "id":
            bound[side, term.name] = (other_side, other)
            return True
        if (other_side, other.name) in variables and other.kind == "id":
            bound[other_side, other.name] = (side, term)
            return True
        if term.kind == "id" and ((side, term.name) in own or (other_side, other.name) in own):
            return (side, term.name) == (other_side, other.name)
        return (term.kind, term.name, len(term.parts)) == (other.kind, other.name, len(other.parts)) and all(
            unify(side, a, other_side, b) for a, b in zip(term.parts, other.parts, strict=True)
        )

    del protocol
    (left, sent), (right, got) = sides
    return unify(left.name, tuple_of(sent.terms), right.name, tuple_of(got.terms))
