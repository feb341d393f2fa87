"""Users behind an authenticator of FIDO2: a key whose use takes a fingerprint, a face or a PIN (WebAuthn level 2).

There are two rounds, since XAUTH-ANSWER goes with no other attribute but type and message (XAUTH section 6.2): the
first brings XAUTH-CHALLENGE and asks for the name, the second asks for the assertion, as JSON, in XAUTH-ANSWER. The
type is one for private use. The flag "user verified" is demanded: possession of the key alone is not enough.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    UserVerificationRequirement,
)

from isakmp.machine.authenticators import (
    CHALLENGE_OCTETS,
    Accept,
    Ask,
    Conversation,
    Random,
    Reject,
    Values,
    Verdict,
    name_in,
)
from isakmp.spec.registries import ConfigAttribute

A = ConfigAttribute
LONGEST: Final = 16_384
"""Octets of an assertion that is looked at."""
TYPE: Final = (32_768).to_bytes(2)
"""XAUTH-TYPE of security keys: the first for private use (XAUTH section 6.3)."""
TOUCH: Final = b"Use your security key"
# What the library raises on what is no assertion, or none of that key.
_UNFIT = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, struct.error, InvalidSignature)


@dataclass(frozen=True)
class SecurityKeys:
    """Users by the credentials that they have registered with the relying party of that name (a domain)."""

    relying_party: str
    users: Mapping[str, AttestedCredentialData] = field(repr=False)

    def converse(self, random: Random) -> Conversation:
        """Begin with one user."""
        return _ByKey(self, random)


class _ByKey:
    def __init__(self, keys: SecurityKeys, random: Random) -> None:
        self._keys, self._random = keys, random
        self._server = Fido2Server(PublicKeyCredentialRpEntity(name=keys.relying_party, id=keys.relying_party))
        self._challenge = b""
        self._name: str | None = None

    def ask(self) -> Ask:
        self._challenge, self._name = self._random(2 * CHALLENGE_OCTETS), None
        challenge = websafe_encode(self._challenge).encode()
        return Ask({A.XAUTH_TYPE: TYPE, A.XAUTH_CHALLENGE: challenge, A.XAUTH_USER_NAME: b""})

    def judge(self, answers: Values, now: float) -> Verdict:  # noqa: ARG002 - a challenge has no time
        if self._name is None:
            self._name = name_in(answers)
            return Ask({A.XAUTH_TYPE: TYPE, A.XAUTH_MESSAGE: TOUCH, A.XAUTH_ANSWER: b""})
        name, assertion = self._name, answers.get(A.XAUTH_ANSWER, b"")
        credential = self._keys.users.get(name)
        if credential is None or not 0 < len(assertion) <= LONGEST:
            return Reject(f"no security key, or no assertion of it, for {name!r}")
        state = {
            "challenge": websafe_encode(self._challenge),
            "user_verification": UserVerificationRequirement.REQUIRED,
        }
        try:
            response = AuthenticationResponse.from_dict(_texts(json.loads(assertion)))
            self._server.authenticate_complete(state, [credential], response)
        except _UNFIT as error:
            return Reject(f"the assertion of {name!r} is refused: {str(error) or type(error).__name__}")
        return Accept(name)


def _texts(document: object) -> dict[str, Any]:
    """An assertion with nothing but texts in it, which is all that the library is given.

    It would take a number for a length, and set up that many octets.

    Raises:
        TypeError: the document is no assertion.
    """
    if not isinstance(document, dict) or not isinstance(document.get("response"), dict):
        raise TypeError("no assertion")
    outer = {name: document.get(name) for name in ("id", "rawId", "type")}
    inner = {name: document["response"].get(name) for name in ("clientDataJSON", "authenticatorData", "signature")}
    if not all(isinstance(value, str) for value in (*outer.values(), *inner.values())):
        raise TypeError("an assertion whose members are no texts")
    return {**outer, "response": inner}


@dataclass
class KeyHolder:
    """The client's side: `sign` takes the challenge and gives the assertion of the user's security key as a dict."""

    name: str
    sign: Callable[[bytes], Mapping[str, Any]] = field(repr=False)
    challenge: bytes | None = field(default=None, init=False, repr=False)

    def answer(self, asked: Values) -> Values | None:
        """Give the name to who challenges, then sign the challenge, once; None where neither is asked for."""
        kind = asked.get(A.XAUTH_TYPE)
        if kind != TYPE:
            return None
        if A.XAUTH_CHALLENGE in asked:
            try:
                self.challenge = websafe_decode(asked[A.XAUTH_CHALLENGE].decode("ascii"))
            except ValueError:
                return None
            return {A.XAUTH_TYPE: kind, A.XAUTH_USER_NAME: self.name.encode()}
        if A.XAUTH_ANSWER not in asked or self.challenge is None:
            return None
        challenge, self.challenge = self.challenge, None
        return {A.XAUTH_TYPE: kind, A.XAUTH_ANSWER: json.dumps(dict(self.sign(challenge))).encode()}
