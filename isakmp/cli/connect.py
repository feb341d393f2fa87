"""``isakmp connect``: an initiator on the wire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import endpoint, output
from isakmp.cli.errors import Unusable

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from isakmp.cli.course import Course
    from isakmp.cli.settings import Settings
    from isakmp.machine.config import Identity, IkeProposal
    from isakmp.machine.natt import Endpoint

EPILOG: Final = (
    endpoint.ENDPOINT_HELP
    + """
\b
Examples:
  ISAKMP_PSK=... isakmp connect 192.0.2.2 --quick 10.1.0.0/24 10.2.0.0/24
  isakmp connect gw.example --policy site.toml --xauth-user alice --quick assigned 0.0.0.0/0
  isakmp connect 127.0.0.1:5500 --trace --pcap run.pcap --keylog run.keys
  isakmp connect 127.0.0.1:5500 --format json

Exit status: 0 established, and quick mode where it was asked for; 1 refused, or no answer; 2 bad usage.
"""
)


@click.command("connect", short_help="Begin a handshake with another implementation, on UDP.", epilog=EPILOG)
@click.argument("host", metavar="HOST[:PORT]")
@click.option("--exchange", type=click.Choice(["main", "aggressive"]), help="Phase 1.  [default: the policy's first]")
@click.option(
    "--quick", "networks", nargs=2, metavar="LOCAL REMOTE",
    help="Then a quick mode for these addresses or networks, which may be narrowed as 192.0.2.1[udp/1701]; LOCAL may "
    "be 'assigned', by mode config.",
)  # fmt: skip
@click.option(
    "--xauth-user", metavar="NAME", callback=endpoint.not_empty, help="Be authenticated as this user, by XAuth."
)
@click.option("--from", "source", metavar="ADDR[:PORT]", help="Where to speak from.  [default: any free port]")
@click.option("--timeout", type=endpoint.Seconds(0.1), default=30.0, show_default=True, metavar="SECONDS",
              help="How long it may take in all.")  # fmt: skip
@click.option("--hold", type=endpoint.Seconds(0), default=0.0, metavar="SECONDS",
              help="Keep the SAs for that long before they are deleted.  [default: 0]")  # fmt: skip
@output.format_option("text", "json")
@endpoint.shared_options
def command(
    *,
    form: str,
    host: str,
    exchange: str | None,
    networks: tuple[str, str] | None,
    xauth_user: str | None,
    source: str | None,
    timeout: float,
    hold: float,
    shared: endpoint.Shared,
) -> int:
    """Be an initiator: begin phase 1 with HOST, and tell which rows of the table each message takes.

    SAs are negotiated and keys derived. Nothing is installed in a kernel: no traffic is protected by it. At the end the
    SAs are deleted, and the peer is told. The password of XAuth comes from the environment, ISAKMP_XAUTH_PASSWORD, or
    from a file that the policy names. With --format json there is one document at the end: what came of it, and each
    message with its payloads, decrypted, named as 'isakmp run' names them.
    """
    from isakmp.cli.course import Outcome, go
    from isakmp.cli.live import Teller
    from isakmp.cli.transcript import Transcript
    from isakmp.machine.udp import Transport
    from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT

    settings = _for_user(endpoint.load_settings(shared.policy), xauth_user)
    plan = _plan(settings, _way(host, source), exchange, networks, xauth_user)
    course, own, to = plan.course, plan.here.host, plan.to
    recorder = shared.recorder()
    beside = NAT_T_PORT if to.port == ISAKMP_PORT else None
    endpoint.refuse_one_port(shared.nat_t_port, to.port)
    roster = plan.roster(shared.nat_t_port or beside, tell_keys=recorder.wants_keys)
    transcript = Transcript(course.exchange, to, xauth_user)
    tell = endpoint.announce if form == "text" else _nothing
    takers = [recorder.take, Teller(trace=shared.trace).take if form == "text" else transcript.take, course.take]

    async def main(stop: asyncio.Event) -> int:
        transport = Transport(roster, endpoint.watchers(*takers))
        try:
            roster.ports[own] = endpoint.listen(transport, own, plan.here.port)
            if roster.nat_t_port:
                endpoint.listen(transport, own, NAT_T_PORT if plan.here.port == ISAKMP_PORT else 0, marked=True)
            recorder.open()
            transcript.places = transport.places
            tell(f"isakmp connect: {endpoint.NOTICE}")
            tell(f"{course.exchange} mode with {to}, from {', '.join(map(str, transport.places))}")
            result = await go(course, lambda: course.run(transport, own, to), stop, timeout)
            if hold and result.outcome is Outcome.ESTABLISHED:
                tell(f"{result.what} stand for {hold:g} s, or until Ctrl-C")
                await endpoint.stopped(stop, hold)
        finally:
            transport.close()
        if form == "json":
            output.write_json(transcript.document(result))
        else:
            tell(output.styled(str(result), "good" if result.outcome is Outcome.ESTABLISHED else "bad"))
        return result.outcome.status

    try:
        return endpoint.run(main)
    finally:
        recorder.close()


def _nothing(_text: str) -> None:
    """What is told while it goes on has no place beside a document."""


@dataclass(frozen=True)
class _Plan:
    """What is wanted, looked up: the handshake, from where at this host (port 0: any), and with whom."""

    settings: Settings
    course: Course
    here: Endpoint
    to: Endpoint
    changes: Mapping[str, Any]

    def roster(self, nat_t_port: int | None, **changes: object) -> endpoint.Roster:
        """The peer of the model that does it, made once to find out what is wrong with it before a port is opened.

        Raises:
            Unusable: no `[[peer]]` is meant, or a secret is missing.
            LocalMisuse: the configuration cannot work.
        """
        table = self.settings.table_for(self.to.host)
        if table is None:
            raise Unusable(f"{self.settings.name}: no [[peer]] has the address {self.to.host}")
        port = nat_t_port if self.settings.nat_traversal else None
        roster = endpoint.Roster(self.settings, port, {**self.changes, **changes}, only=self.to.host)
        roster.make(self.here.host, table)
        return roster


def _way(host: str, source: str | None) -> tuple[Endpoint, Endpoint]:
    """From where at this host, and to where."""
    from isakmp.machine.natt import Endpoint
    from isakmp.machine.sockets import own_address
    from isakmp.spec.limits import ISAKMP_PORT

    own, own_port = endpoint.place(source, 0) if source else ("", 0)
    own = endpoint.numeric(own) if own else own
    name, port = endpoint.place(host, ISAKMP_PORT)
    to = Endpoint(endpoint.numeric(name, endpoint.family_of(own) if own else 0), port)
    endpoint.somebody(*to[:2])
    try:
        own = own or own_address(to)
    except OSError as error:
        raise Unusable(f"{to}: {error.strerror}") from error
    return Endpoint(own, own_port), to


def _plan(
    settings: Settings,
    way: tuple[Endpoint, Endpoint],
    exchange: str | None,
    networks: tuple[str, str] | None,
    user: str | None,
) -> _Plan:
    from isakmp.cli.course import Course
    from isakmp.cli.peer_tables import network

    wanted: tuple[Identity | None, Identity] | None = None
    if networks:
        local = None if networks[0] == endpoint.ASSIGNED else network(networks[0], "--quick LOCAL")
        wanted = (local, network(networks[1], "--quick REMOTE"))
    course = Course(exchange or settings.policy.exchanges[0], wanted)
    changes = _changes(settings, user, wanted)
    # An initiator answers nobody, but for its peer, which may replace an ISAKMP SA. Users are not who is called.
    changes["exchanges"] = frozenset() if user is not None else frozenset({course.exchange})
    if course.exchange != "main":
        changes["ike"] = _of_one_group(settings.policy.ike)
    return _Plan(settings, course, *way, changes)


def _for_user(settings: Settings, user: str | None) -> Settings:
    """With a user, the methods after which a user is authenticated take the place of those without."""
    from isakmp.cli.settings import as_client

    if user is None:
        return settings
    return replace(settings, policy=replace(settings.policy, ike=as_client(settings.policy.ike)))


def _changes(settings: Settings, user: str | None, networks: tuple[Identity | None, Identity] | None) -> dict[str, Any]:
    from isakmp.cli.xauth import ENVIRONMENT, password_of_environment
    from isakmp.machine.configuration import REQUEST
    from isakmp.machine.users import Answers
    from isakmp.spec.algorithms import AUTHENTICATIONS

    changes: dict[str, Any] = {}
    if user is not None:
        secret = password_of_environment()
        if not secret:
            raise Unusable(f"no password for {user}: set {ENVIRONMENT}")
        changes["user"] = Answers(user, secret)
        if not any(AUTHENTICATIONS[each.auth].xauth for each in settings.policy.ike):
            changes["xauth"] = "client"
    if networks is not None and networks[0] is None:
        changes["request"] = REQUEST
    return changes


def _of_one_group(proposals: tuple[IkeProposal, ...]) -> tuple[IkeProposal, ...]:
    """Those with the first one's group: its public value is sent before there is a choice (RFC 2409 section 5)."""
    return tuple(each for each in proposals if each.group == proposals[0].group)
