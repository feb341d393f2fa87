"""What algorithm numbers mean: lengths of blocks, keys and digests, kinds of authentication, short names for users.

One table for each registry of algorithms. All lengths are octets, except where a name says bits: the Key Length
attribute counts bits (RFC 2409 Appendix A). Groups stand in `isakmp.spec.groups`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from isakmp.spec.citations import Cite
from isakmp.spec.groups import GROUPS
from isakmp.spec.keying import Auth
from isakmp.spec.registries import (
    AhTransform,
    AuthMethod,
    EncryptionAlgorithm,
    EspTransform,
    Group,
    HashAlgorithm,
    IntegrityAlgorithm,
)
from isakmp.spec.terms import Role
from isakmp.spec.wording import unknown


class KeyLengthRule(Enum):
    """Whether a transform carries the Key Length attribute (RFC 2409 Appendix A)."""

    FORBIDDEN = "forbidden"
    OPTIONAL = "optional"
    REQUIRED = "required"


class KeyLengthError(ValueError):
    """A Key Length attribute, or its absence, that the algorithm does not allow; `cite` is the rule."""

    def __init__(self, message: str, cite: Cite) -> None:
        """Keep the sentence and the section."""
        super().__init__(f"{message} ({cite})")
        self.cite = cite


@dataclass(frozen=True)
class KeySizes:
    """The key lengths of a cipher: from `shortest` to `longest` in steps, and the one without a Key Length attribute.

    `salt` are further octets of keying material that the Key Length attribute does not count (a nonce of the counter
    modes). `default` is None where the attribute is required.
    """

    shortest: int
    longest: int
    default: int | None
    rule: KeyLengthRule
    cite: Cite
    step: int = 1
    salt: int = 0

    def octets(self, key_length_bits: int | None) -> int:
        """How much keying material the cipher takes, for the value of a Key Length attribute or for none.

        Raises `KeyLengthError`.
        """
        if key_length_bits is None:
            if self.default is None:
                raise KeyLengthError(f"Key Length attribute is missing; allowed: {self.allowed}", self.cite)
            return self.default + self.salt
        if self.rule is KeyLengthRule.FORBIDDEN:
            raise KeyLengthError("Key Length attribute with a cipher whose key length is fixed", self.cite)
        if key_length_bits % 8 or key_length_bits // 8 not in range(self.shortest, self.longest + 1, self.step):
            raise KeyLengthError(f"Key Length {key_length_bits} is not allowed; allowed: {self.allowed}", self.cite)
        return key_length_bits // 8 + self.salt

    @property
    def allowed(self) -> str:
        """The allowed values of the attribute in words."""
        if self.step > 1:
            return ", ".join(str(8 * n) for n in range(self.shortest, self.longest + 1, self.step)) + " bits"
        if self.shortest == self.longest:
            return f"{8 * self.shortest} bits"
        return f"{8 * self.shortest} to {8 * self.longest} bits, in steps of 8"


def _fixed(octets: int, cite: Cite, salt: int = 0) -> KeySizes:
    return KeySizes(octets, octets, octets, KeyLengthRule.FORBIDDEN, cite, salt=salt)


def _variable(shortest: int, longest: int, default: int, cite: Cite) -> KeySizes:
    return KeySizes(shortest, longest, default, KeyLengthRule.OPTIONAL, cite)


def _stated(cite: Cite, salt: int = 0) -> KeySizes:
    """AES and its like: 128, 192 or 256 bits, which the attribute has to say."""
    return KeySizes(16, 32, None, KeyLengthRule.REQUIRED, cite, step=8, salt=salt)


# ---------------------------------------------------------------------------------------------------------------- DES
_HEX = bytes.fromhex
WEAK_DES_KEYS: Final[frozenset[bytes]] = frozenset(
    map(_HEX, ("0101010101010101", "1f1f1f1f0e0e0e0e", "e0e0e0e0f1f1f1f1", "fefefefefefefefe"))
)
"""The four keys under which DES encryption undoes itself."""

MISPRINTED_WEAK_DES_KEYS: Final[frozenset[bytes]] = frozenset(map(_HEX, ("1f1f1f1fe0e0e0e0", "e0e0e0e01f1f1f1f")))
"""Two of the four weak keys as RFC 2409 Appendix A prints them; they are not weak, the true ones are above."""

SEMI_WEAK_DES_KEYS: Final[frozenset[bytes]] = frozenset(
    map(
        _HEX,
        (
            "01fe01fe01fe01fe",
            "1fe01fe00ef10ef1",
            "01e001e001f101f1",
            "1ffe1ffe0efe0efe",
            "011f011f010e010e",
            "e0fee0fef1fef1fe",
            "fe01fe01fe01fe01",
            "e01fe01ff10ef10e",
            "e001e001f101f101",
            "fe1ffe1ffe0efe0e",
            "1f011f010e010e01",
            "fee0fee0fef1fef1",
        ),
    )
)
"""The twelve keys that come in pairs, each undoing the other's encryption (RFC 2409 Appendix A)."""


