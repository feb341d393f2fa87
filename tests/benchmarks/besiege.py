"""Handshakes from a process of its own, which may be in another network: `python -m tests.benchmarks.besiege ...`."""

from __future__ import annotations

import json
import sys

from isakmp.machine.natt import Endpoint
from tests.benchmarks.load import handshakes


def main(own: str, to: str, count: str, psk: str, local: str, remote: str) -> None:
    """Do handshakes with port 500 of a host; print the seconds that it took, and the errors."""
    print(json.dumps(handshakes(Endpoint(to, 500), int(count), own, psk.encode(), (local, remote))))


if __name__ == "__main__":
    main(*sys.argv[1:])
