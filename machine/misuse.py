"""What is wrong with a configuration, found before anything begins, and not in the middle of an exchange."""

from __future__ import annotations

from collections.abc import Iterator

from isakmp.crypto.backend import Backend
from isakmp.machine.config import Config, IkeProposal
from isakmp.machine.methods import auth_of
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, KeyLengthError
from isakmp.spec.keying import Auth
from isakmp.spec.payloads import NONCE_OCTETS


def problems(config: Config, backend: Backend) -> Iterator[str]:
    """Everything that keeps a configuration from working, each in a sentence."""
    if not config.ike:
        yield "there is no proposal for phase 1"
    if not config.ipsec:
        yield "there is no proposal for phase 2"
    if config.nonce_size not in NONCE_OCTETS:
        yield f"a nonce of {config.nonce_size} octets; {NONCE_OCTETS.start} to {NONCE_OCTETS.stop - 1} are allowed"
    if (config.local_network is None) is not (config.remote_network is None):
        yield "only one of the two client identities is given"
    for proposal in config.ike:
        yield from _of_proposal(proposal, config, backend)


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
        case Auth.PSK if credentials.psk is None:
            yield f"{name} without a pre-shared key"
        case Auth.SIGNATURE if credentials.private_key is None:
            yield f"{name} without a private key"
        case Auth.SIGNATURE if credentials.private_key and credentials.private_key.kind is not _key_kind(proposal):
            yield f"{name} with a private key of another kind ({credentials.private_key.kind.value})"


def _key_kind(proposal: IkeProposal) -> object:
    return AUTHENTICATIONS[proposal.auth].key
