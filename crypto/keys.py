"""Keys of the authentication methods, and which method takes which key.

What backends share about keys without any cryptographic library: the native objects inside are left to those that use
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from isakmp.crypto.errors import InvalidKey
from isakmp.spec.algorithms import AUTHENTICATIONS, KeyKind
from isakmp.spec.carried import SIGNERS
from isakmp.spec.groups import GROUPS

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    from isakmp.spec.registries import AuthMethod

    NativePublic: TypeAlias = rsa.RSAPublicKey | dsa.DSAPublicKey | ec.EllipticCurvePublicKey
    NativePrivate: TypeAlias = rsa.RSAPrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey

PKCS1_OVERHEAD: Final = 11
"""Octets by which a plaintext has to be shorter than an RSA modulus (PKCS #1, block type 2)."""


@dataclass(frozen=True)
class PublicKey:
    """A public key, equal to another when their encodings are; `signature_octets` is the length of its signatures."""

    kind: KeyKind
    spki: bytes = field(repr=False)
    bits: int
    signature_octets: int
    native: NativePublic = field(repr=False, compare=False)


@dataclass(frozen=True)
class PrivateKey:
    """A private key with its public key; equal when the public keys are."""

    kind: KeyKind
    public: PublicKey
    native: NativePrivate = field(repr=False, compare=False)


def check_signing_key(method: AuthMethod, key: PublicKey) -> None:
    """Refuse a key of another kind, or on another curve, than a method of signatures needs, by raising `InvalidKey`."""
    facts = AUTHENTICATIONS.get(method)
    if facts is None or facts.kind not in SIGNERS or facts.key is None:
        raise InvalidKey(f"{method.label} signs nothing", "RFC2409:5.1")
    if facts.key is not key.kind:
        raise InvalidKey(f"{method.label} needs a key of kind {facts.key.value}, here is {key.kind.value}", facts.cite)
    if facts.curve is not None and key.bits != GROUPS[facts.curve].bits:
        raise InvalidKey(f"{method.label} needs a key on {facts.curve.label}, here are {key.bits} bits", facts.cite)


def check_encryption_key(key: PublicKey, plaintext: bytes) -> None:
    """Refuse a key that is no RSA key, or too short for what is to be encrypted to it, by raising `InvalidKey`."""
    if key.kind is not KeyKind.RSA:
        raise InvalidKey(f"public key encryption needs an RSA key, here is {key.kind.value}", "RFC2409:5.2")
    longest = key.signature_octets - PKCS1_OVERHEAD
    if len(plaintext) > longest:
        msg = f"{len(plaintext)} octets do not fit under an RSA key of {key.bits} bits, which takes {longest}"
        raise InvalidKey(msg, "RFC2409:5.2")
