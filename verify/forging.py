"""What the intruder sends: a message as a session of the attack takes it, made of what is known.

What the attack says can be derived, and what cannot be computed here, do not go together: that is a defect of the
verifier, and raised as such.
"""

from __future__ import annotations

from isakmp.machine.algebra import MissingValueError
from isakmp.machine.bodies import BodyCipher, payload_with
from isakmp.machine.codec import encode, encode_payloads
from isakmp.machine.codec_message import Encrypted, Payloads
from isakmp.machine.codec_message import Message as Written
from isakmp.machine.errors import LocalMisuse, ProtocolError
from isakmp.machine.methods import signed, signed_digest
from isakmp.machine.run import Knowledge
from isakmp.spec import keying as k
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import NO_COOKIE
from isakmp.spec.messages import Message, Protection, Slot
from isakmp.spec.payloads import HASH, Header, Unknown
from isakmp.spec.registries import Flag, PayloadType
from isakmp.spec.terms import Apply, Atom, PrivateKey, PublicKey, Sort
from isakmp.verify.intruder import Intruder, host_of, suite_of
from isakmp.verify.leaves import ciphertext
from isakmp.verify.search import Session
from isakmp.verify.trace import DefectError


def compose(intruder: Intruder, session: Session, message: Message) -> bytes:
    """The datagram of a message as a session takes it.

    Raises:
        DefectError: it cannot be made of what is known.
    """
    try:
        return _Forger(intruder, session, message).datagram()
    except (MissingValueError, LocalMisuse, ProtocolError) as error:
        name = intruder.script(session).protocol.name
        raise DefectError(f"{name}: {message.name} cannot be made: {error}") from error


class _Forger:
    """One message in the making: what is known of the session's values, and what encrypts bodies one after another."""

    def __init__(self, intruder: Intruder, session: Session, message: Message) -> None:
        self.intruder, self.session, self.message = intruder, session, message
        self.view: Knowledge = intruder.view(session)
        self.script = intruder.script(session)
        self.exchange = self.script.protocol.exchange_of(message)
        self._cipher: BodyCipher | None = None

    def datagram(self) -> bytes:
        """Header and payloads, or a body that is encrypted as it was seen or anew."""
        intruder, view = self.intruder, self.view
        encrypted = self.message.protection is Protection.ENCRYPTED
        named = self.script.protocol.header(self.message)
        cky_i, cky_r = self._cookies(named)
        header = Header(
            cky_i=cky_i,
            cky_r=cky_r,
            exchange=self.exchange.type,
            flags=Flag.ENCRYPTION if encrypted else Flag(0),
            message_id=next((int.from_bytes(view.values[each]) for each in named if each.kind is Sort.MESSAGE_ID), 0),
        )
        if not encrypted:
            return encode(Written(header, Payloads(self._payloads())))
        value = intruder.value(self.session, ciphertext(self.script, self.message))
        body = intruder.seen.get(value)
        if body is None:
            plain = encode_payloads(self._payloads())
            plain += bytes(-len(plain) % view.values.block_length)
            key, vector = intruder.cipher(view, self.session, self.message)
            body = intruder.seen[value] = intruder.backend.encrypt(suite_of(view).encryption, key, vector, plain)
        return encode(Written(header, encrypted=Encrypted(int(self.message.slots[0].payload), body)))

    def _cookies(self, named: tuple[Atom, ...]) -> tuple[bytes, bytes]:
        sa = self.intruder.sa(self.session)
        if sa is not None:
            return sa.cky_i, sa.cky_r
        values = self.view.values
        return values[k.CKY_I], values[k.CKY_R] if k.CKY_R in named else NO_COOKIE

    def _payloads(self) -> tuple[Payload, ...]:
        made: list[Payload] = []
        covering: Slot | None = None
        for slot in self.message.slots:
            if slot.payload is PayloadType.HASH and self.exchange.phase != 1:
                covering = slot  # covers what follows: computed when that is known
            elif not slot.optional:
                made.append(self._payload(slot))
        if covering is not None:
            self.view.values.rest = encode_payloads(made)
            made.insert(0, HASH(self.view.values[covering.term]))
        return tuple(made)

    def _payload(self, slot: Slot) -> Payload:
        kind = int(slot.payload)
        if slot.sealed:
            return Unknown(kind, self._seen(slot) or self._sealed(slot))
        if slot.payload is PayloadType.SIG:
            return payload_with(kind, self._seen(slot) or self._signature(slot))
        return payload_with(kind, self.view.values[slot.value])

    def _seen(self, slot: Slot) -> bytes | None:
        (number,) = self.script.flat(slot.term)
        return self.intruder.seen.get(self.intruder.value(self.session, number))

    def _sealed(self, slot: Slot) -> bytes:
        """A body encrypted to a public key, or under the key from the nonce before it."""
        backend, term, values = self.intruder.backend, slot.term, self.view.values
        if isinstance(term, Apply) and isinstance(term.args[0], PublicKey):
            certificate = self.intruder.pairs(host_of(self.session, term.args[0].by)).certificate
            if certificate is None:
                raise MissingValueError("there is no certificate to encrypt to")
            return backend.pk_encrypt(certificate.public_key, values[slot.value])
        if self._cipher is None:
            key = values[k.KE_KEY[self.session.role.other]]
            self._cipher = BodyCipher.under(backend, suite_of(self.view).encryption, key, values.block_length)
        return self._cipher.seal(values[slot.value])

    def _signature(self, slot: Slot) -> bytes:
        """A signature in the name of a host whose key is known."""
        by = next(part.by for part in slot.term.subterms() if isinstance(part, PrivateKey))
        method = suite_of(self.view).auth
        digest = signed_digest(self.view.values, method, signed(slot))
        return self.intruder.backend.sign(method, self.intruder.private_key(host_of(self.session, by)), digest)
