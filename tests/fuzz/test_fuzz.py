"""A minute of fuzzing breaks nothing; each target finds a fault that is sown for it; what it finds can be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.fuzz import run
from tests.fuzz.faults import FAULTS, sown
from tests.fuzz.target import NAMES, load

EACH: Final = 60 // len(NAMES)
PATIENCE: Final = 60
"""Seconds in which a fault has to be found; it takes a few."""

MOST_MEMORY: Final = 384
"""Megabytes, of which the interpreter with all that is tested takes 70."""

needs_atheris = pytest.mark.skipif(bool(run.obstacle()), reason=run.obstacle())


@needs_atheris
@pytest.mark.parametrize("name", NAMES)
def test_fuzzing_breaks_nothing(name: str, tmp_path: Path) -> None:
    outcome = run.fuzz(name, EACH, tmp_path / "corpus", tmp_path / "failures")
    assert not outcome.why, f"{outcome.why}\n{outcome.failure and outcome.failure.read_bytes().hex()}"
    assert outcome.inputs > len(list(load(name).seeds()))
    assert outcome.kept > 1
    assert outcome.memory < MOST_MEMORY


@needs_atheris
@pytest.mark.parametrize("fault", FAULTS)
def test_a_sown_fault_is_found_and_can_be_repeated(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = FAULTS[fault].target
    outcome = run.fuzz(name, PATIENCE, tmp_path / "corpus", tmp_path / "failures", "--fault", fault)
    assert outcome.failure is not None
    assert outcome.why
    again = ["--replay", str(outcome.failure)]
    assert run.main(again) == 0
    with sown(fault):
        assert run.main(again) == 1
    assert f"{name}: broken by" in capsys.readouterr().out


def test_every_target_has_a_fault() -> None:
    assert {fault.target for fault in FAULTS.values()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_seed_breaks_its_target(name: str) -> None:
    target = load(name)
    seeds = list(target.seeds())
    assert len(seeds) > 1
    for seed in seeds:
        assert len(seed) <= target.longest
        target.one(seed)


def test_what_is_no_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--replay", str(tmp_path / "peer-crash-0")]) == 2
    (tmp_path / "other-crash-0").write_bytes(b"")
    assert run.main(["--replay", str(tmp_path / "other-crash-0")]) == 2
    assert "no target 'other'" in capsys.readouterr().out


def test_without_atheris_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run, "obstacle", lambda: "atheris is not installed")
    assert run.main(["--seconds", "1"]) == 2
    assert "atheris is not installed" in capsys.readouterr().out
