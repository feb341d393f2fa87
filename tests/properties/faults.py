"""A fault for each property: what is sown, and where it is looked for.

Tables are changed row by row; peers by replacing a guard, an action or a formula. `sown` puts everything back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any
from unittest.mock import patch

from isakmp.machine import actions, checks, engine, engines, fragments, incoming, newgroup, results, runs, write
from isakmp.machine.actions import performer
from isakmp.machine.checks import guard_function
from isakmp.machine.codec import encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.engine import Engine
from isakmp.machine.findings import wrong
from isakmp.machine.natt import Endpoint
from isakmp.machine.negotiation import Choice
from isakmp.machine.outputs import GroupUp
from isakmp.machine.peer import Peer
from isakmp.machine.run import Step
from isakmp.spec import keying as k
from isakmp.spec.events import Action, EventKind
from isakmp.spec.guards import Check
from isakmp.spec.messages import Exchange, Slot
from isakmp.spec.payloads import NONCE, SA, Header
from isakmp.spec.registries import Flag, PayloadType
from isakmp.spec.table import DELETED, Kind, Row, table
from isakmp.spec.terms import Role
from tests.properties.setups import Setup

FLAGS, FRAGMENT_ID = 19, 32  # where the flags stand in a datagram, and the number of the whole in a piece


@dataclass(frozen=True)
class Fault:
    """What is sown (as patches), and the setup in which a program of the adversary will meet it.

    `first` is the seed to look from, where few programs come that far and the first of them is known.
    """

    property: str
    patches: Callable[[], list[Any]]
    setup: Setup
    first: int = 0


def rows(change: Callable[[Row], Row]) -> list[Any]:
    """The tables, with rows changed."""

    @cache
    def engine_of(exchange: Exchange, role: Role) -> Engine:
        found = table(exchange, role)
        return Engine(replace(found, rows=tuple(map(change, found.rows))), guard_function, performer)

    return [patch.object(runs, "engine_of", engine_of)]


def guard(check: Check, function: Callable[[Step, Slot | None], Any]) -> list[Any]:
    """A guard that finds what `function` finds."""
    return [patch.dict(checks.CHECKS, {check: function})]


def _believing() -> list[Any]:
    right = checks._hash

    def hash_(step: Step, slot: Slot | None) -> Any:
        clear = not step.datagram[FLAGS] & Flag.ENCRYPTION
        return None if clear else right(step, slot)

    return guard(Check.HASH, hash_)


def _own_lifetime() -> list[Any]:
    made = results.isakmp_sa

    def isakmp_sa(run: Any, known: Any, now: float) -> Any:
        sa = made(run, known, now)
        return sa if run.table.role is Role.I else replace(sa, expires=now + run.config.ike[0].lifetime)

    return [patch.object(actions, "isakmp_sa", isakmp_sa)]


def _telling_nonce() -> list[Any]:
    def nonce(step: Step, slot: Slot) -> NONCE:
        own = step.draft.values.own
        octets = own.private if own is not None and isinstance(own.private, bytes) else b"no exponent yet"
        step.draft.values[slot.value] = octets
        return NONCE(octets)

    return [patch.dict(write._BUILDERS, {PayloadType.NONCE: nonce})]


def _reviving() -> list[Any]:
    def change(row: Row) -> Row:
        if row.event.kind is EventKind.DUPLICATE and Action.RESEND in row.actions:
            return replace(row, actions=(*row.actions, Action.ARM_TIMER))
        return row

    return rows(change)


def _obedient() -> list[Any]:
    def change(row: Row) -> Row:
        if row.event.kind is EventKind.DELETE_CLEAR and row.source.kind is Kind.ESTABLISHED:
            return replace(row, destination=DELETED, actions=(Action.FORGET,))
        return row

    return rows(change)


def _constant_nonce() -> list[Any]:
    def nonce(step: Step, slot: Slot) -> NONCE:
        step.draft.values[slot.value] = b"always the same."
        return NONCE(b"always the same.")

    return [patch.dict(write._BUILDERS, {PayloadType.NONCE: nonce})]


def _swapped_vector() -> list[Any]:
    right = write.next_iv

    def next_iv(run: Any, known: Any) -> bytes:
        if known.iv is None and run.table.exchange.phase == 1:
            values = known.values
            return values.hash(values[k.G_XR] + values[k.G_XI])[: values.block_length]  # type: ignore[no-any-return]
        return right(run, known)

    return [patch.object(module, "next_iv", next_iv) for module in (write, incoming, results)]


def _any_answer() -> list[Any]:
    def offered(step: Step, slot: Slot | None) -> Any:
        answer = step.payload(slot, SA)
        if not answer.proposals or not answer.proposals[0].transforms:
            return wrong(step, Check.OFFERED, slot, "there is nothing to take")
        choice = Choice(answer, answer.proposals[0], answer.proposals[0].transforms[0])
        step.draft.choice = choice
        taken = checks._take_phase_1 if step.run.table.exchange.phase == 1 else checks._take_phase_2
        try:
            return taken(step, slot, choice)
        except ValueError as error:  # even this peer does not take a key length that its cipher does not have
            return wrong(step, Check.OFFERED, slot, str(error))

    return guard(Check.OFFERED, offered)


def _clear_fifth() -> list[Any]:
    right = write.seal

    def seal(step: Step, template: Any, payloads: Any) -> bytes:
        if template.name != "MM5":
            return right(step, template, payloads)
        clear = Message(
            Header(
                cky_i=step.draft.values.store["CKY-I"],
                cky_r=step.draft.values.store["CKY-R"],
                exchange=step.run.table.exchange.type,
            ),
            Payloads(tuple(payloads)),
        )
        return encode(clear)

    return [patch.object(write, "seal", seal)]


def _no_forward_secrecy() -> list[Any]:
    right = results.seed_of

    def seed_of(known: Any, protocol: int, spi: bytes, *, pfs: bool) -> bytes:
        return right(known, protocol, spi, pfs=pfs and False)

    return [patch.object(results, "seed_of", seed_of)]


def _hoarding() -> list[Any]:
    right = Peer._deliver

    def deliver(self: Peer, run: Any, message: Any, address: Any, now: float) -> Any:
        outputs = right(self, run, message, address, now)
        if run.at.kind is Kind.IDLE or run.state == "FAILED":
            self.database.add(run)
        return outputs

    return [patch.object(Peer, "_deliver", deliver)]


def _endless() -> list[Any]:
    return [patch.dict(actions.ACTIONS, {Action.ARM_LIMIT: actions._nothing})]


def _staying() -> list[Any]:
    right = engine._build

    def build(found: Any, guard_: Any, perform: Any) -> Any:
        wrong = tuple(replace(row, destination=row.source) if row.event.message == "MM2" else row for row in found.rows)
        return right(replace(found, rows=wrong), guard_, perform)

    return [patch.object(engine, "_build", build)]


def _anybody() -> list[Any]:
    return guard(Check.USER_KNOWN, lambda _step, _slot: None)


def _unsigned() -> list[Any]:
    return guard(Check.SIGNATURE, lambda _step, _slot: None)


def _other_group() -> list[Any]:
    right = newgroup.agreed

    def agreed(step: Step) -> GroupUp:
        up = right(step)
        changed = replace(up.described, group=replace(up.described.group, generator=7))
        return up if step.run.table.role is Role.I else up._replace(described=changed)

    return [patch.object(actions, "agreed", agreed)]


def _led_astray() -> list[Any]:
    right = Peer._follow

    def follow(self: Peer, step: Step) -> None:
        sa = step.run.sa
        bearer = None if sa is None else self.database.phase_1(sa.cky_i, sa.cky_r)
        if bearer is not None and isinstance(step.source, Endpoint):
            bearer.address = step.source
        right(self, step)

    return [patch.object(Peer, "_follow", follow)]


def _renumbered() -> list[Any]:
    ids = count(1)

    def cut(datagram: bytes, size: int) -> tuple[bytes, ...]:
        pieces = fragments.cut(datagram, size)
        if len(pieces) == 1:
            return pieces
        number = next(ids).to_bytes(2)
        return tuple(piece[:FRAGMENT_ID] + number + piece[FRAGMENT_ID + 2 :] for piece in pieces)

    return [patch.object(actions, "cut", cut)]


FAULTS: tuple[Fault, ...] = (
    Fault("authenticated-peer", _believing, Setup("psk")),
    Fault("agreement", _own_lifetime, Setup("psk")),
    Fault("secrecy", _telling_nonce, Setup("signature", "symbolic")),
    Fault("replay", _reviving, Setup("psk")),
    Fault("unauthenticated-harmless", _obedient, Setup("psk")),
    Fault("freshness", _constant_nonce, Setup("psk")),
    Fault("iv-chain", _swapped_vector, Setup("psk")),
    Fault("choice-offered", _any_answer, Setup("psk")),
    Fault("identities-hidden", _clear_fifth, Setup("psk")),
    Fault("forward-secrecy", _no_forward_secrecy, Setup("psk", "symbolic")),
    Fault("bounded-work", _hoarding, Setup("psk")),
    Fault("exchanges-end", _endless, Setup("psk")),
    Fault("user-known", _anybody, Setup("psk", xauth=True)),
    Fault("table-followed", _staying, Setup("psk")),
)


# What is sown where the programs go beyond two equal hosts that send whole datagrams to port 500.
IN_AREAS: dict[str, Fault] = {
    "hybrid: the edge device's signature is not checked": Fault("authenticated-peer", _unsigned, Setup("hybrid")),
    "hybrid, the other way": Fault("authenticated-peer", _unsigned, Setup("hybrid-responder"), 145),
    "hybrid: a client without a user is let in": Fault("user-known", _anybody, Setup("hybrid"), 240),
    "new group mode: the responder keeps another group": Fault("agreement", _other_group, Setup("psk", groups=True)),
    "NAT traversal: whatever comes moves the peer": Fault(
        "unauthenticated-harmless", _led_astray, Setup("psk", nat=True)
    ),
    "fragments: a repeat is cut anew": Fault("replay", _renumbered, Setup("signature", fragments=True)),
}


def _forget_engines() -> None:
    guard_function.cache_clear()
    engines.engine_of.cache_clear()


@contextmanager
def sown(fault: Fault) -> Iterator[None]:
    """The fault at work; afterwards all is as before."""
    patches = fault.patches()
    _forget_engines()
    for each in patches:
        each.start()
    try:
        _forget_engines()
        yield
    finally:
        for each in reversed(patches):
            each.stop()
        _forget_engines()
