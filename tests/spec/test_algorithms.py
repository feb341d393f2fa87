"""Key lengths, weak keys, methods and short names are those of the RFCs."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from hypothesis import given
from hypothesis import strategies as st

from isakmp.spec.algorithms import (
    AH_INTEGRITY,
    AUTHENTICATIONS,
    CIPHERS,
    ESP_KEYS,
    HASHES,
    INTEGRITIES,
    MISPRINTED_WEAK_DES_KEYS,
    SEMI_WEAK_DES_KEYS,
    WEAK_DES_KEYS,
    KeyLengthError,
    KeyLengthRule,
    Suite,
    SuiteError,
    odd_parity,
    parse_esp,
    parse_suite,
)
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

DES = CIPHERS[EncryptionAlgorithm.DES_CBC]


def des(key: bytes, block: bytes) -> bytes:
    return Cipher(TripleDES(key * 3), modes.CBC(bytes(8))).encryptor().update(block)


@pytest.mark.parametrize("key", sorted(WEAK_DES_KEYS), ids=bytes.hex)
def test_encrypting_twice_under_a_weak_key_gives_the_plaintext(key: bytes) -> None:
    assert des(key, des(key, b"plaintxt")) == b"plaintxt"


@pytest.mark.parametrize("key", sorted(MISPRINTED_WEAK_DES_KEYS), ids=bytes.hex)
def test_the_keys_that_rfc_2409_misprints_are_not_weak(key: bytes) -> None:
    assert des(key, des(key, b"plaintxt")) != b"plaintxt"
    assert not DES.is_weak(key)


@pytest.mark.parametrize("key", sorted(SEMI_WEAK_DES_KEYS), ids=bytes.hex)
def test_each_semi_weak_key_is_undone_by_exactly_one_other(key: bytes) -> None:
    partners = [other for other in SEMI_WEAK_DES_KEYS if des(other, des(key, b"plaintxt")) == b"plaintxt"]
    assert len(partners) == 1
    assert partners != [key]


def test_there_are_four_weak_and_twelve_semi_weak_keys_of_odd_parity() -> None:
    assert (len(WEAK_DES_KEYS), len(SEMI_WEAK_DES_KEYS), len(MISPRINTED_WEAK_DES_KEYS)) == (4, 12, 2)
    assert all(odd_parity(key) == key for key in WEAK_DES_KEYS | SEMI_WEAK_DES_KEYS)


@given(key=st.binary(min_size=8, max_size=8))
def test_parity_bits_matter_neither_to_des_nor_to_the_weak_key_check(key: bytes) -> None:
    even = bytes(octet ^ 1 for octet in odd_parity(key))
    assert des(key, b"plaintxt") == des(odd_parity(key), b"plaintxt") == des(even, b"plaintxt")
    assert all(octet.bit_count() % 2 == 1 for octet in odd_parity(key))


def test_a_weak_key_is_found_whatever_its_parity_and_no_other_cipher_has_any() -> None:
    assert DES.is_weak(bytes(8))
    assert DES.is_weak(b"\x01\xfe" * 4)
    assert not DES.is_weak(b"\x02" * 8)
    assert not any(facts.is_weak(bytes(8)) for algorithm, facts in CIPHERS.items() if facts is not DES)


@pytest.mark.parametrize(
    ("algorithm", "bits", "octets"),
    [
        (EncryptionAlgorithm.DES_CBC, None, 8),
        (EncryptionAlgorithm.TRIPLE_DES_CBC, None, 24),
        (EncryptionAlgorithm.IDEA_CBC, None, 16),
        (EncryptionAlgorithm.BLOWFISH_CBC, None, 56),
        (EncryptionAlgorithm.BLOWFISH_CBC, 128, 16),
        (EncryptionAlgorithm.CAST_CBC, None, 16),
        (EncryptionAlgorithm.CAST_CBC, 40, 5),
        (EncryptionAlgorithm.RC5_R16_B64_CBC, None, 16),
        (EncryptionAlgorithm.AES_CBC, 192, 24),
        (EncryptionAlgorithm.CAMELLIA_CBC, 256, 32),
    ],
)
def test_phase_1_keys_are_as_long_as_appendix_b_says(
    algorithm: EncryptionAlgorithm, bits: int | None, octets: int
) -> None:
    assert CIPHERS[algorithm].key.octets(bits) == octets


@pytest.mark.parametrize(
    ("algorithm", "bits", "message"),
    [
        (EncryptionAlgorithm.DES_CBC, 64, r"fixed \(RFC2409:Appendix B\)"),
        (EncryptionAlgorithm.TRIPLE_DES_CBC, 192, "fixed"),
        (EncryptionAlgorithm.AES_CBC, None, r"missing; allowed: 128, 192, 256 bits \(RFC3602:5.3\)"),
        (EncryptionAlgorithm.AES_CBC, 512, "512 is not allowed"),
        (EncryptionAlgorithm.AES_CBC, 136, "136 is not allowed"),
        (EncryptionAlgorithm.AES_CBC, 0, "0 is not allowed"),
        (EncryptionAlgorithm.BLOWFISH_CBC, 129, "129 is not allowed"),
        (EncryptionAlgorithm.BLOWFISH_CBC, 456, "40 to 448 bits"),
    ],
)
def test_a_wrong_key_length_attribute_is_an_error_with_its_rule(
    algorithm: EncryptionAlgorithm, bits: int | None, message: str
) -> None:
    with pytest.raises(KeyLengthError, match=message):
        CIPHERS[algorithm].key.octets(bits)


@pytest.mark.parametrize(
    ("transform", "bits", "octets"),
    [
        (EspTransform.TRIPLE_DES, None, 24),
        (EspTransform.AES, 128, 16),
        (EspTransform.AES_CTR, 128, 20),
        (EspTransform.AES_CCM_8, 256, 35),
        (EspTransform.AES_GCM_16, 256, 36),
        (EspTransform.NULL, None, 0),
        (EspTransform.BLOWFISH, None, 16),
        (EspTransform.NULL_AUTH_AES_GMAC, 192, 28),
    ],
)
def test_esp_takes_keying_material_with_its_salt(transform: EspTransform, bits: int | None, octets: int) -> None:
    assert ESP_KEYS[transform].octets(bits) == octets


def test_each_ah_transform_has_the_integrity_algorithm_of_its_name() -> None:
    assert all(transform.name in integrity.name for transform, integrity in AH_INTEGRITY.items())
    assert set(AhTransform) - set(AH_INTEGRITY) == {AhTransform.RSA}
    assert set(AH_INTEGRITY.values()) <= set(INTEGRITIES)


def test_hmac_keys_are_as_long_as_their_digests() -> None:
    lengths = {facts.name: facts.digest for facts in HASHES.values()}
    for facts in INTEGRITIES.values():
        assert facts.key == lengths.get(facts.name, facts.key)
    assert INTEGRITIES[IntegrityAlgorithm.AES_XCBC_MAC].key == 16


def test_methods_tied_to_a_hash_are_dss_and_ecdsa() -> None:
    tied = {method: facts.hash for method, facts in AUTHENTICATIONS.items() if facts.hash is not None}
    assert tied[AuthMethod.DSS_SIG] is HashAlgorithm.SHA1
    assert [tied[m] for m in (AuthMethod.ECDSA_256, AuthMethod.ECDSA_384, AuthMethod.ECDSA_521)] == [
        HashAlgorithm.SHA2_256,
        HashAlgorithm.SHA2_384,
        HashAlgorithm.SHA2_512,
    ]
    assert AuthMethod.RSA_SIG not in tied


def test_kinds_keys_and_extensions_of_methods_follow_their_names() -> None:
    for method, facts in AUTHENTICATIONS.items():
        assert facts.xauth == method.name.startswith(("XAUTH", "HYBRID"))
        assert facts.kind.hybrid == method.name.startswith("HYBRID")
        assert (facts.key is None) == (facts.kind is Auth.PSK) == method.name.endswith("PSK")
        if facts.key is not None and not facts.curve:
            assert facts.key.name[:3] in method.name
        assert (facts.kind is Auth.REVISED) == ("REV_ENC" in method.name)
    assert len({facts.name for facts in AUTHENTICATIONS.values()}) == len(AUTHENTICATIONS)


@pytest.mark.parametrize(
    ("text", "suite"),
    [
        (
            "aes256-sha256-modp2048",
            Suite(EncryptionAlgorithm.AES_CBC, 256, HashAlgorithm.SHA2_256, Group.MODP_2048),
        ),
        ("3des-md5-modp1536", Suite(EncryptionAlgorithm.TRIPLE_DES_CBC, None, HashAlgorithm.MD5, Group.MODP_1536)),
        (
            " Blowfish256-SHA-ECP521 ",
            Suite(EncryptionAlgorithm.BLOWFISH_CBC, 256, HashAlgorithm.SHA1, Group.ECP_521),
        ),
        ("des-tiger-ec2n155", Suite(EncryptionAlgorithm.DES_CBC, None, HashAlgorithm.TIGER, Group.EC2N_155)),
        (
            "camellia128-sha512-modp2048s256",
            Suite(EncryptionAlgorithm.CAMELLIA_CBC, 128, HashAlgorithm.SHA2_512, Group.MODP_2048_256),
        ),
    ],
)
def test_a_suite_is_read_as_users_write_it(text: str, suite: Suite) -> None:
    assert parse_suite(text) == suite


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aes256-sha256", "not of the form cipher-hash-group"),
        ("", "not of the form"),
        ("aes-sha1-modp1024", "'aes': Key Length attribute is missing; allowed: 128, 192, 256 bits"),
        ("aes129-sha1-modp1024", "129 is not allowed"),
        ("3des192-sha1-modp1024", "'3des192': Key Length attribute with a cipher whose key length is fixed"),
        (
            "rot13-sha1-modp1024",
            "unknown cipher 'rot13' (there are: des, idea, blowfish, rc5, 3des, cast, aes, camellia",
        ),
        ("128-sha1-modp1024", "unknown cipher '128'"),
        ("aes\u0661\u0662\u0668-sha1-modp1024", "unknown cipher"),
        (
            "aes128-sha3-modp1024",
            "unknown hash 'sha3'; did you mean sha384? (there are: md5, sha1, tiger, sha256, sha384, sha512",
        ),
        ("aes128-sha1-modp1", "unknown group 'modp1'; did you mean modp1024 or modp1536"),
    ],
)
def test_a_text_that_is_no_suite_is_an_error_that_says_what_there_is(text: str, message: str) -> None:
    with pytest.raises(SuiteError, match=re.escape(message)):
        parse_suite(text)


@pytest.mark.parametrize("text", ["aes256-sha256", "aes128gcm16", "3des-md5", "null-sha1", "aes192ctr-sha512"])
def test_an_esp_suite_is_read_back_from_its_text(text: str) -> None:
    assert str(parse_esp(text)) == text


@given(
    encryption=st.sampled_from(list(CIPHERS)),
    octets=st.integers(1, 255),
    hash_algorithm=st.sampled_from(list(HASHES)),
    group=st.sampled_from(list(GROUPS)),
)
def test_every_suite_is_read_back_from_its_text(
    encryption: EncryptionAlgorithm, octets: int, hash_algorithm: HashAlgorithm, group: Group
) -> None:
    sizes = CIPHERS[encryption].key
    bits = 8 * octets if octets in range(sizes.shortest, sizes.longest + 1, sizes.step) else None
    if bits is None and sizes.default is None:
        bits = 8 * sizes.longest
    if sizes.rule is KeyLengthRule.FORBIDDEN:
        bits = None
    suite = Suite(encryption, bits, hash_algorithm, group)
    assert parse_suite(str(suite)) == suite
