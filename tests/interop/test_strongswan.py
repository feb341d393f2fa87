"""Handshakes with strongSwan, in both directions: both ends hold the same keys, and what was said is conformant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import installed, strongswan
from tests.interop.matrix import PROPERTY, Record
from tests.interop.namespaces import Link
from tests.interop.playing import Daemon, play
from tests.interop.scenarios import STRONGSWAN, Play


@pytest.fixture(scope="module")
def charon(wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    reason = strongswan.obstacle()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("strongswan")
    with strongswan.strongswan(wire.theirs, folder / "charon", installed.compile_shim(folder)) as running:
        yield running


@pytest.mark.parametrize("played", STRONGSWAN, ids=str)
def test_strongswan_and_ours_come_to_the_same_keys(
    wire: Link, charon: Daemon, played: Play, tmp_path: Path, record_property: Record
) -> None:
    record_property(PROPERTY, (charon.name, *played.names))
    play(wire, charon, played, tmp_path)
