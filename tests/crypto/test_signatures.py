"""Signatures and certificates of real handshakes, recorded between two daemons of another implementation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from isakmp.crypto.certificates import Certificate
from isakmp.crypto.errors import InvalidCertificate, InvalidKey, UntrustedCertificate
from isakmp.crypto.openssl import OpensslBackend
from isakmp.crypto.seeded import SeededBackend
from isakmp.spec.registries import AuthMethod, IdType

CAPTURES = Path(__file__).parents[1] / "captures"
BACKEND = OpensslBackend()
AT = datetime(2027, 1, 1, tzinfo=UTC)


class Signed(NamedTuple):
    """What one side sent in a recorded handshake, and the digest that both sides computed."""

    method: AuthMethod
    certificate: Certificate
    signature: bytes
    digest: bytes
    pki: dict[str, str]
    side: str


def read(name: str, method: AuthMethod) -> list[Signed]:
    """The signatures of a capture that were encrypted, so that its file of keys has the payloads in the clear."""
    capture: dict[str, Any] = json.loads((CAPTURES / f"{name}.keys.json").read_text())
    sa = capture["ike_sas"][0]
    found = []
    for message in sa["messages"]:
        names = message["payloads"].strip("[] ").split()
        if "SIG" in names and "plain" in message:
            plain, bodies = bytes.fromhex(message["plain"]), {}
            for payload in names:
                length = int.from_bytes(plain[2:4], "big")
                bodies[payload], plain = plain[4:length], plain[length:]
            side = "i" if message["way"] == "sent" else "r"
            digest = bytes.fromhex(sa[f"hash_{side}"])
            certificate = BACKEND.load_certificate(bodies["CERT"][1:])
            found.append(Signed(method, certificate, bodies["SIG"], digest, capture["pki"], side))
    return found


RECORDED = [
    *read("main_rsasig_aes128_sha256_modp2048", AuthMethod.RSA_SIG),
    *read("aggressive_rsasig", AuthMethod.RSA_SIG),
    *read("main_ecdsasig", AuthMethod.ECDSA_256),
]


def test_the_captures_hold_the_signatures_that_these_tests_need() -> None:
    assert [(signed.method.name, signed.side) for signed in RECORDED] == [
        ("RSA_SIG", "i"),
        ("RSA_SIG", "r"),
        ("RSA_SIG", "i"),
        ("ECDSA_256", "i"),
        ("ECDSA_256", "r"),
    ]


@pytest.mark.parametrize("signed", RECORDED, ids=lambda signed: f"{signed.method.name}-{signed.side}")
def test_a_recorded_signature_verifies_over_the_recorded_hash_and_over_no_other(signed: Signed) -> None:
    key = signed.certificate.public_key
    assert BACKEND.verify(signed.method, key, signed.digest, signed.signature)
    assert not BACKEND.verify(signed.method, key, signed.digest[::-1], signed.signature)
    assert len(signed.signature) == key.signature_octets


@pytest.mark.parametrize("signed", RECORDED, ids=lambda signed: f"{signed.method.name}-{signed.side}")
def test_the_recorded_private_key_gives_a_signature_that_the_recorded_certificate_verifies(signed: Signed) -> None:
    owner = "a" if signed.side == "i" else "b"
    key = BACKEND.load_private_key(signed.pki[f"{owner}.key"].encode())
    assert key.public == signed.certificate.public_key
    for backend in (BACKEND, SeededBackend(seed=7)):
        made = backend.sign(signed.method, key, signed.digest)
        assert BACKEND.verify(signed.method, signed.certificate.public_key, signed.digest, made)
        if signed.method is AuthMethod.RSA_SIG:
            assert made == signed.signature


@pytest.mark.parametrize("signed", RECORDED, ids=lambda signed: f"{signed.method.name}-{signed.side}")
def test_a_recorded_certificate_is_trusted_through_the_ca_that_issued_it_and_no_other(signed: Signed) -> None:
    ca, other = (BACKEND.load_certificate(signed.pki[name].encode()) for name in ("ca.crt", "ca2.crt"))
    BACKEND.check_path(signed.certificate, [], [other, ca], AT)
    with pytest.raises(UntrustedCertificate, match=r"no trust anchor .* 'CN=ca,O=ikev1 test,C=XX' \(RFC2408:5.9\)"):
        BACKEND.check_path(signed.certificate, [], [other], AT)
    with pytest.raises(UntrustedCertificate, match="not valid before 2026-11-23"):
        BACKEND.check_path(signed.certificate, [], [ca], datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(UntrustedCertificate, match="has expired at 2046"):
        BACKEND.check_path(signed.certificate, [], [ca], datetime(2047, 1, 1, tzinfo=UTC))


def test_the_certificate_of_the_capture_with_an_untrusted_one_is_refused() -> None:
    pki = json.loads((CAPTURES / "cert_untrusted.keys.json").read_text())["pki"]
    certificate, ca, ca2 = (BACKEND.load_certificate(pki[f"{name}.crt"].encode()) for name in ("a", "ca", "ca2"))
    with pytest.raises(UntrustedCertificate, match="'CN=ca2,O=ikev1 test,C=XX'"):
        BACKEND.check_path(certificate, [], [ca], AT)
    BACKEND.check_path(certificate, [], [ca2], AT)


def test_the_identities_of_a_certificate_have_the_form_of_id_payloads() -> None:
    certificate = RECORDED[0].certificate
    identities = dict(certificate.identities)
    assert identities[IdType.FQDN] == b"a.example.test"
    assert identities[IdType.DER_ASN1_DN] == certificate.native.subject.public_bytes()
    assert certificate.subject == "CN=a.example.test,O=ikev1 test,C=XX"


@pytest.mark.parametrize("data", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"0\x82\xff\xff"])
def test_octets_that_are_no_certificate_or_key_are_refused_with_a_section(data: bytes) -> None:
    with pytest.raises(InvalidCertificate, match=r"cannot be read.*\(RFC2408:5.9\)"):
        BACKEND.load_certificate(data)
    with pytest.raises(InvalidKey, match="cannot be read"):
        BACKEND.load_private_key(data)


def test_a_certificate_cut_at_any_place_is_refused() -> None:
    der = RECORDED[0].certificate.der
    for length in range(0, len(der), 37):
        with pytest.raises(InvalidCertificate):
            BACKEND.load_certificate(der[:length])
