"""What exchanges leave behind: the ISAKMP SA of phase 1, and the pairs of IPsec SAs of phase 2."""

from __future__ import annotations

from dataclasses import dataclass, field

from isakmp.machine.config import Identity, IkeProposal, IpsecProposal
from isakmp.spec.groups import ModpGroup, PrivateGroup
from isakmp.spec.registries import ProtocolId
from isakmp.spec.terms import Role


@dataclass(frozen=True)
class IsakmpSa:
    """An established ISAKMP SA, as one end holds it.

    `last_block` is the last CBC block of phase 1, from which phase 2 takes its vectors; `expires` is in seconds on the
    clock that the peer is driven with. The representation shows no key.
    """

    cky_i: bytes
    cky_r: bytes
    role: Role
    suite: IkeProposal
    identity: Identity
    peer_identity: Identity | None
    expires: float
    last_block: bytes = field(repr=False)
    skeyid: bytes = field(repr=False)
    skeyid_d: bytes = field(repr=False)
    skeyid_a: bytes = field(repr=False)
    skeyid_e: bytes = field(repr=False)
    cipher_key: bytes = field(repr=False)

    @property
    def cookies(self) -> bytes:
        """Both cookies, initiator's first: the SPI of an ISAKMP SA (RFC 2408 section 2.4), 16 octets."""
        return self.cky_i + self.cky_r


@dataclass(frozen=True)
class GroupDescription:
    """A Diffie-Hellman group and the private number that both ends know it by (RFC 2409 section 5.6)."""

    number: PrivateGroup
    group: ModpGroup


@dataclass(frozen=True)
class IpsecSa:
    """One direction of a negotiated IPsec SA: the SPI that its receiver chose, and the keying material for it."""

    protocol: ProtocolId
    spi: bytes
    suite: IpsecProposal
    keymat: bytes = field(repr=False)


@dataclass(frozen=True)
class IpsecSaPair:
    """What one quick mode negotiates: an SA in each direction (RFC 2409 section 5.5).

    It lasts until `expires` (seconds on the caller's clock) or until it has carried `octets`, if they are limited.
    `replay_detection` is what the responder has said that it does (None: nothing).
    `beside` are the SAs of a bundle's other protocols, inbound and outbound; `further` are the pairs of the other SAs
    of the same exchange, which live and end with this one.
    """

    message_id: int
    inbound: IpsecSa
    outbound: IpsecSa
    local: Identity | None
    remote: Identity | None
    expires: float
    octets: int | None = None
    replay_detection: bool | None = None
    beside: tuple[tuple[IpsecSa, IpsecSa], ...] = ()
    further: tuple[IpsecSaPair, ...] = ()
