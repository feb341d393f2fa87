"""What a handshake costs strongSwan on the same machine: its processor time, with nothing logged."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.benchmarks.load import cpu_of
from tests.interop import installed, namespaces, strongswan
from tests.interop.namespaces import link, run
from tests.interop.scenarios import OUR_NETWORK, PSK, THEIR_NETWORK, Scenario

SCENARIO: Final = Scenario("load", "main mode, pre-shared key", ike=("aes128-sha256-ecp256",), esp=("aes256-sha256",))
WARM: Final = 50


def obstacle() -> str:
    """Why strongSwan cannot be measured here; empty where it can."""
    return namespaces.obstacle() or installed.obstacle() or strongswan.obstacle()


def cost(count: int) -> float:
    """Seconds of processor time that charon takes for a handshake with quick mode and deletes.

    Raises:
        Failed: a handshake fails.
    """
    with tempfile.TemporaryDirectory() as name, link() as wire:
        folder = Path(name)
        with strongswan.strongswan(wire.theirs, folder / "charon", installed.compile_shim(folder)) as charon:
            settings = folder / "charon" / "strongswan.conf"
            settings.write_text(re.sub(r"(default|ike|chd|enc) = \d", r"\1 = -1", settings.read_text()))
            charon.swanctl("--reload-settings")
            charon.load(SCENARIO, initiates=False)
            (pid,) = (int(each) for each in run("ip", "netns", "pids", wire.theirs.namespace).split())
            words = (wire.ours.address, wire.theirs.address)
            between = (PSK, OUR_NETWORK, THEIR_NETWORK)

            def besiege(number: int) -> None:
                told = wire.ours.run(
                    sys.executable, "-m", "tests.benchmarks.besiege", *words, str(number), *between, timeout=100
                )
                errors = json.loads(told)[1]
                if errors:
                    raise namespaces.Failed(f"{len(errors)} handshakes with strongSwan failed, the first: {errors[0]}")

            besiege(WARM)
            before = cpu_of(pid)
            besiege(count)
            return (cpu_of(pid) - before) / count
