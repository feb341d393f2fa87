"""Identification payloads and identities: one to the other, and what RFC 2407 section 4.6.2 demands of them."""

from __future__ import annotations

from isakmp.machine.config import Identity
from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT, UDP
from isakmp.spec.payloads import ID
from isakmp.spec.registries import IdType

# Ports that phase 1 may name with UDP: ISAKMP's own (RFC 2407 section 4.6.2), and what peers behind a NAT send instead.
PHASE_1_PORTS = frozenset({0, ISAKMP_PORT, NAT_T_PORT})


def payload_of(identity: Identity) -> ID:
    """The payload that carries an identity."""
    return ID(identity.type, identity.protocol, identity.port, identity.data)


def identity_of(payload: ID) -> Identity:
    """The identity that a payload carries.

    Raises:
        ValueError: its type is none of RFC 2407 section 4.6.2.1.
    """
    return Identity(IdType(payload.type), payload.data, payload.protocol, payload.port)


def phase_1_problem(identity: Identity) -> str:
    """Why an identity may not stand in phase 1; empty if it may (RFC 2407 section 4.6.2)."""
    if identity.protocol not in (0, UDP):
        return f"protocol {identity.protocol} in phase 1, where it has to be 0 or UDP ({UDP})"
    if identity.port not in PHASE_1_PORTS or (identity.protocol == 0 and identity.port):
        found = f"protocol {identity.protocol} with port {identity.port} in phase 1"
        return f"{found}, where it has to be 0/0 or {UDP}/{ISAKMP_PORT}"
    return ""
