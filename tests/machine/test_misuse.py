"""A configuration that cannot work is refused before anything begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, Credentials, Identity
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.peer import Peer
from isakmp.spec.registries import AuthMethod, ConfigAttribute, EncryptionAlgorithm, IdType
from tests.machine.ends import ALICE, BOB, config, credentials, proposal

SOUND = config(ALICE, BOB)
RSA = config(ALICE, BOB, AuthMethod.RSA_ENC)
ECDSA = credentials(ALICE, AuthMethod.ECDSA_256)
CASES = [
    (replace(SOUND, ike=()), "no proposal for phase 1"),
    (replace(SOUND, ipsec=()), "no proposal for phase 2"),
    (replace(SOUND, nonce_size=7), "a nonce of 7 octets; 8 to 256 are allowed"),
    (replace(SOUND, nonce_size=257), "a nonce of 257 octets"),
    (replace(SOUND, credentials=Credentials()), "pre-shared key without a pre-shared key"),
    (replace(SOUND, ike=(proposal(auth=AuthMethod.RSA_SIG),)), "RSA signatures without a private key"),
    (
        replace(SOUND, ike=(proposal(auth=AuthMethod.RSA_SIG),), credentials=credentials(ALICE, AuthMethod.ECDSA_256)),
        r"with a private key of another kind \(ECDSA\)",
    ),
    (replace(SOUND, ike=(proposal(auth=AuthMethod.HYBRID_INIT_RSA),)), "HybridInitRSA with neither a private key"),
    (replace(SOUND, ike=(proposal(auth=AuthMethod.RSA_ENC),)), "Encryption with RSA without a private key"),
    (
        replace(RSA, credentials=replace(RSA.credentials, private_key=ECDSA.private_key)),
        r"with a private key of another kind \(ECDSA\)",
    ),
    (
        replace(RSA, credentials=replace(RSA.credentials, peer_certificate=None)),
        "Encryption with RSA without the peer's certificate, whose key it encrypts to",
    ),
    (
        replace(RSA, credentials=replace(RSA.credentials, peer_certificate=ECDSA.certificate)),
        "the peer's key: public key encryption needs an RSA key, here is ECDSA",
    ),
    (replace(RSA, nonce_size=246), "246 octets do not fit under an RSA key of 2048 bits, which takes 245"),
    (
        replace(RSA, identity=Identity(IdType.KEY_ID, bytes(242))),
        "246 octets do not fit under an RSA key of 2048 bits, which takes 245",
    ),
    (
        replace(SOUND, hand_out={ConfigAttribute.INTERNAL_IP4_NETMASK: (b"\xff\xff\xff\x00",)}),
        "INTERNAL_IP4_NETMASK is handed out without INTERNAL_IP4_ADDRESS",
    ),
    (
        replace(
            SOUND, hand_out={ConfigAttribute.INTERNAL_IP6_NETMASK: (bytes(16),)}, address_pool=(b"\x0a\x00\x00\x01",)
        ),
        "INTERNAL_IP6_NETMASK is handed out without INTERNAL_IP6_ADDRESS",
    ),
    (replace(SOUND, xauth_tries=0), "0 tries of XAuth"),
    (replace(SOUND, address_pool=(b"10.3.0.1",)), "INTERNAL_IP4_ADDRESS of 8 octets is to be handed out"),
    (replace(SOUND, user_addresses={"joe": b""}), "INTERNAL_IP4_ADDRESS of 0 octets"),
    (replace(SOUND, hand_out={ConfigAttribute.INTERNAL_IP6_DNS: (bytes(4),)}), "INTERNAL_IP6_DNS of 4 octets"),
    (replace(SOUND, request=(ConfigAttribute.XAUTH_USER_NAME,)), "XAUTH-USER-NAME is asked for as a configuration"),
    (replace(SOUND, ike=(replace(proposal(), key_length=None),)), "Key Length attribute is missing"),
    (replace(SOUND, ike=(replace(proposal(), encryption=EncryptionAlgorithm.RC5_R16_B64_CBC),)), "cannot do"),
]


@pytest.mark.parametrize(("wrong", "reason"), CASES, ids=[reason[:60] for _, reason in CASES])
def test_it_is_refused_with_the_reason(wrong: Config, reason: str) -> None:
    with pytest.raises(LocalMisuse, match=reason):
        Peer(wrong, load_backend("openssl"))


def test_a_sound_configuration_is_taken() -> None:
    Peer(SOUND, load_backend("openssl"))
    netmask = {ConfigAttribute.INTERNAL_IP4_NETMASK: (b"\xff\xff\xff\x00",)}
    Peer(replace(SOUND, hand_out=netmask, address_pool=(b"\x0a\x00\x00\x01",)), load_backend("openssl"))
