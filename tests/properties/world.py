"""A run under watch: actions on the network, and after each of them all safety properties.

Nothing here trusts the machine's own bookkeeping where the wire tells the same: what was sent is read from the
datagrams and the journals of the backends.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

from isakmp.crypto.backend import Backend
from isakmp.crypto.deduction import Intruder
from isakmp.crypto.errors import CryptoFailure
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.adversary import Action
from isakmp.machine.bodies import body_of
from isakmp.machine.codec import decode, decode_payloads
from isakmp.machine.config import Config
from isakmp.machine.engine import Engine
from isakmp.machine.errors import IsakmpError
from isakmp.machine.fragments import Assembly, piece_of
from isakmp.machine.identities import payload_of
from isakmp.machine.natt import Endpoint
from isakmp.machine.network import Call, Network
from isakmp.machine.outputs import Authenticated, GroupUp, Output, PhaseOneUp, PhaseTwoUp, Send, Taken, UserAdmitted
from isakmp.machine.peer import Peer
from isakmp.machine.run import Run, Step
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.events import Action as Act
from isakmp.spec.events import EventKind
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import NAT_T_PORT, NO_COOKIE
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import KE, NONCE, SA, Header
from isakmp.spec.properties import PROPERTIES
from isakmp.spec.registries import ExchangeType, Flag, PayloadType
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Def, Role
from tests.machine.ends import NOW
from tests.properties.setups import (
    ADDRESSES,
    BOB,
    DESCRIBED,
    HONEST,
    IDENTITIES,
    MALLORY,
    METHODS,
    PLACES,
    Hosts,
    Setup,
    key_pair,
    shared_key,
)

IDS = tuple(each.id for each in PROPERTIES)
HEADER = Header.layout.minimum
SECRET = ("skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "cipher_key")
# What one datagram may cost: see the property "bounded-work".
MOST_WORK = {"exponentiation": 2, "long-term key": 2, "opened body": 3}
MOST_ANSWERS = 2
# All that Python code raises by itself, and what this package raises on purpose.
RAISED = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError, IsakmpError, CryptoFailure)
QUIET_STEPS = 400


class Violation(NamedTuple):
    """A property that does not hold, and what was seen."""

    property: str
    detail: str


class Held(NamedTuple):
    """An SA that came to stand: at whom, with which peer, when."""

    host: str
    peer: str | None
    sa: Any
    at: float


@dataclass(frozen=True)
class Before:
    """What a call may change."""

    runs: dict[int, tuple[Run, tuple[object, ...]]]
    established: dict[tuple[object, ...], tuple[IsakmpSa, *tuple[object, ...]]]
    last: set[tuple[bytes | None, Hashable]]
    work: dict[str, int]
    pieces: int


class WatchedEngine:
    """An engine that shows each step, before anything else follows from it."""

    def __init__(self, engine: Engine, peer: WatchedPeer) -> None:
        self.table, self.states, self.awaited = engine.table, engine.states, engine.awaited
        self._engine, self._peer = engine, peer

    def fire(self, run: Run, event: str, step: Step) -> None:
        source = run.state
        self._engine.fire(run, event, step)
        self._peer.world.stepped(self._peer, step, event, source)


class WatchedPeer(Peer):
    """A peer that shows each of its steps."""

    def __init__(self, name: str, config: Config, backend: Backend, world: World) -> None:
        super().__init__(config, backend)
        self.name = name
        self.world = world
        make = self._runs.fresh

        def fresh(exchange: Exchange, role: Role, address: Hashable, sa: IsakmpSa | None = None) -> Run:
            run = make(exchange, role, address, sa)
            run.engine = WatchedEngine(run.engine, self)  # type: ignore[assignment]  # all that a peer uses of one
            return run

        self._runs.fresh = fresh  # type: ignore[method-assign]

    def receive(self, datagram: bytes, address: Hashable, now: float) -> tuple[Output, ...]:
        if self.world.assembled is not None:  # of a message in pieces, the whole comes here after its last piece
            self.world.joined.add(datagram[:8])
        self.world.assembled = datagram
        return super().receive(datagram, address, now)


def whole(datagrams: Iterable[bytes]) -> list[bytes]:
    """Datagrams with those in pieces put together."""
    assembly, found = Assembly(), []
    for datagram in datagrams:
        if len(datagram) <= HEADER or datagram[16] != PayloadType.FRAGMENT:
            found.append(datagram)
            continue
        message = decode(datagram)
        piece = piece_of(message)
        joined = None if piece is None else assembly.add(message, piece, None, 0)
        if joined is not None:
            found.append(joined)
    return found


def name_of(identity: object) -> str | None:
    """The host that an identity names."""
    return next((name for name, known in IDENTITIES.items() if known == identity), None)


class World:
    """The hosts and the network of one setup, and what was seen so far. `violations` is empty while all is well."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.violations: list[Violation] = []
        self.hosts = Hosts(setup, lambda name, config, backend: WatchedPeer(name, config, backend, self))
        self.network = Network(
            {name: self.hosts.host(name) for name in ADDRESSES},
            NOW,
            self.hosts.impostor,
            watcher=self,
            places=PLACES if setup.nat else {},
            groups=DESCRIBED,
        )
        self.assembled: bytes | None = None
        self.wholes: list[bytes] = []
        self.joined: set[bytes] = set()
        self.reached: set[tuple[str, str]] = set()
        self.knows: set[tuple[bytes, str]] = set()
        self.groups: dict[tuple[bytes, int], object] = {}
        self.took_part: set[tuple[object, ...]] = set()
        self.authors: dict[bytes, set[str]] = {}
        self.taken: dict[int, set[bytes]] = {}
        self.sent: dict[int, set[bytes]] = {}
        self.sas: dict[bytes, list[Held]] = {}
        self.pairs: dict[tuple[bytes, int], list[Held]] = {}
        self.values: dict[bytes, str] = {}
        self.message_ids: dict[bytes, dict[int, int]] = {}
        self.vectors: dict[tuple[bytes, bytes], bytes] = {}
        self.last_blocks: dict[tuple[object, ...], bytes] = {}
        self.offers: dict[int, SA] = {}
        self.phase_1: dict[tuple[object, ...], Run] = {}
        self.proven: set[str] = set()
        self.admitted: set[bytes] = set()
        self.kept: list[Run] = []  # so that no identity of a run is used twice
        self._before: Before | None = None

    def broken(self, property_: str, detail: str) -> None:
        """Record that a property does not hold."""
        self.violations.append(Violation(property_, detail))

    def act(self, action: Action) -> None:
        """Perform an action; properties are checked on the way, and those of keys where SAs came to stand."""
        count = sum(map(len, self.sas.values())) + sum(map(len, self.pairs.values()))
        try:
            self.network.perform(action)
        except RAISED as error:
            self.broken("table-followed", f"{type(error).__name__}: {error}, where nothing that arrives may raise")
        if count != sum(map(len, self.sas.values())) + sum(map(len, self.pairs.values())):
            self.agree()
            self.deduce()

    # ---- before and after a call ----

    def before(self, call: Call) -> None:
        """Keep what the call may change."""
        self.assembled = None
        if call.host.owned or not isinstance(call.peer, WatchedPeer):
            self._before = None
            return
        runs = {id(run): (run, digest(run)) for run in call.peer.database.runs()}
        last = {(run.last_received, run.address) for run, _ in runs.values()}
        work = dict(call.peer.backend.journal.work)  # type: ignore[attr-defined]
        self._before = Before(runs, established(call.peer), last, work, len(call.peer._assembly))

    def after(self, call: Call, outputs: tuple[Output, ...]) -> None:
        """Check what the call did."""
        sends = [output.datagram for output in outputs if isinstance(output, Send)]
        wholes = whole(sends)
        self.wholes += wholes
        for datagram in {*sends, *wholes}:
            self.authors.setdefault(_protected(datagram), set()).add(MALLORY if call.host.owned else call.host.name)
        before = self._before
        if before is None:
            return
        for output in outputs:
            if isinstance(output, PhaseOneUp):
                self._phase_1_up(call.host.name, output.sa)
            elif isinstance(output, GroupUp):
                self._group_up(output)
            elif isinstance(output, UserAdmitted):
                self.admitted.add(output.sa.cookies)
            elif isinstance(output, PhaseTwoUp):
                self._phase_2_up(call.host.name, output.sa, output.pair)
        if call.datagram is not None and self.assembled is not None:
            call = call._replace(datagram=self.assembled)
            self._replayed(call, before, outputs, sends)
            self._established_stays(call, before)
            self._bounded(call, before, outputs, wholes)
            if any(isinstance(o, Taken) and Act.ACCEPT in o.row.actions for o in outputs):
                self.taken.setdefault(id(call.peer), set()).add(self.assembled)
        self.sent.setdefault(id(call.peer), set()).update(sends)

    def _replayed(self, call: Call, before: Before, outputs: tuple[Output, ...], sends: list[bytes]) -> None:
        first = call.datagram is not None and call.datagram[8:16] == NO_COOKIE
        known = not first or (call.datagram, call.source) in before.last
        if not known or call.datagram not in self.taken.get(id(call.peer), ()):
            return
        now = {id(run): (run, digest(run)) for run in call.peer.database.runs()}
        if now.keys() != before.runs.keys():
            self.broken("replay", f"{call.host.name}: a repeated datagram made or ended an exchange")
        for key in now.keys() & before.runs.keys():
            if before.runs[key][1] != now[key][1]:
                self.broken("replay", f"{call.host.name}: a repeated datagram changed {now[key][0].state}")
        if any(isinstance(output, PhaseOneUp | PhaseTwoUp) for output in outputs):
            self.broken("replay", f"{call.host.name}: a repeated datagram made an SA")
        if not set(sends) <= self.sent.get(id(call.peer), set()):
            self.broken("replay", f"{call.host.name}: a repeated datagram was answered by new octets")

    def _established_stays(self, call: Call, before: Before) -> None:
        now = established(call.peer)
        for key, value in before.established.items():
            if key in now and now[key][1:] == value[1:]:
                continue
            peer = self._partner(value[0])
            if peer not in self.authors.get(_protected(call.datagram or b""), ()):
                what = "is gone" if key not in now else "was altered"
                self.broken(
                    "unauthenticated-harmless",
                    f"{call.host.name}: {key[0]} SA with {peer} {what}, by a datagram that {peer} did not send",
                )

    def _bounded(self, call: Call, before: Before, outputs: tuple[Output, ...], sends: list[bytes]) -> None:
        more = len(list(call.peer.database.runs())) - len(before.runs)
        accepted = any(isinstance(o, Taken) and Act.ACCEPT in o.row.actions for o in outputs)
        if more > int(accepted):
            self.broken("bounded-work", f"{call.host.name}: {more} more exchanges, accepted: {accepted}")
        if len(call.peer._assembly) > before.pieces + 1 or (
            len(call.peer._assembly) > before.pieces and not before.runs
        ):
            self.broken("bounded-work", f"{call.host.name}: a piece is kept that belongs to nothing")
        journal = call.peer.backend.journal  # type: ignore[attr-defined]
        for operation, most in MOST_WORK.items():
            done = journal.work[operation] - before.work.get(operation, 0)
            if done > most:
                self.broken("bounded-work", f"{call.host.name}: {done} times {operation} for one datagram")
        proven = any(isinstance(output, PhaseOneUp) for output in outputs)  # what follows then is for a known peer
        if (
            not proven
            and len(sends) > MOST_ANSWERS
            and call.datagram
            and MALLORY not in self.authors.get(_protected(call.datagram), ())
        ):
            self.broken("bounded-work", f"{call.host.name}: {len(sends)} answers to one datagram")

    # ---- SAs ----

    def _unproven(self, sa: IsakmpSa) -> bool:
        """Whether nobody has proven who he is to this end of an SA: to the edge device, in the hybrid forms."""
        client = AUTHENTICATIONS[sa.suite.auth].client
        return client is not None and client is not sa.role

    def _partner(self, sa: IsakmpSa) -> str | None:
        """Who is at the other end of an SA: whom it names, or in the hybrid forms who has its keys."""
        named = name_of(sa.peer_identity)
        return named if not self._unproven(sa) or (sa.skeyid, named) in self.knows else MALLORY

    def _group_up(self, up: GroupUp) -> None:
        if self._partner(up.sa) == MALLORY:
            return
        kept = self.groups.setdefault((up.sa.cookies, up.described.number), up.described)
        if kept != up.described:
            self.broken("agreement", "the two ends of a new group mode hold different groups")

    def _phase_1_up(self, host: str, sa: IsakmpSa) -> None:
        peer = self._partner(sa)
        self.sas.setdefault(sa.cookies, []).append(Held(host, peer, sa, self.network.now))
        if peer != MALLORY and (sa.cookies, peer, sa.role.other) not in self.took_part:
            self.broken("authenticated-peer", f"{host} holds an ISAKMP SA with {peer}, who took no part in it")

    def _phase_2_up(self, host: str, sa: IsakmpSa, pair: IpsecSaPair) -> None:
        peer = self._partner(sa)
        self.pairs.setdefault((sa.cookies, pair.message_id), []).append(Held(host, peer, pair, self.network.now))
        asks = self._unproven(sa) if self.setup.form.hybrid else self.setup.xauth and host == BOB
        if asks and sa.cookies not in self.admitted:
            self.broken("user-known", f"IPsec SAs under an ISAKMP SA with {peer}, whose user is not authenticated")
        if peer != MALLORY and not self.took_part & {(sa.cookies, pair.message_id, peer, role) for role in Role}:
            self.broken("authenticated-peer", f"{host} holds IPsec SAs with {peer}, who took no part in them")

    def _proven(self, peer: WatchedPeer, run: Run, proven: Authenticated) -> None:
        """The end of an authentication only exchange, which leaves no SA: the claim is the same."""
        self.proven.add(peer.name)
        other, store = name_of(proven.peer_identity), run.known.values.store
        cookies = store[str(k.CKY_I)] + store[str(k.CKY_R)]
        if other != MALLORY and (cookies, other, run.table.role.other) not in self.took_part:
            self.broken("authenticated-peer", f"{peer.name} has authenticated {other}, who took no part")

    def agree(self) -> None:
        """Compare what the two ends of each SA hold."""
        for held in self.sas.values():
            for one, two in _both(held):
                self._compare(one.sa, two.sa, (*SECRET, "last_block", "suite"), "ISAKMP SA")
                if one.sa.role is two.sa.role:
                    self.broken("agreement", "both ends hold an ISAKMP SA in the same role")
                crossed = one.sa.identity == two.sa.peer_identity and two.sa.identity == one.sa.peer_identity
                if not crossed and None not in (one.sa.peer_identity, two.sa.peer_identity):
                    self.broken("agreement", "the identities of an ISAKMP SA are not each other's")
                if round(one.sa.expires - one.at) != round(two.sa.expires - two.at):
                    self.broken("agreement", "the two ends of an ISAKMP SA hold different lifetimes")
        for held in self.pairs.values():
            for one, two in _both(held):
                for mine, theirs in ((one.sa.inbound, two.sa.outbound), (one.sa.outbound, two.sa.inbound)):
                    self._compare(mine, theirs, ("protocol", "spi", "suite", "keymat"), "IPsec SA")
                if (one.sa.local, one.sa.remote) != (two.sa.remote, two.sa.local):
                    self.broken("agreement", "the client identities of a pair of IPsec SAs are not each other's")
                if round(one.sa.expires - one.at) != round(two.sa.expires - two.at):
                    self.broken("agreement", "the two ends of a pair of IPsec SAs hold different lifetimes")

    def _compare(self, one: object, two: object, names: Iterable[str], what: str) -> None:
        for name in names:
            if getattr(one, name) != getattr(two, name):
                self.broken("agreement", f"the two ends of an {what} hold different values of {name}")

    def intruder(self) -> Intruder | None:
        """Somebody who saw all, and owns what the adversary owns; None where octets are no formulas."""
        if self.setup.backend != "symbolic":
            return None
        shared: SymbolicBackend = self.hosts.shared
        secrets = [shared_key(one, two) for one in ADDRESSES for two in ADDRESSES if one < two]
        method = METHODS[self.setup.form]
        owned = [] if self.setup.auth == "psk" else [_spki(MALLORY, method)]
        known = Intruder(shared.store, secrets, owned)
        known.learn(*self.wholes)
        known.learn(*self.hosts.backends[MALLORY].journal.drawn, *(s for s in secrets if MALLORY.encode() in s))
        return known

    def deduce(self) -> None:
        """Whether a key between honest ends follows from what was seen; and KEYMAT with PFS from phase 1's keys."""
        intruder = self.intruder()
        if intruder is None:
            return
        for one, two in combinations(HONEST, 2):
            if intruder.derives(shared_key(one, two)):
                self.broken("secrecy", "the pre-shared key follows from what the network carried")
        honest, pairs = self._honest(self.sas.values()), self._honest(self.pairs.values())
        for held in honest:
            for name in SECRET:
                if intruder.derives(getattr(held.sa, name)):
                    self.broken("secrecy", f"{name} of {held.host} and {held.peer} follows from what was sent")
        for held in pairs:
            if intruder.derives(held.sa.inbound.keymat):
                self.broken("secrecy", f"KEYMAT of {held.host} and {held.peer} follows from what was sent")
        if pairs and not self.violations:
            self._deduce_from_phase_1(intruder, honest, pairs)

    def _honest(self, kept: Iterable[list[Held]]) -> list[Held]:
        return [held for each in kept for held in each if held.peer != MALLORY]

    def _deduce_from_phase_1(self, intruder: Intruder, honest: list[Held], pairs: list[Held]) -> None:
        for held in honest:
            intruder.learn(*(getattr(held.sa, name) for name in SECRET))
        for held in pairs:
            if held.sa.inbound.suite.group is not None and intruder.derives(held.sa.inbound.keymat):
                self.broken("forward-secrecy", "KEYMAT of a quick mode with PFS follows from the keys of phase 1")

    # ---- every step of an honest peer ----

    def stepped(self, peer: WatchedPeer, step: Step, event: str, source: str) -> None:
        """Check one step, in lockstep with the rows."""
        run = step.run
        self.kept.append(run)
        self._follows(step, event, source)
        row = step.row
        if peer.name == MALLORY or row is None:
            return
        if run.sa is None and run.table.exchange.keys:
            self.phase_1[self._chain(peer, run)[:2]] = run
        auth = run.table.exchange.auth
        if auth is not None and auth.hybrid and k.SKEYID[auth].name in run.known.values.store:
            self.knows.add((run.known.values.store[k.SKEYID[auth].name], peer.name))
        if row.changes_state and row.destination.kind in (Kind.ESTABLISHED, Kind.DONE):
            self._reaches(run)
        if Act.ACCEPT in row.actions:
            self._accepted(peer, step, row)
        for output in step.outputs:
            if isinstance(output, Authenticated):
                self._proven(peer, run, output)
        if Act.SEND in row.actions:
            (datagram, *_) = whole(output.datagram for output in step.outputs if isinstance(output, Send))
            self._wrote(peer, run, row, datagram, event)

    def _reaches(self, run: Run) -> None:
        """Note that an exchange came to its end, and by which way: so that tests can tell what programs cover."""
        name = run.table.exchange.name
        self.reached.add((name, ""))
        if isinstance(run.address, Endpoint) and run.address.port % 10_000 == NAT_T_PORT:
            self.reached.add((name, "port 4500"))
        if run.known.values.store.get(str(k.CKY_I)) in self.joined:
            self.reached.add((name, "fragments"))

    def _follows(self, step: Step, event: str, source: str) -> None:
        """The oracle: look all rows through, by nothing but their words and what the guards found."""
        run, found = step.run, step.findings

        def holds(guard: Any) -> bool:
            return guard.name in found and found[guard.name] is None

        def fails(guard: Any) -> bool:
            return guard.name in found and found[guard.name] is not None

        applying = [
            row
            for row in run.table.rows
            if row.source.name == source
            and row.event.name == event
            and all(map(holds, row.guards))
            and (row.unless is None or fails(row.unless))
        ]
        place = f"{run.table.exchange.key} {source} on {event}"
        if len(applying) != 1:
            self.broken("table-followed", f"{place}: {len(applying)} rows apply")
            return
        (row,) = applying
        if step.row is None or step.row.id != row.id:
            self.broken("table-followed", f"{place}: {row.id} applies, taken was {step.row and step.row.id}")
        if run.state != row.destination.name:
            self.broken("table-followed", f"{row.id} leads to {row.destination}, here to {run.state}")
        first = next((output for output in step.outputs if isinstance(output, Send)), None)
        if {Act.SEND, Act.RESEND} & set(row.actions) and first is None:
            self.broken("table-followed", f"{row.id} sends {row.emits}, and nothing was sent")

    def _accepted(self, peer: WatchedPeer, step: Step, row: Row) -> None:
        run, datagram = step.run, step.datagram
        store = run.known.values.store
        if row.source.kind is Kind.IDLE and run.table.exchange.phase == 1 and run.table.exchange.keys:
            self._new(store[str(k.CKY_R)], "responder's cookie")
        if len(datagram) > HEADER and datagram[19] & Flag.ENCRYPTION:
            self.last_blocks[self._chain(peer, run)] = datagram[-run.known.values.block_length :]
        message = run.table.exchange.message(str(row.event.message))
        if message.sender is Role.R and any(slot.term == k.SAR for slot in message.slots) and id(run) in self.offers:
            for answer in (each for each in step.chain.payloads if isinstance(each, SA)):
                if not _suites(answer) <= _suites(self.offers[id(run)]):
                    self.broken("choice-offered", f"{peer.name} took what it had not offered, in {message.name}")

    def _wrote(self, peer: WatchedPeer, run: Run, row: Row, datagram: bytes, event: str) -> None:
        exchange, role = run.table.exchange, run.table.role
        cookies = datagram[:16]
        starts = event == EventKind.START.value
        if exchange.phase == 1 and exchange.type is not ExchangeType.INFORMATIONAL:
            self.took_part.add((cookies, peer.name, role))
            if starts:
                self._new(datagram[:8], "initiator's cookie")
        elif run.sa is not None:
            self.took_part.add((cookies, run.message_id, peer.name, role))
            if starts or (role is Role.R and row.source.kind is Kind.IDLE):
                owner = self.message_ids.setdefault(cookies, {}).setdefault(run.message_id, id(run))
                if starts and owner != id(run):
                    self.broken("freshness", f"{peer.name} began two exchanges with one message id")
        payloads = self._payloads(peer, run, datagram)
        for payload in payloads:
            if isinstance(payload, NONCE | KE):
                self._new(payload.data, f"{type(payload).__name__} of {row.emits}")
            elif isinstance(payload, SA) and starts:
                self.offers[id(run)] = payload
        if not datagram[19] & Flag.ENCRYPTION and exchange.type is ExchangeType.IDENTITY_PROTECTION:
            bodies = [body_of(payload_of(identity)) for identity in IDENTITIES.values()]
            if any(body in datagram for body in bodies):
                self.broken("identities-hidden", f"{peer.name}: an identity in {row.emits}, which is in the clear")

    def _new(self, value: bytes, what: str) -> None:
        if value in self.values:
            self.broken("freshness", f"the {what} was used before, as {self.values[value]}")
        self.values[value] = what

    def _chain(self, peer: WatchedPeer, run: Run) -> tuple[object, ...]:
        store = run.known.values.store
        cookies = store[str(k.CKY_I)] + store.get(str(k.CKY_R), b"")
        return (id(peer), cookies, 0) if run.table.exchange.phase == 1 else (id(peer), cookies, id(run))

    def _payloads(self, peer: WatchedPeer, run: Run, datagram: bytes) -> tuple[Payload, ...]:
        """What a datagram of a peer holds; of an encrypted one, by the journal, after a look at its vector."""
        if not datagram[19] & Flag.ENCRYPTION:
            # Bodies of payloads may be encrypted one by one, and then have no layout.
            return decode_payloads(datagram[16], datagram[HEADER:], offset=HEADER, lenient=True).payloads
        body = datagram[HEADER:]
        key, iv, plain = peer.backend.journal.encrypted[body]  # type: ignore[attr-defined]
        if self.vectors.setdefault((key, iv), plain) != plain:
            self.broken("freshness", f"{peer.name}: a vector was used twice under one key")
        chain = self._chain(peer, run)
        expected = self.last_blocks.get(chain) or self._first_vector(peer, run)
        if iv != expected:
            self.broken("iv-chain", f"{peer.name}: the vector of {run.table.exchange.key} {run.state} is another")
        self.last_blocks[chain] = body[-len(iv) :]
        return decode_payloads(datagram[16], plain, offset=HEADER, padded=True).payloads

    def _first_vector(self, peer: WatchedPeer, run: Run) -> bytes:
        suite = run.sa.suite if run.sa else run.known.suite
        if suite is None:
            return b""
        store, size = run.known.values.store, run.known.values.block_length
        if run.sa is None:
            return peer.backend.hash(suite.hash, store[str(k.G_XI)] + store[str(k.G_XR)])[:size]
        last = self.last_blocks.get((id(peer), run.sa.cookies, 0))
        if last is None:  # nothing of phase 1 was encrypted: its first vector stands in
            store = self.phase_1[id(peer), run.sa.cookies].known.values.store
            last = peer.backend.hash(suite.hash, store[str(k.G_XI)] + store[str(k.G_XR)])[:size]
        return peer.backend.hash(suite.hash, last + _octets(run.message_id))[:size]

    # ---- the end ----

    def finish(self) -> None:
        """Let the network be quiet until nothing is under way, and see that it comes to that."""
        self.network.waiting.clear()
        for host in (self.network.hosts[name] for name in HONEST):
            for peer in host.each():
                for _ in range(QUIET_STEPS):
                    due = peer.next_deadline()
                    if due is None or not any(run.at.kind in (Kind.IDLE, Kind.RUNNING) for run in peer.database.runs()):
                        break
                    peer.tick(due)
                for run in peer.database.runs():
                    if run.at.kind in (Kind.IDLE, Kind.RUNNING):
                        self.broken(
                            "exchanges-end", f"{host.name}: {run.table.exchange.key} is for ever in {run.state}"
                        )
        self.agree()
        self.deduce()


