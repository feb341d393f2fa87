"""Protocols drawn at random: two or three messages of nonces, public values, names, hashes, signatures, ciphertexts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from isakmp.spec import keying as k
from isakmp.spec.terms import Apply, Cat, Def, Octet, Psk, Role, Sort, Term, body_enc, hash_of, pk_enc, prf, sign
from isakmp.verify.models import LEFT_E, Protocol
from tests.verify.written import protocol

# What stands in messages: what one end has from the beginning, and what is there when both have drawn.
_FIRST: tuple[Term, ...] = (k.NI, k.G_XI, k.IDII, k.IDIR, k.SAI, Octet(0))
_LATER: tuple[Term, ...] = (*_FIRST, k.NR, k.NR, k.G_XR, k.SAR)
_SECRETS: tuple[Term, ...] = (
    k.LEFT_D,
    k.NI,
    k.NR,
    hash_of(k.G_XY),
    prf(Psk(), k.NI | k.NR),
    prf(k.NI | k.NR, k.G_XY),
    prf(k.LEFT_D, k.NI | k.NR),
)


def keys(*, later: bool) -> st.SearchStrategy[Term]:
    """Keys, most of them of the two ends alone."""
    atoms = _LATER if later else _FIRST
    derived = st.builds(lambda seed: Def("K", prf(Psk(), seed), "RFC2409:5", Sort.KEY), st.sampled_from(atoms))
    known: list[Term] = [Psk(), k.LEFT_A, LEFT_E]
    if later:
        known.append(Apply("cipher_key", (hash_of(k.G_XY),)))
    return st.one_of(st.sampled_from(known), derived)


def digests(*, later: bool) -> st.SearchStrategy[Term]:
    """Hashes, with and without a key."""
    hashed: list[Term] = [*(_LATER if later else _FIRST), *([k.G_XY] if later else [])]
    data = st.lists(st.sampled_from(hashed), min_size=1, max_size=3, unique=True).map(lambda terms: Cat(tuple(terms)))
    return st.one_of(data.map(hash_of), st.builds(prf, keys(later=later), data))


def payloads(by: Role, *, later: bool, depth: int = 1) -> st.SearchStrategy[Term]:
    """What one end can send."""
    simple = st.one_of(
        st.sampled_from(_LATER if later else _FIRST),
        digests(later=later),
        digests(later=later).map(lambda digest: sign(by, digest)),
    )
    if not depth:
        return simple
    inner = st.lists(payloads(by, later=later, depth=depth - 1), min_size=1, max_size=2).map(
        lambda terms: Cat(tuple(terms))
    )
    sealed = inner.map(lambda body: pk_enc(by.other, body))
    return st.one_of(simple, sealed, st.builds(body_enc, keys(later=later), inner))


def _had(secret: Term, messages: list[tuple[Term, ...]]) -> bool:
    """Whether both ends have all that a secret is made of, when all messages have been sent."""
    sent = {part for terms in messages for term in terms for part in term.subterms()}
    return all(part in sent for part in secret.subterms() if part in {*_LATER})


@st.composite
def toys(draw: st.DrawFn) -> Protocol:
    """A protocol. Most are broken; what matters is how."""
    count = draw(st.integers(2, 3))
    messages: list[tuple[Term, ...]] = []
    encrypted: dict[int, Term] = {}
    for number in range(1, count + 1):
        by = Role.I if number % 2 else Role.R
        slots = st.lists(payloads(by, later=number > 1), min_size=1, max_size=2)
        messages.append(tuple(draw(slots)))
        if draw(st.integers(0, 3)) == 0:
            encrypted[number] = draw(keys(later=number > 1))
    header = (k.M_ID,) if draw(st.integers(0, 3)) == 0 else ()
    secrets = [secret for secret in _SECRETS if _had(secret, messages)]
    made = protocol("toy", draw(st.sampled_from(secrets)), *messages, keys=encrypted, header=header)
    return replace(made, checks_ids=bool(header) and draw(st.booleans()), degenerate=draw(st.integers(0, 3)) == 0)
