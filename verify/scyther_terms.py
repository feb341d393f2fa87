"""The terms of a protocol in Scyther's syntax, in the form in which one end computes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from isakmp.spec.terms import Atom, Dh, Exp, Role, Sort, Term
from isakmp.verify.exports import NONCES, Reading, View, symbol, view, words

_WORDS: Final = (
    "protocol role read recv send match not macro var const fresh claim run secret inversekeys inversekeyfunctions "
    "untrusted compromised usertype singular function hashfunction knows trusted option include "
    "k pk sk h Agent Function Nonce Ticket SessionKey Data Alice Bob Charlie Dave Eve Simon Pete"
)
_RESERVED: Final = frozenset(_WORDS.split())
"""Words of the language, and names that it or these models give a meaning."""


def clean(text: str) -> str:
    """A name as an identifier: letters, digits, `-`, `^` and `'`; an underscore begins a label."""
    name = words(text, join="-", marks={")^": "^"})
    return f"{name}-value" if name in _RESERVED else name


_ORDER: Final = ("Agent", "Nonce", "Ticket", "Offer", "Data")
"""The types of variables, in the order in which they are declared."""


class Terms:
    """The terms of one end in the words of a role: of its own role, or of a helper role that plays both ends."""

    def __init__(self, read: Reading, side: Role, *, helper: bool = False) -> None:
        self.read = read
        self.side = side
        self.helper = helper
        self.ending = f"-{'o' if helper else ''}{side.name.lower()}"

    def macro(self, number: int) -> str:
        """The name of the macro of a node; empty where it is written out."""
        node = self.read.node(number)
        named = number in self.read.names and (node.leaf is None or isinstance(node.leaf, Dh))
        return self.read.names[number] + self.ending if named else ""

    def write(self, number: int) -> str:
        """A node, by its macro where it has one."""
        return self.macro(number) or self.body(number)

    def several(self, numbers: Iterable[int]) -> str:
        """Terms beside one another."""
        return ", ".join(self.write(number) for number in numbers)

    def body(self, number: int) -> str:
        """The term of a node."""
        node = self.read.node(number)
        if node.leaf is not None:
            return self._leaf(number, node.leaf)
        name, keys = symbol(node)
        key, data = node.args[:keys], node.args[keys:]
        match name:
            case "enc" | "senc":
                return f"{{{self.several(data)}}}{self.several(key)}"
            case "aenc":
                return f"{{{self.several(data)}}}pk({self.several(key)})"
            case "sign":
                return f"{{{self.several(data)}}}sk({self.several(key)})"
        groups = [self.several(key), self.several(data)] if key else [self.several(data)]
        sizes = [len(key), len(data)] if key else [len(data)]
        inside = ", ".join(f"({text})" if size > 1 and keys else text for text, size in zip(groups, sizes, strict=True))
        return f"{clean(name)}({inside})"

    def _leaf(self, number: int, leaf: Term) -> str:
        name = self.read.names[number]
        match view(leaf, self.side):
            case View.SHARED:
                return self._shared()
            case View.LEFT:
                return f"left-{name}({self._shared()})"
            case View.AGENT if isinstance(leaf, Atom) and leaf.by is not None:
                return leaf.by.name
            case View.CHOSEN if not self.helper:
                return f"{name}-1"
            case View.COMPUTED:
                first, second = self.read.node(number).args
                mine, other = (first, second) if self._own(first) else (second, first)
                exponent = self.write(self.read.node(mine).args[0])
                return f"h({self.write(other)}, {exponent})"
            case View.RAISED:
                return self._power(number, leaf)
            case View.RECEIVED if self.helper and isinstance(leaf, Exp):
                return self._power(number, leaf)
        return name

    def _power(self, number: int, leaf: Term) -> str:
        return f"{group(leaf)}({self.write(self.read.node(number).args[0])})"

    def _shared(self) -> str:
        return f"k({self.side.name}, {self.side.other.name})"

    def _own(self, number: int) -> bool:
        leaf = self.read.node(number).leaf
        return leaf is not None and view(leaf, self.side) is View.RAISED

    def below(self, number: int) -> tuple[int, ...]:
        """The nodes that the text of a node is made of."""
        node = self.read.node(number)
        if isinstance(node.leaf, Exp) and not self.helper and view(node.leaf, self.side) is View.RECEIVED:
            return ()
        if isinstance(node.leaf, Dh):
            first, second = node.args
            mine, other = (first, second) if self._own(first) else (second, first)
            return (other, *self.read.node(mine).args)
        return node.args

    def needs(self, numbers: Iterable[int]) -> list[int]:
        """The nodes that others rest on and themselves, each after those that it uses."""
        found: dict[int, None] = {}

        def visit(number: int) -> None:
            if number not in found:
                for part in self.below(number):
                    visit(part)
                found.setdefault(number)

        for number in numbers:
            visit(number)
        return list(found)

    def macros(self, numbers: Iterable[int]) -> Iterator[str]:
        """The macros that the text of nodes uses."""
        for number in self.needs(numbers):
            if self.macro(number):
                yield f"macro {self.macro(number)} = {self.body(number)};"


def group(leaf: Term) -> str:
    """The function of a group: `g`, or `g-qm` for the group of a quick mode."""
    return clean(leaf.base) if isinstance(leaf, Exp) else ""


def type_of(leaf: Term) -> str:
    """The type of a variable."""
    if leaf.sort in NONCES:
        return "Nonce"
    return {Sort.ELEMENT: "Ticket", Sort.OFFER: "Offer"}.get(leaf.sort, "Data")


def variables(terms: Terms, numbers: Iterable[int]) -> tuple[dict[str, str], dict[str, str]]:
    """What a text draws and what it receives: types by name. A helper role receives everything, agents too."""
    drawn: dict[str, str] = {}
    received: dict[str, str] = {}
    for number in terms.needs(numbers):
        leaf = terms.read.node(number).leaf
        if leaf is None:
            continue
        name = terms.read.names[number]
        match view(leaf, terms.side):
            case View.DRAWN:
                (received if terms.helper else drawn)[name] = type_of(leaf)
            case View.CHOSEN if terms.helper:
                received[name] = type_of(leaf)
            case View.RECEIVED if not (terms.helper and isinstance(leaf, Exp)):
                received[name] = type_of(leaf)
            case View.AGENT | View.SHARED | View.LEFT if terms.helper:
                named = (leaf.by,) if isinstance(leaf, Atom) and leaf.by else tuple(Role)
                received.update((role.name, "Agent") for role in named)
    return drawn, received


def declared(word: str, types: dict[str, str]) -> Iterator[str]:
    """The declarations of names, by their types."""
    for kind in _ORDER:
        names = [name for name, type_ in types.items() if type_ == kind]
        if names:
            yield f"{word} {', '.join(names)}: {kind};"
