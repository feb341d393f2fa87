"""Handshakes with strongSwan, in both directions: both ends hold the same keys, and what was said is conformant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import installed, namespaces, strongswan
from tests.interop.namespaces import Link, link
from tests.interop.playing import Daemon, play
from tests.interop.scenarios import SCENARIOS, Direction, Scenario


@pytest.fixture(scope="module")
def wire() -> Iterator[Link]:
    reason = namespaces.obstacle() or installed.obstacle() or strongswan.obstacle()
    if reason:
        pytest.skip(reason)
    with link() as made:
        yield made


@pytest.fixture(scope="module")
def charon(wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    folder = tmp_path_factory.mktemp("strongswan")
    with strongswan.strongswan(wire.theirs, folder / "charon", installed.compile_shim(folder)) as running:
        yield running


@pytest.mark.parametrize(
    ("scenario", "direction"),
    [(scenario, direction) for scenario in SCENARIOS for direction in scenario.directions],
    ids=[f"{scenario.name}-{direction}" for scenario in SCENARIOS for direction in scenario.directions],
)
def test_strongswan_and_ours_come_to_the_same_keys(
    wire: Link, charon: Daemon, scenario: Scenario, direction: Direction, tmp_path: Path
) -> None:
    play(wire, charon, scenario, direction, tmp_path)
