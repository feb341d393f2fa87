"""The SA database: running exchanges and what they made, found by cookies and message ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable

from isakmp.machine.alarms import Alarms
from isakmp.machine.config import Identity
from isakmp.machine.outputs import Output, PhaseOneUp, PhaseTwoUp
from isakmp.machine.run import Run
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.registries import ExchangeType
from isakmp.spec.terms import Role

_CKY_I, _CKY_R = str(k.CKY_I), str(k.CKY_R)


class Database:
    """All that a peer remembers between two datagrams."""

    def __init__(self) -> None:
        self._phase_1: dict[bytes, Run] = {}
        self._begun: dict[tuple[bytes, Hashable, Role], Run] = {}
        self._sas: dict[bytes, IsakmpSa] = {}
        self._phase_2: dict[bytes, dict[int, Run]] = {}
        self._message_ids: dict[bytes, set[int]] = {}
        self._unproven: dict[Run, Hashable] = {}
        self._hosts: Counter[Hashable] = Counter()
        self._places: dict[Run, tuple[bytes, Hashable, Role]] = {}  # where a run is found, though its peer moves
        self._of_peer: dict[Identity | None, dict[Run, None]] = {}
        self._pairs: dict[bytes, Run] = {}
        self._alarms = Alarms()

    def runs(self) -> Iterable[Run]:
        """Every exchange that is remembered, each once."""
        yield from dict.fromkeys((*self._begun.values(), *self._phase_1.values()))
        for runs in tuple(self._phase_2.values()):
            yield from tuple(runs.values())

    def sas(self) -> tuple[IsakmpSa, ...]:
        """The established ISAKMP SAs."""
        return tuple(self._sas.values())

    def add(self, run: Run) -> None:
        """Remember a run: under an SA by its message id; phase 1 by the initiator's cookie and, once known, by both."""
        if run.sa is not None:
            self._phase_2.setdefault(run.sa.cookies, {})[run.message_id] = run
            self.message_ids(run.sa).add(run.message_id)
            self._of_peer.setdefault(run.sa.peer_identity, {})[run] = None
            self._alarms.watch(run)
            return
        store = run.known.values.store
        cky_i, cky_r = store[_CKY_I], store.get(_CKY_R)
        self._note_half_open(run)
        self._alarms.watch(run)
        if cky_r is not None and self._phase_1.get(cky_i + cky_r) is run:
            return
        self._begun[cky_i, run.address, run.table.role] = run
        self._places.setdefault(run, (cky_i, run.address, run.table.role))
        if cky_r is not None:
            self._phase_1[cky_i + cky_r] = run

    # ---- time ----

    def watch(self, run: Run) -> None:
        """A timer of a run may have been set; of a run that is not remembered, none ever fires."""
        held = run in self._places if run.sa is None else self.phase_2(run.sa, run.message_id) is run
        if held:
            self._alarms.watch(run)

    def next_alarm(self) -> float | None:
        """When the first timer of all runs is due, in seconds."""
        return self._alarms.first()

    def due(self, now: float) -> list[Run]:
        """The runs that have a timer due; each has to be watched again."""
        return self._alarms.due(now)

    # ---- phase 1 ----

    def phase_1(self, cky_i: bytes, cky_r: bytes) -> Run | None:
        """The phase 1 run that has both cookies."""
        return self._phase_1.get(cky_i + cky_r)

    def half_open(self, cky_i: bytes, address: Hashable) -> Run | None:
        """The run that answers the first message with that cookie from that address."""
        return self._begun.get((cky_i, address, Role.R))

    def half_open_total(self) -> int:
        """How many exchanges of phase 1 wait for an initiator that has not shown that it is there."""
        return len(self._unproven)

    def half_open_from(self, address: Hashable) -> int:
        """How many of them are with one host, whatever its ports."""
        return self._hosts[_host(address)]

    def oldest_half_open(self) -> Run | None:
        """The one that has waited longest."""
        return next(iter(self._unproven), None)

    def _note_half_open(self, run: Run) -> None:
        """Count a run in or out: it is half open as long as it has answered nothing but the first message."""
        waits = run.table.role is Role.R and run.at.answered == run.table.exchange.messages[0].name
        if waits and run not in self._unproven:
            host = self._unproven[run] = _host(run.address)
            self._hosts[host] += 1
        elif not waits:
            self._count_out(run)

    def _count_out(self, run: Run) -> None:
        host = self._unproven.pop(run, None)
        if host is not None:
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]

    def awaiting_cookie(self, cky_i: bytes, address: Hashable) -> Run | None:
        """The run of ours that has not yet learned the responder's cookie."""
        run = self._begun.get((cky_i, address, Role.I))
        return run if run is not None and _CKY_R not in run.known.values.store else None

    def begun(self, cky_i: bytes, cky_r: bytes, address: Hashable) -> Run | None:
        """The phase 1 run that these cookies belong to, whether or not it knows the second of them yet."""
        return self.phase_1(cky_i, cky_r) or self.awaiting_cookie(cky_i, address)

    def establish(self, run: Run, outputs: Iterable[Output]) -> None:
        """Remember the ISAKMP SA, or the pair of IPsec SAs, that a run has come to."""
        for output in outputs:
            if isinstance(output, PhaseOneUp):
                self._sas[output.sa.cookies] = output.sa
                self._of_peer.setdefault(output.sa.peer_identity, {})[run] = None
                self.add(run)
            elif isinstance(output, PhaseTwoUp):
                self._pairs |= {pair.inbound.spi: run for pair in (output.pair, *output.pair.further)}

    def sa(self, cky_i: bytes, cky_r: bytes) -> IsakmpSa | None:
        """The established ISAKMP SA with those cookies."""
        return self._sas.get(cky_i + cky_r)

    def of_peer(self, identity: Identity | None) -> tuple[Run, ...]:
        """The runs that have made, or run under, an ISAKMP SA with who proved that identity."""
        return tuple(self._of_peer.get(identity, ()))

    # ---- under an ISAKMP SA ----

    def message_ids(self, sa: IsakmpSa) -> set[int]:
        """The message ids ever used under an SA: "unique" is read as unique for its life (RFC 2408 section 3.1)."""
        return self._message_ids.setdefault(sa.cookies, set())

    def phase_2(self, sa: IsakmpSa, message_id: int) -> Run | None:
        """The run with that message id."""
        return self._phase_2.get(sa.cookies, {}).get(message_id)

    def under(self, cookies: bytes) -> tuple[Run, ...]:
        """All runs under the SA with those cookies."""
        return tuple(self._phase_2.get(cookies, {}).values())

    def move(self, child: Run, heir: IsakmpSa) -> None:
        """Put a run under another ISAKMP SA; its message id counts as used there."""
        if child.sa is not None:
            self._phase_2.get(child.sa.cookies, {}).pop(child.message_id, None)
        child.sa = heir
        self.add(child)

    def owner_of(self, pair: IpsecSaPair) -> Run | None:
        """The run that made a pair, under whichever ISAKMP SA it is now."""
        return self._pairs.get(pair.inbound.spi)

    def remove(self, run: Run) -> None:
        """Forget a run; with phase 1 goes all that stood on it."""
        if run.table.exchange.type is ExchangeType.INFORMATIONAL:
            return
        if run.sa is not None:
            self._phase_2.get(run.sa.cookies, {}).pop(run.message_id, None)
            self._drop(run, run.sa.peer_identity)
            return
        store = run.known.values.store
        cky_i, cky_r = store[_CKY_I], store.get(_CKY_R, b"")
        self._count_out(run)
        self._begun.pop(self._places.pop(run, (cky_i, run.address, run.table.role)), None)
        sa = self._sas.get(cky_i + cky_r)
        for gone in (run, *self.under(cky_i + cky_r)):
            self._drop(gone, sa.peer_identity if sa is not None else None)
        for kept in (self._phase_1, self._sas, self._phase_2, self._message_ids):
            kept.pop(cky_i + cky_r, None)

    def _drop(self, run: Run, identity: Identity | None) -> None:
        self._alarms.forget(run)
        for spi in (run.known.spi, *(each.spi for each in run.known.further)):
            if self._pairs.get(spi) is run:
                del self._pairs[spi]
        of_peer = self._of_peer.get(identity)
        if of_peer is not None:
            of_peer.pop(run, None)
            if not of_peer:
                del self._of_peer[identity]


def _host(address: Hashable) -> Hashable:
    """The host of a transport address; an address that is no pair is a host by itself."""
    return address[0] if isinstance(address, tuple) and address else address
