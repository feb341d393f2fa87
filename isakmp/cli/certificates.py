"""Names in certificates and certificate requests, read by the `cryptography` package; imported when there is one."""

from __future__ import annotations

from cryptography import x509

from isakmp.cli.errors import printable
from isakmp.crypto.certificates import load_certificate
from isakmp.crypto.errors import CryptoFailure


def certificate_words(der: bytes) -> str:
    """Subject, issuer and end of validity of a certificate; empty if it cannot be read."""
    try:
        certificate = load_certificate(der)
    except CryptoFailure:
        return ""
    return printable(
        f'"{certificate.subject}" issued by "{certificate.issuer}", valid until {certificate.not_after:%Y-%m-%d}'
    )


def name_text(der: bytes) -> str:
    """Read a name in DER, as a peer's ID or certificate request holds it; empty if it is none."""
    read = getattr(x509.Name, "from_bytes", None)  # not every version of the package that we admit has it
    if read is None:
        return ""
    try:
        return printable(f'"{read(der).rfc4514_string()}"')
    except (ValueError, TypeError):
        return ""
