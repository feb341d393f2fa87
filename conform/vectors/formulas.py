"""Computed values with all that went into them: which function, each argument part by part, the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from isakmp.machine.algebra import Values
from isakmp.spec.algorithms import HASHES
from isakmp.spec.citations import parse_cite
from isakmp.spec.registries import HashAlgorithm
from isakmp.spec.terms import Apply, Cat, Def, Dh, Rest, Sort, Term

Json = dict[str, Any]

AFTER_HASH: Final = "payloads after HASH"
"""What a hash of phase 2 covers of its message: all payloads behind it, with their headers, without padding."""

_HASHING = frozenset({"prf", "hash", "expand", "cipher_key"})
"""Symbols that the negotiated hash, or HMAC with it, stands behind."""


def place(cite: str) -> Json:
    """A citation as two members."""
    document, section = parse_cite(cite)
    return {"document": document, "section": section}


def computed(values: Values, definition: Def, algorithm: HashAlgorithm, value: bytes | None = None) -> Iterator[Json]:
    """What a definition computes, and from what; hashes within its formula come first, under their formulas as names.

    Args:
        values: all that its formula needs.
        definition: name, formula and section.
        algorithm: the hash behind it.
        value: the result, where it is not what the formula gives with the negotiated hash.

    Raises:
        MissingValueError: a value is not known.

    """
    term = definition.term
    if not isinstance(term, Apply):
        raise TypeError(f"{definition.equation} applies no function")
    for argument in term.children:
        if isinstance(argument, Apply):
            applied = _applied(values, argument, definition.cite, algorithm)
            yield {"name": str(argument), **applied, "value": values[argument].hex()}
    result = values[definition] if value is None else value
    yield {"name": definition.name, **_applied(values, term, definition.cite, algorithm), "value": result.hex()}


def _applied(values: Values, term: Apply, cite: str, algorithm: HashAlgorithm) -> Json:
    """One application of a function. A private key is no argument: `credentials` has it."""
    arguments = [argument for argument in term.children if argument.sort is not Sort.PRIVATE_KEY]
    return {
        "formula": str(term),
        **place(cite),
        "function": term.symbol,
        **({"hash": HASHES[algorithm].name} if term.symbol in _HASHING else {}),
        "arguments": [list(_parts(values, argument)) for argument in arguments],
    }


def agreed(values: Values, term: Dh) -> Json:
    """The shared element of a Diffie-Hellman exchange."""
    return {
        "name": str(term),
        "formula": str(term),
        **place("RFC2409:5"),
        "function": "dh",
        "arguments": [[{"name": str(public), "value": values[public].hex()}] for public in (term.x, term.y)],
        "value": values[term].hex(),
    }


def shared_in(definition: Def) -> Iterator[Dh]:
    """The shared elements that a definition rests on."""
    return (term for term in definition.subterms() if isinstance(term, Dh))


def _parts(values: Values, argument: Term) -> Iterator[Json]:
    """What is concatenated in an argument."""
    for part in argument.children if isinstance(argument, Cat) else (argument,):
        name = AFTER_HASH if isinstance(part, Rest) else str(part)
        yield {"name": name, "value": values[part].hex()}
