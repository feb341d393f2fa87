"""Two ends for tests: configurations that fit together, keys and certificates that are made once and thrown away."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from isakmp.crypto.backend import Backend
from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, Credentials, Identity, IkeProposal, IpsecProposal
from isakmp.machine.peer import Peer
from isakmp.spec.algorithms import AUTHENTICATIONS, parse_suite
from isakmp.spec.carried import SEALING
from isakmp.spec.keying import Auth
from isakmp.spec.registries import AuthMethod
from tests.machine.certificates import authority, credentials_for

PSK = b"ikev1-test-psk"
ALICE, BOB = Identity.address("192.0.2.1"), Identity.address("192.0.2.2")
# 2026-11-23 00:00 UTC, inside the validity of the certificates below.
NOW = 1_795_392_000.0

ENCRYPTIONS = (AuthMethod.RSA_ENC, AuthMethod.RSA_REV_ENC)
SIGNATURES = (AuthMethod.RSA_SIG, AuthMethod.DSS_SIG, AuthMethod.ECDSA_256)


def proposal(suite: str = "aes256-sha256-modp2048", auth: AuthMethod = AuthMethod.PSK) -> IkeProposal:
    """A phase 1 proposal by the name of its suite."""
    found = parse_suite(suite)
    return IkeProposal(found.encryption, found.hash, auth, found.group, found.key_length_bits)


@lru_cache
def credentials(me: Identity, auth: AuthMethod) -> Credentials:
    """A shared key, or a certified key pair of the method's kind."""
    if AUTHENTICATIONS[auth].kind is Auth.PSK:
        return Credentials(psk=PSK)
    return credentials_for(me, auth, authority())


def config(
    me: Identity, other: Identity, auth: AuthMethod = AuthMethod.PSK, suite: str = "aes256-sha256-modp2048"
) -> Config:
    """The configuration of one end."""
    return Config(
        ike=(proposal(suite, auth),),
        ipsec=(IpsecProposal(),),
        identity=me,
        credentials=(
            replace(credentials(me, auth), peer_certificate=credentials(other, auth).certificate)
            if AUTHENTICATIONS[auth].kind in SEALING
            else credentials(me, auth)
        ),
        peer_identity=other,
    )


def ends(
    auth: AuthMethod = AuthMethod.PSK,
    suite: str = "aes256-sha256-modp2048",
    backend: Backend | None = None,
    **changes: object,
) -> tuple[Peer, Peer]:
    """An initiator and a responder that fit together; `changes` replace members of both configurations."""
    shared = backend or load_backend("openssl")
    alice, bob = config(ALICE, BOB, auth, suite), config(BOB, ALICE, auth, suite)
    return (
        Peer(replace(alice, **changes), shared),  # type: ignore[arg-type]
        Peer(replace(bob, **changes), shared),  # type: ignore[arg-type]
    )
