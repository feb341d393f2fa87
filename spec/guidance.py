"""What published guidance says of algorithms, exchanges and lifetimes, for telling what is weak in a policy.

RFC 8247 speaks of IKEv2 and RFC 8221 of ESP and AH; algorithms are no stronger in IKEv1, so their judgement is taken
over. RFC 4109 is the last word on IKEv1's own requirements: what it lets go to MAY is on its way out, not forbidden.
RFC 9395 has put IKEv1 itself away. What NIST SP 800-77 Rev. 1 says is cited by its subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from isakmp.spec.citations import Cite
from isakmp.spec.frozen import frozen
from isakmp.spec.registries import (
    AuthMethod,
    EncryptionAlgorithm,
    EspTransform,
    ExchangeType,
    Group,
    HashAlgorithm,
    IntegrityAlgorithm,
)


class Rating(Enum):
    """How strongly guidance speaks against something, strongest first; the first two are reasons to change a policy."""

    FORBIDDEN = "must not be used"
    DISCOURAGED = "should not be used"
    LEGACY = "is on its way out"
    CARE = "needs care"


@frozen
class Advice:
    """What guidance says against something: how strongly, where, and why (in our words)."""

    rating: Rating
    cite: Cite
    why: str


FORBIDDEN, DISCOURAGED, LEGACY, CARE = Rating
_DES = "56-bit keys are found by trying all of them"
_BLOCKS = "blocks of 64 bits repeat after some gigabytes under one key"
_RARE = "little examined and hardly deployed; there is no reason to prefer it to AES"
_MD5 = "collisions are found at will; HMAC with it is unbroken, but nothing speaks for it any more"
_SHA1 = "collisions have been found; HMAC with it still holds, SHA-2 is to take its place"

CIPHERS: Final[Mapping[EncryptionAlgorithm, Advice]] = MappingProxyType(
    {
        EncryptionAlgorithm.DES_CBC: Advice(FORBIDDEN, "RFC8247:2.1", _DES),
        EncryptionAlgorithm.IDEA_CBC: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EncryptionAlgorithm.BLOWFISH_CBC: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EncryptionAlgorithm.RC5_R16_B64_CBC: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EncryptionAlgorithm.CAST_CBC: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EncryptionAlgorithm.TRIPLE_DES_CBC: Advice(DISCOURAGED, "SP800-77r1:approved algorithms", _BLOCKS),
        EncryptionAlgorithm.CAMELLIA_CBC: Advice(LEGACY, "SP800-77r1:approved algorithms", _RARE),
    }
)
"""Ciphers of phase 1; AES has nothing against it."""

HASHES: Final[Mapping[HashAlgorithm, Advice]] = MappingProxyType(
    {
        HashAlgorithm.MD5: Advice(FORBIDDEN, "RFC8247:2.2", _MD5),
        HashAlgorithm.SHA1: Advice(LEGACY, "RFC8247:2.2", _SHA1),
        HashAlgorithm.TIGER: Advice(FORBIDDEN, "RFC9395:5", "dropped for want of deployment"),
    }
)
"""Hashes of phase 1, which make its prf."""

_LOGJAM = "within reach of a precomputation that serves for every connection in the group"
_SUBGROUPS = "its small subgroups give parts of a reused exponent away"
_SHORT = "less than 112 bits of strength"
GROUPS: Final[Mapping[Group, Advice]] = MappingProxyType(
    {
        Group.MODP_768: Advice(FORBIDDEN, "RFC8247:2.4", _LOGJAM),
        Group.MODP_1024: Advice(DISCOURAGED, "RFC8247:2.4", _LOGJAM),
        Group.MODP_1536: Advice(DISCOURAGED, "RFC8247:2.4", "shorter than what 112 bits of strength take"),
        Group.EC2N_155: Advice(DISCOURAGED, "SP800-77r1:approved algorithms", _SHORT),
        Group.EC2N_185: Advice(DISCOURAGED, "SP800-77r1:approved algorithms", _SHORT),
        Group.MODP_1024_160: Advice(FORBIDDEN, "RFC8247:2.4", _SUBGROUPS),
        Group.MODP_2048_224: Advice(DISCOURAGED, "RFC8247:2.4", _SUBGROUPS),
        Group.MODP_2048_256: Advice(DISCOURAGED, "RFC8247:2.4", _SUBGROUPS),
        Group.ECP_192: Advice(DISCOURAGED, "SP800-77r1:approved algorithms", _SHORT),
    }
)
"""Groups, for phase 1 and for perfect forward secrecy."""

_ORACLE = "let go for want of deployment; a responder that tells bad padding apart decrypts for the attacker"
METHODS: Final[Mapping[AuthMethod, Advice]] = MappingProxyType(
    {
        AuthMethod.DSS_SIG: Advice(LEGACY, "RFC4109:3", "let go for want of deployment, and tied to SHA-1"),
        AuthMethod.RSA_ENC: Advice(LEGACY, "RFC4109:3", _ORACLE),
        AuthMethod.RSA_REV_ENC: Advice(LEGACY, "RFC4109:3", _ORACLE),
    }
)
"""Methods of authentication that are weak whatever the keys are."""

SHARED_KEY: Final = Advice(
    CARE,
    "SP800-77r1:pre-shared keys",
    "only as strong as the key, which has to be random, of 112 bits or more",
)
"""Pre-shared keys in main mode."""

EXCHANGES: Final[Mapping[ExchangeType, Advice]] = MappingProxyType(
    {
        ExchangeType.AGGRESSIVE: Advice(
            DISCOURAGED,
            "SP800-77r1:IKE",
            "identities travel in the clear, and a responder computes before it knows whether the sender is there",
        ),
    }
)
"""Exchanges; aggressive mode with a pre-shared key is worse, see `GUESSABLE`."""

GUESSABLE: Final = Advice(
    FORBIDDEN,
    "SP800-77r1:IKE",
    "HASH_R in the clear lets everybody who sends one message try keys offline (CVE-2002-1623)",
)
"""Aggressive mode with a pre-shared key."""

ESP: Final[Mapping[EspTransform, Advice]] = MappingProxyType(
    {
        EspTransform.DES_IV64: Advice(FORBIDDEN, "RFC8221:5", _DES),
        EspTransform.DES: Advice(FORBIDDEN, "RFC8221:5", _DES),
        EspTransform.DES_IV32: Advice(FORBIDDEN, "RFC8221:5", _DES),
        EspTransform.TRIPLE_DES: Advice(DISCOURAGED, "RFC8221:5", _BLOCKS),
        EspTransform.BLOWFISH: Advice(FORBIDDEN, "RFC8221:5", _BLOCKS),
        EspTransform.CAST: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EspTransform.IDEA: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EspTransform.RC5: Advice(FORBIDDEN, "RFC9395:5", _BLOCKS),
        EspTransform.NULL: Advice(CARE, "SP800-77r1:ESP", "nothing is encrypted; for integrity alone"),
        EspTransform.CAMELLIA: Advice(LEGACY, "SP800-77r1:approved algorithms", _RARE),
        EspTransform.SEED_CBC: Advice(LEGACY, "SP800-77r1:approved algorithms", _RARE),
    }
)
"""ESP's ciphers."""

