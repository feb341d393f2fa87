"""The peer's receive: whatever is changed in a conversation, it is taken by a row, or refused and changes nothing.

An input is an octet for the place (`tests.fuzz.scenes`), and records: an octet that says how, two for the length, and
a message in the clear. What was encrypted is encrypted anew under the true keys, or fuzzing would end at the cipher.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple, get_args

from isakmp.machine.fragments import cut
from isakmp.machine.outputs import Output, PhaseOneUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.events import Action
from tests.fuzz import chains
from tests.fuzz.scenes import Scene, places, scene
from tests.fuzz.target import Mutate, Target, ensure
from tests.properties.world import digest, established

SEALED, PROVEN, ELSEWHERE, TWICE, WAITS, AT_HOME = 1, 2, 4, 8, 16, 32
"""How a record is delivered: encrypted; with true proofs; from another address; twice; after a while; with the cookies
and the message id of the conversation."""

MOST_RECORDS: Final = 6
MOST_ANSWERS: Final = 2
"""Datagrams that answer one, before an SA has come to stand or what is said under it."""

MOST_UNDER_SA: Final = 8
LARGEST_ANSWER: Final = 4096
MOST_TICKS: Final = 40
WAITED: Final = 1.0
"""Seconds: less than after which a message is repeated."""

OUTPUTS: Final = frozenset(get_args(Output))
_COOKIES, _MESSAGE_ID = slice(0, 16), slice(20, 24)


class Record(NamedTuple):
    """A message in the clear, and how it is delivered."""

    how: int
    plain: bytes


def split(data: bytes) -> tuple[int, list[Record]]:
    """The place and the records of an input; what is cut counts as it is."""
    records: list[Record] = []
    at = 1
    while at + 3 <= len(data) and len(records) < MOST_RECORDS:
        size = int.from_bytes(data[at + 1 : at + 3])
        records.append(Record(data[at], data[at + 3 : at + 3 + size]))
        at += 3 + size
    return (data[0] if data else 0), records


def joined(place: int, records: list[Record]) -> bytes:
    """The octets of an input."""
    parts = [bytes([each.how]) + len(each.plain).to_bytes(2) + each.plain for each in records]
    return bytes([place]) + b"".join(parts)


def one(data: bytes) -> None:
    """Deliver the records, then what should have come; then let time pass."""
    place, records = split(data)
    if records:
        Attempt(scene(place)).run(records)


def delivered(scene: Scene, record: Record) -> list[bytes]:
    """The datagrams that a record stands for: one, or twice the same, or none where it cannot be sealed."""
    plain = record.plain
    found: bytes | None = plain
    if len(plain) >= chains.HEADER:
        if record.how & AT_HOME:
            own = scene.datagram
            plain = found = own[_COOKIES] + plain[16:20] + own[_MESSAGE_ID] + plain[24:]
        if record.how & (SEALED | PROVEN):
            found = scene.seal(plain, proofs=bool(record.how & PROVEN), encrypted=bool(record.how & SEALED))
    return [] if found is None else [found] * (2 if record.how & TWICE else 1)


class Attempt:
    """One peer, and what is delivered to it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.peer: Peer = scene.peer()
        self.now = scene.now
        self.clean = True

    def run(self, records: list[Record]) -> None:
        """Perform it."""
        for record in records:
            for datagram in delivered(self.scene, record):
                self._deliver(datagram, record)
        if self.clean:
            outputs = self.peer.receive(self.scene.datagram, self.scene.sender, self.now)
            rows = [output.row.id for output in outputs if isinstance(output, Taken)]
            wanted = self.scene.honest.row
            ensure(
                wanted in rows, f"what was refused has left a trace: {wanted} should take the honest message, {rows}"
            )
        self._let_time_pass()

    def _deliver(self, datagram: bytes, record: Record) -> None:
        if record.how & WAITS:
            self.now += WAITED
            self._tick()
        before, stood = self._state(), established(self.peer)
        source = "elsewhere" if record.how & ELSEWHERE else self.scene.sender
        outputs = self.peer.receive(datagram, source, self.now)
        self._bounded(outputs, before)
        if not _changes(outputs):
            ensure(self._state() == before, "a rejected message has changed something")
        else:
            self.clean = False
        genuine = record.how & SEALED or datagram[chains.HEADER :] in self.scene.course.genuine
        if not genuine and not self._proves_itself():
            after = established(self.peer)
            ensure(all(after.get(key, (0,))[1:] == value[1:] for key, value in stood.items()), "an SA was changed")

    def _proves_itself(self) -> bool:
        """Whether the messages of this conversation vouch for themselves though they are not encrypted."""
        return self.scene.honest.vector is None and self.scene.run.sa is None

    def _state(self) -> dict[int, tuple[object, ...]]:
        return {id(run): digest(run) for run in self.peer.database.runs()}

    def _bounded(self, outputs: tuple[Output, ...], before: dict[int, tuple[object, ...]]) -> None:
        ensure({type(output) for output in outputs} <= OUTPUTS, "an output that is none")
        more = len(list(self.peer.database.runs())) - len(before)
        ensure(more <= 1 or _stands(outputs), f"{more} more exchanges by one datagram")
        sends = [output.datagram for output in outputs if isinstance(output, Send)]
        most = MOST_UNDER_SA if _stands(outputs) or self.scene.run.sa is not None else MOST_ANSWERS
        ensure(len(sends) <= most, f"{len(sends)} answers to one datagram")
        ensure(all(len(each) <= LARGEST_ANSWER for each in sends), "an answer that is larger than anything should be")
        for output in outputs:
            if isinstance(output, Taken):
                ensure(bool(str(output.problem)), "a problem without words")

    def _tick(self) -> None:
        for output in self.peer.tick(self.now):
            ensure(type(output) in OUTPUTS, "an output that is none")

    def _let_time_pass(self) -> None:
        for _ in range(MOST_TICKS):
            due = self.peer.next_deadline()
            if due is None:
                return
            self.now = max(self.now, due)
            self._tick()


