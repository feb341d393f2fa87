"""What the target says: what a datagram of it is to a case, and what an informational message tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from isakmp.conform.headers import MESSAGE_ID
from isakmp.conform.live.draft import opened
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.codec import decode
from isakmp.machine.errors import ProtocolError
from isakmp.machine.peer import Peer
from isakmp.machine.results import isakmp_sa
from isakmp.machine.run import Run
from isakmp.machine.runs import Runs
from isakmp.spec import keying as k
from isakmp.spec.exchanges import informational
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import FIRST_STATUS
from isakmp.spec.payloads import D, N
from isakmp.spec.registries import NotifyType
from isakmp.spec.terms import Role


class Heard(Enum):
    """What a datagram of the target is to the case."""

    ANSWER = "the next message of the exchange"
    REPEAT = "the same octets as before"
    ERROR = "an error notification"
    TOLD = "another informational message"
    DELETE = "a delete"
    OTHER = "a datagram of another exchange"


@dataclass(frozen=True)
class Spoken:
    """One datagram of the conversation: when it was said (seconds), what it is, and, of the target's, its kind."""

    time: float
    what: str
    datagram: bytes
    kind: Heard | None = None

    @property
    def ours(self) -> bool:
        """Whether the suite sent it."""
        return self.kind is None


def told(payloads: Iterable[Payload]) -> tuple[Heard, str]:
    """What the payloads of an informational message tell; without any, it could not be read."""
    found = list(payloads)
    for payload in found:
        if isinstance(payload, N):
            kind = Heard.ERROR if payload.type < FIRST_STATUS else Heard.TOLD
            return kind, f"a notification {NotifyType.describe(payload.type)}"
        if isinstance(payload, D):
            return Heard.DELETE, Heard.DELETE.value
    return Heard.TOLD, "an informational message" + ("" if found else " that could not be read")


def early(partner: Peer, datagram: bytes, said: tuple[bytes, ...], now: float) -> tuple[Payload, ...]:
    """The payloads of a message that is protected by the keys of a phase 1 that has not come to its end.

    `said` are datagrams of phase 1 that were encrypted, of which any may be the last that the target has taken. Nothing
    where no run of the partner's has the keys, or the target protects it in another way: the documents leave room.
    """
    for run in partner.database.runs():
        if run.table.exchange.phase == 1 and run.table.exchange.keys and run.known.suite is not None:
            size = run.known.values.block_length
            for block in (None, *(each[-size:] for each in said)):
                try:
                    payloads = _opened(partner, run, datagram, block, now)
                except (ProtocolError, MissingValueError):
                    continue
                if any(isinstance(payload, N | D) for payload in payloads[1:]):
                    return payloads
    return ()


def _opened(partner: Peer, run: Run, datagram: bytes, block: bytes | None, now: float) -> tuple[Payload, ...]:
    """The payloads, if `block` is the last one of phase 1 (None: none was encrypted).

    Raises:
        ProtocolError: it is not.
        MissingValueError: there are no keys.
    """
    known = run.known.copy()
    known.iv = block
    number, runs = int.from_bytes(datagram[MESSAGE_ID]), Runs(partner.config, partner.backend, partner.database)
    under = runs.under(isakmp_sa(run, known, now), informational(protected=True), Role.R, "", number)
    return decode(opened(datagram, under, under.known.values[k.IV_PHASE_2]).plain).payloads
