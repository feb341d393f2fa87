"""What a row has done: each action is a function on a step, and a row is performed by those that it names, in order.

The engine calls `perform` before the state changes. An exception therefore leaves the run as it was: nothing below
touches the run before all actions of the row have succeeded.
"""

from __future__ import annotations

from collections.abc import Callable

from isakmp.machine.announcing import announced, note_vendors
from isakmp.machine.certifying import collect
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.fragments import cut
from isakmp.machine.natt import discover
from isakmp.machine.newgroup import agreed
from isakmp.machine.outputs import Ended, PhaseOneUp, PhaseTwoUp, Send, Taken
from isakmp.machine.results import authenticated, isakmp_sa, sa_pair
from isakmp.machine.run import Step
from isakmp.machine.timing import patience
from isakmp.machine.write import build
from isakmp.spec.events import Action
from isakmp.spec.messages import Message
from isakmp.spec.table import Kind, Row
from isakmp.spec.transport import FRAGMENTATION_VENDOR_ID, KEEPALIVE, KEEPALIVE_SECONDS

Perform = Callable[[Step], None]


def _resend(row: Row, step: Step) -> None:
    if step.sent is None:
        raise LocalMisuse(f"{row.id}: nothing was sent yet")
    step.outputs += _sends(step, step.sent)
    step.run.life.resent = step.now


def _sends(step: Step, datagram: bytes) -> list[Send]:
    """A datagram on its way to the peer: whole, or in fragments where it is long and the peer takes them."""
    size = step.run.config.fragment_size
    if size is None or not announced(step, FRAGMENTATION_VENDOR_ID):
        return [Send(datagram, step.address, step.written)]
    return [Send(piece, step.address) for piece in cut(datagram, size)]


def _accept(_: Row, step: Step) -> None:
    """What the message says of the way it came, and brings of certificates; the draft is taken over in `performer`."""
    discover(step)
    collect(step)


def _keep_alive(_: Row, step: Step) -> None:
    step.outputs.append(Send(KEEPALIVE, step.run.address))
    step.run.life.keepalive = step.now + KEEPALIVE_SECONDS


def _arm_timer(row: Row, step: Step) -> None:
    timers = step.run.config.timers
    step.retries = step.retries + 1 if Action.RESEND in row.actions else 0
    step.deadline = step.now + patience(timers, step.retries, step.run.backend)
    if step.limit is None:
        step.limit = step.now + timers.half_open


def _stop_timer(_: Row, step: Step) -> None:
    step.deadline, step.retries = None, 0


def _arm_limit(_: Row, step: Step) -> None:
    step.limit = step.now + step.run.config.timers.half_open


def _establish(_: Row, step: Step) -> None:
    """Hand over what the exchange negotiated, for as long as it lives."""
    run = step.run
    step.deadline = None
    if run.sa is None and not run.table.exchange.keys:
        step.outputs.append(authenticated(run, step.draft))
        step.limit = step.now + run.config.timers.half_open  # kept that long for repeats of the last message
    elif run.sa is None:
        sa = isakmp_sa(run, step.draft, step.now)
        step.outputs.append(PhaseOneUp(sa))
        if step.draft.nat is not None and step.draft.nat.own:
            run.life.keepalive = step.now + KEEPALIVE_SECONDS
        step.limit = sa.expires
    elif run.table.exchange.makes_group:
        step.outputs.append(agreed(step))
        step.limit = run.sa.expires
    else:
        pair = sa_pair(step)
        step.outputs.append(PhaseTwoUp(run.sa, pair))
        step.limit = pair.expires


def _forget(_: Row, step: Step) -> None:
    step.deadline = step.limit = None


def _nothing(_: Row, __: Step) -> None:
    """What the caller sees in the outputs (the row taken, a problem), or does with them (tell the peer)."""


ACTIONS: dict[Action, Callable[[Row, Step], None]] = {
    Action.ACCEPT: _accept,
    Action.SEND_KEEPALIVE: _keep_alive,
    Action.RESEND: _resend,
    Action.ARM_TIMER: _arm_timer,
    Action.STOP_TIMER: _stop_timer,
    Action.ARM_LIMIT: _arm_limit,
    Action.ESTABLISH: _establish,
    Action.DISCARD: _nothing,
    Action.LOG: _nothing,
    Action.NOTIFY: _nothing,
    Action.SEND_DELETE: _nothing,
    Action.REKEY: _nothing,
    Action.CONFIRM: _nothing,
    Action.FORGET: _forget,
}


def _function(action: Action, template: Message | None) -> Callable[[Row, Step], None]:
    """What an action does; sending does it with the message that the row emits."""
    if action is not Action.SEND or template is None:
        return ACTIONS[action]

    def send(_: Row, step: Step) -> None:
        step.sent = build(step, template)
        step.outputs += _sends(step, step.sent)

    return send


def performer(row: Row, template: Message | None) -> Perform:
    """The function that performs a row on a step; `template` is the message that the row emits.

    It raises `LocalMisuse` where the configuration lacks what the row needs, `CryptoFailure` where the backend cannot
    do it.
    """
    steps = tuple(found for action in row.actions if (found := _function(action, template)) is not _nothing)
    accepts = Action.ACCEPT in row.actions
    learns = accepts or Action.SEND in row.actions
    ends = row.changes_state and row.destination.kind is Kind.ENDED
    refused = row.unless.name if row.unless else None

    def perform(step: Step) -> None:
        run = step.run
        step.row = row
        # A message that is taken has nothing wrong with it, whichever of its rows takes it.
        problem = (None if accepts else step.findings[refused]) if refused else step.misfit
        step.outputs.append(Taken(row, run.message_id, problem, step.chain))
        for action in steps:
            action(row, step)
        run.last_sent, run.deadline, run.retries, run.limit = step.sent, step.deadline, step.retries, step.limit
        if learns:
            run.known = step.draft
        if accepts:
            run.last_received = step.datagram
            run.address = step.address
            if run.table.exchange.phase == 1:
                note_vendors(run, step.chain.payloads)
        if ends:
            step.outputs.append(Ended(row.exchange, run.message_id, row.destination.name, row.why))

    return perform
