"""What ``isakmp learn`` shows: where two machines part, in words, as JSON and as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from isakmp.cli import output
from isakmp.conform.learn.difference import Arrow, Difference, Likeness, Place, compare
from isakmp.conform.learn.machine import Machine
from isakmp.conform.learn.outputs import SILENCE
from isakmp.conform.learn.queries import Queries
from isakmp.diagrams.learned import Manner, State, Step, learned_machine
from isakmp.diagrams.render import render
from isakmp.spec.messages import Exchange

MODEL: Final = "the model"
PEER: Final = "peer"
"""What the other one is called in pictures."""
WORDS: Final = {SILENCE: "silence"}


@dataclass(frozen=True)
class Report:
    """Two machines of an exchange: the model's own, and that of the responder of that name (or the model again)."""

    name: str
    exchange: Exchange
    expected: Machine
    found: Machine
    queries: Queries | None = None

    @cached_property
    def difference(self) -> Difference:
        """What the two do alike and otherwise."""
        return compare(self.expected, self.found)

    @property
    def heading(self) -> str:
        """`main mode (psk): 9 states, 12 inputs`."""
        states, inputs = len(self.found.states), len(self.found.alphabet)
        return f"{self.exchange.key}: {output.counted(states, 'state')}, {output.counted(inputs, 'input')}"

    # ---- text ----

    def write_text(self) -> None:
        """Print the machine where it is the model's own, else where it parts from that."""
        asked = ""
        if self.queries is not None:
            again = f", {self.queries.repeated} of them again" if self.queries.repeated else ""
            asked = f"; {output.counted(self.queries.asked, 'word')} asked{again}, {self.queries.known} known"
        output.line(f"{output.styled(self.name, 'heading')}, {self.heading}{asked}")
        if not self.found.complete:
            output.line(output.styled("unfinished: the time was over; the same command with --cache goes on", "doubt"))
        output.line()
        rows = list(self._edges() if self.queries is None else self._partings())
        for row in output.columns(rows) if rows else ():
            output.line(row)
        if self.queries is not None:
            self._sum()

    def _edges(self) -> Iterator[tuple[str, ...]]:
        """Each edge that does something."""
        yield ("state", "input", "output", "next state")
        for number, edges in enumerate(self.found.states):
            for letter, edge in edges.items():
                if edge.output != SILENCE or edge.target != number:
                    yield self.found.name(number), letter, shown(edge.output), self.found.name(edge.target)

    def _partings(self) -> Iterator[tuple[str, ...]]:
        if self.difference.partings:
            yield ("after", "input", MODEL, self.name)
        for parting in sorted(self.difference.partings, key=lambda each: each.likeness is Likeness.TOLD):
            *before, last = parting.word
            yield ", ".join(before) or "nothing", last, shown(parting.expected), shown(parting.found)

    def _sum(self) -> None:
        counts = Counter(arrow.likeness for arrow in self.difference.arrows if not arrow.silent)
        found = ", ".join(f"{counts[likeness]} {likeness.name.lower()}" for likeness in Likeness if counts[likeness])
        states = output.counted(len(self.expected.states), "state")
        output.line()
        output.line(f"edges, without inputs that are passed over: {found}; the model has {states}")

    # ---- JSON ----

    def write_json(self) -> None:
        """Print both machines and where they part."""
        document = {
            "target": self.name,
            "exchange": self.exchange.key,
            "complete": self.found.complete,
            "asked": 0 if self.queries is None else self.queries.asked,
            "repeated": 0 if self.queries is None else self.queries.repeated,
            "inputs": self.found.alphabet,
            "model": _document(self.expected),
            "learned": _document(self.found),
            "differences": [
                {
                    "after": parting.word[:-1],
                    "input": parting.word[-1],
                    "model": parting.expected,
                    "target": parting.found,
                    "kind": "told" if parting.likeness is Likeness.TOLD else "sent",
                }
                for parting in self.difference.partings
            ],
        }
        output.write_json(document)

    # ---- the picture ----

    def draw(self, path: Path) -> None:
        """Draw both machines as one.

        Raises:
            RenderError: the file cannot be drawn.
        """
        legend = {Manner.SAME: "both"}
        if self.queries is None:
            legend = {Manner.SAME: "input / output"}
        else:
            legend |= {Manner.MISSING: f"only {MODEL}", Manner.EXTRA: f"only the {PEER}"}
        states = [self._state(place) for place in self.difference.places]
        steps = [self._step(arrow) for arrow in self.difference.arrows if not arrow.silent]
        title = f"{self.exchange.title}: the responder as learned"
        unfinished = "" if self.found.complete else ", unfinished"
        render(learned_machine(title, f"{self.name}, {self.heading}{unfinished}", states, steps, legend), path)

    def _state(self, place: Place) -> State:
        own = () if place.expected is None else (self.expected.name(place.expected),)
        other = () if place.found is None or self.queries is None else (f"{PEER} {place.found}",)
        manner = Manner.SAME
        if self.queries is not None:
            manner = Manner.EXTRA if place.expected is None else Manner.MISSING if place.found is None else Manner.SAME
        return State(_key(place), (*own, *other), manner)

    def _step(self, arrow: Arrow) -> Step:
        expected, found = shown(arrow.expected), shown(arrow.found)
        match arrow.likeness:
            case Likeness.MISSING:
                return Step(_key(arrow.source), _key(arrow.target), f"{arrow.letter} / {expected}", Manner.MISSING)
            case Likeness.EXTRA:
                return Step(_key(arrow.source), _key(arrow.target), f"{arrow.letter} / {found}", Manner.EXTRA)
            case _:
                told = "" if arrow.likeness is Likeness.SAME else f" ({PEER}: {found})"
                return Step(_key(arrow.source), _key(arrow.target), f"{arrow.letter} / {expected}{told}")


def shown(what: str) -> str:
    """An output as people read it."""
    return WORDS.get(what, what)


def _key(place: Place) -> str:
    return f"{place.expected}.{place.found}"


def _document(machine: Machine) -> list[dict[str, Any]]:
    return [
        {
            "state": machine.name(number),
            "access": machine.access[number],
            "edges": {
                letter: {"output": edge.output, "next": machine.name(edge.target)} for letter, edge in edges.items()
            },
        }
        for number, edges in enumerate(machine.states)
    ]
