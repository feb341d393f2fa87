"""Exchanges for which the table has no rows yet: read as far as keys go, their hash recomputed, and left undecided.

Transaction exchanges (mode config, XAuth) protect their payloads as informational exchanges do: the same formula,
under the same key (draft-dukes-ike-mode-cfg-02 section 3.1.1).
"""

from __future__ import annotations

from isakmp.conform.decrypting import open_observed, phase_2_knowledge
from isakmp.conform.observed import Observed, new_report
from isakmp.conform.opening import Closed, Opened, readable
from isakmp.conform.session import evaluate
from isakmp.conform.surroundings import encryption_checks
from isakmp.conform.track import Seen, Track
from isakmp.conform.verdicts import MessageReport, Outcome
from isakmp.conform.wire import payload_names, wire_checks
from isakmp.machine.codec_message import Payloads
from isakmp.spec import keying as k
from isakmp.spec.payloads import ATTR, HASH
from isakmp.spec.registries import ConfigAttribute, ConfigType, ExchangeType, XauthStatus
from isakmp.spec.terms import Role

__all__ = ["judge_foreign"]

TRANSACTION_SECTION = "MODECFG:3.1.1"


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
        if observed.wire.header.exchange == ExchangeType.TRANSACTION:
            if track.known is None:
                track.known = phase_2_knowledge(track, opened)
            _transaction(track, report, opened.chain)
    track.note(Seen(report, track.role(observed.sender), None, observed.wire))
    return report


def _transaction(track: Track, report: MessageReport, chain: Payloads) -> None:
    known = track.known
    if known is None or not chain.payloads or not isinstance(chain.payloads[0], HASH):
        report.breach("HASH", TRANSACTION_SECTION, "a transaction exchange without HASH as its first payload")
        return
    known.values.rest = chain.after(0)
    computed, why = evaluate(known.values, k.HASH_1_INFORMATIONAL)
    if computed is None:
        report.check("HASH", TRANSACTION_SECTION, why, ok=None)
    elif computed == chain.body(0):
        track.hashes.setdefault("HASH", set()).add(computed)
        report.check("HASH", TRANSACTION_SECTION, "prf(SKEYID_a, M-ID | ATTR)", ok=True)
    else:
        report.breach("HASH", TRANSACTION_SECTION, "is not prf(SKEYID_a, M-ID | ATTR)", "HASH")
        return
    for payload in chain.payloads:
        if isinstance(payload, ATTR):
            _configuration(track, report, payload)


def _configuration(track: Track, report: MessageReport, payload: ATTR) -> None:
    """Tell the attributes; the status of XAuth is the outcome, and any answer completes what was asked."""
    names = [_name(attribute.type) for attribute in payload.attributes]
    kind = ConfigType(payload.type).label if payload.type in frozenset(ConfigType) else f"type {payload.type}"
    report.notes.append(f"ATTR: {kind}: {', '.join(names) or 'no attributes'}")
    status = [a.number for a in payload.attributes if a.type == ConfigAttribute.XAUTH_STATUS]
    if payload.type == ConfigType.SET and XauthStatus.FAIL in status:
        track.settled = Outcome.FAILED
        track.report.reason = "XAuth failed"
    elif payload.type in (ConfigType.REPLY, ConfigType.ACK) and track.settled is None:
        track.settled = Outcome.ESTABLISHED


def _name(number: int) -> str:
    return ConfigAttribute(number).label if number in frozenset(ConfigAttribute) else f"attribute {number}"
