"""What happens between datagrams and exchanges: NAT traversal, keepalives, fragments (RFC 3947, RFC 3948, Cisco)."""

from __future__ import annotations

from typing import Final

from isakmp.spec.registries.vendor_ids import vendor_octets

NAT_T_VENDOR_ID: Final = vendor_octets("RFC 3947")
"""Announces NAT traversal (RFC 3947 section 3.1)."""

FRAGMENTATION_VENDOR_ID: Final = vendor_octets("IKE Fragmentation")
"""Announces fragments of IKE's own; what follows it are capabilities."""

NON_ESP_MARKER: Final = bytes(4)
"""Precedes ISAKMP on port 4500, where ESP has its SPI, which is never zero (RFC 3948 section 2.2)."""

KEEPALIVE: Final = b"\xff"
"""The datagram that keeps a NAT's mapping alive; a receiver ignores it (RFC 3948 sections 2.3 and 4)."""

KEEPALIVE_SECONDS: Final = 20.0
"""How often it is sent where nothing else is (RFC 3948 section 4)."""

LAST_FRAGMENT: Final = 1
"""The flag of the last piece of a message in fragments."""

FRAGMENT_SECONDS: Final = 30.0
"""How long pieces wait for the rest of their message."""

MOST_PIECES: Final = 64
"""Pieces that a message may have: with those of 1 KiB, as much as a UDP datagram holds."""

MOST_INCOMPLETE: Final = 64
"""Messages that are put together at a time; the oldest gives way."""
