"""Policies in TOML, read and written: an exchange, tables `[[ike]]` and `[[ipsec]]`.

A list stands for alternatives, in order of preference; several lists in one table for all their combinations. Names of
algorithms are those of `isakmp run --proposal` and `--esp`; lifetimes are seconds, or a number with s, m, h or d.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import islice, product
from typing import Any, Final, TypeVar

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.machine.policy import EXCHANGES, Policy, PolicyError
from isakmp.machine.policy_words import AH_TRANSFORMS, UNITS, parsed, reads, seconds
from isakmp.spec.algorithms import (
    AH_INTEGRITY,
    AUTHENTICATIONS,
    COMBINED,
    INTEGRITIES,
    EspSuite,
    method_name,
    parse_esp,
    parse_group,
    parse_suite,
)
from isakmp.spec.groups import group_name
from isakmp.spec.limits import DEFAULT_LIFETIME
from isakmp.spec.registries import AhTransform, AuthMethod, EncapsulationMode, EspTransform, Group, ProtocolId
from isakmp.spec.wording import unknown

T = TypeVar("T")

METHODS: Final[Mapping[str, AuthMethod]] = {method_name(method): method for method in AUTHENTICATIONS}
MODES: Final[Mapping[str, EncapsulationMode]] = {
    name.lower().replace("_", "-"): mode for name, mode in EncapsulationMode.__members__.items()
}
PROTOCOLS: Final[Mapping[str, ProtocolId]] = {"esp": ProtocolId.ESP, "ah": ProtocolId.AH}
_TOP: Final = ("exchange", "ike", "ipsec")
BESIDE: Final = ("local", "peer", "users", "assign")
"""What an endpoint is told in the same file, and is no proposal (`isakmp.machine.settings`)."""

MOST_PROPOSALS: Final = 4096
"""A few short lists have millions of combinations; one offer holds 255 transforms (RFC 2408 section 3.5)."""

_IKE: Final = ("encryption", "hash", "group", "authentication", "lifetime")
_IPSEC: Final = ("protocol", "encryption", "integrity", "pfs", "mode", "lifetime")


def read_policy(text: str) -> Policy:
    """Read a policy.

    Raises:
        PolicyError: the text is no TOML, or a key or value is none that a policy has; the message names its place.
    """
    document = load(text)
    known(document, (*_TOP, *BESIDE), "")
    exchanges = tuple(_texts(document, "exchange", "", "main"))
    for name in exchanges:
        _look_up(name, EXCHANGES, "exchange", "exchange")
    ike = _bounded("ike", (each for place, table in _tables(document, "ike") for each in _ike(table, place)))
    ipsec = _bounded("ipsec", (each for place, table in _tables(document, "ipsec") for each in _ipsec(table, place)))
    return Policy(exchanges, tuple(dict.fromkeys(ike)), tuple(dict.fromkeys(ipsec)))


def _bounded(key: str, proposals: Iterable[T]) -> tuple[T, ...]:
    found = tuple(islice(proposals, MOST_PROPOSALS + 1))
    if len(found) > MOST_PROPOSALS:
        raise PolicyError(f"[[{key}]]: more than {MOST_PROPOSALS} proposals")
    return found


def load(text: str) -> Mapping[str, Any]:
    """The tables of a policy file.

    Raises:
        PolicyError: the text is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # beside what is no TOML: thousands of digits, brackets in brackets
        raise PolicyError(f"not TOML: {error}") from error


