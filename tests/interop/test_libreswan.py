"""Handshakes with Libreswan, in both directions: both ends hold the same keys, and what was said is conformant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import installed, libreswan
from tests.interop.matrix import PROPERTY, Record
from tests.interop.namespaces import Link
from tests.interop.playing import Daemon, play
from tests.interop.scenarios import LIBRESWAN, Play


@pytest.fixture(scope="module")
def pluto(wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    reason = libreswan.obstacle()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("libreswan")
    with libreswan.libreswan(wire.theirs, folder / "pluto", installed.compile_shim(folder)) as running:
        yield running


@pytest.mark.parametrize("played", LIBRESWAN, ids=str)
def test_libreswan_and_ours_come_to_the_same_keys(
    wire: Link, pluto: Daemon, played: Play, tmp_path: Path, record_property: Record
) -> None:
    record_property(PROPERTY, (pluto.name, *played.names))
    play(wire, pluto, played, tmp_path)
