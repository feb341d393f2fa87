"""What documents for programs say of messages and of IPsec SAs: the same names wherever handshakes are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isakmp.cli.telling import Told
from isakmp.cli.values import transform_text
from isakmp.machine.outputs import Configured
from isakmp.machine.sa import IpsecSa
from isakmp.spec.registries import ProtocolId
from isakmp.spec.terms import Role


def message_json(told: Told, keys: Mapping[str, str]) -> dict[str, Any]:
    """A message; `keys` are the values of formulas, by their names, as far as they are to be shown."""
    return {
        "number": told.number,
        "time": told.time,
        "sender": told.sender.value,
        "message": told.template.name if told.template else None,
        "section": told.template.cite if told.template else None,
        "encrypted": told.encrypted,
        "datagram": told.datagram,
        "payloads": [
            {
                "type": payload.type,
                "name": payload.name,
                "slot": payload.slot or None,
                "offset": payload.offset,
                "length": payload.length,
                "body": payload.body,
                "text": payload.text,
            }
            for payload in told.payloads
        ],
        "rows": {role.value: row.id if (row := told.rows[role]) else None for role in Role},
        "formulas": [
            {"name": one.name, "equation": one.equation, "section": one.cite}
            | ({"value": keys[one.name]} if one.name in keys else {})
            for one in told.formulas
        ],
        "problems": list(told.problems),
    }


def configured_json(given: Mapping[Role, Configured]) -> dict[str, Any]:
    """What mode config has brought to which end."""
    return {
        role.value: {kind.label: list(values) for kind, values in each.values.items()} for role, each in given.items()
    }


def ipsec_sa_json(sender: str, one: IpsecSa, *, keys: bool) -> dict[str, Any]:
    """One direction of a pair of IPsec SAs; `sender` is the role, in phase 1, of who sends on it."""
    found: dict[str, Any] = {
        "sender": sender,
        "protocol": one.protocol.label,
        "spi": one.spi,
        "suite": ipsec_sa_words(one),
    }
    return found | ({"keymat": one.keymat} if keys else {})


def ipsec_sa_words(one: IpsecSa) -> str:
    """One direction of a pair of IPsec SAs in a line; no key."""
    transform = transform_text(one.protocol, one.suite.transform).partition(" ")[2]
    bits = f" {one.suite.key_length} bits" if one.suite.key_length else ""
    integrity = f", {one.suite.integrity.label}" if one.suite.integrity else ""
    return f"{ProtocolId.describe(one.protocol)} SPI {one.spi.hex()}, {transform}{bits}{integrity}"
