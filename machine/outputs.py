"""What a peer gives back to its caller: datagrams to send, and events to know of. Data; the caller performs them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from isakmp.machine.codec_message import Payloads
from isakmp.machine.config import Identity
from isakmp.machine.errors import Deviation
from isakmp.machine.sa import GroupDescription, IpsecSaPair, IsakmpSa
from isakmp.spec.layouts import Payload
from isakmp.spec.registries import ConfigAttribute
from isakmp.spec.table import Row


class Send(NamedTuple):
    """Send these octets to that address.

    `payloads` are what they carry, before encryption; empty for a fragment, a keepalive, and what is sent again.
    """

    datagram: bytes
    address: Hashable
    payloads: tuple[Payload, ...] = ()


class Taken(NamedTuple):
    """A row was taken. `problem` is what a failed guard found; `chain` holds the payloads that were read, decrypted."""

    row: Row
    message_id: int
    problem: Deviation | None
    chain: Payloads


class PhaseOneUp(NamedTuple):
    """An ISAKMP SA stands."""

    sa: IsakmpSa


class KeysDerived(NamedTuple):
    """Phase 1 has come to keys and not to its end; `sa` holds them as they would be if it did. Nothing stands yet.

    Whoever wants to read a capture of what fails needs them. Told after each step, and only where `Config.tell_keys`.
    """

    sa: IsakmpSa


class Authenticated(NamedTuple):
    """An authentication only exchange is complete: the peer has proven an identity, and no keys were made."""

    identity: Identity | None
    peer_identity: Identity | None


class XauthNeeded(NamedTuple):
    """Under that ISAKMP SA nothing goes on before a user is authenticated; `client` tells whether it is ours."""

    sa: IsakmpSa
    client: bool


class UserAdmitted(NamedTuple):
    """XAuth is complete: the SA may be used. `user` is the authenticated name, which the edge device alone knows."""

    sa: IsakmpSa
    user: str


class Configured(NamedTuple):
    """A transaction exchange has brought configuration: attributes of mode config with their values."""

    sa: IsakmpSa
    values: Mapping[ConfigAttribute, tuple[bytes, ...]]


class PhaseTwoUp(NamedTuple):
    """A pair of IPsec SAs stands, under that ISAKMP SA."""

    sa: IsakmpSa
    pair: IpsecSaPair


class GroupUp(NamedTuple):
    """New group mode is complete: the group can be used under that ISAKMP SA, as long as it lives."""

    sa: IsakmpSa
    described: GroupDescription


class Discarded(NamedTuple):
    """A datagram was discarded before it met a row: it belongs to no exchange, or could not be read."""

    reason: Deviation
    address: Hashable


class Ended(NamedTuple):
    """An exchange, or the SA that it made, is gone; `reason` says why."""

    exchange: str
    message_id: int
    state: str
    reason: str


Output = (
    Send
    | Taken
    | KeysDerived
    | PhaseOneUp
    | Authenticated
    | XauthNeeded
    | UserAdmitted
    | Configured
    | PhaseTwoUp
    | GroupUp
    | Discarded
    | Ended
)
