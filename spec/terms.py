"""The algebra in which message contents and keys are written, as the RFCs write them.

A term says *what* a value is, never how it is computed: `prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)`.
Crypto backends interpret the symbols; a role's view of a term is its projection (what it drew itself, what it
received); the symbolic verifier reasons about the same terms; and `str()` of a term is the formula as RFC 2409 prints
it.

Terms are sorted (`isakmp.spec.sorts`): an ill-formed formula fails when the module that writes it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from isakmp.spec.frozen import frozen
from isakmp.spec.sorts import SYMBOLS, VISIBLE, Sort, SortError

__all__ = [
    "SEALS",
    "Apply",
    "Atom",
    "Cat",
    "Def",
    "Dh",
    "Exp",
    "Maybe",
    "Octet",
    "Payload",
    "PrivateKey",
    "Psk",
    "PublicKey",
    "Rest",
    "Role",
    "Sort",
    "SortError",
    "Term",
    "body_enc",
    "definitions",
    "hash_of",
    "pk_enc",
    "prf",
    "sign",
]


SEALS = frozenset({"pk_enc", "body_enc"})
"""The symbols that encrypt the body of a single payload."""


class Role(Enum):
    """The two ends of an exchange (RFC 2408 section 2.1)."""

    I = "initiator"
    R = "responder"

    @property
    def other(self) -> Role:
        """The role at the other end."""
        return Role.R if self is Role.I else Role.I


@frozen
class Term:
    """Base of all terms."""

    @property
    def sort(self) -> Sort:
        """The term's sort."""
        raise NotImplementedError  # every concrete term below has one

    @property
    def children(self) -> tuple[Term, ...]:
        """Direct subterms."""
        return ()

    def subterms(self) -> Iterator[Term]:
        """The term itself and all its subterms, outermost first."""
        yield self
        for child in self.children:
            yield from child.subterms()

    def __or__(self, other: Term) -> Cat:
        """Concatenation, written as the RFCs write it: `Ni_b | Nr_b`."""
        return Cat(_parts(self) + _parts(other))


@frozen
class Atom(Term):
    """A value without structure: drawn at random by one party in each run, or public, or known beforehand."""

    name: str
    kind: Sort
    by: Role | None = None
    fresh: bool = False

    @property
    def sort(self) -> Sort:
        """The declared sort."""
        return self.kind

    def __str__(self) -> str:
        return self.name


@frozen
class Octet(Term):
    """A constant octet: the 0, 1, 2 of RFC 2409 section 5, 'represented by a single octet'."""

    value: int

    @property
    def sort(self) -> Sort:
        """Always an octet."""
        return Sort.OCTET

    def __str__(self) -> str:
        return str(self.value)


@frozen
class Psk(Term):
    """The key that both parties were given beforehand (RFC 2409 section 5.4)."""

    @property
    def sort(self) -> Sort:
        """Always a key."""
        return Sort.KEY

    def __str__(self) -> str:
        return "pre-shared-key"


@frozen
class PrivateKey(Term):
    """The long-term private key of one party."""

    by: Role

    @property
    def sort(self) -> Sort:
        """Always a private key."""
        return Sort.PRIVATE_KEY

    def __str__(self) -> str:
        return f"PrivKey_{self.by.name.lower()}"


@frozen
class PublicKey(Term):
    """The long-term public key of one party: `PubKey_i`."""

    by: Role

    @property
    def sort(self) -> Sort:
        """Always a public key."""
        return Sort.PUBLIC_KEY

    def __str__(self) -> str:
        return f"PubKey_{self.by.name.lower()}"


@frozen
class Exp(Term):
    """`g^xi`: the public value of a secret exponent."""

    x: Atom
    base: str = "g"

    def __post_init__(self) -> None:
        if self.x.sort is not Sort.EXPONENT:
            raise SortError(f"{self.base}^{self.x}: {self.x} is a {self.x.sort.value}, not a secret exponent")

    @property
    def sort(self) -> Sort:
        """Always a group element."""
        return Sort.ELEMENT

    @property
    def children(self) -> tuple[Term, ...]:
        """The exponent."""
        return (self.x,)

    def __str__(self) -> str:
        return f"{self.base}^{self.x}"


@frozen
class Dh(Term):
    """`g^xy`: what either party computes from its own exponent and the other's public value."""

    x: Exp
    y: Exp

    def __post_init__(self) -> None:
        if self.x.base != self.y.base:
            raise SortError(f"{self.x} and {self.y} are of different groups")

    @property
    def sort(self) -> Sort:
        """Always a shared group element."""
        return Sort.SECRET

    @property
    def children(self) -> tuple[Term, ...]:
        """Both public values."""
        return (self.x, self.y)

    def __str__(self) -> str:
        return f"{self.x.base}^xy"


@frozen
class Cat(Term):
    """Concatenation; nested concatenations are flattened, since octets do not show where they were joined."""

    parts: tuple[Term, ...]

    def __post_init__(self) -> None:
        for part in self.parts:
            if part.sort not in VISIBLE:
                raise SortError(f"{self}: {part} is a {part.sort.value}, which has no place in a concatenation")

    @property
    def sort(self) -> Sort:
        """The parts' common sort, else octets."""
        sorts = {part.sort for part in self.parts}
        return sorts.pop() if len(sorts) == 1 else Sort.OCTETS

    @property
    def children(self) -> tuple[Term, ...]:
        """The parts."""
        return self.parts

    def __str__(self) -> str:
        return " | ".join(map(str, self.parts))


