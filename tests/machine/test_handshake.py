"""Two peers in memory: every exchange and method comes to the same keys at both ends, on every backend."""

from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Credentials, Identity, IpsecProposal
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import Discarded, Ended, PhaseOneUp, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.registries import AuthMethod, Group
from isakmp.spec.terms import Role
from tests.machine.certificates import authority, credentials_for
from tests.machine.ends import ALICE, BOB, ENCRYPTIONS, NOW, SIGNATURES, config, ends

EXCHANGES = ("main", "aggressive")
SUITES = (
    "aes128-sha1-modp1024", "aes256-sha512-modp1536", "3des-md5-modp1536", "des-sha1-modp1024",
    "aes192-sha384-modp3072", "blowfish256-sha256-modp2048", "cast128-sha1-modp1024", "camellia256-sha256-ecp256",
    "aes256-sha256-ecp521",
)  # fmt: skip
# What each row's name says, in the order of the wire (RFC 2409 sections 5.1, 5.4, 5.5).
COURSE = {
    "main": ["MAIN_R0.MM1", "MAIN_I1.MM2", "MAIN_R1.MM3", "MAIN_I2.MM4", "MAIN_R2.MM5", "MAIN_I3.MM6"],
    "aggressive": ["AGGR_R0.AM1", "AGGR_I1.AM2", "AGGR_R1.AM3"],
}
QUICK = ["QUICK_R0.QM1", "QUICK_I1.QM2", "QUICK_R1.QM3"]


def course(run: Handshake) -> list[str]:
    rows = [o.row.id for d in run.deliveries for o in d.outputs if isinstance(o, Taken)]
    return [row.split(".", 2)[2] for row in rows]


def problems(run: Handshake) -> list[str]:
    return [str(o.problem) for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.problem]


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
@pytest.mark.parametrize("auth", [AuthMethod.PSK, *SIGNATURES, *ENCRYPTIONS], ids=lambda a: a.name)
def test_both_ends_come_to_the_same_keys(exchange: str, backend: str, auth: AuthMethod) -> None:
    run = handshake(*ends(auth, backend=load_backend(backend)), exchange, now=NOW)
    assert problems(run) == []
    assert course(run) == COURSE[exchange] + QUICK
    assert run.keys_agree


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_comes_to_the_same_keys(suite: str) -> None:
    run = handshake(*ends(suite=suite), "main", now=NOW)
    assert run.keys_agree, problems(run)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_perfect_forward_secrecy_runs_an_exchange_of_its_own(exchange: str) -> None:
    run = handshake(*ends(ipsec=(IpsecProposal(group=Group.ECP_256),)), exchange, now=NOW)
    assert run.keys_agree
    without = handshake(*ends(), exchange, now=NOW)
    grown = len(run.deliveries[-3].datagram) - len(without.deliveries[-3].datagram)
    carried = 4 + 64 + 4  # the KE payload's header and element, the group attribute
    assert carried <= grown < carried + 16  # and padding to the cipher's block


def test_client_identities_are_agreed_on() -> None:
    one, two = Identity.subnet("10.1.0.0/24"), Identity.subnet("10.2.0.0/24")
    alice = Peer(replace(config(ALICE, BOB), local_network=one, remote_network=two), load_backend("openssl"))
    bob = Peer(replace(config(BOB, ALICE), local_network=two, remote_network=one), load_backend("openssl"))
    run = handshake(alice, bob, "main", now=NOW)
    assert run.keys_agree
    assert (run.pairs[Role.I].local, run.pairs[Role.I].remote) == (one, two)
    assert (run.pairs[Role.R].local, run.pairs[Role.R].remote) == (two, one)


def test_client_identities_that_policy_does_not_know_are_refused() -> None:
    one, two, three = (Identity.subnet(f"10.{n}.0.0/24") for n in (1, 2, 3))
    alice = Peer(replace(config(ALICE, BOB), local_network=one, remote_network=two), load_backend("openssl"))
    bob = Peer(replace(config(BOB, ALICE), local_network=three, remote_network=one), load_backend("openssl"))
    run = handshake(alice, bob, "main", now=NOW)
    assert not run.pairs
    assert any("not acceptable to local policy" in problem for problem in problems(run))


def test_the_third_aggressive_message_may_travel_in_the_clear() -> None:
    run = handshake(*ends(encrypt_third_aggressive=False), "aggressive", now=NOW)
    assert run.keys_agree
    assert run.deliveries[2].datagram[19] == 0


