"""``isakmp conform``: cases against a live implementation, each with a section and a verdict."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE, Unusable

if TYPE_CHECKING:
    from isakmp.conform.live.case import Case
    from isakmp.conform.live.lab import Lab
    from isakmp.conform.live.suite import Result
    from isakmp.conform.live.target import Target
    from isakmp.machine.config import Config

EPILOG: Final = """\b
Examples:
  isakmp conform 192.0.2.1 --policy site.toml --psk-file psk.txt
  isakmp conform --model --cases '*.rfc2408.5.*'
  isakmp conform --list --format json

The policy is one that the responder accepts, of forms with a pre-shared key; without one it is main and aggressive
mode with aes256-sha256-modp2048. The shared key is the first line of a file, or stands in ISAKMP_PSK. Peers that bound
half-open exchanges have to be told to bear some more: each case leaves one behind.
"""

ENVIRONMENT: Final = "ISAKMP_PSK"
MODEL: Final = "model"
MODEL_ADDRESSES: Final = ("192.0.2.1", "192.0.2.2")
MODEL_PSK: Final = b"not a secret"
PORTS: Final = range(1, 65536)
STYLES: Final = {"conforms": "good", "deviates": "bad", "crashed": "bad", "inconclusive": "doubt"}


@click.command("conform", short_help="Test another implementation.", epilog=EPILOG)
@click.argument("target", metavar="HOST[:PORT]", required=False)
@click.option("--model", "own", is_flag=True, help="Test the model's own responder, in memory.")
@click.option(
    "--policy", "policy_file", metavar="FILE", help="What the responder accepts, as 'isakmp policy' reads it."
)
@click.option("--psk-file", type=click.Path(dir_okay=False), help="The pre-shared key; else ISAKMP_PSK.")
@click.option("--cases", "pattern", metavar="GLOB", default="*", help="Only cases whose names fit.")
@click.option("--list", "listed", is_flag=True, help="Show the cases, and run none.")
@click.option(
    "--timeout", type=click.FloatRange(0.05, 60), default=1.0, show_default=True, help="Seconds for an answer."
)
@click.option(
    "--patience",
    type=click.FloatRange(0, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for a responder that has stopped answering to come back.",
)
@click.option("--source", metavar="ADDR[:PORT]", help="Where datagrams come from.  [default: any port]")
@click.option("--quick", nargs=2, metavar="LOCAL REMOTE", help="The networks that quick modes ask for.")
@output.format_option("text", "json", "junit", "html")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    target: str | None,
    own: bool,
    policy_file: str | None,
    psk_file: str | None,
    pattern: str,
    listed: bool,
    timeout: float,
    patience: float,
    source: str | None,
    quick: tuple[str, str] | None,
    form: str,
) -> int:
    """Try a responder by what RFC 2407, 2408 and 2409 demand, case by case.

    Each case is an honest exchange with one deviation, and says which reactions are allowed. Verdicts are conforms,
    deviates, inconclusive, and crashed, where the responder was lost; the run waits for it and goes on. Exit status 1
    if something deviates or crashed.
    """
    if not listed and (target is None) is not own:
        raise click.UsageError("HOST or --model, one of them", ctx)
    config, exchanges = _policy(policy_file)
    if listed:
        return _list(_cases(config, exchanges, pattern), form)
    found = _cases(config, exchanges, pattern)
    if own:
        return _run(MODEL, _model(config, exchanges), found, form)
    from isakmp.conform.live.target import UdpTarget

    host, port = _endpoint(target or "")
    with closing(UdpTarget(host, port, _source(source))) as live:
        secret = _secret(psk_file)
        lab = _lab(_between(config, live.local, secret, quick), exchanges, live, timeout, patience)
        return _run(target or "", lab, found, form)


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
            output.write_json(reports.document(name, results))
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


def _cases(config: Config, exchanges: tuple[str, ...], pattern: str) -> tuple[Case, ...]:
    from isakmp.conform.live.catalogue import cases

    found = cases(config, exchanges, pattern)
    if not found:
        raise Unusable(f"--cases: no case fits {pattern!r}; see --list")
    return found


def _policy(name: str | None) -> tuple[Config, tuple[str, ...]]:
    """The honest partner's configuration as far as the policy says it, and the exchanges of phase 1."""
    from isakmp.cli import proposals
    from isakmp.cli.policy import read
    from isakmp.machine.config import Config, Credentials, Identity
    from isakmp.spec.algorithms import AUTHENTICATIONS
    from isakmp.spec.keying import Auth
    from isakmp.spec.registries import AuthMethod

    me = Identity.address(MODEL_ADDRESSES[0])
    credentials = Credentials(psk=MODEL_PSK)
    if name is None:
        suite = proposals.ike_proposal("aes256-sha256-modp2048", AuthMethod.PSK)
        esp = proposals.esp_proposal("aes256-sha256", None)
        return Config((suite,), (esp,), me, credentials), ("main", "aggressive")
    policy = read(name)
    ike = tuple(proposal for proposal in policy.ike if AUTHENTICATIONS[proposal.auth].kind is Auth.PSK)
    if not ike:
        raise Unusable(f"{name}: no proposal with a pre-shared key, which is what the cases authenticate by")
    return Config(ike, policy.ipsec, me, credentials), policy.exchanges


