"""The numbers of the IPsec domain of interpretation: RFC 2407, with IANA's isakmp-registry, which continues it.

What IANA added after the RFC is cited as ``IANA:isakmp-registry``, with the defining RFC in the note.  All of these
registries are closed since RFC 9395, so nothing will be added any more.  The attributes of this domain, with their
values, are in :mod:`isakmp.spec.registries.ipsec_attributes`.
"""

from isakmp.spec.registries.base import (
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
