"""The judgement of one message of an exchange that has a table: which template, which answers, which row.

The order of work is that of a receiver: repetition or not, decryption, reading by the template, the guards of the row in
their order. All guards are answered, also behind a failed one; the first that fails selects the row.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from isakmp.conform.capture import Datagram
from isakmp.conform.negotiated import acceptable, identity, ke_valid, nonce_length, offered, pfs
from isakmp.conform.notices import describe
from isakmp.conform.opening import Closed, Opened, last_block, open_message, vectors
from isakmp.conform.proofs import certificate, hash_agrees, signature
from isakmp.conform.scene import Scene
from isakmp.conform.session import Suspect
from isakmp.conform.surroundings import encryption_checks, flag_notes, nat_discovery, ports
from isakmp.conform.track import Seen, Taken, Track
from isakmp.conform.verdicts import MessageReport
from isakmp.conform.wire import COOKIES, PAYLOAD_CHAIN, payload_names, wire_checks
from isakmp.machine.checks import negotiate
from isakmp.machine.codec_message import Message as Wire
from isakmp.machine.codec_message import Payloads
from isakmp.machine.errors import Deviation, Disposition
from isakmp.machine.read import match
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.events import EventKind
from isakmp.spec.guards import Check, Guard
from isakmp.spec.messages import Message, Protection, Slot
from isakmp.spec.registries import NotifyType, PayloadType
from isakmp.spec.table import Row
from isakmp.spec.terms import Def, Role

__all__ = ["Observed", "judge", "open_observed"]

NO_COOKIE = bytes(8)
ORDER = "exchange order"
PAYLOAD_ORDER = "payload order"
PROTECTION = "encryption"
RETRANSMISSION = "retransmission"

GUARDS: dict[Check, Callable[[Scene, Slot | None], bool | None]] = {
    Check.ACCEPTABLE: acceptable,
    Check.OFFERED: offered,
    Check.KE_VALID: ke_valid,
    Check.PFS_AS_NEGOTIATED: pfs,
    Check.NONCE_LENGTH: nonce_length,
    Check.IDENTITY: identity,
    Check.CERTIFICATE: certificate,
    Check.HASH: hash_agrees,
    Check.PROTECTED_HASH: hash_agrees,
    Check.SIGNATURE: signature,
}


class Observed(NamedTuple):
    """A datagram, what the codec's lenient mode made of it, and who sent it, as a role of the ISAKMP SA."""

    datagram: Datagram
    wire: Wire
    sender: Role


def judge(track: Track, observed: Observed) -> MessageReport:
    """Judge a message of an exchange, and move both ends by it."""
    sender = track.role(observed.sender)
    report = new_report(track, observed)
    earlier = track.repetition(observed.wire)
    if earlier is not None:
        _repeat(track, report, earlier)
        return report
    _bind_cookies(track, observed.wire, sender)
    opened = open_observed(track, observed)
    chain = observed.wire.chain if observed.wire.encrypted is None else opened.chain if isinstance(opened, Opened) else None
    report.payloads = payload_names(chain) if chain is not None else ()
    track.read = chain
    wire_checks(report, observed.wire, chain)
    seen = Seen(report, sender, None, observed.wire)
    template = _template(track, report, observed.wire, chain, sender)
    _cookie_check(track, report, observed.wire, template)
    seen.name = report.name = template.name if template else None
    if template is not None:
        _take(track, seen, template, observed, opened, chain)
    else:
        report.row = track.row(sender.other, EventKind.MALFORMED).id
        seen.readable = False
    track.note(seen)
    return report


def new_report(track: Track, observed: Observed) -> MessageReport:
    """An empty report of a message, put into the exchange's."""
    header, datagram = observed.wire.header, observed.datagram
    sender = track.role(observed.sender)
    report = MessageReport(datagram.frame, datagram.time, sender.value, observed.wire.encrypted is not None)
    report.transport = datagram.notes
    flag_notes(report, header.flags, track.phase)
    track.report.messages.append(report)
    return report


# ---- repetitions, cookies --------------------------------------------------------------------------------------------


