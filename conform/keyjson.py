"""The form ``ikev1-capture/1`` of key files: from parsed JSON or TOML to `Keys`.

The schema says the same for other programs; a test holds the two together. Members that only tell people something are
known by name and passed over; unknown ones are listed, so that a misspelt name does not go unnoticed.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from isakmp.conform.keytypes import KeyForm, Keys, LoggedHash, LoggedIv, SaKeys, UnreadableKeys
from isakmp.spec.limits import COOKIE_OCTETS

__all__ = ["FILE_MEMBERS", "QUICK_MODE_MEMBERS", "SA_MEMBERS", "TOLD_SA", "keys_from_document"]

_SECRETS: Final = frozenset({"psk", "psk_i", "psk_r", "trusted_certificates"})
_SKEYIDS: Final[tuple[str, ...]] = ("skeyid", "skeyid_d", "skeyid_a", "skeyid_e")
_KEYS: Final = frozenset({"dh_shared_secret", "dh_secret_i", "dh_secret_r", "initial_iv", *_SKEYIDS})
_LOGGED: Final = frozenset(
    {"dh_shared_secret", "ka", "initial_iv", *_SKEYIDS}
    | {"ke_i", "ke_r", "nonce_i", "nonce_r", "hash_i", "hash_r", "hash_i_data", "hash_r_data"}
)
_LOGGED_QUICK: Final = frozenset(
    {"pfs_dh_shared_secret", "spi_inbound", "spi_outbound"}
    | {f"{name}_{side}" for name in ("enc_key", "integ_key") for side in ("initiator", "responder")}
    | {f"{name}_{side}_sa" for name in ("seed", "keymat") for side in ("initiator", "responder")}
)
TOLD_SA: Final = frozenset(
    {"uid", "selected_proposal", "configured_proposals", "received_proposals", "state_changes", "child_state_changes"}
    | {"messages", "notes", "skeyid_rule", "verified", "other_side", "both_sides_agree"}
)
"""Members of an SA that tell people something, and are not used."""

_TOLD_QUICK: Final = frozenset(
    {
        "received_proposals",
        "configured_proposals",
        "selected_proposal",
        "state_changes",
        "protocol",
        "traffic_selectors",
    }
)

FILE_MEMBERS: Final = _SECRETS | {
    "format",
    "ike_sas",
    "config",
    "pki",
    "name",
    "description",
    "peer",
    "expected",
    "packets",
    "capture_side",
}
"""Known members of the file."""

SA_MEMBERS: Final = (
    _SECRETS
    | _KEYS
    | _LOGGED
    | TOLD_SA
    | {"cookies", "quick_modes", "iv_chain", "phase2_hashes", "values_from", "other_side_values_differ"}
)
"""Known members of an entry of ``ike_sas``."""

QUICK_MODE_MEMBERS: Final = _LOGGED_QUICK | _TOLD_QUICK | {"message_id", "dh_secret_i", "dh_secret_r"}
"""Known members of an entry of ``quick_modes``."""

_HEX: Final = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})*)")
_ODD_HEX: Final = re.compile(r"(?:0[xX])?[0-9A-Fa-f]*")
_BLOCKS: Final = (8, 16)
_PEM: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----")
_CERTIFICATE: Final = re.compile("CERTIFICATE")
_PRIVATE_KEY: Final = re.compile("(?:[A-Z]+ )?PRIVATE KEY")


@dataclass(frozen=True, slots=True)
class _Node:
    """A value in the document, with the place where it stands."""

    path: str
    where: str
    value: object

    def fault(self, what: str) -> UnreadableKeys:
        return UnreadableKeys(self.path, self.where, what)

    def members(self) -> dict[str, _Node]:
        if not isinstance(self.value, dict):
            raise self.fault(f"must be an object, is {_kind(self.value)}")
        # Null says the same as absence: programs that write JSON have either habit.
        return {
            str(name): _Node(self.path, _member_path(self.where, name), value)
            for name, value in self.value.items()
            if value is not None
        }

    def items(self) -> Iterator[_Node]:
        if not isinstance(self.value, list):
            raise self.fault(f"must be an array, is {_kind(self.value)}")
        return (_Node(self.path, f"{self.where}[{index}]", value) for index, value in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fault(f"must be a string, is {_kind(self.value)}")
        return self.value

    def message_id(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.fault(f"must be an integer, is {_kind(self.value)}")
        if not 0 <= self.value < 2**32:
            raise self.fault(f"a message ID has 32 bits (RFC 2408 section 3.1), which {self.value} exceeds")
        return self.value

    def octets(self) -> bytes:
        text = self.text()
        if not (match := _HEX.fullmatch(text)):
            odd = _ODD_HEX.fullmatch(text) is not None
            raise self.fault("an odd number of hexadecimal digits" if odd else "not hexadecimal")
        if not match[1]:
            raise self.fault("empty, where octets are expected")
        return bytes.fromhex(match[1])

    def psk(self) -> bytes:
        text = self.text()
        if text[:2] in ("0x", "0X"):
            return self.octets()
        try:
            octets = text.encode()
        except UnicodeEncodeError:
            raise self.fault(
                "holds half of a surrogate pair, which has no octets: write it as 0x and hexadecimal"
            ) from None
        if not octets:
            raise self.fault("a pre-shared key may not be empty")
        return octets

    def pem(self, label: re.Pattern[str]) -> bytes:
        match = _PEM.search(self.text())
        if match is None or label.fullmatch(match[1]) is None:
            raise self.fault(f'no PEM of the kind "{label.pattern.rpartition(")?")[2]}"')
        try:
            return binascii.a2b_base64("".join(match[2].split()), strict_mode=True)
        except ValueError as error:
            raise self.fault(f"damaged PEM: {error}") from None


def _member_path(where: str, name: str) -> str:
    return f"{where}.{name}" if name.isidentifier() else f"{where}[{json.dumps(name)}]"


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number" if isinstance(value, int | float) else type(value).__name__)


def keys_from_document(path: str, document: object) -> Keys:
    """Return the keys in a parsed document.

    Args:
        path: name of the file, for messages.
        document: what `json` or `tomllib` made of it.

    Raises:
        UnreadableKeys: with the JSON path at fault.

    """
    root = _Node(path, "$", document)
    members = root.members()
    if "format" not in members:
        raise root.fault(f'no member "format": a key file says "format": "{KeyForm.IKEV1_CAPTURE}"')
    if (form := members["format"].text()) != KeyForm.IKEV1_CAPTURE:
        raise members["format"].fault(f'{json.dumps(form[:60])} is not known; known is "{KeyForm.IKEV1_CAPTURE}"')
    common = _pki(members, _config(members, SaKeys(b"")))
    common = _secrets(members, common)
    ignored = [_member_path("$", name) for name in members.keys() - FILE_MEMBERS]
    sas: dict[tuple[bytes, bytes | None], tuple[str, SaKeys]] = {}
    for entry in members["ike_sas"].items() if "ike_sas" in members else ():
        sa = _sa(entry, common, ignored)
        before, _ = sas.setdefault((sa.cky_i, sa.cky_r), (entry.where, sa))
        if before != entry.where:
            raise entry.fault(f"has the cookies of {before}")
    if not sas and replace(common, auth_i=(), auth_r=()) == SaKeys(b""):
        raise root.fault('holds nothing to decrypt with: neither "ike_sas" nor a "psk"')
    return Keys(path, KeyForm.IKEV1_CAPTURE, tuple(sa for _, sa in sas.values()), common, tuple(sorted(ignored)))


def _config(members: dict[str, _Node], sa: SaKeys) -> SaKeys:
    """Take pre-shared keys and words of authentication from the two daemons' configurations."""
    sides = members["config"].members() if "config" in members else {}
    initiator = sides["initiator"].members() if "initiator" in sides else {}
    responder = sides["responder"].members() if "responder" in sides else {}
    return replace(
        sa,
        psk_i=initiator["psk"].psk() if "psk" in initiator else None,
        psk_r=responder["psk"].psk() if "psk" in responder else None,
        auth_i=tuple(word.text() for word in initiator["auth"].items()) if "auth" in initiator else (),
        auth_r=tuple(word.text() for word in responder["auth"].items()) if "auth" in responder else (),
    )


