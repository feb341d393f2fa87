"""Classic protocols with known results, written in the same terms: the search gives theirs."""

from __future__ import annotations

import pytest

from isakmp.spec.terms import Role
from isakmp.verify.search import EXECUTABLE, Search
from tests.verify.classics import diffie_hellman, needham_schroeder, signed, station_to_station

I, R = Role.I, Role.R
SESSIONS = (2, 3)
CLAIMS = ("secrecy", "aliveness", "weak-agreement", "agreement", "unknown-key-share")


def broken(search: Search, role: Role) -> set[str]:
    assert search.ask(role, EXECUTABLE).attack is not None
    return {claim for claim in CLAIMS if search.ask(role, claim).attack is not None}


@pytest.mark.parametrize("sessions", SESSIONS)
def test_needham_and_schroeder_by_public_keys(sessions: int) -> None:
    """Lowe, An Attack on the Needham-Schroeder Public-Key Authentication Protocol, 1995: the responder is deceived.

    The initiator has the same nonce of the responder, and means the intruder by it.
    """
    search = Search(needham_schroeder(named=False), sessions)
    assert broken(search, R) == {"secrecy", "weak-agreement", "agreement", "unknown-key-share"}
    assert broken(search, I) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_lowe_has_mended_it_by_the_name_of_the_responder(sessions: int) -> None:
    search = Search(needham_schroeder(named=True), sessions)
    assert broken(search, R) == broken(search, I) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_diffie_and_hellman_by_themselves_know_nobody(sessions: int) -> None:
    search = Search(diffie_hellman(), sessions)
    assert broken(search, I) == set(CLAIMS)


@pytest.mark.parametrize("sessions", SESSIONS)
def test_signatures_in_the_clear_can_be_exchanged(sessions: int) -> None:
    """Diffie, van Oorschot, Wiener, 1992: who signs the same values anew takes the place of who has signed them."""
    search = Search(signed(named=False), sessions)
    assert broken(search, I) == {"weak-agreement", "agreement", "unknown-key-share"}
    assert broken(search, R) == {"weak-agreement", "agreement", "unknown-key-share"}


@pytest.mark.parametrize("sessions", SESSIONS)
def test_with_the_peer_named_they_cannot(sessions: int) -> None:
    """As ISO/IEC 9798-3 has it: each signature covers the name of who is to read it."""
    search = Search(signed(named=True), sessions)
    assert broken(search, I) == broken(search, R) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_station_to_station_keeps_its_key_and_deceives_its_initiator(sessions: int) -> None:
    """Lowe, Some New Attacks upon Security Protocols, 1996: the responder may think that it talks to the intruder."""
    search = Search(station_to_station(named=False), sessions)
    assert broken(search, I) == {"weak-agreement", "agreement"}
    assert broken(search, R) == set()


@pytest.mark.parametrize("sessions", SESSIONS)
def test_with_the_peer_named_station_to_station_agrees(sessions: int) -> None:
    search = Search(station_to_station(named=True), sessions)
    assert broken(search, I) == broken(search, R) == set()
