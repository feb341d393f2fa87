"""What this end can offer or accept in a quick mode as it stands, and the SPIs that it draws for it.

There is one SPI for each protocol that a bundle has (RFC 2408 section 4.2).
"""

from __future__ import annotations

from collections.abc import Iterable

from isakmp.crypto.backend import Backend
from isakmp.machine.config import IpsecProposal
from isakmp.machine.natt import encapsulated
from isakmp.machine.newgroup import usable
from isakmp.machine.run import Knowledge
from isakmp.spec.limits import IPSEC_SPI_OCTETS
from isakmp.spec.negotiation import CPI_OCTETS, FREE_SPIS, NEGOTIATED_CPI
from isakmp.spec.payloads import Proposal
from isakmp.spec.registries import ProtocolId


def offerable(known: Knowledge, policy: Iterable[IpsecProposal]) -> tuple[IpsecProposal, ...]:
    """What policy allows as it can be offered here: in a group that is agreed on, and as it passes a NAT."""
    return encapsulated(usable(policy, known.groups), known.nat)


def draw_spis(backend: Backend, suites: tuple[IpsecProposal, ...]) -> tuple[bytes, dict[int, bytes]]:
    """Fresh SPIs of our own for suites: of the first protocol, whichever is chosen, and of those that stand beside it.

    Where one of the first is compression alone, its SPI is an index of that in four octets, for the others too.
    """
    if any(suite.protocol is ProtocolId.IPCOMP for suite in suites):
        first = _draw(backend, ProtocolId.IPCOMP).rjust(IPSEC_SPI_OCTETS, b"\0")
    else:
        first = _draw(backend, ProtocolId.ESP)
    beside = dict.fromkeys(part.protocol for suite in suites for part in suite.beside)
    return first, {int(protocol): _draw(backend, protocol) for protocol in beside}


def _draw(backend: Backend, protocol: ProtocolId) -> bytes:
    """A fresh value that is not reserved."""
    while protocol is not ProtocolId.IPCOMP:
        spi = backend.random(IPSEC_SPI_OCTETS, "SPI")
        if int.from_bytes(spi) in FREE_SPIS:
            return spi
    drawn = int.from_bytes(backend.random(CPI_OCTETS, "CPI"))
    return NEGOTIATED_CPI[drawn % len(NEGOTIATED_CPI)].to_bytes(CPI_OCTETS)


def take_spis(known: Knowledge, proposals: Iterable[Proposal]) -> None:
    """Keep the peer's SPIs of the proposals that were chosen."""
    found = {proposal.protocol: proposal.spi for proposal in proposals}
    if known.ipsec is not None:
        known.peer_spi = found.pop(known.ipsec.protocol)
    known.peer_other_spis = found
