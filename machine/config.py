"""What an end is told before it starts: proposals, credentials, identities, timers. Plain frozen data."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

from isakmp.spec.algorithms import Suite
from isakmp.spec.groups import PrivateGroup
from isakmp.spec.limits import DEFAULT_LIFETIME, HALF_OPEN_PER_ADDRESS, HALF_OPEN_TOTAL, NAT_T_PORT
from isakmp.spec.registries import (
    AuthMethod,
    CertEncoding,
    ConfigAttribute,
    EncapsulationMode,
    EncryptionAlgorithm,
    EspTransform,
    Group,
    HashAlgorithm,
    IdType,
    IntegrityAlgorithm,
    ProtocolId,
)

if TYPE_CHECKING:
    from isakmp.crypto.certificates import Certificate
    from isakmp.crypto.keys import PrivateKey, PublicKey
    from isakmp.crypto.revocation import RevocationList
    from isakmp.machine.authenticators import Authenticator, User
    from isakmp.machine.natt import Endpoint
    from isakmp.spec.messages import Exchange


@dataclass(frozen=True)
class IkeProposal:
    """One transform of a phase 1 offer (RFC 2409 section 4).

    `key_length` is in bits, for ciphers that have several; `lifetime` in seconds, beside it `kilobytes` of traffic, if
    that is limited.
    """

    encryption: EncryptionAlgorithm
    hash: HashAlgorithm
    auth: AuthMethod
    group: Group
    key_length: int | None = None
    lifetime: int = DEFAULT_LIFETIME
    kilobytes: int | None = None

    @property
    def suite(self) -> Suite:
        """Its cipher, hash and group, which have a name together."""
        return Suite(self.encryption, self.key_length, self.hash, self.group)


@dataclass(frozen=True)
class IpsecProposal:
    """One transform of a phase 2 offer (RFC 2407 section 4.5).

    `transform` is the ESP or AH transform number, `key_length` in bits where it is variable, `group` that of perfect
    forward secrecy (a private one is usable once new group mode has described it), `lifetime` in seconds, beside it
    `kilobytes` of traffic, if that is limited. `beside` are the other protocols of a bundle, which stand or fall
    together: AH and IPCOMP beside ESP, IPCOMP beside AH.
    """

    protocol: ProtocolId = ProtocolId.ESP
    transform: int = EspTransform.AES
    key_length: int | None = 256
    integrity: IntegrityAlgorithm | None = IntegrityAlgorithm.HMAC_SHA2_256
    mode: EncapsulationMode = EncapsulationMode.TUNNEL
    group: Group | PrivateGroup | None = None
    lifetime: int = 3600
    extended_sequence: bool = False
    kilobytes: int | None = None
    beside: tuple[IpsecProposal, ...] = ()

    @property
    def parts(self) -> tuple[IpsecProposal, ...]:
        """The proposal itself and those that protect with it."""
        return (self, *self.beside)


@dataclass(frozen=True)
class Identity:
    """An identity (RFC 2407 section 4.6.2): type, protocol, port and the octets of its data."""

    type: IdType
    data: bytes
    protocol: int = 0
    port: int = 0

    @classmethod
    def address(cls, text: str) -> Identity:
        """Identity of an IPv4 or IPv6 address.

        Raises:
            ValueError: the text is no address.
        """
        address = ipaddress.ip_address(text)
        return cls(IdType.IPV4_ADDR if address.version == 4 else IdType.IPV6_ADDR, address.packed)  # noqa: PLR2004

    @classmethod
    def subnet(cls, text: str) -> Identity:
        """Identity of a network: its address followed by its mask (RFC 2407 section 4.6.2.5).

        Raises:
            ValueError: the text is no network.
        """
        network = ipaddress.ip_network(text)
        type_ = IdType.IPV4_ADDR_SUBNET if network.version == 4 else IdType.IPV6_ADDR_SUBNET  # noqa: PLR2004
        return cls(type_, network.network_address.packed + network.netmask.packed)

    @classmethod
    def fqdn(cls, name: str) -> Identity:
        """Identity of a host by its domain name."""
        return cls(IdType.FQDN, name.encode())


@dataclass(frozen=True)
class Credentials:
    """What an end proves itself with, and what it trusts: a shared key, or a key pair with certificates.

    `peer_certificate` holds the key that the peer is known to have: public key encryption needs it beforehand (RFC 2409
    section 5.2). `other_keys` are further key pairs that an initiator may have encrypted to, and says so with HASH(1),
    or whose certificate is what a peer asks for. `chain` leads from the certificates towards their authorities, in any
    order, and is sent with them as far as it belongs to them; `crls` are looked into, and sent to who asks. `peer_key`
    is the key by which the peer signs, known without a certificate. `psk_of` are keys shared with those who name
    themselves so (without protocol and port) in an exchange that tells identities before there are keys; `psk` is for
    all others (RFC 2409 section 5.4).
    """

    psk: bytes | None = None
    private_key: PrivateKey | None = None
    certificate: Certificate | None = None
    trusted: tuple[Certificate, ...] = ()
    peer_certificate: Certificate | None = None
    other_keys: tuple[tuple[PrivateKey, Certificate], ...] = ()
    chain: tuple[Certificate, ...] = ()
    crls: tuple[RevocationList, ...] = ()
    peer_key: PublicKey | None = None
    psk_of: Mapping[Identity, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Timers:
    """Times in seconds (RFC 2408 section 5.1).

    The n-th retransmission follows after `first * factor ** n`, at most `tries` of them; `half_open` ends an exchange
    that does not. `user` is how long XAuth may take. No wait is longer than `most`; each is lengthened at random, by up
    to `jitter` times itself. A repeat is not answered within `pause` after the answer was last sent again.
    """

    first: float = 1.0
    factor: float = 1.8
    tries: int = 5
    half_open: float = 30.0
    user: float = 120.0
    most: float = 60.0
    jitter: float = 0.0
    pause: float = 0.0


@dataclass(frozen=True)
class Dpd:
    """Dead peer detection (RFC 3706): the peer is asked after `idle` seconds in which nothing of it was heard.

    Questions are repeated as `Timers` says.
    """

    idle: float = 30.0


@dataclass(frozen=True)
class Rekey:
    """When SAs are replaced before they expire. Times in seconds (draft-spencer-ipsec-ike-implementation section 4.2).

    Who initiated an SA replaces it between one and two `margin` before its end, at random; the responder, if nothing
    has happened, half a `margin` before it. `octets` is what a pair of IPsec SAs may carry in all, `octets_margin` how
    much before that it is replaced. What was replaced is deleted `linger` seconds later. `keep_children` hands the
    IPsec SAs of a replaced ISAKMP SA to the new one; else they end with it.
    """

    margin: float = 540.0
    octets: int | None = None
    octets_margin: int = 0
    linger: float = 5.0
    keep_children: bool = True


class LongerLifetime(Enum):
    """What a responder does where more is offered than it wants: the choices of RFC 2407 section 4.5.4, and none."""

    OBEY = "take what is offered"
    REFUSE = "fail the negotiation"
    SHORTEN = "use the shorter lifetime, and say nothing"
    TELL = "use the shorter lifetime, and tell it by RESPONDER-LIFETIME"


@dataclass(frozen=True)
class Config:
    """All that one end needs to know. `nonce_size` in octets, between 8 and 256 (RFC 2409 section 5).

    `local_network` and `remote_network` are what a quick mode is for. An initiator names both or none; to a
    responder that has None there, it may name anybody.

    `name_peer_key` sends HASH(1), which tells a responder with several keys which of them was encrypted to (RFC 2409
    section 5.2). `dpd` announces and performs dead peer detection; `rekey` replaces SAs before they expire, and clears
    up where both ends did; `initial_contact` says so in the first ISAKMP SA with an identity (RFC 2407
    section 4.6.3.3). `private_group_bits` is the least length of the prime of a group that new group mode may describe
    (RFC 2409 section 10). `longer_lifetime` is what becomes of a lifetime in phase 2 that is longer than one's own;
    `replay_detection` says whether this end, where it responds, detects replays (None: not said). `commit_bit` is set
    by this end where it responds to a quick mode; where the peer sets it, `honour_commit` waits for CONNECTED, as RFC
    2408 section 3.1 asks, although whoever sets the bit on the way makes that wait vain.

    `endpoint` is this end's own address and port, which NAT traversal (RFC 3947) needs; without it there is none.
    `fragment_size` is the longest datagram in octets that is sent whole to who takes fragments; None: no fragments.
    `half_open_total` and `half_open_per_address` bound what is kept for initiators that have not answered yet; where
    there are `costly_until` of them, no exchange is answered whose second message costs powers or a proof.

    `xauth` is "edge" or "client" where XAuth is agreed on by policy and not by the method; `authenticator` is what an
    edge device authenticates users by, in up to `xauth_tries` tries, `user` who answers at a client. `request` is what
    mode config asks for; `hand_out` and `address_pool` (IPv4 addresses of four octets) are what it gives, to users in
    `user_addresses` the address that is theirs.

    `send_certificate` sends one unasked, in `certificate_encoding`; `request_certificates` asks the peer for one under
    each trusted authority (RFC 2408 section 3.10). `strict_revocation` refuses a certificate that no revocation list in
    date covers; else only what a list names is refused.

    `further_sas` are more SAs that are negotiated in the same quick mode, for each of them the alternatives in order of
    preference (RFC 2409 section 5.5); their lifetimes are taken as they are offered.

    `nat_t_port` is the port of the peer that an initiator moves to behind a NAT. `exchanges` are the exchanges of phase
    1 that are answered, by their names; None: all. `number_transactions` gives each transaction of mode config and
    XAuth an identifier of its own; else all have 0, which is what strongSwan 5.9 answers with whatever it was asked.

    `tell_keys` tells the keys of phase 1 as soon as there are any (`KeysDerived`), for who writes them to a file.

    `variants` are exchanges that are run in the place of those of the documents of the same type and form, for who
    wants to see what a change would do.
    """

    ike: tuple[IkeProposal, ...]
    ipsec: tuple[IpsecProposal, ...]
    identity: Identity
    credentials: Credentials
    peer_identity: Identity | None = None
    local_network: Identity | None = None
    remote_network: Identity | None = None
    vendor_ids: tuple[bytes, ...] = ()
    nonce_size: int = 32
    encrypt_third_aggressive: bool = True
    send_certificate: bool = True
    notify: bool = True
    timers: Timers = field(default_factory=Timers)
    name_peer_key: bool = False
    dpd: Dpd | None = None
    rekey: Rekey | None = None
    initial_contact: bool = False
    endpoint: Endpoint | None = None
    fragment_size: int | None = None
    half_open_total: int = HALF_OPEN_TOTAL
    half_open_per_address: int = HALF_OPEN_PER_ADDRESS
    xauth: Literal["edge", "client"] | None = None
    authenticator: Authenticator | None = None
    user: User | None = None
    xauth_tries: int = 3
    request: tuple[ConfigAttribute, ...] = ()
    hand_out: Mapping[ConfigAttribute, tuple[bytes, ...]] = field(default_factory=dict)
    address_pool: tuple[bytes, ...] = ()
    private_group_bits: int = 2048
    costly_until: int | None = None
    user_addresses: Mapping[str, bytes] = field(default_factory=dict)
    longer_lifetime: LongerLifetime = LongerLifetime.TELL
    replay_detection: bool | None = None
    certificate_encoding: CertEncoding = CertEncoding.X509_SIGNATURE
    request_certificates: bool = False
    strict_revocation: bool = False
    further_sas: tuple[tuple[IpsecProposal, ...], ...] = ()
    commit_bit: bool = False
    honour_commit: bool = False
    nat_t_port: int = NAT_T_PORT
    exchanges: frozenset[str] | None = None
    variants: tuple[Exchange, ...] = ()
    number_transactions: bool = True
    tell_keys: bool = False
