"""Two machines side by side: what both do, what only the expected one does, and what only the other one does.

The two are walked through together, from their first states, along what both do alike: where they part, that is a
difference, and what lies behind it is not compared further, since it only follows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from isakmp.conform.learn.machine import Edge, Machine
from isakmp.conform.learn.outputs import SILENCE, messages_of
from isakmp.conform.learn.queries import Word


class Likeness(Enum):
    """How the two machines are to each other at an edge."""

    SAME = "both do so"
    TOLD = "both do so, and tell different things of it"
    MISSING = "only the expected machine does so"
    EXTRA = "only the other machine does so"


@dataclass(frozen=True)
class Place:
    """A state of the expected machine, of the other one, or of both at once."""

    expected: int | None
    found: int | None


@dataclass(frozen=True)
class Arrow:
    """An edge from place to place: the input, what the expected machine gives and what the other one does."""

    source: Place
    target: Place
    letter: str
    likeness: Likeness
    expected: str = ""
    found: str = ""

    @property
    def silent(self) -> bool:
        """Whether it is a message that is passed over."""
        return self.source == self.target and {self.expected, self.found} <= {SILENCE, ""}


@dataclass(frozen=True)
class Parting:
    """Where two machines part: the word up to there, its last input, and the two outputs."""

    word: Word
    expected: str
    found: str
    likeness: Likeness


@dataclass(frozen=True)
class Difference:
    """The places in the order in which they are reached, the arrows between them, and where the machines part."""

    places: tuple[Place, ...]
    arrows: tuple[Arrow, ...]
    partings: tuple[Parting, ...]

    @property
    def alike(self) -> bool:
        """Whether both send the same messages to the same inputs, whatever else they tell."""
        return all(parting.likeness is Likeness.TOLD for parting in self.partings)


def compare(expected: Machine, found: Machine) -> Difference:
    """What the two do alike and otherwise, over the inputs that both know."""
    letters = [letter for letter in expected.alphabet if letter in found.alphabet]
    first = Place(0, 0)
    words: dict[Place, Word] = {first: ()}
    queue = deque([first])
    both: list[Arrow] = []
    apart: list[tuple[Place, str]] = []
    partings: list[Parting] = []
    while queue:
        place = queue.popleft()
        for letter in letters:
            left, right = _edges(expected, found, place, letter)
            alike = messages_of(left.output) == messages_of(right.output)
            if left.output != right.output:
                likeness = Likeness.TOLD if alike else Likeness.EXTRA
                partings.append(Parting((*words[place], letter), left.output, right.output, likeness))
            if not alike:
                apart.append((place, letter))
                continue
            target = Place(left.target, right.target)
            if target not in words:
                words[target] = (*words[place], letter)
                queue.append(target)
            likeness = Likeness.SAME if left.output == right.output else Likeness.TOLD
            both.append(Arrow(place, target, letter, likeness, left.output, right.output))
    missing = _Alone(expected, Likeness.MISSING, {place.expected: place for place in reversed(words)})
    extra = _Alone(found, Likeness.EXTRA, {place.found: place for place in reversed(words)})
    more = (*missing.arrows(apart, letters), *extra.arrows(apart, letters))
    places = dict.fromkeys((*words, *(arrow.target for arrow in more)))
    return Difference(tuple(places), (*both, *more), tuple(partings))


def _edges(expected: Machine, found: Machine, place: Place, letter: str) -> tuple[Edge, Edge]:
    return expected.states[place.expected or 0][letter], found.states[place.found or 0][letter]


@dataclass(frozen=True)
class _Alone:
    """What one machine does where the other does not: on to places that both reach, or to states of its own.

    `shared` has the first place for each of the machine's states that both reach.
    """

    machine: Machine
    likeness: Likeness
    shared: Mapping[int | None, Place]

    def arrows(self, apart: Iterable[tuple[Place, str]], letters: Iterable[str]) -> Iterator[Arrow]:
        """The edges by which it leaves what both do, then those of the states that it alone comes to."""
        queue: list[Place] = []
        for place, letter in apart:
            yield self._arrow(place, letter, queue)
        for place in queue:  # grows while it is walked through
            for letter in letters:
                yield self._arrow(place, letter, queue)

    def _arrow(self, source: Place, letter: str, queue: list[Place]) -> Arrow:
        missing = self.likeness is Likeness.MISSING
        state = (source.expected if missing else source.found) or 0
        edge = self.machine.states[state][letter]
        own = Place(edge.target, None) if missing else Place(None, edge.target)
        target = source if edge.target == state else self.shared.get(edge.target, own)
        if target == own and own not in queue:
            queue.append(own)
        outputs = (edge.output, "") if missing else ("", edge.output)
        return Arrow(source, target, letter, self.likeness, *outputs)
