"""``isakmp serve``: a responder on the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import click

from isakmp.cli import endpoint, output
from isakmp.cli.errors import FINE

if TYPE_CHECKING:
    import asyncio

    from isakmp.machine.udp import Transport

EPILOG: Final = (
    endpoint.ENDPOINT_HELP
    + """
\b
Examples:
  ISAKMP_PSK=... isakmp serve
  isakmp serve --policy site.toml --listen 192.0.2.2 --listen [2001:db8::2] --trace
  isakmp serve --listen 127.0.0.1:5500 --pcap serve.pcap --keylog serve.keys
"""
)
DEFAULT_LISTEN: Final = "127.0.0.1"


@click.command("serve", short_help="Answer other implementations, on UDP.", epilog=EPILOG)
@click.option(
    "--listen",
    "places",
    multiple=True,
    metavar="ADDR[:PORT]",
    help="Where to listen; may be given several times.  [default: 127.0.0.1, port 500]",
)
@click.option("--quiet", is_flag=True, help="Tell where it listens, and nothing of what arrives.")
@endpoint.shared_options
def command(
    *,
    places: tuple[str, ...],
    quiet: bool,
    shared: endpoint.Shared,
) -> int:
    """Be a responder: answer who begins, by a policy, and tell which rows of the table each message takes.

    SAs are negotiated and keys derived. Nothing is installed in a kernel: no traffic is protected by it. It listens on
    loopback unless it is told otherwise. Ctrl-C deletes all SAs, tells the peers, and ends.
    """
    from isakmp.cli.live import Teller
    from isakmp.machine.udp import Transport
    from isakmp.spec.limits import ISAKMP_PORT, NAT_T_PORT

    settings = endpoint.load_settings(shared.policy)
    found = [endpoint.place(text, ISAKMP_PORT) for text in places or (DEFAULT_LISTEN,)]
    wanted = [(endpoint.numeric(host), port) for host, port in found]
    nat_t_port = shared.nat_t_port
    if nat_t_port is None and any(port == ISAKMP_PORT for _, port in wanted):
        nat_t_port = NAT_T_PORT
    nat_t_port = nat_t_port if settings.nat_traversal else None
    for place in found_twice(wanted, nat_t_port):
        raise click.UsageError(f"{place} is to be listened at twice", click.get_current_context())
    recorder = shared.recorder()
    changes = {"tell_keys": recorder.wants_keys}
    roster = endpoint.Roster(settings, nat_t_port, changes)
    roster.check(wanted[0][0])
    takers = [recorder.take] if quiet else [recorder.take, Teller(trace=shared.trace).take]

    async def main(stop: asyncio.Event) -> int:
        transport = Transport(roster, endpoint.watchers(*takers))
        try:
            for host, port in wanted:
                roster.ports[host] = endpoint.listen(transport, host, port)
            for host in dict.fromkeys(host for host, _ in wanted) if roster.nat_t_port else ():
                endpoint.listen(transport, host, roster.nat_t_port or 0, marked=True)
            recorder.open()
            output.line(f"isakmp serve: {endpoint.NOTICE}")
            endpoint.announce(f"listening at {', '.join(map(str, transport.places))}; Ctrl-C ends it")
            await stop.wait()
        finally:
            transport.close()
        for text in unread(transport):
            output.line(text)
        endpoint.announce("stopped: all SAs are deleted")
        return FINE

    try:
        return endpoint.run(main)
    finally:
        recorder.close()


def found_twice(wanted: Sequence[tuple[str, int]], nat_t_port: int | None) -> Iterator[str]:
    """The places that are named twice, by `--listen` or as the port that is shared with ESP; any is another."""
    shared = [(host, nat_t_port) for host in dict.fromkeys(host for host, _ in wanted) if nat_t_port]
    for place, count in Counter([*wanted, *shared]).items():
        if count > 1 and place[1]:
            yield f"{place[0]}, port {place[1]},"


def unread(transport: Transport) -> Iterator[str]:
    """What was not looked at, if anything."""
    if transport.intake.forgotten:
        yield f"more came than could be looked at: {output.counted(transport.intake.forgotten, 'datagram')} forgotten"
    if transport.foreign:
        yield f"no ISAKMP, on the port that is shared with ESP: {output.counted(transport.foreign, 'datagram')}"
