"""How tests run a responder and an initiator on loopback, each in a process of its own or in this one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli, Ran, command_line
from tests.cli.policies import toml

SECRET = "this-is-the-secret"
ENVIRONMENT = {"ISAKMP_PSK": SECRET}


@dataclass
class Served:
    """A responder in a process of its own: where it listens, and what it said once it has ended."""

    place: str
    process: subprocess.Popen[str]
    said: str = ""
    status: int | None = None

    @property
    def port(self) -> int:
        return int(self.place.rpartition(":")[2])

    def stop(self, number: int = signal.SIGINT) -> None:
        if self.status is None:
            self.process.send_signal(number)
            said, complaints = self.process.communicate(timeout=30)
            self.said += said
            self.status = self.process.returncode
            assert complaints == ""


@contextmanager
def serving(*args: str, listen: str = "127.0.0.1:0", **environment: str) -> Iterator[Served]:
    """Run a responder until the block ends, or until it is stopped in it."""
    with subprocess.Popen(
        command_line("serve", "--listen", listen, *args),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | ENVIRONMENT | environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        first, second = process.stdout.readline(), process.stdout.readline()
        assert "installs nothing in the kernel" in first, (first, process.stderr)
        match = re.fullmatch(r"listening at (\S+?)(, .*)?; Ctrl-C ends it\n", second)
        assert match is not None, second
        served = Served(match[1], process, first + second)
        try:
            yield served
            served.stop()
        finally:
            if process.poll() is None:
                process.kill()


def connect(cli: Cli, served: Served, *args: str, **environment: str) -> Ran:
    return cli("connect", served.place, "--timeout", "20", *args, **(ENVIRONMENT | environment))


def policy(tmp_path: Path, name: str, beside: str = "", **other: Any) -> str:
    path = tmp_path / name
    path.write_text(toml(**({"encryption": "aes128", "group": "ecp256"} | other)) + beside)
    return str(path)


def states(told: str) -> list[str]:
    return re.findall(r"(\w+ -> \w+)  ", told)


QUICK = ("--quick", "10.1.0.0/24", "10.2.0.0/24")


@contextmanager
def connecting(place: str, *args: str, until: str = "") -> Iterator[subprocess.Popen[str]]:
    """An initiator in a process of its own, which has come to say something."""
    command, environment = command_line("connect", place, *args), os.environ | ENVIRONMENT
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert not until or any(until in line for line in process.stdout)
        yield process


USERS = """
[users]
alice = { password_file = "alice.password" }
[assign]
addresses = "10.3.0.0/28"
dns = "10.3.0.53"
"""


def users(tmp_path: Path) -> str:
    (tmp_path / "alice.password").write_text("open sesame\n")
    return policy(tmp_path, "users.toml", USERS, method="xauthinitpsk")
