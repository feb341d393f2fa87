"""An endpoint told while it runs: which row each message takes, what came of it, and with a trace what it carries."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from isakmp.cli import output, values
from isakmp.cli.errors import printable
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Payloads
from isakmp.machine.errors import ProtocolError
from isakmp.machine.outputs import (
    Authenticated,
    Configured,
    Discarded,
    Ended,
    GroupUp,
    Output,
    PhaseOneUp,
    PhaseTwoUp,
    Taken,
    UserAdmitted,
    XauthNeeded,
)
from isakmp.machine.policy import ike_name, ipsec_name
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.machine.udp import Carried, Seen, Told, Unheard, Unsent
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import Attribute, N
from isakmp.spec.registries import ConfigAttribute, ExchangeType, NotifyType
from isakmp.spec.table import Row

QUIET_AFTER = 20
"""Datagrams that are discarded one after another are told that many times; what follows is counted."""


class Teller:
    """Prints what happens. `trace` shows each message with its payloads; no key is ever printed."""

    def __init__(self, *, trace: bool) -> None:
        self._trace = trace
        self._began = time.monotonic()
        self._arrived: Carried | None = None
        self._discarded = 0

    def take(self, seen: Seen) -> None:
        """Print what there is to say of something that has happened."""
        match seen:
            case Carried(sent=None):
                self._arrived = seen
            case Carried():
                self._message(seen, seen.sent.payloads if seen.sent else ())
            case Told():
                self._told(seen)
            case Unheard():
                self._message_arrived(())
                self._discard(f"from {seen.source}: no [[peer]] of the policy has that address")
            case Unsent():
                self._line(f"not sent to {seen.destination}: {seen.reason}", "bad")

    def _told(self, told: Told) -> None:
        self._message_arrived(_payloads_read(told.outputs))
        for each in told.outputs:
            if not isinstance(each, Discarded):
                self._end_silence()
            for text, style in _words(each):
                self._line(text, style)
            if isinstance(each, Discarded):
                self._discard(f"from {each.address}: {each.reason}")

    def _discard(self, why: str) -> None:
        self._discarded += 1
        if self._discarded <= QUIET_AFTER:
            self._line(f"discarded, {why}", "quiet")

    def _end_silence(self) -> None:
        more = self._discarded - QUIET_AFTER
        self._discarded = 0
        if more > 0:
            self._line(f"discarded, and not told one by one: {output.counted(more, 'datagram')}", "quiet")

    def _message_arrived(self, payloads: tuple[Payload, ...]) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None:
            self._message(arrived, payloads)

    def _message(self, carried: Carried, payloads: tuple[Payload, ...]) -> None:
        if not self._trace:
            return
        way = f"<- {carried.source}" if carried.sent is None else f"-> {carried.destination}"
        self._line(f"{way}  {_header(carried.octets)}", "heading")
        for payload in payloads or _payloads_of(carried.octets):
            output.wrapped(values.payload_name(payload), values.payload_text(payload), indent=12, label_width=11)

    def _line(self, text: str, style: str = "") -> None:
        clock = f"{time.monotonic() - self._began:8.3f}  "
        shown = printable(text)  # one line each, however long, so that a log can be searched
        output.line(clock + (output.styled(shown, style) if style else shown))


def _header(octets: bytes) -> str:
    try:
        header = decode(octets, lenient=True).header
    except ProtocolError:
        return f"{len(octets)} octets, no ISAKMP header"
    secret = ", encrypted" if header.flags & 1 else ""
    kind = ExchangeType.describe(header.exchange)
    return f"{len(octets)} octets, {kind}, message id {header.message_id:08x}{secret}"


def _payloads_read(outputs: Iterable[Output]) -> tuple[Payload, ...]:
    chains = (each.chain for each in outputs if isinstance(each, Taken))
    return next((chain.payloads for chain in chains if chain.payloads), ())


def _payloads_of(octets: bytes) -> tuple[Payload, ...]:
    """What can be read without keys."""
    try:
        return decode(octets, lenient=True).chain.payloads
    except ProtocolError:
        return ()


# ---- in words --------------------------------------------------------------------------------------------------------


def _words(each: Output) -> Iterator[tuple[str, str]]:
    match each:
        case Taken():
            yield row_words(each.row), ""
            if each.problem is not None:
                yield f"! {each.problem}", "bad"
            for name in notices(each.chain):
                yield f"the peer says {name}", "doubt"
        case PhaseTwoUp():
            for pair in (each.pair, *each.pair.further):
                yield pair_words(pair), "good"
        case XauthNeeded():
            yield f"XAuth: {'this end' if each.client else 'the peer'} has to say which user it is", ""
        case Ended():
            yield f"{each.exchange}, message id {each.message_id:08x}: {each.state}: {each.reason}", "quiet"
        case _:
            text = _success(each)
            if text:
                yield text, "good"


def _success(each: Output) -> str:
    match each:
        case PhaseOneUp():
            return sa_words(each.sa)
        case UserAdmitted():
            return f"XAuth: user {each.user} admitted" if each.user else "XAuth: this end's user is admitted"
        case Configured():
            return f"mode config: {configured_words(each)}"
        case Authenticated():
            return "authenticated, without keys"
        case GroupUp():
            return f"group {each.described.number.label} agreed on"
    return ""


def row_words(row: Row) -> str:
    """A row that was taken: from which state to which, on what message, what is sent, and its name in the table."""
    step = f"{row.source} -> {row.destination}" if row.changes_state else f"{row.source}, no change"
    why = f"{row.event.message} taken" if row.event.message else row.event.name
    sent = f", {row.emits} sent" if row.emits else ""
    return f"{step}  {why}{sent}  [{row.id}]"


def notices(chain: Payloads) -> tuple[str, ...]:
    """The errors that a message tells of, by their names."""
    found = (each.type for each in chain.payloads if isinstance(each, N))
    return tuple(NotifyType.describe(number) for number in found)


def sa_words(sa: IsakmpSa) -> str:
    """An ISAKMP SA: its cookies, what was agreed on, who the peer is; no key."""
    who = sa.peer_identity
    peer = values.identity_text(who.type, who.data) if who else "unknown"
    lifetime = f"{sa.suite.lifetime} s"
    return f"ISAKMP SA {sa.cky_i.hex()} {sa.cky_r.hex()}, {ike_name(sa.suite)}, {lifetime}, peer {peer}"


def pair_words(pair: IpsecSaPair) -> str:
    """A pair of IPsec SAs: SPIs, what was agreed on, what it is for; no key."""
    between = " to ".join(values.client_text(each) if each else "host" for each in (pair.local, pair.remote))
    spis = f"in {pair.inbound.spi.hex()}, out {pair.outbound.spi.hex()}"
    return f"IPsec SAs {spis}, {ipsec_name(pair.inbound.suite)}, {between}"


def configured_words(given: Configured) -> str:
    """What mode config has brought."""
    pairs = (Attribute(kind, value) for kind, found in given.values.items() for value in found)
    return ", ".join(" ".join(values.attribute_words(ConfigAttribute, each)) for each in pairs)
