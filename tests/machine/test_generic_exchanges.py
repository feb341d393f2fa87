"""The exchanges that RFC 2408 alone defines, and hybrid authentication, between two peers."""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.codec import decode
from isakmp.machine.codec_message import Message
from isakmp.machine.config import Credentials
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import Authenticated, Ended, PhaseOneUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.layouts import Payload
from isakmp.spec.payloads import HASH, ID, KE, NONCE, SA
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role
from tests.machine.ends import ALICE, BOB, NOW, PSK, SIGNATURES, config, ends

I, R = Role.I, Role.R
BACKENDS = ("openssl", "seeded", "symbolic")
HYBRID = (
    AuthMethod.HYBRID_INIT_RSA,
    AuthMethod.HYBRID_RESP_RSA,
    AuthMethod.HYBRID_INIT_DSS,
    AuthMethod.HYBRID_RESP_DSS,
)


def rows(run: Handshake) -> list[str]:
    taken = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken)]
    return [o.row.id.split(".", 2)[2] for o in taken]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("auth", [AuthMethod.PSK, *SIGNATURES], ids=lambda a: a.name)
def test_the_base_exchange_comes_to_equal_keys(auth: AuthMethod, backend: str) -> None:
    run = handshake(*ends(auth, backend=load_backend(backend)), "base", now=NOW)
    assert rows(run)[:4] == ["BASE_R0.BM1", "BASE_I1.BM2", "BASE_R1.BM3", "BASE_I2.BM4"]
    assert run.keys_agree


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("auth", [AuthMethod.PSK, *SIGNATURES], ids=lambda a: a.name)
def test_authentication_only_makes_the_ends_known_and_no_keys(auth: AuthMethod, backend: str) -> None:
    run = handshake(*ends(auth, backend=load_backend(backend)), "authentication-only", now=NOW)
    assert rows(run) == ["AUTH_ONLY_R0.AO1", "AUTH_ONLY_I1.AO2", "AUTH_ONLY_R1.AO3"]
    assert (run.authenticated[I].peer_identity, run.authenticated[R].peer_identity) == (BOB, ALICE)
    assert not run.sas
    assert not run.pairs


def test_the_proofs_are_those_of_the_formulas() -> None:
    # RFC 2408 section 4.4 leaves AUTH open; that the octets are what spec/keying.py says is computed here by hand.
    run = handshake(*ends(suite="aes128-sha256-modp1024"), "base", now=NOW, quick=False)
    first, second, third, _ = (decode(delivery.datagram) for delivery in run.deliveries)
    cookies = second.header.cky_i + second.header.cky_r

    def body(message: Message, kind: type[Payload]) -> bytes:
        return message.body(message.chain.position(kind))

    skeyid = hmac.digest(PSK, body(first, NONCE) + body(second, NONCE), sha256)
    covered = body(third, KE) + cookies + body(first, SA) + body(third, ID)
    assert body(third, HASH) == hmac.digest(skeyid, covered, sha256)


@pytest.mark.parametrize("exchange", ["base", "authentication-only"])
@pytest.mark.parametrize("auth", [AuthMethod.PSK, AuthMethod.RSA_SIG], ids=lambda a: a.name)
def test_who_cannot_prove_itself_is_not_believed(exchange: str, auth: AuthMethod) -> None:
    alice, _ = ends(auth)
    stranger = config(BOB, ALICE, auth)
    other = Credentials(psk=b"another key") if auth is AuthMethod.PSK else replace(stranger.credentials, trusted=())
    run = handshake(alice, Peer(replace(stranger, credentials=other), load_backend("openssl")), exchange, now=NOW)
    assert R not in run.sas
    assert R not in run.authenticated
    problems = [o.problem for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.problem]
    assert problems


@pytest.mark.parametrize("exchange", ["base", "authentication-only"])
def test_every_octet_of_the_proven_messages_counts(exchange: str) -> None:
    """Whatever octet of a message in the middle changes, not both ends come to believe the other."""
    whole = handshake(*ends(), exchange, now=NOW, quick=False)
    for position in range(28, len(whole.deliveries[0].datagram), 3):
        alice, bob = ends()
        (sent,) = [o.datagram for o in alice.initiate(exchange, "bob", NOW) if isinstance(o, Send)]
        changed = bytearray(sent)
        changed[position] ^= 1
        up: list[object] = []
        waiting = [(bob, alice, bytes(changed))]
        while waiting:
            receiver, sender, datagram = waiting.pop(0)
            outputs = receiver.receive(datagram, "x" if receiver is bob else "bob", NOW)
            up += [o for o in outputs if isinstance(o, PhaseOneUp | Authenticated)]
            waiting += [(sender, receiver, o.datagram) for o in outputs if isinstance(o, Send)]
        assert len(up) < 2, position


def test_the_last_message_is_repeated_for_who_asks_again() -> None:
    alice, bob = ends()
    run = handshake(alice, bob, "authentication-only", now=NOW)
    again = alice.receive(run.deliveries[1].datagram, R, NOW + 1)
    assert [o.datagram for o in again if isinstance(o, Send)] == [run.deliveries[2].datagram]
    alice.tick(NOW + 100)
    bob.tick(NOW + 100)
    assert [*alice.database.runs(), *bob.database.runs()] == []


# ---- hybrid authentication -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("exchange", ["main", "aggressive"])
@pytest.mark.parametrize("auth", HYBRID, ids=lambda a: a.name)
def test_hybrid_authentication_comes_to_equal_keys(exchange: str, auth: AuthMethod, backend: str) -> None:
    run = handshake(*ends(auth, backend=load_backend(backend)), exchange, now=NOW, quick=False)
    assert set(run.sas) == {I, R}
    assert run.sas[I].skeyid_d == run.sas[R].skeyid_d


@pytest.mark.parametrize("auth", HYBRID, ids=lambda a: a.name)
def test_the_client_needs_no_key_pair_and_the_other_end_does(auth: AuthMethod) -> None:
    client = I if auth.name.startswith("HYBRID_INIT") else R
    alice, bob = config(ALICE, BOB, auth), config(BOB, ALICE, auth)
    bare = {I: alice, R: bob}
    bare[client] = replace(bare[client], credentials=Credentials(trusted=bare[client].credentials.trusted))
    backend = load_backend("openssl")
    run = handshake(Peer(bare[I], backend), Peer(bare[R], backend), "main", now=NOW, quick=False)
    assert set(run.sas) == {I, R}


def test_a_client_that_does_not_trust_the_gateway_ends_it() -> None:
    # hybrid-auth-05 section 6: the client alone can tell a false gateway.
    auth = AuthMethod.HYBRID_INIT_RSA
    stranger = replace(config(ALICE, BOB, auth), credentials=config(ALICE, BOB, AuthMethod.ECDSA_256).credentials)
    other = stranger.credentials.certificate
    assert other is not None
    trusting = Credentials(trusted=(other,))
    alice = Peer(replace(config(ALICE, BOB, auth), credentials=trusting), load_backend("openssl"))
    run = handshake(alice, Peer(config(BOB, ALICE, auth), load_backend("openssl")), "main", now=NOW)
    assert I not in run.sas
    ended = [o for d in run.deliveries for o in d.outputs if isinstance(o, Ended)]
    assert ended[0].state == "FAILED"
