"""Users behind an authenticator of FIDO2: a key whose use takes a fingerprint, a face or a PIN (WebAuthn level 2).

XAuth carries the challenge in XAUTH-CHALLENGE and the assertion, as JSON, in XAUTH-ANSWER's place, the password: peers
that know nothing of it pass it on. The flag "user verified" is demanded: possession of the key alone is not enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

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

    def ask(self) -> Ask:
        self._challenge = self._random(2 * CHALLENGE_OCTETS)
        challenge = websafe_encode(self._challenge).encode()
        return Ask({A.XAUTH_CHALLENGE: challenge, A.XAUTH_USER_NAME: b"", A.XAUTH_USER_PASSWORD: b""})

    def judge(self, answers: Values, now: float) -> Verdict:  # noqa: ARG002 - a challenge has no time
        name, assertion = name_in(answers), answers.get(A.XAUTH_USER_PASSWORD, b"")
        credential = self._keys.users.get(name)
        if credential is None or not 0 < len(assertion) <= LONGEST:
            return Reject(f"no security key, or no assertion of it, for {name!r}")
        state = {
            "challenge": websafe_encode(self._challenge),
            "user_verification": UserVerificationRequirement.REQUIRED,
        }
        try:
            response = AuthenticationResponse.from_dict(json.loads(assertion))
            self._server.authenticate_complete(state, [credential], response)
        except Exception as error:  # noqa: BLE001 - the library raises many kinds on what a client may send
            return Reject(f"the assertion of {name!r} is refused: {str(error) or type(error).__name__}")
        return Accept(name)


@dataclass(frozen=True)
class KeyHolder:
    """The client's side: `sign` takes the challenge and gives the assertion of the user's security key as a dict."""

    name: str
    sign: Callable[[bytes], Mapping[str, Any]] = field(repr=False)

    def answer(self, asked: Values) -> Values | None:
        """Sign the challenge; None where none came."""
        challenge = asked.get(A.XAUTH_CHALLENGE)
        if not challenge:
            return None
        assertion = json.dumps(dict(self.sign(websafe_decode(challenge.decode()))))
        return {A.XAUTH_USER_NAME: self.name.encode(), A.XAUTH_USER_PASSWORD: assertion.encode()}
