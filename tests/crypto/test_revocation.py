"""Revocation lists: whose word counts, for how long, and about what."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from isakmp.crypto.certificates import Certificate
from isakmp.crypto.errors import CryptoFailure, InvalidCertificate, UntrustedCertificate
from isakmp.crypto.paths import check_path
from isakmp.crypto.revocation import Revocation, RevocationList, load_revocation_list
from tests.crypto.test_certificates import CA, KEYS, NOW, ROOT, SUB, issue

DAY = timedelta(days=1)
SIGNER = issue("root", "root", CA)
"""An authority without key usage: it may sign lists."""

LEAF, DEEP = issue("leaf", "root"), issue("leaf", "sub")
ALL = x509.IssuingDistributionPoint(
    full_name=[x509.DNSName("lists.example")],
    relative_name=None,
    only_contains_user_certs=False,
    only_contains_ca_certs=False,
    only_some_reasons=None,
    indirect_crl=False,
    only_contains_attribute_certs=False,
)


def scope(
    *,
    users: bool = False,
    authorities: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    indirect: bool = False,
) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=users,
        only_contains_ca_certs=authorities,
        only_some_reasons=reasons,
        indirect_crl=indirect,
        only_contains_attribute_certs=False,
    )


def listing(
    issuer: str = "root",
    *serials: int,
    signer: str = "",
    start: datetime = NOW - DAY,
    extension: x509.ExtensionType | None = None,
    reason: x509.ReasonFlags | None = None,
) -> RevocationList:
    """A list of revoked serial numbers, valid for two days."""
    builder = x509.CertificateRevocationListBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]), start, start + 2 * DAY
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder(serial, start)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return load_revocation_list(builder.sign(KEYS[signer or issuer], hashes.SHA256()).public_bytes(Encoding.DER))


def refusal(leaf: Certificate, *lists: RevocationList, strict: bool, anchor: Certificate = SIGNER) -> str:
    """Why a path is refused; empty if it is not."""
    try:
        check_path(leaf, [SUB], [anchor], NOW, Revocation(lists, strict))
    except UntrustedCertificate as failure:
        return failure.reason
    return ""


@pytest.mark.parametrize("strict", [False, True])
def test_what_its_issuer_lists_is_refused_and_says_when_it_was_revoked(*, strict: bool) -> None:
    found = refusal(LEAF, listing("root", 1), strict=strict)
    assert found == "'CN=leaf' was revoked by 'CN=root' at 2026-12-31 00:00:00 UTC"


@pytest.mark.parametrize("strict", [False, True])
def test_what_its_issuers_list_does_not_name_is_let_through(*, strict: bool) -> None:
    assert refusal(LEAF, listing("root", 2, 3), strict=strict) == ""


def test_an_authority_between_that_is_revoked_ends_the_path() -> None:
    assert "'CN=sub' was revoked by 'CN=root'" in refusal(DEEP, listing("root", 1), strict=False)


def test_a_list_of_another_authority_says_nothing_of_a_certificate() -> None:
    assert refusal(LEAF, listing("sub", 1), strict=False) == ""


def test_strict_policy_needs_a_list_of_each_issuer_on_the_path() -> None:
    assert "no revocation list of 'CN=sub' is at hand" in refusal(DEEP, listing("root", 9), strict=True)
    assert refusal(DEEP, listing("root", 9), listing("sub", 9), strict=True) == ""


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (listing("root", 9, signer="leaf"), "signature of 'CN=root' on its revocation list is wrong"),
        (listing("root", 9, start=NOW - 3 * DAY), "has expired at 2026-12-31 00:00:00"),
        (listing("root", 9, start=NOW + DAY), "is not valid before 2027-01-02"),
        (listing("root", 9, extension=scope(authorities=True)), "does not cover 'CN=leaf'"),
        (listing("root", 9, extension=scope(reasons=frozenset({x509.ReasonFlags.superseded}))), "does not cover"),
        (listing("root", 9, extension=x509.DeltaCRLIndicator(1)), "a critical extension unknown here: 2.5.29.27"),
    ],
    ids=["forged", "expired", "not yet", "about authorities", "some reasons", "delta"],
)
def test_the_silence_of_a_list_that_does_not_count_is_for_policy_to_judge(made: RevocationList, reason: str) -> None:
    assert refusal(LEAF, made, strict=False) == ""
    assert reason in refusal(LEAF, made, strict=True)
    # One that counts makes good for it, in either order.
    assert refusal(LEAF, made, listing("root", 9), strict=True) == ""
    assert refusal(LEAF, listing("root", 9), made, strict=True) == ""


def test_a_forged_list_revokes_nothing() -> None:
    assert refusal(LEAF, listing("root", 1, signer="leaf"), strict=False) == ""


def test_a_list_about_certificates_of_other_issuers_says_nothing_by_serial_numbers() -> None:
    indirect = listing("root", 1, extension=scope(indirect=True))
    assert refusal(LEAF, indirect, strict=False) == ""
    assert "is about certificates of others" in refusal(LEAF, indirect, strict=True)


def test_an_authentic_list_that_is_old_still_revokes() -> None:
    assert "was revoked" in refusal(LEAF, listing("root", 1, start=NOW - 9 * DAY), strict=False)


def test_a_certificate_that_is_taken_back_from_the_list_is_not_revoked() -> None:
    assert refusal(LEAF, listing("root", 1, reason=x509.ReasonFlags.remove_from_crl), strict=False) == ""
    assert "was revoked" in refusal(LEAF, listing("root", 1, reason=x509.ReasonFlags.certificate_hold), strict=False)


def test_lists_about_users_and_about_authorities_cover_these_and_no_others() -> None:
    users, authorities = (listing("root", 9, extension=e) for e in (scope(users=True), scope(authorities=True)))
    of_sub = listing("sub", 9)
    assert refusal(LEAF, users, strict=True) == ""
    assert "does not cover 'CN=sub'" in refusal(DEEP, users, of_sub, strict=True)
    assert refusal(DEEP, authorities, of_sub, strict=True) == ""
    assert refusal(LEAF, listing("root", 9, extension=ALL), strict=True) == ""


def test_who_may_not_sign_lists_by_its_key_usage_revokes_nothing() -> None:
    # ROOT has a key usage without cRLSign.
    assert refusal(LEAF, listing("root", 1), strict=False, anchor=ROOT) == ""
    assert "may not sign revocation lists" in refusal(LEAF, listing("root", 1), strict=True, anchor=ROOT)


def test_what_is_no_list_is_refused_wherever_it_is_cut() -> None:
    der = listing("root", 1, 2).der
    for length in range(len(der)):
        with pytest.raises(InvalidCertificate, match="revocation list cannot be read"):
            load_revocation_list(der[:length])


@pytest.mark.parametrize("mask", [0x01, 0x80])
@pytest.mark.filterwarnings("ignore:Parsed a serial number which wasn't positive")
def test_a_list_with_any_octet_changed_does_not_count(mask: int) -> None:
    whole = listing("root", 9)
    assert refusal(LEAF, whole, strict=True) == ""
    counted = 0
    for place in range(len(whole.der)):
        changed = whole.der[:place] + bytes([whole.der[place] ^ mask]) + whole.der[place + 1 :]
        with suppress(CryptoFailure):  # refused cleanly is as good
            counted += refusal(LEAF, load_revocation_list(changed), strict=True) == ""
    assert counted <= 1  # the count of unused bits before the signature may pass, as in certificates
