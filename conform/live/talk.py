"""What is said and heard in one case: datagrams, which of them are answers, and what they tell of the user."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from isakmp.conform.headers import EXCHANGE, FLAGS, HEADER_OCTETS, MESSAGE_ID
from isakmp.conform.live.hearing import Heard, Spoken, early, told
from isakmp.conform.live.target import Target
from isakmp.crypto.backend import Backend
from isakmp.crypto.keys import PrivateKey
from isakmp.machine.codec import decode
from isakmp.machine.config import Config, Identity
from isakmp.machine.errors import ProtocolError
from isakmp.machine.outputs import Ended, Output, PhaseOneUp, PhaseTwoUp, Send, Taken, UserAdmitted, XauthNeeded
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IpsecSaPair, IsakmpSa
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import COOKIE_OCTETS, MESSAGE_ID_OCTETS
from isakmp.spec.registries import ExchangeType, Flag

QUESTION: Final = "a question about the user"
ADMITTED: Final = "word that the user is admitted"
REFUSED: Final = "word that the user is refused"


@dataclass
class Talk:
    """What is said and heard in one case. `seconds` is how long an answer may take; `log` holds all that was said.

    `before` are datagrams of earlier conversations, which an initiator may still repeat. `authority` is the key that
    the partner's certificates are issued with, where it is at hand. `place` is where the partner sends to; it may move
    at a NAT. `barred` tells that the user behind the ISAKMP SA has to be authenticated first (XAuth), `asked` that the
    target has begun to ask about the user. With `assigned`, quick modes are for the address that mode config gives.
    """

    begun: ClassVar[bool] = False
    """Whether an exchange that the target begins can be what is awaited."""

    config: Config
    backend: Backend
    target: Target
    seconds: float
    log: list[Spoken] = field(default_factory=list)
    before: set[bytes] = field(default_factory=set)
    authority: PrivateKey | None = None
    assigned: bool = False
    sa: IsakmpSa | None = None
    pair: IpsecSaPair | None = None

    def __post_init__(self) -> None:
        self.partner: Peer = Peer(self.config, self.backend)
        self.place: Hashable = self.target.address
        self._cookies: set[bytes] = set()
        self._types: frozenset[int] = frozenset()
        self._numbers = {bytes(MESSAGE_ID_OCTETS)}
        self._seen: set[bytes] = set()
        self._blocks: dict[int, bytes] = {}
        self.barred = self.asked = False
        self._of_user: tuple[Output, ...] = ()

    @property
    def networks(self) -> tuple[Identity, Identity] | None:
        """What quick modes are for, this end's first; None for the hosts. Mode config may have changed it."""
        local, remote = self.config.local_network, self.config.remote_network
        return None if local is None or remote is None else (local, remote)

    def say(self, datagram: bytes, what: str) -> None:
        """Send octets, and keep them for the evidence."""
        self.log.append(Spoken(self.target.now, what, datagram))
        self._cookies.add(datagram[:COOKIE_OCTETS])
        self._numbers.add(datagram[MESSAGE_ID])
        self._note(datagram)
        self.target.send(datagram, self.place)

    def hear(self, datagram: bytes) -> tuple[Output, ...]:
        """Let the partner take a datagram of the target; what it makes of it."""
        outputs = self.partner.receive(datagram, self.place, self.target.now)
        self._keep(outputs)
        return outputs

    def listen(self, seconds: float | None = None) -> Iterator[Spoken]:
        """What the target says from now on, as long as is waited for; what belongs to others is passed over."""
        end = self.target.now + (self.seconds if seconds is None else seconds)
        while (left := end - self.target.now) > 0:
            datagram = self.target.receive(left)
            if datagram is None:
                return
            if datagram[:COOKIE_OCTETS] not in self._cookies:
                continue
            repeated = datagram in self._seen
            kind, what = (Heard.REPEAT, Heard.REPEAT.value) if repeated else self._kind_of(datagram)
            spoken = Spoken(self.target.now, what, datagram, kind)
            self.log.append(spoken)
            self._note(datagram)
            yield spoken

    def _note(self, datagram: bytes) -> None:
        """Keep what vectors follow from, and what a repeat is recognised by."""
        self._seen.add(datagram)
        if len(datagram) > HEADER_OCTETS and datagram[FLAGS] & Flag.ENCRYPTION:
            self._blocks[int.from_bytes(datagram[MESSAGE_ID])] = datagram

    def _kind_of(self, datagram: bytes) -> tuple[Heard, str]:
        exchange = datagram[EXCHANGE] if len(datagram) >= HEADER_OCTETS else 0
        if exchange == ExchangeType.INFORMATIONAL:
            return self._information(datagram)
        anew = datagram[MESSAGE_ID] not in self._numbers
        if anew and exchange == ExchangeType.TRANSACTION and (self.asked or self.barred):
            return self._about_user(datagram)
        what = f"a message of exchange type {ExchangeType.describe(exchange)}"
        awaited = self.begun or not anew
        return (Heard.ANSWER if awaited and exchange in self._types else Heard.OTHER), what

    def _about_user(self, datagram: bytes) -> tuple[Heard, str]:
        """What the target asks or says of the user, in a transaction exchange that it has begun."""
        self.asked = True
        self._of_user = self.hear(datagram)
        if any(isinstance(output, Ended) for output in self._of_user):
            return Heard.ERROR, REFUSED
        if self.barred:
            return Heard.ERROR, QUESTION
        kind = Heard.ANSWER if ExchangeType.TRANSACTION in self._types else Heard.OTHER
        return kind, ADMITTED

    def _information(self, datagram: bytes) -> tuple[Heard, str]:
        """What an informational message says, in the clear or under the partner's keys."""
        try:
            message = decode(datagram)
        except ProtocolError as error:
            return Heard.TOLD, f"an informational message that is malformed: {error}"
        payloads: Iterable[Payload] = message.payloads
        if message.encrypted is not None:
            outputs = self.hear(datagram)
            payloads = [p for o in outputs if isinstance(o, Taken) for p in o.chain.payloads]
            payloads = payloads or early(self.partner, datagram, self._sealed(), self.target.now)
        return told(payloads)

    def _sealed(self) -> tuple[bytes, ...]:
        """The last datagrams of phase 1 that were encrypted."""
        phase_1 = bytes(MESSAGE_ID_OCTETS)
        datagrams = (spoken.datagram for spoken in self.log if len(spoken.datagram) > HEADER_OCTETS)
        return tuple(each for each in datagrams if each[FLAGS] & Flag.ENCRYPTION and each[MESSAGE_ID] == phase_1)[-2:]

    def _keep(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, PhaseOneUp):
                self.sa = output.sa
            elif isinstance(output, PhaseTwoUp):
                self.pair = output.pair
            elif isinstance(output, XauthNeeded):
                self.barred = output.client
            elif isinstance(output, UserAdmitted):
                self.barred = False
            elif isinstance(output, Send):
                self.place = output.address
