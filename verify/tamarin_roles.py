"""The roles of a protocol as rules of Tamarin: one rule for each step.

A rule takes the state that the step before has left and a message, and gives the next message and the next state. What
a role computes stands in `let` under the names of the RFCs. A hash is checked by its place in the pattern of what is
taken, a signature by `verify`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from isakmp.spec.terms import Atom, Dh, Exp, Octet, Role
from isakmp.verify.exports import Reading, View, symbol, view, words
from isakmp.verify.models import LEFT
from isakmp.verify.scripts import Node, Step

_PARTY: Final = {Role.I: "$I", Role.R: "$R"}
_PARTIES: Final = tuple(_PARTY.values())


def clean(text: str) -> str:
    """A name as an identifier: letters, digits and `_`; a second value of that name gets `_2`."""
    return words(text, join="_", marks={"^": "_", "'": " 2"})


class _Terms:
    """The terms of a role, as it writes them: what has a name is written by its name, and bound by `let`."""

    def __init__(self, read: Reading, role: Role) -> None:
        self.read = read
        self.role = role

    def variable(self, number: int) -> str | None:
        """The variable that a node is to the role; None where it is no variable."""
        node, name = self.read.node(number), self.read.names.get(number, "")
        if node.symbol == "sign" and not self._own(node.args[0]):
            return name
        if node.leaf is None:
            return None
        match view(node.leaf, self.role):
            case View.SHARED:
                return "~psk"
            case View.LEFT | View.DRAWN:
                return f"~{name}"
            case View.CHOSEN:
                return f"${name}"
            case View.AGENT:
                return _PARTY[_by(node)]
            case View.RECEIVED:
                return name
        return None

    def bound(self, number: int) -> bool:
        """Whether `let` binds the name of a node."""
        return self.variable(number) is None and number in self.read.names and not self._constant(number)

    def write(self, number: int) -> str:
        """A node: its variable or name, else its term."""
        return self.variable(number) or (self.read.names[number] if self.bound(number) else self.body(number))

    def several(self, numbers: Iterable[int]) -> str:
        """One term for several nodes."""
        written = [self.write(number) for number in numbers]
        return written[0] if len(written) == 1 else f"<{', '.join(written)}>"

    def body(self, number: int) -> str:
        """The term of a node that is no variable."""
        node = self.read.node(number)
        match node.leaf:
            case Exp(base=base):
                return f"'{clean(base)}'^{self.write(node.args[0])}"
            case Dh():
                mine, other = self._sides(node)
                return f"{self.write(other)}^{self.write(self.read.node(mine).args[0])}"
            case None:
                name, keys = symbol(node)
                if name in {"enc", "senc"}:
                    return f"senc({self.several(node.args[keys:])}, {self.several(node.args[:keys])})"
                if name in {"aenc", "sign"}:
                    return f"{name}({self.several(node.args[1:])}, {self.long_term(node)})"
                groups = [node.args[:keys], node.args[keys:]] if keys else [node.args]
                return f"{name}({', '.join(map(self.several, groups))})"
        return f"'{self.read.names[number]}'"

    def long_term(self, node: Node) -> str:
        """The key of a signature, or of what is encrypted to an agent: a variable, or the public half of one's own."""
        own = self._own(node.args[0])
        if node.symbol == "sign":
            return self.key(own=own)
        return f"pk({self.key(own=True)})" if own else self.key(own=False)

    def key(self, *, own: bool) -> str:
        """The variable of a long-term key: the private one of one's own, the public one of the peer."""
        return f"~ltk{self.role.name}" if own else f"pk{self.role.other.name}"

    def needs(self, numbers: Iterable[int]) -> tuple[list[int], list[str]]:
        """What nodes rest on: those that `let` binds, each after those that it uses, and the free variables."""
        bound: dict[int, None] = {}
        free: dict[str, None] = {}

        def visit(number: int) -> None:
            variable = self.variable(number)
            if variable is not None:
                free.setdefault(variable)
                return
            node = self.read.node(number)
            if node.symbol in {"sign", "aenc"}:
                free.setdefault(self.key(own=self._own(node.args[0])))
            if isinstance(node.leaf, Dh):
                mine, other = self._sides(node)
                children: Iterable[int] = (other, self.read.node(mine).args[0])
            else:
                children = node.args
            for child in children if node.symbol not in {"sign", "aenc"} else node.args[1:]:
                visit(child)
            if self.bound(number):
                bound.setdefault(number)

        for number in numbers:
            visit(number)
        return list(bound), list(free)

    def _constant(self, number: int) -> bool:
        leaf = self.read.node(number).leaf
        return isinstance(leaf, Octet | Atom) and view(leaf, self.role) is View.CONSTANT

    def _own(self, agent: int) -> bool:
        return _by(self.read.node(agent)) is self.role

    def _sides(self, node: Node) -> tuple[int, int]:
        """The public values below a shared one: the role's own, and the other."""
        first, second = node.args
        leaf = self.read.node(first).leaf
        return (first, second) if leaf is not None and view(leaf, self.role) is View.RAISED else (second, first)


def _by(node: Node) -> Role:
    """Whose name a node is."""
    if not isinstance(node.leaf, Atom) or node.leaf.by is None:
        raise ValueError(f"{node} names no agent")
    return node.leaf.by


@dataclass
class _Rule:
    """A rule while it is made: its facts, the nodes that they hold, and the keys that its checks need."""

    name: str
    premises: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    conclusions: list[str] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


