"""The user of ``isakmp run`` where the method demands one: a name, a type of XAuth, and a secret from elsewhere.

A secret comes from a file or the environment, never from an argument, which everybody on the machine can read; without
either it is one for this run, and worth nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from isakmp.cli.errors import Unusable
from isakmp.conform.vectors.courses import HAND_OUT, POOL
from isakmp.machine.authenticators import Authenticator, ChapPasswords, Passwords, StoredPassword
from isakmp.machine.configuration import REQUEST
from isakmp.machine.one_time import OneTimePasswords, OtpEntry
from isakmp.machine.users import Answers
from isakmp.spec.registries import XauthType

ENVIRONMENT: Final = "ISAKMP_XAUTH_PASSWORD"
"""Where a password may stand instead of a file."""

THROWAWAY: Final = b"not a secret"
SEED, CHAIN = b"ke1234", 500
SALT_OCTETS: Final = 16

KINDS: Final = {
    "generic": XauthType.GENERIC,
    "chap": XauthType.RADIUS_CHAP,
    "otp": XauthType.OTP,
    "s/key": XauthType.S_KEY,
}


@dataclass(frozen=True)
class RunUser:
    """The user of a run; both ends are made to know it."""

    name: str = "user"
    kind: XauthType = XauthType.GENERIC
    password: bytes = field(default=THROWAWAY, repr=False)

    def client(self) -> dict[str, Any]:
        """What the client's configuration gets."""
        return {"user": Answers(self.name, self.password), "request": REQUEST}

    def edge(self) -> dict[str, Any]:
        """What the edge device's configuration gets."""
        return {"authenticator": self._authenticator(), "address_pool": POOL, "hand_out": HAND_OUT}

    def _authenticator(self) -> Authenticator:
        match self.kind:
            case XauthType.RADIUS_CHAP:
                return ChapPasswords({self.name: self.password})
            case XauthType.OTP | XauthType.S_KEY:
                return OneTimePasswords({self.name: OtpEntry.of(self.password, SEED, CHAIN)}, self.kind)
        return Passwords({self.name: StoredPassword.of(self.password, os.urandom(SALT_OCTETS))})


def password_of_environment() -> bytes:
    """The password that the environment has; empty without one."""
    return os.environb.get(ENVIRONMENT.encode(), b"")


def password_from(path: str | None) -> bytes:
    """A password: the first line of a file, else what the environment has, else one for the run.

    Raises:
        Unusable: the file cannot be read, or holds none.
    """
    if path is None:
        return password_of_environment() or THROWAWAY
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise Unusable(f"--xauth-password-file: {path}: {error.strerror}") from error
    if not lines or not lines[0]:
        raise Unusable(f"--xauth-password-file: {path}: its first line is empty")
    return lines[0]
