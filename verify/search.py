"""The search: one protocol, grounded once, asked for all claims of its roles one after another.

What changes between two questions (the role, the claim, what the intruder has) is an external of the program, so what
the solver has learned for one serves for the next.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import clingo

from isakmp.spec.claims import CLAIMS, Claim, Compromise, Scope
from isakmp.spec.keying import Auth
from isakmp.spec.terms import Role
from isakmp.verify.models import Protocol
from isakmp.verify.scripts import Script, facts, script_of, shared_kinds

EXECUTABLE: Final = "executable"
"""No claim: whether the role can come to the end of an honest run at all. A model in which it cannot proves nothing."""

_THEORY = files("isakmp.verify").joinpath("theory.lp")
_SIDE: Final = {Role.I: "i", Role.R: "r"}
# The externals that a compromise switches on. What becomes known afterwards is a layer of its own: see `_goal`.
_SWITCHES: Final = {
    Compromise.OUTSIDERS: "outsiders",
    Compromise.ACTOR: "actor",
    Compromise.SESSION_KEYS: "reveals_keys",
    Compromise.EPHEMERAL: "reveals_fresh",
}
_OF_CLAIMS: Final = {
    "identity-passive": ("hidden", "passive"),
    "identity-active": ("hidden",),
    "guessing-passive": ("passive",),
}
_EXTERNALS: Final = ("tidy", "hidden", "passive", "degenerate", "checks_ids", *_SWITCHES.values())
_HEED: Final = 0.2
"""Seconds after which an interrupt is heeded at the latest."""
INSIDERS: Final = frozenset({Compromise.INSIDERS})


@dataclass(frozen=True)
class Event:
    """A step of a session in an attack: what it takes and what it sends, by the message's name."""

    session: int
    step: int
    takes: str | None
    sends: str | None


@dataclass(frozen=True)
class Session:
    """A run of one end: which protocol (by its place), which role, who it is and whom it means."""

    number: int
    protocol: int
    role: Role
    agent: str
    peer: str


@dataclass(frozen=True)
class Attack:
    """An answer set: sessions, their events, and the values of leaves by session and node, as clingo writes them.

    `revealed` are the sessions whose keys the intruder was given, `leaked` those whose nonces and exponents.
    """

    sessions: tuple[Session, ...]
    events: tuple[Event, ...]
    values: dict[tuple[int, int], str]
    revealed: tuple[int, ...] = ()
    leaked: tuple[int, ...] = ()

    @property
    def messages(self) -> int:
        """How many messages honest ends send or take."""
        return sum((event.takes is not None) + (event.sends is not None) for event in self.events)


@dataclass(frozen=True)
class Found:
    """What the search says to one question: an attack or None, and how long it took in seconds."""

    role: Role
    claim: str
    attack: Attack | None
    seconds: float


def scripts_of(protocol: Protocol) -> tuple[Script, ...]:
    """The script of a protocol, and of those beside it."""
    return tuple(map(script_of, (protocol, *protocol.beside)))


def claims_of(protocol: Protocol, role: Role) -> tuple[Claim, ...]:
    """The claims that a role of a protocol can make. Who takes no message can make none."""
    if not any(message.sender is role.other for message in protocol.messages):
        return ()
    kinds = shared_kinds(script_of(protocol), role)
    return tuple(claim for claim in CLAIMS if _applies(claim, protocol, role, kinds))


def _applies(claim: Claim, protocol: Protocol, role: Role, kinds: Collection[str]) -> bool:
    kind = claim.name.removeprefix("agreement-")
    if kind not in {claim.name, "identities", *kinds}:
        return False
    match claim.scope:
        case Scope.KEYS:
            return protocol.session_key is not None
        case Scope.PHASE_1:
            return protocol.auth is not None
        case Scope.SHARED_KEY:
            return protocol.auth is Auth.PSK
        case Scope.RESPONDERS:
            return protocol.auth is not None and role is Role.R
    return True


