"""A message before it is sent: what the honest peer would send, in the clear, and what is to be wrong with it.

The octets of `plain` can be changed field by field, as the layouts name them, or payload by payload. Sealing computes
the proofs over what is then there, encrypts with the run's true key where the message is encrypted, and applies what is
wrong with the header last: a deviation is wrong in one respect, and in no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from isakmp.conform.headers import FLAGS, HEADER_OCTETS, LENGTH
from isakmp.machine.codec import decode, decode_payloads, dissect, encode
from isakmp.machine.codec_message import GENERIC, Message, Payloads
from isakmp.machine.codec_walk import FieldView
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.methods import signed, signed_digest
from isakmp.machine.run import Run
from isakmp.machine.write import cipher_key
from isakmp.spec import keying as k
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message as Template
from isakmp.spec.payloads import HASH, ID, KE, NONCE, SIG, Header
from isakmp.spec.registries import Flag, PayloadType
from isakmp.spec.terms import Role, Term

_OWN: dict[Role, dict[type[Payload], Term]] = {
    Role.I: {ID: k.IDII, NONCE: k.NI, KE: k.G_XI},
    Role.R: {ID: k.IDIR, NONCE: k.NR, KE: k.G_XR},
}
"""The values of phase 1 that a message brings of its sender's."""

_FOLLOW = ("SKEYID", "HASH_")
"""How the names of values begin that follow from them, and are remembered."""


class NoSuchPlace(LookupError):
    """A message has not the field or payload that is to be changed."""


class Patch(NamedTuple):
    """Bits of a datagram, from which bit on, and the number to put there."""

    bit: int
    bits: int
    value: int

    def on(self, octets: bytes) -> bytes:
        """The octets with the number in its place."""
        size = 8 * len(octets)
        shift = size - self.bit - self.bits
        mask = (1 << self.bits) - 1
        number = int.from_bytes(octets) & ~(mask << shift) | (self.value & mask) << shift
        return number.to_bytes(len(octets))


class Place(NamedTuple):
    """A field in a datagram: its layout row with what it holds, and the bit that it begins at."""

    view: FieldView
    bit: int


@dataclass(frozen=True)
class Draft:
    """A message under construction.

    `plain` is header and payloads in the clear, without padding. `late` are patches of the sealed datagram; `tail` are
    octets behind it that its length does not count, `extra` such that it does, `cut` how many are missing at its end.
    `vector` and `padding` stand in the place of the true ones; without `proofs` hashes and signatures stay as they are.
    """

    plain: bytes
    encrypted: bool
    late: tuple[Patch, ...] = ()
    tail: bytes = b""
    extra: bytes = b""
    cut: int = 0
    vector: bytes | None = None
    padding: bytes | None = None
    proofs: bool = True

    @property
    def payloads(self) -> tuple[Payload, ...]:
        """The payloads, as far as they can be read."""
        return decode(self.plain, lenient=True).payloads

    # ---- fields ----

    def places(self) -> Iterator[Place]:
        """Every field, in wire order."""
        end = 0
        for view in dissect(self.plain)[1]:
            bit = max(8 * view.offset, end) if view.bits and view.bits < 8 else 8 * view.offset  # noqa: PLR2004 - an octet
            end = bit + view.bits
            yield Place(view, bit)

    def place(self, structure: str, field: str, occurrence: int = 0) -> Place:
        """Where a field of a structure stands.

        Raises:
            NoSuchPlace: the message has none.
        """
        found = [p for p in self.places() if p.view.structure == structure and p.view.field.name == field]
        if occurrence >= len(found):
            raise NoSuchPlace(f"there is no {structure}.{field} number {occurrence + 1}")
        return found[occurrence]

    def with_field(self, structure: str, field: str, value: int, occurrence: int = 0) -> Draft:
        """The same with another number in a field; lengths and counts stay as they are."""
        place = self.place(structure, field, occurrence)
        patch = Patch(place.bit, place.view.bits, value)
        if structure == Header.layout.name:
            return replace(self, late=(*self.late, patch))
        return replace(self, plain=patch.on(self.plain))

    # ---- payloads ----

    def with_payloads(self, payloads: tuple[Payload, ...]) -> Draft:
        """The same with other payloads; lengths and counts are made to fit."""
        header = decode(self.plain, lenient=True).header
        return replace(self, plain=encode(Message(header, Payloads(payloads))))

    def mapped(self, kind: type[Payload], change: Callable[[Payload], Payload | None], occurrence: int = 0) -> Draft:
        """The same with one payload changed, or (None) without it.

        Raises:
            NoSuchPlace: the message has none of its kind.
        """
        own = list(self.payloads)
        found = [index for index, payload in enumerate(own) if isinstance(payload, kind)]
        if occurrence >= len(found):
            raise NoSuchPlace(f"there is no {kind.__name__} payload")
        changed = change(own[found[occurrence]])
        own[found[occurrence] : found[occurrence] + 1] = [] if changed is None else [changed]
        return self.with_payloads(tuple(own))

    def with_more(self, payload: Payload) -> Draft:
        """The same with one more payload, behind its own."""
        return self.with_payloads((*self.payloads, payload))


