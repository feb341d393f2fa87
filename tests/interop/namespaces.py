"""Two hosts on a wire of their own: network namespaces with a veth pair, and addresses that belong to nobody.

Everything is named after this process, so that several can run at once, and is gone afterwards, whatever fails. Other
implementations are not installed: they lie unpacked in `PEERS`, and see its /usr above the system's, and a /run that is
theirs alone.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

ADDRESSES: Final = ("198.51.100.1", "198.51.100.2")
"""Of the two hosts (RFC 5737)."""

PEERS: Final = Path(__file__).resolve().parents[2] / ".venv" / "peers"
"""Where `make test` unpacks the other implementations (tools/unpack.sh)."""

PREFIX: Final = "isakmp-test"
INTERFACE: Final = "veth0"
PATIENCE: Final = 30.0
"""Seconds for a program to do what it does at once, on a busy machine."""

NOTHING: Final[Mapping[str, Path]] = {}
Process = subprocess.Popen[bytes]

_numbers = itertools.count()


class Failed(AssertionError):
    """A program of the system has failed; its output is in the message."""


def run(*command: str | Path, timeout: float = PATIENCE, env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end; gives what it printed.

    Raises:
        Failed: it fails, or takes longer.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
            text=True,
            errors="replace",
            env=None if env is None else {**os.environ, **env},
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{shlex.join(words)} takes longer than {timeout:g} s: {error.output!r}") from error
    if done.returncode:
        raise Failed(f"{shlex.join(words)} ends with {done.returncode}:\n{done.stdout}")
    return done.stdout


def wait_until(there: Callable[[], bool], otherwise: Callable[[], str], process: Process | None = None) -> None:
    """Wait until something is there: for as long as a busy machine may take, and while a process lives.

    Raises:
        Failed: it does not come; with what `otherwise` says then.
    """
    until = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > until or (process is not None and process.poll() is not None):
            raise Failed(otherwise())
        time.sleep(0.02)


def unpacked(*command: str | Path, folders: Mapping[str, Path] = NOTHING) -> list[str]:
    """The command that runs one from `PEERS`. It is `exec`uted, so that the process that was started is the program."""
    mounts = [
        "mount --make-rprivate /",
        shlex.join(("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={PEERS}/usr:/usr", "/usr")),
        "mount -t tmpfs tmpfs /run",
        *(shlex.join(("mount", "--bind", str(folder), path)) for path, folder in folders.items()),
    ]
    return ["unshare", "--mount", "sh", "-c", " && ".join((*mounts, f"exec {shlex.join(map(str, command))}"))]


@dataclass(frozen=True)
class Host:
    """A namespace with its address."""

    namespace: str
    address: str

    def within(self, *command: str | Path) -> list[str]:
        """The command that runs another one in the namespace."""
        return ["ip", "netns", "exec", self.namespace, *map(str, command)]

    def run(self, *command: str | Path, timeout: float = PATIENCE, env: Mapping[str, str] | None = None) -> str:
        """Run a program there to its end; gives what it printed.

        Raises:
            Failed: it fails, or takes longer.
        """
        return run(*self.within(*command), timeout=timeout, env=env)

    def start(self, *command: str | Path, output: IO[bytes], folders: Mapping[str, Path] = NOTHING) -> Process:
        """Start a program there from `PEERS`; `folders` are seen by it in place of those at their paths.

        It works in the folder of its output, where it also leaves what is left of it if it crashes.
        """
        return subprocess.Popen(
            self.within(*unpacked(*command, folders=folders)),
            cwd=Path(output.name).parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@dataclass(frozen=True)
class Link:
    """Two hosts that reach each other, and nobody else."""

    ours: Host
    theirs: Host


def obstacle() -> str:
    """Why no namespaces can be made here; empty where they can."""
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        return "needs the programs ip and unshare (Debian: iproute2, util-linux)"
    if not PEERS.is_dir():
        return "other implementations are not unpacked, which `make test` does where it is root and has apt-get"
    name = f"{PREFIX}-{os.getpid()}-probe"
    try:
        run("ip", "netns", "add", name)
        try:
            run("ip", "-n", name, "link", "add", INTERFACE, "type", "veth", "peer", "name", f"{INTERFACE}p")
            run(*unpacked("true"))
        finally:
            run("ip", "netns", "del", name)
    except Failed as error:
        return f"no network namespaces with folders of their own here: {error}"
    return ""


def missing(*programs: str) -> str:
    """Which programs of another implementation are not unpacked, in a sentence; empty if none."""
    absent = [name for name in programs if not (PEERS / name).exists()]
    return f"{' and '.join(absent)} not among what `make test` has unpacked" if absent else ""


@contextmanager
def link() -> Iterator[Link]:
    """Two namespaces and the wire between them, for as long as the context lasts.

    Raises:
        Failed: they cannot be made.
    """
    _sweep()
    number = next(_numbers)
    hosts = [Host(f"{PREFIX}-{os.getpid()}-{number}{side}", at) for side, at in zip("ab", ADDRESSES, strict=True)]
    with ExitStack() as undo:
        for host in hosts:
            run("ip", "netns", "add", host.namespace)
            undo.callback(_remove, host.namespace)
        names = [host.namespace for host in hosts]
        run(
            *("ip", "-n", names[0], "link", "add", INTERFACE, "type", "veth"),
            *("peer", "name", INTERFACE, "netns", names[1]),
        )
        for host in hosts:
            on = ("ip", "-n", host.namespace)
            run(*on, "address", "add", f"{host.address}/24", "dev", INTERFACE)
            for interface in ("lo", INTERFACE):
                run(*on, "link", "set", interface, "up")
        yield Link(*hosts)


def stop(process: Process, seconds: float = 5.0) -> None:
    """End a program that was started, the hard way if it does not listen."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove(namespace: str) -> None:
    """End what still runs in a namespace of ours, and delete it."""
    for pid in run("ip", "netns", "pids", namespace).split():
        with suppress(ProcessLookupError):
            os.kill(int(pid), 9)
    run("ip", "netns", "del", namespace)


def _sweep() -> None:
    """Delete what a test run left behind that was killed."""
    for name in re.findall(rf"^{PREFIX}-\d+-\w+", run("ip", "netns", "list"), re.MULTILINE):
        if not Path("/proc", name.removeprefix(f"{PREFIX}-").partition("-")[0]).exists():
            _remove(name)
