"""Who answers at a client: a name with a password, or with something that gives a code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from isakmp.machine.authenticators import Values, chap_response, kind_of
from isakmp.machine.one_time import otp_chain
from isakmp.spec.registries import ConfigAttribute, XauthType

A = ConfigAttribute

LONGEST_CHAIN: Final = 10_000
"""Steps of a hash chain that are computed at an edge device's word."""

_CHALLENGE: Final = re.compile(rb"\s*otp-md5\s+(\d{1,9})\s+(\S+)")  # RFC 2289 section 6: count and seed


@dataclass(frozen=True)
class Answers:
    """A user with a name and what it knows: a password, or something that gives a code when it is asked for.

    It answers generic questions, RADIUS-CHAP, OTP and S/KEY; `code` gives the passcode.
    """

    name: str
    password: bytes = field(default=b"", repr=False)
    code: Callable[[], str] | None = field(default=None, repr=False)

    def answer(self, asked: Values) -> Values | None:
        """Fill in what is asked for; None where something is asked that this user does not have."""
        filled: dict[ConfigAttribute, bytes] = {}
        if A.XAUTH_TYPE in asked:  # "MUST be identical to the XAUTH-TYPE in the REQUEST" (XAUTH section 6.2)
            filled[A.XAUTH_TYPE] = asked[A.XAUTH_TYPE]
        for attribute, value in asked.items():
            if value:
                continue
            found = self._one(attribute, asked)
            if found is None:
                return None
            filled[attribute] = found
        return filled

    def _one(self, attribute: ConfigAttribute, asked: Values) -> bytes | None:
        match attribute:
            case A.XAUTH_USER_NAME:
                return self.name.encode()
            case A.XAUTH_USER_PASSWORD:
                return self._password(asked)
            case A.XAUTH_PASSCODE if self.code is not None:
                return self.code().encode()
        return None

    def _password(self, asked: Values) -> bytes | None:
        challenge = asked.get(A.XAUTH_CHALLENGE, b"")
        match kind_of(asked):
            case XauthType.GENERIC:
                return self.password
            case XauthType.RADIUS_CHAP:
                return chap_response(challenge[:1], self.password, challenge)
            case XauthType.OTP | XauthType.S_KEY:
                return self._chained(challenge)
        return None

    def _chained(self, challenge: bytes) -> bytes | None:
        asked = _CHALLENGE.match(challenge)
        if asked is None or int(asked[1]) > LONGEST_CHAIN:
            return None
        return otp_chain(self.password, asked[2], int(asked[1])).hex().encode()
