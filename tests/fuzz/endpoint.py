"""A live `isakmp serve` under fuzzing on loopback: it does not die, hang or grow, and goes on to do its work.

    python -m tests.fuzz.endpoint --seconds 1800 --rate 100

Honest conversations are played with it up to one message; that one is sent with deviations first, those of the
conformance suite and those of the fuzzer, with true proofs or without, encrypted with the true keys; then as it should
be. Datagrams that `make fuzz` has kept go between them, some with the cookies of the conversation. Meanwhile honest
handshakes have to complete, and memory is looked at. Nothing is sent but to the responder that is started here; the
datagrams are bounded in number by rate and time. The exit code is 1 if anything was not as it should be.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

from isakmp.conform.live.catalogue import cases
from isakmp.conform.live.dialogue import Dialogue, Pending, Unreached
from isakmp.conform.live.draft import Draft, NoSuchPlace
from isakmp.conform.live.making import inform
from isakmp.conform.live.target import UdpTarget
from isakmp.crypto.errors import CryptoFailure
from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, Credentials, Identity
from isakmp.machine.errors import IsakmpError
from isakmp.machine.outputs import Send
from isakmp.spec.limits import COOKIE_OCTETS
from isakmp.spec.payloads import N
from isakmp.spec.registries import Doi, NotifyType, ProtocolId
from tests.benchmarks.load import POLICY, SUITE, Server, handshakes, serving
from tests.fuzz import anyhow, chains
from tests.fuzz.run import CORPUS
from tests.fuzz.seeds import datagrams
from tests.machine.ends import ALICE, BOB, PSK, config

EXCHANGES: Final = ("main", "aggressive", "base")
STEPS: Final = (
    ("main", "MM1"), ("main", "MM3"), ("main", "MM5"), ("aggressive", "AM1"), ("aggressive", "AM3"), ("base", "BM1"),
    ("base", "BM3"), ("quick", "QM1"), ("quick", "QM3"), ("informational", ""),
)  # fmt: skip
LIFETIME: Final = 60
"""Seconds that SAs live: what a deviation has left behind has to be gone before the end."""

ANSWER: Final = 0.5
"""Seconds that an answer to an honest message is waited for."""

OFTEN: Final = 20.0
"""Seconds between honest handshakes, and between looks at the memory."""

SLOW: Final = 5.0
"""Seconds that an honest handshake may take, of which on an idle machine it takes a tenth."""

GROWTH: Final = 8 << 20
"""Octets of memory that may be added after the first third of the time."""

_UNSEALED: Final = (NoSuchPlace, IsakmpError, CryptoFailure, LookupError, ValueError)
"""What a draft raises that is too far from a message to be sealed."""


def policy() -> str:
    """The responder's policy: more exchanges, and SAs that do not live long."""
    short = f'lifetime = "{LIFETIME}s"\n'
    return (
        POLICY.replace('"main"', str(list(EXCHANGES)).replace("'", '"')).replace("[[ipsec]]", short + "[[ipsec]]")
        + short
    )


def _partner(own: str) -> Config:
    """The configuration of an honest initiator at an address."""
    told = config(ALICE, BOB, suite=SUITE)
    return replace(
        told,
        ike=tuple(replace(each, lifetime=LIFETIME) for each in told.ike),
        ipsec=tuple(replace(each, lifetime=LIFETIME) for each in told.ipsec),
        identity=Identity.address(own),
        peer_identity=None,
        credentials=Credentials(psk=PSK),
    )


