"""What an initiator on the wire has seen, kept as it passes, and told as one document for programs at the end.

Messages and IPsec SAs have the names that they have in the document of ``isakmp run``. No key stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from isakmp.cli import values
from isakmp.cli.course import Result
from isakmp.cli.documents import configured_json, ipsec_sa_json, message_json
from isakmp.cli.live import QUIET_AFTER
from isakmp.cli.telling import Passed, rows_that_sent, tell_each
from isakmp.machine.codec import decode_payloads, encode_payloads
from isakmp.machine.codec_message import Payloads, payload_type
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Configured, Discarded, PhaseOneUp, PhaseTwoUp, Taken, UserAdmitted
from isakmp.machine.run import NOTHING_READ
from isakmp.machine.sa import IpsecSa, IpsecSaPair, IsakmpSa
from isakmp.machine.udp import Carried, Seen, Told, Unheard
from isakmp.spec.layouts import Payload
from isakmp.spec.table import Row
from isakmp.spec.terms import Role


class Transcript:
    """Takes what the transport tells of one handshake; `user` is whom this end is authenticated as, where there is one.

    Datagrams that belong to no exchange are kept up to a number, and only counted beyond: anybody can send them.
    """

    def __init__(self, exchange: str, peer: Endpoint, user: str | None = None) -> None:
        self._exchange, self._peer, self._user = exchange, peer, user
        self.places: tuple[Endpoint, ...] = ()
        self._admitted = False
        self._passed: list[Passed] = []
        self._arrived: Carried | None = None
        self._rows: dict[bytes, Row] = {}
        self._strange = 0
        self._sa: IsakmpSa | None = None
        self._pair: IpsecSaPair | None = None
        self._configured: Configured | None = None

    def take(self, seen: Seen) -> None:
        """Keep what has happened."""
        match seen:
            case Carried(sent=None):
                self._arrived = seen
            case Carried(sent=sent) if sent is not None:
                row, payloads = self._rows.get(seen.octets), _chain_of(sent.payloads)
                self._passed.append(Passed(seen.time, Role.I, seen.octets, row, payloads=payloads))
            case Unheard():
                self._arrived = None
                self._strange += 1
            case Told():
                self._told(seen)

    def _told(self, told: Told) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            self._strange += any(isinstance(each, Discarded) for each in told.outputs)
            if self._strange <= QUIET_AFTER or any(isinstance(each, Taken) for each in told.outputs):
                self._passed.append(Passed(arrived.time, Role.R, arrived.octets, None, told.outputs))
        for datagram, row in rows_that_sent(told.outputs):
            self._rows.setdefault(datagram, row)  # what is sent again is what was sent before
        for each in told.outputs:
            match each:
                case PhaseOneUp():
                    self._sa = each.sa
                case PhaseTwoUp():
                    self._pair = each.pair
                case UserAdmitted():
                    self._admitted = True
                case Configured():
                    self._configured = each

    def document(self, result: Result) -> dict[str, Any]:
        """What came of it, and why not more; what was agreed on; all messages with their payloads, decrypted."""
        sa, pair = self._sa, self._pair
        who = sa.peer_identity if sa else None
        pfs = pair is not None and pair.inbound.suite.group is not None
        return {
            "exchange": self._exchange,
            "peer": str(self._peer),
            "from": [str(place) for place in self.places],
            "outcome": result.outcome.value,
            "reason": result.reason,
            "auth": sa.suite.auth.label if sa else None,
            "proposal": str(sa.suite.suite) if sa else None,
            "initiator_cookie": sa.cky_i if sa else None,
            "responder_cookie": sa.cky_r if sa else None,
            "peer_identity": values.identity_text(who.type, who.data) if who else None,
            "message_id": pair.message_id if pair else None,
            "user": self._user if self._admitted else None,
            "configured": configured_json({Role.I: self._configured} if self._configured else {}),
            "messages": [message_json(told, {}) for told in tell_each(self._passed, pfs=pfs)],
            "discarded": self._strange,
            "ipsec_sas": [ipsec_sa_json(sender.value, one, keys=False) for sender, one in _one_way(pair)],
        }


def _chain_of(payloads: tuple[Payload, ...]) -> Payloads:
    """Payloads as they stood in the message that carried them, before it was encrypted."""
    if not payloads:
        return NOTHING_READ
    return decode_payloads(payload_type(payloads[0]), encode_payloads(payloads), lenient=True)


def _one_way(pair: IpsecSaPair | None) -> Iterator[tuple[Role, IpsecSa]]:
    """The IPsec SAs of an initiator, each with who sends on it."""
    if pair is not None:
        for inbound, outbound in ((pair.inbound, pair.outbound), *pair.beside):
            yield from ((Role.I, outbound), (Role.R, inbound))
