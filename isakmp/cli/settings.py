"""What an endpoint is told: a policy file's tables `[local]`, `[[peer]]`, `[users]`, `[assign]`, and the environment.

They stand in the file beside the proposals. Files are named relative to it. Secrets come from there, from files of
their own, or from the environment; no argument of the command line holds one, since everybody can read those.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from isakmp.cli.errors import Unusable
from isakmp.cli.peer_tables import PSK_ENVIRONMENT, PeerTable, identity, read_peers
from isakmp.cli.setting_values import (
    identity_network,
    ip4_of,
    loaded,
    network_of,
    paths_of,
    secret_of,
    table_of,
    texts_of,
    value_of,
)
from isakmp.cli.xauth import SALT_OCTETS, password_of_environment
from isakmp.crypto.backend import Backend
from isakmp.machine.authenticators import Passwords, StoredPassword
from isakmp.machine.config import Config, Credentials, Dpd, Identity, IkeProposal, Rekey, Timers
from isakmp.machine.configuration import REQUEST
from isakmp.machine.natt import Endpoint
from isakmp.machine.policy import Policy, PolicyError
from isakmp.machine.policy_toml import known
from isakmp.machine.policy_words import seconds
from isakmp.machine.users import Answers
from isakmp.spec.algorithms import AUTHENTICATIONS, Authentication
from isakmp.spec.keying import Auth
from isakmp.spec.limits import HALF_OPEN_TOTAL
from isakmp.spec.registries import AuthMethod, ConfigAttribute, IdType
from isakmp.spec.terms import Role

_LOCAL: Final = (
    "identity", "certificate", "private_key", "trusted", "revocation", "network", "nat_traversal", "fragments", "dpd",
    "rekey", "mode_config", "user", "password_file", "request_certificates", "initial_contact",
)  # fmt: skip
_USER: Final = ("password", "password_file")
_ASSIGN: Final = ("addresses", "dns", "netmask")

COSTLY_UNTIL: Final = HALF_OPEN_TOTAL // 8
"""Half-open exchanges from which on none is answered that costs powers at once."""

SMALLEST_FRAGMENT: Final = 128
MOST_ADDRESSES: Final = 1 << 16
JITTER: Final = 0.1


@dataclass(frozen=True)
class Settings:
    """A policy with all that an endpoint needs beside it. `name` is that of its file, for errors."""

    name: str
    policy: Policy
    peers: tuple[PeerTable, ...]
    common: Mapping[str, Any]
    credentials: Credentials
    identity: Identity | None
    nat_traversal: bool
    backend: Backend

    def table_for(self, host: str) -> PeerTable | None:
        """What is said of the host with that address: the first table that speaks of it."""
        return next((table for table in self.peers if table.covers(host)), None)

    def config(self, own: Endpoint, table: PeerTable, **changes: Any) -> Config:
        """The configuration of one peer of the model, at an address of this host.

        Raises:
            Unusable: a proposal needs a secret that is not there.
        """
        credentials = replace(self.credentials, psk=table.psk, psk_of=dict(table.secrets))
        if table.certificate is not None:
            certificate = loaded(self.backend.load_certificate, table.certificate, self.name)
            credentials = replace(credentials, peer_certificate=certificate)
        shared = table.psk or table.secrets
        if not shared and any(AUTHENTICATIONS[each.auth].kind is Auth.PSK for each in self.policy.ike):
            whom = ", ".join(str(each) for each in table.addresses)
            whom = "" if table.addresses == PeerTable().addresses else f" for {whom}"
            raise Unusable(
                f"no pre-shared key{whom}: set {PSK_ENVIRONMENT}, or psk or psk_file in [[peer]] of the policy"
            )
        return Config(
            **{
                "ike": self.policy.ike,
                "ipsec": self.policy.ipsec,
                "identity": self.identity or Identity.address(own.host.partition("%")[0]),
                "credentials": credentials,
                "peer_identity": table.identity,
                "endpoint": own if self.nat_traversal else None,
                "exchanges": frozenset(self.policy.exchanges),
                "timers": Timers(jitter=JITTER),
                "costly_until": COSTLY_UNTIL,
                "number_transactions": False,
                **self.common,
                "remote_network": table.network,
                **changes,
            }
        )


def as_client(proposals: tuple[IkeProposal, ...]) -> tuple[IkeProposal, ...]:
    """The same proposals, with methods after which the initiator is authenticated by XAuth, where there are."""
    return tuple(replace(each, auth=_client_method(each.auth)) for each in proposals)


def _client_method(method: AuthMethod) -> AuthMethod:
    base: Authentication = AUTHENTICATIONS[method]
    if base.xauth or base.curve is not None:
        return method
    twins = (
        other
        for other, facts in AUTHENTICATIONS.items()
        if facts.client is Role.I and (facts.kind, facts.key) == (base.kind, base.key)
    )
    return next(twins, method)


# ---- reading ---------------------------------------------------------------------------------------------------------


def read_settings(name: str, policy: Policy, document: Mapping[str, Any], backend: Backend) -> Settings:
    """Read what stands beside the proposals of a policy file.

    Raises:
        PolicyError: a key or a value is none that there is; the message names its place.
        Unusable: a file that is named cannot be used.
    """
    folder = Path(name).parent
    local = table_of(document, "local", _LOCAL)
    assign = table_of(document, "assign", _ASSIGN)
    credentials = _credentials(local, folder, backend, name)
    return Settings(
        name,
        policy,
        tuple(read_peers(document, folder)),
        {**_options(local, folder), **_assigned(assign), **_users(document, folder)},
        credentials,
        _own_identity(local, credentials),
        bool(value_of(local, "nat_traversal", "local", bool, True)),
        backend,
    )


def _own_identity(local: Mapping[str, Any], credentials: Credentials) -> Identity | None:
    text = value_of(local, "identity", "local", str, "")
    if text:
        return identity(text, "local.identity")
    certificate = credentials.certificate
    return None if certificate is None else Identity(IdType.DER_ASN1_DN, certificate.name)


def _credentials(local: Mapping[str, Any], folder: Path, backend: Backend, name: str) -> Credentials:
    chain = [loaded(backend.load_certificate, path, name) for path in paths_of(local, "certificate", folder)]
    keys = [loaded(backend.load_private_key, path, name) for path in paths_of(local, "private_key", folder)]
    return Credentials(
        private_key=keys[0] if keys else None,
        certificate=chain[0] if chain else None,
        chain=tuple(chain[1:]),
        trusted=tuple(loaded(backend.load_certificate, path, name) for path in paths_of(local, "trusted", folder)),
        crls=tuple(loaded(backend.load_revocation_list, path, name) for path in paths_of(local, "revocation", folder)),
    )


def _options(local: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "network" in local:
        found["local_network"] = identity_network(value_of(local, "network", "local", str, ""), "local.network")
    fragments = value_of(local, "fragments", "local", int, 0)
    if fragments and fragments < SMALLEST_FRAGMENT:
        raise PolicyError(f"local.fragments: {fragments} octets; the least is {SMALLEST_FRAGMENT}")
    found["fragment_size"] = fragments or None
    if "dpd" in local:
        found["dpd"] = Dpd(_time(local, "dpd"))
    rekey = local.get("rekey", False)
    if rekey is not False:
        found["rekey"] = Rekey() if rekey is True else Rekey(margin=_time(local, "rekey"))
    found["request"] = REQUEST if value_of(local, "mode_config", "local", bool, False) else ()
    # Who is asked sends its certificate; others send it unasked or not at all, as they like (RFC 2408 section 3.10).
    found["request_certificates"] = value_of(local, "request_certificates", "local", bool, "trusted" in local)
    found["initial_contact"] = value_of(local, "initial_contact", "local", bool, False)
    user = value_of(local, "user", "local", str, "")
    if user:
        found["user"] = Answers(user, secret_of(local, "password_file", folder, "local") or password_of_environment())
    return found


def _time(local: Mapping[str, Any], key: str) -> float:
    found = seconds(str(local[key]))
    if found is None:
        raise PolicyError(f"local.{key}: {local[key]!r} is no time in seconds, nor a number with s, m, h or d")
    return float(found)


def _users(document: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    table = table_of(document, "users", None)
    if not table:
        return {}
    found: dict[str, StoredPassword] = {}
    for name, value in table.items():
        place = f"users.{name}"
        if not isinstance(value, dict):
            raise PolicyError(f'{place}: is written as {name} = {{ password_file = "FILE" }}, or with password = "..."')
        known(value, _USER, place)
        secret = value_of(value, "password", place, str, "").encode() or secret_of(
            value, "password_file", folder, place
        )
        if not secret:
            raise PolicyError(f"{place}: neither password nor password_file")
        found[name] = StoredPassword.of(secret, os.urandom(SALT_OCTETS))
    return {"authenticator": Passwords(found)}


def _assigned(table: Mapping[str, Any]) -> dict[str, Any]:
    hand_out: dict[ConfigAttribute, tuple[bytes, ...]] = {}
    for key, kind in (
        ("dns", ConfigAttribute.INTERNAL_IP4_DNS),
        ("netmask", ConfigAttribute.INTERNAL_IP4_NETMASK),
    ):
        if key in table:
            hand_out[kind] = tuple(ip4_of(text, f"assign.{key}") for text in texts_of(table, key, "assign", ()))
    pool: list[bytes] = []
    for text in texts_of(table, "addresses", "assign", ()):
        found = network_of(text, "assign.addresses")
        if found.version != 4 or found.num_addresses > MOST_ADDRESSES:  # noqa: PLR2004 - a name, not a quantity
            raise PolicyError(f"assign.addresses: {text} are no IPv4 addresses, or more than {MOST_ADDRESSES}")
        pool += [address.packed for address in (found.hosts() if "/" in text else found)]
    return {"hand_out": hand_out, "address_pool": tuple(pool)}
