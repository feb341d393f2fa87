"""What an endpoint writes to files: its datagrams as a capture, its keys as Wireshark's table, or all its keys.

Keys are written once they are derived, also those of a handshake that fails: its last messages say why. The first two
files are complete after each frame and line, so that they can be read while the endpoint goes on. The file with all
keys, for `isakmp check --keys`, is written at the end.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from isakmp.cli.errors import Unusable
from isakmp.cli.keyentries import of_pair, of_sa
from isakmp.conform.capture import Datagram, Endpoint
from isakmp.conform.keytypes import KeyForm
from isakmp.conform.pcapwrite import PcapWriter
from isakmp.machine.outputs import KeysDerived, PhaseOneUp, PhaseTwoUp, Taken
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.udp import Carried, Seen, Told
from isakmp.spec.terms import Role


class Recorder:
    """Writes what passes to the files that are wanted; nothing before they are opened.

    Raises:
        Unusable: two files are one.
    """

    def __init__(self, pcap: str | None, keylog: str | None, keyfile: str | None) -> None:
        wanted = {"--pcap": pcap, "--keylog": keylog, "--keyfile": keyfile}
        named = [(option, os.path.realpath(name)) for option, name in wanted.items() if name]
        for number, (option, path) in enumerate(named):
            for other, same in named[:number]:
                if path == same:
                    raise Unusable(f"{other} and {option} are one file, {wanted[option]!r}")
        self._names = pcap, keylog, keyfile
        self._pcap: BinaryIO | None = None
        self._keylog: BinaryIO | None = None
        self._keyfile: BinaryIO | None = None
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
        self._pcap = _opened(pcap, 0o644)
        self._keylog = _opened(keylog, 0o600)  # keys are for who runs this, and nobody else
        self._keyfile = _opened(keyfile, 0o600)
        if self._pcap:
            self._writer = PcapWriter(self._pcap)
            self._pcap.flush()

    def take(self, seen: Seen) -> None:
        """Write what there is to write of something that has happened."""
        if isinstance(seen, Carried) and self._writer and self._pcap:
            source, destination = (
                Endpoint(each.host.partition("%")[0], each.port) for each in (seen.source, seen.destination)
            )
            self._writer.write(Datagram(0, seen.time, source, destination, seen.octets, seen.marked))
            self._pcap.flush()
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
        if before is not None:
            self._keylog.seek(0)
            self._keylog.truncate()
        lines = self._logged.items() if before is not None else [(sa.cky_i, sa.cipher_key)]
        self._keylog.writelines(f"{cookie.hex()},{key.hex()}\n".encode() for cookie, key in lines)
        self._keylog.flush()

    def close(self) -> None:
        """Write what is written at the end, and close the files."""
        if self._keyfile:
            document = {
                "format": str(KeyForm.IKEV1_CAPTURE),
                "description": "keys of an endpoint",
                "ike_sas": list(self._entries.values()),
            }
            self._keyfile.write((json.dumps(document, indent=2) + "\n").encode())
        for stream in (self._pcap, self._keylog, self._keyfile):
            if stream:
                stream.close()


def _role_in(told: Told, message_id: int) -> Role:
    """The role of this end in the quick mode of which a peer tells."""
    taken = (each for each in told.outputs if isinstance(each, Taken))
    return next(each.row.role for each in taken if each.message_id == message_id)


def _opened(name: str | None, mode: int) -> BinaryIO | None:
    if name is None:
        return None
    try:
        return os.fdopen(os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb")
    except OSError as error:
        raise Unusable(f"{name}: {error.strerror}") from error
