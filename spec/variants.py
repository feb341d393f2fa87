"""Exchanges as somebody has proposed to change them, or as some peers run them: a few lines over the original each.

A variant takes an exchange and gives another; what it does not touch stays. Terms are changed throughout, so an
argument that a formula loses is lost in every key that rests on it. An ill-formed variant fails when it is made: a
formula by the sort that it misses (`isakmp.spec.terms`), a message or a payload by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from typing import TypeVar, cast

from isakmp.spec import keying as k
from isakmp.spec.exchanges import PHASE_1, exchanges, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange, Message, Protection, Slot
from isakmp.spec.registries import ExchangeType, PayloadType
from isakmp.spec.terms import Apply, Cat, Def, Role, Term, pk_enc

T = TypeVar("T")
Change = Callable[[Exchange], Exchange]
STANDARD = "standard"


@dataclass(frozen=True)
class Variant:
    """A change: its name, what it does and where it comes from, and the exchanges that it is for.

    `checks_ids` and `degenerate` are changes of what an end checks: that it takes no message id twice, and that it
    takes public values that lead to no secret.
    """

    name: str
    title: str
    source: str
    fits: Callable[[Exchange], bool]
    change: Change
    checks_ids: bool = False
    degenerate: bool = False


class VariantError(ValueError):
    """A variant that does not fit its exchange: which message, payload or term it misses."""


# ---- what variants are made of -------------------------------------------------------------------------------------


def rewritten(value: T, change: Callable[[Term], Term]) -> T:
    """A term, or what holds terms, with each of its subterms changed, innermost first."""
    if isinstance(value, tuple):
        return cast("T", tuple(rewritten(each, change) for each in value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    parts = {each.name: getattr(value, each.name) for each in fields(value)}
    new = {name: rewritten(part, change) for name, part in parts.items()}
    changed = value if all(new[name] is parts[name] for name in new) else replace(value, **new)
    return cast("T", change(changed)) if isinstance(changed, Term) else changed


def swap(exchange: Exchange, old: Term, new: Term) -> Exchange:
    """An exchange with another term wherever one stands, in messages and in keys.

    Raises:
        VariantError: the term stands nowhere.
    """
    found = rewritten(exchange, lambda term: new if term == old else term)
    if found == exchange:
        raise VariantError(f"{exchange.key}: {old} stands nowhere in it")
    return found


def redefine(exchange: Exchange, name: str, new: Callable[[Def], Term]) -> Exchange:
    """An exchange with another definition of what has that name.

    Raises:
        VariantError: nothing has that name.
    """

    def change(term: Term) -> Term:
        return replace(term, term=new(term)) if isinstance(term, Def) and term.name == name else term

    found = rewritten(exchange, change)
    if found == exchange:
        raise VariantError(f"{exchange.key}: nothing in it is called {name}")
    return found


def covering(exchange: Exchange, name: str, *more: Term) -> Exchange:
    """An exchange in which a keyed hash covers more."""
    return redefine(exchange, name, lambda found: _with_data(found.term, lambda data: Cat((*data, *more))))


def not_covering(exchange: Exchange, name: str, term: Term) -> Exchange:
    """An exchange in which a keyed hash does not cover a part."""
    return redefine(
        exchange, name, lambda found: _with_data(found.term, lambda data: Cat(tuple(p for p in data if p != term)))
    )


def _with_data(term: Term, change: Callable[[tuple[Term, ...]], Cat]) -> Term:
    if not (isinstance(term, Apply) and term.symbol == "prf" and isinstance(term.args[1], Cat)):
        raise VariantError(f"{term}: no keyed hash over a concatenation")
    return Apply("prf", (term.args[0], change(term.args[1].parts)))


def remade(exchange: Exchange, name: str, change: Callable[[Message], Message]) -> Exchange:
    """An exchange with one of its messages changed.

    Raises:
        VariantError: it has no message of that name.
    """
    if name not in {message.name for message in exchange.messages}:
        raise VariantError(f"{exchange.key} has no message {name}")
    return replace(exchange, messages=tuple(change(m) if m.name == name else m for m in exchange.messages))


def slots(exchange: Exchange, name: str, new: Callable[[tuple[Slot, ...]], tuple[Slot, ...]]) -> Exchange:
    """An exchange with other payloads in one of its messages."""
    return remade(exchange, name, lambda message: replace(message, slots=new(message.slots)))


# ---- the variants ----------------------------------------------------------------------------------------------------


def _main(*forms: Auth) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.type is ExchangeType.IDENTITY_PROTECTION and exchange.auth in forms


def _of(type_: ExchangeType) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.type is type_


def _identities(exchange: Exchange) -> dict[Role, tuple[Slot, ...]]:
    """The payloads of a main mode that name its ends, by who sends them."""
    return {
        message.sender: tuple(slot for slot in message.slots if slot.payload is PayloadType.ID)
        for message in exchange.messages[-2:]
    }


def _early_identity(exchange: Exchange) -> Exchange:
    named = _identities(exchange)
    for name, role in (("MM3", Role.I), ("MM4", Role.R)):
        exchange = slots(exchange, name, lambda old, role=role: (*old, *named[role]))  # type: ignore[misc]
    for name in ("MM5", "MM6"):
        exchange = slots(exchange, name, lambda old: tuple(s for s in old if s.payload is not PayloadType.ID))
    return exchange


def _responder_first(exchange: Exchange) -> Exchange:
    """The responder proves itself in MM4, encrypted; MM6 goes."""
    last = exchange.message("MM6").slots
    changed = remade(
        exchange,
        "MM4",
        lambda m: replace(m, slots=(*m.slots, *(_sealed(exchange, slot) for slot in last))),
    )
    return replace(changed, messages=changed.messages[:-1])


def _sealed(exchange: Exchange, slot: Slot) -> Slot:
    return replace(slot, term=Apply("body_enc", (exchange.keys[-1], slot.term)))


def _together(exchange: Exchange) -> Exchange:
    for name, role in (("MM3", Role.I), ("MM4", Role.R)):
        exchange = slots(exchange, name, partial(_one_ciphertext, role))
    return exchange


def _one_ciphertext(by: Role, old: tuple[Slot, ...]) -> tuple[Slot, ...]:
    sealed = [slot for slot in old if slot.sealed]
    body = Cat(tuple(slot.value for slot in sealed))
    return (*(slot for slot in old if not slot.sealed), Slot(PayloadType.NONCE, pk_enc(by.other, body)))


def _peers_named(exchange: Exchange) -> Exchange:
    return covering(covering(exchange, "HASH_I", k.IDIR), "HASH_R", k.IDII)


def _third_encrypted(exchange: Exchange) -> Exchange:
    return remade(exchange, "AM3", lambda message: replace(message, protection=Protection.ENCRYPTED))


def _keys_without_psk(exchange: Exchange) -> Exchange:
    """What encrypts identities rests on nonces and g^xy alone; what proves, on the shared key."""
    free = k.SKEYID[Auth.SIGNATURE]
    return redefine(exchange, "Ka", lambda _: Apply("cipher_key", (Def("SKEYID_x", free.term, free.cite, free.kind),)))


def _unchanged(exchange: Exchange) -> Exchange:
    return exchange


_PERLMAN = "Perlman, Kaufman, Analysis of the IPSec Key Exchange Standard, 2001"
_CREMERS = "Cremers, Key Exchange in IPsec Revisited, 2011"
_GENERIC = (Auth.PSK, Auth.SIGNATURE)

VARIANTS: tuple[Variant, ...] = (
    Variant("third-encrypted", "the third message of aggressive mode is encrypted", "RFC 2409 section 5",
            _of(ExchangeType.AGGRESSIVE), _third_encrypted),
    Variant("early-identity", "identities travel before the proofs, so that a key can be found by them", _PERLMAN,
            _main(*_GENERIC), _early_identity),
    Variant("responder-first", "the responder proves itself in the fourth message, before the initiator", _PERLMAN,
            _main(Auth.SIGNATURE), _responder_first),
    Variant("keys-without-psk", "what encrypts the identities does not rest on the shared key", _PERLMAN,
            _main(Auth.PSK), _keys_without_psk),
    Variant("together", "nonce and identity are encrypted in one piece", _CREMERS, _main(Auth.ENCRYPTION), _together),
    Variant("peers-named", "both hashes cover both identities", _CREMERS,
            lambda exchange: exchange.type in PHASE_1 and exchange.auth in _GENERIC, _peers_named),
    Variant("offer-not-covered", "HASH_I and HASH_R do not cover the offer", "RFC 2409 section 5, for comparison",
            _main(*_GENERIC),
            lambda exchange: not_covering(not_covering(exchange, "HASH_I", k.SAI), "HASH_R", k.SAI)),
    Variant("unchecked-values", "public values that lead to no secret are taken", "for comparison",
            lambda exchange: exchange.auth is not None and bool(exchange.keys), _unchanged, degenerate=True),
    Variant("ids-remembered", "no message id is taken twice under one ISAKMP SA, one's own included",
            "RFC 2408 section 3.1", lambda exchange: exchange.auth is None and exchange.protected, _unchanged,
            checks_ids=True),
)  # fmt: skip
"""The variants that are shipped."""


# ---- long-term keys that serve several exchanges ---------------------------------------------------------------------

_RSA = frozenset({Auth.SIGNATURE, Auth.ENCRYPTION, Auth.REVISED})
"""Forms of authentication that one RSA key can serve."""
_PHASE_1 = tuple(exchange for forms in PHASE_1.values() for exchange in forms.values())


def sharing_keys(exchange: Exchange) -> Iterator[tuple[str, Exchange]]:
    """What the same hosts may run with the same long-term keys, each with the name of that variant.

    It is another exchange with the same authentication ("with-aggressive"), or the same exchange with another form of
    it that one RSA key can serve ("with-signature").
    """
    for other in _PHASE_1:
        if other is exchange or exchange.auth is None:
            continue
        if other.auth is exchange.auth:
            yield f"with-{other.name}", other
        elif other.type is exchange.type and other.auth is not None and {other.auth, exchange.auth} <= _RSA:
            yield f"with-{other.auth.value}", other


PFS, NO_IDENTITIES = "pfs", "no-identities"
VARIANT_NAMES: tuple[str, ...] = (
    STANDARD,
    PFS,
    NO_IDENTITIES,
    *(variant.name for variant in VARIANTS),
    *dict.fromkeys(name for exchange in _PHASE_1 for name, _ in sharing_keys(exchange)),
)
"""The names of all variants, and of the forms in which quick mode comes."""


def verified() -> tuple[tuple[Exchange, tuple[str, ...]], ...]:
    """The exchanges that are verified as the documents have them, each with the names of its form.

    Quick mode comes in four: with and without forward secrecy, with and without the identities of clients.
    """
    quick = tuple(
        (quick_mode(pfs=pfs, identities=named), (*([PFS] if pfs else []), *([] if named else [NO_IDENTITIES])))
        for pfs in (False, True)
        for named in (True, False)
    )
    others = [each for each in exchanges() if each.type is not ExchangeType.QUICK and each.protected]
    first, second = ([(e, ()) for e in others if (e.auth is None) is below] for below in (False, True))
    return (*first, *quick, *second)


_ON_TOP = frozenset({ExchangeType.QUICK, ExchangeType.INFORMATIONAL})


def composed() -> Iterator[tuple[Exchange, Exchange, tuple[str, ...]]]:
    """Exchanges of phase 1 that make keys, each with one of phase 2 on top, and the names of that one's form.

    Between a hybrid authentication and phase 2 stands XAuth, which authenticates the other end.
    """
    above = [(each, forms) for each, forms in verified() if each.type in _ON_TOP and PFS not in forms]
    for first in _PHASE_1:
        if first.keys and first.auth is not None and not first.auth.hybrid:
            yield from ((first, second, forms) for second, forms in above)


def variants_of(exchange: Exchange) -> tuple[Variant, ...]:
    """The variants that are for an exchange."""
    return tuple(variant for variant in VARIANTS if variant.fits(exchange))
