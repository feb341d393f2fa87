"""Policies in TOML, for tests of the commands that read them."""

from __future__ import annotations

from typing import Final

POLICY: Final = """
exchange = {exchange}
[[ike]]
encryption = "{encryption}"
hash = "sha256"
group = "{group}"
authentication = "{method}"
[[ipsec]]
encryption = "{encryption}"
integrity = "{integrity}"
{pfs}
"""


def toml(
    *,
    method: str = "psk",
    encryption: str = "aes256",
    group: str = "modp2048",
    exchange: tuple[str, ...] = ("main",),
    integrity: str = "sha256",
    pfs: str | None = None,
) -> str:
    """A policy with one suite for each phase; what stands beside the proposals can be put behind it."""
    return POLICY.format(
        method=method,
        encryption=encryption,
        group=group,
        exchange=str(list(exchange)).replace("'", '"'),
        integrity=integrity,
        pfs="" if pfs is None else f'pfs = "{pfs}"',
    )
