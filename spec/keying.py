"""Keys, hashes, initialization vectors: every formula of RFC 2409 section 5 and Appendix B, once.

The names of values are the RFC's. The formulas of an exchange's own messages (HASH_I, HASH(1), ...) stand here too,
since keys and hashes are built from the same values; who sends them, and where, stands in `exchanges`.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from isakmp.spec.terms import (
    Apply,
    Atom,
    Cat,
    Def,
    Dh,
    Exp,
    Maybe,
    Octet,
    Payload,
    Psk,
    Rest,
    Role,
    Sort,
    hash_of,
    prf,
    sign,
)

I, R = Role.I, Role.R


class Auth(Enum):
    """The forms of authentication in phase 1, each with its own SKEYID and messages (RFC 2409 section 5).

    In the hybrid forms (hybrid-auth-05 section 4.2) one end, the client, gives its hash where the other signs, and has
    to be authenticated by XAuth afterwards: it is the initiator in `HYBRID`, the responder in `HYBRID_RESPONDER`.
    """

    PSK = "psk"
    SIGNATURE = "signature"
    ENCRYPTION = "encryption"
    REVISED = "revised"
    HYBRID = "hybrid"
    HYBRID_RESPONDER = "hybrid-responder"

    @property
    def hybrid(self) -> bool:
        """Whether one end alone proves itself in phase 1."""
        return self in (Auth.HYBRID, Auth.HYBRID_RESPONDER)


# Values that the parties draw, choose or know (RFC 2409 section 3.2).
CKY_I = Atom("CKY-I", Sort.COOKIE, I, fresh=True)
CKY_R = Atom("CKY-R", Sort.COOKIE, R, fresh=True)
NI = Atom("Ni_b", Sort.NONCE, I, fresh=True)
NR = Atom("Nr_b", Sort.NONCE, R, fresh=True)
XI = Atom("xi", Sort.EXPONENT, I, fresh=True)
XR = Atom("xr", Sort.EXPONENT, R, fresh=True)
SAI = Atom("SAi_b", Sort.OFFER, I)
SAR = Atom("SAr_b", Sort.OFFER, R)
IDII = Atom("IDii_b", Sort.IDENTITY, I)
IDIR = Atom("IDir_b", Sort.IDENTITY, R)
IDCI = Atom("IDci_b", Sort.IDENTITY, I)
IDCR = Atom("IDcr_b", Sort.IDENTITY, R)
CERT_I = Atom("Cert-I_b", Sort.CERTIFICATE, I)
CERT_R = Atom("Cert-R_b", Sort.CERTIFICATE, R)
M_ID = Atom("M-ID", Sort.MESSAGE_ID, I, fresh=True)
PROTOCOL = Atom("protocol", Sort.PROTOCOL)
SPI = Atom("SPI", Sort.SPI)
LAST_BLOCK = Atom("last phase 1 CBC output block", Sort.BLOCK)
PLACE = Atom("IP | Port", Sort.ADDRESS)
INFORMATION = Atom("N/D", Sort.OCTETS, I)
ATTR_I = Atom("ATTR-I", Sort.OCTETS, I)
ATTR_R = Atom("ATTR-R", Sort.OCTETS, R)

G_XI, G_XR = Exp(XI), Exp(XR)
G_XY = Dh(G_XI, G_XR)
# The Diffie-Hellman exchange of a quick mode with PFS: g(qm)^xy (RFC 2409 section 5.5).
QM_XI, QM_XR = Exp(XI, "g(qm)"), Exp(XR, "g(qm)")
QM_XY = Dh(QM_XI, QM_XR)

_SKEYID_ENCRYPTION = Def("SKEYID", prf(hash_of(NI | NR), CKY_I | CKY_R), "RFC2409:5", Sort.KEY)
_SKEYID_SIGNATURE = Def("SKEYID", prf(NI | NR, G_XY), "RFC2409:5", Sort.KEY)
SKEYID: dict[Auth, Def] = {
    Auth.PSK: Def("SKEYID", prf(Psk(), NI | NR), "RFC2409:5", Sort.KEY),
    Auth.SIGNATURE: _SKEYID_SIGNATURE,
    Auth.HYBRID: _SKEYID_SIGNATURE,
    Auth.HYBRID_RESPONDER: _SKEYID_SIGNATURE,
    Auth.ENCRYPTION: _SKEYID_ENCRYPTION,
    Auth.REVISED: _SKEYID_ENCRYPTION,
}


@lru_cache
def skeyid_d(auth: Auth) -> Def:
    """The key from which the keys of other SAs are derived (RFC 2409 section 5)."""
    return Def("SKEYID_d", prf(SKEYID[auth], G_XY | CKY_I | CKY_R | Octet(0)), "RFC2409:5", Sort.KEY)


@lru_cache
def skeyid_a(auth: Auth) -> Def:
    """The key that authenticates ISAKMP's own messages (RFC 2409 section 5)."""
    seed = skeyid_d(auth) | G_XY | CKY_I | CKY_R | Octet(1)
    return Def("SKEYID_a", prf(SKEYID[auth], seed), "RFC2409:5", Sort.KEY)


