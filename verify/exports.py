"""What exports of a protocol to other tools have in common: what a value is to a role, its names, claims, the heading.

An export says what the search works on (`isakmp.verify.scripts`), in another language. No formula is written here: all
of them come from the terms of the protocol.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from importlib.metadata import version

from isakmp.spec.citations import format_cite
from isakmp.spec.claims import CLAIMS, Claim
from isakmp.spec.terms import Atom, Dh, Exp, Octet, Psk, Role, Sort, Term, definitions
from isakmp.spec.variants import STANDARD
from isakmp.verify.models import LEFT, Protocol
from isakmp.verify.scripts import NAMING, Node, Script, needs, script_of, shared_kinds
from isakmp.verify.search import claims_of

TRANSFORM = "transform"
"""The kind of values that `agreement` leaves out: no hash covers it."""
ABSTRACTION = (
    "Every value is a term of its own: no lengths, no padding. Ciphers hide and protect what is in them; the vector is "
    "part of what they encrypt. Offers, transforms, attributes and notifications are public values that anybody may "
    "choose. The two ends of a run are fixed when it begins, as policy fixes whom a peer speaks to."
)
"""What the search leaves out as well, for the heading."""
WIDTH = 100
"""Columns of the text of a heading."""


class View(Enum):
    """What a value without structure is to a role."""

    SHARED = "a key that two agents were given beforehand"
    LEFT = "a key that phase 1 left to two agents"
    CONSTANT = "a public constant"
    AGENT = "the name of an agent"
    DRAWN = "drawn by the role itself"
    CHOSEN = "chosen by the role itself among public values"
    RECEIVED = "what the role was sent"
    RAISED = "the public value of an exponent that the role has drawn"
    COMPUTED = "what the role computes from its exponent and the other public value"


def view(term: Term, role: Role) -> View:
    """What a leaf is to a role: the same choice as the search makes.

    Raises:
        ValueError: it is no leaf.
    """
    match term:
        case Psk():
            return View.SHARED
        case Octet() | Atom(by=None) if term not in LEFT:
            return View.CONSTANT
        case Atom() if term in LEFT:
            return View.LEFT
        case Atom() if term.sort in NAMING:
            return View.AGENT
        case Atom(by=by) if by is not role:
            return View.RECEIVED
        case Atom(fresh=fresh):
            return View.DRAWN if fresh else View.CHOSEN
        case Exp(x):
            return View.RAISED if x.by is role else View.RECEIVED
        case Dh():
            return View.COMPUTED
    raise ValueError(f"{term} is no leaf")


@dataclass(frozen=True)
class Reading:
    """A protocol's script, with names for its nodes that fit the language that `clean` makes names for."""

    script: Script
    clean: Callable[[str], str]

    @property
    def protocol(self) -> Protocol:
        """What is exported."""
        return self.script.protocol

    def node(self, number: int) -> Node:
        """The node of that number."""
        return self.script.nodes[number]

    @cached_property
    def names(self) -> dict[int, str]:
        """Names of leaves, definitions and ciphertexts, by the numbers of their nodes; no two are alike."""
        found: dict[int, str] = {}
        taken: set[str] = set()

        def give(number: int, text: str) -> None:
            if number in found:
                return
            name = base = self.clean(text)
            count = 1
            while name.lower() in taken:
                count += 1
                name = self.clean(f"{base} {count}")
            taken.add(name.lower())
            found[number] = name

        for number, node in enumerate(self.script.nodes):
            if node.leaf is not None:
                give(number, str(node.leaf))
        whole = script_of(self.protocol)  # may number more than what travels, so it is not the script that is exported
        for definition in definitions(*_terms(self.protocol)):
            numbers = whole.flat(definition)
            if len(numbers) == 1 and whole.nodes[numbers[0]] == self._at(numbers[0]):
                give(numbers[0], definition.name)
        for message, parts in self.script.parts.items():
            for part in parts:
                if self.node(part).symbol == "enc":
                    give(part, f"sealed {message}")
        return found

    def _at(self, number: int) -> Node | None:
        return self.script.nodes[number] if number < len(self.script.nodes) else None

    def reaches(self, number: int, wanted: Callable[[Term], bool]) -> bool:
        """Whether a leaf of that kind stands in a node."""
        leaves = (self.node(each).leaf for each in self.script.reached((number,)))
        return any(wanted(leaf) for leaf in leaves if leaf is not None)

    @cached_property
    def _claims(self) -> dict[Role, tuple[Claim, ...]]:
        return {role: claims_of(self.protocol, role) for role in Role}

    def claims(self, role: Role) -> tuple[Claim, ...]:
        """The claims of a role."""
        return self._claims[role]

    def agreed(self, role: Role) -> dict[str, tuple[int, ...]]:
        """What a role can agree on at its end, by kind: the nodes. "identities" and "all" are always among them."""
        named = {
            kind.removeprefix("agreement-"): tuple(sorted(numbers))
            for kind, numbers in shared_kinds(self.script, role).items()
        }
        agents = (self.script.agent(Role.I), self.script.agent(Role.R))
        values = [number for kind, numbers in named.items() if kind != TRANSFORM for number in numbers]
        return {"identities": agents, **named, "all": tuple(dict.fromkeys((*agents, *values)))}

    def carried(self, parts: Iterable[int]) -> list[int]:
        """What a message carries, in the clear or within its encryption: what a hash covers is not carried by it."""
        found: list[int] = []
        waiting = list(parts)[::-1]
        while waiting:
            number = waiting.pop()
            found.append(number)
            node = self.node(number)
            if node.symbol in SEALING:
                waiting += node.args[:0:-1]
        return found

    def running(self, role: Role) -> int:
        """The place (from 1) of the step of a role by which its peer, at its end, believes that it runs; 0: none."""
        return max(needs(self.script, role.other), default=0)


