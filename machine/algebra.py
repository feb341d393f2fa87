"""Terms made executable: each is compiled once to a closure, and evaluated over the values of one exchange.

A closure costs little over the crypto that it calls. What a symbol means is the backend's business: `Values` carries
the functions of the negotiated algorithms, taken from any backend, and the closures call them without knowing whose
they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from isakmp.crypto.backend import Backend, KeyPair
from isakmp.spec.terms import Apply, Atom, Cat, Def, Dh, Exp, Maybe, Octet, Payload, Psk, Rest, Role, Term

Evaluator = Callable[["Values"], bytes]


class MissingValueError(LookupError):
    """A formula was evaluated before one of its values was known: a defect of the caller, never of the peer."""


class Values:
    """What one end of one exchange knows: octets by the RFC's names, and the negotiated functions.

    `prf(key, data)` and `hash(data)` return octets; `key_length` and `block_length` are in octets. `rest` is what
    follows the HASH payload of the message at hand, as it stands on the wire. `own` is the end's own exponent, with
    which a shared element is computed when it is first needed, and not before: who answers a first message computes
    nothing for it.
    """

    __slots__ = ("backend", "block_length", "hash", "is_weak", "key_length", "own", "prf", "rest", "role", "store")

    def __init__(self, role: Role, backend: Backend) -> None:
        self.store: dict[str, bytes] = {}
        self.role = role
        self.backend = backend
        self.own: KeyPair | None = None
        self.rest = b""
        self.prf: Callable[[bytes, bytes], bytes] = _not_negotiated
        self.hash: Callable[[bytes], bytes] = _not_negotiated
        self.key_length = 0
        self.block_length = 0
        self.is_weak: Callable[[bytes], bool] | None = None

    def __getitem__(self, term: Term) -> bytes:
        """The value of a term: known, or computed and (for definitions) remembered."""
        compiled = _COMPILED.get(id(term))
        if compiled is None:
            compiled = _COMPILED[id(term)] = (evaluator(term), term)
        return compiled[0](self)

    def __contains__(self, term: Term) -> bool:
        return str(term) in self.store

    def __setitem__(self, term: Term, value: bytes) -> None:
        self.store[str(term)] = value

    def copy(self) -> Values:
        """An independent copy."""
        twin = Values(self.role, self.backend)
        twin.store = dict(self.store)
        twin.own, twin.rest = self.own, self.rest
        twin.negotiated_from(self)
        return twin

    def negotiated_from(self, other: Values) -> None:
        """Take over the negotiated functions of another exchange under the same SA."""
        self.prf, self.hash = other.prf, other.hash
        self.key_length, self.block_length, self.is_weak = other.key_length, other.block_length, other.is_weak


def _not_negotiated(*_: bytes) -> bytes:
    raise MissingValueError("no prf or hash is negotiated yet")


def _look_up(name: str) -> Evaluator:
    def value(values: Values) -> bytes:
        try:
            return values.store[name]
        except KeyError:
            raise MissingValueError(f"{name} is not known yet") from None

    return value


def _agree(term: Dh) -> Evaluator:
    name, publics = str(term), {Role.I: _look_up(str(term.y)), Role.R: _look_up(str(term.x))}

    def value(values: Values) -> bytes:
        known = values.store.get(name)
        if known is None:
            if values.own is None:
                raise MissingValueError(f"{name} is not known yet")
            public = publics[values.role](values)
            known = values.store[name] = values.backend.agree(values.own.group, values.own, public)
        return known

    return value


def _define(name: str, body: Evaluator, *, remember: bool) -> Evaluator:
    if not remember:
        return body

    def value(values: Values) -> bytes:
        known = values.store.get(name)
        if known is None:
            known = values.store[name] = body(values)
        return known

    return value


def _prf(key: Evaluator, data: Evaluator) -> Evaluator:
    return lambda values: values.prf(key(values), data(values))


def _hash(data: Evaluator) -> Evaluator:
    return lambda values: values.hash(data(values))


def _block(digest: Evaluator) -> Evaluator:
    return lambda values: digest(values)[: values.block_length]


def _cipher_key(key: Evaluator) -> Evaluator:
    def value(values: Values) -> bytes:
        material, wanted = key(values), values.key_length
        if len(material) < wanted:
            return feedback(values.prf, material, wanted)
        start, end = 0, len(material) - 2 * wanted
        # DES takes "the first eight (8) non-weak and non-semi-weak bytes" (RFC 2409 Appendix B): the next eight, if
        # need be.
        while values.is_weak and values.is_weak(material[start : start + wanted]) and start <= end:
            start += wanted
        return material[start : start + wanted]

    return value


def feedback(prf: Callable[[bytes, bytes], bytes], key: bytes, wanted: int) -> bytes:
    """`K1 | K2 | ...` with `K1 = prf(key, 0)`, `Kn = prf(key, Kn-1)`: `wanted` octets of it (RFC 2409 Appendix B)."""
    last = prf(key, b"\0")
    material = last
    while len(material) < wanted:
        last = prf(key, last)
        material += last
    return material[:wanted]


def expand(prf: Callable[[bytes, bytes], bytes], key: bytes, seed: bytes, wanted: int) -> bytes:
    """`K1 | K2 | ...`, `K1 = prf(key, seed)`, `Kn = prf(key, Kn-1 | seed)`: `wanted` octets (RFC 2409 section 5.5)."""
    last = prf(key, seed)
    material = last
    while len(material) < wanted:
        last = prf(key, last + seed)
        material += last
    return material[:wanted]


_SYMBOLS: dict[str, Callable[..., Evaluator]] = {
    "prf": _prf,
    "hash": _hash,
    "block": _block,
    "cipher_key": _cipher_key,
}


def depends_on_message(term: Term) -> bool:
    """Whether a term covers what follows the hash: its value is of one message only, and never remembered."""
    return any(isinstance(subterm, Rest) for subterm in term.subterms())


# Found by identity: hashing a deep term costs more than most evaluations. The term is kept with its closure, so that
# no other can come to have its identity; terms are constants of the specification, and few.
_COMPILED: dict[int, tuple[Evaluator, Term]] = {}


@cache
def evaluator(term: Term) -> Evaluator:
    """The closure that computes a term.

    Raises:
        TypeError: the term has a symbol that is not computed by evaluation (encryption and signatures act on messages).
    """
    match term:
        case Def(name, body):
            return _define(name, evaluator(body), remember=not depends_on_message(body))
        case Dh():
            return _agree(term)
        case Atom() | Psk() | Exp():
            return _look_up(str(term))
        case Octet(number):
            constant = bytes([number])
            return lambda _: constant
        case Cat(parts):
            closures = tuple(map(evaluator, parts))
            return lambda values: b"".join([closure(values) for closure in closures])
        case Rest():
            return lambda values: values.rest
        case Payload(_, body) | Maybe(body):
            return evaluator(body)
        case Apply(symbol, args) if symbol in _SYMBOLS:
            return _SYMBOLS[symbol](*map(evaluator, args))
    raise TypeError(f"{term} is not computed by evaluation")
