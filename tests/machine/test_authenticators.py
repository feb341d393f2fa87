"""What judges users: known answers of the documents, and what each of them refuses. No peers here."""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pyotp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, CollectedClientData
from hypothesis import given
from hypothesis import strategies as st

from isakmp.machine import authenticator_registry as registry
from isakmp.machine.authenticators import (
    Accept,
    Ask,
    Authenticator,
    ChapPasswords,
    Passwords,
    Reject,
    StoredPassword,
    Values,
    Verdict,
    chap_response,
)
from isakmp.machine.errors import LocalMisuse
from isakmp.machine.one_time import CounterCodes, OneTimeCodes, OneTimePasswords, OtpEntry, otp_chain
from isakmp.machine.users import Answers
from isakmp.machine.webauthn import KeyHolder, SecurityKeys
from isakmp.spec.registries import ConfigAttribute

A = ConfigAttribute
NOW = 1_000_000_000.0


def fresh(size: int) -> bytes:
    """Octets that a test can tell."""
    return bytes(range(size))


def verdict(authenticator: Authenticator, user: Any, now: float = NOW) -> Verdict:
    """One try, through as many rounds as it takes."""
    talk = authenticator.converse(fresh)
    asked: Verdict = talk.ask()
    while isinstance(asked, Ask):
        answers = user.answer(asked.values)
        if answers is None:
            return Reject("no answer")
        asked = talk.judge(answers, now)
    return asked


# ---- passwords -------------------------------------------------------------------------------------------------------

STORED = Passwords({"joe": StoredPassword.of(b"foobar", b"salt")})


@pytest.mark.parametrize(
    ("name", "password", "good"),
    [("joe", b"foobar", True), ("joe", b"foobaz", False), ("joe", b"", False), ("ann", b"foobar", False)],
)
def test_a_password_is_accepted_for_its_user_alone(name: str, password: bytes, good: bool) -> None:
    found = verdict(STORED, Answers(name, password))
    assert isinstance(found, Accept) is good


def test_nothing_that_is_kept_or_shown_holds_a_password() -> None:
    kept = StoredPassword.of(b"foobar", b"salt")
    for thing in (
        kept,
        STORED,
        ChapPasswords({"joe": b"foobar"}),
        Answers("joe", b"foobar"),
        OtpEntry.of(b"foobar", b"s", 3),
    ):
        assert "foobar" not in repr(thing)
    assert StoredPassword.of(b"foobar", b"pepper").digest != kept.digest


def test_the_answer_of_chap_is_md5_over_identifier_secret_and_challenge() -> None:
    # RFC 1994 section 4.1.
    assert chap_response(b"\x05", b"secret", b"challenge") == b"\x05" + hashlib.md5(b"\x05secretchallenge").digest()


def test_the_answer_to_one_challenge_is_none_to_another() -> None:
    drawn = iter((b"\1" * 16, b"\2" * 16))
    authenticator = ChapPasswords({"joe": b"foobar"})
    first, second = (authenticator.converse(lambda _: next(drawn)) for _ in range(2))
    asked = first.ask()
    assert isinstance(asked, Ask)
    answer = Answers("joe", b"foobar").answer(asked.values)
    assert answer is not None
    second.ask()
    assert isinstance(second.judge(answer, NOW), Reject)
    assert isinstance(first.judge(answer, NOW), Accept)


# ---- one-time codes --------------------------------------------------------------------------------------------------

# RFC 6238 Appendix B: the secret "12345678901234567890", codes of eight digits, of which six are the last.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
}


@pytest.mark.parametrize(("moment", "code"), RFC_6238.items())
def test_codes_are_those_of_rfc_6238(moment: int, code: str) -> None:
    user = Answers("joe", code=lambda: code[-6:])
    assert verdict(OneTimeCodes({"joe": SECRET}), user, float(moment)) == Accept("joe")
    assert isinstance(verdict(OneTimeCodes({"joe": SECRET}), user, moment + 90.0), Reject)


