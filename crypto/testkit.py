"""What any backend has to do, as checks that run on it: for our own backends and for those of third parties.

`check_backend(make)` runs all of them and reports each; a test suite may instead parametrise over `CHECKS` and call
`check.run(make())`. A check raises `KitFailure` where the backend fails it. Algorithms that the backend refuses are
left out, except that they have to fail with `Unsupported`; published answers are asked of backends that
`computes_octets`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from isakmp.crypto import kit_answers  # noqa: F401 - its checks join the list
from isakmp.crypto.backend import Backend
from isakmp.crypto.certificates import load_private_key
from isakmp.crypto.errors import InvalidCiphertext, InvalidKey, InvalidPublicValue, Unsupported
from isakmp.crypto.keys import PrivateKey
from isakmp.crypto.kit import CHECKS, Check, KitFailure, refuses, require, requirement
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, HASHES, KeyKind
from isakmp.spec.carried import SIGNERS
from isakmp.spec.group_numbers import SUBGROUP_1024_160
from isakmp.spec.groups import GROUPS, EcpGroup, ModpGroup
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

__all__ = ["CHECKS", "Check", "KitFailure", "Result", "check_backend"]


@dataclass(frozen=True)
class Result:
    """How a check went: `failure` is None where it passed, else the reason."""

    name: str
    failure: str | None


def check_backend(make: Callable[[], Backend]) -> Iterator[Result]:
    """Run every check, each on a backend of its own, and report it; whatever a backend raises is a failure."""
    for check in CHECKS:
        try:
            check.run(make())
        except KitFailure as failure:
            yield Result(check.name, str(failure))
        except Exception as error:  # noqa: BLE001 - of a backend of anybody's, and the other checks are still to run
            yield Result(check.name, f"{type(error).__name__}: {error}")
        else:
            yield Result(check.name, None)


@cache
def _key(kind: KeyKind, curve: Group | None, which: int) -> PrivateKey:
    """A private key of a kind, the same one for the same `which`."""
    native: PrivateKeyTypes
    secret = 0x1234567890ABCDEF + which
    if kind is KeyKind.RSA:
        native = rsa.generate_private_key(65537, 2048)
    elif kind is KeyKind.DSS:
        p, q, g = SUBGROUP_1024_160
        public = dsa.DSAPublicNumbers(pow(g, secret, p), dsa.DSAParameterNumbers(p, q, g))
        native = dsa.DSAPrivateNumbers(secret, public).private_key()
    else:
        curves = {Group.ECP_256: ec.SECP256R1(), Group.ECP_384: ec.SECP384R1(), Group.ECP_521: ec.SECP521R1()}
        native = ec.derive_private_key(secret, curves[curve or Group.ECP_256])
    der = native.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return load_private_key(der)


def _cases(backend: Backend) -> Iterator[tuple[AuthMethod, PrivateKey, PrivateKey, bytes]]:
    """Each method of signatures that the backend has, with two keys that fit it and a digest."""
    for method, facts in AUTHENTICATIONS.items():
        if facts.kind in SIGNERS and facts.key is not None and backend.refusal(method) is None:
            digest = bytes(range(HASHES[facts.hash or HashAlgorithm.SHA2_256].digest))
            yield method, _key(facts.key, facts.curve, 1), _key(facts.key, facts.curve, 2), digest


# ------------------------------------------------------------------------------------------------------- capabilities
@requirement
def a_refusal_is_a_sentence_and_stays_the_same(backend: Backend) -> None:
    """Every member of every registry of algorithms has an answer."""
    for registry in (EncryptionAlgorithm, HashAlgorithm, Group, AuthMethod):
        for algorithm in registry:
            reason = backend.refusal(algorithm)
            require(reason is None or bool(reason), f"{algorithm.label}: the reason is an empty text")
            require(reason == backend.refusal(algorithm), f"{algorithm.label}: a second answer is another one")


@requirement
def what_is_refused_is_unsupported(backend: Backend) -> None:
    """Use of an algorithm that was refused raises `Unsupported`."""
    for hash_algorithm in HASHES:
        if backend.refusal(hash_algorithm) is not None:
            refuses(Unsupported, hash_algorithm.label, lambda h=hash_algorithm: backend.hash(h, b""))  # type: ignore[misc]
            refuses(Unsupported, hash_algorithm.label, lambda h=hash_algorithm: backend.prf(h, b"", b""))  # type: ignore[misc]
    for cipher, facts in CIPHERS.items():
        if backend.refusal(cipher) is not None:
            key, iv = bytes(facts.key.shortest), bytes(facts.block)
            refuses(Unsupported, cipher.label, lambda c=cipher, k=key, v=iv: backend.encrypt(c, k, v, v))  # type: ignore[misc]
    for group in GROUPS:
        if backend.refusal(group) is not None:
            refuses(Unsupported, group.label, lambda g=group: backend.generate(g, "x"))  # type: ignore[misc]


# ----------------------------------------------------------------------------------------------- fresh values, digests
@requirement
def fresh_values_have_their_length_and_differ(backend: Backend) -> None:
    """Drawing twice gives two values, of the same label or of two."""
    for size in (4, 8, 32, 100):
        drawn = [backend.random(size, label) for label in ("Ni_b", "Ni_b", "Nr_b", "CKY-I")]
        require(all(len(value) == size for value in drawn), f"not every fresh value has {size} octets")
        require(len(set(drawn)) == len(drawn), f"fresh values of {size} octets are equal")


@requirement
def concatenation_joins_octets(backend: Backend) -> None:
    """The symbol | has no surprises."""
    require(backend.cat((b"ab", b"", b"c")) == b"abc", "cat joins wrongly")


@requirement
def digests_follow_from_their_arguments(backend: Backend) -> None:
    """Right lengths; equal for equal arguments, different for different ones."""
    for algorithm, facts in HASHES.items():
        if backend.refusal(algorithm) is not None:
            continue
        values = [
            backend.hash(algorithm, b"data"),
            backend.hash(algorithm, b"data2"),
            backend.prf(algorithm, b"key", b"data"),
            backend.prf(algorithm, b"key2", b"data"),
            backend.prf(algorithm, b"key", b"2data"),
            backend.prf(algorithm, b"key" * 100, b""),
        ]
        require({len(value) for value in values} == {facts.digest}, f"{algorithm.label}: wrong length")
        require(len(set(values)) == len(values), f"{algorithm.label}: equal values for different arguments")
        require(backend.hash(algorithm, b"data") == values[0], f"{algorithm.label}: hash is no function")
        require(backend.prf(algorithm, b"key", b"data") == values[2], f"{algorithm.label}: prf is no function")


# ------------------------------------------------------------------------------------------------------ Diffie-Hellman
@requirement
def both_sides_agree_on_a_secret_of_the_right_length(backend: Backend) -> None:
    """g^xy is one value, and another one for other exponents."""
    for group, facts in GROUPS.items():
        if backend.refusal(group) is not None:
            continue
        ours, theirs, third = (backend.generate(group, label) for label in ("xi", "xr", "xi"))
        for pair in (ours, theirs):
            require(len(pair.public) == facts.public_octets, f"{facts.name}: public value has a wrong length")
            backend.check_public(group, pair.public)
        secret = backend.agree(group, ours, theirs.public)
        require(len(secret) == facts.secret_octets, f"{facts.name}: shared secret has a wrong length")
        require(backend.agree(group, theirs, ours.public) == secret, f"{facts.name}: the sides do not agree")
        require(backend.agree(group, third, theirs.public) != secret, f"{facts.name}: another exponent, equal secret")


@requirement
def a_known_exponent_gives_the_same_pair_again(backend: Backend) -> None:
    """`private_from` takes numbers and octets, and pairs of it agree with others."""
    for group, facts in GROUPS.items():
        if backend.refusal(group) is not None:
            continue
        number = 0xC0FFEE << 64
        known = backend.private_from(group, number)
        again = backend.private_from(group, number.to_bytes(11, "big"))
        require(known.public == again.public, f"{facts.name}: number and octets give different pairs")
        peer = backend.generate(group, "xr")
        same = backend.agree(group, known, peer.public) == backend.agree(group, peer, again.public)
        require(same, f"{facts.name}: a known exponent does not agree")


@requirement
def values_outside_the_group_are_refused(backend: Backend) -> None:
    """Wrong lengths; 0, 1, p-1, p, all ones; points that are on no curve."""
    for group, facts in GROUPS.items():
        if backend.refusal(group) is not None:
            continue
        size = facts.public_octets
        bad = {"short": bytes(size - 1), "long": b"\0" + backend.generate(group, "x").public, "empty": b""}
        if isinstance(facts, ModpGroup):
            numbers = {"0": 0, "1": 1, "p-1": facts.prime - 1, "p": facts.prime, "2^n-1": (1 << 8 * size) - 1}
            bad |= {name: number.to_bytes(size, "big") for name, number in numbers.items()}
        if isinstance(facts, EcpGroup):
            good = backend.generate(group, "x").public
            bad |= {"0|0": bytes(size), "off the curve": good[:-1] + bytes([good[-1] ^ 1]), "p|p": 2 * _prime(facts)}
        for name, value in bad.items():
            sentence = f"{facts.name}: public value {name} is not refused"
            refuses(InvalidPublicValue, sentence, lambda g=group, v=value: backend.check_public(g, v))  # type: ignore[misc]


def _prime(facts: EcpGroup) -> bytes:
    return facts.curve.prime.to_bytes(facts.field_octets, "big")


# ------------------------------------------------------------------------------------------------------------- ciphers
@requirement
def decryption_undoes_encryption(backend: Backend) -> None:
    """For every key length; another key or another vector gives something else."""
    for algorithm, facts in CIPHERS.items():
        if backend.refusal(algorithm) is not None:
            continue
        sizes = facts.key
        for octets in {sizes.shortest, sizes.longest, sizes.default or sizes.longest}:
            key, iv = bytes(range(octets)), bytes(range(facts.block))
            for blocks in (0, 1, 7):
                plaintext = bytes(blocks * facts.block)
                ciphertext = backend.encrypt(algorithm, key, iv, plaintext)
                require(len(ciphertext) == len(plaintext), f"{algorithm.label}: ciphertext has another length")
                require(backend.decrypt(algorithm, key, iv, ciphertext) == plaintext, f"{algorithm.label}: not undone")
                if blocks:
                    others = (bytes(range(1, octets + 1)), iv), (key, bytes(range(1, facts.block + 1)))
                    wrong = [backend.decrypt(algorithm, k, v, ciphertext) for k, v in others]
                    require(plaintext not in wrong, f"{algorithm.label}: another key or vector decrypts as well")
                    require({len(w) for w in wrong} == {len(plaintext)}, f"{algorithm.label}: wrong key, other length")


@requirement
def wrong_lengths_are_refused_by_ciphers(backend: Backend) -> None:
    """What a peer sends and what a caller passes raise different errors."""
    for algorithm, facts in CIPHERS.items():
        if backend.refusal(algorithm) is not None:
            continue
        key, iv = bytes(range(facts.key.longest)), bytes(facts.block)
        odd = bytes(facts.block + 1)
        calls: list[tuple[type[Exception], Callable[[], object]]] = [
            (ValueError, lambda a=algorithm, k=key, v=iv, o=odd: backend.encrypt(a, k, v, o)),  # type: ignore[misc]
            (InvalidCiphertext, lambda a=algorithm, k=key, v=iv, o=odd: backend.decrypt(a, k, v, o)),  # type: ignore[misc]
            (ValueError, lambda a=algorithm, k=key, v=iv: backend.encrypt(a, k, v + b"1", v)),  # type: ignore[misc]
            (ValueError, lambda a=algorithm, k=key, v=iv: backend.encrypt(a, k + b"1", v, v)),  # type: ignore[misc]
            (ValueError, lambda a=algorithm, v=iv: backend.decrypt(a, b"1", v, v)),  # type: ignore[misc]
        ]
        for error, call in calls:
            refuses(error, algorithm.label, call)


# --------------------------------------------------------------------------------------------------------- public keys
@requirement
def signatures_verify_for_their_key_and_digest_only(backend: Backend) -> None:
    """And have the length that the key says."""
    for method, key, other, digest in _cases(backend):
        signature = backend.sign(method, key, digest)
        altered = signature[:-1] + bytes([signature[-1] ^ 1])
        require(len(signature) == key.public.signature_octets, f"{method.label}: wrong length")
        require(backend.verify(method, key.public, digest, signature), f"{method.label}: own signature is wrong")
        require(not backend.verify(method, other.public, digest, signature), f"{method.label}: good under another key")
        require(not backend.verify(method, key.public, digest[::-1], signature), f"{method.label}: other digest, good")
        for wrong in (altered, signature[:-1], signature + b"\0", b"", bytes(len(signature))):
            require(not backend.verify(method, key.public, digest, wrong), f"{method.label}: altered signature is good")


@requirement
def keys_of_another_kind_are_refused(backend: Backend) -> None:
    """An RSA key does not sign by ECDSA, nor the reverse, and nothing signs by pre-shared key."""
    rsa_key, ecdsa_key = _key(KeyKind.RSA, None, 1), _key(KeyKind.ECDSA, Group.ECP_256, 1)
    for method, key in (
        (AuthMethod.ECDSA_256, rsa_key),
        (AuthMethod.RSA_SIG, ecdsa_key),
        (AuthMethod.ECDSA_384, ecdsa_key),
        (AuthMethod.PSK, rsa_key),
        (AuthMethod.RSA_ENC, rsa_key),
    ):
        sentence = f"{method.label} with a key of kind {key.kind.value}"
        refuses(InvalidKey, sentence, lambda m=method, k=key: backend.sign(m, k, bytes(32)))  # type: ignore[misc]
        refuses(InvalidKey, sentence, lambda m=method, k=key: backend.verify(m, k.public, bytes(32), b""))  # type: ignore[misc]


@requirement
def only_the_private_key_opens_what_is_encrypted_to_the_public_one(backend: Backend) -> None:
    """Up to eleven octets less than the modulus."""
    key, other = _key(KeyKind.RSA, None, 1), _key(KeyKind.RSA, None, 2)
    limit = key.public.bits // 8 - 11
    for plaintext in (b"", b"nonce", bytes(range(limit))):
        ciphertext = backend.pk_encrypt(key.public, plaintext)
        require(len(ciphertext) == key.public.bits // 8, "RSA ciphertext is not as long as the modulus")
        require(ciphertext != backend.pk_encrypt(key.public, plaintext), "equal plaintexts give equal ciphertexts")
        require(backend.pk_decrypt(key, ciphertext) == plaintext, "RSA decryption does not undo encryption")
        try:
            opened = backend.pk_decrypt(other, ciphertext)
        except InvalidCiphertext:
            continue
        require(opened != plaintext or not plaintext, "another key opens it as well")
    refuses(InvalidKey, "too long a plaintext", lambda: backend.pk_encrypt(key.public, bytes(limit + 1)))
    ecdsa_key = _key(KeyKind.ECDSA, Group.ECP_256, 1)
    refuses(InvalidKey, "encryption to an ECDSA key", lambda: backend.pk_encrypt(ecdsa_key.public, b"nonce"))
