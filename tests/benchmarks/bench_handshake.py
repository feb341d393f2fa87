"""A whole handshake, both ends in memory, against the cryptography alone that it cannot do without."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from isakmp.crypto.registry import load_backend
from isakmp.machine.engines import engine_of
from isakmp.machine.memory import handshake
from isakmp.machine.peer import Peer
from isakmp.machine.run import Run
from isakmp.spec.exchanges import main_mode
from isakmp.spec.keying import Auth
from isakmp.spec.registries import AuthMethod, Group
from isakmp.spec.table import table
from isakmp.spec.terms import Role
from tests.benchmarks.common import Row, at_most, compare
from tests.machine.ends import ALICE, BOB, NOW, config

# What main mode and quick mode take at least: each end one key generation and one agreement in phase 1; HMACs for
# SKEYID, _d, _a, _e and two hashes at each end, three hashes at each end of quick mode, two KEYMATs; five messages
# encrypted and decrypted, of which the shortest three make up less than two of the others.
HMACS, CBCS = 20, 8


def _modp(group: Group) -> Callable[[], None]:
    backend = load_backend("openssl")

    def exchange() -> None:
        one, two = backend.generate(group, "xi"), backend.generate(group, "xr")
        backend.agree(group, one, two.public)
        backend.agree(group, two, one.public)

    return exchange


def _ecp() -> None:
    one, two = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    one.exchange(ec.ECDH(), two.public_key())
    two.exchange(ec.ECDH(), one.public_key())


def _crypto_alone(exchange: Callable[[], None]) -> Callable[[], None]:
    key, data = bytes(32), bytes(300)
    body = bytes(160)

    def work() -> None:
        exchange()
        for _ in range(HMACS):
            hmac.digest(key, data, "sha256")
        for _ in range(CBCS):
            encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
            encryptor.update(body)

    return work


def _handshake(suite: str) -> Callable[[], None]:
    backend = load_backend("openssl")
    alice, bob = config(ALICE, BOB, AuthMethod.PSK, suite), config(BOB, ALICE, AuthMethod.PSK, suite)

    def work() -> None:
        if not handshake(Peer(alice, backend), Peer(bob, backend), "main", now=NOW).complete:
            raise RuntimeError("the handshake that is measured did not complete")

    return work


class _Model:
    """The least that the engine moves."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def measure() -> list[Row]:
    """Two groups: one whose arithmetic dominates, one where our own work does; and the set-up of an exchange."""
    alone = "the cryptography alone"
    alice = config(ALICE, BOB)
    backend = load_backend("openssl")
    exchange = main_mode(Auth.PSK)
    return [
        compare(
            _handshake("aes256-sha256-modp2048"),
            _crypto_alone(_modp(Group.MODP_2048)),
            work="main + quick, PSK, aes256-sha256-modp2048",
            peer_name=alone,
            reach=at_most(2),
        ),
        compare(
            _handshake("aes256-sha256-ecp256"),
            _crypto_alone(_ecp),
            work="main + quick, PSK, aes256-sha256-ecp256",
            peer_name=alone,
            reach=at_most(6),
        ),
        compare(
            lambda: _Model(engine_of(exchange, Role.I).table.initial.name),
            _machine_of_its_own,
            work="put an exchange on the shared engine",
            peer_name="a transitions machine each",
            # What an unregistered model on a shared machine costs beside a machine of its own: 0.13 us beside 159 us.
            reach=at_most(0.01),
        ),
        compare(
            lambda: Run(engine_of(exchange, Role.I), alice, backend, None),
            _machine_of_its_own,
            work="set up an exchange with all that its end will know",
            peer_name="a transitions machine each",
            reach=at_most(0.05),
        ),
    ]


def _machine_of_its_own() -> object:
    from transitions import Machine  # noqa: PLC0415 - the peer's library, used as its manual begins

    found = table(main_mode(Auth.PSK), Role.I)
    rows = [row for row in found.rows if row.changes_state]
    return Machine(
        model=None,
        states=[state.name for state in found.states],
        initial=found.initial.name,
        transitions=[[row.event.name, row.source.name, row.destination.name] for row in rows],
        auto_transitions=False,
    )