def _pki(members: dict[str, _Node], sa: SaKeys) -> SaKeys:
    """Take certificates and private keys: ``a`` is the initiator, ``b`` the responder, ``ca`` whom both trust."""
    parts = members["pki"].members() if "pki" in members else {}

    def part(name: str, label: re.Pattern[str]) -> bytes | None:
        return parts[name].pem(label) if name in parts else None

    trusted = part("ca.crt", _CERTIFICATE)
    return replace(
        sa,
        trusted_certificates=() if trusted is None else (trusted,),
        certificate_i=part("a.crt", _CERTIFICATE),
        certificate_r=part("b.crt", _CERTIFICATE),
        private_key_i=part("a.key", _PRIVATE_KEY),
        private_key_r=part("b.key", _PRIVATE_KEY),
    )


def _secrets(members: dict[str, _Node], sa: SaKeys) -> SaKeys:
    """Take pre-shared keys and trusted certificates that stand here; else those from further out hold."""
    both = members["psk"].psk() if "psk" in members else None
    trusted = members["trusted_certificates"].items() if "trusted_certificates" in members else ()
    return replace(
        sa,
        psk_i=members["psk_i"].psk() if "psk_i" in members else both or sa.psk_i,
        psk_r=members["psk_r"].psk() if "psk_r" in members else both or sa.psk_r,
        trusted_certificates=tuple(one.pem(_CERTIFICATE) for one in trusted) or sa.trusted_certificates,
    )


