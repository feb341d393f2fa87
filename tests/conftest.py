"""What all tests share: how hard Hypothesis searches, and what happens where a program is not installed.

A test that needs a program of the system says so: ``@pytest.mark.requires_tool("tshark")``. Without the program it is
skipped, with the reason in the summary. Where ``ISAKMP_CI=1`` is set, a skipped test is a failure, so that nothing goes
unchecked there unseen. A test that has nothing to check in some environment skips with a reason that starts with
``not applicable:``; that is no failure anywhere.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.interop import matrix

NOT_APPLICABLE = "not applicable:"
IN_CI = os.environ.get("ISAKMP_CI") == "1"

# No deadlines: a slow example on a busy machine is no fault. `ci` finds the same on each run and keeps nothing.
settings.register_profile("ci", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.register_profile(
    "thorough", parent=settings.get_profile("dev"), max_examples=5000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if IN_CI or "CI" in os.environ else "dev"))


LONG = (
    "interop/test_learned", "fuzz/test_fuzz", "verify/test_search", "interop/test_strongswan", "cli/test_learn",
    "verify/test_replay", "interop/test_libreswan", "test_readme", "diagrams/test_gallery", "cli/test_serve",
    "interop/test_conformance", "conform/test_cases_faults",
)  # fmt: skip
"""Files that take longest, which come first: at the end no process shall wait for another one's long file.

Those that wait for others stand between those that compute.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the others keep their order."""
    places = {f"tests/{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test of which a program is missing."""
    for marker in item.iter_markers("requires_tool"):
        for name in marker.args:
            if shutil.which(name) is None:
                pytest.skip(f"needs the program {name}, which is not on the PATH")


def skip_reason(longrepr: object) -> str:
    """Return why a test was skipped, from its report."""
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return str(text).removeprefix("Skipped: ")


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skipped test or module into a failure, unless it has nothing to check here."""
    reason = skip_reason(report.longrepr)
    if not reason.startswith(NOT_APPLICABLE):
        report.outcome = "failed"
        report.longrepr = f"skipped, which ISAKMP_CI=1 does not allow: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hold the rule on skipped tests. An expected failure is no skipped test, though pytest reports it as one."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Hold the rule on modules that are skipped as a whole."""
    report = yield
    if IN_CI and report.skipped:
        refuse_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print with whom ours has come to what, and write it to the file that is asked for."""
    stats = terminalreporter.stats
    reports = [(outcome, each) for outcome in ("passed", "failed") for each in stats.get(outcome, ())]
    outcomes = matrix.outcomes_of((outcome, getattr(each, "user_properties", [])) for outcome, each in reports)
    if outcomes:
        terminalreporter.section("interoperation")
        terminalreporter.write(matrix.table(outcomes, whole=False))
        if os.environ.get(matrix.REPORT):
            matrix.write(outcomes, Path(os.environ[matrix.REPORT]))
