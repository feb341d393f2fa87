"""Write the lock file: ``python tools/lock.py FILE``, run by ``make lock`` in an environment that has uv.

One file pins everything that a checkout uses, with hashes, for each supported Python and platform (environment markers
select). The header names no machine and no index: where packages come from is for the installing machine to say.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Everything that a checkout uses: the requirements of the package, its extras and dependency groups (pyproject.toml),
# pinned with hashes for each supported Python and platform. Written by `make lock`; not edited by hand.
"""


def compile_lock() -> str:
    """Resolve pyproject.toml. Raises CalledProcessError where there is no solution; uv has said why."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--quiet",
        "--upgrade",
        "--generate-hashes",
    ]
    command += ["--universal", "--python-version=3.11", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    command += ["--all-extras", *(f"--group={name}" for name in pyproject["dependency-groups"])]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(HEADER + compile_lock())
