"""Vendor ids of what a configuration switches on: peers use an extension only with who announces it."""

from __future__ import annotations

from isakmp.machine.config import Config
from isakmp.spec.liveness import DPD_VENDOR_ID


def announcement(config: Config) -> tuple[bytes, ...]:
    """The vendor ids that announce the extensions of a configuration."""
    return (DPD_VENDOR_ID,) if config.dpd is not None else ()
