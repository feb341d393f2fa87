"""What an exchange of phase 1 costs, found by running it: octets, computations, state held for an unproven address."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from isakmp.crypto.backend import Algorithm, Backend, KeyPair
from isakmp.machine.config import Config
from isakmp.machine.memory import Wire
from isakmp.machine.outputs import Send
from isakmp.machine.peer import Peer
from isakmp.spec.groups import AnyGroup
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, HashAlgorithm
from isakmp.spec.terms import Role

if TYPE_CHECKING:
    from isakmp.crypto.keys import PrivateKey, PublicKey

COSTLY = ("generate", "agree", "sign", "verify", "pk_encrypt", "pk_decrypt")
"""The computations that take longer than all hashes and ciphers of an exchange together."""


class CountingBackend(Backend):
    """Another backend, with a count of what it was asked to compute."""

    def __init__(self, backend: Backend) -> None:
        """Take the backend that computes."""
        self.backend = backend
        self.name = backend.name
        self.counted: Counter[str] = Counter()

    def refusal(self, algorithm: Algorithm) -> str | None:
        """As the backend."""
        return self.backend.refusal(algorithm)

    def random(self, size: int, label: str) -> bytes:
        """As the backend."""
        return self.backend.random(size, label)

    def hash(self, algorithm: HashAlgorithm, data: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["hash"] += 1
        return self.backend.hash(algorithm, data)

    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["prf"] += 1
        return self.backend.prf(algorithm, key, data)

    def cat(self, parts: Sequence[bytes]) -> bytes:
        """As the backend."""
        return self.backend.cat(parts)

    def generate(self, group: AnyGroup, label: str) -> KeyPair:
        """As the backend, counted."""
        self.counted["generate"] += 1
        return self.backend.generate(group, label)

    def private_from(self, group: AnyGroup, secret: bytes | int) -> KeyPair:
        """As the backend."""
        return self.backend.private_from(group, secret)

    def check_public(self, group: AnyGroup, public: bytes) -> None:
        """As the backend."""
        self.backend.check_public(group, public)

    def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["agree"] += 1
        return self.backend.agree(group, pair, public)

    def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["encrypt"] += 1
        return self.backend.encrypt(algorithm, key, iv, plaintext)

    def decrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["decrypt"] += 1
        return self.backend.decrypt(algorithm, key, iv, ciphertext)

    def sign(self, method: AuthMethod, key: PrivateKey, digest: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["sign"] += 1
        return self.backend.sign(method, key, digest)

    def verify(self, method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        """As the backend, counted."""
        self.counted["verify"] += 1
        return self.backend.verify(method, key, digest, signature)

    def pk_encrypt(self, key: PublicKey, plaintext: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["pk_encrypt"] += 1
        return self.backend.pk_encrypt(key, plaintext)

    def pk_decrypt(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        """As the backend, counted."""
        self.counted["pk_decrypt"] += 1
        return self.backend.pk_decrypt(key, ciphertext)


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
    counting = {role: CountingBackend(backend) for role in Role}
    peers = {role: Peer(configs[role], counting[role]) for role in Role}
    wire = Wire(peers[Role.I], peers[Role.R], now)
    wire.put(Role.I, peers[Role.I].initiate(exchange, Role.R, now))
    deliveries = wire.deliver_all()
    next(deliveries)
    before, kept = _costly(counting[Role.R].counted), _kept(peers[Role.R])
    for _ in deliveries:
        pass
    carried = wire.deliveries
    return Costs(
        messages=len(carried),
        octets=sum(len(delivery.datagram) for delivery in carried),
        computed={role: _costly(counting[role].counted) for role in Role},
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
