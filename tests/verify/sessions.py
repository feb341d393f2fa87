"""Runs of the ends of a protocol, for the other search: what each takes and sends, read from the terms themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isakmp.spec.keying import LEFT_A, LEFT_D
from isakmp.spec.messages import Message, Protection
from isakmp.spec.terms import (
    Apply,
    Atom,
    Cat,
    Def,
    Dh,
    Exp,
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
from isakmp.verify.models import LEFT_E, Protocol
from tests.verify.deduction import Hole, Made, Pattern, Raised, Values, holes


@dataclass(frozen=True)
class Step:
    """What a session takes (None: nothing), and what it sends then (None: nothing)."""

    takes: tuple[Pattern, ...] | None
    sends: tuple[Pattern, ...] | None


@dataclass
class Session:
    """A run of one role, by one agent with another, and how it reads the terms of the protocol."""

    protocol: Protocol
    values: Values
    number: int
    role: Role
    own: str
    peer: str

    def __post_init__(self) -> None:
        self.steps = tuple(self._steps())
        self.secrets = [self.read(secret) for secret in self.protocol.secrets]
        self.key = None if self.protocol.session_key is None else self.read(self.protocol.session_key)
        self.data = {kind: [self.read(term) for term in terms] for kind, terms in self.protocol.data.items()}
        self.message_id = next((self.read(t) for t in self._headers() if t.sort is Sort.MESSAGE_ID), None)

    def _headers(self) -> Iterator[Atom]:
        return (atom for message in self.protocol.messages for atom in self.protocol.header(message))

    def _steps(self) -> Iterator[Step]:
        taken: tuple[Pattern, ...] | None = None
        for message in self.protocol.messages:
            parts = self.parts(message)
            if message.sender is self.role:
                yield Step(taken, parts)
                taken = None
            else:
                if taken is not None:
                    yield Step(taken, None)
                taken = parts
        if taken is not None:
            yield Step(taken, None)

    def parts(self, message: Message) -> tuple[Pattern, ...]:
        """What of a message everybody can take apart: its header, and its payloads or their ciphertext."""
        header = tuple(self.read(atom) for atom in self.protocol.header(message))
        body = self.body(message)
        return (*header, *(body if message.protection is Protection.CLEAR else (self.ciphertext(message),)))

    def body(self, message: Message) -> tuple[Pattern, ...]:
        """The payloads."""
        return tuple(part for slot in message.slots if not slot.optional for part in self.flat(slot.term))

    def ciphertext(self, message: Message) -> Pattern:
        """The payloads in CBC: each message goes on from the last block of the one before (RFC 2409 Appendix B)."""
        vector: Pattern | None = None
        for each in self.protocol.messages:
            if each.name in self.protocol.vectors:
                vector = self.read(self.protocol.vectors[each.name])
            if each is message:
                break
            if each.protection is not Protection.CLEAR:
                vector = self.make("last", self.ciphertext(each))
        assert vector is not None
        return self.make("cbc", self.read(self.protocol.cipher_key(message)), vector, *self.body(message))

    # ---- terms ----

    def make(self, symbol: str, *args: Pattern) -> Pattern:
        """A symbol over patterns; a value if all of them are."""
        settled = [arg for arg in args if isinstance(arg, int)]
        return self.values(symbol, *settled) if len(settled) == len(args) else Made(symbol, args)

    def read(self, term: Term) -> Pattern:
        """A term that is one value, as this session sees it."""
        (one,) = self.flat(term)
        return one

    def flat(self, term: Term) -> tuple[Pattern, ...]:
        """A term as this session sees it; concatenations do not show where they were joined."""
        match term:
            case Cat(parts) | Rest(parts):
                return tuple(pattern for part in parts for pattern in self.flat(part))
            case Payload(_, inner) | Def(_, inner):
                return self.flat(inner)
            case Apply():
                return (self._applied(term.symbol, term.args),)
            case Exp(exponent):
                own = exponent.by is self.role
                return (self.make("power", self._drawn(exponent)) if own else Hole(str(term), "power"),)
            case Dh(x, y):
                mine, other = (x, y) if x.x.by is self.role else (y, x)
                return (Raised(Hole(str(other), "power"), self._drawn(mine.x)),)
            case Octet(value):
                return (self.values("constant", f"octet {value}"),)
            case Psk():
                return (self._between("psk"),)
            case Atom():
                return (self._atom(term),)
        raise AssertionError(f"{term}: a {type(term).__name__}")

    def _applied(self, symbol: str, args: tuple[Term, ...]) -> Pattern:
        match symbol, args:
            case "sign", (PrivateKey(by), digest):
                return self.make("signed", self._agent(by), *self.flat(digest))
            case "pk_enc", (PublicKey(to), inner):
                return self.make("sealed", self._agent(to), *self.flat(inner))
            case "body_enc", (key, inner):
                return self.make("body", self.read(key), *self.flat(inner))
            case "prf", (key, seed):
                keys = self.flat(key)
                return self.make(f"prf of {len(keys)}", *keys, *self.flat(seed))
        return self.make(symbol, *(pattern for arg in args for pattern in self.flat(arg)))

    def _atom(self, atom: Atom) -> Pattern:
        if atom in (LEFT_A, LEFT_D, LEFT_E):
            return self._between(atom.name)
        if atom.by is None:
            return self.values("constant", atom.name)
        if atom.sort in (Sort.IDENTITY, Sort.CERTIFICATE):
            return self._agent(atom.by)
        if not atom.fresh:
            return Hole(atom.name, "choice of a transform" if atom.name.startswith("SAr") else f"choice {atom.sort}")
        return self._drawn(atom) if atom.by is self.role else Hole(atom.name, f"drawn {atom.sort}")

    def _drawn(self, atom: Atom) -> int:
        return self.values("drawn", str(self.number), atom.name)

    def _agent(self, role: Role) -> int:
        return self.values("agent", self.own if role is self.role else self.peer)

    def _between(self, name: str) -> int:
        return self.values("key", name, *sorted((self.own, self.peer)))

    def holes(self) -> Iterator[Hole]:
        """All that this session receives or chooses."""
        for step in self.steps:
            for part in (*(step.takes or ()), *(step.sends or ())):
                yield from holes(part)

    def draws(self) -> Iterator[tuple[Atom, int]]:
        """The values that this session draws."""
        for message in self.protocol.messages:
            terms = [*self.protocol.header(message), *(slot.term for slot in message.slots if not slot.optional)]
            if message.protection is not Protection.CLEAR:
                terms.append(self.protocol.cipher_key(message))
            for atom in (part for term in terms for part in term.subterms() if isinstance(part, Atom)):
                if atom.fresh and atom.by is self.role:
                    yield atom, self._drawn(atom)
