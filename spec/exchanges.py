"""The exchanges, each written once, as the figures of RFC 2409 show them.

Message names are those of the field: MM1..MM6, AM1..AM3, QM1..QM3. All else (state names, transition rows, what a
sender builds and a receiver checks, the verifier's roles, the drawings) is derived from what stands here.
"""

from __future__ import annotations

from functools import lru_cache

from isakmp.spec import keying as k
from isakmp.spec.carried import FIGURE, closing, leading, proof, secrets
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange, Message, Protection, Slot
from isakmp.spec.registries import ExchangeType, PayloadType
from isakmp.spec.terms import Def, Role, Term

P = PayloadType
I, R = Role.I, Role.R
CLEAR, ENCRYPTED, EITHER = Protection.CLEAR, Protection.ENCRYPTED, Protection.EITHER

# Payloads that may be added to a message. Vendor IDs: RFC 2408 section 3.16 (any message of phase 1). Certificate
# requests "may be added to any exchange": RFC 2408 section 3.10. Notifications: RFC 2408 section 3.14 and RFC 2407
# section 4.6.3 (INITIAL-CONTACT in the last messages of main mode and in quick mode). Certificates, which "MUST be
# accepted at any point during an exchange": RFC 2408 section 3.9. NAT discovery: RFC 3947
# sections 3.2 and 5.2, and the drafts' private numbers for the same payloads.
CERTIFICATES = frozenset({P.CERT, P.CR})
NEGOTIATION_EXTRAS = frozenset({P.VID, P.N}) | CERTIFICATES
NAT_DETECTION = frozenset({P.NAT_D, P.NAT_D_DRAFT})
NAT_ORIGINAL = frozenset({P.NAT_OA, P.NAT_OA_DRAFT})
PHASE_1_EXTRAS = NEGOTIATION_EXTRAS | NAT_DETECTION

SA_FIRST = (P.SA,)


def phase_1_keys(auth: Auth) -> tuple[Def, ...]:
    """All keys of phase 1, in the order of their derivation."""
    return (k.SKEYID[auth], k.skeyid_d(auth), k.skeyid_a(auth), k.skeyid_e(auth), k.cipher_key(auth))


@lru_cache
def main_mode(auth: Auth) -> Exchange:
    """Main mode: ISAKMP's identity protection exchange (RFC 2409 sections 5.1 to 5.4, RFC 2408 section 4.5)."""
    figure = FIGURE[auth]

    def message(
        number: int, by: Role, slots: tuple[Slot, ...], how: Protection, leading: tuple[PayloadType, ...] = ()
    ) -> Message:
        extras = NEGOTIATION_EXTRAS if leading == SA_FIRST else PHASE_1_EXTRAS
        cite = "RFC2409:5" if leading in ((), SA_FIRST) else figure
        return Message(f"MM{number}", by, slots, how, leading, figure, cite, extras)

    return Exchange(
        name="main",
        title="Main Mode",
        type=ExchangeType.IDENTITY_PROTECTION,
        phase=1,
        prefix="MAIN",
        auth=auth,
        messages=(
            message(1, I, (Slot(P.SA, k.SAI),), CLEAR, SA_FIRST),
            message(2, R, (Slot(P.SA, k.SAR),), CLEAR, SA_FIRST),
            message(3, I, secrets(I, auth), CLEAR, leading(I, auth)),
            message(4, R, secrets(R, auth), CLEAR, leading(R, auth)),
            message(5, I, closing(I, auth), ENCRYPTED),
            message(6, R, closing(R, auth), ENCRYPTED),
        ),
        keys=phase_1_keys(auth),
        cite=figure,
    )


@lru_cache
def aggressive_mode(auth: Auth) -> Exchange:
    """Aggressive mode: ISAKMP's aggressive exchange (RFC 2409 sections 5.1 to 5.4, RFC 2408 section 4.7)."""
    figure = FIGURE[auth]
    offer = (Slot(P.SA, k.SAI), *secrets(I, auth, aggressive=True))
    answer = (Slot(P.SA, k.SAR), *secrets(R, auth, aggressive=True), *proof(R, auth))
    return Exchange(
        name="aggressive",
        title="Aggressive Mode",
        type=ExchangeType.AGGRESSIVE,
        phase=1,
        prefix="AGGR",
        auth=auth,
        messages=(
            Message("AM1", I, offer, CLEAR, SA_FIRST, figure, "RFC2409:5", PHASE_1_EXTRAS),
            Message("AM2", R, answer, CLEAR, SA_FIRST, figure, "RFC2409:5", PHASE_1_EXTRAS),
            # "The graphic depictions of Aggressive Mode show the final payload in the clear; it need not be."
            Message("AM3", I, proof(I, auth), EITHER, (), figure, "RFC2409:5", PHASE_1_EXTRAS),
        ),
        keys=phase_1_keys(auth),
        cite=figure,
    )


