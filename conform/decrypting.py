"""Encrypted messages on their way through an exchange: opened or not, and what follows where they are not."""

from __future__ import annotations

from itertools import islice

from isakmp.conform.observed import Observed
from isakmp.conform.opening import Closed, Opened, last_block, open_message, vectors
from isakmp.conform.session import Suspect
from isakmp.conform.track import Seen, Taken, Track
from isakmp.conform.verdicts import MessageReport
from isakmp.conform.wire import PAYLOAD_CHAIN
from isakmp.machine.checks import negotiate
from isakmp.machine.errors import Deviation, Disposition
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.algorithms import CIPHERS
from isakmp.spec.events import EventKind
from isakmp.spec.guards import Check
from isakmp.spec.limits import MESSAGE_ID_OCTETS
from isakmp.spec.payloads import Header
from isakmp.spec.registries import NotifyType
from isakmp.spec.table import Row
from isakmp.spec.terms import Def, Role

__all__ = ["open_observed", "phase_2_knowledge", "take_closed"]

HEADER_OCTETS = Header.layout.minimum
SMALLEST_BLOCK = min(facts.block for facts in CIPHERS.values())  # it divides all others
PROOFS = (Check.HASH, Check.PROTECTED_HASH, Check.SIGNATURE)


def open_observed(track: Track, report: MessageReport, observed: Observed) -> Opened | Closed | None:
    """Decrypt a message if it is encrypted, and move the vectors of its exchange on; report a length of no cipher."""
    session, encrypted = track.session, observed.wire.encrypted
    if encrypted is None:
        return None
    session.prepare()
    auth = session.auth
    opened: Opened | Closed
    length, of = len(encrypted.octets), session.rings[Role.I].known.values.block_length or SMALLEST_BLOCK
    if length % of:
        opened = Closed(f"{length} octets are no multiple of a cipher's block of {of}", certain=True)
        report.breach("padding", k.IV_PHASE_1.cite, opened.why, "encrypted body", HEADER_OCTETS)
    elif auth is None:
        opened = Closed("the method of authentication is not known, or has no formulas here")
    else:
        opened = open_message(track, encrypted, observed.sender, auth)
    block = session.rings[Role.I].known.values.block_length
    if block:  # what the receiver starts from, even where the sender did not
        track.vectors.update(islice(vectors(track, session.rings[observed.sender]), 1))
    if isinstance(opened, Opened):
        opened.ring.opened = track.opened_once = True
        # A key that the file itself gives opens messages, but proves nothing of what is derived otherwise.
        opened.ring.proven |= k.cipher_key(auth).name not in opened.ring.taken if auth is not None else False
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
    known.values[k.M_ID] = track.message_id.to_bytes(MESSAGE_ID_OCTETS)
    keys = session.keys
    shared = keys.pfs_shared_secrets.get(track.message_id) if keys else None
    if shared is not None:
        known.values[k.QM_XY] = shared
    return known


def take_closed(track: Track, seen: Seen, success: Row, opened: Opened | Closed | None) -> None:
    """Judge a message that did not open: without a key nothing is known; with one, either is wrong."""
    report, receiver = seen.report, seen.sender.other
    malformed = track.row(receiver, EventKind.MALFORMED)
    closed = opened if isinstance(opened, Closed) else Closed("encrypted")
    source = track.states[receiver]
    for guard in success.guards:
        if guard.check in PROOFS and guard.slot is not None:
            term = guard.slot.term
            report.check(guard.slot.name, term.cite if isinstance(term, Def) else guard.rule.cite, closed.why, ok=None)
    if closed.certain:
        report.row, seen.readable = malformed.id, False
        return
    report.check("IV chain", k.IV_PHASE_1.cite, closed.why, ok=None)
    if closed.ring is not None and not _behind_a_gap(track):
        detail = f"does not decrypt into payloads: {_first_fault(closed)}"
        fault = Deviation(
            HEADER_OCTETS,
            "encrypted body",
            "",
            k.IV_PHASE_1.cite,
            detail,
            NotifyType.PAYLOAD_MALFORMED,
            Disposition.NOTIFY,
        )
        what = f"{success.event.name} does not decrypt into payloads"
        finding = f"frame {report.frame}: {what}: wrong pre-shared key or DH secret?"
        whole = track if track.phase != 1 and not track.order and len(track.exchange_names) > 1 else None
        track.gap = track.gap or whole is not None
        track.session.suspects.append(
            Suspect(closed.ring, report, PAYLOAD_CHAIN, fault, finding, malformed.id, closed=True, whole=whole)
        )
        if closed.ring.opened and whole is None:
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
