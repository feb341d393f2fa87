"""The search for a path of trust from a certificate to an anchor.

Paths are checked by the small set of rules that IKE certificates of any age can meet: names, signatures, validity,
basic constraints, key usage, revocation. The verifier that comes with `cryptography` is made for the web's certificates
and refuses many of these, among them a CA certificate without key usage.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from isakmp.crypto.effort import Effort
from isakmp.crypto.errors import ForgedCertificate, UntrustedCertificate
from isakmp.crypto.revocation import NO_LISTS, Revocation, why_revoked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from isakmp.crypto.certificates import Certificate

# Extensions whose meaning the rules below take into account, or that do not restrict what a key may be used for in IKE.
_UNDERSTOOD = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectAlternativeName.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
    }
)


@dataclass(frozen=True)
class _Rules:
    """What all steps of a path are held against: a time, what is known of revocation, and how much may be verified."""

    at: datetime
    revocation: Revocation
    effort: Effort


def check_path(
    certificate: Certificate,
    intermediates: Sequence[Certificate],
    trust_anchors: Sequence[Certificate],
    at: datetime,
    revocation: Revocation = NO_LISTS,
) -> None:
    """Find a path from a peer's certificate to a trust anchor, all of it valid at a time (aware of its zone).

    A certificate that is itself a trust anchor is trusted as long as it is valid; any other one on the path must not be
    revoked by its issuer. Raises `UntrustedCertificate` with the reason for which the last path failed;
    `ForgedCertificate` if a signature is wrong.
    """
    rules = _Rules(at, revocation, Effort())
    reason = _why_not_sound(certificate, at)
    if reason is None and certificate not in trust_anchors:
        reason = _why_no_path(certificate, intermediates, trust_anchors, rules)
    reason = reason or _why_not_signing(certificate)
    if reason is not None:
        for each in (certificate, *intermediates):
            forged = _why_forged(each, (*trust_anchors, *intermediates), rules.effort)
            if forged is not None:
                raise ForgedCertificate(forged, "RFC2408:5.9")
        raise UntrustedCertificate(reason, "RFC2408:5.9")


def _why_forged(certificate: Certificate, others: Sequence[Certificate], effort: Effort) -> str | None:
    """Why a certificate is signed by none of those at hand that have its issuer's name; None without such a one."""
    issuers = [issuer for issuer in others if issuer.native.subject == certificate.native.issuer]
    reasons = [_why_not_signed(certificate, issuer, effort) for issuer in issuers]
    wrong = [reason for reason in reasons if reason is not None and reason.endswith(" is wrong")]
    return wrong[0] if wrong and len(wrong) == len(issuers) else None


def _why_no_path(
    certificate: Certificate, intermediates: Sequence[Certificate], trust_anchors: Sequence[Certificate], rules: _Rules
) -> str | None:
    """Lengthen paths by each possible issuer until one ends at an anchor; None where one does, else a reason.

    The shortest paths come first, and no certificate is entered twice: a peer that sends many which name each other
    as issuers makes work for their number squared, not for all the orders in which they can stand. The signatures among
    it are counted (`Effort`).
    """
    paths: deque[tuple[Certificate, ...]] = deque([(certificate,)])
    entered = {certificate.der}
    reason = None
    while paths:
        path = paths.popleft()
        last = path[-1]
        reason = (
            reason or f"no trust anchor and no certificate at hand is the issuer of {last.subject!r}: {last.issuer!r}"
        )
        for issuer in (*trust_anchors, *intermediates):
            if issuer.native.subject != last.native.issuer or issuer.der in entered:
                continue
            reason = (
                _why_not_sound(issuer, rules.at)
                or _why_not_issuer(issuer, path)
                or _why_not_signed(last, issuer, rules.effort)
                or why_revoked(last, issuer, rules.revocation, rules.at, rules.effort)
            )
            if reason is None:
                if issuer in trust_anchors:
                    return None
                entered.add(issuer.der)
                paths.append((*path, issuer))
    return reason


def _why_not_sound(certificate: Certificate, at: datetime) -> str | None:
    """What forbids any use of a certificate now."""
    if at < certificate.not_before:
        return f"{certificate.subject!r} is not valid before {certificate.not_before:%Y-%m-%d %H:%M:%S} UTC"
    if at > certificate.not_after:
        return f"{certificate.subject!r} has expired at {certificate.not_after:%Y-%m-%d %H:%M:%S} UTC"
    for extension in certificate.native.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            return f"{certificate.subject!r} has a critical extension unknown here: {extension.oid.dotted_string}"
    return None


def _why_not_issuer(issuer: Certificate, path: tuple[Certificate, ...]) -> str | None:
    """What forbids a certificate to have issued the last one of a path."""
    extensions = issuer.native.extensions
    if issuer.native.version is x509.Version.v3:
        try:
            constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        except x509.ExtensionNotFound:
            return f"{issuer.subject!r} is no CA certificate: it has no basic constraints"
        if not constraints.ca:
            return f"{issuer.subject!r} is no CA certificate: its basic constraints say so"
        between = sum(1 for certificate in path[1:] if certificate.native.subject != certificate.native.issuer)
        if constraints.path_length is not None and between > constraints.path_length:
            return f"{issuer.subject!r} allows {constraints.path_length} CA certificates below it, here are {between}"
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return None if usage.key_cert_sign else f"{issuer.subject!r} may not sign certificates by its key usage"


def _why_not_signing(certificate: Certificate) -> str | None:
    """What forbids the key of a peer's certificate to sign or to decrypt in IKE."""
    try:
        usage = certificate.native.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    if usage.digital_signature or usage.content_commitment or usage.key_encipherment:
        return None
    return f"{certificate.subject!r} may neither sign nor encipher keys by its key usage"


def _why_not_signed(certificate: Certificate, issuer: Certificate, effort: Effort) -> str | None:
    """Why a certificate does not bear a good signature of its alleged issuer."""

    def verify() -> str | None:
        try:
            certificate.native.verify_directly_issued_by(issuer.native)
        except InvalidSignature:
            return f"the signature of {issuer.subject!r} on {certificate.subject!r} is wrong"
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            return f"the signature of {issuer.subject!r} on {certificate.subject!r} cannot be checked: {error}"
        return None

    return effort.verdict(certificate.der, issuer.public_key.spki, verify)
