"""What a capture file is made of, whatever its format: frames, gaps, notes; and the stream that they are read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

from isakmp.machine.errors import IsakmpError

__all__ = ["MAX_FRAME", "Note", "Record", "Source", "Stop", "Unreadable", "UnreadableCapture"]

MAX_FRAME: Final = 262_144
"""Octets of the longest frame that is believed: the largest snap length that capturing programs use."""

_CHUNK: Final = 65_536


class UnreadableCapture(IsakmpError):
    """The file as a whole cannot be read as a capture: ``path``, ``what`` is wrong, ``offset`` in octets or None."""

    def __init__(self, path: str, what: str, offset: int | None = None) -> None:
        """Keep the three; the message is one line of them."""
        super().__init__(f"{path}: {what}" if offset is None else f"{path}: {what} (at octet {offset})")
        self.path = path
        self.what = what
        self.offset = offset

    def __reduce__(self) -> tuple[type[UnreadableCapture], tuple[str, str, int | None]]:
        """Pickle by the three parts."""
        return type(self), (self.path, self.what, self.offset)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that could not be read: its number, why, and the octet of the file where it went wrong."""

    frame: int
    reason: str
    offset: int

    def __str__(self) -> str:
        """Return all three in one line."""
        return f"frame {self.frame}: {self.reason} (octet {self.offset})"


class Note(NamedTuple):
    """Something about the file as a whole, such as that it ends too early; ``offset`` in octets from its start."""

    text: str
    offset: int

    def __str__(self) -> str:
        """Return both in one line."""
        return f"{self.text} (octet {self.offset})"


class Record(NamedTuple):
    """A captured frame.

    ``time`` is in seconds since 1970 (None where the format holds none), ``link_type`` a LINKTYPE number (None: no
    network frame), ``wire_length`` the octets that were on the wire, of which ``data`` holds the first; ``offset`` is
    where ``data`` starts in the file.
    """

    frame: int
    time: float | None
    link_type: int | None
    data: bytes
    wire_length: int
    offset: int


class Stop(Exception):
    """From ``offset`` on nothing can be read: ``what`` says why."""

    def __init__(self, what: str, offset: int) -> None:
        """Keep both."""
        super().__init__(what)
        self.what = what
        self.offset = offset


class Source:
    """A binary stream, seekable or not, that counts octets; callers ask for no more than they believe."""

    def __init__(self, stream: BinaryIO) -> None:
        """Start at octet 0 of ``stream``."""
        self._stream = stream
        self.offset = 0

    def up_to(self, count: int) -> bytes:
        """Read ``count`` octets, fewer only at the end of the file."""
        parts: list[bytes] = []
        missing = count
        while missing and (part := self._stream.read(missing)):
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self.offset += len(data)
        return data

    def take(self, count: int) -> bytes:
        """Read exactly ``count`` octets.

        Raises:
            Stop: there are fewer.

        """
        start = self.offset
        if len(data := self.up_to(count)) < count:
            raise Stop(f"the file ends here: {len(data)} of {count} octets", start)
        return data

    def skip(self, count: int) -> None:
        """Pass over ``count`` octets, however many, without keeping them.

        Raises:
            Stop: there are fewer.

        """
        start = self.offset
        missing = count
        while missing:
            data = self.up_to(min(missing, _CHUNK))
            if not data:
                raise Stop(f"the file ends here: {count - missing} of {count} octets", start)
            missing -= len(data)
