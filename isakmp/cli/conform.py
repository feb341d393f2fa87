"""``isakmp conform``: cases against a live implementation, each with a section and a verdict."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import output
from isakmp.cli.endpoint import ASSIGNED, a_port
from isakmp.cli.errors import FINDING, FINE, Unusable

if TYPE_CHECKING:
    from isakmp.conform.live.case import Case
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.suite import Result

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
@click.option(
    "--nat-t-port",
    metavar="PORT",
    type=int,
    callback=a_port,
    help="Announce NAT traversal, find a NAT, and move to this port: 4500.  [default: none of it]",
)
@click.option("--as-responder", "answers", is_flag=True, help="Test an initiator: be the responder that it speaks to.")
@click.option("--listen", metavar="ADDR[:PORT]", help="Where the initiator is awaited.  [default: 127.0.0.1, port 500]")
@click.option("--begin", metavar="COMMAND", help="What makes the initiator begin; else it has to do so by itself.")
@click.option("--vendor-id", "vendors", multiple=True, metavar="HEX", help="Announce this; some answer nobody without.")
@click.option(
    "--authority-key",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="The key that issued the policy's certificate; for cases of certificates that are wrong.",
)
@click.option(
    "--quick",
    nargs=2,
    metavar="LOCAL REMOTE",
    help=f"The networks that quick modes ask for; LOCAL may be '{ASSIGNED}', by mode config.",
)
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
    nat_t_port: int | None,
    quick: tuple[str, str] | None,
    answers: bool,
    listen: str | None,
    begin: str | None,
    vendors: tuple[str, ...],
    authority_key: str | None,
    form: str,
) -> int:
    """Try a responder by what RFC 2407, 2408 and 2409 demand, case by case.

    Each case is an honest exchange with one deviation, and says which reactions are allowed. Verdicts are conforms,
    deviates, inconclusive, and crashed, where the responder was lost; the run waits for it and goes on. Exit status 1
    if something deviates or crashed.
    """
    from isakmp.cli import conform_labs as labs

    if not listed and (host is None) is not own:
        raise click.UsageError("HOST or --model, one of them", ctx)
    if not answers and (listen or begin):
        raise click.UsageError("--listen and --begin go with --as-responder", ctx)
    if answers and source:
        raise click.UsageError("--from goes with a responder; where an initiator is awaited says --listen", ctx)
    if answers and quick and quick[0] == ASSIGNED:
        raise click.UsageError(f"--quick {ASSIGNED} goes with a responder", ctx)
    if answers and nat_t_port:
        raise click.UsageError("--nat-t-port goes with a responder", ctx)
    wire = {"from": source, "nat-t-port": nat_t_port, "listen": listen, "begin": begin, "quick": quick}
    wire["authority-key"] = authority_key
    if host is None and any(wire.values()):
        names = " and ".join(f"--{name}" for name, value in wire.items() if value)
        raise click.UsageError(f"without HOST there is no use for {names}", ctx)
    if host is None:
        lab = labs.lab_of_model(policy, answers=answers)
    elif answers:
        place = listen or "127.0.0.1"
        lab = labs.lab_of_initiator(
            host, policy, listen=place, begin=begin or "", quick=quick, seconds=timeout, patience=patience,
            authority=authority_key,
        )  # fmt: skip
    else:
        lab = labs.lab_for(
            host, policy, source=source, nat_t_port=nat_t_port, quick=quick, seconds=timeout, patience=patience,
            authority=authority_key,
        )  # fmt: skip
    with closing(lab.target):
        lab = replace(lab, config=replace(lab.config, vendor_ids=tuple(map(_octets_of, vendors))))
        found = _cases(lab, pattern)
        return _list(found, form) if listed else _run(host or MODEL, lab, found, form)


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
