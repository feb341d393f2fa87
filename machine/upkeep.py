"""The life of SAs in time: liveness, rekeying, the order of succession, initial contact.

Nothing here changes a state: it finds out that something is due or has happened, and has the exchange's own table told
(`fire`). What succeeds what is decided by rules that both ends compute alike, from cookies and SPIs that both know.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from isakmp.crypto.backend import Backend
from isakmp.machine.clients import clients_of
from isakmp.machine.config import Config, Rekey
from isakmp.machine.database import Database
from isakmp.machine.liveness import Liveness, is_question
from isakmp.machine.notices import spis_of
from isakmp.machine.outputs import Output, PhaseOneUp, PhaseTwoUp
from isakmp.machine.run import Run
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.machine.timing import fraction
from isakmp.spec import keying as k
from isakmp.spec.events import Action, EventKind
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import N
from isakmp.spec.registries import Doi, ExchangeType, NotifyType, ProtocolId
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Role

Fire = Callable[[Run, str, float], tuple[Output, ...]]
Tell = Callable[[Run, Iterable[Payload], float], list[Output]]
Again = Callable[[Run, float], tuple[Output, ...]]

# Ends after which the IPsec SAs of an ISAKMP SA may go on under another one with the same peer; after the others what
# stood under it has gone with the peer's memory, or with the peer.
_INHERITED = frozenset({EventKind.REPLACED, EventKind.EXPIRE, EventKind.DELETE_PROTECTED})


class Upkeep:
    """What one peer has to see to while its SAs live. Times are in seconds on the caller's clock."""

    def __init__(  # noqa: PLR0917 - three of them are what it may do with a run
        self, config: Config, database: Database, backend: Backend, fire: Fire, tell: Tell, again: Again
    ) -> None:
        self.config = config
        self.database = database
        self.backend = backend
        self._fire, self._tell, self._again = fire, tell, again
        self._live: dict[bytes, Liveness] = {}

    # ---- what has happened ----

    def after(self, run: Run, row: Row, payloads: tuple[Payload, ...], outputs: list[Output], now: float) -> None:
        """A row was taken: note what it means for the life of SAs, and add to the outputs what follows."""
        life = run.life
        if life.began is None:
            life.began = now
        if Action.ACCEPT in row.actions and run.sa is not None:
            outputs += self._alive(run.sa, payloads, run.message_id, now)
            outputs += self._noticed(run.sa, payloads, now)
        for output in tuple(outputs) if Action.ESTABLISH in row.actions else ():
            if isinstance(output, PhaseOneUp):
                outputs += self._stands_1(run, output.sa, now)
                if run.table.exchange.type is ExchangeType.IDENTITY_PROTECTION:
                    outputs += self._noticed(output.sa, payloads, now)
            elif isinstance(output, PhaseTwoUp):
                outputs += self._succeed(run, output.pair.expires, now)
        if Action.REKEY in row.actions:
            outputs += self._again(run, now)

    def ended(self, run: Run, row: Row, now: float) -> list[Output]:
        """An exchange or its SA has ended: what stood under an ISAKMP SA passes to another one, or ends with it."""
        store = run.known.values.store
        cookies = store[str(k.CKY_I)] + store.get(str(k.CKY_R), b"")
        if run.sa is not None or self.database.sa(cookies[: len(cookies) // 2], cookies[len(cookies) // 2 :]) is None:
            return []
        self._live.pop(cookies, None)
        outputs: list[Output] = []
        heir = self.heir(run) if row.event.kind in _INHERITED and self._keeps() else None
        for child in self.database.under(cookies):
            lasts = child.at.kind is Kind.ESTABLISHED and not child.table.exchange.makes_group
            if heir is not None and lasts:
                self.database.move(child, heir)
            else:
                outputs += self._fire(child, EventKind.ORPHANED.value, now)
        return outputs

    def _noticed(self, sa: IsakmpSa, payloads: tuple[Payload, ...], now: float) -> list[Output]:
        """A protected message: honour INITIAL-CONTACT (RFC 2407 section 4.6.3.3).

        It may come in the last messages of main mode, in a quick mode or in an informational exchange, but not in
        aggressive mode (section 4.6.3). It ends the older SAs of the same authenticated identity, whatever address they
        are used from. An SA that came to stand while this one was being negotiated is not older: both began at once.
        """
        outputs: list[Output] = []
        bearer = self.database.phase_1(sa.cky_i, sa.cky_r)
        said = any(isinstance(p, N) and p.type == NotifyType.INITIAL_CONTACT and p.spi == sa.cookies for p in payloads)
        if not said or bearer is None or sa.peer_identity is None:
            return outputs
        for other in self.siblings(bearer):
            if (other.life.stands or 0.0) < (bearer.life.began or 0.0):
                outputs += self._fire(other, EventKind.INITIAL_CONTACT.value, now)
        return outputs

    def used(self, run: Run, pair: IpsecSaPair, octets: int, now: float, *, inbound: bool) -> list[Output]:
        """A pair of IPsec SAs has carried octets; what comes in proves that the peer lives (RFC 3706 section 5.4)."""
        outputs: list[Output] = []
        live = self._live.get(run.sa.cookies) if run.sa is not None else None
        if inbound and live is not None:
            outputs += live.alive(now)
            self.database.watch(live.run)
        before = run.life.carried.get(pair.inbound.spi, 0)
        carried = run.life.carried[pair.inbound.spi] = before + octets
        rekey = self.config.rekey
        limits = (rekey.octets if rekey is not None else None, pair.octets)
        limit = min((each for each in limits if each is not None), default=None)
        if limit is None:
            return outputs
        soft = limit - (rekey.octets_margin if rekey is not None else 0)
        if carried >= limit:
            outputs += self._fire(run, EventKind.EXPIRE.value, now)
        elif before < soft <= carried and not run.life.superseded:
            outputs += self._fire(run, EventKind.REKEY.value, now)
        return outputs

    # ---- time ----

    def tick(self, run: Run, now: float) -> list[Output]:
        """Let the timers of one run that are due fire, but for those of the exchange itself."""
        life, outputs = run.life, list[Output]()
        if run.at.kind is not Kind.ESTABLISHED:  # it has ended by another timer of its own
            return outputs
        if life.asks is not None and life.asks <= now:
            outputs += self._detect(run, now)
        if life.soft is not None and life.soft <= now:
            life.soft = None
            outputs += self._fire(run, EventKind.REKEY.value, now)
        if life.retires is not None and life.retires <= now:
            if self._busy(run):  # an exchange under way stays on the ISAKMP SA that it began on
                life.retires = now + run.config.timers.half_open
            else:
                life.retires = None
                outputs += self._fire(run, EventKind.REPLACED.value, now)
        return outputs

    # ---- who is who ----

    def siblings(self, run: Run) -> tuple[Run, ...]:
        """The other standing runs that serve the same purpose for the same authenticated peer, oldest first."""
        purpose = self._purpose(run)
        bearer = run.sa or self._sa_of(run)
        found = [
            other
            for other in (self.database.of_peer(bearer.peer_identity) if bearer is not None else ())
            if other is not run and other.at.kind is Kind.ESTABLISHED and self._purpose(other) == purpose
        ]
        return tuple(sorted(found, key=lambda other: other.life.stands or 0.0))

    def heir(self, run: Run) -> IsakmpSa | None:
        """The newest other ISAKMP SA with the same authenticated peer."""
        for other in reversed(self.siblings(run)):
            found = self._sa_of(other)
            if found is not None and other.life.retires is None:
                return found
        return None

    def protector(self, run: Run) -> IsakmpSa | None:
        """The ISAKMP SA to renew a quick mode under: the newest with that peer; `None` for phase 1."""
        if run.sa is None:
            return None
        old = self.database.phase_1(run.sa.cky_i, run.sa.cky_r)
        return (self.heir(old) if old is not None and old.life.superseded else None) or run.sa

    def bearer(self, run: Run) -> IsakmpSa | None:
        """The ISAKMP SA over which to tell the peer that a phase 1 run's SA was replaced: the new one."""
        return self.heir(run) if run.life.superseded else None

    def named(self, bearer: IsakmpSa, cookies: bytes) -> Run | None:
        """The ISAKMP SA that the same authenticated peer names under another one (it deletes the old over the new)."""
        half = len(cookies) // 2
        found = self.database.sa(cookies[:half], cookies[half:])
        if found is None or found.peer_identity is None or found.peer_identity != bearer.peer_identity:
            return None
        return self.database.phase_1(found.cky_i, found.cky_r)

    # ---- inside ----

    def _stands_1(self, run: Run, sa: IsakmpSa, now: float) -> list[Output]:
        if self.config.dpd is not None:
            self._live[sa.cookies] = Liveness.beside(run, sa, self.backend, now)
        outputs: list[Output] = []
        if self.config.initial_contact and not self.siblings(run):
            contact = N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT, sa.cookies)
            outputs += self._tell(run, (contact,), now)
        return outputs + self._succeed(run, sa.expires, now)

    def _succeed(self, run: Run, expires: float, now: float) -> list[Output]:
        """Set the timers of a new SA, and settle what it does to others of its purpose."""
        life, rekey = run.life, self.config.rekey
        life.stands = now
        if rekey is None:
            return []
        life.soft = self._soft(run, rekey, expires, now)
        outputs: list[Output] = []
        for other in self.siblings(run):
            if life.replaces is not other and (other.life.stands or 0.0) >= (life.began or now):
                # Both ends began at once, and both have finished: the same one of the two goes, at either end.
                loser = min(run, other, key=_rank)
                outputs += self._fire(loser, EventKind.REPLACED.value, now)
                continue
            other.life.superseded, other.life.soft = True, None
            if life.replaces is other:
                other.life.retires = now + rekey.linger
                self.database.watch(other)
        return outputs

    def _soft(self, run: Run, rekey: Rekey, expires: float, now: float) -> float:
        """When to replace an SA: its initiator at random, so that not all do it at once; its responder as fall-back."""
        margin = min(rekey.margin, (expires - now) / 4)
        if run.table.role is Role.R:
            return expires - margin / 2
        return expires - margin * (1 + fraction(self.backend, "rekey jitter"))

    def _alive(self, sa: IsakmpSa, payloads: tuple[Payload, ...], message_id: int, now: float) -> list[Output]:
        """A protected message was taken: proof of life, or a question or answer of dead peer detection."""
        live = self._live.get(sa.cookies)
        outputs: list[Output] = []
        if live is None:
            return outputs
        told: list[Payload] = []
        asked = [payload for payload in payloads if isinstance(payload, N) and is_question(payload)]
        for payload in asked:
            more, answers = live.take(payload, message_id, now)
            outputs += more
            told += answers
        if not asked:
            outputs += live.alive(now, message_id)
        self.database.watch(live.run)
        return outputs + self._tell(live.run, told, now)

    def _detect(self, run: Run, now: float) -> list[Output]:
        sa = self._sa_of(run)
        live = self._live.get(sa.cookies) if sa is not None else None
        if live is None:
            run.life.asks = None
            return []
        outputs, questions = live.due(now)
        outputs += self._tell(run, questions, now)
        if live.dead:
            for gone in (run, *self.siblings(run)):
                outputs += self._fire(gone, EventKind.PEER_DEAD.value, now)
        return outputs

    def _purpose(self, run: Run) -> Hashable:
        """What an SA is for: the authenticated peer and, in phase 2, the protocol and what is protected."""
        known = run.known
        if run.sa is None:
            sa = self._sa_of(run)
            return ("ISAKMP", run.table.exchange.phase, sa.peer_identity if sa is not None else run)
        protocol = known.ipsec.protocol if known.ipsec is not None else None
        return ("IPsec", run.sa.peer_identity, protocol, *clients_of(known, run.table.role))

    def _sa_of(self, run: Run) -> IsakmpSa | None:
        store = run.known.values.store
        return self.database.sa(store[str(k.CKY_I)], store.get(str(k.CKY_R), b"")) if run.sa is None else None

    def _busy(self, run: Run) -> bool:
        sa = self._sa_of(run)
        return sa is not None and any(child.at.kind is Kind.RUNNING for child in self.database.under(sa.cookies))

    def _keeps(self) -> bool:
        return self.config.rekey is not None and self.config.rekey.keep_children


def _rank(run: Run) -> tuple[bytes, ...]:
    """What both ends order two SAs of the same purpose by: cookies, or the SPIs of both directions."""
    store = run.known.values.store
    if run.sa is None:
        return (store[str(k.CKY_I)], store[str(k.CKY_R)])
    return tuple(sorted(spis_of(run)))
