"""The intruder at work: what it has read is real octets, and what it sends is made of them alone.

Each value of an attack is found among what was seen, or computed by the formulas of the specification from what was
seen and from what the intruder owns. What the attack says can be derived, and what cannot be computed here, do not go
together: that is a defect of the verifier, and raised as such.
"""

from __future__ import annotations

from dataclasses import dataclass

import clingo

from isakmp.crypto.backend import KeyPair
from isakmp.crypto.errors import CryptoFailure
from isakmp.crypto.keys import PrivateKey as PrivateKeyOctets
from isakmp.crypto.seeded import SeededBackend
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.bodies import BodyCipher, body_of, payload_with
from isakmp.machine.checks import negotiate
from isakmp.machine.codec import decode, decode_payloads, encode, encode_payloads
from isakmp.machine.codec_message import Encrypted, Payloads
from isakmp.machine.codec_message import Message as Written
from isakmp.machine.config import IkeProposal
from isakmp.machine.errors import LocalMisuse, ProtocolError
from isakmp.machine.identities import payload_of
from isakmp.machine.methods import signed, signed_digest
from isakmp.machine.negotiation import phase_1_offer, phase_2_offer
from isakmp.machine.read import match
from isakmp.machine.run import Knowledge
from isakmp.machine.sa import IsakmpSa
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE
from isakmp.spec.guards import PUBLIC_KEY
from isakmp.spec.groups import group_facts
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import COOKIE_OCTETS, MESSAGE_ID_OCTETS, NO_COOKIE
from isakmp.spec.messages import Message, Protection, Slot
from isakmp.spec.payloads import HASH, SA, Header, Unknown
from isakmp.spec.registries import Flag, PayloadType
from isakmp.spec.terms import Apply, Atom, Def, Dh, PrivateKey, PublicKey, Role, Sort, Term
from isakmp.verify.hosts import EVE, HOSTS, KeyPairs, ike_proposals, ipsec_proposals, shared_key
from isakmp.verify.scripts import Script
from isakmp.verify.search import Attack, Session
from isakmp.verify.trace import DefectError, Value, value_of

SPI_OCTETS = 4
NONCE_OCTETS = 32
_SIZES = {Sort.COOKIE: COOKIE_OCTETS, Sort.NONCE: NONCE_OCTETS, Sort.MESSAGE_ID: MESSAGE_ID_OCTETS}


@dataclass(frozen=True)
class Sealed:
    """A ciphertext that was seen: in which session's view, of which message, with its octets."""

    session: Session
    message: Message
    encrypted: Encrypted


