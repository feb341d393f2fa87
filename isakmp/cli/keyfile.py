"""The keys of handshakes in memory as a key file of the form `ikev1-capture/1`, for `isakmp check --keys`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from isakmp.cli.keyentries import of_pair, of_sa
from isakmp.cli.scenario import PSK, Played
from isakmp.conform.keytypes import KeyForm
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.carried import SEALING
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role


def key_file(runs: Iterable[Played]) -> bytes:
    """The text of a key file for handshakes that all use one authentication method."""
    played = tuple(runs)
    document: dict[str, Any] = {
        "format": str(KeyForm.IKEV1_CAPTURE),
        "description": "keys of a handshake in memory, made by isakmp run",
        "ike_sas": [entry for one in played for entry in _entries(one)],
    }
    if any(one.scenario.auth is AuthMethod.PSK for one in played):
        document["psk"] = PSK.decode()
    trusted = {c.der for one in played for credentials in one.credentials.values() for c in credentials.trusted}
    if trusted:
        from isakmp.cli.throwaway import pem

        document["trusted_certificates"] = [pem(der) for der in sorted(trusted)]
    if any(AUTHENTICATIONS[one.scenario.auth].kind in SEALING for one in played):
        document["pki"] = _pki(played[0])
    return (json.dumps(document, indent=2) + "\n").encode()


def _pki(played: Played) -> dict[str, str]:
    """The private keys that open what both ends encrypted to each other, and their certificates."""
    from isakmp.cli.throwaway import pem, private_pem

    found: dict[str, str] = {}
    for role, side in ((Role.I, "a"), (Role.R, "b")):
        credentials = played.credentials[role]
        if credentials.private_key is not None and credentials.certificate is not None:
            found |= {
                f"{side}.key": private_pem(credentials.private_key),
                f"{side}.crt": pem(credentials.certificate.der),
            }
    return found


def _entries(played: Played) -> list[dict[str, Any]]:
    sa = played.handshake.sas.get(Role.I)
    if sa is None:
        return []
    entry = of_sa(sa)
    pair = played.handshake.pairs.get(Role.I)
    if pair is not None:
        entry["quick_modes"] = [of_pair(pair, Role.I)]
    return [entry]
