"""Sizes, ranges and ports that more than one reader of the specification needs, each with its section."""

from __future__ import annotations

from typing import Final

from isakmp.spec.payloads import Header
from isakmp.spec.registries import Kind, NotifyType, PayloadType


def _octets(field: str) -> int:
    return (Header.layout.field(field).bits or 0) // 8


COOKIE_OCTETS: Final = _octets("cky_i")
"""Octets of a cookie (RFC 2408 section 3.1)."""

NO_COOKIE: Final = bytes(COOKIE_OCTETS)
"""What stands in the place of a cookie that its owner has not drawn yet (RFC 2408 section 2.5.3)."""

MESSAGE_ID_OCTETS: Final = _octets("message_id")
"""Octets of a message id (RFC 2408 section 3.1)."""

IPSEC_SPI_OCTETS: Final = 4
"""Octets of an ESP or AH SPI (RFC 2406 section 2.1, RFC 2402 section 2.4)."""

DEFAULT_LIFETIME: Final = 28_800
"""Seconds: "the default value of 28800 seconds (8 hours)" where no lifetime is named (RFC 2407 section 4.5)."""

KILOBYTE: Final = 1024
"""Octets of a kilobyte in a lifetime; RFC 2407 section 4.5 does not say how many, and 1024 is what peers count."""

REPLAY_STATUS: Final = {False: bytes(4), True: bytes(3) + b"\x01"}
"""What REPLAY-STATUS carries: whether replays are detected, in four octets (RFC 2407 section 4.6.3.2)."""

LARGEST_SHORT_VALUE: Final = 0xFFFF
"""The largest value of an attribute in the short form (RFC 2408 section 3.3)."""

ISAKMP_PORT: Final = 500
"""UDP port of ISAKMP (RFC 2408 section 2.5.1)."""

NAT_T_PORT: Final = 4500
"""UDP port to which peers move behind a NAT, shared with ESP (RFC 3947 section 4)."""

UDP: Final = 17
"""IP protocol number of UDP, as identities in phase 1 name it (RFC 2407 section 4.6.2)."""

HIGHEST_PORT: Final = 0xFFFF
"""The last port of UDP and TCP: they have 16 bits (RFC 768)."""

TCP: Final = 6
"""IP protocol number of TCP (RFC 9293 section 3.1)."""

WITH_PORTS: Final = {"udp": UDP, "tcp": TCP}
"""Protocols whose ports an identity of quick mode may name (RFC 2407 section 4.6.2), by their names."""

PRIVATE_GROUP_BITS: Final = range(1024, 8192 + 1)
"""Lengths of the primes that private groups may have at all: "it is incumbent upon implementations to check the
primality in groups being offered and independently arrive at strength estimates" (RFC 2409 section 10), which the
longest that RFC 3526 defines keeps affordable."""

SUBGROUP_BITS: Final = 160
"""The least length of a subgroup's order: "an exponent no less than 160 bits" (RFC 2409 section 10)."""

CERTIFICATES_KEPT: Final = 32
"""Certificates, lists and requests of a peer that are kept in an exchange: no path in use has as many.

RFC 2408 section 3.9 sets no limit; who sends more makes work.
"""

SIGNATURES_VERIFIED: Final = 64
"""Signatures on certificates and lists that are verified in the search for one path; one in use needs a few.

Certificates that all name each other could ask for their number squared (RFC 2408 section 3.9 sets no limit).
"""

OF_PAYLOADS: Final = frozenset(
    {
        NotifyType.CERT_TYPE_UNSUPPORTED,
        NotifyType.INVALID_CERT_AUTHORITY,
        NotifyType.CERTIFICATE_UNAVAILABLE,
    }
)
"""Errors in requests for certificates: "the payload is discarded", and the exchange goes on (RFC 2408 section 5.10)."""

FIRST_STATUS: Final = int(NotifyType.CONNECTED)
"""Notify types from here on are status messages; those below are errors (RFC 2408 section 3.14.1)."""

FIRST_PRIVATE_PAYLOAD: Final = next(number for number in range(256) if PayloadType.kind_of(number) is Kind.PRIVATE_USE)
"""Payload types from here on are for private use (RFC 2408 section 3.1)."""

LARGEST_FIRST: Final = 16_384
"""Octets of the longest first message that is answered: nobody vouches for its sender, and it is kept meanwhile."""

HALF_OPEN_TOTAL: Final = 4096
HALF_OPEN_PER_ADDRESS: Final = 64
"""Exchanges that a responder keeps for initiators that have not shown that they are where they say (RFC 2408 1.7.1)."""
