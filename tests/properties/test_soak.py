"""The soak run goes on from where it stopped, and keeps what it found as files that can be repeated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.properties.faults import FAULTS, sown
from tests.properties.soak import main


def test_it_goes_on_from_its_state_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = tmp_path / "soak.json"
    asked = ["--seconds", "0.01", "--state", str(state), "--failures", str(tmp_path / "failures")]
    assert main(asked) == 0
    first = json.loads(state.read_text())
    assert main(asked) == 0
    second = json.loads(state.read_text())
    assert second["seed"] == first["seed"] + 1
    assert second["steps"] > first["steps"] > 0
    assert "steps per second" in capsys.readouterr().out


def test_what_it_finds_is_short_and_can_be_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault = next(each for each in FAULTS if each.property == "freshness")
    state, failures = tmp_path / "soak.json", tmp_path / "failures"
    with sown(fault):
        assert main(["--seconds", "0.01", "--state", str(state), "--failures", str(failures)]) == 1
        (path, *_) = sorted(failures.iterdir())
        assert main(["--repeat", str(path)]) == 1
        assert "freshness" in capsys.readouterr().out
    assert len(json.loads(path.read_text())["actions"]) <= 10
    assert main(["--repeat", str(path)]) == 0


def test_a_file_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"setup": {}}')
    assert main(["--repeat", str(path)]) == 2
    assert "no run that can be repeated" in capsys.readouterr().out
