"""What single values are as octets: seen on the wire, the intruder's own, or given away."""

from __future__ import annotations

import clingo

from isakmp.crypto.backend import KeyPair
from isakmp.crypto.seeded import SeededBackend
from isakmp.machine.bodies import body_of
from isakmp.machine.config import Config
from isakmp.machine.identities import payload_of
from isakmp.machine.negotiation import phase_1_offer, phase_2_offer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.algorithms import CIPHERS
from isakmp.spec.groups import group_facts
from isakmp.spec.limits import COOKIE_OCTETS, IPSEC_SPI_OCTETS, MESSAGE_ID_OCTETS
from isakmp.spec.messages import Message, Protection
from isakmp.spec.payloads import SA, N
from isakmp.spec.registries import Doi, Group, NotifyType, ProtocolId
from isakmp.spec.terms import Atom, Dh, Role, Sort, Term
from isakmp.verify.hosts import HOSTS, group_of, ike_proposals, ipsec_proposals, shared_key
from isakmp.verify.models import LEFT_E, SECOND
from isakmp.verify.scripts import Script
from isakmp.verify.search import Session
from isakmp.verify.trace import EVE, Story, Value

TOLD = (NotifyType.REPLAY_STATUS, NotifyType.INITIAL_CONTACT)
"""What the intruder notifies of, where it has nothing else to say."""
_SIZES = {Sort.COOKIE: COOKIE_OCTETS, Sort.NONCE: Config.nonce_size, Sort.MESSAGE_ID: MESSAGE_ID_OCTETS}


