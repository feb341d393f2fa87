"""The numbers of ISAKMP itself: RFC 2408, with what IANA has added to its spaces since.

These hold in every domain of interpretation.  Spaces that RFC 2408 opens but leaves to the domains (situations,
protocols, transforms, identities, attributes) are in :mod:`isakmp.spec.registries.ipsec_doi` and
:mod:`isakmp.spec.registries.ike`.
"""

from isakmp.spec.registries.base import (
    FlagRegistry,
    Registry,
    doi_specific,
    private_use,
    reserved,
    unassigned,
)


class PayloadType(
    Registry,
    title="Next Payload Types",
    document="RFC2408:3.1",
    bits=8,
    ranges=(unassigned(23, 127, "IANA:ipsec-registry"), private_use(128, 255, "RFC2408:3.1")),
):
    """What follows next in a message: the Next Payload field of the header and of every payload.

    NAT-Traversal went through three pairs of numbers: 130/131 in its early drafts, 15/16 in the last ones, 20/21 in
    RFC 3947.  15 and 16 were assigned to GDOI in the end; see
    :class:`isakmp.spec.registries.extensions.DraftNatPayloadType` for their other meaning.
    """

    NONE = 0, "NONE", "RFC2408:3.1"
    SA = 1, "Security Association (SA)", "RFC2408:3.1"
    PROPOSAL = 2, "Proposal (P)", "RFC2408:3.1"
    TRANSFORM = 3, "Transform (T)", "RFC2408:3.1"
    KE = 4, "Key Exchange (KE)", "RFC2408:3.1"
    ID = 5, "Identification (ID)", "RFC2408:3.1"
    CERT = 6, "Certificate (CERT)", "RFC2408:3.1"
    CR = 7, "Certificate Request (CR)", "RFC2408:3.1"
    HASH = 8, "Hash (HASH)", "RFC2408:3.1"
    SIG = 9, "Signature (SIG)", "RFC2408:3.1"
    NONCE = 10, "Nonce (NONCE)", "RFC2408:3.1"
    N = 11, "Notification (N)", "RFC2408:3.1"
    D = 12, "Delete (D)", "RFC2408:3.1"
    VID = 13, "Vendor ID (VID)", "RFC2408:3.1"
    ATTR = 14, "Attributes (ATTR)", "MODECFG:3.2", "the draft took 14; IANA marks it as reserved, not to be used"
    SAK = 15, "SA KEK Payload (SAK)", "IANA:ipsec-registry", "GDOI (RFC 6407); NAT-D in late NAT-Traversal drafts"
    SAT = 16, "SA TEK Payload (SAT)", "IANA:ipsec-registry", "GDOI (RFC 6407); NAT-OA in late NAT-Traversal drafts"
    KD = 17, "Key Download (KD)", "IANA:ipsec-registry", "GDOI (RFC 6407)"
    SEQ = 18, "Sequence Number (SEQ)", "IANA:ipsec-registry", "GDOI (RFC 6407)"
    POP = 19, "Proof of Possession (POP)", "IANA:ipsec-registry", "GDOI (RFC 3547), dropped by RFC 6407"
    NAT_D = 20, "NAT Discovery (NAT-D)", "RFC3947:3.2"
    NAT_OA = 21, "NAT Original Address (NAT-OA)", "RFC3947:5.2"
    GAP = 22, "Group Associated Policy (GAP)", "IANA:ipsec-registry", "GDOI (RFC 6407)"
    NAT_D_DRAFT = 130, "NAT Discovery (NAT-D), draft", "NATT-02:3.2", "private use number of the early drafts"
    NAT_OA_DRAFT = 131, "NAT Original Address (NAT-OA), draft", "NATT-02:5.2", "private use number of the early drafts"
    FRAGMENT = 132, "IKE Fragment", "PEERS:Cisco", "undocumented by Cisco; also strongSwan, libreswan, racoon, Windows"