def test_a_code_is_good_once_and_no_earlier_one_after_it() -> None:
    codes = OneTimeCodes({"joe": SECRET})
    clock = pyotp.TOTP(SECRET)
    present, before = (Answers("joe", code=lambda at=at: clock.at(int(at))) for at in (NOW, NOW - 30))  # type: ignore[misc]
    assert isinstance(verdict(codes, present), Accept)
    assert isinstance(verdict(codes, present), Reject)
    assert isinstance(verdict(codes, before), Reject)


def test_a_secret_that_gives_no_codes_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="112 bits"):
        OneTimeCodes({"joe": "GEZDGNBV"})


# RFC 4226 Appendix D: the same secret, the first ten counts.
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]


def test_codes_by_count_are_those_of_rfc_4226_each_once() -> None:
    codes = CounterCodes({"joe": SECRET})
    for code in RFC_4226:
        user = Answers("joe", code=lambda code=code: code)  # type: ignore[misc]
        assert verdict(codes, user) == Accept("joe")
        assert isinstance(verdict(codes, user), Reject)


def test_a_counter_may_have_run_ahead_but_not_too_far_and_never_back() -> None:
    users = {count: Answers("joe", code=lambda code=RFC_4226[count]: code) for count in (2, 4, 9)}  # type: ignore[misc]
    codes = CounterCodes({"joe": SECRET}, look_ahead=4)
    assert isinstance(verdict(codes, users[9]), Reject)
    assert isinstance(verdict(codes, users[4]), Accept)
    assert isinstance(verdict(codes, users[2]), Reject)
    assert isinstance(verdict(codes, users[9]), Accept)


# ---- chains ----------------------------------------------------------------------------------------------------------

# RFC 2289 Appendix C, MD5: pass phrase, seed, count, hexadecimal.
RFC_2289 = [
    ("This is a test.", "TeSt", 0, "9E87 6134 D904 99DD"),
    ("This is a test.", "TeSt", 1, "7965 E054 36F5 029F"),
    ("This is a test.", "TeSt", 99, "50FE 1962 C496 5880"),
    ("AbCdEfGhIjK", "alpha1", 0, "8706 6DD9 644B F206"),
    ("AbCdEfGhIjK", "alpha1", 1, "7CD3 4C10 40AD D14B"),
    ("AbCdEfGhIjK", "alpha1", 99, "5AA3 7A81 F212 146C"),
    ("OTP's are good", "correct", 0, "F205 7539 43DE 4CF9"),
    ("OTP's are good", "correct", 1, "DDCD AC95 6F23 4937"),
    ("OTP's are good", "correct", 99, "B203 E28F A525 BE47"),
]


@pytest.mark.parametrize(("phrase", "seed", "count", "expected"), RFC_2289)
def test_chains_are_those_of_rfc_2289(phrase: str, seed: str, count: int, expected: str) -> None:
    assert otp_chain(phrase.encode(), seed.encode(), count) == bytes.fromhex(expected)


@dataclass
class Replaying:
    """A user that says again what it said first."""

    user: Answers
    said: list[Values] = field(default_factory=list)

    def answer(self, asked: Values) -> Values | None:
        if A.XAUTH_USER_PASSWORD in asked and self.said:
            return self.said[0]
        found = self.user.answer(asked)
        if A.XAUTH_USER_PASSWORD in asked and found is not None:
            self.said.append(found)
        return found


def test_a_password_of_a_chain_is_good_once_and_the_chain_has_an_end() -> None:
    chain = OneTimePasswords({"joe": OtpEntry.of(b"phrase", b"ke1234", 3)})
    again = Replaying(Answers("joe", b"phrase"))
    assert isinstance(verdict(chain, again), Accept)
    assert isinstance(verdict(chain, again), Reject)
    assert isinstance(verdict(chain, Answers("joe", b"phrase")), Accept)
    assert isinstance(verdict(chain, Answers("joe", b"phrase")), Reject)  # one is left, and it only starts the chain


