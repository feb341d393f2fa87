"""Sessions on the machine over the symbolic backend: each is what it has been given, datagram by datagram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from isakmp.cli.attack import key_pair
from isakmp.crypto.free_terms import Origin, Store
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.config import Config
from isakmp.machine.database import Database
from isakmp.machine.memory import handshake
from isakmp.machine.outputs import PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.run import Knowledge, Run
from isakmp.machine.runs import Runs
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.messages import Message
from isakmp.spec.registries import ExchangeType, HashAlgorithm
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Role
from isakmp.verify.hosts import (
    NOW,
    Means,
    config_for,
)
from isakmp.verify.models import Protocol

PLACE: Final = "the network"
History = tuple[bytes, ...]
"""What a session has been given: for who begins, nothing counts as the first."""
BEGIN: Final = b""


class Shared(Store):
    """A store of its own that knows what all know: names are counted from the beginning in each."""

    def __init__(self, origins: dict[bytes, Origin]) -> None:
        super().__init__()
        self._origins = origins


class Listening(SymbolicBackend):
    """Remembers what was computed for comparison: keyed digests, and digests that a signature should be of."""

    def __init__(self, seed: str, origins: dict[bytes, Origin]) -> None:
        super().__init__(seed, Shared(origins))
        self.digests: list[bytes] = []

    def reseed(self, seed: str) -> None:
        """From here on, draw other values."""
        self._seed = repr(seed)

    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        digest = super().prf(algorithm, key, data)
        self.digests.append(digest)
        return digest


@dataclass(frozen=True)
class Moment:
    """A session after what it was given: its run and SA if any, what it sent, computed last, and holds as keys."""

    backend: Listening
    runs: Runs
    run: Run | None
    sa: IsakmpSa | None
    sent: tuple[bytes, ...]
    digests: tuple[bytes, ...]
    keys: tuple[bytes, ...]
    taken: bool
    done: bool

    @property
    def known(self) -> Knowledge | None:
        """What its run knows."""
        return None if self.run is None else self.run.known

    @property
    def values(self) -> Mapping[str, bytes]:
        """Its values by the names of the RFCs."""
        return {} if self.known is None else self.known.values.store

    def kept(self, protocol: Protocol) -> tuple[bytes, ...]:
        """The keys that it has come to: those of an IPsec SA, else those of phase 1."""
        if self.known is None or protocol.session_key is None:
            return ()
        if protocol.exchange.phase == 1:
            return tuple(self.known.values[each] for each in protocol.secrets)
        return self.keys


@dataclass
class Actor:
    """A session: who plays which role with whom, and what comes of what it is given."""

    protocol: Protocol
    number: int
    role: Role
    own: str
    other: str
    origins: dict[bytes, Origin]
    _moments: dict[History, Moment] = field(default_factory=dict)

    def at(self, history: History) -> Moment:
        """The session after what it was given."""
        found = self._moments.get(history)
        if found is None:
            found = self._moments[history] = self._run(history)
        return found

    @cached_property
    def expected(self) -> tuple[Message, ...]:
        """The messages that it takes, in order."""
        return tuple(message for message in self.protocol.messages if message.sender is not self.role)

    def awaits(self, history: History) -> Message | None:
        """The message that it takes next; None if it has taken all."""
        taken = len(history) - (self.role is Role.I)
        return self.expected[taken] if 0 <= taken < len(self.expected) else None

    def _run(self, history: History) -> Moment:
        backend = Listening(f"session {self.number}", self.origins)
        peer, sa = self._peer(backend)
        outputs: list[Any] = []
        sent: list[bytes] = []
        rows: list[Row] = []
        taken, run = True, None
        for datagram in history:
            backend.digests.clear()
            given = self._begin(peer, sa) if datagram == BEGIN else peer.receive(datagram, PLACE, NOW)
            new = [each.row for each in given if isinstance(each, Taken) and self._counts(each)]
            rows += new
            taken = datagram == BEGIN or bool(new)
            outputs += given
            if taken:
                sent += (each.datagram for each in given if isinstance(each, Send))
            run = next((each for each in peer.database.runs() if (each.sa is None) is (sa is None)), run)
        pairs = [each.pair for each in outputs if isinstance(each, PhaseTwoUp)]
        return Moment(
            backend,
            Runs(peer.config, backend, Database()),
            run,
            sa,
            tuple(sent),
            tuple(dict.fromkeys(backend.digests)),
            tuple(key for pair in pairs for key in sorted((pair.inbound.keymat, pair.outbound.keymat))),
            taken,
            bool(rows) and rows[-1].destination.kind in (Kind.ESTABLISHED, Kind.DONE),
        )

    def _counts(self, taken: Taken) -> bool:
        """Whether a row took a message as what the exchange goes on with."""
        names = {message.name for message in self.expected}
        return taken.row.event.message in names and taken.row.changes_state and taken.problem is None

    def _peer(self, backend: Listening) -> tuple[Peer, IsakmpSa | None]:
        config = silent(self.protocol, self.own, self.other, self.role)
        if self.protocol.exchange.phase == 1:
            return Peer(config, backend), None
        return below(self.protocol, self.own, self.other, backend, f"session {self.number}")

    def _begin(self, peer: Peer, sa: IsakmpSa | None) -> tuple[Any, ...]:
        if sa is None:
            return peer.initiate(self.protocol.exchange.name, PLACE, NOW)
        if self.protocol.exchange.type is ExchangeType.QUICK:
            return peer.quick(sa, PLACE, NOW)
        return peer.push(sa, PLACE, NOW)


def silent(protocol: Protocol, own: str, other: str, role: Role) -> Config:
    """What the peer of a session is told; it does not tell what it did not like."""
    return replace(config_for(protocol, Means(own, other, role), key_pair), notify=False)


def below(protocol: Protocol, own: str, other: str, backend: Listening, seed: str) -> tuple[Peer, IsakmpSa]:
    """The peer of a host that has an ISAKMP SA with another; all sessions of the two are under the same SA."""
    first, second = sorted((own, other))
    mine = Role.I if own == first else Role.R
    backend.reseed(f"phase 1 of {first} and {second}")
    names = {mine: own, mine.other: other}
    peers = {role: Peer(silent(protocol, names[role], names[role.other], role), backend) for role in Role}
    done = handshake(peers[Role.I], peers[Role.R], "main", now=NOW, quick=False)
    backend.reseed(seed)
    return peers[mine], done.sas[mine]
