"""Certificates that came: which payloads can be read, which one is the peer's own, and whether it is to be trusted.

"The Certificate payload MUST be accepted at any point during an exchange" (RFC 2408 section 3.9): what came with
earlier messages helps to find a path. What cannot be read is discarded, payload by payload (section 5.9); why, is told
if nothing remains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from isakmp.crypto.backend import Backend
from isakmp.crypto.errors import CryptoFailure, UntrustedCertificate
from isakmp.crypto.keys import check_encryption_key
from isakmp.machine.config import Identity
from isakmp.machine.findings import Finding, wrong
from isakmp.machine.run import Step
from isakmp.spec import keying as k
from isakmp.spec.guards import READABLE_CERTIFICATES, Check
from isakmp.spec.limits import CERTIFICATES_KEPT
from isakmp.spec.messages import Slot
from isakmp.spec.payloads import CERT, CR
from isakmp.spec.registries import CertEncoding
from isakmp.spec.terms import Role

if TYPE_CHECKING:
    from isakmp.crypto.certificates import Certificate
    from isakmp.crypto.keys import PublicKey
    from isakmp.crypto.revocation import RevocationList

E = CertEncoding


@dataclass(frozen=True)
class Received:
    """What certificate payloads hold: those that may be the sender's own, others that may stand between, lists, keys.

    `discarded` says of each payload that could not be read why.
    """

    own: tuple[Certificate, ...]
    between: tuple[Certificate, ...]
    lists: tuple[RevocationList, ...]
    keys: tuple[PublicKey, ...]
    discarded: tuple[str, ...]

    def certificate_of(self, identity: Identity | None) -> Certificate:
        """The sender's own certificate: the first that names its identity, else the first.

        Raises:
            UntrustedCertificate: there is none.
        """
        if not self.own:
            discarded = "".join(f"; discarded: {reason}" for reason in self.discarded)
            detail = f"the peer sent no certificate, and none is known for it{discarded}"
            raise UntrustedCertificate(detail, "RFC2409:5.1")
        naming = (c for c in self.own if identity is not None and c.names(identity.type, identity.data))
        return next(naming, self.own[0])

    def others(self, own: Certificate) -> tuple[Certificate, ...]:
        """All certificates that may stand between the sender's own one and an anchor."""
        return tuple(each for each in (*self.own, *self.between) if each is not own)


def read_certificates(backend: Backend, payloads: Iterable[CERT], *, sealed: bool = False) -> Received:
    """Read certificate payloads; `sealed` says that the key is to encrypt to, and not to verify a signature by.

    A certificate for key exchange is then the sender's own as well; else it can stand in a path only.
    """
    own: list[Certificate] = []
    between: list[Certificate] = []
    lists: list[RevocationList] = []
    keys: list[PublicKey] = []
    discarded: list[str] = []
    for payload in payloads:
        try:
            match payload.encoding:
                case E.X509_SIGNATURE:
                    own.append(backend.load_certificate(payload.data))
                case E.X509_KEY_EXCHANGE:
                    (own if sealed else between).append(backend.load_certificate(payload.data))
                case E.PKCS7:
                    own += backend.load_wrapped(payload.data)
                case E.CRL | E.ARL:
                    lists.append(backend.load_revocation_list(payload.data))
                case E.DNS_SIGNED_KEY:
                    keys.append(backend.load_dns_key(payload.data))
                case other:
                    discarded.append(f"encoding {E.describe(other)} is not supported")
        except CryptoFailure as failure:
            discarded.append(failure.reason)
    kept = slice(CERTIFICATES_KEPT)
    return Received(tuple(own[kept]), tuple(between[kept]), tuple(lists[kept]), tuple(keys[kept]), tuple(discarded))


def collect(step: Step) -> None:
    """Keep the certificates and the requests of a message that was accepted, up to a limit."""
    if step.run.sa is not None:
        return
    draft = step.draft
    for each in step.chain.payloads:
        if isinstance(each, CERT) and len(draft.certificates) < CERTIFICATES_KEPT:
            draft.certificates = (*draft.certificates, each)
        elif isinstance(each, CR) and len(draft.requests) < CERTIFICATES_KEPT:
            draft.requests = (*draft.requests, each)


def _at_hand(step: Step) -> tuple[CERT, ...]:
    """The certificate payloads of this message, then those of earlier ones."""
    here = tuple(each for each in step.chain.payloads if isinstance(each, CERT))
    return (*here, *step.draft.certificates)[:CERTIFICATES_KEPT]


def encoding(step: Step, slot: Slot | None) -> Finding:
    """Whether anything that came as a certificate is of an encoding that can be read."""
    found = {each.encoding for each in _at_hand(step)}
    if not found or not found.isdisjoint(READABLE_CERTIFICATES) or step.run.config.credentials.peer_key is not None:
        return None
    detail = ", ".join(E.describe(each) for each in sorted(found))
    return wrong(step, Check.CERTIFICATE_ENCODING, slot, f"certificates of these encodings only: {detail}")


def certificate(step: Step, slot: Slot | None) -> Finding:
    """Whether the key behind the peer's proof is that of the identity which it names."""
    run, draft = step.run, step.draft
    sealed = slot is not None and bool(slot.sealed)
    if sealed and slot not in step.positions:
        known = run.config.credentials.peer_certificate is not None
        return None if known else wrong(step, Check.CERTIFICATE, slot, "no key of the peer is known to encrypt to")
    identity = draft.identities[str(k.IDII if run.table.role is Role.R else k.IDIR)]
    found = read_certificates(run.backend, _at_hand(step), sealed=sealed)
    known_key = run.config.credentials.peer_key
    if known_key is not None and not sealed:
        if found.keys and known_key not in found.keys:
            return wrong(
                step, Check.CERTIFICATE, slot, "the key that the peer sent is not the one that is known for it"
            )
        draft.peer_key = known_key
        return None
    try:
        own = found.certificate_of(identity)
        _check_path(step, own, found)
        if not own.names(identity.type, identity.data):
            detail = "the certificate does not name the peer's identity"
            return wrong(step, Check.CERTIFICATE, slot, detail, "RFC2407:4.6.2")
        if sealed:
            check_encryption_key(own.public_key, bytes(run.config.nonce_size))
    except CryptoFailure as failure:
        return wrong(step, Check.CERTIFICATE, slot, failure.reason, failure.cite)
    draft.peer_key = own.public_key
    return None


def _check_path(step: Step, own: Certificate, found: Received) -> None:
    from isakmp.crypto.revocation import Revocation  # noqa: PLC0415 - loads the cryptography package

    config = step.run.config
    revocation = Revocation((*config.credentials.crls, *found.lists), config.strict_revocation)
    moment = datetime.fromtimestamp(step.now, UTC)
    step.run.backend.check_path(own, found.others(own), config.credentials.trusted, moment, revocation)
