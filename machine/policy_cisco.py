"""Policies from Cisco: blocks of `crypto isakmp policy` (IOS) or `crypto ikev1 policy` (ASA), and transform sets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.machine.policy import Policy, PolicyError
from isakmp.machine.policy_words import AH_TRANSFORMS, ah_proposal, group_of_number, parsed, seconds
from isakmp.spec.algorithms import (
    parse_esp,
    parse_suite,
)
from isakmp.spec.groups import GROUPS
from isakmp.spec.registries import AuthMethod, EncapsulationMode, ProtocolId

POLICY: Final = re.compile(r"^\s*crypto (?:isakmp|ikev1) policy (\d+)\s*$", re.IGNORECASE | re.MULTILINE)

# What IOS takes where a block says nothing.
_DEFAULTS: Final = {
    "encryption": "des",
    "hash": "sha",
    "authentication": "rsa-sig",
    "group": "1",
    "lifetime": "86400",
}
_KEYS: Final = {"encr": "encryption", "encryption": "encryption", "hash": "hash", "group": "group",
                      "authentication": "authentication", "lifetime": "lifetime"}  # fmt: skip
_METHODS: Final = {
    "pre-share": AuthMethod.PSK,
    "rsa-sig": AuthMethod.RSA_SIG,
    "rsa-encr": AuthMethod.RSA_ENC,
    "dsa-sig": AuthMethod.DSS_SIG,
    "ecdsa-sig": AuthMethod.ECDSA_256,
}
_IPSEC_LIFETIME: Final = 3600
_INTEGRITY: Final = {"md5": "md5", "sha": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}


def read_cisco(text: str) -> Policy:
    """Read `crypto isakmp policy` (IOS) or `crypto ikev1 policy` (ASA) blocks, with transform sets where there are any.

    Raises:
        PolicyError: a line is not understood; its number is named.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    remarks: list[str] = []
    ike = tuple(_ike(priority, keys, remarks) for priority, keys in _by_priority(lines, remarks))
    whole = "\n".join(line for _, line in lines)
    groups = [
        group_of_number(found, "set pfs") for found in re.findall(r"^set pfs (?:group)?(\d+)", whole, re.MULTILINE)
    ]
    told = re.findall(r"security-association lifetime seconds (\d+)", whole)
    lifetime = _seconds(told[-1], "security-association") if told else _IPSEC_LIFETIME
    if re.search(r"security-association lifetime kilobytes", whole):
        remarks.append("lifetimes in kilobytes are left out")
    sets = _transform_sets(lines)
    ipsec = tuple(
        replace(proposal, group=group, lifetime=lifetime)
        for proposal in sets
        for group in (dict.fromkeys(groups) or [None])
    )
    if not sets:
        remarks.append("no transform set: phase 2 is left empty")
    main_only = re.search(r"aggressive-mode disable|am-disable", whole) is not None
    return Policy(("main",) if main_only else ("main", "aggressive"), ike, ipsec, tuple(dict.fromkeys(remarks)))


def _by_priority(lines: list[tuple[int, str]], remarks: list[str]) -> list[tuple[int, dict[str, tuple[int, str]]]]:
    return sorted(_blocks(lines, remarks), key=lambda block: block[0])


def _blocks(lines: list[tuple[int, str]], remarks: list[str]) -> Iterator[tuple[int, dict[str, tuple[int, str]]]]:
    block: tuple[int, dict[str, tuple[int, str]]] | None = None
    for number, line in lines:
        head = POLICY.match(line)
        if head:
            if block:
                yield block
            block = int(head[1]), {}
            continue
        word, _, value = line.partition(" ")
        if block and word in _KEYS:
            block[1][_KEYS[word]] = number, value.strip()
        elif block and (not line or line.startswith(("!", "crypto "))):
            yield block
            block = None
        elif block:
            remarks.append(f"line {number}: {line!r} is left out")
    if block:
        yield block


def _ike(priority: int, keys: Mapping[str, tuple[int, str]], remarks: list[str]) -> IkeProposal:
    def value(key: str) -> tuple[str, str]:
        number, text = keys.get(key, (0, _DEFAULTS[key]))
        if not number:
            remarks.append(f"policy {priority}: no {key}, so {text}, which IOS takes then")
        return f"line {number}" if number else f"policy {priority}", text.lower()

    place, cipher = value("encryption")
    name = cipher.replace(" ", "").replace("-", "")
    cipher = {"aes": "aes128"}.get(name, name)
    _, hash_name = value("hash")
    where, number = value("group")
    group = group_of_number(number, where)
    suite = parsed(parse_suite, f"{cipher}-{_INTEGRITY.get(hash_name, hash_name)}-{GROUPS[group].name}", place)
    at, method = value("authentication")
    if method not in _METHODS:
        raise PolicyError(f"{at}: unknown authentication {method!r} (there are: {', '.join(_METHODS)})")
    there, lifetime = value("lifetime")
    time = _seconds(lifetime, there)
    return IkeProposal(suite.encryption, suite.hash, _METHODS[method], suite.group, suite.key_length_bits, time)


def _seconds(text: str, place: str) -> int:
    found = seconds(text) if text.isdecimal() else None
    if found is None:
        raise PolicyError(f"{place}: lifetime {text!r} is no number of seconds")
    return found


_TRANSFORM_SET: Final = re.compile(r"crypto ipsec (?:ikev1 )?transform-set (\S+) (.+)", re.IGNORECASE)


def _transform_sets(lines: list[tuple[int, str]]) -> list[IpsecProposal]:
    found: list[IpsecProposal] = []
    for number, line in lines:
        match = _TRANSFORM_SET.match(line)
        if match and match[2].lower().startswith("mode ") and found:
            found[-1] = replace(found[-1], mode=_mode(match[2].split()[1]))
        elif match:
            found.append(_transforms(match[2].lower(), f"line {number}"))
        elif found and line.lower().startswith("mode "):
            found[-1] = replace(found[-1], mode=_mode(line.split()[1]))
    return found


def _mode(word: str) -> EncapsulationMode:
    return EncapsulationMode.TRANSPORT if word.lower() == "transport" else EncapsulationMode.TUNNEL


def _transforms(text: str, place: str) -> IpsecProposal:
    words = re.findall(r"(?:esp|ah)-[a-z0-9-]+(?: \d+)?", text)
    cipher = integrity = ""
    for word in words:
        body = word.removeprefix("esp-").replace(" ", "")
        if word.startswith("ah-"):
            name = _INTEGRITY.get(word.removeprefix("ah-").removesuffix("-hmac"), "")
            if len(words) > 1 or name not in AH_TRANSFORMS:
                raise PolicyError(f"{place}: {text!r}: AH together with another transform, or with an unknown hash")
            return ah_proposal(AH_TRANSFORMS[name])
        if body.endswith("-hmac"):
            integrity = _INTEGRITY.get(body.removesuffix("-hmac"), body)
        elif body.startswith("gcm"):
            cipher = f"aes{body.removeprefix('gcm') or '128'}gcm16"
        else:
            cipher = {"aes": "aes128"}.get(body, body)
    suite = parsed(parse_esp, f"{cipher}-{integrity}" if integrity else cipher, place)
    return IpsecProposal(ProtocolId.ESP, suite.transform, suite.key_length_bits, suite.integrity)
