"""One message in front of its receiver: what the checks look at, and where they write their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from isakmp.conform.capture import Datagram
from isakmp.conform.session import Ring, Session, Suspect
from isakmp.conform.track import Track
from isakmp.conform.verdicts import MessageReport
from isakmp.crypto.certificates import Certificate
from isakmp.crypto.keys import PublicKey
from isakmp.machine.codec_message import Payloads
from isakmp.machine.errors import Deviation, Disposition
from isakmp.machine.run import Knowledge
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message, Slot
from isakmp.spec.registries import NotifyType
from isakmp.spec.terms import Role

__all__ = ["Scene"]

P = TypeVar("P", bound=Payload)


@dataclass(slots=True)
class Scene:
    """A message that was read by its template. `sender` is its role in the exchange, `ring` whose keys protect it.

    `key` is the key by which the sender signs, `certificate` what vouches for it, if that is one.
    """

    track: Track
    report: MessageReport
    datagram: Datagram
    template: Message
    chain: Payloads
    sender: Role
    ring: Ring
    positions: Mapping[Slot, int] = field(default_factory=dict)
    misfit: Deviation | None = None
    certificate: Certificate | None = None
    key: PublicKey | None = None

    @property
    def session(self) -> Session:
        """The ISAKMP SA."""
        return self.track.session

    @property
    def known(self) -> Knowledge:
        """What is known of the exchange: in phase 1 by its sender, in phase 2 under the SA."""
        return self.track.known if self.track.known is not None else self.ring.known

    @property
    def receiver(self) -> Role:
        """The other end."""
        return self.sender.other

    def find(self, slot: Slot | None, kind: type[P]) -> P | None:
        """The payload that fills a slot, if it is there and readable."""
        if slot is None or slot not in self.positions:
            return None
        found = self.chain.payloads[self.positions[slot]]
        return found if isinstance(found, kind) else None

    def body(self, slot: Slot) -> bytes:
        """The body of the payload that fills a slot, as it stands on the wire."""
        return self.chain.body(self.positions[slot])

    def offset(self, slot: Slot | None) -> int | None:
        """Where the slot's payload starts in the datagram."""
        if slot is None or slot not in self.positions or not self.chain.offsets:
            return None
        return self.chain.offsets[self.positions[slot]]

    def breach(self, check: str, slot: Slot | None, section: str, detail: str) -> None:
        """Answer a question with no, and hold it against the sender."""
        self.report.breach(check, section, detail, _subject(slot), self.offset(slot))

    def suspect(self, check: str, slot: Slot | None, section: str, detail: str, notify: NotifyType) -> bool | None:
        """Answer with no what either the sender or the keys file is to blame for.

        With keys that are proven it is the sender: the answer counts (False). Else it waits for the end (None).
        """
        if self.ring.proven:
            self.breach(check, slot, section, detail)
            return False
        self.report.check(check, section, detail, ok=False)
        deviation = Deviation(self.offset(slot), _subject(slot), "", section, detail, notify, Disposition.NOTIFY)
        finding = f"frame {self.report.frame}: {self.template.name}: {detail}: wrong pre-shared key or DH secret?"
        self.session.suspects.append(Suspect(self.ring, self.report, check, deviation, finding))
        return None


def _subject(slot: Slot | None) -> str:
    return slot.name.strip("[ ]") if slot else ""
