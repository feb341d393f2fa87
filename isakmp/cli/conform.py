"""``isakmp conform``: cases against a live implementation, each with a section and a verdict."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE, Unusable

if TYPE_CHECKING:
    from isakmp.cli.settings import Settings
    from isakmp.conform.live.case import Case
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.suite import Result
    from isakmp.machine.config import Config

EPILOG: Final = """\b
Examples:
  ISAKMP_PSK=... isakmp conform 192.0.2.1 --policy site.toml
  isakmp conform --model --cases '*.rfc2408.5.*'
  isakmp conform --list --format json
  isakmp conform 192.0.2.1 --as-responder --listen 192.0.2.2 --begin 'swanctl --initiate --child c'

\b
The policy is one that the responder accepts, as for 'isakmp connect'; of its proposals the first ones are used.
A responder that bounds half-open exchanges has to be told to bear some more: each case leaves one behind.
"""

MODEL: Final = "model"
BOTH: Final = ("main", "aggressive")
"""The exchanges that the model is tried by where no policy says otherwise."""

STYLES: Final = {"conforms": "good", "deviates": "bad", "crashed": "bad", "inconclusive": "doubt"}


@click.command("conform", short_help="Test another implementation, on UDP.", epilog=EPILOG)
@click.argument("host", metavar="HOST[:PORT]", required=False)
@click.option("--model", "own", is_flag=True, help="Test the model's own responder, in memory.")
@click.option("--policy", type=click.Path(dir_okay=False), help="The policy; '-' is standard input.")
@click.option("--cases", "pattern", metavar="GLOB", default="*", help="Only cases whose names fit.")
@click.option("--list", "listed", is_flag=True, help="Show the cases, and run none.")
@click.option(
    "--timeout", type=click.FloatRange(0.01, 60), default=1.0, show_default=True, help="Seconds for an answer."
)
@click.option(
    "--patience",
    type=click.FloatRange(0, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for a responder that has stopped answering to come back.",
)
@click.option("--from", "source", metavar="ADDR[:PORT]", help="Where to speak from.  [default: any free port]")
@click.option("--as-responder", "answers", is_flag=True, help="Test an initiator: be the responder that it speaks to.")
@click.option("--listen", metavar="ADDR[:PORT]", help="Where the initiator is awaited.  [default: 127.0.0.1, port 500]")
@click.option("--begin", metavar="COMMAND", help="What makes the initiator begin; else it has to do so by itself.")
@click.option("--vendor-id", "vendors", multiple=True, metavar="HEX", help="Announce this; some answer nobody without.")
@click.option("--quick", nargs=2, metavar="LOCAL REMOTE", help="The networks that quick modes ask for.")
@output.format_option("text", "json", "junit", "html")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    host: str | None,
    own: bool,
    policy: str | None,
    pattern: str,
    listed: bool,
    timeout: float,
    patience: float,
    source: str | None,
    quick: tuple[str, str] | None,
    answers: bool,
    listen: str | None,
    begin: str | None,
    vendors: tuple[str, ...],
    form: str,
) -> int:
    """Try a responder by what RFC 2407, 2408 and 2409 demand, case by case.

    Each case is an honest exchange with one deviation, and says which reactions are allowed. Verdicts are conforms,
    deviates, inconclusive, and crashed, where the responder was lost; the run waits for it and goes on. Exit status 1
    if something deviates or crashed.
    """
    from isakmp.cli import endpoint

    if not listed and (host is None) is not own:
        raise click.UsageError("HOST or --model, one of them", ctx)
    if not answers and (listen or begin):
        raise click.UsageError("--listen and --begin go with --as-responder", ctx)
    if host is None:
        settings = endpoint.load_settings(policy)
        lab = _model(settings, BOTH if policy is None else _exchanges(settings), answers=answers)
        found = _cases(lab, pattern)
        return _list(found, form) if listed else _run(MODEL, lab, found, form)
    if answers:
        lab = _awaiting(host, policy, listen or "127.0.0.1", begin or "", quick)
        lab = replace(lab, seconds=timeout, patience=patience)
    else:
        lab = lab_for(host, policy, source=source, quick=quick, seconds=timeout, patience=patience)
    with closing(lab.target):
        lab = replace(lab, config=replace(lab.config, vendor_ids=tuple(map(_octets_of, vendors))))
        found = _cases(lab, pattern)
        return _list(found, form) if listed else _run(host, lab, found, form)


def lab_for(
    host: str,
    policy: str | None,
    *,
    source: str | None = None,
    quick: tuple[str, str] | None = None,
    seconds: float = 1.0,
    patience: float = 60.0,
) -> Lab:
    """What is needed to try a responder over UDP.

    Args:
        host: `HOST` or `HOST:PORT`.
        policy: the file of the policy; None for the default one.
        source: `ADDR` or `ADDR:PORT` to speak from.
        quick: the networks of quick mode, this end's first.
        seconds: how long an answer may take.
        patience: how long, in seconds, a responder that has fallen silent is waited for.

    Raises:
        Unusable: the policy, an address or a secret cannot be used.
        OSError: there is no socket to be had.

    """
    from isakmp.cli import endpoint
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.target import UdpTarget
    from isakmp.spec.limits import ISAKMP_PORT

    settings = endpoint.load_settings(policy)
    name, port = endpoint.place(host, ISAKMP_PORT)
    address = endpoint.numeric(name)
    live = UdpTarget(address, port, endpoint.place(source, 0) if source else None)
    try:
        config = _config(settings, live.local, address, quick)
    except BaseException:
        live.close()
        raise
    return Lab(config, settings.backend, live, _exchanges(settings), seconds, patience)


def _awaiting(host: str, policy: str | None, listen: str, begin: str, quick: tuple[str, str] | None) -> Lab:
    """What is needed to try an initiator at a host, awaited at an address of this one.

    Raises:
        Unusable: as for a responder.
        OSError: there is no socket to be had, or no such command.
    """
    import shlex

    from isakmp.cli import endpoint
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.target import UdpInitiator
    from isakmp.spec.limits import ISAKMP_PORT

    settings = endpoint.load_settings(policy)
    name, port = endpoint.place(listen, ISAKMP_PORT)
    own, other = endpoint.numeric(name), endpoint.numeric(endpoint.place(host, ISAKMP_PORT)[0])
    config = _config(settings, own, other, quick)
    live = UdpInitiator(own, port, shlex.split(begin))
    return Lab(config, settings.backend, live, _exchanges(settings), answers=True)


def _run(name: str, lab: Lab, cases: tuple[Case, ...], form: str) -> int:
    from isakmp.conform.live import reports
    from isakmp.conform.live.case import Verdict
    from isakmp.conform.live.suite import NoTarget, Suite

    results: list[Result] = []
    try:
        for result in Suite(lab).run(cases):
            results.append(result)
            if form == "text":
                _print(result)
    except NoTarget as error:
        raise Unusable(f"{name}: {error}") from error
    match form:
        case "json":
            output.write_json(reports.document(name, results, "initiator" if lab.answers else "responder"))
        case "junit":
            output.line(reports.junit(name, results))
        case "html":
            output.line(reports.html(name, results))
        case _:
            _sum(results)
    bad = {Verdict.DEVIATES, Verdict.CRASHED}
    return FINDING if any(result.verdict in bad for result in results) else FINE


# ---- text ------------------------------------------------------------------------------------------------------------


def _print(result: Result) -> None:
    from isakmp.conform.live.case import Verdict

    case, verdict = result.case, result.verdict.value
    output.line(f"{output.styled(f'{verdict:<12}', STYLES[verdict])}  {case.level.value:<6}  {case.name}")
    if result.verdict is Verdict.CONFORMS:
        return
    output.wrapped("sent", case.sent, indent=4, label_width=9)
    output.wrapped("allowed", case.allows.value, indent=4, label_width=9)
    output.wrapped("came", result.reason, indent=4, label_width=9)
    for one in result.evidence[-LINES:]:
        who = "suite" if one.ours else "target"
        output.wrapped(who, f"{one.what}: {_octets(one.datagram)}", indent=4, label_width=9, style="quiet")


LINES: Final = 4
SHOWN: Final = 48
"""How many of the last datagrams are shown with a case, and octets of each; JSON has them all."""


def _octets(datagram: bytes) -> str:
    more = f"... ({output.counted(len(datagram), 'octet')})" if len(datagram) > SHOWN else ""
    return datagram[:SHOWN].hex() + more


def _sum(results: list[Result]) -> None:
    from isakmp.conform.live.reports import counts

    output.line()
    found = [f"{number} {verdict}" for verdict, number in counts(results).items() if number]
    output.line(f"{output.counted(len(results), 'case')}: {', '.join(found) or 'none fits'}")


def _list(cases: tuple[Case, ...], form: str) -> int:
    from isakmp.conform.live.reports import case_document

    if form == "json":
        output.write_json({"cases": [case_document(case) for case in cases]})
        return FINE
    for case in cases:
        output.line(f"{case.level.value:<6}  {output.styled(case.name, 'name')}")
        output.wrapped("sent", case.sent, indent=8, label_width=9)
        output.wrapped("allowed", case.allows.value, indent=8, label_width=9)
    output.line(output.counted(len(cases), "case"))
    return FINE


# ---- what is run -----------------------------------------------------------------------------------------------------


def _cases(lab: Lab, pattern: str) -> tuple[Case, ...]:
    from isakmp.conform.live.catalogue import cases, initiator_cases

    found = (initiator_cases if lab.answers else cases)(lab.config, lab.exchanges, pattern)
    if not found:
        raise Unusable(f"--cases: no case fits {pattern!r}; see --list")
    return found


def _octets_of(text: str) -> bytes:
    """Octets from hexadecimal.

    Raises:
        Unusable: it is none.
    """
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Unusable(f"--vendor-id: {text!r} is not hexadecimal") from error


def _exchanges(settings: Settings) -> tuple[str, ...]:
    """The exchanges of phase 1 that the policy allows and that make keys.

    Raises:
        Unusable: there is none.
    """
    from isakmp.spec.exchanges import phase_1_forms

    policy = settings.policy.exchanges
    found = tuple(name for name in policy if any(form.keys for form in phase_1_forms(name).values()))
    if not found:
        raise Unusable(f"{settings.name}: {' and '.join(policy)} makes no keys, under which cases could be run")
    return found


def _config(settings: Settings, own: str, other: str, quick: tuple[str, str] | None) -> Config:
    """The honest partner's configuration: one proposal for each phase, and nothing beside the documents' core.

    Raises:
        Unusable: the policy does not speak of the other end, or a secret is missing.
    """
    from isakmp.cli.peer_tables import network
    from isakmp.machine.natt import Endpoint

    table = settings.table_for(other)
    if table is None:
        raise Unusable(f"{settings.name}: no [[peer]] has the address {other}")
    found = _plain(settings.config(Endpoint(own, 0), table))
    if quick is None:
        return found
    local, remote = network(quick[0], "--quick LOCAL"), network(quick[1], "--quick REMOTE")
    return replace(found, local_network=local, remote_network=remote)


def _plain(config: Config) -> Config:
    """A configuration without extensions, by which cases stay comparable."""
    from isakmp.machine.config import Timers

    return replace(
        config,
        ike=config.ike[:1],
        ipsec=config.ipsec[:1],
        endpoint=None,
        fragment_size=None,
        rekey=None,
        timers=Timers(),
    )


def _model(settings: Settings, exchanges: tuple[str, ...], *, answers: bool) -> Lab:
    """The model's own responder (or initiator, which is answered), with the same policy and with keys for this run."""
    import time

    from isakmp.cli.scenario import Scenario, configs_for, credentials_for
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.target import MemoryTarget
    from isakmp.machine.config import Dpd
    from isakmp.machine.peer import Peer
    from isakmp.spec.terms import Role

    policy, began = settings.policy, time.time()
    scenario = Scenario(exchanges[0], policy.ike[0], policy.ipsec[0], settings.backend.name)
    ends = configs_for(scenario, credentials_for(scenario.auth, settings.backend, began))
    if answers:
        initiator = MemoryTarget(Peer(ends[Role.I], settings.backend), began)
        return Lab(ends[Role.R], settings.backend, initiator, exchanges, answers=True)
    responder = ends[Role.R]
    bearing = replace(responder, half_open_per_address=responder.half_open_total, dpd=Dpd())
    target = MemoryTarget(Peer(bearing, settings.backend), began)
    return Lab(ends[Role.I], settings.backend, target, exchanges)
