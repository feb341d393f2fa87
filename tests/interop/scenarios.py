"""What is tried with other implementations: scenarios, which are data. `make interop` lists them in docs/interop.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tests.interop.namespaces import ADDRESSES

PSK: Final = "not-a-secret"
USER: Final = "alice"
PASSWORD: Final = "wonderland"
OUR_NETWORK: Final = "10.1.0.0/24"
THEIR_NETWORK: Final = "10.2.0.0/24"
OURS, THEIRS = ADDRESSES
RELAY: Final = "198.51.100.3"
"""Where whoever stands between the two is seen by both."""
OUR_NAME: Final = "ours.example"
THEIR_NAME: Final = "theirs.example"
POOL: Final = "10.3.0.0/28"
POOL_RANGE: Final = "10.3.0.1-10.3.0.14"
"""Where a responder takes addresses from that mode config hands out."""

Event = Literal[
    "we rekey IPsec", "they rekey IPsec", "we rekey ISAKMP", "they rekey ISAKMP", "we ask", "they ask", "we delete",
    "they delete",
]  # fmt: skip
"""What happens while the SAs stand. Asking is dead peer detection."""

Direction = Literal["we", "they"]
"""Who initiates."""

Between = Literal["", "nat", "lossy"]
"""Who stands between the two: nobody; a NAT; one who loses, doubles and delays datagrams."""


Exchange = Literal["main", "aggressive"]
EXCHANGES: Final[tuple[Exchange, ...]] = ("main", "aggressive")


@dataclass(frozen=True)
class Scenario:
    """What two ends negotiate. Names of algorithms are those of `isakmp policy`.

    `auth` is psk, rsa, ecdsa-256, ecdsa-384, xauth (after a pre-shared key) or hybrid. `ike` and `esp` are what ours
    offers and accepts, `their_ike` and `their_esp` what theirs does where it differs; `pfs` is the group of quick mode.
    Where `protocol` is AH, `esp` are names of integrity algorithms. `selector` narrows what quick mode is for, to a
    protocol and port at both ends.
    `encap` lets theirs say that there is a NAT; `fragment` is the longest datagram, in octets, that is sent whole.
    Lifetimes are in seconds, of IPsec SAs and of ISAKMP SAs. `patient` has theirs wait long before it repeats anything.
    """

    name: str
    title: str
    exchange: Exchange = "main"
    auth: str = "psk"
    ike: tuple[str, ...] = ("aes128-sha256-modp2048",)
    esp: tuple[str, ...] = ("aes128-sha256",)
    protocol: Literal["esp", "ah"] = "esp"
    their_ike: tuple[str, ...] = ()
    their_esp: tuple[str, ...] = ()
    pfs: str = ""
    transport: bool = False
    selector: str = ""
    encap: bool = False
    between: Between = ""
    fragment: int = 0
    lifetime: int = 3600
    ike_lifetime: int = 28800
    event: Event | None = None
    patient: bool = False

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Who may initiate."""
        return ("we", "they")

    @property
    def clients(self) -> tuple[str, str]:
        """Whom quick mode is for, at our end and at theirs: the hosts, or the networks behind them."""
        ours, theirs = (OURS, THEIRS) if self.transport else (OUR_NETWORK, THEIR_NETWORK)
        return ours + self.selector, theirs + self.selector

    @property
    def natt(self) -> bool:
        """Whether ours takes part in NAT traversal."""
        return self.encap or self.between == "nat" or self.transport  # to know its own address, as transport mode needs

    @property
    def user(self) -> bool:
        """Whether a user is authenticated, after which mode config gives an address to the initiator."""
        return self.auth in ("xauth", "hybrid")


def _suites(exchange: Exchange, *suites: str) -> tuple[Scenario, ...]:
    return tuple(
        Scenario(f"{exchange}-psk-{suite}", f"{exchange} mode, {suite}", exchange, ike=(suite,)) for suite in suites
    )


def _authenticated(auth: str, words: str, *exchanges: Exchange) -> tuple[Scenario, ...]:
    return tuple(Scenario(f"{exchange}-{auth}", f"{exchange} mode, {words}", exchange, auth) for exchange in exchanges)


