"""Sessions are numbered, and most numberings are left out of the search: no attack is lost by it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings

from isakmp.spec import keying as k
from isakmp.spec.terms import Octet, Psk, Role, prf
from isakmp.verify import search
from isakmp.verify.models import Protocol
from isakmp.verify.search import EXECUTABLE, Search, claims_of
from tests.verify.protocols import named
from tests.verify.toys import toys
from tests.verify.written import protocol

SESSIONS = 3
CUTS = (
    ":- role(S,R), role(S+1,Q), S>1, rank(R,M), rank(Q,N), N<M.\n",
    ":- role(S,R), role(S+1,R), S>1, pairing(S,A,B), pairing(S+1,C,D), (A,B)>(C,D).\n",
    ":- used(S), not happen(S,1).\n",
)
"""What leaves numberings out: an order of roles, an order of agents, and that every session does something."""


@dataclass
class Theory:
    """A theory to be read."""

    text: str

    def read_text(self) -> str:
        return self.text


def uncut() -> Theory:
    text = search._THEORY.read_text()
    for cut in CUTS:
        assert text.count(cut) == 1
        text = text.replace(cut, "")
    return Theory(text)


def answers(made: Protocol) -> dict[tuple[Role, str], bool]:
    asked = Search(made, SESSIONS)
    return {
        (role, name): asked.ask(role, name, trace=False).attack is not None
        for role in Role
        if claims_of(made, role)
        for name in (EXECUTABLE, *(each.name for each in claims_of(made, role)))
    }


def same(made: Protocol) -> None:
    with pytest.MonkeyPatch.context() as patch:
        cut = answers(made)
        patch.setattr(search, "_THEORY", uncut())
        assert answers(made) == cut


@pytest.mark.parametrize("name", ["aggressive-signature", "authentication-only-psk", "quick", "quick-no-identities"])
def test_exchanges_have_the_same_verdicts_in_all_numberings(name: str) -> None:
    same(named(name))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(toys())
def test_protocols_drawn_at_random_have_the_same_verdicts_in_all_numberings(made: Protocol) -> None:
    same(made)


def stitched(by: Role) -> Protocol:
    """Two messages of one end, each with a proof of its own: together they say that somebody has sent either."""
    nonce, public, name = (k.NI, k.G_XI, k.IDII) if by is Role.I else (k.NR, k.G_XR, k.IDIR)
    first, last = (nonce, prf(Psk(), nonce | name | Octet(0))), (public, prf(Psk(), public | name | Octet(1)))
    messages = (first, (Octet(0),), last) if by is Role.I else ((Octet(0),), first, (Octet(1),), last)
    return protocol("stitched", prf(Psk(), nonce), *messages)


@pytest.mark.parametrize("by", Role, ids=lambda role: str(role.value))
def test_two_sessions_of_the_same_role_and_agents_can_take_part(by: Role) -> None:
    """The peer of `by` takes one message of each: no single session of it has sent both."""
    made = stitched(by)
    verdicts = [Search(made, count).ask(by.other, "agreement", trace=False).attack for count in (2, 3)]
    assert [attack is not None for attack in verdicts] == [False, True]
