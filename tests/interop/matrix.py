"""The matrix of interoperation: what was played with whom, in which direction, and what came of it.

A test says what it plays by a property of its report (`PROPERTY`); `tests/conftest.py` prints the table at the end of a
run, and writes it to the file that the environment names (`REPORT`), as `make interop` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.interop import scenarios
from tests.interop.namespaces import run
from tests.interop.scenarios import Play, Scenario

PROPERTY: Final = "interop"
REPORT: Final = "ISAKMP_INTEROP_REPORT"

PLAYS: Final[Mapping[str, tuple[Play, ...]]] = {
    "strongSwan": scenarios.STRONGSWAN,
    "Libreswan": scenarios.LIBRESWAN,
    "SoftEther": scenarios.SOFTETHER,
    "vpnc": scenarios.VPNC,
    "ike-scan": scenarios.IKE_SCAN,
}
"""What is played with whom."""

PACKAGES: Final = {
    "strongSwan": "strongswan-charon",
    "Libreswan": "libreswan",
    "SoftEther": "softether-vpnserver",
    "vpnc": "vpnc",
    "ike-scan": "ike-scan",
}

WORDS: Final = {"passed": "yes", "failed": "**no**"}
UNTRIED: Final = ""
"""What stands for a scenario that is not tried in that direction."""

Record = Callable[[str, object], None]
"""pytest's `record_property`."""

Outcomes = Mapping[tuple[str, str, str], str]
"""By peer, scenario and direction: passed or failed."""

HEAD: Final = """\
# Interoperation

What `isakmp connect` and `isakmp serve` come to with other implementations of IKEv1, in network namespaces of one
machine. `make interop` plays all of it and writes this page; `make test` plays it too. The implementations are packages
of Debian:

{versions}

In the columns, *we* begin or *they* do. With strongSwan and Libreswan, "yes" says that both ends told of the same SAs,
that their keys were equal (keying material is compared with what the daemon hands to its kernel), that what the
scenario is about has happened, that the other end let go of what was deleted, and that `isakmp check` found the
recorded datagrams conformant. SoftEther and vpnc do not tell their keys: there it says that both phases succeeded, for
which keys have to be equal, and that `isakmp check` found nothing. ike-scan sends only the first message; that our
answer in aggressive mode holds a proof by the shared key is found out by its psk-crack. An empty cell was not tried:
the peer cannot do it, or the scenario is about one end.

To play this takes root, `ip netns`, overlayfs, and gcc for a small library that is preloaded into the daemons
(`tests/interop/netlink_shim.c`): it lets them set up SAs on kernels without ESP, and writes down which keys they hand
over. No traffic is protected.

"""


def columns() -> tuple[tuple[str, str], ...]:
    """Peers and directions, in the order of the table."""
    return tuple(
        (peer, direction)
        for peer, plays in PLAYS.items()
        for direction in ("we", "they")
        if any(play.direction == direction for play in plays)
    )


def rows() -> tuple[Scenario, ...]:
    """The scenarios, each once, in the order in which they are played."""
    return tuple(dict.fromkeys(play.scenario for plays in PLAYS.values() for play in plays))


def table(outcomes: Outcomes, *, whole: bool = True) -> str:
    """The matrix as a table of Markdown, which reads well as text too; or only the scenarios that were played."""
    played = {scenario for _, scenario, _ in outcomes}
    head = ["scenario", "what", *(f"{peer}, {direction}" for peer, direction in columns())]
    lines = [head, ["---"] * len(head)]
    for scenario in (each for each in rows() if whole or each.name in played):
        cells = (WORDS.get(outcomes.get((peer, scenario.name, way), ""), UNTRIED) for peer, way in columns())
        lines.append([f"`{scenario.name}`", scenario.title, *cells])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |\n"
        for line in lines
    )


AREAS: Final[Mapping[str, str]] = {
    "pre-shared keys, main and aggressive mode, algorithms and groups": "(main|aggressive)-psk",
    "RSA and ECDSA signatures": "(main|aggressive)-(rsa|ecdsa)",
    "XAuth, hybrid authentication, mode config": "(main|aggressive)-(xauth|hybrid)",
    "quick mode: ESP, AH, PFS, transport mode, several proposals": "quick|several",
    "rekeying, deletes, dead peer detection": "rekey|delete|dpd",
    "NAT traversal": "nat-t|(main|aggressive)-l2tp",
    "fragments; datagrams lost, doubled and overtaken": "fragmentation|lossy",
    "a scanner's first messages": "scan",
}
"""What scenarios are about, by how their names begin."""


def summary() -> str:
    """How many scenarios of each area are played with whom: those that we begin, and those that they begin."""
    lines = [["scenarios: we begin / they begin", *PLAYS], ["---"] * (1 + len(PLAYS))]
    for area, names in AREAS.items():
        cells = [
            tuple(
                sum(play.direction == way and bool(re.match(names, play.scenario.name)) for play in plays)
                for way in ("we", "they")
            )
            for plays in PLAYS.values()
        ]
        lines.append([area, *(f"{ours or '-'} / {theirs or '-'}" if ours or theirs else "" for ours, theirs in cells)])
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |").replace("|  |", "| |") for line in lines)


def outcomes_of(reports: Iterable[tuple[str, list[tuple[str, object]]]]) -> dict[tuple[str, str, str], str]:
    """What reports tell: their outcome, and the properties of the test. A failure goes before a success."""
    found: dict[tuple[str, str, str], str] = {}
    for outcome, properties in reports:
        for name, value in properties:
            if name == PROPERTY and isinstance(value, list | tuple):
                peer, scenario, direction = map(str, value)
                if found.get((peer, scenario, direction)) != "failed":
                    found[peer, scenario, direction] = outcome
    return found


def write(outcomes: Outcomes, path: Path) -> None:
    """Write the page."""
    path.write_text(HEAD.format(versions=versions()) + table(outcomes))


def versions() -> str:
    """The versions of the packages, as a list."""
    return "\n".join(
        f"- {name} {found[1]}"
        for name, package in PACKAGES.items()
        if (found := re.search(r"^Version: (\S+)", _control(package), re.MULTILINE))
    )


def _control(package: str) -> str:
    """What Debian says of a package of the release that these are from."""
    return run("apt-cache", "show", "--no-all-versions", package)