def odd_parity(key: bytes) -> bytes:
    """Set the lowest bit of each octet so that the octet has an odd number of ones, as DES keys are written.

    DES does not use these bits. The lists are in this form, derived keys are not.
    """
    return bytes(octet & 0xFE | (~(octet >> 1).bit_count() & 1) for octet in key)


# ------------------------------------------------------------------------------------------------------------- phase 1
@dataclass(frozen=True)
class Cipher:
    """A cipher that protects messages of IKE, in CBC mode (RFC 2409 Appendix B)."""

    name: str
    block: int
    key: KeySizes
    weak_keys: frozenset[bytes] = frozenset()

    def is_weak(self, key: bytes) -> bool:
        """Whether the derived key is one that has to be skipped (RFC 2409 Appendix B); its parity does not matter."""
        return bool(self.weak_keys) and odd_parity(key) in self.weak_keys


_APPENDIX_B: Final = "RFC2409:Appendix B"
CIPHERS: Final[dict[EncryptionAlgorithm, Cipher]] = {
    EncryptionAlgorithm.DES_CBC: Cipher("des", 8, _fixed(8, _APPENDIX_B), WEAK_DES_KEYS | SEMI_WEAK_DES_KEYS),
    EncryptionAlgorithm.IDEA_CBC: Cipher("idea", 8, _fixed(16, _APPENDIX_B)),
    EncryptionAlgorithm.BLOWFISH_CBC: Cipher("blowfish", 8, _variable(5, 56, 56, _APPENDIX_B)),
    EncryptionAlgorithm.RC5_R16_B64_CBC: Cipher("rc5", 8, _variable(5, 255, 16, _APPENDIX_B)),
    EncryptionAlgorithm.TRIPLE_DES_CBC: Cipher("3des", 8, _fixed(24, _APPENDIX_B)),
    EncryptionAlgorithm.CAST_CBC: Cipher("cast", 8, _variable(5, 16, 16, _APPENDIX_B)),
    EncryptionAlgorithm.AES_CBC: Cipher("aes", 16, _stated("RFC3602:5.3")),
    EncryptionAlgorithm.CAMELLIA_CBC: Cipher("camellia", 16, _stated("RFC4312:5.3")),
}
"""The ciphers of phase 1. The ranges of Blowfish, CAST and RC5 are those of RFC 2451 section 2.2."""


@dataclass(frozen=True)
class Hash:
    """A hash function: the length of its digest, and the short name that users and Python's hashlib share."""

    name: str
    digest: int
    cite: Cite


HASHES: Final[dict[HashAlgorithm, Hash]] = {
    HashAlgorithm.MD5: Hash("md5", 16, "RFC2409:Appendix A"),
    HashAlgorithm.SHA1: Hash("sha1", 20, "RFC2409:Appendix A"),
    HashAlgorithm.TIGER: Hash("tiger", 24, "RFC2409:Appendix A"),
    HashAlgorithm.SHA2_256: Hash("sha256", 32, "RFC4868:2"),
    HashAlgorithm.SHA2_384: Hash("sha384", 48, "RFC4868:2"),
    HashAlgorithm.SHA2_512: Hash("sha512", 64, "RFC4868:2"),
}
"""The hash functions of phase 1; HMAC with them is the prf (RFC 2409 section 4)."""


class KeyKind(Enum):
    """Which kind of key an authentication method uses."""

    RSA = "RSA"
    DSS = "DSS"
    ECDSA = "ECDSA"


