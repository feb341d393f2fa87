"""What the checks of `isakmp.crypto.testkit` are made of: their list, how one joins it, and how one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from isakmp.crypto.backend import Backend


class KitFailure(AssertionError):
    """The backend does not do what every backend has to do."""


class Check(NamedTuple):
    """One requirement: its sentence, and the function that tries it."""

    name: str
    run: Callable[[Backend], None]


CHECKS: list[Check] = []


def requirement(run: Callable[[Backend], None]) -> Callable[[Backend], None]:
    """List a check under its function's name, read as a sentence."""
    CHECKS.append(Check(run.__name__.replace("_", " "), run))
    return run


def require(condition: bool, sentence: str) -> None:  # noqa: FBT001 - like an assertion
    """Fail the check, with a sentence that says what is wrong, where a condition does not hold."""
    if not condition:
        raise KitFailure(sentence)


def refuses(error: type[Exception], sentence: str, call: Callable[[], object]) -> None:
    """Require that a call raises an error of a class."""
    try:
        call()
    except error:
        return
    except Exception as other:
        raise KitFailure(f"{sentence}: {type(other).__name__} instead of {error.__name__}: {other}") from other
    raise KitFailure(f"{sentence}: no {error.__name__}")