class ExchangeType(
    Registry,
    title="Exchange Types",
    document="RFC2408:3.1",
    bits=8,
    ranges=(
        reserved(7, 31, "RFC2408:3.1"),
        doi_specific(34, 239, "RFC2408:3.1"),
        private_use(240, 255, "RFC2408:3.1"),
    ),
):
    """The kind of exchange that a message belongs to.

    Numbers from 32 up mean something in their domain only: under GDOI, 32 and 33 are its own two exchanges.
    """

    NONE = 0, "NONE", "RFC2408:3.1"
    BASE = 1, "Base", "RFC2408:3.1"
    IDENTITY_PROTECTION = 2, "Identity Protection", "RFC2408:3.1", "Main Mode of IKE"
    AUTHENTICATION_ONLY = 3, "Authentication Only", "RFC2408:3.1"
    AGGRESSIVE = 4, "Aggressive", "RFC2408:3.1", "Aggressive Mode of IKE"
    INFORMATIONAL = 5, "Informational", "RFC2408:3.1"
    TRANSACTION = 6, "Transaction", "MODECFG:3.1", "the draft took 6 from numbers that RFC 2408 keeps for future use"
    QUICK = 32, "Quick Mode", "RFC2409:Appendix A"
    NEW_GROUP = 33, "New Group Mode", "RFC2409:Appendix A"


class Flag(
    FlagRegistry,
    title="ISAKMP Header Flags",
    document="RFC2408:3.1",
    bits=8,
    ranges=(reserved(3, 7, "RFC2408:3.1"),),
):
    """The Flags octet of the header; all other bits have to be zero."""

    ENCRYPTION = 0x01, "Encryption", "RFC2408:3.1"
    COMMIT = 0x02, "Commit", "RFC2408:3.1"
    AUTHENTICATION = 0x04, "Authentication Only", "RFC2408:3.1"


class Doi(
    Registry,
    title="Domains of Interpretation",
    document="IANA:ipsec-registry",
    bits=32,
    ranges=(unassigned(3, 0xFFFFFFFF, "IANA:ipsec-registry"),),
):
    """Which domain gives the payloads their meaning."""

    ISAKMP = 0, "ISAKMP", "RFC2408:3.4", "generic ISAKMP SA in phase 1"
    IPSEC = 1, "IPSEC", "RFC2407:4.1"
    GDOI = 2, "GDOI", "IANA:ipsec-registry", "group domain (RFC 6407)"


class CertEncoding(
    Registry,
    title="Certificate Encodings",
    document="RFC2408:3.9",
    bits=8,
    ranges=(reserved(11, 255, "RFC2408:3.9"),),
):
    """How the certificate data of Certificate and Certificate Request payloads is encoded."""

    NONE = 0, "NONE", "RFC2408:3.9"
    PKCS7 = 1, "PKCS #7 wrapped X.509 certificate", "RFC2408:3.9"
    PGP = 2, "PGP Certificate", "RFC2408:3.9"
    DNS_SIGNED_KEY = 3, "DNS Signed Key", "RFC2408:3.9"
    X509_SIGNATURE = 4, "X.509 Certificate - Signature", "RFC2408:3.9"
    X509_KEY_EXCHANGE = 5, "X.509 Certificate - Key Exchange", "RFC2408:3.9"
    KERBEROS_TOKENS = 6, "Kerberos Tokens", "RFC2408:3.9"
    CRL = 7, "Certificate Revocation List (CRL)", "RFC2408:3.9"
    ARL = 8, "Authority Revocation List (ARL)", "RFC2408:3.9"
    SPKI = 9, "SPKI Certificate", "RFC2408:3.9"
    X509_ATTRIBUTE = 10, "X.509 Certificate - Attribute", "RFC2408:3.9"


