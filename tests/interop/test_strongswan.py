"""Handshakes with strongSwan, in both directions: both ends hold the same keys, and what was said is conformant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop import installed, namespaces, strongswan
from tests.interop.namespaces import Link, link
from tests.interop.playing import Daemon, they_initiate, we_initiate
from tests.interop.scenarios import SCENARIOS, Scenario


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


@pytest.mark.parametrize("play", [we_initiate, they_initiate])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_strongswan(
    wire: Link,
    charon: Daemon,
    scenario: Scenario,
    play: Callable[[Link, Daemon, Scenario, Path], None],
    tmp_path: Path,
) -> None:
    play(wire, charon, scenario, tmp_path)