def _changes(outputs: tuple[Output, ...]) -> bool:
    """Whether a row was taken that changes more than nothing."""
    quiet = {Action.DISCARD, Action.NOTIFY, Action.RESEND}
    taken = [output.row for output in outputs if isinstance(output, Taken)]
    return any(row.changes_state or not set(row.actions) <= quiet for row in taken)


def _stands(outputs: tuple[Output, ...]) -> bool:
    return any(isinstance(output, PhaseOneUp) for output in outputs)


# ---- inputs ----------------------------------------------------------------------------------------------------------


def seeds() -> Iterator[bytes]:
    """Every honest message at its place, one that comes in pieces, and one before another."""
    for number in range(len(places())):
        found = scene(number)
        plain = found.draft.plain
        yield joined(number, [Record(SEALED | PROVEN, plain)])
        yield joined(number, [Record(AT_HOME, plain), Record(SEALED, plain)])
        pieces = [Record(0, piece) for piece in cut(found.datagram, 160)]
        if 1 < len(pieces) <= MOST_RECORDS:
            yield joined(number, pieces)


def mutator(data: bytes, random: Random, mutate: Mutate) -> bytes:
    """Messages are changed by their layout; now and then the place, the way they go, and how many there are."""
    place, records = split(data)
    if not records or random.random() < 0.03:
        return mutate(data)
    number = place % len(places())
    at = random.randrange(len(records))
    how, plain = records[at]
    pick = random.random()
    if pick < 0.75:
        records[at] = Record(how, chains.mutated(plain, random, mutate, (scene(number).draft.plain,)))
    elif pick < 0.87:
        records[at] = Record(how ^ random.choice((SEALED, PROVEN, ELSEWHERE, TWICE, WAITS, AT_HOME)), plain)
    elif pick < 0.92:
        number = random.randrange(len(places()))
        records = [Record(SEALED | PROVEN, chains.mutated(scene(number).draft.plain, random, mutate))]
    elif len(records) < MOST_RECORDS:
        records.insert(at, Record(random.choice((how, AT_HOME, SEALED)), chains.mutated(plain, random, mutate)))
    else:
        del records[at]
    return joined(number, records)


TARGET = Target(one, seeds, mutator, longest=8192)
