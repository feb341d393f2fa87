"""A handshake in memory, told message by message: who sends what, which rows it takes at both ends, what is computed.

Messages and rows are those of the peers' own outputs; names of payloads and formulas are those of the templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isakmp.cli import values
from isakmp.machine.bodies import body_of
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Payloads, payload_type
from isakmp.machine.memory import Delivery, Handshake
from isakmp.machine.outputs import Discarded, Ended, Output, Send, Taken
from isakmp.machine.read import match
from isakmp.spec.computing import computed_with
from isakmp.spec.exchanges import exchanges
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Exchange, Message
from isakmp.spec.payloads import ATTR, Attribute
from isakmp.spec.table import Row
from isakmp.spec.terms import Def, Role
from isakmp.spec.xauth import SECRETS


@dataclass(frozen=True)
class ToldPayload:
    """A payload of a message: its place in the datagram in octets, its name in the RFC's figure, what it says.

    `body` is without the generic header.
    """

    type: int
    name: str
    slot: str
    offset: int
    length: int
    body: bytes
    text: str


@dataclass(frozen=True)
class Told:
    """A message: when (seconds), by whom, its template, the rows that sent and took it, what is new to compute."""

    number: int
    time: float
    sender: Role
    datagram: bytes
    encrypted: bool
    template: Message | None
    payloads: tuple[ToldPayload, ...]
    rows: dict[Role, Row | None]
    formulas: tuple[Def, ...]
    problems: tuple[str, ...]


def tell(handshake: Handshake, *, pfs: bool) -> Iterator[Told]:
    """Tell a handshake; `pfs` says whether its quick mode has a Diffie-Hellman exchange of its own."""
    by_key = {exchange.key: exchange for exchange in exchanges()}
    sent_by = _rows_that_sent(handshake)
    told: set[str] = set()
    for number, delivery in enumerate(handshake.deliveries, 1):
        taken = next((output for output in delivery.outputs if isinstance(output, Taken)), None)
        sending = sent_by.get((delivery.sender, delivery.datagram))
        exchange = by_key.get(taken.row.exchange if taken else sending.exchange if sending else "")
        template = _template(exchange, taken, sending)
        message = decode(delivery.datagram, lenient=True)
        chain = taken.chain if taken and taken.chain.payloads else message.chain
        formulas = tuple(computed_with(exchange, template, told, pfs=pfs)) if exchange and template else ()
        yield Told(
            number,
            delivery.time,
            delivery.sender,
            delivery.datagram,
            message.encrypted is not None,
            template,
            tuple(_payloads(chain, template)),
            {delivery.sender: sending, delivery.sender.other: taken.row if taken else None},
            formulas,
            tuple(_problems(delivery)),
        )


def _rows_that_sent(handshake: Handshake) -> dict[tuple[Role, bytes], Row]:
    """The row that each end took before it sent a datagram."""
    found: dict[tuple[Role, bytes], Row] = {}

    def note(role: Role, outputs: tuple[Output, ...]) -> None:
        row: Row | None = None
        for output in outputs:
            if isinstance(output, Taken):
                row = output.row
            elif isinstance(output, Send) and row is not None:
                found[role, output.datagram] = row

    for role, outputs in zip(handshake.starters, handshake.started, strict=True):
        note(role, outputs)
    for delivery in handshake.deliveries:
        note(delivery.sender.other, delivery.outputs)
    return found


def _template(exchange: Exchange | None, taken: Taken | None, sending: Row | None) -> Message | None:
    name = (taken.row.event.message if taken else None) or (sending.emits if sending else None)
    return next((m for m in exchange.messages if m.name == name), None) if exchange and name else None


def _payloads(chain: Payloads, template: Message | None) -> Iterator[ToldPayload]:
    positions = match(template, chain)[0] if template else {}
    slots = {position: slot.subject for slot, position in positions.items()}
    for index, payload in enumerate(chain.payloads):
        start, end = chain.spans[index]
        yield ToldPayload(
            int(payload_type(payload)),
            values.payload_name(payload),
            slots.get(index, ""),
            start,
            end - start,
            _without_secrets(payload, chain.body(index)),
            values.payload_text(payload),
        )


def _without_secrets(payload: Payload, body: bytes) -> bytes:
    """The body of a payload, with zeros for what only a user knows."""
    if not isinstance(payload, ATTR) or not any(one.type in SECRETS for one in payload.attributes):
        return body
    shown = (
        Attribute(one.type, bytes(len(one.value))) if one.type in SECRETS and isinstance(one.value, bytes) else one
        for one in payload.attributes
    )
    return body_of(ATTR(payload.type, payload.identifier, tuple(shown)))


def _problems(delivery: Delivery) -> Iterator[str]:
    for output in delivery.outputs:
        match output:
            case Discarded():
                yield f"discarded: {output.reason}"
            case Taken() if output.problem is not None:
                yield str(output.problem)
            case Ended():
                yield f"{output.exchange} ended in {output.state}: {output.reason}"
