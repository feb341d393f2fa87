"""Policies from strongSwan and Libreswan: proposal strings, and the keys of a section that belong to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Final

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.machine.policy import Policy, PolicyError
from isakmp.machine.policy_words import AH_TRANSFORMS, ah_proposal, group_of_number, reads, seconds
from isakmp.spec.algorithms import (
    COMBINED,
    Suite,
    parse_esp,
    parse_group,
    parse_suite,
)
from isakmp.spec.groups import GROUPS
from isakmp.spec.registries import AuthMethod, EncapsulationMode, Group, ProtocolId

KEY: Final = re.compile(
    r"^\s*(ike|esp|ah|phase2alg|proposals|esp_proposals|ah_proposals)\s*=", re.IGNORECASE | re.MULTILINE
)
_NAMES: Final = {
    "sha": "sha1", "sha2": "sha256", "sha2_256": "sha256", "sha2_384": "sha384", "sha2_512": "sha512", "aes": "aes128",
    "aes_gcm": "aes128gcm16", "camellia": "camellia128", "aes_cbc": "aes128",
}  # fmt: skip
_ICV: Final = {"64": "8", "96": "12", "128": "16"}
_METHODS: Final = {
    "secret": AuthMethod.PSK,
    "psk": AuthMethod.PSK,
    "rsasig": AuthMethod.RSA_SIG,
    "rsa": AuthMethod.RSA_SIG,
    "pubkey": AuthMethod.RSA_SIG,
    "ecdsasig": AuthMethod.ECDSA_256,
    "xauthpsk": AuthMethod.XAUTH_INIT_PSK,
    "xauthrsasig": AuthMethod.XAUTH_INIT_RSA,
}
_IKE_LIFETIME: Final = "3h"
_LIFETIME: Final = "1h"


def read_swan(text: str) -> Policy:
    """Read the keys of an `ipsec.conf` or `swanctl.conf` section: proposal strings, and what belongs to them.

    Raises:
        PolicyError: a proposal is not understood; its key is named.
    """
    keys: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.split("#")[0].partition("=")
        if equals:
            keys[key.strip().lower()] = value.strip().strip('"').lower()
    remarks: list[str] = []
    method = _method(keys, remarks)
    ike = keys.get("ike") or keys.get("proposals") or ""
    proposals = [
        proposal
        for part in _split(ike)
        for proposal in _ike(part, method, _seconds(keys, ("ikelifetime", "reauth_time"), _IKE_LIFETIME))
    ]
    lifetime = _seconds(keys, ("salifetime", "keylife", "lifetime", "life_time", "rekey_time"), _LIFETIME)
    mode = (
        EncapsulationMode.TRANSPORT if "transport" in (keys.get("type"), keys.get("mode")) else EncapsulationMode.TUNNEL
    )
    esp = keys.get("esp") or keys.get("phase2alg") or keys.get("esp_proposals") or ""
    default = proposals[0].group if proposals and keys.get("pfs") == "yes" else None
    ipsec = [
        replace(proposal, lifetime=lifetime, mode=mode)
        for part in _split(esp)
        for proposal in _esp(part, None if keys.get("pfs") == "no" else default)
    ]
    ipsec += [
        replace(proposal, lifetime=lifetime, mode=mode)
        for part in _split(keys.get("ah") or keys.get("ah_proposals") or "")
        for proposal in _ah(part)
    ]
    if not ipsec:
        remarks.append("no proposal string for ESP or AH: phase 2 is left empty")
    aggressive = keys.get("aggressive", keys.get("aggrmode", "no")) in ("yes", "true", "1")
    exchange = "aggressive" if aggressive else "main"
    return Policy((exchange,), tuple(dict.fromkeys(proposals)), tuple(dict.fromkeys(ipsec)), tuple(remarks))


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.rstrip("!").split(",") if part.strip()]


def _method(keys: Mapping[str, str], remarks: list[str]) -> AuthMethod:
    name = keys.get("authby") or keys.get("auth") or keys.get("leftauth")
    if name is None:
        remarks.append("no authby or auth: a pre-shared key is assumed")
        return AuthMethod.PSK
    if name not in _METHODS:
        raise PolicyError(f"authby: unknown method {name!r} (there are: {', '.join(_METHODS)})")
    return _METHODS[name]


def _seconds(keys: Mapping[str, str], names: tuple[str, ...], default: str) -> int:
    value = next((keys[name] for name in names if name in keys), default)
    time = seconds(value)
    if time is None:
        raise PolicyError(f"{names[0]}: {value!r} is no time")
    return time


def _tokens(part: str) -> list[str]:
    """The words of a proposal; strongSwan writes cipher-hash-group, Libreswan cipher-hash;group and aes_gcm_16_256."""
    words = []
    for raw in re.split(r"[-;]", part):
        word = re.sub(r"^aes_(gcm|ccm)(?:_([abc]|8|12|16))?(?:_?(\d{3}))?$", _gcm, raw)
        word = re.sub(r"^(aes\d{3})(gcm|ccm)(64|96|128)$", lambda m: f"{m[1]}{m[2]}{_ICV[m[3]]}", word)
        word = re.sub(r"^dh(\d+)$", lambda m: GROUPS[group_of_number(m[1], part)].name, word)
        words.append(_NAMES.get(word, word))
    return [word for word in words if word]


def _gcm(match: re.Match[str]) -> str:
    icv = {"a": "8", "b": "12", "c": "16"}.get(match[2] or "16", match[2] or "16")
    return f"aes{match[3] or '128'}{match[1]}{icv}"


def _ike(part: str, method: AuthMethod, lifetime: int) -> Iterator[IkeProposal]:
    words = _tokens(part)
    groups = [word for word in words if reads(parse_group, word)]
    hashes = [word for word in words if reads(parse_suite, f"3des-{word}-modp1024")]
    ciphers = [word for word in words if reads(parse_suite, f"{word}-sha1-modp1024")]
    rest = [word for word in words if word not in (*groups, *hashes, *ciphers) and not word.startswith("prf")]
    if rest or not (groups and hashes and ciphers):
        lacking = [name for name, found in (("cipher", ciphers), ("hash", hashes), ("group", groups)) if not found]
        problem = f"{rest[0]!r} is unknown" if rest else f"has no {' and no '.join(lacking)}"
        raise PolicyError(f"ike: proposal {part!r}: {problem}")
    for cipher, hash_name, group in product(ciphers, hashes, groups):
        suite: Suite = parse_suite(f"{cipher}-{hash_name}-{group}")
        yield IkeProposal(suite.encryption, suite.hash, method, suite.group, suite.key_length_bits, lifetime)


def _esp(part: str, default: Group | None) -> Iterator[IpsecProposal]:
    words = _tokens(part)
    groups = [word for word in words if reads(parse_group, word)]
    integrities = [word for word in words if reads(parse_esp, f"null-{word}")]
    combined = [word for word in words if reads(parse_esp, word) and parse_esp(word).transform in COMBINED]
    ciphers = [word for word in words if word not in combined and reads(parse_esp, f"{word}-sha1")]
    rest = [w for w in words if w not in (*groups, *integrities, *combined, *ciphers) and w not in ("esn", "noesn")]
    if rest or not (combined or (ciphers and integrities)):
        raise PolicyError(f"esp: proposal {part!r}: " + (f"{rest[0]!r} is unknown" if rest else "is incomplete"))
    names = [*combined, *(f"{cipher}-{integrity}" for cipher, integrity in product(ciphers, integrities))]
    for name, group in product(names, tuple(parse_group(each) for each in groups) or (default,)):
        suite = parse_esp(name)
        yield IpsecProposal(
            ProtocolId.ESP, suite.transform, suite.key_length_bits, suite.integrity, group=group,
            extended_sequence="esn" in words,
        )  # fmt: skip


def _ah(part: str) -> Iterator[IpsecProposal]:
    words = _tokens(part)
    groups = [parse_group(word) for word in words if reads(parse_group, word)]
    found = [AH_TRANSFORMS[word] for word in words if word in AH_TRANSFORMS]
    if not found:
        raise PolicyError(f"ah: proposal {part!r}: no integrity algorithm of AH")
    for transform, group in product(found, tuple(groups) or (None,)):
        yield replace(ah_proposal(transform), group=group)
