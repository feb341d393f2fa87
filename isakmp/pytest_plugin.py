"""The conformance suite as a plug-in of pytest: each case is a test item of its own.

`pytest --isakmp-target HOST:PORT` adds the cases to what is collected; without that option nothing is added, and
nothing of the model is imported. A deviation or a crash fails, with the datagrams as evidence; what is inconclusive is
skipped.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from isakmp.conform.live.case import Case
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.suite import Result, Suite


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; the shared key comes from the policy, or from ISAKMP_PSK."""
    group = parser.getgroup("isakmp", "conformance of an ISAKMP responder")
    group.addoption("--isakmp-target", metavar="HOST[:PORT]", help="try this responder, case by case")
    group.addoption("--isakmp-policy", metavar="FILE", help="what it accepts, as for 'isakmp connect'")
    group.addoption("--isakmp-cases", metavar="GLOB", default="*", help="only cases whose names fit")
    group.addoption("--isakmp-authority-key", metavar="FILE", help="what has issued the policy's certificate")
    natt = "announce NAT traversal, find a NAT, and move to this port of the target: 4500"
    group.addoption("--isakmp-nat-t-port", metavar="PORT", type=_port, help=natt)
    group.addoption("--isakmp-timeout", metavar="SECONDS", type=float, default=1.0, help="for an answer (default: 1)")


def _port(text: str) -> int:
    from isakmp.spec.limits import HIGHEST_PORT

    if text.isdecimal() and 0 < int(text) <= HIGHEST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no UDP port")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the cases, before others choose among the items."""
    target = config.getoption("isakmp_target")
    if target:
        name = f"isakmp {target}"
        items += Conformance.from_parent(session, name=name, nodeid=name, target=target).collect()


class Failed(Exception):
    """A case that has shown a deviation or a crash."""

    def __init__(self, result: Result) -> None:
        """Keep what was shown."""
        super().__init__(result.reason)
        self.result = result


class Conformance(pytest.Collector):
    """The cases against one target, which share the run: it looks after the target between them."""

    def __init__(self, *, target: str, **others: Any) -> None:
        """Take the target's address."""
        super().__init__(**others)
        self.lab = self._lab(target)
        self._suite: Suite | None = None

    def _lab(self, target: str) -> Lab:
        import click

        from isakmp.cli.conform_labs import lab_for

        options = self.config.option
        try:
            key, seconds, port = options.isakmp_authority_key, options.isakmp_timeout, options.isakmp_nat_t_port
            return lab_for(target, options.isakmp_policy, nat_t_port=port, seconds=seconds, authority=key)
        except (click.ClickException, OSError) as error:
            message = error.format_message() if isinstance(error, click.ClickException) else str(error)
            raise pytest.UsageError(f"--isakmp-target: {message}") from error

    def collect(self) -> list[pytest.Item]:
        """One item for each case."""
        from isakmp.conform.live.catalogue import cases

        found = cases(self.lab.config, self.lab.exchanges, self.config.option.isakmp_cases)
        return [ConformanceItem.from_parent(self, name=case.name, case=case) for case in found]

    def teardown(self) -> None:
        """Give the socket back."""
        self.lab.target.close()

    def result_of(self, case: Case) -> Result:
        """Run a case."""
        from isakmp.conform.live.suite import Suite

        if self._suite is None:
            suite = Suite(self.lab)
            suite.begin()
            self._suite = suite
        return self._suite.result_of(case)


class ConformanceItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **others: Any) -> None:
        """Take the case, which `-k` finds by level and document too: `-k MUST`."""
        super().__init__(**others)
        self.case = case
        self.extra_keyword_matches |= {case.level.value, case.document}

    def runtest(self) -> None:
        """Run the case; raises what pytest takes for a failure, or for a skip."""
        result = self._collector().result_of(self.case)
        if result.verdict.value == "inconclusive":
            pytest.skip(result.reason)
        if result.verdict.value != "conforms":
            raise Failed(result)

    def _collector(self) -> Conformance:
        parent = self.parent
        if not isinstance(parent, Conformance):
            raise TypeError(f"{self.name} without its collector")
        return parent

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any, **__: Any) -> str:
        """The section, what was sent, what came: instead of a traceback."""
        if not isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        from isakmp.conform.live.reports import told
        from isakmp.spec.citations import format_cite

        case = self.case
        return "\n".join((f"{case.level.value}, {format_cite(case.cite)}", *told(excinfo.value.result)))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is from, and its name, in brackets: of another one pytest would take the dots for its own."""
        return Path("isakmp"), None, f"[{self.name}]"
