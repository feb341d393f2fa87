"""What can be fuzzed: targets by name, each in a module of its own that is imported only where it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Final, Protocol

MEMORY: Final = "memory"
"""The file in which a running target writes down the megabytes that it has taken at most."""

Mutate = Callable[[bytes], bytes]
"""The fuzzer's own mutation of octets that know of no structure."""

Mutator = Callable[[bytes, Random, Mutate], bytes]
"""A mutation that knows how a target's input is laid out."""


class Broken(AssertionError):
    """A target did what it must not do; the message says what."""


def ensure(holds: bool, what: str) -> None:
    """Raise `Broken` unless it holds."""
    if not holds:
        raise Broken(what)


@dataclass(frozen=True)
class Target:
    """Something that takes any octets.

    `one` raises if an input has broken it; `seeds` are inputs to begin with; `mutator` makes new ones where that is
    worth more than to change octets anywhere; `longest` is the size of the longest input in octets, `words` are such
    that mean something in it.
    """

    one: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    mutator: Mutator | None = None
    longest: int = 4096
    words: tuple[str, ...] = ()


class _Module(Protocol):
    TARGET: Target


NAMES: Final = ("decode", "capture", "check", "peer", "settings", "keyfile")
"""The targets; each is the member `TARGET` of the module of that name in this folder."""


def load(name: str) -> Target:
    """Import a target's module, and what it tests.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in NAMES:
        raise KeyError(f"no target {name!r} (there are: {', '.join(NAMES)})")
    module: _Module = import_module(f"tests.fuzz.{name}")
    return module.TARGET