class Search:
    """A protocol, with those that run beside it with the same long-term keys, ready to be asked.

    `sessions` is the bound: how many runs of honest ends take part, that of the claim among them.
    """

    def __init__(self, protocol: Protocol, sessions: int) -> None:
        self.scripts = scripts_of(protocol)
        self.protocol = protocol
        self.sessions = sessions
        names = [EXECUTABLE, *(claim.name for claim in CLAIMS)]
        # Shortest attacks are found from below (unsatisfiable cores): half the time of improving one after another.
        self._control = clingo.Control(["-c", f"n={sessions}", "--warn=no-atom-undefined", "--opt-strategy=usc"])
        self._control.add("base", [], program(self.scripts, names))
        self._control.ground([("base", [])])
        self._set("checks_ids", value=protocol.checks_ids)
        self._set("degenerate", value=protocol.degenerate)

    def ask(
        self,
        role: Role,
        name: str,
        compromises: frozenset[Compromise] = INSIDERS,
        *,
        trace: bool = True,
        tidy: bool = False,
        likely: bool = False,
    ) -> Found:
        """Look for an attack on a claim of a role; without `trace`, only whether there is one.

        An attack is the shortest: no other has fewer steps. A tidy one leaves as much as it was sent as the claim
        allows, which takes longer to find. Where an attack is `likely`, the shortest is sought at once, and not first
        whether there is any: that saves time where there is one, and costs some where there is none.
        """
        began = time.perf_counter()
        goal = clingo.Function("goal", [clingo.String(_goal(name, compromises))])
        switched = [
            *["tidy"] * tidy,
            *(_SWITCHES[each] for each in compromises if each in _SWITCHES),
            *_OF_CLAIMS.get(name, ()),
        ]
        self._control.assign_external(goal, True)  # noqa: FBT003 - clingo's way to say it
        for switch in switched:
            self._set(switch, value=True)
        try:
            attack = self._solve(role, trace=trace, likely=likely)
        finally:
            self._control.assign_external(goal, False)  # noqa: FBT003 - as above
            for switch in switched:
                self._set(switch, value=False)
        return Found(role, name, attack, time.perf_counter() - began)

    def _solve(self, role: Role, *, trace: bool, likely: bool) -> Attack | None:
        assumed = [
            (
                clingo.Function("claimer", [clingo.Function("role", [clingo.Number(0), clingo.Function(_SIDE[role])])]),
                True,
            )
        ]
        if not (trace and likely):
            self._control.configuration.solve.opt_mode = "ignore"  # type: ignore[union-attr]
            found = self._first(assumed)
            if found is None or not trace:
                return found
        self._control.configuration.solve.opt_mode = "opt"  # type: ignore[union-attr]
        return self._first(assumed)

    def _first(self, assumed: list[tuple[clingo.Symbol, bool]]) -> Attack | None:
        """The last model of a call: the only one that is asked for, or the best."""
        found: Attack | None = None
        with self._control.solve(assumptions=assumed, yield_=True, async_=True) as handle:
            while True:
                handle.resume()
                while not handle.wait(_HEED):
                    pass  # between two waits an interrupt gets through
                model = handle.model()
                if model is None:
                    return found
                found = _read(model, self.scripts)

    def _set(self, external: str, *, value: bool) -> None:
        self._control.assign_external(clingo.Function(external), value)


def fingerprint(protocol: Protocol, sessions: int) -> str:
    """What an answer rests on: the whole program, the bound, what the protocol's ends check, and the solver."""
    text = program(scripts_of(protocol), ())
    parts = (text, str(sessions), str(protocol.checks_ids), str(protocol.degenerate), clingo.__version__)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _goal(name: str, compromises: frozenset[Compromise]) -> str:
    """What is asked for: secrecy, where keys become known afterwards, is forward secrecy."""
    return "forward-secrecy" if name == "secrecy" and Compromise.AFTER in compromises else name


def program(scripts: Iterable[Script], goals: Iterable[str]) -> str:
    """The whole program: theory, facts, and what is switched from question to question."""
    switches = [f"#external {name}." for name in _EXTERNALS] + [f'#external goal("{name}").' for name in goals]
    return "\n".join((_THEORY.read_text(), *facts(scripts), *switches, "layer(late;guess)."))


def _read(model: clingo.Model, scripts: tuple[Script, ...]) -> Attack:
    roles: dict[int, tuple[int, Role]] = {}
    agents: dict[tuple[int, str], str] = {}
    happened: list[tuple[int, int]] = []
    values: dict[tuple[int, int], str] = {}
    given: dict[str, list[int]] = {"revealed": [], "leaked": []}
    for atom in model.symbols(atoms=True):
        match atom.name, atom.arguments:
            case "role", [session, role] if (
                role.type is clingo.SymbolType.Function and session.type is clingo.SymbolType.Number
            ):
                side = Role.I if role.arguments[1].name == "i" else Role.R
                roles[session.number] = (role.arguments[0].number, side)
            case "own" | "peer" as kind, [session, agent]:
                agents[session.number, kind] = agent.name
            case "happen", [session, step] if step.number > 0:
                happened.append((session.number, step.number))
            case ("revealed" | "leaked") as kind, [session]:
                given[kind].append(session.number)
            case "val", [session, node, value]:
                values[session.number, node.number] = str(value)
    sessions = tuple(
        Session(number, protocol, role, agents[number, "own"], agents[number, "peer"])
        for number, (protocol, role) in sorted(roles.items())
    )
    steps = {session.number: scripts[session.protocol].steps(session.role) for session in sessions}
    events = tuple(
        Event(session, step, steps[session][step - 1].takes, steps[session][step - 1].sends)
        for session, step in sorted(happened)
    )
    return Attack(sessions, events, values, **{kind: tuple(sorted(numbers)) for kind, numbers in given.items()})


def decide(protocol: Protocol, sessions: int, roles: Iterable[Role] = Role) -> Iterator[Found]:
    """All claims of a protocol's roles, each under its own compromise model."""
    search = Search(protocol, sessions)
    for role in roles:
        for claim in claims_of(protocol, role):
            yield search.ask(role, claim.name, INSIDERS | frozenset(claim.needs))
