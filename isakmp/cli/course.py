"""The course of a handshake that this end has begun: phase 1, then the user, mode config and quick mode as wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeVar

from isakmp.cli.errors import FINDING, FINE, INTERRUPTED
from isakmp.cli.live import notices
from isakmp.machine.config import Identity
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Configured, Ended, Output, PhaseOneUp, PhaseTwoUp, Taken, UserAdmitted
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.machine.udp import Seen, Told, Transport, Unsent
from isakmp.spec.events import EventKind
from isakmp.spec.exchanges import informational, main_mode, transaction
from isakmp.spec.keying import Auth
from isakmp.spec.limits import FIRST_STATUS
from isakmp.spec.payloads import N
from isakmp.spec.registries import IdType
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Role

O = TypeVar("O", bound=Output)

GRACE: Final = 2.0
"""Seconds in which the peer may still answer after an error that anybody may have sent: it is not authenticated."""

_PROTECTED: Final = informational(protected=True).key
_TELLING: Final = (_PROTECTED, informational(protected=False).key)


class Refused(Exception):
    """The handshake came to nothing; the message says why."""


@dataclass
class Course:
    """What has come of a handshake so far.

    `networks` is what a quick mode is for, at this end and at the peer's; None: there is to be no quick mode. Where the
    first of them is None, it is the address that mode config has assigned.
    """

    exchange: str
    networks: tuple[Identity | None, Identity] | None
    sa: IsakmpSa | None = None
    pair: IpsecSaPair | None = None
    last_row: Row | None = None
    told: str = ""
    problem: str = ""
    _begun: set[int] = field(default_factory=set)
    _aside: bool = False
    _seen: asyncio.Queue[Output | Unsent] = field(default_factory=asyncio.Queue)
    _over: bool = False

    def take(self, seen: Seen) -> None:
        """Take what the transport tells."""
        if not self._over and isinstance(seen, Told | Unsent):
            for each in (seen,) if isinstance(seen, Unsent) else seen.outputs:
                self._seen.put_nowait(each)

    async def run(self, transport: Transport, own: str, to: Endpoint) -> None:
        """Go through it to its end.

        Raises:
            Refused: it does not get there.
        """
        try:
            await self._run(transport, own, to)
        finally:
            self._over = True

    async def _run(self, transport: Transport, own: str, to: Endpoint) -> None:
        peer = transport.initiate(self.exchange, own, to)
        self.sa = (await self._next(PhaseOneUp)).sa
        if peer.barred(self.sa):
            await self._next(UserAdmitted)
        address = transport.address(peer, self.sa) or to
        assigned = await self._configure(transport, peer, address) if peer.config.request else None
        if self.networks is not None:
            await self._quick(transport, peer, address, assigned)

    async def _configure(self, transport: Transport, peer: Peer, address: Endpoint) -> Identity | None:
        sa = self._up()
        transport.perform(peer, lambda now: peer.configure(sa, address, now))
        given = await self._next(Configured)
        for kind, found in given.values.items():
            if kind.name == "INTERNAL_IP4_ADDRESS" and found and found[0]:
                return Identity(IdType.IPV4_ADDR, found[0])
        return None

    async def _quick(self, transport: Transport, peer: Peer, address: Endpoint, assigned: Identity | None) -> None:
        sa, networks = self._up(), self.networks
        if networks is None:
            return
        local = networks[0] or assigned
        if local is None:
            raise Refused("mode config has assigned no address that quick mode could be for")
        transport.perform(peer, lambda now: peer.quick(sa, address, now, (local, networks[1])))
        while self.pair is None:
            pair = (await self._next(PhaseTwoUp)).pair
            self.pair = pair if pair.message_id in self._begun else None  # else it is the peer that has begun

    def _up(self) -> IsakmpSa:
        if self.sa is None:
            raise Refused("there is no ISAKMP SA")
        return self.sa

    async def _next(self, kind: type[O]) -> O:
        """The next output of a kind; what else comes is looked at for the end of the whole."""
        while True:
            try:
                each = await asyncio.wait_for(self._seen.get(), GRACE if self.told and self.sa is None else None)
            except TimeoutError:
                raise Refused(f"the peer says {self.told}, and nothing else") from None
            if isinstance(each, kind):
                return each
            if isinstance(each, Unsent):
                self.problem = f"not sent to {each.destination}: {each.reason}"
            elif isinstance(each, Taken):
                self._note(each)
            elif isinstance(each, Ended) and not self._aside:
                raise Refused(self.why(each.reason))

    def _note(self, taken: Taken) -> None:
        row = taken.row
        if row.event.kind is EventKind.START:
            self._begun.add(taken.message_id)
        self._aside = _is_aside(row)
        if row.changes_state and not self._aside:
            self.last_row, self.problem = row, ""
        if taken.problem is not None and (not self._aside or row.exchange in _TELLING):
            self.problem = str(taken.problem)
        errors = [each for each in taken.chain.payloads if isinstance(each, N) and each.type < FIRST_STATUS]
        if errors:
            self.told = ", ".join(notices(taken.chain))
            if self.sa is not None and row.changes_state and row.exchange == _PROTECTED:
                raise Refused(f"the peer says {self.told}")

    def why(self, reason: str) -> str:
        """A reason for the end, with what the peer has said and where it happened."""
        said = f"; the peer says {self.told}" if self.told else ""
        row = self.last_row
        where = f" in {row.source if row.destination.kind is Kind.ENDED else row.destination}" if row else ""
        fault = f": {self.problem}" if self.problem else ""
        return f"{reason}{where}{fault}{said}{self._hint()}"

    def _hint(self) -> str:
        """What silence at a certain place most often means."""
        row = self.last_row
        if row is None or self.told or self.sa is not None:
            return ""
        if row.exchange == main_mode(Auth.PSK).key and row.emits == "MM5":
            return " (no answer to MM5 that can be read most often means that the two ends have different keys)"
        if self.problem:
            return ""
        if str(row.source).endswith("_I0"):
            return " (nobody listens there, or the peer ignores what it does not accept)"
        return ""


def _is_aside(row: Row) -> bool:
    """Whether a row is no step of a course: it tells something, or belongs to what the peer has begun.

    Transaction exchanges are begun by the peer where it asks for a user.
    """
    if row.exchange in _TELLING:
        return True
    return row.role is Role.R and row.exchange != transaction().key


# ---- what it comes to ------------------------------------------------------------------------------------------------


class Outcome(Enum):
    """What a handshake comes to; the values are those of documents for programs."""

    ESTABLISHED = "established"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def status(self) -> int:
        """The exit status that tells of it."""
        return {Outcome.ESTABLISHED: FINE, Outcome.FAILED: FINDING, Outcome.INTERRUPTED: INTERRUPTED}[self]


@dataclass(frozen=True)
class Result:
    """What a handshake has come to: `what` stands now, or the `reason` why not."""

    outcome: Outcome
    what: str = ""
    reason: str | None = None

    def __str__(self) -> str:
        """Return one line."""
        match self.outcome:
            case Outcome.ESTABLISHED:
                return f"established: {self.what}"
            case Outcome.FAILED:
                return f"refused: {self.reason}"
        return "interrupted"


async def go(
    course: Course, run: Callable[[], Coroutine[Any, Any, None]], stop: asyncio.Event, patience: float
) -> Result:
    """Go through a handshake, which may take `patience` seconds, and ends early where it is to stop."""
    handshake = asyncio.create_task(run())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({handshake, stopped}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not handshake.done():
        handshake.cancel()
        if stop.is_set():
            return Result(Outcome.INTERRUPTED)
        return Result(Outcome.FAILED, reason=course.why(f"nothing came of it within {patience:g} s"))
    try:
        handshake.result()
    except Refused as refusal:
        return Result(Outcome.FAILED, reason=str(refusal))
    return Result(Outcome.ESTABLISHED, "an ISAKMP SA and a pair of IPsec SAs" if course.pair else "an ISAKMP SA")