def test_who_exists_the_challenge_does_not_tell() -> None:
    chain = OneTimePasswords({"joe": OtpEntry.of(b"phrase", b"ke1234", 3)})
    for name in (b"joe", b"nobody"):
        talk = chain.converse(fresh)
        first, again = (talk.judge({A.XAUTH_USER_NAME: name}, NOW), talk.ask())
        assert isinstance(first, Ask)
        assert first == again
        assert set(first.values) == {A.XAUTH_TYPE, A.XAUTH_CHALLENGE, A.XAUTH_USER_NAME, A.XAUTH_USER_PASSWORD}
    assert isinstance(verdict(chain, Answers("nobody", b"phrase")), Reject)


@pytest.mark.parametrize("count", [b"99999999", b"9" * 5000], ids=len)
def test_a_chain_longer_than_is_sensible_is_not_computed(count: bytes) -> None:
    asked = {
        A.XAUTH_TYPE: b"\0\2",
        A.XAUTH_CHALLENGE: b"otp-md5 " + count + b" seed",
        A.XAUTH_USER_PASSWORD: b"",
    }
    assert Answers("joe", b"phrase").answer(asked) is None


# ---- security keys ---------------------------------------------------------------------------------------------------

PARTY = "vpn.example"


@dataclass(frozen=True)
class SoftKey:
    """An authenticator of WebAuthn in software: a key on P-256, and what it says of the user and of the page."""

    verified: bool = True
    origin: str = f"https://{PARTY}"
    party: str = PARTY
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def registered(self) -> AttestedCredentialData:
        """What a relying party keeps of it."""
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        return AttestedCredentialData.create(bytes(16), b"credential", public)

    def sign(self, challenge: bytes) -> Mapping[str, Any]:
        """An assertion, as browsers give it."""
        flags = AuthenticatorData.FLAG.UP | (AuthenticatorData.FLAG.UV if self.verified else 0)
        authenticator = AuthenticatorData.create(hashlib.sha256(self.party.encode()).digest(), flags, 1)
        client = CollectedClientData.create(CollectedClientData.TYPE.GET, challenge, self.origin)
        signature = self.key.sign(authenticator + client.hash, ec.ECDSA(hashes.SHA256()))
        return {
            "id": websafe_encode(b"credential"),
            "rawId": websafe_encode(b"credential"),
            "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(authenticator),
                "signature": websafe_encode(signature),
            },
        }


KEY = SoftKey()
KEYS = SecurityKeys(PARTY, {"joe": KEY.registered})


def test_an_assertion_of_the_users_security_key_is_accepted() -> None:
    assert verdict(KEYS, KeyHolder("joe", KEY.sign)) == Accept("joe")


def other_challenge(_: bytes) -> Mapping[str, Any]:
    return KEY.sign(b"another challenge of 32 octets..")


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (replace(KEY, verified=False).sign, "erif"),
        (replace(KEY, origin="https://evil.example").sign, "rigin"),
        (replace(KEY, party="evil.example").sign, "RP ID"),
        (SoftKey().sign, "refused"),
        (other_challenge, "hallenge"),
    ],
    ids=["user not verified", "origin", "relying party", "another key", "challenge"],
)
def test_an_assertion_that_is_not_wholly_right_is_refused(sign: Callable[[bytes], Mapping[str, Any]], why: str) -> None:
    found = verdict(KEYS, KeyHolder("joe", sign))
    assert isinstance(found, Reject)
    assert why in found.reason


def test_a_recorded_assertion_answers_no_new_challenge() -> None:
    drawn = iter((b"\1" * 32, b"\2" * 32))
    recorded: list[Mapping[str, Any]] = []

    def sign(challenge: bytes) -> Mapping[str, Any]:
        recorded.append(KEY.sign(challenge))
        return recorded[0]

    talks = [KEYS.converse(lambda _: next(drawn)) for _ in range(2)]
    results = []
    for talk in talks:
        asked: Verdict = talk.ask()
        user = KeyHolder("joe", sign)
        while isinstance(asked, Ask):
            asked = talk.judge(user.answer(asked.values) or {}, NOW)
        results.append(type(asked))
    assert results == [Accept, Reject]


