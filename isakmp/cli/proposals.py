"""Proposals as users write them: `aes256-sha256-modp2048` for phase 1, `aes256-sha256` or `aes256gcm16` for ESP.

The names of phase 1 are the specification's (`isakmp.spec.algorithms.parse_suite`); here are those of ESP.
"""

from __future__ import annotations

import re
from typing import Any, Final

import click

from isakmp.cli.errors import unknown
from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.spec.algorithms import ESP_KEYS, INTEGRITIES, KeyLengthError, KeyLengthRule, SuiteError, parse_suite
from isakmp.spec.groups import GROUPS
from isakmp.spec.registries import AuthMethod, EspTransform, Group, IntegrityAlgorithm, ProtocolId

_ESP_NAMES: Final[dict[str, EspTransform]] = {
    "des": EspTransform.DES,
    "3des": EspTransform.TRIPLE_DES,
    "cast": EspTransform.CAST,
    "blowfish": EspTransform.BLOWFISH,
    "null": EspTransform.NULL,
    "aes": EspTransform.AES,
    "aesctr": EspTransform.AES_CTR,
    "aesccm8": EspTransform.AES_CCM_8,
    "aesccm12": EspTransform.AES_CCM_12,
    "aesccm16": EspTransform.AES_CCM_16,
    "aesgcm8": EspTransform.AES_GCM_8,
    "aesgcm12": EspTransform.AES_GCM_12,
    "aesgcm16": EspTransform.AES_GCM_16,
    "seed": EspTransform.SEED_CBC,
    "camellia": EspTransform.CAMELLIA,
}
# The bits of the key stand behind the cipher and before the mode: aes256, aes256gcm16.
_CIPHER: Final = re.compile(r"(3?[a-z]+?)(\d*)((?:ctr|[cg]cm\d+)?)")
_COMBINED: Final = frozenset(t for t in _ESP_NAMES.values() if "CCM" in t.name or "GCM" in t.name)
"""Ciphers that protect integrity as well, so that no other algorithm goes with them."""


def ike_proposal(text: str, auth: AuthMethod) -> IkeProposal:
    """Read a phase 1 proposal.

    Raises:
        click.UsageError: it is none; says which part is wrong and what may stand there.
    """
    try:
        suite = parse_suite(text)
    except SuiteError as error:
        raise click.UsageError(f"--proposal: {error}") from error
    return IkeProposal(suite.encryption, suite.hash, auth, suite.group, suite.key_length_bits)


def esp_proposal(text: str, group: Group | None) -> IpsecProposal:
    """Read an ESP proposal: cipher and integrity, with a group where there is perfect forward secrecy.

    Raises:
        click.UsageError: as above.
    """
    cipher, dash, integrity = text.strip().lower().partition("-")
    match = _CIPHER.fullmatch(cipher)
    transform = _ESP_NAMES.get(match[1] + match[3]) if match else None
    if match is None or transform is None:
        raise click.UsageError(
            f"--esp: {unknown('cipher', cipher, _ESP_NAMES)}, with the key's bits behind, as in aes256"
        )
    bits = int(match[2]) if match[2] else None
    sizes = ESP_KEYS[transform]
    try:
        sizes.octets(bits)
    except KeyLengthError as error:
        raise click.UsageError(f"--esp: cipher {cipher!r}: {error}") from error
    if transform in _COMBINED:
        if dash:
            raise click.UsageError(f"--esp: {cipher} protects integrity itself, so that nothing goes with it")
        return IpsecProposal(ProtocolId.ESP, transform, bits, None, group=group)
    algorithm = _integrity(integrity) if dash else None
    if algorithm is None:
        raise click.UsageError(f"--esp: {text!r} is not of the form cipher-integrity, such as aes256-sha256")
    length = None if sizes.rule is KeyLengthRule.FORBIDDEN else bits
    return IpsecProposal(ProtocolId.ESP, transform, length, algorithm, group=group)


def _integrity(name: str) -> IntegrityAlgorithm:
    names = {facts.name: algorithm for algorithm, facts in INTEGRITIES.items()}
    if name not in names:
        raise click.UsageError(f"--esp: {unknown('integrity algorithm', name, names)}")
    return names[name]


def group_named(name: str) -> Group:
    """Read the name of a group: `modp2048`, `ecp256`.

    Raises:
        click.UsageError: there is no such group.
    """
    names: dict[str, Any] = {facts.name: group for group, facts in GROUPS.items()}
    if name.lower() not in names:
        raise click.UsageError(f"--pfs: {unknown('group', name, names)}; before other words, write --pfs=GROUP")
    group: Group = names[name.lower()]
    return group
