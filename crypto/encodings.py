"""Other encodings of certificates and keys: PKCS #7, and the KEY records of the DNS (RFC 2408 section 3.9).

RFC 2408 names these encodings and says no more. A PKCS #7 structure holds certificates and signs nothing. A "DNS signed
key" is taken to be the data of a KEY record (RFC 2535 section 3.1): flags, protocol, algorithm, public key. Its
signature is in another record, so that such a key is as good as what is known of it otherwise.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from isakmp.crypto.certificates import UNREADABLE, load_certificate, public_key_of
from isakmp.crypto.errors import InvalidCertificate, InvalidKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isakmp.crypto.certificates import Certificate
    from isakmp.crypto.keys import PublicKey

CITE: Final = "RFC2408:3.9"

# RFC 2535 section 3.1: flags of a host's key that may be used for all purposes, IPsec among the protocols, algorithms.
_FLAGS: Final = 0x0200
_NO_KEY: Final = 0xC000
_PROTOCOLS: Final = (4, 255)
_RSA_MD5, _DSA, _RSA_SHA1 = 1, 3, 5
_HEAD: Final = 4
_DSA_T_LARGEST: Final = 8
_DSA_Q_OCTETS: Final = 20


def unwrap(data: bytes) -> tuple[Certificate, ...]:
    """Read the certificates in a PKCS #7 structure, DER or BER. Raises `InvalidCertificate`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # BER is read too, with a warning; what a peer sends is no reason for one
            found = pkcs7.load_der_pkcs7_certificates(data)
    except UNREADABLE as error:
        raise InvalidCertificate(f"PKCS #7 structure cannot be read: {error}", CITE) from error
    return tuple(load_certificate(each.public_bytes(Encoding.DER)) for each in found)


def wrap(certificates: Sequence[Certificate]) -> bytes:
    """Put certificates into a PKCS #7 structure, DER."""
    return pkcs7.serialize_certificates([each.native for each in certificates], Encoding.DER)


def dns_key(key: PublicKey) -> bytes:
    """The data of a KEY record for a key. Raises `InvalidKey` for a kind or size that such records have no form for."""
    native = key.native
    if isinstance(native, rsa.RSAPublicKey):
        numbers = native.public_numbers()
        exponent, modulus = _octets(numbers.e), _octets(numbers.n)
        length = bytes([len(exponent)]) if len(exponent) < 256 else b"\0" + len(exponent).to_bytes(2, "big")  # noqa: PLR2004
        algorithm, body = _RSA_SHA1, length + exponent + modulus
    elif isinstance(native, dsa.DSAPublicKey):
        parameters = native.parameters().parameter_numbers()
        t, rest = divmod(native.key_size - 512, 64)
        if rest or t not in range(_DSA_T_LARGEST + 1) or parameters.q.bit_length() > 8 * _DSA_Q_OCTETS:
            raise InvalidKey(f"no KEY record holds a DSS key of {native.key_size} bits, or its q", CITE)
        width = native.key_size // 8
        numbers_ = (parameters.p, parameters.g, native.public_numbers().y)
        body = bytes([t]) + parameters.q.to_bytes(_DSA_Q_OCTETS, "big")
        body += b"".join(number.to_bytes(width, "big") for number in numbers_)
        algorithm = _DSA
    else:
        raise InvalidKey(f"no KEY record holds a key of kind {key.kind.value}", CITE)
    return _FLAGS.to_bytes(2, "big") + bytes([_PROTOCOLS[0], algorithm]) + body


def read_dns_key(data: bytes) -> PublicKey:
    """Read the data of a KEY record (RFC 2535 section 3.1). Raises `InvalidKey`."""
    if len(data) <= _HEAD:
        raise InvalidKey(f"{len(data)} octets are no KEY record", CITE)
    flags, protocol, algorithm, body = int.from_bytes(data[:2], "big"), data[2], data[3], data[_HEAD:]
    if flags & _NO_KEY == _NO_KEY or protocol not in _PROTOCOLS:
        raise InvalidKey(f"a KEY record with flags {flags:04x} for protocol {protocol} holds no key for IPsec", CITE)
    if algorithm in (_RSA_MD5, _RSA_SHA1):
        return _rsa(body)
    if algorithm == _DSA:
        return _dss(body)
    raise InvalidKey(f"a KEY record of algorithm {algorithm}, which is none of RSA and DSA", CITE)


def _rsa(body: bytes) -> PublicKey:
    """Length of the exponent in one octet, or in three of which the first is 0; exponent; modulus (RFC 2537)."""
    start = 3 if body[0] == 0 else 1
    length = int.from_bytes(body[1:3] if start > 1 else body[:1], "big")
    exponent, modulus = body[start : start + length], body[start + length :]
    if not length or not modulus:
        raise InvalidKey(f"an RSA key of {len(body)} octets with an exponent of {length}", CITE)
    try:
        numbers = rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big"))
        return public_key_of(numbers.public_key())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey(f"KEY record: {error}", CITE) from error


def _dss(body: bytes) -> PublicKey:
    """T; q in 20 octets; p, g and y in 64 + 8 T octets each (RFC 2536)."""
    width = 64 + 8 * body[0]
    if body[0] > _DSA_T_LARGEST or len(body) != 1 + _DSA_Q_OCTETS + 3 * width:
        raise InvalidKey(f"a DSS key of {len(body)} octets with T {body[0]}", CITE)
    q = int.from_bytes(body[1 : 1 + _DSA_Q_OCTETS], "big")
    p, g, y = (
        int.from_bytes(body[start : start + width], "big") for start in range(1 + _DSA_Q_OCTETS, len(body), width)
    )
    try:
        return public_key_of(dsa.DSAPublicNumbers(y, dsa.DSAParameterNumbers(p, q, g)).public_key())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidKey(f"KEY record: {error}", CITE) from error


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
