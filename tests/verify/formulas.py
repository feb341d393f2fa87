"""Every formula of the tables with its arguments, and protocols in which formulas have lost some of them.

A formula is what the RFC prints: SKEYID_d is one, whatever SKEYID is made of. Its arguments are what stands in it by
name: values, payloads, constants, keys, and other formulas, which have arguments of their own. `F:A` names the argument
A of the formula F.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial

from isakmp.spec import keying as k
from isakmp.spec.exchanges import exchanges, quick_mode
from isakmp.spec.messages import Exchange
from isakmp.spec.terms import Apply, Atom, Cat, Def, Rest, Sort, Term, definitions
from isakmp.spec.variants import rewritten
from isakmp.verify.models import SECOND, Protocol

Dropped = Mapping[str, Collection[str]]
"""The arguments that formulas have lost, by the equations of the formulas."""

NO_KEY = Atom("no key", Sort.KEY)
"""What keys a function that has lost its key: a value that everybody knows."""
NOTHING = Atom("nothing", Sort.DIGEST)
"""What a function is of that has lost all that it was of."""
NAT_D = Def("NAT-D", k.NAT_D_HASH, "RFC3947:3.2")
"""The formula of NAT discovery, which has no name in the tables."""


@lru_cache
def formulas() -> dict[str, Def]:
    """The formulas of all exchanges by their equations, each after those that it uses.

    Quick mode is taken in its fullest form, with a public value of its own and the identities of clients; its keys with
    and without that value.
    """
    fixed = (*(each for each in exchanges() if each.protected), quick_mode(pfs=True, identities=True))
    terms = [slot.term for each in fixed for message in each.messages for slot in message.slots]
    keys = [key for each in fixed for key in each.keys]
    found = definitions(*terms, *keys, k.IV_PHASE_1, k.IV_PHASE_2, NAT_D)
    return {each.equation: each for each in found if "[" not in each.equation}


def arguments(formula: Term) -> tuple[str, ...]:
    """The names of the arguments of a formula, in their order; each has one of its own."""
    return tuple(str(argument) for argument in _arguments(formula))


def _arguments(term: Term) -> Iterator[Term]:
    body = term.term if isinstance(term, Def) else term
    for child in body.children:
        if isinstance(child, (Apply, Cat, Rest)):
            yield from _arguments(child)
        else:
            yield child


# ---- what is left ----------------------------------------------------------------------------------------------------


def without(formula: Def, dropped: Collection[str]) -> Term:
    """The definition without some of its arguments."""
    (left,) = _left(formula.term, dropped)
    return left


def _left(term: Term, dropped: Collection[str]) -> tuple[Term, ...]:
    """What is left of a term: one term, or none if all that it was of is dropped."""
    match term:
        case Cat(parts) | Rest(parts):
            rest = tuple(left for part in parts for left in _left(part, dropped))
            return (type(term)(rest),) if rest else ()
        case Apply("sign", (key, digest)) if str(key) in dropped:  # without the private key, what was to be signed
            return _left(digest, dropped) or (NOTHING,)
        case Apply(symbol, args):
            kept = zip(args, (_left(arg, dropped) for arg in args), strict=True)
            return (Apply(symbol, tuple(left[0] if left else _instead(arg) for arg, left in kept)),)
    return () if str(term) in dropped else (term,)


def _instead(argument: Term) -> Term:
    return NO_KEY if argument.sort is Sort.KEY else NOTHING


def equation(formula: Def) -> str:
    """The equation of a formula, also where it stands in a phase 2 that has names of its own."""
    return formula.equation.replace(SECOND, "")


def weakened(protocol: Protocol, dropped: Dropped) -> Protocol:
    """A protocol in which formulas have lost arguments, in all that rests on them."""
    change = partial(_weaker, dropped)
    return replace(
        protocol,
        messages=rewritten(protocol.messages, change),
        ciphers={name: rewritten(key, change) for name, key in protocol.ciphers.items()},
        vectors={name: rewritten(vector, change) for name, vector in protocol.vectors.items()},
        secrets=rewritten(protocol.secrets, change),
        session_key=rewritten(protocol.session_key, change),
    )


def weaker(exchange: Exchange, dropped: Dropped) -> Exchange:
    """An exchange in which formulas have lost arguments: what a variant is made of then."""
    return rewritten(exchange, partial(_weaker, dropped))


def _weaker(dropped: Dropped, term: Term) -> Term:
    if not isinstance(term, Def) or equation(term) not in dropped:
        return term
    names = dropped[equation(term)]
    return replace(term, term=without(term, {each for name in names for each in (name, name + SECOND)}))


def used(protocol: Protocol) -> frozenset[str]:
    """The equations of the formulas that a protocol rests on."""
    slots = (slot.term for message in protocol.messages for slot in message.slots)
    found = definitions(*slots, *protocol.ciphers.values(), *protocol.vectors.values(), *protocol.secrets)
    return frozenset(map(equation, found))
