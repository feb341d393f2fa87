"""What messages carry in public key encryption and its revised mode: the figures of RFC 2409, copied by hand."""

from __future__ import annotations

import pytest

from isakmp.machine.read import assign
from isakmp.spec import keying as k
from isakmp.spec.exchanges import aggressive_mode, main_mode
from isakmp.spec.guards import Check, guards_of
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Def, Role

P = PayloadType

FIGURES = [
    (
        main_mode(Auth.ENCRYPTION),
        [
            "HDR, SA",
            "HDR, SA",
            "HDR, KE, [ HASH(1) ], <IDii_b>PubKey_r, <Ni_b>PubKey_r",
            "HDR, KE, <IDir_b>PubKey_i, <Nr_b>PubKey_i",
            "HDR*, HASH_I",
            "HDR*, HASH_R",
        ],
    ),
    (
        aggressive_mode(Auth.ENCRYPTION),
        [
            "HDR, SA, [ HASH(1) ], KE, <IDii_b>PubKey_r, <Ni_b>PubKey_r",
            "HDR, SA, KE, <IDir_b>PubKey_i, <Nr_b>PubKey_i, HASH_R",
            "HDR[*], HASH_I",
        ],
    ),
    (
        main_mode(Auth.REVISED),
        [
            "HDR, SA",
            "HDR, SA",
            "HDR, [ HASH(1) ], <Ni_b>PubKey_r, <KE_b>Ke_i, <IDii_b>Ke_i, [ <Cert-I_b>Ke_i ]",
            "HDR, <Nr_b>PubKey_i, <KE_b>Ke_r, <IDir_b>Ke_r",
            "HDR*, HASH_I",
            "HDR*, HASH_R",
        ],
    ),
    (
        aggressive_mode(Auth.REVISED),
        [
            "HDR, SA, [ HASH(1) ], <Ni_b>PubKey_r, <KE_b>Ke_i, <IDii_b>Ke_i, [ <Cert-I_b>Ke_i ]",
            "HDR, SA, <Nr_b>PubKey_i, <KE_b>Ke_r, <IDir_b>Ke_r, HASH_R",
            "HDR[*], HASH_I",
        ],
    ),
]


@pytest.mark.parametrize(("exchange", "figure"), FIGURES, ids=[exchange.key for exchange, _ in FIGURES])
def test_messages_are_those_of_the_figure(exchange: Exchange, figure: list[str]) -> None:
    assert [message.label for message in exchange.messages] == figure


@pytest.mark.parametrize(
    ("definition", "equation", "cite"),
    [
        (k.SKEYID[Auth.ENCRYPTION], "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)", "RFC2409:5"),
        (k.SKEYID[Auth.REVISED], "SKEYID = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R)", "RFC2409:5"),
        (k.NE[Role.I], "Ne_i = prf(Ni_b, CKY-I)", "RFC2409:5.3"),
        (k.NE[Role.R], "Ne_r = prf(Nr_b, CKY-R)", "RFC2409:5.3"),
        (k.KE_KEY[Role.R], "Ke_r = cipher_key(Ne_r)", "RFC2409:5.3"),
        (k.HASH_1_CERTIFICATE, "HASH(1) = hash(certificate)", "RFC2409:5.2"),
    ],
)
def test_formulas_are_those_of_the_text(definition: Def, equation: str, cite: str) -> None:
    assert (definition.equation, definition.cite) == (equation, cite)


@pytest.mark.parametrize(
    ("types", "fault"),
    [
        ((P.HASH, P.NONCE, P.KE, P.ID), ""),
        ((P.NONCE, P.ID, P.KE, P.CERT), ""),
        ((P.NONCE, P.HASH, P.KE, P.ID), "payload 1 of MM3 has to be HASH"),
        ((P.KE, P.NONCE, P.ID), "payload 1 of MM3 has to be NONCE"),
        ((P.HASH, P.KE, P.NONCE, P.ID), "payload 2 of MM3 has to be NONCE"),
    ],
)
def test_the_nonce_comes_first_or_behind_the_hash(types: tuple[PayloadType, ...], fault: str) -> None:
    _, misfit = assign(main_mode(Auth.REVISED).messages[2], tuple(map(int, types)))
    assert (misfit.detail if misfit else "") == fault
    assert misfit is None or misfit.cite == "RFC2409:5.3"


def test_bodies_open_before_they_are_looked_at_and_no_check_tells_what_came_under_the_public_key() -> None:
    for auth in (Auth.ENCRYPTION, Auth.REVISED):
        for exchange in (main_mode(auth), aggressive_mode(auth)):
            for message in exchange.messages:
                guards = guards_of(message, message.sender.other, 1)
                sealed = {slot for slot in message.slots if slot.sealed}
                opening = [place for place, guard in enumerate(guards) if guard.check is Check.OPENS]
                assert len(opening) == bool(sealed)
                judged = [guard for guard in guards[: opening[0]] if guard.slot in sealed] if opening else []
                assert judged == []
                public = {slot for slot in sealed if slot.sealed == "pk_enc"}
                assert {guard.check for guard in guards if guard.slot in public} <= {Check.OPENS}