def _tables(document: Mapping[str, Any], key: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    found = document.get(key)
    if found is None:
        raise PolicyError(f"[[{key}]]: missing: a policy needs at least one")
    tables = found if isinstance(found, list) else [found]
    for number, table in enumerate(tables, 1):
        place = f"{key} {number}"
        if not isinstance(table, dict):
            raise PolicyError(f"{place}: is a table, written as [[{key}]]")
        yield place, table


def _ike(table: Mapping[str, Any], place: str) -> Iterable[IkeProposal]:
    known(table, _IKE, place)
    lifetime = _lifetime(table, place)
    groups = _texts(table, "group", place)
    methods = [
        _look_up(name, METHODS, "authentication", f"{place}.authentication")
        for name in _texts(table, "authentication", place)
    ]
    for cipher, hash_name, group, method in product(
        _texts(table, "encryption", place), _texts(table, "hash", place), groups, methods
    ):
        suite = parsed(parse_suite, f"{cipher}-{hash_name}-{group}", place)
        yield IkeProposal(suite.encryption, suite.hash, method, suite.group, suite.key_length_bits, lifetime)


def _ipsec(table: Mapping[str, Any], place: str) -> Iterable[IpsecProposal]:
    known(table, _IPSEC, place)
    lifetime = _lifetime(table, place)
    modes = [_look_up(name, MODES, "mode", f"{place}.mode") for name in _texts(table, "mode", place, "tunnel")]
    groups = _groups(table, place)
    protocols = [
        _look_up(name, PROTOCOLS, "protocol", f"{place}.protocol") for name in _texts(table, "protocol", place, "esp")
    ]
    for protocol, group, mode in product(protocols, groups, modes):
        for transform, bits, integrity in _transforms(protocol, table, place):
            yield IpsecProposal(protocol, transform, bits, integrity, mode, group, lifetime)


def _transforms(protocol: ProtocolId, table: Mapping[str, Any], place: str) -> Iterable[tuple[int, int | None, Any]]:
    if protocol is ProtocolId.AH:
        if "encryption" in table:
            raise PolicyError(f"{place}.encryption: AH does not encrypt")
        for name in _texts(table, "integrity", place):
            transform = _look_up(name, AH_TRANSFORMS, "integrity algorithm of AH", f"{place}.integrity")
            yield transform, None, AH_INTEGRITY[transform]
        return
    for cipher in _texts(table, "encryption", place):
        combined = reads(parse_esp, cipher) and parse_esp(cipher).transform in COMBINED
        names = _texts(table, "integrity", place, "") if combined else _texts(table, "integrity", place)
        for name in names:
            suite: EspSuite = parsed(parse_esp, f"{cipher}-{name}" if name and not combined else cipher, place)
            yield suite.transform, suite.key_length_bits, suite.integrity


def _groups(table: Mapping[str, Any], place: str) -> list[Group | None]:
    found = table.get("pfs", False)
    if found is False:
        return [None]
    if found is True:
        raise PolicyError(f'{place}.pfs: names a group, as in pfs = "modp2048", or is false')
    return [parsed(parse_group, name, f"{place}.pfs") for name in _texts(table, "pfs", place)]


def _look_up(name: str, known: Mapping[str, T], what: str, place: str) -> T:
    if name not in known:
        raise PolicyError(f"{place}: {unknown(what, name, known)}")
    return known[name]


def known(table: Mapping[str, Any], keys: Iterable[str], place: str) -> None:
    """Refuse keys that a table does not have.

    Raises:
        PolicyError: there is one; says which there are, and what may have been meant.
    """
    for key in table:
        if key not in keys:
            raise PolicyError(f"{place}: {unknown('key', key, keys)}".removeprefix(": "))


def _texts(table: Mapping[str, Any], key: str, place: str, default: str | None = None) -> list[str]:
    """The values of a key, lower case: one text, or a list of them."""
    where = f"{place}.{key}".removeprefix(".")
    found = table.get(key, default)
    if found is None:
        raise PolicyError(f"{where}: missing")
    values = found if isinstance(found, list) else [found]
    if not values or not all(isinstance(value, str) for value in values):
        raise PolicyError(f"{where}: {found!r} is no name and no list of names")
    return [value.strip().lower() for value in values]


def _lifetime(table: Mapping[str, Any], place: str) -> int:
    found = table.get("lifetime", DEFAULT_LIFETIME)
    time = None if isinstance(found, bool) else seconds(str(found))
    if time is None:
        raise PolicyError(f"{place}.lifetime: {found!r} is no time in seconds, nor a number with s, m, h or d")
    return time


# ---- writing ---------------------------------------------------------------------------------------------------------


def write_policy(policy: Policy) -> str:
    """Write a policy as `read_policy` reads it, one table for each proposal."""
    names = [f'"{name}"' for name in policy.exchanges]
    parts = [f"exchange = {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}\n"]
    parts += [_table("ike", _ike_keys(proposal)) for proposal in policy.ike]
    parts += [_table("ipsec", _ipsec_keys(proposal)) for proposal in policy.ipsec]
    return "\n".join(parts)


def _table(name: str, keys: Mapping[str, str]) -> str:
    return f"[[{name}]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


def _ike_keys(proposal: IkeProposal) -> dict[str, str]:
    suite = str(proposal.suite).split("-")
    return {
        "encryption": f'"{suite[0]}"',
        "hash": f'"{suite[1]}"',
        "group": f'"{suite[2]}"',
        "authentication": f'"{method_name(proposal.auth)}"',
        "lifetime": _time(proposal.lifetime),
    }


def _ipsec_keys(proposal: IpsecProposal) -> dict[str, str]:
    keys = {"protocol": f'"{proposal.protocol.name.lower()}"'}
    if proposal.protocol is ProtocolId.AH:
        keys["integrity"] = f'"{INTEGRITIES[AH_INTEGRITY[AhTransform(proposal.transform)]].name}"'
    else:
        suite = str(EspSuite(EspTransform(proposal.transform), proposal.key_length, proposal.integrity))
        cipher, _, integrity = suite.partition("-")
        keys["encryption"] = f'"{cipher}"'
        if integrity:
            keys["integrity"] = f'"{integrity}"'
    keys["pfs"] = f'"{group_name(proposal.group)}"' if proposal.group is not None else "false"
    keys["mode"] = f'"{next(name for name, mode in MODES.items() if mode is proposal.mode)}"'
    keys["lifetime"] = _time(proposal.lifetime)
    return keys


def _time(time: int) -> str:
    unit = next((u for u in ("d", "h", "m") if time % UNITS[u] == 0), "s")
    return f'"{time // UNITS[unit]}{unit}"'
