"""Peers in memory behind a UDP socket on loopback, for whoever speaks to a port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from isakmp.conform.live.target import Target
from tests.conform.live import RESPONDER, honest


def anybody() -> Target:
    """The honest responder, whoever the initiator says that it is."""
    return honest(replace(RESPONDER, peer_identity=None))


@contextmanager
def served(make: Callable[[], Target] = anybody) -> Iterator[str]:
    """The address at which a peer answers for a while: `127.0.0.1:PORT`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            target = make()
            while not over.is_set():
                try:
                    datagram, address = sock.recvfrom(65535)
                except TimeoutError:
                    continue
                target.send(datagram)
                while (answer := target.receive(0)) is not None:
                    sock.sendto(answer, address)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{sock.getsockname()[1]}"
        finally:
            over.set()
            thread.join()
