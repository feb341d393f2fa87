"""Vendor ids of what a configuration switches on: peers use an extension only with who announces it."""

from __future__ import annotations

from isakmp.machine.config import Config
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.liveness import DPD_VENDOR_ID
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
