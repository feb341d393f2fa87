"""The backend for real handshakes: Python's hashlib and hmac, and OpenSSL's ciphers, curves and signatures.

The powers of MODP groups come from `isakmp.crypto.modp`, curves that the library lacks from `isakmp.crypto.ecp`. What
the installed OpenSSL refuses (a FIPS module, a distribution without Brainpool) is found by trying it once, when it is
first asked about.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers import algorithms as decrepit
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from isakmp.crypto import ecp, modp, signatures
from isakmp.crypto.backend import Algorithm, Backend, KeyPair
from isakmp.crypto.errors import InvalidCiphertext, InvalidPublicValue, Unsupported
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, HASHES
from isakmp.spec.groups import AnyGroup, EcpGroup, ModpGroup, group_facts
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

    from isakmp.crypto.keys import PrivateKey, PublicKey


def _single_des(key: bytes) -> decrepit.TripleDES:
    """DES as the case of 3DES where all three keys are one."""
    return decrepit.TripleDES(key * 3)


_CIPHERS: Final = {
    EncryptionAlgorithm.DES_CBC: _single_des,
    EncryptionAlgorithm.IDEA_CBC: decrepit.IDEA,
    EncryptionAlgorithm.BLOWFISH_CBC: decrepit.Blowfish,
    EncryptionAlgorithm.TRIPLE_DES_CBC: decrepit.TripleDES,
    EncryptionAlgorithm.CAST_CBC: decrepit.CAST5,
    EncryptionAlgorithm.AES_CBC: algorithms.AES,
    EncryptionAlgorithm.CAMELLIA_CBC: decrepit.Camellia,
}
_BLOCKS: Final = {algorithm: CIPHERS[algorithm].block for algorithm in _CIPHERS}

_CURVES: Final[dict[Group, ec.EllipticCurve]] = {
    Group.ECP_192: ec.SECP192R1(),
    Group.ECP_224: ec.SECP224R1(),
    Group.ECP_256: ec.SECP256R1(),
    Group.ECP_384: ec.SECP384R1(),
    Group.ECP_521: ec.SECP521R1(),
    Group.BRAINPOOL_P256R1: ec.BrainpoolP256R1(),
    Group.BRAINPOOL_P384R1: ec.BrainpoolP384R1(),
    Group.BRAINPOOL_P512R1: ec.BrainpoolP512R1(),
}

# hashlib's names; Tiger is in no library. A name is what `hmac.digest` runs fastest with.
_HASH_NAMES: Final[dict[HashAlgorithm, str]] = {
    algorithm: facts.name for algorithm, facts in HASHES.items() if algorithm is not HashAlgorithm.TIGER
}
_HASH_FUNCTIONS: Final[dict[HashAlgorithm, Callable[..., Any]]] = {
    algorithm: getattr(hashlib, name) for algorithm, name in _HASH_NAMES.items()
}


def _absent(algorithm: Algorithm) -> Unsupported:
    """The error for an algorithm that is used although it was refused."""
    return Unsupported(f"no implementation of {algorithm.label}", algorithm.cite)


@dataclass(frozen=True)
class _Secret:
    """A secret multiplier on a curve that OpenSSL does not have, or an exponent."""

    number: int


class OpensslBackend(Backend):
    """Real algorithms, with fresh values from the operating system."""

    name = "openssl"

    def __init__(self, seed: int | bytes | str | None = None) -> None:
        """Make a backend; it cannot be seeded, and says so (`ValueError`)."""
        if seed is not None:
            raise ValueError(f"backend {self.name!r} draws from the operating system and takes no seed")
        # By kind and number: members of different registries are equal where their numbers are.
        self._refusals: dict[tuple[type, int], str | None] = {}
        self._curves: dict[Group, ec.EllipticCurve | None] = {}

    # -------------------------------------------------------------------------------------------------- capabilities
    def refusal(self, algorithm: Algorithm) -> str | None:
        """Why the algorithm cannot be used; found by trying it, once."""
        key = type(algorithm), int(algorithm)
        if key not in self._refusals:
            self._refusals[key] = self._try(algorithm)
        return self._refusals[key]

    def _try(self, algorithm: Algorithm) -> str | None:
        try:
            if isinstance(algorithm, EncryptionAlgorithm):
                sizes = CIPHERS[algorithm].key
                block = bytes(CIPHERS[algorithm].block)
                # Distinct octets: a FIPS module refuses 3DES keys whose parts are equal.
                self.encrypt(algorithm, bytes(range(sizes.default or sizes.longest)), block, block)
            elif isinstance(algorithm, HashAlgorithm):
                self.prf(algorithm, bytes(16), self.hash(algorithm, b""))
            elif isinstance(algorithm, Group):
                pair = OpensslBackend.generate(self, algorithm, "self-test")
                self.agree(algorithm, pair, pair.public)
            else:
                return self._why_no_authentication(algorithm)
        except KeyError:
            return f"{algorithm.label}: its parameters are not known here"
        except (Unsupported, UnsupportedAlgorithm, ValueError, InternalError) as error:
            return f"{algorithm.label}: {error}"
        return None

    def _why_no_authentication(self, method: AuthMethod) -> str | None:
        facts = AUTHENTICATIONS.get(method)
        if facts is None:
            return f"{method.label}: no document defines this method"
        if facts.curve is not None and self._named_curve(facts.curve) is None:
            return f"{method.label}: the library has no {facts.curve.label}"
        return self.refusal(facts.hash) if facts.hash is not None else None

    # ------------------------------------------------------------------------------------------ fresh values, digests
    def random(self, size: int, label: str) -> bytes:  # noqa: ARG002 - the label is for backends that keep it
        """Draw octets from the operating system."""
        return os.urandom(size)

    def hash(self, algorithm: HashAlgorithm, data: bytes) -> bytes:
        """Hash octets."""
        try:
            function = _HASH_FUNCTIONS[algorithm]
        except KeyError:
            raise _absent(algorithm) from None
        digest: bytes = function(data, usedforsecurity=False).digest()
        return digest

    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        """HMAC (RFC 2104)."""
        try:
            name = _HASH_NAMES[algorithm]
        except KeyError:
            raise _absent(algorithm) from None
        return hmac.digest(key, data, name)

    # ------------------------------------------------------------------------------------------------- Diffie-Hellman
    def generate(self, group: AnyGroup, label: str) -> KeyPair:
        """Draw a secret exponent, as long as `isakmp.spec.groups` says."""
        facts = group_facts(group)
        curve = self._curve(facts) if isinstance(facts, EcpGroup) else None
        if curve is not None:
            return self._curve_pair(group, ec.generate_private_key(curve))
        return self.private_from(group, self.draw_secret(group, label))

    def draw_secret(self, group: AnyGroup, label: str) -> int:
        """Draw a secret exponent, or a multiplier from 1 to order-1, near enough to uniform."""
        facts = group_facts(group)
        if isinstance(facts, ModpGroup):
            return modp.exponent(facts, self.random(modp.drawn_octets(facts), label))
        if isinstance(facts, EcpGroup):
            drawn = self.random(facts.exponent_octets + modp.EXTRA_OCTETS, label)
            return 1 + int.from_bytes(drawn, "big") % (facts.curve.order - 1)
        raise _absent_group(facts.name)

    def private_from(self, group: AnyGroup, secret: bytes | int) -> KeyPair:
        """Compute the public value of a known secret."""
        facts = group_facts(group)
        number = secret if isinstance(secret, int) else int.from_bytes(secret, "big")
        if isinstance(facts, ModpGroup):
            if not 0 < number < facts.prime:
                raise ValueError(f"secret exponent of {facts.name} is not between 0 and the prime")
            return KeyPair(group, _Secret(number), modp.public_value(facts, number))
        if isinstance(facts, EcpGroup):
            if not 0 < number < facts.curve.order:
                raise ValueError(f"secret multiplier of {facts.name} is not between 0 and the order")
            curve = self._curve(facts)
            if curve is not None:
                return self._curve_pair(group, ec.derive_private_key(number, curve))
            return KeyPair(group, _Secret(number), ecp.public_value(facts, number))
        raise _absent_group(facts.name)

    def check_public(self, group: AnyGroup, public: bytes) -> None:
        """Refuse a value that is none of the group's."""
        facts = group_facts(group)
        if isinstance(facts, ModpGroup):
            modp.check_public(facts, public)
        elif isinstance(facts, EcpGroup):
            ecp.decode(facts, public)
        else:
            raise _absent_group(facts.name)

    def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
        """Compute g^xy."""
        facts = group_facts(group)
        if isinstance(facts, ModpGroup) and isinstance(pair.private, _Secret):
            return modp.shared_secret(facts, pair.private.number, public)
        if isinstance(facts, EcpGroup):
            if isinstance(pair.private, _Secret):
                return ecp.shared_secret(facts, pair.private.number, public)
            if isinstance(pair.private, ec.EllipticCurvePrivateKey):
                ecp.check_length(facts, public)
                try:
                    peer = ec.EllipticCurvePublicKey.from_encoded_point(pair.private.curve, b"\x04" + public)
                except ValueError as error:
                    msg = f"public value is no point on the curve {facts.name}"
                    raise InvalidPublicValue(msg, facts.cite) from error
                return pair.private.exchange(ec.ECDH(), peer)
        raise TypeError(f"key pair is none of this backend's for {facts.name}")

    def _curve(self, facts: EcpGroup) -> ec.EllipticCurve | None:
        """The library's curve of a group; None where the group has no number, or the library no such curve."""
        return None if facts.group is None else self._named_curve(facts.group)

    def _named_curve(self, group: Group) -> ec.EllipticCurve | None:
        """The library's curve for a group's number, tried once; None where the installed OpenSSL refuses it."""
        if group not in self._curves:
            curve = _CURVES.get(group)
            try:
                if curve is not None:
                    ec.generate_private_key(curve)
            except (UnsupportedAlgorithm, InternalError, ValueError):
                curve = None
            self._curves[group] = curve
        return self._curves[group]

    @staticmethod
    def _curve_pair(group: AnyGroup, private: ec.EllipticCurvePrivateKey) -> KeyPair:
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return KeyPair(group, private, point[1:])

    # -------------------------------------------------------------------------------------------------------- ciphers
    def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Encrypt in CBC mode."""
        cipher = _cipher(algorithm, key, iv)
        if len(plaintext) % _BLOCKS[algorithm]:
            raise ValueError(f"plaintext of {len(plaintext)} octets is no multiple of {_BLOCKS[algorithm]}")
        context = cipher.encryptor()
        return context.update(plaintext) + context.finalize()

    def decrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """Decrypt in CBC mode."""
        cipher = _cipher(algorithm, key, iv)
        if len(ciphertext) % _BLOCKS[algorithm]:
            msg = f"ciphertext of {len(ciphertext)} octets is no multiple of {_BLOCKS[algorithm]}"
            raise InvalidCiphertext(msg, "RFC2409:Appendix B")
        context = cipher.decryptor()
        return context.update(ciphertext) + context.finalize()

    # ----------------------------------------------------------------------------------------------------- public keys
    def sign(self, method: AuthMethod, key: PrivateKey, digest: bytes) -> bytes:
        """Sign HASH_I or HASH_R."""
        return signatures.sign(method, key, digest)

    def verify(self, method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        """Verify SIG_I or SIG_R."""
        return signatures.verify(method, key, digest, signature)

    def pk_encrypt(self, key: PublicKey, plaintext: bytes) -> bytes:
        """Encrypt the body of a payload."""
        return signatures.pk_encrypt(key, plaintext)

    def pk_decrypt(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        """Decrypt the body of a payload."""
        return signatures.pk_decrypt(key, ciphertext)


def _absent_group(name: str) -> Unsupported:
    return Unsupported(f"no arithmetic for curves over GF[2^N], such as {name}", "RFC2409:6.3")


def _cipher(algorithm: EncryptionAlgorithm, key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    """Set a cipher up; the library checks the key's length, so that only a failure costs the words."""
    try:
        return Cipher(_CIPHERS[algorithm](key), modes.CBC(iv))
    except KeyError:
        raise _absent(algorithm) from None
    except UnsupportedAlgorithm as error:
        raise Unsupported(f"{algorithm.label}: {error}", algorithm.cite) from error
    except ValueError as error:
        facts = CIPHERS[algorithm]
        msg = (
            f"{algorithm.label} takes keys of {facts.key.allowed} and vectors of {facts.block} octets;"
            f" here are a key of {8 * len(key)} bits and a vector of {len(iv)} octets"
        )
        raise ValueError(msg) from error
