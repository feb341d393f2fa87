"""User authentication of any kind: the plug-in point of XAuth, and what ships with it.

An authenticator sits behind the edge device. It opens a conversation for each user to be authenticated; the
conversation says what to ask, judges the answers, and ends with a verdict. It does no I/O and reads no clock: fresh
octets and the time (seconds since 1970) are handed to it. Third parties register theirs under the entry point group
`isakmp.authenticators`.

A client has a `User` on its side, which turns what is asked into answers, or into None where it cannot.

Here are the protocol and passwords; codes and chains that are used once stand in `isakmp.machine.one_time`, FIDO2 in
`isakmp.machine.webauthn`, the client's side of all but that in `isakmp.machine.users`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from isakmp.spec.registries import ConfigAttribute, XauthType

A = ConfigAttribute
Values: TypeAlias = Mapping[ConfigAttribute, bytes]
"""Attributes by type. What is asked for has the empty value; basic ones (XAUTH-TYPE) are two octets."""

Random: TypeAlias = Callable[[int], bytes]
"""Fresh octets, as many as are asked for."""

CHALLENGE_OCTETS: Final = 16


@dataclass(frozen=True)
class Ask:
    """Ask the user for these attributes, the empty ones; the others (a challenge, a message) go with the question."""

    values: Values


@dataclass(frozen=True)
class Accept:
    """The user is authenticated, under that name."""

    user: str


@dataclass(frozen=True)
class Reject:
    """The answer is wrong. The edge device asks again as long as it has tries left."""

    reason: str


Verdict = Ask | Accept | Reject


class Conversation(Protocol):
    """The authentication of one user."""

    def ask(self) -> Ask | Accept:
        """What to ask first, and again after a wrong answer."""
        ...

    def judge(self, answers: Values, now: float) -> Verdict:
        """What the answers mean. Never raises on what a client may send."""
        ...


class Authenticator(Protocol):
    """What the edge device authenticates users by."""

    def converse(self, random: Random) -> Conversation:
        """Begin with one user."""
        ...


class User(Protocol):
    """The client's side."""

    def answer(self, asked: Values) -> Values | None:
        """The answers to what is asked; None where there are none."""
        ...


def type_value(kind: XauthType) -> bytes:
    """XAUTH-TYPE as the two octets of a basic attribute."""
    return int(kind).to_bytes(2)


def kind_of(values: Values) -> int:
    """Which type of authentication is meant; without XAUTH-TYPE it is generic (XAUTH section 6.2)."""
    return int.from_bytes(values.get(A.XAUTH_TYPE, b""))


def name_in(answers: Values) -> str:
    """The user's name, as text; what is no text stays recognisable."""
    return answers.get(A.XAUTH_USER_NAME, b"").decode(errors="backslashreplace")


# ---- passwords -------------------------------------------------------------------------------------------------------

_ITERATIONS: Final = 100_000


@dataclass(frozen=True)
class StoredPassword:
    """A password as it is kept: the salted hash of PBKDF2 (RFC 8018), which tells nothing of the password."""

    salt: bytes
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, password: bytes, salt: bytes) -> StoredPassword:
        """Hash a password."""
        return cls(salt, hashlib.pbkdf2_hmac("sha256", password, salt, _ITERATIONS))

    def fits(self, password: bytes) -> bool:
        """Whether it is that password; takes the same time either way."""
        return hmac.compare_digest(StoredPassword.of(password, self.salt).digest, self.digest)


# Compared with where there is no such user, so that the time of an answer does not tell who exists.
_NOBODY: Final = StoredPassword(bytes(16), bytes(32))


@dataclass(frozen=True)
class Passwords:
    """Names and passwords, asked for and sent as they are under the SA's protection (XAUTH section 5.1)."""

    users: Mapping[str, StoredPassword]

    def converse(self, random: Random) -> Conversation:  # noqa: ARG002 - nothing of it is fresh
        """Begin with one user."""
        return _ByPassword(self.users)


@dataclass(frozen=True)
class _ByPassword:
    users: Mapping[str, StoredPassword]

    def ask(self) -> Ask:
        return Ask({A.XAUTH_USER_NAME: b"", A.XAUTH_USER_PASSWORD: b""})

    def judge(self, answers: Values, now: float) -> Verdict:  # noqa: ARG002 - a password has no time
        name = name_in(answers)
        known = self.users.get(name)
        right = (known or _NOBODY).fits(answers.get(A.XAUTH_USER_PASSWORD, b""))
        return Accept(name) if known is not None and right else Reject(f"wrong name or password for {name!r}")


def chap_response(identifier: bytes, secret: bytes, challenge: bytes) -> bytes:
    """The answer to a challenge: the identifier's octet, and MD5 over it, secret, challenge (RFC 2865 2.2)."""
    return identifier + hashlib.md5(identifier + secret + challenge, usedforsecurity=False).digest()


@dataclass(frozen=True)
class ChapPasswords:
    """Passwords that do not travel: the user answers a challenge with a hash. They have to be kept in the clear for it.

    Source: XAUTH sections 5.1 and 6.3, RADIUS-CHAP.
    """

    users: Mapping[str, bytes] = field(repr=False)

    def converse(self, random: Random) -> Conversation:
        """Begin with one user."""
        return _ByChap(self.users, random)


class _ByChap:
    def __init__(self, users: Mapping[str, bytes], random: Random) -> None:
        self._users, self._random = users, random
        self._challenge = b""

    def ask(self) -> Ask:
        self._challenge = self._random(CHALLENGE_OCTETS)
        return Ask(
            {
                A.XAUTH_TYPE: type_value(XauthType.RADIUS_CHAP),
                A.XAUTH_CHALLENGE: self._challenge,
                A.XAUTH_USER_NAME: b"",
                A.XAUTH_USER_PASSWORD: b"",
            }
        )

    def judge(self, answers: Values, now: float) -> Verdict:  # noqa: ARG002 - a challenge has no time
        name, given = name_in(answers), answers.get(A.XAUTH_USER_PASSWORD, b"")
        secret = self._users.get(name)
        right = hmac.compare_digest(chap_response(given[:1], secret or b"", self._challenge), given)
        return Accept(name) if secret is not None and right else Reject(f"wrong answer to the challenge by {name!r}")
