"""The kit runs on our three backends, and notices a backend that is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from isakmp.crypto.openssl import OpensslBackend
from isakmp.crypto.seeded import SeededBackend
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.crypto.testkit import CHECKS, Check, check_backend

if TYPE_CHECKING:
    from isakmp.crypto.backend import Backend, KeyPair
    from isakmp.crypto.keys import PublicKey
    from isakmp.spec.groups import AnyGroup
    from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, HashAlgorithm


@pytest.mark.parametrize("make", [OpensslBackend, SeededBackend, SymbolicBackend], ids=lambda make: make.name)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "_"))
def test_a_backend_passes_the_check(make: type[Backend], check: Check) -> None:
    check.run(make())


class Truncating(OpensslBackend):
    """Forgets the zeros in front of shared secrets, as several implementations once did."""

    def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
        """Cut the first octet off."""
        return super().agree(group, pair, public)[1:]


class Trusting(OpensslBackend):
    """Believes peers."""

    def check_public(self, group: AnyGroup, public: bytes) -> None:
        """Accept anything."""

    def verify(self, method: AuthMethod, key: PublicKey, digest: bytes, signature: bytes) -> bool:
        """Accept anything."""
        return super().verify(method, key, digest, signature) or True


class Constant(OpensslBackend):
    """Has no randomness, and a prf without key."""

    def random(self, size: int, label: str) -> bytes:
        """Give zeros."""
        return bytes(size + 0 * len(label))

    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        """Forget the key."""
        return super().prf(algorithm, b"", data) if key else b""


class Plain(OpensslBackend):
    """Encrypts nothing."""

    def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Give the plaintext back."""
        super().encrypt(algorithm, key, iv, plaintext)
        return plaintext

    def decrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """Give the ciphertext back."""
        super().decrypt(algorithm, key, iv, ciphertext)
        return ciphertext


class OtherDigests(OpensslBackend):
    """Hashes an octet too much."""

    def hash(self, algorithm: HashAlgorithm, data: bytes) -> bytes:
        """Hash the data and more."""
        return super().hash(algorithm, data + b"x")


class OtherPrf(OpensslBackend):
    """Keys an octet too much."""

    def prf(self, algorithm: HashAlgorithm, key: bytes, data: bytes) -> bytes:
        """Hash the data and more."""
        return super().prf(algorithm, key, data + b"x")


class Inverting(OpensslBackend):
    """Agrees on a secret that is no other implementation's."""

    def agree(self, group: AnyGroup, pair: KeyPair, public: bytes) -> bytes:
        """Invert each octet."""
        return bytes(octet ^ 255 for octet in super().agree(group, pair, public))


class OtherCipher(OpensslBackend):
    """Encrypts and decrypts with another key."""

    def encrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Turn the key round."""
        return super().encrypt(algorithm, key[::-1], iv, plaintext)

    def decrypt(self, algorithm: EncryptionAlgorithm, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """Turn the key round."""
        return super().decrypt(algorithm, key[::-1], iv, ciphertext)


class Credulous(OpensslBackend):
    """Trusts every certificate."""

    def check_path(self, *_: object) -> None:
        """Refuse nothing."""


@pytest.mark.parametrize(
    ("broken", "noticed_by"),
    [
        (Truncating, {"both sides agree on a secret of the right length"}),
        (
            Trusting,
            {"values outside the group are refused", "signatures verify for their key and digest only"},
        ),
        (Constant, {"fresh values have their length and differ", "digests follow from their arguments"}),
        (Plain, {"decryption undoes encryption"}),
        (OtherDigests, {"digests are the published ones"}),
        (OtherPrf, {"digests are the published ones"}),
        (Inverting, {"shared secrets are the computed ones"}),
        (OtherCipher, {"ciphertexts are the published ones"}),
        (Credulous, {"only a sound path leads to trust"}),
    ],
)
def test_the_kit_notices_a_broken_backend(broken: type[Backend], noticed_by: set[str]) -> None:
    failures = {result.name for result in check_backend(broken) if result.failure is not None}
    assert noticed_by <= failures


def test_the_kit_reports_every_check_once_and_nothing_else_on_a_sound_backend() -> None:
    results = list(check_backend(SymbolicBackend))
    assert [result.name for result in results] == [check.name for check in CHECKS]
    assert all(result.failure is None for result in results)


class Unfinished(OpensslBackend):
    """Lacks a method."""

    def hash(self, algorithm: HashAlgorithm, data: bytes) -> bytes:
        """Give up."""
        raise NotImplementedError(f"{algorithm.label} of {len(data)} octets")


def test_what_a_backend_raises_is_a_failure_and_the_kit_goes_on() -> None:
    results = list(check_backend(Unfinished))
    assert [result.name for result in results] == [check.name for check in CHECKS]
    failures = {result.name: result.failure for result in results if result.failure is not None}
    assert failures.keys() >= {"digests follow from their arguments", "digests are the published ones"}
    assert all("NotImplementedError" in failure for failure in failures.values())


def test_a_backend_that_cannot_even_be_made_fails_every_check() -> None:
    def make() -> Backend:
        raise OSError("no device")

    assert {result.failure for result in check_backend(make)} == {"OSError: no device"}