def _between(config: Config, local: str, psk: bytes, quick: tuple[str, str] | None) -> Config:
    from dataclasses import replace

    from isakmp.machine.config import Credentials, Identity

    try:
        own, other = map(Identity.subnet, quick) if quick else (None, None)
    except ValueError as error:
        raise Unusable(f"--quick: {error}") from error
    return replace(
        config,
        identity=Identity.address(local),
        credentials=Credentials(psk=psk),
        local_network=own,
        remote_network=other,
    )


def _lab(config: Config, exchanges: tuple[str, ...], target: Target, seconds: float, patience: float) -> Lab:
    from isakmp.conform.live.lab import Lab
    from isakmp.crypto.registry import load_backend

    return Lab(config, load_backend("openssl"), target, exchanges, seconds, patience)


def _model(config: Config, exchanges: tuple[str, ...]) -> Lab:
    """The model's own responder, with the same policy."""
    from dataclasses import replace

    from isakmp.conform.live.target import MemoryTarget
    from isakmp.crypto.registry import load_backend
    from isakmp.machine.config import Dpd, Identity
    from isakmp.machine.peer import Peer

    responder = replace(config, identity=Identity.address(MODEL_ADDRESSES[1]), peer_identity=config.identity)
    bearing = replace(responder, half_open_per_address=responder.half_open_total, dpd=Dpd())
    peer = Peer(bearing, load_backend("openssl"))
    return _lab(config, exchanges, MemoryTarget(peer), 1.0, 60.0)


def _endpoint(text: str) -> tuple[str, int]:
    """Host and port: `192.0.2.1`, `gw.example:5500`, `[2001:db8::1]:500`, `2001:db8::1`."""
    from isakmp.spec.limits import ISAKMP_PORT

    host, separator, port = text.rpartition(":")
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1], ISAKMP_PORT
    if not separator or (":" in host and not host.endswith("]")):
        return text, ISAKMP_PORT
    if not port.isdecimal() or int(port) not in PORTS:
        raise Unusable(f"{text}: {port!r} is no port")
    return host.strip("[]"), int(port)


def _source(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, port = _endpoint(text)
    return host, (port if text.rstrip("]") != host and text.endswith(f":{port}") else 0)


def _secret(path: str | None) -> bytes:
    """The pre-shared key: the first line of a file, else what the environment has.

    Raises:
        Unusable: there is none.
    """
    if path is None:
        found = os.environb.get(ENVIRONMENT.encode(), b"")
        if not found:
            raise Unusable(f"no pre-shared key: --psk-file names a file, or {ENVIRONMENT} holds it")
        return found
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise Unusable(f"--psk-file: {path}: {error.strerror}") from error
    if not lines or not lines[0]:
        raise Unusable(f"--psk-file: {path}: its first line is empty")
    return lines[0]