class IsakmpIdType(
    Registry,
    title="ISAKMP Identification Types (DOI 0)",
    document="RFC2408:A.4",
    bits=8,
    ranges=(unassigned(4, 255, "RFC2408:A.4"),),
):
    """Identification types of the base specification, for a phase 1 exchange that is for no specific protocol.

    They clash with the types of the IPsec domain, which counts from 1 and orders them differently; peers of IKE use
    only the latter, :class:`isakmp.spec.registries.ipsec_doi.IdType`.
    """

    IPV4_ADDR = 0, "ID_IPV4_ADDR", "RFC2408:A.4.1"
    IPV4_ADDR_SUBNET = 1, "ID_IPV4_ADDR_SUBNET", "RFC2408:A.4.2"
    IPV6_ADDR = 2, "ID_IPV6_ADDR", "RFC2408:A.4.3"
    IPV6_ADDR_SUBNET = 3, "ID_IPV6_ADDR_SUBNET", "RFC2408:A.4.4"


class NotifyType(
    Registry,
    title="Notify Message Types",
    document="RFC2408:3.14.1",
    bits=16,
    ranges=(
        reserved(0, 0, "RFC2408:3.14.1"),
        reserved(31, 8191, "RFC2408:3.14.1"),
        reserved(8192, 8192, "RFC2407:4.6.3"),
        unassigned(8193, 16000, "RFC2407:6.10"),
        private_use(16001, 16383, "RFC2407:6.10"),
        reserved(16385, 24575, "RFC2408:3.14.1"),
        unassigned(24579, 32000, "RFC2407:6.10"),
        private_use(32001, 32767, "RFC2407:6.10"),
        private_use(32768, 40959, "RFC2408:3.14.1"),
        reserved(40960, 65535, "RFC2408:3.14.1"),
    ),
):
    """What a Notification tells: errors below 16384, states from there on.

    RFC 2408 gives 8192-16383 to private use and 24576-32767 to the domains; RFC 2407 takes both blocks for IPsec
    and keeps the end of each for private use.  The numbers of dead peer detection and of Cisco's peers lie where
    RFC 2408 puts private use or even reserves.
    """

    INVALID_PAYLOAD_TYPE = 1, "INVALID-PAYLOAD-TYPE", "RFC2408:3.14.1"
    DOI_NOT_SUPPORTED = 2, "DOI-NOT-SUPPORTED", "RFC2408:3.14.1"
    SITUATION_NOT_SUPPORTED = 3, "SITUATION-NOT-SUPPORTED", "RFC2408:3.14.1"
    INVALID_COOKIE = 4, "INVALID-COOKIE", "RFC2408:3.14.1"
    INVALID_MAJOR_VERSION = 5, "INVALID-MAJOR-VERSION", "RFC2408:3.14.1"
    INVALID_MINOR_VERSION = 6, "INVALID-MINOR-VERSION", "RFC2408:3.14.1"
    INVALID_EXCHANGE_TYPE = 7, "INVALID-EXCHANGE-TYPE", "RFC2408:3.14.1"
    INVALID_FLAGS = 8, "INVALID-FLAGS", "RFC2408:3.14.1"
    INVALID_MESSAGE_ID = 9, "INVALID-MESSAGE-ID", "RFC2408:3.14.1"
    INVALID_PROTOCOL_ID = 10, "INVALID-PROTOCOL-ID", "RFC2408:3.14.1"
    INVALID_SPI = 11, "INVALID-SPI", "RFC2408:3.14.1"
    INVALID_TRANSFORM_ID = 12, "INVALID-TRANSFORM-ID", "RFC2408:3.14.1"
    ATTRIBUTES_NOT_SUPPORTED = 13, "ATTRIBUTES-NOT-SUPPORTED", "RFC2408:3.14.1"
    NO_PROPOSAL_CHOSEN = 14, "NO-PROPOSAL-CHOSEN", "RFC2408:3.14.1"
    BAD_PROPOSAL_SYNTAX = 15, "BAD-PROPOSAL-SYNTAX", "RFC2408:3.14.1"
    PAYLOAD_MALFORMED = 16, "PAYLOAD-MALFORMED", "RFC2408:3.14.1"
    INVALID_KEY_INFORMATION = 17, "INVALID-KEY-INFORMATION", "RFC2408:3.14.1"
    INVALID_ID_INFORMATION = 18, "INVALID-ID-INFORMATION", "RFC2408:3.14.1"
    INVALID_CERT_ENCODING = 19, "INVALID-CERT-ENCODING", "RFC2408:3.14.1"
    INVALID_CERTIFICATE = 20, "INVALID-CERTIFICATE", "RFC2408:3.14.1"
    CERT_TYPE_UNSUPPORTED = 21, "CERT-TYPE-UNSUPPORTED", "RFC2408:3.14.1"
    INVALID_CERT_AUTHORITY = 22, "INVALID-CERT-AUTHORITY", "RFC2408:3.14.1"
    INVALID_HASH_INFORMATION = 23, "INVALID-HASH-INFORMATION", "RFC2408:3.14.1"
    AUTHENTICATION_FAILED = 24, "AUTHENTICATION-FAILED", "RFC2408:3.14.1"
    INVALID_SIGNATURE = 25, "INVALID-SIGNATURE", "RFC2408:3.14.1"
    ADDRESS_NOTIFICATION = 26, "ADDRESS-NOTIFICATION", "RFC2408:3.14.1"
    NOTIFY_SA_LIFETIME = 27, "NOTIFY-SA-LIFETIME", "RFC2408:3.14.1"
    CERTIFICATE_UNAVAILABLE = 28, "CERTIFICATE-UNAVAILABLE", "RFC2408:3.14.1"
    UNSUPPORTED_EXCHANGE_TYPE = 29, "UNSUPPORTED-EXCHANGE-TYPE", "RFC2408:3.14.1"
    UNEQUAL_PAYLOAD_LENGTHS = 30, "UNEQUAL-PAYLOAD-LENGTHS", "RFC2408:3.14.1"
    CONNECTED = 16384, "CONNECTED", "RFC2408:3.14.1"
    RESPONDER_LIFETIME = 24576, "RESPONDER-LIFETIME", "RFC2407:4.6.3.1"
    REPLAY_STATUS = 24577, "REPLAY-STATUS", "RFC2407:4.6.3.2"
    INITIAL_CONTACT = 24578, "INITIAL-CONTACT", "RFC2407:4.6.3.3"
    CISCO_HELLO = 30000, "ISAKMP_N_CISCO_HELLO", "PEERS:Cisco", "liveness check before RFC 3706; see SPENCER:5.5"
    CISCO_WWTEBR = 30001, "ISAKMP_N_CISCO_WWTEBR", "PEERS:Cisco", "as 30000"
    CISCO_SHUT_UP = 30002, "ISAKMP_N_CISCO_SHUT_UP", "PEERS:Cisco", "answer to 30000"
    IOS_KEEP_ALIVE_REQ = 32768, "ISAKMP_N_IOS_KEEP_ALIVE_REQ", "PEERS:Cisco"
    IOS_KEEP_ALIVE_ACK = 32769, "ISAKMP_N_IOS_KEEP_ALIVE_ACK", "PEERS:Cisco"
    R_U_THERE = 36136, "R-U-THERE", "RFC3706:5.2"
    R_U_THERE_ACK = 36137, "R-U-THERE-ACK", "RFC3706:5.2"
    NETSCREEN_NHTB_INFORM = 40001, "NETSCREEN_NHTB_INFORM", "PEERS:Juniper NetScreen", "next hop tunnel binding"
    UNITY_HEARTBEAT = 40500, "UNITY-HEARTBEAT", "PEERS:Cisco Unity", "while the user is slow to answer in XAuth"
    UNITY_LOAD_BALANCE = 40501, "UNITY-LOAD-BALANCE", "PEERS:Cisco Unity", "data: IPv4 address of the peer to go to"
    UNITY_UNKNOWN = 40502, "UNITY-UNKNOWN", "PEERS:Cisco Unity", "seen, but nobody knows what it means"
    UNITY_GROUP_HASH = 40503, "UNITY-GROUP-HASH", "PEERS:Cisco Unity", "hash of the pre-shared key"
