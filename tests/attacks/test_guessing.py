"""Pre-shared keys found by guessing, from the octets and by hand."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from isakmp.machine.codec import decode
from isakmp.machine.natt import Endpoint
from isakmp.machine.peer import Peer
from isakmp.spec import keying as k
from isakmp.spec.exchanges import find
from isakmp.spec.exposure import Stance, guessable
from isakmp.spec.payloads import HASH, ID, KE, NAT_D, NONCE, SA
from isakmp.spec.registries import PayloadType
from tests.attacks.stage import (
    BLOCK,
    HEADER,
    NOW,
    Role,
    aes_cbc,
    pair,
    sends,
    sha256_prf,
    talk,
    up_to,
)
from tests.machine.ends import PSK

WORDS = [b"secret", b"123456", PSK, b"letmein"]


def bodies(datagram: bytes) -> dict[type, bytes]:
    message = decode(datagram)
    return {type(payload): message.body(index) for index, payload in enumerate(message.payloads)}


def test_who_sees_aggressive_mode_finds_a_weak_key() -> None:
    alice, bob = pair()
    am1, am2 = (delivery.datagram for delivery in talk(alice, bob, "aggressive").deliveries[:2])
    one, two = bodies(am1), bodies(am2)
    covered = two[KE] + one[KE] + am2[8:16] + am2[:8] + one[SA] + two[ID]
    found = [word for word in WORDS if sha256_prf(sha256_prf(word, one[NONCE] + two[NONCE]), covered) == two[HASH]]
    assert found == [PSK]


def test_who_answers_main_mode_finds_a_weak_key() -> None:
    """Whoever poses as the responder holds its own exponent: each guess gives keys that open MM5, or do not."""
    alice, bob = pair()
    false = Peer(replace(bob.config, credentials=replace(bob.config.credentials, psk=b"no idea")), bob.backend)
    mm5 = up_to(4, alice, false)
    (run,) = false.database.runs()
    known = run.known.values
    shared, iv = known[k.G_XY], known[k.IV_PHASE_1]
    seed = shared + known[k.CKY_I] + known[k.CKY_R]
    found = []
    for word in WORDS:
        skeyid = sha256_prf(word, known[k.NI] + known[k.NR])
        skeyid_d = sha256_prf(skeyid, seed + b"\0")
        skeyid_a = sha256_prf(skeyid, skeyid_d + seed + b"\1")
        skeyid_e = sha256_prf(skeyid, skeyid_a + seed + b"\2")
        plain = aes_cbc(skeyid_e[:BLOCK], iv, mm5[HEADER:], decrypt=True)
        if plain[0] == PayloadType.HASH and plain[1] == 0 and plain[2:4] == b"\0\x0c":
            covered = known[k.G_XI] + known[k.G_XR] + seed[len(shared) :] + known[k.SAI] + plain[4:12]
            assert plain[16:48] == sha256_prf(skeyid, covered)
            found.append(word)
    assert found == [PSK]


def test_who_begins_main_mode_gets_nothing_to_guess_against() -> None:
    """The responder speaks after MM5 only: what it has sent before does not depend on the key."""
    alice, bob = pair()
    sent = []
    for psk in (b"one key", b"another key"):
        peer = Peer(replace(bob.config, credentials=replace(bob.config.credentials, psk=psk)), pair()[1].backend)
        false = Peer(replace(alice.config, credentials=replace(alice.config.credentials, psk=b"x")), pair()[0].backend)
        mm4 = up_to(3, false, peer)
        (mm5,) = sends(false.receive(mm4, Role.R, NOW))
        peer.receive(mm5, Role.I, NOW)
        assert not peer.database.sas()
        sent.append(mm4)
    assert sent[0] == sent[1]


@pytest.mark.parametrize("exchange", ["aggressive", "main"])
def test_the_exposure_that_is_computed_from_the_templates_says_the_same(exchange: str) -> None:
    (found,) = find(exchange, k.Auth.PSK)
    passive, active = guessable(found, Stance.PASSIVE), guessable(found, Stance.AS_RESPONDER)
    assert (passive, active) == {"aggressive": ("AM2", None), "main": (None, "MM5")}[exchange]


def test_an_address_behind_a_nat_is_found_from_its_hash() -> None:
    """Who sees the cookies tries the addresses of a private network, by hand, until a hash is the one that was sent."""
    inside, gateway = Endpoint("10.0.3.7", 500), Endpoint("192.0.2.2", 500)
    alice, bob = pair()
    alice = Peer(replace(alice.config, endpoint=inside), alice.backend)
    bob = Peer(replace(bob.config, endpoint=gateway), bob.backend)
    seen = Endpoint("198.51.100.9", 40_500)
    (mm1,) = sends(alice.initiate("main", gateway, NOW))
    (mm2,) = sends(bob.receive(mm1, seen, NOW))
    (mm3,) = sends(alice.receive(mm2, gateway, NOW))
    hashes = [payload.data for payload in decode(mm3).payloads if isinstance(payload, NAT_D)]
    assert len(hashes) == 2
    found = [
        f"10.0.{third}.{fourth}"
        for third in range(8)
        for fourth in range(256)
        if sha256(mm3[:16] + bytes((10, 0, third, fourth)) + (500).to_bytes(2, "big")).digest() in hashes
    ]
    assert found == ["10.0.3.7"]
