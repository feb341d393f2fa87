"""A peer without sockets or clocks: it takes datagrams and the time, and gives back datagrams and events.

It finds the exchange that a datagram belongs to, reads it, and lets the table decide. What a datagram may change is
what a row says; what belongs to no exchange changes nothing.

Times are in seconds since 1970, on the caller's clock (certificates are judged by it). Addresses are whatever
hashable values the caller names transport addresses by.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace

from isakmp.crypto.backend import Backend
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.clients import clients_of
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message
from isakmp.machine.commit import connected
from isakmp.machine.config import Config, Identity
from isakmp.machine.database import Database
from isakmp.machine.errors import Deviation, LocalMisuse, ProtocolError
from isakmp.machine.fragments import Assembly, piece_of
from isakmp.machine.incoming import HEADER_OCTETS, event_for
from isakmp.machine.methods import auth_of
from isakmp.machine.misuse import problems
from isakmp.machine.natt import Endpoint, may_move
from isakmp.machine.newgroup import objection, usable
from isakmp.machine.notices import delete_payloads, error_payload, other_isakmp_sas, targets
from isakmp.machine.opening import sealed_message
from isakmp.machine.outputs import Discarded, Output
from isakmp.machine.owners import NO_EXCHANGE, Owners, refused
from isakmp.machine.results import isakmp_sa, keys_on_the_way
from isakmp.machine.run import Run, Step
from isakmp.machine.runs import Runs
from isakmp.machine.sa import GroupDescription, IpsecSaPair, IsakmpSa
from isakmp.machine.sealing import refuse_unable
from isakmp.machine.sharing import refuse_keyless
from isakmp.machine.upkeep import Upkeep
from isakmp.machine.xauth import Users
from isakmp.spec import keying as k
from isakmp.spec.carried import SEALING
from isakmp.spec.events import Action, EventKind
from isakmp.spec.exchanges import (
    PHASE_1_NAMES,
    informational,
    new_group_mode,
    phase_1_forms,
    quick_mode,
    transaction,
)
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import COOKIE_OCTETS, MESSAGE_ID_OCTETS, NO_COOKIE
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import ATTR, FRAGMENT
from isakmp.spec.registries import ExchangeType, NotifyType, PayloadType
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Role
from isakmp.spec.transport import KEEPALIVE


class Peer:
    """One end, with its SAs and its running exchanges.

    Raises:
        LocalMisuse: the configuration cannot work; the message says why.
    """

    def __init__(self, config: Config, backend: Backend) -> None:
        wrong = tuple(problems(config, backend))
        if wrong:
            raise LocalMisuse("; ".join(wrong))
        self.config = config
        self.backend = backend
        self.database = Database()
        self._assembly = Assembly()
        self._users = Users(config, backend, self._transact, self.close)
        self._runs = Runs(config, backend, self.database)
        self._owners = Owners(config, backend, self.database, self._runs, self._users)
        self._upkeep = Upkeep(config, self.database, backend, self._fire, self._tell_of, self._again)

    # ---- what the local user asks for ----

    def initiate(self, exchange: str, address: Hashable, now: float) -> tuple[Output, ...]:
        """Begin phase 1 with the peer at an address, by the exchange of that name ("main", "aggressive", ...).

        Raises:
            LocalMisuse: there is no such exchange, or the proposals mix forms of authentication.
        """
        forms = {auth_of(proposal.auth) for proposal in self.config.ike}
        form = forms.pop() if len(forms) == 1 else None
        known = phase_1_forms(exchange)
        if form is None or form not in known:
            names = ", ".join(PHASE_1_NAMES)
            raise LocalMisuse(f"phase 1 takes one of {names}, and proposals of one form of authentication")
        refuse_unable(self.config, known[form])
        refuse_keyless(self.config, known[form])
        return self._begin(known[form], address, now)

    def quick(
        self, sa: IsakmpSa, address: Hashable, now: float, networks: tuple[Identity, Identity] | None = None
    ) -> tuple[Output, ...]:
        """Begin a quick mode under an established ISAKMP SA, for what the configuration says or for other `networks`.

        These are what is protected at this end, and at the peer's.

        Raises:
            LocalMisuse: the user behind the SA has to be authenticated first; all proposals name private groups, and
                none of them is agreed on under that SA; or whom the SAs are for is said of one end alone.
        """
        barred = self._users.barred(sa)
        if barred:
            raise LocalMisuse(barred)
        if not usable(self.config.ipsec, self._runs.groups(sa)):
            raise LocalMisuse("no proposal has a group that is agreed on under the ISAKMP SA: new group mode first")
        if networks is None and (self.config.local_network is None) is not (self.config.remote_network is None):
            raise LocalMisuse("only one of the two client identities is given")
        return self._begin(quick_mode(), address, now, sa=sa, networks=networks)

    def barred(self, sa: IsakmpSa) -> str:
        """Why an ISAKMP SA may not be used yet: its user has not been authenticated. Empty where it may."""
        return self._users.barred(sa)

    def new_group(self, sa: IsakmpSa, group: GroupDescription, address: Hashable, now: float) -> tuple[Output, ...]:
        """Describe a Diffie-Hellman group to the peer, which quick modes under that SA can use afterwards.

        Raises:
            LocalMisuse: the group is none that this end would accept itself, or its number is taken.
        """
        reason = objection(group, self.config, self._runs.groups(sa))
        if reason:
            raise LocalMisuse(f"{group.number.label}: {reason}")
        return self._begin(new_group_mode(), address, now, sa=sa, group=group)

    def used(self, pair: IpsecSaPair, octets: int, now: float, *, inbound: bool = False) -> tuple[Output, ...]:
        """Tell of traffic that a pair of IPsec SAs has carried: it uses up a lifetime in octets (RFC 2407 section 4.5).

        What came in also proves that the peer lives (RFC 3706 section 5.4).
        """
        run = self.database.owner_of(pair)
        return () if run is None else tuple(self._upkeep.used(run, pair, octets, now, inbound=inbound))

    def configure(self, sa: IsakmpSa, address: Hashable, now: float) -> tuple[Output, ...]:
        """Ask for what `Config.request` names, in a transaction exchange (mode config).

        Raises:
            LocalMisuse: nothing is to be asked for, or the user has to be authenticated first.
        """
        barred = self._users.barred(sa)
        if barred or not self.config.request:
            raise LocalMisuse(barred or "there is nothing to ask for: Config.request is empty")
        return self._transact(sa, address, self._users.request(), now)

    def push(self, sa: IsakmpSa, address: Hashable, now: float) -> tuple[Output, ...]:
        """Set what `Config.hand_out` and the address pool give, without being asked (mode config).

        Raises:
            LocalMisuse: the user has to be authenticated first.
        """
        barred = self._users.barred(sa)
        if barred:
            raise LocalMisuse(barred)
        return self._transact(sa, address, self._users.push(sa), now)

    def close(self, sa: IsakmpSa, now: float) -> tuple[Output, ...]:
        """Delete an ISAKMP SA, and with it what was negotiated under it; the peer is told."""
        run = self.database.phase_1(sa.cky_i, sa.cky_r)
        return () if run is None else self._fire(run, EventKind.CLOSE.value, now)

    def close_pair(self, sa: IsakmpSa, pair: IpsecSaPair, now: float) -> tuple[Output, ...]:
        """Delete a pair of IPsec SAs; the peer is told."""
        run = self.database.phase_2(sa, pair.message_id) or self.database.owner_of(pair)
        return () if run is None else self._fire(run, EventKind.CLOSE.value, now)

    def shut(self, now: float) -> tuple[Output, ...]:
        """End everything: the SAs that stand are deleted, those of phase 2 first, and what is under way is given up."""
        outputs: list[Output] = []
        for run in sorted(self.database.runs(), key=lambda run: run.sa is None):
            if run.at.kind in (Kind.RUNNING, Kind.ESTABLISHED):  # one may have gone with another
                outputs += self._fire(run, EventKind.CLOSE.value, now)
        return tuple(outputs)

    # ---- time ----

    def next_deadline(self) -> float | None:
        """When `tick` has something to do, in seconds; `None` if never."""
        times = (self.database.next_alarm(), self._users.next_limit())
        return min((time for time in times if time is not None), default=None)

    def tick(self, now: float) -> tuple[Output, ...]:
        """Let the timers that are due fire."""
        outputs: list[Output] = []
        for run in self.database.due(now):
            if run.limit is not None and run.limit <= now:
                outputs += self._fire(run, EventKind.EXPIRE.value, now)
            elif run.deadline is not None and run.deadline <= now:
                left = run.retries < run.config.timers.tries
                outputs += self._fire(run, (EventKind.RETRANSMIT if left else EventKind.EXHAUSTED).value, now)
            outputs += self._upkeep.tick(run, now)
            if run.life.keepalive is not None and run.life.keepalive <= now:
                outputs += self._fire(run, EventKind.KEEPALIVE.value, now)
            self.database.watch(run)
        return (*outputs, *self._users.tick(now))

    # ---- datagrams ----

    def receive(self, datagram: bytes, address: Hashable, now: float) -> tuple[Output, ...]:
        """Take a datagram (without non-ESP marker) from an address. Nothing that it holds raises an exception."""
        if datagram == KEEPALIVE:
            return ()
        try:
            message = decode(datagram)
        except ProtocolError as error:
            sealed = sealed_message(datagram, self.config)
            owner = None if sealed is None else self._owners.of(sealed, address)
            if sealed is None or not isinstance(owner, Run) or owner.table.exchange.auth not in SEALING:
                return self._unreadable(datagram, error, address, now)
            return self._deliver(owner, sealed, address, now)
        piece = piece_of(message)
        if piece is not None:
            return self._assemble(message, piece, address, now)
        run = self._owners.of(message, address)
        if isinstance(run, Deviation):
            return (Discarded(run, address),)
        if run.table.exchange.type is ExchangeType.INFORMATIONAL:
            return self._inform(run, message, address, now)
        return self._deliver(run, message, address, now)

    def _assemble(self, message: Message, piece: FRAGMENT, address: Hashable, now: float) -> tuple[Output, ...]:
        """A piece of a message: the whole is received once it is there. Pieces belong to what is under way already."""
        header = message.header
        if self.database.begun(header.cky_i, header.cky_r, address) is None:
            return (Discarded(refused("RFC2408:5.2", *NO_EXCHANGE), address),)
        whole = self._assembly.add(message, piece, address, now)
        nested = whole is not None and whole[NEXT_PAYLOAD:][:1] == bytes([PayloadType.FRAGMENT])  # which leads nowhere
        return () if whole is None or nested else self.receive(whole, address, now)

    def _unreadable(self, datagram: bytes, error: ProtocolError, address: Hashable, now: float) -> tuple[Output, ...]:
        if len(datagram) < HEADER_OCTETS:
            return (Discarded(error.deviation, address),)
        header = decode(datagram, lenient=True).header
        run = self.database.phase_1(header.cky_i, header.cky_r) if header.cky_r != NO_COOKIE else None
        if run is None or header.exchange != run.table.exchange.type:
            return (Discarded(error.deviation, address),)
        step = Step(run, now, run.known.copy(), datagram, misfit=error.deviation)
        return self._fire_step(step, EventKind.MALFORMED.value)

    def _make_room(self, now: float) -> tuple[Output, ...]:
        """Nobody vouches for who begins: where too many have, the oldest makes room (RFC 2408 section 1.7.1)."""
        oldest = self.database.oldest_half_open()
        if oldest is None or self.database.half_open_total() <= self.config.half_open_total:
            return ()
        return self._fire(oldest, EventKind.EVICT.value, now)

    def _deliver(self, run: Run, message: Message, address: Hashable, now: float) -> tuple[Output, ...]:
        step = Step(run, now, run.known.copy(), message.datagram, source=address)
        event = step.event = event_for(step, message)
        resent = run.life.resent if event == EventKind.DUPLICATE.value else None
        if resent is not None and now < resent + self.config.timers.pause:
            return (Discarded(refused("RFC2408:5.1", *_TOO_SOON), address),)
        outputs = self._fire_step(step, event)
        self._follow(step)
        lives = run.at.kind in (Kind.RUNNING, Kind.ESTABLISHED) or run.at.answered is not None
        if lives and (run.sa is None or self.database.sa(run.sa.cky_i, run.sa.cky_r) is not None):
            self.database.add(run)
        return (*outputs, *self._make_room(now))

    def _follow(self, step: Step) -> None:
        """The peer has proven under an ISAKMP SA where it is: what comes next goes there (RFC 3947 section 7)."""
        sa = step.run.sa
        bearer = None if sa is None else self.database.phase_1(sa.cky_i, sa.cky_r)
        taken = step.row is not None and Action.ACCEPT in step.row.actions
        if bearer is not None and taken and isinstance(step.source, Endpoint) and may_move(bearer.known.nat):
            bearer.address = step.source

    def _inform(self, run: Run, message: Message, address: Hashable, now: float) -> tuple[Output, ...]:
        """A notification or delete: authenticated by its own table, then an event for the exchange that it is about."""
        step = Step(run, now, run.known.copy(), message.datagram, source=address)
        step.event = event_for(step, message)
        outputs = list(self._fire_step(step, step.event))
        self._follow(step)
        if step.row is None or not step.row.changes_state:
            return tuple(outputs)
        protected = run.table.exchange.protected
        if protected and run.sa is not None:
            self.database.message_ids(run.sa).add(run.message_id)
            for cookies in other_isakmp_sas(message.header, step.chain.payloads):
                named = self._upkeep.named(run.sa, cookies)
                if named is not None:
                    outputs += self._fire(named, EventKind.DELETE_PROTECTED.value, now)
        for target, event in targets(
            self.database, message.header, run.address, step.chain.payloads, protected=protected
        ):
            outputs += self._fire(target, event.value, now)
        return tuple(outputs)

    # ---- the engine ----

    def _fire(self, run: Run, event: str, now: float) -> tuple[Output, ...]:
        return self._fire_step(Step(run, now, run.known.copy()), event)

    def _fire_step(self, step: Step, event: str) -> tuple[Output, ...]:
        run = step.run
        run.engine.fire(run, event, step)
        outputs = step.outputs
        row = step.row
        if row is None:
            return tuple(outputs)
        if Action.ESTABLISH in row.actions:
            self.database.establish(run, outputs)
        if self.config.tell_keys:
            outputs += keys_on_the_way(step)
        if Action.NOTIFY in row.actions and row.notify is not None and self.config.notify and not step.silently:
            outputs += self._tell(step, (error_payload(step, row.notify),))
        if step.notices:
            # Nothing failed, and both ends go on: before the SA stands they need not agree on the vector.
            early = row.destination.kind is not Kind.ESTABLISHED
            outputs += self._tell(step, [error_payload(step, notice) for notice in step.notices], early=early)
        if Action.CONFIRM in row.actions and self.config.commit_bit:
            outputs += self._confirm(run, step.now)
        if Action.SEND_DELETE in row.actions:
            outputs += self._tell(step, delete_payloads(run))
        self._upkeep.after(run, row, step.chain.payloads, outputs, step.now)
        outputs += self._of_users(run, row, step.now)
        if row.changes_state and row.destination.kind is Kind.ENDED:
            outputs += self._upkeep.ended(run, row, step.now)
            self._forget(run)
        elif row.destination.kind is Kind.DONE and (Action.FORGET in row.actions or row.destination.answered is None):
            self.database.remove(run)
        self.database.watch(run)
        return tuple(outputs)

    def _of_users(self, run: Run, row: Row, now: float) -> list[Output]:
        """What a row means for the users behind SAs: one that stands, a transaction exchange that is over."""
        if not row.changes_state:
            return []
        if row.destination.kind is Kind.ESTABLISHED and run.table.exchange.phase == 1 and run.table.exchange.keys:
            store = run.known.values.store
            sa = self.database.sa(store[str(k.CKY_I)], store[str(k.CKY_R)])
            return [] if sa is None else list(self._users.stands(sa, run.address, now))
        if run.table.exchange.type is ExchangeType.TRANSACTION:
            if row.destination.kind is Kind.DONE:
                return self._users.completed(run, now)
            if row.destination.kind is Kind.ENDED:
                return list(self._users.unanswered(run, now))
        return []

    def _forget(self, run: Run) -> None:
        self.database.remove(run)
        if run.sa is None:
            store = run.known.values.store
            self._users.forget(store[str(k.CKY_I)] + store.get(str(k.CKY_R), b""))

    def _transact(self, sa: IsakmpSa, address: Hashable, payload: ATTR, now: float) -> tuple[Output, ...]:
        """Begin a transaction exchange with that payload."""
        run = self._runs.under(sa, transaction(), Role.I, address, self._runs.message_id(sa))
        run.known.information = payload
        self.database.add(run)
        return self._fire(run, EventKind.START.value, now)

    def _begin(
        self,
        exchange: Exchange,
        address: Hashable,
        now: float,
        *,
        sa: IsakmpSa | None = None,
        old: Run | None = None,
        group: GroupDescription | None = None,
        networks: tuple[Identity, Identity] | None = None,
    ) -> tuple[Output, ...]:
        """Begin an exchange, under an ISAKMP SA where one is given.

        `old` is the run whose SA it is to replace, `group` what a new group mode is to describe, `networks` what a
        quick mode is to protect where it is not what the configuration says.
        """
        if sa is None:
            run = self._runs.fresh(exchange, Role.I, address)
            run.known.values[k.CKY_I] = self.backend.random(COOKIE_OCTETS, str(k.CKY_I))
        else:
            run = self._runs.under(sa, exchange, Role.I, address, self._runs.message_id(sa))
        run.life.replaces = old
        run.known.group = group
        if networks is not None:
            run.config = replace(run.config, local_network=networks[0], remote_network=networks[1])
        self.database.add(run)
        return self._fire(run, EventKind.START.value, now)

    def _again(self, old: Run, now: float) -> tuple[Output, ...]:
        """Replace an SA: by the same exchange, in phase 2 under the newest ISAKMP SA with that peer."""
        sa = self._upkeep.protector(old)
        if sa is not None and not usable(self.config.ipsec, self._runs.groups(sa)):
            return ()  # the private group went with the ISAKMP SA: what stands lives to its end
        local, remote = clients_of(old.known, old.table.role)  # whoever has named them
        networks = None if sa is None or local is None or remote is None else (local, remote)
        return self._begin(old.table.exchange, old.address, now, sa=sa, old=old, networks=networks)

    def _confirm(self, run: Run, now: float) -> tuple[Output, ...]:
        """Say CONNECTED, under the message id of the quick mode (RFC 2408 section 3.1)."""
        if run.sa is None:
            return ()
        told = self._runs.under(run.sa, informational(protected=True), Role.I, run.address, run.message_id)
        told.known.information = connected(run)
        return self._fire(told, EventKind.START.value, now)

    def _tell_of(self, run: Run, payloads: Iterable[Payload], now: float) -> list[Output]:
        return self._tell(Step(run, now, run.known.copy()), payloads)

    def _tell(self, step: Step, payloads: Iterable[Payload], *, early: bool = False) -> list[Output]:
        """Send payloads, each in an informational exchange: protected once there are keys (RFC 2408 section 4.8).

        `early` sends them in the clear all the same: as long as the ISAKMP SA does not stand, "the exchange is done in
        the clear" (RFC 2409 section 5.7).
        """
        run = step.run
        outputs: list[Output] = []
        for payload in payloads:
            told = None if early else self._protected_teller(step)
            if told is None:
                told = self._runs.fresh(informational(protected=False), Role.I, run.address)
                told.message_id = int.from_bytes(self.backend.random(MESSAGE_ID_OCTETS, str(k.M_ID)))
                told.known.values.store.update(run.known.values.store)
            told.known.information = payload
            outputs += self._fire(told, EventKind.START.value, step.now)
        return outputs

    def _protected_teller(self, step: Step) -> Run | None:
        """An informational exchange under the keys that there are; None without any."""
        run = step.run
        try:
            sa = run.sa or self._upkeep.bearer(run) or isakmp_sa(run, run.known, step.now)
        except (LocalMisuse, MissingValueError):
            return None
        return self._runs.under(sa, informational(protected=True), Role.I, run.address, self._runs.message_id(sa))


_TOO_SOON = ("repeated sooner than it is answered again", NotifyType.INVALID_MESSAGE_ID)
NEXT_PAYLOAD = 2 * COOKIE_OCTETS
"""Where the header says what comes first (RFC 2408 section 3.1)."""
