"""Key files for decrypting captures, told apart by what is in them and not by what they are called.

Three forms are read: the JSON of ``ikev1-capture/1`` (see ``conform/schemas/ikev1-capture-1.schema.json`` and
``docs/keys-json.md``), the same written as TOML, and the table that Wireshark saves as ``ikev1_decryption_table``.
Files are read whole, up to `MAX_FILE` octets.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

from isakmp.conform.keyjson import keys_from_document
from isakmp.conform.keytypes import (
    KeyForm,
    Keys,
    LoggedHash,
    LoggedIv,
    SaKeys,
    UnreadableKeys,
)
from isakmp.spec.limits import COOKIE_OCTETS

__all__ = ["MAX_FILE", "KeyForm", "Keys", "LoggedHash", "LoggedIv", "SaKeys", "UnreadableKeys", "read_keys"]

MAX_FILE: Final = 16 * 1024 * 1024
"""Octets of the largest key file that is read; a long session of a daemon logs some hundred thousand."""

_TOML_START: Final = re.compile(r"\s*(\[\[?\s*[A-Za-z_]|[A-Za-z_][\w-]*\s*(\.|=))")
_TABLE_LINE: Final = re.compile(
    r'\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^",]*?))\s*,\s*(?:"(?P<quoted2>[^"]*)"|(?P<bare2>[^",]*?))\s*'
)
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def read_keys(path: str | PathLike[str]) -> Keys:
    """Read a key file of any of the forms.

    Args:
        path: file name, ``-`` for standard input.

    Raises:
        UnreadableKeys: no such file, none of the forms, or something in it cannot be; says in which line or at which
            JSON path.

    """
    name = fspath(path)
    text = _text(name)
    meaningful = next((line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")), "")
    if not meaningful:
        raise UnreadableKeys(name, "", "the file is empty")
    if _TOML_START.match(meaningful):
        return keys_from_document(name, _toml(name, text))
    if meaningful.lstrip().startswith(("{", "[")):
        return keys_from_document(name, _json(name, text))
    return _table(name, text)


def _text(name: str) -> str:
    try:
        if name == "-":
            content = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableKeys(name, "", f"cannot be read: {what}") from error
    if len(content) > MAX_FILE:
        raise UnreadableKeys(name, "", f"more than {MAX_FILE} octets, which no key file has")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableKeys(name, f"octet {error.start}", "not text in UTF-8, so no key file") from None


def _json(name: str, text: str) -> object:
    def once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(members)
        if len(found) < len(members):
            names = [member for member, _ in members]
            twice = next(member for member in names if names.count(member) > 1)
            raise UnreadableKeys(name, "", f"an object has the member {json.dumps(twice)} twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise UnreadableKeys(name, f"line {error.lineno}, column {error.colno}", f"not JSON: {error.msg}") from None
    except RecursionError:
        raise UnreadableKeys(name, "", "not a key file: nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise UnreadableKeys(name, "", f"not a key file: {error}") from None


def _toml(name: str, text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableKeys(name, "", f"not TOML: {error}") from None
    except (RecursionError, ValueError) as error:
        raise UnreadableKeys(name, "", f"not a key file: {error}") from None


def _table(name: str, text: str) -> Keys:
    """Read Wireshark's table: ``initiator's cookie,encryption key`` per line, hexadecimal, quoted or not."""
    found: dict[bytes, tuple[int, bytes]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"line {number}"
        match = _TABLE_LINE.fullmatch(line)
        if match is None:
            if not found:
                raise UnreadableKeys(
                    name, where, "neither JSON or TOML of ikev1-capture/1, nor Wireshark's table (cookie,key)"
                )
            raise UnreadableKeys(name, where, 'expected "cookie,key" in hexadecimal')
        cookie = _hex(name, where, "cookie", match["bare"] if match["quoted"] is None else match["quoted"])
        key = _hex(name, where, "key", match["bare2"] if match["quoted2"] is None else match["quoted2"])
        if len(cookie) != COOKIE_OCTETS:
            raise UnreadableKeys(name, where, f"a cookie has {COOKIE_OCTETS} octets, not {len(cookie)}")
        before, earlier = found.setdefault(cookie, (number, key))
        if earlier != key:
            raise UnreadableKeys(name, where, f"another key for the cookie of line {before}")
    return Keys(name, KeyForm.WIRESHARK, tuple(SaKeys(cky_i, cipher_key=key) for cky_i, (_, key) in found.items()))


def _hex(name: str, where: str, what: str, text: str) -> bytes:
    if _HEX.fullmatch(text) is None:
        fault = "an odd number of digits" if re.fullmatch(r"[0-9A-Fa-f]+", text) else "not hexadecimal"
        raise UnreadableKeys(name, where, f"the {what} {text[:40]!r} is {fault}" if text else f"the {what} is empty")
    return bytes.fromhex(text)
