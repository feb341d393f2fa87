"""``isakmp learn``: the state machine of a live responder, beside the model's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE, Unusable

if TYPE_CHECKING:
    from isakmp.cli.settings import Settings
    from isakmp.conform.learn.machine import Machine
    from isakmp.conform.learn.queries import Queries
    from isakmp.conform.learn.subject import Subject
    from isakmp.spec.messages import Exchange

EPILOG: Final = """\b
Examples:
  isakmp learn 192.0.2.1 --policy site.toml --cache site.answers -o site.svg
  isakmp learn --model --exchange aggressive

\b
The policy is one that the responder accepts, as for 'isakmp connect'; of its proposals the first ones are used.
The responder has to bear many half-open exchanges, and several SAs with one peer at a time.
Answers are kept in --cache as they come: the same command goes on where it stopped. Learning needs the package aalpy
(pip install 'isakmp[learn]').
"""


@click.command("learn", short_help="Learn another implementation's state machine.", epilog=EPILOG)
@click.argument("host", metavar="HOST[:PORT]", required=False)
@click.option("--model", "own", is_flag=True, help="Learn the model's own responder alone, in memory.")
@click.option("--policy", type=click.Path(dir_okay=False), help="The policy; '-' is standard input.")
@click.option("--exchange", metavar="NAME", help="The exchange of phase 1.  [default: the policy's first]")
@click.option(
    "--deviations",
    type=click.Choice(["none", "one", "all"]),
    default="one",
    show_default=True,
    help="How many wrong messages of each kind are tried beside the right ones.",
)
@click.option(
    "--time", "seconds", type=click.FloatRange(1), default=900.0, show_default=True, help="Seconds to learn at most."
)
@click.option(
    "--timeout", type=click.FloatRange(0.01, 60), default=0.4, show_default=True, help="Seconds for an answer."
)
@click.option(
    "--parallel", type=click.IntRange(1, 64), default=8, show_default=True, help="Conversations at the same time."
)
@click.option("--from", "source", metavar="ADDR", help="The address to speak from.")
@click.option("--name", metavar="TEXT", help="What the responder is called in the report.  [default: HOST]")
@click.option("--quick", nargs=2, metavar="LOCAL REMOTE", help="The networks that quick modes ask for.")
@click.option("--cache", type=click.Path(dir_okay=False), help="Keep the answers in this file, and use what it has.")
@click.option("-o", "--output", "picture", metavar="FILE.svg|png|pdf|dot", help="Draw the two machines into this file.")
@output.format_option("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    host: str | None,
    own: bool,
    policy: str | None,
    exchange: str | None,
    deviations: str,
    seconds: float,
    timeout: float,
    parallel: int,
    source: str | None,
    name: str | None,
    quick: tuple[str, str] | None,
    cache: str | None,
    picture: str | None,
    form: str,
) -> int:
    """Learn how a responder answers the messages of phase 1 and quick mode, in whatever order they come.

    The machine that explains its answers is compared with the one that the model has: what both do, what is missing and
    what is extra. Exit status 1 if they differ in what they send, 2 if nothing could be learned.
    """
    from isakmp.cli import endpoint
    from isakmp.cli.learned import MODEL, Report
    from isakmp.conform.learn.queries import OtherCache, OutOfTime, Undecided
    from isakmp.conform.live.dialogue import Unreached
    from isakmp.diagrams.render import form_of

    if (host is None) is not own:
        raise click.UsageError("HOST or --model, one of them", ctx)
    if own and (cache or source or quick):
        raise click.UsageError("--cache, --from and --quick are for a HOST", ctx)
    if picture is not None:
        form_of(Path(picture))
    settings = endpoint.load_settings(policy)
    phase_1 = _phase_1(settings, exchange, free=policy is None)
    expected, queries = _own(settings, phase_1, deviations), None
    found = expected
    if host is not None:
        subject = _live(settings, host, phase_1, (deviations, timeout, source, quick))
        try:
            queries = _queries(subject, host, cache, parallel, seconds)
            found = _learned(queries, subject, expected)
        except Unreached as error:
            raise Unusable(f"{host}: {error}") from error
        except Undecided as error:
            raise Unusable(f"{host}: {error}: is --timeout too short?") from error
        except OtherCache as error:
            raise Unusable(f"--cache: {error}") from error
        except OutOfTime as error:
            raise Unusable(f"{host}: the time was over before there was a first hypothesis: see --time") from error
    report = Report(name or host or MODEL, phase_1, expected, found, queries)
    if picture is not None:
        report.draw(Path(picture))
    report.write_json() if form == "json" else report.write_text()
    return FINE if report.difference.alike else FINDING


def _phase_1(settings: Settings, name: str | None, *, free: bool) -> Exchange:
    """The exchange that is learned, in the form of the policy's first proposal; `free` is one that no policy restricts.

    Raises:
        Unusable: the policy does not allow it, or it has no such form.
    """
    from isakmp.cli.conform_labs import BOTH, exchanges_of
    from isakmp.machine.methods import auth_of
    from isakmp.spec.algorithms import AUTHENTICATIONS
    from isakmp.spec.exchanges import phase_1_forms
    from isakmp.spec.wording import unknown

    allowed = BOTH if free else exchanges_of(settings)
    chosen = name or allowed[0]
    if chosen not in allowed:
        raise Unusable(f"--exchange: {unknown('exchange', chosen, allowed)} ({settings.name})")
    auth = settings.policy.ike[0].auth
    if AUTHENTICATIONS[auth].xauth:
        raise Unusable(f"{settings.name}: behind the first proposal's authentication comes XAuth, which is not learned")
    forms, form = phase_1_forms(chosen), auth_of(auth)
    if form not in forms:
        raise Unusable(f"--exchange: {chosen} has no form with the authentication of {settings.name}")
    return forms[form]


def _own(settings: Settings, phase_1: Exchange, deviations: str) -> Machine:
    """The machine of the model's own responder with the same policy."""
    import time

    from isakmp.cli.conform_labs import ends_of_model
    from isakmp.conform.learn.alphabet import Deviations, alphabet
    from isakmp.conform.learn.learner import learn
    from isakmp.conform.learn.queries import Queries
    from isakmp.conform.learn.subject import Subject
    from isakmp.conform.live.target import MemoryTarget
    from isakmp.machine.peer import Peer
    from isakmp.spec.terms import Role

    began = time.time()
    ends = ends_of_model(settings, phase_1.name, began)

    def connect() -> MemoryTarget:
        return MemoryTarget(Peer(ends[Role.R], settings.backend), began)

    symbols = alphabet(phase_1, ends[Role.I], Deviations(deviations))
    subject = Subject(connect, ends[Role.I], settings.backend, phase_1, symbols, seconds=IN_MEMORY)
    machine = learn(Queries(subject.ask), subject.alphabet)
    return subject.named(machine, connect)


