"""The command line ``isakmp``: one module a command, loaded when it is asked for, so that ``--help`` is quick.

Every command returns an exit status: 0 all is fine, 1 a finding, 2 bad usage or input that cannot be read (see
`isakmp.cli.errors` for the others). Output goes to stdout, errors go to stderr as one line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from isakmp.cli import errors, output

__all__ = ["app", "main"]

PROGRAM: Final = "isakmp"

COMMANDS: Final = (
    "table",
    "diagram",
    "run",
    "serve",
    "connect",
    "decode",
    "check",
    "verify",
    "export",
    "policy",
    "compare",
    "requirements",
    "conform",
    "learn",
    "vectors",
)
"""The commands, in the order of the help; each is the attribute ``command`` of the module of its name."""

EPILOG: Final = """\b
Examples:
  isakmp check capture.pcap --keys capture.keys.json
  isakmp run main --auth psk --proposal aes256-sha256-modp2048

Exit status: 0 all is fine, 1 a finding, 2 bad usage or unreadable input.
Environment: NO_COLOR=1 switches colours off, ISAKMP_DEBUG=1 shows tracebacks.
"""


class Commands(click.Group):
    """The group of all commands; imports a command's module when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; says which there are where there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(errors.unknown("command", args[0], COMMANDS), ctx)
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if value and not ctx.resilient_parsing:
        from isakmp import __version__

        click.echo(f"{PROGRAM} {__version__}")
        ctx.exit()


@click.group(
    name=PROGRAM,
    cls=Commands,
    epilog=EPILOG,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Executable reference model of ISAKMP and IKE version 1 (RFC 2407, 2408, 2409).

    Shows the protocol's transition table, draws it, runs it, decodes messages, judges captures of real handshakes by
    it, and verifies it.
    """


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; ``args`` are those of the process where none are given.

    Raises nothing, except under ``ISAKMP_DEBUG=1``, where what nobody expected is raised again.
    """
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:  # the shell asks for completions, or for the script that asks
        return int(app.main(prog_name=PROGRAM, standalone_mode=False) or 0)
    output.prepare()
    given = list(sys.argv[1:] if args is None else args)
    return errors.guarded(lambda: _invoke(given), PROGRAM)


def _invoke(args: list[str]) -> int:
    errors.require_output()
    with app.make_context(PROGRAM, args or ["--help"]) as ctx:
        status: int | None = app.invoke(ctx)
    sys.stdout.flush()  # here, where a reader that has gone away is no surprise
    return status or 0
