"""`isakmp serve` under load: handshakes a second and their cost, memory that stays, and a flood of first messages.

Figures of memory have no place in the table; where they are not as they should be, the benchmark fails.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Timers
from isakmp.machine.memory import handshake
from isakmp.machine.peer import Peer
from tests.benchmarks import daemon
from tests.benchmarks.common import Reach, Row, at_most, within
from tests.benchmarks.load import SUITE, Server, flooded, handshakes, serving
from tests.machine.ends import ALICE, BOB, NOW, config

WARM = 500
HANDSHAKES = 2000
FLOOD = 100_000
RATE = 5_000.0
"""First messages a second, more than are answered: most are forgotten unread."""
MEANWHILE = 20

GROWTH = 2 << 20
"""Octets of memory that the handshakes behind the first ones may add: what the allocator does not give back."""

ROOM = 64 << 20
"""Octets that a flood may take: 4096 half-open exchanges, and what waits in queues."""

EXPIRED = Timers().half_open + 2
"""Seconds after which nothing of a flood is left."""


class Failed(RuntimeError):
    """What is measured is not as it has to be."""


def _many(server: Server) -> tuple[float, float]:
    """Seconds a handshake on the clock, and of the responder's processor time."""
    _, errors = handshakes(server.place, WARM)
    memory, cpu = server.memory, server.cpu
    seconds, more = handshakes(server.place, HANDSHAKES)
    used, grown = server.cpu - cpu, server.memory - memory
    if errors or more:
        raise Failed(f"{len(errors) + len(more)} handshakes failed, the first: {(errors + more)[0]}")
    if grown > GROWTH:
        raise Failed(f"{HANDSHAKES} handshakes added {grown} octets of memory")
    return seconds / HANDSHAKES, used / HANDSHAKES


def _flood(server: Server) -> float:
    """Seconds a handshake in the midst of a flood; a second flood has to find the memory of the first free again."""
    found = flooded(server, FLOOD, RATE, MEANWHILE)
    if found.errors:
        raise Failed(f"{len(found.errors)} handshakes failed in the flood, the first: {found.errors[0]}")
    if found.most - found.before > ROOM:
        raise Failed(f"a flood took {found.most - found.before} octets of memory")
    time.sleep(EXPIRED)
    again = flooded(server, FLOOD // 5, RATE, 1)
    if again.most - found.most > GROWTH:
        raise Failed(f"a second flood took {again.most - found.most} octets more than the first")
    return found.handshakes / MEANWHILE


def _in_memory() -> None:
    backend = load_backend("openssl")
    alice, bob = (Peer(config(one, other, suite=SUITE), backend) for one, other in ((ALICE, BOB), (BOB, ALICE)))
    if not handshake(alice, bob, "main", now=NOW).complete:
        raise Failed("the handshake in memory did not complete")


def _both_in_memory(rounds: int = 50) -> float:
    """Seconds of processor time for a handshake in memory, both ends together."""
    _in_memory()
    began = time.process_time()
    for _ in range(rounds):
        _in_memory()
    return (time.process_time() - began) / rounds


def _row(work: str, ours: float, peer_name: str, peer: float, reach: Reach) -> Row:
    return Row(work, ours, peer_name, peer, reach.ratio(ours, peer), reach)


def measure() -> list[Row]:
    """One responder, 2,500 handshakes, then two floods with handshakes in their midst; strongSwan if it is there."""
    both = _both_in_memory()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        seconds, cpu = _many(server)
        besieged = _flood(server)
    reason = daemon.obstacle()
    other, theirs = ("both ends in memory", both) if reason else ("strongSwan's charon", daemon.cost(WARM))
    name = "main + quick + deletes, PSK, aes128-sha256-ecp256"
    return [
        _row(f"{name}: processor time of isakmp serve", cpu, other, theirs, at_most(1 if reason else 3)),
        _row(f"{name}: of {HANDSHAKES}, 16 at a time", seconds, "both ends in memory", both, at_most(8)),
        _row(f"the same in a flood of {FLOOD} first messages", besieged, "without a flood", seconds, within(3)),
    ]
