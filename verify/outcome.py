"""Whether a claim is broken by what the ends of a replay really hold: in their own words, without the solver's.

Values are compared as octets, keys are computed by the intruder, guesses are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from isakmp.machine.algebra import MissingValueError
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import payload_type
from isakmp.machine.outputs import PhaseTwoUp
from isakmp.machine.results import keymat
from isakmp.machine.run import Knowledge
from isakmp.machine.sa import IpsecSaPair
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE
from isakmp.spec.claims import Claim, Compromise
from isakmp.spec.keying import Auth
from isakmp.spec.messages import COSTLY
from isakmp.spec.terms import Role
from isakmp.verify.hosts import shared_key
from isakmp.verify.models import SECOND, Protocol
from isakmp.verify.replay import End, Replay
from isakmp.verify.scripts import Script, needs, shared_kinds
from isakmp.verify.trace import ALICE, BOB

WRONG_GUESS = b"not what they share"
TRANSFORM = "agreement-transform"


def broken(claim: Claim, replayed: Replay, compromises: frozenset[Compromise]) -> bool:
    """Whether a claim is broken at the end of a replay."""
    return _TESTS[claim.name](_Outcome(replayed, compromises))


class _Outcome:
    """The ends of a replay, the claimer apart from the others."""

    def __init__(self, replayed: Replay, compromises: frozenset[Compromise]) -> None:
        self.claimer, *self.others = replayed.ends
        self.intruder = replayed.intruder
        self.story = replayed.story
        self.deliveries = replayed.deliveries
        self.script: Script = self.story.script(self.claimer.session.number)
        self.after = Compromise.AFTER in compromises
        kinds = shared_kinds(self.script, self.claimer.session.role)
        leaves = {
            name: [str(self.script.nodes[number].leaf) for number in sorted(numbers)] for name, numbers in kinds.items()
        }
        self.kinds = {f"agreement-{name}": names for name, names in leaves.items()}

    # ---- authentication ----

    def involved(self) -> Iterator[End]:
        """Sessions of the peer in which anything happened."""
        return (end for end in self.others if end.session.agent == BOB and end.steps)

    def running(self) -> Iterator[End]:
        """Of these, those with the claimer."""
        return (end for end in self.involved() if end.session.peer == ALICE)

    def mates(self) -> Iterator[End]:
        """Of these, those in the other role that have come as far as the claimer must believe."""
        far = tuple(needs(self.script, self.claimer.session.role))
        for end in self.running():
            if end.session.role is self.claimer.session.role.other and all(end.steps >= step for step in far):
                yield end

    def agrees(self, end: End, kind: str) -> bool:
        """Whether an end has the claimer's values of one kind."""
        return all(end.values.get(name) == self.claimer.values.get(name) for name in self.kinds[kind])

    def agreed(self, end: End) -> bool:
        """Whether an end has all of the claimer's values that hashes cover."""
        return all(self.agrees(end, kind) for kind in self.kinds if kind != TRANSFORM)

    def twins(self) -> Iterator[End]:
        """Other sessions of the claimer's host that came to their end with the same values."""
        session = self.claimer.session
        for end in self.others:
            own = (end.session.agent, end.session.peer, end.session.role) == (ALICE, BOB, session.role)
            if own and end.done and self.agreed(end):
                yield end

    # ---- keys ----

    def learns_keys(self) -> bool:
        """Whether the intruder computes the claimer's keys, with the long-term keys if they are known by now."""
        intruder = self.intruder.with_keys_of(frozenset({ALICE, BOB})) if self.after else self.intruder
        view, pair = intruder.view(self.claimer.session), pair_of(self.claimer)
        try:
            if self.claimer.protocol.under is not None:
                _take_up_second(view, self.claimer.protocol)
            if pair is None:
                found = {secret.name: view.values[secret] for secret in self.script.protocol.secrets}
            else:
                found = {
                    f"KEYMAT {one.spi.hex()}": keymat(
                        view, one.protocol, one.spi, len(one.keymat), pfs=one.suite.group is not None
                    )
                    for one in (pair.inbound, pair.outbound)
                }
        except MissingValueError:
            return False
        return found == keys_of(self.claimer)

    def key_shared_otherwise(self) -> bool:
        """Whether a finished session of the peer has the claimer's keys, and means somebody else."""
        mine = keys_of(self.claimer)
        return any(end.done and end.session.peer != ALICE and keys_of(end) == mine for end in self.involved())

    # ---- identities and guesses ----

    def identity_read(self) -> bool:
        """Whether the intruder has read the claimer's identity in what the claimer sent or took."""
        term = str(k.IDII if self.claimer.session.role is Role.I else k.IDIR)
        return (self.claimer.session.number, term) in self.intruder.read

    def guess_tested(self) -> bool:
        """Whether the right shared key shows itself to the intruder, and a wrong one shows that it is wrong."""
        return self._fits(shared_key(ALICE, BOB)) and not self._fits(WRONG_GUESS)

    def _fits(self, guess: bytes) -> bool:
        self.intruder.guess = guess
        try:
            return any(self.intruder.confirms(end.session) for end in (self.claimer, *self.others))
        finally:
            self.intruder.guess = None