GENERIC_FORMS = (Auth.PSK, Auth.SIGNATURE)
"""The forms of authentication in the exchanges that RFC 2408 alone defines: it knows no encrypted bodies."""


def _generic(name: str, by: Role, *slots: Slot, cite: str) -> Message:
    """A message of an exchange that RFC 2408 defines: in the clear, the SA first where there is one."""
    first = SA_FIRST if slots[0].payload is P.SA else ()
    return Message(name, by, slots, CLEAR, first, cite, cite, PHASE_1_EXTRAS)


@lru_cache
def base_exchange(auth: Auth) -> Exchange:
    """The base exchange of RFC 2408 section 4.4, under the IPsec DOI."""
    cite = "RFC2408:4.4"
    prove_i, prove_r = proof(I, auth, k.base_hash_i(auth)), proof(R, auth)
    return Exchange(
        name="base",
        title="Base Exchange",
        type=ExchangeType.BASE,
        phase=1,
        prefix="BASE",
        auth=auth,
        messages=(
            _generic("BM1", I, Slot(P.SA, k.SAI), Slot(P.NONCE, k.NI), cite=cite),
            _generic("BM2", R, Slot(P.SA, k.SAR), Slot(P.NONCE, k.NR), cite=cite),
            _generic("BM3", I, Slot(P.KE, k.G_XI), Slot(P.ID, k.IDII), *prove_i, cite=cite),
            _generic("BM4", R, Slot(P.KE, k.G_XR), Slot(P.ID, k.IDIR), *prove_r, cite=cite),
        ),
        keys=phase_1_keys(auth),
        cite=cite,
    )


@lru_cache
def authentication_only(auth: Auth) -> Exchange:
    """The authentication only exchange of RFC 2408 section 4.6: both ends know each other, and there are no keys."""
    cite = "RFC2408:4.6"
    prove_i, prove_r = (proof(role, auth, k.only_hash(role, auth)) for role in (I, R))
    return Exchange(
        name="authentication-only",
        title="Authentication Only Exchange",
        type=ExchangeType.AUTHENTICATION_ONLY,
        phase=1,
        prefix="AUTH_ONLY",
        auth=auth,
        messages=(
            _generic("AO1", I, Slot(P.SA, k.SAI), Slot(P.NONCE, k.NI), cite=cite),
            _generic("AO2", R, Slot(P.SA, k.SAR), Slot(P.NONCE, k.NR), Slot(P.ID, k.IDIR), *prove_r, cite=cite),
            _generic("AO3", I, Slot(P.ID, k.IDII), *prove_i, cite=cite),
        ),
        keys=(),
        cite=cite,
    )


@lru_cache
def quick_mode(*, pfs: bool | None = None, identities: bool | None = None) -> Exchange:
    """Quick mode (RFC 2409 section 5.5).

    `None` leaves the optional payloads open, as the RFC's figure does: each run decides. True and False fix them, as
    the verifier needs it.
    """

    def optional(wanted: bool | None, *slots: tuple[PayloadType, Term]) -> tuple[Slot, ...]:  # noqa: FBT001 - three-valued
        return () if wanted is False else tuple(Slot(p, term, optional=wanted is None) for p, term in slots)

    identified = optional(identities, (P.ID, k.IDCI), (P.ID, k.IDCR))
    hash_1, hash_2 = k.hash_1(pfs=pfs, identities=identities), k.hash_2(pfs=pfs, identities=identities)
    ke_i, ke_r = optional(pfs, (P.KE, k.QM_XI)), optional(pfs, (P.KE, k.QM_XR))
    first = (Slot(P.HASH, hash_1), Slot(P.SA, k.SAI), Slot(P.NONCE, k.NI), *ke_i, *identified)
    answer = (Slot(P.HASH, hash_2), Slot(P.SA, k.SAR), Slot(P.NONCE, k.NR), *ke_r, *identified)
    leading, cite = (P.HASH, P.SA), "RFC2409:5.5"
    extras = frozenset({P.N, P.VID}) | CERTIFICATES | NAT_ORIGINAL
    several = extras | {P.SA}  # "multiple SA's and keys can be negotiated with one exchange"
    return Exchange(
        name="quick",
        title="Quick Mode",
        type=ExchangeType.QUICK,
        phase=2,
        prefix="QUICK",
        messages=(
            Message("QM1", I, first, ENCRYPTED, leading, cite, cite, several),
            Message("QM2", R, answer, ENCRYPTED, leading, cite, cite, several),
            Message("QM3", I, (Slot(P.HASH, k.HASH_3),), ENCRYPTED, (P.HASH,), cite, cite, extras),
        ),
        keys=(k.keymat(pfs=bool(pfs)),),
        cite=cite,
        commits=True,
    )


