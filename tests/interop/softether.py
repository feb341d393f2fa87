"""SoftEther's VPN server as a third responder: it takes L2TP over IPsec, in transport mode, with a pre-shared key."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.interop.namespaces import PATIENCE, PEERS, Failed, Host, missing, stop, unpacked
from tests.interop.scenarios import PSK

FOLDER: Final = "usr/libexec/softether/vpnserver"
COMMAND: Final = "usr/libexec/softether/vpncmd/vpncmd"

# Both keep a lock in a folder that they do not make.
PRELUDE: Final = ("sh", "-c", 'mkdir /run/softether && exec "$0" "$@"')


def obstacle() -> str:
    """Why SoftEther cannot be the other end here; empty where it can."""
    return missing(f"{FOLDER}/vpnserver", COMMAND)


@contextmanager
def softether(host: Host, folder: Path) -> Iterator[None]:
    """Run the server at a host for as long as the context lasts; it keeps its settings beside its program, in a copy.

    Raises:
        Failed: it does not start.
    """
    shutil.copytree(PEERS / FOLDER, folder, symlinks=True)
    with (folder / "output").open("wb") as output:
        process = host.start(*PRELUDE, f"/{FOLDER}/vpnserver", "execsvc", output=output, folders={f"/{FOLDER}": folder})
        try:
            _configure(host)
            yield
        finally:
            stop(process)


def _configure(host: Host) -> None:
    """Let it answer on IPsec, as soon as it can be told so."""
    words = ("127.0.0.1:5555", "/SERVER", "/PASSWORD:", "/CMD", "IPsecEnable")
    settings = ("/L2TP:yes", "/L2TPRAW:yes", "/ETHERIP:no", f"/PSK:{PSK}", "/DEFAULTHUB:DEFAULT")
    until = time.monotonic() + PATIENCE
    while True:
        try:
            host.run(*unpacked(*PRELUDE, f"/{COMMAND}", *words, *settings))
        except Failed:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return
