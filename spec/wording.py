"""Words for what is not known: that there is no such thing, what there is, and what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable


def unknown(what: str, given: str, known: Iterable[str], more: str = "") -> str:
    """Say that there is no such thing, what there is, and what may have been meant; `more` ends the list."""
    from difflib import get_close_matches  # noqa: PLC0415 - needed for mistakes only

    names = {name.lower(): name for name in known}
    beginning = [name for name in names if given and name.startswith(given.lower())]
    close = beginning or get_close_matches(given.lower(), names, n=1)
    hint = f"; did you mean {' or '.join(names[name] for name in close)}?" if close else ""
    return f"unknown {what} {given!r}{hint} (there are: {', '.join(names.values())}{more})"
