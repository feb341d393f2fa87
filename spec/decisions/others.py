"""Decisions on what RFC 2407, 2408 and 2409 and the drafts beside them leave unclear, found while reading them."""

from __future__ import annotations

from typing import Final

from isakmp.spec.decisions.model import Decision
from isakmp.spec.limits import LARGEST_FIRST

# fmt: off
DECISIONS: Final = (
    Decision(
        "B1", "The last message of aggressive mode MAY NOT be protected: a permission or a ban.", ("RFC2409:5",),
        "A permission: both forms are taken, and the encrypted one is sent.",
        "The text goes on to give the reason for leaving protection out.",
        "encrypt_third_aggressive", "racoon takes both; isakmpd demands encryption elsewhere only.",
    ),
    Decision(
        "B2", "The vector of phase 2 where the last message of aggressive mode was in the clear.", ("RFC2409:Appendix B",),
        "The first vector of phase 1 stands in for the last block.",
        "Nothing was encrypted, so there is no other.",
        "encrypt_third_aggressive", "racoon does the same.",
    ),
    Decision(
        "B3", "What comes after a weak DES key: the first eight non-weak octets.", ("RFC2409:Appendix B",),
        "The next eight octets of the keying material.",
        "The simplest reading; weak keys do not occur by chance.",
        None, "isakmpd takes the next eight octets; pluto and strongSwan left it open.",
    ),
    Decision(
        "B4", "Padding should be zero, and nothing tells its length.", ("RFC2409:Appendix B",),
        "Zeros are sent, as few as possible. Any padding is taken, since payloads end at Next Payload 0; the checker notes others.",
        "The text says should, and peers differ.",
        None, "racoon ends it with its length by default, and does not check it.",
    ),
    Decision(
        "B5", "Whether the hash of an informational exchange covers all of its payloads.", ("RFC2409:5.7", "RFC2409:5.5"),
        "It covers all that follows it.",
        "The text of quick mode says so; whatever is not covered could be changed.",
        None, "racoon hashes the first payload only, and processes all.",
    ),
    Decision(
        "B6", "What the commit bit in phase 1 means.", ("RFC2408:3.1", "RFC2408:4.8"),
        "It is never set in phase 1; set by a peer, it changes nothing, and the checker notes it.",
        "There is no exchange of phase 1 that a CONNECTED could end.",
        None, "racoon answers INVALID-FLAGS and drops the message; pluto ignores the bit; isakmpd remembers it.",
    ),
    Decision(
        "B7", "CONNECTED uses the message id of the quick mode: under which vector and hash.", ("RFC2408:3.1", "RFC2408:4.8"),
        "CONNECTED is an informational message under the quick mode's message id, protected by HASH(1).",
        "The documents name the message id, and RFC 2409 section 5.7 how an informational message is protected.",
        "commit_bit", "Windows adds a fourth message to quick mode, which strongSwan skips.",
    ),
    Decision(
        "B8", "Whose SPI a Notify or Delete carries.", ("RFC2408:3.14", "RFC2408:3.15", "RFC2407:4.6.3.1"),
        "Either end's SPI is accepted; a Notify is sent with the receiver's, a Delete with the sender's.",
        "The documents differ, and the pair of SPIs identifies the pair of SAs either way.",
        None, "Peers accept either.",
    ),
    Decision(
        "B9", "The DOI of a Notify about ISAKMP: 0 by RFC 2408, 1 in practice.", ("RFC2408:3.14",),
        "0 and 1 are accepted; 1 is sent.",
        "The negotiation that it is about took place under IPsec's DOI.",
        None, "1 is common.",
    ),
    Decision(
        "B10", "What an informational exchange in the clear may lead to.", ("RFC2408:5.14", "RFC2409:5.7"),
        "It is recorded and never acted on.",
        "Anyone can send it: acting on it would let anyone end an exchange.",
        None, "racoon takes it until keys are exchanged, pluto in a state of its own.",
    ),
    Decision(
        "B11", "Reserved fields that are not zero: a receiver should (section 2.5.2) or must (section 5.3) discard.", ("RFC2408:2.5.2", "RFC2408:5.3"),
        "The message is discarded.",
        "Section 5.3 says what is done, and no peer was seen to send them.",
        None, "isakmpd drops the message with PAYLOAD-MALFORMED, pluto tolerates and logs.",
    ),
    Decision(
        "B12", "Protocol and port of an identity in phase 1, where NAT traversal changes ports.", ("RFC2407:4.6.2", "RFC3947:4"),
        "0/0, 17/500, and with NAT traversal also 17/0 and 17/4500 are taken; others are refused.",
        "RFC 3947 sets the port to 0, and peers name the one they have moved to.",
        None, "pluto logs others and goes on.",
    ),
    Decision(
        "B13", "Whether one unsupported attribute aborts the negotiation or only its transform.", ("RFC2407:4.5.3", "RFC2408:5.6"),
        "Only that transform is passed over; without one that is left, the offer is refused.",
        "Else no offer could name what is newer than its receiver.",
        None, "The usual reading.",
    ),
    Decision(
        "B14", "A responder may use a shorter lifetime, but must not modify attributes.", ("RFC2407:4.5.4", "RFC2409:5"),
        "The attributes of the answer stay as offered; a responder takes the longer lifetime, refuses it, uses its own, or uses it and tells it by RESPONDER-LIFETIME.",
        "Both sentences hold so, and telling is the way that RFC 2407 has for it.",
        "longer_lifetime", "racoon can be set to obey, strict, claim or exact.",
    ),
    Decision(
        "B15", "Groups over binary fields: optional in section 4, recommended in sections 6.3 and 6.4.", ("RFC2409:4", "RFC2409:6.3", "RFC2409:6.4", "RFC4109:2"),
        "Optional: their parameters are known, nothing computes with them.",
        "RFC 4109 settles it so.",
    ),
    Decision(
        "B16", "Which numbers private groups have.", ("RFC2409:Appendix A", "RFC2409:5.6", "RFC2409:6"),
        "32768 to 65535, wherever a group is named.",
        "All three places agree on the range.",
        None, "Rarely implemented.",
    ),
    Decision(
        "B17", "Two of the four weak DES keys are misprinted.", ("RFC2409:Appendix A",),
        "The true list is used.",
        "The misprinted keys are not weak: encrypting twice does not give the plaintext.",
        None, "Libraries use the true list.",
    ),
    Decision(
        "B18", "What follows from several proposals or SA payloads in phase 1.", ("RFC2409:5",),
        "A second SA payload is discarded as not part of the message. Of several proposals the first acceptable transform is taken; the checker names the deviation.",
        "The text forbids them and says nothing of what to do; one choice of them is still sound.",
        None, "pluto takes one proposal by rule, others the first.",
    ),
    Decision(
        "B19", "One proposal with one transform in aggressive mode, or several transforms of one group.", ("RFC2408:4.7", "RFC2409:5"),
        "Several transforms of the same group are offered and taken.",
        "RFC 2409 is the later reading: only the group cannot be negotiated.",
        "ike", "The reading of IKE is common.",
    ),
    Decision(
        "B20", "Types of identifications are numbered differently under DOI 0 and DOI 1.", ("RFC2408:A.4", "RFC2407:4.6.2.1"),
        "Identifications are read by IPsec's numbers under its DOI, by ISAKMP's own in a layout of their own.",
        "Each document numbers what is negotiated under its own DOI.",
        None, "Practically all use DOI 1.",
    ),
    Decision(
        "B21", "Whether an error between the fourth and sixth message of main mode is told in the clear.", ("RFC2409:5.7", "RFC2408:4.8"),
        "It is protected as soon as there are keys; in the clear it is recorded only.",
        "RFC 2408 demands protection once keying material was exchanged.",
        None, "Often sent in the clear.",
    ),
    Decision(
        "B22", "Which hash is signed: SHA-1 with DSS, any with RSA.", ("RFC2409:5.1", "RFC4754:7"),
        "RSA signs the negotiated hash, DSS that of SHA-1, ECDSA that of its method.",
        "RFC 2409 ties DSS to its hash, RFC 4754 each method of ECDSA to one.",
        None, "The same.",
    ),
    Decision(
        "B23", "Vectors and padding of the revised mode differ from all others.", ("RFC2409:5.3",),
        "As the text says: vectors begin at zero and run through the payloads, padding ends with its length without itself.",
        "The text is exact, and there is no implementation at hand to compare with.",
        None, "pluto marks the mode as not implemented; others define its number.",
    ),
    Decision(
        "B24", "Only one of the two client identities.", ("RFC2409:5.5",),
        "It is refused; none at all means the peers' addresses.",
        "The figure has both or none.",
        None, "Treated as malformed.",
    ),
    Decision(
        "B25", "A running vector, and the same ciphertext sent again.", ("RFC2409:10",),
        "A message is worked on in a copy; vector and state change together when it is taken.",
        "The text says that a vector is not updated before the exchange advances.",
        None, "racoon and pluto keep an old and a new vector.",
    ),
    Decision(
        "B26", "RFC 2408 compares with a Payload Length field of the header, which has none.", ("RFC2408:5.1", "RFC2408:3.1"),
        "The header's Length is meant.",
        "It is the one length that the header has.",
    ),
    Decision(
        "B27", "The SPI of a proposal in phase 1: none, the own cookie, both cookies, any size.", ("RFC2408:2.4", "RFC2408:3.5"),
        "None is sent; any of 0 to 16 octets are taken and ignored.",
        "RFC 2408 says that its content is ignored.",
        None, "Any size up to 16 is accepted.",
    ),
    Decision(
        "B28", "Which combinations of flags are correct.", ("RFC2408:5.2",),
        "Undefined bits are refused; combinations of defined ones are not.",
        "The text names no combination that is wrong.",
        None, "racoon and isakmpd refuse undefined bits only.",
    ),
    Decision(
        "B29", "INITIAL-CONTACT in aggressive mode is forbidden, and common.", ("RFC2407:4.6.3",),
        "It is sent after aggressive mode, and not honoured in it.",
        "Nothing protects it there.",
        "initial_contact", "Some accept it in an encrypted last message.",
    ),
    Decision(
        "B30", "Whether the data of RESPONDER-LIFETIME is empty with an attribute list behind it, or is that list.", ("RFC2407:4.6.3.1",),
        "The list is the data.",
        "The lengths come out the same, and a payload has no place behind its data.",
        None, "The same.",
    ),
    Decision(
        "B31", "Times and numbers of retransmissions.", ("RFC2408:5.1",),
        "The n-th waits `first * factor ** n` seconds, `most` at most, and there are `tries` of them.",
        "Waiting grows, as the text recommends; the factor is strongSwan's.",
        "timers", "strongSwan 4 s and factor 1.8, 5 tries; racoon 10 s, 5 tries; pluto 0.5 s doubling, 12 at most; isakmpd 3.",
    ),
    Decision(
        "B32", "What follows from a nonce outside of 8 to 256 octets.", ("RFC2409:5",),
        "The message is discarded.",
        "The range is a demand.",
        None, "pluto and isakmpd refuse it.",
    ),
    Decision(
        "B33", "Several attribute payloads MAY NOT be present: a permission or a ban.", ("MODECFG:3.1.1",),
        "A ban: a message with more than one is discarded.",
        "A hash over one payload is given; what several would mean is not said.",
        None, "Read as a ban.",
    ),
    Decision(
        "B34", "An acknowledgement returns attributes of zero length, which a response must not hold.", ("MODECFG:2", "MODECFG:3.4"),
        "The rule on responses is of replies; an acknowledgement names attributes without values.",
        "Section 2 demands it of the acknowledgement by name.",
        None, "The same.",
    ),
    Decision(
        "B35", "Whether the acknowledgement of XAuth's status holds the status.", ("XAUTH:5", "XAUTH:6.1"),
        "None is sent; either is taken.",
        "The examples hold it, the text says that nothing should be included and that it does not matter.",
        None, "Both occur.",
    ),
    Decision(
        "B36", "The figure of dead peer detection lists NOTIFY before HASH.", ("RFC3706:5.2", "RFC2409:5.7"),
        "HASH comes first.",
        "RFC 2409 wants it, and peers do it.",
        None, "HASH is first on the wire.",
    ),
    Decision(
        "B37", "For whom a quick mode without identities is, where a responder's policy names clients.", ("RFC2409:5.5",),
        "The addresses of the two ends stand for the identities, and policy has to want an SA for just them.",
        "The text has them implicitly assumed; an SA for more than policy names would be nobody's wish.",
        "local_network",
    ),
    Decision(
        "B38", "What becomes of an exchange when a message comes that is out of turn, or that nobody vouches for.", ("RFC2408:5.1", "RFC2408:5.2"),
        "It goes on: the message is discarded, and the one that was awaited is still taken.",
        "Anybody may have sent it, and a network may deliver late what was honest; who begins anew begins with a new cookie.",
        None, "strongSwan 5.9.8 ends the exchange when MM1 comes again behind MM3; pluto 4.10 hangs after an encrypted message behind MM1.",
    ),
    Decision(
        "B39", "How long a first message may be.", ("RFC2408:1.7.1",),
        f"{LARGEST_FIRST} octets; longer ones are not answered.",
        "Nobody vouches for who begins, and what it sends is kept until it goes on; honest offers take a few hundred.",
    ),
    Decision(
        "B40", "What is said where no pre-shared key belongs to the identity that a peer names in the clear.", ("RFC2409:5.4",),
        "INVALID-ID-INFORMATION, and the exchange is not begun.",
        "Who has no key cannot go on; identities are in the clear in these exchanges, so that asking for them tells little.",
        "notify",
    ),
)
# fmt: on
