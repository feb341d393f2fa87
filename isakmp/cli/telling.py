"""A handshake, told message by message: who sends what, which rows it takes at our ends, what is computed.

Messages and rows are those of the peers' own outputs; names of payloads and formulas are those of the templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from isakmp.cli import values
from isakmp.machine.bodies import body_of
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message, Payloads, payload_type
from isakmp.machine.errors import ProtocolError
from isakmp.machine.memory import Handshake
from isakmp.machine.outputs import Discarded, Ended, Output, Send, Taken
from isakmp.machine.read import match
from isakmp.machine.run import NOTHING_READ
from isakmp.spec.computing import computed_with
from isakmp.spec.exchanges import exchanges
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Exchange
from isakmp.spec.messages import Message as Template
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
    template: Template | None
    payloads: tuple[ToldPayload, ...]
    rows: dict[Role, Row | None]
    formulas: tuple[Def, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Passed:
    """A datagram as an end of ours saw it pass: when (seconds), by whom, and what the end that took it made of it.

    `sending` is the row that sent it, where that end is ours. `payloads` are those that were written, before
    encryption; without any, those are told that `outputs` have read, or that can be read in the clear.
    """

    time: float
    sender: Role
    datagram: bytes
    sending: Row | None
    outputs: tuple[Output, ...] = ()
    payloads: Payloads = NOTHING_READ

    @property
    def taken(self) -> Taken | None:
        """The first row that it was taken by."""
        return next((output for output in self.outputs if isinstance(output, Taken)), None)


def tell(handshake: Handshake, *, pfs: bool) -> Iterator[Told]:
    """Tell a handshake; `pfs` says whether its quick mode has a Diffie-Hellman exchange of its own."""
    sent_by = _rows_of_both(handshake)
    return tell_each(
        (
            Passed(one.time, one.sender, one.datagram, sent_by.get((one.sender, one.datagram)), one.outputs)
            for one in handshake.deliveries
        ),
        pfs=pfs,
    )


def tell_each(passed: Iterable[Passed], *, pfs: bool) -> Iterator[Told]:
    """Tell datagrams in the order in which they passed; formulas are told where they are computed first."""
    by_key = {exchange.key: exchange for exchange in exchanges()}
    told: set[str] = set()
    for number, one in enumerate(passed, 1):
        taken = one.taken
        exchange = by_key.get(taken.row.exchange if taken else one.sending.exchange if one.sending else "")
        template = _template(exchange, taken, one.sending)
        message = _decoded(one.datagram)
        chain = _chain(one, message)
        formulas = tuple(computed_with(exchange, template, told, pfs=pfs)) if exchange and template else ()
        yield Told(
            number,
            one.time,
            one.sender,
            one.datagram,
            message is not None and message.encrypted is not None,
            template,
            tuple(_payloads(chain, template)),
            {one.sender: one.sending, one.sender.other: taken.row if taken else None},
            formulas,
            tuple(_problems(one.outputs)),
        )


def _chain(passed: Passed, message: Message | None) -> Payloads:
    """The payloads of a datagram, as far as anybody here has read or written them."""
    taken = passed.taken
    known = (passed.payloads, taken.chain if taken else NOTHING_READ, message.chain if message else NOTHING_READ)
    return next((chain for chain in known if chain.payloads), NOTHING_READ)


def _decoded(datagram: bytes) -> Message | None:
    """What can be read of a datagram without keys; None of what has no header."""
    try:
        return decode(datagram, lenient=True)
    except ProtocolError:
        return None


def rows_that_sent(outputs: Iterable[Output]) -> Iterator[tuple[bytes, Row]]:
    """The datagrams that an end has sent, each with the row that it took before."""
    row: Row | None = None
    for output in outputs:
        if isinstance(output, Taken):
            row = output.row
        elif isinstance(output, Send) and row is not None:
            yield output.datagram, row


def _rows_of_both(handshake: Handshake) -> dict[tuple[Role, bytes], Row]:
    """The row that each end took before it sent a datagram."""
    begun = zip(handshake.starters, handshake.started, strict=True)
    answered = ((delivery.sender.other, delivery.outputs) for delivery in handshake.deliveries)
    return {(role, datagram): row for role, outputs in (*begun, *answered) for datagram, row in rows_that_sent(outputs)}


def _template(exchange: Exchange | None, taken: Taken | None, sending: Row | None) -> Template | None:
    name = (taken.row.event.message if taken else None) or (sending.emits if sending else None)
    return next((m for m in exchange.messages if m.name == name), None) if exchange and name else None


def _payloads(chain: Payloads, template: Template | None) -> Iterator[ToldPayload]:
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


def _problems(outputs: Iterable[Output]) -> Iterator[str]:
    for output in outputs:
        match output:
            case Discarded():
                yield f"discarded: {output.reason}"
            case Taken() if output.problem is not None:
                yield str(output.problem)
            case Ended():
                yield f"{output.exchange} ended in {output.state}: {output.reason}"
