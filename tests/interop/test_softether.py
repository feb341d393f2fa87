"""Handshakes with SoftEther, which answers: phase 1, and a quick mode in transport mode for L2TP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isakmp.cli import main
from tests.interop import softether
from tests.interop.endpoint import started
from tests.interop.matrix import PROPERTY, Record
from tests.interop.namespaces import Link
from tests.interop.scenarios import OURS, SOFTETHER, THEIRS, Play


@pytest.fixture
def server(wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One that has met nobody: it begins quick modes of its own with who has come for L2TP before."""
    if reason := softether.obstacle():
        pytest.skip(reason)
    with softether.softether(wire.theirs, tmp_path_factory.mktemp("softether") / "server"):
        yield


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("played", SOFTETHER, ids=str)
def test_softether_answers_phase_1_and_quick_mode(
    wire: Link, played: Play, tmp_path: Path, record_property: Record
) -> None:
    record_property(PROPERTY, ("SoftEther", *played.names))
    words = ("connect", THEIRS, "--from", f"{OURS}:500", "--hold", "60", "--quick", *played.scenario.clients)
    with started(wire.ours, tmp_path, played.scenario, *words) as ours:
        ours.wait_for(" stand for ")
        assert ours.end() == 0, ours.said
    assert ours.keys()
    assert main(["check", str(ours.capture), "--keys", str(ours.key_file)]) == 0
