"""What is wrong with a configuration, found before anything begins, and not in the middle of an exchange."""

from __future__ import annotations

from collections.abc import Iterator

from isakmp.crypto.backend import Backend
from isakmp.crypto.errors import CryptoFailure
from isakmp.crypto.keys import check_encryption_key
from isakmp.machine.bodies import body_of
from isakmp.machine.config import Config, IkeProposal, IpsecProposal
from isakmp.machine.identities import payload_of
from isakmp.machine.methods import auth_of
from isakmp.machine.negotiation import ipsec_attributes
from isakmp.machine.sharing import keyless, too_late
from isakmp.machine.transform_rules import flaw
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, KeyLengthError
from isakmp.spec.configuration import LENGTHS
from isakmp.spec.keying import Auth
from isakmp.spec.negotiation import TOGETHER
from isakmp.spec.payloads import NONCE_OCTETS, Transform
from isakmp.spec.registries import CertEncoding, ConfigAttribute
from isakmp.spec.xauth import XAUTH_ATTRIBUTES

_OWN_ENCODINGS = frozenset(
    {CertEncoding.X509_SIGNATURE, CertEncoding.X509_KEY_EXCHANGE, CertEncoding.PKCS7, CertEncoding.DNS_SIGNED_KEY}
)
"""What a certificate of this end can be sent as."""


def problems(config: Config, backend: Backend) -> Iterator[str]:
    """Everything that keeps a configuration from working, each in a sentence."""
    if not config.ike:
        yield "there is no proposal for phase 1"
    if not config.ipsec:
        yield "there is no proposal for phase 2"
    if config.nonce_size not in NONCE_OCTETS:
        yield f"a nonce of {config.nonce_size} octets; {NONCE_OCTETS.start} to {NONCE_OCTETS.stop - 1} are allowed"
    if config.credentials.peer_key is not None and config.peer_identity is None:
        yield "a key of the peer without its identity: nothing else says whose key it is"
    if config.certificate_encoding not in _OWN_ENCODINGS:
        yield f"no certificate of this end can be sent as {config.certificate_encoding.label}"
    yield from _of_handing_out(config)
    if not all(config.further_sas):
        yield "there is no proposal for a further SA"
    for suite in (suite for suites in (config.ipsec, *config.further_sas) for suite in suites):
        yield from _of_suite(suite)
    yield from _of_users(config)
    for proposal in config.ike:
        yield from _of_proposal(proposal, config, backend)
    if config.credentials.psk_of and any(auth_of(proposal.auth) is Auth.PSK for proposal in config.ike):
        yield from map(too_late, keyless(config))


def _of_handing_out(config: Config) -> Iterator[str]:
    """A netmask goes "only with an INTERNAL_ADDRESS attribute" (draft-dukes-ike-mode-cfg-02 section 3.4)."""
    gives = frozenset(config.hand_out)
    pooled = bool(config.address_pool or config.user_addresses)
    for netmask, address, other in (
        (ConfigAttribute.INTERNAL_IP4_NETMASK, ConfigAttribute.INTERNAL_IP4_ADDRESS, pooled),
        (ConfigAttribute.INTERNAL_IP6_NETMASK, ConfigAttribute.INTERNAL_IP6_ADDRESS, False),
    ):
        if netmask in gives and address not in gives and not other:
            yield f"{netmask.label} is handed out without {address.label}"


def _of_users(config: Config) -> Iterator[str]:
    """What keeps users from being authenticated, or clients from being configured."""
    if config.xauth_tries < 1:
        yield f"{config.xauth_tries} tries of XAuth, where there has to be one"
    given = {kind: values for kind, values in config.hand_out.items() if kind in LENGTHS}
    pool = (*config.address_pool, *config.user_addresses.values())
    for kind, values in (*given.items(), (ConfigAttribute.INTERNAL_IP4_ADDRESS, pool)):
        for value in values:
            if len(value) not in LENGTHS[kind]:
                yield f"{kind.label} of {len(value)} octets is to be handed out"
    for kind in config.request:
        if kind in XAUTH_ATTRIBUTES:
            yield f"{kind.label} is asked for as a configuration, and is XAuth's"


def _of_suite(suite: IpsecProposal) -> Iterator[str]:
    """What keeps a suite of phase 2 from working: no peer could choose it."""
    protocols = [part.protocol for part in suite.parts]
    if protocols != [protocol for protocol in TOGETHER if protocol in protocols]:
        yield f"a bundle names each protocol once, in the order {', '.join(p.name for p in TOGETHER)}"
    if any(part.beside or part.group != suite.group for part in suite.beside):
        yield "the parts of a bundle have the same group, and no parts of their own"
    for part in suite.parts:
        problem = flaw(part.protocol, Transform(1, part.transform, ipsec_attributes(part)))
        if problem:
            yield f"{part.protocol.label}: {problem}"


def _of_proposal(proposal: IkeProposal, config: Config, backend: Backend) -> Iterator[str]:
    name = proposal.auth.label
    for algorithm in (proposal.encryption, proposal.hash, proposal.group, proposal.auth):
        reason = backend.refusal(algorithm)
        if reason:
            yield f"the backend {backend.name} cannot do {algorithm.label}: {reason}"
            return
    try:
        CIPHERS[proposal.encryption].key.octets(proposal.key_length)
    except KeyLengthError as error:
        yield f"{proposal.encryption.label}: {error}"
    credentials = config.credentials
    match auth_of(proposal.auth):
        case None:
            yield f"no exchange authenticates by {name}"
        case Auth.PSK if credentials.psk is None and not credentials.psk_of:
            yield f"{name} without a pre-shared key"
        case Auth.SIGNATURE | Auth.ENCRYPTION | Auth.REVISED if credentials.private_key is None:
            yield f"{name} without a private key"
        case Auth.SIGNATURE | Auth.ENCRYPTION | Auth.REVISED if _other_kind(proposal, config):
            yield f"{name} with a private key of another kind ({_kind(config)})"
        case Auth.ENCRYPTION | Auth.REVISED as form:
            yield from _of_encryption(form, name, config)
        case Auth.HYBRID | Auth.HYBRID_RESPONDER if credentials.private_key is None and not _can_verify(config):
            yield f"{name} with neither a private key to sign with nor a trusted certificate to verify by"
        case Auth.HYBRID | Auth.HYBRID_RESPONDER if _other_kind(proposal, config):
            yield f"{name} with a private key of another kind ({_kind(config)})"


def _of_encryption(form: Auth, name: str, config: Config) -> Iterator[str]:
    """What keeps public key encryption from working: it needs the peer's key, and room in it for what is encrypted."""
    credentials = config.credentials
    known = credentials.peer_certificate
    if known is None and (form is Auth.ENCRYPTION or not credentials.trusted):
        yield f"{name} without the peer's certificate, whose key it encrypts to"
    if known is None:
        return
    bodies = [config.nonce_size]
    if form is Auth.ENCRYPTION:
        bodies.append(len(body_of(payload_of(config.identity))))
    try:
        check_encryption_key(known.public_key, bytes(max(bodies)))
    except CryptoFailure as failure:
        yield f"{name}: the peer's key: {failure}"


def _can_verify(config: Config) -> bool:
    return bool(config.credentials.trusted) or config.credentials.peer_key is not None


def _other_kind(proposal: IkeProposal, config: Config) -> bool:
    key = config.credentials.private_key
    return key is not None and key.kind is not AUTHENTICATIONS[proposal.auth].key


def _kind(config: Config) -> str:
    key = config.credentials.private_key
    return key.kind.value if key else ""
