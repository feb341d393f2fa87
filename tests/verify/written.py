"""Protocols written for a test, in the terms of the specification."""

from __future__ import annotations

from collections.abc import Mapping

from isakmp.spec import keying as k
from isakmp.spec.messages import Exchange, Message, Protection, Slot
from isakmp.spec.registries import ExchangeType, PayloadType
from isakmp.spec.terms import Apply, Atom, Def, Octet, Role, Term, hash_of
from isakmp.verify.models import Protocol

VECTOR = Apply("block", (hash_of(Octet(0)),))
"""The first vector of what is encrypted: everybody knows it."""
_KINDS = {"nonces": (k.NI, k.NR), "dh": (k.G_XI, k.G_XR), "offer": (k.SAI,), "transform": (k.SAR,)}


def protocol(
    name: str,
    secret: Term,
    *messages: tuple[Term, ...],
    keys: Mapping[int, Term] | None = None,
    header: tuple[Atom, ...] = (),
) -> Protocol:
    """A protocol of messages by the initiator and the responder in turns; what it keeps is one value.

    `keys` encrypt messages, by their numbers from 1; the others are in the clear. `header` is in front of each.
    """
    keys = keys or {}
    made = tuple(
        Message(
            f"M{number}",
            Role.I if number % 2 else Role.R,
            tuple(Slot(PayloadType.NONCE, term) for term in terms),
            Protection.ENCRYPTED if number in keys else Protection.CLEAR,
            (),
            "RFC2408:3.1",
            "RFC2408:3.1",
        )
        for number, terms in enumerate(messages, 1)
    )
    kept = Def("kept", secret, "RFC2408:3.1")
    exchange = Exchange(name, name, ExchangeType.BASE, 1, "CLASSIC", made, (kept,), "RFC2408:3.1")
    carried = {part for terms in messages for term in terms for part in term.subterms()}
    data = {kind: found for kind, terms in _KINDS.items() if (found := tuple(t for t in terms if t in carried))}
    return Protocol(
        name=name,
        exchange=exchange,
        messages=made,
        headers={message.name: header for message in made},
        ciphers={f"M{number}": key for number, key in keys.items()},
        vectors={"M1": VECTOR},
        secrets=(kept,),
        data=data,
        session_key=kept,
    )
