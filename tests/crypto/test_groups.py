"""The two arithmetic of our own, against the library's and against what peers could send to break them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import dh
from hypothesis import given
from hypothesis import strategies as st

from isakmp.crypto import ecp, modp
from isakmp.crypto.errors import InvalidPublicValue, Unsupported
from isakmp.crypto.openssl import OpensslBackend
from isakmp.spec.groups import GROUPS, EcpGroup, ModpGroup, group_facts
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm

BACKEND = OpensslBackend()
ECP = [facts for facts in GROUPS.values() if isinstance(facts, EcpGroup)]


def modp_group(group: Group) -> ModpGroup:
    facts = group_facts(group)
    assert isinstance(facts, ModpGroup)
    return facts


def ecp_group(group: Group) -> EcpGroup:
    facts = group_facts(group)
    assert isinstance(facts, EcpGroup)
    return facts


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("group", [Group.MODP_1536, Group.MODP_2048, Group.MODP_4096], ids=lambda group: group.name)
def test_openssl_agrees_with_our_powers(group: Group) -> None:
    facts = modp_group(group)
    theirs = dh.DHParameterNumbers(facts.prime, facts.generator).parameters().generate_private_key()
    ours = BACKEND.generate(group, "xi")
    numbers = dh.DHPublicNumbers(int.from_bytes(ours.public, "big"), dh.DHParameterNumbers(facts.prime, 2))
    public = theirs.public_key().public_numbers().y.to_bytes(facts.public_octets, "big")
    BACKEND.check_public(group, public)
    assert BACKEND.agree(group, ours, public).lstrip(b"\0") == theirs.exchange(numbers.public_key()).lstrip(b"\0")


@pytest.mark.parametrize("facts", ECP, ids=lambda facts: facts.name)
def test_the_order_times_the_base_point_is_the_point_at_infinity(facts: EcpGroup) -> None:
    curve = facts.curve
    base = (curve.x, curve.y)
    assert ecp.multiply(curve, curve.order, base) is None
    assert ecp.multiply(curve, curve.order + 1, base) == base
    assert ecp.multiply(curve, curve.order - 1, base) == (curve.x, curve.prime - curve.y)


@pytest.mark.parametrize("group", [Group.ECP_256, Group.ECP_521, Group.BRAINPOOL_P256R1], ids=lambda group: group.name)
@pytest.mark.parametrize("secret", [1, 2, 3, 0xDEADBEEF << 100])
def test_our_curve_arithmetic_agrees_with_the_librarys(group: Group, secret: int) -> None:
    if BACKEND.refusal(group) is not None:
        pytest.skip(f"not applicable: the installed OpenSSL refuses {group.label}")
    facts = ecp_group(group)
    peer = BACKEND.generate(group, "xr").public
    pair = BACKEND.private_from(group, secret)
    assert pair.public == ecp.public_value(facts, secret)
    assert BACKEND.agree(group, pair, peer) == ecp.shared_secret(facts, secret, peer)


def test_shared_secrets_keep_the_zeros_in_front() -> None:
    facts = modp_group(Group.MODP_768)
    found = 0
    for secret in range(2, 2000):
        public = modp.public_value(facts, secret)
        shared = modp.shared_secret(facts, 3, public)
        assert len(public) == len(shared) == 96
        found += shared[0] == 0
    assert found


@pytest.mark.parametrize("group", [Group.MODP_1024_160, Group.MODP_2048_224, Group.MODP_2048_256])
def test_a_value_outside_the_short_subgroup_is_refused(group: Group) -> None:
    facts = modp_group(group)
    outside = next(n for n in range(2, 100) if pow(n, facts.order or 0, facts.prime) != 1)
    with pytest.raises(InvalidPublicValue, match="outside the subgroup of order q") as caught:
        BACKEND.check_public(group, outside.to_bytes(facts.public_octets, "big"))
    assert caught.value.cite == "RFC2412:2.8"


def test_a_value_that_is_no_square_is_refused_in_the_groups_of_safe_primes() -> None:
    facts = modp_group(Group.MODP_2048)
    no_square = facts.prime - 4
    with pytest.raises(InvalidPublicValue, match="no square, so no power of the generator 2"):
        BACKEND.check_public(Group.MODP_2048, no_square.to_bytes(256, "big"))
    BACKEND.check_public(Group.MODP_2048, (4).to_bytes(256, "big"))


@pytest.mark.parametrize(("number", "word"), [(0, "is 0"), (1, "is 1"), (-1, "is p-1")])
def test_trivial_values_are_named_in_the_refusal(number: int, word: str) -> None:
    facts = modp_group(Group.MODP_1024)
    with pytest.raises(InvalidPublicValue, match=rf"modp1024 {word} \(RFC2412:2.3.1.1\)"):
        BACKEND.check_public(Group.MODP_1024, (number % facts.prime).to_bytes(128, "big"))


def test_a_private_group_of_new_group_mode_works_without_a_number() -> None:
    prime = modp_group(Group.MODP_768).prime
    private = ModpGroup("private", prime, 3, 23, "RFC2409:5.6")
    ours, theirs = BACKEND.generate(private, "xi"), BACKEND.generate(private, "xr")
    BACKEND.check_public(private, theirs.public)
    assert BACKEND.agree(private, ours, theirs.public) == BACKEND.agree(private, theirs, ours.public)
    curve = EcpGroup("private curve", ecp_group(Group.ECP_192).curve, "RFC2409:5.6")
    one, other = BACKEND.generate(curve, "xi"), BACKEND.generate(curve, "xr")
    assert BACKEND.agree(curve, one, other.public) == BACKEND.agree(curve, other, one.public)


@pytest.mark.parametrize("group", [Group.MODP_768, Group.ECP_256, Group.BRAINPOOL_P224R1], ids=lambda group: group.name)
def test_secrets_out_of_range_are_refused(group: Group) -> None:
    for secret in (0, -1, 1 << 1000):
        with pytest.raises(ValueError, match="is not between 0 and"):
            BACKEND.private_from(group, secret)


@given(drawn=st.binary(min_size=28, max_size=28))
def test_exponents_in_subgroups_are_above_one_and_below_the_order(drawn: bytes) -> None:
    facts = modp_group(Group.MODP_1024_160)
    assert modp.drawn_octets(facts) == 28
    assert facts.order is not None
    assert 1 < modp.exponent(facts, drawn) < facts.order


def test_exponents_are_never_zero_or_one() -> None:
    facts = modp_group(Group.MODP_2048)
    assert [modp.exponent(facts, bytes(28) + bytes([last])) for last in range(4)] == [2, 2, 2, 3]


def test_public_values_on_curves_have_to_be_points_also_where_the_library_computes() -> None:
    pair = BACKEND.generate(Group.ECP_256, "xi")
    bad = pair.public[:-1] + bytes([pair.public[-1] ^ 1])
    with pytest.raises(InvalidPublicValue, match="no point on the curve ecp256"):
        BACKEND.agree(Group.ECP_256, pair, bad)
    with pytest.raises(InvalidPublicValue, match=r"has 63 octets instead of 64 \(RFC5903:7\)"):
        BACKEND.agree(Group.ECP_256, pair, bad[:-1])


def test_refusals_do_not_mix_up_registries_whose_numbers_are_equal() -> None:
    backend = OpensslBackend()
    assert backend.refusal(Group.EC2N_155) is not None
    same = [HashAlgorithm.TIGER, Group.EC2N_155, EncryptionAlgorithm.BLOWFISH_CBC, AuthMethod.RSA_SIG]
    assert len(set(map(int, same))) == 1
    assert backend.refusal(EncryptionAlgorithm.BLOWFISH_CBC) is None
    assert backend.refusal(AuthMethod.RSA_SIG) is None
    assert backend.refusal(HashAlgorithm.TIGER) == "Tiger: no implementation of Tiger (RFC2409:Appendix A)"


def test_what_is_refused_is_unsupported_with_its_section() -> None:
    with pytest.raises(Unsupported, match="GF") as caught:
        BACKEND.generate(Group.EC2N_155, "xi")
    assert caught.value.cite == "RFC2409:6.3"
    assert BACKEND.refusal(Group.EC2N_155) is not None