class Intruder:
    """What the intruder knows, as octets, and how it makes messages of it.

    `owned` are the hosts whose long-term keys it has; `sas` the ISAKMP SAs of pairs of hosts that it is one of, or has
    learned the keys of.
    """

    def __init__(self, script: Script, attack: Attack, owned: frozenset[str], pairs: KeyPairs) -> None:
        self.script = script
        self.attack = attack
        self.owned = owned
        self.pairs = pairs
        self.backend = SeededBackend(EVE)
        self.seen: dict[Value, bytes] = {}
        self.read: set[tuple[int, str]] = set()
        self.guess: bytes | None = None
        self.sas: dict[frozenset[str], IsakmpSa] = {}
        self._own: dict[str, KeyPair] = {}
        self._waiting: list[Sealed] = []

    def meet(self, session: Session, sa: IsakmpSa) -> None:
        """Two hosts have an ISAKMP SA: its cookies and last block were on the wire, its keys are known to the two."""
        self.sas[_both(session)] = sa

    # ---- what is seen ----

    def hear(self, session: Session, message: Message, datagram: bytes) -> None:
        """Take up a message that a session has sent, and open what can be opened by now."""
        written = decode(datagram, opaque=OPAQUE if any(slot.sealed for slot in message.slots) else frozenset())
        for atom, octets in zip(self.script.protocol.header(message), _header_values(written), strict=False):
            self._learn(session, atom, octets)
        if written.encrypted is None:
            self._take(session, message, written.chain)
        else:
            ciphertext = next(n for n in self.script.parts[message.name] if self.script.nodes[n].symbol == "enc")
            self.seen[value_of(self.script, self.attack, session.number, ciphertext)] = written.encrypted.octets
            self._waiting.append(Sealed(session, message, written.encrypted))
        self.open_all()

    def open_all(self) -> None:
        """Decrypt what was seen and can be decrypted by now; what opens may open more."""
        opened = True
        while opened:
            opened = False
            for sealed in tuple(self._waiting):
                chain = self.opened(sealed)
                if chain is not None:
                    self._waiting.remove(sealed)
                    self._take(sealed.session, sealed.message, chain)
                    opened = True

    def opened(self, sealed: Sealed) -> Payloads | None:
        """The payloads of a ciphertext; None where the key is not known, or what comes out is no chain of payloads."""
        view = self.view(sealed.session)
        try:
            key, vector = self._cipher(view, sealed.session, sealed.message)
            plain = self.backend.decrypt(_suite(view).encryption, key, vector, sealed.encrypted.octets)
            return decode_payloads(sealed.encrypted.first, plain, padded=True)
        except (MissingValueError, ProtocolError, CryptoFailure):
            return None

    def _take(self, session: Session, message: Message, chain: Payloads) -> None:
        positions, _ = match(message, chain)
        for slot, position in positions.items():
            body = chain.body(position)
            self._learn(session, slot.term, body)
            if slot.sealed:
                self._open_body(session, slot, body)

    def _open_body(self, session: Session, slot: Slot, body: bytes) -> None:
        """A body that is encrypted by itself: to a public key, or under a key from the nonce."""
        term = slot.term
        if slot.sealed != PUBLIC_KEY or not (isinstance(term, Apply) and isinstance(term.args[0], PublicKey)):
            return  # under a key from the nonce: who knows the nonce has no need of the rest
        host = _host(session, term.args[0].by)
        key = self.pairs(host).private_key if host in self.owned else None
        if key is not None:
            self._learn(session, slot.value, self.backend.pk_decrypt(key, body))

    def _learn(self, session: Session, term: Term, octets: bytes) -> None:
        numbers = self.script.flat(term)
        if len(numbers) == 1:
            self.seen[value_of(self.script, self.attack, session.number, numbers[0])] = octets
            self.read.add((session.number, str(term)))

    # ---- what is known ----

    def view(self, session: Session) -> Knowledge:
        """What the intruder knows of a session's values, as who talks with it would."""
        known = Knowledge(session.role.other, self.backend)
        negotiate(known, ike_proposals(self.script.protocol)[0])
        store = known.values.store
        for number, node in enumerate(self.script.nodes):
            if node.leaf is not None:
                found = self._octets(session, node.leaf, value_of(self.script, self.attack, session.number, number))
                if found is not None:
                    store[str(node.leaf)] = found
        for name, number in self.script.named.items():
            value = value_of(self.script, self.attack, session.number, number)
            if value in self.seen:
                store[name] = self.seen[value]
        return known

    def _octets(self, session: Session, leaf: Term, value: Value) -> bytes | None:
        """A leaf's octets; None where they are not known."""
        if leaf == k.LAST_BLOCK:
            sa = self.sas.get(_both(session))
            return None if sa is None else sa.last_block
        if not isinstance(value, clingo.Symbol):
            return self.seen.get(value)
        match value.name, value.arguments:
            case "ag", [agent]:
                return body_of(payload_of(HOSTS[agent.name]))
            case "key", [name, one, two]:
                return self._shared(name.string, frozenset({one.name, two.name}))
            case ("pub" | "unit"), _:
                return self.seen.get(value) or self._public(value)
            case "dh", [x, y]:
                return self._secret(session, leaf, x, y)
            case "e", _:
                return self._drawn(leaf, value)
            case "c", [_, number] if number.type is clingo.SymbolType.Number:
                return self.seen.get(value) or self._chosen(leaf, session, number.number)
        return self.seen.get(value)

    def _shared(self, name: str, hosts: frozenset[str]) -> bytes | None:
        one, two = (*hosts, *hosts)[:2]
        if name == "psk":
            if self.guess is not None and not hosts & {EVE}:
                return self.guess
            return shared_key(one, two) if hosts & self.owned else None
        sa = self.sas.get(hosts) if EVE in hosts and EVE in self.owned else None
        return None if sa is None else {"SKEYID_a": sa.skeyid_a, "SKEYID_d": sa.skeyid_d, "Ka": sa.cipher_key}[name]

    def _pair(self, exponent: clingo.Symbol) -> KeyPair | None:
        """The intruder's own exponent."""
        if exponent.name != "e":
            return None
        group = ike_proposals(self.script.protocol)[0].group
        return self._own.setdefault(str(exponent), self.backend.generate(group, str(exponent)))

    def _public(self, value: clingo.Symbol) -> bytes | None:
        if value.name == "unit":
            return (1).to_bytes(group_facts(ike_proposals(self.script.protocol)[0].group).public_octets)
        pair = self._pair(value.arguments[0])
        return None if pair is None else pair.public

    def _secret(self, session: Session, leaf: Term, x: clingo.Symbol, y: clingo.Symbol) -> bytes | None:
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

    def _chosen(self, leaf: Term, session: Session, number: int) -> bytes | None:
        """An offer (the first has two transforms, the second three), or the choice of a transform of it."""
        protocol = self.script.protocol
        name = str(leaf)
        if not name.startswith(("SAi_b", "SAr_b")) or leaf in (k.GROUP_I, k.GROUP_R):
            return None
        if protocol.exchange.phase == 1:
            if name.startswith("SAr_b"):
                return body_of(_answer(phase_1_offer(ike_proposals(protocol)[:2]), self._place(number), 1))
            offer = phase_1_offer(ike_proposals(protocol)[: number + 1])
        else:
            offer = phase_2_offer(ipsec_proposals(protocol)[: number + 1], self.backend.random(SPI_OCTETS, "SPI"))
        return body_of(offer if name.startswith("SAi_b") else _answer(offer, number, protocol.exchange.phase))

    def confirms(self, session: Session) -> bool:
        """Whether what was seen of a session fits the guess at a shared key: a hash comes out so, a ciphertext opens."""
        for message in self.script.protocol.messages:
            for slot in message.slots:
                term = slot.term
                if not (slot.payload is PayloadType.HASH and isinstance(term, Def)):
                    continue
                view = self.view(session)
                found = view.values.store.pop(term.name, None)
                if found is not None and _computed(view, term) == found:
                    return True
        return any(sealed.session == session and self.opened(sealed) is not None for sealed in self._waiting)

    def _place(self, number: int) -> int:
        """Where a transform of phase 1 stands in the offer: ends choose the first, as lifetimes do not matter to them."""
        chosen = [
            number_in(self.script, self.attack, session.number, str(k.SAR))
            for session in self.attack.sessions
            if session.role is Role.R
        ]
        return 1 if number in chosen[:1] else 2

    # ---- what is made ----

    def compose(self, session: Session, message: Message) -> bytes:
        """The datagram of a message as a session of the attack takes it.

        Raises:
            DefectError: it cannot be made of what is known.
        """
        view = self.view(session)
        try:
            return self._composed(view, session, message)
        except (MissingValueError, LocalMisuse, ProtocolError) as error:
            raise DefectError(f"{self.script.protocol.name}: {message.name} cannot be made: {error}") from error

    def _composed(self, view: Knowledge, session: Session, message: Message) -> bytes:
        store = view.values.store
        encrypted = message.protection is Protection.ENCRYPTED
        cky_i, cky_r = self._cookies(view, session, message)
        header = Header(
            cky_i=cky_i,
            cky_r=cky_r,
            exchange=self.script.protocol.exchange.type,
            flags=Flag.ENCRYPTION if encrypted else Flag(0),
            message_id=int.from_bytes(store.get(str(k.M_ID), b"")),
        )
        if not encrypted:
            return encode(Written(header, Payloads(self._payloads(view, session, message))))
        number = next(n for n in self.script.parts[message.name] if self.script.nodes[n].symbol == "enc")
        value = value_of(self.script, self.attack, session.number, number)
        body = self.seen.get(value)
        if body is None:
            plain = encode_payloads(self._payloads(view, session, message))
            plain += bytes(-len(plain) % view.values.block_length)
            key, vector = self._cipher(view, session, message)
            body = self.seen[value] = self.backend.encrypt(_suite(view).encryption, key, vector, plain)
        return encode(Written(header, encrypted=Encrypted(int(message.slots[0].payload), body)))

    def _cookies(self, view: Knowledge, session: Session, message: Message) -> tuple[bytes, bytes]:
        sa = self.sas.get(_both(session))
        if sa is not None:
            return sa.cky_i, sa.cky_r
        named = self.script.protocol.header(message)
        return view.values[k.CKY_I], view.values[k.CKY_R] if k.CKY_R in named else NO_COOKIE

    def _payloads(self, view: Knowledge, session: Session, message: Message) -> tuple[Payload, ...]:
        made: list[Payload] = []
        covering: Slot | None = None
        bodies = _Bodies(self, view, session)
        for slot in message.slots:
            if slot.optional:
                continue
            if slot.payload is PayloadType.HASH and self.script.protocol.exchange.phase != 1:
                covering = slot  # covers what follows: computed when that is known
            else:
                made.append(bodies.payload(slot))
        if covering is not None:
            view.values.rest = encode_payloads(made)
            made.insert(0, HASH(view.values[covering.term]))
        return tuple(made)

    def _cipher(self, view: Knowledge, session: Session, message: Message) -> tuple[bytes, bytes]:
        """Key and vector of an encrypted message in a session."""
        script = self.script
        number = next(n for n in script.parts[message.name] if script.nodes[n].symbol == "enc")
        vector = script.nodes[number].args[1]
        key = view.values[script.protocol.cipher_key(message)]
        if script.nodes[vector].symbol == "last_block":
            before = value_of(script, self.attack, session.number, script.nodes[vector].args[0])
            if before not in self.seen:
                raise MissingValueError("the ciphertext before it was not seen")
            return key, self.seen[before][-view.values.block_length :]
        first = next(term for term in script.protocol.vectors.values() if script.of(term) == vector)
        return key, view.values[first]

    def signature(self, view: Knowledge, session: Session, slot: Slot) -> bytes:
        """A signature in the name of a host whose key is owned."""
        by = next(part.by for part in slot.term.subterms() if isinstance(part, PrivateKey))
        key = self._private(_host(session, by))
        method = _suite(view).auth
        return self.backend.sign(method, key, signed_digest(view.values, method, signed(slot)))

    def _private(self, host: str) -> PrivateKeyOctets:
        key = self.pairs(host).private_key if host in self.owned else None
        if key is None:
            raise MissingValueError(f"the private key of {host} is not known")
        return key


