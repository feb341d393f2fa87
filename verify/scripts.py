"""What each role of an exchange sends and takes, as facts: derived from the templates that the machine runs.

A role goes in steps: it takes a message (or begins) and sends the next one, as the machine does in one transition. What
it drew itself is a name; what it took is a choice among all that could be there; everything else is built of these as
the formulas of `isakmp.spec.keying` say. Concatenations are flattened into the arguments of the symbol around them.

Left out of the model: padding, vendor ids and what else may be added to a message. Payloads that the figures of the RFC
show as optional are left out unless a variant fixes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from isakmp.spec import keying as k
from isakmp.spec.messages import Message, Protection
from isakmp.spec.terms import (
    Apply,
    Atom,
    Cat,
    Def,
    Dh,
    Exp,
    Maybe,
    Octet,
    Payload,
    PrivateKey,
    Psk,
    PublicKey,
    Rest,
    Role,
    Sort,
    Term,
)
from isakmp.verify.models import LEFT, Protocol

# What a received value may be, by its sort: see the domains in theory.lp.
_DOMAINS = {
    Sort.COOKIE: "cookie",
    Sort.NONCE: "nonce",
    Sort.MESSAGE_ID: "mid",
    Sort.ELEMENT: "ticket",
    Sort.OFFER: "offer",
    Sort.OCTETS: "octets",
}
_SIDES = {Role.I: "i", Role.R: "r"}
NAMING = frozenset({Sort.IDENTITY, Sort.CERTIFICATE})
"""Values that name an agent. Policy ties the identities of clients to the peer that may speak for them."""


@dataclass(frozen=True)
class Node:
    """A subterm as the search knows it: a leaf, or a symbol over other nodes (by their numbers)."""

    symbol: str
    args: tuple[int, ...] = ()
    leaf: Term | None = None


@dataclass(frozen=True)
class Step:
    """What a role does in one transition: the message that it takes, and the one that it sends (None: none)."""

    takes: str | None
    sends: str | None


@dataclass
class Script:
    """One protocol's subterms, numbered, and the steps of both of its roles."""

    protocol: Protocol
    nodes: list[Node] = field(default_factory=list)
    parts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    _known: dict[Node, int] = field(default_factory=dict)

    def number(self, node: Node) -> int:
        """The number of a node; equal nodes have one."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    def of(self, term: Term) -> int:
        """The number of a term's node; concatenations stand only inside symbols and messages."""
        (found,) = self.flat(term)
        return found

    def flat(self, term: Term) -> tuple[int, ...]:
        """The numbers of a term's nodes, several for a concatenation."""
        match term:
            case Cat(parts) | Rest(parts):
                return tuple(number for part in parts for number in self.flat(part))
            case Payload(_, body):
                return self.flat(body)
            case Maybe():
                raise ValueError(f"{term}: what is optional has to be fixed before it can be verified")
            case Def(name, body):
                numbers = self.flat(body)
                if len(numbers) == 1:
                    self.named[name] = numbers[0]
                return numbers
        return (self.number(self._node(term)),)

    def _node(self, term: Term) -> Node:
        match term:
            case Atom() | Octet() | Psk():
                return Node("", leaf=term)
            case Exp(x):
                return Node("pub", (self.of(x),), leaf=term)
            case Dh(x, y):
                return Node("dh", (self.of(x), self.of(y)), leaf=term)
            case Apply("prf", (key, data)):
                keys = self.flat(key)
                return Node(f"prf{len(keys)}", (*keys, *self.flat(data)))
            case Apply("sign", (PrivateKey(by), digest)):
                return Node("sign", (self.agent(by), *self.flat(digest)))
            case Apply("pk_enc", (PublicKey(to), body)):
                return Node("aenc", (self.agent(to), *self.flat(body)))
            case Apply("body_enc", (key, body)):
                return Node("senc", (self.of(key), *self.flat(body)))
            case Apply(symbol, args):
                return Node(symbol, tuple(number for arg in args for number in self.flat(arg)))
        raise ValueError(f"{term}: no reading of a {type(term).__name__}")

    def agent(self, role: Role) -> int:
        """The node of a role's name."""
        return self.of(k.IDII if role is Role.I else k.IDIR)

    # ---- messages ----

    def message(self, message: Message) -> None:
        """Take up what travels in a message: header, and payloads in the clear or as one ciphertext."""
        parts = [number for atom in self.protocol.header(message) for number in self.flat(atom)]
        body = [number for slot in message.slots if not slot.optional for number in self.flat(slot.term)]
        if message.protection is Protection.CLEAR:
            parts += body
        else:
            key = self.of(self.protocol.cipher_key(message))
            parts.append(self.number(Node("enc", (key, self._vector(message), *body))))
        self.parts[message.name] = tuple(parts)

    def _vector(self, message: Message) -> int:
        """The vector of an encrypted message: the last block of the one before it (RFC 2409 Appendix B)."""
        names = [each.name for each in self.protocol.messages]
        here = names.index(message.name)
        begun = max(place for place in map(names.index, self.protocol.vectors) if place <= here)
        before = [name for name in names[begun:here] if self._ciphertext(name) is not None]
        if not before:
            return self.of(self.protocol.vectors[names[begun]])
        return self.number(Node("last_block", (self._ciphertext(before[-1]) or 0,)))

    def _ciphertext(self, message: str) -> int | None:
        """The node of a message's ciphertext; None where it is in the clear."""
        return next((part for part in self.parts[message] if self.nodes[part].symbol == "enc"), None)

    def steps(self, role: Role) -> tuple[Step, ...]:
        """The steps of one role: who begins takes nothing first."""
        found: list[Step] = []
        taken: str | None = None
        for message in self.protocol.messages:
            if message.sender is role:
                found.append(Step(taken, message.name))
                taken = None
            else:
                if taken is not None:
                    found.append(Step(taken, None))
                taken = message.name
        if taken is not None:
            found.append(Step(taken, None))
        return tuple(found)

    # ---- facts ----

    def reached(self, roots: Iterable[int]) -> frozenset[int]:
        """Nodes and all below them."""
        found: set[int] = set()
        waiting = list(roots)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.nodes[number].args
        return frozenset(found)


