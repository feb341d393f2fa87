"""Classic protocols with known results, written in the same terms: the search gives theirs."""

from __future__ import annotations

import pytest

from isakmp.spec import keying as k
from isakmp.spec.messages import Exchange, Message, Protection, Slot
from isakmp.spec.registries import ExchangeType, PayloadType
from isakmp.spec.terms import Apply, Def, Role, Term, body_enc, hash_of, pk_enc, sign
from isakmp.verify.models import Protocol
from isakmp.verify.search import EXECUTABLE, Search

I, R = Role.I, Role.R
SESSIONS = (2, 3)


def protocol(name: str, secret: Term, *messages: tuple[Term, ...]) -> Protocol:
    """A protocol of messages in the clear, by the initiator and the responder in turns; what it keeps is one value."""
    made = tuple(
        Message(
            f"M{number}",
            I if number % 2 else R,
            tuple(Slot(PayloadType.NONCE, term) for term in terms),
            Protection.CLEAR,
            (),
            "RFC2408:3.1",
            "RFC2408:3.1",
        )
        for number, terms in enumerate(messages, 1)
    )
    kept = Def("kept", secret, "RFC2408:3.1")
    exchange = Exchange(name, name, ExchangeType.BASE, 1, "CLASSIC", made, (kept,), "RFC2408:3.1")
    carried = {part for terms in messages for term in terms for part in term.subterms()}
    data = {
        kind: tuple(term for term in terms if term in carried)
        for kind, terms in (("nonces", (k.NI, k.NR)), ("dh", (k.G_XI, k.G_XR)))
        if carried & set(terms)
    }
    return Protocol(name, exchange, made, {m.name: () for m in made}, {}, {}, (kept,), data, kept)


def broken(search: Search, role: Role, *claims: str) -> set[str]:
    assert search.ask(role, EXECUTABLE).attack is not None
    return {claim for claim in claims if search.ask(role, claim).attack is not None}


CLAIMS = ("secrecy", "aliveness", "weak-agreement", "agreement")


@pytest.mark.parametrize("sessions", SESSIONS)
def test_needham_and_schroeder_by_public_keys(sessions: int) -> None:
    """Lowe, An Attack on the Needham-Schroeder Public-Key Authentication Protocol, 1995: the responder is deceived."""
    search = Search(
        protocol("needham-schroeder", k.NR, (pk_enc(R, k.NI | k.IDII),), (pk_enc(I, k.NI | k.NR),), (pk_enc(R, k.NR),)),
        sessions,
    )
    assert broken(search, R, *CLAIMS) == {"secrecy", "weak-agreement", "agreement"}
    assert broken(search, I, *CLAIMS) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_lowe_has_mended_it_by_the_name_of_the_responder(sessions: int) -> None:
    named = pk_enc(I, k.NI | k.NR | k.IDIR)
    search = Search(
        protocol("needham-schroeder-lowe", k.NR, (pk_enc(R, k.NI | k.IDII),), (named,), (pk_enc(R, k.NR),)), sessions
    )
    assert broken(search, R, *CLAIMS) == set()
    assert broken(search, I, *CLAIMS) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_diffie_and_hellman_by_themselves_know_nobody(sessions: int) -> None:
    search = Search(protocol("diffie-hellman", hash_of(k.G_XY), (k.G_XI,), (k.G_XR,)), sessions)
    assert broken(search, I, *CLAIMS) == set(CLAIMS)


KEY = Def("K", Apply("cipher_key", (hash_of(k.G_XY),)), "RFC2408:3.1")


def station_to_station(*, named: bool) -> Protocol:
    proof_r = hash_of(k.G_XR | k.G_XI | k.IDII) if named else hash_of(k.G_XR | k.G_XI)
    proof_i = hash_of(k.G_XI | k.G_XR | k.IDIR) if named else hash_of(k.G_XI | k.G_XR)
    return protocol(
        "station-to-station",
        KEY,
        (k.G_XI,),
        (k.G_XR, body_enc(KEY, sign(R, proof_r))),
        (body_enc(KEY, sign(I, proof_i)),),
    )


@pytest.mark.parametrize("sessions", SESSIONS)
def test_station_to_station_keeps_its_key_and_deceives_its_initiator(sessions: int) -> None:
    """Lowe, Some New Attacks upon Security Protocols, 1996: the responder may think that it talks to the intruder."""
    search = Search(station_to_station(named=False), sessions)
    assert broken(search, I, *CLAIMS) == {"weak-agreement", "agreement"}
    assert broken(search, R, *CLAIMS) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_with_the_peer_named_station_to_station_agrees(sessions: int) -> None:
    """As ISO/IEC 9798-3 has it: each signature covers the name of who is to read it."""
    search = Search(station_to_station(named=True), sessions)
    assert broken(search, I, *CLAIMS) == broken(search, R, *CLAIMS) == set()