def opened(datagram: bytes, run: Run, vector: bytes) -> Draft:
    """An honest message as a draft; `vector` is the one that it was encrypted with, if it was.

    Raises:
        LocalMisuse: it is encrypted, and the run has no keys.
    """
    message = decode(datagram)
    if message.encrypted is None:
        return Draft(datagram, encrypted=False)
    suite = run.known.suite
    if suite is None:
        raise LocalMisuse("an encrypted message without a cipher")
    body = run.backend.decrypt(suite.encryption, cipher_key(run, run.known), vector, message.encrypted.octets)
    chain = decode_payloads(message.encrypted.first, body, lenient=True, padded=True)
    header = bytearray(datagram[:HEADER_OCTETS])
    header[FLAGS] &= ~Flag.ENCRYPTION
    header[LENGTH] = chain.offsets[-1].to_bytes(4)
    return Draft(bytes(header) + body[: chain.offsets[-1] - HEADER_OCTETS], encrypted=True)


def sealed(draft: Draft, run: Run, template: Template, vector: bytes | None) -> bytes:
    """The octets of a draft as they are sent.

    Args:
        draft: the message.
        run: the honest peer's exchange, whose keys and values it is made with.
        template: which message of the exchange it is.
        vector: the initialization vector that is due; None where there are no keys yet.

    """
    plain = _proven(draft, run, template) if draft.proofs else draft.plain
    header, body = plain[:HEADER_OCTETS], plain[HEADER_OCTETS:]
    if draft.encrypted:
        suite, block = run.known.suite, run.known.values.block_length
        if suite is None or vector is None:
            raise LocalMisuse("an encrypted message without a cipher")
        padded = body + (bytes(-len(body) % block) if draft.padding is None else draft.padding)
        used = vector if draft.vector is None else draft.vector[:block]
        body = run.backend.encrypt(suite.encryption, cipher_key(run, run.known), used, padded)
        header = header[:FLAGS] + bytes([header[FLAGS] | Flag.ENCRYPTION]) + header[FLAGS + 1 :]
    body += draft.extra
    header = header[: LENGTH.start] + (len(header) + len(body)).to_bytes(4)
    datagram = header + body
    for patch in draft.late:
        datagram = patch.on(datagram)
    return datagram[: max(0, len(datagram) - draft.cut)] + draft.tail


def _proven(draft: Draft, run: Run, template: Template) -> bytes:
    """The plain octets with proofs over what is there: the hash of phase 2, hash or signature of phase 1."""
    values = run.known.values.copy()
    chain = decode(draft.plain, lenient=True).chain
    if run.sa is None:
        own = _OWN[run.table.role]
        for position, payload in enumerate(chain.payloads):
            if type(payload) in own:
                values[own[type(payload)]] = chain.body(position)
        for name in [name for name in values.store if name.startswith(_FOLLOW)]:
            del values.store[name]
    plain = draft.plain
    for slot in template.slots:
        if not slot.proves:
            continue
        for stale in (slot.term, signed(slot) if slot.payload is PayloadType.SIG else slot.term):
            values.store.pop(str(stale), None)
        kind = HASH if slot.payload is PayloadType.HASH else SIG
        found = [index for index, payload in enumerate(chain.payloads) if isinstance(payload, kind)]
        if not found:
            continue
        start, end = chain.spans[found[0]]
        if run.sa is not None:
            values.rest = plain[end:]
        if kind is HASH:
            proof = values[slot.term]
        else:
            key, suite = run.known.key or run.config.credentials.private_key, run.known.suite
            if key is None or suite is None:
                continue
            proof = run.backend.sign(suite.auth, key, signed_digest(values, suite.auth, signed(slot)))
        plain = _with_proof(plain, start, end, proof)
    return plain


def _with_proof(plain: bytes, start: int, end: int, proof: bytes) -> bytes:
    """The proof in its place; where its payload is of another length (a signature's may be), that is made to fit."""
    head = plain[start : start + GENERIC]
    if end - start - GENERIC != len(proof):
        head = head[:2] + (GENERIC + len(proof)).to_bytes(2)
    return plain[:start] + head + proof + plain[end:]
