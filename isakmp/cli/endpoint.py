"""What ``isakmp serve`` and ``isakmp connect`` share: their options, the policy, the peers of the model, the ports."""

from __future__ import annotations

import errno
import ipaddress
import math
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import Unusable

if TYPE_CHECKING:
    import asyncio

    from isakmp.cli.peer_tables import PeerTable
    from isakmp.cli.recording import Recorder
    from isakmp.cli.settings import Settings
    from isakmp.machine.peer import Peer
    from isakmp.machine.udp import Seen, Transport

NOTICE: Final = "negotiates SAs and derives keys; installs nothing in the kernel, so no traffic is protected"

ENDPOINT_HELP: Final = """\b
Beside proposals (see 'isakmp policy --help'), a policy file says who the ends are:
  [local]
  identity = "gw.example"      # address, host, user@host, keyid:NAME; else the address or the certificate's subject
  certificate = "gw.crt"       # PEM or DER, with [ ] also a chain; files are named relative to the policy
  private_key = "gw.key"
  trusted = "ca.crt"           # authorities; revocation = "ca.crl"
  network = "10.1.0.0/24"      # what quick mode is for at this end, also "192.0.2.1[udp/1701]"; else
                               # whatever the initiator names
  dpd = "30s"                  # ask who has been silent for so long
  rekey = "9m"                 # replace SAs so long before their end; or true
  fragments = 1200             # also: nat_traversal = false, user = "alice" with password_file,
                               # mode_config, initial_contact, request_certificates (true or false)
  [[peer]]                     # the first whose address fits; without address it is anybody
  address = "192.0.2.0/24"
  identity = "branch.example"
  psk_file = "branch.psk"      # its first line; or psk = "..."; or the environment: ISAKMP_PSK
  network = "10.2.0.0/24"      # and at theirs
  [peer.identities]            # several secrets at one address, by who says to be there: not for main
  "a@example" = { psk_file = "a.psk" }  # mode, where one knows it too late (RFC 2409 section 5.4)
  [users]                      # whom XAuth admits
  alice = { password_file = "alice.password" }
  [assign]                     # what mode config hands out
  addresses = "10.3.0.0/28"
  dns = "10.3.0.53"
"""

DEFAULT_POLICY: Final = """\
exchange = "main"
[[ike]]
encryption = ["aes256", "aes128"]
hash = ["sha256", "sha1"]
group = ["modp2048", "ecp256"]
authentication = "psk"
lifetime = "8h"
[[ipsec]]
encryption = ["aes256", "aes128"]
integrity = ["sha256", "sha1"]
lifetime = "1h"
"""
"""What is offered and accepted where no policy is given."""

ASSIGNED: Final = "assigned"
"""What stands for this end's network where it is the address that mode config gives."""

MOST_PEERS: Final = 1024
"""Peers of the model in one process: addresses of this host times `[[peer]]` tables."""


class Seconds(click.FloatRange):
    """A time that is a number: it may be infinite, but is compared with others."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is no number, which no range does."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number", param, ctx)
        return found


def a_port(ctx: click.Context, param: click.Parameter, value: int | None) -> int | None:
    """Refuse numbers that are no UDP port; what the highest one is, is looked up only then, so that help is quick."""
    from isakmp.spec.limits import HIGHEST_PORT

    return None if value is None else click.IntRange(1, HIGHEST_PORT).convert(value, param, ctx)


def refuse_one_port(nat_t_port: int | None, port: int) -> None:
    """Refuse that both ports of the other end are one.

    Raises:
        click.UsageError: they are.
    """
    if nat_t_port == port:
        raise click.UsageError(f"--nat-t-port {port} is the port of HOST", click.get_current_context(silent=True))


def not_empty(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse a name without a letter."""
    if value == "":
        raise click.BadParameter("it is empty", ctx, param)
    return value


@dataclass(frozen=True)
class Shared:
    """What the options say that both commands have."""

    policy: str | None
    nat_t_port: int | None
    trace: bool
    pcap: str | None
    keylog: str | None
    keyfile: str | None

    def recorder(self) -> Recorder:
        """What writes the files that are wanted.

        Raises:
            Unusable: two files are one, or one is standard output.
        """
        from isakmp.cli.recording import Recorder

        return Recorder(self.pcap, self.keylog, self.keyfile)