@lru_cache
def skeyid_e(auth: Auth) -> Def:
    """The key that protects ISAKMP's own messages (RFC 2409 section 5)."""
    seed = skeyid_a(auth) | G_XY | CKY_I | CKY_R | Octet(2)
    return Def("SKEYID_e", prf(SKEYID[auth], seed), "RFC2409:5", Sort.KEY)


@lru_cache
def cipher_key(auth: Auth) -> Def:
    """Ka: the key of the negotiated cipher (RFC 2409 Appendix B)."""
    return Def("Ka", Apply("cipher_key", (skeyid_e(auth),)), "RFC2409:Appendix B", Sort.KEY)


@lru_cache
def hash_i(auth: Auth) -> Def:
    """What the initiator proves in phase 1 (RFC 2409 section 5)."""
    return Def("HASH_I", prf(SKEYID[auth], G_XI | G_XR | CKY_I | CKY_R | SAI | IDII), "RFC2409:5")


@lru_cache
def hash_r(auth: Auth) -> Def:
    """What the responder proves in phase 1 (RFC 2409 section 5)."""
    return Def("HASH_R", prf(SKEYID[auth], G_XR | G_XI | CKY_R | CKY_I | SAI | IDIR), "RFC2409:5")


@lru_cache
def signature_over(by: Role, digest: Def) -> Def:
    """One end's signature over what it proves: SIG_I over HASH_I, SIG_R over HASH_R (RFC 2409 section 5.1)."""
    return Def(f"SIG_{by.name}", sign(by, digest), "RFC2409:5.1")


# What keys the proofs of the exchanges that RFC 2408 defines and RFC 2409 does not. The initiator of a base exchange
# proves itself before it has the responder's public value, and an authentication only exchange has no public values:
# where SKEYID rests on g^xy, the nonces, which are SKEYID's key there, and the cookies take its place.
NONCE_KEY = Def("K_auth", prf(NI | NR, CKY_I | CKY_R), "RFC2408:4.4", Sort.KEY)


def proof_key(auth: Auth) -> Def:
    """The key of proofs that are made without g^xy."""
    return SKEYID[auth] if auth is Auth.PSK else NONCE_KEY


@lru_cache
def base_hash_i(auth: Auth) -> Def:
    """What the initiator of a base exchange proves: all that it knows by then (RFC 2408 section 4.4).

    The responder's proof comes last and is that of main mode, which covers both public values.
    """
    return Def("HASH_I", prf(proof_key(auth), G_XI | CKY_I | CKY_R | SAI | IDII), "RFC2408:4.4")


@lru_cache
def only_hash(by: Role, auth: Auth) -> Def:
    """What either end of an authentication only exchange proves (RFC 2408 section 4.6)."""
    if by is I:
        return Def("HASH_I", prf(proof_key(auth), CKY_I | CKY_R | SAI | IDII), "RFC2408:4.6")
    return Def("HASH_R", prf(proof_key(auth), CKY_R | CKY_I | SAI | IDIR), "RFC2408:4.6")


# What encrypts the bodies of payloads in the revised mode: "ephemeral and MUST be discarded after use" (RFC 2409
# section 5.3). Where the prf gives too little, a key is lengthened as in Appendix B.
NE = {
    I: Def("Ne_i", prf(NI, CKY_I), "RFC2409:5.3"),
    R: Def("Ne_r", prf(NR, CKY_R), "RFC2409:5.3"),
}
KE_KEY = {
    role: Def(f"Ke_{role.name.lower()}", Apply("cipher_key", (NE[role],)), "RFC2409:5.3", Sort.KEY) for role in Role
}
# Which of the responder's keys the initiator encrypts to: the hash of its certificate, as DER encodes it.
RESPONDER_CERTIFICATE = Atom("certificate", Sort.CERTIFICATE, R)
HASH_1_CERTIFICATE = Def("HASH(1)", hash_of(RESPONDER_CERTIFICATE), "RFC2409:5.2")

