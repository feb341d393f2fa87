"""IKE messages that came in fragments of IKE's own (payload 132), put together again as a peer does it.

Cisco's fragments hold a whole ISAKMP message, header included, cut into pieces; each piece travels in a message in
the clear with the cookies of the whole ([MS-IKEE] section 3.3.5.3 describes the same).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from isakmp.conform.capture import Datagram
from isakmp.machine.codec_message import Message
from isakmp.machine.fragments import Assembly
from isakmp.machine.fragments import piece_of as fragment_of

__all__ = ["Reassembly", "fragment_of"]


@dataclass(slots=True)
class Reassembly:
    """Pieces that wait for the rest of their message."""

    _assembly: Assembly = field(default_factory=Assembly)

    def add(self, datagram: Datagram, message: Message) -> Datagram | None:
        """Take the fragment in a message; return the whole message's datagram when it is complete."""
        piece = fragment_of(message)
        if piece is None:
            return None
        whole = self._assembly.add(message, piece, (datagram.source, datagram.destination), datagram.time)
        return None if whole is None else replace(datagram, payload=whole)