@dataclass(frozen=True)
class Authentication:
    """An authentication method: its form (`kind`), its key, and the hash it is tied to.

    `hash` replaces the negotiated one in HASH_I and HASH_R, and there alone (RFC 2409 section 5.1); None: the
    negotiated one. `curve` is the group whose curve the key has to be on. `client` is the end that has to be
    authenticated by XAuth afterwards; None where there is no XAuth.
    """

    name: str
    kind: Auth
    cite: Cite
    key: KeyKind | None = None
    hash: HashAlgorithm | None = None
    curve: Group | None = None
    client: Role | None = None

    @property
    def xauth(self) -> bool:
        """Whether XAuth follows (draft-beaulieu-ike-xauth-02 section 7.2)."""
        return self.client is not None


def _signature(
    name: str,
    key: KeyKind,
    cite: Cite,
    kind: Auth = Auth.SIGNATURE,
    *,
    client: Role | None = None,
    curve: Group | None = None,
) -> Authentication:
    tied = {
        None: HashAlgorithm.SHA1 if key is KeyKind.DSS else None,
        Group.ECP_256: HashAlgorithm.SHA2_256,
        Group.ECP_384: HashAlgorithm.SHA2_384,
        Group.ECP_521: HashAlgorithm.SHA2_512,
    }[curve]
    return Authentication(name, kind, cite, key, tied, curve, client)


def _encryption(name: str, kind: Auth, cite: Cite, client: Role | None = None) -> Authentication:
    return Authentication(name, kind, cite, KeyKind.RSA, client=client)


_XAUTH, _HYBRID, _ECDSA = "XAUTH:7.2", "HYBRID:3.2", "RFC4754:4"
_REVISED = Auth.REVISED
_I, _R = Role.I, Role.R
AUTHENTICATIONS: Final[dict[AuthMethod, Authentication]] = {
    AuthMethod.PSK: Authentication("psk", Auth.PSK, "RFC2409:5.4"),
    AuthMethod.DSS_SIG: _signature("dsssig", KeyKind.DSS, "RFC2409:5.1"),
    AuthMethod.RSA_SIG: _signature("rsasig", KeyKind.RSA, "RFC2409:5.1"),
    AuthMethod.RSA_ENC: _encryption("rsaenc", Auth.ENCRYPTION, "RFC2409:5.2"),
    AuthMethod.RSA_REV_ENC: _encryption("rsarevenc", _REVISED, "RFC2409:5.3"),
    AuthMethod.ECDSA_256: _signature("ecdsa256", KeyKind.ECDSA, _ECDSA, curve=Group.ECP_256),
    AuthMethod.ECDSA_384: _signature("ecdsa384", KeyKind.ECDSA, _ECDSA, curve=Group.ECP_384),
    AuthMethod.ECDSA_521: _signature("ecdsa521", KeyKind.ECDSA, _ECDSA, curve=Group.ECP_521),
    AuthMethod.HYBRID_INIT_RSA: _signature("hybridinitrsa", KeyKind.RSA, _HYBRID, Auth.HYBRID, client=_I),
    AuthMethod.HYBRID_RESP_RSA: _signature("hybridresprsa", KeyKind.RSA, _HYBRID, Auth.HYBRID_RESPONDER, client=_R),
    AuthMethod.HYBRID_INIT_DSS: _signature("hybridinitdss", KeyKind.DSS, _HYBRID, Auth.HYBRID, client=_I),
    AuthMethod.HYBRID_RESP_DSS: _signature("hybridrespdss", KeyKind.DSS, _HYBRID, Auth.HYBRID_RESPONDER, client=_R),
    AuthMethod.XAUTH_INIT_PSK: Authentication("xauthinitpsk", Auth.PSK, _XAUTH, client=_I),
    AuthMethod.XAUTH_RESP_PSK: Authentication("xauthresppsk", Auth.PSK, _XAUTH, client=_R),
    AuthMethod.XAUTH_INIT_DSS: _signature("xauthinitdss", KeyKind.DSS, _XAUTH, client=_I),
    AuthMethod.XAUTH_RESP_DSS: _signature("xauthrespdss", KeyKind.DSS, _XAUTH, client=_R),
    AuthMethod.XAUTH_INIT_RSA: _signature("xauthinitrsa", KeyKind.RSA, _XAUTH, client=_I),
    AuthMethod.XAUTH_RESP_RSA: _signature("xauthresprsa", KeyKind.RSA, _XAUTH, client=_R),
    AuthMethod.XAUTH_INIT_RSA_ENC: _encryption("xauthinitrsaenc", Auth.ENCRYPTION, _XAUTH, client=_I),
    AuthMethod.XAUTH_RESP_RSA_ENC: _encryption("xauthresprsaenc", Auth.ENCRYPTION, _XAUTH, client=_R),
    AuthMethod.XAUTH_INIT_RSA_REV_ENC: _encryption("xauthinitrsarevenc", _REVISED, _XAUTH, client=_I),
    AuthMethod.XAUTH_RESP_RSA_REV_ENC: _encryption("xauthresprsarevenc", _REVISED, _XAUTH, client=_R),
}
"""The methods that a document defines; the numbers of El-Gamal and of ECDSA without a curve are withdrawn."""


