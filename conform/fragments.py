"""IKE messages that came in fragments of IKE's own (payload 132), put together again.

Cisco's fragments hold a whole ISAKMP message, header included, cut into pieces; each piece travels in a message in
the clear with the cookies of the whole ([MS-IKEE] section 3.3.5.3 describes the same).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from isakmp.conform.capture import Datagram
from isakmp.machine.codec_message import Message
from isakmp.spec.payloads import FRAGMENT

__all__ = ["Reassembly", "fragment_of"]

LAST = 1
"""The flag of the last piece."""

MAX_OPEN = 64
"""Messages that are being put together at a time; the oldest gives way, so that memory stays bounded."""


def fragment_of(message: Message) -> FRAGMENT | None:
    """The fragment that a message carries, if it carries one."""
    return next((payload for payload in message.payloads if isinstance(payload, FRAGMENT)), None)


@dataclass(slots=True)
class Reassembly:
    """Pieces that wait for the rest of their message."""

    _open: dict[tuple[object, ...], dict[int, FRAGMENT]] = field(default_factory=dict)

    def add(self, datagram: Datagram, message: Message) -> Datagram | None:
        """Take the fragment in a message; return the whole message's datagram when it is complete."""
        piece = fragment_of(message)
        if piece is None:
            return None
        header = message.header
        key = (datagram.source, datagram.destination, header.cky_i, header.cky_r, piece.fragment_id)
        pieces = self._open.setdefault(key, {})
        pieces[piece.number] = piece
        if len(self._open) > MAX_OPEN:
            del self._open[next(iter(self._open))]
        last = next((number for number, each in pieces.items() if each.flags & LAST), None)
        if last is None or any(number not in pieces for number in range(1, last + 1)):
            return None
        self._open.pop(key, None)
        return replace(datagram, payload=b"".join(pieces[number].data for number in range(1, last + 1)))
