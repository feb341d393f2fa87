"""The numbers of the IPsec domain of interpretation: RFC 2407, with IANA's isakmp-registry, which continues it.

What IANA added after the RFC is cited as ``IANA:isakmp-registry``, with the defining RFC in the note.  All of these
registries are closed since RFC 9395, so nothing will be added any more.
"""

from isakmp.spec.registries.base import (
    AttributeRegistry,
    FlagRegistry,
    Registry,
    private_use,
    reserved,
    unassigned,
)


class Situation(
    FlagRegistry,
    title="IPSEC Situation Definition",
    document="RFC2407:4.2",
    bits=32,
    ranges=(unassigned(3, 29, "RFC2407:6.1"), private_use(30, 31, "RFC2407:6.1")),
):
    """The bitmask that opens the Security Association payload: what the negotiation is based on."""

    IDENTITY_ONLY = 0x01, "SIT_IDENTITY_ONLY", "RFC2407:4.2.1"
    SECRECY = 0x02, "SIT_SECRECY", "RFC2407:4.2.2"
    INTEGRITY = 0x04, "SIT_INTEGRITY", "RFC2407:4.2.3"


class LabeledDomain(
    Registry,
    title="IPSEC Labeled Domain Identifiers",
    document="RFC2407:4.6.1.1",
    bits=32,
    ranges=(
        reserved(0, 0, "RFC2407:4.6.1.1"),
        unassigned(1, 0x7FFFFFFF, "RFC2407:6.8"),
        private_use(0x80000000, 0xFFFFFFFF, "RFC2407:6.8"),
    ),
):
    """The namespace of secrecy and integrity labels; none was ever assigned, so that there are no members."""


class ProtocolId(
    Registry,
    title="IPSEC Security Protocol Identifiers",
    document="RFC2407:4.4.1",
    bits=8,
    ranges=(
        reserved(0, 0, "RFC2407:4.4.1"),
        unassigned(6, 248, "IANA:isakmp-registry"),
        private_use(249, 255, "RFC2407:6.2"),
    ),
):
    """What a proposal, a notification or a deletion is about."""

    ISAKMP = 1, "PROTO_ISAKMP", "RFC2407:4.4.1.1"
    AH = 2, "PROTO_IPSEC_AH", "RFC2407:4.4.1.2"
    ESP = 3, "PROTO_IPSEC_ESP", "RFC2407:4.4.1.3"
    IPCOMP = 4, "PROTO_IPCOMP", "RFC2407:4.4.1.4"
    GIGABEAM_RADIO = 5, "PROTO_GIGABEAM_RADIO", "IANA:isakmp-registry", "RFC 4705"


class IsakmpTransform(
    Registry,
    title="IPSEC ISAKMP Transform Identifiers",
    document="RFC2407:4.4.2",
    bits=8,
    ranges=(
        reserved(0, 0, "RFC2407:4.4.2"),
        unassigned(2, 248, "RFC2407:6.3"),
        private_use(249, 255, "RFC2407:6.3"),
    ),
):
    """The key exchange protocol that a phase 1 proposal is for."""

    KEY_IKE = 1, "KEY_IKE", "RFC2407:4.4.2.1"


class AhTransform(
    Registry,
    title="IPSEC AH Transform Identifiers",
    document="RFC2407:4.4.3",
    bits=8,
    ranges=(
        reserved(0, 1, "RFC2407:4.4.3"),
        unassigned(14, 248, "IANA:isakmp-registry"),
        private_use(249, 255, "RFC2407:6.4"),
    ),
):
    """Algorithms of the Authentication Header; an Authentication Algorithm attribute has to agree with them."""

    MD5 = 2, "AH_MD5", "RFC2407:4.4.3.1"
    SHA1 = 3, "AH_SHA", "RFC2407:4.4.3.2"
    DES = 4, "AH_DES", "RFC2407:4.4.3.3"
    SHA2_256 = 5, "AH_SHA2-256", "IANA:isakmp-registry", "RFC 4868"
    SHA2_384 = 6, "AH_SHA2-384", "IANA:isakmp-registry", "RFC 4868"
    SHA2_512 = 7, "AH_SHA2-512", "IANA:isakmp-registry", "RFC 4868"
    RIPEMD = 8, "AH_RIPEMD", "IANA:isakmp-registry", "RFC 2857"
    AES_XCBC_MAC = 9, "AH_AES-XCBC-MAC", "IANA:isakmp-registry", "RFC 3566"
    RSA = 10, "AH_RSA", "IANA:isakmp-registry", "RFC 4359"
    AES_128_GMAC = 11, "AH_AES-128-GMAC", "IANA:isakmp-registry", "RFC 4543"
    AES_192_GMAC = 12, "AH_AES-192-GMAC", "IANA:isakmp-registry", "RFC 4543"
    AES_256_GMAC = 13, "AH_AES-256-GMAC", "IANA:isakmp-registry", "RFC 4543"


