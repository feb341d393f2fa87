"""Decisions on the questions that draft-spencer-ipsec-ike-implementation-02 raises."""

from __future__ import annotations

from typing import Final

from isakmp.spec.decisions.model import Decision

# fmt: off
DECISIONS: Final = (
    Decision(
        "A1", "DES is mandatory, and too weak.", ("SPENCER:2.2", "RFC2409:4"),
        "It is computed and taken where a policy names it; `isakmp policy check` speaks against it.",
        "A model has to read what was negotiated in captures of any age.",
        "ike", "FreeS/WAN dropped it and offers 3DES only.",
    ),
    Decision(
        "A2", "How long an ISAKMP SA lives beside the IPsec SAs made under it.", ("SPENCER:3.1",),
        "Each has its own lifetime; a renewed ISAKMP SA hands its IPsec SAs to the new one, and else they end with it.",
        "Deletes and dead peer detection need an ISAKMP SA for as long as IPsec SAs stand.",
        "Rekey.keep_children", "FreeS/WAN keeps one for as long as IPsec SAs exist.",
    ),
    Decision(
        "A3", "Who sends the last message of an exchange again, and when.", ("SPENCER:3.2", "RFC2408:5.1"),
        "Who awaits an answer repeats by timer; who awaits none repeats only when the message before comes again.",
        "Only the former can know that something is missing.",
        None, "FreeS/WAN does the same.",
    ),
    Decision(
        "A4", "Whether a duplicate is answered while the own timer runs.", ("SPENCER:3.2", "RFC2408:5.1"),
        "It is answered by the same octets, and uses up no retry; a pause between such answers can be set.",
        "The peer repeats because it lacks the answer; waiting for the timer would only be slower.",
        "Timers.pause", "FreeS/WAN waits for its own timer, against congestion.",
    ),
    Decision(
        "A5", "Whether times of retransmission are jittered.", ("SPENCER:3.2", "RFC2408:5.1"),
        "They can be, by up to a part of each wait; by default they are not, so that a run repeats.",
        "The draft advises jitter; a loss is random already.",
        "Timers.jitter", "The draft advises jitter.",
    ),
    Decision(
        "A6", "A one-message exchange gives no ground for a retransmission.", ("SPENCER:3.2", "RFC2408:5.14", "RFC2408:5.15"),
        "Informational exchanges are sent once; nothing relies on their arrival.",
        "RFC 2408 says that no retransmission is performed.",
        None, "FreeS/WAN left notifications out for this reason.",
    ),
    Decision(
        "A7", "Whether message ids are unique among running exchanges or for the life of the ISAKMP SA.", ("SPENCER:3.3", "RFC2408:3.1"),
        "For the life of the ISAKMP SA: all are remembered, and a second use is refused.",
        "So a replayed first message is recognised.",
        None, "FreeS/WAN does the same, others are looser.",
    ),
    Decision(
        "A8", "A responder may not be ready for traffic when the third message of quick mode is slow.", ("SPENCER:4.1", "RFC2409:7.2"),
        "The responder hands its SAs over when the third message has come.",
        "RFC 2409 has it wait, as a check against replays; its SPI and keys are known before.",
        None, "FreeS/WAN installs the inbound SA before it answers.",
    ),
    Decision(
        "A9", "Whether the commit bit is needed.", ("SPENCER:4.1", "RFC2408:3.1"),
        "By default it is neither set nor honoured; both can be switched on.",
        "With an inbound SA that is ready nothing has to be waited for, and whoever sets the bit on the way makes the "
        "initiator wait in vain: no hash covers it.",
        "honour_commit", "FreeS/WAN and pluto ignore it.",
    ),
    Decision(
        "A10", "When an SA is renewed, and by whom.", ("SPENCER:4.2",),
        "Its initiator renews it between one and two margins before its end, at random; the responder half a margin before.",
        "The draft's way: one side is early, the other is there if that fails.",
        "Rekey.margin", "FreeS/WAN does the same with 9 minutes.",
    ),
    Decision(
        "A11", "Renewal may succeed from one side only.", ("SPENCER:4.2",),
        "The initiator comes first; either side offers its own policy.",
        "What worked once in that direction works again.",
        "Rekey.margin", "FreeS/WAN prefers the previous initiator.",
    ),
    Decision(
        "A12", "On which of old and new IPsec SA traffic goes out.", ("SPENCER:4.3", "RFC2408:4.3"),
        "The new pair is handed over at once, and the old one stays for a while to receive.",
        "RFC 2408 wants the new one used and the old one supported; traffic itself is the IPsec engine's.",
        "Rekey.linger", "A few wait for a Delete of the old one.",
    ),
    Decision(
        "A13", "Whether a Delete is the signal to change over.", ("SPENCER:4.3",),
        "It only cleans up.",
        "A Delete is optional, not acknowledged, and tells of what is gone.",
        None, "FreeS/WAN reads it so.",
    ),
    Decision(
        "A14", "With a lifetime in kilobytes an idle SA never expires.", ("SPENCER:4.4", "RFC2407:4.5"),
        "A limit of octets is kept beside the lifetime in seconds, never instead of it.",
        "So every SA ends.",
        "IpsecProposal.kilobytes", "The draft advises the same.",
    ),
    Decision(
        "A15", "A quick mode in progress while its ISAKMP SA is renewed.", ("SPENCER:4.5",),
        "It stays on the ISAKMP SA that it began on, whose deletion waits for it.",
        "Its hashes and vectors belong to that SA.",
        "Rekey.linger", "FreeS/WAN does nothing special.",
    ),
    Decision(
        "A16", "Several SA payloads in one quick mode.", ("SPENCER:4.6", "RFC2409:5.5"),
        "Several are offered where it is configured, and taken as a whole or not at all.",
        "RFC 2409 describes it; half of what was asked for is nothing that anybody asked for.",
        "further_sas", "Nobody seems to do it.",
    ),
    Decision(
        "A17", "Whether Notify and Delete have to be supported.", ("SPENCER:5", "RFC2408:4.1"),
        "Both are sent and obeyed, where they are protected; sending a Notify can be switched off.",
        "RFC 2408 demands the informational exchange.",
        "notify", "FreeS/WAN sent none and ignored all.",
    ),
    Decision(
        "A18", "How the deletion of an SA is agreed on.", ("SPENCER:5.1", "RFC2408:5.15"),
        "It is not: each end deletes when it is told or has replaced the SA, and says so once.",
        "A Delete is an advice and is not acknowledged.",
        "Rekey.linger", "FreeS/WAN planned an answer by another Delete.",
    ),
    Decision(
        "A19", "Whether a Delete may be answered, where RFC 2409 says not to answer informational exchanges.", ("SPENCER:5.1", "RFC2409:9"),
        "None is answered.",
        "Two ends that answer each other do not stop; the text makes no exception.",
        None, "The draft holds an answer by Delete to be harmless.",
    ),
    Decision(
        "A20", "A Delete for one SA of a pair.", ("SPENCER:5.1", "RFC2408:3.15"),
        "It ends the pair.",
        "One direction alone is of no use.",
        None, "FreeS/WAN ends the whole connection.",
    ),
    Decision(
        "A21", "A Delete of an SA that is not known.", ("SPENCER:5.1", "RFC2408:5.15"),
        "It selects no exchange and changes nothing.",
        "There is nothing to delete, and an answer would tell which SPIs exist.",
        None, "FreeS/WAN ignores it silently.",
    ),
    Decision(
        "A22", "Which ISAKMP SA carries the Delete of an old one.", ("SPENCER:5.1",),
        "The new one where there is one, else the SA itself.",
        "The old one may be gone at the other end.",
        "rekey", "The draft says the new one.",
    ),
    Decision(
        "A23", "Whether the Delete of an ISAKMP SA ends the IPsec SAs made under it.", ("SPENCER:5.2",),
        "They end with it, unless another ISAKMP SA with the same peer inherits them.",
        "Without an ISAKMP SA nobody could tell the peer about them.",
        "Rekey.keep_children", "FreeS/WAN planned to end all.",
    ),
    Decision(
        "A24", "How to answer a Delete of the very SA that would protect the answer.", ("SPENCER:5.2", "RFC2408:3.15"),
        "It is not answered; the SA is announced as gone and then forgotten.",
        "A Delete is not acknowledged.",
        None, "The draft proposes to announce first and delete later.",
    ),
    Decision(
        "A25", "How to say that one goes down and wants no new negotiation.", ("SPENCER:5.2",),
        "By Deletes of all SAs.",
        "There is no number for more, and a private one would be understood by nobody.",
        None, "The draft wishes for a Final-Contact notify.",
    ),
    Decision(
        "A26", "Both ends begin at once.", ("SPENCER:5.3",),
        "Both exchanges come to their end; by a rule that both compute from cookies or SPIs, one SA stays.",
        "Refusing one of the two would need an order that the ends do not share before they know both.",
        "rekey", "FreeS/WAN lets both finish and uses the newest.",
    ),
    Decision(
        "A27", "A server that crashed does not know its mobile peers.", ("SPENCER:5.3",),
        "Nothing is kept over a restart; dead peer detection lets the peers notice.",
        "What is remembered over a restart belongs to whoever embeds a peer.",
        "dpd", "FreeS/WAN thought of remembering addresses and proposals.",
    ),
    Decision(
        "A28", "What is done where the peer does not answer.", ("SPENCER:5.4", "RFC2408:5.1"),
        "After the last retry the exchange is given up; the caller decides whether to begin again.",
        "RFC 2408 says that all state is cleared.",
        "Timers.tries", "Depends on the kind of connection.",
    ),
    Decision(
        "A29", "How to tell a peer that the SPI of its ESP is not known.", ("SPENCER:5.5",),
        "It is not told; an unprotected hint from the peer is recorded only.",
        "Every such message would be unauthenticated. ESP is outside.",
        None, "The draft takes a hint as reason for a check at a limited rate.",
    ),
    Decision(
        "A30", "What INITIAL-CONTACT means by the sending system.", ("SPENCER:5.5", "RFC2407:4.6.3.3", "RFC3947:6"),
        "The authenticated identity, at whatever address.",
        "RFC 3947 says so where a NAT is in the way; addresses prove nothing.",
        "initial_contact", "Identities are preferred.",
    ),
    Decision(
        "A31", "There is no standard check of liveness.", ("SPENCER:5.5", "RFC3706:5"),
        "Dead peer detection of RFC 3706, with peers that announce it.",
        "It is what all peers have by now.",
        "dpd", "Some used private notifications 30000 and 30002.",
    ),
    Decision(
        "A32", "What a failed negotiation is a hint of.", ("SPENCER:5.5",),
        "Nothing is concluded from it; each refusal is told to the caller with its rule.",
        "An attacker can bring about either kind of failure.",
        None, "The draft takes a failed authentication for a sign of an attacker.",
    ),
    Decision(
        "A33", "Group 1 is mandatory, and too weak.", ("SPENCER:6.1", "RFC2409:6.1"),
        "It is computed and taken where a policy names it; `isakmp policy check` speaks against it.",
        "As for DES.",
        "ike", "FreeS/WAN dropped it.",
    ),
    Decision(
        "A34", "Forward secrecy is neither negotiated nor announced.", ("SPENCER:6.2", "RFC2409:5.5"),
        "The group of the transform and the key exchange payload have to agree; an offer without the group is another offer.",
        "Both ends configure it alike.",
        "IpsecProposal.group", "A common reason for failed quick modes.",
    ),
    Decision(
        "A35", "Forward secrecy may be of keys or of identities.", ("SPENCER:6.2", "RFC2409:8"),
        "Quick mode gives that of keys; for identities the caller makes an ISAKMP SA for each negotiation.",
        "RFC 2409 section 8 describes both so.",
        "IpsecProposal.group", "Only that of keys is implemented.",
    ),
    Decision(
        "A36", "There are no words for connection, bundle, control channel.", ("SPENCER:6.4",),
        "ISAKMP SA, IPsec SA, pair of SAs.",
        "These are the RFCs' words, and each means one thing.",
        None, "FreeS/WAN says connection, group, keying channel.",
    ),
    Decision(
        "A37", "When an ISAKMP SA serves another negotiation: what makes the same party.", ("SPENCER:6.5",),
        "The caller names the ISAKMP SA; what succeeds what goes by the authenticated identities.",
        "Addresses may be shared, identities are proven.",
        None, "By the identities, somewhat vaguely.",
    ),
    Decision(
        "A38", "In which form a bare RSA key travels.", ("SPENCER:6.7", "RFC2408:3.9"),
        "It travels as a record of the DNS holds it, for who asks or is set so; else keys travel in X.509 certificates. A bare key counts only where it is known beforehand.",
        "RFC 2408 numbers that encoding; X.509 is what all peers have in common.",
        "certificate_encoding", "The form of DNS is advised; there is no agreement.",
    ),
    Decision(
        "A39", "An RSA private exponent may be reduced modulo (p-1)(q-1) or their least common multiple.", ("SPENCER:6.7",),
        "Either is taken.",
        "Both decrypt the same.",
    ),
    Decision(
        "A40", "The size of a nonce is not negotiated.", ("SPENCER:6.8", "RFC2409:5"),
        "8 to 256 octets are taken, 32 are sent.",
        "As many as the largest common hash needs.",
        "nonce_size", "FreeS/WAN sends 16.",
    ),
    Decision(
        "A41", "Nothing forbids the message id 0 in phase 2.", ("SPENCER:6.8", "RFC2408:3.1"),
        "Zero is never drawn.",
        "Zero marks phase 1, and fails with peers.",
        None, "Zero fails in practice.",
    ),
    Decision(
        "A42", "Nothing forbids a cookie of zero.", ("SPENCER:6.8", "RFC2408:2.5.3"),
        "An initiator's cookie of zero is refused; a responder's is what marks a first message.",
        "Zero stands for a cookie that is not there yet.",
        None, "Zero fails in practice.",
    ),
)
# fmt: on
