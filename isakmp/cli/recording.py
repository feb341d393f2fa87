"""What an endpoint writes to files while it runs: its datagrams as a capture, its keys as Wireshark's table.

Both are complete after each line and frame, so that they can be read while the endpoint goes on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from isakmp.cli.errors import Unusable
from isakmp.conform.capture import Datagram, Endpoint
from isakmp.conform.pcapwrite import PcapWriter
from isakmp.machine.outputs import PhaseOneUp
from isakmp.machine.udp import Carried, Seen, Told


class Recorder:
    """Writes what passes to the files that are wanted.

    Raises:
        Unusable: a file cannot be written, or both are one.
    """

    def __init__(self, pcap: str | None, keylog: str | None) -> None:
        if pcap and keylog and os.path.realpath(pcap) == os.path.realpath(keylog):
            raise Unusable(f"--pcap and --keylog are one file, {pcap!r}")
        self._pcap = _opened(pcap, 0o644)
        self._keylog = _opened(keylog, 0o600)  # keys are for who runs this, and nobody else
        self._writer = PcapWriter(self._pcap) if self._pcap else None
        if self._pcap:
            self._pcap.flush()

    def take(self, seen: Seen) -> None:
        """Write what there is to write of something that has happened."""
        if isinstance(seen, Carried) and self._writer and self._pcap:
            source, destination = (
                Endpoint(each.host.partition("%")[0], each.port) for each in (seen.source, seen.destination)
            )
            self._writer.write(Datagram(0, seen.time, source, destination, seen.octets, seen.marked))
            self._pcap.flush()
        elif isinstance(seen, Told) and self._keylog:
            for output in seen.outputs:
                if isinstance(output, PhaseOneUp):
                    self._keylog.write(f"{output.sa.cky_i.hex()},{output.sa.cipher_key.hex()}\n".encode())
                    self._keylog.flush()

    def close(self) -> None:
        """Close the files."""
        for stream in (self._pcap, self._keylog):
            if stream:
                stream.close()


def _opened(name: str | None, mode: int) -> BinaryIO | None:
    if name is None:
        return None
    try:
        return os.fdopen(os.open(Path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb")
    except OSError as error:
        raise Unusable(f"{name}: {error.strerror}") from error
