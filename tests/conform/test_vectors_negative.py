"""Vectors that have to be rejected: a peer that has come as far rejects them, for the reason that they give."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from isakmp.conform.vectors.courses import Plan
from isakmp.conform.vectors.document import Writer
from isakmp.conform.vectors.negatives import NotRejected, negatives
from isakmp.conform.vectors.recording import Stage
from isakmp.machine import checks
from isakmp.machine.outputs import Discarded, Taken
from isakmp.spec.events import Action
from isakmp.spec.registries import AuthMethod, Group
from isakmp.spec.terms import Role
from tests.conform.vectors import ROOT, messages, planned

PLANS = {
    "main": planned("main"),
    "main-rsa": planned("main", AuthMethod.RSA_SIG),
    "main-rev": planned("main", AuthMethod.RSA_REV_ENC),
    "aggressive": planned("aggressive", suite="aes128-sha256-ecp256"),
    "base": planned("base"),
    "only": planned("authentication-only"),
    "quick-pfs": planned("quick", pfs=Group.MODP_1024),
    "new-group": planned("new-group"),
    "transaction": planned("transaction"),
    "informational": planned("informational"),
    "informational-clear": planned("informational-clear"),
}
SCHEMA = json.loads((ROOT / "conform" / "schemas" / "ikev1-vectors-1.schema.json").read_text())


def rejected(plan: Plan) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The document of a plan, and what has to be rejected."""
    writer = Writer(plan, plan.play())
    return writer.document(), list(negatives(plan, writer))


@cache
def made(name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The same, once."""
    return rejected(PLANS[name])


def delivered(stage: Stage, one: dict[str, Any], datagram: str) -> list[Taken | Discarded]:
    """What a peer that has come to a message makes of a datagram in its place."""
    receiver = Role(one["to"])
    outputs = stage.peers[receiver].receive(bytes.fromhex(datagram), receiver.other, stage.now)
    return [output for output in outputs if isinstance(output, Taken | Discarded)]


@pytest.mark.parametrize("name", PLANS)
def test_what_has_to_be_rejected_is_of_the_published_form_and_has_a_name_of_its_own(name: str) -> None:
    document, found = made(name)
    jsonschema.validate(document | {"negative": found}, SCHEMA, cls=jsonschema.Draft202012Validator)
    places = [(one["message"], one["name"]) for one in found]
    assert len(places) == len(set(places)) > 20


@pytest.mark.parametrize("name", PLANS)
def test_a_peer_rejects_it_and_takes_the_honest_message_afterwards_unless_it_has_given_up(name: str) -> None:
    document, found = made(name)
    honest = {one["number"]: one for one in messages(document)}
    first_ones = {exchange["messages"][0]["number"] for exchange in document["exchanges"]}  # these begin anew
    for one in found[::7]:
        stage = PLANS[name].play(one["message"])
        first = delivered(stage, one, one["datagram"])[0]
        if isinstance(first, Taken):
            assert (first.row.id, Action.ACCEPT in first.row.actions) == (one["row"], False)
        else:
            assert one["row"] is None
        then = delivered(stage, one, honest[one["message"]]["datagram"])[0]
        taken = isinstance(then, Taken) and Action.ACCEPT in then.row.actions
        assert taken is (one["message"] in first_ones or not one["ends"]), one["name"]


def test_every_kind_of_check_has_something_that_fails_it() -> None:
    guards = {one["guard"].split()[0] for name in PLANS for one in made(name)[1] if one["guard"]}
    assert guards >= {
        "fits", "acceptable", "offered", "ke_valid", "nonce_length", "identity", "hash", "signature", "protected_hash",
        "pfs_as_negotiated",
    }  # fmt: skip


def test_what_an_end_has_sent_itself_is_rejected_where_it_comes_back() -> None:
    for name, numbers in (("main", {6}), ("quick-pfs", {8, 9})):
        document, found = made(name)
        sent = {one["number"]: one["datagram"] for one in messages(document)}
        reflected = [one for one in found if one["name"].endswith(".reflected")]
        assert {one["message"] for one in reflected} == numbers
        assert all(one["datagram"] == sent[one["message"] - 1] for one in reflected)


def test_both_ends_have_something_to_reject_at_each_message() -> None:
    _, found = made("main")
    assert {(one["message"], one["to"]) for one in found} == {
        (number, "responder" if number % 2 else "initiator") for number in range(1, 7)
    }


def test_it_is_what_its_plaintext_is_under_key_and_vector() -> None:
    document, found = made("quick-pfs")
    keys = [bytes.fromhex(v["value"]) for m in messages(document) for v in m["computes"] if v["name"] == "Ka"]
    sealed = [one for one in found if "encryption" in one]
    assert len(sealed) > 100
    for one in sealed:
        encryptor = Cipher(AES(keys[0]), CBC(bytes.fromhex(one["encryption"]["iv"]))).encryptor()
        assert encryptor.update(bytes.fromhex(one["encryption"]["plaintext"])).hex() == one["datagram"][56:]


@pytest.mark.parametrize("name", ["main-rsa", "quick-pfs"])
def test_the_same_seed_gives_the_same(name: str) -> None:
    assert rejected(PLANS[name]) == made(name)


def test_a_model_that_takes_what_it_has_to_reject_gives_no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lenient:
        @staticmethod
        def compare_digest(_: bytes, __: bytes) -> bool:
            return True

    monkeypatch.setattr(checks, "hmac", Lenient)
    with pytest.raises(NotRejected, match=r"MM5\.hash-bit"):
        rejected(PLANS["main"])
