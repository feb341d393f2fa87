"""The sender's side of public key encryption: bodies are encrypted as a message is built (RFC 2409 section 5.2)."""

from __future__ import annotations

from isakmp.crypto.keys import PublicKey
from isakmp.machine.bodies import BodyCipher, body_of
from isakmp.machine.checks import negotiate
from isakmp.machine.codec_message import payload_type
from isakmp.machine.config import Config, IkeProposal
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.run import Knowledge, Step
from isakmp.spec import keying as k
from isakmp.spec.carried import SEALING
from isakmp.spec.guards import PUBLIC_KEY
from isakmp.spec.keying import Auth
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Exchange, Slot
from isakmp.spec.payloads import HASH, Unknown
from isakmp.spec.registries import PayloadType


def refuse_unable(config: Config, exchange: Exchange) -> None:
    """Refuse to begin what could not be carried on.

    Raises:
        LocalMisuse: the peer's key is not known, or the first message depends on what is not negotiated yet.
    """
    if exchange.auth not in SEALING:
        return
    if config.credentials.peer_certificate is None:
        raise LocalMisuse("public key encryption without the peer's certificate, whose key it encrypts to")
    if exchange.messages[0].slots[1:]:
        _first_suite(config)


def _first_suite(config: Config) -> IkeProposal:
    """What the first message of aggressive mode is encrypted with: hash and cipher cannot be negotiated there."""
    if len({(p.encryption, p.key_length, p.hash) for p in config.ike}) > 1:
        raise LocalMisuse("aggressive mode with public key encryption, and proposals with several ciphers or hashes")
    return config.ike[0]


def _in_force(step: Step) -> Knowledge:
    """What is known, with a suite in use; a copy, so that ephemeral keys go with it."""
    twin = step.draft.copy()
    if twin.suite is None:
        negotiate(twin, _first_suite(step.run.config))
    return twin


def peer_key(step: Step) -> PublicKey:
    """The public key of the peer: of the certificate that it sent, else of the one that is known."""
    known = step.run.config.credentials.peer_certificate
    if step.draft.peer_key is not None:
        return step.draft.peer_key
    if known is None:
        raise LocalMisuse("public key encryption without the peer's certificate")
    return known.public_key


def hash_of_key(step: Step) -> HASH | None:
    """HASH(1): which key of the responder the message is encrypted to; None where it is not wanted."""
    certificate = step.run.config.credentials.peer_certificate
    if not step.run.config.name_peer_key or certificate is None:
        return None
    values = _in_force(step).values
    values[k.RESPONDER_CERTIFICATE] = certificate.der
    return HASH(values[k.HASH_1_CERTIFICATE])


class Sealer:
    """Encrypts the bodies of a message's payloads as they are added to it, in their order on the wire."""

    def __init__(self, step: Step) -> None:
        """Begin a message."""
        self._step = step
        self._cipher: BodyCipher | None = None

    def __call__(self, slot: Slot | None, payload: Payload) -> Payload:
        """The payload as it travels. `slot` is None for what no figure shows: behind the nonce it is encrypted too."""
        if slot is not None and not slot.sealed:
            return payload
        if slot is not None and slot.sealed == PUBLIC_KEY:
            sealed = self._step.run.backend.pk_encrypt(peer_key(self._step), body_of(payload))
            if slot.payload is PayloadType.NONCE and self._step.run.table.exchange.auth is Auth.REVISED:
                self._cipher = self._from_nonce()
        elif self._cipher is None:
            return payload
        else:
            sealed = self._cipher.seal(body_of(payload))
        return Unknown(payload_type(payload), sealed)

    def _from_nonce(self) -> BodyCipher:
        known, run = _in_force(self._step), self._step.run
        if known.suite is None:
            raise LocalMisuse("an encrypted body before a cipher is negotiated")
        key = known.values[k.KE_KEY[run.table.role]]
        return BodyCipher.under(run.backend, known.suite.encryption, key, known.values.block_length)
