"""What can happen to an exchange, and what a row of the table can have done about it."""

from __future__ import annotations

from enum import Enum

from isakmp.spec.frozen import frozen


class EventKind(Enum):
    """The kinds of events; `RECEIVE` stands for one event per message of the exchange, `SIGNAL` for one per signal."""

    START = "start"
    RECEIVE = "receive"
    DUPLICATE = "duplicate"
    MALFORMED = "malformed"
    NOTIFY_CLEAR = "error notify in the clear"
    NOTIFY_PROTECTED = "protected error notify"
    DELETE_CLEAR = "delete in the clear"
    DELETE_PROTECTED = "protected delete"
    RETRANSMIT = "retransmission timer"
    EXHAUSTED = "retries exhausted"
    EXPIRE = "lifetime over"
    CLOSE = "local close"
    REKEY = "rekeying due"
    REPLACED = "replaced"
    ORPHANED = "ISAKMP SA gone"
    PEER_DEAD = "peer dead"
    INITIAL_CONTACT = "initial contact"
    KEEPALIVE = "keepalive timer"
    EVICT = "room is needed"
    CONNECTED = "protected CONNECTED"
    CONNECTED_CLEAR = "CONNECTED in the clear"
    SIGNAL = "signal"


MEANING: dict[EventKind, str] = {
    EventKind.START: "the local user asks for the exchange",
    EventKind.RECEIVE: "a message of the exchange arrives",
    EventKind.DUPLICATE: "the octets of the last message that was taken arrive again",
    EventKind.MALFORMED: "a datagram with the exchange's cookies and message id arrives that is none of its messages",
    EventKind.NOTIFY_CLEAR: "an error notification for the exchange arrives without protection",
    EventKind.NOTIFY_PROTECTED: "an error notification for the exchange arrives under the SA's protection",
    EventKind.DELETE_CLEAR: "a delete for the SA arrives without protection",
    EventKind.DELETE_PROTECTED: "a delete for the SA arrives under the SA's protection",
    EventKind.RETRANSMIT: "no answer came in time, and retries are left",
    EventKind.EXHAUSTED: "no answer came in time, and no retries are left",
    EventKind.EXPIRE: "the exchange took too long, or the SA reached its lifetime",
    EventKind.CLOSE: "the local user gives the exchange or its SA up",
    EventKind.REKEY: "the SA comes near the end of its life, in seconds or octets",
    EventKind.REPLACED: "another SA for the same purpose has taken the place of this one",
    EventKind.ORPHANED: "the ISAKMP SA that protected it is gone, and no other takes over",
    EventKind.PEER_DEAD: "dead peer detection has given the peer up",
    EventKind.INITIAL_CONTACT: "under another SA the same authenticated peer says that it remembers none",
    EventKind.KEEPALIVE: "nothing has kept the mapping of a NAT alive for a while",
    EventKind.EVICT: "a half-open exchange is the oldest of too many",
    EventKind.CONNECTED: "the peer, which set the commit bit, says under protection that the SA stands",
    EventKind.CONNECTED_CLEAR: "somebody says without protection that the SA stands",
    EventKind.SIGNAL: "something happens to a process beside the exchanges",
}


@frozen
class Event:
    """An event: its kind and, where a message arrives or a process gets a signal, which."""

    kind: EventKind
    message: str | None = None

    @property
    def name(self) -> str:
        """`MM2`, `duplicate`, `retransmission timer`."""
        return self.message or self.kind.value

    def __str__(self) -> str:
        return self.name


class Action(Enum):
    """What a row has done, in the order in which the row lists it."""

    ACCEPT = "keep the values that the message brought"
    SEND = "build the next message and send it"
    RESEND = "send the last message again, octet for octet"
    ARM_TIMER = "start the retransmission timer"
    STOP_TIMER = "stop the retransmission timer"
    ARM_LIMIT = "start the timer that ends an exchange that does not"
    ESTABLISH = "the SA stands: hand it over"
    DISCARD = "discard the message"
    LOG = "record the event"
    NOTIFY = "tell the peer (MAY, by policy)"
    SEND_DELETE = "tell the peer that the SA is gone"
    REKEY = "begin the exchange that is to take the place of the SA"
    CONFIRM = "where the commit bit was set, tell the peer by CONNECTED that the SA stands"
    FORGET = "erase keys and state"
    SEND_KEEPALIVE = "send the octet that keeps the mapping of a NAT alive"
    ASK_USER = "ask for what the authenticator wants to know, in a transaction exchange"
    TELL_STATUS = "tell the client how it ended, in a transaction exchange"
    ADMIT_USER = "the user is authenticated: the SA may be used"
    END_SA = "delete the ISAKMP SA and what stands on it"
