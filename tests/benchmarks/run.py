"""Run the benchmarks and print one table: ``make bench``, or ``python -m tests.benchmarks.run [NAME]...``.

Each `bench_NAME.py` beside this file has a function `measure()` that returns its rows (see `common.compare`). The exit
status is 1 if a row does not reach what it has to.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests.benchmarks.common import Aim, Row

COLUMNS = ("work", "ours", "peer", "peer's", "ratio", "reach", "ok")
WIDTH_WITHOUT_TERMINAL = 150


def benchmark_names() -> list[str]:
    """Return the names of all benchmarks, in alphabetical order."""
    return sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def measured(names: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of the named benchmarks, each when it has been measured."""
    for name in names:
        yield from importlib.import_module(f"tests.benchmarks.bench_{name}").measure()


def duration(seconds: float) -> str:
    """Return a time with three digits, in the unit in which it reads best."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def cells(row: Row) -> tuple[str, ...]:
    """Return what the table shows of a row."""
    ratio = (
        f"{row.ratio:.3g}{Aim.TIMES_FASTER.value if row.reach.aim is Aim.TIMES_FASTER else Aim.TIMES_THE_COST.value}"
    )
    ours, peers = duration(row.ours_seconds), duration(row.peer_seconds)
    return row.work, ours, row.peer_name, peers, ratio, str(row.reach), "yes" if row.ok else "NO"


def main(arguments: Sequence[str]) -> int:
    """Run the named benchmarks, or all. Returns the exit status: 0 fine, 1 a row falls short, 2 bad usage."""
    known = benchmark_names()
    if unknown := [name for name in arguments if name not in known]:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    rows = list(measured(arguments or known))
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD, title="medians of one call, both sides measured in turns")
    for row in rows:
        table.add_row(*cells(row))
    console = Console()
    Console(width=max(console.width, WIDTH_WITHOUT_TERMINAL) if not console.is_terminal else None).print(table)
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
