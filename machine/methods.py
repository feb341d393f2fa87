"""Authentication methods at work: the hash that is signed, the signature over it."""

from __future__ import annotations

from functools import partial

from isakmp.machine.algebra import Values
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.exchanges import PHASE_1_FORMS
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Slot
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Def, Term


def auth_of(method: AuthMethod) -> Auth | None:
    """Which of the exchanges' forms a method takes; `None` where the table has none for it.

    A method of XAuth has the messages of its base form: XAuth itself follows phase 1.
    """
    known = AUTHENTICATIONS.get(method)
    return None if known is None or known.kind not in PHASE_1_FORMS else known.kind


def signed(slot: Slot) -> Def:
    """What the signature in a slot covers: HASH_I in SIG_I = sign(PrivKey_i, HASH_I).

    Raises:
        TypeError: the slot holds no signature over a defined value.
    """
    covered = slot.term.term.children[-1] if isinstance(slot.term, Def) else None
    if not isinstance(covered, Def):
        raise TypeError(f"{slot.name} signs no defined value")
    return covered


def signed_digest(values: Values, method: AuthMethod, definition: Def) -> bytes:
    """HASH_I or HASH_R as the method signs it.

    "if the signature algorithm is tied to a particular hash algorithm ... the signature will be over HASH_I and HASH_R
    as above, except using the HMAC version of the hash algorithm associated with the signature method" (RFC 2409
    section 5.1). What keys it (SKEYID) stays with the negotiated prf.
    """
    tied = AUTHENTICATIONS[method].hash
    if tied is None:
        return values[definition]
    values[_key_of(definition)]  # remembered from here on
    other = values.copy()
    other.store.pop(definition.name, None)
    other.prf = partial(values.backend.prf, tied)
    return other[definition]


def _key_of(definition: Def) -> Term:
    """SKEYID in HASH_I = prf(SKEYID, ...)."""
    return definition.term.children[0]
