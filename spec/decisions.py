"""Where the documents leave room: what is unclear, what was decided here and why, and what peers do.

Ids beginning with A are of questions that draft-spencer-ipsec-ike-implementation-02 raises, those beginning with B of
others. What peers do was looked up in their sources where they are named.
"""

from __future__ import annotations

from typing import Final

from isakmp.spec.citations import Cite
from isakmp.spec.frozen import frozen


@frozen
class Decision:
    """A question that the documents leave open, or answer in two ways, and the answer.

    `switch` is the field of `Config` (or of what it holds: `Timers.tries`) by which a user decides otherwise; None
    where there is one way only.
    """

    id: str
    question: str
    cites: tuple[Cite, ...]
    decision: str
    why: str
    switch: str | None = None
    peers: str = ""


DECISIONS: Final[tuple[Decision, ...]] = (
    Decision(
        "A6",
        "A one-message exchange gives no ground for a retransmission.",
        ("SPENCER:3.2", "RFC2408:5.14", "RFC2408:5.15"),
        "Informational exchanges are sent once; nothing relies on their arrival.",
        "RFC 2408 says that no retransmission is performed.",
        peers="FreeS/WAN left notifications out for this reason.",
    ),
    Decision(
        "A21",
        "What a Delete of an SA that is not known leads to.",
        ("SPENCER:5.1", "RFC2408:5.15"),
        "It selects no exchange and changes nothing.",
        "There is nothing to delete, and an answer would tell which SPIs exist.",
        peers="FreeS/WAN ignores it silently.",
    ),
    Decision(
        "A41",
        "Nothing forbids the message id 0 in phase 2.",
        ("SPENCER:6.8", "RFC2408:3.1"),
        "Zero is never drawn.",
        "Zero marks phase 1, and fails with peers.",
        peers="Zero fails in practice.",
    ),
    Decision(
        "B6",
        "What the commit bit in phase 1 means.",
        ("RFC2408:3.1", "RFC2408:4.8"),
        "It is never set in phase 1; set by a peer, it is noted and changes nothing.",
        "There is no exchange of phase 1 that a CONNECTED could end.",
        peers="racoon answers INVALID-FLAGS and drops the message; pluto ignores the bit; isakmpd remembers it.",
    ),
    Decision(
        "B8",
        "Whose SPI a Notify or Delete carries.",
        ("RFC2408:3.14", "RFC2408:3.15", "RFC2407:4.6.3.1"),
        "Either end's SPI is accepted; a Notify is sent with the receiver's, a Delete with the sender's.",
        "The documents differ, and the pair of SPIs identifies the pair of SAs either way.",
        peers="Peers accept either.",
    ),
    Decision(
        "B9",
        "The DOI of a Notify about ISAKMP: 0 by RFC 2408, 1 in practice.",
        ("RFC2408:3.14",),
        "0 and 1 are accepted; 1 is sent.",
        "The negotiation that it is about took place under IPsec's DOI.",
        peers="1 is common.",
    ),
    Decision(
        "B10",
        "What an informational exchange in the clear may lead to.",
        ("RFC2408:5.14", "RFC2409:5.7"),
        "It is recorded and never acted on.",
        "Anyone can send it: acting on it would let anyone end an exchange.",
        peers="racoon takes it until keys are exchanged, pluto in a state of its own.",
    ),
    Decision(
        "B11",
        "Reserved fields that are not zero: a receiver should (section 2.5.2) or must (section 5.3) discard.",
        ("RFC2408:2.5.2", "RFC2408:5.3"),
        "The message is discarded.",
        "Section 5.3 says what is done, and no peer was seen to send them.",
        peers="isakmpd drops the message with PAYLOAD-MALFORMED, pluto tolerates and logs.",
    ),
    Decision(
        "B19",
        "One proposal with one transform in aggressive mode, or several transforms of one group.",
        ("RFC2408:4.7", "RFC2409:5"),
        "Several transforms of the same group are offered and taken.",
        "RFC 2409 is the later reading: only the group cannot be negotiated.",
        peers="IKE's reading is common.",
    ),
    Decision(
        "B20",
        "Types of identifications are numbered differently under DOI 0 and DOI 1.",
        ("RFC2408:A.4", "RFC2407:4.6.2.1"),
        "Identifications are read by IPsec's numbers under its DOI, by ISAKMP's own in a layout of their own.",
        "Each document numbers what is negotiated under its own DOI.",
        peers="Practically all use DOI 1.",
    ),
    Decision(
        "B21",
        "Whether an error between the fourth and sixth message of main mode is told in the clear.",
        ("RFC2409:5.7", "RFC2408:4.8"),
        "It is protected as soon as there are keys; in the clear it is recorded only.",
        "RFC 2408 demands protection once keying material was exchanged.",
        peers="Often sent in the clear.",
    ),
    Decision(
        "B26",
        "RFC 2408 compares with a Payload Length field of the header, which has none.",
        ("RFC2408:5.1", "RFC2408:3.1"),
        "The header's Length is meant.",
        "It is the one length that the header has.",
    ),
    Decision(
        "B27",
        "The SPI of a proposal in phase 1: 0, the own cookie, both cookies, any size.",
        ("RFC2408:2.4", "RFC2408:3.5"),
        "None is sent; any of 0 to 16 octets are taken and ignored.",
        "RFC 2408 says that its content is ignored.",
        peers="Any size up to 16 is accepted.",
    ),
    Decision(
        "B28",
        "Which combinations of flags are correct.",
        ("RFC2408:5.2",),
        "Undefined bits are refused; combinations of defined ones are not.",
        "The text names no combination that is wrong.",
        peers="racoon and isakmpd refuse undefined bits only.",
    ),
    Decision(
        "B31",
        "Times and numbers of retransmissions.",
        ("RFC2408:5.1",),
        "The n-th waits `first * factor ** n` seconds, `tries` times at most.",
        "Waiting grows, as the text recommends; the values are strongSwan's in kind.",
        "timers",
        "strongSwan 4 s and factor 1.8, 5 tries; racoon 10 s, 5 tries; pluto 0.5 s doubling, 12 at most; isakmpd 3.",
    ),
)
"""All decisions, in the order of their ids."""
