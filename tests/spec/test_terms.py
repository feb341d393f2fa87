"""The algebra refuses ill-sorted formulas, and prints formulas as the RFC prints them."""

import pytest

from isakmp.spec import keying as k
from isakmp.spec.keying import Auth
from isakmp.spec.terms import Apply, Atom, Cat, Def, Dh, Exp, Role, Sort, SortError, definitions, hash_of, prf, sign

# RFC 2409 section 5, as printed there (line breaks removed).
PRINTED = {
    k.SKEYID[Auth.PSK]: "SKEYID = prf(pre-shared-key, Ni_b | Nr_b)",
    k.SKEYID[Auth.SIGNATURE]: "SKEYID = prf(Ni_b | Nr_b, g^xy)",
    k.skeyid_d(Auth.PSK): "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)",
    k.skeyid_a(Auth.PSK): "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)",
    k.skeyid_e(Auth.PSK): "SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)",
    k.hash_i(Auth.PSK): "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)",
    k.hash_r(Auth.PSK): "HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)",
    k.hash_1(pfs=True, identities=True): "HASH(1) = prf(SKEYID_a, M-ID | SA | Ni | KE | IDci | IDcr)",
    k.hash_2(pfs=False, identities=False): "HASH(2) = prf(SKEYID_a, M-ID | Ni_b | SA | Nr)",
    k.HASH_3: "HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)",
    k.HASH_1_INFORMATIONAL: "HASH(1) = prf(SKEYID_a, M-ID | N/D)",
}


@pytest.mark.parametrize(("definition", "text"), PRINTED.items(), ids=lambda v: v.name if isinstance(v, Def) else "")
def test_a_formula_prints_as_the_rfc_prints_it(definition: Def, text: str) -> None:
    assert definition.equation == text


def test_nested_concatenations_are_flat() -> None:
    assert Cat((k.NI, k.NR, k.CKY_I)) == (k.NI | k.NR) | k.CKY_I


def test_a_private_exponent_has_no_place_in_a_concatenation() -> None:
    with pytest.raises(SortError, match="xi is a secret exponent"):
        k.NI | k.XI


def test_a_public_value_needs_a_secret_exponent() -> None:
    with pytest.raises(SortError, match="not a secret exponent"):
        Exp(k.NI)


def test_values_of_different_groups_do_not_agree_on_a_secret() -> None:
    with pytest.raises(SortError, match="different groups"):
        Dh(k.G_XI, k.QM_XR)


def test_an_identity_does_not_key_a_prf() -> None:
    with pytest.raises(SortError, match=r"argument 1, IDii_b, is a identity; prf takes digest or key or nonce"):
        prf(k.IDII, k.NI)


def test_only_digests_are_signed() -> None:
    with pytest.raises(SortError, match="argument 2"):
        sign(Role.I, k.NI)


def test_an_unknown_symbol_lists_the_known_ones() -> None:
    with pytest.raises(SortError, match="known are prf, hash"):
        Apply("mac", (k.NI, k.NR))


def test_a_symbol_has_its_number_of_arguments() -> None:
    with pytest.raises(SortError, match="takes 2 arguments"):
        Apply("prf", (k.NI,))


def test_a_definition_does_not_change_a_nonce_into_a_key() -> None:
    with pytest.raises(SortError, match="is no key"):
        Def("K", k.NI, "RFC2409:5", Sort.KEY)


def test_definitions_come_after_those_they_use() -> None:
    names = [d.name for d in definitions(k.cipher_key(Auth.PSK))]
    assert names == ["SKEYID", "SKEYID_d", "SKEYID_a", "SKEYID_e", "Ka"]


def test_subterms_reach_the_atoms() -> None:
    atoms = {t.name for t in k.hash_i(Auth.SIGNATURE).subterms() if isinstance(t, Atom)}
    assert atoms == {"Ni_b", "Nr_b", "xi", "xr", "CKY-I", "CKY-R", "SAi_b", "IDii_b"}


def test_a_hash_is_a_digest() -> None:
    assert hash_of(k.NI).sort is Sort.DIGEST
