"""The tables `[[peer]]` of a policy file: who the other ends are, and the secrets that are shared with them."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from isakmp.cli.errors import Unusable
from isakmp.cli.setting_values import Network, identity_network, network_of, paths_of, secret_of, texts_of, value_of
from isakmp.machine.config import Identity
from isakmp.machine.policy import PolicyError
from isakmp.machine.policy_toml import known
from isakmp.spec.registries import IdType

PSK_ENVIRONMENT: Final = "ISAKMP_PSK"
"""Where a pre-shared key may stand instead of the policy file or a file of its own."""

KEY_ID: Final = "keyid:"
"""Before an identity that is a name of its own kind, such as that of a group of users (ID_KEY_ID)."""

ANYBODY: Final = ("0.0.0.0/0", "::/0")

_PEER: Final = ("address", "identity", "psk", "psk_file", "identities", "certificate", "network")
_SECRET: Final = ("psk", "psk_file")


@dataclass(frozen=True)
class PeerTable:
    """Who a `[[peer]]` speaks of: by address; its identity, its secret or certificate, and what is behind it.

    `secrets` are those of several who may be at one address, by who they say they are.
    """

    addresses: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in ANYBODY)
    identity: Identity | None = None
    psk: bytes | None = field(default=None, repr=False)
    certificate: Path | None = None
    network: Identity | None = None
    secrets: tuple[tuple[Identity, bytes], ...] = field(default=(), repr=False)

    def covers(self, host: str) -> bool:
        """Whether it speaks of the host with that address."""
        address = ipaddress.ip_address(host.partition("%")[0])
        return any(address.version == each.version and address in each for each in self.addresses)


def read_peers(document: Mapping[str, Any], folder: Path) -> list[PeerTable]:
    """Read the tables; without any, anybody may be there who has the secret of the environment.

    Raises:
        PolicyError: a key or a value is none that there is; the message names its place.
    """
    shared = os.environb.get(PSK_ENVIRONMENT.encode(), b"") or None
    found = document.get("peer", [])
    tables = found if isinstance(found, list) else [found]
    peers: list[PeerTable] = []
    for number, table in enumerate(tables, 1):
        place = f"peer {number}"
        if not isinstance(table, dict):
            raise PolicyError(f"{place}: is a table, written as [[peer]]")
        known(table, _PEER, place)
        psk = _secret(table, folder, place) or shared
        who = value_of(table, "identity", place, str, "")
        paths = paths_of(table, "certificate", folder)
        behind = value_of(table, "network", place, str, "")
        peers.append(
            PeerTable(
                tuple(network_of(text, f"{place}.address") for text in texts_of(table, "address", place, ANYBODY)),
                identity(who, f"{place}.identity") if who else None,
                psk,
                paths[0] if paths else None,
                identity_network(behind, f"{place}.network") if behind else None,
                tuple(_secrets(table, folder, place)),
            )
        )
    return peers or [PeerTable(psk=shared)]


def _secret(table: Mapping[str, Any], folder: Path, place: str) -> bytes | None:
    return value_of(table, "psk", place, str, "").encode() or secret_of(table, "psk_file", folder, place)


def _secrets(table: Mapping[str, Any], folder: Path, peer: str) -> Iterator[tuple[Identity, bytes]]:
    found = table.get("identities", {})
    if not isinstance(found, dict):
        raise PolicyError(f"{peer}.identities: is a table, written as [peer.identities] below its [[peer]]")
    seen: set[Identity] = set()
    for name, value in found.items():
        place = f'{peer}.identities."{name}"'
        if not isinstance(value, dict):
            raise PolicyError(f'{place}: is written as "{name}" = {{ psk_file = "FILE" }}, or with psk = "..."')
        known(value, _SECRET, place)
        secret = _secret(value, folder, place)
        if not secret:
            raise PolicyError(f"{place}: neither psk nor psk_file")
        who = identity(name, place)
        if who in seen:
            raise PolicyError(f"{place}: that identity stands twice")
        seen.add(who)
        yield who, secret


def network(text: str, option: str) -> Identity:
    """An address or a network that an option of the command line names.

    Raises:
        Unusable: it is neither.
    """
    try:
        return identity_network(text, option)
    except PolicyError as error:
        raise Unusable(str(error)) from error


def identity(text: str, place: str) -> Identity:
    """An identity as it is written: an address, `keyid:NAME`, a name with an at sign (a user), or a name (a host).

    Raises:
        PolicyError: there is nothing in it; the message begins with the place.
    """
    try:
        return Identity.address(text)
    except ValueError:
        kind = IdType.KEY_ID if text.startswith(KEY_ID) else IdType.USER_FQDN if "@" in text[1:] else IdType.FQDN
        name = text.removeprefix(KEY_ID) if kind is IdType.KEY_ID else text.removeprefix("@")
        if not name:
            raise PolicyError(f"{place}: an identity without a name") from None
        return Identity(kind, name.encode())
