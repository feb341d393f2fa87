"""The attributes of IPsec's transforms and what their values mean: RFC 2407 section 4.5, continued by IANA.

Cited as in :mod:`isakmp.spec.registries.ipsec_doi`.  Authentication methods, groups and the like of phase 1 are another
space, in :mod:`isakmp.spec.registries.ike`; only the Group Description is shared by both phases.
"""

from isakmp.spec.registries.base import AttributeRegistry, Registry, private_use, reserved, unassigned


class IpsecAttribute(
    AttributeRegistry,
    title="IPSEC Security Association Attributes",
    document="RFC2407:4.5",
    bits=15,
    ranges=(
        reserved(0, 0, "IANA:isakmp-registry"),
        unassigned(16, 32000, "IANA:isakmp-registry"),
        private_use(32001, 32767, "RFC2407:6.7"),
    ),
):
    """Attributes of phase 2 transforms."""

    SA_LIFE_TYPE = 1, "SA Life Type", "RFC2407:4.5", "B"
    SA_LIFE_DURATION = 2, "SA Life Duration", "RFC2407:4.5", "V"
    GROUP_DESCRIPTION = 3, "Group Description", "RFC2407:4.5", "B"
    ENCAPSULATION_MODE = 4, "Encapsulation Mode", "RFC2407:4.5", "B"
    AUTHENTICATION_ALGORITHM = 5, "Authentication Algorithm", "RFC2407:4.5", "B"
    KEY_LENGTH = 6, "Key Length", "RFC2407:4.5", "B"
    KEY_ROUNDS = 7, "Key Rounds", "RFC2407:4.5", "B"
    COMPRESS_DICTIONARY_SIZE = 8, "Compress Dictionary Size", "RFC2407:4.5", "B"
    COMPRESS_PRIVATE_ALGORITHM = 9, "Compress Private Algorithm", "RFC2407:4.5", "V"
    ECN_TUNNEL = 10, "ECN Tunnel", "IANA:isakmp-registry", "B", "RFC 3168"
    EXTENDED_SEQUENCE_NUMBER = 11, "Extended (64-bit) Sequence Number", "IANA:isakmp-registry", "B", "RFC 4304"
    AUTHENTICATION_KEY_LENGTH = 12, "Authentication Key Length", "IANA:isakmp-registry", "V", "RFC 4359"
    SIGNATURE_ENCODING = 13, "Signature Encoding Algorithm", "IANA:isakmp-registry", "B", "RFC 4359"
    ADDRESS_PRESERVATION = 14, "Address Preservation", "IANA:isakmp-registry", "B", "RFC 6407"
    SA_DIRECTION = 15, "SA Direction", "IANA:isakmp-registry", "B", "RFC 6407"


_CLASS_RANGES = (unassigned(3, 61439, "RFC2407:4.5"), private_use(61440, 65535, "RFC2407:4.5"))


class SaLifeType(
    Registry,
    title="SA Life Type (phase 2)",
    document="RFC2407:4.5",
    bits=16,
    ranges=(reserved(0, 0, "RFC2407:4.5"), *_CLASS_RANGES),
):
    """Units of the lifetime of an IPsec SA; the numbers of phase 1's life types, with other private ones."""

    SECONDS = 1, "seconds", "RFC2407:4.5"
    KILOBYTES = 2, "kilobytes", "RFC2407:4.5"


class EncapsulationMode(
    Registry,
    title="Encapsulation Mode",
    document="RFC2407:4.5",
    bits=16,
    ranges=(
        reserved(0, 0, "RFC2407:4.5"),
        unassigned(5, 61439, "IANA:isakmp-registry"),
        private_use(61440, 65535, "RFC2407:4.5"),
    ),
):
    """How a packet is wrapped; with NAT-Traversal, in UDP as well."""

    TUNNEL = 1, "Tunnel", "RFC2407:4.5"
    TRANSPORT = 2, "Transport", "RFC2407:4.5"
    UDP_TUNNEL = 3, "UDP-Encapsulated-Tunnel", "RFC3947:5.1"
    UDP_TRANSPORT = 4, "UDP-Encapsulated-Transport", "RFC3947:5.1"
    UDP_CHECKPOINT = 61440, "Check Point IPSec UDP Encapsulation", "PEERS:Check Point"
    UDP_TUNNEL_DRAFT = 61443, "UDP-Encapsulated-Tunnel, draft", "NATT-02:5.1", "private use number of the early drafts"
    UDP_TRANSPORT_DRAFT = (
        61444,
        "UDP-Encapsulated-Transport, draft",
        "NATT-02:5.1",
        "private use number of the early drafts",
    )


