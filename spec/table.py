"""The transition table. Every change of state in the project is a row of it.

Rule 1: nothing here computes or sends; guards, actions and messages are names that the machine gives a meaning.
Rule 2: rows of messages follow from the exchange's templates; what remains (timers, repeats, errors, notifications,
deletes, ends) is written out below, once for all exchanges, with its section.
Rule 3: the table is total and deterministic. For each state, each event and each outcome of the row's guards exactly
one row applies, also where that row says: discard, record, no change of state. `validate` proves it.

State names are those of pluto's logs. They tell what has happened: `MAIN_I2` has sent MM3, `MAIN_R1` has sent MM2.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from functools import lru_cache

from isakmp.spec.events import Action, Event, EventKind
from isakmp.spec.frozen import frozen
from isakmp.spec.guards import Check, Guard, guards_of
from isakmp.spec.messages import Exchange, Message, Protection
from isakmp.spec.registries import ExchangeType, NotifyType
from isakmp.spec.terms import Role


class Kind(Enum):
    """What a state means to its owner."""

    IDLE = "nothing has happened yet"
    RUNNING = "the exchange is under way"
    ESTABLISHED = "the exchange is complete; what it negotiated stands"
    DONE = "the exchange is complete and leaves nothing behind"
    ENDED = "the exchange, or the SA that it made, is gone"


@frozen
class State:
    """A state of one role in one exchange.

    `awaits` is the message that it waits for, `answered` the one that it was entered by and answered with `sent`, the
    last message that it sent. `repeats` tells whether it sends that again by timer.
    """

    name: str
    kind: Kind
    awaits: str | None = None
    answered: str | None = None
    sent: str | None = None
    repeats: bool = False

    def __str__(self) -> str:
        return self.name


@frozen
class Row:
    """In `source`, on `event`, if all `guards` hold and `unless` does not: do `actions`, go to `destination`."""

    id: str
    exchange: str
    role: Role
    source: State
    event: Event
    destination: State
    actions: tuple[Action, ...]
    cite: str
    why: str
    guards: tuple[Guard, ...] = ()
    unless: Guard | None = None
    emits: str | None = None
    notify: NotifyType | None = None

    @property
    def changes_state(self) -> bool:
        """Whether the row leads elsewhere."""
        return self.source != self.destination


@frozen
class Table:
    """All rows of one role in one exchange."""

    exchange: Exchange
    role: Role
    states: tuple[State, ...]
    events: tuple[Event, ...]
    rows: tuple[Row, ...]

    @property
    def initial(self) -> State:
        """Where the role starts."""
        return self.states[0]

    def of(self, state: State, event: Event) -> tuple[Row, ...]:
        """The rows of one state and event, in the order of evaluation."""
        return tuple(row for row in self.rows if row.source == state and row.event == event)


FAILED, TIMED_OUT, DELETED = (State(name, Kind.ENDED) for name in ("FAILED", "TIMED_OUT", "DELETED"))


def states_of(exchange: Exchange, role: Role) -> tuple[State, ...]:
    """The states that a role goes through, in order, and those in which it can end.

    Each message that a role takes (or, for who begins, the wish to begin) together with its answer is one step; the
    number in the name counts steps.
    """
    steps: list[tuple[str | None, str | None]] = []  # (message taken, message sent in answer)
    taken: str | None = None
    messages = exchange.messages
    for index, message in enumerate(messages):
        if message.sender is role:
            steps.append((taken, message.name))
            taken = None
        elif index + 1 == len(messages) or messages[index + 1].sender is not role:
            steps.append((message.name, None))
        else:
            taken = message.name
    prefix = f"{exchange.prefix}_{role.name}"
    awaited = [message.name for message in messages if message.sender is not role]
    states = [State(f"{prefix}0", Kind.IDLE, awaits=awaited[0] if role is Role.R else None)]
    remaining = list(awaited)
    sent: str | None = None
    last = Kind.ESTABLISHED if exchange.lasting else Kind.DONE
    for number, (took, answer) in enumerate(steps, 1):
        if took:
            remaining.remove(took)
        sent = answer or sent
        kind = last if number == len(steps) else Kind.RUNNING
        awaits = remaining[0] if remaining else None
        # Who answers a first message of phase 1 does not yet know that the sender's address is its own, and repeating
        # MM2 by timer would multiply traffic towards whoever was named as the sender: it repeats on request only.
        unproven = exchange.phase == 1 and number == 1 and role is Role.R
        repeats = kind is Kind.RUNNING and not unproven
        states.append(State(f"{prefix}{number}", kind, awaits, took if answer else None, sent, repeats))
    # Where nothing is awaited nothing can be waited for in vain, and where nothing stands nothing can be deleted.
    fails = FAILED if len(steps) > 1 or _may_fail(exchange, role) else None
    waits = TIMED_OUT if len(steps) > 1 else None
    if exchange.commits and role is Role.I:
        states.insert(-1, _waiting(exchange))
    return (*states, *filter(None, (fails, waits, DELETED if exchange.lasting else None)))


def _waiting(exchange: Exchange) -> State:
    """Where an initiator waits for CONNECTED, having sent its last message (RFC 2408 section 3.1)."""
    *_, answered, sent = exchange.messages
    return State(f"{exchange.prefix}_I_COMMIT", Kind.RUNNING, answered=answered.name, sent=sent.name, repeats=True)


def _may_fail(exchange: Exchange, role: Role) -> bool:
    """Whether a first message can be refused for good."""
    first = exchange.messages[0]
    return first.sender is not role and any(guard.rule.fatal for guard in guards_of(first, role, exchange.phase))


_CONNECTED = (EventKind.CONNECTED, EventKind.CONNECTED_CLEAR)


def events_of(exchange: Exchange, role: Role) -> tuple[Event, ...]:
    """All events that a role can meet; signals are for processes, CONNECTED for what the commit bit may hold up."""
    received = tuple(Event(EventKind.RECEIVE, message.name) for message in exchange.sent_by(role.other))
    others = {EventKind.SIGNAL} if exchange.commits else {EventKind.SIGNAL, *_CONNECTED}
    kinds = [kind for kind in EventKind if kind not in others]
    return tuple(event for kind in kinds for event in (received if kind is EventKind.RECEIVE else (Event(kind),)))


@frozen
class _Rule:
    """A row for every state that it fits: where, on what, what is done, where to (None: no change), source, reason."""

    kinds: frozenset[Kind]
    event: EventKind
    actions: tuple[Action, ...]
    destination: State | None
    cite: str
    why: str
    needs_answered: bool = False
    needs_timer: bool = False

    def fits(self, state: State) -> bool:
        return (
            state.kind in self.kinds
            and (state.answered is not None or not self.needs_answered)
            and (state.repeats or not self.needs_timer)
        )


_LIVE = frozenset({Kind.RUNNING})
_UP = frozenset({Kind.ESTABLISHED})
_OVER = frozenset({Kind.DONE})
_ANY = frozenset(Kind)
_DISCARD = (Action.DISCARD, Action.LOG)

# The first rule that fits gives the row. Where only the last one does, nothing is done: rule 3 of this file.
_RULES: tuple[_Rule, ...] = (
    _Rule(_LIVE | _UP | _OVER, EventKind.DUPLICATE, (Action.RESEND,), None, "RFC2408:5.1",
          "the peer did not get our answer: it gets the same octets again", needs_answered=True),
    _Rule(_LIVE, EventKind.RETRANSMIT, (Action.RESEND, Action.ARM_TIMER), None, "RFC2408:5.1",
          "the timer expired: resend, count down, wait longer", needs_timer=True),
    _Rule(_LIVE, EventKind.EXHAUSTED, (Action.LOG, Action.FORGET), TIMED_OUT, "RFC2408:5.1",
          "the retry counter reached zero: clear all state", needs_timer=True),
    _Rule(_LIVE, EventKind.EXPIRE, (Action.LOG, Action.FORGET), TIMED_OUT, "RFC2408:1.7.1",
          "a half-open exchange holds resources: it has to end"),
    _Rule(_OVER, EventKind.EXPIRE, (Action.FORGET,), None, "RFC2408:5.1",
          "the peer has had time enough to ask again for what it did not get", needs_answered=True),
    _Rule(_UP, EventKind.EXPIRE, (Action.SEND_DELETE, Action.FORGET), DELETED, "RFC2407:4.5",
          "the SA reached the lifetime that was negotiated"),
    _Rule(_LIVE, EventKind.NOTIFY_PROTECTED, (Action.LOG, Action.FORGET), FAILED, "RFC2408:5.14",
          "the peer, who holds the keys, says that it failed"),
    _Rule(_LIVE, EventKind.DELETE_PROTECTED, (Action.LOG, Action.FORGET), FAILED, "RFC2408:5.15",
          "the peer gave the SA up before it stood"),
    _Rule(_UP, EventKind.DELETE_PROTECTED, (Action.LOG, Action.FORGET), DELETED, "RFC2408:5.15",
          "the peer deleted the SA"),
    _Rule(_LIVE, EventKind.CLOSE, (Action.FORGET,), FAILED, "RFC2408:5.1", "given up by the local user"),
    _Rule(_UP, EventKind.CLOSE, (Action.SEND_DELETE, Action.FORGET), DELETED, "RFC2408:5.15",
          "closed by the local user: the peer is told"),
    _Rule(_UP, EventKind.REKEY, (Action.LOG, Action.REKEY), None, "SPENCER:4.2",
          "a new SA is negotiated while this one still serves"),
    _Rule(_UP, EventKind.REPLACED, (Action.SEND_DELETE, Action.FORGET), DELETED, "SPENCER:4.3",
          "another SA for the same purpose is in use: this one is given up, and the peer is told"),
    _Rule(_UP, EventKind.ORPHANED, (Action.LOG, Action.FORGET), DELETED, "SPENCER:5.2",
          "what was negotiated under an ISAKMP SA ends with it, unless another one takes it over"),
    _Rule(_LIVE, EventKind.ORPHANED, (Action.LOG, Action.FORGET), FAILED, "SPENCER:5.2",
          "nothing protects the exchange any more"),
    _Rule(_UP, EventKind.PEER_DEAD, (Action.LOG, Action.FORGET), DELETED, "RFC3706:5.4",
          "the peer is unreachable: no delete would reach it"),
    _Rule(_UP, EventKind.INITIAL_CONTACT, (Action.LOG, Action.FORGET), DELETED, "RFC2407:4.6.3.3",
          "the peer, authenticated by the same identity, has lost this SA"),
    _Rule(_UP, EventKind.KEEPALIVE, (Action.SEND_KEEPALIVE,), None, "RFC3948:4",
          "this end is behind a NAT, whose mapping must not be forgotten"),
    _Rule(_LIVE, EventKind.EVICT, (Action.LOG, Action.FORGET), FAILED, "RFC2408:1.7.1",
          "too many have begun and not gone on: the oldest makes room"),
    _Rule(_ANY, EventKind.NOTIFY_CLEAR, _DISCARD, None, "RFC2408:5.14",
          "anyone can send it: a hint for the log, never a reason to end an exchange"),
    _Rule(_ANY, EventKind.NOTIFY_PROTECTED, _DISCARD, None, "RFC2408:5.14", "nothing is under way that it could end"),
    _Rule(_ANY, EventKind.DELETE_CLEAR, _DISCARD, None, "RFC2408:5.15",
          "an unauthenticated delete must not remove an SA"),
    _Rule(_ANY, EventKind.DELETE_PROTECTED, _DISCARD, None, "RFC2408:5.15", "there is nothing left to delete"),
    _Rule(_ANY, EventKind.MALFORMED, _DISCARD, None, "RFC2408:5.3", "the message is discarded; the true one may come"),
    _Rule(_ANY, EventKind.DUPLICATE, _DISCARD, None, "RFC2408:5.1", "there is nothing to answer it with"),
    _Rule(_ANY, EventKind.RETRANSMIT, _DISCARD, None, "RFC2408:5.1", "nothing is waiting for an answer"),
    _Rule(_ANY, EventKind.EXHAUSTED, _DISCARD, None, "RFC2408:5.1", "nothing is waiting for an answer"),
    _Rule(_ANY, EventKind.EXPIRE, _DISCARD, None, "RFC2408:5.1", "nothing is left to expire"),
    _Rule(_ANY, EventKind.CLOSE, _DISCARD, None, "RFC2408:5.1", "nothing is left to close"),
    _Rule(_ANY, EventKind.REKEY, _DISCARD, None, "SPENCER:4.2", "nothing stands that could be renewed"),
    _Rule(_ANY, EventKind.REPLACED, _DISCARD, None, "SPENCER:4.3", "nothing stands that could be replaced"),
    _Rule(_ANY, EventKind.ORPHANED, _DISCARD, None, "SPENCER:5.2", "nothing is left to end"),
    _Rule(_ANY, EventKind.PEER_DEAD, _DISCARD, None, "RFC3706:5.4", "nothing stands that could end with the peer"),
    _Rule(_ANY, EventKind.INITIAL_CONTACT, _DISCARD, None, "RFC2407:4.6.3.3",
          "nothing stands that the peer could have lost"),
    _Rule(_ANY, EventKind.KEEPALIVE, _DISCARD, None, "RFC3948:4", "nothing stands that has to be kept alive"),
    _Rule(_ANY, EventKind.EVICT, _DISCARD, None, "RFC2408:1.7.1", "only what is half open makes room"),
    _Rule(_ANY, EventKind.CONNECTED, _DISCARD, None, "RFC2408:3.1", "nothing waits for it"),
    _Rule(_ANY, EventKind.CONNECTED_CLEAR, _DISCARD, None, "RFC2408:3.1",
          "anyone can send it: it does not end the wait for the protected one"),
    _Rule(_ANY, EventKind.START, _DISCARD, None, "RFC2409:5", "messages are fixed in number: an exchange begins once"),
    _Rule(_ANY, EventKind.RECEIVE, _DISCARD, None, "RFC2408:5.1",
          "the message is not the one that is awaited: no change of state"),
)  # fmt: skip


def _answer(exchange: Exchange, role: Role, state: State) -> Message | None:
    """The message with which a role leaves a state for the next, if it sends one there."""
    nxt = exchange.messages[0] if state.awaits is None else None
    if state.awaits is not None:
        position = exchange.messages.index(exchange.message(state.awaits)) + 1
        nxt = exchange.messages[position] if position < len(exchange.messages) else None
    return nxt if nxt is not None and nxt.sender is role else None


def _step_actions(
    state: State, destination: State, answer: Message | None, *, confirms: bool = False
) -> tuple[Action, ...]:
    actions = [] if state.awaits is None else [Action.ACCEPT]
    if state.kind is Kind.RUNNING:
        actions.append(Action.STOP_TIMER)
    if answer:
        actions.append(Action.SEND)
    if destination.kind is Kind.RUNNING:
        actions.append(Action.ARM_TIMER if destination.repeats else Action.ARM_LIMIT)
    if destination.kind is Kind.DONE and destination.answered is not None:
        actions.append(Action.ARM_LIMIT)  # what it answered is kept for repeats
    if destination.kind is Kind.ESTABLISHED:
        actions.append(Action.ESTABLISH)
    if confirms:
        actions.append(Action.CONFIRM)
    return tuple(actions)


def _message_rows(exchange: Exchange, role: Role, state: State, destination: State) -> tuple[Row, ...]:
    """The rows of the awaited message (or of the start): one for success, and one for each guard that may fail."""
    answer = _answer(exchange, role, state)
    event = Event(EventKind.RECEIVE, state.awaits) if state.awaits else Event(EventKind.START)
    incoming = exchange.message(state.awaits) if state.awaits else None
    guards = guards_of(incoming, role, exchange.phase) if incoming else ()
    base = f"{exchange.key}.{role.name}.{state.name}.{event.name}"
    if exchange.commits and destination.kind is Kind.ESTABLISHED and role is Role.I:
        guards = (*guards, Guard(Check.UNCOMMITTED))
    figure = incoming or answer
    # An informational message is never answered by another: two ends could go on for ever (RFC 2409 section 9).
    answers = () if exchange.type is ExchangeType.INFORMATIONAL else (Action.NOTIFY,)
    # Whoever can inject a message in the clear must not end what the true peer began: there, a check that fails
    # discards the message only. Before anything has begun there is nothing to keep.
    exposed = incoming is not None and incoming.protection is not Protection.ENCRYPTED and state.kind is not Kind.IDLE

    def ends(guard: Guard) -> bool:
        return guard.rule.fatal and not exposed

    success = Row(
        id=base,
        exchange=exchange.key,
        role=role,
        source=state,
        event=event,
        destination=destination,
        actions=_step_actions(
            state,
            destination,
            answer,
            confirms=exchange.commits and role is Role.R and destination.kind is Kind.ESTABLISHED,
        ),
        cite=figure.cite if figure else exchange.cite,
        why=incoming.label if incoming else "the first message",
        guards=guards,
        emits=answer.name if answer else None,
    )
    refusals = tuple(
        Row(
            id=f"{base}!{guard.name.replace(' ', ':')}",
            exchange=exchange.key,
            role=role,
            source=state,
            event=event,
            destination=FAILED if ends(guard) else state,
            actions=(*_DISCARD, *answers, *((Action.FORGET,) if ends(guard) else ())),
            cite=guard.rule.cite,
            why=f"not: {guard.rule.statement}",
            guards=guards[:position],
            unless=guard,
            notify=guard.rule.notify,
        )
        for position, guard in enumerate(guards)
        if guard.check is not Check.UNCOMMITTED
    )
    if Guard(Check.UNCOMMITTED) in guards:
        return (success, *refusals, _committed(exchange, success))
    return (success, *refusals)


def _committed(exchange: Exchange, success: Row) -> Row:
    """The row of a last answer with the commit bit: the initiator does not use the SA before CONNECTED comes."""
    actions = (Action.ACCEPT, Action.STOP_TIMER, Action.SEND, Action.ARM_TIMER)
    return replace(
        success,
        id=f"{success.id}!uncommitted",
        destination=_waiting(exchange),
        actions=actions,
        cite="RFC2408:3.1",
        why="the commit bit is set: who did not set it waits for CONNECTED",
        guards=success.guards[:-1],
        unless=success.guards[-1],
    )


def _commit_rows(exchange: Exchange, role: Role, states: tuple[State, ...]) -> tuple[Row, ...]:
    """What the commit bit adds: the end of the wait, and CONNECTED once more where the last message comes again."""
    if not exchange.commits:
        return ()
    (stands,) = (state for state in states if state.kind is Kind.ESTABLISHED)
    if role is Role.I:
        source, event = _waiting(exchange), Event(EventKind.CONNECTED)
        actions: tuple[Action, ...] = (Action.STOP_TIMER, Action.ESTABLISH)
        why = "the peer, which set the commit bit, holds the SA: it can be used"
    else:
        source, event = stands, Event(EventKind.DUPLICATE)
        actions = (*_DISCARD, Action.CONFIRM)
        why = "who repeats the last message has not got CONNECTED, if it waits for it"
    row = Row(
        id=f"{exchange.key}.{role.name}.{source.name}.{event.name.replace(' ', '-')}",
        exchange=exchange.key,
        role=role,
        source=source,
        event=event,
        destination=stands,
        actions=actions,
        cite="RFC2408:3.1",
        why=why,
    )
    return (row,)


def _rule_row(exchange: Exchange, role: Role, state: State, event: Event) -> Row:
    rule = next(rule for rule in _RULES if rule.event is event.kind and rule.fits(state))
    return Row(
        id=f"{exchange.key}.{role.name}.{state.name}.{event.name.replace(' ', '-')}",
        exchange=exchange.key,
        role=role,
        source=state,
        event=event,
        destination=rule.destination or state,
        actions=rule.actions,
        cite=rule.cite,
        why=rule.why,
        emits=state.sent if Action.RESEND in rule.actions else None,
    )


@lru_cache
def table(exchange: Exchange, role: Role) -> Table:
    """The table of one role in one exchange: message rows derived, all others from the rules above."""
    states, events = states_of(exchange, role), events_of(exchange, role)
    # Where CONNECTED is waited for no message leads on.
    path = [state for state in states if not (exchange.commits and state == _waiting(exchange))]
    following = {state: path[index + 1] for index, state in enumerate(path) if state.kind in (Kind.IDLE, Kind.RUNNING)}
    rows: list[Row] = []
    special = {(row.source, row.event): row for row in _commit_rows(exchange, role, states)}
    for state in states:
        for event in events:
            awaited = event.message is not None and event.message == state.awaits
            starts = event.kind is EventKind.START and state.kind is Kind.IDLE and state.awaits is None
            if state in following and (awaited or starts):
                rows += _message_rows(exchange, role, state, following[state])
            elif (state, event) in special:
                rows.append(special[state, event])
            else:
                rows.append(_rule_row(exchange, role, state, event))
    return Table(exchange, role, states, events, tuple(rows))
