"""Every argument of every formula has its use: without it a verdict changes, or there is a reason why none does."""

from __future__ import annotations

import pytest

from isakmp.spec.terms import Role
from tests.verify.formula_arguments import TABLE
from tests.verify.formula_page import PAGE, page
from tests.verify.formulas import arguments, formulas
from tests.verify.reasons import Changes, Covered, Fixed, Outside, Said, Separates, Several, Vector
from tests.verify.scenes import Scene

ALL = [(formula, argument) for formula, said in TABLE.items() for argument in said]


def test_every_argument_of_every_formula_is_in_the_table() -> None:
    assert {formula: tuple(said) for formula, said in TABLE.items()} == {
        equation: arguments(formula) for equation, formula in formulas().items()
    }


@pytest.mark.parametrize(("formula", "argument"), ALL, ids=[f"{f.partition(' = ')[0]}: {a}" for f, a in ALL])
def test_what_is_said_of_an_argument_is_so(formula: str, argument: str) -> None:
    TABLE[formula][argument].check(formula, argument)


I, R = Role.I, Role.R
ONLY, MAIN, QUICK = Scene("authentication-only-psk"), Scene("main-psk"), Scene("quick", clear=True)
HASH_I = "HASH_I = prf(SKEYID, CKY-I | CKY-R | SAi_b | IDii_b)"
HASH_R = "HASH_R = prf(SKEYID, CKY-R | CKY-I | SAi_b | IDir_b)"
KEYMAT = "KEYMAT = expand(SKEYID_d, protocol | SPI | Ni_b | Nr_b)"
SKEYID_D = "SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)"
SKEYID_A = "SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)"
WRONG: list[tuple[Said, str, str]] = [
    (Changes(ONLY, R, "agreement-cookies"), HASH_I, "CKY-I"),  # it is covered
    (Changes(MAIN, R, "secrecy"), HASH_I, "CKY-I"),  # not there
    (Covered(ONLY, I, "agreement-cookies", {HASH_I: ("CKY-I",)}), HASH_R, "CKY-I"),  # it changes a verdict
    (Covered(ONLY, R, "agreement-cookies", {HASH_R: ("CKY-R",)}), HASH_I, "CKY-I"),  # by something else
    (Fixed(ONLY), HASH_I, "SAi_b"),  # no identity
    (Fixed(ONLY), HASH_R, "IDir_b"),  # it changes a verdict
    (Vector(ONLY), HASH_R, "CKY-I"),  # no vector
    (Several(QUICK), KEYMAT, "Ni_b"),  # drawn by one end
    (Separates(MAIN, SKEYID_A, ("SKEYID_d",)), SKEYID_D, "0"),  # from something else
    (Separates(MAIN, SKEYID_A, ("1", "SKEYID_d")), SKEYID_D, "CKY-I"),  # it does not
    (Outside("nothing"), HASH_I, "CKY-I"),  # it is searched
]


@pytest.mark.parametrize(("said", "formula", "argument"), WRONG, ids=[f"{type(w[0]).__name__} {w[2]}" for w in WRONG])
def test_what_is_not_so_is_seen(said: Said, formula: str, argument: str) -> None:
    with pytest.raises(AssertionError):
        said.check(formula, argument)


def test_the_page_in_docs_is_made_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
