"""One responder with ten and with a thousand exchanges: time per message and per tick, and octets for each of them.

``python -m tests.benchmarks.run scale`` shows the times, ``python -m tests.benchmarks.bench_scale`` the memory.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Hashable

from isakmp.crypto.registry import load_backend
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Send
from isakmp.machine.peer import Peer
from isakmp.spec.registries import AuthMethod
from tests.benchmarks.common import Row, at_most, compare
from tests.machine.ends import ALICE, BOB, NOW, config

SUITE = "aes128-sha1-ecp256"
FEW, MANY = 10, 1_000
FLAT = at_most(1.5)


def _place(number: int) -> Endpoint:
    return Endpoint(f"10.0.{number // 250}.{number % 250}", 500)


class Responder:
    """A responder with so many exchanges with as many hosts, and the last datagram from the last."""

    def __init__(self, count: int, *, whole: bool) -> None:
        backend = load_backend("openssl")
        self.peer = Peer(config(BOB, ALICE, AuthMethod.PSK, SUITE), backend)
        self.place: Endpoint = _place(0)
        self.last = b""
        for number in range(count):
            self.place = _place(number)
            alice = Peer(config(ALICE, BOB, AuthMethod.PSK, SUITE), backend)
            waiting = [o.datagram for o in alice.initiate("main", "bob", NOW) if isinstance(o, Send)]
            while waiting:
                self.last = waiting.pop()
                answers = _sends(self.peer, self.last, self.place)
                waiting = [d for answer in answers for d in _sends(alice, answer, "bob")] if whole else []

    def repeated(self) -> None:
        """The last datagram again: it is answered with the same octets."""
        if not _sends(self.peer, self.last, self.place):
            raise RuntimeError("the repeated message that is measured was not answered")

    def tick(self) -> None:
        """A tick at which nothing is due, and the question when something is."""
        self.peer.tick(NOW)
        self.peer.next_deadline()


def _sends(peer: Peer, datagram: bytes, source: Hashable) -> list[bytes]:
    return [output.datagram for output in peer.receive(datagram, source, NOW) if isinstance(output, Send)]


def measure() -> list[Row]:
    """A thousand beside ten, half open and established: what is done for one must not depend on how many there are."""
    rows: list[Row] = []
    for whole, kind in ((False, "half-open exchanges"), (True, "ISAKMP SAs")):
        many, few = Responder(MANY, whole=whole), Responder(FEW, whole=whole)
        for name, ours, peer in (
            ("a repeated message", many.repeated, few.repeated),
            ("a tick", many.tick, few.tick),
        ):
            rows.append(compare(ours, peer, work=f"{name} with {MANY} {kind}", peer_name=f"with {FEW}", reach=FLAT))
    return rows


def octets_each(count: int, *, whole: bool) -> float:
    """How many octets of memory one of so many exchanges takes at a responder."""
    Responder(1, whole=whole)  # what is made once for all
    gc.collect()
    tracemalloc.start()
    try:
        kept = Responder(count, whole=whole)
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    del kept
    return size / count


if __name__ == "__main__":
    print(f"half-open exchange: {octets_each(MANY, whole=False):.0f} octets")
    print(f"ISAKMP SA:          {octets_each(200, whole=True):.0f} octets")
