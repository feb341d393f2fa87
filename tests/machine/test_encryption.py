"""Authentication by public key encryption and by its revised mode (RFC 2409 sections 5.2 and 5.3).

What is expected of formulas is computed here, from the octets on the wire and the private keys, with hashlib, hmac and
the `cryptography` package.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from isakmp.crypto.registry import load_backend
from isakmp.machine.bodies import pad, unpad
from isakmp.machine.config import Identity
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import handshake
from isakmp.machine.outputs import Output, PhaseOneUp, Send, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.registries import AuthMethod, NotifyType, PayloadType
from isakmp.spec.terms import Role
from tests.machine.certificates import authority, credentials_for
from tests.machine.ends import ALICE, BOB, ENCRYPTIONS, NOW, ends, proposal
from tests.machine.test_handshake import COURSE, EXCHANGES, QUICK, course, problems

P = PayloadType
ENC, REVISED = ENCRYPTIONS
XAUTH = [m for m, facts in AUTHENTICATIONS.items() if facts.xauth and not facts.kind.hybrid]
BY_METHOD = pytest.mark.parametrize("auth", ENCRYPTIONS, ids=lambda a: a.name)
BY_EXCHANGE = pytest.mark.parametrize("exchange", EXCHANGES)


# ---- the wire, read without the codec --------------------------------------------------------------------------------


def payloads(datagram: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, start and end of each payload's body."""
    kind, at = datagram[16], 28
    while kind:
        end = at + int.from_bytes(datagram[at + 2 : at + 4])
        yield kind, at + 4, end
        kind, at = datagram[at], end


def body(datagram: bytes, wanted: PayloadType) -> bytes:
    return next(datagram[start:end] for kind, start, end in payloads(datagram) if kind == wanted)


def with_body(datagram: bytes, wanted: PayloadType, octets: bytes) -> bytes:
    """The datagram with the body of its first payload of a type replaced by another of the same length."""
    start, end = next((start, end) for kind, start, end in payloads(datagram) if kind == wanted)
    assert len(octets) == end - start
    return datagram[:start] + octets + datagram[end:]


def private(peer: Peer) -> rsa.RSAPrivateKey:
    key = peer.config.credentials.private_key
    assert key is not None
    assert isinstance(key.native, rsa.RSAPrivateKey)
    return key.native


def sent(outputs: tuple[Output, ...]) -> list[bytes]:
    return [output.datagram for output in outputs if isinstance(output, Send)]


def one(outputs: tuple[Output, ...]) -> bytes:
    (datagram,) = sent(outputs)
    return datagram


# ---- formulas --------------------------------------------------------------------------------------------------------


def prf(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha1")


def opened_by(cipher_key: bytes, bodies: list[bytes]) -> list[bytes]:
    """What bodies hold that are encrypted one behind the other, from the vector 0, with the padding of section 5.3."""
    iv, found = bytes(16), []
    for octets in bodies:
        decryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).decryptor()
        plain = decryptor.update(octets) + decryptor.finalize()
        assert plain.endswith(bytes(plain[-1]) + bytes([plain[-1]]))
        found.append(plain[: len(plain) - plain[-1] - 1])
        iv = octets[-16:]
    return found


def ephemeral(nonce: bytes, cookie: bytes) -> bytes:
    """Ke_i or Ke_r of 32 octets, where the prf gives 20: K1 | K2 with K1 = prf(Ne, 0), K2 = prf(Ne, K1)."""
    ne = prf(nonce, cookie)
    first = prf(ne, b"\0")
    return (first + prf(ne, first))[:32]


def brought(auth: AuthMethod, datagram: bytes, reader: Peer, cookie: bytes) -> tuple[bytes, bytes, bytes]:
    """Nonce, identity and public value of a message of aggressive mode, read with its receiver's private key."""
    key = private(reader)
    nonce = key.decrypt(body(datagram, P.NONCE), padding.PKCS1v15())
    if auth is ENC:
        return nonce, key.decrypt(body(datagram, P.ID), padding.PKCS1v15()), body(datagram, P.KE)
    kinds = [kind for kind, _, _ in payloads(datagram)]
    assert kinds.index(P.NONCE) < kinds.index(P.KE) < kinds.index(P.ID)
    public, identity, *_ = opened_by(ephemeral(nonce, cookie), [body(datagram, P.KE), body(datagram, P.ID)])
    return nonce, identity, public


