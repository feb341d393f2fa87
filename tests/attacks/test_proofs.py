"""Attacks on proofs and secrets: identities, signatures, public values, keys that came to be known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from isakmp.crypto.certificates import Certificate
from isakmp.crypto.deduction import Intruder
from isakmp.crypto.errors import InvalidPublicValue
from isakmp.crypto.registry import load_backend
from isakmp.crypto.symbolic import SymbolicBackend
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import IpsecProposal
from isakmp.machine.outputs import Taken
from isakmp.machine.peer import Peer
from isakmp.spec.groups import ModpGroup, group_facts
from isakmp.spec.payloads import ID, KE
from isakmp.spec.registries import AuthMethod, Group
from tests.attacks.stage import ALICE, BOB, NOW, Role, identity_in, pair, rows, sends, talk, up_to
from tests.machine.ends import PSK, credentials, ends

SIGNED = AuthMethod.ECDSA_256


# ---- identities ----


def test_who_answers_main_mode_with_signatures_reads_who_began_it() -> None:
    """The answer needs no proof before MM6: whoever made g^xr has the keys under which MM5 travels."""
    alice, bob = pair(SIGNED)
    false = Peer(replace(bob.config, credentials=replace(credentials(ALICE, SIGNED))), bob.backend)
    mm5 = up_to(4, alice, false)
    (taken, *_) = (output for output in false.receive(mm5, Role.I, NOW) if isinstance(output, Taken))
    assert [p.data for p in taken.chain.payloads if isinstance(p, ID)] == [ALICE.data]


def test_who_watches_aggressive_mode_reads_both_identities() -> None:
    alice, bob = pair()
    one, two, _ = (delivery.datagram for delivery in talk(alice, bob, "aggressive", quick=False).deliveries)
    assert (identity_in(one), identity_in(two)) == (ALICE.data, BOB.data)


def test_who_watches_main_mode_reads_no_identity() -> None:
    alice, bob = pair()
    for delivery in talk(alice, bob, quick=False).deliveries:
        message = decode(delivery.datagram)
        assert not any(isinstance(payload, ID) for payload in message.payloads)


def test_the_answer_to_aggressive_mode_tells_whether_an_identity_is_known() -> None:
    """Where one peer is expected, another name is refused and the right one answered: names can be tried."""
    alice, bob = pair()
    other = Peer(replace(alice.config, identity=BOB), alice.backend)
    known = bob.receive(up_to(0, alice, bob, "aggressive"), Role.I, NOW)
    unknown = bob.receive(sends(other.initiate("aggressive", Role.R, NOW))[0], Role.I, NOW)
    assert rows(known) == ["AGGR_R0.AM1"]
    assert rows(unknown)[0] == "AGGR_R0.AM1!identity:IDii"


# ---- who is who ----


def test_a_member_of_a_group_with_one_key_is_taken_for_any_other() -> None:
    alice, _ = pair()
    mallory, _ = pair()
    insider = Peer(replace(mallory.config, identity=BOB, peer_identity=None), mallory.backend)
    talk(alice, insider)
    assert [sa.peer_identity for sa in alice.database.sas()] == [BOB]


def test_who_knows_a_shared_key_is_anybody_to_its_owner() -> None:
    alice, bob = pair()
    thief = Peer(replace(bob.config, credentials=alice.config.credentials), bob.backend)
    talk(alice, thief)
    assert [sa.peer_identity for sa in alice.database.sas()] == [BOB]


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_who_knows_a_private_key_is_nobody_else_to_its_owner(exchange: str) -> None:
    alice, bob = pair(SIGNED)
    stolen = replace(bob.config.credentials, private_key=alice.config.credentials.private_key)
    thief = Peer(replace(bob.config, credentials=stolen), bob.backend)
    talk(alice, thief, exchange)
    assert not alice.database.sas()


def test_a_shared_key_that_came_to_be_known_opens_no_recorded_session() -> None:
    """Main mode with a pre-shared key, over free terms: the exponents are gone, and the keys with them."""
    backend = SymbolicBackend(seed=1)
    alice, bob = pair(backend=backend)
    run = talk(alice, bob)
    intruder = Intruder(backend.store, [PSK])
    intruder.learn(*(delivery.datagram for delivery in run.deliveries), PSK)
    sa = run.sas[Role.I]
    assert [intruder.derives(secret) for secret in (sa.skeyid, sa.skeyid_d, sa.skeyid_e)] == [True, False, False]


@pytest.mark.parametrize(("group", "derived"), [(None, True), (Group.ECP_256, False)], ids=["without KE", "with KE"])
def test_keys_of_quick_mode_follow_from_those_of_phase_1_unless_it_has_an_exchange_of_its_own(
    group: Group | None, derived: bool
) -> None:
    backend = SymbolicBackend(seed=1)
    alice, bob = pair(backend=backend, ipsec=(IpsecProposal(group=group),))
    run = talk(alice, bob)
    intruder = Intruder(backend.store, [PSK])
    intruder.learn(*(delivery.datagram for delivery in run.deliveries))
    keymat, sa = run.pairs[Role.I].inbound.keymat, run.sas[Role.I]
    assert not intruder.derives(keymat)
    intruder.learn(sa.skeyid_d, sa.skeyid_e)
    assert intruder.derives(keymat) is derived


def test_a_pair_without_integrity_is_agreed_on_where_both_want_it() -> None:
    """What ESP makes of it is beyond this model: the proposal is the only place where it can be refused."""
    bare = IpsecProposal(integrity=None)
    wanted, _ = pair(ipsec=(bare,))
    _, strict = pair()
    assert talk(*pair(ipsec=(bare,))).pairs[Role.I].inbound.suite.integrity is None
    assert not talk(wanted, strict).pairs


# ---- signatures ----


def with_signature(signature: bytes) -> Peer:
    """Alice, who has the right certificate and signs by nothing."""
    alice, _ = pair(SIGNED)

    class Forger(type(alice.backend)):  # type: ignore[misc]
        def sign(self, *_: object) -> bytes:
            return signature

    return Peer(alice.config, Forger(b"forger"))


@pytest.mark.parametrize(
    "signature", [b"", bytes(64), b"\1" * 64, b"\xff" * 64, b"\0"], ids=lambda s: f"{s[:1]!r}x{len(s)}"
)
@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_the_right_certificate_with_a_signature_that_is_none_proves_nothing(exchange: str, signature: bytes) -> None:
    alice, (_, bob) = with_signature(signature), pair(SIGNED)
    talk(alice, bob, exchange)
    assert not bob.database.sas()


def test_a_signature_with_short_padding_under_exponent_three_is_refused() -> None:
    """The cube root of a block with the right beginning, and anything behind it."""
    key = rsa.generate_private_key(public_exponent=3, key_size=2048)
    backend = load_backend("openssl")
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    public = backend.load_private_key(pem).public
    digest = b"\x5a" * 32
    block = b"\x00\x01" + b"\xff" * 8 + b"\x00" + digest
    target = int.from_bytes(block + b"\xff" * (256 - len(block)), "big")
    root = _cube_root(target)
    forged = root.to_bytes(256, "big")
    assert (root**3).to_bytes(256, "big").startswith(block)
    assert not backend.verify(AuthMethod.RSA_SIG, public, digest, forged)
    shorter = backend.load_private_key(pem)
    good = backend.sign(AuthMethod.RSA_SIG, shorter, digest)
    assert backend.verify(AuthMethod.RSA_SIG, public, digest, good)
    assert not backend.verify(
        AuthMethod.RSA_SIG, public, digest, backend.sign(AuthMethod.RSA_SIG, shorter, digest[:16])
    )
    assert not backend.verify(AuthMethod.RSA_SIG, public, digest, good + b"\0")


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


@pytest.mark.parametrize("cut", [0, 1, 4, 40, 200])
def test_a_certificate_that_cannot_be_read_ends_in_a_refusal(cut: int) -> None:
    alice, bob = pair(SIGNED)
    der = alice.config.credentials.certificate
    assert der is not None
    broken = Peer(
        replace(alice.config, credentials=replace(alice.config.credentials, certificate=_other(der, cut))),
        alice.backend,
    )
    talk(broken, bob)
    assert not bob.database.sas()


def _other(certificate: Certificate, cut: int) -> Certificate:
    return replace(certificate, der=certificate.der[:cut])


# ---- public values ----


def with_public(message: Message, public: bytes) -> bytes:
    payloads = tuple(KE(public) if isinstance(p, KE) else p for p in message.payloads)
    return encode(Message(message.header, Payloads(payloads)))


@pytest.mark.parametrize("which", ["0", "1", "p-1", "p", "longer"])
def test_public_values_that_fix_the_shared_one_are_refused(which: str) -> None:
    facts = group_facts(Group.MODP_1024)
    assert isinstance(facts, ModpGroup)
    prime, size = facts.prime, facts.public_octets
    values = {"0": 0, "1": 1, "p-1": prime - 1, "p": prime}
    public = bytes(size + 1) if which == "longer" else values[which].to_bytes(size, "big")
    alice, bob = ends(suite="aes128-sha256-modp1024")
    mm3 = up_to(2, alice, bob)
    outputs = bob.receive(with_public(decode(mm3), public), Role.I, NOW)
    assert rows(outputs)[0] == "MAIN_R1.MM3!ke_valid:KE"
    assert sends(bob.receive(mm3, Role.I, NOW))  # the true one is taken


def test_points_that_are_not_on_the_curve_are_refused() -> None:
    alice, bob = pair()
    mm3 = up_to(2, alice, bob)
    outputs = bob.receive(with_public(decode(mm3), b"\1" * 64), Role.I, NOW)
    assert rows(outputs)[0] == "MAIN_R1.MM3!ke_valid:KE"


@pytest.mark.parametrize("group", [Group(22), Group(23), Group(24)])
def test_elements_of_small_subgroups_are_refused(group: Group) -> None:
    facts = group_facts(group)
    assert isinstance(facts, ModpGroup)
    assert facts.order is not None
    cofactor = (facts.prime - 1) // facts.order
    small = next(f for f in range(2, 10_000) if cofactor % f == 0)
    element = next(e for base in range(2, 100) if (e := pow(base, (facts.prime - 1) // small, facts.prime)) != 1)
    assert pow(element, small, facts.prime) == 1
    with pytest.raises(InvalidPublicValue):
        load_backend("openssl").check_public(group, element.to_bytes(facts.public_octets, "big"))


def test_no_exponent_serves_twice() -> None:
    alice, bob = pair()
    publics = []
    for _ in range(5):
        for delivery in talk(alice, bob).deliveries:
            publics += [p.data for p in decode(delivery.datagram).payloads if isinstance(p, KE)]
    assert len(publics) == len(set(publics)) == 10
