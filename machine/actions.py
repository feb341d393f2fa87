"""What a row has done: each action's meaning, performed on the step's draft, and committed when all of them succeeded.

The engine calls `perform` before the state changes. An exception therefore leaves the run as it was: nothing below touches
the run before the last line of `perform`.
"""

from __future__ import annotations

from isakmp.machine.errors import LocalMisuse
from isakmp.machine.outputs import Ended, PhaseOneUp, PhaseTwoUp, Send, Taken
from isakmp.machine.results import isakmp_sa, sa_pair
from isakmp.machine.run import Step
from isakmp.machine.write import build
from isakmp.spec.events import Action
from isakmp.spec.table import Kind, Row


def perform(row: Row, step: Step) -> None:
    """Do what a row says.

    Raises:
        LocalMisuse: the configuration lacks what the row needs.
        CryptoFailure: the backend cannot do it.
    """
    run = step.run
    step.row = row
    sent = run.last_sent
    deadline, retries, limit = run.deadline, run.retries, run.limit
    outputs = step.outputs
    outputs.append(Taken(row, run.message_id, step.findings.get(row.unless) if row.unless else None, step.chain))
    timers = run.config.timers
    for action in row.actions:
        match action:
            case Action.SEND:
                sent = build(step, run.table.exchange.message(row.emits or ""))
                outputs.append(Send(sent, run.address))
            case Action.RESEND:
                if sent is None:
                    raise LocalMisuse(f"{row.id}: nothing was sent yet")
                outputs.append(Send(sent, run.address))
            case Action.ARM_TIMER:
                retries = retries + 1 if Action.RESEND in row.actions else 0
                deadline = step.now + timers.first * timers.factor**retries
                limit = limit if limit is not None else step.now + timers.half_open
            case Action.ARM_LIMIT:
                limit = step.now + timers.half_open
            case Action.STOP_TIMER:
                deadline, retries = None, 0
            case Action.ESTABLISH:
                deadline = None
                limit = step.now + _establish(step)
            case Action.FORGET:
                deadline = limit = None
    run.last_sent, run.deadline, run.retries, run.limit = sent, deadline, retries, limit
    if Action.ACCEPT in row.actions or Action.SEND in row.actions:
        run.known = step.draft
    if Action.ACCEPT in row.actions:
        run.last_received = step.datagram
    if row.changes_state and row.destination.kind is Kind.ENDED:
        outputs.append(Ended(row.exchange, run.message_id, row.destination.name, row.why))


def _establish(step: Step) -> float:
    """Hand over what the exchange negotiated; its lifetime in seconds."""
    run = step.run
    phase = run.table.exchange.phase
    if run.table.exchange.keys and phase == 1:
        sa = isakmp_sa(run, step.draft, step.now)
        step.outputs.append(PhaseOneUp(sa))
        return sa.expires - step.now
    if run.table.exchange.keys and run.sa is not None:
        pair = sa_pair(step)
        step.outputs.append(PhaseTwoUp(run.sa, pair))
        return pair.expires - step.now
    return 0.0


