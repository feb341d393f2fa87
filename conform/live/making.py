"""Messages that the honest partner has no reason to send: informational ones, transactions, and quick modes."""

from __future__ import annotations

from isakmp.conform.live.dialogue import Dialogue, Pending, Unreached
from isakmp.machine.outputs import Send
from isakmp.machine.run import Run, Step
from isakmp.machine.runs import Runs
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.events import EventKind
from isakmp.spec.exchanges import informational, quick_mode, transaction
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import MESSAGE_ID_OCTETS
from isakmp.spec.payloads import ATTR
from isakmp.spec.registries import ExchangeType
from isakmp.spec.terms import Role


def quick_under(dialogue: Dialogue, message_id: int | None = None, sa: IsakmpSa | None = None) -> bytes:
    """The first message of a quick mode that the partner may have no right to begin; what answers it is awaited.

    Args:
        dialogue: whose partner makes it.
        message_id: its message id; None for one that no exchange under the ISAKMP SA has.
        sa: the ISAKMP SA; None for the one that the dialogue has come to.

    Raises:
        Unreached: there is no ISAKMP SA.

    """
    runs, sa = _runs(dialogue), sa or _sa(dialogue)
    dialogue.expect(ExchangeType.QUICK)
    number = runs.message_id(sa) if message_id is None else message_id
    return _started(dialogue, runs.under(sa, quick_mode(), Role.I, dialogue.place, number))


def transact(dialogue: Dialogue, payload: ATTR) -> bytes:
    """The first message of a transaction exchange with that payload, whether or not the partner has a reason for it.

    Raises:
        Unreached: there is no ISAKMP SA.
    """
    runs, sa = _runs(dialogue), _sa(dialogue)
    run = runs.under(sa, transaction(), Role.I, dialogue.place, runs.message_id(sa))
    run.known.information = payload
    return _started(dialogue, run)


def inform(dialogue: Dialogue, payload: Payload, *, protected: bool = True, message_id: int | None = None) -> Pending:
    """An informational message with that payload, about to be sent.

    Raises:
        Unreached: it is to be protected, and there is no ISAKMP SA.
    """
    runs = _runs(dialogue)
    if protected:
        sa = _sa(dialogue)
        number = runs.message_id(sa) if message_id is None else message_id
        run = runs.under(sa, informational(protected=True), Role.I, dialogue.place, number)
    else:
        run = runs.fresh(informational(protected=False), Role.I, dialogue.place)
        number = int.from_bytes(dialogue.backend.random(MESSAGE_ID_OCTETS, str(k.M_ID)))
        run.message_id = number if message_id is None else message_id
        run.known.values.store.update(_cookies(dialogue))
    run.known.information = payload
    datagram = _started(dialogue, run)
    vector = run.known.values[k.IV_PHASE_2] if protected else None
    return Pending(run, run.table.exchange.messages[0], datagram, vector)


def _runs(dialogue: Dialogue) -> Runs:
    return Runs(dialogue.config, dialogue.backend, dialogue.partner.database)


def _sa(dialogue: Dialogue) -> IsakmpSa:
    if dialogue.sa is None:
        raise Unreached("there is no ISAKMP SA")
    return dialogue.sa


def _started(dialogue: Dialogue, run: Run) -> bytes:
    """The message that a run begins with."""
    step = Step(run, dialogue.target.now, run.known.copy())
    run.engine.fire(run, EventKind.START.value, step)
    (datagram,) = [output.datagram for output in step.outputs if isinstance(output, Send)]
    return datagram


def _cookies(dialogue: Dialogue) -> dict[str, bytes]:
    """The cookies of the exchange that has begun."""
    names = (str(k.CKY_I), str(k.CKY_R))
    for run in dialogue.partner.database.runs():
        store = run.known.values.store
        if names[0] in store:
            return {name: store[name] for name in names if name in store}
    raise Unreached("no exchange has begun")
