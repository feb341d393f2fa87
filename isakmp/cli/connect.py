"""``isakmp connect``: an initiator on the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import endpoint, output
from isakmp.cli.errors import FINDING, FINE, INTERRUPTED, Unusable

if TYPE_CHECKING:
    import asyncio

    from isakmp.cli.course import Course
    from isakmp.cli.settings import Settings
    from isakmp.machine.config import Identity, IkeProposal
    from isakmp.machine.udp import Transport

EPILOG: Final = (
    endpoint.ENDPOINT_HELP
    + """
\b
Examples:
  ISAKMP_PSK=... isakmp connect 192.0.2.2 --quick 10.1.0.0/24 10.2.0.0/24
  isakmp connect gw.example --policy site.toml --xauth-user alice --quick assigned 0.0.0.0/0
  isakmp connect 127.0.0.1:5500 --trace --pcap run.pcap --keylog run.keys

Exit status: 0 established, and quick mode where it was asked for; 1 refused, or no answer; 2 bad usage.
"""
)
ASSIGNED: Final = "assigned"


@click.command("connect", short_help="Begin a handshake with another implementation, on UDP.", epilog=EPILOG)
@click.argument("host", metavar="HOST[:PORT]")
@click.option("--exchange", type=click.Choice(["main", "aggressive"]), help="Phase 1.  [default: the policy's first]")
@click.option(
    "--quick", "networks", nargs=2, metavar="LOCAL REMOTE",
    help="Then a quick mode for these addresses or networks; LOCAL may be 'assigned', by mode config.",
)  # fmt: skip
@click.option("--xauth-user", metavar="NAME", help="Be authenticated as this user, by XAuth.")
@click.option("--from", "source", metavar="ADDR[:PORT]", help="Where to speak from.  [default: any free port]")
@click.option("--timeout", type=click.FloatRange(0.1), default=30.0, show_default=True, metavar="SECONDS",
              help="How long it may take in all.")  # fmt: skip
@click.option("--hold", type=click.FloatRange(0), default=0.0, metavar="SECONDS",
              help="Keep the SAs for that long before they are deleted.  [default: 0]")  # fmt: skip
@endpoint.recording_options
def command(
    *,
    host: str,
    exchange: str | None,
    networks: tuple[str, str] | None,
    xauth_user: str | None,
    source: str | None,
    timeout: float,
    hold: float,
    policy: str | None,
    nat_t_port: int | None,
    trace: bool,
    pcap: str | None,
    keylog: str | None,
    keyfile: str | None,
) -> int:
    """Be an initiator: begin phase 1 with HOST, and tell which rows of the table each message takes.

    SAs are negotiated and keys derived. Nothing is installed in a kernel: no traffic is protected by it. At the end the
    SAs are deleted, and the peer is told. The password of XAuth comes from the environment, ISAKMP_XAUTH_PASSWORD, or
    from a file that the policy names.
    """
    from isakmp.cli.course import Course
    from isakmp.cli.live import Teller
    from isakmp.cli.recording import Recorder
    from isakmp.cli.settings import network
    from isakmp.machine.natt import Endpoint
    from isakmp.machine.sockets import own_address
    from isakmp.machine.udp import Transport
    from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT

    settings = _for_user(endpoint.load_settings(policy), xauth_user)
    own, own_port = endpoint.place(source, 0) if source else ("", 0)
    own = endpoint.numeric(own) if own else own
    name, port = endpoint.place(host, ISAKMP_PORT)
    to = Endpoint(endpoint.numeric(name, endpoint.family_of(own) if own else 0), port)
    try:
        own = own or own_address(to)
    except OSError as error:
        raise Unusable(f"{to}: {error.strerror}") from error
    if nat_t_port is None and port == ISAKMP_PORT:
        nat_t_port = NAT_T_PORT
    wanted: tuple[Identity | None, Identity] | None = None
    if networks:
        local = None if networks[0] == ASSIGNED else network(networks[0], "--quick LOCAL")
        wanted = (local, network(networks[1], "--quick REMOTE"))
    table = settings.table_for(to.host)
    if table is None:
        raise Unusable(f"{settings.name}: no [[peer]] has the address {to.host}")
    course = Course(exchange or settings.policy.exchanges[0], wanted)
    changes = _changes(settings, xauth_user, wanted)
    if course.exchange != "main":
        changes["ike"] = _of_one_group(settings.policy.ike)
    roster = endpoint.Roster(settings, nat_t_port if settings.nat_traversal else None, changes)
    roster.make(own, table)  # what is wrong with the settings is said before a port is opened
    recorder = Recorder(pcap, keylog, keyfile)

    async def main(stop: asyncio.Event) -> int:
        transport = Transport(roster, endpoint.watchers(recorder.take, Teller(trace=trace).take, course.take))
        try:
            roster.ports[own] = endpoint.listen(transport, own, own_port)
            if roster.nat_t_port:
                endpoint.listen(transport, own, NAT_T_PORT if own_port == ISAKMP_PORT else 0, marked=True)
            recorder.open()
            status, result = await _go(course, transport, own, to, stop, patience=timeout, hold=hold)
        finally:
            transport.close()
        endpoint.announce(result)
        return status

    try:
        return endpoint.run(main)
    finally:
        recorder.close()


def _for_user(settings: Settings, user: str | None) -> Settings:
    """With a user, the methods after which a user is authenticated take the place of those without."""
    from isakmp.cli.settings import as_client

    if user is None:
        return settings
    return replace(settings, policy=replace(settings.policy, ike=as_client(settings.policy.ike)))


def _changes(settings: Settings, user: str | None, networks: tuple[Identity | None, Identity] | None) -> dict[str, Any]:
    from isakmp.cli.settings import PASSWORD_ENVIRONMENT, password
    from isakmp.machine.configuration import REQUEST
    from isakmp.machine.users import Answers
    from isakmp.spec.algorithms import AUTHENTICATIONS

    changes: dict[str, Any] = {"exchanges": frozenset()}  # an initiator answers nobody
    if user is not None:
        secret = password()
        if not secret:
            raise Unusable(f"no password for {user}: set {PASSWORD_ENVIRONMENT}")
        changes["user"] = Answers(user, secret)
        if not any(AUTHENTICATIONS[each.auth].xauth for each in settings.policy.ike):
            changes["xauth"] = "client"
    if networks is not None and networks[0] is None:
        changes["request"] = REQUEST
    return changes


def _of_one_group(proposals: tuple[IkeProposal, ...]) -> tuple[IkeProposal, ...]:
    """Those with the first one's group: its public value is sent before there is a choice (RFC 2409 section 5)."""
    return tuple(each for each in proposals if each.group == proposals[0].group)


