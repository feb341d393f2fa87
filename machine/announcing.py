"""Vendor ids: what this end announces, and what the peer has. Extensions are used only with who announces them."""

from __future__ import annotations

from isakmp.machine.config import Config
from isakmp.machine.run import Run, Step
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.layouts import Payload
from isakmp.spec.liveness import DPD_ANNOUNCED, DPD_VENDOR_ID
from isakmp.spec.payloads import VID
from isakmp.spec.transport import FRAGMENTATION_VENDOR_ID, NAT_T_VENDOR_ID
from isakmp.spec.xauth import XAUTH_VENDOR_ID


def announcement(config: Config) -> tuple[bytes, ...]:
    """The vendor ids that announce the extensions of a configuration."""
    users = config.xauth is not None or any(AUTHENTICATIONS[proposal.auth].xauth for proposal in config.ike)
    wanted = (
        (config.dpd is not None, DPD_VENDOR_ID),
        (users, XAUTH_VENDOR_ID),
        (config.endpoint is not None, NAT_T_VENDOR_ID),
        (config.fragment_size is not None, FRAGMENTATION_VENDOR_ID),
    )
    return tuple(vendor for switched_on, vendor in wanted if switched_on)


_HEEDED = (DPD_ANNOUNCED, NAT_T_VENDOR_ID, FRAGMENTATION_VENDOR_ID)


def announced_in(payloads: tuple[Payload, ...]) -> frozenset[bytes]:
    """Which of the extensions that are used here a message announces, each by how its vendor id begins."""
    sent = [payload.data for payload in payloads if isinstance(payload, VID)]
    return frozenset(vendor for vendor in _HEEDED for octets in sent if octets.startswith(vendor))


def note_vendors(run: Run, payloads: tuple[Payload, ...]) -> None:
    """Remember which extensions the peer has announced in phase 1."""
    run.life.vendors |= announced_in(payloads)


def announced(step: Step, vendor: bytes) -> bool:
    """Whether the peer has announced an extension, in this message or before."""
    return vendor in step.run.life.vendors or vendor in announced_in(step.chain.payloads)