class Leaves:
    """The octets of values that no formula makes.

    `owned` are the hosts whose long-term keys are known; `seen` holds what was on the wire, by its value; `sas` are the
    ISAKMP SAs of pairs of hosts; `guess` is what is tried as the shared key of two others.
    """

    def __init__(self, story: Story, owned: frozenset[str]) -> None:
        self.story = story
        self.owned = owned
        self.backend = SeededBackend(EVE)
        self.seen: dict[Value, bytes] = {}
        self.guess: bytes | None = None
        self._sas: dict[frozenset[str], IsakmpSa] = {}
        self._pairs: dict[str, KeyPair] = {}

    def script(self, session: Session) -> Script:
        """The script of a session."""
        return self.story.script(session.number)

    def value(self, session: Session, number: int) -> Value:
        """What a node is worth in a session. Offers of different methods are different octets, whatever their value."""
        found = self.story.value(session.number, number)
        if isinstance(found, clingo.Symbol) and found.name == "c" and len(found.arguments) > 1:
            method = str(self.script(session).protocol.auth)
            return clingo.Function("c", [*found.arguments, clingo.String(method)])
        return found

    def meet(self, session: Session, sa: IsakmpSa) -> None:
        """Two hosts have an ISAKMP SA: its cookies and last block were on the wire, its keys are known to the two."""
        self._sas[frozenset({session.agent, session.peer})] = sa

    def sa(self, session: Session) -> IsakmpSa | None:
        """The ISAKMP SA of a session's two hosts."""
        return self._sas.get(frozenset({session.agent, session.peer}))

    def leak(self, session: Session, source: SeededBackend) -> None:
        """What a session will draw is given away: `source` gives the same values."""
        for value, atom in self.story.fresh(session.number):
            if atom.kind is Sort.EXPONENT:
                self._pairs[str(value)] = source.generate(self._group, str(atom))
            else:
                self.seen[value] = source.random(_SIZES[atom.kind], str(atom))

    @property
    def _group(self) -> Group:
        return group_of(self.story.script(1).protocol)

    def octets(self, session: Session, number: int) -> bytes | None:
        """A leaf's octets in a session; None where they are not known."""
        leaf, value = self.script(session).nodes[number].leaf, self.value(session, number)
        if leaf == k.LAST_BLOCK:
            return self._last_block(session)
        if not isinstance(value, clingo.Symbol) or leaf is None:
            return self.seen.get(value)
        match value.name, value.arguments:
            case "ag", [agent]:
                return body_of(payload_of(HOSTS[agent.name]))
            case "key", [name, one, two]:
                return self._shared(name.string, frozenset({one.name, two.name}))
            case (("pub" | "unit"), _):
                return self.seen.get(value) or self._public(value)
            case "dh", [x, y]:
                return self._secret(leaf, x, y)
            case "e", _:
                return self._drawn(leaf, value)
            case "c", [_, which, *_] if which.type is clingo.SymbolType.Number:
                return self.seen.get(value) or self._chosen(session, leaf, which.number)
        return self.seen.get(value)

    def _shared(self, name: str, hosts: frozenset[str]) -> bytes | None:
        one, two = (*hosts, *hosts)[:2]
        if name == "psk":
            if self.guess is not None and not hosts & {EVE}:
                return self.guess
            return shared_key(one, two) if hosts & self.owned else None
        sa = self._sas.get(hosts) if EVE in hosts and EVE in self.owned else None
        if sa is None:
            return None
        return {k.LEFT_A.name: sa.skeyid_a, k.LEFT_D.name: sa.skeyid_d, LEFT_E.name: sa.cipher_key}[name]

    def _pair(self, exponent: clingo.Symbol) -> KeyPair | None:
        """An exponent of the intruder's own, or one that was given away."""
        if exponent.name != "e":
            return self._pairs.get(str(exponent))
        if str(exponent) not in self._pairs:
            self._pairs[str(exponent)] = self.backend.generate(self._group, str(exponent))
        return self._pairs[str(exponent)]

    def _public(self, value: clingo.Symbol) -> bytes | None:
        if value.name == "unit":
            return (1).to_bytes(group_facts(self._group).public_octets)
        pair = self._pair(value.arguments[0])
        return None if pair is None else pair.public

    def _secret(self, leaf: Term, x: clingo.Symbol, y: clingo.Symbol) -> bytes | None:
        """A shared element, where one of the two exponents is the intruder's own."""
        if not isinstance(leaf, Dh):
            return None
        for exponent, other in ((x, y), (y, x)):
            pair, public = self._pair(exponent), self.seen.get(clingo.Function("pub", [other]))
            own = self._pair(other)
            if pair is not None and (public is not None or own is not None):
                return self.backend.agree(pair.group, pair, public or (own.public if own else b""))
        return None

    def _drawn(self, leaf: Term, value: clingo.Symbol) -> bytes | None:
        """A value of the intruder's own, of the sort that is wanted."""
        if not isinstance(leaf, Atom) or leaf.kind not in _SIZES:
            return None
        key = clingo.Function("drawn", [value, clingo.String(leaf.kind.name)])
        if key not in self.seen:
            self.seen[key] = self.backend.random(_SIZES[leaf.kind], str(leaf))
        return self.seen[key]

    def _last_block(self, session: Session) -> bytes | None:
        """The last block of phase 1: of the one below, or of that whose messages are part of the session."""
        sa, script = self.sa(session), self.script(session)
        under = script.protocol.under
        if sa is not None or under is None:
            return None if sa is None else sa.last_block
        encrypted = [message for message in under.messages if message.protection is Protection.ENCRYPTED]
        body = self.seen.get(self.value(session, ciphertext(script, encrypted[-1]))) if encrypted else None
        return None if body is None else body[-CIPHERS[ike_proposals(script.protocol)[0].encryption].block :]

    def _chosen(self, session: Session, leaf: Term, number: int) -> bytes | None:
        """An offer (the first has two transforms, the second three), or the choice of a transform of it."""
        protocol = self.script(session).protocol
        name = str(leaf)
        if name.startswith(str(k.INFORMATION)):
            return body_of(N(Doi.IPSEC, ProtocolId.ISAKMP, type=TOLD[number - 1]))
        if name.removesuffix(SECOND) not in {str(k.SAI), str(k.SAR)}:
            return None
        answers = name.startswith(str(k.SAR))
        second = protocol.exchange.phase != 1 if protocol.under is None else name.endswith(SECOND)
        if not second:
            offer = phase_1_offer(ike_proposals(protocol)[: 2 if answers else number + 1])
            return body_of(_answer(offer, self._place(number), 1) if answers else offer)
        offer = phase_2_offer(ipsec_proposals(protocol)[: number + 1], self.backend.random(IPSEC_SPI_OCTETS, "SPI"))
        return body_of(_answer(offer, number, 2) if answers else offer)

    def _place(self, number: int) -> int:
        """Where a transform of phase 1 stands in an offer: ends choose the first, whatever its lifetime."""
        chosen = [number_in(self.story, each, k.SAR) for each in self.story.attack.sessions if each.role is Role.R]
        return 1 if number in chosen[:1] else 2


def ciphertext(script: Script, message: Message) -> int:
    """The node of a message's ciphertext."""
    return next(number for number in script.parts[message.name] if script.nodes[number].symbol == "enc")


def number_in(story: Story, session: Session, term: Term, mark: str = "") -> int:
    """Which offer a session has, or which transform was chosen: the number in the term's value; 1 without it.

    `mark` is what the names of the second of two protocols bear.
    """
    for number, node in enumerate(story.script(session.number).nodes):
        if str(node.leaf) == str(term) + mark:
            return int(str(story.value(session.number, number)).rstrip(")").rpartition(",")[2])
    return 1


def _answer(offer: SA, number: int, phase: int) -> SA:
    """The answer that takes the transform of that number."""
    if phase == 1:
        proposal = offer.proposals[0]
        return offer.replace(proposals=(proposal.replace(transforms=(proposal.transforms[number - 1],)),))
    return offer.replace(proposals=(offer.proposals[number - 1],))
