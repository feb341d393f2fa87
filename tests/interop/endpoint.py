"""The model as one of the ends: `isakmp connect` and `isakmp serve`, as a user runs them."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.interop import certificates
from tests.interop.namespaces import PATIENCE, Failed, Host, Process, stop
from tests.interop.scenarios import (
    OUR_NAME,
    PASSWORD,
    POOL,
    PSK,
    THEIR_NAME,
    USER,
    Scenario,
)

PROGRAM: Final = Path(sys.executable).with_name("isakmp")

METHODS: Final = {"xauth": "xauthinitpsk", "hybrid": "hybridinitrsa"}
"""Authentications of scenarios whose names are not those of methods in a policy."""


@dataclass
class Ours:
    """A running `isakmp connect` or `isakmp serve`, what it has printed, and the files that it writes."""

    process: Process
    folder: Path
    initiates: bool
    lines: list[str] = field(default_factory=list)
    _printed: queue.Queue[str | None] = field(default_factory=queue.Queue)
    _reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with self.process.stdout or nullcontext(()) as lines:
            for line in lines:
                self._printed.put(line.decode(errors="replace").rstrip("\n"))
        self._printed.put(None)

    def close(self) -> None:
        """End it if it still runs, without asking for its SAs to be deleted."""
        if self.process.poll() is None:
            stop(self.process)
        self._reader.join()

    def wait_for(self, text: str, seconds: float = PATIENCE, times: int = 1) -> None:
        """Wait until a line with that text has been printed, so many times.

        Raises:
            Failed: it does not come.
        """
        until = time.monotonic() + seconds
        while sum(text in line for line in self.lines) < times:
            try:
                line = self._printed.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise Failed(f"ours does not say {text!r}:\n{self.said}")
            self.lines.append(line)

    @property
    def said(self) -> str:
        """All that it has printed and that was waited for."""
        return "\n".join(self.lines)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Let it delete its SAs and end; gives its exit status."""
        self.process.send_signal(number)
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failed(f"ours does not end:\n{self.said}") from None
        while (line := self._printed.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return status

    @property
    def capture(self) -> Path:
        """The datagrams, as ours has recorded them."""
        return self.folder / "ours.pcap"

    @property
    def key_file(self) -> Path:
        """Its keys; there once it has ended."""
        return self.folder / "ours.keys.json"

    def sas(self) -> list[dict[str, Any]]:
        """The ISAKMP SAs of its key file."""
        document: dict[str, Any] = json.loads(self.key_file.read_text())
        found: list[dict[str, Any]] = document["ike_sas"]
        return found

    def keys(self) -> dict[frozenset[str], frozenset[str]]:
        """Keying material of pairs of IPsec SAs by their SPIs; `isakmp check` compares which belongs to which."""
        return {
            frozenset((each["spi_inbound"], each["spi_outbound"])): frozenset(
                (each["keymat_initiator_sa"], each["keymat_responder_sa"])
            )
            for sa in self.sas()
            for each in sa.get("quick_modes", ())
        }


@contextmanager
def started(host: Host, folder: Path, scenario: Scenario, *words: str) -> Iterator[Ours]:
    """Run `isakmp WORDS...` at a host with the policy of a scenario; it is ended with the context."""
    folder.mkdir(parents=True, exist_ok=True)
    certificates.write(scenario.auth, folder)
    initiates = words[0] == "connect"
    (folder / "policy.toml").write_text(policy(scenario, initiates=initiates))
    process = subprocess.Popen(
        host.within(
            PROGRAM, *words, "--policy", folder / "policy.toml", "--trace",
            "--pcap", folder / "ours.pcap", "--keyfile", folder / "ours.keys.json",
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "ISAKMP_PSK": PSK, "ISAKMP_XAUTH_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    ours = Ours(process, folder, initiates)
    try:
        yield ours
    finally:
        ours.close()


def policy(scenario: Scenario, *, initiates: bool) -> str:
    """The text of a policy file: proposals, identity, credentials."""
    tables: list[tuple[str, Mapping[str, Any]]] = [("[ike]", _ike(text, scenario)) for text in scenario.ike]
    tables += [("[ipsec]", _ipsec(text, scenario)) for text in scenario.esp]
    tables += [("local", _local(scenario, initiates=initiates)), ("[peer]", _peer(scenario, initiates=initiates))]
    if scenario.user and not initiates:
        tables += [(f"users.{USER}", {"password": PASSWORD}), ("assign", {"addresses": POOL})]
    lines = [f"exchange = {json.dumps(scenario.exchange)}"]
    for name, members in tables:
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in members.items())]
    return "\n".join(lines) + "\n"


def _local(scenario: Scenario, *, initiates: bool) -> dict[str, Any]:
    members: dict[str, Any] = {"nat_traversal": scenario.natt}
    if scenario.auth in certificates.METHODS:
        members |= {"trusted": "ca.crt", "request_certificates": True}
        if not (scenario.auth == "hybrid" and initiates):
            members |= {"certificate": "ours.crt", "private_key": "ours.key", "identity": OUR_NAME}
    if not scenario.user:
        members["network"] = scenario.clients[0]
    if scenario.fragment:
        members["fragments"] = scenario.fragment
    if scenario.event in ("we ask", "they ask"):  # who wants to be asked has to say that it answers
        members["dpd"] = "1s" if scenario.event == "we ask" else "60s"
    if scenario.event in ("we rekey IPsec", "we rekey ISAKMP"):
        members["rekey"] = "4s"
    return members


def _peer(scenario: Scenario, *, initiates: bool) -> dict[str, Any]:
    members: dict[str, Any] = {} if scenario.user else {"network": scenario.clients[1]}
    if scenario.auth in certificates.METHODS and not (scenario.auth == "hybrid" and not initiates):
        members["identity"] = THEIR_NAME
    return members


def _ike(text: str, scenario: Scenario) -> dict[str, Any]:
    encryption, digest, group = text.split("-")
    return {
        "encryption": encryption,
        "hash": digest,
        "group": group,
        "authentication": METHODS.get(scenario.auth, scenario.auth),
        "lifetime": scenario.ike_lifetime,
    }


def _ipsec(text: str, scenario: Scenario) -> dict[str, Any]:
    encryption, _, integrity = text.partition("-") if scenario.protocol == "esp" else ("", "", text)
    members: dict[str, Any] = {"protocol": scenario.protocol, "lifetime": scenario.lifetime}
    if encryption:
        members["encryption"] = encryption
    if integrity:
        members["integrity"] = integrity
    if scenario.transport:
        members["mode"] = "transport"
    if scenario.pfs:
        members["pfs"] = scenario.pfs
    return members