def method_name(method: AuthMethod) -> str:
    """A method as users write it: `rsasig` is `rsa`, `ecdsa256` is `ecdsa-256`."""
    return AUTHENTICATIONS[method].name.removesuffix("sig").replace("ecdsa", "ecdsa-")


# ------------------------------------------------------------------------------------------------------------- phase 2
_2451 = "RFC2451:2.2"
ESP_KEYS: Final[dict[EspTransform, KeySizes]] = {
    EspTransform.DES_IV64: _fixed(8, "RFC2407:4.4.4.1"),
    EspTransform.DES: _fixed(8, "RFC2407:4.4.4.2"),
    EspTransform.TRIPLE_DES: _fixed(24, _2451),
    EspTransform.RC5: _variable(5, 255, 16, _2451),
    EspTransform.IDEA: _fixed(16, _2451),
    EspTransform.CAST: _variable(5, 16, 16, _2451),
    EspTransform.BLOWFISH: _variable(5, 56, 16, _2451),
    EspTransform.DES_IV32: _fixed(8, "RFC2407:4.4.4.9"),
    EspTransform.NULL: _fixed(0, "RFC2407:4.4.4.11"),
    EspTransform.AES: _stated("RFC3602:5.3"),
    EspTransform.AES_CTR: _stated("RFC3686:5.1", salt=4),
    EspTransform.AES_CCM_8: _stated("RFC4309:7.1", salt=3),
    EspTransform.AES_CCM_12: _stated("RFC4309:7.1", salt=3),
    EspTransform.AES_CCM_16: _stated("RFC4309:7.1", salt=3),
    EspTransform.AES_GCM_8: _stated("RFC4106:8.1", salt=4),
    EspTransform.AES_GCM_12: _stated("RFC4106:8.1", salt=4),
    EspTransform.AES_GCM_16: _stated("RFC4106:8.1", salt=4),
    EspTransform.SEED_CBC: _fixed(16, EspTransform.SEED_CBC.cite),
    EspTransform.CAMELLIA: _stated("RFC4312:5.3"),
    EspTransform.NULL_AUTH_AES_GMAC: _stated("RFC4543:5.4", salt=4),
}
"""Keying material of ESP's ciphers. ESP_3IDEA and ESP_RC4 are missing: no document says how long their keys are."""


@dataclass(frozen=True)
class Integrity:
    """What authenticates packets: the length of its key, in octets."""

    name: str
    key: int
    cite: Cite


INTEGRITIES: Final[dict[IntegrityAlgorithm, Integrity]] = {
    IntegrityAlgorithm.HMAC_MD5: Integrity("md5", 16, "RFC2407:4.4.3.1"),
    IntegrityAlgorithm.HMAC_SHA1: Integrity("sha1", 20, "RFC2407:4.4.3.2"),
    IntegrityAlgorithm.DES_MAC: Integrity("desmac", 8, "RFC2407:4.4.3.3"),
    IntegrityAlgorithm.HMAC_SHA2_256: Integrity("sha256", 32, "RFC4868:2.1.1"),
    IntegrityAlgorithm.HMAC_SHA2_384: Integrity("sha384", 48, "RFC4868:2.1.1"),
    IntegrityAlgorithm.HMAC_SHA2_512: Integrity("sha512", 64, "RFC4868:2.1.1"),
    IntegrityAlgorithm.HMAC_RIPEMD: Integrity("ripemd160", 20, "RFC2857:3"),
    IntegrityAlgorithm.AES_XCBC_MAC: Integrity("aesxcbc", 16, "RFC3566:4.1"),
    IntegrityAlgorithm.AES_128_GMAC: Integrity("aes128gmac", 20, "RFC4543:5.4"),
    IntegrityAlgorithm.AES_192_GMAC: Integrity("aes192gmac", 28, "RFC4543:5.4"),
    IntegrityAlgorithm.AES_256_GMAC: Integrity("aes256gmac", 36, "RFC4543:5.4"),
}
"""Integrity algorithms of ESP and AH; a GMAC key includes the four octets of its salt."""

