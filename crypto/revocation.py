"""Revocation lists: CRLs, and ARLs, which are CRLs about authorities (RFC 2408 section 3.9, RFC 5280 section 5).

A list counts if the issuer of the certificate in question signed it. What an authentic list names is revoked, however
old the list is; that it does not name a certificate counts only while it is in date and covers that certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from isakmp.crypto.certificates import UNREADABLE
from isakmp.crypto.errors import InvalidCertificate

if TYPE_CHECKING:
    from datetime import datetime

    from isakmp.crypto.certificates import Certificate
    from isakmp.crypto.effort import Effort


@dataclass(frozen=True)
class RevocationList:
    """A list of revoked certificates: its encoding, who issued it, and when the next one is due, if that is said."""

    der: bytes = field(repr=False)
    issuer: str
    last_update: datetime
    next_update: datetime | None
    native: x509.CertificateRevocationList = field(repr=False, compare=False)

    @property
    def authority(self) -> bytes:
        """The issuer's distinguished name, DER."""
        return self.native.issuer.public_bytes()


@dataclass(frozen=True)
class Revocation:
    """The lists at hand, and whether a certificate needs one: `strict` refuses what no list in date covers."""

    lists: tuple[RevocationList, ...] = ()
    strict: bool = False


NO_LISTS = Revocation()


def load_revocation_list(data: bytes) -> RevocationList:
    """Read a CRL or ARL, DER or PEM. Raises `InvalidCertificate`."""
    load = x509.load_pem_x509_crl if b"-----BEGIN" in data else x509.load_der_x509_crl
    try:
        native = load(data)
        # Read here, so that a list that cannot be read fails here: the library does it when it is asked.
        native.extensions  # noqa: B018
        return RevocationList(
            der=native.public_bytes(serialization.Encoding.DER),
            issuer=native.issuer.rfc4514_string(),
            last_update=native.last_update_utc,
            next_update=native.next_update_utc,
            native=native,
        )
    except UNREADABLE as error:
        raise InvalidCertificate(f"revocation list cannot be read: {error}", "RFC2408:5.9") from error


def why_revoked(
    certificate: Certificate, issuer: Certificate, revocation: Revocation, at: datetime, effort: Effort
) -> str | None:
    """Why a certificate is not to be used, as far as its issuer's lists tell; None if nothing forbids it."""
    reason = f"no revocation list of {issuer.subject!r} is at hand"
    current = False
    for each in revocation.lists:
        if each.native.issuer != issuer.native.subject:
            continue
        unauthentic = _why_not_authentic(each, issuer, effort)
        if unauthentic is not None:
            reason = unauthentic
            continue
        named = _entry(each, certificate)
        if named is not None:
            return f"{certificate.subject!r} was revoked by {issuer.subject!r} at {named:%Y-%m-%d %H:%M:%S} UTC"
        silent = _why_not_telling(each, certificate, at)
        current = current or silent is None
        reason = silent or reason
    if current or not revocation.strict:
        return None
    return f"whether {certificate.subject!r} is revoked is not known: {reason}"


def _entry(each: RevocationList, certificate: Certificate) -> datetime | None:
    """When a list says that a certificate was revoked; None if it does not name it, or takes it back."""
    entry = each.native.get_revoked_certificate_by_serial_number(certificate.native.serial_number)
    if entry is None:
        return None
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, *UNREADABLE):
        return entry.revocation_date_utc
    return None if reason is x509.ReasonFlags.remove_from_crl else entry.revocation_date_utc


def _why_not_authentic(each: RevocationList, issuer: Certificate, effort: Effort) -> str | None:
    """Why a list is not the word of who has the issuer's key about certificates of that issuer."""
    if any(isinstance(e.value, x509.IssuingDistributionPoint) and e.value.indirect_crl for e in each.native.extensions):
        return f"the revocation list of {each.issuer!r} is about certificates of others"
    try:
        usage = issuer.native.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        usage = None
    if usage is not None and not usage.crl_sign:
        return f"{issuer.subject!r} may not sign revocation lists by its key usage"

    def verify() -> str | None:
        try:
            good = each.native.is_signature_valid(issuer.public_key.native)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            return f"the signature of {issuer.subject!r} on its revocation list cannot be checked: {error}"
        return None if good else f"the signature of {issuer.subject!r} on its revocation list is wrong"

    return effort.verdict(each.der, issuer.public_key.spki, verify)


def _why_not_telling(each: RevocationList, certificate: Certificate, at: datetime) -> str | None:
    """Why it means nothing that an authentic list does not name a certificate (RFC 5280 section 5.2)."""
    if at < each.last_update:
        return f"the revocation list of {each.issuer!r} is not valid before {each.last_update:%Y-%m-%d %H:%M:%S} UTC"
    if each.next_update is not None and at > each.next_update:
        return f"the revocation list of {each.issuer!r} has expired at {each.next_update:%Y-%m-%d %H:%M:%S} UTC"
    for extension in each.native.extensions:
        if not extension.critical:
            continue
        scope = extension.value
        if not isinstance(scope, x509.IssuingDistributionPoint):
            oid = extension.oid.dotted_string
            return f"the revocation list of {each.issuer!r} has a critical extension unknown here: {oid}"
        if not _covers(scope, certificate):
            return f"the revocation list of {each.issuer!r} does not cover {certificate.subject!r}"
    return None


def _covers(scope: x509.IssuingDistributionPoint, certificate: Certificate) -> bool:
    """Whether a list of such a scope is about a certificate, for all reasons."""
    if scope.only_some_reasons or scope.only_contains_attribute_certs:
        return False
    try:
        authority = certificate.native.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        authority = False
    return not (scope.only_contains_user_certs if authority else scope.only_contains_ca_certs)
