"""A Mealy machine as data: states by number, for each input an output and the next state."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from isakmp.conform.learn.queries import Word


@dataclass(frozen=True)
class Edge:
    """What a state does with an input: what comes, and which state is the next."""

    output: str
    target: int


@dataclass(frozen=True)
class Machine:
    """A learned machine; state 0 is the first. `names` are those of the states where they are known.

    `complete` tells whether the search for counterexamples came to its end.
    """

    alphabet: Word
    states: tuple[Mapping[str, Edge], ...]
    names: tuple[str, ...] = ()
    complete: bool = True

    def name(self, state: int) -> str:
        """The name of a state, or its number."""
        return self.names[state] if self.names else f"state {state}"

    def run(self, word: Word, state: int = 0) -> Word:
        """The outputs for a word."""
        found = []
        for letter in word:
            edge = self.states[state][letter]
            found.append(edge.output)
            state = edge.target
        return tuple(found)

    @cached_property
    def access(self) -> tuple[Word, ...]:
        """For each state a shortest word that leads there."""
        found: dict[int, Word] = {0: ()}
        queue = deque([0])
        while queue:
            state = queue.popleft()
            for letter in self.alphabet:
                target = self.states[state][letter].target
                if target not in found:
                    found[target] = (*found[state], letter)
                    queue.append(target)
        return tuple(found[state] for state in range(len(self.states)))

    def telling_apart(self, one: int, other: int) -> Word | None:
        """A shortest word to which two states answer differently; None where there is none."""
        seen = {(one, other)}
        queue: deque[tuple[int, int, Word]] = deque([(one, other, ())])
        while queue:
            a, b, word = queue.popleft()
            for letter in self.alphabet:
                left, right = self.states[a][letter], self.states[b][letter]
                if left.output != right.output:
                    return (*word, letter)
                pair = (left.target, right.target)
                if pair not in seen:
                    seen.add(pair)
                    queue.append((*pair, (*word, letter)))
        return None

    @cached_property
    def characterizing(self) -> tuple[Word, ...]:
        """Words by which all states are told apart (the set W of Chow's method); none where there is one state."""
        found: dict[Word, None] = {}
        outputs: list[list[Word]] = [[] for _ in self.states]
        for one, other in combinations(range(len(self.states)), 2):
            word = self.telling_apart(one, other) if outputs[one] == outputs[other] else None
            if word is not None:
                found[word] = None
                for state, seen in enumerate(outputs):
                    seen.append(self.run(word, state))
        return tuple(found)

    @cached_property
    def suite(self) -> tuple[Word, ...]:
        """Tests for a machine that is hardly larger: each edge, where it leads, and what each input does behind it.

        These are the tests of Chow's W-method (1978) for a machine without more states, and all pairs of inputs.
        """
        after = dict.fromkeys((*self.characterizing, *((letter,) for letter in self.alphabet)))
        return tuple((*access, letter, *word) for access in self.access for letter in self.alphabet for word in after)
