"""One running exchange, and one step of it.

A run holds what its end knows (`Knowledge`) and where it is in the table. A step works on a copy of that knowledge;
only a row that was taken to its end puts the copy in the place of the original. What is rejected therefore leaves no
trace.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from isakmp.crypto.backend import Backend
from isakmp.machine.advice import Agreed
from isakmp.machine.algebra import Values
from isakmp.machine.codec_message import Payloads
from isakmp.machine.config import Config, Identity, IkeProposal, IpsecProposal
from isakmp.machine.engine import Engine
from isakmp.machine.errors import Deviation
from isakmp.machine.negotiation import Choice
from isakmp.machine.outputs import Output
from isakmp.machine.sa import GroupDescription, IsakmpSa
from isakmp.spec.groups import ModpGroup
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import ATTR, CERT, CR, SA
from isakmp.spec.registries import NotifyType
from isakmp.spec.table import Row, State
from isakmp.spec.terms import Role

if TYPE_CHECKING:
    from isakmp.crypto.keys import PrivateKey, PublicKey
    from isakmp.machine.natt import Nat


NOTHING_READ = Payloads()

P = TypeVar("P", bound=Payload)


@dataclass(frozen=True)
class Further:
    """One more SA of a quick mode: what is offered, our SPIs (of the first protocol, of the others by their numbers).

    Once it is agreed on: the choice, its suite, and the peer's SPIs by protocol.
    """

    offer: SA
    spi: bytes
    others: Mapping[int, bytes]
    choice: Choice | None = None
    suite: IpsecProposal | None = None
    peer_spis: Mapping[int, bytes] = field(default_factory=dict)


class Knowledge:
    """What one end of one exchange knows: values by name, what is negotiated, its own secrets, the peer's proofs.

    `iv` is the next initialization vector, where one is running; `spi` and `peer_spi` are the inbound SPIs of the two
    ends in a quick mode, `other_spis` and `peer_other_spis` those of the other protocols of a bundle. `key` is the
    private key that the peer encrypted to or asked the certificate of, where it named one; `doubt` says what was wrong
    with what it encrypted, which shows on the wire only when the proof fails. `group` is what a new group mode
    describes, `groups` what earlier ones under the same SA did, by number; `agreed` are the lifetime and the replay
    detection of what a quick mode negotiates. `certificates` and `requests` are what the peer sent of them with
    messages that were accepted, and `peer_key` the key that its certificate vouches for.
    """

    __slots__ = (
        "agreed", "certificates", "choice", "doubt", "further", "group", "groups", "heard", "identities", "information",
        "ipsec", "iv", "key", "nat", "offer", "other_spis", "peer_key", "peer_other_spis", "peer_spi", "received",
        "requests", "spi", "suite", "values",
    )  # fmt: skip

    def __init__(self, role: Role, backend: Backend) -> None:
        self.values = Values(role, backend)
        self.offer: SA | None = None
        self.choice: Choice | None = None
        self.suite: IkeProposal | None = None
        self.ipsec: IpsecProposal | None = None
        self.iv: bytes | None = None
        self.identities: dict[str, Identity] = {}
        self.certificates: tuple[CERT, ...] = ()
        self.requests: tuple[CR, ...] = ()
        self.peer_key: PublicKey | None = None
        self.received: dict[str, bytes] = {}
        self.information: Payload | None = None
        self.spi = b""
        self.peer_spi = b""
        self.other_spis: Mapping[int, bytes] = {}
        self.peer_other_spis: Mapping[int, bytes] = {}
        self.further: tuple[Further, ...] = ()
        self.heard: ATTR | None = None
        self.nat: Nat | None = None
        self.key: PrivateKey | None = None
        self.doubt = ""
        self.group: GroupDescription | None = None
        self.groups: Mapping[int, ModpGroup] = {}
        self.agreed: Agreed | None = None

    def copy(self) -> Knowledge:
        """An independent copy; what it holds is immutable, but for the stores, which are copied."""
        twin = Knowledge.__new__(Knowledge)
        twin.values = self.values.copy()
        twin.offer, twin.choice, twin.suite, twin.ipsec = self.offer, self.choice, self.suite, self.ipsec
        twin.certificates, twin.information, twin.iv = self.certificates, self.information, self.iv
        twin.requests, twin.peer_key = self.requests, self.peer_key
        twin.spi, twin.peer_spi = self.spi, self.peer_spi
        twin.other_spis, twin.peer_other_spis, twin.further = self.other_spis, self.peer_other_spis, self.further
        twin.key, twin.doubt, twin.heard, twin.nat = self.key, self.doubt, self.heard, self.nat
        twin.group, twin.groups, twin.agreed = self.group, self.groups, self.agreed
        twin.identities = dict(self.identities)
        twin.received = dict(self.received)
        return twin


@dataclass(slots=True)
class Life:
    """What becomes of a run's SA in time (seconds): when it `began` and came to stand; what it `replaces`.

    `soft` is when it is to be rekeyed, `retires` when it is deleted as replaced, `asks` when dead peer detection has
    something to do. `carried` are the octets of each pair, by its inbound SPI; `superseded` tells that a newer one
    serves its purpose. `vendors` are the extensions that the peer has announced; `keepalive` is when the mapping of a
    NAT needs a datagram, `resent` when the last message was last sent again.
    """

    began: float | None = None
    stands: float | None = None
    soft: float | None = None
    retires: float | None = None
    asks: float | None = None
    carried: dict[bytes, int] = field(default_factory=dict)
    superseded: bool = False
    replaces: Run | None = None
    vendors: frozenset[bytes] = frozenset()
    keepalive: float | None = None
    resent: float | None = None


class Run:
    """One end of one running exchange: the model that the engine moves.

    `barred` says why what the peer begins here may not begin yet; `reply` answers a transaction exchange of the peer's.

    Times are in seconds on the clock of the caller. `address` is whatever the caller names the peer's transport
    address by.
    """

    __slots__ = (
        "address",
        "backend",
        "barred",
        "config",
        "deadline",
        "engine",
        "known",
        "last_received",
        "last_sent",
        "life",
        "limit",
        "message_id",
        "reply",
        "retries",
        "sa",
        "state",
        "table",
    )  # fmt: skip

    def __init__(
        self, engine: Engine, config: Config, backend: Backend, address: Hashable, sa: IsakmpSa | None = None
    ) -> None:
        self.engine = engine
        self.table = engine.table
        self.config = config
        self.backend = backend
        self.address = address
        self.sa = sa
        self.state = engine.table.initial.name
        self.message_id = 0
        self.known = Knowledge(engine.table.role, backend)
        self.last_received: bytes | None = None
        self.last_sent: bytes | None = None
        self.retries = 0
        self.deadline: float | None = None
        self.limit: float | None = None
        self.life = Life()
        self.barred = ""
        self.reply: Callable[[ATTR], ATTR] | None = None

    @property
    def wakes(self) -> float | None:
        """When the first timer of the run is due, in seconds."""
        life = self.life
        times = (self.deadline, self.limit, life.soft, life.retires, life.asks, life.keepalive)
        return min([time for time in times if time is not None], default=None)

    @property
    def at(self) -> State:
        """The state that the run is in."""
        return self.engine.states[self.state]


@dataclass(slots=True)
class Step:
    """One event on its way through the table: what came, what the guards found, what is to become of the run.

    `positions` says which payload of the chain fills which slot of the template; `misfit` what does not fit it;
    `findings` what each guard found, by its name; `outputs` collects what the caller has to do. `source` is where the
    datagram came from, `event` the name of what happens; `address` is where answers go.
    `notices` are notifications that follow in exchanges of their own, about payloads that were discarded while the
    message was not; where the message is to be discarded `silently`, none follow at all. `written` are the payloads of
    the message that is sent, before encryption.
    """

    run: Run
    now: float
    draft: Knowledge
    datagram: bytes = b""
    chain: Payloads = NOTHING_READ
    positions: Mapping[Slot, int] = field(default_factory=dict)
    misfit: Deviation | None = None
    findings: dict[str, Deviation | None] = field(default_factory=dict)
    row: Row | None = None
    source: Hashable = None
    event: str = ""
    committed: bool = False
    silently: bool = False
    outputs: list[Output] = field(default_factory=list)
    notices: list[NotifyType] = field(default_factory=list)
    written: tuple[Payload, ...] = ()
    sent: bytes | None = field(init=False)
    deadline: float | None = field(init=False)
    limit: float | None = field(init=False)
    retries: int = field(init=False)
    address: Hashable = field(init=False)

    def __post_init__(self) -> None:
        run = self.run
        self.sent, self.deadline, self.limit, self.retries = run.last_sent, run.deadline, run.limit, run.retries
        self.address = run.address

    def payload(self, slot: Slot | None, kind: type[P]) -> P:
        """The payload that fills a slot.

        Raises:
            TypeError: the slot is not filled, or with another kind.
        """
        position = self.positions.get(slot) if slot is not None else None
        found = None if position is None else self.chain.payloads[position]
        if not isinstance(found, kind):
            raise TypeError(f"{slot} holds no {kind.__name__}")
        return found
