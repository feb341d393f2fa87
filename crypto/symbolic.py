"""The backend that computes with free terms: perfect cryptography, in which equal values mean equal formulas.

The machine sees octets of the right lengths and does not know. What holds, and nothing else:

* exp(exp(g, x), y) = exp(exp(g, y), x); the base may also be a value that a peer made up;
* decrypt(k, iv, encrypt(k, iv, m)) = m; with another key or vector, the octets are unrelated, and always the same;
* verify(pk, d, s) is true exactly where s = sign(sk, d), by the method and the key that belongs to pk.

Two runs with the same steps give equal octets for two values if and only if the values are equal whatever the keys are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from isakmp.crypto.backend import Algorithm, Backend, KeyPair
from isakmp.crypto.errors import InvalidCiphertext, InvalidPublicValue, Unsupported
from isakmp.crypto.free_terms import Origin, Store, Term, handle
from isakmp.crypto.keys import check_encryption_key, check_signing_key
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, HASHES
from isakmp.spec.groups import AnyGroup, GroupFacts, ModpGroup, group_facts
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

if TYPE_CHECKING:
    from isakmp.crypto.keys import PrivateKey, PublicKey

_GENERATOR: Final = b"the generator"
_DIGESTS: Final = {algorithm: facts.digest for algorithm, facts in HASHES.items()}
_BLOCKS: Final = {algorithm: facts.block for algorithm, facts in CIPHERS.items()}
_SECRET_OCTETS: Final = 32


class SymbolicBackend(Backend):
    """Free terms behind octets; knows every algorithm whose lengths the specification knows."""

    name = "symbolic"
    computes_octets = False

    def __init__(self, seed: int | bytes | str | None = None, store: Store | None = None) -> None:
        """Start with an empty store, or with that of the other peers of the run.

        Fresh values follow from their labels, and from the seed where one is given.
        """
        self.store = Store() if store is None else store
        self.store.name(_GENERATOR, "g")
        self._seed = "" if seed is None else repr(seed)

    def term(self, octets: bytes, *, names: bool = True) -> Term:
        """The term that octets stand for, see `Store.term`; `str` prints it as the RFCs would."""
        return self.store.term(octets, names=names)

    # ---------------------------------------------------------------------------------------------------- capabilities
    def refusal(self, algorithm: Algorithm) -> str | None:
        """Only what has no lengths is refused."""
        known = (
            algorithm in _BLOCKS
            if isinstance(algorithm, EncryptionAlgorithm)
            else algorithm in _DIGESTS
            if isinstance(algorithm, HashAlgorithm)
            else _is_known_group(algorithm)
            if isinstance(algorithm, Group)
            else algorithm in AUTHENTICATIONS
        )
        return None if known else f"{algorithm.label}: its parameters are not known here"

    # --------------------------------------------------------------------------------------------------------- symbols
    def _apply(self, size: int, symbol: str, algorithm: str, *arguments: bytes) -> bytes:
        """The octets of a term, remembered."""
        origin = Origin(symbol, algorithm, arguments)
        octets = handle(size, origin)
        self.store.remember(octets, origin)
        return octets

    def random(self, size: int, label: str) -> bytes:
        """A fresh value, named by its label and, from the second on, a number."""
        name = self.store.fresh_name(label)
        octets = handle(size, Origin("fresh", name, (self._seed.encode(),)))
        self.store.remember(octets, Origin("fresh", name, ()))
        return octets

    def hash(self, algorithm: HashAlgorithm, data: bytes) -> bytes:
        """A digest."""
        return self._apply(_length(_DIGESTS, algorithm), "hash", algorithm.name, data)

    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        """A keyed digest."""
        return self._apply(_length(_DIGESTS, algorithm), "prf", algorithm.name, key, data)

    # -------------------------------------------------------------------------------------------------- Diffie-Hellman
    def generate(self, group: AnyGroup, label: str) -> KeyPair:
        """A fresh exponent and its power of the generator."""
        return self.private_from(group, self.random(_SECRET_OCTETS, label))

    def private_from(self, group: AnyGroup, secret: bytes | int) -> KeyPair:
        """The power of the generator with a known exponent; equal numbers are equal exponents."""
        octets = secret if isinstance(secret, bytes) else secret.to_bytes(max(1, (secret.bit_length() + 7) // 8), "big")
        facts = group_facts(group)
        return KeyPair(group, octets, self._power(facts, facts.public_octets, _GENERATOR, (octets,)))

    def _power(self, facts: GroupFacts, size: int, base: bytes, exponents: tuple[bytes, ...]) -> bytes:
        """A base to a product of exponents. Products have no order: that is the one equation of Diffie-Hellman."""
        origin = Origin("exp", facts.name, (base, *sorted(exponents)))
        octets = handle(size, origin)
        if isinstance(facts, ModpGroup):
            # Below the prime, as every prime here has its highest bit set; and neither 0 nor 1.
            octets = bytes([octets[0] & 0x7F | 0x40]) + octets[1:]
        self.store.remember(octets, origin)
        return octets

    def check_public(self, group: AnyGroup, public: bytes) -> None:
        """Refuse what no honest peer sends: wrong lengths; 0, 1, p-1 and more; what is on no curve.

        In a MODP group any other value is some power of the generator. On a curve octets that nobody computed are no
        point.
        """
        facts = group_facts(group)
        if len(public) != facts.public_octets:
            msg = f"public value of {facts.name} has {len(public)} octets instead of {facts.public_octets}"
            raise InvalidPublicValue(msg, "RFC2409:5" if isinstance(facts, ModpGroup) else "RFC5903:7")
        if isinstance(facts, ModpGroup):
            if not 1 < int.from_bytes(public, "big") < facts.prime - 1:
                raise InvalidPublicValue(f"public value of {facts.name} is not from 2 to p-2", "RFC2412:2.3.1.1")
            return
        origin = self.store.origin(public)
        if origin is None or (origin.symbol, origin.algorithm) != ("exp", facts.name):
            raise InvalidPublicValue(f"public value is no point on the curve {facts.name}", facts.cite)

    def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
        """The peer's value to the own exponent, with the peer's exponents beside it where the value is a power."""
        facts = group_facts(group)
        if not isinstance(pair.private, bytes):
            raise TypeError(f"key pair is none of this backend's for {facts.name}")
        if not isinstance(facts, ModpGroup):
            self.check_public(group, public)
        origin = self.store.origin(public)
        if origin is None or (origin.symbol, origin.algorithm) != ("exp", facts.name):
            return self._power(facts, facts.secret_octets, public, (pair.private,))
        base, *exponents = origin.arguments
        return self._power(facts, facts.secret_octets, base, (*exponents, pair.private))

    # --------------------------------------------------------------------------------------------------------- ciphers
    def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Octets that only `decrypt` with the same key and vector can undo."""
        block = self._check_cipher(algorithm, key, iv)
        if len(plaintext) % block:
            raise ValueError(f"plaintext of {len(plaintext)} octets is no multiple of {block}")
        return self._apply(len(plaintext), "enc", algorithm.name, key, iv, plaintext) if plaintext else b""

    def decrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """The plaintext where key and vector fit, else octets that are related to nothing."""
        block = self._check_cipher(algorithm, key, iv)
        if len(ciphertext) % block:
            msg = f"ciphertext of {len(ciphertext)} octets is no multiple of {block}"
            raise InvalidCiphertext(msg, "RFC2409:Appendix B")
        if not ciphertext:
            return b""
        origin = self.store.origin(ciphertext)
        if (
            origin is not None
            and origin.symbol == "enc"
            and (origin.algorithm, *origin.arguments[:2])
            == (
                algorithm.name,
                key,
                iv,
            )
        ):
            return origin.arguments[2]
        return self._apply(len(ciphertext), "dec", algorithm.name, key, iv, ciphertext)

    @staticmethod
    def _check_cipher(algorithm: EncryptionAlgorithm, key: bytes, iv: bytes) -> int:
        block = _length(_BLOCKS, algorithm)
        facts = CIPHERS[algorithm]
        if len(iv) != block or not facts.key.shortest <= len(key) <= facts.key.longest:
            msg = (
                f"{algorithm.label} takes keys of {facts.key.allowed} and vectors of {block} octets;"
                f" here are a key of {8 * len(key)} bits and a vector of {len(iv)} octets"
            )
            raise ValueError(msg)
        return block

    # ----------------------------------------------------------------------------------------------------- public keys
    def sign(self, method: AuthMethod, key: PrivateKey, digest: bytes) -> bytes:
        """A signature that only this private key gives."""
        check_signing_key(method, key.public)
        return self._apply(key.public.signature_octets, "sign", method.name, key.public.spki, digest)

    def verify(self, method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        """Whether `sign` has given this signature for this key and digest."""
        check_signing_key(method, key)
        return self.store.origin(signature) == Origin("sign", method.name, (key.spki, digest))

    def pk_encrypt(self, key: PublicKey, plaintext: bytes) -> bytes:
        """Octets that only the private key opens; fresh each time, as PKCS #1 padding is."""
        check_encryption_key(key, plaintext)
        return self._apply(
            key.signature_octets, "pk_enc", "RSA", key.spki, plaintext, self.random(8, "PKCS #1 padding")
        )

    def pk_decrypt(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        """The plaintext where the key fits; else raises `InvalidCiphertext`."""
        origin = self.store.origin(ciphertext)
        if origin is None or origin.symbol != "pk_enc" or origin.arguments[0] != key.public.spki:
            raise InvalidCiphertext("encrypted payload body is not for this key", "RFC2409:5.2")
        return origin.arguments[1]


def _is_known_group(group: Group) -> bool:
    try:
        group_facts(group)
    except KeyError:
        return False
    return True


def _length(lengths: dict[EncryptionAlgorithm, int] | dict[HashAlgorithm, int], algorithm: Algorithm) -> int:
    """Look a length up. Raises `Unsupported`."""
    size = lengths.get(algorithm)  # type: ignore[arg-type]  # the caller passes the registry of its algorithm
    if size is None:
        raise Unsupported(f"no lengths are known for {algorithm.label}", algorithm.cite)
    return size