def test_a_wrong_shared_key_ends_main_mode_without_an_sa() -> None:
    alice, bob = ends()
    bob = Peer(replace(bob.config, credentials=Credentials(psk=b"another key")), bob.backend)
    run = handshake(alice, bob, "main", now=NOW)
    assert not run.sas
    assert "main-psk.R.MAIN_R2.malformed" in [
        o.row.id for d in run.deliveries for o in d.outputs if isinstance(o, Taken)
    ]


def test_a_wrong_shared_key_is_found_by_the_initiator_of_aggressive_mode() -> None:
    alice, bob = ends()
    bob = Peer(replace(bob.config, credentials=Credentials(psk=b"another key")), bob.backend)
    run = handshake(alice, bob, "aggressive", now=NOW)
    assert not run.sas
    assert problems(run)[0].startswith("offset")
    assert "HASH_R is not prf(SKEYID" in problems(run)[0]


def test_no_common_proposal_is_answered_and_leaves_no_state() -> None:
    alice, _ = ends(suite="aes128-sha1-modp1024")
    _, bob = ends(suite="aes256-sha256-modp2048")
    run = handshake(alice, bob, "main", now=NOW)
    assert not run.sas
    assert "no offered transform is acceptable" in problems(run)[0]
    assert not list(bob.database.runs())
    assert any(isinstance(o, Ended) for o in run.deliveries[0].outputs)
    # the notification reaches the initiator in the clear: a hint, on which it does not act (RFC 2408 section 5.14)
    told = ["INFO_I0.start", "INFO_R0.INFO", "MAIN_I1.error-notify-in-the-clear"]
    assert course(run) == ["MAIN_R0.MM1!acceptable:SA", *told]
    assert list(alice.database.runs())


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_certificate_of_a_stranger_is_refused(exchange: str) -> None:
    alice, bob = ends(AuthMethod.RSA_SIG)
    stranger = credentials_for(ALICE, AuthMethod.RSA_SIG, authority("Another CA"))
    stranger = replace(stranger, trusted=alice.config.credentials.trusted)
    alice = Peer(replace(alice.config, credentials=stranger), alice.backend)
    run = handshake(alice, bob, exchange, now=NOW)
    assert Role.R not in run.sas
    assert any("(RFC 2408 section 5.9)" in problem for problem in problems(run))


def test_a_certificate_for_another_name_is_refused() -> None:
    alice, bob = ends(AuthMethod.RSA_SIG)
    borrowed = credentials_for(Identity.address("192.0.2.77"), AuthMethod.RSA_SIG, authority())
    alice = Peer(replace(alice.config, credentials=borrowed), alice.backend)
    run = handshake(alice, bob, "main", now=NOW)
    assert not run.sas
    assert any("does not name the peer's identity" in problem for problem in problems(run))


def test_an_unexpected_name_is_refused() -> None:
    alice, bob = ends()
    bob = Peer(replace(bob.config, peer_identity=Identity.address("192.0.2.99")), bob.backend)
    run = handshake(alice, bob, "main", now=NOW)
    assert not run.sas
    assert any("names itself otherwise" in problem for problem in problems(run))


def test_no_output_shows_a_key() -> None:
    run = handshake(*ends(), "main", now=NOW)
    sa, pair = run.sas[Role.I], run.pairs[Role.I]
    shown = repr([o for d in run.deliveries for o in d.outputs if isinstance(o, PhaseOneUp)]) + repr(pair)
    for secret in (sa.skeyid, sa.skeyid_d, sa.skeyid_a, sa.skeyid_e, sa.cipher_key, pair.inbound.keymat):
        assert repr(secret) not in shown
        assert secret.hex() not in shown


def test_keys_never_cross_the_wire() -> None:
    run = handshake(*ends(), "main", now=NOW)
    sa = run.sas[Role.I]
    wire = b"".join(d.datagram for d in run.deliveries)
    for secret in (sa.skeyid, sa.skeyid_d, sa.skeyid_a, sa.skeyid_e, sa.cipher_key, run.pairs[Role.I].inbound.keymat):
        assert secret not in wire


def test_a_seeded_run_repeats_octet_for_octet() -> None:
    runs = [
        handshake(*ends(backend=load_backend("seeded", seed=seed)), "main", now=NOW)
        for seed in (b"one", b"one", b"two")
    ]
    octets = [[d.datagram for d in run.deliveries] for run in runs]
    assert octets[0] == octets[1]
    assert octets[0] != octets[2]


def test_nothing_is_discarded_on_the_way() -> None:
    run = handshake(*ends(), "main", now=NOW)
    assert not [o for d in run.deliveries for o in d.outputs if isinstance(o, Discarded)]
