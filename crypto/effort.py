"""How many signatures are verified for one peer: each pair of octets and key once, and not without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isakmp.crypto.errors import UntrustedCertificate
from isakmp.spec.limits import SIGNATURES_VERIFIED

if TYPE_CHECKING:
    from collections.abc import Callable

Verdict = str | None
"""Why a signature does not count; None if it does."""


class Effort:
    """What was verified already, and how much may follow."""

    def __init__(self, most: int = SIGNATURES_VERIFIED) -> None:
        self._most = most
        self._known: dict[tuple[bytes, bytes], Verdict] = {}

    def verdict(self, signed: bytes, key: bytes, verify: Callable[[], Verdict]) -> Verdict:
        """What `verify` says of octets (a certificate, a list) and a public key; asked once for each pair.

        Raises:
            UntrustedCertificate: too many were asked for already.
        """
        pair = signed, key
        if pair not in self._known:
            if len(self._known) >= self._most:
                raise UntrustedCertificate(f"no path was found with {self._most} signatures verified", "RFC2408:5.9")
            self._known[pair] = verify()
        return self._known[pair]
