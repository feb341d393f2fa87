"""Who owns a datagram: the exchange that is under way, or a new one that it may begin; else why it belongs to none.

An exchange is found by cookies, message id and, where a cookie is missing, by address (RFC 2408 sections 3.1 and 5.2).
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

from isakmp.crypto.backend import Backend
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.codec_message import Message
from isakmp.machine.commit import held_up
from isakmp.machine.config import Config
from isakmp.machine.database import Database
from isakmp.machine.errors import Deviation, Disposition, LocalMisuse
from isakmp.machine.methods import auth_of
from isakmp.machine.negotiation import choose_ike
from isakmp.machine.results import isakmp_sa
from isakmp.machine.run import Run
from isakmp.machine.runs import Runs
from isakmp.machine.xauth import Users
from isakmp.spec import keying as k
from isakmp.spec.exchanges import PHASE_1, informational, new_group_mode, quick_mode, transaction
from isakmp.spec.limits import COOKIE_OCTETS, LARGEST_FIRST, NO_COOKIE
from isakmp.spec.messages import Exchange
from isakmp.spec.payloads import SA
from isakmp.spec.registries import ExchangeType, NotifyType
from isakmp.spec.terms import Role

NO_EXCHANGE = ("no exchange has these cookies", NotifyType.INVALID_COOKIE)
_COSTLY = (
    "an exchange that costs powers or a proof before the initiator has shown where it is",
    NotifyType.UNSUPPORTED_EXCHANGE_TYPE,
)
_UNWANTED = ("an exchange that is not among those that are answered", NotifyType.UNSUPPORTED_EXCHANGE_TYPE)
_TOO_LONG = (f"a first message of more than {LARGEST_FIRST} octets", NotifyType.PAYLOAD_MALFORMED)
_CROWDED = ("too many half-open exchanges from this address", NotifyType.INVALID_COOKIE)
_PHASE_2 = {
    ExchangeType.QUICK: quick_mode,
    ExchangeType.TRANSACTION: transaction,
    ExchangeType.NEW_GROUP: new_group_mode,
}


def refused(cite: str, detail: str, notify: NotifyType) -> Deviation:
    """Why a datagram is discarded before it meets a row."""
    return Deviation(0, "Header", "", cite, detail, notify, Disposition.LOG)


class Owners:
    """Finds owners among what a peer remembers, and makes those that a datagram may begin."""

    def __init__(self, config: Config, backend: Backend, database: Database, runs: Runs, users: Users) -> None:
        self.config = config
        self.backend = backend
        self.database = database
        self.runs = runs
        self.users = users

    def of(self, message: Message, address: Hashable) -> Run | Deviation:
        """The run that a message belongs to: one that is there, or a new one that it may begin."""
        header = message.header
        if header.exchange in PHASE_1:
            return self._of_phase_1(message, address)
        if header.exchange in _PHASE_2:
            return self._of_phase_2(message, _PHASE_2[ExchangeType(header.exchange)](), address)
        if header.exchange == ExchangeType.INFORMATIONAL:
            return self._of_informational(message, address)
        return refused("RFC2408:5.2", f"exchange type {header.exchange}", NotifyType.UNSUPPORTED_EXCHANGE_TYPE)

    def _of_phase_1(self, message: Message, address: Hashable) -> Run | Deviation:
        header = message.header
        if header.cky_i == NO_COOKIE:
            return refused("RFC2408:5.2", "the initiator's cookie is zero", NotifyType.INVALID_COOKIE)
        if header.cky_r != NO_COOKIE:
            run = self.database.begun(header.cky_i, header.cky_r, address)
            if run is None or run.table.exchange.type != header.exchange:
                return refused("RFC2408:5.2", *NO_EXCHANGE)
            return run
        run = self.database.half_open(header.cky_i, address)
        if run is not None:
            return run
        if self.database.half_open_from(address) >= self.config.half_open_per_address:
            return refused("RFC2408:1.7.1", *_CROWDED)
        if len(message.datagram) > LARGEST_FIRST:
            return refused("RFC2408:1.7.1", *_TOO_LONG)
        run = self.runs.fresh(self._table_choice(message), Role.R, address)
        answered = self.config.exchanges
        if answered is not None and run.table.exchange.name not in answered:
            return refused("RFC2408:5.2", *_UNWANTED)
        costly = self.config.costly_until
        if costly is not None and self.database.half_open_total() >= costly and run.table.exchange.costs_at_once:
            return refused("RFC2408:2.5.3", *_COSTLY)
        run.known.values[k.CKY_I] = header.cky_i
        run.known.values[k.CKY_R] = self.backend.random(COOKIE_OCTETS, str(k.CKY_R))
        return run

    def _table_choice(self, message: Message) -> Exchange:
        """Which table a first message goes to: the form of authentication is that of the offer we would accept."""
        exchange = PHASE_1[ExchangeType(message.header.exchange)]
        able = [proposal for proposal in self.config.ike if auth_of(proposal.auth) in exchange]
        for payload in message.payloads:
            chosen = choose_ike(payload, able) if isinstance(payload, SA) else None
            form = auth_of(chosen[1].auth) if chosen else None
            if form is not None:
                return exchange[form]
        # None is acceptable: the guards of whichever table say so.
        return next(iter(exchange.values()))

    def _of_phase_2(self, message: Message, exchange: Exchange, address: Hashable) -> Run | Deviation:
        header = message.header
        sa = self.database.sa(header.cky_i, header.cky_r)
        if sa is None:
            return refused("RFC2408:5.2", "no ISAKMP SA has these cookies", NotifyType.INVALID_COOKIE)
        run = self.database.phase_2(sa, header.message_id)
        if run is not None and run.table.exchange.type == header.exchange:
            return run
        if header.message_id in self.database.message_ids(sa):
            return refused("RFC2408:3.1", "the message id was used before", NotifyType.INVALID_MESSAGE_ID)
        run = self.runs.under(sa, exchange, Role.R, address, header.message_id)
        run.barred = self.users.barred(sa)
        run.reply = partial(self.users.answer, sa)
        return run

    def _of_informational(self, message: Message, address: Hashable) -> Run | Deviation:
        header = message.header
        owner = self.database.begun(header.cky_i, header.cky_r, address)
        if owner is None:
            return refused("RFC2408:5.2", *NO_EXCHANGE)
        if message.encrypted is None:
            run = self.runs.fresh(informational(protected=False), Role.R, address)
            run.message_id = header.message_id
            return run
        try:
            sa = self.database.sa(header.cky_i, header.cky_r) or isakmp_sa(owner, owner.known, 0.0)
        except (LocalMisuse, MissingValueError):
            return refused("RFC2408:4.8", "protected, but there are no keys yet", NotifyType.PAYLOAD_MALFORMED)
        # CONNECTED alone comes with the message id of the quick mode that it is about (RFC 2408 section 3.1).
        awaited = held_up(self.database.under(sa.cookies), header.message_id)
        if header.message_id in self.database.message_ids(sa) and not awaited:
            return refused("RFC2408:3.1", "the message id was used before", NotifyType.INVALID_MESSAGE_ID)
        return self.runs.under(sa, informational(protected=True), Role.R, address, header.message_id)
