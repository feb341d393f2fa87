"""What `check` says of ends that break the rules of XAuth and mode config: our own peers, made to do so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isakmp.conform.check import check_capture
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.conform.verdicts import Outcome, Report, Verdict
from isakmp.crypto.registry import load_backend
from isakmp.machine import configuration
from isakmp.machine.configuration import message
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.peer import Peer
from isakmp.machine.sa import IsakmpSa
from isakmp.machine.xauth import Users
from isakmp.spec.payloads import ATTR, Attribute
from isakmp.spec.registries import ConfigAttribute, ConfigType
from isakmp.spec.terms import Role
from tests.conform.checking import BACKEND, deviations, recorded
from tests.machine.ends import NOW, PSK
from tests.machine.test_xauth import ADDRESS, JOE, configs

A = ConfigAttribute
I, R = Role.I, Role.R
CONFIGURED = {"client_request": (A.INTERNAL_IP4_ADDRESS,), "edge_address_pool": (ADDRESS,)}


def run(**changes: Any) -> tuple[Handshake, SaKeys]:
    made = configs(**changes)
    backend = load_backend("openssl")
    alice = Peer(made[I], backend)
    found = handshake(alice, Peer(made[R], backend), "main", now=NOW)
    sa = found.sas[I]
    return found, SaKeys(sa.cky_i, sa.cky_r, psk_i=PSK, psk_r=PSK, skeyid=sa.skeyid, **derived(sa))


def derived(sa: IsakmpSa) -> dict[str, Any]:
    return {name: getattr(sa, name) for name in ("skeyid_d", "skeyid_a", "skeyid_e", "cipher_key")}


def judged(played: tuple[Handshake, SaKeys]) -> Report:
    found, known = played
    return check_capture(recorded(found), Keys("k", KeyForm.IKEV1_CAPTURE, (known,)), BACKEND)


def told(report: Report) -> list[tuple[str, str]]:
    """The section and the words of each deviation."""
    return [(found.cite, found.detail) for each in report.exchanges for _, found in each.deviations]


def test_a_user_and_a_configuration_of_our_own_peers_are_conformant() -> None:
    report = judged(run(**CONFIGURED))
    assert (report.verdict, deviations(report), report.findings) == (Verdict.CONFORMANT, [], [])
    assert [each.exchange for each in report.exchanges] == ["main", *["transaction"] * 3, "quick"]


def test_a_refused_user_is_a_failed_transaction_and_no_deviation() -> None:
    report = judged(run(edge_authenticator=None))
    assert deviations(report) == []
    failed = [each for each in report.exchanges if each.outcome is Outcome.FAILED]
    assert [each.reason for each in failed] == ["the edge device refuses the user"]


Answer = Callable[[ATTR, ATTR], ATTR]


def replaced(kind: ConfigAttribute, value: int | bytes) -> Answer:
    """The true answer with one attribute more, or another value of it."""

    def answer(_: ATTR, true: ATTR) -> ATTR:
        rest = tuple(one for one in true.attributes if one.type != kind)
        return ATTR(true.type, true.identifier, (*rest, Attribute(kind, value)))

    return answer


FAULTS: dict[str, tuple[ConfigType, Answer, str, str]] = {
    "identifier": (
        ConfigType.REQUEST, lambda asked, true: ATTR(true.type, asked.identifier ^ 1, true.attributes),
        "MODECFG:3.2", "answers",
    ),
    "kind": (
        ConfigType.SET, lambda _, true: ATTR(ConfigType.REPLY, true.identifier, true.attributes),
        "MODECFG:2", "does not answer",
    ),
    "status": (ConfigType.REQUEST, replaced(A.XAUTH_STATUS, 1), "XAUTH:6.2", "a client says XAUTH-STATUS OK of itself"),
    "type": (ConfigType.REQUEST, replaced(A.XAUTH_TYPE, 1), "XAUTH:6.2", "XAUTH-TYPE is not that of the request"),
    "left out": (
        ConfigType.REQUEST, lambda _, true: ATTR(true.type, true.identifier, true.attributes[:1]),
        "XAUTH:6.1", "XAUTH-USER-PASSWORD was asked for and is not filled in",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("to", "change", "section", "detail"), FAULTS.values(), ids=FAULTS)
def test_an_answer_against_the_rules_is_named_with_its_section(
    monkeypatch: pytest.MonkeyPatch, to: ConfigType, change: Answer, section: str, detail: str
) -> None:
    true = Users.answer

    def answer(self: Users, sa: IsakmpSa, asked: ATTR) -> ATTR:
        found = true(self, sa, asked)
        return change(asked, found) if asked.type == to and self.config.user is JOE else found

    with monkeypatch.context() as patched:
        patched.setattr(Users, "answer", answer)
        patched.setattr(configuration, "faults", lambda *_: ())  # peers that let it pass
        played = run()
    report = judged(played)
    assert {(cite, detail in words) for cite, words in told(report)} == {(section, True)}
    assert report.verdict is Verdict.DEVIATIONS


def test_a_client_that_begins_is_named() -> None:
    made = configs()
    backend = load_backend("openssl")
    alice, bob = Peer(made[I], backend), Peer(made[R], backend)
    true = alice._users.stands

    def begins(sa: IsakmpSa, address: Any, now: float) -> Any:
        said = message(ConfigType.SET, 7, ((A.XAUTH_STATUS, b"\0\1"),))
        return (*true(sa, address, now), *alice._transact(sa, address, said, now))

    alice._users.stands = begins  # type: ignore[method-assign]
    found = handshake(alice, bob, "main", now=NOW)
    sa = found.sas[I]
    report = judged((found, SaKeys(sa.cky_i, sa.cky_r, psk_i=PSK, psk_r=PSK, skeyid=sa.skeyid, **derived(sa))))
    assert ("XAUTH:6.1", "the client begins what the edge device has to") in told(report)


def test_a_password_is_in_no_report() -> None:
    text = repr(judged(run(**CONFIGURED)))
    assert "foobar" not in text
    assert b"foobar".hex() not in text