@BY_METHOD
@pytest.mark.parametrize("named", [False, True], ids=["", "HASH(1)"])
def test_hashes_are_those_of_the_formulas(auth: AuthMethod, named: bool) -> None:
    alice, bob = ends(auth, "aes256-sha1-modp1024", encrypt_third_aggressive=False, name_peer_key=named)
    run = handshake(alice, bob, "aggressive", now=NOW)
    first, second, third = (delivery.datagram for delivery in run.deliveries[:3])
    cky_i, cky_r = second[:8], second[8:16]
    ni, idii, g_xi = brought(auth, first, bob, cky_i)
    nr, idir, g_xr = brought(auth, second, alice, cky_r)
    assert (idii[4:], idir[4:]) == (ALICE.data, BOB.data)
    skeyid = prf(hashlib.sha1(ni + nr).digest(), cky_i + cky_r)
    sai = body(first, P.SA)
    assert body(third, P.HASH) == prf(skeyid, g_xi + g_xr + cky_i + cky_r + sai + idii)
    assert body(second, P.HASH) == prf(skeyid, g_xr + g_xi + cky_r + cky_i + sai + idir)
    assert run.sas[Role.I].skeyid == skeyid
    certificate = bob.config.credentials.certificate
    assert certificate is not None
    assert (P.HASH in [kind for kind, _, _ in payloads(first)]) is named
    assert not named or body(first, P.HASH) == hashlib.sha1(certificate.der).digest()


def test_the_certificate_of_the_revised_mode_travels_in_the_chain_of_vectors() -> None:
    alice, bob = ends(REVISED, "aes256-sha1-modp1024")
    third = handshake(alice, bob, "main", now=NOW).deliveries[2].datagram
    assert [kind for kind, _, _ in payloads(third)] == [P.NONCE, P.KE, P.ID, P.CERT]
    nonce = private(bob).decrypt(body(third, P.NONCE), padding.PKCS1v15())
    *_, certificate = opened_by(ephemeral(nonce, third[:8]), [body(third, kind) for kind in (P.KE, P.ID, P.CERT)])
    assert alice.config.credentials.certificate is not None
    assert certificate == b"\4" + alice.config.credentials.certificate.der  # X.509 Certificate - Signature


@given(st.binary(max_size=70), st.sampled_from([8, 16]))
def test_padding_can_be_taken_off_and_is_always_there(octets: bytes, block: int) -> None:
    padded = pad(octets, block)
    assert len(padded) % block == 0
    assert 0 < len(padded) - len(octets) <= block
    assert unpad(padded, block) == octets


def test_the_last_octet_of_the_padding_does_not_count_itself() -> None:
    assert pad(b"abcde", 8) == b"abcde\0\0\2"
    assert pad(b"abcdefg", 8) == b"abcdefg\0"
    assert pad(b"abcdefgh", 8) == b"abcdefgh" + bytes(7) + b"\7"


@pytest.mark.parametrize("padded", [b"", b"abcdefg\1", b"abcdefg\x08", b"abcde\0\1\2"])
def test_other_padding_is_none(padded: bytes) -> None:
    assert unpad(padded, 8) is None


# ---- completion ------------------------------------------------------------------------------------------------------


@BY_EXCHANGE
@BY_METHOD
@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
@pytest.mark.parametrize("suite", ["3des-md5-modp1024", "aes256-sha1-ecp256"])
def test_keys_agree_when_the_key_is_named_and_vendors_are(
    exchange: str, auth: AuthMethod, backend: str, suite: str
) -> None:
    made = ends(auth, suite, load_backend(backend), name_peer_key=True, vendor_ids=(b"a vendor",))
    run = handshake(*made, exchange, now=NOW)
    assert problems(run) == []
    assert course(run) == COURSE[exchange] + QUICK
    assert run.keys_agree


