"""What can be claimed of a protocol's role, in words and by whom: the claims that the search for attacks decides.

A claim is made by one end, alice, when it has come to the end of a run with an honest peer, bob; those on identities,
on guessing of a shared key and on costs are made of every point of the run. What an answer means: no attack with so
many sessions, typed, under this compromise model. It never means "secure".
"""

from __future__ import annotations

from enum import Enum

from isakmp.spec.frozen import frozen


class Scope(Enum):
    """Of which protocols a claim can be made."""

    ALL = "every exchange"
    KEYS = "exchanges that make keys"
    PHASE_1 = "exchanges of phase 1"
    SHARED_KEY = "exchanges under a pre-shared key"
    RESPONDERS = "responders of phase 1"


class Compromise(Enum):
    """What the intruder has beside the network. Values are the names on the command line; they can be put together."""

    INSIDERS = "insiders"
    OUTSIDERS = "outsiders"
    ACTOR = "actor"
    AFTER = "after"
    SESSION_KEYS = "session-keys"
    EPHEMERAL = "ephemeral"


COMPROMISES: dict[Compromise, str] = {
    Compromise.INSIDERS: "the intruder is a legitimate peer as well, with a long-term key of its own",
    Compromise.OUTSIDERS: "the intruder has no long-term key; nobody runs the protocol with it",
    Compromise.ACTOR: "the long-term keys of the end that makes the claim are known from the beginning",
    Compromise.AFTER: "the long-term keys of both ends become known when the run is over",
    Compromise.SESSION_KEYS: "the keys of other sessions are known, unless they share the key of the claim",
    Compromise.EPHEMERAL: "nonces and exponents of other sessions are known, unless they share the key of the claim",
}


@frozen
class Claim:
    """A claim: its name, what it says, where the notion comes from, and what it can be made of.

    `needs` are compromises that belong to the claim itself.
    """

    name: str
    meaning: str
    source: str
    scope: Scope = Scope.ALL
    needs: tuple[Compromise, ...] = ()


_LOWE = "Lowe, A Hierarchy of Authentication Specifications, 1997"
_CREMERS = "Cremers, Key Exchange in IPsec Revisited, 2011"
CLAIMS: tuple[Claim, ...] = (
    Claim("secrecy", "the intruder does not learn the keys that the run has made", _CREMERS, Scope.KEYS),
    Claim("secrecy-psk", "the intruder does not learn the pre-shared key of the two ends", "RFC 2409 section 5.4",
          Scope.SHARED_KEY),
    Claim("forward-secrecy", "the keys of a finished run stay secret when the long-term keys of both ends become known",
          "RFC 2409 section 3.3; Diffie, van Oorschot, Wiener 1992", Scope.KEYS, (Compromise.AFTER,)),
    Claim("aliveness", "the peer has been there: it has taken part in some run", _LOWE),
    Claim("weak-agreement", "the peer has taken part in a run with the end that makes the claim", _LOWE),
    Claim("agreement-identities", "the peer has taken part in the other role, in a run with the claimer",
          _LOWE),
    Claim("agreement-nonces", "such a run of the peer has the same nonces", _LOWE),
    Claim("agreement-cookies", "such a run of the peer has the same cookies", _LOWE, Scope.PHASE_1),
    Claim("agreement-dh", "such a run of the peer has the same public values of Diffie and Hellman", _LOWE),
    Claim("agreement-offer", "such a run of the peer has the same SA payload of the initiator", _LOWE),
    Claim("agreement-transform", "such a run of the peer has the same chosen transform, which no hash covers", _LOWE),
    Claim("agreement-information", "such a run of the peer has the same notifications, deletes or attributes", _LOWE),
    Claim("agreement", "such a run of the peer has the same values throughout, but for the chosen transform", _LOWE),
    Claim("injective-agreement", "as agreement, and each run of the claim has a run of the peer to itself", _LOWE),
    Claim("unknown-key-share", "no run of the peer that makes the same key means it for somebody else",
          "Blake-Wilson, Menezes, Unknown Key-Share Attacks on STS, 1999", Scope.KEYS),
    Claim("key-compromise-impersonation", "who knows the long-term key of an end cannot pose as somebody else to it",
          "Blake-Wilson, Johnson, Menezes 1997", Scope.ALL, (Compromise.ACTOR,)),
    Claim("reflection", "no end comes to the end of a run with messages of its own alone", _CREMERS),
    Claim("identity-passive", "who only watches does not learn the identity of the end",
          "RFC 2408 section 4.5; Perlman, Kaufman 2000", Scope.PHASE_1),
    Claim("identity-active", "who takes part without being the peer does not learn the identity of the end",
          "Perlman, Kaufman 2000", Scope.PHASE_1),
    Claim("guessing-passive", "who only watches cannot test guesses of the pre-shared key afterwards",
          "Pliam 1999; CVE-2002-1623", Scope.SHARED_KEY),
    Claim("guessing-active", "who takes part without the pre-shared key cannot test guesses of it afterwards",
          "Felsch et al. 2018; CVE-2018-5389", Scope.SHARED_KEY),
    Claim("cost-before-cookie", "no power and no proof is due before the initiator has returned the responder's cookie",
          "RFC 2408 sections 1.7.1 and 2.5.3", Scope.RESPONDERS),
)  # fmt: skip
"""All claims, in the order in which they are decided."""

CLAIM_NAMES: tuple[str, ...] = tuple(claim.name for claim in CLAIMS)


def claim(name: str) -> Claim:
    """The claim of that name.

    Raises:
        KeyError: there is none; the message lists those that exist.
    """
    for each in CLAIMS:
        if each.name == name:
            return each
    raise KeyError(f"unknown claim {name!r}; known are {', '.join(CLAIM_NAMES)}")