def shared_options(function: Callable[..., int]) -> Callable[..., int]:
    """``--policy``, ``--nat-t-port``, ``--trace``, ``--pcap``, ``--keylog`` and ``--keyfile``, as one argument."""

    @wraps(function)
    def command(**given: Any) -> int:
        shared = Shared(**{each.name: given.pop(each.name) for each in fields(Shared)})
        return function(shared=shared, **given)

    decorated: Callable[..., int] = command
    for option in (
        click.option(
            "--keyfile",
            type=click.Path(dir_okay=False),
            help="Write all keys to this file at the end, for 'isakmp check --keys'.",
        ),
        click.option("--keylog", type=click.Path(dir_okay=False), help="Write keys: Wireshark's decryption table."),
        click.option("--pcap", type=click.Path(dir_okay=False), help="Write the datagrams to this capture."),
        click.option("--trace", is_flag=True, help="Show each message with its payloads, decrypted."),
        click.option(
            "--nat-t-port",
            type=int,
            callback=a_port,
            help="The port behind a NAT, shared with ESP.  [default: 4500 beside port 500, else none]",
        ),
        click.option("--policy", type=click.Path(dir_okay=False), help="The policy; '-' is standard input."),
    ):
        decorated = option(decorated)
    return decorated


def load_settings(name: str | None) -> Settings:
    """Read the policy, or take the default one.

    Raises:
        Unusable: it cannot be used; the message names the place.
    """
    from isakmp.cli.policy import parse, text_of
    from isakmp.cli.settings import read_settings
    from isakmp.crypto.registry import load_backend
    from isakmp.machine.policy import PolicyError
    from isakmp.machine.policy_import import is_ours
    from isakmp.machine.policy_toml import load

    text = DEFAULT_POLICY if name is None else text_of(name)
    shown = name or "the default policy"
    policy = parse(shown, text)
    try:
        document = load(text) if is_ours(text) else {}
        return read_settings(shown, policy, document, load_backend("openssl"))
    except PolicyError as error:
        raise Unusable(f"{shown}: {error}") from error


@dataclass
class Roster:
    """The peers of the model in this process, made when they are first spoken to, and the ports that they are told.

    `changes` are members of each configuration that are not as the settings say; `only` is the one host that is spoken
    with, where there is but one.
    """

    settings: Settings
    nat_t_port: int | None
    changes: dict[str, Any] = field(default_factory=dict)
    only: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    """The main port by the address that is listened at, which may be that of all."""
    _made: dict[tuple[str, PeerTable], Peer] = field(default_factory=dict)

    def __call__(self, own: str, other: str) -> Peer | None:
        """The peer at an address of this host that speaks with another host; None where nobody does."""
        table = self.settings.table_for(other) if self.only in (None, other) else None
        if table is None:
            return None
        peer = self._made.get((own, table))
        if peer is None and len(self._made) < MOST_PEERS:
            peer = self._made[own, table] = self.make(own, table)
        return peer

    def make(self, own: str, table: PeerTable) -> Peer:
        """Make a peer of the model.

        Raises:
            Unusable: a secret is missing.
            LocalMisuse: the configuration cannot work; the message says why.
        """
        from isakmp.machine.natt import Endpoint
        from isakmp.machine.peer import Peer

        natt = {} if self.nat_t_port else {"endpoint": None}
        port = self.ports.get(own) or next(iter(self.ports.values()), 0)
        told = {"nat_t_port": self.nat_t_port} if self.nat_t_port else {}
        config = self.settings.config(Endpoint(own, port), table, **{**natt, **told, **self.changes})
        return Peer(config, self.settings.backend)

    def check(self, own: str) -> None:
        """Make all peers that an address will need, to find out now whether they can be made.

        Raises:
            Unusable: as above.
            LocalMisuse: as above.
        """
        for table in self.settings.peers:
            self.make(own, table)


def place(text: str, default_port: int) -> tuple[str, int]:
    """Host and port of ``HOST``, ``HOST:PORT``, ``[IPv6]:PORT`` or a bare IPv6 address.

    Raises:
        click.UsageError: the port is none.
    """
    from isakmp.spec.limits import HIGHEST_PORT

    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise click.UsageError(f"{text!r}: the bracket is not closed", _context())
        port = rest.removeprefix(":")
        if rest and not rest.startswith(":"):
            raise click.UsageError(f"{text!r}: after the address in brackets comes :PORT", _context())
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host:
        raise click.UsageError(f"{text!r}: no address", _context())
    if not port:
        return host, default_port
    if not port.isdecimal() or int(port) > HIGHEST_PORT:
        raise click.UsageError(f"{text!r}: {port!r} is no port", _context())
    return host, int(port)