def _protected(datagram: bytes) -> bytes:
    """What keys vouch for: of an encrypted message the cookies, the message id and the body; else all of it."""
    if len(datagram) < HEADER or not datagram[19] & Flag.ENCRYPTION:
        return datagram
    return datagram[:16] + datagram[20:24] + datagram[HEADER:]


def _octets(message_id: int) -> bytes:
    return message_id.to_bytes(4, "big")


def _spki(name: str, method: Any) -> bytes:
    key = key_pair(name, method).private_key
    return b"" if key is None else key.public.spki


def _both(held: list[Held]) -> Iterable[tuple[Held, Held]]:
    """The pairs of an SA's two honest ends."""
    for index, one in enumerate(held):
        for two in held[index + 1 :]:
            if one.host != two.host and MALLORY not in (one.peer, two.peer):
                yield one, two


def _suites(sa: SA) -> set[tuple[object, ...]]:
    return {
        (proposal.protocol, transform.transform_id, frozenset((a.type, a.number) for a in transform.attributes))
        for proposal in sa.proposals
        for transform in proposal.transforms
    }


# What follows from what is known may be computed at any time, and is no change.
_DERIVED = {str(k.G_XY), str(k.QM_XY), str(k.IV_PHASE_1), str(k.IV_PHASE_2)} | {
    part.name for auth in k.Auth if auth in k.SKEYID for part in k.cipher_key(auth).subterms() if isinstance(part, Def)
}


def digest(run: Run) -> tuple[object, ...]:
    """All that a run knows and waits for."""
    known = {name: value for name, value in run.known.values.store.items() if name not in _DERIVED}
    return (run.state, run.address, run.message_id, run.known.iv, run.last_sent, run.last_received, run.deadline,
            run.limit, run.retries, known)  # fmt: skip


def established(peer: Peer) -> dict[tuple[object, ...], tuple[IsakmpSa, *tuple[object, ...]]]:
    """The SAs that stand at a peer: the ISAKMP SA, and all that they consist of."""
    found: dict[tuple[object, ...], tuple[IsakmpSa, *tuple[object, ...]]] = {}
    for sa in peer.database.sas():
        run = peer.database.phase_1(sa.cky_i, sa.cky_r)
        found["ISAKMP", sa.cookies] = (sa, sa, run and (run.limit, run.state, run.address))
    for run in peer.database.runs():
        if run.sa is not None and run.at.kind is Kind.ESTABLISHED:
            known = run.known
            found["IPsec", run.sa.cookies, run.message_id] = (
                run.sa, known.spi, known.peer_spi, known.ipsec, run.limit
            )  # fmt: skip
    return found
