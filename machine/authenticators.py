"""User authentication of any kind: the plug-in point of XAuth, and what ships with it.

An authenticator sits behind the edge device. It opens a conversation for each user to be authenticated; the
conversation says what to ask, judges the answers, and ends with a verdict. It does no I/O and reads no clock: fresh
octets and the time (seconds since 1970) are handed to it. Third parties register theirs under the entry point group
`isakmp.authenticators`.

A client has a `User` on its side, which turns what is asked into answers, or into None where it cannot.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import pyotp

from isakmp.spec.registries import ConfigAttribute, XauthType

A = ConfigAttribute
ENTRY_POINT_GROUP: Final = "isakmp.authenticators"

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


# ---- one-time codes --------------------------------------------------------------------------------------------------


class OneTimeCodes:
    """Codes of an app or a token that follow from a shared secret and the time (RFC 6238), each good for once.

    Args:
        users: the secrets by user, in Base32 as apps take them.
        window: how many steps of 30 s before and after the present one are taken, for clocks that differ.
    """

    def __init__(self, users: Mapping[str, str], window: int = 1) -> None:
        """Keep the secrets, and remember which codes were used.

        Raises:
            ValueError: a secret is no Base32, or too short.
        """
        for secret in users.values():
            pyotp.TOTP(secret).byte_secret()
        self.users = users
        self.window = window
        self.used: dict[str, int] = {}

    def converse(self, random: Random) -> Conversation:  # noqa: ARG002 - codes follow from the time
        """Begin with one user."""
        return _ByCode(self)

    def accept(self, name: str, code: str, now: float) -> bool:
        """Whether a code is right and was not used before; marks it, and all earlier ones, as used."""
        secret = self.users.get(name)
        if secret is None:
            return False
        totp = pyotp.TOTP(secret)
        present = int(now) // totp.interval
        for step in range(present - self.window, present + self.window + 1):
            if step > self.used.get(name, -1) and hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
                self.used[name] = step
                return True
        return False


@dataclass(frozen=True)
class _ByCode:
    codes: OneTimeCodes

    def ask(self) -> Ask:
        return Ask({A.XAUTH_USER_NAME: b"", A.XAUTH_PASSCODE: b""})

    def judge(self, answers: Values, now: float) -> Verdict:
        name = name_in(answers)
        code = answers.get(A.XAUTH_PASSCODE, b"").decode(errors="replace")
        return Accept(name) if self.codes.accept(name, code, now) else Reject(f"wrong or used code of {name!r}")


# ---- one-time passwords ----------------------------------------------------------------------------------------------


def otp_fold(digest: bytes) -> bytes:
    """The eight octets that a one-time password is, from MD5's sixteen (RFC 2289 Appendix A)."""
    return bytes(a ^ b for a, b in zip(digest[:8], digest[8:], strict=True))


def otp_chain(password: bytes, seed: bytes, count: int) -> bytes:
    """The password after `count` steps of the chain (RFC 2289 section 6: MD5, the seed in lower case)."""
    value = otp_fold(hashlib.md5(seed.lower() + password, usedforsecurity=False).digest())
    for _ in range(count):
        value = otp_fold(hashlib.md5(value, usedforsecurity=False).digest())
    return value


@dataclass
class OtpEntry:
    """Where a user's chain stands: the last password that was used is the hash of the next one (RFC 2289 section 6)."""

    seed: bytes
    count: int
    last: bytes

    @classmethod
    def of(cls, password: bytes, seed: bytes, count: int) -> OtpEntry:
        """The entry of a new chain of that length."""
        return cls(seed, count, otp_chain(password, seed, count))


class OneTimePasswords:
    """One-time passwords of a hash chain: OTP (RFC 2289) and, with the same words, S/KEY (XAUTH sections 5.4, 6.3)."""

    def __init__(self, users: Mapping[str, OtpEntry], kind: XauthType = XauthType.OTP) -> None:
        """Keep the chains; they move on with each password that is used."""
        self.users = users
        self.kind = kind

    def converse(self, random: Random) -> Conversation:  # noqa: ARG002 - the chain's place is the challenge
        """Begin with one user."""
        return _ByChain(self)


class _ByChain:
    def __init__(self, passwords: OneTimePasswords) -> None:
        self._passwords = passwords
        self._name: str | None = None

    def ask(self) -> Ask:
        kind = type_value(self._passwords.kind)
        entry = self._passwords.users.get(self._name or "")
        if self._name is None or entry is None:
            return Ask({A.XAUTH_TYPE: kind, A.XAUTH_USER_NAME: b""})
        challenge = f"otp-md5 {entry.count - 1} {entry.seed.decode()}".encode()
        return Ask(
            {A.XAUTH_TYPE: kind, A.XAUTH_CHALLENGE: challenge, A.XAUTH_USER_NAME: b"", A.XAUTH_USER_PASSWORD: b""}
        )

    def judge(self, answers: Values, now: float) -> Verdict:  # noqa: ARG002 - a chain has no time
        name = name_in(answers)
        if name != self._name:
            self._name = name
            return self.ask() if name in self._passwords.users else Reject(f"no such user: {name!r}")
        entry = self._passwords.users[name]
        given = _from_hex(answers.get(A.XAUTH_USER_PASSWORD, b""))
        if (
            entry.count > 1
            and given
            and hmac.compare_digest(otp_fold(hashlib.md5(given, usedforsecurity=False).digest()), entry.last)
        ):
            entry.count, entry.last = entry.count - 1, given
            return Accept(name)
        return Reject(f"wrong one-time password of {name!r}")


def _from_hex(text: bytes) -> bytes:
    try:
        return bytes.fromhex(text.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        return b""


# ---- the client's side -----------------------------------------------------------------------------------------------


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
        words = challenge.split()
        if len(words) < 3 or words[0] != b"otp-md5" or not words[1].isdigit():  # noqa: PLR2004 - the challenge's words
            return None
        return otp_chain(self.password, words[2], min(int(words[1]), 10_000)).hex().encode()
