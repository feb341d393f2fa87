"""Classic protocols, written in the terms of the specification, each with where it comes from."""

from __future__ import annotations

from isakmp.spec import keying as k
from isakmp.spec.terms import Apply, Def, Role, Term, body_enc, hash_of, pk_enc, sign
from isakmp.verify.models import Protocol
from tests.verify.written import protocol

I, R = Role.I, Role.R
KEY = Def("K", Apply("cipher_key", (hash_of(k.G_XY),)), "RFC2408:3.1")
"""The key that Diffie and Hellman's secret gives."""


def needham_schroeder(*, named: bool) -> Protocol:
    """Needham, Schroeder, 1978, by public keys, without the server; `named` as Lowe, 1996, has mended it.

    What is kept is the nonce of the responder.
    """
    second = k.NI | k.NR | k.IDIR if named else k.NI | k.NR
    name = "needham-schroeder-lowe" if named else "needham-schroeder"
    return protocol(name, k.NR, (pk_enc(R, k.NI | k.IDII),), (pk_enc(I, second),), (pk_enc(R, k.NR),))


def diffie_hellman() -> Protocol:
    """Diffie, Hellman, 1976."""
    return protocol("diffie-hellman", hash_of(k.G_XY), (k.G_XI,), (k.G_XR,))


def signed(*, named: bool) -> Protocol:
    """Public values of Diffie and Hellman under signatures in the clear; `named` as ISO/IEC 9798-3 has it."""
    proof_i, proof_r = _proofs(named=named)
    name = "signed-named" if named else "signed"
    return protocol(name, KEY, (k.G_XI,), (k.G_XR, proof_r), (proof_i,))


def station_to_station(*, named: bool) -> Protocol:
    """Diffie, van Oorschot, Wiener, 1992: the signatures are encrypted under the new key; `named` for comparison."""
    proof_i, proof_r = (body_enc(KEY, proof) for proof in _proofs(named=named))
    name = "station-to-station-named" if named else "station-to-station"
    return protocol(name, KEY, (k.G_XI,), (k.G_XR, proof_r), (proof_i,))


def _proofs(*, named: bool) -> tuple[Term, Term]:
    """The signatures of both ends over both public values, the own one first, and over who is to read it."""
    own_i, own_r = k.G_XI | k.G_XR, k.G_XR | k.G_XI
    if named:
        own_i, own_r = own_i | k.IDIR, own_r | k.IDII
    return sign(I, hash_of(own_i)), sign(R, hash_of(own_r))


CLASSICS = (
    diffie_hellman(),
    *(make(named=named) for make in (needham_schroeder, signed, station_to_station) for named in (False, True)),
)
