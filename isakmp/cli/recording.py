"""What an endpoint writes to files: its datagrams as a capture, its keys as Wireshark's table, or all its keys.

Keys are written once they are derived, also those of a handshake that fails: its last messages say why. The first two
files are complete after each frame and line, so that they can be read while the endpoint goes on. The file with all
keys, for `isakmp check --keys`, is written at the end.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import Any

import click

from isakmp.cli.errors import Unusable
from isakmp.cli.keyentries import of_pair, of_sa
from isakmp.conform.capture import Datagram, Endpoint
from isakmp.conform.keytypes import KeyForm
from isakmp.conform.pcapwrite import PcapWriter
from isakmp.machine.outputs import KeysDerived, PhaseOneUp, PhaseTwoUp, Taken
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.udp import Carried, Seen, Told
from isakmp.spec.terms import Role


class _File:
    """A file that is written as things happen. What cannot be written any more is said once, and nothing else stops."""

    def __init__(self, name: str, mode: int) -> None:
        self.name = name
        self._failed: OSError | None = None
        try:
            number = os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            what = error.strerror if isinstance(error, OSError) else str(error)
            raise Unusable(f"{name}: {what}") from error
        self._stream = FileIO(number, "wb")

    def write(self, octets: bytes, *, anew: bool = False) -> None:
        """Write octets behind what is there, or in its place."""
        if self._failed is not None:
            return
        try:
            if anew:
                self._stream.seek(0)
                self._stream.truncate()
            rest = memoryview(octets)
            while rest:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            self._failed = error
            click.echo(f"{self.name}: {error.strerror}: nothing more is written to it", err=True)

    def close(self) -> None:
        """Close it.

        Raises:
            Unusable: not all could be written.
        """
        self._stream.close()
        if self._failed is not None:
            raise Unusable(f"{self.name}: {self._failed.strerror}: it is not whole")


class Recorder:
    """Writes what passes to the files that are wanted; nothing before they are opened.

    Raises:
        Unusable: two files are one, or one is standard output.
    """

    def __init__(self, pcap: str | None, keylog: str | None, keyfile: str | None) -> None:
        wanted = {"--pcap": pcap, "--keylog": keylog, "--keyfile": keyfile}
        named = [(option, os.path.realpath(name)) for option, name in wanted.items() if name]
        for number, (option, path) in enumerate(named):
            if wanted[option] == "-":
                raise Unusable(f"{option} writes a file; standard output is for what is told")
            for other, same in named[:number]:
                if path == same:
                    raise Unusable(f"{other} and {option} are one file, {wanted[option]!r}")
        self._names = pcap, keylog, keyfile
        self._pcap: _File | None = None
        self._keylog: _File | None = None
        self._keyfile: _File | None = None
        self._writer: PcapWriter | None = None
        self._logged: dict[bytes, bytes] = {}
        self._entries: dict[bytes, dict[str, Any]] = {}

    @property
    def wants_keys(self) -> bool:
        """Whether keys are written."""
        return any(self._names[1:])

    def open(self) -> None:
        """Begin the files anew: once the ports are there, so that a second endpoint does not spoil those of the first.

        Raises:
            Unusable: a file cannot be written.
        """
        pcap, keylog, keyfile = self._names
        self._pcap = _File(pcap, 0o644) if pcap else None
        self._keylog = _File(keylog, 0o600) if keylog else None  # keys are for who runs this, and nobody else
        self._keyfile = _File(keyfile, 0o600) if keyfile else None
        if self._pcap:
            self._writer = PcapWriter(self._pcap)

    def take(self, seen: Seen) -> None:
        """Write what there is to write of something that has happened."""
        if isinstance(seen, Carried) and self._writer:
            source, destination = (
                Endpoint(each.host.partition("%")[0], each.port) for each in (seen.source, seen.destination)
            )
            self._writer.write(Datagram(0, seen.time, source, destination, seen.octets, seen.marked))
        elif isinstance(seen, Told) and (self._keylog or self._keyfile):
            self._take_keys(seen)

    def _take_keys(self, told: Told) -> None:
        for output in told.outputs:
            if isinstance(output, PhaseOneUp | KeysDerived):
                self._log(output.sa)
                if self._keyfile:
                    self._entries[output.sa.cookies] = of_sa(output.sa)
            elif isinstance(output, PhaseTwoUp) and output.sa.cookies in self._entries:
                below = self._entries[output.sa.cookies].setdefault("quick_modes", [])
                below.append(of_pair(output.pair, _role_in(told, output.pair.message_id)))

    def _log(self, sa: IsakmpSa) -> None:
        """Write a line where there is none, or another one for that cookie: the table has one key for each."""
        before = self._logged.get(sa.cky_i)
        if self._keylog is None or before == sa.cipher_key:
            return
        self._logged[sa.cky_i] = sa.cipher_key
        lines = self._logged.items() if before is not None else [(sa.cky_i, sa.cipher_key)]
        text = "".join(f"{cookie.hex()},{key.hex()}\n" for cookie, key in lines)
        self._keylog.write(text.encode(), anew=before is not None)

    def close(self) -> None:
        """Write what is written at the end, and close the files.

        Raises:
            Unusable: one of them is not whole.
        """
        if self._keyfile:
            document = {
                "format": str(KeyForm.IKEV1_CAPTURE),
                "description": "keys of an endpoint",
                "ike_sas": list(self._entries.values()),
            }
            self._keyfile.write((json.dumps(document, indent=2) + "\n").encode())
        with ExitStack() as closing:
            for each in (self._pcap, self._keylog, self._keyfile):
                if each:
                    closing.callback(each.close)


def _role_in(told: Told, message_id: int) -> Role:
    """The role of this end in the quick mode of which a peer tells."""
    taken = (each for each in told.outputs if isinstance(each, Taken))
    return next(each.row.role for each in taken if each.message_id == message_id)
