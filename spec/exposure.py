"""What an exchange exposes, computed from its templates: identities, chances to guess a shared key, replays.

An observer knows what travels in the clear. Who takes part under a false name knows its own secrets besides, and gets
messages for as long as it is not asked for a proof that it cannot give. From these values, and a guess for the shared
key, formulas are either computable or not; nothing else is needed to say what is exposed.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from isakmp.spec import keying as k
from isakmp.spec.frozen import frozen
from isakmp.spec.messages import Exchange, Message, Protection, Slot
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Apply, Atom, Def, Dh, Exp, PrivateKey, Psk, Role, Sort, Term


class Stance(Enum):
    """Where somebody who is not the peer stands."""

    PASSIVE = "observer"
    AS_INITIATOR = "posing as the initiator"
    AS_RESPONDER = "posing as the responder"

    @property
    def role(self) -> Role | None:
        """The role that it poses in."""
        return {Stance.AS_INITIATOR: Role.I, Stance.AS_RESPONDER: Role.R}.get(self)


@frozen
class Seen:
    """A message as an outsider gets it: readable or not, and what it knows by then."""

    message: Message
    readable: bool
    known: frozenset[str]


def computable(term: Term, known: frozenset[str], *, guess: bool) -> bool:
    """Whether a term's value follows from known values (by their names); `guess` says that a shared key is at hand."""
    if str(term) in known:
        return True
    match term:
        case Psk():
            return guess
        case Atom() | Exp() | PrivateKey():
            return False
        case Dh(x, y):
            return any(str(public.x) in known for public in (x, y))
        case Def(_, body):
            return computable(body, known, guess=guess)
        case Apply("sign", _):
            return False
    return all(computable(child, known, guess=guess) for child in term.children)


def witnessed(exchange: Exchange, stance: Stance, *, guess: bool = False) -> Iterator[Seen]:
    """The messages that an outsider gets to see, in order, up to where it would have to prove who it is.

    With `guess`, what would open under a right guess of the shared key is readable.
    """
    known = {str(k.CKY_I), str(k.CKY_R), str(k.M_ID)}
    role, auth = stance.role, exchange.auth
    if role is not None:
        known |= {str(atom) for atom in _own(exchange, role)}
    for message in exchange.messages:
        if message.sender is role and any(slot.proves for slot in message.slots):
            return
        opens = auth is not None and computable(k.cipher_key(auth), frozenset(known), guess=guess)
        readable = message.protection is not Protection.ENCRYPTED or opens
        if readable:
            known |= {str(slot.term) for slot in message.slots}
        yield Seen(message, readable, frozenset(known))


def _own(exchange: Exchange, role: Role) -> Iterator[Atom]:
    """What a role chooses or draws itself, whoever plays it."""
    terms = [slot.term for message in exchange.messages for slot in message.slots]
    for term in (*terms, *exchange.keys):
        for part in term.subterms():
            if isinstance(part, Atom) and part.by is role:
                yield part


def identities_exposed(exchange: Exchange, stance: Stance) -> tuple[str, ...]:
    """Which identities an outsider reads, with the message that tells: `IDii (AM1)`. Its own are left out."""
    role = stance.role
    return tuple(
        f"{slot.subject} ({seen.message.name})"
        for seen in witnessed(exchange, stance)
        if seen.readable and seen.message.sender is not role
        for slot in seen.message.slots
        if slot.payload is PayloadType.ID and slot.term.sort is Sort.IDENTITY
    )


def guessable(exchange: Exchange, stance: Stance) -> str | None:
    """The message by which an outsider tests guesses of a shared key offline; None if there is none."""
    role = stance.role
    for seen in witnessed(exchange, stance, guess=True):
        if not seen.readable or seen.message.sender is role:
            continue
        for slot in seen.message.slots:
            if slot.proves and _tests_a_guess(slot, seen.known):
                return seen.message.name
    return None


def _tests_a_guess(slot: Slot, known: frozenset[str]) -> bool:
    term = slot.term
    covered = term.term if isinstance(term, Def) else term
    if not any(isinstance(part, Psk) for part in covered.subterms()):
        return False
    others = known - {str(term)}
    return computable(covered, others, guess=True) and not computable(covered, others, guess=False)


def replayable(exchange: Exchange) -> tuple[str, ...]:
    """The proofs that cover nothing fresh of their receiver, and so convince it again when they are replayed."""
    return tuple(
        f"{slot.subject} ({message.name})"
        for message in exchange.messages
        for slot in message.slots
        if slot.proves and not _covers_fresh(slot.term, message.sender.other)
    )


def _covers_fresh(term: Term, of: Role) -> bool:
    return any(isinstance(part, Atom) and part.fresh and part.by is of for part in term.subterms())