def reading(protocol: Protocol, clean: Callable[[str], str]) -> Reading:
    """The reading of a protocol. Both agents are among the nodes, also where no message names them."""
    script = script_of(protocol)
    for role in Role:
        script.agent(role)
    return Reading(script, clean)


def _terms(protocol: Protocol) -> Iterator[Term]:
    for message in protocol.messages:
        yield from (slot.term for slot in message.slots)
    yield from protocol.ciphers.values()
    yield from protocol.vectors.values()
    yield from protocol.secrets


def words(text: str, *, join: str, marks: Mapping[str, str]) -> str:
    """A name of the specification as an identifier: bodies lose their `_b`, what cannot stand in it becomes `join`."""
    text = re.sub(r"_b\b", "", text)
    for old, new in marks.items():
        text = text.replace(old, new)
    return re.sub(r"[^A-Za-z0-9^']+", join, text).strip(join)


def title(protocol: Protocol) -> str:
    """What the protocol is called: "main-psk", "quick-pfs", "main-psk peers-named"."""
    return protocol.name if protocol.variant == STANDARD else f"{protocol.name} {protocol.variant}"


def heading(read: Reading, tool: str, unstated: Mapping[str, str], notes: Iterable[str]) -> Iterator[str]:
    """The lines of the comment at the top: the origin, the versions, what is not stated and why."""
    protocol = read.protocol
    cites = dict.fromkeys(format_cite(message.cite) for message in protocol.messages)
    yield f"{title(protocol)}: {', '.join(message.name for message in protocol.messages)} ({', '.join(cites)})"
    yield f"Written by isakmp {version('isakmp')} for {tool}, from the messages and formulas that its machine runs."
    notes = [*notes, *_checks(protocol)]
    for note in notes:
        yield ""
        yield from textwrap.wrap(note, WIDTH)
    made = {claim.name for role in Role for claim in read.claims(role)}
    missing = [claim.name for claim in CLAIMS if claim.name in made and claim.name in unstated]
    if missing:
        yield ""
        yield "Claims that are not stated here:"
        for name in missing:
            yield from textwrap.wrap(f"{name}: {unstated[name]}", WIDTH, initial_indent="  ", subsequent_indent="    ")


def _checks(protocol: Protocol) -> Iterator[str]:
    if protocol.checks_ids:
        yield "That an end takes no message id twice is not part of this model."
    if protocol.degenerate:
        yield "That an end takes public values that lead to no secret is not part of this model."


def symbol(node: Node) -> tuple[str, int]:
    """The name of a node's symbol, and how many of its arguments are the key: what a keyed symbol takes first."""
    match = re.fullmatch(r"prf(\d+)", node.symbol)
    if match:
        return "prf", int(match[1])
    return node.symbol, int(node.symbol in KEYED)


KEYED = frozenset({"expand", "enc", "senc", "aenc", "sign"})
"""Symbols that take a key of one argument first."""
SEALING = frozenset({"enc", "senc", "aenc"})
"""Symbols that encrypt what follows the key."""
FUNCTIONS = {"prf": 2, "expand": 2, "hash": 1, "block": 1, "cipher_key": 1, "last_block": 1}
"""One-way functions, with the number of their arguments where several values count as one argument."""

NONCES = frozenset({Sort.COOKIE, Sort.NONCE, Sort.EXPONENT, Sort.MESSAGE_ID})
"""What is drawn at random."""
