"""The course of a handshake that this end has begun: what the peer begins meanwhile is no part of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from isakmp.cli.course import Course, Outcome, Result, go
from isakmp.crypto.registry import load_backend
from isakmp.machine.codec_message import Payloads
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.natt import Endpoint
from isakmp.machine.outputs import Ended, Output, PhaseOneUp, PhaseTwoUp, Taken
from isakmp.machine.peer import Peer
from isakmp.machine.udp import Told
from isakmp.spec.exchanges import quick_mode
from isakmp.spec.table import Row, table
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, config

THERE = Endpoint("192.0.2.2", 500)
OURS, THEIRS = 1, 2
"""Message ids of the quick modes that this end and the peer begin."""


def row(role: Role, name: str) -> Row:
    """The row of quick mode of that name."""
    return next(each for each in table(quick_mode(), role).rows if each.id == f"quick.{role.value[0].upper()}.{name}")


def met() -> Handshake:
    backend = load_backend("openssl")
    return handshake(Peer(config(ALICE, BOB), backend), Peer(config(BOB, ALICE), backend), "main", now=NOW)


def ran(*outputs: Output) -> tuple[Course, Result]:
    """A course that sees an ISAKMP SA, begins a quick mode, and then sees these outputs and nothing more."""
    course = Course("main", (ALICE, BOB))
    peer: Any = SimpleNamespace(config=SimpleNamespace(request=()), barred=lambda _: "")

    def see(*seen: Output) -> Any:
        course.take(Told(peer, seen))
        return peer

    transport: Any = SimpleNamespace(
        initiate=lambda *_: see(PhaseOneUp(met().sas[Role.I])),
        address=lambda *_: THERE,
        perform=lambda *_: see(Taken(row(Role.I, "QUICK_I0.start"), OURS, None, Payloads()), *outputs),
    )

    async def main() -> Result:
        return await go(course, lambda: course.run(transport, "192.0.2.1", THERE), asyncio.Event(), 0.1)

    return course, asyncio.run(main())


def pair_of(message_id: int) -> PhaseTwoUp:
    made = met()
    pair = made.pairs[Role.I]
    changed = type(pair)(**{**vars(pair), "message_id": message_id})
    return PhaseTwoUp(made.sas[Role.I], changed)


def failed(role: Role, name: str, message_id: int) -> tuple[Output, Output]:
    taken = row(role, name)
    ended = Ended(taken.exchange, message_id, taken.destination.name, taken.why)
    return Taken(taken, message_id, None, Payloads()), ended


def test_a_pair_that_this_end_has_negotiated_is_the_end_of_the_course() -> None:
    course, result = ran(pair_of(OURS))
    assert result.outcome is Outcome.ESTABLISHED
    assert course.pair is not None


def test_a_quick_mode_of_the_peer_that_fails_ends_nothing() -> None:
    _, result = ran(*failed(Role.R, "QUICK_R0.QM1!identity:IDci", THEIRS), pair_of(OURS))
    assert result.outcome is Outcome.ESTABLISHED


def test_a_pair_that_the_peer_has_negotiated_is_not_the_one_that_was_wanted() -> None:
    course, result = ran(pair_of(THEIRS))
    assert result.outcome is Outcome.FAILED
    assert "nothing came of it within 0.1 s" in str(result)
    assert course.pair is None


def test_a_quick_mode_of_this_end_that_fails_is_the_end() -> None:
    _, result = ran(*failed(Role.I, "QUICK_I1.QM2!identity:IDci", OURS))
    assert result.outcome is Outcome.FAILED
    assert "QUICK_I1" in str(result)
