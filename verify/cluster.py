"""The same questions on many machines: a Dask cluster, by the address of its scheduler (the extra `cluster`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from isakmp.verify.jobs import Question, Result, answer_all, grouped, remember, remembered

_PATIENCE = 5.0
"""Seconds to wait for the scheduler."""
_AGAIN = 3
"""How often a group of questions is given to another worker where one has died."""


class ClusterError(Exception):
    """A cluster that cannot be used; the message says why."""


def run_on(
    address: str, questions: Iterable[Question], *, cache: Path | None = None, tidy: bool = False
) -> Iterator[Result]:
    """The answers to questions, as `jobs.run` gives them, from the workers of a scheduler (`tcp://host:8786`).

    A worker that dies loses nothing: its questions go to another one. What is remembered here is not asked for, and
    what the workers find is remembered here.

    Raises:
        ClusterError: the package is missing, nobody answers at the address, or a worker cannot do the work.
        DefectError: see `jobs.run`.
    """
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - an extra, which need not be there
    except ImportError as error:
        raise ClusterError("a cluster needs the package distributed: pip install 'isakmp[cluster]'") from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(f"no scheduler answers at {address}") from error
    with client:
        work = partial(answer_all, cache=None, tidy=tidy)
        pending = []
        for group in grouped(questions):
            known = remembered(group, cache=cache, tidy=tidy)
            pending.append(known if known is not None else client.submit(work, group, retries=_AGAIN, pure=False))
        for each in pending:
            if isinstance(each, list):
                yield from each
                continue
            try:
                results = each.result()
            except (KilledWorker, ImportError, AttributeError) as error:
                raise ClusterError(f"the workers of {address} cannot do the work: {error}") from error
            remember(results, cache=cache, tidy=tidy)
            yield from results
