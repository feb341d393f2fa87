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
    ],
)
def test_the_kit_notices_a_broken_backend(broken: type[Backend], noticed_by: set[str]) -> None:
    failures = {result.name for result in check_backend(broken) if result.failure is not None}
    assert noticed_by <= failures


def test_the_kit_reports_every_check_once_and_nothing_else_on_a_sound_backend() -> None:
    results = list(check_backend(SymbolicBackend))
    assert [result.name for result in results] == [check.name for check in CHECKS]
    assert all(result.failure is None for result in results)
