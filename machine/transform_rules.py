"""Whether a transform of phase 2 keeps the rules beyond the set of its attributes: values, key lengths, SPIs."""

from __future__ import annotations

from isakmp.machine.remembering import remembered
from isakmp.spec.algorithms import ESP_KEYS, KeyLengthError
from isakmp.spec.negotiation import FREE_SPIS, NEGOTIATED_CPI, Presence, integrity_rule
from isakmp.spec.payloads import Proposal, Transform
from isakmp.spec.registries import EspTransform, IntegrityAlgorithm, IpsecAttribute, ProtocolId

_PAIRS = frozenset({IpsecAttribute.SA_LIFE_TYPE, IpsecAttribute.SA_LIFE_DURATION})


@remembered
def flaw(protocol: int, transform: Transform) -> str:
    """Which rule a transform breaks, in words with the section; empty if none. Such a transform is never chosen.

    Nothing is said of protocols that are not negotiated here.
    """
    if protocol not in set(ProtocolId) - {ProtocolId.ISAKMP}:
        return ""
    known, number = ProtocolId(protocol), transform.transform_id
    single = {(a.type, a.number) for a in transform.attributes if a.type not in _PAIRS}
    found = dict(single)
    if len(found) < len(single):
        return "an attribute stands twice, with different values (RFC2407:4.5.2)"
    bits = found.get(IpsecAttribute.KEY_LENGTH)
    return _integrity(known, number, found.get(IpsecAttribute.AUTHENTICATION_ALGORITHM)) or _key(known, number, bits)


def _integrity(protocol: ProtocolId, transform: int, algorithm: int | None) -> str:
    rule, name = integrity_rule(protocol, transform), f"{protocol.label} transform {transform}"
    if rule.presence is Presence.REQUIRED and algorithm is None:
        return f"no Authentication Algorithm, which {name} takes ({rule.cite})"
    if rule.presence is Presence.FORBIDDEN and algorithm is not None:
        return f"an Authentication Algorithm with {name} ({rule.cite})"
    if rule.algorithm is not None and algorithm != rule.algorithm:
        found = IntegrityAlgorithm.describe(algorithm or 0)
        return f"{found} with {name}, which goes with {rule.algorithm.label} ({rule.cite})"
    return ""


def _key(protocol: ProtocolId, transform: int, bits: int | None) -> str:
    if protocol is not ProtocolId.ESP:
        return ""
    sizes = {int(each): size for each, size in ESP_KEYS.items()}.get(transform)
    try:
        if sizes is not None:
            sizes.octets(bits)
    except KeyLengthError as error:
        return str(error)
    return "" if sizes is not None else f"nobody says how long the keys of {EspTransform.describe(transform)} are"


def spi_free(proposal: Proposal) -> bool:
    """Whether a peer may have chosen the proposal's SPI: reserved values name no SA that is negotiated."""
    free = NEGOTIATED_CPI if proposal.protocol == ProtocolId.IPCOMP else FREE_SPIS
    return int.from_bytes(proposal.spi) in free
