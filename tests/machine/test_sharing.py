"""Several pre-shared keys at one end: who the peer says it is chooses, where it says so before there are keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Config, Credentials, Identity
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import Ended, Taken
from isakmp.machine.peer import Peer
from isakmp.spec.exchanges import PHASE_1_NAMES, phase_1_forms
from isakmp.spec.keying import Auth
from isakmp.spec.registries import IdType, NotifyType
from isakmp.spec.terms import Role
from tests.machine.ends import BOB, config

ALICE, CAROL, DAVE = (Identity.fqdn(f"{name}.example") for name in ("alice", "carol", "dave"))
KEYS: Mapping[Identity, bytes] = {ALICE: b"the key of alice", CAROL: b"the key of carol"}
EARLY = ("aggressive", "base")
"""The exchanges in which an initiator says who it is before its key is needed (RFC 2409 section 5.4, RFC 2408 4.4)."""


def end(me: Identity, other: Identity | None, shared: Credentials, *answers: str) -> Config:
    return replace(config(me, BOB), peer_identity=other, credentials=shared, exchanges=frozenset(answers))


def between(initiator: Config, responder: Config, exchange: str) -> Handshake:
    backend = load_backend("openssl")
    return handshake(Peer(initiator, backend), Peer(responder, backend), exchange)


def answered(me: Identity, psk: bytes, shared: Credentials, exchange: str) -> Handshake:
    """An initiator with one key, and a responder that shares several."""
    return between(end(me, BOB, Credentials(psk=psk)), end(BOB, None, shared, exchange), exchange)


@pytest.mark.parametrize("exchange", EARLY)
@pytest.mark.parametrize("me", KEYS)
def test_a_responder_takes_the_key_of_who_the_initiator_says_it_is(exchange: str, me: Identity) -> None:
    assert answered(me, KEYS[me], Credentials(psk_of=KEYS), exchange).succeeded


@pytest.mark.parametrize("exchange", ["aggressive", "authentication-only"])
def test_an_initiator_takes_the_key_of_who_the_responder_says_it_is(exchange: str) -> None:
    shared = Credentials(psk_of={BOB: b"the key of bob", **KEYS})
    responder = end(BOB, None, Credentials(psk=b"the key of bob"), exchange)
    assert between(end(ALICE, None, shared), responder, exchange).succeeded


@pytest.mark.parametrize("exchange", EARLY)
def test_the_key_of_another_identity_proves_nothing(exchange: str) -> None:
    assert not answered(ALICE, KEYS[CAROL], Credentials(psk_of=KEYS), exchange).succeeded


def test_ports_of_an_identity_do_not_hide_whose_key_it_is() -> None:
    me = replace(ALICE, protocol=17, port=500)
    assert answered(me, KEYS[ALICE], Credentials(psk_of=KEYS), "aggressive").succeeded


@pytest.mark.parametrize("other", [DAVE, Identity(IdType.USER_FQDN, ALICE.data)])
def test_who_is_unknown_is_refused_by_name_and_told_so(other: Identity) -> None:
    made = answered(other, KEYS[ALICE], Credentials(psk_of=KEYS), "aggressive")
    (first, told) = made.deliveries
    (taken, *_) = (output for output in first.outputs if isinstance(output, Taken))
    assert taken.row.id == "aggressive-psk.R.AGGR_R0.AM1!identity:IDii"
    assert taken.problem is not None
    assert taken.problem.cite == "RFC2409:5.4"
    assert "no key is shared" in taken.problem.detail
    assert any(isinstance(output, Ended) for output in first.outputs)
    assert NotifyType.INVALID_ID_INFORMATION.to_bytes(2) in told.datagram
    assert not made.sas


def test_the_key_for_all_others_is_for_who_is_unknown_and_for_nobody_else() -> None:
    shared = Credentials(psk=b"for all others", psk_of=KEYS)
    assert answered(DAVE, b"for all others", shared, "aggressive").succeeded
    assert answered(ALICE, KEYS[ALICE], shared, "aggressive").succeeded
    assert not answered(ALICE, b"for all others", shared, "aggressive").succeeded


def test_in_main_mode_the_address_has_chosen_already_whoever_it_turns_out_to_be() -> None:
    shared = Credentials(psk=b"of that address", psk_of=KEYS)
    assert answered(ALICE, b"of that address", shared, "main").succeeded
    assert not answered(ALICE, KEYS[ALICE], shared, "main").succeeded


def test_keys_by_identity_alone_are_refused_for_main_mode_before_anything_begins() -> None:
    backend = load_backend("openssl")
    with pytest.raises(LocalMisuse, match=r"main mode with pre-shared keys by identity alone.*RFC 2409 section 5.4"):
        Peer(end(BOB, None, Credentials(psk_of=KEYS), "main", "aggressive"), backend)
    initiator = Peer(end(ALICE, BOB, Credentials(psk_of=KEYS)), backend)
    with pytest.raises(LocalMisuse, match="main mode with pre-shared keys by identity alone"):
        initiator.initiate("main", "the other end", 0.0)


def test_which_exchanges_say_early_who_is_there_follows_from_their_messages() -> None:
    early = {name: [role for role in Role if phase_1_forms(name)[Auth.PSK].names_early(role)] for name in PHASE_1_NAMES}
    assert early == {
        "main": [],
        "aggressive": [Role.I, Role.R],
        "base": [Role.I],  # the responder says it in the last message, after the other's proof
        "authentication-only": [Role.R],  # and there the initiator does
    }
