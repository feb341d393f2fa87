"""Informational exchanges: what notifications and deletes say, and which exchange they end.

In the clear anyone can send one, so the table has its receiver discard it; that its *sender* refused something is
told all the same, and an onlooker believes it.
"""

from __future__ import annotations

from isakmp.conform.session import Session
from isakmp.conform.track import Track
from isakmp.conform.verdicts import MessageReport
from isakmp.machine.codec_message import Payloads
from isakmp.spec.events import EventKind
from isakmp.spec.limits import FIRST_PRIVATE_PAYLOAD, FIRST_STATUS
from isakmp.spec.payloads import CERT, CR, D, N, Unknown
from isakmp.spec.registries import CertEncoding, NotifyType, ProtocolId
from isakmp.spec.table import Kind
from isakmp.spec.terms import Role

__all__ = ["describe", "heed"]

DPD = "dead peer detection"
DPD_SECTION = "RFC3706:5.2"


def heed(track: Track, report: MessageReport, chain: Payloads, sender: Role, *, protected: bool) -> None:
    """Let the payloads of an informational message act on the exchanges of its session.

    Args:
        track: the informational exchange.
        report: where names, checks and effects go.
        chain: its payloads.
        sender: who sent it, as a role of the ISAKMP SA.
        protected: whether it is under the SA's protection.

    """
    for payload in chain.payloads:
        if isinstance(payload, N):
            _notify(track, report, payload, sender, protected=protected)
        elif isinstance(payload, D):
            _delete(track, report, payload, sender, protected=protected)


def describe(report: MessageReport, session: Session, chain: Payloads) -> None:
    """Name notifications, certificates, requests for them and payloads of private types; check INITIAL-CONTACT."""
    for position, payload in enumerate(chain.payloads):
        if isinstance(payload, N):
            report.notes.append(_in_words(payload))
            if payload.type == NotifyType.INITIAL_CONTACT and payload.spi != session.cky_i + session.cky_r:
                detail = "the SPI of INITIAL-CONTACT is not the two cookies of the ISAKMP SA"
                report.breach(
                    "notification", NotifyType.INITIAL_CONTACT.cite, detail, "N payload", chain.offsets[position]
                )
        elif isinstance(payload, CERT | CR):
            name = CertEncoding(payload.encoding).label if payload.encoding in frozenset(CertEncoding) else "unknown"
            report.notes.append(f"{type(payload).__name__}: encoding {int(payload.encoding)}, {name}")
        elif isinstance(payload, Unknown) and payload.type >= FIRST_PRIVATE_PAYLOAD:
            report.notes.append(f"payload of private type {int(payload.type)}, {len(payload.data)} octets")


def _in_words(payload: N) -> str:
    spi = f", SPI {payload.spi.hex()}" if payload.spi else ""
    data = f", {len(payload.data)} octets of data: {payload.data[:16].hex()}" if payload.data else ""
    where = f"DOI {int(payload.doi)}, protocol {int(payload.protocol)}"
    return f"N: {_label(payload.type)} ({int(payload.type)}), {where}{spi}{data}"


def _label(number: int) -> str:
    return NotifyType(number).label if number in frozenset(NotifyType) else f"notify {number}"


def _notify(track: Track, report: MessageReport, payload: N, sender: Role, *, protected: bool) -> None:
    label = _label(payload.type)
    if payload.type in (NotifyType.R_U_THERE, NotifyType.R_U_THERE_ACK):
        _dead_peer_detection(track, report, payload, sender)
    elif payload.type < FIRST_STATUS:
        for target in _failed(track, payload, sender):
            target.told(target.role(sender), payload.type, label)
            _apply(track, target, report, sender, EventKind.NOTIFY_PROTECTED if protected else EventKind.NOTIFY_CLEAR)


def _dead_peer_detection(track: Track, report: MessageReport, payload: N, sender: Role) -> None:
    """Both cookies as SPI, and an answer with the number that was asked with (RFC 3706 sections 5.2 and 6.1)."""
    session = track.session
    if payload.spi != session.cky_i + session.cky_r:
        report.breach(DPD, DPD_SECTION, "the SPI is not the two cookies of the ISAKMP SA", "N payload")
    elif payload.type == NotifyType.R_U_THERE:
        session.sequences.setdefault(sender, set()).add(payload.data)
        report.check(DPD, DPD_SECTION, f"sequence number {payload.data.hex()}", ok=True)
    elif payload.data in session.sequences.get(sender.other, ()):
        report.check(DPD, "RFC3706:6.1", f"echoes sequence number {payload.data.hex()}", ok=True)
    else:
        report.check(
            DPD, "RFC3706:6.1", f"answers sequence number {payload.data.hex()}, which the capture does not ask", ok=None
        )


def _failed(track: Track, payload: N, sender: Role) -> list[Track]:
    """The exchange that an error is about: by SPI, else the last one that its sender did not finish."""
    session = track.session
    under = [each for each in session.tracks.values() if each is not track and each.exchange is not None and each.known]
    quick = [each for each in under if len(each.stood) < len(Role) and each.exchange and each.exchange.keys]
    named = [each for each in quick if any(payload.spi) and _has_spi(each, payload.spi)]
    waiting = [
        each for each in quick if not each.failure and each.order and each.order[-1].sender is each.role(sender.other)
    ]
    phase_1 = session.phase_1
    if named or waiting:
        return [(named or waiting)[-1]]
    if phase_1 is not None and len(phase_1.stood) < len(Role) and phase_1.exchange is not None:
        return [phase_1]
    return []


def _has_spi(track: Track, spi: bytes) -> bool:
    known = track.known
    offered = [p.spi for p in known.offer.proposals] if known is not None and known.offer is not None else []
    return known is not None and spi in (known.peer_spi, *offered)


def _delete(track: Track, report: MessageReport, payload: D, sender: Role, *, protected: bool) -> None:
    session = track.session
    spis = ", ".join(spi.hex() for spi in payload.spis)
    report.notes.append(f"D: protocol {int(payload.protocol)}, SPI {spis}")
    kind = EventKind.DELETE_PROTECTED if protected else EventKind.DELETE_CLEAR
    cookies = session.cky_i + session.cky_r
    for spi in payload.spis:
        if payload.protocol == ProtocolId.ISAKMP:
            if spi == cookies and session.phase_1 is not None and session.phase_1.exchange is not None:
                _close(track, session.phase_1, report, sender, kind)
            elif spi != cookies:
                report.notes.append("D: names another ISAKMP SA than the one that protects it")
        else:
            for each in session.tracks.values():
                if each.exchange is not None and each.known is not None and _has_spi(each, spi):
                    _close(track, each, report, sender, kind)


def _close(track: Track, target: Track, report: MessageReport, sender: Role, kind: EventKind) -> None:
    """A delete: its sender has closed the SA, its receiver is told."""
    if kind is EventKind.DELETE_PROTECTED:
        mine = target.role(sender)
        if target.states[mine].kind is Kind.ESTABLISHED:
            target.move(mine, target.row(mine, EventKind.CLOSE))
        elif mine in target.refused and not target.failure:
            target.failure = f"the {mine.value} deletes what it had to refuse: {target.hint}"
        target.report.notes.append(f"deleted by the {mine.value} in frame {report.frame}")
    _apply(track, target, report, sender, kind)


def _apply(track: Track, target: Track, report: MessageReport, sender: Role, kind: EventKind) -> None:
    """Let the other end learn of it, if it could read the message."""
    if Role.R not in track.stood:
        return
    receiver = target.role(sender).other
    row = target.row(receiver, kind)
    report.effects.append(row.id)
    target.move(receiver, row)