def numeric(host: str, family: int = socket.AF_UNSPEC) -> str:
    """The address of a host.

    Raises:
        Unusable: nobody knows it.
    """
    try:
        found = socket.getaddrinfo(host, None, family=family, type=socket.SOCK_DGRAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else "no name of a host"
        kind = {socket.AF_INET: " (IPv4 is wanted, as --from is)", socket.AF_INET6: " (IPv6 is wanted, as --from is)"}
        raise Unusable(f"{host}: {reason}{kind.get(socket.AddressFamily(family), '')}") from error
    address = found[0][4]
    scope = address[3] if len(address) > 2 else 0  # noqa: PLR2004 - of IPv6
    name = str(address[0]).partition("%")[0]
    return f"{name}%{scope}" if scope else name


def somebody(host: str, port: int) -> None:
    """Refuse addresses and ports at which nobody in particular can be spoken to.

    Raises:
        Unusable: it is one of these; the message says which.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_unspecified or address.is_multicast or address == _BROADCAST:
        raise Unusable(f"{host}: no address of a single host")
    if not port:
        raise Unusable(f"{host}: nobody can be spoken to at port 0")


_BROADCAST: Final = ipaddress.IPv4Address("255.255.255.255")


def family_of(host: str) -> int:
    """The address family of an address in text."""
    version = ipaddress.ip_address(host.partition("%")[0]).version
    return socket.AF_INET6 if version == 6 else socket.AF_INET  # noqa: PLR2004 - a name, not a quantity


def listen(transport: Transport, host: str, port: int, *, marked: bool = False) -> int:
    """Open a socket; gives its port.

    Raises:
        Unusable: it cannot be opened; says what may help.
    """
    from isakmp.machine.natt import Endpoint

    where = Endpoint(host, port)
    try:
        return transport.listen(host, port, marked=marked)
    except OSError as error:
        raise Unusable(f"{where}: {error.strerror}{_help(error.errno, host)}") from error


def _help(number: int | None, host: str) -> str:
    brackets = f"[{host}]" if ":" in host else host
    match number:
        case errno.EACCES | errno.EPERM:
            return f"; ports below 1024 take root or CAP_NET_BIND_SERVICE (others do not: {brackets}:5500)"
        case errno.EADDRINUSE:
            return "; another program has that port (strongSwan, Libreswan, another isakmp?)"
        case errno.EADDRNOTAVAIL:
            return "; no interface of this host has that address"
    return ""


def announce(text: str) -> None:
    """Print a line at once, for who waits for it."""
    output.line(text)
    sys.stdout.flush()


def run(main: Callable[[asyncio.Event], Coroutine[Any, Any, int]]) -> int:
    """Run an endpoint until it is done; the event is set when the user, or the system, wants it to stop."""
    import asyncio

    async def guarded() -> int:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        failures: list[BaseException] = []
        loop.set_exception_handler(lambda _, context: _note(context, failures))
        status = await main(stop)
        if failures:
            raise failures[0]
        return status

    return asyncio.run(guarded())


async def stopped(stop: asyncio.Event, patience: float) -> None:
    """Wait until the user wants it to stop, for so many seconds at most."""
    import asyncio

    try:
        await asyncio.wait_for(stop.wait(), patience)
    except TimeoutError:
        return


def _note(context: dict[str, Any], failures: list[BaseException]) -> None:
    """A defect in what one datagram or timer did: it is told, and the endpoint goes on."""
    failure = context.get("exception")
    if isinstance(failure, BaseException) and not failures:
        failures.append(failure)
    click.echo(f"internal error, gone on after it: {failure or context.get('message')!r}", err=True)


def watchers(*takers: Callable[[Seen], None]) -> Callable[[Seen], None]:
    """Let several be told of what happens, in that order."""

    def take(seen: Seen) -> None:
        for each in takers:
            each(seen)

    return take


def _context() -> click.Context | None:
    return click.get_current_context(silent=True)
