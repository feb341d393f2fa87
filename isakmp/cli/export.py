"""``isakmp export``: the roles that `isakmp verify` searches, in the languages of other tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINE

if TYPE_CHECKING:
    from isakmp.spec.keying import Auth
    from isakmp.spec.messages import Exchange
    from isakmp.verify.models import Protocol

EPILOG: Final = """\b
Examples:
  isakmp export main --to scyther --auth psk > main-psk.spdl
  isakmp export quick --to tamarin --pfs --no-identities
  isakmp export aggressive+quick --to tamarin --auth signature -o both.spthy

\b
NAME is an exchange, or a phase 1 and a phase 2 under its keys, joined by "+". Written for Scyther 1.1.3, and for
Tamarin 1.8 and later. Claims that a tool cannot state are listed at the top of its model, each with the reason.
"""

_QUICK: Final = "quick"


@click.command("export", short_help="Write an exchange for Scyther or Tamarin.", epilog=EPILOG)
@click.argument("name", type=names.Known("exchange", names.exported))
@click.option("--to", "tool", required=True, type=names.Known("tool", names.tools), help="The tool that is to read it.")
@click.option("--auth", type=names.Known("authentication", names.auth_forms), help="Authentication; phase 1 needs one.")
@click.option("--pfs/--no-pfs", default=None, help="Quick mode with forward secrecy or without.  [default: without]")
@click.option(
    "--identities/--no-identities", default=None, help="Quick mode with identities or without.  [default: with]"
)
@click.option("-o", "--output", "target", metavar="FILE", help="Write into this file; else to standard output.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    name: tuple[str, ...],
    tool: Callable[[Protocol], str],
    auth: Auth | None,
    pfs: bool | None,
    identities: bool | None,
    target: str | None,
) -> int:
    """Write an exchange as a model of Scyther, or as a theory of Tamarin.

    Messages, formulas and claims are those that `isakmp verify` searches.
    """
    if _QUICK not in name and (pfs is not None or identities is not None):
        option = "--pfs and --no-pfs" if pfs is not None else "--identities and --no-identities"
        raise click.UsageError(f"{option} are for quick mode only", ctx)
    text = tool(_protocol(ctx, name, auth, pfs=bool(pfs), identities=identities is not False))
    if target in (None, "-"):
        output.line(text.removesuffix("\n"))
    else:
        output.save_all({target or "": text.encode()})
    return FINE


def _protocol(ctx: click.Context, name: tuple[str, ...], auth: Auth | None, *, pfs: bool, identities: bool) -> Protocol:
    """The protocol that is meant, under a name that tells its forms."""
    from isakmp.verify.models import alone, on_top

    found = [_exchange(ctx, part, auth, pfs=pfs, identities=identities) for part in name]
    if auth is not None and all(exchange.auth is None for exchange, _ in found):
        raise click.UsageError(f"{name[0]} comes in one form for all methods of authentication", ctx)
    (exchange, label), *above = found
    protocol = on_top(exchange, above[0][0]) if above else alone(exchange)
    return replace(protocol, name="+".join((label, *(text for _, text in above))))


def _exchange(ctx: click.Context, name: str, auth: Auth | None, *, pfs: bool, identities: bool) -> tuple[Exchange, str]:
    """The exchange of that name in the forms that are asked for, and what it is called."""
    from isakmp.spec.exchanges import phase_1_forms
    from isakmp.spec.variants import NO_IDENTITIES, PFS, verified

    forms = phase_1_forms(name)
    if forms and auth not in forms:
        missing = "needs --auth" if auth is None else f"has no authentication by {auth.value}"
        known = ", ".join(form.value for form in forms)
        raise click.UsageError(f"{name} {missing}; it comes with {known}", ctx)
    asked = (*([PFS] if pfs else []), *([] if identities else [NO_IDENTITIES])) if name == _QUICK else ()
    exchange, made = next(
        (each, parts)
        for each, parts in verified()
        if each.name == name and each.auth is (auth if forms else None) and parts == asked
    )
    return exchange, "-".join((exchange.key, *made))
