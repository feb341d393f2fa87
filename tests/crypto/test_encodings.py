"""PKCS #7 and KEY records: read back, read from others, and refused where they are broken."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from isakmp.crypto.certificates import public_key_of
from isakmp.crypto.encodings import dns_key, read_dns_key, unwrap, wrap
from isakmp.crypto.errors import CryptoFailure, InvalidCertificate, InvalidKey
from isakmp.spec.group_numbers import SUBGROUP_1024_160
from tests.crypto.test_certificates import LEAF, ROOT, SUB, SUB2

if TYPE_CHECKING:
    from pathlib import Path

RSA = rsa.generate_private_key(65537, 2048).public_key()
P, Q, G = SUBGROUP_1024_160
DSS = dsa.DSAPublicNumbers(pow(G, 4711, P), dsa.DSAParameterNumbers(P, Q, G)).public_key()


def test_a_pkcs7_structure_holds_what_was_put_into_it() -> None:
    assert set(unwrap(wrap([LEAF, SUB2, SUB, ROOT]))) == {LEAF, SUB2, SUB, ROOT}


def test_a_pkcs7_structure_of_another_program_is_read(tmp_path: Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs the program openssl, which is not on the PATH")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"".join(each.native.public_bytes(Encoding.PEM) for each in (LEAF, SUB)))
    made = subprocess.run(
        [program, "crl2pkcs7", "-nocrl", "-certfile", str(chain), "-outform", "DER"], check=True, capture_output=True
    )
    assert set(unwrap(made.stdout)) == {LEAF, SUB}


def test_a_pkcs7_structure_of_indefinite_length_is_read_without_a_word() -> None:
    der = wrap([LEAF, SUB])
    assert der[1] == 0x82  # the length follows in two octets
    assert set(unwrap(b"\x30\x80" + der[4:] + b"\0\0")) == {LEAF, SUB}


def test_what_is_no_pkcs7_structure_is_refused_wherever_it_is_cut() -> None:
    whole = wrap([LEAF])
    for length in range(len(whole)):
        with pytest.raises(InvalidCertificate):
            unwrap(whole[:length])


def test_an_rsa_key_stands_in_a_record_as_rfc_2537_draws_it() -> None:
    numbers = RSA.public_numbers()
    data = bytes.fromhex("0200040503010001") + numbers.n.to_bytes(256, "big")
    assert dns_key(public_key_of(RSA)) == data
    assert read_dns_key(data) == public_key_of(RSA)
    # The exponent's length in the long form, and the algorithm of older records, name the same key.
    longer = bytes.fromhex("02000401000003010001") + numbers.n.to_bytes(256, "big")
    assert read_dns_key(longer) == public_key_of(RSA)


def test_a_dss_key_stands_in_a_record_as_rfc_2536_draws_it() -> None:
    y = pow(G, 4711, P)
    data = bytes.fromhex("0200040308") + Q.to_bytes(20, "big") + b"".join(n.to_bytes(128, "big") for n in (P, G, y))
    assert dns_key(public_key_of(DSS)) == data
    assert read_dns_key(data) == public_key_of(DSS)


def test_a_key_without_such_a_form_is_refused() -> None:
    with pytest.raises(InvalidKey, match="no KEY record holds a key of kind"):
        dns_key(public_key_of(ec.generate_private_key(ec.SECP256R1()).public_key()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "0 octets are no KEY record"),
        ("02000405", "4 octets are no KEY record"),
        ("c000040503010001ff", "holds no key for IPsec"),
        ("0200030503010001ff", "for protocol 3 holds no key for IPsec"),
        ("0200040c03010001ff", "of algorithm 12"),
        ("0200040500", "with an exponent of 0"),
        ("020004050301", "with an exponent of 3"),
        ("020004050301000101", "KEY record: "),
        ("0200040309", "with T 9"),
        ("020004030000", "a DSS key of 2 octets"),
    ],
)
def test_a_record_that_holds_no_usable_key_is_refused_with_its_reason(data: str, message: str) -> None:
    with pytest.raises(InvalidKey, match=message) as caught:
        read_dns_key(bytes.fromhex(data))
    assert caught.value.cite == "RFC2408:3.9"


@given(st.binary(max_size=600), st.sampled_from([b"", bytes.fromhex("02000405"), bytes.fromhex("02000403")]))
def test_any_octets_are_read_or_refused(data: bytes, head: bytes) -> None:
    for read in (read_dns_key, unwrap):
        with suppress(CryptoFailure):
            read(head + data)