def _repeat(track: Track, report: MessageReport, earlier: Seen) -> None:
    """A message whose octets came before: it decrypts as it did, and moves no vector."""
    receiver = earlier.sender.other
    earlier.repeated += 1
    report.retransmission = True
    report.name, report.payloads, report.decrypted = earlier.name, earlier.report.payloads, earlier.report.decrypted
    report.check(RETRANSMISSION, True, "RFC2408:5.1", f"octet for octet that of frame {earlier.report.frame}")
    taken = track.last_taken.get(receiver)
    if taken is not None and taken.seen is earlier:
        report.row = track.row(receiver, EventKind.DUPLICATE).id
    elif not earlier.readable or earlier.name is None:
        report.row = track.row(receiver, EventKind.MALFORMED).id
    elif track.states[receiver].awaits == earlier.name:
        report.row = earlier.report.row
    else:
        report.row = track.row(receiver, EventKind.RECEIVE, earlier.name).id


def _bind_cookies(track: Track, wire: Wire, sender: Role) -> None:
    if track.phase == 1:
        track.session.bind(k.CKY_I, wire.header.cky_i)
        if sender is Role.R or wire.header.cky_r != NO_COOKIE:
            track.session.bind(k.CKY_R, wire.header.cky_r)


def _cookie_check(track: Track, report: MessageReport, wire: Wire, template: Message | None) -> None:
    """Answer what only the exchange can tell: the responder's cookie is zero in the first message, and there alone."""
    if track.phase != 1 or template is None or track.exchange is None:
        return
    first, zero = template is track.exchange.messages[0], wire.header.cky_r == NO_COOKIE
    if first and not zero:
        report.breach(COOKIES, "RFC2408:2.4", "the first message of an exchange names a responder's cookie", "ISAKMP header", 8)
    elif zero and not first:
        report.breach(COOKIES, "RFC2408:2.4", "the responder's cookie is zero behind the first message", "ISAKMP header", 8)


# ---- decryption ------------------------------------------------------------------------------------------------------


def open_observed(track: Track, observed: Observed) -> Opened | Closed | None:
    """Decrypt a message if it is encrypted, and move the vectors of its exchange on."""
    session, encrypted = track.session, observed.wire.encrypted
    if encrypted is None:
        return None
    auth = session.auth
    opened: Opened | Closed
    if auth is None:
        opened = Closed("the method of authentication is not known, or has no formulas here")
    else:
        opened = open_message(track, encrypted, observed.sender, auth)
    block = session.rings[Role.I].known.values.block_length
    if block:  # what the receiver starts from, even where the sender did not
        track.vectors.update(islice(vectors(track, session.rings[observed.sender]), 1))
    if isinstance(opened, Opened):
        opened.ring.proven = track.opened_once = True
        track.vectors.add(opened.iv)
    if block and encrypted.octets and len(encrypted.octets) % block == 0:
        last = last_block(session, encrypted.octets)
        track.blocks.append(last)
        track.vectors.add(last)
        if track.phase == 1:
            session.blocks.append(last)
    return opened


def phase_2_knowledge(track: Track, opened: Opened) -> Knowledge:
    """What is known of an exchange under an ISAKMP SA from the start: the SA's keys, its cookies, the message id."""
    session, values = track.session, opened.ring.known.values
    known = Knowledge(Role.I, session.backend)
    if opened.ring.known.suite is not None:
        negotiate(known, opened.ring.known.suite)
    for term in (k.LEFT_A, k.LEFT_D, k.CKY_I, k.CKY_R):
        if term in values:
            known.values[term] = values[term]
    known.values[k.M_ID] = track.message_id.to_bytes(4)
    keys = session.keys
    shared = keys.pfs_shared_secrets.get(track.message_id) if keys else None
    if shared is not None:
        known.values[k.QM_XY] = shared
    return known


# ---- which message it is ---------------------------------------------------------------------------------------------


def _fits_protection(template: Message, wire: Wire) -> bool:
    how = Protection.ENCRYPTED if wire.encrypted is not None else Protection.CLEAR
    return template.protection in (how, Protection.EITHER)


