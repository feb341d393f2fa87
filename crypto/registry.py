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
    """A declared backend cannot be imported, or is none; the message says where it was declared."""


def backends() -> Mapping[str, EntryPoint]:
    """Every declared backend by name, in alphabetical order, without importing any."""
    return {entry.name: entry for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)}


def load_backend(name: str, seed: int | bytes | str | None = None) -> Backend:
    """Import a backend by name and make an instance, from a seed where one is given.

    Raises `UnknownBackend` for a name that nobody declares, `BrokenBackend` for one that does not load, and
    `ValueError` for a seed that the backend has no use for.
    """
    declared = backends()
    if name not in declared:
        there_are = ", ".join(declared) or f"none (no package declares the entry point group {ENTRY_POINT_GROUP!r})"
        raise UnknownBackend(f"unknown crypto backend {name!r}; there are: {there_are}")
    entry = declared[name]
    try:
        factory = entry.load()
    except (ImportError, AttributeError) as error:
        raise BrokenBackend(
            f"crypto backend {name!r}, declared as {entry.value!r}, cannot be loaded: {error}"
        ) from error
    backend = factory() if seed is None else factory(seed=seed)
    if not isinstance(backend, Backend):
        raise BrokenBackend(f"crypto backend {name!r}, declared as {entry.value!r}, is no Backend but {type(backend)}")
    return backend
