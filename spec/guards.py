"""What a receiver checks before it takes a message: one guard per kind of check, with its section and its consequence.

A row of the transition table names its guards; the machine evaluates them, the conformance checker reports each as a
check of its own, and a guard that fails selects the row that says what happens then.
"""

from __future__ import annotations

from enum import Enum

from isakmp.spec.frozen import frozen
from isakmp.spec.keying import GROUP_I
from isakmp.spec.messages import Message, Slot
from isakmp.spec.payloads import NONCE_OCTETS
from isakmp.spec.registries import CertEncoding, NotifyType, PayloadType
from isakmp.spec.terms import Role

PUBLIC_KEY = "pk_enc"

READABLE_CERTIFICATES = frozenset(
    {
        CertEncoding.PKCS7,
        CertEncoding.DNS_SIGNED_KEY,
        CertEncoding.X509_SIGNATURE,
        CertEncoding.X509_KEY_EXCHANGE,
        CertEncoding.CRL,
        CertEncoding.ARL,
    }
)
"""The encodings of certificate payloads that are supported (RFC 2408 section 3.9)."""


@frozen
class GuardRule:
    """A kind of check.

    `statement` is what has to hold. `notify` is the error that RFC 2408 assigns to its failure. `fatal` tells whether
    the failure ends the exchange (a peer that cannot prove who it is; an offer without an acceptable choice) or only
    discards the message, so that whoever can inject one cannot end what the true peer began.
    """

    statement: str
    cite: str
    notify: NotifyType
    fatal: bool


class Check(Enum):
    """The kinds of checks, in no particular order; rows list them in the order of evaluation."""

    FITS = GuardRule(
        "the payloads are those of the message, in a permitted order, and the message id is the exchange's",
        "RFC2409:5",
        NotifyType.INVALID_PAYLOAD_TYPE,
        fatal=False,
    )
    ACCEPTABLE = GuardRule(
        "at least one proposal of the offer is acceptable to local policy",
        "RFC2408:5.4",
        NotifyType.NO_PROPOSAL_CHOSEN,
        fatal=True,
    )
    OFFERED = GuardRule(
        "the chosen proposal is one of those offered, its attributes unchanged",
        "RFC2409:5",
        NotifyType.BAD_PROPOSAL_SYNTAX,
        fatal=False,
    )
    GROUP_ACCEPTABLE = GuardRule(
        "the group has a number for private use that means no other group, a prime that is prime, and enough strength",
        "RFC2409:5.6",
        NotifyType.ATTRIBUTES_NOT_SUPPORTED,
        fatal=True,
    )
    UNCOMMITTED = GuardRule(
        "the commit bit is clear, or is not honoured: nothing has to be waited for",
        "RFC2408:3.1",
        NotifyType.CONNECTED,
        fatal=False,
    )
    KE_VALID = GuardRule(
        "the public value has the group's length and is a member of the group",
        "RFC2408:5.7",
        NotifyType.INVALID_KEY_INFORMATION,
        fatal=False,
    )
    PFS_AS_NEGOTIATED = GuardRule(
        "a public value is carried exactly where the negotiated transform names a group",
        "RFC2409:5.5",
        NotifyType.INVALID_KEY_INFORMATION,
        fatal=True,
    )
    KEY_NAMED = GuardRule(
        "the certificate whose hash is given is one of the receiver's",
        "RFC2409:5.2",
        NotifyType.INVALID_CERTIFICATE,
        fatal=False,
    )
    OPENS = GuardRule(
        "each encrypted body follows the nonce that its key comes from, and opens with that key",
        "RFC2409:5.3",
        NotifyType.PAYLOAD_MALFORMED,
        fatal=False,
    )
    NONCE_LENGTH = GuardRule(
        f"the nonce has {NONCE_OCTETS.start} to {NONCE_OCTETS.stop - 1} octets",
        "RFC2409:5",
        NotifyType.PAYLOAD_MALFORMED,
        fatal=False,
    )
    ATTRIBUTES = GuardRule(
        "the attributes are of a type that may come now, with the identifier of what they answer, and of their lengths",
        "MODECFG:3.3",
        NotifyType.ATTRIBUTES_NOT_SUPPORTED,
        fatal=False,
    )
    USER_KNOWN = GuardRule(
        "the user behind the SA has been authenticated where that was agreed on",
        "XAUTH:6",
        NotifyType.AUTHENTICATION_FAILED,
        fatal=False,
    )
    IDENTITY = GuardRule(
        "the identity is well formed and acceptable to local policy",
        "RFC2408:5.8",
        NotifyType.INVALID_ID_INFORMATION,
        fatal=True,
    )
    CERTIFICATE_ENCODING = GuardRule(
        "what came as certificates is of an encoding that is supported, or some of it is",
        "RFC2408:5.9",
        NotifyType.INVALID_CERT_ENCODING,
        fatal=True,
    )
    CERTIFICATE = GuardRule(
        "the certificate leads to a trusted authority and names the identity",
        "RFC2408:5.9",
        NotifyType.INVALID_CERTIFICATE,
        fatal=True,
    )
    HASH = GuardRule(
        "the hash is the one that the receiver computes",
        "RFC2408:5.11",
        NotifyType.AUTHENTICATION_FAILED,
        fatal=True,
    )
    PROTECTED_HASH = GuardRule(
        "the hash is the one that the receiver computes",
        "RFC2408:5.11",
        NotifyType.AUTHENTICATION_FAILED,
        fatal=False,
    )
    SIGNATURE = GuardRule(
        "the signature is the peer's, over the hash that the receiver computes",
        "RFC2408:5.12",
        NotifyType.AUTHENTICATION_FAILED,
        fatal=True,
    )


