"""Published answers of the symbols, each named by its source: what `isakmp.crypto.testkit` holds a backend against."""

from __future__ import annotations

from typing import Final, NamedTuple

from isakmp.spec.registries import EncryptionAlgorithm, HashAlgorithm


class DigestAnswer(NamedTuple):
    """The hash of `MESSAGE`, and the prf of `KEY` and `DATA`, in hexadecimal."""

    hash_source: str
    hash: str
    prf_source: str
    prf: str


class CipherAnswer(NamedTuple):
    """An encryption in CBC mode, in hexadecimal."""

    source: str
    algorithm: EncryptionAlgorithm
    key: str
    iv: str
    plaintext: str
    ciphertext: str


MESSAGE: Final = b"abc"
KEY: Final = b"Jefe"
DATA: Final = b"what do ya want for nothing?"

DIGESTS: Final = {
    HashAlgorithm.MD5: DigestAnswer(
        "RFC 1321 A.5",
        "900150983cd24fb0d6963f7d28e17f72",
        "RFC 2202 2",
        "750c783e6ab0b503eaa86e310a5db738",
    ),
    HashAlgorithm.SHA1: DigestAnswer(
        "FIPS 180-1 A",
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "RFC 2202 3",
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    ),
    HashAlgorithm.SHA2_256: DigestAnswer(
        "FIPS 180-2 B.1",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "RFC 4231 4.3",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    HashAlgorithm.SHA2_384: DigestAnswer(
        "FIPS 180-2 D.1",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "RFC 4231 4.3",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    ),
    HashAlgorithm.SHA2_512: DigestAnswer(
        "FIPS 180-2 C.1",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "RFC 4231 4.3",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ),
}
"""All but Tiger, of which two byte orders were published."""

CIPHERS: Final = (
    CipherAnswer(
        "RFC 3602 4 case 2",
        EncryptionAlgorithm.AES_CBC,
        "c286696d887c9aa0611bbb3e2025a45a",
        "562e17996d093d28ddb3ba695a2e6f58",
        bytes(range(32)).hex(),
        "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1",
    ),
    CipherAnswer(
        "FIPS 81 C",
        EncryptionAlgorithm.DES_CBC,
        "0123456789abcdef",
        "1234567890abcdef",
        b"Now is the time for all ".hex(),
        "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
    ),
    CipherAnswer(
        "SP 800-67 B.1, first block",  # one block under the vector zero is the block cipher itself
        EncryptionAlgorithm.TRIPLE_DES_CBC,
        "0123456789abcdef23456789abcdef01456789abcdef0123",
        "0000000000000000",
        b"The qufc".hex(),
        "a826fd8ce53b855f",
    ),
)