class _Bodies:
    """The bodies of one message's payloads, in their order: what encrypts them runs on from one to the next."""

    def __init__(self, intruder: Intruder, view: Knowledge, session: Session) -> None:
        self._intruder, self._view, self._session = intruder, view, session
        self._cipher: BodyCipher | None = None

    def payload(self, slot: Slot) -> Payload:
        """The payload of a slot: as it was seen, or made."""
        kind = int(slot.payload)
        if slot.sealed:
            return Unknown(kind, self._seen(slot) or self._sealed(slot))
        if slot.payload is PayloadType.SIG:
            return payload_with(kind, self._seen(slot) or self._intruder.signature(self._view, self._session, slot))
        return payload_with(kind, self._view.values[slot.value])

    def _seen(self, slot: Slot) -> bytes | None:
        intruder = self._intruder
        (number,) = intruder.script.flat(slot.term)
        return intruder.seen.get(value_of(intruder.script, intruder.attack, self._session.number, number))

    def _sealed(self, slot: Slot) -> bytes:
        view, backend, term = self._view, self._intruder.backend, slot.term
        body = view.values[slot.value]
        if isinstance(term, Apply) and isinstance(term.args[0], PublicKey):
            certificate = self._intruder.pairs(_host(self._session, term.args[0].by)).certificate
            if certificate is None:
                raise MissingValueError("a certificate to encrypt to")
            return backend.pk_encrypt(certificate.public_key, body)
        if self._cipher is None:
            key = view.values[k.KE_KEY[self._session.role.other]]
            self._cipher = BodyCipher.under(backend, _suite(view).encryption, key, view.values.block_length)
        return self._cipher.seal(body)


