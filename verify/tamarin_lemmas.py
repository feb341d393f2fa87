"""The claims of a role as lemmas of Tamarin.

A lemma is about agents A, who makes the claim, and B, its peer: two agents whose keys are not revealed. Facts that the
rules say: TookPart(own, peer) at the first step, Running and Commit of what is agreed on by kind, Finished, Secret and
SessionKey at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from isakmp.spec.claims import Claim
from isakmp.spec.terms import Role
from isakmp.verify.exports import Reading

_EQUIVALENCE: Final = "no property of single runs, but an equivalence of two systems"
UNSTATED: Final = {
    "identity-passive": f"names of agents are public in this model; {_EQUIVALENCE}",
    "identity-active": f"names of agents are public in this model; {_EQUIVALENCE}",
    "guessing-passive": f"a guess that can be tested is {_EQUIVALENCE}",
    "guessing-active": f"a guess that can be tested is {_EQUIVALENCE}",
    "cost-before-cookie": "no lemma counts what an end computes",
}
"""Claims that no lemma states, and why."""
_NO_LONG_TERM: Final = "the keys that phase 1 left are no long-term keys, and its own are not part of this model"
UNSTATED_ALONE: Final = {"forward-secrecy": _NO_LONG_TERM, "key-compromise-impersonation": _NO_LONG_TERM}
"""The same for a phase 2 by itself."""

_REVEALED: Final = "(Ex #r. Reveal({}) @ #r)"
_BOTH: Final = ("A = B", _REVEALED.format("A"), _REVEALED.format("B"))
_PEER: Final = ("A = B", _REVEALED.format("B"))
_BEFORE: Final = ("A = B", *(f"(Ex #r. Reveal({agent}) @ #r & #r < #i)" for agent in "AB"))
_ALIVE: Final = "(Ex C #j. TookPart(B, C) @ #j & #j < #i)"


def lemmas(read: Reading, role: Role) -> Iterator[str]:
    """The lemmas of a role: first that an honest run can come to its end, then its claims.

    What is claimed of the key of both ends is stated with the initiator's claims.
    """
    claims = read.claims(role)
    if not claims:
        return
    side = role.name
    yield _lemma(
        f"executable_{side}",
        f"Ex A B t #i #j. Commit('{side}', 'all', A, B, t) @ #i & Running('{side}', 'all', B, A, t) @ #j",
        "& #j < #i & not (A = B) & not (Ex C #r. Reveal(C) @ #r)",
        quantifier="exists-trace",
    )
    for claim in claims:
        yield from _stated(read, role, claim)


def _stated(read: Reading, role: Role, claim: Claim) -> Iterator[str]:
    """The lemma of a claim, if it can be stated."""
    if claim.name in UNSTATED or (read.protocol.auth is None and claim.name in UNSTATED_ALONE):
        return
    side = role.name
    name = f"{claim.name.replace('-', '_')}_{side}"
    if claim.name == "secrecy-psk":
        if role is Role.I or not read.claims(Role.I):
            name = claim.name.replace("-", "_")
            yield _all(name, "A B k #i #j", "Shared(A, B, k) @ #i & K(k) @ #j", *_BOTH)
        return
    finished = f"Finished('{side}', A, B) @ #i"
    secret = f"Secret('{side}', A, B, k) @ #i & K(k) @ #j"
    keys = f"SessionKey('{side}', A, B, k) @ #i & SessionKey(s, B, C, k) @ #j"
    match claim.name:
        case "secrecy":
            yield _all(name, "A B k #i #j", secret, *_BOTH)
        case "forward-secrecy":
            yield _all(name, "A B k #i #j", secret, *_BEFORE)
        case "aliveness":
            yield _all(name, "A B #i", finished, _ALIVE, *_BOTH)
        case "key-compromise-impersonation":
            yield _all(name, "A B #i", finished, _ALIVE, *_PEER)
        case "weak-agreement":
            yield _all(name, "A B #i", finished, "(Ex #j. TookPart(B, A) @ #j & #j < #i)", *_BOTH)
        case "reflection":
            yield _all(name, "A B #i", finished, "(Ex C D #j. TookPart(C, D) @ #j & not (C = A))", *_BOTH)
        case "unknown-key-share":
            yield _all(name, "s A B C k #i #j", keys, "C = A", *_BOTH)
        case _:
            yield _agreement(name, side, claim.name)


def _agreement(name: str, side: str, claim: str) -> str:
    kind = claim.removeprefix("agreement-")
    kind = "all" if kind in {"agreement", "injective-agreement"} else kind
    running = f"Running('{side}', '{kind}', B, A, t) @ #j & #j < #i"
    if claim == "injective-agreement":
        running += f"\n          & not (Ex C D #k. Commit('{side}', '{kind}', C, D, t) @ #k & not (#k = #i))"
    return _all(name, "A B t #i", f"Commit('{side}', '{kind}', A, B, t) @ #i", f"(Ex #j. {running})", *_BOTH)


def _all(name: str, variables: str, said: str, *follows: str) -> str:
    """A lemma on all runs: where that was said, one of these holds."""
    return _lemma(name, f"All {variables}. {said}", "==> " + "\n        | ".join(follows), quantifier="all-traces")


def _lemma(name: str, *lines: str, quantifier: str) -> str:
    text = "\n      ".join(lines)
    return f'lemma {name}:\n  {quantifier}\n  "{text}"'
