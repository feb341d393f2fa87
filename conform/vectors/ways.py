"""The way between the two ends of a vector: what addresses datagrams have when they are sent, and when they arrive."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, NamedTuple

from isakmp.machine.natt import Endpoint
from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT
from isakmp.spec.terms import Role

HOSTS: Final[Mapping[Role, Endpoint]] = {
    Role.I: Endpoint("10.0.0.2", ISAKMP_PORT),
    Role.R: Endpoint("198.51.100.1", ISAKMP_PORT),
}
"""Where both ends are: the initiator behind a NAT."""

PUBLIC: Final = "203.0.113.7"
MAPPED: Final[Mapping[int, int]] = {ISAKMP_PORT: 61_500, NAT_T_PORT: 61_501}
"""What the NAT makes of the initiator's address and ports."""


class Passage(NamedTuple):
    """The addresses of one datagram: its sender's own, where it is sent, and whom its receiver takes for the sender."""

    source: Endpoint
    destination: Endpoint
    seen: Endpoint


class Quiet:
    """A way without addresses: each end is known by its role."""

    def place(self, role: Role) -> Hashable:
        """Where an end is, for the other one."""
        return role

    def passage(self, sender: Role, address: Hashable) -> Passage | None:
        """Nothing is said of addresses."""
        del sender, address
        return None

    def seen(self, sender: Role, address: Hashable) -> Hashable:
        """Where a datagram comes from, for its receiver."""
        passage = self.passage(sender, address)
        return sender if passage is None else passage.seen


class BehindNat(Quiet):
    """A way with a NAT in front of the initiator, which gives it another address, and other ports."""

    def place(self, role: Role) -> Hashable:
        """The responder's address, with which the initiator begins; nobody begins with the initiator."""
        return HOSTS[role]

    def passage(self, sender: Role, address: Hashable) -> Passage | None:
        """What the NAT does to a datagram that is sent to that address.

        Raises:
            TypeError: the address is none of a host.
        """
        if not isinstance(address, Endpoint):
            raise TypeError(f"{address!r} is no address of a host")
        if sender is Role.I:  # from its port of the same number: a port of this end goes with each of the other's
            own = HOSTS[Role.I]._replace(port=address.port)
            return Passage(own, address, Endpoint(PUBLIC, MAPPED[address.port], address.port))
        inside = next(port for port, outside in MAPPED.items() if outside == address.port)
        own = HOSTS[Role.R]._replace(port=inside)
        return Passage(own, address, own)