def script_of(protocol: Protocol) -> Script:
    """The script of a protocol, with all that its claims speak of."""
    script = Script(protocol)
    for message in protocol.messages:
        script.message(message)
    for term in (*protocol.secrets, *(term for terms in protocol.data.values() for term in terms)):
        script.flat(term)
    return script


def facts(scripts: Iterable[Script]) -> Iterator[str]:
    """The facts of all protocols that take part, for theory.lp. Their nodes are numbered one after another."""
    offset = 0
    shapes: dict[str, list[int]] = {}
    arguments: dict[int, tuple[int, ...]] = {}
    for index, script in enumerate(scripts):
        yield from _roles(script, index, offset)
        if script.protocol.begins.costs_at_once:
            yield f"costly(role({index},{_SIDES[Role.R]}))."
        for number, node in enumerate(script.nodes):
            yield from _node(node, offset + number, tuple(offset + arg for arg in node.args))
            if node.leaf is None:
                shapes.setdefault(f"{node.symbol}/{len(node.args)}", []).append(offset + number)
                arguments[offset + number] = tuple(offset + arg for arg in node.args)
        offset += len(script.nodes)
    for numbers in shapes.values():
        for a in numbers:
            for b in numbers:
                equal = ", ".join(f"eq(S,{x},T,{y})" for x, y in zip(arguments[a], arguments[b], strict=True))
                yield f"eq(S,{a},T,{b}) :- act(S,{a}), act(T,{b}), {equal}."


def _node(node: Node, number: int, args: tuple[int, ...]) -> Iterator[str]:
    match node.leaf:
        case Psk():
            yield f'shared({number},"psk").'
        case Octet(value):
            yield f"const({number},o({value}))."
        case Atom() as atom if atom in LEFT:
            yield f'shared({number},"{atom.name}").'
        case Atom(_, sort, Role() as by) if sort in NAMING:
            yield f"agentleaf({number},{_SIDES[by]})."
        case Atom(name, _, None):
            yield f'const({number},"{name}").'
        case None:
            yield f"comp({number},{node.symbol},{len(args)})."
            for place, arg in enumerate(args):
                yield f"arg({number},{place},{arg})."


