"""A datagram on its way to be judged, and the empty report that its judgement starts from."""

from __future__ import annotations

from typing import NamedTuple

from isakmp.conform.capture import Datagram
from isakmp.conform.surroundings import flag_notes
from isakmp.conform.track import Track
from isakmp.conform.verdicts import MessageReport
from isakmp.machine.codec_message import Message as Wire
from isakmp.spec.terms import Role

__all__ = ["Observed", "new_report"]


class Observed(NamedTuple):
    """A datagram, what the codec's lenient mode made of it, and who sent it, as a role of the ISAKMP SA."""

    datagram: Datagram
    wire: Wire
    sender: Role


def new_report(track: Track, observed: Observed) -> MessageReport:
    """An empty report of a message, put into the exchange's."""
    header, datagram = observed.wire.header, observed.datagram
    sender = track.role(observed.sender)
    report = MessageReport(datagram.frame, datagram.time, sender.value, observed.wire.encrypted is not None)
    report.transport = datagram.notes
    report.source, report.destination = str(datagram.source), str(datagram.destination)
    report.phase_1_sender = observed.sender.value
    flag_notes(report, header.flags, track.phase)
    track.report.messages.append(report)
    return report
