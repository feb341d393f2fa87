"""Policies: read in three notations, written as TOML, judged by guidance, matched by the machine's own negotiation."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.machine.config import IkeProposal, IpsecProposal
from isakmp.machine.policy import Policy, PolicyError, agreement, ike_name, ipsec_name, weaknesses
from isakmp.machine.policy_cisco import read_cisco
from isakmp.machine.policy_import import read_any
from isakmp.machine.policy_swan import read_swan
from isakmp.machine.policy_toml import read_policy, write_policy
from isakmp.spec import guidance
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, HASHES, KeyLengthRule
from isakmp.spec.groups import GROUPS
from isakmp.spec.guidance import Advice, Rating
from isakmp.spec.registries import (
    AhTransform,
    AuthMethod,
    EncapsulationMode,
    EncryptionAlgorithm,
    EspTransform,
    Group,
    HashAlgorithm,
    IntegrityAlgorithm,
    ProtocolId,
)
from tests.citing import unresolved

GOOD = """
exchange = "main"
[[ike]]
encryption = ["aes256", "aes128"]
hash = "sha256"
group = ["modp3072", "ecp256"]
authentication = "rsa"
lifetime = "24h"
[[ipsec]]
encryption = "aes256gcm16"
pfs = "ecp256"
lifetime = 3600
[[ipsec]]
protocol = "ah"
integrity = "sha512"
mode = "transport"
pfs = false
"""

CISCO = """
crypto isakmp policy 20
 authentication pre-share
crypto isakmp policy 10
 encr aes 256
 hash sha256
 authentication pre-share
 group 14
 lifetime 3600
!
crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac
 mode transport
crypto map M 10 ipsec-isakmp
 set pfs group14
 set security-association lifetime seconds 1800
