"""The original addresses that quick mode tells, so that checksums can be mended behind a NAT (RFC 3947 section 5.2).

Both ends tell both addresses, each as it sees them, where the encapsulated transport mode is offered or chosen; in
tunnel mode nobody does. What the peer tells stands among the payloads of its message, for the caller.
"""

from __future__ import annotations

from isakmp.machine.config import Identity
from isakmp.machine.natt import Endpoint
from isakmp.machine.offering import offerable
from isakmp.machine.run import Step
from isakmp.spec.messages import Message
from isakmp.spec.payloads import NAT_OA
from isakmp.spec.registries import EncapsulationMode, ExchangeType, PayloadType
from isakmp.spec.terms import Role


def originals(step: Step, template: Message) -> tuple[NAT_OA, ...]:
    """The initiator's address, then the responder's; nothing where addresses are not known or not to be told."""
    run = step.run
    own, peer = run.config.endpoint, run.address
    if own is None or not isinstance(peer, Endpoint) or run.table.exchange.type is not ExchangeType.QUICK:
        return ()
    if not any(slot.payload is PayloadType.SA for slot in template.slots) or not _transports(step):
        return ()
    places = (own, peer) if run.table.role is Role.I else (peer, own)
    return tuple(_original(place) for place in places)


def _transports(step: Step) -> bool:
    """Whether the encapsulated transport mode is among what the initiator offers, or is what the responder chose."""
    draft, config = step.draft, step.run.config
    if step.run.table.role is Role.I:
        suites = [suite for policy in (config.ipsec, *config.further_sas) for suite in offerable(draft, policy)]
    else:
        suites = [suite for suite in (draft.ipsec, *(each.suite for each in draft.further)) if suite is not None]
    return any(part.mode is EncapsulationMode.UDP_TRANSPORT for suite in suites for part in suite.parts)


def _original(place: Endpoint) -> NAT_OA:
    identity = Identity.address(place.host)
    return NAT_OA(identity.type, identity.data)
