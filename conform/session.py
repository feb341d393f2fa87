"""One ISAKMP SA as an onlooker knows it: its cookies, its ends, and what keys the keys file gives or lets derive.

Each end has a ring of keys. The two are one and the same, unless the file says that the ends hold different pre-shared
keys: then each message is judged by its sender's. Nothing is computed here but by the definitions of
`isakmp.spec.keying`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from isakmp.conform.capture import Datagram, Endpoint
from isakmp.conform.keytypes import SaKeys
from isakmp.conform.verdicts import MessageReport
from isakmp.crypto.backend import Backend
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.algebra import MissingValueError, Values
from isakmp.machine.checks import negotiate
from isakmp.machine.config import IkeProposal
from isakmp.machine.errors import Deviation
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.carried import SEALING
from isakmp.spec.exchanges import PHASE_1_FORMS, phase_1_keys
from isakmp.spec.keying import Auth
from isakmp.spec.registries import AuthMethod
from isakmp.spec.table import State
from isakmp.spec.terms import Psk, Role, Term

if TYPE_CHECKING:
    from isakmp.conform.track import Track

__all__ = ["Ring", "Session", "Suspect", "evaluate"]

# Where a keys file keeps what a definition of phase 1 computes.
GIVEN = {
    "SKEYID": "skeyid",
    "SKEYID_d": "skeyid_d",
    "SKEYID_a": "skeyid_a",
    "SKEYID_e": "skeyid_e",
    "Ka": "cipher_key",
}
_EXCHANGED = (k.G_XI, k.G_XR, k.NI, k.NR)


def evaluate(values: Values, term: Term) -> tuple[bytes | None, str]:
    """The value of a term, or None and why it cannot be computed."""
    try:
        return values[term], ""
    except MissingValueError as error:
        return None, str(error)
    except KeyError as error:
        return None, f"{error.args[0]} is not known"
    except CryptoFailure as failure:
        return None, str(failure)


@dataclass(slots=True)
class Ring:
    """What one end can compute. `given` are values of the keys file, used where nothing earlier leads to them.

    `taken` names those that were used. `opened` is set once a message opened, `proven` once that or a hash showed
    that what was derived is right: from then on, what does not agree is the fault of a message and not of the keys.
    """

    known: Knowledge
    given: dict[str, bytes] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    opened: bool = False
    proven: bool = False
    complaint: str = ""

    def complete(self, auth: Auth) -> None:
        """Derive the keys of phase 1 from the earliest material there is, once both ends' values are on the wire."""
        values = self.known.values
        # Where bodies are encrypted, the wire alone does not show when both ends have sent their values.
        if self.known.suite is None or not (auth in SEALING or all(term in values for term in _EXCHANGED)):
            return
        for definition in phase_1_keys(auth):
            if definition in values or evaluate(values, definition)[0] is not None:
                continue
            if definition.name in self.given:
                values[definition] = self.given[definition.name]
                self.taken.add(definition.name)

    def cipher_key(self, auth: Auth) -> tuple[bytes | None, str]:
        """The key of the cipher, or None and why there is none."""
        self.complete(auth)
        key, why = evaluate(self.known.values, k.cipher_key(auth))
        wanted = self.known.values.key_length
        if key is not None and len(key) != wanted:
            self.complaint = f"the cipher key has {len(key)} octets, the negotiated cipher takes {wanted}"
            return None, self.complaint
        return key, why


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something that does not agree: a fault of the message if its ring is proven, else perhaps of the keys.

    `row` is then the row that takes the message. `closed` says that it did not open, of which a hash in the clear
    proves nothing. With `whole` set it is the message's fault only if that exchange came to its end: else it may not
    be the first message of the exchange at all, and the first is missing.
    """

    ring: Ring
    report: MessageReport
    check: str
    deviation: Deviation
    finding: str
    row: str | None = None
    closed: bool = False
    whole: Track | None = None

    @property
    def blames_message(self) -> bool:
        """Whether the keys are known to be right."""
        return self.ring.opened if self.closed else self.ring.proven


@dataclass(slots=True, eq=False)
class Session:
    """All that happens under one pair of cookies.

    `blocks` are the last CBC blocks of the messages of phase 1; from the last of them the vectors of phase 2 follow.
    `natted` tells for each role whether it has seen, by the peer's NAT-D payloads, that there is a NAT between them;
    `floated` which of them have moved to port 4500. `begun` says that the first message is in the capture; `sequences`
    are the numbers that each end has asked with in dead peer detection, `users` the states of XAuth, edge device first.
    """

    cky_i: bytes
    cky_r: bytes
    initiator: Endpoint
    responder: Endpoint
    backend: Backend
    keys: SaKeys | None = None
    method: AuthMethod | None = None
    auth: Auth | None = None
    rings: dict[Role, Ring] = field(default_factory=dict)
    blocks: list[bytes] = field(default_factory=list)
    phase_1: Track | None = None
    tracks: dict[tuple[int, int], Track] = field(default_factory=dict)
    suspects: list[Suspect] = field(default_factory=list)
    natted: dict[Role, bool] = field(default_factory=dict)
    begun: bool = False
    floated: set[Role] = field(default_factory=set)
    sequences: dict[Role, set[bytes]] = field(default_factory=dict)
    users: dict[Role, State] = field(default_factory=dict)

    def sender(self, datagram: Datagram) -> Role:
        """Who sent a datagram: by address, and by port where both ends have one address."""
        if datagram.source == self.initiator or datagram.destination == self.responder:
            return Role.I
        if datagram.source == self.responder or datagram.destination == self.initiator:
            return Role.R
        return Role.I if datagram.source.address == self.initiator.address else Role.R

    @property
    def separate(self) -> bool:
        """Whether the ends hold different keys."""
        return self.rings[Role.I] is not self.rings[Role.R]

    def make_rings(self) -> None:
        """Fill the rings from the keys file."""
        keys = self.keys
        if keys is None:
            ring = Ring(Knowledge(Role.I, self.backend))
            self.rings = {Role.I: ring, Role.R: ring}
            return
        both = keys.psk_i is not None and keys.psk_r is not None and keys.psk_i != keys.psk_r
        if not both:
            ring = self._ring(keys, keys.psk_i or keys.psk_r, keys.logged_by)
            self.rings = {Role.I: ring, Role.R: ring}
            return
        self.rings = {
            role: self._ring(keys, psk, role.value) for role, psk in ((Role.I, keys.psk_i), (Role.R, keys.psk_r))
        }

    def _ring(self, keys: SaKeys, psk: bytes | None, side: str | None) -> Ring:
        ring = Ring(Knowledge(Role.I, self.backend))
        values = ring.known.values
        if psk is not None:
            values[Psk()] = psk
        if keys.dh_shared_secret is not None:
            values[k.G_XY] = keys.dh_shared_secret
        # What a daemon logged is its own: the other end's ring takes what that one logged.
        if side == keys.logged_by or keys.logged_by is None:
            found = {name: getattr(keys, attribute) for name, attribute in GIVEN.items()}
        else:
            other = keys.logged_by_other
            found = {name: other.get("ka" if name == "Ka" else attribute) for name, attribute in GIVEN.items()}
        ring.given = {name: value for name, value in found.items() if value is not None}
        return ring

    def bind(self, term: Term, value: bytes) -> None:
        """Put what the wire brings into both rings; what was computed from an earlier value of it is forgotten."""
        for ring in set(map(id, self.rings.values())):
            values = next(each for each in self.rings.values() if id(each) == ring).known.values
            if values.store.get(str(term)) == value:
                continue
            values[term] = value
            for name in _COMPUTED:
                values.store.pop(name, None)
            if values.own is not None:
                values.store.pop(str(k.G_XY), None)

    def negotiated(self, suite: IkeProposal) -> str:
        """Take a suite into use; return why it cannot be, or nothing."""
        try:
            for ring in self.rings.values():
                negotiate(ring.known, suite)
        except (KeyError, ValueError) as error:
            for ring in self.rings.values():
                ring.known.suite = None
            return f"the chosen suite cannot be used: {error}"
        for algorithm in (suite.encryption, suite.hash):
            reason = self.backend.refusal(algorithm)
            if reason:
                return f"the backend cannot compute it: {reason}"
        return ""

    def prepare(self) -> None:
        """Derive what can be derived by now."""
        complaint = self._use_secrets()
        for ring in self.rings.values():
            ring.complaint = ring.complaint or complaint
            if self.auth is not None:
                ring.complete(self.auth)

    def _use_secrets(self) -> str:
        """Take a secret exponent into use, once its public value is on the wire; return what is wrong with it."""
        keys, suite = self.keys, self.rings[Role.I].known.suite
        if keys is None or suite is None or keys.dh_shared_secret is not None:
            return ""
        for role, secret, public in ((Role.I, keys.dh_secret_i, k.G_XI), (Role.R, keys.dh_secret_r, k.G_XR)):
            values = self.rings[role].known.values
            if secret is None or public not in values or values.own is not None:
                continue
            try:
                pair = self.backend.private_from(suite.group, secret)
            except (CryptoFailure, ValueError) as error:
                return f"the {role.value}'s DH secret cannot be used: {error}"
            if pair.public != values[public]:
                return f"the {role.value}'s DH secret is not the exponent of its public value: wrong DH secret?"
            for ring in self.rings.values():
                ring.known.values.own, ring.known.values.role = pair, role
            return ""
        return ""


_COMPUTED = tuple(
    definition.name
    for auth in PHASE_1_FORMS
    for definition in (*phase_1_keys(auth), k.hash_i(auth), k.hash_r(auth), k.IV_PHASE_1)
)
