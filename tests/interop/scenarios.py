"""What is tried with every implementation: scenarios, which are data, and who takes part in which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.interop.namespaces import ADDRESSES

PSK: Final = "not a secret, for tests"
USER: Final = "alice"
PASSWORD: Final = "wonderland"
OUR_NETWORK: Final = "10.1.0.0/24"
THEIR_NETWORK: Final = "10.2.0.0/24"
POOL: Final = "10.3.0.0/28"
"""Where a responder takes addresses from that mode config hands out."""


OURS, THEIRS = ADDRESSES


@dataclass(frozen=True)
class Scenario:
    """What two ends negotiate. Names of algorithms are those of `isakmp policy`.

    `ike` and `esp` are what both offer and accept, `pfs` is the group of quick mode. Lifetimes are in seconds, of IPsec
    SAs and of ISAKMP SAs.
    """

    name: str
    title: str
    exchange: str = "main"
    auth: str = "psk"
    ike: tuple[str, ...] = ("aes128-sha256-modp2048",)
    esp: tuple[str, ...] = ("aes128-sha256",)
    pfs: str = ""
    natt: bool = False
    fragment: int = 0
    lifetime: int = 3600
    ike_lifetime: int = 28800


SCENARIOS: Final = (
    Scenario("main-psk", "main mode, pre-shared key"),
    Scenario("aggressive-psk", "aggressive mode, pre-shared key", "aggressive"),
)
