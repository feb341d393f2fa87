"""A run that is written down: who drew which values, who sent what, and what its receiver made of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from isakmp.conform.headers import MESSAGE_ID
from isakmp.conform.vectors.ways import Passage, Quiet
from isakmp.crypto.backend import KeyPair
from isakmp.crypto.seeded import SeededBackend
from isakmp.machine.codec import decode
from isakmp.machine.config import Config
from isakmp.machine.fragments import piece_of
from isakmp.machine.outputs import Output, PhaseTwoUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IpsecSaPair
from isakmp.spec import keying as k
from isakmp.spec.groups import AnyGroup
from isakmp.spec.table import Row
from isakmp.spec.terms import Role

EPOCH: Final = 1_000_000_000.0
"""When runs begin, in seconds since 1970."""

DELAY: Final = 0.001
"""Seconds from sending to receiving."""

O = TypeVar("O", bound=Output)
Deed = Callable[[Peer, float], tuple[Output, ...]]


class Recorder(SeededBackend):
    """The seeded backend, with a memory of what it has drawn: labels with octets, and exponents by public values."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.drawn: list[tuple[str, bytes]] = []
        self.pairs: dict[bytes, KeyPair] = {}

    def random(self, size: int, label: str) -> bytes:
        """Draw a value, and remember it."""
        octets = super().random(size, label)
        self.drawn.append((label, octets))
        return octets

    def draw_secret(self, group: AnyGroup, label: str) -> int:
        """Draw an exponent, and remember itself instead of the octets that it was made of."""
        before = len(self.drawn)
        secret = super().draw_secret(group, label)
        del self.drawn[before:]
        self.drawn.append((label, secret.to_bytes((secret.bit_length() + 7) // 8)))
        return secret

    def generate(self, group: AnyGroup, label: str) -> KeyPair:
        """Draw a key pair, and remember it."""
        pair = super().generate(group, label)
        self.pairs[pair.public] = pair
        return pair


@dataclass(frozen=True)
class Drawn:
    """A fresh value: its label, who drew it, and the number of the message that was sent next."""

    name: str
    by: Role
    message: int
    octets: bytes


@dataclass
class Carried:
    """A datagram on its way: by whom (the roles of phase 1), by which row, and what its receiver made of it.

    Where it travels in fragments, they are its `pieces`; where addresses matter, `passage` has them.
    """

    number: int
    sender: Role
    sending: Row
    sent: Send
    pieces: tuple[bytes, ...] = ()
    passage: Passage | None = None
    outputs: tuple[Output, ...] = ()

    @property
    def taken(self) -> Taken:
        """The row that took it.

        Raises:
            LookupError: none has.
        """
        for output in self.outputs:
            if isinstance(output, Taken):
                return output
        raise LookupError(f"message {self.number} was not taken")


class Paused(Exception):
    """The run has come to the message before which it is to stop."""


@dataclass
class Stage:
    """Two peers, and the way between them. `stop` is the number of the message that is not to be delivered.

    `pairs` are the IPsec SAs that the initiator holds, one pair for each quick mode.
    """

    configs: Mapping[Role, Config]
    backend: Recorder
    stop: int | None = None
    way: Quiet = field(default_factory=Quiet)
    now: float = EPOCH
    carried: list[Carried] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    pairs: list[IpsecSaPair] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.peers = {role: Peer(self.configs[role], self.backend) for role in Role}
        self.backend.drawn.clear()  # what the backend has tried itself with
        self._given: dict[Role, list[Output]] = {role: [] for role in Role}
        self._queue: deque[Carried] = deque()

    def act(self, role: Role, deed: Deed) -> None:
        """Let one end begin something, and both go on until nothing is left to be said.

        Raises:
            Paused: the message to stop before is next.
        """
        self._keep(role, deed(self.peers[role], self.now))
        while self._queue:
            one = self._queue.popleft()
            if one.number == self.stop:
                raise Paused
            self.now += DELAY
            receiver = one.sender.other
            source = self.way.seen(one.sender, one.sent.address)
            for datagram in one.pieces or (one.sent.datagram,):
                one.outputs = self.peers[receiver].receive(datagram, source, self.now)
            self._keep(receiver, one.outputs)

    def place(self, role: Role) -> Hashable:
        """Where an end is, for the other one."""
        return self.way.place(role)

    def held(self, role: Role, kind: type[O]) -> O:
        """The last output of a kind that an end has given.

        Raises:
            LookupError: there was none.
        """
        for output in reversed(self._given[role]):
            if isinstance(output, kind):
                return output
        raise LookupError(f"the {role.value} has no {kind.__name__}")

    def _keep(self, role: Role, outputs: tuple[Output, ...]) -> None:
        """Take what an end gives, and what it has drawn for it."""
        first = len(self.carried)
        row: Row | None = None
        for output in outputs:
            self._given[role].append(output)
            if isinstance(output, PhaseTwoUp) and role is Role.I:
                self.pairs.append(output.pair)
            if isinstance(output, Taken) and output.row.emits is not None:
                row = output.row
            elif isinstance(output, Send) and row is not None:
                self._send(role, row, output)
        self._queue.extend(self.carried[first:])
        self._keep_drawn(role, self.carried[first:], first + 1)

    def _send(self, role: Role, row: Row, sent: Send) -> None:
        """Put a datagram on its way; pieces of one message go together."""
        piece = piece_of(decode(sent.datagram, lenient=True))
        if piece is not None and piece.number > 1:
            one = self.carried[-1]
            one.sent = one.sent._replace(datagram=one.sent.datagram + piece.data)
            one.pieces = (*one.pieces, sent.datagram)
            return
        passage = self.way.passage(role, sent.address)
        one = Carried(len(self.carried) + 1, role, row, sent, passage=passage)
        if piece is not None:
            one.sent, one.pieces = sent._replace(datagram=piece.data), (sent.datagram,)
        self.carried.append(one)

    def _keep_drawn(self, role: Role, sent: list[Carried], message: int) -> None:
        """Values belong to the first message that is sent, and from a message id on to the message that has it."""
        for name, octets in self.backend.drawn:
            if name == str(k.M_ID):
                message = next((one.number for one in sent if one.sent.datagram[MESSAGE_ID] == octets), message)
            self.drawn.append(Drawn(name, role, message, octets))
        self.backend.drawn.clear()
