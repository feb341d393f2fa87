"""``isakmp verify``: the model held against what it has to be, and the protocol against an intruder."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import names, output
from isakmp.cli.errors import FINDING, FINE

if TYPE_CHECKING:
    from isakmp.cli.claims import Decided
    from isakmp.cli.searching import Answer
    from isakmp.verify.jobs import Question

EPILOG: Final = """\b
Examples:
  isakmp verify
  isakmp verify --exchange main --auth signature
  isakmp verify --exchange aggressive --auth psk --claim guessing-passive --trace
  isakmp verify --exchange main --variant peers-named --sessions 5
  isakmp verify --claim forward-secrecy --compromise session-keys --format json
  isakmp verify --exchange main --auth signature --claim weak-agreement --attack attacks
  isakmp verify --list

\b
Without a choice the model itself is verified as well: a claim about it holds, is violated, or is undecided. In the
search a verdict is "attack" or "none": no attack with so many sessions, typed, with what the intruder has. Exit status
1 if a claim is violated, or a verdict is not the one that the literature leads to expect.
"""

_STYLES: Final = {"holds": "good", "violated": "bad", "undecided": "doubt"}
_PLURALS: Final = {"holds": "hold", "violated": "are violated", "undecided": "are undecided"}
_WIDTH: Final = max(map(len, _STYLES))
_MOST_SESSIONS: Final = 8


@click.command("verify", epilog=EPILOG)
@click.option("-q", "--quiet", is_flag=True, help="Show only what does not hold or was not expected, and the sums.")
@click.option("--exchange", type=names.Known("exchange", names.verified_exchanges), help="Search only this exchange.")
@click.option("--auth", type=names.Known("authentication", names.auth_forms), help="Only this authentication.")
@click.option("--role", type=names.Known("role", names.roles), help="Only the claims of this end.")
@click.option(
    "--claim", type=names.Known("claim", names.claims), multiple=True, help="Only this claim; may be repeated."
)
@click.option(
    "--variant", type=names.Known("variant", names.variants), multiple=True, help="Only this form or variant."
)
@click.option(
    "--compromise",
    type=names.Known("compromise", names.compromises),
    multiple=True,
    help="What the intruder has; can be repeated.  [default: insiders]",
)
@click.option(
    "--sessions",
    type=click.IntRange(2, _MOST_SESSIONS),
    default=3,
    show_default=True,
    help="How many runs of honest ends take part.",
)
@click.option(
    "--processes", type=click.IntRange(1), help="How many searches run at once.  [default: one for each core]"
)
@click.option("--cluster", metavar="ADDRESS", help="Search on the workers of this Dask scheduler (tcp://host:8786).")
@click.option("--no-cache", "fresh", is_flag=True, help="Search again what earlier runs have found already.")
@click.option("--trace", is_flag=True, help="Show each attack, message by message.")
@click.option(
    "--attack",
    "folder",
    metavar="DIR",
    help="Replay each attack on the machine; write text, diagram, capture and keys of it to this folder.",
)
@click.option("--list", "listed", is_flag=True, help="List the protocols, variants and claims, and end.")
@click.option("--explain", is_flag=True, help="Say what the claims mean, with their sources, and end.")
@output.format_option("text", "json", "markdown", "html")
def command(
    *, quiet: bool, trace: bool, folder: str | None, listed: bool, explain: bool, form: str, **chosen: Any
) -> int:
    """Verify the model, and search for attacks.

    Every table is total, deterministic and reachable; every message has a receiver; every formula is well sorted; every
    row has a section; handshakes come to equal keys on all crypto backends; every statement of the RFCs is covered, or
    has a reason why nothing covers it. Then each claim of each role is searched for attacks, with a bounded number of
    sessions and an intruder who owns the network.
    """
    from isakmp.cli import searching
    from isakmp.spec.claims import CLAIMS

    choice = searching.Choice(
        exchange=chosen["exchange"],
        auth=chosen["auth"],
        role=chosen["role"],
        claims=chosen["claim"],
        variants=chosen["variant"],
        compromises=chosen["compromise"],
        sessions=chosen["sessions"],
    )
    if explain:
        searching.explain(choice.claims or CLAIMS)
        return FINE
    asked = tuple(searching.questions(choice))
    if listed:
        _list(asked)
        return FINE
    if not asked:
        raise click.UsageError("nothing fits this choice; 'isakmp verify --list' shows what there is")
    whole = choice == searching.Choice(sessions=choice.sessions)
    decided = list(_decide(shown=form == "text", quiet=quiet)) if whole else []
    found: list[Answer] = []
    how = {
        "tidy": trace or folder is not None,
        "processes": chosen["processes"],
        "cluster": chosen["cluster"],
        "cached": not chosen["fresh"],
    }
    silent = quiet or form != "text" or not sys.stdout.isatty()
    if not chosen["cluster"]:
        _announce(asked, how)
    with _interruptible(asked, found, cached=how["cached"]):
        for answer in _with_progress(asked, silent=silent, **how):
            found.append(answer)
            shown = form == "text" and (answer.surprising or not quiet)
            if shown:
                searching.show(answer)
                if trace:
                    searching.show_attack(answer)
            if folder is not None and answer.attack is not None:
                _write_attack(answer, folder, shown=shown)
    _print_all(form, decided, found)
    violated = any(one.verdict.value == "violated" for one in decided)
    return FINDING if violated or any(answer.surprising for answer in found) else FINE


def _announce(asked: tuple[Question, ...], how: dict[str, Any]) -> None:
    """Say so before a search that will take long."""
    from isakmp.cli import searching

    said = searching.warning(asked, **{name: how[name] for name in ("processes", "cached", "tidy")})
    if said:
        click.echo(f"isakmp verify: {said}", err=True)


@contextmanager
def _interruptible(asked: tuple[Question, ...], found: list[Answer], *, cached: bool) -> Iterator[None]:
    """Who interrupts the search is told how many answers there are."""
    try:
        yield
    except KeyboardInterrupt:
        kept = ", and remembered" if cached else ""
        click.echo(f"isakmp verify: {len(found)} of {len(asked)} questions are answered{kept}", err=True)
        raise


def _write_attack(answer: Answer, folder: str, *, shown: bool) -> None:
    from isakmp.cli.attack import write_attack

    done = write_attack(answer, Path(folder))
    if shown:
        output.line(output.styled(f"{'':22}{done}", "quiet"))


def _with_progress(asked: tuple[Question, ...], *, silent: bool, **how: Any) -> Iterator[Answer]:
    """The answers; where somebody watches and nothing else is printed, with how far it has come on stderr."""
    from isakmp.cli import searching

    answers = searching.answers(asked, **how)
    if not (silent and sys.stderr.isatty()):
        yield from answers
        return
    with click.progressbar(answers, length=len(asked), label="searching", file=sys.stderr) as shown:
        yield from shown


def _decide(*, shown: bool, quiet: bool) -> Iterator[Decided]:
    from isakmp.cli.claims import SOURCES, decide_all

    for one in decide_all(SOURCES):
        if shown and not (quiet and one.verdict == "holds"):
            _print(one)
        yield one


def _print_all(form: str, decided: list[Decided], found: list[Answer]) -> None:
    from isakmp.cli import searching

    counts = Counter(one.verdict.value for one in decided)
    surprising = any(answer.surprising for answer in found)
    match form:
        case "json":
            verdict = "violated" if surprising else _overall(counts)
            claims = [_document(one) for one in decided]
            output.write_json({"verdict": verdict, "claims": claims, "verdicts": [answer.record for answer in found]})
        case "markdown":
            output.write_markdown(searching.COLUMNS, map(searching.cells, found))
        case "html":
            searching.write_html(found)
        case _:
            if decided:
                seconds = sum(one.seconds for one in decided)
                said = ", ".join(
                    output.styled(f"{counts[verdict]} {_PLURALS[verdict]}", _STYLES[verdict]) for verdict in _STYLES
                )
                output.line(f"{len(decided)} claims in {seconds:.1f} s: {said}")
            _print_sum(found)


def _print_sum(found: list[Answer]) -> None:
    attacks = sum(answer.attack is not None for answer in found)
    surprises = sum(answer.surprising for answer in found)
    seconds = sum(answer.seconds for answer in found)
    as_expected = output.styled(
        f"{surprises} not as expected" if surprises else "all as expected", "bad" if surprises else "good"
    )
    asked = f"{output.counted(len(found), 'verdict')} with {found[0].question.sessions} sessions in {seconds:.1f} s"
    output.line(f"{asked}: {output.counted(attacks, 'attack')}, {len(found) - attacks} none; {as_expected}")


def _list(asked: tuple[Question, ...]) -> None:
    made: dict[tuple[str, str, str], list[str]] = {}
    for question in asked:
        protocol = question.protocol
        about = (protocol.key, protocol.changes, question.role.value)
        made.setdefault(about, []).append(question.claim.name)
    for (key, changes, role), claims in made.items():
        output.line(output.styled(f"{key} {changes}, {role}", "name"))
        output.wrapped("", ", ".join(claims), indent=4, label_width=0)


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
