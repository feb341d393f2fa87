"""Judging a capture: every message of it, against the table and the formulas of the specification.

`check_capture` is the way in. Datagrams are sorted into ISAKMP SAs and their exchanges, and taken in the order of the
capture; what remains to be weighed (was it the keys, or the message?) is weighed at the end.
"""

from __future__ import annotations

from isakmp.conform.capture import Capture, Datagram
from isakmp.conform.compare import compare
from isakmp.conform.configuration import learn
from isakmp.conform.foreign import judge_foreign
from isakmp.conform.fragments import Reassembly, fragment_of
from isakmp.conform.judge import judge
from isakmp.conform.keytypes import Keys
from isakmp.conform.notices import heed
from isakmp.conform.observed import Observed, new_report
from isakmp.conform.sealed import reread
from isakmp.conform.session import Session
from isakmp.conform.sort import Sorter
from isakmp.conform.track import Track
from isakmp.conform.verdicts import ExchangeReport, MessageReport, Report
from isakmp.conform.wire import COOKIES, MESSAGE_ID, payload_names, wire_checks
from isakmp.crypto.backend import Backend
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message as Wire
from isakmp.machine.errors import IsakmpError, MalformedMessage
from isakmp.spec.exchanges import PHASE_1, informational, quick_mode, transaction
from isakmp.spec.keying import Auth
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import ATTR, FRAGMENT, Header
from isakmp.spec.registries import ExchangeType
from isakmp.spec.table import FAILED
from isakmp.spec.terms import Role

__all__ = ["KeysOfAnotherCapture", "check_capture"]

IKE_V2 = 2
FIRST_IKE_V2_EXCHANGE = 34
"""IKE_SA_INIT (RFC 7296 section 3.1): lower numbers in a header of version 2 are a changed header of version 1."""
MAJOR = Header.layout.field("major")
MAJOR_OFFSET = 17
NAMES = {ExchangeType.IDENTITY_PROTECTION: "main"}


class KeysOfAnotherCapture(IsakmpError):
    """The keys file names ISAKMP SAs, and none of them is in the capture."""


def check_capture(capture: Capture, keys: Keys | None, backend: Backend) -> Report:
    """Judge every ISAKMP message of a capture.

    Args:
        capture: what `read_capture` gave.
        keys: what `read_keys` gave, or None to judge what is in the clear.
        backend: computes hashes, ciphers and signatures.

    Raises:
        KeysOfAnotherCapture: the keys file has no cookie in common with the capture.

    """
    return _Checker(capture, keys, backend).run()