AH_INTEGRITY: Final[dict[AhTransform, IntegrityAlgorithm]] = {
    AhTransform.MD5: IntegrityAlgorithm.HMAC_MD5,
    AhTransform.SHA1: IntegrityAlgorithm.HMAC_SHA1,
    AhTransform.DES: IntegrityAlgorithm.DES_MAC,
    AhTransform.SHA2_256: IntegrityAlgorithm.HMAC_SHA2_256,
    AhTransform.SHA2_384: IntegrityAlgorithm.HMAC_SHA2_384,
    AhTransform.SHA2_512: IntegrityAlgorithm.HMAC_SHA2_512,
    AhTransform.RIPEMD: IntegrityAlgorithm.HMAC_RIPEMD,
    AhTransform.AES_XCBC_MAC: IntegrityAlgorithm.AES_XCBC_MAC,
    AhTransform.AES_128_GMAC: IntegrityAlgorithm.AES_128_GMAC,
    AhTransform.AES_192_GMAC: IntegrityAlgorithm.AES_192_GMAC,
    AhTransform.AES_256_GMAC: IntegrityAlgorithm.AES_256_GMAC,
}
"""The Authentication Algorithm attribute that goes with each AH transform (RFC 2407 section 4.4.3)."""


# --------------------------------------------------------------------------------------------------------- short names
class Suite(NamedTuple):
    """The algorithms of a phase 1 proposal; `key_length_bits` is the Key Length attribute, None where there is none."""

    encryption: EncryptionAlgorithm
    key_length_bits: int | None
    hash: HashAlgorithm
    group: Group

    def __str__(self) -> str:
        """The suite as `parse_suite` reads it."""
        cipher = CIPHERS[self.encryption].name
        bits = "" if self.key_length_bits is None else str(self.key_length_bits)
        return f"{cipher}{bits}-{HASHES[self.hash].name}-{GROUPS[self.group].name}"


class SuiteError(ValueError):
    """A text that is no suite; the message says which part is wrong and what may stand there."""


_CIPHER_NAMES = {facts.name: algorithm for algorithm, facts in CIPHERS.items()}
_HASH_NAMES = {facts.name: algorithm for algorithm, facts in HASHES.items()} | {"sha": HashAlgorithm.SHA1}
_GROUP_NAMES = {facts.name: group for group, facts in GROUPS.items()}


def parse_suite(text: str) -> Suite:
    """Read a phase 1 proposal as users write it: cipher with key length in bits, hash, group.

    >>> str(parse_suite("aes256-sha256-modp2048"))
    'aes256-sha256-modp2048'

    Raises `SuiteError`.
    """
    parts = text.strip().lower().split("-")
    if len(parts) != 3:  # noqa: PLR2004 - the three parts that the format names
        raise SuiteError(f"{text!r} is not of the form cipher-hash-group, such as aes256-sha256-modp2048")
    cipher, hash_name, group = parts
    encryption, bits = _parse_cipher(cipher)
    if hash_name not in _HASH_NAMES:
        raise SuiteError(unknown("hash", hash_name, _HASH_NAMES))
    if group not in _GROUP_NAMES:
        raise SuiteError(unknown("group", group, _GROUP_NAMES))
    return Suite(encryption, bits, _HASH_NAMES[hash_name], _GROUP_NAMES[group])