def _computed(view: Knowledge, term: Def) -> bytes | None:
    try:
        return view.values[term]
    except MissingValueError:
        return None


# ---- small things ----------------------------------------------------------------------------------------------------


def _header_values(written: Written) -> tuple[bytes, ...]:
    """The values of a header that the protocols of phase 1 and of phase 2 name."""
    header = written.header
    if header.message_id:
        return (header.message_id.to_bytes(MESSAGE_ID_OCTETS),)
    return (header.cky_i, header.cky_r)


def _suite(view: Knowledge) -> IkeProposal:
    if view.suite is None:
        raise MissingValueError("a suite")
    return view.suite


def _host(session: Session, role: Role) -> str:
    """Who plays a role in a session, as the session sees it."""
    return session.agent if role is session.role else session.peer


def _both(session: Session) -> frozenset[str]:
    return frozenset({session.agent, session.peer})


def number_in(script: Script, attack: Attack, session: int, name: str) -> int:
    """Which offer a session has, or which transform was chosen: the number in the value of that name; 1 without it."""
    for number, node in enumerate(script.nodes):
        if str(node.leaf) == name:
            return int(str(value_of(script, attack, session, number)).rstrip(")").rpartition(",")[2])
    return 1


def _answer(offer: SA, number: int, phase: int) -> SA:
    """The answer that takes the transform of that number."""
    if phase == 1:
        proposal = offer.proposals[0]
        return offer.replace(proposals=(proposal.replace(transforms=(proposal.transforms[number - 1],)),))
    return offer.replace(proposals=(offer.proposals[number - 1],))
