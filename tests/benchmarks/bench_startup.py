"""How long a user waits for `isakmp --help`: a whole process, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from tests.benchmarks.common import Row, compare, within


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def measure() -> list[Row]:
    """The import of the command line."""
    return [
        compare(
            partial(_run, sys.executable, "-m", "isakmp", "--help"),
            partial(_run, sys.executable, "-c", "pass"),
            work="isakmp --help, a whole process",
            peer_name="an empty Python",
            reach=within(0.25),
        ),
    ]