async def _go(
    course: Course, transport: Transport, own: str, to: Any, stop: asyncio.Event, *, patience: float, hold: float
) -> tuple[int, str]:
    """Go through a handshake; gives the exit status, and what has come of it in a line.

    `patience` is how long it may take, `hold` how long the SAs are kept afterwards, in seconds.
    """
    import asyncio

    from isakmp.cli.course import Refused

    output.line(f"isakmp connect: {endpoint.NOTICE}")
    endpoint.announce(f"{course.exchange} mode with {to}, from {', '.join(map(str, transport.places))}")
    handshake = asyncio.create_task(course.run(transport, own, to))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({handshake, stopped}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not handshake.done():
        handshake.cancel()
        if stop.is_set():
            return INTERRUPTED, output.styled("interrupted", "bad")
        why = course.why(f"nothing came of it within {patience:g} s")
        return FINDING, output.styled(f"refused: {why}", "bad")
    try:
        handshake.result()
    except Refused as refusal:
        return FINDING, output.styled(f"refused: {refusal}", "bad")
    what = "an ISAKMP SA and a pair of IPsec SAs" if course.pair else "an ISAKMP SA"
    if hold:
        endpoint.announce(f"{what} stand for {hold:g} s, or until Ctrl-C")
        await asyncio.wait({asyncio.ensure_future(stop.wait())}, timeout=hold)
    return FINE, output.styled(f"established: {what}", "good")