class EspTransform(
    Registry,
    title="IPSEC ESP Transform Identifiers",
    document="RFC2407:4.4.4",
    bits=8,
    ranges=(
        reserved(0, 0, "RFC2407:4.4.4"),
        unassigned(17, 17, "IANA:isakmp-registry"),
        unassigned(24, 248, "IANA:isakmp-registry"),
        private_use(249, 255, "RFC2407:6.5"),
    ),
):
    """Ciphers of the Encapsulating Security Payload, combined modes included."""

    DES_IV64 = 1, "ESP_DES_IV64", "RFC2407:4.4.4.1"
    DES = 2, "ESP_DES", "RFC2407:4.4.4.2"
    TRIPLE_DES = 3, "ESP_3DES", "RFC2407:4.4.4.3"
    RC5 = 4, "ESP_RC5", "RFC2407:4.4.4.4"
    IDEA = 5, "ESP_IDEA", "RFC2407:4.4.4.5"
    CAST = 6, "ESP_CAST", "RFC2407:4.4.4.6"
    BLOWFISH = 7, "ESP_BLOWFISH", "RFC2407:4.4.4.7"
    TRIPLE_IDEA = 8, "ESP_3IDEA", "RFC2407:4.4.4.8"
    DES_IV32 = 9, "ESP_DES_IV32", "RFC2407:4.4.4.9"
    RC4 = 10, "ESP_RC4", "RFC2407:4.4.4.10"
    NULL = 11, "ESP_NULL", "RFC2407:4.4.4.11"
    AES = 12, "ESP_AES-CBC", "IANA:isakmp-registry", "RFC 3602"
    AES_CTR = 13, "ESP_AES-CTR", "IANA:isakmp-registry", "RFC 3686"
    AES_CCM_8 = 14, "ESP_AES-CCM_8", "IANA:isakmp-registry", "RFC 4309"
    AES_CCM_12 = 15, "ESP_AES-CCM_12", "IANA:isakmp-registry", "RFC 4309"
    AES_CCM_16 = 16, "ESP_AES-CCM_16", "IANA:isakmp-registry", "RFC 4309"
    AES_GCM_8 = 18, "ESP_AES-GCM_8", "IANA:isakmp-registry", "RFC 4106"
    AES_GCM_12 = 19, "ESP_AES-GCM_12", "IANA:isakmp-registry", "RFC 4106"
    AES_GCM_16 = 20, "ESP_AES-GCM_16", "IANA:isakmp-registry", "RFC 4106"
    SEED_CBC = 21, "ESP_SEED_CBC", "IANA:isakmp-registry", "RFC 4196"
    CAMELLIA = 22, "ESP_CAMELLIA", "IANA:isakmp-registry", "RFC 4312"
    NULL_AUTH_AES_GMAC = 23, "ESP_NULL_AUTH_AES-GMAC", "IANA:isakmp-registry", "RFC 4543"
    SERPENT = 252, "ESP_SERPENT", "PEERS:pluto", "draft-ietf-ipsec-ciph-aes-cbc-00; also the number in Linux"
    TWOFISH = 253, "ESP_TWOFISH", "PEERS:pluto", "as 252"


class IpcompTransform(
    Registry,
    title="IPSEC IPCOMP Transform Identifiers",
    document="RFC2407:4.4.5",
    bits=8,
    ranges=(
        reserved(0, 0, "RFC2407:4.4.5"),
        unassigned(5, 47, "RFC2407:6.6"),
        private_use(48, 63, "RFC2407:6.6"),
        reserved(64, 255, "RFC2407:6.6"),
    ),
):
    """Compression before encryption."""

    OUI = 1, "IPCOMP_OUI", "RFC2407:4.4.5.1"
    DEFLATE = 2, "IPCOMP_DEFLATE", "RFC2407:4.4.5.2"
    LZS = 3, "IPCOMP_LZS", "RFC2407:4.4.5.3"
    LZJH = 4, "IPCOMP_LZJH", "IANA:isakmp-registry", "RFC 3051"


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


class IdType(
    Registry,
    title="IPSEC Identification Type",
    document="RFC2407:4.6.2.1",
    bits=8,
    ranges=(
        reserved(0, 0, "RFC2407:4.6.2.1"),
        unassigned(13, 248, "IANA:isakmp-registry"),
        private_use(249, 255, "RFC2407:6.9"),
    ),
):
    """What the data of an Identification payload is.

    RFC 2408 numbers its four generic types otherwise: :class:`isakmp.spec.registries.isakmp.IsakmpIdType`.
    """

    IPV4_ADDR = 1, "ID_IPV4_ADDR", "RFC2407:4.6.2.2"
    FQDN = 2, "ID_FQDN", "RFC2407:4.6.2.3"
    USER_FQDN = 3, "ID_USER_FQDN", "RFC2407:4.6.2.4"
    IPV4_ADDR_SUBNET = 4, "ID_IPV4_ADDR_SUBNET", "RFC2407:4.6.2.5"
    IPV6_ADDR = 5, "ID_IPV6_ADDR", "RFC2407:4.6.2.6"
    IPV6_ADDR_SUBNET = 6, "ID_IPV6_ADDR_SUBNET", "RFC2407:4.6.2.7"
    IPV4_ADDR_RANGE = 7, "ID_IPV4_ADDR_RANGE", "RFC2407:4.6.2.8"
    IPV6_ADDR_RANGE = 8, "ID_IPV6_ADDR_RANGE", "RFC2407:4.6.2.9"
    DER_ASN1_DN = 9, "ID_DER_ASN1_DN", "RFC2407:4.6.2.10"
    DER_ASN1_GN = 10, "ID_DER_ASN1_GN", "RFC2407:4.6.2.11"
    KEY_ID = 11, "ID_KEY_ID", "RFC2407:4.6.2.12"
    LIST = 12, "ID_LIST", "IANA:isakmp-registry", "RFC 3554"


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