@BY_EXCHANGE
@pytest.mark.parametrize("auth", XAUTH, ids=lambda a: a.name)
def test_the_methods_of_xauth_have_the_messages_of_their_base_form(exchange: str, auth: AuthMethod) -> None:
    run = handshake(*ends(auth), exchange, now=NOW, quick=False)
    assert problems(run) == []
    assert len(run.sas) == len(Role)
    assert run.sas[Role.I].skeyid_e == run.sas[Role.R].skeyid_e
    assert run.sas[Role.I].suite.auth is auth


@BY_METHOD
@BY_EXCHANGE
def test_no_ephemeral_key_is_kept(auth: AuthMethod, exchange: str) -> None:
    alice, bob = ends(auth)
    handshake(alice, bob, exchange, now=NOW)
    for run in (*alice.database.runs(), *bob.database.runs()):
        assert not {"Ne_i", "Ne_r", "Ke_i", "Ke_r"} & set(run.known.values.store)


@BY_EXCHANGE
def test_a_responder_of_the_revised_mode_answers_to_the_certificate_that_it_was_sent(exchange: str) -> None:
    alice, bob = ends(REVISED)
    bob = Peer(replace(bob.config, credentials=replace(bob.config.credentials, peer_certificate=None)), bob.backend)
    assert handshake(alice, bob, exchange, now=NOW).keys_agree


def test_a_responder_with_several_keys_takes_the_one_that_is_named() -> None:
    for named in (True, False):
        alice, bob = ends(ENC, name_peer_key=named)
        old, new = bob.config.credentials, credentials_for(BOB, ENC, authority())
        assert old.private_key is not None
        assert old.certificate is not None
        held = replace(
            old,
            private_key=new.private_key,
            certificate=new.certificate,
            other_keys=((old.private_key, old.certificate),),
        )
        run = handshake(alice, Peer(replace(bob.config, credentials=held), bob.backend), "main", now=NOW)
        assert run.keys_agree is named


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_an_initiator_without_the_peers_key_does_not_begin() -> None:
    alice, _ = ends(REVISED)
    alice = Peer(
        replace(alice.config, credentials=replace(alice.config.credentials, peer_certificate=None)), alice.backend
    )
    with pytest.raises(LocalMisuse, match="without the peer's certificate"):
        alice.initiate("main", "bob", NOW)
    assert not list(alice.database.runs())


def test_a_responder_that_knows_no_key_of_the_peer_refuses() -> None:
    alice, bob = ends(REVISED, send_certificate=False)
    bob = Peer(replace(bob.config, credentials=replace(bob.config.credentials, peer_certificate=None)), bob.backend)
    run = handshake(alice, bob, "main", now=NOW)
    assert not run.sas
    assert "no key of the peer is known to encrypt to" in problems(run)[0]


def test_aggressive_mode_cannot_negotiate_what_its_first_message_is_made_with() -> None:
    several = (proposal(auth=REVISED), proposal("3des-md5-modp2048", REVISED))
    alice, bob = ends(REVISED, ike=several)
    with pytest.raises(LocalMisuse, match="proposals with several ciphers or hashes"):
        alice.initiate("aggressive", "bob", NOW)
    assert handshake(alice, bob, "main", now=NOW).keys_agree


@BY_EXCHANGE
@BY_METHOD
def test_the_hash_of_another_certificate_is_refused(exchange: str, auth: AuthMethod) -> None:
    alice, bob = ends(auth, name_peer_key=True)
    strange = credentials_for(BOB, auth, authority())
    mistaken = replace(alice.config.credentials, peer_certificate=strange.certificate)
    run = handshake(Peer(replace(alice.config, credentials=mistaken), alice.backend), bob, exchange, now=NOW)
    assert not run.sas
    assert "HASH(1) is the hash of no certificate of this end" in problems(run)[0]


@BY_EXCHANGE
@BY_METHOD
@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_who_holds_another_private_key_cannot_complete(exchange: str, auth: AuthMethod, backend: str) -> None:
    alice, bob = ends(auth, backend=load_backend(backend))
    impostor = replace(bob.config.credentials, private_key=credentials_for(BOB, auth, authority()).private_key)
    run = handshake(alice, Peer(replace(bob.config, credentials=impostor), bob.backend), exchange, now=NOW)
    assert not run.sas
    assert problems(run)