def _sa(entry: _Node, common: SaKeys, ignored: list[str]) -> SaKeys:
    members = entry.members()
    ignored += [_member_path(entry.where, name) for name in members.keys() - SA_MEMBERS]
    cky_i, cky_r = _cookies(entry, members)
    values = {name: members[name].octets() for name in sorted((_KEYS | _LOGGED) & members.keys())}
    if "initial_iv" in values and len(values["initial_iv"]) not in _BLOCKS:
        raise members["initial_iv"].fault(
            f"an IV is as long as a block of the cipher, not {len(values['initial_iv'])} octets"
        )
    lengths = {name: len(values[name]) for name in _SKEYIDS if name in values}
    for name, length in lengths.items():
        if length != max(lengths.values()):
            raise members[name].fault(f"all SKEYID have the hash's length, here they differ: {lengths}")
    quick_modes = list(members["quick_modes"].items()) if "quick_modes" in members else []
    pfs: dict[str, dict[int, bytes]] = {"pfs_dh_shared_secret": {}, "dh_secret_i": {}, "dh_secret_r": {}}
    logged = {name: values[name] for name in sorted(_LOGGED & values.keys())}
    for quick_mode in quick_modes:
        parts = quick_mode.members()
        ignored += [_member_path(quick_mode.where, name) for name in parts.keys() - QUICK_MODE_MEMBERS]
        message_id = _required(quick_mode, parts, "message_id").message_id()
        for name in sorted((_LOGGED_QUICK | pfs.keys()) & parts.keys()):
            octets = parts[name].octets()
            if name in pfs:
                pfs[name][message_id] = octets
            if name in _LOGGED_QUICK:
                logged[f"{name}/{message_id}"] = octets
    other = members["other_side_values_differ"].members() if "other_side_values_differ" in members else {}
    fields: dict[str, Any] = {name: values[name] for name in sorted(_KEYS & values.keys())}
    return replace(
        _secrets(members, common),
        cky_i=cky_i,
        cky_r=cky_r,
        **fields,
        cipher_key=values.get("ka"),
        pfs_shared_secrets=pfs["pfs_dh_shared_secret"],
        pfs_secrets_i=pfs["dh_secret_i"],
        pfs_secrets_r=pfs["dh_secret_r"],
        logged_by=members["values_from"].text() if "values_from" in members else None,
        logged=logged,
        logged_by_other={name: node.octets() for name, node in sorted(other.items())},
        iv_chain=tuple(_ivs(members)),
        phase2_hashes=tuple(_hashes(members)),
    )


def _required(node: _Node, members: dict[str, _Node], name: str) -> _Node:
    if name not in members:
        raise node.fault(f'no member "{name}"')
    return members[name]


def _cookies(entry: _Node, members: dict[str, _Node]) -> tuple[bytes, bytes | None]:
    cookies = _required(entry, members, "cookies")
    found = [cookie.octets() for cookie in cookies.items()]
    for cookie, octets in zip(cookies.items(), found, strict=True):
        if len(octets) != COOKIE_OCTETS:
            raise cookie.fault(f"a cookie has {COOKIE_OCTETS} octets, not {len(octets)}")
    if len(found) not in {1, 2}:
        raise cookies.fault(f"{len(found)} cookies: expected the initiator's and, if known, the responder's")
    if not any(found[0]):
        raise cookies.fault("an initiator's cookie is not zero")
    return found[0], found[1] if any(found[-1]) and found[1:] else None  # zero: no answer came


def _ivs(members: dict[str, _Node]) -> Iterator[LoggedIv]:
    for entry in members["iv_chain"].items() if "iv_chain" in members else ():
        parts = entry.members()
        yield LoggedIv(_required(entry, parts, "message_id").message_id(), _required(entry, parts, "iv").octets())


def _hashes(members: dict[str, _Node]) -> Iterator[LoggedHash]:
    for entry in members["phase2_hashes"].items() if "phase2_hashes" in members else ():
        parts = entry.members()
        yield LoggedHash(
            _required(entry, parts, "message_id").message_id(),
            _required(entry, parts, "name").text(),
            _required(entry, parts, "value").octets(),
        )
