"""A scenario played with a daemon, in one direction: both ends are compared, the capture is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from isakmp.cli import main
from tests.interop.endpoint import Ours, started
from tests.interop.namespaces import Link
from tests.interop.scenarios import OUR_NETWORK, OURS, THEIR_NETWORK, THEIRS, Scenario
from tests.interop.strongswan import Held

STANDS: Final = "IPsec SAs in "
"""What ours prints when a pair of IPsec SAs stands."""


class Daemon(Protocol):
    """Another implementation, running."""

    name: str

    def load(self, scenario: Scenario) -> None:
        """Take a scenario in place of the one before."""

    def initiate(self) -> None:
        """Begin phase 1 and quick mode; returns when they stand."""

    def terminate(self) -> None:
        """Delete the SAs, and tell the peer."""

    def held(self) -> tuple[Held, ...]:
        """The ISAKMP SAs that it holds, and what stands below them."""

    def keys(self) -> dict[str, str]:
        """Keying material of IPsec SAs by SPI."""


def we_initiate(link: Link, daemon: Daemon, scenario: Scenario, folder: Path) -> None:
    """Ours begins, and deletes at the end."""
    daemon.load(scenario)
    words = (
        *("connect", THEIRS, "--from", f"{OURS}:500", "--hold", "60"),
        *("--quick", OUR_NETWORK, THEIR_NETWORK),
    )
    with started(link.ours, folder, scenario, *words) as ours:
        ours.wait_for(STANDS)
        ours.wait_for(" stand for ")
        held = daemon.held()
        assert ours.end() == 0, ours.said
    compare(ours, daemon, held)
    assert daemon.held() == (), "it holds SAs that ours has deleted"


def they_initiate(link: Link, daemon: Daemon, scenario: Scenario, folder: Path) -> None:
    """The daemon begins, and deletes at the end."""
    daemon.load(scenario)
    with started(link.ours, folder, scenario, "serve", "--listen", OURS) as ours:
        ours.wait_for("listening at")
        daemon.initiate()
        ours.wait_for(STANDS)
        held = daemon.held()
        daemon.terminate()
        ours.wait_for("message id 00000000: DELETED: the peer deleted the SA")
        assert ours.end() == 0, ours.said
    compare(ours, daemon, held)


def compare(ours: Ours, daemon: Daemon, held: tuple[Held, ...]) -> None:
    """Hold that both ends hold the same SAs with the same keys, and that ours was conformant on the wire."""
    mine = {tuple(sa["cookies"]) for sa in ours.sas()}
    assert {sa.cookies for sa in held} <= mine
    assert all(sa.state == "ESTABLISHED" for sa in held)
    own, their = ours.keys(), daemon.keys()
    pairs = [frozenset(pair) for sa in held for pair in sa.spis]
    assert pairs
    for pair in pairs:
        assert own[pair] == frozenset(their[spi] for spi in pair)
    assert main(["check", str(ours.capture), "--keys", str(ours.key_file)]) == 0