def test_a_public_value_that_was_changed_is_discarded_and_the_true_one_taken() -> None:
    alice, bob = ends(REVISED)
    (first,) = sent(alice.initiate("main", "bob", NOW))
    (second,) = sent(bob.receive(first, "alice", NOW))
    (third,) = sent(alice.receive(second, "bob", NOW))
    octets = body(third, P.KE)
    forged = with_body(third, P.KE, octets[:-1] + bytes([octets[-1] ^ 1]))
    (taken,) = [o for o in bob.receive(forged, "alice", NOW) if isinstance(o, Taken) and o.problem][:1]
    assert taken.row.unless is not None
    assert taken.row.unless.name == "opens Ni"
    assert taken.problem is not None
    assert str(taken.problem.cite) == "RFC2409:5.3"
    (fourth,) = sent(bob.receive(third, "alice", NOW))
    (fifth,) = sent(alice.receive(fourth, "bob", NOW))
    assert any(isinstance(o, PhaseOneUp) for o in bob.receive(fifth, "alice", NOW))


def test_an_identity_that_policy_does_not_expect_fails_at_the_proof_and_is_named_in_the_log() -> None:
    alice, bob = ends(ENC, encrypt_third_aggressive=False)
    alice = Peer(replace(alice.config, identity=Identity.address("192.0.2.99")), alice.backend)
    run = handshake(alice, bob, "aggressive", now=NOW)
    assert Role.R not in run.sas
    assert any("IDii could not be used: the peer names itself otherwise" in problem for problem in problems(run))


@BY_METHOD
@BY_EXCHANGE
def test_a_changed_octet_behind_the_negotiation_keeps_both_ends_from_standing(exchange: str, auth: AuthMethod) -> None:
    # SAr_b is in no hash (RFC 2409 section 5): whoever changes its numbers is not found out, so MM2 is left alone.
    chance = random.Random(1)
    positions = (1, 3, 4, 5, 6) if exchange == "main" else (1, 3)
    for position in [position for position in positions for _ in range(12)]:
        alice, bob = ends(auth, "aes256-sha1-modp1024", name_peer_key=True)
        under_way, up, receivers = list(sent(alice.initiate(exchange, "bob", NOW))), 0, [bob, alice]
        for number in range(1, 7):
            if not under_way:
                break
            datagram = under_way[0]
            if number == position:
                at = chance.randrange(28, len(datagram))
                datagram = datagram[:at] + bytes([datagram[at] ^ 1 << chance.randrange(8)]) + datagram[at + 1 :]
            outputs = receivers[(number + 1) % 2].receive(datagram, ("alice", "bob")[(number + 1) % 2], NOW)
            up += sum(isinstance(output, PhaseOneUp) for output in outputs)
            under_way = [each for each in sent(outputs) if each[18] in (2, 4)]
        assert up < len(Role)


# ---- no oracle (Bleichenbacher; Felsch and others 2018) --------------------------------------------------------------


def ciphertexts(key: rsa.RSAPublicKey, form: str) -> bytes:
    """Ciphertext for the responder's key: with PKCS #1 padding or without, and what is inside."""
    size = key.key_size // 8
    numbers = key.public_numbers()
    match form:
        case "no padding":
            block = b"\0\3" + os.urandom(size - 2)
        case "padding without an end":
            block = b"\0\2" + b"\x55" * (size - 2)
        case _:
            inside = {"a wrong nonce": os.urandom(32), "three octets": b"abc", "nothing": b"", "200 octets": bytes(200)}
            return key.encrypt(inside[form], padding.PKCS1v15())
    return pow(int.from_bytes(block), numbers.e, numbers.n).to_bytes(size)


FORMS = ("a wrong nonce", "no padding", "padding without an end", "three octets", "nothing", "200 octets")


def shape(outputs: tuple[Output, ...]) -> list[object]:
    """What an outsider sees of a reaction (types, lengths and notifications of what is sent), and the row taken."""
    found: list[object] = [output.row.id for output in outputs if isinstance(output, Taken)]
    for datagram in sent(outputs):
        clear = not datagram[19] & 1
        seen = [(kind, end - start) for kind, start, end in payloads(datagram)] if clear else []
        told = [NotifyType(int.from_bytes(body(datagram, P.N)[6:8]))] if clear and (P.N in dict(seen)) else []
        found.append((len(datagram), datagram[16:20], seen, told))
    return found


