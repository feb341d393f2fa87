"""The numbers of IKE's phase 1: RFC 2409 Appendix A, with IANA's ipsec-registry, which continues it.

What IANA added after the RFC is cited as ``IANA:ipsec-registry``, with the defining RFC in the note, or by that RFC
where its text is part of this project's sources.
"""

from isakmp.spec.registries.base import (
    AttributeRegistry,
    Registry,
    private_use,
    reserved,
    unassigned,
)

_PRIVATE = private_use(65001, 65535, "RFC2409:Appendix A")


class IkeAttribute(
    AttributeRegistry,
    title="IKE Attribute Classes (phase 1)",
    document="RFC2409:Appendix A",
    bits=15,
    ranges=(
        reserved(0, 0, "RFC2409:Appendix A"),
        unassigned(17, 16383, "RFC2409:Appendix A"),
        private_use(16384, 32767, "RFC2409:Appendix A"),
    ),
):
    """Attributes of phase 1 transforms, and of the group that New Group Mode proposes."""

    ENCRYPTION_ALGORITHM = 1, "Encryption Algorithm", "RFC2409:Appendix A", "B"
    HASH_ALGORITHM = 2, "Hash Algorithm", "RFC2409:Appendix A", "B"
    AUTHENTICATION_METHOD = 3, "Authentication Method", "RFC2409:Appendix A", "B"
    GROUP_DESCRIPTION = 4, "Group Description", "RFC2409:Appendix A", "B"
    GROUP_TYPE = 5, "Group Type", "RFC2409:Appendix A", "B"
    GROUP_PRIME = 6, "Group Prime/Irreducible Polynomial", "RFC2409:Appendix A", "V"
    GROUP_GENERATOR_ONE = 7, "Group Generator One", "RFC2409:Appendix A", "V"
    GROUP_GENERATOR_TWO = 8, "Group Generator Two", "RFC2409:Appendix A", "V"
    GROUP_CURVE_A = 9, "Group Curve A", "RFC2409:Appendix A", "V"
    GROUP_CURVE_B = 10, "Group Curve B", "RFC2409:Appendix A", "V"
    LIFE_TYPE = 11, "Life Type", "RFC2409:Appendix A", "B"
    LIFE_DURATION = 12, "Life Duration", "RFC2409:Appendix A", "V"
    PRF = 13, "PRF", "RFC2409:Appendix A", "B"
    KEY_LENGTH = 14, "Key Length", "RFC2409:Appendix A", "B"
    FIELD_SIZE = 15, "Field Size", "RFC2409:Appendix A", "B"
    GROUP_ORDER = 16, "Group Order", "RFC2409:Appendix A", "V"
    BLOCK_SIZE = 17, "Block Size", "PEERS:Wireshark", "B", "sent by some peers, assigned by nobody"
    ASYMMETRIC_ALGORITHM = 20, "Asymmetric Cryptographic Algorithm Type", "PEERS:GM/T 0022", "B", "China's standard"


class EncryptionAlgorithm(
    Registry,
    title="Encryption Algorithm (phase 1)",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(reserved(0, 0, "IANA:ipsec-registry"), unassigned(9, 65000, "IANA:ipsec-registry"), _PRIVATE),
):
    """Ciphers that protect the messages of IKE itself; all work in CBC mode."""

    DES_CBC = 1, "DES-CBC", "RFC2409:Appendix A"
    IDEA_CBC = 2, "IDEA-CBC", "RFC2409:Appendix A"
    BLOWFISH_CBC = 3, "Blowfish-CBC", "RFC2409:Appendix A"
    RC5_R16_B64_CBC = 4, "RC5-R16-B64-CBC", "RFC2409:Appendix A"
    TRIPLE_DES_CBC = 5, "3DES-CBC", "RFC2409:Appendix A"
    CAST_CBC = 6, "CAST-CBC", "RFC2409:Appendix A"
    AES_CBC = 7, "AES-CBC", "IANA:ipsec-registry", "RFC 3602"
    CAMELLIA_CBC = 8, "CAMELLIA-CBC", "IANA:ipsec-registry", "RFC 4312"
    SM4_CBC_DEPRECATED = 127, "SM4-CBC (deprecated)", "PEERS:GM/T 0022", "numbers that China's standard took"
    SM1_CBC = 128, "SM1-CBC", "PEERS:GM/T 0022", "as 127"
    SM4_CBC = 129, "SM4-CBC", "PEERS:GM/T 0022", "as 127"
    MARS_CBC = 65001, "MARS-CBC", "PEERS:pluto", "draft-ietf-ipsec-ciph-aes-cbc, before AES was chosen"
    RC6_CBC = 65002, "RC6-CBC", "PEERS:pluto", "as 65001"
    SERPENT_CBC = 65004, "SERPENT-CBC", "PEERS:pluto", "as 65001; FreeS/WAN and its heirs offer it"
    TWOFISH_CBC = 65005, "TWOFISH-CBC", "PEERS:pluto", "as 65004"
    TWOFISH_CBC_SSH = 65289, "TWOFISH-CBC (SSH)", "PEERS:pluto", "number of SSH Communications' products"


