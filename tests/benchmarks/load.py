"""Load for an endpoint: many handshakes at a time over loopback, and floods of first messages from addresses made up.

Linux alone has what the flood needs: all of 127.0.0.0/8 is this host, and a socket may send from any of it.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Credentials, Identity, Timers
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Ended, PhaseOneUp, PhaseTwoUp, Send
from isakmp.machine.peer import Peer
from isakmp.machine.sockets import UdpSocket
from isakmp.machine.udp import Seen, Told, Transport
from isakmp.spec.limits import COOKIE_OCTETS
from tests.machine.ends import ALICE, BOB, PSK, config

SUITE: Final = "aes128-sha256-ecp256"
POLICY: Final = """
exchange = "main"
[[ike]]
encryption = "aes128"
hash = "sha256"
group = "ecp256"
authentication = "psk"
[[ipsec]]
encryption = "aes256"
integrity = "sha256"
"""
HOST: Final = "127.0.0.1"
AT_ONCE: Final = 16
"""Handshakes that are under way at a time, well below what a responder keeps half open for one address."""

LAST_WORDS: Final = 20
"""Lines of a responder that are kept, to be shown if it has ended badly."""

PAUSE: Final = 200
"""First messages that a flood sends before it looks at the clock."""


def cpu_of(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """An `isakmp serve` in a process of its own."""

    process: subprocess.Popen[str]
    place: Endpoint

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has used."""
        return cpu_of(self.process.pid)

    @property
    def memory(self) -> int:
        """Octets of memory that it holds now."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def serving(folder: Path, text: str = POLICY, telling: str = "--quiet") -> Iterator[Server]:
    """Run a responder by a policy; it has to end well. `telling` is the option that says what it tells."""
    policy = folder / "load.toml"
    policy.write_text(text)
    with subprocess.Popen(
        [sys.executable, "-m", "isakmp", "serve", "--policy", str(policy), "--listen", f"{HOST}:0", telling],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"ISAKMP_PSK": PSK.decode()},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            process.stdout.readline()
            found = re.search(r"listening at (\S+):(\d+)", process.stdout.readline())
            assert found is not None
            said: deque[str] = deque(maxlen=LAST_WORDS)
            reading = threading.Thread(target=said.extend, args=(process.stdout,))  # else a full pipe would stop it
            reading.start()
            yield Server(process, Endpoint(found[1], int(found[2])))
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            reading.join()
            assert process.returncode == 0, "".join(said)
        finally:
            if process.poll() is None:
                process.kill()


@dataclass
class Load:
    """Handshakes with a responder, some at a time, each with a quick mode and deletes at its end.

    `own` is the address that they come from, `psk` the key, `networks` what quick mode is for, if not for the hosts.
    """

    to: Endpoint
    wanted: int
    own: str = HOST
    psk: bytes = PSK
    networks: tuple[str, str] | None = None
    done: int = 0
    begun: int = 0
    errors: list[str] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.transport = Transport(self._peer, self._take)
        told = config(ALICE, BOB, suite=SUITE)
        # Nobody answers at the first try where a flood fills the queues.
        told = replace(
            told,
            identity=Identity.address(self.own),
            peer_identity=None,
            credentials=Credentials(psk=self.psk),
            timers=Timers(first=0.5, factor=1.5, tries=12, half_open=120.0),
        )
        self.peer = Peer(told, load_backend("openssl"))

    def _peer(self, own: str, other: str) -> Peer:
        del own, other
        return self.peer

    async def run(self) -> float:
        """Do it all; gives the seconds that it took."""
        began = time.monotonic()
        self.transport.listen(self.own, 0)
        for _ in range(min(AT_ONCE, self.wanted)):
            self._begin()
        await self.finished.wait()
        self.transport.close()
        return time.monotonic() - began

    def _begin(self) -> None:
        self.begun += 1
        self.transport.initiate("main", self.own, self.to)

    def _take(self, seen: Seen) -> None:
        if not isinstance(seen, Told):
            return
        loop = asyncio.get_running_loop()
        for each in seen.outputs:
            if isinstance(each, PhaseOneUp):
                loop.call_soon(self._quick, each)
            elif isinstance(each, PhaseTwoUp):
                loop.call_soon(self._over, each)
            elif isinstance(each, Ended) and each.state != "DELETED":
                self.errors.append(f"{each.exchange} {each.state}: {each.reason}")
                self._next()

    def _quick(self, up: PhaseOneUp) -> None:
        between = None
        if self.networks is not None:
            between = Identity.subnet(self.networks[0]), Identity.subnet(self.networks[1])
        self.transport.perform(self.peer, lambda now: self.peer.quick(up.sa, self.to, now, between))

    def _over(self, up: PhaseTwoUp) -> None:
        self.transport.perform(self.peer, partial(self.peer.close_pair, up.sa, up.pair))
        self.transport.perform(self.peer, partial(self.peer.close, up.sa))
        self.done += 1
        self._next()

    def _next(self) -> None:
        if self.begun < self.wanted:
            self._begin()
        elif self.done + len(self.errors) == self.wanted:
            self.finished.set()


def handshakes(
    to: Endpoint, count: int, own: str = HOST, psk: bytes = PSK, networks: tuple[str, str] | None = None
) -> tuple[float, list[str]]:
    """Do that many handshakes; gives the seconds that it took, and the errors."""

    async def main() -> tuple[float, list[str]]:
        load = Load(to, count, own, psk, networks)
        return await load.run(), load.errors

    return asyncio.run(main())


def first_message() -> bytes:
    """What an initiator begins with."""
    peer = Peer(config(ALICE, BOB, suite=SUITE), load_backend("openssl"))
    (sent,) = [each for each in peer.initiate("main", Endpoint(HOST, 500), 0.0) if isinstance(each, Send)]
    return sent.datagram


async def flood(to: Endpoint, count: int, rate: float, seed: int = 1) -> float:
    """Send first messages with made-up cookies, from addresses made up in 127.0.0.0/8; gives the seconds it took.

    `rate` is how many a second at most; what cannot be sent at once is dropped, as in any network.
    """
    drawn, rest, sent = random.Random(seed), first_message()[COOKIE_OCTETS:], 0
    sender = UdpSocket("0.0.0.0", 0)  # noqa: S104 - sends from any address, and reads nothing
    began = time.monotonic()
    try:
        while sent < count:
            for _ in range(min(PAUSE, count - sent)):
                source = f"127.{drawn.randrange(256)}.{drawn.randrange(256)}.{drawn.randrange(1, 255)}"
                try:
                    sender.send(drawn.randbytes(COOKIE_OCTETS) + rest, to, source)
                except BlockingIOError:
                    await asyncio.sleep(0)
                sent += 1
            await asyncio.sleep(max(0.0, began + sent / rate - time.monotonic()))
    finally:
        sender.close()
    return time.monotonic() - began


@dataclass(frozen=True)
class Flooded:
    """What a flood did: seconds of it and of the handshakes in it, their errors; memory of the responder in octets.

    `before` is what it held before, `most` at most, `after` when what was half open had to be gone.
    """

    flood: float
    handshakes: float
    errors: list[str]
    before: int
    most: int
    after: int


def flooded(server: Server, count: int, rate: float, wanted: int) -> Flooded:
    """Do handshakes in the midst of a flood of first messages, and look at the responder's memory meanwhile."""

    async def main() -> Flooded:
        before = server.memory
        memory = [before]

        async def watch() -> None:
            while True:
                memory.append(server.memory)
                await asyncio.sleep(0.05)

        load = Load(server.place, wanted)
        watching = asyncio.create_task(watch())
        flooding = asyncio.create_task(flood(server.place, count, rate))
        await asyncio.sleep(0.2)  # the flood is on
        took = await load.run()
        lasted = await flooding
        watching.cancel()
        return Flooded(lasted, took, load.errors, before, max(memory), server.memory)

    return asyncio.run(main())
