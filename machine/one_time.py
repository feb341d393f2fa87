"""What authenticates a user once: codes of an app or token, and the passwords of a hash chain."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import pyotp

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
    type_value,
)
from isakmp.spec.registries import ConfigAttribute, XauthType

A = ConfigAttribute

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


class CounterCodes:
    """Codes of a token that counts (RFC 4226), each good for once.

    Args:
        users: the secrets by user, in Base32.
        look_ahead: how many codes behind the expected one are taken: some are drawn and never used (section 7.4).
    """

    def __init__(self, users: Mapping[str, str], look_ahead: int = 10) -> None:
        """Keep the secrets, and count from zero.

        Raises:
            ValueError: a secret is no Base32, or too short.
        """
        for secret in users.values():
            pyotp.HOTP(secret).byte_secret()
        self.users = users
        self.look_ahead = look_ahead
        self.expected: dict[str, int] = {}

    def converse(self, random: Random) -> Conversation:  # noqa: ARG002 - codes follow from the counter
        """Begin with one user."""
        return _ByCode(self)

    def accept(self, name: str, code: str, now: float) -> bool:  # noqa: ARG002 - a counter has no time
        """Whether a code is right and was not used before; marks it, and all earlier ones, as used."""
        secret = self.users.get(name)
        if secret is None:
            return False
        hotp, first = pyotp.HOTP(secret), self.expected.get(name, 0)
        for count in range(first, first + 1 + self.look_ahead):
            if hmac.compare_digest(hotp.at(count).encode(), code.encode()):
                self.expected[name] = count + 1
                return True
        return False


@dataclass(frozen=True)
class _ByCode:
    codes: OneTimeCodes | CounterCodes

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
        self._secret = b""

    def decoy(self, name: str) -> OtpEntry:
        """A chain for a user that is none, the same each time: who exists, the challenge does not tell."""
        drawn = hmac.digest(self._secret, name.encode(), "sha256")
        return OtpEntry(drawn[:4].hex().encode(), 2 + drawn[4], drawn[-8:])

    def converse(self, random: Random) -> Conversation:
        """Begin with one user."""
        self._secret = self._secret or random(CHALLENGE_OCTETS)
        return _ByChain(self)


class _ByChain:
    def __init__(self, passwords: OneTimePasswords) -> None:
        self._passwords = passwords
        self._name: str | None = None

    def ask(self) -> Ask:
        kind = type_value(self._passwords.kind)
        if self._name is None:
            return Ask({A.XAUTH_TYPE: kind, A.XAUTH_USER_NAME: b""})
        entry = self._passwords.users.get(self._name) or self._passwords.decoy(self._name)
        challenge = f"otp-md5 {entry.count - 1} {entry.seed.decode()}".encode()
        return Ask(
            {A.XAUTH_TYPE: kind, A.XAUTH_CHALLENGE: challenge, A.XAUTH_USER_NAME: b"", A.XAUTH_USER_PASSWORD: b""}
        )

    def judge(self, answers: Values, now: float) -> Verdict:  # noqa: ARG002 - a chain has no time
        name = name_in(answers)
        if name != self._name:
            self._name = name
            return self.ask()
        entry = self._passwords.users.get(name) or self._passwords.decoy(name)
        given = _from_hex(answers.get(A.XAUTH_USER_PASSWORD, b""))
        if (
            name in self._passwords.users
            and entry.count > 1
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
