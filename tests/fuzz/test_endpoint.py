"""A live responder under fuzzing for a few seconds; and that what may go wrong with it is seen."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.benchmarks.load import serving
from tests.fuzz import endpoint
from tests.fuzz.endpoint import Figures, Siege, besiege, kept, main, policy

SECONDS = 12


def test_an_endpoint_survives_and_goes_on(tmp_path: Path) -> None:
    figures = besiege(SECONDS, 150, 7, tmp_path)
    assert not figures.wrong, figures.wrong
    assert figures.sent > SECONDS * 5
    assert figures.answered > 0
    assert figures.reached > figures.conversations // 2
    assert figures.handshakes > 3


def test_an_endpoint_that_dies_is_reported(tmp_path: Path) -> None:
    with suppress(AssertionError), serving(tmp_path, policy()) as server:  # which itself complains of its end
        siege = Siege(server, Random(1), 100, kept(tmp_path))
        siege.look()
        server.process.kill()
        server.process.wait()
        siege.look()
    assert siege.figures.handshakes == 1
    assert siege.figures.wrong == ["the responder has ended with -9"]


def test_what_went_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    memory = [100 << 20, 101 << 20, 101 << 20, 150 << 20]
    figures = Figures(memory=memory, wrong=["it died"])
    assert figures.growth == 49 << 20
    monkeypatch.setattr(endpoint, "besiege", lambda *_: figures)
    assert main(["--corpus", str(tmp_path)]) == 1
    assert "wrong: it died" in capsys.readouterr().out
