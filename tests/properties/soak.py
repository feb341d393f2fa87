"""The adversary for hours: programs from ever new seeds, all safety properties after each step.

    python -m tests.properties.soak --hours 2
    python -m tests.properties.soak --seconds 60 --state build/soak.json
    python -m tests.properties.soak --repeat build/soak-failures/psk-seeded-17.json

Where it stopped stands in the state file, and the next call goes on from there. A run that breaks a property is made
short and saved as a file that `--repeat` performs again. The exit code is 1 if a property was broken, else 0.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from isakmp.machine.errors import LocalMisuse
from tests.properties.programs import load, program, run, save, shrink, told, variant
from tests.properties.setups import Setup, forms

LENGTH = 120
BACKENDS = ("seeded", "symbolic")


@dataclass
class State:
    """What a soak has done so far, over all its calls: the next seed, steps, seconds, and failures by their files."""

    seed: int = 1_000_000  # away from the seeds of the tests
    steps: int = 0
    programs: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> State:
        """The state in a file; a new one where there is none."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else cls()

    def write(self, path: Path) -> None:
        """Keep the state: into another file first, so that none is ever cut short."""
        path.parent.mkdir(parents=True, exist_ok=True)
        other = path.with_suffix(".new")
        other.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
        other.replace(path)


def setups(seed: int) -> list[Setup]:
    """Every form of authentication on every backend, with a seed."""
    return [variant(form, backend, seed) for form in forms() for backend in BACKENDS]


def attempt(setup: Setup, failures: Path) -> tuple[int, str | None]:
    """One program: its steps, and the file of the failure if there was one."""
    actions = program(setup, LENGTH)
    outcome = run(setup, actions)
    if not outcome.violations:
        return outcome.steps, None
    short = shrink(setup, actions[: outcome.steps], outcome.violations[0].property)
    failures.mkdir(parents=True, exist_ok=True)
    path = failures / f"{setup.auth}-{setup.backend}-{setup.seed}.json"
    save(path, setup, short, run(setup, short).violations)
    return outcome.steps, str(path)


def soak(seconds: float, path: Path, failures: Path, console: Console) -> State:
    """Run programs for that long, from where the state file says."""
    state = State.read(path)
    start = last = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    steps_before = state.steps
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("soak", total=seconds)
        while True:
            for setup in setups(state.seed):
                steps, failed = attempt(setup, failures)
                state.steps += steps
                state.programs += 1
                if failed:
                    state.failures.append(failed)
                    console.print(f"broken: {failed}")
            state.seed += 1
            now = time.monotonic()
            state.seconds, last = state.seconds + now - last, now
            rate = (state.steps - steps_before) / max(now - start, 1e-9)
            progress.update(
                task,
                completed=now - start,
                description=f"{state.steps} steps, {rate:.0f}/s, {len(state.failures)} broken",
            )
            state.write(path)
            if now - start >= seconds:
                return state


def repeat(path: Path, console: Console) -> int:
    """Perform a saved run again and say what it breaks."""
    try:
        setup, actions = load(path)
    except (OSError, ValueError, KeyError, TypeError, LocalMisuse) as error:
        console.print(f"{path}: no run that can be repeated: {error}")
        return 2
    outcome = run(setup, actions)
    console.print(told(setup, actions[: outcome.steps], outcome.violations), highlight=False)
    console.print("broken" if outcome.violations else "nothing is broken")
    return 1 if outcome.violations else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="soak", description="the adversary for hours, under all safety properties")
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--state", type=Path, default=Path("build/soak.json"), help="where it goes on from")
    parser.add_argument(
        "--failures", type=Path, default=Path("build/soak-failures"), help="where failing runs are kept"
    )
    parser.add_argument("--repeat", type=Path, help="a failing run to perform again")
    told_ = parser.parse_args(arguments)
    console = Console(soft_wrap=True)
    if told_.repeat:
        return repeat(told_.repeat, console)
    seconds = told_.hours * 3600 + told_.seconds or 60.0
    state = soak(seconds, told_.state, told_.failures, console)
    console.print(
        f"{state.steps} steps in {state.programs} programs, {state.steps / max(state.seconds, 1e-9):.0f} steps per "
        f"second, {len(state.failures)} of them broke a property; the next seed is {state.seed}",
        highlight=False,
    )
    return 1 if state.failures else 0


if __name__ == "__main__":
    sys.exit(main())