INTEGRITY: Final[Mapping[IntegrityAlgorithm, Advice]] = MappingProxyType(
    {
        IntegrityAlgorithm.HMAC_MD5: Advice(FORBIDDEN, "RFC8221:6", _MD5),
        IntegrityAlgorithm.DES_MAC: Advice(FORBIDDEN, "RFC8221:6", _DES),
        IntegrityAlgorithm.HMAC_SHA1: Advice(LEGACY, "RFC8221:6", _SHA1),
        IntegrityAlgorithm.HMAC_RIPEMD: Advice(DISCOURAGED, "SP800-77r1:approved algorithms", _RARE),
    }
)
"""Integrity algorithms of ESP and AH."""

AH: Final = Advice(LEGACY, "RFC8221:4", "ESP does all that AH does, and passes a NAT")
"""AH by itself."""

NO_INTEGRITY: Final = Advice(FORBIDDEN, "RFC8221:4", "encryption without integrity is broken by who can change packets")
"""ESP with a cipher that protects no integrity, and no other algorithm for it."""

NO_FORWARD_SECRECY: Final = Advice(
    DISCOURAGED, "SP800-77r1:perfect forward secrecy", "whoever learns SKEYID_d later reads all that was recorded"
)
"""Quick mode without a group."""

LONGEST_IKE_LIFETIME: Final = 86_400
LONGEST_IPSEC_LIFETIME: Final = 28_800
LIFETIME: Final = Advice(
    DISCOURAGED,
    "SP800-77r1:lifetimes",
    f"the longest that is advised is {LONGEST_IKE_LIFETIME // 3600} hours for an ISAKMP SA "
    f"and {LONGEST_IPSEC_LIFETIME // 3600} hours for an IPsec SA",
)
"""Lifetimes in seconds, and what is said of longer ones."""

PROTOCOL: Final = Advice(LEGACY, "RFC9395:3", "IKEv1 is historic; IKEv2 has taken its place")
"""IKEv1 itself, whatever is configured."""
