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
from isakmp.spec.messages import Exchange
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
    dialogue.expect(ExchangeType.QUICK)
    return begun(dialogue, quick_mode(), message_id=message_id, sa=sa).datagram


def transact(dialogue: Dialogue, payload: ATTR) -> bytes:
    """The first message of a transaction exchange with that payload, whether or not the partner has a reason for it.

    Raises:
        Unreached: there is no ISAKMP SA.
    """
    return begun(dialogue, transaction(), payload).datagram


def inform(dialogue: Dialogue, payload: Payload, *, protected: bool = True, message_id: int | None = None) -> Pending:
    """An informational message with that payload, about to be sent.

    Raises:
        Unreached: it is to be protected, and there is no ISAKMP SA.
    """
    if protected:
        return begun(dialogue, informational(protected=True), payload, message_id=message_id)
    run = _runs(dialogue).fresh(informational(protected=False), Role.I, dialogue.place)
    number = int.from_bytes(dialogue.backend.random(MESSAGE_ID_OCTETS, str(k.M_ID)))
    run.message_id = number if message_id is None else message_id
    run.known.values.store.update(_cookies(dialogue))
    return _started(dialogue, run, payload, None)


def begun(
    dialogue: Dialogue,
    exchange: Exchange,
    payload: Payload | None = None,
    *,
    message_id: int | None = None,
    sa: IsakmpSa | None = None,
) -> Pending:
    """The first message of an exchange under an ISAKMP SA, about to be sent; the partner knows nothing of it.

    Args:
        dialogue: whose partner makes it.
        exchange: the exchange.
        payload: what the message carries, where that is not negotiated.
        message_id: as for `quick_under`.
        sa: as for `quick_under`.

    Raises:
        Unreached: there is no ISAKMP SA.

    """
    runs, sa = _runs(dialogue), sa or dialogue.sa
    if sa is None:
        raise Unreached("there is no ISAKMP SA")
    number = runs.message_id(sa) if message_id is None else message_id
    run = runs.under(sa, exchange, Role.I, dialogue.place, number)
    return _started(dialogue, run, payload, run.known.values[k.IV_PHASE_2])


def _runs(dialogue: Dialogue) -> Runs:
    return Runs(dialogue.config, dialogue.backend, dialogue.partner.database)


def _started(dialogue: Dialogue, run: Run, payload: Payload | None, vector: bytes | None) -> Pending:
    """The message that a run begins with, with what it carries and what it is encrypted with."""
    run.known.information = payload
    step = Step(run, dialogue.target.now, run.known.copy())
    run.engine.fire(run, EventKind.START.value, step)
    (datagram,) = [output.datagram for output in step.outputs if isinstance(output, Send)]
    return Pending(run, run.table.exchange.messages[0], datagram, vector)


def _cookies(dialogue: Dialogue) -> dict[str, bytes]:
    """The cookies of the exchange that has begun."""
    names = (str(k.CKY_I), str(k.CKY_R))
    for run in dialogue.partner.database.runs():
        store = run.known.values.store
        if names[0] in store:
            return {name: store[name] for name in names if name in store}
    raise Unreached("no exchange has begun")
