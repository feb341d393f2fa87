"""Finding backends by name: ours and those of third parties, all declared under one entry point group.

An entry point names a callable, as a rule a class, that takes one optional argument `seed` and returns a `Backend`. Its
module is imported when it is loaded, not when names are listed: the modules behind some backends are heavy.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

from isakmp.crypto.backend import Backend

if TYPE_CHECKING:
    from collections.abc import Mapping

ENTRY_POINT_GROUP: Final = "isakmp.backends"


class UnknownBackend(LookupError):
    """No backend has the name that was asked for; the message lists those that exist."""


class BrokenBackend(RuntimeError):
    """A declared backend cannot be imported, cannot be made, or is none; the message says where it was declared."""


def backends() -> Mapping[str, EntryPoint]:
    """Every declared backend by name, in alphabetical order, without importing any."""
    return {entry.name: entry for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)}


def load_backend(name: str, seed: int | bytes | str | None = None) -> Backend:
    """Import a backend by name and make an instance, from a seed where one is given.

    Raises `UnknownBackend` for a name that nobody declares, `BrokenBackend` for one that does not load or whose entry
    point gives no backend, whatever it raises instead, and `ValueError` for a seed that the backend has no use for.
    """
    declared = backends()
    if name not in declared:
        there_are = ", ".join(declared) or f"none (no package declares the entry point group {ENTRY_POINT_GROUP!r})"
        raise UnknownBackend(f"unknown crypto backend {name!r}; there are: {there_are}")
    entry = declared[name]
    about = f"crypto backend {name!r}, declared as {entry.value!r},"
    try:
        factory = entry.load()
    except Exception as error:  # a module of somebody else's may raise anything
        raise BrokenBackend(f"{about} cannot be loaded: {_words(error)}") from error
    if not callable(factory):
        raise BrokenBackend(f"{about} cannot be called: it is {type(factory)}")
    try:
        backend = factory() if seed is None else factory(seed=seed)
    except Exception as error:
        if isinstance(error, ValueError) and seed is not None:
            raise  # about the seed
        raise BrokenBackend(f"{about} cannot be made: {_words(error)}") from error
    if not isinstance(backend, Backend):
        raise BrokenBackend(f"{about} is no Backend but {type(backend)}")
    return backend


def _words(error: Exception) -> str:
    """An error's words, with its class where they may not speak for themselves."""
    return str(error) if isinstance(error, (ImportError, AttributeError)) else f"{type(error).__name__}: {error}"
