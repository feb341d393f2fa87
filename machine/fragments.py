"""Messages in fragments of IKE's own (payload 132): cut for sending, put together when they come, within bounds.

A piece is a message in the clear, with the cookies of the whole. Nobody vouches for it: pieces that do not fit make a
message that its receiver cannot read, and change nothing. What waits for the rest is bounded in number and in time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from zlib import crc32

from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.spec.payloads import FRAGMENT, Header
from isakmp.spec.registries import Flag
from isakmp.spec.transport import FRAGMENT_SECONDS, LAST_FRAGMENT, MOST_INCOMPLETE, MOST_PIECES

HEADERS = Header.layout.minimum + FRAGMENT.layout.minimum
"""Octets around the data of a piece: ISAKMP's header, the payload's, and id, number and flags."""


def cut(datagram: bytes, size: int) -> tuple[bytes, ...]:
    """A datagram in pieces, none of them longer than `size` octets; itself where it is not longer."""
    if len(datagram) <= size:
        return (datagram,)
    room = size - HEADERS
    header = decode(datagram, lenient=True).header
    # The same message is cut into the same octets again, which a repeat has to be.
    identity = crc32(datagram) & 0xFFFF or 1
    parts = [datagram[at : at + room] for at in range(0, len(datagram), room)]
    return tuple(
        encode(
            Message(
                header.replace(flags=Flag(0)),
                Payloads((FRAGMENT(identity, number, LAST_FRAGMENT if number == len(parts) else 0, part),)),
            )
        )
        for number, part in enumerate(parts, 1)
    )


def piece_of(message: Message) -> FRAGMENT | None:
    """The piece that a message carries, if it carries one."""
    return next((payload for payload in message.payloads if isinstance(payload, FRAGMENT)), None)


@dataclass
class _Pieces:
    since: float
    found: dict[int, bytes] = field(default_factory=dict)
    last: int | None = None


class Assembly:
    """The pieces that wait for the rest of their message."""

    def __init__(self) -> None:
        """Start with none."""
        self._waiting: OrderedDict[tuple[Hashable, ...], _Pieces] = OrderedDict()

    def add(self, message: Message, piece: FRAGMENT, address: Hashable, now: float) -> bytes | None:
        """Take a piece; give the whole datagram once it is there. `now` is in seconds."""
        key = (address, message.header.cky_i, message.header.cky_r, piece.fragment_id)
        self._forget(now)
        if key not in self._waiting and len(self._waiting) == MOST_INCOMPLETE:
            self._waiting.popitem(last=False)
        waiting = self._waiting.setdefault(key, _Pieces(now))
        if not 0 < piece.number <= MOST_PIECES or waiting.found.get(piece.number, piece.data) != piece.data:
            return None  # two pieces of one number: one of them is forged, and the first to come may be the true one
        waiting.found[piece.number] = piece.data
        if piece.flags & LAST_FRAGMENT:
            waiting.last = waiting.last or piece.number
        if waiting.last is None or any(number not in waiting.found for number in range(1, waiting.last + 1)):
            return None
        del self._waiting[key]
        return b"".join(waiting.found[number] for number in range(1, waiting.last + 1))

    def _forget(self, now: float) -> None:
        while self._waiting and now - next(iter(self._waiting.values())).since > FRAGMENT_SECONDS:
            self._waiting.popitem(last=False)

    def __len__(self) -> int:
        """How many messages wait for pieces."""
        return len(self._waiting)
