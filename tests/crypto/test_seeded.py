"""Runs from one seed repeat octet for octet, by the construction that is written down."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, utils

from isakmp.crypto.backend import Backend
from isakmp.crypto.openssl import OpensslBackend
from isakmp.crypto.seeded import SeededBackend
from isakmp.crypto.testkit import _key
from isakmp.spec.algorithms import KeyKind
from isakmp.spec.groups import GROUPS, group_facts
from isakmp.spec.registries import AuthMethod, Group

RUN = """
from isakmp.crypto.seeded import SeededBackend
from isakmp.spec.registries import Group
backend = SeededBackend(seed=5)
for label in ("CKY-I", "Ni_b", "Ni_b"):
    print(backend.random(20, label).hex())
for group in (Group.MODP_768, Group.MODP_1024_160, Group.ECP_256, Group.BRAINPOOL_P224R1):
    print(backend.generate(group, "xi").public.hex())
"""


def test_two_processes_with_one_seed_print_the_same_octets() -> None:
    runs = {subprocess.run([sys.executable, "-c", RUN], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1
    assert len(runs.pop().split()) == 7


def test_fresh_values_follow_from_the_construction_that_the_module_describes() -> None:
    key = hashlib.sha256(b"41").digest()
    backend = SeededBackend(seed=41)
    for n in range(3):
        blocks = [hmac.digest(key, b"Ni_b\0" + n.to_bytes(8, "big") + i.to_bytes(4, "big"), "sha256") for i in range(3)]
        assert backend.random(70, "Ni_b") == b"".join(blocks)[:70]


def test_exponents_follow_from_fresh_values() -> None:
    drawn = SeededBackend(seed=1).random(29, "xi")
    public = pow(2, int.from_bytes(drawn, "big"), group_facts(Group.MODP_2048).prime)  # type: ignore[union-attr]
    assert SeededBackend(seed=1).generate(Group.MODP_2048, "xi").public == public.to_bytes(256, "big")


def test_values_of_one_label_do_not_depend_on_other_labels() -> None:
    plain, mixed = SeededBackend(seed=1), SeededBackend(seed=1)
    mixed.random(8, "CKY-I")
    mixed.generate(Group.ECP_256, "xi")
    assert plain.random(16, "Ni_b") == mixed.random(16, "Ni_b")


@pytest.mark.parametrize(("one", "other"), [(0, 1), ("a", "b"), (b"a", b"b"), (1, 11)])
def test_other_seeds_give_other_values(one: int | str | bytes, other: int | str | bytes) -> None:
    assert SeededBackend(one).random(32, "x") != SeededBackend(other).random(32, "x")


def test_no_seed_is_seed_zero_and_kinds_of_seed_are_written_as_described() -> None:
    assert SeededBackend().random(8, "x") == SeededBackend(None).random(8, "x") == SeededBackend(0).random(8, "x")
    assert SeededBackend("7").random(8, "x") == SeededBackend(7).random(8, "x") == SeededBackend(b"7").random(8, "x")


def test_the_backend_of_the_operating_system_takes_no_seed() -> None:
    with pytest.raises(ValueError, match="takes no seed"):
        OpensslBackend(seed=1)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_key_pairs_repeat_in_every_group(group: Group) -> None:
    if SeededBackend().refusal(group) is not None:
        return
    one, again, other = (SeededBackend(seed).generate(group, "xi").public for seed in (1, 1, 2))
    assert one == again != other


SIGNERS = [
    (AuthMethod.RSA_SIG, _key(KeyKind.RSA, None, 1), 20),
    (AuthMethod.DSS_SIG, _key(KeyKind.DSS, None, 1), 20),
    (AuthMethod.ECDSA_256, _key(KeyKind.ECDSA, Group.ECP_256, 1), 32),
    (AuthMethod.ECDSA_521, _key(KeyKind.ECDSA, Group.ECP_521, 1), 64),
]


@pytest.mark.parametrize(("method", "key", "size"), SIGNERS, ids=lambda value: getattr(value, "name", None))
def test_signatures_repeat_and_the_library_verifies_them(method: AuthMethod, key: object, size: int) -> None:
    digest = bytes(range(size))
    one, again = (SeededBackend(seed).sign(method, key, digest) for seed in (1, 2))  # type: ignore[arg-type]
    assert one == again
    assert OpensslBackend().verify(method, key.public, digest, one)  # type: ignore[attr-defined]
    assert SeededBackend().sign(method, key, digest[::-1]) != one  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [16, 20, 32, 64])
def test_a_dss_digest_of_any_length_is_cut_or_padded_as_the_standard_says(size: int) -> None:
    key = _key(KeyKind.DSS, None, 1)
    digest = bytes(range(1, size + 1))
    signature = SeededBackend().sign(AuthMethod.DSS_SIG, key, digest)
    assert OpensslBackend().verify(AuthMethod.DSS_SIG, key.public, digest, signature)
    assert isinstance(key.native, dsa.DSAPrivateKey)
    if size == 20:
        r, s = (int.from_bytes(half, "big") for half in (signature[:20], signature[20:]))
        der = utils.encode_dss_signature(r, s)
        key.native.public_key().verify(der, digest, utils.Prehashed(hashes.SHA1()))


def test_public_key_encryption_repeats_from_a_seed_and_the_library_decrypts_it() -> None:
    key = _key(KeyKind.RSA, None, 1)
    one, again = (SeededBackend(seed=1).pk_encrypt(key.public, b"nonce") for _ in range(2))
    assert one == again != SeededBackend(seed=2).pk_encrypt(key.public, b"nonce")
    assert OpensslBackend().pk_decrypt(key, one) == b"nonce"


def test_the_real_backend_draws_new_values_each_time() -> None:
    backends: list[Backend] = [OpensslBackend(), OpensslBackend()]
    assert len({backend.random(16, "Ni_b") for backend in backends for _ in range(5)}) == 10
    assert len({backend.generate(Group.ECP_256, "xi").public for backend in backends for _ in range(5)}) == 10