@dataclass
class Figures:
    """What was done and seen: datagrams sent and answered, handshakes and the longest, memory in octets, faults."""

    sent: int = 0
    answered: int = 0
    reached: int = 0
    conversations: int = 0
    handshakes: int = 0
    slowest: float = 0.0
    cpu: float = 0.0
    memory: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def growth(self) -> int:
        """Octets of memory that were added after the first third of the time."""
        third = len(self.memory) // 3
        return max(self.memory[third:]) - self.memory[third]

    def __str__(self) -> str:
        first, third, last = (self.memory[at] >> 10 for at in (0, len(self.memory) // 3, -1))
        return (
            f"{self.sent} datagrams, {self.answered} answers\n"
            f"{self.reached} of {self.conversations} conversations came to their message\n"
            f"{self.handshakes} honest handshakes, the slowest {self.slowest:.2f} s\n"
            f"memory: {first} kB at first, {third} kB after a third, {last} kB at last\n"
            f"processor time: {self.cpu:.0f} s"
        )


@dataclass
class Siege:
    """Conversations with one responder."""

    server: Server
    random: Random
    rate: float
    stock: tuple[bytes, ...]
    figures: Figures = field(default_factory=Figures)

    def __post_init__(self) -> None:
        self.backend = load_backend("openssl")
        self.began = time.monotonic()
        self.changes = [case for case in cases(_partner("127.0.0.1"), EXCHANGES) if case.change is not None]

    # ---- one conversation ----

    def converse(self) -> None:
        """One conversation from an address of its own, with deviations at one message of it."""
        own = f"127.{self.random.randrange(1, 250)}.{self.random.randrange(250)}.{self.random.randrange(2, 250)}"
        place = self.server.place
        self.figures.conversations += 1
        with closing(UdpTarget(place.host, place.port, (own, 0))) as target:
            dialogue = Dialogue(_partner(own), self.backend, target, ANSWER)
            try:
                pending = self._reach(dialogue)
            except Unreached:
                return
            self.figures.reached += 1
            for datagram in self._deviations(pending):
                dialogue.say(datagram, "a deviation")
                self._count(dialogue)
            dialogue.say(pending.datagram, "what should have been sent")
            self._count(dialogue, ANSWER / 10)
            for output in dialogue.partner.shut(target.now):
                if isinstance(output, Send):
                    dialogue.say(output.datagram, "deletes")
            self._count(dialogue)

    def _reach(self, dialogue: Dialogue) -> Pending:
        exchange, step = self.random.choice(STEPS)
        if exchange not in EXCHANGES:
            dialogue.establish(self.random.choice(EXCHANGES))
        if exchange == "informational":
            return inform(dialogue, N(Doi.IPSEC, ProtocolId.ISAKMP, NotifyType.INITIAL_CONTACT))
        return dialogue.reach(exchange, step)

    def _count(self, dialogue: Dialogue, seconds: float = 0.001) -> None:
        """Read what was answered, and wait as long as the rate demands."""
        self.figures.answered += sum(1 for _ in dialogue.listen(seconds))
        self.figures.sent += 1
        ahead = self.figures.sent / self.rate - (time.monotonic() - self.began)
        if ahead > 0:
            time.sleep(ahead)

    def _deviations(self, pending: Pending) -> Iterator[bytes]:
        named = [each.change for each in self.changes if each.step == pending.template.name]
        for _ in range(self.random.randrange(1, 24)):
            draft = pending.draft()
            pick = self.random.random()
            try:
                if pick < 0.15:
                    yield self._other(pending)
                elif pick < 0.4 and named:
                    change = self.random.choice(named)
                    yield pending.seal(change.apply(draft)) if change is not None else b""
                elif pick < 0.9:
                    yield pending.seal(self._mutated(draft))
                else:
                    yield chains.mutated(pending.datagram, self.random, self._anyhow, self.stock)
            except _UNSEALED:
                continue

    def _mutated(self, draft: Draft) -> Draft:
        plain = chains.mutated(draft.plain, self.random, self._anyhow, self.stock)
        if len(plain) < chains.HEADER:
            raise NoSuchPlace("no header is left")
        return replace(draft, plain=plain, proofs=self.random.random() < 0.7)

    def _other(self, pending: Pending) -> bytes:
        """A datagram that has nothing to do with it, or nothing but its cookies."""
        other = self.random.choice(self.stock)
        cookies = 2 * COOKIE_OCTETS
        return pending.datagram[:cookies] + other[cookies:] if self.random.random() < 0.7 else other

    def _anyhow(self, octets: bytes) -> bytes:
        return anyhow.mutated(octets, self.random)

    # ---- meanwhile ----

    def lost(self) -> bool:
        """Whether the responder has ended, which is wrong."""
        status = self.server.process.poll()
        if status is not None:
            self.figures.wrong.append(f"the responder has ended with {status}")
        return status is not None

    def look(self) -> None:
        """Do an honest handshake, and look at the memory."""
        if self.lost():
            return
        took, errors = handshakes(self.server.place, 1)
        self.figures.handshakes += 1
        self.figures.slowest = max(self.figures.slowest, took)
        self.figures.memory.append(self.server.memory)
        if errors:
            self.figures.wrong.append(f"an honest handshake failed: {errors[0]}")
        elif took > SLOW:
            self.figures.wrong.append(f"an honest handshake took {took:.1f} s")


def kept(corpus: Path) -> tuple[bytes, ...]:
    """Datagrams: of the captures, and what fuzzing the codec has found worth keeping."""
    found = [path.read_bytes()[1:] for path in sorted((corpus / "decode").glob("*"))] if corpus.exists() else []
    return (*datagrams(), *(each for each in found if len(each) >= chains.HEADER))


def besiege(seconds: float, rate: float, seed: int, corpus: Path) -> Figures:
    """Run a responder, converse with it for that long, and say what was seen."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), policy(), "--trace") as server:
        siege = Siege(server, Random(seed), rate, kept(corpus))
        end, due = siege.began + seconds, siege.began
        while time.monotonic() < end and not siege.figures.wrong:
            if time.monotonic() >= due:
                siege.look()
                due = time.monotonic() + min(OFTEN, seconds / 8)
            siege.converse()
        siege.look()
        siege.figures.cpu = server.cpu
        if siege.figures.growth > GROWTH:
            siege.figures.wrong.append(f"memory has grown by {siege.figures.growth} octets after the first third")
        return siege.figures


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="endpoint", description="a live responder under fuzzing, on loopback")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=100.0, help="datagrams a second at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="what `make fuzz` has kept")
    told = parser.parse_args(arguments)
    figures = besiege(told.seconds, told.rate, told.seed, told.corpus)
    print(figures)
    for each in figures.wrong:
        print(f"wrong: {each}")
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
