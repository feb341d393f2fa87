"""User authentication and configuration between two peers: rounds, tries, refusals, and what may not come before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pyotp
import pytest

from isakmp.crypto.registry import load_backend
from isakmp.machine.authenticators import (
    Accept,
    Ask,
    ChapPasswords,
    Conversation,
    Passwords,
    Random,
    Reject,
    StoredPassword,
    Values,
    Verdict,
)
from isakmp.machine.config import Config, Timers
from isakmp.machine.configuration import message
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.one_time import OneTimeCodes, OneTimePasswords, OtpEntry
from isakmp.machine.outputs import Configured, Ended, PhaseOneUp, Send, Taken, UserAdmitted, XauthNeeded
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.users import Answers
from isakmp.spec.algorithms import AUTHENTICATIONS
from isakmp.spec.payloads import ATTR, Attribute
from isakmp.spec.registries import AuthMethod, ConfigAttribute, ConfigType, ExchangeType, XauthStatus, XauthType
from isakmp.spec.terms import Role
from isakmp.spec.xauth import XAUTH_VENDOR_ID
from tests.machine.ends import ALICE, BOB, NOW, config
from tests.machine.network import Network

A = ConfigAttribute
I, R = Role.I, Role.R
BACKENDS = ("openssl", "seeded", "symbolic")
XAUTH = [method for method, facts in AUTHENTICATIONS.items() if facts.xauth]
SUITE = "aes128-sha256-modp1024"
STORED = {"joe": StoredPassword.of(b"foobar", b"salt")}
JOE = Answers("joe", b"foobar")
ADDRESS, DNS = bytes([10, 3, 0, 1]), bytes([10, 3, 0, 53])


def client_role(auth: AuthMethod) -> Role:
    client = AUTHENTICATIONS[auth].client
    assert client is not None
    return client


def configs(auth: AuthMethod = AuthMethod.XAUTH_INIT_PSK, **changes: Any) -> dict[Role, Config]:
    """Both ends of a method of XAuth; changes named `edge_...` and `client_...` are of one end alone."""
    client = client_role(auth)
    made = {I: config(ALICE, BOB, auth, SUITE), R: config(BOB, ALICE, auth, SUITE)}
    own: dict[Role, dict[str, object]] = {client: {"user": JOE}, client.other: {"authenticator": Passwords(STORED)}}
    for name, value in changes.items():
        whose, _, field = name.partition("_")
        own[client if whose == "client" else client.other][field] = value
    return {role: replace(made[role], **own[role]) for role in Role}  # type: ignore[arg-type]


def peers(auth: AuthMethod = AuthMethod.XAUTH_INIT_PSK, backend: str = "openssl", **changes: Any) -> tuple[Peer, Peer]:
    shared = load_backend(backend)
    made = configs(auth, **changes)
    return Peer(made[I], shared), Peer(made[R], shared)


def played(auth: AuthMethod = AuthMethod.XAUTH_INIT_PSK, backend: str = "openssl", **changes: Any) -> Handshake:
    return handshake(*peers(auth, backend, **changes), "main", now=NOW)


def reasons(run: Handshake) -> list[str]:
    """Why XAuth ended at either end."""
    outputs = [o for d in run.deliveries for o in d.outputs]
    return [o.reason for o in outputs if isinstance(o, Ended) and o.exchange == "xauth"]


def told(run: Handshake) -> list[ATTR]:
    """The attributes of all transaction exchanges, as they were taken."""
    taken = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.row.event.message]
    return [p for o in taken if o.row.exchange == "transaction" for p in o.chain.payloads if isinstance(p, ATTR)]


def kinds(run: Handshake) -> list[str]:
    return [ConfigType(one.type).name for one in told(run)]


def one(kind: ConfigAttribute, value: bytes) -> tuple[tuple[ConfigAttribute, bytes], ...]:
    return ((kind, value),)


ONE_ROUND = ["REQUEST", "REPLY", "SET", "ACK"]

# ---- who asks, who answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("auth", XAUTH, ids=lambda auth: auth.name)
def test_a_user_is_authenticated_before_quick_mode_in_each_method(auth: AuthMethod, backend: str) -> None:
    run = played(auth, backend)
    client = client_role(auth)
    assert kinds(run) == ONE_ROUND
    assert run.users[client.other].user == "joe"
    assert run.users[client].user == ""
    assert run.keys_agree


def test_policy_demands_a_user_where_the_method_does_not() -> None:
    psk = AuthMethod.PSK
    alice = replace(config(ALICE, BOB, psk, SUITE), xauth="client", user=JOE)
    bob = replace(config(BOB, ALICE, psk, SUITE), xauth="edge", authenticator=Passwords(STORED))
    backend = load_backend("openssl")
    run = handshake(Peer(alice, backend), Peer(bob, backend), "main", now=NOW)
    assert kinds(run) == ONE_ROUND
    assert run.keys_agree


def test_ends_without_xauth_begin_no_transaction() -> None:
    backend = load_backend("openssl")
    alice, bob = (Peer(config(me, other, suite=SUITE), backend) for me, other in ((ALICE, BOB), (BOB, ALICE)))
    run = handshake(alice, bob, "main", now=NOW)
    assert told(run) == []
    assert run.keys_agree
    assert all(XAUTH_VENDOR_ID not in delivery.datagram for delivery in run.deliveries)


def test_both_ends_announce_xauth_and_say_that_it_is_needed() -> None:
    run = played()
    assert all(XAUTH_VENDOR_ID in run.deliveries[number].datagram for number in (0, 1))  # in the clear: MM1, MM2
    needed = {d.sender.other: o.client for d in run.deliveries for o in d.outputs if isinstance(o, XauthNeeded)}
    assert needed == {I: True, R: False}


# ---- rounds, tries ---------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_asked_for_again_and_the_tries_are_counted() -> None:
    run = played(client_user=Answers("joe", b"wrong"), edge_xauth_tries=3)
    assert kinds(run) == ["REQUEST", "REPLY"] * 3 + ["SET", "ACK"]
    assert told(run)[-2].attributes[0].number == XauthStatus.FAIL
    assert "no tries are left" in " ".join(reasons(run))
    assert run.users == {}
    assert run.pairs == {}


@dataclass
class Typist:
    """A user who is wrong as often as is said, and right from then on."""

    wrong: int

    def answer(self, asked: Values) -> Values | None:
        self.wrong -= 1
        return Answers("joe", b"wrong" if self.wrong >= 0 else b"foobar").answer(asked)


def test_a_right_password_after_wrong_ones_is_taken() -> None:
    run = played(client_user=Typist(2))
    assert kinds(run) == ["REQUEST", "REPLY"] * 3 + ["SET", "ACK"]
    assert run.keys_agree


@dataclass
class NextPin:
    """Example A-2 of the draft: after the password a new PIN, then the password again with it."""

    rounds: int = 0

    def converse(self, random: Random) -> Conversation:
        del random
        return self

    def ask(self) -> Ask:
        return Ask({A.XAUTH_USER_NAME: b"", A.XAUTH_USER_PASSWORD: b""})

    def judge(self, answers: Values, now: float) -> Verdict:
        del now
        self.rounds += 1
        if self.rounds == 1:
            return Ask({A.XAUTH_MESSAGE: b"Enter your new PIN containing 4-6 digits", A.XAUTH_NEXT_PIN: b""})
        if self.rounds == 2:  # the round that brings the PIN
            return self.ask() if answers.get(A.XAUTH_NEXT_PIN) == b"1234" else Reject("no PIN")
        return Accept("joe") if answers.get(A.XAUTH_USER_PASSWORD) == b"foobar" else Reject("wrong")


@dataclass
class PinChooser:
    """A user who also chooses a PIN."""

    def answer(self, asked: Values) -> Values | None:
        return {A.XAUTH_NEXT_PIN: b"1234"} if A.XAUTH_NEXT_PIN in asked else JOE.answer(asked)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_new_pin_is_a_round_of_its_own(backend: str) -> None:
    run = played(backend=backend, edge_authenticator=NextPin(), client_user=PinChooser())
    assert kinds(run) == ["REQUEST", "REPLY"] * 3 + ["SET", "ACK"]
    assert run.keys_agree
    assert len({one.identifier for one in told(run)}) == 1  # one transaction, over several exchanges


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("authenticator", "kind", "rounds"),
    [
        (lambda: ChapPasswords({"joe": b"foobar"}), XauthType.RADIUS_CHAP, 1),
        (lambda: OneTimePasswords({"joe": OtpEntry.of(b"foobar", b"ke1234", 9)}), XauthType.OTP, 2),
        (lambda: OneTimePasswords({"joe": OtpEntry.of(b"foobar", b"ke1234", 9)}, XauthType.S_KEY), XauthType.S_KEY, 2),
    ],
    ids=["chap", "otp", "skey"],
)
def test_each_type_of_the_draft_works(authenticator, kind: XauthType, rounds: int, backend: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    run = played(backend=backend, edge_authenticator=authenticator())
    assert kinds(run) == ["REQUEST", "REPLY"] * rounds + ["SET", "ACK"]
    assert all(Attribute(A.XAUTH_TYPE, int(kind)) in one.attributes for one in told(run)[: 2 * rounds])
    assert run.keys_agree
    sent = [each.value for one in told(run) for each in one.attributes]
    assert b"foobar" not in sent


def test_a_code_is_taken_once_over_two_handshakes() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    codes = OneTimeCodes({"joe": secret}, window=0)
    user = Answers("joe", code=lambda: str(pyotp.TOTP(secret).at(int(NOW))))
    assert played(edge_authenticator=codes, client_user=user).keys_agree
    again = played(edge_authenticator=codes, client_user=user)
    assert again.users == {}
    assert again.pairs == {}


# ---- who cannot ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"client_user": None}, {"client_user": Answers("joe")}, {"edge_authenticator": None}],
    ids=["no user", "no password", "no authenticator"],
)
def test_who_cannot_authenticate_fails_cleanly(changes: dict[str, Any]) -> None:
    alice, bob = peers(**changes)
    run = handshake(alice, bob, "main", now=NOW)
    assert run.users == {}
    assert run.pairs == {}
    assert told(run)[-2].attributes[0] == Attribute(A.XAUTH_STATUS, int(XauthStatus.FAIL))
    assert [*alice.database.runs(), *bob.database.runs()] == []
    assert (alice.next_deadline(), bob.next_deadline()) == (None, None)


def up(**changes: Any) -> Network:
    """A network between two ends of XAuth."""
    return Network(*peers(**changes))


def transactions(net: Network, role: Role) -> int:
    """How many datagrams of transaction exchanges an end has sent; the type stands in octet 18 of the header."""
    return len([d for sender, d in net.sent if sender is role and d[18] == ExchangeType.TRANSACTION])


def to_the_first_question(net: Network) -> None:
    """Deliver until the edge device has asked."""
    net.initiate(I)
    while not transactions(net, R):
        net.step()


def sa_of(net: Network, role: Role):  # type: ignore[no-untyped-def] # noqa: ANN201 - an SA
    return next(o.sa for o in net.outputs[role] if isinstance(o, PhaseOneUp))


def states(net: Network, role: Role) -> list[str]:
    return [o.state for o in net.outputs[role] if isinstance(o, Ended)]


def test_a_client_that_falls_silent_is_given_up_with_its_sa() -> None:
    net = up()
    to_the_first_question(net)
    net.transit.clear()
    net.cut = True
    bob = net.peers[R]
    while (due := bob.next_deadline()) is not None:
        net.put(R, bob.tick(due))
    assert "TIMED_OUT" in states(net, R)
    assert bob.database.sas() == ()
    assert transactions(net, R) == 1 + bob.config.timers.tries


def test_an_edge_device_that_never_asks_is_given_up_by_the_client() -> None:
    net = up()
    to_the_first_question(net)
    while not any(isinstance(o, PhaseOneUp) for o in net.outputs[I]):
        net.step()
    net.transit.clear()
    alice = net.peers[I]
    net.put(I, alice.tick(NOW + alice.config.timers.user - 1))
    assert len(alice.database.sas()) == 1
    net.put(I, alice.tick(net.now + alice.config.timers.user))
    assert alice.database.sas() == ()


def test_who_waits_longest_for_a_user_is_due_first_and_an_admitted_user_is_not_waited_for() -> None:
    backend = load_backend("openssl")
    made = configs()
    bob = Peer(made[R], backend)
    ends: list[tuple[Peer, list[bytes]]] = []
    for number in range(3):
        alice, now = Peer(made[I], backend), NOW + number
        waiting = [o.datagram for o in alice.initiate("main", R, now) if isinstance(o, Send)]
        while len(bob.database.sas()) == number:
            answers = [o.datagram for o in bob.receive(waiting.pop(), number, now) if isinstance(o, Send)]
            last = not answers or len(bob.database.sas()) > number
            waiting = (
                answers
                if last
                else [o.datagram for each in answers for o in alice.receive(each, R, now) if isinstance(o, Send)]
            )
        ends.append((alice, waiting))
    assert bob._users.next_limit() == NOW + bob.config.timers.user
    alice, waiting = ends[0]
    while waiting:
        found = [o.datagram for each in waiting for o in alice.receive(each, R, NOW) if isinstance(o, Send)]
        waiting = [o.datagram for each in found for o in bob.receive(each, 0, NOW) if isinstance(o, Send)]
    assert bob._users.next_limit() == NOW + 1 + bob.config.timers.user
    bob.close(bob.database.sas()[1], NOW + 2)
    assert bob._users.next_limit() == NOW + 2 + bob.config.timers.user


# ---- what may not come before ----------------------------------------------------------------------------------------


def test_an_unauthenticated_client_begins_no_quick_mode_and_no_configuration() -> None:
    net = up(client_request=(A.INTERNAL_IP4_ADDRESS,))
    to_the_first_question(net)
    while not any(isinstance(o, PhaseOneUp) for o in net.outputs[I]):
        net.step()
    alice, sa = net.peers[I], sa_of(net, I)
    for begin in (alice.quick, alice.configure, alice.push):
        with pytest.raises(LocalMisuse, match="has not been authenticated"):
            begin(sa, R, net.now)


def test_a_quick_mode_that_comes_too_early_is_refused_by_its_row_and_forgotten() -> None:
    net = up()
    to_the_first_question(net)
    while not any(isinstance(o, PhaseOneUp) for o in net.outputs[I]):
        net.step()
    net.transit.clear()
    alice, bob, sa = net.peers[I], net.peers[R], sa_of(net, I)
    # A client that does not keep to the rules: ours refuses to begin.
    alice._users._dialogues[sa.cookies].state = "XAUTH_I2"
    (sent,) = [o for o in alice.quick(sa, R, net.now) if isinstance(o, Send)]
    before = len(tuple(bob.database.runs()))
    outputs = bob.receive(sent.datagram, I, net.now)
    rows = [o.row.id for o in outputs if isinstance(o, Taken)]
    assert rows[0] == "quick.R.QUICK_R0.QM1!user_known"
    assert not any("QUICK_R1" in row for row in rows)
    assert len(tuple(bob.database.runs())) == before


def test_nothing_is_handed_out_before_the_user_is_known() -> None:
    net = up(edge_address_pool=(ADDRESS,))
    to_the_first_question(net)
    while not any(isinstance(o, PhaseOneUp) for o in net.outputs[I]):
        net.step()
    net.transit.clear()
    alice, sa = net.peers[I], sa_of(net, I)
    asked = message(ConfigType.REQUEST, 7, one(A.INTERNAL_IP4_ADDRESS, b""))
    net.put(I, alice._transact(sa, R, asked, net.now))
    net.settle()
    assert not any(isinstance(o, Configured) for o in net.outputs[I])
    answers = [o.chain.payloads[1] for o in net.outputs[I] if isinstance(o, Taken) and o.row.event.message == "TX2"]
    assert answers[-1] == ATTR(ConfigType.REPLY, 7, ())


SELF_MADE = {
    "status set": message(ConfigType.SET, 7, one(A.XAUTH_STATUS, b"\0\1")),
    "status asked": message(ConfigType.REQUEST, 7, one(A.XAUTH_STATUS, b"\0\1")),
    "password unasked": message(
        ConfigType.REQUEST, 7, ((A.XAUTH_USER_NAME, b"joe"), (A.XAUTH_USER_PASSWORD, b"foobar"))
    ),
}


@pytest.mark.parametrize("said", SELF_MADE.values(), ids=SELF_MADE)
def test_a_client_cannot_admit_itself(said: ATTR) -> None:
    net = up(client_user=Answers("joe", b"wrong"))
    to_the_first_question(net)
    while not any(isinstance(o, PhaseOneUp) for o in net.outputs[I]):
        net.step()
    net.transit.clear()
    alice, bob, sa = net.peers[I], net.peers[R], sa_of(net, I)
    (sent,) = [o for o in alice._transact(sa, R, said, net.now) if isinstance(o, Send)]
    outputs = bob.receive(sent.datagram, I, net.now)
    # It is answered or discarded, and that is all: no status follows from it.
    assert [o.row.exchange for o in outputs if isinstance(o, Taken) and o.row.event.message] == ["transaction"]
    assert not any(o.row.id == "transaction.I.MODE_CFG_I0.start" for o in outputs if isinstance(o, Taken))
    assert not any(isinstance(o, UserAdmitted) for o in outputs)
    assert bob.barred(sa_of(net, R))


@dataclass
class Impostor:
    """A client that answers with a status of its own."""

    def answer(self, asked: Values) -> Values | None:
        del asked
        return {A.XAUTH_STATUS: b"\0\1"}


def test_a_reply_with_status_ok_is_no_answer() -> None:
    alice, bob = peers(client_user=Impostor())
    run = handshake(alice, bob, "main", now=NOW)
    assert run.users == {}
    refused = [o for d in run.deliveries for o in d.outputs if isinstance(o, Taken) and o.problem is not None]
    assert refused[0].row.id == "transaction.I.MODE_CFG_I1.TX2!attributes:ATTR-R"
    assert "a client says XAUTH-STATUS OK of itself" in str(refused[0].problem)


# ---- loss and repetition ---------------------------------------------------------------------------------------------


def test_a_repeated_question_gets_the_same_octets_and_the_user_is_not_asked_again() -> None:
    user = Typist(0)
    net = up(client_user=user)
    to_the_first_question(net)
    while not transactions(net, I):
        net.step()
    question = next(d for sender, d in net.sent if sender is R and d[18] == ExchangeType.TRANSACTION)
    answer = next(d for sender, d in net.sent if sender is I and d[18] == ExchangeType.TRANSACTION)
    again = net.peers[I].receive(question, R, net.now)
    assert [o.datagram for o in again if isinstance(o, Send)] == [answer]
    assert user.wrong == -1


def test_a_quick_mode_that_overtakes_the_acknowledgement_is_taken() -> None:
    net = up()
    net.initiate(I)
    while not any(isinstance(o, UserAdmitted) for o in net.outputs[I]):
        net.step()
    held = net.transit[:]
    net.transit.clear()  # the ACK is late
    net.quick(I)
    net.settle()
    assert net.peers[R].barred(sa_of(net, R)) == ""
    net.transit += held
    net.settle()
    assert any(isinstance(o, UserAdmitted) for o in net.outputs[R])
    quick = [o.row.id for o in net.outputs[R] if isinstance(o, Taken) and o.row.exchange == "quick"]
    assert quick == ["quick.R.QUICK_R0.QM1", "quick.R.QUICK_R1.QM3"]


def test_answered_exchanges_are_forgotten_in_time_and_stay_used() -> None:
    net = up()
    net.initiate(I)
    net.settle()
    alice, bob = net.peers[I], net.peers[R]
    later = net.now + Timers().half_open + 1
    alice.tick(later)
    bob.tick(later)
    for peer in (alice, bob):
        assert [run.table.exchange.name for run in peer.database.runs()] == ["main"]
    question = next(d for sender, d in net.sent if sender is R and d[18] == ExchangeType.TRANSACTION)
    (refused,) = alice.receive(question, R, later)
    assert "the message id was used before" in str(refused.reason)  # type: ignore[union-attr]


# ---- mode config -----------------------------------------------------------------------------------------------------

WANTED = (A.INTERNAL_IP4_ADDRESS, A.INTERNAL_IP4_DNS, A.APPLICATION_VERSION)
GIVEN = {A.INTERNAL_IP4_ADDRESS: (ADDRESS,), A.INTERNAL_IP4_DNS: (DNS,)}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("auth", [AuthMethod.XAUTH_INIT_PSK, AuthMethod.XAUTH_RESP_PSK], ids=lambda auth: auth.name)
def test_a_client_is_configured_after_its_user_is_known(auth: AuthMethod, backend: str) -> None:
    changes: dict[str, Any] = {"edge_address_pool": (ADDRESS,), "edge_hand_out": {A.INTERNAL_IP4_DNS: (DNS,)}}
    run = played(auth, backend, client_request=WANTED, **changes)
    assert kinds(run) == [*ONE_ROUND, "REQUEST", "REPLY"]
    assert run.configured[client_role(auth)].values == GIVEN
    assert run.keys_agree


def test_configuration_needs_no_users() -> None:
    backend = load_backend("openssl")
    alice = Peer(replace(config(ALICE, BOB, suite=SUITE), request=WANTED), backend)
    bob = Peer(replace(config(BOB, ALICE, suite=SUITE), address_pool=(ADDRESS,)), backend)
    assert handshake(alice, bob, "main", now=NOW).configured[I].values == {A.INTERNAL_IP4_ADDRESS: (ADDRESS,)}


def test_a_user_gets_its_own_address_and_others_do_not() -> None:
    own: dict[str, Any] = {"edge_user_addresses": {"joe": ADDRESS}, "edge_address_pool": (ADDRESS, DNS)}
    run = played(client_request=WANTED, **own)
    assert run.configured[I].values == {A.INTERNAL_IP4_ADDRESS: (ADDRESS,)}
    other = Passwords({"ann": StoredPassword.of(b"x", b"salt")})
    run = played(client_request=WANTED, client_user=Answers("ann", b"x"), edge_authenticator=other, **own)
    assert run.configured[I].values == {A.INTERNAL_IP4_ADDRESS: (DNS,)}


def test_a_pool_gives_each_address_once_and_takes_it_back_with_the_sa() -> None:
    backend = load_backend("openssl")
    bob = Peer(replace(config(BOB, ALICE, suite=SUITE), address_pool=(ADDRESS,)), backend)

    def ask() -> Handshake:
        return handshake(Peer(replace(config(ALICE, BOB, suite=SUITE), request=WANTED), backend), bob, "main", now=NOW)

    first = ask()
    assert first.configured[I].values[A.INTERNAL_IP4_ADDRESS] == (ADDRESS,)
    assert ask().configured == {}
    bob.close(first.sas[R], NOW)
    assert ask().configured[I].values[A.INTERNAL_IP4_ADDRESS] == (ADDRESS,)


def standing(**changes: Any) -> Network:
    """Two ends whose user is authenticated."""
    net = up(**changes)
    net.initiate(I)
    net.settle()
    return net


def answers_to(net: Network, role: Role, payload: ATTR) -> ATTR:
    """What the other end answers to a message of one end."""
    peer = net.peers[role]
    net.put(role, peer._transact(sa_of(net, role), role.other, payload, net.now))
    net.settle()
    taken = [o for o in net.outputs[role] if isinstance(o, Taken) and o.row.event.message == "TX2"]
    (answer,) = [p for p in taken[-1].chain.payloads if isinstance(p, ATTR)]
    return answer


def test_what_an_edge_device_pushes_is_acknowledged_without_values() -> None:
    net = standing(edge_hand_out={A.INTERNAL_IP4_DNS: (DNS,)})
    net.put(R, net.peers[R].push(sa_of(net, R), I, net.now))
    net.settle()
    (configured,) = [o for o in net.outputs[I] if isinstance(o, Configured)]
    assert configured.values == {A.INTERNAL_IP4_DNS: (DNS,)}
    acknowledged = [o for o in net.outputs[R] if isinstance(o, Taken) and o.row.event.message == "TX2"][-1]
    (ack,) = [p for p in acknowledged.chain.payloads if isinstance(p, ATTR)]
    assert (ack.type, ack.attributes) == (ConfigType.ACK, (Attribute(A.INTERNAL_IP4_DNS, b""),))


def test_who_hands_out_is_not_configured_by_others() -> None:
    net = standing(edge_hand_out={A.INTERNAL_IP4_DNS: (DNS,)})
    ack = answers_to(net, I, message(ConfigType.SET, 9, one(A.INTERNAL_IP4_DNS, ADDRESS)))
    assert ack == ATTR(ConfigType.ACK, 9, ())
    assert not any(isinstance(o, Configured) for o in net.outputs[R])


def test_unknown_attributes_are_left_out_of_answers() -> None:
    net = standing(edge_hand_out={A.INTERNAL_IP4_DNS: (DNS,)})
    unknown = ATTR(ConfigType.REQUEST, 5, (Attribute(20_000, b""), Attribute(A.INTERNAL_IP4_DNS, b"")))
    assert answers_to(net, I, unknown) == ATTR(ConfigType.REPLY, 5, (Attribute(A.INTERNAL_IP4_DNS, DNS),))
    assert answers_to(net, R, ATTR(ConfigType.SET, 6, (Attribute(20_000, b"x"),))) == ATTR(ConfigType.ACK, 6, ())


def test_attributes_of_unity_belong_to_the_configuration_and_not_to_the_user() -> None:
    net = standing(edge_hand_out={A.UNITY_BANNER: (b"welcome",)})
    asked = ATTR(ConfigType.REQUEST, 5, (Attribute(A.UNITY_BANNER, b""), Attribute(A.UNITY_SPLIT_INCLUDE, b"")))
    assert answers_to(net, I, asked) == ATTR(ConfigType.REPLY, 5, (Attribute(A.UNITY_BANNER, b"welcome"),))


def test_supported_attributes_are_listed_in_two_octets_each() -> None:
    net = standing(edge_hand_out={A.INTERNAL_IP4_DNS: (DNS,)})
    asked = message(ConfigType.REQUEST, 5, one(A.SUPPORTED_ATTRIBUTES, b""))
    assert answers_to(net, I, asked).attributes == (Attribute(A.SUPPORTED_ATTRIBUTES, b"\0\3\0\16"),)


BAD = {
    "kind": (ATTR(ConfigType.REPLY, 5, ()), "where ISAKMP_CFG_REQUEST or ISAKMP_CFG_SET may come"),
    "length": (ATTR(ConfigType.SET, 5, (Attribute(A.INTERNAL_IP4_DNS, b"123"),)), "of 3 octets"),
    "challenge": (
        message(ConfigType.REQUEST, 5, ((A.XAUTH_CHALLENGE, b"x"), (A.XAUTH_USER_NAME, b""))),
        "XAUTH-CHALLENGE with the type Generic",
    ),
    "answer": (message(ConfigType.REQUEST, 5, one(A.XAUTH_ANSWER, b"")), "without XAUTH-MESSAGE"),
    "pin": (
        message(ConfigType.REQUEST, 5, ((A.XAUTH_NEXT_PIN, b""), (A.XAUTH_USER_NAME, b""))),
        "XAUTH-NEXT-PIN together with other attributes",
    ),
    "status asked": (message(ConfigType.REQUEST, 5, one(A.XAUTH_STATUS, b"\0\1")), "XAUTH-STATUS in a request"),
    "no status": (message(ConfigType.SET, 5, one(A.XAUTH_MESSAGE, b"hello")), "and not XAUTH-STATUS"),
    "odd status": (message(ConfigType.SET, 5, one(A.XAUTH_STATUS, b"\0\7")), "neither FAIL nor OK"),
}


@pytest.mark.parametrize(("payload", "problem"), BAD.values(), ids=BAD)
def test_what_may_not_come_is_discarded_by_its_row(payload: ATTR, problem: str) -> None:
    net = standing()
    bob = net.peers[R]
    net.put(R, bob._transact(sa_of(net, R), I, payload, net.now))
    net.settle()
    (refused,) = [o for o in net.outputs[I] if isinstance(o, Taken) and o.problem is not None]
    assert refused.row.id == "transaction.R.MODE_CFG_R0.TX1!attributes:ATTR-I"
    assert problem in str(refused.problem)
    assert len(net.peers[I].database.sas()) == 1


@pytest.mark.parametrize(("kind", "told"), [(100, False), (ConfigType.REPLY, True)])
def test_a_message_of_an_unknown_type_is_discarded_silently_and_of_a_wrong_one_aloud(kind: int, told: bool) -> None:
    net = standing()
    net.put(R, net.peers[R]._transact(sa_of(net, R), I, ATTR(kind, 1, ()), net.now))
    net.settle()
    (at,) = [n for n, o in enumerate(net.outputs[I]) if isinstance(o, Taken) and o.problem is not None]
    assert any(isinstance(o, Send) for o in net.outputs[I][at:]) is told


@pytest.mark.parametrize(
    ("kind", "identifier"), [(ConfigType.REPLY, 6), (ConfigType.ACK, 5)], ids=["identifier", "kind"]
)
def test_an_answer_has_the_identifier_and_the_kind_that_answer(kind: ConfigType, identifier: int) -> None:
    net = standing()
    alice = net.peers[I]
    alice._users.answer = lambda _sa, _asked: ATTR(kind, identifier, ())  # type: ignore[method-assign,assignment]
    net.put(R, net.peers[R]._transact(sa_of(net, R), I, message(ConfigType.REQUEST, 5, ()), net.now))
    net.settle()
    (refused,) = [o for o in net.outputs[R] if isinstance(o, Taken) and o.problem is not None]
    assert refused.row.id == "transaction.I.MODE_CFG_I1.TX2!attributes:ATTR-R"


def test_a_client_that_answers_with_the_identifier_0_whatever_is_asked_is_admitted() -> None:
    # strongSwan 5.9.8 does so.
    client, edge = peers(AuthMethod.XAUTH_INIT_PSK, "openssl", edge_number_transactions=False)
    answer = client._users.answer

    def silent_about_it(sa: IsakmpSa, asked: ATTR) -> ATTR:
        given = answer(sa, asked)
        return ATTR(given.type, 0, given.attributes)

    client._users.answer = silent_about_it  # type: ignore[method-assign]
    run = handshake(client, edge, "main", now=NOW)
    assert run.users[R].user == "joe"
    assert run.keys_agree
