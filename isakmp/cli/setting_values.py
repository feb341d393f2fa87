"""Values of a policy file's tables, checked: each error begins with the place, as `peer 1.address`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from isakmp.cli.errors import Unusable
from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.config import Identity
from isakmp.machine.policy import PolicyError
from isakmp.machine.policy_toml import known
from isakmp.spec.limits import HIGHEST_PORT, WITH_PORTS

_SELECTOR: Final = re.compile(rf"({'|'.join(WITH_PORTS)})/([0-9]{{1,5}})\]")

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def table_of(document: Mapping[str, Any], key: str, keys: tuple[str, ...] | None) -> Mapping[str, Any]:
    """A table by its name, empty where it is not there.

    Raises:
        PolicyError: it is none; the message begins with the place.
    """
    found = document.get(key, {})
    if not isinstance(found, dict):
        raise PolicyError(f"{key}: is a table, written as [{key}]")
    if keys is not None:
        known(found, keys, key)
    return found


def value_of(table: Mapping[str, Any], key: str, place: str, kind: type[T], default: T) -> T:
    """A value of a kind, or the default.

    Raises:
        PolicyError: it is none; the message begins with the place.
    """
    found = table.get(key, default)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        names = {str: "text", bool: "true or false", int: "a number"}
        raise PolicyError(f"{place}.{key}: {found!r} is not {names[kind]}")
    return found


def texts_of(table: Mapping[str, Any], key: str, place: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """A text, or a list of texts.

    Raises:
        PolicyError: it is none; the message begins with the place.
    """
    found = table.get(key, list(default))
    values = found if isinstance(found, list) else [found]
    if not all(isinstance(value, str) for value in values):
        raise PolicyError(f"{place}.{key}: {found!r} is no text and no list of texts")
    return tuple(values)


def paths_of(table: Mapping[str, Any], key: str, folder: Path) -> tuple[Path, ...]:
    """Files by their names, which are relative to a folder.

    Raises:
        PolicyError: it is none; the message begins with the place.
    """
    return tuple(folder / text for text in texts_of(table, key, key, ()))


def network_of(text: str, place: str) -> Network:
    """A network, or an address as one.

    Raises:
        PolicyError: it is none; the message begins with the place.
    """
    return _made(ipaddress.ip_network, text, place)


def identity_network(text: str, place: str) -> Identity:
    """An address or a network as quick mode names it (RFC 2407 section 4.6.2), narrowed to a protocol and port or not.

    Raises:
        PolicyError: it is neither; the message begins with the place.
    """
    network, bracket, rest = text.partition("[")
    found = _made(Identity.subnet if "/" in network else Identity.address, network, place)
    if not bracket:
        return found
    match = _SELECTOR.fullmatch(rest)
    if match is None or int(match[2]) > HIGHEST_PORT:
        names = " or ".join(WITH_PORTS)
        raise PolicyError(f"{place}: {text!r}: in brackets stand {names}, a slash and a port, as [udp/1701]")
    return replace(found, protocol=WITH_PORTS[match[1]], port=int(match[2]))


def ip4_of(text: str, place: str) -> bytes:
    """An IPv4 address in four octets.

    Raises:
        PolicyError: it is none; the message begins with the place.
    """
    return _made(ipaddress.IPv4Address, text, place).packed


def _made(make: Callable[[str], T], text: str, place: str) -> T:
    try:
        return make(text)
    except ValueError as error:
        raise PolicyError(f"{place}: {error}") from error


def secret_of(table: Mapping[str, Any], key: str, folder: Path, place: str) -> bytes | None:
    """The first line of a file that is named; None where none is.

    Raises:
        PolicyError: the file cannot be read, or its first line is empty.
    """
    name = value_of(table, key, place, str, "")
    if not name:
        return None
    try:
        lines = (folder / name).read_bytes().splitlines()
    except (OSError, ValueError) as error:
        raise PolicyError(f"{place}.{key}: {_why(folder / name, error)}") from error
    if not lines or not lines[0]:
        raise PolicyError(f"{place}.{key}: {folder / name}: its first line is empty")
    return lines[0]


def _why(path: Path, error: OSError | ValueError) -> str:
    """What is wrong with a file; a `ValueError` says that its name has a NUL."""
    return f"{path}: {error.strerror if isinstance(error, OSError) else error}"


def loaded(load: Callable[[bytes], T], path: Path, name: str) -> T:
    """What a reader makes of a file.

    Raises:
        Unusable: it cannot be read.
    """
    try:
        octets = path.read_bytes()
    except (OSError, ValueError) as error:
        raise Unusable(f"{name}: {_why(path, error)}") from error
    try:
        return load(octets)
    except CryptoFailure as error:
        raise Unusable(f"{name}: {path}: {error}") from error