# The vector of the first encrypted message of phase 1, and of the first message of everything under that SA. Where
# phase 1 encrypted nothing (aggressive mode, third message in the clear) there is no last CBC block; the phase 1 vector
# stands in for it, as deployed peers do.
IV_PHASE_1 = Def("IV", Apply("block", (hash_of(G_XI | G_XR),)), "RFC2409:Appendix B")
IV_PHASE_2 = Def("IV(M-ID)", Apply("block", (hash_of(LAST_BLOCK | M_ID),)), "RFC2409:Appendix B")

# SKEYID_a and SKEYID_d are what phase 1 left behind; quick mode and informational exchanges start from them.
LEFT_A = Atom("SKEYID_a", Sort.KEY)
LEFT_D = Atom("SKEYID_d", Sort.KEY)

SA_I, SA_R = Payload("SA", SAI), Payload("SA", SAR)
NI_PAYLOAD, NR_PAYLOAD = Payload("Ni", NI), Payload("Nr", NR)
KE_I, KE_R = Payload("KE", QM_XI), Payload("KE", QM_XR)
IDCI_PAYLOAD, IDCR_PAYLOAD = Payload("IDci", IDCI), Payload("IDcr", IDCR)


def _quick_rest(sa: Payload, nonce: Payload, ke: Payload, *, pfs: bool | None, identities: bool | None) -> Rest:
    """The payloads after HASH(1) or HASH(2): `None` leaves an optional part open, as the RFC's figure does."""
    parts: list[Payload | Maybe] = [sa, nonce]
    if pfs is not False:
        parts.append(ke if pfs else Maybe(ke))
    if identities is not False:
        parts += [p if identities else Maybe(p) for p in (IDCI_PAYLOAD, IDCR_PAYLOAD)]
    return Rest(tuple(parts))


@lru_cache
def hash_1(*, pfs: bool | None = None, identities: bool | None = None) -> Def:
    """HASH(1) of quick mode (RFC 2409 section 5.5)."""
    rest = _quick_rest(SA_I, NI_PAYLOAD, KE_I, pfs=pfs, identities=identities)
    return Def("HASH(1)", prf(LEFT_A, M_ID | rest), "RFC2409:5.5")


@lru_cache
def hash_2(*, pfs: bool | None = None, identities: bool | None = None) -> Def:
    """HASH(2) of quick mode: the initiator's nonce is added for liveliness (RFC 2409 section 5.5)."""
    rest = _quick_rest(SA_R, NR_PAYLOAD, KE_R, pfs=pfs, identities=identities)
    return Def("HASH(2)", prf(LEFT_A, Cat((M_ID, NI, rest))), "RFC2409:5.5")


# What a NAT-D payload carries for one address and port: four or sixteen octets, and two (RFC 3947 section 3.2).
NAT_D_HASH = hash_of(CKY_I | CKY_R | PLACE)

HASH_3 = Def("HASH(3)", prf(LEFT_A, Octet(0) | M_ID | NI | NR), "RFC2409:5.5")
HASH_TRANSACTION = {
    role: Def("HASH", prf(LEFT_A, M_ID | Rest((Payload("ATTR", atom),))), "MODECFG:3.1.1")
    for role, atom in ((I, ATTR_I), (R, ATTR_R))
}
HASH_1_INFORMATIONAL = Def("HASH(1)", prf(LEFT_A, M_ID | Rest((Payload("N/D", INFORMATION),))), "RFC2409:5.7")


# The group that a new group mode describes, as it is offered and as it is confirmed (RFC 2409 section 5.6).
GROUP_I, GROUP_R = Atom("SAi_b (group)", Sort.OFFER, I), Atom("SAr_b (group)", Sort.OFFER, R)
NEW_GROUP_HASH = {
    role: Def(f"HASH({number})", prf(LEFT_A, M_ID | Rest((Payload("SA", group),))), "RFC2409:5.6")
    for number, (role, group) in enumerate(((I, GROUP_I), (R, GROUP_R)), 1)
}


@lru_cache
def keymat(*, pfs: bool) -> Def:
    """KEYMAT of one SA: `protocol` is of the chosen proposal, `SPI` the receiver's (RFC 2409 section 5.5)."""
    seed = PROTOCOL | SPI | NI | NR
    return Def("KEYMAT", Apply("expand", (LEFT_D, QM_XY | seed if pfs else seed)), "RFC2409:5.5", Sort.KEY)
