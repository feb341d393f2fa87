"""One hierarchy of errors, split by who can mend them: the peer, nobody here, or our own caller.

Every error about the protocol carries a `Deviation`: what is wrong, where (offset, payload, field), by which section,
which Notify type RFC 2408 assigns to it, and what becomes of the message. The codec's lenient mode collects the same
deviations instead of raising.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from isakmp.spec.citations import Cite, format_cite
from isakmp.spec.registries import NotifyType

__all__ = [
    "AuthenticationFailure",
    "Deviation",
    "Disposition",
    "IsakmpError",
    "LocalMisuse",
    "MalformedMessage",
    "PeerViolation",
    "ProtocolError",
    "UnexpectedMessage",
    "Unsupported",
]


@unique
class Disposition(Enum):
    """What becomes of a message or payload at fault."""

    DISCARD = "discarded silently"
    LOG = "discarded and logged"
    NOTIFY = "discarded and logged; a Notify may be sent"
    END = "ends the exchange"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One departure from the protocol.

    ``offset`` counts octets from the start of the datagram (``None`` if no octet is to blame); ``payload`` and
    ``field`` are named as in the layouts; ``notify`` is ``None`` where RFC 2408 has the fault logged but not answered.
    """

    offset: int | None
    payload: str
    field: str
    cite: Cite
    detail: str
    notify: NotifyType | None
    disposition: Disposition = Disposition.NOTIFY

    def __str__(self) -> str:
        """Return one line: place, fault, section."""
        place = [] if self.offset is None else [f"offset {self.offset}"]
        if self.payload:
            place.append(self.payload)
        if self.field:
            place.append(f"field {self.field}")
        return f"{', '.join(place)}: {self.detail} ({format_cite(self.cite)})".removeprefix(": ")


class IsakmpError(Exception):
    """Anything that this package raises on purpose."""


class ProtocolError(IsakmpError):
    """A fault in terms of the protocol; see `Deviation` for what it carries."""

    def __init__(self, deviation: Deviation) -> None:
        """Wrap the deviation; the message is its one line."""
        super().__init__(str(deviation))
        self.deviation = deviation

    def __reduce__(self) -> tuple[type[ProtocolError], tuple[Deviation]]:
        """Pickle by the deviation, from which everything else follows."""
        return type(self), (self.deviation,)

    @property
    def notify(self) -> NotifyType | None:
        """Notify type that RFC 2408 assigns, ``None`` where no answer is foreseen."""
        return self.deviation.notify

    @property
    def cite(self) -> Cite:
        """Section that is violated, as ``"RFC2408:5.3"``."""
        return self.deviation.cite

    @property
    def offset(self) -> int | None:
        """Octets from the start of the datagram to the fault."""
        return self.deviation.offset

    @property
    def payload(self) -> str:
        """Payload at fault, or the header."""
        return self.deviation.payload

    @property
    def field(self) -> str:
        """Field at fault."""
        return self.deviation.field

    @property
    def disposition(self) -> Disposition:
        """What becomes of the message."""
        return self.deviation.disposition


class PeerViolation(ProtocolError):
    """The peer (or whoever wrote the datagram) did what the protocol forbids."""


class MalformedMessage(PeerViolation):
    """The octets are not a well-formed message."""


class UnexpectedMessage(PeerViolation):
    """A well-formed message that may not come now, or not with these payloads."""


class AuthenticationFailure(PeerViolation):
    """A hash, signature or certificate does not prove what it should."""


class Unsupported(ProtocolError):
    """Allowed by the protocol, but not offered by this implementation, backend or configuration."""


class LocalMisuse(IsakmpError, ValueError):
    """Our own caller asked for something impossible; no peer is to blame."""
