"""Finding authenticators by name: ours and those of third parties, all declared under one entry point group.

An entry point names a callable, as a rule a class, that takes settings of its own and returns an
`isakmp.machine.authenticators.Authenticator`. Its module is imported when it is loaded, not when names are listed.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final

from isakmp.machine.authenticators import Authenticator
from isakmp.machine.errors import LocalMisuse

if TYPE_CHECKING:
    from collections.abc import Mapping

ENTRY_POINT_GROUP: Final = "isakmp.authenticators"


def authenticators() -> Mapping[str, EntryPoint]:
    """Every declared authenticator by name, in alphabetical order, without importing any."""
    return {entry.name: entry for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name)}


def load_authenticator(name: str, *settings: object, **named: object) -> Authenticator:
    """Import an authenticator by name and make it from its settings.

    Raises:
        LocalMisuse: nobody declares the name, or what is declared cannot be imported, or not be made of these settings.
    """
    declared = authenticators()
    if name not in declared:
        there_are = ", ".join(declared) or f"none (no package declares the entry point group {ENTRY_POINT_GROUP!r})"
        raise LocalMisuse(f"unknown authenticator {name!r}; there are: {there_are}")
    about = f"authenticator {name!r}, declared as {declared[name].value!r},"
    try:
        factory = declared[name].load()
    except (ImportError, AttributeError) as error:
        raise LocalMisuse(f"{about} cannot be loaded: {error}") from error
    try:
        made = factory(*settings, **named)
    except (TypeError, ValueError) as error:
        raise LocalMisuse(f"{about} cannot be made: {error}") from error
    if not callable(getattr(made, "converse", None)):
        raise LocalMisuse(f"{about} is no authenticator but {type(made)}")
    authenticator: Authenticator = made
    return authenticator