def _parse_cipher(text: str) -> tuple[EncryptionAlgorithm, int | None]:
    """Read a cipher's name with or without the bits of its key behind it."""
    name = max((name for name in _CIPHER_NAMES if text.startswith(name)), key=len, default="")
    digits = text[len(name) :]
    if not name or (digits and not (digits.isascii() and digits.isdigit())):
        raise SuiteError(unknown("cipher", text, _CIPHER_NAMES, ", with the key's bits behind"))
    bits = int(digits) if digits else None
    encryption = _CIPHER_NAMES[name]
    try:
        CIPHERS[encryption].key.octets(bits)
    except KeyLengthError as error:
        raise SuiteError(f"cipher {text!r}: {error}") from error
    return encryption, bits


# ESP's ciphers as users write them: the key's bits stand behind the cipher and before the mode (aes256, aes256gcm16).
ESP_NAMES: Final[dict[str, EspTransform]] = {
    "des": EspTransform.DES,
    "3des": EspTransform.TRIPLE_DES,
    "cast": EspTransform.CAST,
    "blowfish": EspTransform.BLOWFISH,
    "null": EspTransform.NULL,
    "aes": EspTransform.AES,
    "aesctr": EspTransform.AES_CTR,
    "aesccm8": EspTransform.AES_CCM_8,
    "aesccm12": EspTransform.AES_CCM_12,
    "aesccm16": EspTransform.AES_CCM_16,
    "aesgcm8": EspTransform.AES_GCM_8,
    "aesgcm12": EspTransform.AES_GCM_12,
    "aesgcm16": EspTransform.AES_GCM_16,
    "seed": EspTransform.SEED_CBC,
    "camellia": EspTransform.CAMELLIA,
}
_ESP_CIPHER: Final = re.compile(r"(3?[a-z]+?)(\d*)((?:ctr|[cg]cm\d+)?)")
COMBINED: Final = frozenset(t for t in ESP_NAMES.values() if "CCM" in t.name or "GCM" in t.name)
"""Ciphers that protect integrity as well, so that no other algorithm goes with them (RFC 4106, RFC 4309)."""

_INTEGRITY_NAMES = {facts.name: algorithm for algorithm, facts in INTEGRITIES.items()}


class EspSuite(NamedTuple):
    """The algorithms of an ESP transform; `key_length_bits` is the Key Length attribute, None where there is none."""

    transform: EspTransform
    key_length_bits: int | None
    integrity: IntegrityAlgorithm | None

    def __str__(self) -> str:
        """The suite as `parse_esp` reads it."""
        name = next(name for name, transform in ESP_NAMES.items() if transform is self.transform)
        stem, mode = (name[:3], name[3:]) if name.startswith("aes") else (name, "")
        bits = "" if self.key_length_bits is None else str(self.key_length_bits)
        integrity = "" if self.integrity is None else f"-{INTEGRITIES[self.integrity].name}"
        return f"{stem}{bits}{mode}{integrity}"


def parse_esp(text: str) -> EspSuite:
    """Read an ESP transform as users write it: cipher with key length in bits, and integrity.

    >>> str(parse_esp("aes256-sha256"))
    'aes256-sha256'

    Raises `SuiteError`.
    """
    cipher, dash, integrity = text.strip().lower().partition("-")
    match = _ESP_CIPHER.fullmatch(cipher)
    transform = ESP_NAMES.get(match[1] + match[3]) if match else None
    if match is None or transform is None:
        raise SuiteError(unknown("cipher", cipher, ESP_NAMES, ", with the key's bits behind, as in aes256"))
    bits = int(match[2]) if match[2] else None
    try:
        ESP_KEYS[transform].octets(bits)
    except KeyLengthError as error:
        raise SuiteError(f"cipher {cipher!r}: {error}") from error
    if transform in COMBINED:
        if dash:
            raise SuiteError(f"{cipher} protects integrity itself, so that nothing goes with it")
        return EspSuite(transform, bits, None)
    if not dash:
        raise SuiteError(f"{text!r} is not of the form cipher-integrity, such as aes256-sha256")
    if integrity not in _INTEGRITY_NAMES:
        raise SuiteError(unknown("integrity algorithm", integrity, _INTEGRITY_NAMES))
    return EspSuite(transform, bits, _INTEGRITY_NAMES[integrity])


def parse_group(text: str) -> Group:
    """Read the name of a group: `modp2048`, `ecp256`. Raises `SuiteError`."""
    name = text.strip().lower()
    if name not in _GROUP_NAMES:
        raise SuiteError(unknown("group", name, _GROUP_NAMES))
    return _GROUP_NAMES[name]
