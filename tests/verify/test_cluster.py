"""The search on a cluster: a real scheduler and two real workers on the loopback, one of which is killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from isakmp.verify.cluster import ClusterError, run_on
from isakmp.verify.jobs import run
from isakmp.verify.search import Search
from tests.verify.test_jobs import AGGRESSIVE, QUICK, questions, verdicts

pytest.importorskip("distributed")
ROOT = Path(__file__).resolve().parents[2]


def started(*command: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", *command], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment
    )


def awaited(stream: IO[str] | None, pattern: str) -> str:
    assert stream is not None
    for line in stream:
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    raise AssertionError(f"ended without saying {pattern}")


@pytest.fixture
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """A scheduler, and two workers of one thread each."""
    quiet = ("--no-dashboard",)
    running = [started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *quiet)]
    try:
        address = awaited(running[0].stderr, r"Scheduler at: +(tcp://[\d.:]+)")
        for _ in range(2):
            one = ("--nworkers", "1", "--nthreads", "1", "--no-nanny", *quiet)
            running.append(started("distributed.cli.dask_worker", address, *one))
        yield address, running
    finally:
        for process in running:
            process.kill()
            process.communicate()  # and closes its pipe


def test_a_cluster_gives_the_same_answers_though_a_worker_dies(
    cluster: tuple[str, list[subprocess.Popen[str]]],
) -> None:
    address, (_, first, second) = cluster
    for worker in (first, second):
        awaited(worker.stderr, r"(Registered to)")
    asked = questions(*[QUICK, AGGRESSIVE] * 3)
    results = run_on(address, asked)
    found = [next(results)]
    first.send_signal(signal.SIGKILL)
    found += results
    assert first.wait() == -signal.SIGKILL
    assert verdicts(found) == verdicts(list(run(asked, processes=1)))


def test_what_a_cluster_has_found_is_remembered_here(
    cluster: tuple[str, list[subprocess.Popen[str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = cluster
    asked, cache = questions(QUICK), tmp_path / "answers.sqlite"
    found = list(run_on(address, asked, cache=cache))
    monkeypatch.delattr(Search, "ask")
    assert list(run(asked, processes=1, cache=cache)) == found
    for process in cluster[1][1:]:
        process.kill()
    assert list(run_on(address, asked, cache=cache)) == found  # nobody has to work


def test_a_scheduler_that_is_not_there_is_one_clear_line() -> None:
    began = time.monotonic()
    with pytest.raises(ClusterError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        list(run_on("tcp://127.0.0.1:9", questions(QUICK)))
    assert time.monotonic() - began < 15
    with pytest.raises(ClusterError, match="no scheduler answers at nonsense"):
        list(run_on("nonsense", questions(QUICK)))


def test_without_the_package_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'isakmp\[cluster\]'"):
        list(run_on("tcp://127.0.0.1:9", questions(QUICK)))
