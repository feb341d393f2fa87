"""What an adversary who owns the network can do, each as a small piece of data that can be written down and read again.

A run is a list of such actions. Numbers are taken modulo what there is to choose from, so that any list of actions can
be performed, and remains one when some of its members are left out: that is what makes a failing run short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from isakmp.machine.errors import LocalMisuse


@dataclass(frozen=True)
class Begin:
    """A host begins phase 1 with another, by the exchange of that name."""

    host: str
    to: str
    exchange: str


@dataclass(frozen=True)
class Ask:
    """A host begins an exchange under one of its ISAKMP SAs, by that method of its peer: "quick", "configure", ...

    `group` is which group a "new_group" describes, of those that the network knows.
    """

    host: str
    exchange: str
    sa: int = 0
    group: int = 0


@dataclass(frozen=True)
class Close:
    """A host gives up one of its ISAKMP SAs, and tells its peer."""

    host: str
    sa: int = 0


@dataclass(frozen=True)
class Deliver:
    """A datagram that waits arrives. `keep` leaves it waiting as well: it will arrive twice, or out of order."""

    waiting: int = 0
    keep: bool = False


@dataclass(frozen=True)
class Drop:
    """A datagram that waits is lost."""

    waiting: int = 0


@dataclass(frozen=True)
class Replay:
    """A datagram that was ever sent arrives at its receiver, or wherever `to` says, as if it came from `source`."""

    packet: int
    to: str = ""
    source: str = ""


@dataclass(frozen=True)
class Reflect:
    """A datagram that was ever sent comes back to its sender."""

    packet: int


@dataclass(frozen=True)
class Truncate:
    """A datagram arrives with that many octets missing at its end."""

    packet: int
    octets: int


@dataclass(frozen=True)
class Flip:
    """A datagram arrives with one octet changed."""

    packet: int
    place: int
    change: int


@dataclass(frozen=True)
class Mutate:
    """A datagram arrives with one field of its header or payloads, as their layouts name them, set to another value."""

    packet: int
    field: int
    value: int


@dataclass(frozen=True)
class Splice:
    """A datagram arrives with a payload of another one in the place of its own, or (`insert`) before it."""

    packet: int
    place: int
    other: int
    other_place: int
    insert: bool = False


@dataclass(frozen=True)
class Forge:
    """An informational message with the cookies of a datagram arrives: in the clear, or marked as encrypted.

    `payload` 0 is an error notification, 1 a delete of the ISAKMP SA, 2 INITIAL-CONTACT, 3 an error about an IPsec SA.
    """

    packet: int
    payload: int
    encrypted: bool = False
    number: int = 1


@dataclass(frozen=True)
class Pose:
    """Whoever owns the network begins phase 1 as if it were `victim`, with what it knows and a guess for the rest."""

    victim: str
    to: str
    exchange: str


@dataclass(frozen=True)
class Impersonate:
    """A datagram is kept from its receiver and answered as the receiver would, with a guess for what is not known."""

    waiting: int


@dataclass(frozen=True)
class Wait:
    """Time passes: that many tenths of a second; timers that are due fire."""

    tenths: int


Action = (
    Begin | Ask | Close | Deliver | Drop | Replay | Reflect | Truncate | Flip | Mutate | Splice | Forge | Pose
    | Impersonate | Wait
)  # fmt: skip

ACTIONS: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Action)}
"""The actions by their names in a file."""


def to_json(actions: Iterable[Action]) -> list[dict[str, object]]:
    """Actions as JSON has them: an object each, with the name of the action under "do"."""
    return [{"do": type(action).__name__, **asdict(action)} for action in actions]


def from_json(data: Iterable[Mapping[str, Any]]) -> tuple[Action, ...]:
    """Actions from what `to_json` gave.

    Raises:
        LocalMisuse: there is no such action, or its members are others; the message says which.
    """
    actions: list[Action] = []
    for number, each in enumerate(data, 1):
        members = dict(each)
        name = members.pop("do", None)
        kind = ACTIONS.get(str(name))
        if kind is None:
            raise LocalMisuse(f"action {number}: unknown action {name!r}; known are {', '.join(ACTIONS)}")
        try:
            actions.append(kind(**members))
        except TypeError as error:
            raise LocalMisuse(f"action {number}: {error}") from None
    return tuple(actions)