class RoleRules:
    """The rules of a role, as text in `written`; `checks` tells whether they check signatures."""

    def __init__(self, read: Reading, role: Role) -> None:
        self.read = read
        self.role = role
        self.own, self.peer = _PARTY[role], _PARTY[role.other]
        self.terms = _Terms(read, role)
        self.steps = read.script.steps(role)
        self.checks = False
        self.written = tuple(self._rules())

    def _rules(self) -> Iterator[str]:
        made = [self._rule(place, step) for place, step in enumerate(self.steps, 1)]
        uses = [[*rule.keys, *self.terms.needs(rule.nodes)[1]] for rule in made]
        have: dict[str, None] = dict.fromkeys(_PARTIES)
        for place, (rule, variables) in enumerate(zip(made, uses, strict=True)):
            if place == 0:
                facts, keys = self._key_facts({variable for each in uses for variable in each})
                have |= dict.fromkeys(keys)
            else:
                facts = [self._state(place, have)]
            drawn = [variable for variable in dict.fromkeys(variables) if variable[0] == "~" and variable not in have]
            rule.premises[:0] = [*facts, *(f"Fr({variable})" for variable in drawn)]
            # What later steps still need of what is known by now goes from state to state.
            later = {*_PARTIES, *(variable for each in uses[place + 1 :] for variable in each)}
            have = {variable: None for variable in (*have, *variables) if variable in later}
            if place + 1 < len(made):
                rule.conclusions.insert(0, self._state(place + 1, have))
            yield self._text(rule)

    def _state(self, place: int, have: Iterable[str]) -> str:
        return f"State_{self.role.name}_{place}({', '.join(have)})"

    def _key_facts(self, variables: set[str]) -> tuple[list[str], list[str]]:
        """Where long-term keys come from, and their variables."""
        left = [f"~{self.read.names[n]}" for n, node in enumerate(self.read.script.nodes) if node.leaf in LEFT]
        known = (
            ("!Psk", (self.own, self.peer), ["~psk"]),
            ("!Ltk", (self.own,), [self.terms.key(own=True)]),
            ("!Pk", (self.peer,), [self.terms.key(own=False)]),
            ("!Left", (self.own, self.peer), left),
        )
        used = [(name, agents, keys) for name, agents, keys in known if variables.intersection(keys)]
        facts = [f"{name}({', '.join((*agents, *keys))})" for name, agents, keys in used]
        return facts, [key for _, _, keys in used for key in keys]

    def _rule(self, place: int, step: Step) -> _Rule:
        """What a step takes, says and sends."""
        script = self.read.script
        done = [f"{verb}_{message}" for verb, message in (("takes", step.takes), ("sends", step.sends)) if message]
        rule = _Rule("_".join((self.role.name, *done)))
        if step.takes:
            self._take(rule, script.parts[step.takes])
        if place == 1:
            rule.actions.append(f"TookPart({self.own}, {self.peer})")
        if place == self.read.running(self.role):
            self._say(rule, "Running", self.role.other)
        if place == len(self.steps):
            self._end(rule)
        if step.sends:
            parts = script.parts[step.sends]
            rule.nodes += parts
            rule.conclusions.append(f"Out({self.terms.several(parts)})")
        return rule

    def _take(self, rule: _Rule, parts: tuple[int, ...]) -> None:
        """A message as a pattern, and the checks of the signatures that it carries."""
        rule.nodes += parts
        rule.premises.append(f"In({self.terms.several(parts)})")
        for number in self.read.carried(parts):
            node = self.read.node(number)
            if node.symbol == "sign":
                self.checks = True
                key = self.terms.key(own=False)
                digest = node.args[1:]
                rule.actions.append(
                    f"Eq(verify({self.terms.write(number)}, {self.terms.several(digest)}, {key}), true)"
                )
                rule.nodes += digest
                rule.keys.append(key)

    def _say(self, rule: _Rule, fact: str, claimer: Role) -> None:
        """What both ends say of the values that the end that makes the claim wants to agree on, kind by kind."""
        if self.read.claims(claimer):
            for kind, numbers in self.read.agreed(claimer).items():
                data = self.terms.several(numbers)
                rule.actions.append(f"{fact}('{claimer.name}', '{kind}', {self.own}, {self.peer}, {data})")
                rule.nodes += numbers

    def _end(self, rule: _Rule) -> None:
        """What a role says when it has come to its end."""
        protocol = self.read.protocol
        about = f"'{self.role.name}', {self.own}, {self.peer}"
        if self.read.claims(self.role):
            rule.actions.append(f"Finished({about})")
        self._say(rule, "Commit", self.role)
        if protocol.session_key is not None:
            said = [("Secret", key) for key in protocol.secrets] + [("SessionKey", protocol.session_key)]
            for fact, key in said:
                number = self.read.script.of(key)
                rule.actions.append(f"{fact}({about}, {self.terms.write(number)})")
                rule.nodes.append(number)

    def _text(self, rule: _Rule) -> str:
        lets = self.terms.needs(rule.nodes)[0]
        lines = [f"rule {rule.name}:"]
        if lets:
            width = max(len(self.read.names[number]) for number in lets)
            lines.append("  let")
            lines += [f"    {self.read.names[number]:<{width}} = {self.terms.body(number)}" for number in lets]
            lines.append("  in")
        lines.append(_facts("  [ ", rule.premises, " ]"))
        lines.append(_facts("  --[ ", rule.actions, " ]->") if rule.actions else "  -->")
        lines.append(_facts("  [ ", rule.conclusions, " ]"))
        return "\n".join(lines)


def _facts(before: str, facts: list[str], after: str) -> str:
    """Facts below one another; `[ ]` where there is none."""
    if not facts:
        return before.rstrip() + after
    return before + (",\n" + " " * len(before)).join(facts) + after