@frozen
class Guard:
    """A check of one message: the kind, and the slot that it is about (`HASH_I`, `KE`, ...)."""

    check: Check
    slot: Slot | None = None

    @property
    def name(self) -> str:
        """`hash HASH_I`, `ke_valid KE`, `fits`."""
        subject = self.slot.subject if self.slot else ""
        return f"{self.check.name.lower()} {subject}".strip()

    @property
    def rule(self) -> GuardRule:
        """What has to hold, and what follows where it does not."""
        return self.check.value

    def __str__(self) -> str:
        return self.name


def guards_of(message: Message, receiver: Role, phase: int) -> tuple[Guard, ...]:
    """The checks that a receiver makes of a message, in the order in which it makes them.

    The order is that of use: structure first; in phase 2 the hash before anything that it protects; in phase 1 the
    values from which the keys come before the proof that is made with them, and encrypted bodies open before anything
    in them is looked at. What is wrong inside a body that came under the receiver's public key is no check of its own:
    see `Check.OPENS` in the machine.
    """
    structure = [Guard(Check.FITS)]
    negotiation = _admission(message, receiver, phase)
    openings = [Guard(check, slot) for slot in message.slots if (check := _opening(slot)) is not None]
    values: list[Guard] = []
    proofs: list[Guard] = []
    named = {guard.slot for guard in openings if guard.check is Check.KEY_NAMED}
    for slot in (s for s in message.slots if s not in named and s.sealed != PUBLIC_KEY):
        match slot.payload:
            case PayloadType.ATTR:
                values.append(Guard(Check.ATTRIBUTES, slot))
            case PayloadType.SA:
                negotiation.append(Guard(_of_offer(slot, receiver), slot))
            case PayloadType.KE if phase == 1:
                values.append(Guard(Check.KE_VALID, slot))
            case PayloadType.KE:
                values += (Guard(Check.PFS_AS_NEGOTIATED, slot), Guard(Check.KE_VALID, slot))
            case PayloadType.NONCE:
                values.append(Guard(Check.NONCE_LENGTH, slot))
            case PayloadType.ID if not any(guard.check is Check.IDENTITY for guard in values):
                values.append(Guard(Check.IDENTITY, slot))
            case PayloadType.CERT:
                proofs += (Guard(Check.CERTIFICATE_ENCODING, slot), Guard(Check.CERTIFICATE, slot))
            case PayloadType.SIG:
                proofs.append(Guard(Check.SIGNATURE, slot))
            case PayloadType.HASH if phase == 1:
                proofs.append(Guard(Check.HASH, slot))
            case PayloadType.HASH:
                structure.append(Guard(Check.PROTECTED_HASH, slot))
    return (*structure, *negotiation, *openings, *values, *proofs)


def _admission(message: Message, receiver: Role, phase: int) -> list[Guard]:
    """XAuth comes before all that an ISAKMP SA is for: before the first message that brings another SA."""
    brings = any(slot.payload is PayloadType.SA for slot in message.slots)
    return [Guard(Check.USER_KNOWN)] if phase != 1 and receiver is Role.R and brings else []


def _of_offer(slot: Slot, receiver: Role) -> Check:
    """The check of an SA payload: a choice was offered, an offer is acceptable, or the group that it describes is."""
    if receiver is Role.I:
        return Check.OFFERED
    return Check.GROUP_ACCEPTABLE if slot.term == GROUP_I else Check.ACCEPTABLE


def _opening(slot: Slot) -> Check | None:
    """The check that a slot adds before encrypted bodies are looked into: the key is named first, then all are opened.

    They open together, once for a message: by the nonce, from which the keys of the others may come.
    """
    if slot.payload is PayloadType.HASH and not slot.proves:
        return Check.KEY_NAMED
    return Check.OPENS if slot.payload is PayloadType.NONCE and slot.sealed else None
