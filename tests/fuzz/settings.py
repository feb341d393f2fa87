"""Any text as a policy file, in all notations: refused with a line, or an endpoint can be made from it.

A file that a policy names is looked for in an empty folder; a policy that names a device is left out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

import click

from isakmp.cli.endpoint import DEFAULT_POLICY, ENDPOINT_HELP, load_settings
from isakmp.crypto import registry
from isakmp.crypto.registry import load_backend
from isakmp.machine import authenticators
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.natt import Endpoint
from isakmp.machine.peer import Peer
from isakmp.machine.policy import agreement, weaknesses
from isakmp.machine.policy_toml import read_policy, write_policy
from tests.cli.policies import toml
from tests.fuzz.target import Target, ensure
from tests.machine.test_policy import CISCO, GOOD

HERE: Final = Endpoint("127.0.0.1", 500)
_DEVICES: Final = (b"/dev", b"/proc", b"/sys")
_backend: Final = cache(load_backend)
_folder: Final = TemporaryDirectory(prefix="isakmp-fuzz-")


def one(data: bytes) -> None:
    """Read it, make a peer of it, judge it, and write it again."""
    if any(each in data for each in _DEVICES):
        return
    path = Path(_folder.name) / "policy"
    path.write_bytes(data)
    with patch.object(authenticators, "_ITERATIONS", 1), patch.object(registry, "load_backend", _backend):
        try:
            settings = load_settings(str(path))
        except click.ClickException as error:
            ensure(bool(error.format_message()), "a refusal without words")
            return
    policy = settings.policy
    weaknesses(policy)
    agreed = agreement(policy, policy)
    ensure(agreed.ike is not None or not policy.ike, "a policy that does not agree with itself")
    if policy.ike and policy.ipsec:  # another notation may name the proposals of one phase alone
        again = read_policy(write_policy(policy))
        own = tuple(dict.fromkeys(policy.ike)), tuple(dict.fromkeys(policy.ipsec))
        ensure((again.ike, again.ipsec) == own, "a policy is written otherwise than it was read")
    for table in settings.peers:
        try:
            Peer(settings.config(HERE, table), settings.backend)
        except (click.ClickException, LocalMisuse) as error:
            ensure(bool(str(error)), "a refusal without words")


_BESIDE: Final = """
[local]
identity = "gw.example"
network = "10.1.0.0/24"
dpd = "30s"
rekey = true
fragments = 1200
[[peer]]
address = "192.0.2.0/24"
identity = "a@b"
psk = "0123456789abcdef"
network = "10.2.0.0/24"
[users]
alice = { password = "secret" }
[assign]
addresses = "10.3.0.0/28"
dns = "10.3.0.53"
"""

SWAN: Final = "ike=aes256-sha256-modp2048!\nesp=aes128gcm16-ecp256,aes256-sha1\nikelifetime=3h\nauthby=secret\n"


def seeds() -> list[bytes]:
    """A policy in each notation, and what stands beside the proposals."""
    policies = [toml(), DEFAULT_POLICY, GOOD, CISCO, SWAN, toml(pfs="ecp256") + _BESIDE, ENDPOINT_HELP]
    return [each.encode() for each in policies]


WORDS: Final = (
    "encryption", "hash", "group", "authentication", "lifetime", "integrity", "pfs", "mode", "protocol", "[[ike]]",
    "[[ipsec]]", "[local]", "[[peer]]", "[users]", "[assign]", "identity", "certificate", "private_key", "trusted",
    "revocation", "network", "nat_traversal", "fragments", "dpd", "rekey", "mode_config", "user", "password_file",
    "psk_file", "psk", "address", "addresses", "dns", "netmask", "true", "false", "crypto isakmp policy 1",
    "crypto ipsec transform-set", "esp=", "ike=", "aes256", "3des", "modp2048", "ecp256", "rsa", "hybrid", "tunnel",
    '"\\u0000"', "0x", "1e9", "nan", "inf", "1979-05-27T07:32:00Z", "::/0",
)  # fmt: skip

TARGET = Target(one, seeds, words=WORDS, longest=8192)
