"""Coverage-guided fuzzing of decode, check and the peer's receive, for as long as one wants.

    python -m tests.fuzz.run --seconds 60 --target peer
    python -m tests.fuzz.run --hours 8
    python -m tests.fuzz.run --replay build/fuzz-failures/peer-crash-0123456789abcdef

Each target runs in a process of its own, one after another, and shares the time with the others. What it has found to
be worth keeping stands in a folder, and the next call goes on from there. An input that breaks a target is saved as a
file that `--replay` takes again, without atheris. The exit code is 1 if there was one, 2 if nothing could be run.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib.util
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from tests.fuzz.target import MEMORY, NAMES, load

ROOT: Final = Path(__file__).parent.parent.parent
CORPUS: Final = Path("build/fuzz")
FAILURES: Final = Path("build/fuzz-failures")
START: Final = 90
"""Seconds that a target may take beyond its time: to start, on a busy machine, and for its last input."""

_DONE: Final = re.compile(r"^#(\d+)\s.*?cov: (\d+) ft: (\d+) corp: (\d+)/", re.MULTILINE)
_RAISED: Final = re.compile(r"^ === Uncaught Python exception: ===$(.*?)^==", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Outcome:
    """What a target came to: inputs, places that they reached, inputs kept, megabytes, seconds; what has broken it.

    `failure` is the file of the input, `why` the last lines of what was said of it.
    """

    name: str
    inputs: int
    reached: int
    features: int
    kept: int
    memory: int
    seconds: float
    failure: Path | None
    why: str

    def __str__(self) -> str:
        return (
            f"{self.name:9} {self.inputs:9} inputs, {self.inputs / max(self.seconds, 1e-9):6.0f}/s, "
            f"{self.reached:5} places, {self.kept:5} kept, {self.memory:4} MB"
        )


def obstacle() -> str:
    """Why nothing can be fuzzed here; empty where it can."""
    if importlib.util.find_spec("atheris") is not None:
        return ""
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["fuzz"]
    marker = Requirement(wanted).marker
    if marker is not None and not marker.evaluate():
        return f"not applicable: atheris has wheels only where {marker}"
    return "atheris is not installed (make setup does it)"


def fuzz(name: str, seconds: int, corpus: Path, failures: Path, *options: str) -> Outcome:
    """Fuzz one target for that long; `options` go to `tests.fuzz.engine`."""
    kept = corpus / name
    kept.mkdir(parents=True, exist_ok=True)
    failures.mkdir(parents=True, exist_ok=True)
    before, began = set(failures.iterdir()), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "tests.fuzz.engine", name, "--seconds", str(seconds)]
        command += ["--corpus", str(kept.absolute()), "--failures", str(failures.absolute())]
        command += ["--scratch", scratch, *options]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=seconds + START,
                check=False,
            )
            said, status = done.stdout.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as error:
            said, status = (error.stdout or b"").decode(errors="replace"), -1
        noted = Path(scratch, MEMORY)
        memory = int(noted.read_text()) if noted.exists() else 0
    lasted = time.monotonic() - began
    new = sorted(set(failures.iterdir()) - before)
    inputs, reached, features, corpus_size = (int(each) for each in (_DONE.findall(said) or [(0,) * 4])[-1])
    why = "" if status == 0 else _why(said, status)
    failure = new[0] if new else None
    return Outcome(name, inputs, reached, features, corpus_size, memory, lasted, failure, why)


def _why(said: str, status: int) -> str:
    raised = _RAISED.search(said)
    if raised:
        return raised[1].strip()
    lines = [line for line in said.splitlines() if not line.startswith("INFO:")]
    return "\n".join([f"exit status {status}", *lines[-20:]])


def replay(path: Path, name: str) -> int:
    """Give a saved input to its target again, and say what comes of it."""
    try:
        data, target = path.read_bytes(), load(name)
    except (OSError, KeyError) as error:
        print(f"{path}: cannot be replayed: {error}")
        return 2
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__ or sys.stderr)  # of an input that hangs
    try:
        target.one(data)
    except Exception:  # noqa: BLE001 - whatever it is, it is what is to be shown
        traceback.print_exc()
        print(f"{name}: broken by {path} ({len(data)} octets)")
        return 1
    finally:
        faulthandler.cancel_dump_traceback_later()
    print(f"{name}: {path} ({len(data)} octets) breaks nothing")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="fuzz", description="coverage-guided fuzzing, goes on where it stopped")
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=0.0, help="for all targets together [default: 60]")
    parser.add_argument("--target", action="append", choices=NAMES, help="may be given several times [default: all]")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="where it goes on from")
    parser.add_argument("--failures", type=Path, default=FAILURES, help="where inputs that break a target are kept")
    parser.add_argument("--replay", type=Path, help="an input to give to its target again; its name begins with it")
    told = parser.parse_args(arguments)
    if told.replay:
        return replay(told.replay, (told.target or [told.replay.name.partition("-")[0]])[0])
    reason = obstacle()
    if reason:
        print(f"fuzz: {reason}")
        return 2
    names: Sequence[str] = told.target or NAMES
    each = max(1, round((told.hours * 3600 + told.seconds or 60.0) / len(names)))
    broken = 0
    for name in names:
        outcome = fuzz(name, each, told.corpus, told.failures)
        print(outcome, flush=True)
        if outcome.why:
            broken += 1
            print(f"broken: {name}\n{outcome.why}")
            if outcome.failure:
                print(f"again: python -m tests.fuzz.run --replay {outcome.failure}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
