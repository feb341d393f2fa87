"""Who stands between two hosts: a NAT, or the adversary of `isakmp.machine`, as a relay of UDP datagrams.

Both hosts know it by one address. What one sends there reaches the other as if it came from there, so that each finds
itself and the other behind a NAT. ``python -m tests.interop.relay nat|lossy`` runs it; it ends with SIGTERM, and prints
what it has done to how many datagrams.
"""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from isakmp.machine import adversary as a
from isakmp.machine.natt import Endpoint
from isakmp.machine.network import Host, Network, Packet, Place
from isakmp.machine.outputs import Output
from isakmp.machine.peer import Peer
from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT
from tests.interop.namespaces import INTERFACE, PATIENCE, Failed, Link, run, stop
from tests.interop.scenarios import OURS, RELAY, THEIRS, Scenario

ROOT: Final = Path(__file__).resolve().parents[2]
READY: Final = "ready"
LARGEST: Final = 65_535
PAUSE: Final = 0.2
"""Seconds without a datagram after which those that were held back go on."""

SCHEDULE: Final = ("pass", "lose", "pass", "double", "pass", "hold", "pass")
"""What becomes of one datagram after the other, again and again. What is held back is overtaken by the next one."""

NAMES: Final = {OURS: "ours", THEIRS: "theirs"}


@dataclass
class Gate:
    """A host at the end of the wire, as the network sees it: what arrives is sent on to the real one."""

    sockets: dict[int, socket.socket]
    host: str

    def receive(self, datagram: bytes, seen: Hashable, _: float) -> tuple[Output, ...]:
        """Send a datagram to the real host, at the port that it was sent from; both ends use the same."""
        port = seen.port if isinstance(seen, Endpoint) else ISAKMP_PORT
        with suppress(ConnectionRefusedError):
            self.sockets[port].sendto(datagram, (self.host, port))
        return ()


class Relay:
    """The adversary's network between two gates."""

    def __init__(self, *, lossy: bool) -> None:
        self.sockets = {port: socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for port in (ISAKMP_PORT, NAT_T_PORT)}
        for port, each in self.sockets.items():
            each.bind((RELAY, port))
        # A gate is what the network uses of a peer.
        hosts = {name: Host(name, {None: cast(Peer, Gate(self.sockets, at))}) for at, name in NAMES.items()}
        places = {name: Place(at) for at, name in NAMES.items()}
        self.network = Network(hosts, time.time(), hosts.__getitem__, places=places)
        self.schedule = SCHEDULE if lossy else ("pass",)
        self.done: Counter[str] = Counter()

    def serve(self) -> None:
        """Pass datagrams on, until SIGTERM."""
        with selectors.DefaultSelector() as selector:
            for port, each in self.sockets.items():
                selector.register(each, selectors.EVENT_READ, port)
            while True:
                ready = selector.select(PAUSE)
                for key, _ in ready:
                    octets, source = self.sockets[key.data].recvfrom(LARGEST)
                    self.take(octets, source[0], key.data)
                if not ready:
                    self.network.settle()

    def take(self, octets: bytes, source: str, port: int) -> None:
        """Do to a datagram what its turn is."""
        sender = NAMES.get(source)
        if sender is None:
            return
        receiver = next(name for name in NAMES.values() if name != sender)
        packet = Packet(sender, receiver, octets, port)
        self.network.log.append(packet)
        self.network.waiting.append(packet)
        turn = self.schedule[self.done.total() % len(self.schedule)]
        self.done[turn] += 1
        newest = len(self.network.waiting) - 1
        match turn:
            case "lose":
                self.network.perform(a.Drop(newest))
            case "double":
                self.network.perform(a.Deliver(newest, keep=True))
                self.network.perform(a.Deliver(newest))
            case "pass":
                self.network.perform(a.Deliver(newest))
                self.network.settle()


@contextmanager
def between(link: Link, scenario: Scenario) -> Iterator[None]:
    """Let whom the scenario names stand between the two, for as long as the context lasts.

    Raises:
        Failed: it does not start.
        AssertionError: it has had nothing to do.
    """
    if not scenario.between:
        yield
        return
    on = ("ip", "-n", link.ours.namespace, "address")
    run(*on, "replace", f"{RELAY}/24", "dev", INTERFACE)
    command = link.ours.within(sys.executable, "-m", "tests.interop.relay", scenario.between)
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        if process.stdout is None or process.stdout.readline().decode().strip() != READY:
            raise Failed("the relay does not start")
        yield
        process.terminate()
        told, _ = process.communicate(timeout=PATIENCE)
        turns = set(SCHEDULE) if scenario.between == "lossy" else {"pass"}
        assert json.loads(told).keys() == turns
    finally:
        stop(process)
        if process.stdout is not None:
            process.stdout.close()
        run(*on, "del", f"{RELAY}/24", "dev", INTERFACE)


def main() -> None:
    """Run as a program."""
    relay = Relay(lossy=sys.argv[1] == "lossy")

    def end(*_: object) -> None:
        raise SystemExit(json.dumps(relay.done))

    signal.signal(signal.SIGTERM, end)
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    try:
        relay.serve()
    except SystemExit as ended:
        sys.stdout.write(f"{ended.code}\n")


if __name__ == "__main__":
    main()