class HashAlgorithm(
    Registry,
    title="Hash Algorithm (phase 1)",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(reserved(0, 0, "IANA:ipsec-registry"), unassigned(7, 65000, "IANA:ipsec-registry"), _PRIVATE),
):
    """Hash functions; their HMAC is the pseudo-random function, as no other one was ever defined."""

    MD5 = 1, "MD5", "RFC2409:Appendix A"
    SHA1 = 2, "SHA", "RFC2409:Appendix A"
    TIGER = 3, "Tiger", "RFC2409:Appendix A"
    SHA2_256 = 4, "SHA2-256", "IANA:ipsec-registry", "RFC 4868"
    SHA2_384 = 5, "SHA2-384", "IANA:ipsec-registry", "RFC 4868"
    SHA2_512 = 6, "SHA2-512", "IANA:ipsec-registry", "RFC 4868"
    SM3 = 20, "SM3", "PEERS:GM/T 0022", "number that China's standard took"


class AuthMethod(
    Registry,
    title="Authentication Method (phase 1)",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(reserved(0, 0, "IANA:ipsec-registry"), unassigned(12, 65000, "IANA:ipsec-registry"), _PRIVATE),
):
    """How the peers prove who they are.

    Hybrid and XAuth methods come in pairs: the name says which side, initiator or responder of phase 1, is the one
    that goes on to authenticate itself by XAuth.  Hybrid's numbers lie in IANA's block, yet IANA never assigned them.
    """

    PSK = 1, "pre-shared key", "RFC2409:Appendix A"
    DSS_SIG = 2, "DSS signatures", "RFC2409:Appendix A"
    RSA_SIG = 3, "RSA signatures", "RFC2409:Appendix A"
    RSA_ENC = 4, "Encryption with RSA", "RFC2409:Appendix A"
    RSA_REV_ENC = 5, "Revised encryption with RSA", "RFC2409:Appendix A"
    ELGAMAL_ENC = 6, "Encryption with El-Gamal", "IANA:ipsec-registry", "withdrawn: IANA marks it as reserved"
    ELGAMAL_REV_ENC = 7, "Revised encryption with El-Gamal", "IANA:ipsec-registry", "withdrawn, as 6"
    ECDSA_SIG = 8, "ECDSA signatures", "IANA:ipsec-registry", "withdrawn, as 6; replaced by 9 to 11"
    ECDSA_256 = 9, "ECDSA with SHA-256 on the P-256 curve", "IANA:ipsec-registry", "RFC 4754"
    ECDSA_384 = 10, "ECDSA with SHA-384 on the P-384 curve", "IANA:ipsec-registry", "RFC 4754"
    ECDSA_521 = 11, "ECDSA with SHA-512 on the P-521 curve", "IANA:ipsec-registry", "RFC 4754"
    HYBRID_INIT_RSA = 64221, "HybridInitRSA", "HYBRID:3.2.1"
    HYBRID_RESP_RSA = 64222, "HybridRespRSA", "HYBRID:3.2.1"
    HYBRID_INIT_DSS = 64223, "HybridInitDSS", "HYBRID:3.2.1"
    HYBRID_RESP_DSS = 64224, "HybridRespDSS", "HYBRID:3.2.1"
    XAUTH_INIT_PSK = 65001, "XAUTHInitPreShared", "XAUTH:7.2", "Windows used 65001 for Kerberos (GSS-API)"
    XAUTH_RESP_PSK = 65002, "XAUTHRespPreShared", "XAUTH:7.2"
    XAUTH_INIT_DSS = 65003, "XAUTHInitDSS", "XAUTH:7.2"
    XAUTH_RESP_DSS = 65004, "XAUTHRespDSS", "XAUTH:7.2"
    XAUTH_INIT_RSA = 65005, "XAUTHInitRSA", "XAUTH:7.2"
    XAUTH_RESP_RSA = 65006, "XAUTHRespRSA", "XAUTH:7.2"
    XAUTH_INIT_RSA_ENC = 65007, "XAUTHInitRSAEncryption", "XAUTH:7.2"
    XAUTH_RESP_RSA_ENC = 65008, "XAUTHRespRSAEncryption", "XAUTH:7.2"
    XAUTH_INIT_RSA_REV_ENC = 65009, "XAUTHInitRSARevisedEncryption", "XAUTH:7.2"
    XAUTH_RESP_RSA_REV_ENC = 65010, "XAUTHRespRSARevisedEncryption", "XAUTH:7.2"