"""

CIPHER_OF = st.sampled_from(
    [(c, 8 * f.key.longest if f.key.rule is KeyLengthRule.REQUIRED else None) for c, f in CIPHERS.items()]
)
IKE = st.builds(
    lambda cipher, hash_, auth, group, lifetime: IkeProposal(cipher[0], hash_, auth, group, cipher[1], lifetime),
    CIPHER_OF,
    st.sampled_from(list(HASHES)),
    st.sampled_from(list(AUTHENTICATIONS)),
    st.sampled_from(list(GROUPS)),
    st.integers(1, 0xFFFFFFFF),
)
IPSEC = st.builds(
    IpsecProposal,
    transform=st.just(EspTransform.AES),
    key_length=st.sampled_from([128, 192, 256]),
    integrity=st.sampled_from([IntegrityAlgorithm.HMAC_SHA1, IntegrityAlgorithm.HMAC_SHA2_256]),
    mode=st.sampled_from([EncapsulationMode.TUNNEL, EncapsulationMode.TRANSPORT]),
    group=st.sampled_from([None, Group.MODP_2048]),
    lifetime=st.integers(1, 0xFFFFFFFF),
)
POLICIES = st.builds(
    Policy,
    st.sampled_from([("main",), ("aggressive",), ("main", "aggressive")]),
    st.lists(IKE, min_size=1, max_size=3, unique=True).map(tuple),
    st.lists(IPSEC, min_size=1, max_size=3, unique=True).map(tuple),
)


def test_lists_stand_for_alternatives_in_order_of_preference() -> None:
    policy = read_policy(GOOD)
    assert [ike_name(p) for p in policy.ike] == [
        "aes256-sha256-modp3072 rsa", "aes256-sha256-ecp256 rsa",
        "aes128-sha256-modp3072 rsa", "aes128-sha256-ecp256 rsa",
    ]  # fmt: skip
    assert {p.lifetime for p in policy.ike} == {86_400}
    assert [ipsec_name(p) for p in policy.ipsec] == [
        "esp aes256gcm16 tunnel pfs ecp256", "ah sha512 transport without pfs",
    ]  # fmt: skip
    assert policy.ipsec[1].transform == AhTransform.SHA2_512


@given(POLICIES)
def test_what_is_written_is_read_back(policy: Policy) -> None:
    assert read_policy(write_policy(policy)) == policy


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"main"', '"mian"', "exchange: unknown exchange 'mian'; did you mean main?"),
        ('"sha256"', '"sha255"', "ike 1: unknown hash 'sha255'; did you mean sha256?"),
        ("hash", "hsah", "ike 1: unknown key 'hsah'; did you mean hash?"),
        ('"24h"', '"24y"', "ike 1.lifetime: '24y' is no time"),
        ('"24h"', "0", "ike 1.lifetime: 0 is no time"),
        ('"24h"', "true", "ike 1.lifetime: True is no time"),
        ('"rsa"', "[]", "ike 1.authentication: [] is no name"),
        ('authentication = "rsa"', "", "ike 1.authentication: missing"),
        ('pfs = "ecp256"', "pfs = true", "ipsec 1.pfs: names a group"),
        ('"aes256gcm16"', '"aes256"', "ipsec 1.integrity: missing"),
        ('integrity = "sha512"', 'integrity = "sha512"\nencryption = "aes256"', "ipsec 2.encryption: AH does not"),
        ('"transport"', '"tunel"', "ipsec 2.mode: unknown mode 'tunel'"),
        ("[[ike]]", "[[ikee]]", "unknown key 'ikee'; did you mean ike?"),
        ("exchange =", "exchange", "not TOML: "),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, message: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read_policy(GOOD.replace(old, new, 1))
    assert message in str(raised.value)


def test_cisco_blocks_are_taken_by_priority_with_the_defaults_of_ios() -> None:
    policy = read_any(CISCO)
    assert [ike_name(p) for p in policy.ike] == ["aes256-sha256-modp2048 psk", "des-sha1-modp768 psk"]
    assert [p.lifetime for p in policy.ike] == [3600, 86_400]
    assert [ipsec_name(p) for p in policy.ipsec] == ["esp aes256-sha256 transport pfs modp2048"]
    assert policy.ipsec[0].lifetime == 1800
    assert policy.exchanges == ("main", "aggressive")
    assert "policy 20: no group, so 1, which IOS takes then" in policy.remarks


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (" encr blowfisch", "line 4: unknown cipher 'blowfisch'"),
        (" group 99", "line 4: unknown group '99'"),
        (" group ²", "line 4: unknown group '²'"),
        (" authentication magic", "line 4: unknown authentication 'magic'"),
        (" lifetime soon", "line 4: lifetime 'soon'"),
        (" lifetime 0", "line 4: lifetime '0'"),
        (" lifetime ²", "line 4: lifetime '²'"),
        ("set security-association lifetime seconds 0", "security-association: lifetime '0'"),
    ],
)
def test_a_cisco_line_that_is_not_understood_is_named(line: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_cisco(f"!\ncrypto isakmp policy 1\n hash sha\n{line}\n")


@pytest.mark.parametrize(
    ("text", "ike", "ipsec"),
    [
        (
            "ike=aes256-sha256-modp2048!\nesp=aes128-sha1",
            ["aes256-sha256-modp2048 psk"],
            ["esp aes128-sha1 tunnel without pfs"],
        ),
        (
            "ike=aes256-sha2;dh14\nphase2alg=aes_gcm256\npfs=yes",
            ["aes256-sha256-modp2048 psk"],
            ["esp aes256gcm16 tunnel pfs modp2048"],
        ),
        (
            "proposals = aes128-aes256-sha256-ecp256\nesp_proposals = aes256gcm128-modp2048\nauth = pubkey",
            ["aes128-sha256-ecp256 rsa", "aes256-sha256-ecp256 rsa"],
            ["esp aes256gcm16 tunnel pfs modp2048"],
        ),
        ("aes256-sha512-prfsha512-modp4096", ["aes256-sha512-modp4096 psk"], []),
        ("ike=3des-md5-modp1024\nah=sha256", ["3des-md5-modp1024 psk"], ["ah sha256 tunnel without pfs"]),
    ],
)  # fmt: skip
def test_proposal_strings_of_both_swans(text: str, ike: list[str], ipsec: list[str]) -> None:
    policy = read_any(text)
    assert [ike_name(p) for p in policy.ike] == ike
    assert [ipsec_name(p) for p in policy.ipsec] == ipsec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ike=aes256-sha256", "has no group"),
        ("ike=aes256-sha256-modp2049", "'modp2049' is unknown"),
        ("esp=aes256", "is incomplete"),
        ("ike=aes256-sha256-modp2048\nauthby=never", "unknown method 'never'"),
        ("ike=aes256-sha256-modp2048\nikelifetime=ever", "'ever' is no time"),
    ],
)
def test_a_proposal_string_that_is_not_understood_is_named(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_swan(text)


@given(st.text())
def test_no_text_is_anything_but_a_policy_or_an_error(text: str) -> None:
    for read in (read_any, read_cisco, read_swan):
        with suppress(PolicyError):
            assert isinstance(read(text), Policy)


# ---- guidance --------------------------------------------------------------------------------------------------------


_MANY = ", ".join(f'"{name}"' for name in ["aes256", "aes128"] * 40)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD + f"lifetime = {'1' * 5000}", id="digits in TOML"),
        pytest.param(GOOD + f"x = {'[' * 3000}{']' * 3000}", id="brackets in TOML"),
        pytest.param(CISCO.replace("3600", "1" * 5000), id="digits of Cisco"),
        pytest.param("ike=aes256-sha256-dh" + "1" * 5000, id="digits of the swans"),
        pytest.param(
            GOOD.replace('["aes256", "aes128"]', f"[{_MANY}]").replace(
                '["modp3072", "ecp256"]', "[" + '"ecp256", ' * 80 + "]"
            ),
            id="combinations",
        ),
    ],
)
def test_what_is_too_much_is_refused_as_any_other_mistake(text: str) -> None:
    with pytest.raises(PolicyError):
        read_any(text)


def test_two_blocks_of_one_priority_are_taken_in_their_order() -> None:
    lines = ("crypto isakmp policy 1", " hash {}", " group 14", " encr aes 256")
    text = "\n".join("\n".join(lines).format(name) for name in ("sha256", "sha", "md5"))
    assert [each.hash for each in read_any(text).ike] == [HashAlgorithm.SHA2_256, HashAlgorithm.SHA1, HashAlgorithm.MD5]


def test_every_piece_of_guidance_has_a_source() -> None:
    said = [value for value in vars(guidance).values() if isinstance(value, Advice)]
    for table in (
        guidance.CIPHERS,
        guidance.HASHES,
        guidance.GROUPS,
        guidance.METHODS,
        guidance.ESP,
        guidance.INTEGRITY,
    ):
        said += table.values()
    assert len(said) > 30
    assert unresolved(advice.cite for advice in said) == []


# RFC 8247 sections 2.1, 2.2 and 2.4: what it says MUST NOT or SHOULD NOT be used, of what IKEv1 has numbers for too.
@pytest.mark.parametrize(
    ("change", "rating"),
    [
        ({"encryption": EncryptionAlgorithm.DES_CBC, "key_length": None}, Rating.FORBIDDEN),
        ({"hash": HashAlgorithm.MD5}, Rating.FORBIDDEN),
        ({"group": Group.MODP_768}, Rating.FORBIDDEN),
        ({"group": Group.MODP_1024_160}, Rating.FORBIDDEN),
        ({"group": Group.MODP_1024}, Rating.DISCOURAGED),
        ({"group": Group.MODP_1536}, Rating.DISCOURAGED),
        ({"hash": HashAlgorithm.SHA1}, Rating.LEGACY),
    ],
)
def test_what_is_weak_is_found(change: dict[str, object], rating: Rating) -> None:
    sound = read_policy(GOOD)
    assert not [w for w in weaknesses(sound) if w.place.startswith("ike")]
    weak = replace(sound, ike=(replace(sound.ike[0], **change),))  # type: ignore[arg-type]
    (found,) = [w for w in weaknesses(weak) if w.place == "ike 1"]
    assert found.advice.rating is rating


def test_a_shared_key_in_aggressive_mode_is_worse_than_either() -> None:
    policy = read_policy(GOOD.replace('"rsa"', '"psk"').replace('"main"', '"aggressive"'))
    assert guidance.GUESSABLE in {w.advice for w in weaknesses(policy)}
    assert guidance.GUESSABLE not in {w.advice for w in weaknesses(replace(policy, exchanges=("main",)))}


# ---- agreement -------------------------------------------------------------------------------------------------------


@given(POLICIES, POLICIES)
def test_what_is_agreed_on_stands_in_both(one: Policy, other: Policy) -> None:
    found = agreement(one, other)
    if found.ike is not None:
        assert any(replace(p, lifetime=0) == replace(found.ike, lifetime=0) for p in one.ike)
        assert any(replace(p, lifetime=0) == replace(found.ike, lifetime=0) for p in other.ike)
    assert found.complete == (None not in (found.exchange, found.ike, found.ipsec))


@given(POLICIES)
def test_a_policy_agrees_with_itself_on_its_first_choices(policy: Policy) -> None:
    found = agreement(policy, policy)
    assert (found.exchange, found.ike, found.ipsec) == (policy.exchanges[0], policy.ike[0], policy.ipsec[0])


def test_the_shorter_lifetime_counts_and_what_is_missing_is_named() -> None:
    one = read_policy(GOOD)
    other = replace(
        one,
        ike=(replace(one.ike[1], lifetime=600),),
        ipsec=(replace(one.ipsec[0], group=None),),
        exchanges=("aggressive",),
    )
    found = agreement(one, other)
    assert found.ike_lifetime == 600
    assert found.ipsec is None
    assert "differ in pfs" in found.why[1]
    assert found.why[0].startswith("no exchange in common")


def test_protocols_are_not_confused() -> None:
    ah = IpsecProposal(ProtocolId.AH, AhTransform.SHA2_256, None, IntegrityAlgorithm.HMAC_SHA2_256)
    esp = IpsecProposal(ProtocolId.ESP, EspTransform.AES, 256, IntegrityAlgorithm.HMAC_SHA2_256)
    ike = (IkeProposal(EncryptionAlgorithm.AES_CBC, HashAlgorithm.SHA2_256, AuthMethod.PSK, Group.MODP_2048, 256),)
    assert agreement(Policy(("main",), ike, (ah,)), Policy(("main",), ike, (esp,))).ipsec is None
