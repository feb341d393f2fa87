"""The search for attacks as `isakmp verify` shows it: what is chosen, what comes out, and whether it was expected."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import output

if TYPE_CHECKING:
    from isakmp.spec.claims import Claim, Compromise
    from isakmp.spec.keying import Auth
    from isakmp.spec.terms import Role
    from isakmp.verify.jobs import Question
    from isakmp.verify.models import Protocol
    from isakmp.verify.search import Attack

COLUMNS: Final = (
    "exchange",
    "auth",
    "variant",
    "role",
    "claim",
    "compromise",
    "sessions",
    "verdict",
    "expected",
    "messages",
)
ATTACK, NONE = "attack", "none"
_LONG: Final = 60.0
"""Seconds from which on a search is announced."""


@dataclass(frozen=True)
class Choice:
    """What the user wants searched; what is empty or None stands for everything."""

    exchange: str | None = None
    auth: Auth | None = None
    role: Role | None = None
    claims: tuple[Claim, ...] = ()
    variants: tuple[str, ...] = ()
    compromises: tuple[Compromise, ...] = ()
    sessions: int = 3


@dataclass(frozen=True)
class Answer:
    """The verdict to a question, what was expected and by which source (None: nothing is), and the attack if any."""

    question: Question
    verdict: str
    expected: str | None
    why: str
    source: str
    seconds: float
    attack: Attack | None

    @property
    def surprising(self) -> bool:
        """Whether it is not what was expected."""
        return self.expected is not None and self.verdict != self.expected

    @property
    def record(self) -> dict[str, Any]:
        """The answer for programs."""
        question = self.question
        protocol = question.protocol
        return {
            "exchange": protocol.title,
            "auth": protocol.auth.value if protocol.auth else None,
            "variant": protocol.changes,
            "role": question.role.value,
            "claim": question.claim.name,
            "compromise": "+".join(sorted(each.value for each in question.compromises)),
            "sessions": question.sessions,
            "verdict": self.verdict,
            "expected": self.expected,
            "source": self.source,
            "seconds": round(self.seconds, 4),
            "messages": self.attack.messages if self.attack else None,
        }


def questions(choice: Choice) -> Iterator[Question]:
    """The questions of a choice, protocol by protocol."""
    from isakmp.spec.claims import Compromise
    from isakmp.spec.terms import Role
    from isakmp.verify.jobs import Question
    from isakmp.verify.models import protocols
    from isakmp.verify.search import claims_of

    base = frozenset(choice.compromises) or frozenset({Compromise.INSIDERS})
    for protocol in protocols():
        if not _fits(protocol, choice):
            continue
        for role in Role if choice.role is None else (choice.role,):
            for claim in claims_of(protocol, role):
                if not choice.claims or claim in choice.claims:
                    yield Question(protocol, role, claim, base | frozenset(claim.needs), choice.sessions)


def _fits(protocol: Protocol, choice: Choice) -> bool:
    names = {protocol.changes, *protocol.forms, protocol.variant}
    return (
        choice.exchange in {None, protocol.title}
        and choice.auth in {None, protocol.auth}
        and (not choice.variants or any(name in names for name in choice.variants))
    )


def answers(
    asked: Iterable[Question],
    *,
    tidy: bool = False,
    processes: int | None = None,
    cluster: str | None = None,
    cached: bool = True,
) -> Iterator[Answer]:
    """The answers, in order. Questions about one protocol should stand together: it is grounded once.

    `tidy` attacks change no more than they have to, for those who want to read them. `processes` and `cached` say how
    many questions are answered at once, and whether answers are remembered from run to run; `cluster` is the address of
    a scheduler whose workers answer instead.

    Raises:
        ClusterError: the cluster cannot be used.
        DefectError: an attack cannot be put in order, or a role cannot come to the end of an honest run.
    """
    from isakmp.verify.cache import Cache, default_path
    from isakmp.verify.jobs import run

    cache = default_path() if cached else None
    with Cache(cache) as remembered:
        if remembered.problem:
            click.echo(f"isakmp verify: nothing is remembered: {remembered.problem}", err=True)
    if cluster:
        from isakmp.verify.cluster import run_on

        results = run_on(cluster, asked, cache=cache, tidy=tidy)
    else:
        results = run(asked, processes=processes, cache=cache, tidy=tidy)
    for question, found in results:
        usual, finding = question.usual, question.finding
        yield Answer(
            question,
            ATTACK if found.attack else NONE,
            (ATTACK if finding else NONE) if usual else None,
            finding.why if finding and usual else "",
            finding.source if finding and usual else question.claim.source,
            found.seconds,
            found.attack,
        )


def warning(asked: Sequence[Question], *, processes: int | None, cached: bool, tidy: bool) -> str:
    """What to say before a search that will take long: how long, judging by smaller bounds; empty where it will not."""
    from isakmp.verify.cache import default_path
    from isakmp.verify.estimate import TRIED, estimate
    from isakmp.verify.jobs import grouped, remembered

    if max(question.sessions for question in asked) <= TRIED[-1]:
        return ""
    cache = default_path() if cached else None
    left = [group for group in grouped(asked) if remembered(group, cache=cache, tidy=tidy) is None]
    seconds = estimate(left, processes or os.cpu_count() or 1)
    if seconds < _LONG:
        return ""
    when = f"{seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} hours"
    kept = "what is found is remembered, whenever it is interrupted" if cached else "nothing is remembered"
    return f"this may take about {when}, judging by {TRIED[0]} and {TRIED[-1]} sessions; {kept}"


# ---- how it is shown -------------------------------------------------------------------------------------------------


def cells(answer: Answer) -> list[str]:
    """An answer as a row of `COLUMNS`."""
    record = answer.record
    return ["" if record[column] is None else str(record[column]) for column in COLUMNS]


def show(answer: Answer) -> None:
    """One line of text for people."""
    record = answer.record
    about = answer.question.protocol.key
    if answer.question.protocol.changes != "standard":
        about += f" {record['variant']}"
    style = "bad" if answer.surprising else "doubt" if answer.attack else "good"
    verdict = f"{answer.verdict}, {record['messages']} messages" if answer.attack else answer.verdict
    seconds = f"{answer.seconds:.2f} s"
    line = f"{verdict:<20}  {about:<44}  {record['role']:<9}  {record['claim']:<28}  {seconds:>8}"
    output.line(output.styled(line, style) if answer.surprising else output.styled(line[:20], style) + line[20:])
    if answer.surprising:
        output.wrapped("", f"expected: {answer.expected}; {answer.why or answer.source}", indent=22, label_width=0)


def show_attack(answer: Answer) -> None:
    """The attack, message by message."""
    from isakmp.verify.search import scripts_of
    from isakmp.verify.trace import Story, cast_of, told

    if answer.attack is None:
        return
    story = Story(scripts_of(answer.question.protocol), answer.attack)
    for line in cast_of(story):
        output.line(f"    {line}")
    for number, step in enumerate(told(story, answer.question.compromises), 1):
        output.line(f"    {number}. {step}")


def explain(chosen: Iterable[Claim]) -> None:
    """What claims say, in words, with their sources."""
    from isakmp.spec.claims import COMPROMISES

    for each in chosen:
        output.line(output.styled(each.name, "name"))
        output.wrapped("", each.meaning, indent=4, label_width=0)
        output.wrapped("of ", each.scope.value, indent=4, label_width=0)
        for compromise in each.needs:
            output.wrapped("where ", COMPROMISES[compromise], indent=4, label_width=0)
        output.wrapped("source ", each.source, indent=4, label_width=0)


def write_html(found: Iterable[Answer]) -> None:
    """The answers as one page that needs nothing else."""
    output.line("<!doctype html>\n<meta charset=utf-8>\n<title>isakmp verify</title>")
    output.line(
        "<style>table{border-collapse:collapse;font:14px sans-serif}td,th{padding:2px 8px;border-bottom:1px solid #ccc;"
        "text-align:left}.attack{color:#a00}.surprising{background:#fdd}</style>"
    )
    output.line("<table>\n<tr>" + "".join(f"<th>{html.escape(column)}" for column in COLUMNS))
    for answer in found:
        kind = " ".join(["surprising"] * answer.surprising + [answer.verdict])
        output.line(f'<tr class="{kind}">' + "".join(f"<td>{html.escape(cell)}" for cell in cells(answer)))
    output.line("</table>")
