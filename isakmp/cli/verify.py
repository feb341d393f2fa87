"""``isakmp verify``: the model, held against what it has to be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE

if TYPE_CHECKING:
    from isakmp.cli.claims import Decided

EPILOG: Final = """\b
Examples:
  isakmp verify
  isakmp verify --format json > claims.json

A claim holds, is violated, or is undecided; exit status 1 if one is violated.
"""

_STYLES: Final = {"holds": "good", "violated": "bad", "undecided": "doubt"}
_PLURALS: Final = {"holds": "hold", "violated": "are violated", "undecided": "are undecided"}
_WIDTH: Final = max(map(len, _STYLES))


@click.command("verify", epilog=EPILOG)
@click.option("-q", "--quiet", is_flag=True, help="Show only claims that do not hold, and the sum.")
@output.format_option("text", "json")
def command(quiet: bool, form: str) -> int:
    """Verify the model itself.

    Every table is total, deterministic and reachable; every message has a receiver; every formula is well sorted; every
    row has a section; handshakes come to equal keys on all crypto backends; every statement of the RFCs is covered, or
    has a reason why nothing covers it.
    """
    from isakmp.cli.claims import SOURCES, decide_all

    decided: list[Decided] = []
    for one in decide_all(SOURCES):
        decided.append(one)
        if form == "text" and not (quiet and one.verdict == "holds"):
            _print(one)
    counts = Counter(one.verdict.value for one in decided)
    if form == "json":
        output.write_json({"verdict": _overall(counts), "claims": [_document(one) for one in decided]})
    else:
        seconds = sum(one.seconds for one in decided)
        said = ", ".join(
            output.styled(f"{counts[verdict]} {_PLURALS[verdict]}", _STYLES[verdict]) for verdict in _STYLES
        )
        output.line(f"{len(decided)} claims in {seconds:.1f} s: {said}")
    return FINDING if counts["violated"] else FINE


def _overall(counts: Counter[str]) -> str:
    return next((verdict for verdict in ("violated", "undecided") if counts[verdict]), "holds")


def _print(one: Decided) -> None:
    claim = one.claim
    about = "-".join(filter(None, (claim.exchange, claim.auth)))
    role = claim.role.value if claim.role else ""
    verdict = output.styled(f"{one.verdict.value:<{_WIDTH}}", _STYLES[one.verdict.value])
    output.line(f"{verdict}  {about:<20}  {role:<9}  {claim.statement}")
    if one.detail:
        output.wrapped("", one.detail, indent=_WIDTH + 2, label_width=0)


def _document(one: Decided) -> dict[str, Any]:
    claim = one.claim
    return {
        "exchange": claim.exchange,
        "auth": claim.auth,
        "role": claim.role.value if claim.role else None,
        "claim": claim.statement,
        "verdict": one.verdict.value,
        "seconds": round(one.seconds, 6),
        "detail": one.detail,
    }
