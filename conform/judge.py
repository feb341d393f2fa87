"""The judgement of one message of an exchange that has a table: which template, which answers, which row.

The order of work is that of a receiver: repetition or not, decryption, reading by the template, the guards of the row
in their order. All guards are answered, also behind a failed one; the first that fails selects the row.
"""

from __future__ import annotations

from collections.abc import Callable

from isakmp.conform.configuration import attributes, user_known
from isakmp.conform.decrypting import open_observed, phase_2_knowledge, take_closed
from isakmp.conform.negotiated import acceptable, identity, ke_valid, nonce_length, offered, pfs, uncommitted
from isakmp.conform.notices import describe
from isakmp.conform.observed import Observed, new_report
from isakmp.conform.opening import Closed, Opened, readable
from isakmp.conform.proofs import certificate, encoding, hash_agrees, keep_certificates, signature
from isakmp.conform.scene import Scene
from isakmp.conform.sealed import key_named, opens, unopened
from isakmp.conform.surroundings import encryption_checks, nat_discovery, ports
from isakmp.conform.track import HAS_TO_BE, Seen, Taken, Track
from isakmp.conform.turns import ORDER, template_of
from isakmp.conform.verdicts import MessageReport
from isakmp.conform.wire import COOKIES, payload_names, wire_checks
from isakmp.machine.codec_message import Message as Wire
from isakmp.machine.read import match
from isakmp.spec import keying as k
from isakmp.spec.events import EventKind
from isakmp.spec.guards import Check, Guard
from isakmp.spec.limits import NO_COOKIE
from isakmp.spec.messages import Message, Slot
from isakmp.spec.registries import PayloadType
from isakmp.spec.table import Row
from isakmp.spec.terms import Def, Role

__all__ = ["judge"]

PAYLOAD_ORDER = "payload order"
RETRANSMISSION = "retransmission"

GUARDS: dict[Check, Callable[[Scene, Slot | None], bool | None]] = {
    Check.ACCEPTABLE: acceptable,
    Check.OFFERED: offered,
    Check.UNCOMMITTED: uncommitted,
    Check.KE_VALID: ke_valid,
    Check.PFS_AS_NEGOTIATED: pfs,
    Check.KEY_NAMED: key_named,
    Check.OPENS: opens,
    Check.NONCE_LENGTH: nonce_length,
    Check.ATTRIBUTES: attributes,
    Check.USER_KNOWN: user_known,
    Check.IDENTITY: identity,
    Check.CERTIFICATE_ENCODING: encoding,
    Check.CERTIFICATE: certificate,
    Check.HASH: hash_agrees,
    Check.PROTECTED_HASH: hash_agrees,
    Check.SIGNATURE: signature,
}


def judge(track: Track, observed: Observed) -> MessageReport:
    """Judge a message of an exchange, and move both ends by it."""
    sender = track.role(observed.sender)
    report = new_report(track, observed)
    earlier = track.repetition(observed.wire)
    if earlier is not None:
        _repeat(track, report, earlier)
        return report
    _bind_cookies(track, observed.wire, sender)
    opened = open_observed(track, report, observed)
    chain = readable(observed.wire, opened)
    report.payloads = payload_names(chain) if chain is not None else ()
    track.read = chain
    wire_checks(report, observed.wire, chain, opened.why if isinstance(opened, Closed) else "")
    seen = Seen(report, sender, None, observed.wire)
    template = template_of(track, report, observed.wire, chain, sender)
    _cookie_check(track, report, observed.wire, template)
    if template is not None:
        seen.name = report.name = template.name
        _take(track, seen, template, observed, opened)
        keep_certificates(track, chain, sender)
    else:
        report.row = track.row(sender.other, EventKind.MALFORMED).id
        seen.readable = False
    track.note(seen)
    return report


# ---- repetitions, cookies --------------------------------------------------------------------------------------------


def _repeat(track: Track, report: MessageReport, earlier: Seen) -> None:
    """A message whose octets came before: it decrypts as it did, and moves no vector."""
    receiver = earlier.sender.other
    earlier.repeated += 1
    report.retransmission = True
    report.name, report.payloads, report.decrypted = earlier.name, earlier.report.payloads, earlier.report.decrypted
    report.check(RETRANSMISSION, "RFC2408:5.1", f"octet for octet that of frame {earlier.report.frame}", ok=True)
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
        report.breach(
            COOKIES, "RFC2408:2.4", "the first message of an exchange names a responder's cookie", "ISAKMP header", 8
        )
    elif zero and not first:
        report.breach(
            COOKIES, "RFC2408:2.4", "the responder's cookie is zero behind the first message", "ISAKMP header", 8
        )


def _take(track: Track, seen: Seen, template: Message, observed: Observed, opened: Opened | Closed | None) -> None:
    """Answer the guards of the row that takes the message, and let its receiver take what they select."""
    chain = track.read
    report, sender = seen.report, seen.sender
    receiver = sender.other
    missing = track.sends(sender, template.name)
    track.gap = track.gap or missing is not None
    if report.result(ORDER) is None:
        report.check(ORDER, template.cite, missing or template.label, ok=None if missing else True)
    source = track.states[receiver]
    success = track.row(receiver, EventKind.RECEIVE, template.name)
    report.row = success.id
    if chain is None:
        take_closed(track, seen, success, opened)
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
        track.refuse(receiver, row, f"{template.name} {HAS_TO_BE}refused by the {receiver.value}: {why}")


def _select(track: Track, receiver: Role, success: Row, seen: Seen) -> Row:
    """The row that the answers select."""
    failed = next((guard for guard in success.guards if seen.verdicts[guard] is False), None)
    if failed is None:
        return success
    return next(row for row in track.table(receiver).of(success.source, success.event) if row.unless == failed)


def _answer(scene: Scene, guard: Guard) -> bool | None:
    if guard.check is Check.FITS:
        misfit = scene.misfit
        if misfit is None:
            section = scene.template.leading_cite if scene.template.leading else scene.template.cite
            scene.report.check(PAYLOAD_ORDER, section, ok=True)
            return True
        if scene.track.gap:
            scene.report.check(
                PAYLOAD_ORDER, misfit.cite, f"{misfit.detail}; but messages before it are missing", ok=None
            )
            return None
        scene.report.violation(PAYLOAD_ORDER, misfit)
        return False
    if guard.check is not Check.OPENS and unopened(scene, guard.slot):
        scene.report.check(guard.name, guard.rule.cite, "its body is encrypted, and was not opened", ok=None)
        return None
    return GUARDS[guard.check](scene, guard.slot)


def _bind(scene: Scene) -> None:
    """Put what the payloads bring under the names that the formulas know."""
    session, track = scene.session, scene.track
    for slot in scene.positions:
        if isinstance(slot.term, Def) or slot.payload is PayloadType.CERT or slot.sealed:
            continue
        if track.phase == 1:
            session.bind(slot.term, scene.body(slot))
        elif track.known is not None:
            track.known.values[slot.term] = scene.body(slot)


def _unreadable_to_receiver(track: Track, opened: Opened, receiver: Role) -> bool:
    """Whether the receiver's own key is another than the one that opened the message."""
    session = track.session
    if not session.separate or session.auth is None:
        return False
    mine = session.rings[track.session_role(receiver)]
    return mine is not opened.ring and mine.cipher_key(session.auth)[0] != opened.ring.cipher_key(session.auth)[0]
