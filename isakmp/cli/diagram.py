"""``isakmp diagram``: state machines, message sequences and packet layouts, drawn from the tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINE, unknown

if TYPE_CHECKING:
    from isakmp.spec.keying import Auth
    from isakmp.spec.terms import Role

EPILOG: Final = """\b
Examples:
  isakmp diagram main --auth signature --kind sequence -o main.svg
  isakmp diagram SA --kind payload | dot -Tpdf > sa.pdf

NAME is an exchange, or a payload (Header, SA, KE, ...), whose layout is drawn; --kind payload without NAME draws an
overview of all. Without -o the drawing goes to standard output, as text in Graphviz's language DOT.
"""

KINDS: Final = ("state", "sequence", "payload")


@click.command("diagram", short_help="Draw an exchange or a payload.", epilog=EPILOG)
@click.argument("name", required=False)
@click.option(
    "--auth",
    type=names.Known("authentication", names.auth_forms),
    help="Of an exchange that comes in several forms; else psk.",
)
@click.option("--role", type=names.Known("role", names.roles), help="Only this end's states; else both, side by side.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="State machine (the default), message sequence, or payload layout."
)
@click.option(
    "-o", "--output", "target", metavar="FILE.svg|png|pdf|dot", help="Draw into this file; its suffix says how."
)
@click.option("--gallery", metavar="DIR", help="Write all drawings, as SVG and DOT, and an index into this folder.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    name: str | None,
    auth: Auth | None,
    role: Role | None,
    kind: str | None,
    target: str | None,
    gallery: str | None,
) -> int:
    """Draw the state machine or messages of an exchange, or the layout of a payload.

    Pictures follow from the tables; an SVG shows the sections when it is pointed at.
    """
    if gallery is not None:
        if any(given is not None for given in (name, auth, role, kind, target)):
            raise click.UsageError("--gallery draws everything, and goes with nothing else", ctx)
        from isakmp.diagrams.gallery import write_gallery

        written = write_gallery(Path(gallery))
        output.line(f"{len(written)} files in {gallery}")
        return FINE
    dot = _payload(ctx, name, auth, role) if kind == "payload" else _exchange_or_payload(ctx, name, auth, role, kind)
    if target in (None, "-"):
        output.line(dot.removesuffix("\n"))
    else:
        from isakmp.diagrams.render import render

        render(dot, Path(target or ""))
    return FINE


def _exchange_or_payload(
    ctx: click.Context, name: str | None, auth: Auth | None, role: Role | None, kind: str | None
) -> str:
    name = name or "main"
    found = names.table_names()
    layouts = _layout_names()
    if name.lower() not in found:
        if kind is None and _key(name) in layouts:
            return _payload(ctx, name, auth, role)
        if kind is None:
            raise click.UsageError(unknown("exchange or payload", name, [*found, *layouts.values()]), ctx)
        raise click.UsageError(unknown("exchange", name, found), ctx)
    from isakmp.diagrams.state import both_roles, state_machine
    from isakmp.spec.catalogue import tables

    initiator, responder = [next(tables(name.lower(), auth, end)) for end in names.roles().values()]
    if kind == "sequence":
        if role is not None:
            raise click.UsageError("--role is for state machines; a sequence shows both ends", ctx)
        if not initiator.exchange.messages:
            raise click.UsageError(f"{name} is a process without messages of its own; --kind state draws it", ctx)
        from isakmp.diagrams.sequence import sequence

        return sequence(initiator.exchange)
    if role is not None:
        return state_machine(initiator if role is initiator.role else responder)
    return both_roles(initiator, responder)


def _payload(ctx: click.Context, name: str | None, auth: Auth | None, role: Role | None) -> str:
    from isakmp.diagrams.payload import overview, packet
    from isakmp.spec.payloads import LAYOUTS

    if auth is not None or role is not None:
        raise click.UsageError("--auth and --role are for exchanges; a payload's layout has neither", ctx)
    if name is None:
        return overview(LAYOUTS.values())
    layouts = _layout_names()
    if _key(name) not in layouts:
        raise click.UsageError(unknown("payload", name, layouts.values()), ctx)
    return packet(LAYOUTS[layouts[_key(name)]])


def _layout_names() -> dict[str, str]:
    from isakmp.spec.payloads import LAYOUTS

    return {_key(name): name for name in LAYOUTS}


def _key(name: str) -> str:
    return name.lower().replace("-", "_")
