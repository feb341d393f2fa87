"""Paths of certificates made for the purpose: what each rule lets through and what it stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from isakmp.crypto.certificates import Certificate, load_certificate, load_private_key
from isakmp.crypto.effort import Effort
from isakmp.crypto.errors import CryptoFailure, InvalidKey, UntrustedCertificate
from isakmp.crypto.paths import check_path
from isakmp.spec.limits import SIGNATURES_VERIFIED
from isakmp.spec.registries import IdType

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Address, IPv6Address

NOW = datetime(2027, 1, 1, tzinfo=UTC)
KEYS = {name: ec.derive_private_key(n + 1000, ec.SECP256R1()) for n, name in enumerate(("root", "sub", "sub2", "leaf"))}
CA = x509.BasicConstraints(ca=True, path_length=None)
NO_CA = x509.BasicConstraints(ca=False, path_length=None)


def usage(*, sign: bool = False, certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        key_cert_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def issue(
    subject: str,
    issuer: str,
    *extensions: x509.ExtensionType,
    signer: str = "",
    critical: bool = True,
    start: datetime = NOW - timedelta(days=1),
) -> Certificate:
    """A certificate for the key of a name, valid for two days."""
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        public_key=KEYS[subject].public_key(),
        serial_number=1,
        not_valid_before=start,
        not_valid_after=start + timedelta(days=2),
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(KEYS[signer or issuer], hashes.SHA256())
    return load_certificate(made.public_bytes(Encoding.DER))


ROOT = issue("root", "root", CA, usage(certificates=True))
SUB = issue("sub", "root", CA)
SUB2 = issue("sub2", "sub", CA)


@pytest.mark.parametrize(
    ("leaf", "intermediates"),
    [
        (issue("leaf", "root"), []),
        (issue("leaf", "root", NO_CA, usage(sign=True)), []),
        (issue("leaf", "sub"), [SUB]),
        (issue("leaf", "sub2"), [SUB2, SUB]),
        (issue("leaf", "sub2"), [issue("sub2", "sub", NO_CA), SUB, SUB2]),
        (ROOT, []),
    ],
    ids=["direct", "usage", "one between", "two between", "a bad way and a good one", "anchor itself"],
)
def test_a_sound_path_is_found(leaf: Certificate, intermediates: list[Certificate]) -> None:
    if leaf is ROOT:
        with pytest.raises(UntrustedCertificate, match="neither sign nor encipher"):
            check_path(leaf, intermediates, [ROOT], NOW)
    else:
        check_path(leaf, intermediates, [ROOT], NOW)


LEAF = issue("leaf", "sub")
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"")


@pytest.mark.parametrize(
    ("leaf", "intermediates", "anchors", "message"),
    [
        (LEAF, [], [ROOT], "no trust anchor and no certificate at hand is the issuer of 'CN=leaf': 'CN=sub'"),
        (LEAF, [SUB], [], "is the issuer of 'CN=sub': 'CN=root'"),
        (LEAF, [issue("sub", "root")], [ROOT], "'CN=sub' is no CA certificate: it has no basic constraints"),
        (LEAF, [issue("sub", "root", NO_CA)], [ROOT], "'CN=sub' is no CA certificate: its basic constraints say so"),
        (LEAF, [issue("sub", "root", CA, usage(sign=True))], [ROOT], "'CN=sub' may not sign certificates"),
        (LEAF, [issue("sub", "root", CA, signer="leaf")], [ROOT], "signature of 'CN=root' on 'CN=sub' is wrong"),
        (issue("leaf", "sub", signer="sub2"), [SUB], [ROOT], "signature of 'CN=sub' on 'CN=leaf' is wrong"),
        (LEAF, [issue("sub", "root", CA, start=NOW - timedelta(days=9))], [ROOT], "'CN=sub' has expired"),
        (
            issue("leaf", "sub", start=NOW + timedelta(days=1)),
            [SUB],
            [ROOT],
            "'CN=leaf' is not valid before 2027-01-02",
        ),
        (issue("leaf", "root", UNKNOWN), [], [ROOT], "'CN=leaf' has a critical extension unknown here: 1.2.3.4"),
        (issue("leaf", "root", usage()), [], [ROOT], "'CN=leaf' may neither sign nor encipher keys"),
        (
            issue("leaf", "sub2"),
            [SUB2, issue("sub", "root", x509.BasicConstraints(ca=True, path_length=0))],
            [ROOT],
            "'CN=sub' allows 0 CA certificates below it, here are 1",
        ),
        (LEAF, [issue("sub", "sub2", CA), SUB2], [ROOT], "is the issuer of 'CN=sub2': 'CN=sub'"),
    ],
)
def test_an_unsound_path_is_refused_with_its_reason(
    leaf: Certificate, intermediates: list[Certificate], anchors: list[Certificate], message: str
) -> None:
    with pytest.raises(UntrustedCertificate, match=message) as caught:
        check_path(leaf, intermediates, anchors, NOW)
    assert caught.value.cite == "RFC2408:5.9"


def test_an_extension_that_is_unknown_but_not_critical_is_let_through() -> None:
    check_path(issue("leaf", "root", UNKNOWN, critical=False), [], [ROOT], NOW)


def test_alternative_names_become_identities_of_each_type() -> None:
    from ipaddress import ip_address  # noqa: PLC0415 - the names of types stand above for type checking

    addresses: list[IPv4Address | IPv6Address] = [ip_address("192.0.2.1"), ip_address("2001:db8::1")]
    other = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other")])
    names = [
        x509.DNSName("leaf.example"),
        x509.RFC822Name("leaf@leaf.example"),
        *map(x509.IPAddress, addresses),
        x509.DirectoryName(other),
        x509.UniformResourceIdentifier("https://leaf.example"),
    ]
    certificate = issue("leaf", "root", x509.SubjectAlternativeName(names), critical=False)
    assert certificate.identities == (
        (IdType.DER_ASN1_DN, certificate.native.subject.public_bytes()),
        (IdType.FQDN, b"leaf.example"),
        (IdType.USER_FQDN, b"leaf@leaf.example"),
        (IdType.IPV4_ADDR, bytes([192, 0, 2, 1])),
        (IdType.IPV6_ADDR, bytes.fromhex("20010db8000000000000000000000001")),
        (IdType.DER_ASN1_DN, other.public_bytes()),
    )


def test_a_key_of_a_kind_that_ike_has_no_method_for_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    with pytest.raises(InvalidKey, match=r"no authentication method of IKE uses keys of type .*Ed25519PrivateKey"):
        load_private_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def test_certificates_that_all_name_each_other_cost_little() -> None:
    """Thirty that could stand in any order, under one key: each signature is verified once."""
    ring = [
        issue("sub", "sub", CA, usage(certificates=True), start=NOW - timedelta(hours=hours)) for hours in range(1, 31)
    ]
    with pytest.raises(UntrustedCertificate, match="no trust anchor"):
        check_path(issue("leaf", "sub"), ring, [ROOT], NOW)


def test_the_signatures_that_a_peer_can_have_verified_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of sixteen, all of one name, is signed by the next: to find that out would take more than a hundred."""
    keys = [ec.derive_private_key(n + 2000, ec.SECP256R1()) for n in range(17)]
    ring = []
    for own, above in pairwise(keys):
        monkeypatch.setitem(KEYS, "sub", own)
        monkeypatch.setitem(KEYS, "sub2", above)
        ring.append(issue("sub", "sub", CA, signer="sub2"))
    asked: list[bytes] = []
    verdict = Effort.verdict

    def counting(self: Effort, signed: bytes, key: bytes, verify: Callable[[], str | None]) -> str | None:
        def counted() -> str | None:
            asked.append(signed)
            return verify()

        return verdict(self, signed, key, counted)

    monkeypatch.setattr(Effort, "verdict", counting)
    with pytest.raises(UntrustedCertificate, match=f"no path was found with {SIGNATURES_VERIFIED} signatures verified"):
        check_path(ring[0], ring[:0:-1], [ROOT], NOW)
    assert len(asked) == SIGNATURES_VERIFIED


def test_a_path_is_found_among_many_that_do_not_belong_to_it() -> None:
    others = [issue("sub2", "sub2", CA, start=NOW - timedelta(hours=hours)) for hours in range(1, 31)]
    check_path(issue("leaf", "sub"), [*others, SUB], [ROOT], NOW)


@pytest.mark.parametrize("mask", [0x01, 0x10, 0x80, 0xFF])
@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
def test_a_certificate_with_any_octet_changed_is_refused_cleanly_or_read(mask: int) -> None:
    der = issue("leaf", "root", NO_CA, usage(sign=True)).der
    refused = 0
    for place in range(len(der)):
        changed = der[:place] + bytes([der[place] ^ mask]) + der[place + 1 :]
        try:
            check_path(load_certificate(changed), [], [ROOT], NOW)
        except CryptoFailure:
            refused += 1
    # One may pass: the count of unused bits before the signature may be 1 instead of 0 where the last bit is 0.
    assert refused >= len(der) - 1
