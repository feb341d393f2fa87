"""A recorded run as a document of the form `ikev1-vectors/1`: every value by its name in the RFCs, in hexadecimal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from isakmp.conform.vectors.courses import Plan
from isakmp.conform.vectors.formulas import Json, place
from isakmp.conform.vectors.onlooker import Onlooker, Seen
from isakmp.conform.vectors.recording import Carried, Stage
from isakmp.conform.vectors.secrets import credentials, group_numbers, suite
from isakmp.machine.codec_message import payload_type
from isakmp.machine.read import match
from isakmp.spec import keying as k
from isakmp.spec.exchanges import exchanges
from isakmp.spec.messages import Exchange
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Role

FORMAT: Final = "ikev1-vectors/1"

_EXCHANGES: Final = {exchange.key: exchange for exchange in exchanges()}


class Writer:
    """Writes down a run that has come to its end.

    `seen` and `vectors` hold, by the numbers of messages, what was seen of them and their initialization vectors.
    """

    def __init__(self, plan: Plan, stage: Stage) -> None:
        self.plan = plan
        self.stage = stage
        self.seen: dict[int, tuple[Seen, Onlooker]] = {}
        self.vectors: dict[int, bytes | None] = {}
        self._onlookers: dict[tuple[str, int], Onlooker] = {}
        self._messages: dict[tuple[str, int], list[Json]] = {}

    def document(self) -> Json:
        """The document, without vectors that have to be rejected.

        Raises:
            LookupError: a message was not taken.
        """
        for one in self.stage.carried:
            self._write(one)
        return {
            "format": FORMAT,
            "name": self.plan.name,
            "exchange": self.plan.exchange,
            "seed": self.plan.seed,
            "suite": suite(self.plan.configs[Role.I].ike[0]),
            "credentials": credentials(self.plan.configs),
            "random": [
                {"name": one.name, "by": one.by.value, "message": one.message, "value": one.octets.hex()}
                for one in self.stage.drawn
            ],
            "exchanges": [
                {**_about(onlooker), "messages": self._messages[key]} for key, onlooker in self._onlookers.items()
            ],
        }

    def _write(self, one: Carried) -> None:
        taken = one.taken
        exchange = _EXCHANGES[taken.row.exchange]
        template = exchange.message(str(one.sending.emits))
        seen = Seen(one, template, taken.chain, match(template, taken.chain)[0])
        key = (exchange.key, taken.message_id)
        onlooker = self._onlookers.get(key) or self._begin(exchange, taken.message_id)
        onlooker.bind(seen)
        computes = list(onlooker.computes(seen))
        vector, encryption = onlooker.decrypts(seen)
        self.seen[one.number], self.vectors[one.number] = (seen, onlooker), vector
        if template is exchange.messages[-1] and k.keymat(pfs=False) in exchange.keys:
            pair = next(pair for pair in self.stage.pairs if pair.message_id == taken.message_id)
            computes += onlooker.keying_material(pair)
        self._messages[key].append(
            {
                "number": one.number,
                "name": template.name,
                "from": one.sender.value,
                "content": template.label,
                **place(template.cite),
                "sent_by": one.sending.id,
                "taken_by": taken.row.id,
                "computes": computes,
                "payloads": list(_payloads(seen)),
                **encryption,
                "datagram": one.sent.datagram.hex(),
                **_travel(one),
            }
        )

    def _begin(self, exchange: Exchange, message_id: int) -> Onlooker:
        config = self.plan.configs[Role.I]
        onlooker = Onlooker(exchange, message_id, self.stage.backend, config.ike[0])
        if exchange.phase == 1:
            onlooker.begin(config.credentials.psk)
        else:
            onlooker.begin_under(next(iter(self._onlookers.values())))
        self._onlookers[exchange.key, message_id] = onlooker
        self._messages[exchange.key, message_id] = []
        return onlooker


def _about(onlooker: Onlooker) -> Json:
    exchange = onlooker.exchange
    return {
        "exchange": exchange.name,
        "title": exchange.title,
        **place(exchange.cite),
        "message_id": onlooker.message_id,
        **({} if onlooker.group is None else {"group": group_numbers(onlooker.group)}),
    }


def _travel(one: Carried) -> Json:
    """The fragments that a datagram travels in, and its addresses, where there are any."""
    found: Json = {"fragments": [piece.hex() for piece in one.pieces]} if one.pieces else {}
    if one.passage is not None:
        source, destination, seen = map(str, one.passage)
        found["addresses"] = {"from": source, "to": destination, "seen_from": seen}
    return found


def _payloads(seen: Seen) -> Iterator[Json]:
    """The payloads of a message, in their order: as they were read, and of those that came encrypted, how."""
    terms = {position: slot for slot, position in seen.positions.items()}
    for position, payload in enumerate(seen.chain.payloads):
        kind = payload_type(payload)
        slot = terms.get(position)
        sealed = {"sealed": seen.chain.octets(position)[4:].hex()} if position in seen.chain.opened else {}
        yield {
            "type": int(kind),
            "payload": PayloadType.describe(kind),
            **({} if slot is None else {"name": slot.subject, "carries": str(slot.value)}),
            "body": seen.chain.body(position).hex(),
            **sealed,
        }