def _roles(script: Script, index: int, offset: int) -> Iterator[str]:
    """What each role draws, takes and does."""
    protocol = script.protocol
    for role in Role:
        side = _SIDES[role]
        name = f"role({index},{side})"
        yield f"side({name},{side}). protocol({name},{index})."
        steps = script.steps(role)
        yield f"last({name},{len(steps)})."
        numbers: frozenset[int] = frozenset()
        for place, step in enumerate(steps, 1):
            yield f"step({name},{place})."
            for kind, message in (("takes", step.takes), ("sends", step.sends)):
                if message is not None:
                    yield f'{kind}({name},{place},"{message}").'
                    numbers |= script.reached(script.parts[message])
        numbers |= script.reached(script.of(key) for key in protocol.secrets)
        numbers |= script.reached(script.of(term) for terms in protocol.data.values() for term in terms)
        for number in sorted(numbers):
            yield f"in({name},{offset + number})."
            yield from _leaf(script, role, name, number, offset)
        yield from (f"need({name},{place})." for place in needs(script, role))
    for message, parts in script.parts.items():
        for part in parts:
            yield f'part({index},"{message}",{offset + part}).'
    for key in protocol.secrets:
        yield f"secret({index},{offset + script.of(key)})."
    if protocol.session_key is not None:
        yield f"sessionkey({index},{offset + script.of(protocol.session_key)})."
    for role in Role:
        for kind, values in shared_kinds(script, role).items():
            name = f"role({index},{_SIDES[role]})"
            yield from (f'data({name},"agreement-{kind}",{offset + number}).' for number in sorted(values))


def needs(script: Script, role: Role) -> Iterator[int]:
    """How far the peer of a role has come at least when the role has taken its last message: the step that sent it."""
    taken = [step.takes for step in script.steps(role) if step.takes]
    for place, step in enumerate(script.steps(role.other), 1):
        if taken and step.sends == taken[-1]:
            yield place


def shared_kinds(script: Script, role: Role) -> dict[str, frozenset[int]]:
    """What a role can agree on with its peer at its end, by kind: the nodes that the peer has by then."""
    had = script.reached(_had(script, role))
    found = {kind: had & {script.of(term) for term in terms} for kind, terms in script.protocol.data.items()}
    return {kind: numbers for kind, numbers in found.items() if numbers}


def _had(script: Script, role: Role) -> Iterator[int]:
    """What the peer of a role has sent or taken when it has come so far: on the rest nobody can agree yet."""
    for need in needs(script, role):
        for step in script.steps(role.other)[:need]:
            yield from (number for message in (step.takes, step.sends) if message for number in script.parts[message])


def _leaf(script: Script, role: Role, name: str, number: int, offset: int) -> Iterator[str]:
    node = script.nodes[number]
    here = offset + number
    match node.leaf:
        case Atom() as atom if atom.sort in NAMING or atom in LEFT or atom.by is None:
            return
        case Atom(kind=Sort.EXPONENT) as atom:
            if atom.by is role:
                yield f"fresh({name},{here}). exponent({name},{here})."
        case Atom(fresh=True) as atom:
            domain = _DOMAINS[atom.sort]
            yield (
                f"fresh({name},{here}). sort({name},{here},{domain})."
                if atom.by is role
                else (f"var({name},{here},{domain}).")
            )
        case Atom() as atom:
            yield f"var({name},{here},{'transform' if atom.name.startswith('SAr') else _DOMAINS[atom.sort]})."
        case Exp(x):
            exponent = offset + node.args[0]
            yield f"pub({name},{here},{exponent})." if x.by is role else f"var({name},{here},ticket)."
        case Dh(x, y):
            mine, other = (x, y) if x.x.by is role else (y, x)
            yield f"dh({name},{here},{offset + script.of(other)},{offset + script.of(mine.x)})."
