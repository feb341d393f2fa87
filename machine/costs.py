"""What an exchange of phase 1 costs, found by running it: octets, computations, state held for an unproven address."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from statistics import median

from isakmp.crypto.backend import Backend
from isakmp.machine.config import Config
from isakmp.machine.memory import Wire
from isakmp.machine.outputs import Send
from isakmp.machine.peer import Peer
from isakmp.spec.terms import Role

COSTLY = ("generate", "agree", "sign", "verify", "pk_encrypt", "pk_decrypt")
"""The computations that take longer than all hashes and ciphers of an exchange together."""


def counting(backend: Backend) -> tuple[Backend, Counter[str]]:
    """A copy of a backend that counts what is costly, and its counts so far."""
    counted: Counter[str] = Counter()
    twin = copy(backend)

    def count(name: str, compute: Callable[..., object]) -> Callable[..., object]:
        def counted_compute(*given: object) -> object:
            counted[name] += 1
            return compute(*given)

        return counted_compute

    for name in COSTLY:
        setattr(twin, name, count(name, getattr(backend, name)))
    return twin, counted


@dataclass(frozen=True)
class Costs:
    """What one exchange costs.

    `octets` are those of all datagrams; `computed` counts by role and kind; `seconds` is the median time of both ends'
    work; `before_return` is what the responder has computed, and `kept` how many octets of state it holds, when nothing
    has yet come back to the address that it answers.
    """

    messages: int
    octets: int
    computed: Mapping[Role, Mapping[str, int]]
    seconds: float
    before_return: Mapping[str, int]
    kept: int


def measure(exchange: str, configs: Mapping[Role, Config], backend: Backend, now: float, runs: int = 5) -> Costs:
    """Run an exchange of phase 1 several times.

    Raises:
        LocalMisuse: the configurations do not fit the exchange.
    """
    made = {role: counting(backend) for role in Role}
    peers = {role: Peer(configs[role], made[role][0]) for role in Role}
    wire = Wire(peers[Role.I], peers[Role.R], now)
    wire.put(Role.I, peers[Role.I].initiate(exchange, Role.R, now))
    deliveries = wire.deliver_all()
    next(deliveries)
    before, kept = _costly(made[Role.R][1]), _kept(peers[Role.R])
    for _ in deliveries:
        pass
    carried = wire.deliveries
    return Costs(
        messages=len(carried),
        octets=sum(len(delivery.datagram) for delivery in carried),
        computed={role: _costly(made[role][1]) for role in Role},
        seconds=median(_timed(exchange, configs, backend, now) for _ in range(runs)),
        before_return=before,
        kept=kept,
    )


def _costly(counted: Counter[str]) -> dict[str, int]:
    return {name: counted[name] for name in COSTLY if counted[name]}


def _kept(peer: Peer) -> int:
    """Octets of the values, and of the datagrams for repeats, that a peer's running exchanges hold."""
    total = 0
    for run in peer.database.runs():
        total += sum(len(value) for value in run.known.values.store.values())
        total += len(run.last_sent or b"") + len(run.last_received or b"")
    return total


def _timed(exchange: str, configs: Mapping[Role, Config], backend: Backend, now: float) -> float:
    peers = {role: Peer(configs[role], backend) for role in Role}
    began = time.perf_counter()
    waiting = deque([(Role.I, output) for output in peers[Role.I].initiate(exchange, Role.R, now)])
    while waiting:
        sender, output = waiting.popleft()
        if isinstance(output, Send):
            receiver = sender.other
            waiting.extend((receiver, each) for each in peers[receiver].receive(output.datagram, sender, now))
    return time.perf_counter() - began