@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"]), inner
    ), max_leaves=12).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_no_assertion_whatever_raises_or_is_accepted(octets: bytes) -> None:
    talk = KEYS.converse(fresh)
    talk.ask()
    talk.judge({A.XAUTH_USER_NAME: b"joe"}, NOW)
    assert isinstance(talk.judge({A.XAUTH_ANSWER: octets}, NOW), Reject)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
@given(octets=st.binary(max_size=80))
def test_no_part_of_an_assertion_can_be_replaced(part: str, octets: bytes) -> None:
    def sign(challenge: bytes) -> Mapping[str, Any]:
        made = dict(KEY.sign(challenge))
        return {**made, "response": {**made["response"], part: websafe_encode(octets)}}

    assert isinstance(verdict(KEYS, KeyHolder("joe", sign)), Reject)


OTHERS: list[Authenticator] = [
    STORED, ChapPasswords({"joe": b"foobar"}), OneTimeCodes({"joe": SECRET}),
    OneTimePasswords({"joe": OtpEntry.of(b"phrase", b"ke1234", 3)}),
]  # fmt: skip


@pytest.mark.parametrize("authenticator", OTHERS[1:], ids=lambda one: type(one).__name__)
@given(answers=st.dictionaries(st.sampled_from(list(A)), st.binary(max_size=40)))
def test_no_answer_of_a_client_raises(authenticator: Authenticator, answers: dict[ConfigAttribute, bytes]) -> None:
    talk = authenticator.converse(fresh)
    talk.ask()
    assert not isinstance(talk.judge(answers, NOW), Accept)


# ---- plug-in point ---------------------------------------------------------------------------------------------------


class Nobody:
    """An authenticator of a third party: refuses all."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def converse(self, random: Any) -> Any:
        del random
        return self

    def ask(self) -> Ask:
        return Ask({A.XAUTH_USER_NAME: b""})

    def judge(self, answers: Values, now: float) -> Verdict:
        del answers, now
        return Reject(self.reason)


def declare(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    entry = EntryPoint("third", value, registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == entry.group else [])


def test_a_third_party_plugs_in_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, f"{__name__}:Nobody")
    assert list(registry.authenticators()) == ["third"]
    made = registry.load_authenticator("third", reason="closed")
    assert verdict(made, Answers("joe")) == Reject("closed")


@pytest.mark.parametrize(
    ("value", "settings", "problem"),
    [
        ("no.such.module:Thing", {"reason": "x"}, "cannot be loaded"),
        (f"{__name__}:Nothing", {"reason": "x"}, "cannot be loaded"),
        (f"{__name__}:Nobody", {}, "cannot be made"),
        ("builtins:dict", {}, "is no authenticator"),
    ],
)
def test_what_cannot_be_plugged_in_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, settings: dict[str, str], problem: str
) -> None:
    declare(monkeypatch, value)
    with pytest.raises(LocalMisuse, match=problem):
        registry.load_authenticator("third", **settings)
    with pytest.raises(LocalMisuse, match="unknown authenticator 'other'; there are: third"):
        registry.load_authenticator("other")


def test_each_authenticator_that_ships_is_declared_and_there() -> None:
    root = Path(__file__).parents[2]
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["entry-points"][
        registry.ENTRY_POINT_GROUP
    ]
    found = set()
    for value in declared.values():
        module, _, name = value.partition(":")
        found.add(getattr(import_module(module), name).__name__)
    written = {
        node.name
        for path in (root / "machine").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.name != "Authenticator"
        and any(isinstance(part, ast.FunctionDef) and part.name == "converse" for part in node.body)
    }  # fmt: skip
    assert found == written
