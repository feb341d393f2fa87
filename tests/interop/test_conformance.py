"""The conformance suite against the daemons: what they are known to do, and the message that ends one of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.interop import installed, libreswan, strongswan
from tests.interop.endpoint import PROGRAM, policy
from tests.interop.namespaces import Host, Link
from tests.interop.playing import Daemon
from tests.interop.scenarios import OUR_NETWORK, OURS, PSK, THEIR_NETWORK, THEIRS, Scenario

SCENARIO = Scenario("conformance", "main mode, tried by the conformance suite")
DAEMONS: dict[str, tuple[Callable[[], str], Callable[[Host, Path, Path], AbstractContextManager[Daemon]]]] = {
    "strongSwan": (strongswan.obstacle, strongswan.strongswan),
    "Libreswan": (libreswan.obstacle, libreswan.libreswan),
}


@pytest.fixture(params=DAEMONS)
def daemon(request: pytest.FixtureRequest, wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that has been asked nothing yet: a case may end it."""
    obstacle, run = DAEMONS[request.param]
    reason = obstacle()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp(request.param)
    with run(wire.theirs, folder / "daemon", installed.compile_shim(folder)) as running:
        running.load(SCENARIO, initiates=False)
        yield running


def verdicts(wire: Link, folder: Path, pattern: str, *words: str) -> dict[str, str]:
    """What cases show of the daemon: verdicts by the names of the cases."""
    (folder / "policy.toml").write_text(policy(SCENARIO, initiates="--as-responder" not in words))
    options = ("--timeout", "0.3", "--patience", "2", "--format", "json", "--quick", OUR_NETWORK, THEIR_NETWORK)
    program: tuple[str | Path, ...] = (
        PROGRAM,
        "conform",
        THEIRS,
        "--policy",
        folder / "policy.toml",
        *options,
        "--cases",
        pattern,
        *words,
    )
    ran = subprocess.run(
        wire.ours.within(*program), capture_output=True, text=True, check=False, env={**os.environ, "ISAKMP_PSK": PSK}
    )
    assert ran.stdout, ran.stderr
    cases: list[dict[str, Any]] = json.loads(ran.stdout)["cases"]
    return {case["name"]: case["verdict"] for case in cases}


def initiated(wire: Link, daemon: Daemon, folder: Path, pattern: str) -> dict[str, str]:
    """The same of the daemon as an initiator, which is made to begin anew for each case."""
    daemon.load(SCENARIO, initiates=True)
    return verdicts(wire, folder, pattern, "--as-responder", "--listen", f"{OURS}:500", "--begin", daemon.beginning())


def test_neither_daemon_looks_at_reserved_fields(wire: Link, daemon: Daemon, tmp_path: Path) -> None:
    found = verdicts(wire, tmp_path, "responder.main.rfc2408.5.3.step[13].*-reserved-1")
    assert set(found.values()) == {"deviates"}, daemon.log()[-2000:]
    assert len(found) == 5


def test_both_daemons_refuse_a_wrong_hash(wire: Link, daemon: Daemon, tmp_path: Path) -> None:
    found = verdicts(wire, tmp_path, "responder.[mq]*.rfc2408.5.11.step[15].hash-*")
    assert set(found.values()) == {"conforms"}, daemon.log()[-2000:]
    assert len(found) == 14


def test_a_host_name_as_client_identity_ends_libreswan_4_10(wire: Link, daemon: Daemon, tmp_path: Path) -> None:
    found = verdicts(wire, tmp_path, "responder.quick.rfc2407.4.6.2.1.step1.idcr-fqdn")
    expected = {"strongSwan": "conforms", "Libreswan": "crashed"}
    assert list(found.values()) == [expected[daemon.name]], daemon.log()[-2000:]


def test_as_initiators_both_daemons_refuse_a_wrong_hash_and_pass_over_reserved_fields(
    wire: Link, daemon: Daemon, tmp_path: Path
) -> None:
    found = initiated(wire, daemon, tmp_path, "initiator.main.rfc2408.5.11.step6.hash-*")
    assert set(found.values()) == {"conforms"}, daemon.log()[-2000:]
    assert len(found) > 1
    found = initiated(wire, daemon, tmp_path, "initiator.main.rfc2408.5.3.step[246].*-reserved-1")
    assert set(found.values()) == {"deviates"}, daemon.log()[-2000:]
    assert len(found) > 1
