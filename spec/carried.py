"""What the messages of phase 1 carry in each form of authentication (RFC 2409 sections 5.1 to 5.4).

Public values, nonces and identities are the same in all forms. Public key encryption sends the bodies of nonce and
identity to the holder of a private key; the revised mode encrypts the nonce alone in this way, and what follows with a
key that comes from the nonce.
"""

from __future__ import annotations

from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Slot
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Def, Role, body_enc, pk_enc

P = PayloadType
I, R = Role.I, Role.R

FIGURE = {
    Auth.PSK: "RFC2409:5.4",
    Auth.SIGNATURE: "RFC2409:5.1",
    Auth.ENCRYPTION: "RFC2409:5.2",
    Auth.REVISED: "RFC2409:5.3",
    Auth.HYBRID: "HYBRID:4.2",
    Auth.HYBRID_RESPONDER: "HYBRID:4.2",
}
SIGNERS: dict[Auth, tuple[Role, ...]] = {
    Auth.SIGNATURE: (I, R),
    Auth.HYBRID: (R,),
    Auth.HYBRID_RESPONDER: (I,),
}
"""Who signs, where anybody does; who does not, gives the hash itself (RFC 2409 section 5.1, hybrid-auth-05 4.2)."""

SEALING = frozenset({Auth.ENCRYPTION, Auth.REVISED})
"""The forms in which the bodies of single payloads are encrypted."""

OPAQUE = frozenset({P.ID, P.CERT, P.CR, P.N})
"""Payloads whose layout a reader cannot see as long as their bodies are encrypted."""

_KE = {I: k.G_XI, R: k.G_XR}
_NONCE = {I: k.NI, R: k.NR}
_ID = {I: k.IDII, R: k.IDIR}
_KEY_NAMED = Slot(P.HASH, k.HASH_1_CERTIFICATE, optional=True)


def secrets(by: Role, auth: Auth, *, aggressive: bool = False) -> tuple[Slot, ...]:
    """What one end brings before the proof: public value and nonce, and its identity where it travels with them."""
    ke, identity = Slot(P.KE, _KE[by]), Slot(P.ID, _ID[by])
    match auth:
        case Auth.ENCRYPTION:
            named = (_KEY_NAMED,) if by is I else ()
            sealed = tuple(Slot(p, pk_enc(by.other, term)) for p, term in ((P.ID, _ID[by]), (P.NONCE, _NONCE[by])))
            return (*named, ke, *sealed) if aggressive else (ke, *named, *sealed)
        case Auth.REVISED:
            nonce = Slot(P.NONCE, pk_enc(by.other, _NONCE[by]))
            sealed = tuple(Slot(p, body_enc(k.KE_KEY[by], term)) for p, term in ((P.KE, _KE[by]), (P.ID, _ID[by])))
            if by is R:
                return (nonce, *sealed)
            return (_KEY_NAMED, nonce, *sealed, Slot(P.CERT, body_enc(k.KE_KEY[by], k.CERT_I), optional=True))
    return (ke, Slot(P.NONCE, _NONCE[by]), *((identity,) if aggressive else ()))


def proof(by: Role, auth: Auth, digest: Def | None = None) -> tuple[Slot, ...]:
    """What authenticates one end: HASH itself, or a signature over it with or without a certificate.

    `digest` is what is proven, where it is not RFC 2409's HASH_I or HASH_R.
    """
    digest = digest or (k.hash_i(auth) if by is I else k.hash_r(auth))
    if by not in SIGNERS.get(auth, ()):
        return (Slot(P.HASH, digest),)
    certificate = k.CERT_I if by is I else k.CERT_R
    return (Slot(P.CERT, certificate, optional=True), Slot(P.SIG, k.signature_over(by, digest)))


def closing(by: Role, auth: Auth) -> tuple[Slot, ...]:
    """The last message of one end of main mode: the proof, behind the identity where that was not sent before."""
    return proof(by, auth) if auth in SEALING else (Slot(P.ID, _ID[by]), *proof(by, auth))


def leading(by: Role, auth: Auth) -> tuple[PayloadType, ...]:
    """What comes first in the second message of one end of main mode.

    "If the HASH payload is sent it MUST be the first payload of the second message exchange and MUST be followed by the
    encrypted nonce. If the HASH payload is not sent, the first payload of the second message exchange MUST be the
    encrypted nonce" (RFC 2409 section 5.3).
    """
    if auth is not Auth.REVISED:
        return ()
    return (P.HASH, P.NONCE) if by is I else (P.NONCE,)
