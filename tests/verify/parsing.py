"""What the parsers of both languages share: terms as trees, and a list of tokens that is read from its beginning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

T = TypeVar("T")


class Refused(ValueError):
    """A text that the tool would not take: where, and why."""


@dataclass(frozen=True)
class Tree:
    """A term: a variable or constant by its name, or a symbol over terms. `kind` is the language's own distinction."""

    kind: str
    name: str
    parts: tuple[Tree, ...] = ()

    def walk(self) -> Iterator[Tree]:
        """The term and all terms in it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Token:
    """A piece of a text: what kind it is, how it is written, and on which line."""

    kind: str
    text: str
    line: int


@dataclass
class Tokens:
    """Tokens that are read one after another."""

    all: list[Token]
    place: int = field(default=0)

    @property
    def next(self) -> Token:
        """The next token."""
        return self.all[self.place]

    def refuse(self, why: str) -> NoReturn:
        """Refuse what stands here."""
        raise Refused(f"line {self.next.line}: {why}, not {self.next.text!r}")

    def at(self, *texts: str) -> bool:
        """Whether one of these stands next."""
        return self.next.text in texts and self.next.kind != "text"

    def take(self) -> Token:
        """Take the next token."""
        self.place += 1
        return self.all[self.place - 1]

    def skip(self, text: str) -> bool:
        """Take the next token if it is this one."""
        found = self.at(text)
        self.place += found
        return found

    def expect(self, *texts: str) -> None:
        """Take tokens that have to stand here."""
        for text in texts:
            if not self.skip(text):
                self.refuse(f"{text!r} is due")

    def one(self, kind: str) -> str:
        """Take a token of a kind that has to stand here."""
        if self.next.kind != kind:
            self.refuse(f"{kind} is due")
        return self.take().text

    def attempt(self, rule: Callable[[], T]) -> T | None:
        """What a rule reads; None, and nothing taken, where it does not fit."""
        place = self.place
        try:
            return rule()
        except Refused:
            self.place = place
            return None


def tokens(text: str, pattern: re.Pattern[str]) -> Tokens:
    """The tokens of a text, by the names of the groups of a pattern; groups `blank` and `comment` give none."""
    found: list[Token] = []
    place, line = 0, 1
    while place < len(text):
        match = pattern.match(text, place)
        if match is None or match.lastgroup is None:
            raise Refused(f"line {line}: no token begins with {text[place]!r}")
        if match.lastgroup not in {"blank", "comment"}:
            found.append(Token(match.lastgroup, match.group(), line))
        line += match.group().count("\n")
        place = match.end()
    found.append(Token("end", "", line))
    return Tokens(found)
