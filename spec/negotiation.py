"""What may stand in the transforms of phase 2: attributes by protocol, and the protocols that protect together.

RFC 2407 sections 4.4 and 4.5. A transform with an attribute that is not allowed here, or without one that is required,
is passed over, and others may still be chosen; the set-up ends where none is left (RFC 2407 section 4.5.3).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from isakmp.spec.algorithms import AH_INTEGRITY, COMBINED
from isakmp.spec.citations import Cite
from isakmp.spec.frozen import frozen
from isakmp.spec.registries import EspTransform, IntegrityAlgorithm, IpsecAttribute, ProtocolId

A = IpsecAttribute


@frozen
class AttributeRule:
    """The attributes that a protocol's transforms may and must have."""

    allowed: frozenset[IpsecAttribute]
    required: frozenset[IpsecAttribute]
    cite: Cite


_COMMON = frozenset({A.SA_LIFE_TYPE, A.SA_LIFE_DURATION, A.GROUP_DESCRIPTION, A.ENCAPSULATION_MODE})
_NONE: frozenset[IpsecAttribute] = frozenset()

ATTRIBUTES: Final[dict[ProtocolId, AttributeRule]] = {
    ProtocolId.ESP: AttributeRule(
        _COMMON | {A.AUTHENTICATION_ALGORITHM, A.KEY_LENGTH, A.EXTENDED_SEQUENCE_NUMBER}, _NONE, "RFC2407:4.5"
    ),
    # Section 4.4.3 asks for the authentication algorithm beside each transform of AH: a transform alone is not enough.
    ProtocolId.AH: AttributeRule(
        _COMMON | {A.AUTHENTICATION_ALGORITHM, A.KEY_LENGTH, A.EXTENDED_SEQUENCE_NUMBER},
        frozenset({A.AUTHENTICATION_ALGORITHM}),
        "RFC2407:4.4.3",
    ),
    ProtocolId.IPCOMP: AttributeRule(_COMMON, _NONE, "RFC2407:4.4.5"),
}
"""What the protocols allow and require; others are not negotiated here."""

TOGETHER: Final = (ProtocolId.ESP, ProtocolId.AH, ProtocolId.IPCOMP)
"""The protocols that may protect together, each once (RFC 2408 section 4.2), in the order of their names here."""

CPI_OCTETS: Final = 2
"""Octets of the SPI of IPCOMP, a Compression Parameter Index (RFC 3173 section 4.1)."""

NEGOTIATED_CPI: Final = range(256, 61439 + 1)
"""The indices that are negotiated; those below are for well-known algorithms (RFC 3173 section 3.3)."""

FREE_SPIS: Final = range(256, 1 << 32)
"""The SPIs of ESP and AH that are negotiated; those below are reserved (RFC 2402 section 2.4, RFC 2406 section 2.1)."""


class Presence(Enum):
    """Whether a transform carries an attribute."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


@frozen
class IntegrityRule:
    """Whether a transform names an Authentication Algorithm, and which one it has to be; None: any."""

    presence: Presence
    algorithm: IntegrityAlgorithm | None
    cite: Cite


def integrity_rule(protocol: ProtocolId, transform: int) -> IntegrityRule:
    """The rule for a transform. AH's say the algorithm twice; ESP without cipher is nothing without one."""
    match protocol:
        case ProtocolId.AH:
            known = {int(each): algorithm for each, algorithm in AH_INTEGRITY.items()}
            return IntegrityRule(Presence.REQUIRED, known.get(transform), "RFC2407:4.4.3")
        case ProtocolId.ESP if transform == EspTransform.NULL:
            return IntegrityRule(Presence.REQUIRED, None, "RFC2407:4.5")
        case ProtocolId.ESP if transform in COMBINED:
            return IntegrityRule(Presence.FORBIDDEN, None, "RFC2407:4.5")
        case ProtocolId.ESP:
            return IntegrityRule(Presence.OPTIONAL, None, "RFC2407:4.5")
    return IntegrityRule(Presence.FORBIDDEN, None, "RFC2407:4.4.5")
