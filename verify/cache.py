"""Answers of the search, remembered on disk by the content of what was asked: model, theory, bound, solver.

A changed formula, a changed theory or another solver make another key, so nothing in the file is ever wrong, only
unused. A file that cannot be used is as good as none: the search goes on without it.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self

from isakmp.spec.terms import Role
from isakmp.verify.search import Attack, Event, Found, Session

_SCHEMA = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)"
_PATIENCE = 10.0
"""Seconds to wait for another process that writes."""


def default_path() -> Path:
    """Where answers are remembered: ISAKMP_CACHE, else the user's folder for caches (XDG base directories)."""
    named = os.environ.get("ISAKMP_CACHE")
    if named:
        return Path(named)
    folder = os.environ.get("XDG_CACHE_HOME")
    return (Path(folder) if folder else Path.home() / ".cache") / "isakmp" / "verify.sqlite"


class Cache:
    """Answers by key; without a file, or with one that cannot be used, it remembers nothing and is false."""

    def __init__(self, path: Path | None) -> None:
        self.problem = ""
        self._base: sqlite3.Connection | None = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._base = sqlite3.connect(path, timeout=_PATIENCE)
                self._base.execute("PRAGMA synchronous = NORMAL")
                self._base.execute(_SCHEMA)
                self._base.commit()
            except (OSError, sqlite3.Error) as error:
                self._give_up(f"{path}: {error}")

    def __bool__(self) -> bool:
        """Whether anything is remembered."""
        return self._base is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file; what was found before an error is kept."""
        if self._base is not None:
            self._base.close()
            self._base = None

    def get(self, key: str) -> Found | None:
        """The answer under a key; None where there is none that can be read."""
        if self._base is None:
            return None
        try:
            row = self._base.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
            return None if row is None else _read(json.loads(row[0]))
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            self._give_up(str(error))
            return None

    def put(self, key: str, found: Found) -> None:
        """Remember an answer, at once: whoever is interrupted loses nothing."""
        if self._base is None:
            return
        try:
            with self._base:
                self._base.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(_written(found))))
        except sqlite3.Error as error:
            self._give_up(str(error))

    def _give_up(self, problem: str) -> None:
        self.problem = problem
        if self._base is not None:
            self._base.close()
            self._base = None


def _written(found: Found) -> dict[str, object]:
    attack = found.attack
    return {
        "role": found.role.value,
        "claim": found.claim,
        "seconds": found.seconds,
        "attack": None
        if attack is None
        else {
            "sessions": [[s.number, s.protocol, s.role.value, s.agent, s.peer] for s in attack.sessions],
            "events": [[e.session, e.step, e.takes, e.sends] for e in attack.events],
            "values": [[session, node, value] for (session, node), value in attack.values.items()],
            "revealed": attack.revealed,
            "leaked": attack.leaked,
        },
    }


def _read(document: dict[str, object]) -> Found:
    attack = document["attack"]
    seconds, claim = document["seconds"], document["claim"]
    if not isinstance(seconds, float) or not isinstance(claim, str):
        raise TypeError("an answer without seconds or claim")
    return Found(Role(document["role"]), claim, None if attack is None else _attack(attack), seconds)


def _attack(document: object) -> Attack:
    if not isinstance(document, dict):
        raise TypeError("an attack that is none")
    return Attack(
        tuple(Session(number, place, Role(role), *names) for number, place, role, *names in document["sessions"]),
        tuple(Event(*each) for each in document["events"]),
        {(session, node): value for session, node, value in document["values"]},
        tuple(document["revealed"]),
        tuple(document["leaked"]),
    )
