"""What the intruder knows: it reads what is sent, opens what it can, and computes what follows.

All of it is octets. Formulas are those of the specification, evaluated over what was seen and what the intruder owns.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from isakmp.crypto.errors import CryptoFailure
from isakmp.crypto.keys import PrivateKey
from isakmp.machine.algebra import MissingValueError
from isakmp.machine.checks import negotiate
from isakmp.machine.codec import decode, decode_payloads
from isakmp.machine.codec_message import Encrypted, Payloads
from isakmp.machine.codec_message import Message as Written
from isakmp.machine.config import IkeProposal
from isakmp.machine.errors import ProtocolError
from isakmp.machine.read import match
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.carried import OPAQUE
from isakmp.spec.guards import PUBLIC_KEY
from isakmp.spec.limits import MESSAGE_ID_OCTETS
from isakmp.spec.messages import Message, Slot
from isakmp.spec.registries import PayloadType
from isakmp.spec.terms import Apply, Atom, Def, PublicKey, Role, Sort, Term
from isakmp.verify.hosts import KeyPairs, ike_proposals
from isakmp.verify.leaves import Leaves, ciphertext
from isakmp.verify.search import Session
from isakmp.verify.trace import Story


@dataclass(frozen=True)
class Sealed:
    """A ciphertext that was seen: in which session's view, of which message, with its octets."""

    session: Session
    message: Message
    encrypted: Encrypted


class Intruder(Leaves):
    """The intruder of one replay.

    `read` tells which terms of which sessions it has seen, by the session's number; `unopened` are the ciphertexts that
    it has no key for.
    """

    def __init__(self, story: Story, owned: frozenset[str], pairs: KeyPairs) -> None:
        super().__init__(story, owned)
        self.pairs = pairs
        self.read: set[tuple[int, str]] = set()
        self.unopened: list[Sealed] = []

    def with_keys_of(self, hosts: frozenset[str]) -> Intruder:
        """The same intruder, who has learned the long-term keys of more hosts; this one has not."""
        twin = copy(self)
        twin.owned = self.owned | hosts
        twin.seen, twin.read, twin.unopened = dict(self.seen), set(self.read), list(self.unopened)
        twin.open_all()
        return twin

    def reveal(self, session: Session, held: Mapping[str, bytes]) -> None:
        """The keys of a session are given away."""
        script = self.script(session)
        for secret in script.protocol.secrets:
            if secret.name in held:
                self.seen[self.value(session, script.of(secret))] = held[secret.name]
        self.open_all()

    def hear(self, session: Session, message: Message, datagram: bytes) -> None:
        """Take up a message that a session has sent, and open what can be opened by now."""
        written = decode(datagram, opaque=OPAQUE if any(slot.sealed for slot in message.slots) else frozenset())
        for atom in self.script(session).protocol.header(message):
            self._learn(session, atom, _header_value(written, atom))
        if written.encrypted is None:
            self._take(session, message, written.chain)
        else:
            self.seen[self.value(session, ciphertext(self.script(session), message))] = written.encrypted.octets
            self.unopened.append(Sealed(session, message, written.encrypted))
        self.open_all()

    def open_all(self) -> None:
        """Decrypt what was seen and can be decrypted by now; what opens may open more."""
        opened = True
        while opened:
            opened = False
            for sealed in tuple(self.unopened):
                chain = self.opened(sealed)
                if chain is not None:
                    self.unopened.remove(sealed)
                    self._take(sealed.session, sealed.message, chain)
                    opened = True

    def opened(self, sealed: Sealed) -> Payloads | None:
        """The payloads of a ciphertext; None where the key is not known, or what comes out is no chain of payloads."""
        view = self.view(sealed.session)
        try:
            key, vector = self.cipher(view, sealed.session, sealed.message)
            plain = self.backend.decrypt(suite_of(view).encryption, key, vector, sealed.encrypted.octets)
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
        host = host_of(session, term.args[0].by)
        if host in self.owned:
            self._learn(session, slot.value, self.backend.pk_decrypt(self.private_key(host), body))

    def _learn(self, session: Session, term: Term, octets: bytes) -> None:
        numbers = self.script(session).flat(term)
        if len(numbers) == 1:
            self.seen[self.value(session, numbers[0])] = octets
            self.read.add((session.number, str(term)))

    def view(self, session: Session) -> Knowledge:
        """What the intruder knows of a session's values, as who talks with it would."""
        known = Knowledge(session.role.other, self.backend)
        script = self.script(session)
        negotiate(known, ike_proposals(script.protocol)[0])
        store = known.values.store
        for number, node in enumerate(script.nodes):
            if node.leaf is not None:
                found = self.octets(session, number)
                if found is not None:
                    store[str(node.leaf)] = found
        for name, number in script.named.items():
            value = self.value(session, number)
            if value in self.seen:
                store[name] = self.seen[value]
        if script.protocol.under is not None and str(k.LAST_BLOCK) not in store:
            _fall_back(known)
        return known

    def confirms(self, session: Session) -> bool:
        """Whether what was seen of a session fits the guess at a shared key: a hash comes out so, or a body opens."""
        for message in self.script(session).protocol.messages:
            for slot in message.slots:
                term = slot.term
                if not (slot.payload is PayloadType.HASH and isinstance(term, Def)):
                    continue
                view = self.view(session)
                found = view.values.store.pop(term.name, None)
                if found is not None and _computed(view, term) == found:
                    return True
        return any(sealed.session == session and self.opened(sealed) is not None for sealed in self.unopened)

    def cipher(self, view: Knowledge, session: Session, message: Message) -> tuple[bytes, bytes]:
        """Key and vector of an encrypted message in a session.

        Raises:
            MissingValueError: one of them is not known.
        """
        script = self.script(session)
        vector = script.nodes[ciphertext(script, message)].args[1]
        key = view.values[script.protocol.cipher_key(message)]
        if script.nodes[vector].symbol == "last_block":
            before = self.value(session, script.nodes[vector].args[0])
            if before not in self.seen:
                raise MissingValueError("the ciphertext before it was not seen")
            return key, self.seen[before][-view.values.block_length :]
        first = next(term for term in script.protocol.vectors.values() if script.of(term) == vector)
        return key, view.values[first]

    def private_key(self, host: str) -> PrivateKey:
        """The private key of a host.

        Raises:
            MissingValueError: it is not known.
        """
        key = self.pairs(host).private_key if host in self.owned else None
        if key is None:
            raise MissingValueError(f"the private key of {host} is not known")
        return key


def host_of(session: Session, role: Role) -> str:
    """Who plays a role in a session, as the session sees it."""
    return session.agent if role is session.role else session.peer


def suite_of(view: Knowledge) -> IkeProposal:
    """The suite in use.

    Raises:
        MissingValueError: there is none.
    """
    if view.suite is None:
        raise MissingValueError("no suite is in use")
    return view.suite


def _fall_back(view: Knowledge) -> None:
    """Where phase 1 has encrypted nothing, its first vector stands for the last block (RFC 2409 Appendix B)."""
    vector = _computed(view, k.IV_PHASE_1)
    if vector is not None:
        view.values[k.LAST_BLOCK] = vector


def _computed(view: Knowledge, term: Def) -> bytes | None:
    try:
        return view.values[term]
    except MissingValueError:
        return None


def _header_value(written: Written, atom: Atom) -> bytes:
    """The value in a header that an atom names."""
    header = written.header
    if atom.kind is Sort.MESSAGE_ID:
        return header.message_id.to_bytes(MESSAGE_ID_OCTETS)
    return header.cky_i if atom == k.CKY_I else header.cky_r
