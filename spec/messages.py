"""What an exchange is made of: messages, and the slots in them that terms fill.

One template, four readings. `HDR*, IDii, HASH_I` is what the sender builds (each slot's term, evaluated and encoded),
what the receiver matches (new values are bound, known ones compared), what the verifier takes as a symbolic role, and
what the diagrams write on an arrow.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property

from isakmp.spec.frozen import frozen
from isakmp.spec.keying import HASH_1_CERTIFICATE, Auth
from isakmp.spec.registries import ExchangeType, PayloadType
from isakmp.spec.terms import SEALS, Apply, Def, Role, Term

COSTLY = frozenset({PayloadType.KE, PayloadType.HASH, PayloadType.SIG})
"""Payloads that cost their sender powers or a proof."""


class Protection(Enum):
    """Whether a message's payloads travel encrypted: `HDR` or `HDR*` (RFC 2409 section 3.2)."""

    CLEAR = "HDR"
    ENCRYPTED = "HDR*"
    EITHER = "HDR[*]"


@frozen
class Slot:
    """One payload of a message: its type (or another that may stand in its place), and the term that it carries."""

    payload: PayloadType
    term: Term
    optional: bool = False
    alternative: PayloadType | None = None

    @cached_property
    def sealed(self) -> str:
        """The symbol that encrypts the payload's body by itself, "pk_enc" or "body_enc"; empty if none does."""
        return self.term.symbol if isinstance(self.term, Apply) and self.term.symbol in SEALS else ""

    @cached_property
    def value(self) -> Term:
        """What the payload brings: its term, or the body within the encryption."""
        return self.term.children[-1] if self.sealed else self.term

    @cached_property
    def proves(self) -> bool:
        """Whether it authenticates its sender. A hash of a certificate does not: it names one."""
        return self.payload in (PayloadType.HASH, PayloadType.SIG) and self.term != HASH_1_CERTIFICATE

    @property
    def name(self) -> str:
        """The payload as the RFC's figures write it: `KE`, `IDii`, `HASH(1)`, `[ CERT ]`, `<KE_b>Ke_i`."""
        name = self.term.name if isinstance(self.term, Def) else str(self.term).removesuffix("_b")
        if self.sealed:
            name = name.replace(f"<{self.value}>", "<KE_b>") if self.payload is PayloadType.KE else name
        elif self.payload in (PayloadType.SA, PayloadType.KE, PayloadType.CERT):
            name = self.payload.name
        return f"[ {name} ]" if self.optional else name

    @property
    def subject(self) -> str:
        """The bare name, without brackets and encryption: `KE`, `IDii`."""
        if not self.sealed:
            return self.name.strip("[ ]")
        return "KE" if self.payload is PayloadType.KE else str(self.value).removesuffix("_b")


@frozen
class Message:
    """A message of an exchange: sender, payloads, protection, and the order that the RFCs demand.

    `leading` lists the payload types that have to come first, in that order, optional ones where they are there; behind
    them any order will do (RFC 2409 section 5). `allows` are payloads that may be added; anything else is not part of
    the message.
    """

    name: str
    sender: Role
    slots: tuple[Slot, ...]
    protection: Protection
    leading: tuple[PayloadType, ...]
    cite: str
    leading_cite: str
    allows: frozenset[PayloadType] = frozenset()

    @property
    def label(self) -> str:
        """The message as the RFC's figures write it: `HDR*, IDii, HASH_I`."""
        return ", ".join((self.protection.value, *(slot.name for slot in self.slots)))


@frozen
class Exchange:
    """An exchange: its messages in order, and what it leaves behind.

    `prefix` begins the names of its states (`MAIN_I1`); `keys` are the definitions that both ends hold at the end.
    `makes_group` tells that what stands then is a group, `commits` that the commit bit may keep the initiator waiting.
    `ends` are what the two roles are called, the one that begins first.
    """

    name: str
    title: str
    type: ExchangeType
    phase: int
    prefix: str
    messages: tuple[Message, ...]
    keys: tuple[Def, ...]
    cite: str
    auth: Auth | None = None
    protected: bool = True
    makes_group: bool = False
    commits: bool = False
    ends: tuple[str, str] = (Role.I.value, Role.R.value)

    @property
    def key(self) -> str:
        """A short unique name: `main-psk`, `quick`."""
        return f"{self.name}-{self.auth.value}" if self.auth else self.name

    @property
    def lasting(self) -> bool:
        """Whether something stands when the exchange is complete: keys, a proof of who the ends are, or a group."""
        return bool(self.keys) or self.auth is not None or self.makes_group

    def discovers(self, message: Message) -> bool:
        """Whether a message carries NAT discovery: its sender's first one when both cookies and the hash are known.

        MM3 and MM4, AM2 and AM3 (RFC 3947 sections 3.2 and 5).
        """
        able = [m for m in self.messages[1:] if m.sender is message.sender and PayloadType.NAT_D in m.allows]
        return self.phase == 1 and self.auth is not None and able[:1] == [message]

    @property
    def costs_at_once(self) -> bool:
        """Whether powers or a proof are due before a cookie has come back (RFC 2408 section 2.5.3)."""
        return len(self.messages) > 1 and any(slot.payload in COSTLY for slot in self.messages[1].slots)

    def names_early(self, role: Role) -> bool:
        """Whether an end says who it is before anything is proven or encrypted, or together with the first proof."""
        for message in self.messages:
            keyed = message.protection is not Protection.CLEAR
            if not keyed and message.sender is role and any(slot.payload is PayloadType.ID for slot in message.slots):
                return True
            if keyed or any(slot.proves for slot in message.slots):
                return False
        return False

    def end(self, role: Role) -> str:
        """What a role is called: "initiator", "edge device"."""
        return self.ends[0 if role is Role.I else 1]

    def message(self, name: str) -> Message:
        """The message of that name.

        Raises:
            KeyError: there is none.
        """
        for message in self.messages:
            if message.name == name:
                return message
        raise KeyError(name)

    def sent_by(self, role: Role) -> tuple[Message, ...]:
        """The messages that one role sends, in order."""
        return tuple(message for message in self.messages if message.sender is role)