class _Checker:
    """One judgement under way."""

    def __init__(self, capture: Capture, keys: Keys | None, backend: Backend) -> None:
        self._capture = capture
        self._keys = keys
        self._sorter = Sorter(keys, backend)
        cut = capture.cut
        notes = [note for note in capture.notes if cut is None or note != str(cut)]
        notes += [f"key file: unknown member {path} was ignored" for path in (keys.ignored if keys else ())]
        self._report = Report(capture.path, other_packets=dict(capture.skipped), notes=notes)
        self._report.findings = [str(one) for one in capture.unreadable]
        if cut is not None and cut.offset not in {one.offset for one in capture.unreadable}:
            self._report.findings.append(str(cut))
        self._reassembly = Reassembly()

    def run(self) -> Report:
        """Sort, judge, weigh."""
        sorted_out = self._sort()
        self._sorter.finish()
        self._refuse_other_keys()
        for session, observed in sorted_out:
            self._judge(session, observed)
        for session in self._sorter.sessions:
            self._weigh(session)
            compare(session)
        for exchange in self._report.exchanges:
            wrong = [comparison.name for comparison in exchange.keys if not comparison.ok]
            if wrong and not any(True for _ in exchange.deviations):  # else the message differs, and not the keys file
                self._report.findings.append(
                    f"the keys file differs from what follows from the capture: {', '.join(wrong)}"
                )
        return self._report

    # ---- sorting ----

    def _sort(self) -> list[tuple[Session, Observed]]:
        found: list[tuple[Session, Observed]] = []
        for datagram in self._capture.datagrams:
            found += self._observe(datagram)
        return [(session, observed._replace(sender=session.sender(observed.datagram))) for session, observed in found]

    def _observe(self, datagram: Datagram) -> list[tuple[Session, Observed]]:
        """A datagram and, if it completes one that came in fragments, the whole that it completes."""
        try:
            wire = decode(datagram.payload, lenient=True)
        except MalformedMessage as error:
            self._headless(datagram, error)
            return []
        session = self._sorter.session(datagram, wire)
        wire = reread(session, wire)
        found = [(session, Observed(datagram, wire, session.sender(datagram)))]
        whole = self._reassembly.add(datagram, wire)
        if whole is not None:
            found += self._observe_whole(whole, session)
        return found

    def _observe_whole(self, datagram: Datagram, session: Session) -> list[tuple[Session, Observed]]:
        try:
            wire = decode(datagram.payload, lenient=True)
        except MalformedMessage as error:
            self._headless(datagram, error)
            return []
        if fragment_of(wire) is not None:  # a fragment within fragments leads nowhere
            return []
        same = (wire.header.cky_i, wire.header.cky_r) == (session.cky_i, session.cky_r)
        owner = session if same else self._sorter.session(datagram, wire)
        return [(owner, Observed(datagram, reread(owner, wire), owner.sender(datagram)))]

    def _headless(self, datagram: Datagram, error: MalformedMessage) -> None:
        """A datagram without even a header is an exchange of its own."""
        exchange = ExchangeReport("unknown", b"", b"", 0, reason="no ISAKMP header")
        message = MessageReport(datagram.frame, datagram.time, "initiator", encrypted=False)
        message.source, message.destination = str(datagram.source), str(datagram.destination)
        message.violation("length", error.deviation)
        exchange.messages.append(message)
        self._report.exchanges.append(exchange)

    def _refuse_other_keys(self) -> None:
        if self._keys is None or not self._keys.sas or not self._sorter.sessions:
            return
        known = {sa.cky_i for sa in self._keys.sas}
        if all(session.cky_i not in known for session in self._sorter.sessions):
            theirs = ", ".join(sa.cky_i.hex() for sa in self._keys.sas[:3])
            ours = ", ".join(session.cky_i.hex() for session in self._sorter.sessions[:3])
            raise KeysOfAnotherCapture(
                f"{self._keys.path}: the keys of another capture: it holds initiator cookies {theirs}, "
                f"{self._capture.path} has {ours}",
            )
        for session in self._sorter.sessions:
            if session.keys is None:
                cookies = f"{session.cky_i.hex()} {session.cky_r.hex()}"
                self._report.notes.append(f"key file: no keys for the ISAKMP SA with the cookies {cookies}")

    # ---- judging ----

    def _judge(self, session: Session, observed: Observed) -> None:
        header = observed.wire.header
        if observed.wire.datagram[MAJOR_OFFSET] >> 4 == IKE_V2 and header.exchange >= FIRST_IKE_V2_EXCHANGE:
            report = new_report(self._under(session, observed, None), observed)
            report.breach("version", MAJOR.cite, "IKE version 2, not judged", "ISAKMP header", MAJOR_OFFSET)
        elif header.exchange in PHASE_1:
            self._judge_phase_1(session, observed)
        elif header.exchange == ExchangeType.QUICK:
            self._judge_quick(session, observed)
        elif header.exchange == ExchangeType.TRANSACTION:
            self._judge_transaction(session, observed)
        elif header.exchange == ExchangeType.INFORMATIONAL:
            self._judge_informational(session, observed)
        else:
            name = _name(header.exchange)
            track = self._under(session, observed, None)
            judge_foreign(track, observed, f"exchange type {int(header.exchange)} ({name}) has no table")
        stray = self._sorter.strays.pop(id(session), None)
        if stray is not None:
            report = self._last_message(session, observed)
            which = "responder's" if stray.cky_i == session.cky_i else "initiator's"
            detail = f"no exchange has these cookies; one between the same ends differs in the {which} only"
            report.breach(COOKIES, "RFC2408:5.2", detail, "ISAKMP header", 8 if stray.cky_i == session.cky_i else 0)

    def _last_message(self, session: Session, observed: Observed) -> MessageReport:
        tracks = [track for track in (session.phase_1, *session.tracks.values()) if track is not None]
        return next(m for t in tracks for m in reversed(t.report.messages) if m.frame == observed.datagram.frame)

    def _track(self, session: Session, observed: Observed, exchange: Exchange | None, phase: int) -> Track:
        header = observed.wire.header
        name = exchange.name.removesuffix("-clear") if exchange is not None else _name(header.exchange)
        report = ExchangeReport(name, session.cky_i, session.cky_r, header.message_id)
        self._report.exchanges.append(report)
        return Track(session, report, exchange, Role.I if phase == 1 else observed.sender, phase)

    def _judge_phase_1(self, session: Session, observed: Observed) -> None:
        header = observed.wire.header
        forms = PHASE_1[ExchangeType(header.exchange)]
        method, auth = session.method, session.auth
        if session.phase_1 is None:
            known = method is None or auth is not None
            session.phase_1 = self._track(session, observed, forms.get(auth or Auth.PSK) if known else None, 1)
            session.phase_1.report.auth = method.label if method is not None else None
        track = session.phase_1
        if track.exchange is None:
            label = method.label if method is not None else "an unknown method"
            judge_foreign(track, observed, f"authentication by {label} has no table")
            return
        if header.exchange != track.exchange.type:
            report = new_report(track, observed)
            wire_checks(report, observed.wire, observed.wire.chain if observed.wire.encrypted is None else None)
            detail = f"exchange type {int(header.exchange)} in the middle of {track.exchange.title}"
            report.breach("exchange type", "RFC2409:5", detail, "ISAKMP header", 18)
            return
        if fragment_of(observed.wire) is not None:
            self._fragment(track, observed)
            return
        judge(track, observed)

    def _fragment(self, track: Track, observed: Observed) -> None:
        report = new_report(track, observed)
        report.payloads = payload_names(observed.wire.chain)
        wire_checks(report, observed.wire, observed.wire.chain)
        piece = fragment_of(observed.wire)
        if piece is not None:
            last = ", the last" if piece.flags else ""
            report.notes.append(
                f"fragment {piece.number}{last} of message {piece.fragment_id} ({FRAGMENT.layout.cite})"
            )

    def _under(self, session: Session, observed: Observed, exchange: Exchange | None) -> Track:
        """The exchange under an ISAKMP SA that a message belongs to, by message id and type."""
        header = observed.wire.header
        key = header.message_id, int(header.exchange)
        track = session.tracks.get(key)
        if track is None:
            track = session.tracks[key] = self._track(session, observed, exchange, 2)
        return track

    def _judge_quick(self, session: Session, observed: Observed) -> None:
        report = judge(self._under(session, observed, quick_mode()), observed)
        phase_1 = session.phase_1
        if report.decrypted and phase_1 is not None and phase_1.exchange is not None:
            state = phase_1.states[observed.sender]
            if state.name == FAILED.name and observed.sender not in phase_1.stood:
                phase_1.carried_on(observed.sender)  # who begins or answers a quick mode has accepted phase 1

    def _judge_transaction(self, session: Session, observed: Observed) -> None:
        track = self._under(session, observed, transaction())
        report = judge(track, observed)
        payloads = track.read.payloads if track.read is not None and not report.retransmission else ()
        if not any(True for _ in report.deviations):
            for payload in payloads:
                if isinstance(payload, ATTR):
                    learn(track, report, payload)

    def _judge_informational(self, session: Session, observed: Observed) -> None:
        wire: Wire = observed.wire
        key = wire.header.message_id, int(wire.header.exchange)
        earlier = session.tracks.get(key)
        protected = wire.encrypted is not None
        if earlier is not None and earlier.repetition(wire) is None:
            session.tracks[wire.header.message_id, -len(session.tracks)] = session.tracks.pop(key)
        track = self._under(session, observed, informational(protected=protected))
        report = judge(track, observed)
        if earlier is not None and track is not earlier and protected:
            report.breach(MESSAGE_ID, "RFC2408:3.1", "the message id was used before", "ISAKMP header", 20)
        if report.retransmission:
            return
        if track.read is not None:
            heed(track, report, track.read, observed.sender, protected=protected)

    # ---- weighing ----

    def _weigh(self, session: Session) -> None:
        """Decide what was left open: under keys that are right, a message that does not agree is at fault itself."""
        told: set[int] = set()
        for suspect in session.suspects:
            if suspect.whole is not None and (len(suspect.whole.stood) < len(Role) or suspect.whole.turned):
                continue
            if suspect.blames_message:
                suspect.report.checks = [c for c in suspect.report.checks if c.check != suspect.check]
                suspect.report.violation(suspect.check, suspect.deviation)
                suspect.report.row = suspect.row or suspect.report.row
            elif id(suspect.ring) not in told:
                told.add(id(suspect.ring))
                self._report.findings.append(suspect.finding)
        complaints = {ring.complaint for ring in session.rings.values() if ring.complaint}
        self._report.findings += sorted(complaints)
        for track in (session.phase_1, *session.tracks.values()):
            if track is not None:
                track.conclude()


def _name(exchange: int) -> str:
    if exchange in frozenset(ExchangeType):
        return NAMES.get(ExchangeType(exchange), ExchangeType(exchange).name.lower().replace("_", " "))
    return f"exchange type {exchange}"
