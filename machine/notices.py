"""Notifications and deletes: what we say of a failure or an end, and which exchange a received one is about."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from isakmp.machine.commit import held_up
from isakmp.machine.database import Database
from isakmp.machine.newgroup import refused
from isakmp.machine.run import Run, Step
from isakmp.machine.several import spis_of_further
from isakmp.spec import keying as k
from isakmp.spec.events import EventKind
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import FIRST_STATUS, OF_PAYLOADS
from isakmp.spec.payloads import D, Header, N
from isakmp.spec.registries import Doi, ExchangeType, NotifyType, ProtocolId
from isakmp.spec.table import Kind
from isakmp.spec.terms import Role


def error_payload(step: Step, notify: NotifyType) -> N:
    """The notification of a failed check; its SPI names the SA that it is about (RFC 2408 section 3.14)."""
    store = step.run.known.values.store
    cookies = store[str(k.CKY_I)] + store.get(str(k.CKY_R), b"")
    if step.run.sa is not None and step.draft.peer_spi:
        return N(Doi.IPSEC, ProtocolId.ESP, notify, step.draft.peer_spi)
    return N(Doi.IPSEC, ProtocolId.ISAKMP, notify, cookies)


def delete_payloads(run: Run) -> tuple[D, ...]:
    """The deletes for what a run made: an ISAKMP SA by its cookies, an IPsec SA by the SPI that the sender chose."""
    store = run.known.values.store
    if run.sa is None:
        return (D(Doi.IPSEC, ProtocolId.ISAKMP, (store[str(k.CKY_I)] + store[str(k.CKY_R)],)),)
    if run.known.ipsec is None:
        return ()
    others = (D(Doi.IPSEC, part.protocol, (run.known.other_spis[part.protocol],)) for part in run.known.ipsec.beside)
    further = (D(Doi.IPSEC, protocol, (own,)) for protocol, own, _ in spis_of_further(run.known))
    return (D(Doi.IPSEC, run.known.ipsec.protocol, (run.known.spi,)), *others, *further)


def spis_of(run: Run) -> tuple[bytes, ...]:
    """The inbound SPIs of both ends of a quick mode, of all its protocols and SAs."""
    known = run.known
    beside = known.ipsec.beside if known.ipsec is not None else ()
    others = [spis[part.protocol] for part in beside for spis in (known.other_spis, known.peer_other_spis) if spis]
    further = [spi for _, own, peer in spis_of_further(known) for spi in (own, peer) if spi]
    return (known.spi, known.peer_spi, *others, *further)


def other_isakmp_sas(header: Header, payloads: tuple[Payload, ...]) -> Iterator[bytes]:
    """The ISAKMP SAs that are deleted under another one: both cookies of each."""
    for payload in payloads:
        if isinstance(payload, D) and payload.protocol == ProtocolId.ISAKMP:
            yield from (spi for spi in payload.spis if spi != header.cky_i + header.cky_r)


def _unnamed(database: Database, cookies: bytes, payload: N) -> list[Run]:
    """The one quick mode that waits for an answer, where a notification is about SAs and names none of them.

    Who chose nothing has no SPI of its own to name (RFC 2408 section 3.14); strongSwan 5.9 names 0.
    """
    if payload.protocol == ProtocolId.ISAKMP or any(payload.spi):
        return []
    quick = (run for run in database.under(cookies) if run.table.exchange.type is ExchangeType.QUICK)
    waiting = [run for run in quick if run.at.kind is Kind.RUNNING and run.table.role is Role.I]
    return waiting if len(waiting) == 1 else []


def targets(
    database: Database, header: Header, address: Hashable, payloads: tuple[Payload, ...], *, protected: bool
) -> Iterator[tuple[Run, EventKind]]:
    """The exchanges that received notifications and deletes are about, and the event that each of them is."""
    cookies = header.cky_i + header.cky_r
    notify = EventKind.NOTIFY_PROTECTED if protected else EventKind.NOTIFY_CLEAR
    delete = EventKind.DELETE_PROTECTED if protected else EventKind.DELETE_CLEAR
    phase_1 = database.begun(header.cky_i, header.cky_r, address)
    for payload in payloads:
        if isinstance(payload, N) and payload.type == NotifyType.CONNECTED:
            for run in held_up(database.under(cookies), header.message_id):
                yield run, EventKind.CONNECTED if protected else EventKind.CONNECTED_CLEAR
        elif isinstance(payload, N) and payload.type < FIRST_STATUS and payload.type not in OF_PAYLOADS:
            named = [run for run in database.under(cookies) if payload.spi and payload.spi in spis_of(run)]
            about = named or refused(database.under(cookies), payload.type) or _unnamed(database, cookies, payload)
            for run in about or filter(None, (phase_1,)):
                yield run, notify
        elif isinstance(payload, D):
            for spi in payload.spis:
                if payload.protocol == ProtocolId.ISAKMP and spi == cookies and phase_1 is not None:
                    yield phase_1, delete
                for run in database.under(cookies):
                    # Either side's SPI is accepted: RFC 2408 names the sender's, peers differ.
                    if payload.protocol != ProtocolId.ISAKMP and spi in spis_of(run):
                        yield run, delete