@lru_cache
def transaction() -> Exchange:
    """The transaction exchange: one message of attributes, and its answer (draft-dukes-ike-mode-cfg-02 section 3.1.1).

    Either end of the SA may begin it. What is asked or set, and what answers it, stands in `isakmp.spec.configuration`.
    """
    cite = "MODECFG:3.1.1"
    return Exchange(
        name="transaction",
        title="Transaction Exchange",
        type=ExchangeType.TRANSACTION,
        phase=2,
        prefix="MODE_CFG",
        messages=tuple(
            Message(
                name,
                role,
                (Slot(P.HASH, k.HASH_TRANSACTION[role]), Slot(P.ATTR, term)),
                ENCRYPTED,
                (P.HASH,),
                cite,
                "RFC2409:5",
                frozenset({P.VID}),
            )
            for name, role, term in (("TX1", I, k.ATTR_I), ("TX2", R, k.ATTR_R))
        ),
        keys=(),
        cite=cite,
    )


@lru_cache
def new_group_mode() -> Exchange:
    """New group mode (RFC 2409 section 5.6): it "is not really a phase 2 exchange", but is protected as one."""
    cite = "RFC2409:5.6"

    def message(number: int, by: Role, group: Term) -> Message:
        slots = (Slot(P.HASH, k.NEW_GROUP_HASH[by]), Slot(P.SA, group))
        return Message(f"NG{number}", by, slots, ENCRYPTED, (P.HASH, P.SA), cite, cite, frozenset({P.N, P.VID}))

    return Exchange(
        name="new-group",
        title="New Group Mode",
        type=ExchangeType.NEW_GROUP,
        phase=2,
        prefix="NEW_GROUP",
        messages=(message(1, I, k.GROUP_I), message(2, R, k.GROUP_R)),
        keys=(),
        cite=cite,
        makes_group=True,
    )


@lru_cache
def informational(*, protected: bool) -> Exchange:
    """The informational exchange: one message, answered by none (RFC 2408 section 4.8, RFC 2409 section 5.7).

    An "acknowledged informational" exchange is in expired drafts of a revision only; no RFC defines one, and there
    is no table for it.
    """
    cite = "RFC2409:5.7" if protected else "RFC2408:4.8"
    body = Slot(P.N, k.INFORMATION, alternative=P.D)
    slots = (Slot(P.HASH, k.HASH_1_INFORMATIONAL), body) if protected else (body,)
    return Exchange(
        name="informational" if protected else "informational-clear",
        title="Informational Exchange" + ("" if protected else " in the clear"),
        type=ExchangeType.INFORMATIONAL,
        phase=2 if protected else 1,
        prefix="INFO_PROTECTED" if protected else "INFO",
        messages=(
            Message(
                "INFO",
                I,
                slots,
                ENCRYPTED if protected else CLEAR,
                (P.HASH,) if protected else (),
                cite,
                cite,
                frozenset({P.N, P.D, P.VID}) | CERTIFICATES,
            ),
        ),
        keys=(),
        cite=cite,
        protected=protected,
    )


def exchanges() -> tuple[Exchange, ...]:
    """Every exchange in every authentication method, in the order of the RFC."""
    return (
        *(main_mode(auth) for auth in FIGURE),
        *(aggressive_mode(auth) for auth in FIGURE),
        *(base_exchange(auth) for auth in GENERIC_FORMS),
        *(authentication_only(auth) for auth in GENERIC_FORMS),
        quick_mode(),
        transaction(),
        new_group_mode(),
        informational(protected=True),
        informational(protected=False),
    )


# Phase 1 by exchange type and form of authentication, and the types by the names of their exchanges.
PHASE_1: dict[ExchangeType, dict[Auth, Exchange]] = {
    exchange.type: {other.auth: other for other in exchanges() if other.type is exchange.type and other.auth}
    for exchange in exchanges()
    if exchange.auth
}
PHASE_1_NAMES: dict[str, ExchangeType] = {exchange.name: exchange.type for exchange in exchanges() if exchange.auth}
PHASE_1_FORMS = frozenset(auth for forms in PHASE_1.values() for auth in forms)


def phase_1_forms(name: str) -> dict[Auth, Exchange]:
    """An exchange of phase 1 in all the forms of authentication that it has; nothing for an unknown name."""
    return PHASE_1[PHASE_1_NAMES[name]] if name in PHASE_1_NAMES else {}


def find(name: str, auth: Auth | None = None) -> tuple[Exchange, ...]:
    """The exchanges of that name (and method, where given).

    Raises:
        KeyError: no exchange has that name; the message lists those that exist.
    """
    known = exchanges()
    found = tuple(e for e in known if e.name == name and (auth is None or e.auth in (None, auth)))
    if not found:
        names = ", ".join(dict.fromkeys(e.name for e in known))
        raise KeyError(f"unknown exchange {name!r}; known are {names}")
    return found
