"""What AALpy needs to know of a target: how words are asked, and how a counterexample is sought."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from aalpy.base import SUL, Oracle

from isakmp.conform.learn.machine import Edge, Machine
from isakmp.conform.learn.queries import Queries, Word

CHUNK: Final = 32
"""How many tests are asked before the hypothesis is looked at."""

RANDOM_WORDS: Final = 50
"""How many random words a hypothesis has to stand."""

RANDOM_LENGTH: Final = range(4, 13)


class Asked(SUL):  # type: ignore[misc]
    """The target as AALpy asks it: word by word."""

    def __init__(self, queries: Queries, alphabet: Word) -> None:
        super().__init__()
        self.queries, self.alphabet = queries, alphabet

    def pre(self) -> None:
        """Nothing is to be set up."""

    def post(self) -> None:
        """Nothing is to be taken down."""

    def step(self, letter: object) -> object:
        """Words are asked whole."""
        raise NotImplementedError

    def query(self, word: Sequence[str]) -> list[str]:
        """The outputs for a word; where several can be asked at once, its neighbours with it: they will be next."""
        found = tuple(word)
        self.num_queries += 1
        if self.queries.parallel > 1:
            self.queries.prefetch(neighbours(found, self.alphabet))
        return list(self.queries.answer(found))


class Tests(Oracle):  # type: ignore[misc]
    """Seeks counterexamples to hypotheses, of which it keeps the `latest`.

    `expected` is the machine that the target is expected to be, `told` is given each hypothesis, `seed` is where random
    words come from.
    """

    def __init__(self, asked: Asked, expected: Machine | None, told: Callable[[Machine], object], seed: int) -> None:
        super().__init__(list(asked.alphabet), asked)
        self.asked, self.expected, self.told, self.seed = asked, expected, told, seed
        self.latest: Machine | None = None

    def find_cex(self, hypothesis: Any) -> Word | None:
        """A word that the target answers otherwise than the hypothesis, up to there; None where none is found."""
        self.latest = machine_of(hypothesis, self.asked.alphabet)
        self.told(self.latest)
        words = tests(self.latest, self.expected, self.seed)
        while chunk := tuple(islice(words, CHUNK)):
            self.asked.queries.prefetch(chunk)
            for word in chunk:
                pairs = zip(self.asked.queries.answer(word), self.latest.run(word), strict=True)
                differs = next((place for place, (there, here) in enumerate(pairs) if there != here), None)
                if differs is not None:
                    return word[: differs + 1]
        return None


def tests(hypothesis: Machine, expected: Machine | None, seed: int) -> Iterator[Word]:
    """The words that a hypothesis has to stand."""
    if expected is not None:
        yield from reversed(expected.access)  # the honest way to its end comes first
        yield from expected.suite
    yield from hypothesis.suite
    chance = random.Random(seed)  # noqa: S311 - tests, which are to be the same each time
    for _ in range(RANDOM_WORDS):
        access = chance.choice(hypothesis.access)
        yield (*access, *chance.choices(hypothesis.alphabet, k=chance.choice(RANDOM_LENGTH)))


def neighbours(word: Word, alphabet: Word) -> Iterable[Word]:
    """The word, and those that differ from it in one of the last two inputs: a new state brings them all."""
    yield word
    for place in range(max(0, len(word) - 2), len(word)):
        for letter in alphabet:
            yield (*word[:place], letter, *word[place + 1 :])


def machine_of(hypothesis: Any, alphabet: Word) -> Machine:
    """What AALpy has found, as data; states are numbered as they are reached, input by input."""
    numbers = {hypothesis.initial_state: 0}
    order = [hypothesis.initial_state]
    states = []
    for state in order:  # grows while it is walked through
        edges = {}
        for letter in alphabet:
            target = state.transitions[letter]
            if target not in numbers:
                numbers[target] = len(order)
                order.append(target)
            edges[letter] = Edge(state.output_fun[letter], numbers[target])
        states.append(edges)
    return Machine(alphabet, tuple(states))
