"""Exchanges without rows: of other protocols, or of an unknown method. Read as far as keys go, and left undecided."""

from __future__ import annotations

from isakmp.conform.decrypting import open_observed
from isakmp.conform.observed import Observed, new_report
from isakmp.conform.opening import Closed, Opened, readable
from isakmp.conform.surroundings import encryption_checks
from isakmp.conform.track import Seen, Track
from isakmp.conform.verdicts import MessageReport
from isakmp.conform.wire import payload_names, wire_checks
from isakmp.spec.terms import Role

__all__ = ["judge_foreign"]


def judge_foreign(track: Track, observed: Observed, why: str) -> MessageReport:
    """Judge what can be judged of a message without a table; `why` says why there is none."""
    report = new_report(track, observed)
    if why not in track.report.undecided:
        track.report.undecided.append(why)
    earlier = track.repetition(observed.wire)
    if earlier is not None:
        earlier.repeated += 1
        report.retransmission, report.payloads, report.decrypted = (
            True,
            earlier.report.payloads,
            earlier.report.decrypted,
        )
        report.check("retransmission", "RFC2408:5.1", f"octet for octet that of frame {earlier.report.frame}", ok=True)
        return report
    opened = open_observed(track, report, observed)
    chain = readable(observed.wire, opened)
    wire_checks(report, observed.wire, chain, opened.why if isinstance(opened, Closed) else "")
    if chain is not None:
        report.payloads = payload_names(chain)
    if isinstance(opened, Opened):
        report.decrypted = True
        encryption_checks(report, opened, track.session.rings[Role.I].known.values.block_length)
    track.note(Seen(report, track.role(observed.sender), None, observed.wire))
    return report