IN_MEMORY: Final = 0.01
"""Seconds on the model's own clock that are waited for its answers, which come at once."""


def _live(
    settings: Settings,
    host: str,
    phase_1: Exchange,
    chosen: tuple[str, float, str | None, tuple[str, str] | None],
) -> Subject:
    """A responder on UDP.

    Raises:
        Unusable: the policy does not speak of it, or a secret is missing.
    """
    from isakmp.cli import endpoint
    from isakmp.cli.conform_labs import config_for
    from isakmp.conform.learn.alphabet import Deviations, alphabet
    from isakmp.conform.learn.subject import Subject
    from isakmp.conform.live.target import UdpTarget
    from isakmp.spec.limits import ISAKMP_PORT

    deviations, timeout, source, quick = chosen
    name, port = endpoint.place(host, ISAKMP_PORT)
    address = endpoint.numeric(name)
    endpoint.somebody(address, port)
    from_where = None if source is None else (endpoint.numeric(source), 0)

    def connect() -> UdpTarget:
        return UdpTarget(address, port, from_where)

    first = connect()
    first.close()
    config = config_for(settings, first.local, address, quick)
    symbols = alphabet(phase_1, config, Deviations(deviations))
    return Subject(connect, config, settings.backend, phase_1, symbols, timeout)


def _queries(subject: Subject, host: str, cache: str | None, parallel: int, seconds: float) -> Queries:
    """The answers of a responder, and what they depend on."""
    from isakmp.conform.learn.queries import Queries

    heading = {
        "answers of": host,
        "exchange": subject.phase_1.key,
        "proposals": [str(subject.config.ike[0]), str(subject.config.ipsec[0])],
        "inputs": subject.alphabet,
    }
    path = None if cache is None else Path(cache)
    return Queries(subject.ask, heading, path, parallel=parallel, seconds=seconds)


def _learned(queries: Queries, subject: Subject, expected: Machine) -> Machine:
    """The responder's machine; on a terminal, with how far it is on stderr."""
    import sys

    from isakmp.conform.learn.learner import learn

    def told(machine: Machine) -> None:
        if sys.stderr.isatty():
            states, asked = output.counted(len(machine.states), "state"), output.counted(queries.asked, "word")
            click.echo(f"isakmp learn: {states} so far, {asked} asked", err=True)

    return learn(queries, subject.alphabet, expected, told)
