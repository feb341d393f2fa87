"""What a checker is told about an ISAKMP SA: secrets, keys, and the values that a daemon logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from isakmp.machine.errors import IsakmpError
from isakmp.spec.limits import NO_COOKIE

__all__ = ["KeyForm", "Keys", "LoggedHash", "LoggedIv", "SaKeys", "UnreadableKeys"]


class UnreadableKeys(IsakmpError):
    """A key file cannot be used: ``path``, ``where`` in it (line, JSON path, or empty), and ``what`` is wrong."""

    def __init__(self, path: str, where: str, what: str) -> None:
        """Keep the three; the message is one line of them."""
        super().__init__(": ".join(part for part in (path, where, what) if part))
        self.path = path
        self.where = where
        self.what = what

    def __reduce__(self) -> tuple[type[UnreadableKeys], tuple[str, str, str]]:
        """Pickle by the three parts."""
        return type(self), (self.path, self.where, self.what)


class KeyForm(StrEnum):
    """The forms of key files."""

    IKEV1_CAPTURE = "ikev1-capture/1"
    WIRESHARK = "Wireshark ikev1_decryption_table"


class LoggedIv(NamedTuple):
    """The "next IV" that a daemon logged after a message of the exchange with this message ID."""

    message_id: int
    iv: bytes


class LoggedHash(NamedTuple):
    """A HASH of phase 2 that a daemon logged; ``name`` as it did: ``Hash(1)``, ``Hash(2)``, ``Hash(3)``, ``Hash``."""

    message_id: int
    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class SaKeys:
    """Everything known about one ISAKMP SA; ``None`` or empty is "not known".

    All octets are as on the wire, big-endian where they are numbers. ``_i`` is the initiator's, ``_r`` the responder's.

    Attributes:
        cky_i: initiator's cookie.
        cky_r: responder's cookie, ``None`` where it is not known or there was none.
        psk_i: pre-shared key as the initiator has it.
        psk_r: the same as the responder has it: another one where the handshake failed over it.
        auth_i: words for how the initiator and its peer are to authenticate, from the initiator's configuration.
        auth_r: the same of the responder.
        dh_shared_secret: g^xy.
        dh_secret_i: exponent or scalar x of the initiator.
        dh_secret_r: exponent or scalar y of the responder.
        skeyid: SKEYID (RFC 2409 section 5), and so on.
        skeyid_d: for keys of phase 2.
        skeyid_a: for hashes of phase 2.
        skeyid_e: the cipher key is taken from it.
        cipher_key: key of the cipher (RFC 2409 appendix B), ``ka`` in strongSwan's log.
        initial_iv: IV of the first encrypted message of phase 1.
        pfs_shared_secrets: message ID -> g^xy of a quick mode with its own Diffie-Hellman exchange.
        pfs_secrets_i: message ID -> exponent of the quick mode's initiator.
        pfs_secrets_r: message ID -> exponent of its responder.
        trusted_certificates: DER.
        certificate_i: the initiator's own certificate, DER.
        certificate_r: the responder's.
        private_key_i: the initiator's private key, DER as in its PEM file.
        private_key_r: the responder's.
        logged_by: whose log the following are from.
        logged: name of a value -> octets, to compare with. Names are those of the file; values of a quick mode have the
            message ID behind a slash: ``keymat_initiator_sa/3328034555``.
        logged_by_other: values that the other side logged differently.
        iv_chain: IVs in the order of the log.
        phase2_hashes: hashes in the order of the log.

    """

    cky_i: bytes
    cky_r: bytes | None = None
    psk_i: bytes | None = field(default=None, repr=False)
    psk_r: bytes | None = field(default=None, repr=False)
    auth_i: tuple[str, ...] = ()
    auth_r: tuple[str, ...] = ()
    dh_shared_secret: bytes | None = field(default=None, repr=False)
    dh_secret_i: bytes | None = field(default=None, repr=False)
    dh_secret_r: bytes | None = field(default=None, repr=False)
    skeyid: bytes | None = field(default=None, repr=False)
    skeyid_d: bytes | None = field(default=None, repr=False)
    skeyid_a: bytes | None = field(default=None, repr=False)
    skeyid_e: bytes | None = field(default=None, repr=False)
    cipher_key: bytes | None = field(default=None, repr=False)
    initial_iv: bytes | None = None
    pfs_shared_secrets: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    pfs_secrets_i: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    pfs_secrets_r: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    trusted_certificates: tuple[bytes, ...] = field(default=(), repr=False)
    certificate_i: bytes | None = field(default=None, repr=False)
    certificate_r: bytes | None = field(default=None, repr=False)
    private_key_i: bytes | None = field(default=None, repr=False)
    private_key_r: bytes | None = field(default=None, repr=False)
    logged_by: str | None = None
    logged: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    logged_by_other: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    iv_chain: tuple[LoggedIv, ...] = field(default=(), repr=False)
    phase2_hashes: tuple[LoggedHash, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """The content of a key file.

    Attributes:
        path: its name.
        form: which form it has.
        sas: the SAs that it names, each pair of cookies once.
        common: what holds for every SA where the file names none; its cookies are empty.
        ignored: JSON paths of members that are not known, and so were not used.

    """

    path: str
    form: KeyForm
    sas: tuple[SaKeys, ...]
    common: SaKeys | None = None
    ignored: tuple[str, ...] = ()

    def for_sa(self, cky_i: bytes, cky_r: bytes) -> SaKeys | None:
        """Return what is known about an SA, ``None`` if the file is about others.

        A file that names no SA at all holds for each. Where it does not know the responder's cookie, or where ``cky_r``
        is zero since no answer came, the initiator's decides.
        """
        if not self.sas:
            return None if self.common is None else replace(self.common, cky_i=cky_i, cky_r=cky_r)
        return _first(sa for sa in self.sas if (sa.cky_i, sa.cky_r) == (cky_i, cky_r)) or _first(
            sa for sa in self.sas if sa.cky_i == cky_i and (sa.cky_r is None or cky_r == NO_COOKIE)
        )


def _first(found: Iterable[SaKeys]) -> SaKeys | None:
    return next(iter(found), None)
