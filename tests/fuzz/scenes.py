"""Places in genuine conversations: a peer that has come to a message, the message in the clear, and how it is sealed.

Conversations are those of the test vectors: all values are drawn from seeds, so that an input always does the same. A
place is set up once, and its peer copied for each input: a handshake takes ten times as long as a copy.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Final

from isakmp.conform.live.draft import Draft, opened, sealed
from isakmp.conform.vectors.courses import Plan, phase_1, quick
from isakmp.conform.vectors.document import Writer
from isakmp.conform.vectors.negatives import _has_sealed_bodies, _patient, _run_of
from isakmp.conform.vectors.recording import Recorder, Stage
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.config import Config
from isakmp.machine.engine import Engine
from isakmp.machine.errors import IsakmpError
from isakmp.machine.peer import Peer
from isakmp.machine.run import Run
from isakmp.machine.users import Answers
from isakmp.spec.layouts import Structure
from isakmp.spec.messages import Message
from isakmp.spec.registries import AuthMethod, Group
from isakmp.spec.table import Table
from isakmp.spec.terms import Role
from tests.conform.vectors import planned
from tests.fuzz.target import ensure
from tests.properties.setups import PASSWORD, USER, Plain

QUICK: Final = "aes128-sha256-ecp256"
UNSEALED: Final = (IsakmpError, CryptoFailure, LookupError, ValueError, TypeError)
"""What a draft raises that is too far from a message to be sealed."""


@cache
def plans() -> tuple[Plan, ...]:
    """The conversations: every exchange of phase 1, some forms of authentication, all that follows under an SA."""
    return (
        planned("main", suite=QUICK),
        planned("aggressive", suite=QUICK),
        planned("base", suite=QUICK),
        planned("authentication-only", suite=QUICK),
        planned("main", AuthMethod.ECDSA_256, suite=QUICK),
        planned("aggressive", AuthMethod.RSA_REV_ENC, suite=QUICK),
        planned("main", AuthMethod.RSA_ENC, suite=QUICK),
        planned("quick", suite=QUICK, pfs=Group.ECP_256),
        planned("new-group", suite=QUICK),
        planned("transaction", suite=QUICK),
        _with_users(planned("quick", suite=QUICK)),
        planned("informational", suite=QUICK),
        planned("informational-clear", suite=QUICK),
    )


def _with_users(plan: Plan) -> Plan:
    """The same with a user who has to be authenticated before the quick mode."""
    changes: dict[Role, dict[str, Any]] = {
        Role.I: {"xauth": "client", "user": Answers(USER, PASSWORD)},
        Role.R: {"xauth": "edge", "authenticator": Plain()},
    }
    configs: dict[Role, Config] = {role: replace(plan.configs[role], **changes[role]) for role in Role}

    def course(stage: Stage) -> None:
        phase_1("main")(stage)
        quick(stage)

    return replace(plan, configs=configs, course=course)


@dataclass(frozen=True)
class Honest:
    """A message as its sender meant it: template, vector if it was encrypted, and the row that takes it."""

    number: int
    template: Message
    vector: bytes | None
    row: str


@dataclass(frozen=True, eq=False)
class Course:
    """A conversation that was played to its end."""

    plan: Plan
    writer: Writer
    messages: tuple[Honest, ...]
    genuine: frozenset[bytes]
    """Bodies of what the two ends sent, for which their keys vouch."""


@cache
def course(index: int) -> Course:
    """The conversation of a plan."""
    plan = _patient(plans()[index])
    writer = Writer(plan, plan.play())
    writer.document()
    messages = tuple(
        Honest(number, seen.template, writer.vectors[number], seen.carried.taken.row.id)
        for number, (seen, _) in writer.seen.items()
    )
    genuine = frozenset(one.sent.datagram[28:] for one in writer.stage.carried)
    return Course(plan, writer, messages, genuine)


class Scene:
    """A peer that has come to a message, before it is delivered."""

    def __init__(self, course: Course, honest: Honest) -> None:
        self.course, self.honest = course, honest
        self.stage: Stage = course.plan.play(honest.number)
        pending = self.stage.carried[honest.number - 1]
        self.datagram, self.sender = pending.sent.datagram, pending.sender
        self.run: Run = _run_of(self.stage, pending, course.writer.seen[honest.number][1])
        self._peer = self.stage.peers[self.sender.other]
        self._kept = _immutable(self._peer)
        self._drawn = dict(self.backend._drawn)

    @property
    def backend(self) -> Recorder:
        """What both ends compute with."""
        return self.stage.backend

    @property
    def now(self) -> float:
        """When the message arrives."""
        return self.stage.now

    def peer(self) -> Peer:
        """The receiver, as it is when the message arrives; whatever is done to it, the next one is the same."""
        self.backend._drawn = Counter(self._drawn)
        self.backend.drawn.clear()
        return copy.deepcopy(self._peer, dict(self._kept))

    @cached_property
    def draft(self) -> Draft:
        """The message in the clear."""
        if _has_sealed_bodies(self.honest.template):
            return Draft(self.datagram, encrypted=False, proofs=False)
        return opened(self.datagram, self.run, self.honest.vector or b"")

    def seal(self, plain: bytes, *, proofs: bool, encrypted: bool) -> bytes | None:
        """Octets in the clear as the sender would send them: proofs, encryption; None where that cannot be done."""
        wanted = encrypted and self.honest.vector is not None
        draft = Draft(plain, encrypted=wanted, proofs=proofs and self.draft.proofs)
        try:
            return sealed(draft, self.run, self.honest.template, self.honest.vector)
        except UNSEALED:
            return None


def _immutable(peer: Peer) -> dict[int, Any]:
    """What need not be copied with a peer, by identity, as `copy.deepcopy` takes it."""
    memo: dict[int, Any] = {}
    for atom in (peer.config, peer.backend):
        memo[id(atom)] = atom
    copy.deepcopy(peer, memo)
    originals = memo[id(memo)]
    fixed = (Engine, Table, Config, Structure, Message, Plan)
    atoms: list[object] = [peer.config, peer.backend, *(each for each in originals if isinstance(each, fixed))]
    atoms += [run.known.values.own for run in peer.database.runs() if run.known.values.own is not None]
    return {id(each): each for each in atoms}


@cache
def places() -> tuple[tuple[int, int], ...]:
    """Every message of every conversation: the plan's index, and the message's in it; what is said twice once."""
    return tuple(_places())


def _places() -> Iterator[tuple[int, int]]:
    seen: set[tuple[object, ...]] = set()
    for index, plan in enumerate(plans()):
        forms = plan.configs[Role.I].ike[0].auth, plan.configs[Role.I].xauth
        for position, honest in enumerate(course(index).messages):
            various = honest.template.name in ("INFO", "TX1", "TX2")  # which carry one thing and then another
            key = forms, honest.row, honest.number if various else 0
            if honest.row.startswith("main") and plan.exchange != "main":
                continue
            if key not in seen:
                seen.add(key)
                yield index, position


@cache
def scene(number: int) -> Scene:
    """The scene of a place."""
    index, position = places()[number % len(places())]
    found = course(index)
    made = Scene(found, found.messages[position])
    ensure(made.seal(made.draft.plain, proofs=True, encrypted=True) is not None, "an honest message cannot be sealed")
    return made
