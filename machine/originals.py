"""The original addresses that quick mode tells, so that checksums can be mended behind a NAT (RFC 3947 section 5.2).

Both ends tell both addresses, each as it sees them, where the encapsulated transport mode is offered or chosen; in
tunnel mode nobody does. What the peer tells stands among the payloads of its message, for the caller.
"""

from __future__ import annotations

import ipaddress

from isakmp.machine.natt import Endpoint
from isakmp.machine.run import Step
from isakmp.spec.messages import Message
from isakmp.spec.payloads import NAT_OA
from isakmp.spec.registries import EncapsulationMode, ExchangeType, IdType, PayloadType
from isakmp.spec.terms import Role


def originals(step: Step, template: Message) -> tuple[NAT_OA, ...]:
    """The initiator's address, then the responder's; nothing where addresses are not known or not to be told."""
    run = step.run
    own, peer = run.config.endpoint, run.address
    negotiates = any(slot.payload is PayloadType.SA for slot in template.slots)
    if run.table.exchange.type is not ExchangeType.QUICK or not negotiates or not _transports(step):
        return ()
    if own is None or not isinstance(peer, Endpoint):
        return ()
    places = (own, peer) if run.table.role is Role.I else (peer, own)
    return tuple(_original(place) for place in places)


def _transports(step: Step) -> bool:
    """Whether the encapsulated transport mode is among what is offered, or is what was chosen."""
    chosen = step.draft.ipsec
    suites = step.run.config.ipsec if chosen is None else (chosen,)
    return any(part.mode is EncapsulationMode.UDP_TRANSPORT for suite in suites for part in suite.parts)


def _original(place: Endpoint) -> NAT_OA:
    address = ipaddress.ip_address(place.host)
    return NAT_OA(IdType.IPV4_ADDR if address.version == 4 else IdType.IPV6_ADDR, address.packed)  # noqa: PLR2004