def _template(track: Track, report: MessageReport, wire: Wire, chain: Payloads | None, sender: Role) -> Message | None:
    """The template to read a message by: the awaited one, else another of the sender's that it fits."""
    exchange = track.exchange
    if exchange is None:
        return None
    state = track.states[sender.other]
    sent = exchange.sent_by(sender)
    awaited = next((each for each in sent if each.name == state.awaits), None)
    others = [each for each in sent if each is not awaited and _fits_protection(each, wire)]
    fitting = [each for each in others if chain is None or match(each, chain)[1] is None]
    if awaited is not None and _fits_protection(awaited, wire):
        better = chain is not None and match(awaited, chain)[1] is not None and fitting
        if not better:
            report.check(PROTECTION, True, awaited.cite, awaited.protection.value)
            return awaited
    if fitting:
        return _out_of_turn(track, report, fitting, sender)
    wanted = awaited or (others or sent)[0]
    if awaited is not None and not _fits_protection(awaited, wire):
        what = "encrypted" if wire.encrypted is not None else "in the clear"
        report.breach(PROTECTION, awaited.cite, f"{what}, where {awaited.name} is {awaited.label}")
    elif track.gap:
        report.check(ORDER, None, wanted.cite, f"in {state.name} the {sender.other.value} awaits no such message")
    else:
        report.breach(ORDER, wanted.cite, f"in {state.name} the {sender.other.value} awaits no such message")
    return None


def _out_of_turn(track: Track, report: MessageReport, fitting: list[Message], sender: Role) -> Message | None:
    """A message of the exchange, but not the one that is awaited: an earlier one changed, or one behind a gap.

    Behind a gap the receiver is put where it awaits the message: what led there is missing in the capture.
    """
    receiver = sender.other
    seen = {each.name for each in track.order}
    fresh = [template for template in fitting if template.name not in seen]
    if not fresh:
        report.name = fitting[0].name
        report.breach(ORDER, "RFC2408:5.1", f"{report.name} again, but not octet for octet")
        return None
    template = fresh[0]
    place = next((state for state in track.table(receiver).states if state.awaits == template.name), None)
    if place is None:
        return None
    state = track.states[receiver]
    track.gap = True
    missing = f"{template.name}, where {state.awaits or 'nothing'} is awaited: messages are missing or out of order"
    report.check(ORDER, None, template.cite, missing)
    track.states[receiver] = place
    return template


# ---- taking it -------------------------------------------------------------------------------------------------------


def _take(
    track: Track, seen: Seen, template: Message, observed: Observed, opened: Opened | Closed | None, chain: Payloads | None
) -> None:
    report, sender = seen.report, seen.sender
    receiver = sender.other
    missing = track.sends(sender, template.name)
    track.gap = track.gap or missing is not None
    if report.result(ORDER) is None:
        report.check(ORDER, None if missing else True, template.cite, missing or template.label)
    source = track.states[receiver]
    success = track.row(receiver, EventKind.RECEIVE, template.name)
    report.row = success.id
    if chain is None:
        _closed(track, seen, success, opened)
        return
    session = track.session
    if isinstance(opened, Opened):
        report.decrypted = True
        encryption_checks(report, opened, session.rings[Role.I].known.values.block_length)
        if track.phase != 1 and track.known is None:
            track.known = phase_2_knowledge(track, opened)
    ring = opened.ring if isinstance(opened, Opened) else session.rings[track.session_role(sender)]
    positions, misfit = match(template, chain)
    scene = Scene(track, report, observed.datagram, template, chain, sender, ring, positions, misfit)
    _bind(scene)
    seen.verdicts = {guard: _answer(scene, guard) for guard in success.guards}
    describe(report, session, chain)
    nat_discovery(scene)
    ports(scene)
    if isinstance(opened, Opened) and _unreadable_to_receiver(track, opened, receiver):
        seen.readable = False
        row = track.row(receiver, EventKind.MALFORMED)
        report.row = row.id
        track.hint = track.hint or "the ends hold different pre-shared keys"
        report.notes.append("its receiver cannot read it: the ends hold different pre-shared keys")
        return
    row = _select(track, receiver, success, seen)
    report.row = row.id
    if row is success:
        track.move(receiver, row)
        track.last_taken[receiver] = Taken(source, seen)
    else:
        why = next((c.detail for c in report.checks if c.ok is False), row.why)
        track.refuse(receiver, row, f"{template.name} refused by the {receiver.value}: {why}")


def _select(track: Track, receiver: Role, success: Row, seen: Seen) -> Row:
    """The row that the answers select."""
    failed = next((guard for guard in success.guards if seen.verdicts[guard] is False), None)
    if failed is None:
        return success
    return next(row for row in track.table(receiver).of(success.source, success.event) if row.unless == failed)


