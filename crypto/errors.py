"""What can go wrong in the arithmetic of an exchange; every error says which rule it comes from.

A backend raises these and nothing else for what a peer sent or negotiated. Wrong use by a caller (an initialization
vector of the wrong length, say) is a `ValueError` with the lengths in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isakmp.spec.citations import Cite


class CryptoFailure(Exception):
    """A cryptographic step that cannot be done or has to be refused; `cite` is the rule, `reason` the words."""

    def __init__(self, reason: str, cite: Cite) -> None:
        """Keep the reason in words and the section that asks for the refusal."""
        super().__init__(f"{reason} ({cite})")
        self.reason = reason
        self.cite = cite


class Unsupported(CryptoFailure):
    """The backend does not have the algorithm; `Backend.refusal` tells so beforehand."""


class InvalidPublicValue(CryptoFailure):
    """A peer's Diffie-Hellman value is outside the group that was negotiated."""


class OutsideSubgroup(InvalidPublicValue):
    """A value of the right length and range that is no power of the group's generator.

    No RFC of IKE demands that a receiver finds out; those that reuse exponents need to.
    """


class InvalidCiphertext(CryptoFailure):
    """Ciphertext that no encryption gives: its length is no multiple of the cipher's block, or it does not open."""


class InvalidKey(CryptoFailure):
    """A key cannot be read, is of another kind than the algorithm needs, or has a length that it does not take."""


class InvalidCertificate(CryptoFailure):
    """Octets that are no X.509 certificate, or one with a key of an unknown kind."""


class UntrustedCertificate(CryptoFailure):
    """No path leads from a certificate to a trust anchor, or a certificate on the path may not stand there."""


class ForgedCertificate(UntrustedCertificate):
    """A certificate whose issuer is at hand, and whose signature is not that issuer's: it was changed or forged."""