SUITES: Final = (
    *_suites(
        "main",
        "3des-md5-modp1024",
        "3des-sha1-modp1536",
        "aes128-sha1-modp2048",
        "aes192-sha256-modp3072",
        "aes256-sha512-modp4096",
        "aes128-sha256-ecp256",
        "aes256-sha384-ecp384",
        "aes256-sha512-ecp521",
    ),
    *_suites("aggressive", "3des-md5-modp1024", "aes256-sha1-modp1536", "aes256-sha512-ecp256"),
)
AUTHENTICATIONS: Final = (
    *_authenticated("psk", "pre-shared key", "main", "aggressive"),
    *_authenticated("rsa", "RSA signatures", "main", "aggressive"),
    *_authenticated("ecdsa-256", "ECDSA on P-256", "main"),
    *_authenticated("ecdsa-384", "ECDSA on P-384", "main"),
    *_authenticated("xauth", "pre-shared key, then XAuth and mode config", "main", "aggressive"),
    *_authenticated("hybrid", "hybrid authentication, then XAuth and mode config", "main"),
)
QUICK: Final = (
    Scenario("quick-pfs-modp1536", "quick mode with PFS, modp1536", pfs="modp1536"),
    Scenario("quick-pfs-ecp256", "quick mode with PFS, ecp256", pfs="ecp256"),
    Scenario("quick-3des-md5", "quick mode, ESP with 3DES and MD5", esp=("3des-md5",)),
    Scenario("quick-aes256gcm16", "quick mode, ESP with AES-GCM", esp=("aes256gcm16",)),
    Scenario("quick-ah-sha256", "quick mode, AH with SHA-256", esp=("sha256",), protocol="ah"),
    Scenario("quick-ah-sha1-pfs", "quick mode, AH with SHA-1 and PFS", esp=("sha1",), protocol="ah", pfs="modp1536"),
    Scenario("quick-transport", "quick mode, transport mode between the hosts", transport=True),
    Scenario("quick-l2tp", "quick mode, transport mode for UDP port 1701", transport=True, selector="[udp/1701]"),
    Scenario(
        "several-proposals",
        "several proposals in both phases, few in common",
        ike=("aes256-sha512-modp3072", "aes128-sha256-modp2048", "3des-md5-modp1536"),
        their_ike=("aes256-sha384-modp2048", "3des-md5-modp1536", "aes128-sha256-modp2048"),
        esp=("aes256-sha512", "aes128-sha1", "3des-md5"),
        their_esp=("aes256gcm16", "3des-md5", "aes128-sha1"),
    ),
)
COURSE: Final = (
    Scenario("delete-by-us", "ours deletes the SAs", event="we delete"),
    Scenario("delete-by-them", "theirs deletes the SAs", event="they delete"),
    Scenario("rekey-ipsec-by-us", "ours rekeys the IPsec SAs", lifetime=5, event="we rekey IPsec"),
    Scenario("rekey-ipsec-by-them", "theirs rekeys the IPsec SAs", event="they rekey IPsec"),
    Scenario("rekey-isakmp-by-us", "ours rekeys the ISAKMP SA", ike_lifetime=12, event="we rekey ISAKMP"),
    Scenario("rekey-isakmp-by-them", "theirs rekeys the ISAKMP SA", event="they rekey ISAKMP"),
    Scenario("dpd-by-us", "ours asks whether theirs is alive", event="we ask"),
    Scenario("dpd-by-them", "theirs asks whether ours is alive", event="they ask"),
)
WAY: Final = (
    Scenario("nat-t-forced", "NAT traversal without a NAT", encap=True),
    Scenario("nat-t-main", "a NAT on the way, main mode", between="nat"),
    Scenario("nat-t-aggressive", "a NAT on the way, aggressive mode", "aggressive", between="nat"),
    Scenario("fragmentation", "messages in fragments", auth="rsa", fragment=400),
    Scenario("lossy-main", "datagrams lost, doubled, overtaken; main mode", between="lossy"),
    Scenario("lossy-aggressive", "datagrams lost, doubled, overtaken; aggressive mode", "aggressive", between="lossy"),
)

SCENARIOS: Final = (*AUTHENTICATIONS, *SUITES, *QUICK, *COURSE, *WAY)


class Play(NamedTuple):
    """A scenario in one direction."""

    scenario: Scenario
    direction: Direction

    @property
    def names(self) -> tuple[str, str]:
        """The names of the scenario and of the direction."""
        return self.scenario.name, self.direction

    def __str__(self) -> str:
        """Return `main-psk-we`."""
        return f"{self.scenario.name}-{self.direction}"


def _plays(*scenarios: Scenario) -> tuple[Play, ...]:
    return tuple(Play(scenario, direction) for scenario in scenarios for direction in scenario.directions)


STRONGSWAN: Final = _plays(*SCENARIOS)

ENOUGH: Final = frozenset(_suites("main", "aes128-sha1-modp2048", "aes192-sha256-modp3072", "aes256-sha384-ecp384"))
"""Suites that are tried with one implementation: time for all of this is short."""

LIBRESWAN: Final = tuple(
    each
    for each in _plays(*(scenario for scenario in SCENARIOS if scenario not in ENOUGH))
    if each.scenario.auth in ("psk", "rsa", "xauth")
    and not each.scenario.ike[0].endswith("modp1024")
    and not each.scenario.pfs.startswith("ecp")
    and not (each.scenario.event == "they rekey IPsec" and each.direction == "we")
)
"""Debian's Libreswan is built without modp1024. For IKEv1 it has no ECDSA, no hybrid authentication, no elliptic
curves in quick mode, and it rekeys only what it has initiated."""

VPNC: Final = (
    Play(
        Scenario(
            "aggressive-xauth-aes256-sha1-modp1536",
            "aggressive mode, pre-shared key, then XAuth and mode config, as Cisco's clients do",
            "aggressive",
            "xauth",
            ike=("aes256-sha1-modp1536",),
            esp=("aes256-sha1",),
        ),
        "they",
    ),
)
IKE_SCAN: Final = (
    Play(Scenario("scan-main", "a scanner's first message, main mode", ike=("aes256-sha1-modp2048",)), "they"),
    Play(
        Scenario(
            "scan-aggressive",
            "a scanner's first message, aggressive mode, and the proof in the answer",
            "aggressive",
            ike=("aes256-sha1-modp2048",),
        ),
        "they",
    ),
)
SOFTETHER: Final = tuple(
    Play(
        Scenario(
            f"{exchange}-{name}",
            f"{exchange} mode, transport mode for {words}, NAT traversal that the peer insists on",
            exchange,
            ike=("aes128-sha1-modp1024",),
            esp=("aes128-sha1",),
            transport=True,
            selector=selector,
        ),
        "we",
    )
    for exchange in EXCHANGES
    for name, words, selector in (("l2tp", "L2TP", ""), ("l2tp-port", "L2TP's port", "[udp/1701]"))
)