class IntegrityAlgorithm(
    Registry,
    title="Authentication Algorithm (phase 2)",
    document="RFC2407:4.5",
    bits=16,
    ranges=(
        reserved(0, 0, "RFC2407:4.5"),
        unassigned(14, 61439, "IANA:isakmp-registry"),
        private_use(61440, 65535, "RFC2407:4.5"),
    ),
):
    """What authenticates packets under AH and ESP."""

    HMAC_MD5 = 1, "HMAC-MD5", "RFC2407:4.5"
    HMAC_SHA1 = 2, "HMAC-SHA", "RFC2407:4.5"
    DES_MAC = 3, "DES-MAC", "RFC2407:4.5"
    KPDK = 4, "KPDK", "RFC2407:4.5"
    HMAC_SHA2_256 = 5, "HMAC-SHA2-256", "IANA:isakmp-registry", "RFC 4868"
    HMAC_SHA2_384 = 6, "HMAC-SHA2-384", "IANA:isakmp-registry", "RFC 4868"
    HMAC_SHA2_512 = 7, "HMAC-SHA2-512", "IANA:isakmp-registry", "RFC 4868"
    HMAC_RIPEMD = 8, "HMAC-RIPEMD", "IANA:isakmp-registry", "RFC 2857"
    AES_XCBC_MAC = 9, "AES-XCBC-MAC", "IANA:isakmp-registry", "RFC 3566"
    SIG_RSA = 10, "SIG-RSA", "IANA:isakmp-registry", "RFC 4359"
    AES_128_GMAC = 11, "AES-128-GMAC", "IANA:isakmp-registry", "RFC 4543"
    AES_192_GMAC = 12, "AES-192-GMAC", "IANA:isakmp-registry", "RFC 4543"
    AES_256_GMAC = 13, "AES-256-GMAC", "IANA:isakmp-registry", "RFC 4543"


class EcnTunnel(
    Registry,
    title="ECN Tunnel",
    document="IANA:isakmp-registry",
    bits=16,
    ranges=(reserved(0, 0, "IANA:isakmp-registry"), unassigned(3, 61439, "IANA:isakmp-registry")),
):
    """Whether congestion notification may be used in the tunnel (RFC 3168)."""

    ALLOWED = 1, "Allowed", "IANA:isakmp-registry", "RFC 3168"
    FORBIDDEN = 2, "Forbidden", "IANA:isakmp-registry", "RFC 3168"


class ExtendedSequenceNumber(
    Registry,
    title="Extended (64-bit) Sequence Number",
    document="IANA:isakmp-registry",
    bits=16,
    ranges=(reserved(0, 0, "IANA:isakmp-registry"), unassigned(2, 61439, "IANA:isakmp-registry")),
):
    """Whether sequence numbers have 64 bits (RFC 4304)."""

    ESN_64 = 1, "64-bit Sequence Number", "IANA:isakmp-registry", "RFC 4304"


class SignatureEncoding(
    Registry,
    title="Signature Encoding Algorithm",
    document="IANA:isakmp-registry",
    bits=16,
    ranges=(reserved(0, 0, "IANA:isakmp-registry"), unassigned(3, 61439, "IANA:isakmp-registry")),
):
    """How packets are signed under SIG-RSA (RFC 4359)."""

    RSASSA_PKCS1_V1_5 = 1, "RSASSA-PKCS1-v1_5", "IANA:isakmp-registry", "RFC 4359"
    RSASSA_PSS = 2, "RSASSA-PSS", "IANA:isakmp-registry", "RFC 4359"


class AddressPreservation(
    Registry,
    title="Address Preservation",
    document="IANA:isakmp-registry",
    bits=16,
    ranges=(reserved(0, 0, "IANA:isakmp-registry"), unassigned(5, 61439, "IANA:isakmp-registry")),
):
    """Which addresses a group's tunnel keeps (RFC 6407)."""

    NONE = 1, "None", "IANA:isakmp-registry", "RFC 6407"
    SOURCE_ONLY = 2, "Source-Only", "IANA:isakmp-registry", "RFC 6407"
    DESTINATION_ONLY = 3, "Destination-Only", "IANA:isakmp-registry", "RFC 6407"
    SOURCE_AND_DESTINATION = 4, "Source-And-Destination", "IANA:isakmp-registry", "RFC 6407"


class SaDirection(
    Registry,
    title="SA Direction",
    document="IANA:isakmp-registry",
    bits=16,
    ranges=(reserved(0, 0, "IANA:isakmp-registry"), unassigned(4, 61439, "IANA:isakmp-registry")),
):
    """Which way a group's SA is used (RFC 6407)."""

    SENDER_ONLY = 1, "Sender-Only", "IANA:isakmp-registry", "RFC 6407"
    RECEIVER_ONLY = 2, "Receiver-Only", "IANA:isakmp-registry", "RFC 6407"
    SYMMETRIC = 3, "Symmetric", "IANA:isakmp-registry", "RFC 6407"