def _take_up_second(view: Knowledge, protocol: Protocol) -> None:
    """Give the values of phase 2 the names that they have where it is looked at alone."""
    store = view.values.store
    view.values[k.skeyid_d(protocol.auth or Auth.PSK)]  # remembered under the name that phase 2 knows it by
    for name in [name for name in store if name.endswith(SECOND)]:
        store[name.removesuffix(SECOND)] = store[name]


def pair_of(end: End) -> IpsecSaPair | None:
    """The IPsec SAs that an end's quick mode has come to."""
    return next((each.pair for each in end.outputs if isinstance(each, PhaseTwoUp)), None)


def keys_of(end: End) -> dict[str, bytes]:
    """The keys that a session has made, by their names; none where it did not come to its end."""
    sa, pair = end.sa if end.protocol.auth is not None else None, pair_of(end)
    if pair is not None:
        return {f"KEYMAT {one.spi.hex()}": one.keymat for one in (pair.inbound, pair.outbound)}
    return {} if sa is None else {"SKEYID_d": sa.skeyid_d, "SKEYID_a": sa.skeyid_a, "SKEYID_e": sa.skeyid_e}


def _nobody(found: Iterator[End]) -> bool:
    return next(found, None) is None


def _no_agreement(kind: str) -> Callable[[_Outcome], bool]:
    return lambda o: o.claimer.done and not any(o.agrees(end, kind) for end in o.mates())


def _not_alive(o: _Outcome) -> bool:
    return o.claimer.done and _nobody(o.involved())


def _not_agreed(o: _Outcome) -> bool:
    return o.claimer.done and not any(map(o.agreed, o.mates()))


def _more_than_agree(o: _Outcome) -> bool:
    """More sessions of the claimer have come to their end with the same values than there are of the peer."""
    return _not_agreed(o) or (
        o.claimer.done and 1 + len([*o.twins()]) > len([end for end in o.mates() if o.agreed(end)])
    )


def _computes_at_once(o: _Outcome) -> bool:
    """Whether the first answer of the claimer holds what costs powers or a proof."""
    sent = next((each.datagram for each in o.deliveries if each.session == o.claimer.session and each.out), None)
    return sent is not None and any(payload_type(each) in COSTLY for each in decode(sent, opaque=OPAQUE).payloads)


def _knows_psk(o: _Outcome) -> bool:
    return bool(o.intruder.owned & {ALICE, BOB})


_TESTS: dict[str, Callable[[_Outcome], bool]] = {
    "secrecy": lambda o: o.claimer.done and o.learns_keys(),
    "forward-secrecy": lambda o: o.claimer.done and o.learns_keys(),
    "secrecy-psk": _knows_psk,
    "aliveness": _not_alive,
    "key-compromise-impersonation": _not_alive,
    "weak-agreement": lambda o: o.claimer.done and _nobody(o.running()),
    "agreement-identities": lambda o: o.claimer.done and _nobody(o.mates()),
    **{
        kind: _no_agreement(kind)
        for kind in (
            "agreement-nonces",
            "agreement-cookies",
            "agreement-dh",
            "agreement-offer",
            TRANSFORM,
            "agreement-information",
        )
    },
    "agreement": _not_agreed,
    "injective-agreement": _more_than_agree,
    "unknown-key-share": lambda o: o.claimer.done and o.key_shared_otherwise(),
    "reflection": lambda o: _not_alive(o) and all(end.session.agent == ALICE for end in o.others),
    "identity-passive": _Outcome.identity_read,
    "identity-active": _Outcome.identity_read,
    "guessing-passive": _Outcome.guess_tested,
    "guessing-active": _Outcome.guess_tested,
    "cost-before-cookie": _computes_at_once,
}
