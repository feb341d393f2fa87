"""From errors to exit statuses, and to one line on stderr: what, where, which rule; never a traceback.

=====  ==============================================================================================
status meaning
=====  ==============================================================================================
0      all is fine
1      a finding: a deviation, a failed check, a claim that does not hold
2      bad usage, input that cannot be read, output that cannot be written, a defect of this program
130    interrupted by the user
141    whoever read the output has gone away (``| head``), which nobody needs to be told
=====  ==============================================================================================
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Final

import click

FINE: Final = 0
FINDING: Final = 1
UNUSABLE: Final = 2
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141


class Unusable(click.ClickException):
    """What the user gave cannot be used; the message says what, where, and by which rule."""

    exit_code = UNUSABLE

    def __init__(self, message: str) -> None:
        """Keep the message, and which command says so."""
        super().__init__(message)
        self.ctx = click.get_current_context(silent=True)


def unknown(what: str, given: str, known: Iterable[str]) -> str:
    """Say that there is no such thing, what there is, and what may have been meant."""
    from isakmp.spec.wording import unknown as in_words

    return in_words(what, given, known)


def printable(text: str) -> str:
    """Give a text as one line that is harmless on a terminal: whatever is not printable is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def require_input() -> None:
    """Refuse to read from a standard input that the caller has closed (``<&-``).

    Raises:
        Unusable: it is closed.
    """
    if sys.stdin is None:
        raise Unusable("standard input is closed")


def require_output() -> None:
    """Refuse to run where the caller has closed standard output (``>&-``): nothing could be told.

    Raises:
        Unusable: it is closed.
    """
    if sys.stdout is None:
        raise Unusable("standard output is closed")


def guarded(command: Callable[[], int], program: str) -> int:
    """Run a command; turn whatever it raises into a line on stderr and an exit status."""
    try:
        return command()
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except (KeyboardInterrupt, click.Abort):
        _complain(f"{program}: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback for users
        return _explain(error, program)


def _explain(error: Exception, program: str) -> int:
    """Say what a library of ours, or the system, objects to; all else is a defect."""
    if isinstance(error, click.ClickException):
        return _say(_place(error, program), error.format_message(), _hint(error))
    if isinstance(error, _errors_of_ours()):
        return _say(program, str(error))
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return _say(program, f"{where}{error.strerror}")
    if isinstance(error, MemoryError):
        return _say(program, "not enough memory")
    if os.environ.get("ISAKMP_DEBUG") == "1":
        raise error
    kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _say(
        program,
        f"internal error: {kind}",
        f"a defect of {program}: please report it, with the command, its input and what ISAKMP_DEBUG=1 shows",
    )


def _errors_of_ours() -> tuple[type[Exception], ...]:
    # From the modules that are loaded already, if any: nobody else can have raised one.
    loaded = ((sys.modules.get(module), name) for module, name in _OURS)
    return tuple(getattr(module, name) for module, name in loaded if module is not None)


_OURS: Final = (
    ("isakmp.machine.errors", "IsakmpError"),
    ("isakmp.crypto.errors", "CryptoFailure"),
    ("isakmp.crypto.registry", "UnknownBackend"),
    ("isakmp.crypto.registry", "BrokenBackend"),
    ("isakmp.diagrams.render", "RenderError"),
    ("isakmp.verify.cluster", "ClusterError"),
    ("isakmp.conform.learn.learner", "NoLearner"),
)
"""What this project raises on purpose, and says in words for users."""


def _place(error: click.ClickException, program: str) -> str:
    ctx = getattr(error, "ctx", None)
    return ctx.command_path if isinstance(ctx, click.Context) else program


def _hint(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"see '{error.ctx.command_path} --help'"
    return ""


def _say(place: str, what: str, hint: str = "") -> int:
    _complain(f"{place}: {what.rstrip('.')}" + (f" ({hint})" if hint else ""))
    return UNUSABLE


def _complain(line: str) -> None:
    try:
        click.echo(printable(line), err=True)
    except OSError:  # nobody listens; the exit status still tells
        return


def _forget_output() -> None:
    """Keep the interpreter from complaining at its end that it cannot flush."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
