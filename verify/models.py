"""Protocols to be searched: a phase 1, a phase 2 with keys that are given, or both on top of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange, Message, Protection
from isakmp.spec.terms import Atom, Def, Sort, Term
from isakmp.spec.variants import STANDARD, Variant, composed, rewritten, sharing_keys, variants_of, verified

LEFT_E: Final = Atom("Ka", Sort.KEY)
"""The cipher key that phase 1 left behind, where phase 2 is looked at alone."""
LEFT: Final = frozenset({k.LEFT_A, k.LEFT_D, LEFT_E})
"""What two agents share when phase 2 is looked at alone."""
SECOND: Final = "'"
"""What is added to the names of values that a phase 2 draws on top of a phase 1 with values of the same name."""


@dataclass(frozen=True)
class Protocol:
    """What is searched: messages in order, the secrets that they lead to, and the values that the ends may agree on.

    `headers` are the values in the header of each message, `ciphers` the keys of encrypted ones, by the message's name;
    `vectors` are the first vectors, by the name of the message from which on they count.
    `session_key` is what the protocol is for; None where it makes no keys. `forms` are the names of the form that an
    exchange comes in (quick mode: with forward secrecy or not), `variant` is what was changed, and `changed` what came
    of the exchange, with all that is optional; `checks_ids` says that an end takes no message id twice under one ISAKMP
    SA, `degenerate` that it takes public values that lead to no secret. `under` is the exchange of phase 1 that one of
    phase 2 follows, `beside` are protocols that the same agents run with the same long-term keys.
    """

    name: str
    exchange: Exchange
    messages: tuple[Message, ...]
    headers: Mapping[str, tuple[Atom, ...]]
    ciphers: Mapping[str, Term]
    vectors: Mapping[str, Term]
    secrets: tuple[Def, ...]
    data: Mapping[str, tuple[Term, ...]]
    session_key: Def | None
    auth: Auth | None = None
    forms: tuple[str, ...] = ()
    variant: str = STANDARD
    changed: Exchange | None = None
    under: Exchange | None = None
    beside: tuple[Protocol, ...] = ()
    checks_ids: bool = False
    degenerate: bool = False

    @property
    def begins(self) -> Exchange:
        """The exchange that a session begins with: that of phase 1, where there is one under it."""
        return self.exchange if self.under is None else self.under

    @property
    def title(self) -> str:
        """The exchange, with that of phase 1 where one is under it: "main", "main+quick"."""
        return self.exchange.name if self.under is None else f"{self.under.name}+{self.exchange.name}"

    @property
    def key(self) -> str:
        """The same, with the form of authentication: "main-psk", "main-psk+quick"."""
        return self.exchange.key if self.under is None else f"{self.under.key}+{self.exchange.key}"

    @property
    def changes(self) -> str:
        """The form and the variant in one word: "pfs+no-identities", "third-encrypted", "standard"."""
        return "+".join((*self.forms, *([] if self.variant == STANDARD else [self.variant]))) or STANDARD

    def exchange_of(self, message: Message) -> Exchange:
        """The exchange that a message belongs to: where two are on top of each other, one of them."""
        below = self.under is not None and any(each.name == message.name for each in self.under.messages)
        return self.under if self.under is not None and below else self.exchange

    def header(self, message: Message) -> tuple[Atom, ...]:
        """The values in the header of a message."""
        return self.headers[message.name]

    def cipher_key(self, message: Message) -> Term:
        """The key that encrypts a message."""
        return self.ciphers[message.name]

    def message(self, name: str) -> Message:
        """The message of that name.

        Raises:
            KeyError: there is none.
        """
        return next(message for message in self.messages if message.name == name)


def alone(exchange: Exchange) -> Protocol:
    """An exchange by itself: phase 1, or phase 2 under keys that two agents share and nobody else has."""
    exchange = settled(exchange)
    if exchange.auth is not None:
        return _phase_1(exchange, exchange.auth)
    messages = exchange.messages
    return Protocol(
        name=exchange.key,
        exchange=exchange,
        messages=messages,
        headers={message.name: (k.M_ID,) for message in messages},
        ciphers={message.name: LEFT_E for message in messages},
        vectors={messages[0].name: k.IV_PHASE_2},
        secrets=exchange.keys,
        data=_data(messages),
        session_key=exchange.keys[0] if exchange.keys else None,
    )


def _phase_1(exchange: Exchange, auth: Auth) -> Protocol:
    messages = exchange.messages
    return Protocol(
        name=exchange.key,
        exchange=exchange,
        messages=messages,
        headers={message.name: (k.CKY_I, k.CKY_R)[: 1 + (message is not messages[0])] for message in messages},
        ciphers={message.name: exchange.keys[-1] if exchange.keys else k.cipher_key(auth) for message in messages},
        vectors={messages[0].name: k.IV_PHASE_1},
        secrets=tuple(key for key in exchange.keys if key.name.startswith("SKEYID_")),
        data={**_data(messages), "cookies": (k.CKY_I, k.CKY_R)},  # in every header, whether a hash covers them or not
        session_key=k.skeyid_d(auth) if exchange.keys else None,
        auth=auth,
    )


def on_top(first: Exchange, second: Exchange, *, crossed: bool = False) -> Protocol:
    """A phase 2 exchange under the ISAKMP SA of a phase 1 exchange; `crossed` where the responder begins it."""
    below = alone(first)
    if below.auth is None:
        raise ValueError(f"{first.key} is no exchange of phase 1")
    auth = below.auth
    keys: dict[Term, Term] = {k.LEFT_A: k.skeyid_a(auth), k.LEFT_D: k.skeyid_d(auth)}

    def change(term: Term) -> Term:
        if isinstance(term, Atom) and term.by is not None and term not in keys:
            by = term.by.other if crossed else term.by
            return Atom(term.name + SECOND, term.kind, by, term.fresh)
        return keys.get(term, term)

    second = settled(second)
    above = tuple(
        replace(rewritten(message, change), sender=message.sender.other if crossed else message.sender)
        for message in second.messages
    )
    secrets = tuple(rewritten(key, change) for key in second.keys)
    header = (k.CKY_I, k.CKY_R, cast(Atom, change(k.M_ID)))
    return Protocol(
        name=f"{below.name}+{second.name}",
        exchange=second,
        messages=(*below.messages, *above),
        headers={**below.headers, **{message.name: header for message in above}},
        ciphers={**below.ciphers, **{message.name: k.cipher_key(auth) for message in above}},
        vectors={**below.vectors, above[0].name: rewritten(k.IV_PHASE_2, change)},
        secrets=secrets or below.secrets,
        data=_data(above),
        session_key=secrets[0] if secrets else below.session_key,
        auth=auth,
        under=below.exchange,
    )


def settled(exchange: Exchange) -> Exchange:
    """An exchange whose choices are made as the figures show them: what is optional is left out, `HDR[*]` is clear."""
    messages = tuple(
        replace(
            message,
            slots=tuple(slot for slot in message.slots if not slot.optional),
            protection=Protection.CLEAR if message.protection is Protection.EITHER else message.protection,
        )
        for message in exchange.messages
    )
    return replace(exchange, messages=messages)


# The values that both ends should agree on, by the name of the claim's part: sorts, or how their names begin.
_DATA: Final[dict[str, tuple[Sort | str, ...]]] = {
    "nonces": (Sort.NONCE,),
    "cookies": (Sort.COOKIE,),
    "dh": (Sort.ELEMENT,),
    "offer": ("SAi_b",),
    "transform": ("SAr_b",),
    "information": (Sort.OCTETS,),
}


def _data(messages: tuple[Message, ...]) -> dict[str, tuple[Term, ...]]:
    """What travels in payloads, by kind; on top of a phase 1 its cookies are in the keys."""
    carried = dict.fromkeys(
        part
        for message in messages
        for slot in message.slots
        if not slot.optional
        for part in slot.term.subterms()
        if isinstance(part, Atom) or part.sort is Sort.ELEMENT
    )
    found: dict[str, tuple[Term, ...]] = {}
    for name, wanted in _DATA.items():
        terms = tuple(
            term
            for term in carried
            if term.sort in wanted or str(term).startswith(tuple(name for name in wanted if isinstance(name, str)))
        )
        if terms:
            found[name] = terms
    return found


def varied(exchange: Exchange, variant: Variant) -> Protocol:
    """A variant of an exchange, by itself.

    Raises:
        VariantError: it does not fit; the message says what it misses.
        SortError: a formula of it is ill-formed.
    """
    made = alone(variant.change(settled(exchange)))
    return replace(
        made,
        variant=variant.name,
        changed=variant.change(exchange),
        checks_ids=variant.checks_ids,
        degenerate=variant.degenerate,
    )


def protocols() -> Iterator[Protocol]:
    """Every exchange by itself, each followed by its variants; then phase 2 on top of each phase 1 that makes keys."""
    for exchange, forms in verified():
        made = [alone(exchange), *(varied(exchange, variant) for variant in variants_of(exchange))]
        made += [replace(made[0], variant=variant, beside=(alone(other),)) for variant, other in sharing_keys(exchange)]
        name = "-".join((exchange.key, *forms))
        yield from (replace(each, name=name, forms=forms) for each in made)
    for first, second, forms in composed():
        yield replace(on_top(first, second), name="-".join((f"{first.key}+{second.key}", *forms)), forms=forms)
