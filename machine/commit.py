"""The commit bit (RFC 2408 section 3.1), in quick mode alone.

Who responds to a quick mode sets it in its answer; the initiator then waits for CONNECTED, under the ISAKMP SA's
protection and the quick mode's message id, before it uses the SA. The message is an informational exchange as any other
(RFC 2409 section 5.7): its hash is HASH(1), its vector comes from that message id. In phase 1 the bit is not looked at.
Flags are not authenticated: whoever sets the bit on the way makes an initiator wait in vain, until it gives up.
"""

from __future__ import annotations

from collections.abc import Iterable

from isakmp.machine.findings import Finding, wrong
from isakmp.machine.run import Run, Step
from isakmp.spec.guards import Check
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import N
from isakmp.spec.registries import Doi, Flag, NotifyType, ProtocolId
from isakmp.spec.table import Kind
from isakmp.spec.terms import Role


def uncommitted(step: Step, slot: Slot | None) -> Finding:
    """Whether there is nothing to wait for."""
    if step.committed and step.run.config.honour_commit:
        return wrong(step, Check.UNCOMMITTED, slot, "the commit bit is set")
    return None


def commit_flag(run: Run) -> Flag:
    """The commit bit of a message that a run sends, where policy sets it."""
    sets = run.config.commit_bit and run.table.exchange.commits and run.table.role is Role.R
    return Flag.COMMIT if sets else Flag(0)


def connected(run: Run) -> N:
    """What ends the peer's wait; it names the SA by the SPI that its receiver chose."""
    protocol = run.known.ipsec.protocol if run.known.ipsec is not None else ProtocolId.ESP
    return N(Doi.IPSEC, protocol, NotifyType.CONNECTED, run.known.peer_spi)


def held_up(runs: Iterable[Run], message_id: int) -> list[Run]:
    """The quick modes of ours with that message id that await no message but CONNECTED."""
    return [
        run
        for run in runs
        if run.message_id == message_id
        and run.table.exchange.commits
        and run.table.role is Role.I
        and run.at.kind is Kind.RUNNING
        and run.at.awaits is None
    ]
