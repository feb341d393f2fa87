"""From a decoded message to an event: decrypt it, find out which message of the exchange it is, bind what it brings."""

from __future__ import annotations

from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.codec import decode_payloads
from isakmp.machine.codec_message import Message
from isakmp.machine.errors import Deviation, Disposition, LocalMisuse, ProtocolError
from isakmp.machine.read import match
from isakmp.machine.run import Step
from isakmp.machine.write import cipher_key, next_iv
from isakmp.spec import keying as k
from isakmp.spec.events import EventKind
from isakmp.spec.messages import Message as Template
from isakmp.spec.messages import Protection
from isakmp.spec.payloads import Header
from isakmp.spec.registries import Flag, NotifyType, PayloadType
from isakmp.spec.terms import Def

HEADER_OCTETS = Header.layout.minimum


def event_for(step: Step, message: Message) -> str:
    """The name of the event that a message is to its run; the step is filled with what was read."""
    run = step.run
    if message.datagram == run.last_received:
        return EventKind.DUPLICATE.value
    if message.header.message_id != run.message_id:
        step.misfit = _problem("the message id is not the exchange's", "RFC2408:3.1", NotifyType.INVALID_MESSAGE_ID)
        return EventKind.MALFORMED.value
    step.chain = message.chain
    step.committed = bool(message.header.flags & Flag.COMMIT)
    if message.encrypted is not None and not _decrypt(step, message):
        return EventKind.MALFORMED.value
    template = _template(step, encrypted=message.encrypted is not None)
    if template is None:
        return EventKind.MALFORMED.value
    _bind(step, message.header)
    return template.name


def _decrypt(step: Step, message: Message) -> bool:
    """Put the decrypted chain into the step, and the next vector into its draft."""
    known, encrypted = step.run.known, message.encrypted
    if encrypted is None or known.suite is None:
        step.misfit = _problem("encrypted before there is a key", "RFC2408:5.2", NotifyType.INVALID_FLAGS)
        return False
    try:
        # Computed on what the run knows, and kept there: what follows from it is no change of it, and a stream of junk
        # must not cost an exponentiation each time.
        key, iv = cipher_key(step.run, known), next_iv(step.run, known)
        step.draft = known.copy()
        plain = step.run.backend.decrypt(known.suite.encryption, key, iv, encrypted.octets)
        step.chain = decode_payloads(encrypted.first, plain, offset=HEADER_OCTETS, padded=True)
    except (MissingValueError, LocalMisuse):
        step.misfit = _problem("encrypted before there is a key", "RFC2408:5.2", NotifyType.INVALID_FLAGS)
    except CryptoFailure as failure:
        step.misfit = _problem(str(failure), failure.cite, NotifyType.PAYLOAD_MALFORMED)
    except ProtocolError as error:
        step.misfit = error.deviation
    else:
        step.draft.iv = encrypted.octets[-known.values.block_length :]
        return True
    return False


def _template(step: Step, *, encrypted: bool) -> Template | None:
    """The template that a message is read by: the awaited one, or another of the peer's that it fits better."""
    run = step.run
    excluded = Protection.CLEAR if encrypted else Protection.ENCRYPTED
    awaited = run.engine.awaited[run.state]
    if awaited is not None and awaited.protection is not excluded:
        step.positions, step.misfit = match(awaited, step.chain)
        if step.misfit is None:
            return awaited
    best = awaited if step.positions else None
    for template in run.table.exchange.sent_by(run.table.role.other):
        if template.protection is excluded or template is awaited:
            continue
        positions, misfit = match(template, step.chain)
        if best is None or misfit is None:
            best, step.positions, step.misfit = template, positions, misfit
        if misfit is None:
            break
    if best is None:
        detail = f"{'encrypted' if encrypted else 'in the clear'}, where no message of the peer is"
        step.misfit = _problem(detail, "RFC2409:5", NotifyType.INVALID_FLAGS)
    elif best is not awaited and step.misfit is not None:
        return None
    return best


def _bind(step: Step, header: Header) -> None:
    """Put what the payloads bring into the draft, under the names that the formulas know."""
    values, brought = step.draft.values, step.chain
    values.store.setdefault(str(k.CKY_R), header.cky_r)
    for slot, position in step.positions.items():
        if slot.sealed:
            continue  # its value is bound once it is opened
        if isinstance(slot.term, Def):
            step.draft.received[slot.term.name] = brought.body(position)
            if slot.payload is PayloadType.HASH:
                values.rest = brought.after(position)
        elif slot.payload is not PayloadType.CERT:
            values[slot.term] = brought.body(position)


def _problem(detail: str, cite: str, notify: NotifyType) -> Deviation:
    return Deviation(None, "Header", "", cite, detail, notify, Disposition.NOTIFY)
