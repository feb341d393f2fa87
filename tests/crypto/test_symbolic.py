"""Free terms: which values are equal, and that the keys of a handshake print as the RFC writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.crypto.errors import InvalidCiphertext, InvalidPublicValue
from isakmp.crypto.free_terms import Cat, Literal, Name, Origin, Part, Power, Store, handle
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.crypto.testkit import _key
from isakmp.spec.algorithms import KeyKind
from isakmp.spec.groups import GROUPS, ModpGroup
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

SHA, AES, MODP = HashAlgorithm.SHA2_256, EncryptionAlgorithm.AES_CBC, Group.MODP_2048


@pytest.fixture
def backend() -> SymbolicBackend:
    return SymbolicBackend()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_exponents_commute_and_nothing_else_is_equal(backend: SymbolicBackend, group: Group) -> None:
    x, y, z = (backend.generate(group, label) for label in "xyz")
    shared = backend.agree(group, x, y.public)
    assert shared == backend.agree(group, y, x.public)
    assert len({shared, backend.agree(group, x, z.public), backend.agree(group, y, z.public), x.public}) == 4
    assert backend.agree(group, x, x.public) not in {shared, x.public}


def test_three_exponents_commute_as_well(backend: SymbolicBackend) -> None:
    x, y, z = (backend.generate(MODP, label) for label in "xyz")
    first = backend.agree(MODP, z, backend.agree(MODP, x, y.public))
    assert first == backend.agree(MODP, x, backend.agree(MODP, y, z.public))
    assert str(backend.term(backend.agree(MODP, x, y.public))) in {"g^(x y)", "g^(y x)"}


def test_a_value_that_a_peer_made_up_is_a_base_of_its_own(backend: SymbolicBackend) -> None:
    x, y = (backend.generate(MODP, label) for label in "xy")
    made_up = b"\x02" * 256
    backend.check_public(MODP, made_up)
    shared = backend.agree(MODP, x, made_up)
    assert shared != backend.agree(MODP, y, made_up)
    term = backend.term(shared)
    assert isinstance(term, Power)
    assert term.base == Literal(made_up)


def test_octets_that_nobody_computed_are_no_point_of_a_curve(backend: SymbolicBackend) -> None:
    with pytest.raises(InvalidPublicValue, match="no point on the curve ecp256"):
        backend.check_public(Group.ECP_256, bytes(64))
    point = backend.generate(Group.ECP_256, "x").public
    with pytest.raises(InvalidPublicValue, match="no point"):
        backend.agree(Group.BRAINPOOL_P256R1, backend.generate(Group.BRAINPOOL_P256R1, "y"), point)


@pytest.mark.parametrize(
    "facts", [f for f in GROUPS.values() if isinstance(f, ModpGroup)], ids=lambda facts: facts.name
)
def test_symbolic_public_values_are_numbers_below_the_prime(facts: ModpGroup) -> None:
    backend = SymbolicBackend()
    for label in "abcdefgh":
        assert 1 < int.from_bytes(backend.generate(facts, label).public, "big") < facts.prime - 1


def test_keys_print_as_rfc_2409_writes_them(backend: SymbolicBackend) -> None:
    store = backend.store
    cky_i, cky_r = backend.random(8, "CKY-I"), backend.random(8, "CKY-R")
    ni, nr = backend.random(16, "Ni_b"), backend.random(20, "Nr_b")
    x, y = backend.generate(MODP, "xi"), backend.generate(MODP, "xr")
    store.name(b"secret", "pre-shared-key")
    skeyid = backend.prf(SHA, b"secret", backend.cat((ni, nr)))
    assert str(backend.term(skeyid)) == "prf(pre-shared-key, Ni_b | Nr_b)"
    g_xy = backend.agree(MODP, x, y.public)
    store.name(skeyid, "SKEYID")
    store.name(g_xy, "g^xy")
    skeyid_d = backend.prf(SHA, skeyid, g_xy + cky_i + cky_r + b"\0")
    assert str(backend.term(skeyid_d)) == "prf(SKEYID, g^xy | CKY-I | CKY-R | 0)"
    store.name(skeyid_d, "SKEYID_d")
    skeyid_a = backend.prf(SHA, skeyid, skeyid_d + g_xy + cky_i + cky_r + b"\1")
    assert str(backend.term(skeyid_a)) == "prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)"
    full = str(backend.term(skeyid_a, names=False))
    assert full.startswith("prf(prf(pre-shared-key, Ni_b | Nr_b), prf(prf(pre-shared-key, Ni_b | Nr_b), g^(")
    assert str(backend.term(x.public)) == "g^xi"


def test_parts_of_values_and_unknown_octets_between_them_are_found(backend: SymbolicBackend) -> None:
    nonce, digest = backend.random(16, "Ni_b"), backend.hash(SHA, b"\x07")
    message_id = backend.random(4, "M-ID")
    assert str(backend.term(digest[:16])) == "hash(7)[0:16]"
    assert str(backend.term(digest[8:])) == "hash(7)[8:32]"
    term = backend.term(b"\xab\xcd" + nonce + message_id + digest[16:] + b"\x09")
    assert str(term) == "0xabcd | Ni_b | M-ID | hash(7)[16:32] | 9"
    assert isinstance(term, Cat)
    assert isinstance(term.parts[3], Part)
    assert backend.term(b"") == Literal(b"")
    assert backend.term(nonce[:7]) == Literal(nonce[:7])


def test_only_the_right_key_and_vector_decrypt(backend: SymbolicBackend) -> None:
    key, iv, plaintext = backend.random(32, "K"), backend.random(16, "IV"), bytes(48)
    ciphertext = backend.encrypt(AES, key, iv, plaintext)
    assert backend.decrypt(AES, key, iv, ciphertext) == plaintext
    other_key, other_iv = backend.random(32, "K"), backend.random(16, "IV")
    wrong = [
        backend.decrypt(AES, other_key, iv, ciphertext),
        backend.decrypt(AES, key, other_iv, ciphertext),
        backend.decrypt(EncryptionAlgorithm.CAMELLIA_CBC, key, iv, ciphertext),
        backend.decrypt(AES, key, iv, ciphertext[:-16]),
        backend.decrypt(AES, key, iv, bytes(48)),
    ]
    assert len({*wrong, plaintext, plaintext[:-16]}) == 7
    assert wrong[0] == backend.decrypt(AES, other_key, iv, ciphertext)
    assert [len(value) for value in wrong] == [48, 48, 48, 32, 48]


def test_a_signature_is_good_for_its_method_key_and_digest_alone(backend: SymbolicBackend) -> None:
    key, other = _key(KeyKind.RSA, None, 1), _key(KeyKind.RSA, None, 2)
    signature = backend.sign(AuthMethod.RSA_SIG, key, b"digest")
    assert backend.verify(AuthMethod.RSA_SIG, key.public, b"digest", signature)
    assert not backend.verify(AuthMethod.RSA_SIG, other.public, b"digest", signature)
    assert not backend.verify(AuthMethod.RSA_SIG, key.public, b"another", signature)
    assert not backend.verify(AuthMethod.XAUTH_INIT_RSA, key.public, b"digest", signature)
    assert not SymbolicBackend().verify(AuthMethod.RSA_SIG, key.public, b"digest", signature)
    assert SymbolicBackend(store=backend.store).verify(AuthMethod.RSA_SIG, key.public, b"digest", signature)


def test_public_key_encryption_opens_for_its_key_alone(backend: SymbolicBackend) -> None:
    key, other = _key(KeyKind.RSA, None, 1), _key(KeyKind.RSA, None, 2)
    ciphertext = backend.pk_encrypt(key.public, b"nonce")
    assert backend.pk_decrypt(key, ciphertext) == b"nonce"
    with pytest.raises(InvalidCiphertext, match="not for this key"):
        backend.pk_decrypt(other, ciphertext)


def test_peers_that_share_a_store_never_draw_the_same_value_and_agree() -> None:
    store = Store()
    ours, theirs = SymbolicBackend(store=store), SymbolicBackend(store=store)
    assert ours.random(16, "Ni_b") != theirs.random(16, "Ni_b")
    assert str(ours.term(theirs.random(16, "Ni_b"))) == "Ni_b#3"
    x, y = ours.generate(MODP, "xi"), theirs.generate(MODP, "xr")
    assert ours.agree(MODP, x, y.public) == theirs.agree(MODP, y, x.public)


def test_equal_runs_give_equal_octets_and_other_seeds_others() -> None:
    def run(seed: int | None) -> bytes:
        backend = SymbolicBackend(seed)
        return backend.prf(SHA, b"key", backend.random(16, "Ni_b"))

    assert run(None) == run(None)
    assert run(1) == run(1)
    assert len({run(None), run(1), run(2)}) == 3


@given(
    st.lists(
        st.tuples(st.sampled_from(["prf", "hash", "enc"]), st.lists(st.binary(max_size=3), max_size=3)),
        min_size=2,
        max_size=2,
        unique_by=lambda pair: (pair[0], tuple(pair[1])),
    )
)
def test_different_terms_have_different_octets_however_their_arguments_are_cut(
    pairs: list[tuple[str, list[bytes]]],
) -> None:
    one, other = (handle(32, Origin(symbol, "", tuple(arguments))) for symbol, arguments in pairs)
    assert one != other


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Name("Ni_b"), "Ni_b"),
        (lambda: Literal(b"\x02"), "2"),
        (lambda: Literal(b"\x02\x03"), "0x0203"),
        (lambda: Cat((Name("a"), Literal(b"\0"))), "a | 0"),
    ],
)
def test_terms_print_as_the_rfcs_do(make: Callable[[], object], text: str) -> None:
    assert str(make()) == text
