"""The keys of a phase 1 that fails: who writes them to a file can read what it failed over."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.config import Credentials
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import KeysDerived, PhaseOneUp
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role
from tests.machine.certificates import authority
from tests.machine.ends import ALICE, BOB, NOW, config

I, R = Role.I, Role.R


def met(
    exchange: str, auth: AuthMethod = AuthMethod.PSK, refused: Credentials | None = None, *, tell_keys: bool = True
) -> Handshake:
    """An initiator, and a responder that has other credentials where they are given."""
    backend = load_backend("openssl")
    alice, bob = (replace(config(*who, auth), tell_keys=tell_keys) for who in ((ALICE, BOB), (BOB, ALICE)))
    if refused is not None:
        bob = replace(bob, credentials=refused)
    return handshake(Peer(alice, backend), Peer(bob, backend), exchange, now=NOW)


def derived(made: Handshake, role: Role) -> list[IsakmpSa]:
    """What an end has told of keys on the way, each key once."""
    outputs = chain(*made.started, *(each.outputs for each in made.deliveries if each.sender is role.other))
    found = {each.sa.cipher_key: each.sa for each in outputs if isinstance(each, KeysDerived)}
    return [sa for sa in found.values() if sa.role is role]


def up(made: Handshake) -> bool:
    return any(isinstance(output, PhaseOneUp) for each in made.deliveries for output in each.outputs)


def test_with_different_keys_each_end_tells_its_own() -> None:
    made = met("main", refused=Credentials(psk=b"another one"))
    ours, theirs = derived(made, I), derived(made, R)
    assert not up(made)
    assert len(ours) == len(theirs) == 1
    assert ours[0].cookies == theirs[0].cookies
    assert ours[0].cipher_key != theirs[0].cipher_key


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
def test_over_a_certificate_that_is_refused_both_ends_tell_the_same_keys(exchange: str) -> None:
    own = config(BOB, ALICE, AuthMethod.RSA_SIG).credentials
    made = met(exchange, AuthMethod.RSA_SIG, replace(own, trusted=(authority("Another CA").certificate,)))
    ours = made.sas.get(I) or derived(made, I)[0]  # in aggressive mode it comes to its end before it is refused
    assert R not in made.sas
    assert [sa.cipher_key for sa in derived(made, R)] == [ours.cipher_key]


def test_a_proof_that_is_wrong_in_the_second_message_of_aggressive_mode_leaves_keys_as_well() -> None:
    made = met("aggressive", refused=Credentials(psk=b"another one"))
    assert not up(made)
    (ours,) = derived(made, I)
    assert ours.skeyid_e


def test_keys_on_the_way_are_those_that_stand_in_the_end() -> None:
    made = met("main")
    (found,) = derived(made, I)
    assert (found.cookies, found.cipher_key) == (made.sas[I].cookies, made.sas[I].cipher_key)
    assert not derived(made, R)  # it needs them for the message by which it comes to its end


def test_nobody_is_told_who_has_not_asked_for_keys() -> None:
    made = met("main", refused=Credentials(psk=b"another one"), tell_keys=False)
    assert not derived(made, I)
    assert not derived(made, R)


def test_what_is_told_shows_no_key_where_it_is_printed() -> None:
    (sa,) = derived(met("main"), I)
    assert sa.cipher_key.hex() not in repr(KeysDerived(sa))
    assert repr(sa.cipher_key) not in repr(KeysDerived(sa))