class Group(
    Registry,
    title="Group Description",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(
        reserved(0, 0, "IANA:ipsec-registry"),
        unassigned(31, 32767, "IANA:ipsec-registry"),
        private_use(32768, 65535, "RFC2409:Appendix A"),
    ),
):
    """Groups of the Diffie-Hellman exchange, in phase 1 and in Quick Mode with PFS."""

    MODP_768 = 1, "default 768-bit MODP group", "RFC2409:6.1"
    MODP_1024 = 2, "alternate 1024-bit MODP group", "RFC2409:6.2"
    EC2N_155 = 3, "EC2N group on GP[2^155]", "RFC2409:6.3"
    EC2N_185 = 4, "EC2N group on GP[2^185]", "RFC2409:6.4"
    MODP_1536 = 5, "1536-bit MODP group", "RFC3526:2"
    EC2N_163_A = 6, "EC2N group over GF[2^163]", "IANA:ipsec-registry", "draft-ietf-ipsec-ike-ecc-groups; first curve"
    EC2N_163_B = 7, "EC2N group over GF[2^163]", "IANA:ipsec-registry", "as 6; second curve over the field"
    EC2N_283_A = 8, "EC2N group over GF[2^283]", "IANA:ipsec-registry", "draft-ietf-ipsec-ike-ecc-groups; first curve"
    EC2N_283_B = 9, "EC2N group over GF[2^283]", "IANA:ipsec-registry", "as 8; second curve over the field"
    EC2N_409_A = 10, "EC2N group over GF[2^409]", "IANA:ipsec-registry", "draft-ietf-ipsec-ike-ecc-groups; first curve"
    EC2N_409_B = 11, "EC2N group over GF[2^409]", "IANA:ipsec-registry", "as 10; second curve over the field"
    EC2N_571_A = 12, "EC2N group over GF[2^571]", "IANA:ipsec-registry", "draft-ietf-ipsec-ike-ecc-groups; first curve"
    EC2N_571_B = 13, "EC2N group over GF[2^571]", "IANA:ipsec-registry", "as 12; second curve over the field"
    MODP_2048 = 14, "2048-bit MODP group", "RFC3526:3"
    MODP_3072 = 15, "3072-bit MODP group", "RFC3526:4"
    MODP_4096 = 16, "4096-bit MODP group", "RFC3526:5"
    MODP_6144 = 17, "6144-bit MODP group", "RFC3526:6"
    MODP_8192 = 18, "8192-bit MODP group", "RFC3526:7"
    ECP_256 = 19, "256-bit random ECP group", "IANA:ipsec-registry", "RFC 5903"
    ECP_384 = 20, "384-bit random ECP group", "IANA:ipsec-registry", "RFC 5903"
    ECP_521 = 21, "521-bit random ECP group", "IANA:ipsec-registry", "RFC 5903"
    MODP_1024_160 = 22, "1024-bit MODP group with 160-bit prime order subgroup", "IANA:ipsec-registry", "RFC 5114"
    MODP_2048_224 = 23, "2048-bit MODP group with 224-bit prime order subgroup", "IANA:ipsec-registry", "RFC 5114"
    MODP_2048_256 = 24, "2048-bit MODP group with 256-bit prime order subgroup", "IANA:ipsec-registry", "RFC 5114"
    ECP_192 = 25, "192-bit random ECP group", "IANA:ipsec-registry", "RFC 5114"
    ECP_224 = 26, "224-bit random ECP group", "IANA:ipsec-registry", "RFC 5114"
    BRAINPOOL_P224R1 = 27, "brainpoolP224r1", "IANA:ipsec-registry", "RFC 6932"
    BRAINPOOL_P256R1 = 28, "brainpoolP256r1", "IANA:ipsec-registry", "RFC 6932"
    BRAINPOOL_P384R1 = 29, "brainpoolP384r1", "IANA:ipsec-registry", "RFC 6932"
    BRAINPOOL_P512R1 = 30, "brainpoolP512r1", "IANA:ipsec-registry", "RFC 6932"
    CURVE25519 = 31, "Curve25519", "PEERS:strongSwan", "assigned for IKEv2 only (RFC 8031)"
    CURVE448 = 32, "Curve448", "PEERS:strongSwan", "as 31"


class GroupType(
    Registry,
    title="Group Type",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(reserved(0, 0, "IANA:ipsec-registry"), unassigned(4, 65000, "RFC2409:Appendix A"), _PRIVATE),
):
    """The kind of a group that New Group Mode proposes."""

    MODP = 1, "MODP (modular exponentiation group)", "RFC2409:Appendix A"
    ECP = 2, "ECP (elliptic curve group over GF[P])", "RFC2409:Appendix A"
    EC2N = 3, "EC2N (elliptic curve group over GF[2^N])", "RFC2409:Appendix A"


class LifeType(
    Registry,
    title="Life Type (phase 1)",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(reserved(0, 0, "IANA:ipsec-registry"), unassigned(3, 65000, "RFC2409:Appendix A"), _PRIVATE),
):
    """Units of the lifetime of an ISAKMP SA."""

    SECONDS = 1, "seconds", "RFC2409:Appendix A"
    KILOBYTES = 2, "kilobytes", "RFC2409:Appendix A"


class Prf(
    Registry,
    title="PRF",
    document="RFC2409:Appendix A",
    bits=16,
    ranges=(reserved(0, 0, "IANA:ipsec-registry"), unassigned(1, 65000, "RFC2409:Appendix A"), _PRIVATE),
):
    """Pseudo-random functions; none was ever defined, so that there are no members."""