@frozen
class Maybe(Term):
    """`[ | KE ]`: a part that is there only if the exchange carries it."""

    term: Term

    @property
    def sort(self) -> Sort:
        """The sort of what is optional."""
        return self.term.sort

    @property
    def children(self) -> tuple[Term, ...]:
        """What is optional."""
        return (self.term,)

    def __str__(self) -> str:
        return f"[{self.term}]"


@frozen
class Payload(Term):
    """A payload with its generic header, as RFC 2409 section 3.2 writes it: `SA`, `Ni`; its body is `SAi_b`, `Ni_b`."""

    name: str
    body: Term

    @property
    def sort(self) -> Sort:
        """Always a payload."""
        return Sort.PAYLOAD

    @property
    def children(self) -> tuple[Term, ...]:
        """The body."""
        return (self.body,)

    def __str__(self) -> str:
        return self.name


@frozen
class Rest(Term):
    """All that follows the HASH payload in the same message, headers included, padding excluded (RFC 2409 section 5.5).

    The parts are what the RFC's figure shows; on the wire it is whatever payloads stand there, in their order.
    """

    parts: tuple[Term, ...]

    @property
    def sort(self) -> Sort:
        """Always payloads."""
        return Sort.PAYLOAD

    @property
    def children(self) -> tuple[Term, ...]:
        """The payloads of the figure."""
        return self.parts

    def __str__(self) -> str:
        return " | ".join(map(str, self.parts))


@frozen
class Apply(Term):
    """A function symbol applied to terms of the sorts that it admits."""

    symbol: str
    args: tuple[Term, ...]

    def __post_init__(self) -> None:
        signature = SYMBOLS.get(self.symbol)
        if signature is None:
            raise SortError(f"unknown symbol {self.symbol!r}; known are {', '.join(SYMBOLS)}")
        if len(self.args) != len(signature.arguments):
            raise SortError(f"{self}: {self.symbol} takes {len(signature.arguments)} arguments")
        for place, (arg, admitted) in enumerate(zip(self.args, signature.arguments, strict=True), 1):
            if arg.sort not in admitted:
                raise SortError(
                    f"{self}: argument {place}, {arg}, is a {arg.sort.value}; {self.symbol} takes "
                    + " or ".join(sorted(sort.value for sort in admitted)),
                )

    @property
    def sort(self) -> Sort:
        """What the symbol gives."""
        return SYMBOLS[self.symbol].result

    @property
    def children(self) -> tuple[Term, ...]:
        """The arguments."""
        return self.args

    def __str__(self) -> str:
        if self.symbol in SEALS:  # `<Ni_b>PubKey_r`, as RFC 2409 section 5.2 writes it
            key, body = self.args
            return f"<{body}>{key}"
        return f"{self.symbol}({', '.join(map(str, self.args))})"


@frozen
class Def(Term):
    """A term with a name of its own, and the section that defines it: printed by name, computed by definition."""

    name: str
    term: Term
    cite: str
    kind: Sort | None = None

    def __post_init__(self) -> None:
        # A digest may be used as a key (SKEYID is one); no other change of sort is a definition's to make.
        if self.kind is not None and (self.term.sort, self.kind) not in {
            (self.term.sort, self.term.sort),
            (Sort.DIGEST, Sort.KEY),
        }:
            raise SortError(f"{self.name} = {self.term}: a {self.term.sort.value} is no {self.kind.value}")

    @property
    def sort(self) -> Sort:
        """The declared sort, else the definition's."""
        return self.kind or self.term.sort

    @property
    def children(self) -> tuple[Term, ...]:
        """The definition."""
        return (self.term,)

    def __str__(self) -> str:
        return self.name

    @property
    def equation(self) -> str:
        """The definition as the RFC prints it: `SKEYID = prf(pre-shared-key, Ni_b | Nr_b)`."""
        return f"{self.name} = {self.term}"


def _parts(term: Term) -> tuple[Term, ...]:
    return term.parts if isinstance(term, Cat) else (term,)


def prf(key: Term, data: Term) -> Apply:
    """`prf(key, data)` (RFC 2409 section 3.2)."""
    return Apply("prf", (key, data))


def hash_of(data: Term) -> Apply:
    """`hash(data)` (RFC 2409 section 3.2)."""
    return Apply("hash", (data,))


def sign(by: Role, digest: Term) -> Apply:
    """The signature of one party over a digest (RFC 2409 section 5.1)."""
    return Apply("sign", (PrivateKey(by), digest))


def pk_enc(to: Role, body: Term) -> Apply:
    """`<body>PubKey_r`: a body encrypted with one party's public key (RFC 2409 section 5.2)."""
    return Apply("pk_enc", (PublicKey(to), body))


def body_enc(key: Term, body: Term) -> Apply:
    """`<body>Ke_i`: a body encrypted with a key that comes from a nonce (RFC 2409 section 5.3)."""
    return Apply("body_enc", (key, body))


def definitions(*terms: Term) -> tuple[Def, ...]:
    """All definitions that the terms rest on, each after those that it uses."""
    found: dict[Def, None] = {}

    def visit(term: Term) -> None:
        for child in term.children:
            visit(child)
        if isinstance(term, Def):
            found.setdefault(term)

    for term in terms:
        visit(term)
    return tuple(found)
