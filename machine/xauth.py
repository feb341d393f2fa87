"""XAuth and mode config at work: conversations with users, and what is asked for and handed out under an ISAKMP SA.

The rows of `isakmp.spec.xauth` decide; transaction exchanges carry. An edge device holds an authenticator
(`Config.authenticator`), a client a user (`Config.user`). Which end is which follows from the negotiated method, or
from `Config.xauth` where peers agree on it by policy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cache

from isakmp.crypto.backend import Backend
from isakmp.machine.authenticators import Accept, Ask, Conversation, Reject
from isakmp.machine.config import Config
from isakmp.machine.configuration import about_user, acknowledge, message, reply, single, values_of
from isakmp.machine.engine import Engine, PerformFunction, no_guard
from isakmp.machine.outputs import Configured, Ended, Output, UserAdmitted, XauthNeeded
from isakmp.machine.run import Run
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import xauth as x
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.events import Action
from isakmp.spec.messages import Message
from isakmp.spec.payloads import ATTR
from isakmp.spec.processes import Signal, process_table
from isakmp.spec.registries import ConfigAttribute, ConfigType, XauthStatus
from isakmp.spec.table import Kind, Row
from isakmp.spec.terms import Role

A = ConfigAttribute
Begin = Callable[[IsakmpSa, Hashable, ATTR, float], tuple[Output, ...]]
Close = Callable[[IsakmpSa, float], tuple[Output, ...]]


@dataclass
class Dialogue:
    """One end's part in the authentication of the user behind one ISAKMP SA: the model that the engine moves.

    `role` is that of the process: I is the edge device. `limit` is when it has taken too long, in seconds. `reason`
    says why the last answer was refused.
    """

    sa: IsakmpSa
    address: Hashable
    role: Role
    identifier: int
    state: str
    limit: float
    conversation: Conversation | None = None
    asked: Ask | None = None
    tries: int = 0
    user: str = ""
    reason: str = ""


@dataclass
class Turn:
    """One signal on its way through the table: whose users it is about, when, and what the row has done."""

    users: Users
    dialogue: Dialogue
    now: float
    outputs: list[Output] = field(default_factory=list)
    status: XauthStatus | None = None


class Users:
    """The dialogues of one peer, and what it configures."""

    def __init__(self, config: Config, backend: Backend, begin: Begin, close: Close) -> None:
        self.config = config
        self._backend = backend
        self._begin, self._close = begin, close
        self._dialogues: dict[bytes, Dialogue] = {}
        # Those that have a limit, the earliest first: all may take as long, and stand here in the order of their start.
        self._limited: dict[bytes, Dialogue] = {}
        self._leases: dict[bytes, bytes] = {}

    # ---- what the rest of the peer asks ----

    def barred(self, sa: IsakmpSa) -> str:
        """Why an SA may not be used yet; empty if it may (XAUTH section 6)."""
        if self._role(sa) is None:
            return ""
        dialogue = self._dialogues.get(sa.cookies)
        if dialogue is not None and dialogue.state in x.ADMITTED:
            return ""
        return "the user behind this SA has not been authenticated"

    def stands(self, sa: IsakmpSa, address: Hashable, now: float) -> tuple[Output, ...]:
        """An ISAKMP SA stands: begin, where its user has to be authenticated."""
        role = self._role(sa)
        if role is None:
            return ()
        identifier = self._identifier()
        first = process_table(x.XAUTH, role).initial.name
        dialogue = Dialogue(sa, address, role, identifier, first, now + self.config.timers.user)
        self._dialogues[sa.cookies] = self._limited[sa.cookies] = dialogue
        needed = XauthNeeded(sa, role is Role.R)
        return (needed, *(() if role is Role.R else self._ask_first(dialogue, now)))

    def _ask_first(self, dialogue: Dialogue, now: float) -> tuple[Output, ...]:
        authenticator = self.config.authenticator
        if authenticator is None:
            return self._signal(dialogue, x.REFUSED, now, reason="there is no authenticator")
        dialogue.conversation = authenticator.converse(lambda size: self._backend.random(size, "challenge"))
        return self._heed(dialogue, dialogue.conversation.ask(), now)

    def answer(self, sa: IsakmpSa, asked: ATTR) -> ATTR:
        """The answer to a transaction exchange that the peer has begun. An address that it hands out is leased."""
        dialogue = self._dialogues.get(sa.cookies)
        client = dialogue is not None and dialogue.role is Role.R
        if about_user(asked):
            if asked.type == ConfigType.SET:
                return acknowledge(asked, ())  # "no attributes SHOULD be included" (XAUTH section 6.1)
            user = self.config.user
            found = user.answer(single(asked)) if user is not None and client else None
            if found is None:  # "MUST contain the XAUTH-STATUS attribute with a value of FAIL" (XAUTH section 6.1)
                found = {A.XAUTH_STATUS: int(XauthStatus.FAIL).to_bytes(2)}
            return message(ConfigType.REPLY, asked.identifier, found.items())
        if asked.type == ConfigType.SET:
            return acknowledge(asked, values_of(asked) if self._lets_itself_be_configured(sa) else ())
        if self.barred(sa):
            return message(ConfigType.REPLY, asked.identifier, ())
        return reply(asked, self._known(sa))

    def completed(self, run: Run, now: float) -> list[Output]:
        """A transaction exchange is complete: what it means for the user, or what was configured by it."""
        sa, sent = run.sa, run.known.information
        theirs = run.known.heard
        if sa is None or theirs is None:
            return []
        dialogue = self._dialogues.get(sa.cookies)
        asked = isinstance(sent, ATTR)
        if about_user(theirs, sent if isinstance(sent, ATTR) else None):
            # The edge device heeds answers to what it asked, the client what it was asked or told; nothing else counts.
            heeds = dialogue is not None and (dialogue.role is Role.I) is asked
            return list(self._of_user(dialogue, theirs, now)) if dialogue is not None and heeds else []
        given = values_of(theirs)
        takes = theirs.type == ConfigType.REPLY or (
            theirs.type == ConfigType.SET and self._lets_itself_be_configured(sa)
        )
        return [Configured(sa, given)] if takes and given else []

    def _lets_itself_be_configured(self, sa: IsakmpSa) -> bool:
        """Whether an unasked configuration is taken: not before the user is known, and not by who hands it out."""
        return not self.barred(sa) and not self.config.hand_out and not self.config.address_pool

    def unanswered(self, run: Run, now: float) -> tuple[Output, ...]:
        """A transaction exchange of ours ended without an answer."""
        dialogue = self._dialogues.get(run.sa.cookies) if run.sa is not None else None
        if dialogue is None or not isinstance(run.known.information, ATTR):
            return ()
        if not about_user(run.known.information) or dialogue.role is not Role.I:
            return ()
        return self._signal(dialogue, x.NO_ANSWER, now, reason="the client does not answer")

    def forget(self, cookies: bytes) -> None:
        """The ISAKMP SA is gone, and with it its dialogue and the address that was handed out."""
        self._dialogues.pop(cookies, None)
        self._limited.pop(cookies, None)
        self._leases.pop(cookies, None)

    def next_limit(self) -> float | None:
        """When the first user will have taken too long, in seconds."""
        return next((dialogue.limit for dialogue in self._limited.values()), None)

    def tick(self, now: float) -> list[Output]:
        """End what has taken too long."""
        outputs: list[Output] = []
        while (limit := self.next_limit()) is not None and limit <= now:
            dialogue = self._limited.pop(next(iter(self._limited)))
            outputs += self._signal(dialogue, x.NO_ANSWER, now, reason="the user took too long")
        return outputs

    # ---- the user ----

    def _role(self, sa: IsakmpSa) -> Role | None:
        """This end's role in XAuth under an SA: the edge device is I; None where there is no XAuth."""
        client = AUTHENTICATIONS[sa.suite.auth].client
        if client is not None:
            return Role.R if client is sa.role else Role.I
        if self.config.xauth is None:
            return None
        return Role.I if self.config.xauth == "edge" else Role.R

    def _kind(self, dialogue: Dialogue) -> Kind:
        return _engine(dialogue.role).states[dialogue.state].kind

    def _of_user(self, dialogue: Dialogue, theirs: ATTR, now: float) -> tuple[Output, ...]:
        """What a message about the user is to the process."""
        values = single(theirs)
        status = int.from_bytes(values.get(A.XAUTH_STATUS, b""))
        if dialogue.role is Role.R:
            if theirs.type == ConfigType.REQUEST:
                return self._signal(dialogue, x.ASKED, now)
            signal = x.STATUS_OK if status == XauthStatus.OK else x.STATUS_FAIL
            return self._signal(dialogue, signal, now, reason="the edge device refuses the user")
        if theirs.type == ConfigType.ACK:
            return self._signal(dialogue, x.ACKNOWLEDGED, now)
        if A.XAUTH_STATUS in values or dialogue.conversation is None:
            return self._signal(dialogue, x.REFUSED, now, reason="the client cannot answer")
        return self._heed(dialogue, dialogue.conversation.judge(values, now), now)

    def _heed(self, dialogue: Dialogue, verdict: Ask | Accept | Reject, now: float) -> tuple[Output, ...]:
        """Turn an authenticator's verdict into a signal; after a wrong answer it asks again while there are tries."""
        if isinstance(verdict, Accept):
            dialogue.user = verdict.user
            return self._signal(dialogue, x.ACCEPTED, now)
        reason = ""
        if isinstance(verdict, Reject):
            dialogue.tries += 1
            reason = verdict.reason
            if dialogue.tries >= self.config.xauth_tries or dialogue.conversation is None:
                return self._signal(dialogue, x.REFUSED, now, reason=f"{reason}; no tries are left")
            again = dialogue.conversation.ask()
            if isinstance(again, Accept):
                return self._heed(dialogue, again, now)
            verdict = again
        dialogue.asked = verdict
        first = self._kind(dialogue) is Kind.IDLE
        return self._signal(dialogue, x.BEGIN if first else x.ASK_AGAIN, now, reason=reason)

    def _signal(self, dialogue: Dialogue, signal: Signal, now: float, reason: str = "") -> tuple[Output, ...]:
        dialogue.reason = reason or dialogue.reason
        turn = Turn(self, dialogue, now)
        if signal in (x.ACCEPTED, x.REFUSED):
            turn.status = XauthStatus.OK if signal is x.ACCEPTED else XauthStatus.FAIL
        row = _fire(dialogue, signal, turn)
        outputs = tuple(turn.outputs)
        if Action.END_SA in row.actions:
            outputs += (Ended(row.exchange, 0, row.destination.name, dialogue.reason or row.why),)
            outputs += self._close(dialogue.sa, now)
        return outputs

    def ask(self, turn: Turn) -> None:
        """Put the question of the authenticator to the client."""
        dialogue = turn.dialogue
        values = dialogue.asked.values if dialogue.asked is not None else {}
        asked = message(ConfigType.REQUEST, dialogue.identifier, values.items())
        turn.outputs += self._begin(dialogue.sa, dialogue.address, asked, turn.now)

    def tell(self, turn: Turn) -> None:
        """Tell the client how it ended."""
        dialogue = turn.dialogue
        status = XauthStatus.FAIL if turn.status is None else turn.status
        told = message(ConfigType.SET, dialogue.identifier, [(A.XAUTH_STATUS, int(status).to_bytes(2))])
        turn.outputs += self._begin(dialogue.sa, dialogue.address, told, turn.now)

    def admit(self, turn: Turn) -> None:
        """Let the SA be used."""
        dialogue = turn.dialogue
        self._limited.pop(dialogue.sa.cookies, None)
        turn.outputs.append(UserAdmitted(dialogue.sa, dialogue.user))

    # ---- configuration ----

    def _known(self, sa: IsakmpSa) -> dict[ConfigAttribute, tuple[bytes, ...]]:
        """What this end hands out under an SA: what is configured, and an address of the pool."""
        known = dict(self.config.hand_out)
        dialogue = self._dialogues.get(sa.cookies)
        own = self.config.user_addresses.get(dialogue.user) if dialogue is not None else None
        if own is not None:
            return known | {A.INTERNAL_IP4_ADDRESS: (own,)}
        reserved = frozenset(self.config.user_addresses.values())
        pool = [one for one in self.config.address_pool if one not in reserved]
        if pool and A.INTERNAL_IP4_ADDRESS not in known:
            lease = self._leases.get(sa.cookies)
            if lease is None:
                leased = frozenset(self._leases.values())
                lease = next((address for address in pool if address not in leased), None)
                if lease is not None:
                    self._leases[sa.cookies] = lease
            if lease is not None:
                known[A.INTERNAL_IP4_ADDRESS] = (lease,)
        return known

    def _identifier(self) -> int:
        """What tells a transaction from others."""
        return int.from_bytes(self._backend.random(2, "identifier")) if self.config.number_transactions else 0

    def request(self) -> ATTR:
        """The question for what this end wants to be told (section 3.4: without values)."""
        identifier = self._identifier()
        return message(ConfigType.REQUEST, identifier, [(kind, b"") for kind in self.config.request])

    def push(self, sa: IsakmpSa) -> ATTR:
        """What this end hands out, set without being asked for."""
        identifier = self._identifier()
        pairs = [(kind, value) for kind, values in self._known(sa).items() for value in values]
        return message(ConfigType.SET, identifier, pairs)


_ACTIONS: dict[Action, Callable[[Users, Turn], None]] = {
    Action.ASK_USER: Users.ask,
    Action.TELL_STATUS: Users.tell,
    Action.ADMIT_USER: Users.admit,
}


def _performer(row: Row, _: Message | None) -> PerformFunction:
    """What a row of the process does; ending the SA comes after the state has changed."""
    chosen = [_ACTIONS[action] for action in row.actions if action in _ACTIONS]

    def perform(turn: Turn) -> None:
        for action in chosen:
            action(turn.users, turn)

    return perform


@cache
def _engine(role: Role) -> Engine:
    """One machine for all dialogues of a role, whichever peer they are of."""
    return Engine(process_table(x.XAUTH, role), no_guard, _performer)


def _fire(dialogue: Dialogue, signal: Signal, turn: Turn) -> Row:
    engine = _engine(dialogue.role)
    (row,) = engine.table.of(engine.states[dialogue.state], signal.event)
    engine.fire(dialogue, signal.event.name, turn)
    return row
