"""Proposals as users write them: `aes256-sha256-modp2048` for phase 1, `aes256-sha256` or `aes256gcm16` for ESP.

The names are the specification's (`isakmp.spec.algorithms`); here they become proposals, and errors of usage.
"""

from __future__ import annotations

import click

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.spec.algorithms import SuiteError, parse_esp, parse_group, parse_suite
from isakmp.spec.registries import AuthMethod, Group, ProtocolId


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
    try:
        suite = parse_esp(text)
    except SuiteError as error:
        raise click.UsageError(f"--esp: {error}") from error
    return IpsecProposal(ProtocolId.ESP, suite.transform, suite.key_length_bits, suite.integrity, group=group)


def group_named(name: str) -> Group:
    """Read the name of a group: `modp2048`, `ecp256`.

    Raises:
        click.UsageError: there is no such group.
    """
    try:
        return parse_group(name)
    except SuiteError as error:
        raise click.UsageError(f"--pfs: {error}; before other words, write --pfs=GROUP") from error
