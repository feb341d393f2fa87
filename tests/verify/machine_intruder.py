"""What an intruder may give a session of the machine next: datagrams of the message that it waits for.

Payloads are those that the exchange asks for, with any values that were sent or that are the intruder's own;
ciphertexts and proofs are as they were seen; and there are the proofs that the receiver would take, which are found by
giving it nonsense and looking at what it computes for comparison. Nothing here says what the intruder can make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, cast

from isakmp.cli.attack import key_pair
from isakmp.machine.bodies import body_of, payload_with
from isakmp.machine.codec import decode, encode, encode_payloads
from isakmp.machine.codec_message import Encrypted, Payloads, payload_type
from isakmp.machine.codec_message import Message as Written
from isakmp.machine.identities import payload_of
from isakmp.machine.negotiation import phase_1_offer, phase_2_offer
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.write import cipher_key, next_iv
from isakmp.spec import keying as k
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import NO_COOKIE
from isakmp.spec.messages import Message, Protection, Slot
from isakmp.spec.payloads import SA, Header
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Flag, PayloadType
from isakmp.spec.terms import Sort, Term
from isakmp.verify.hosts import (
    HOSTS,
    ike_proposals,
    ipsec_proposals,
)
from isakmp.verify.trace import EVE
from tests.verify.machine_sessions import PLACE, Actor, History, Moment

JUNK: Final = bytes(32)
"""What is no proof of anything."""
CIPHER: Final = EncryptionAlgorithm.AES_CBC
OWN_SPI: Final = b"evil"


@dataclass(frozen=True)
class Giver:
    """All that a session may be given next. `pool` are the values that there are, by sort; `seen` what was sent."""

    actor: Actor
    history: History
    pool: Mapping[Sort, tuple[bytes, ...]]
    seen: tuple[bytes, ...]

    @property
    def moment(self) -> Moment:
        """The session as it is."""
        return self.actor.at(self.history)

    def candidates(self, message: Message) -> Iterator[bytes]:
        """Datagrams: with nonsense for a proof, with each proof that was seen, and with each that might be taken."""
        for header in self._headers(message):
            kind = int(message.slots[0].payload)
            for payloads in product(*(self._payloads(slot) for slot in message.slots)):
                yield from self._proven(message, header, payloads)
            if message.protection is Protection.ENCRYPTED:
                for each in map(decode, self.seen):
                    if each.encrypted is not None:
                        yield encode(Written(header, encrypted=Encrypted(kind, each.encrypted.octets)))

    def _proven(self, message: Message, header: Header, payloads: tuple[Payload | None, ...]) -> Iterator[bytes]:
        """A message, its proof open, with all that may stand there."""
        if None not in payloads:
            yield self._written(message, header, payloads)
            return
        place = payloads.index(None)
        kind = message.slots[place].payload

        def with_proof(body: bytes) -> bytes:
            return self._written(
                message, header, (*payloads[:place], payload_with(int(kind), body), *payloads[place + 1 :])
            )

        tried = with_proof(JUNK)
        yield tried
        bodies = dict.fromkeys(body for datagram in self.seen for body in _bodies(datagram, kind))
        for digest in self.actor.at((*self.history, tried)).digests:
            bodies.update(dict.fromkeys([digest] if kind is PayloadType.HASH else self._signatures(digest)))
        yield from map(with_proof, bodies)

    def _signatures(self, digest: bytes) -> Iterator[bytes]:
        for host in (self.actor.other, EVE):
            key = key_pair(host).private_key
            assert key is not None
            yield self.moment.backend.sign(AuthMethod.RSA_SIG, key, digest)

    def _headers(self, message: Message) -> Iterator[Header]:
        encrypted = Flag.ENCRYPTION if message.protection is Protection.ENCRYPTED else Flag(0)
        atoms = self.actor.protocol.header(message)
        for values in product(*(self._values(atom) for atom in atoms)):
            named = dict(zip(map(str, atoms), values, strict=True))
            sa = self.moment.sa
            yield Header(
                cky_i=sa.cky_i if sa else named[str(k.CKY_I)],
                cky_r=sa.cky_r if sa else named.get(str(k.CKY_R), NO_COOKIE),
                exchange=self.actor.protocol.exchange.type,
                flags=encrypted,
                message_id=int.from_bytes(named.get(str(k.M_ID), b"")),
            )

    def _values(self, term: Term) -> tuple[bytes, ...]:
        """What a value may be: what the session has for it already, or anything of its sort."""
        known = self.moment.values.get(str(term))
        return self.pool[term.sort] if known is None else (known,)

    def _payloads(self, slot: Slot) -> tuple[Payload | None, ...]:
        """What may stand in a payload; None for a proof."""
        match slot.payload:
            case PayloadType.HASH | PayloadType.SIG:
                return (None,)
            case PayloadType.ID:
                return tuple(map(payload_of, HOSTS.values()))
            case PayloadType.SA if slot.term == k.SAR:
                return (self._answer(),)
            case PayloadType.SA:
                offers = self._offers()
                return (*offers, *(each for each in self._alike(slot) if each not in offers))
        return tuple(payload_with(int(slot.payload), value) for value in self._values(slot.term))

    def _alike(self, slot: Slot) -> Iterator[Payload]:
        """What other sessions have for the same payload."""
        return (payload_with(int(slot.payload), body) for body in self.pool.get(slot.term.sort, ()))

    def _offers(self) -> tuple[SA, ...]:
        """Two offers of the intruder's own."""
        protocol = self.actor.protocol
        if protocol.exchange.phase == 1:
            return tuple(phase_1_offer(ike_proposals(protocol)[:count]) for count in (2, 3))
        return tuple(phase_2_offer(ipsec_proposals(protocol)[:count], OWN_SPI) for count in (2, 3))

    def _answer(self) -> SA:
        """The answer to the session's own offer that takes what comes first."""
        known = self.moment.known
        assert known is not None
        assert known.offer is not None
        first = known.offer.proposals[0]
        if self.actor.protocol.exchange.phase == 1:
            first = first.replace(transforms=first.transforms[:1])
        else:
            first = first.replace(spi=OWN_SPI)
        return known.offer.replace(proposals=(first,))

    def _written(self, message: Message, header: Header, payloads: tuple[Payload | None, ...]) -> bytes:
        whole = tuple(each for each in payloads if each is not None)
        if message.protection is not Protection.ENCRYPTED:
            return encode(Written(header, Payloads(whole)))
        run = self.moment.run or self.moment.runs.under(
            cast(IsakmpSa, self.moment.sa), self.actor.protocol.exchange, self.actor.role, PLACE, header.message_id
        )
        known = run.known.copy()
        plain = encode_payloads(whole)
        plain += bytes(-len(plain) % known.values.block_length)
        body = self.moment.backend.encrypt(CIPHER, cipher_key(run, known), next_iv(run, known), plain)
        return encode(Written(header, encrypted=Encrypted(int(message.slots[0].payload), body)))


def _bodies(datagram: bytes, kind: PayloadType) -> Iterator[bytes]:
    """The bodies of the payloads of a type that a datagram shows."""
    message = decode(datagram)
    return (body_of(each) for each in message.payloads if payload_type(each) == kind)