def reaction(auth: AuthMethod, exchange: str, where: PayloadType, form: str) -> list[object]:
    """How a responder reacts to a message with that ciphertext in it, and to the initiator's true next one."""
    alice, bob = ends(auth)
    outputs = alice.initiate(exchange, "bob", NOW)
    if exchange == "main":
        outputs = alice.receive(one(bob.receive(one(outputs), "alice", NOW)), "bob", NOW)
    forged = with_body(one(outputs), where, ciphertexts(private(bob).public_key(), form))
    first = bob.receive(forged, "alice", NOW)
    return [*shape(first), *(shape(bob.receive(junk(first), "alice", NOW)))]


def junk(answers: tuple[Output, ...]) -> bytes:
    """An encrypted message as who does not know the keys makes it, behind the responder's answer."""
    header = sent(answers)[0]
    length = 28 + 48
    return header[:16] + bytes([P.HASH]) + header[17:19] + b"\1" + bytes(4) + length.to_bytes(4) + b"\x5a" * 48


@pytest.mark.parametrize("form", FORMS[1:])
@pytest.mark.parametrize(
    ("auth", "where"), [(ENC, P.NONCE), (ENC, P.ID), (REVISED, P.NONCE)], ids=["nonce", "identity", "revised"]
)
@BY_EXCHANGE
def test_a_ciphertext_without_padding_is_answered_as_a_wrong_nonce_is(
    exchange: str, auth: AuthMethod, where: PayloadType, form: str
) -> None:
    assert reaction(auth, exchange, where, form) == reaction(auth, exchange, where, FORMS[0])


def test_the_initiator_reacts_to_an_answer_without_padding_as_to_a_wrong_nonce() -> None:
    seen = []
    for form in FORMS:
        alice, bob = ends(ENC)
        answer, *_ = sent(bob.receive(one(alice.initiate("aggressive", "bob", NOW)), "alice", NOW))
        forged = with_body(answer, P.NONCE, ciphertexts(private(alice).public_key(), form))
        seen.append(shape(alice.receive(forged, "bob", NOW)))
    assert all(each == seen[0] for each in seen)
    assert "!hash:HASH_R" in str(seen[0][0])


def test_why_a_body_was_not_used_is_told_to_the_log_only() -> None:
    def outputs_of(form: str) -> tuple[Output, ...]:
        alice, bob = ends(ENC, encrypt_third_aggressive=False)
        (first,) = sent(alice.initiate("aggressive", "bob", NOW))
        forged = with_body(first, P.NONCE, ciphertexts(private(bob).public_key(), form))
        (answer,) = sent(bob.receive(forged, "alice", NOW))
        hashed = answer[:16] + bytes([P.HASH]) + answer[17:20] + bytes(4) + (64).to_bytes(4) + b"\0\0\0\x24" + bytes(32)
        return bob.receive(hashed, "alice", NOW)

    for form, why in (("three octets", "Ni could not be used: a nonce of 3 octets"), ("a wrong nonce", "")):
        (problem,) = [str(o.problem) for o in outputs_of(form) if isinstance(o, Taken) and o.problem]
        assert "HASH_I is not prf(SKEYID" in problem
        assert (why in problem) if why else ("could not be used" not in problem)


@BY_EXCHANGE
@BY_METHOD
@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_octets_that_nobody_encrypted_are_answered_as_a_wrong_nonce_is(
    exchange: str, auth: AuthMethod, backend: str
) -> None:
    seen = []
    for conforming in (True, False):
        alice, bob = ends(auth, backend=load_backend(backend))
        outputs = alice.initiate(exchange, "bob", NOW)
        if exchange == "main":
            outputs = alice.receive(one(bob.receive(one(outputs), "alice", NOW)), "bob", NOW)
        key = bob.config.credentials.private_key
        assert key is not None
        octets = bob.backend.pk_encrypt(key.public, bytes(32)) if conforming else b"\1" * 256
        first = bob.receive(with_body(one(outputs), P.NONCE, octets), "alice", NOW)
        seen.append([*shape(first), *shape(bob.receive(junk(first), "alice", NOW))])
    assert seen[0] == seen[1]
