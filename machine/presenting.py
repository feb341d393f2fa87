"""Certificates that are sent: this end's own, by the peer's requests; and its own requests (RFC 2408 section 5.10)."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from isakmp.crypto.errors import CryptoFailure
from isakmp.machine.config import Credentials
from isakmp.machine.run import Run, Step
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.layouts import Payload
from isakmp.spec.messages import Message, Slot
from isakmp.spec.payloads import CERT, CR
from isakmp.spec.registries import CertEncoding, NotifyType, PayloadType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isakmp.crypto.certificates import Certificate

E = CertEncoding


def certificates_for(step: Step, slot: Slot) -> tuple[Payload, ...]:
    """What goes with the proof: the certificates that were asked for, else those that policy sends unasked.

    A request "MUST" be answered where certificates are supported, "based on the values contained in the payload"
    (RFC 2408 section 3.10). Requests of which none can be met are discarded; "an Informational Exchange with a
    Notification payload" says why (section 5.10).
    """
    config = step.run.config
    if slot.sealed:
        own = config.credentials.certificate
        return (CERT(E.X509_SIGNATURE, own.der),) if own is not None and config.send_certificate else ()
    shown = _shown(step)
    met: dict[CERT, None] = {}
    unmet: list[NotifyType] = []
    for request in step.draft.requests:
        answer = answer_to(request, shown)
        if isinstance(answer, NotifyType):
            unmet.append(answer)
        else:
            met.update(dict.fromkeys(answer))
    lists_only = all(each.encoding in (E.CRL, E.ARL) for each in met)
    unasked = _unasked(config.certificate_encoding, shown) if config.send_certificate and lists_only else ()
    if unmet and not met and config.notify:
        # Not in this message: peers give up what brings them an error (strongSwan does), and RFC 2408 wants it apart.
        step.notices.append(unmet[0])
    return (*unasked, *met)


def _shown(step: Step) -> Credentials:
    """The credentials with the key pair to show and to sign with: the first that meets a request, else the own one."""
    credentials, suite = step.run.config.credentials, step.draft.suite
    kind = AUTHENTICATIONS[suite.auth].key if suite is not None else None
    asked = [request for request in step.draft.requests if request.encoding not in (E.CRL, E.ARL)]
    others = (replace(credentials, private_key=key, certificate=own) for key, own in credentials.other_keys)
    for each in (credentials, *others) if asked else ():
        fits = each.private_key is None or each.private_key.kind is kind
        if fits and any(not isinstance(answer_to(request, each), NotifyType) for request in asked):
            if each is not credentials:
                step.draft.key = each.private_key
            return each
    return credentials


def _unasked(encoding: CertEncoding, credentials: Credentials) -> tuple[CERT, ...]:
    """This end's certificate and those between it and its authority, in the encoding that policy names."""
    if encoding is not E.DNS_SIGNED_KEY and credentials.certificate is None:
        return ()
    answer = answer_to(CR(encoding), credentials)
    return () if isinstance(answer, NotifyType) else answer


def empty_certificate(step: Step, template: Message) -> tuple[CERT, ...]:
    """What who has no certificate to show says if it is asked for one: the client of hybrid authentication.

    It "MUST respond with an empty certificate payload" (hybrid-auth-05 section 4.2), beside its hash.
    """
    auth = step.run.table.exchange.auth
    if auth is None or not auth.hybrid:
        return ()
    if not any(slot.payload is PayloadType.HASH and slot.proves for slot in template.slots):
        return ()
    return tuple(CERT(request.encoding, b"") for request in step.draft.requests[:1])


def answer_to(request: CR, credentials: Credentials) -> tuple[CERT, ...] | NotifyType:
    """What meets a request for certificates, or the error that says why nothing does (RFC 2408 section 5.10)."""
    from isakmp.crypto.certificates import is_name, same_name  # noqa: PLC0415 - loads the cryptography package

    authority = request.authority
    if request.encoding == E.DNS_SIGNED_KEY:
        return _raw_key(credentials)
    if request.encoding not in (E.X509_SIGNATURE, E.X509_KEY_EXCHANGE, E.PKCS7, E.CRL, E.ARL):
        return NotifyType.CERT_TYPE_UNSUPPORTED
    if authority and not is_name(authority):
        return NotifyType.INVALID_CERT_AUTHORITY
    if request.encoding in (E.CRL, E.ARL):
        lists = tuple(each for each in credentials.crls if not authority or same_name(authority, each.authority))
        return tuple(CERT(request.encoding, each.der) for each in lists) or NotifyType.CERTIFICATE_UNAVAILABLE
    path = _path_under(authority, credentials)
    if not path:
        return NotifyType.CERTIFICATE_UNAVAILABLE
    if request.encoding == E.PKCS7:
        from isakmp.crypto.encodings import wrap  # noqa: PLC0415

        return (CERT(E.PKCS7, wrap(path)),)
    return tuple(CERT(request.encoding, each.der) for each in path)


def _path_under(authority: bytes, credentials: Credentials) -> Sequence[Certificate]:
    """This end's certificate, and as much of its chain as leads to an authority; all of it where none is named."""
    if credentials.certificate is None:
        return ()
    paths = _paths_from(credentials.certificate, credentials.chain)
    if not authority:
        return tuple(path[-1] for path in paths)
    return next((path for path in paths if path[-1].issued_under(authority)), ())


def _paths_from(own: Certificate, chain: Sequence[Certificate]) -> Iterator[tuple[Certificate, ...]]:
    """The ways upwards from a certificate, the shortest first, each certificate as the end of one of them."""
    paths: deque[tuple[Certificate, ...]] = deque([(own,)])
    entered = {own.der}
    while paths:
        path = paths.popleft()
        yield path
        for above in chain:
            if above.der not in entered and path[-1].issued_under(above.name):
                entered.add(above.der)
                paths.append((*path, above))


def _raw_key(credentials: Credentials) -> tuple[CERT, ...] | NotifyType:
    """This end's key as the DNS holds it, where its kind has such a form."""
    from isakmp.crypto.encodings import dns_key  # noqa: PLC0415

    if credentials.private_key is None:
        return NotifyType.CERTIFICATE_UNAVAILABLE
    try:
        return (CERT(E.DNS_SIGNED_KEY, dns_key(credentials.private_key.public)),)
    except CryptoFailure:
        return NotifyType.CERTIFICATE_UNAVAILABLE


def requests(run: Run, template: Message) -> tuple[CR, ...]:
    """Requests for certificates, in the last message before the peer signs.

    One for each authority that is trusted, and where a revocation list is needed one for that.
    """
    config = run.config
    if not config.request_certificates:
        return ()
    messages = run.table.exchange.messages
    signed = next(
        (
            place
            for place, message in enumerate(messages)
            if message.sender is not run.table.role and any(slot.payload is PayloadType.SIG for slot in message.slots)
        ),
        0,
    )
    if not signed or messages[signed - 1] is not template:
        return ()
    encodings = (E.X509_SIGNATURE, E.CRL) if config.strict_revocation else (E.X509_SIGNATURE,)
    names = [anchor.name for anchor in config.credentials.trusted]
    return tuple(CR(each, name) for each in encodings for name in names)
