"""NAT traversal at work (RFC 3947): discovery, the move to port 4500, following a peer whose address changes.

It takes addresses that are `Endpoint`s, and a configuration that knows its own (`Config.endpoint`); else nothing of it
happens. The non-ESP marker of port 4500 is the transport's business: datagrams come and go without it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import NamedTuple

from isakmp.machine.announcing import announced
from isakmp.machine.config import IpsecProposal
from isakmp.machine.run import Knowledge, Run, Step
from isakmp.spec import keying as k
from isakmp.spec.messages import Message, Protection
from isakmp.spec.payloads import NAT_D
from isakmp.spec.registries import EncapsulationMode, PayloadType, ProtocolId
from isakmp.spec.terms import Role
from isakmp.spec.transport import NAT_T_VENDOR_ID


class Endpoint(NamedTuple):
    """A transport address: an IPv4 or IPv6 address in text, and a UDP port.

    `own` is the port of this end that it is reached through; None: whichever fits.
    """

    host: str
    port: int
    own: int | None = None

    def __str__(self) -> str:
        """Return ``192.0.2.1:500`` or ``[2001:db8::1]:500``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Nat(NamedTuple):
    """What discovery has found: whether this end, and whether the peer, is behind a NAT."""

    own: bool
    peer: bool


def discovery(step: Step, template: Message) -> tuple[NAT_D, ...]:
    """The NAT-D payloads of a message: the peer's address as this end sees it, then its own (RFC 3947 section 3.2)."""
    run = step.run
    own = run.config.endpoint
    if own is None or not isinstance(run.address, Endpoint) or not run.table.exchange.discovers(template):
        return ()
    if not announced(step, NAT_T_VENDOR_ID):
        return ()
    return tuple(NAT_D(_digest(step.draft, place)) for place in (run.address, _reached(own, run.address)))


def _reached(own: Endpoint, peer: Endpoint) -> Endpoint:
    """This end as a peer reaches it, which may be through another of its ports."""
    return own if peer.own is None else Endpoint(own.host, peer.own)


def _digest(known: Knowledge, place: Endpoint) -> bytes:
    values = known.values.copy()
    values[k.PLACE] = ipaddress.ip_address(place.host).packed + place.port.to_bytes(2)
    return values[k.NAT_D_HASH]


def discover(step: Step) -> None:
    """Compare what the peer says with what this end sees, and decide where the next message goes."""
    run, source = step.run, step.source
    own = run.config.endpoint
    if own is None or not isinstance(source, Endpoint):
        return
    found = [payload.data for payload in step.chain.payloads if isinstance(payload, NAT_D)]
    if found and step.draft.nat is None:
        mine, *theirs = found
        here = _reached(own, source)
        step.draft.nat = Nat(own=mine != _digest(step.draft, here), peer=_digest(step.draft, source) not in theirs)
    _move(step, source)


def _move(step: Step, source: Endpoint) -> None:
    run, nat, port = step.run, step.draft.nat, step.run.config.nat_t_port
    initiator = run.table.role is Role.I and run.table.exchange.phase == 1
    if nat is not None and any(nat) and initiator and source.port != port:
        step.address = Endpoint(source.host, port)  # RFC 3947 section 4: with the next message of the initiator
    elif source != run.address and may_move(nat) and proves_its_sender(step):
        step.address = source


def may_move(nat: Nat | None) -> bool:
    """Whether a peer is followed: one that is behind a NAT, by an end that is not (RFC 3947 section 7)."""
    return nat is None or nat.peer or not nat.own


def proves_its_sender(step: Step) -> bool:
    """Whether what is taken is protected or a proof: for less no address is followed (RFC 3947 section 7)."""
    for message in step.run.table.exchange.messages:
        if message.name == step.event:
            proof = any(slot.payload in (PayloadType.HASH, PayloadType.SIG) for slot in message.slots)
            return proof or message.protection is Protection.ENCRYPTED
    return False


_IN_UDP = {
    EncapsulationMode.TUNNEL: EncapsulationMode.UDP_TUNNEL,
    EncapsulationMode.TRANSPORT: EncapsulationMode.UDP_TRANSPORT,
}


def encapsulated(suites: Iterable[IpsecProposal], nat: Nat | None) -> tuple[IpsecProposal, ...]:
    """The proposals as they pass a NAT: ESP in UDP where there is one (RFC 3947 section 5.1); AH cannot pass."""
    if nat is None or not any(nat):
        return tuple(suites)
    return tuple(
        replace(suite, mode=_IN_UDP.get(suite.mode, suite.mode)) if suite.protocol is ProtocolId.ESP else suite
        for suite in suites
    )


def address_of(run: Run | None, given: Hashable) -> Hashable:
    """Where a peer is: where its last authenticated message came from, else where the caller says."""
    return run.address if run is not None and isinstance(run.address, Endpoint) else given
