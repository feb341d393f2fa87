"""Signatures and public key encryption in the forms that IKE gives them, on keys of the `cryptography` package.

RSA signs the digest itself, in a PKCS #1 block of type 1, without the name of a hash (RFC 2409 section 5.1). DSS and
ECDSA take the digest as what their own hash would have given: HASH_I is already made with that hash (RFC 2409 section
5.1, RFC 4754 section 4), and deployed peers do not hash it once more. Their signatures are r | s at full width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa, utils

from isakmp.crypto.errors import InvalidCiphertext, InvalidKey, Unsupported
from isakmp.crypto.keys import check_encryption_key, check_signing_key
from isakmp.spec.algorithms import AUTHENTICATIONS

if TYPE_CHECKING:
    from isakmp.crypto.keys import PrivateKey, PublicKey
    from isakmp.spec.registries import AuthMethod

# A hash of the digest's width makes `Prehashed` take it; which hash is of no consequence. 28 octets belong to P-224
# keys.
_WIDTHS: dict[int, hashes.HashAlgorithm] = {
    20: hashes.SHA1(),
    28: hashes.SHA224(),
    32: hashes.SHA256(),
    48: hashes.SHA384(),
    64: hashes.SHA512(),
}


def _prehashed(digest: bytes) -> tuple[utils.Prehashed, bytes]:
    """The digest as the library takes it: of a known width, zeros in front, which do not change its value."""
    width = min((w for w in _WIDTHS if w >= len(digest)), default=0)
    if not width:
        raise ValueError(f"digest has {len(digest)} octets; no hash of IKE is that long")
    return utils.Prehashed(_WIDTHS[width]), digest.rjust(width, b"\0")


def _join(der: bytes, octets: int) -> bytes:
    """Write r and s at full width, one behind the other."""
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(octets // 2, "big") + s.to_bytes(octets // 2, "big")


def sign(method: AuthMethod, key: PrivateKey, digest: bytes, *, repeatable: bool = False) -> bytes:
    """Sign HASH_I or HASH_R. `repeatable` asks for an ECDSA signature that depends on key and digest alone (RFC 6979).

    Raises `InvalidKey`, and `Unsupported` where the library cannot sign so.
    """
    check_signing_key(method, key.public)
    native, octets = key.native, key.public.signature_octets
    try:
        if isinstance(native, rsa.RSAPrivateKey):
            return native.sign(digest, padding.PKCS1v15(), utils.NoDigestInfo())
        prehashed, digest = _prehashed(digest)
        if isinstance(native, dsa.DSAPrivateKey):
            return _join(native.sign(digest, prehashed), octets)
        return _join(native.sign(digest, ec.ECDSA(prehashed, deterministic_signing=repeatable)), octets)
    except UnsupportedAlgorithm as error:
        raise Unsupported(f"{method.label}: {error}", AUTHENTICATIONS[method].cite) from error


def verify(method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
    """Tell whether a SIG payload's body is a signature over HASH_I or HASH_R. Raises `InvalidKey`."""
    check_signing_key(method, key)
    if len(signature) != key.signature_octets:
        return False
    native = key.native
    try:
        if isinstance(native, rsa.RSAPublicKey):
            return native.recover_data_from_signature(signature, padding.PKCS1v15(), utils.NoDigestInfo()) == digest
        prehashed, digest = _prehashed(digest)
        half = len(signature) // 2
        der = utils.encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
        if isinstance(native, dsa.DSAPublicKey):
            native.verify(der, digest, prehashed)
        else:
            native.verify(der, digest, ec.ECDSA(prehashed))
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm as error:
        raise Unsupported(f"{method.label}: {error}", AUTHENTICATIONS[method].cite) from error
    return True


def pk_encrypt(key: PublicKey, plaintext: bytes) -> bytes:
    """Encrypt the body of a payload in PKCS #1 format (RFC 2409 section 5.2). Raises `InvalidKey`."""
    check_encryption_key(key, plaintext)
    native = key.native
    if not isinstance(native, rsa.RSAPublicKey):
        raise InvalidKey("public key encryption needs an RSA key", "RFC2409:5.2")
    return native.encrypt(plaintext, padding.PKCS1v15())


def pk_decrypt(key: PrivateKey, ciphertext: bytes) -> bytes:
    """Undo `pk_encrypt`. Wrong ciphertext gives unrelated octets, or raises `InvalidCiphertext`."""
    native = key.native
    if not isinstance(native, rsa.RSAPrivateKey):
        raise InvalidKey(f"public key encryption needs an RSA key, here is {key.kind.value}", "RFC2409:5.2")
    try:
        return native.decrypt(ciphertext, padding.PKCS1v15())
    except ValueError as error:
        raise InvalidCiphertext(f"encrypted payload body cannot be opened: {error}", "RFC2409:5.2") from error
