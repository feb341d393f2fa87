"""An exchange as somebody sees it who knows all values of both ends, message by message."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from isakmp.conform.headers import HEADER_OCTETS
from isakmp.conform.vectors.formulas import Json, agreed, computed, shared_in
from isakmp.conform.vectors.recording import Carried, Recorder
from isakmp.machine.bodies import payload_with
from isakmp.machine.checks import negotiate
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Payloads
from isakmp.machine.config import IkeProposal
from isakmp.machine.methods import signed, signed_digest
from isakmp.machine.newgroup import read_group
from isakmp.machine.results import keymat
from isakmp.machine.run import Knowledge
from isakmp.machine.sa import IpsecSa, IpsecSaPair
from isakmp.spec import keying as k
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.computing import computed_with
from isakmp.spec.groups import AnyGroup
from isakmp.spec.limits import MESSAGE_ID_OCTETS
from isakmp.spec.messages import Exchange, Message, Slot
from isakmp.spec.payloads import NAT_D, SA
from isakmp.spec.registries import HashAlgorithm, PayloadType, ProtocolId
from isakmp.spec.terms import Def, Exp, Psk, Role, Term

_KEYMAT: Final = frozenset({k.keymat(pfs=False), k.keymat(pfs=True)})


@dataclass
class Seen:
    """A message that was taken: what carried it, its template, and which of its payloads fills which slot."""

    carried: Carried
    template: Message
    chain: Payloads
    positions: Mapping[Slot, int]


@dataclass
class Onlooker:
    """One exchange. `group` is that of its Diffie-Hellman exchange, or the one that it describes."""

    exchange: Exchange
    message_id: int
    backend: Recorder
    ike: IkeProposal
    known: Knowledge = field(init=False)
    group: AnyGroup | None = None
    _told: set[str] = field(default_factory=set)
    _shared: set[Term] = field(default_factory=set)
    _left_key: bytes = b""

    def __post_init__(self) -> None:
        self.known = Knowledge(Role.I, self.backend)
        negotiate(self.known, self.ike)

    def begin(self, psk: bytes | None) -> None:
        """Begin an exchange of phase 1; `psk` is the key that both ends were given, if they were."""
        self.group = self.ike.group if self.exchange.keys else None
        if psk is not None:
            self.known.values[Psk()] = psk

    def begin_under(self, first: Onlooker) -> None:
        """Begin an exchange of phase 2, with what phase 1 has left behind."""
        values, left = self.known.values, first.known.values
        for term in (k.LEFT_A, k.LEFT_D, k.CKY_I, k.CKY_R):
            values[term] = left.store[str(term)]
        if first.exchange.auth is not None:
            self._left_key = left[k.cipher_key(first.exchange.auth)]
        values[k.LAST_BLOCK] = first.known.iv or left[k.IV_PHASE_1]
        values[k.M_ID] = self.message_id.to_bytes(MESSAGE_ID_OCTETS)

    # ---- values ----

    def bind(self, seen: Seen) -> None:
        """Take what a message brings; with a public value comes its exponent, which the run has drawn."""
        values, chain = self.known.values, seen.chain
        header = decode(seen.carried.sent.datagram, lenient=True).header
        values[k.CKY_I] = header.cky_i
        if any(header.cky_r):
            values[k.CKY_R] = header.cky_r
        for slot, position in seen.positions.items():
            body = chain.body(position)
            if slot.proves:
                values.rest = chain.after(position)
                continue
            values[slot.value] = body
            pair = self.backend.pairs.get(body)
            if isinstance(slot.value, Exp) and pair is not None:
                self.group, values.own = pair.group, values.own or pair
            if slot.term == k.GROUP_I:
                offer = payload_with(PayloadType.SA, body)
                found = read_group(offer) if isinstance(offer, SA) else ""
                self.group = None if isinstance(found, str) else found.group

    def computes(self, seen: Seen) -> Iterator[Json]:
        """What a message makes both ends compute that they had not before, the proofs in it included."""
        absent = {slot.term for slot in seen.template.slots if slot not in seen.positions}
        wanted = list(computed_with(self.exchange, seen.template, self._told, pfs=self.known.values.own is not None))
        wanted += [slot.term for slot in seen.positions if isinstance(slot.term, Def) and slot.term not in wanted]
        if self.exchange.phase == 1 and self.exchange.keys and seen.template is self.exchange.messages[-1]:
            wanted += [] if str(k.IV_PHASE_1) in self.known.values.store else [k.IV_PHASE_1]  # phase 2 begins with it
        for definition in wanted:
            if definition in absent or definition in _KEYMAT:
                continue
            yield from self._agreed(definition)
            yield from self._computed(definition, seen)
        yield from self._discovers(seen)

    def _discovers(self, seen: Seen) -> Iterator[Json]:
        """The hashes by which a NAT is discovered: of where a message goes to, and of where it comes from."""
        passage = seen.carried.passage
        if passage is None or not any(isinstance(payload, NAT_D) for payload in seen.chain.payloads):
            return
        for place in (passage.destination, passage.source):
            values = self.known.values.copy()  # which remembers what it has computed
            values[k.PLACE] = ipaddress.ip_address(place.host).packed + place.port.to_bytes(2)
            yield from computed(values, Def("NAT-D", k.NAT_D_HASH, "RFC3947:3.2"), self.ike.hash)

    def _agreed(self, definition: Def) -> Iterator[Json]:
        """The shared elements that a definition rests on, where they were not given before."""
        for term in shared_in(definition):
            if term not in self._shared:
                self._shared.add(term)
                yield agreed(self.known.values, term)

    def _computed(self, definition: Def, seen: Seen) -> Iterator[Json]:
        values = self.known.values
        signs = {slot.term: slot for message in self.exchange.messages for slot in message.slots if _signs(slot)}
        if definition in signs:  # a signature is what its sender made of the digest
            slot = signs[definition]
            digest = signed_digest(values, self.ike.auth, signed(slot))
            covers = values.copy()
            covers[signed(slot)] = digest
            return computed(covers, definition, self.ike.hash, seen.chain.body(seen.positions[slot]))
        if definition in {signed(slot) for slot in signs.values()}:
            return computed(values, definition, self._signing_hash, signed_digest(values, self.ike.auth, definition))
        return computed(values, definition, self.ike.hash)

    @property
    def _signing_hash(self) -> HashAlgorithm:
        return AUTHENTICATIONS[self.ike.auth].hash or self.ike.hash

    def keying_material(self, pair: IpsecSaPair) -> Iterator[Json]:
        """KEYMAT of each SA of a completed quick mode, of those beside it too; the pair is its initiator's."""
        yield from self._agreed(k.keymat(pfs=self.known.values.own is not None))
        for each in (pair, *pair.further):
            for inbound, outbound in ((each.inbound, each.outbound), *each.beside):
                if inbound.protocol is not ProtocolId.IPCOMP:  # it has no keys
                    yield from self._of_direction(outbound, "initiator to responder")
                    yield from self._of_direction(inbound, "responder to initiator")

    def _of_direction(self, one: IpsecSa, direction: str) -> Iterator[Json]:
        return ({**step, "direction": direction} for step in self._keymat(one))

    def _keymat(self, one: IpsecSa) -> Iterator[Json]:
        values = self.known.values.copy()
        pfs = values.own is not None
        values[k.PROTOCOL], values[k.SPI] = bytes([one.protocol]), one.spi
        octets = keymat(self.known, one.protocol, one.spi, len(one.keymat), pfs=pfs)
        return computed(values, k.keymat(pfs=pfs), self.ike.hash, octets)

    # ---- encryption ----

    def decrypts(self, seen: Seen) -> tuple[bytes | None, Json]:
        """The vector of an encrypted message, and what it was encrypted from; nothing where it travels in the clear."""
        datagram = seen.carried.sent.datagram
        if decode(datagram, lenient=True).encrypted is None:
            return None, {}
        values, body = self.known.values, datagram[HEADER_OCTETS:]
        vector = self.known.iv
        if vector is None:
            vector = values[k.IV_PHASE_1 if self.exchange.phase == 1 else k.IV_PHASE_2]
        self.known.iv = body[-values.block_length :]
        return vector, {
            "encryption": {
                "iv": vector.hex(),
                "plaintext": self.opened(body, vector).hex(),
                "padding": len(seen.chain.padding),
                "next_iv": self.known.iv.hex(),
            }
        }

    def opened(self, body: bytes, vector: bytes) -> bytes:
        """The octets behind a header, decrypted."""
        auth = self.exchange.auth
        key = self._left_key if auth is None else self.known.values[k.cipher_key(auth)]
        return self.backend.decrypt(self.ike.encryption, key, vector, body)


def _signs(slot: Slot) -> bool:
    return slot.payload is PayloadType.SIG
