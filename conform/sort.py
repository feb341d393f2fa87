"""Which ISAKMP SA a datagram belongs to: by cookies, and before there is a responder's cookie by who began."""

from __future__ import annotations

from dataclasses import dataclass, field

from isakmp.conform.capture import Datagram
from isakmp.conform.keytypes import Keys
from isakmp.conform.session import Session
from isakmp.crypto.backend import Backend
from isakmp.machine.codec_message import Message as Wire
from isakmp.machine.codec_message import payload_type
from isakmp.machine.methods import auth_of
from isakmp.machine.negotiation import read_ike
from isakmp.spec.keying import Auth
from isakmp.spec.limits import NO_COOKIE
from isakmp.spec.payloads import MESSAGE_ID_ZERO, SA
from isakmp.spec.registries import AuthMethod, ExchangeType, PayloadType
from isakmp.spec.terms import Role

__all__ = ["Sorter"]


@dataclass(slots=True)
class Sorter:
    """The sessions of a capture, in the order in which they begin.

    `strays` are sessions that share one cookie with an earlier one between the same ends: likely a message whose cookie
    changed.
    """

    keys: Keys | None
    backend: Backend
    sessions: list[Session] = field(default_factory=list)
    strays: dict[int, Session] = field(default_factory=dict)
    _answered: set[int] = field(default_factory=set)
    _by_initiator: dict[bytes, list[Session]] = field(default_factory=dict)
    _by_responder: dict[bytes, Session] = field(default_factory=dict)

    def session(self, datagram: Datagram, wire: Wire) -> Session:
        """The session of a datagram, an old one or a new one."""
        header = wire.header
        same = self._by_initiator.setdefault(header.cky_i, [])
        for session in same:
            if header.cky_r == session.cky_r or (header.cky_r == NO_COOKIE and _between(session, datagram)):
                self._learn(session, wire, datagram)
                return session
        for session in same:
            # Only an answer of phase 1 fixes the responder's cookie: who refuses keeps no state, and draws a new one
            # for each notification in the clear.
            refused_again = id(session) not in self._answered and wire.encrypted is None
            if (
                header.cky_r != NO_COOKIE
                and _between(session, datagram)
                and (session.cky_r == NO_COOKIE or refused_again)
            ):
                session.cky_r = header.cky_r
                self._learn(session, wire, datagram)
                return session
        session = self._new(datagram, wire)
        same.append(session)
        self._learn(session, wire, datagram)
        return session

    def _new(self, datagram: Datagram, wire: Wire) -> Session:
        header = wire.header
        ends = datagram.source, datagram.destination
        # An answer is the first message that the capture shows of an exchange if it has both cookies and chooses.
        answers = header.cky_r != NO_COOKIE and header.exchange in MESSAGE_ID_ZERO and _chosen(wire) is not None
        initiator, responder = ends[::-1] if answers else ends
        session = Session(header.cky_i, header.cky_r, initiator, responder, self.backend)
        alike = self._by_initiator.get(header.cky_i, [])[:1]
        if header.cky_r != NO_COOKIE and header.cky_r in self._by_responder:
            alike = [*alike, self._by_responder[header.cky_r]]
        for earlier in alike:
            if _between(earlier, datagram):
                self.strays[id(session)] = earlier
        self.sessions.append(session)
        return session

    def _learn(self, session: Session, wire: Wire, datagram: Datagram) -> None:
        """Learn who began, and the method of authentication: from the answer, else from the first offered transform."""
        self._by_responder.setdefault(session.cky_r, session)
        if wire.header.exchange not in MESSAGE_ID_ZERO:
            return
        if wire.header.cky_r != NO_COOKIE:
            self._answered.add(id(session))
        if wire.header.cky_r == NO_COOKIE and not session.begun:  # whatever the capture shows before it
            session.begun = True
            session.initiator, session.responder = datagram.source, datagram.destination
        chosen = _chosen(wire)
        if chosen is not None and (session.method is None or session.sender(datagram) is Role.R):
            session.method = chosen
            session.auth = auth_of(chosen)
        if session.method is None and session.auth is None:
            session.auth = _form_without_offer(wire)

    def finish(self) -> None:
        """Give every session what the keys file holds for it, once all cookies are known."""
        for session in self.sessions:
            if self.keys is not None:
                session.keys = self.keys.for_sa(session.cky_i, session.cky_r)
            session.make_rings()


def _form_without_offer(wire: Wire) -> Auth | None:
    """The form of a main mode of which the negotiation is missing: identity and nonce together only in two of them.

    In the revised mode the nonce comes first, or behind HASH(1) (RFC 2409 section 5.3).
    """
    types = [payload_type(payload) for payload in wire.payloads]
    together = {PayloadType.ID, PayloadType.NONCE, PayloadType.KE} <= set(types) and PayloadType.SA not in types
    if wire.header.exchange != ExchangeType.IDENTITY_PROTECTION or not together:
        return None
    nonce_first = types.index(PayloadType.NONCE) < types.index(PayloadType.KE)
    return Auth.REVISED if nonce_first else Auth.ENCRYPTION


def _between(session: Session, datagram: Datagram) -> bool:
    ends = {session.initiator.address, session.responder.address}
    return {datagram.source.address, datagram.destination.address} == ends


def _chosen(wire: Wire) -> AuthMethod | None:
    for payload in wire.payloads:
        if isinstance(payload, SA):
            suites = [read_ike(t) for p in payload.proposals for t in p.transforms]
            return next((suite.auth for suite in suites if suite is not None), None)
    return None