def _answer(scene: Scene, guard: Guard) -> bool | None:
    if scene.track.hybrid and scene.template.protection is not Protection.CLEAR:
        scene.report.row = None
        scene.report.check(guard.name, None, guard.rule.cite, "hybrid authentication has no table")
        return None
    if guard.check is Check.FITS:
        misfit = scene.misfit
        if misfit is None:
            section = scene.template.leading_cite if scene.template.leading else scene.template.cite
            scene.report.check(PAYLOAD_ORDER, True, section)
            return True
        if scene.track.gap:
            scene.report.check(PAYLOAD_ORDER, None, misfit.cite, f"{misfit.detail}; but messages before it are missing")
            return None
        scene.report.violation(PAYLOAD_ORDER, misfit)
        return False
    return GUARDS[guard.check](scene, guard.slot)


def _bind(scene: Scene) -> None:
    """Put what the payloads bring under the names that the formulas know."""
    session, track = scene.session, scene.track
    for slot in scene.positions:
        if isinstance(slot.term, Def) or slot.payload is PayloadType.CERT:
            continue
        if track.phase == 1:
            session.bind(slot.term, scene.body(slot))
        elif track.known is not None:
            track.known.values[slot.term] = scene.body(slot)
    if track.phase == 1:
        complaint = session.use_secrets()
        if complaint:
            scene.ring.complaint = complaint
        if session.auth is not None:
            for ring in session.rings.values():
                ring.complete(session.auth)


def _unreadable_to_receiver(track: Track, opened: Opened, receiver: Role) -> bool:
    """Whether the receiver's own key is another than the one that opened the message."""
    session = track.session
    if not session.separate or session.auth is None:
        return False
    mine = session.rings[track.session_role(receiver)]
    return mine is not opened.ring and mine.cipher_key(session.auth)[0] != opened.ring.cipher_key(session.auth)[0]


def _closed(track: Track, seen: Seen, success: Row, opened: Opened | Closed | None) -> None:
    """A message that did not open: without a key nothing is known; with one, either is wrong."""
    report, receiver = seen.report, seen.sender.other
    malformed = track.row(receiver, EventKind.MALFORMED)
    closed = opened if isinstance(opened, Closed) else Closed("encrypted")
    source = track.states[receiver]
    for guard in success.guards:
        if guard.check in (Check.HASH, Check.PROTECTED_HASH, Check.SIGNATURE) and guard.slot is not None:
            term = guard.slot.term
            report.check(guard.slot.name, None, term.cite if isinstance(term, Def) else guard.rule.cite, closed.why)
    if closed.certain:
        report.breach("padding", k.IV_PHASE_1.cite, closed.why, "ISAKMP header", None)
        report.row, seen.readable = malformed.id, False
        return
    report.check("IV chain", None, k.IV_PHASE_1.cite, closed.why)
    if closed.ring is not None and not _behind_a_gap(track):
        detail = f"does not decrypt into payloads: {_first_fault(closed)}"
        fault = Deviation(28, "encrypted body", "", k.IV_PHASE_1.cite, detail, NotifyType.PAYLOAD_MALFORMED, Disposition.NOTIFY)
        finding = f"frame {report.frame}: {success.event.name} does not decrypt into payloads: wrong pre-shared key or DH secret?"
        whole = track if track.phase != 1 and not track.order and len(track.exchange_names) > 1 else None
        track.gap = track.gap or whole is not None
        track.session.suspects.append(Suspect(closed.ring, report, PAYLOAD_CHAIN, fault, finding, malformed.id, whole))
        if closed.ring.proven and whole is None:
            report.row, seen.readable = malformed.id, False
            return
    track.move(receiver, success)
    track.last_taken[receiver] = Taken(source, seen)


def _behind_a_gap(track: Track) -> bool:
    """Whether the vector may be unknown because messages that it follows from are missing in the capture."""
    phase_1 = track.session.phase_1
    if track.gap or phase_1 is None or phase_1.gap:
        return True
    return track.phase != 1 and len(phase_1.stood) < len(Role) and not (phase_1.failure or phase_1.hint)


def _first_fault(closed: Closed) -> str:
    faults = closed.chain.deviations if closed.chain else ()
    return str(faults[0]) if faults else closed.why
