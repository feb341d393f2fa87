"""Attacks on the authentication of users, and on what a gateway tells of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from isakmp.machine.authenticators import Passwords, StoredPassword
from isakmp.machine.codec import encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.config import Credentials
from isakmp.machine.configuration import message
from isakmp.machine.memory import Wire
from isakmp.machine.outputs import Output, PhaseTwoUp, Taken, UserAdmitted
from isakmp.machine.peer import Peer
from isakmp.machine.users import Answers
from isakmp.spec.payloads import ATTR, Header
from isakmp.spec.registries import AuthMethod, ConfigAttribute, ConfigType, ExchangeType, Flag
from tests.attacks.stage import ALICE, NOW, Role, pair, rows, sends
from tests.machine.ends import credentials

A = ConfigAttribute
USER, PASSWORD = "alice", b"correct horse"
STORED = {USER: StoredPassword.of(PASSWORD, b"salt of a test!!")}


def gateway_and_client(password: bytes = PASSWORD, **changes: object) -> tuple[Peer, Peer]:
    """Alice is the client; Bob the edge device, who has one key for a group, and wants to know who is there."""
    alice, bob = pair()
    return (
        Peer(replace(alice.config, xauth="client", user=Answers(USER, password)), alice.backend),
        Peer(replace(bob.config, xauth="edge", authenticator=Passwords(STORED), **changes), bob.backend),  # type: ignore[arg-type]
    )


def settle(alice: Peer, bob: Peer, exchange: str = "main") -> list[Output]:
    """Phase 1 and all that follows from it; the outputs of both."""
    wire = Wire(alice, bob, NOW)
    wire.put(Role.I, alice.initiate(exchange, Role.R, NOW))
    return [output for delivery in wire.deliver_all() for output in delivery.outputs]


def test_an_insider_that_poses_as_the_gateway_is_given_the_password() -> None:
    """All clients have the gateway's key: whoever holds it runs XAuth as the gateway would, and reads the answer."""
    alice, bob = gateway_and_client()
    insider = Peer(replace(bob.config, authenticator=Passwords({})), bob.backend)
    outputs = settle(alice, insider)
    told = {
        attribute.type: attribute.value
        for output in outputs
        if isinstance(output, Taken)
        for payload in output.chain.payloads
        if isinstance(payload, ATTR) and payload.type == ConfigType.REPLY
        for attribute in payload.attributes
    }
    assert told[A.XAUTH_USER_PASSWORD] == PASSWORD


@pytest.mark.parametrize("looks", [True, False], ids=["looks at the certificate", "does not"])
def test_hybrid_authentication_keeps_the_password_only_if_the_client_looks_at_the_certificate(
    monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    """The client alone is told who the other end is: a false gateway has a key and a certificate of its own making."""
    method = AuthMethod.HYBRID_INIT_RSA
    alice, false = pair(method)
    stranger = credentials(ALICE, AuthMethod.ECDSA_256).certificate
    assert stranger is not None
    client = replace(alice.config, user=Answers(USER, PASSWORD), credentials=Credentials(trusted=(stranger,)))
    if not looks:
        monkeypatch.setattr(type(alice.backend), "check_path", lambda *_: None)
    outputs = settle(
        Peer(client, alice.backend), Peer(replace(false.config, authenticator=Passwords({})), false.backend)
    )
    answers = [
        attribute.value
        for output in outputs
        if isinstance(output, Taken)
        for payload in output.chain.payloads
        if isinstance(payload, ATTR)
        for attribute in payload.attributes
    ]
    assert (PASSWORD in answers) is not looks


def test_a_quick_mode_before_the_user_is_known_is_refused() -> None:
    """The insider with the group's key leaves XAuth out."""
    alice, bob = gateway_and_client()
    silent = Peer(replace(alice.config, xauth=None, user=None), alice.backend)
    wire = Wire(silent, bob, NOW)
    wire.put(Role.I, silent.initiate("main", Role.R, NOW))
    for _ in wire.deliver_all():
        if silent.database.sas():
            break
    (sa,) = silent.database.sas()
    (qm1,) = sends(silent.quick(sa, Role.R, NOW))
    outputs = bob.receive(qm1, Role.I, NOW)
    assert "user_known" in rows(outputs)[0]
    assert not any(isinstance(output, PhaseTwoUp) for output in outputs)
    assert not any(run.table.exchange.name == "quick" for run in bob.database.runs())


def test_with_the_right_password_the_user_is_admitted() -> None:
    assert any(isinstance(output, UserAdmitted) for output in settle(*gateway_and_client()))


@pytest.mark.parametrize("tries", [1, 3])
def test_passwords_are_tried_a_few_times_only_and_then_the_sa_is_gone(tries: int) -> None:
    alice, bob = gateway_and_client(b"wrong", xauth_tries=tries)
    outputs = settle(alice, bob)
    asked = [
        payload
        for output in outputs
        if isinstance(output, Taken) and output.row.event.message == "TX1"
        for payload in output.chain.payloads
        if isinstance(payload, ATTR) and payload.type == ConfigType.REQUEST
    ]
    assert len(asked) == tries
    assert not any(isinstance(output, UserAdmitted) for output in outputs)
    assert not bob.database.sas()


def test_a_question_in_the_clear_is_not_answered() -> None:
    """APPLICATION_VERSION, from somebody who has no SA."""
    alice, bob = pair(hand_out={A.APPLICATION_VERSION: (b"model 1.0",)})
    asked = message(ConfigType.REQUEST, 1, [(A.APPLICATION_VERSION, b"")])
    (mm1,) = sends(alice.initiate("main", Role.R, NOW))
    (mm2,) = sends(bob.receive(mm1, Role.I, NOW))
    for cookies in (mm2[:16], bytes(7) + b"\1" + bytes(8)):
        header = Header(cookies[:8], cookies[8:], ExchangeType.TRANSACTION, Flag(0), 7)
        outputs = bob.receive(encode(Message(header, Payloads((asked,)))), Role.I, NOW)
        assert not sends(outputs)
