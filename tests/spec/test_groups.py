"""The groups are those of the RFCs: primes by formula and by digits, orders, curves, lengths on the wire."""

from __future__ import annotations

import gmpy2
import pytest

from isakmp.spec.groups import GROUPS, Ec2nGroup, EcpGroup, ModpGroup, OakleyPrime, group_facts, pi_scaled
from isakmp.spec.registries import Group, GroupType

MODP = [facts for facts in GROUPS.values() if isinstance(facts, ModpGroup)]
SAFE = [facts for facts in MODP if facts.order is None]
ECP = [facts for facts in GROUPS.values() if isinstance(facts, EcpGroup)]
NAME = [facts.name for facts in GROUPS.values()]

# Hexadecimal digits as RFC 2409 and RFC 3526 print them. Longer primes begin with those of the shorter ones, except for
# the last digits before the 16 digits F behind them: so each row holds what the prime has beyond the row above.
COMMON = """
    FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74 020BBEA6 3B139B22 514A0879 8E3404DD
    EF9519B3 CD3A431B 302B0A6D F25F1437 4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9
"""
MORE_1024 = "A637ED6B 0BFF5CB6 F406B7ED EE386BFB 5A899FA5 AE9F2411 7C4B1FE6"
MORE_1536 = """
    49286651 ECE45B3D C2007CB8 A163BF05 98DA4836 1C55D39A 69163FA8 FD24CF5F 83655D23 DCA3AD96 1C62F356 208552BB
    9ED52907 7096966D 670C354E 4ABC9804
"""
MORE_2048 = """
    F1746C08 CA18217C 32905E46 2E36CE3B E39E772C 180E8603 9B2783A2 EC07A28F B5C55DF0 6F4C52C9 DE2BCBF6 95581718
    3995497C EA956AE5 15D22618 98FA0510
"""
MORE_3072 = """
    15728E5A 8AAAC42D AD33170D 04507A33 A85521AB DF1CBA64 ECFB8504 58DBEF0A 8AEA7157 5D060C7D B3970F85 A6E1E4C7
    ABF5AE8C DB0933D7 1E8C94E0 4A25619D CEE3D226 1AD2EE6B F12FFA06 D98A0864 D8760273 3EC86A64 521F2B18 177B200C
    BBE11757 7A615D6C 770988C0 BAD946E2 08E24FA0 74E5AB31 43DB5BFC E0FD108E
"""
MORE_4096 = """
    4B82D120 A9210801 1A723C12 A787E6D7 88719A10 BDBA5B26 99C32718 6AF4E23C 1A946834 B6150BDA 2583E9CA 2AD44CE8
    DBBBC2DB 04DE8EF9 2E8EFC14 1FBECAA6 287C5947 4E6BC05D 99B2964F A090C3A2 233BA186 515BE7ED 1F612970 CEE2D7AF
    B81BDD76 2170481C D0069127 D5B05AA9 93B4EA98 8D8FDDC1 86FFB7DC 90A6C08F
"""
END = "FFFFFFFF FFFFFFFF"
LAST = {
    Group.MODP_768: "A63A3620",
    Group.MODP_1024: "49286651 ECE65381",
    Group.MODP_1536: "F1746C08 CA237327",
    Group.MODP_2048: "15728E5A 8AACAA68",
    Group.MODP_3072: "4B82D120 A93AD2CA",
    Group.MODP_4096: "4DF435C9 34063199",
}
PRINTED = {
    Group.MODP_768: COMMON,
    Group.MODP_1024: COMMON + MORE_1024,
    Group.MODP_1536: COMMON + MORE_1024 + MORE_1536,
    Group.MODP_2048: COMMON + MORE_1024 + MORE_1536 + MORE_2048,
    Group.MODP_3072: COMMON + MORE_1024 + MORE_1536 + MORE_2048 + MORE_3072,
    Group.MODP_4096: COMMON + MORE_1024 + MORE_1536 + MORE_2048 + MORE_3072 + MORE_4096,
}


@pytest.mark.parametrize("group", PRINTED)
def test_the_prime_by_formula_is_the_one_that_the_rfc_prints(group: Group) -> None:
    facts = group_facts(group)
    assert isinstance(facts, ModpGroup)
    assert facts.prime == int("".join((PRINTED[group] + LAST[group] + END).split()), 16)


@pytest.mark.parametrize(
    ("group", "first_that_differs", "last"),
    [
        # The primes of 6144 and 8192 bits agree with the formula where they leave the digits of pi: at their ends.
        (Group.MODP_6144, "E694F91E 6DCC4024", END),
        (Group.MODP_8192, "60C980DD 98EDD3DF", END),
    ],
)
def test_the_longest_primes_end_as_the_rfc_prints_them(group: Group, first_that_differs: str, last: str) -> None:
    facts = group_facts(group)
    assert isinstance(facts, ModpGroup)
    assert f"{facts.prime:X}".endswith((first_that_differs + last).replace(" ", ""))
    assert f"{facts.prime:X}".startswith("".join(PRINTED[Group.MODP_3072].split()))


def test_pi_is_pi() -> None:
    # 128 bits of pi, from its hexadecimal expansion as FIPS and RFC 2409's primes share it.
    assert pi_scaled(126) == 0xC90FDAA22168C234C4C6628B80DC1CD1


@pytest.mark.parametrize("facts", SAFE, ids=lambda facts: facts.name)
def test_primes_without_subgroup_are_safe_primes_whose_squares_the_generator_generates(facts: ModpGroup) -> None:
    assert gmpy2.is_prime(facts.prime, 5)
    assert gmpy2.is_prime((facts.prime - 1) // 2, 5)
    assert gmpy2.jacobi(facts.generator, facts.prime) == 1


def test_an_offset_that_is_wrong_by_one_gives_no_prime() -> None:
    assert not gmpy2.is_prime(OakleyPrime(2048, 124477).value)


@pytest.mark.parametrize("facts", [f for f in MODP if f.order is not None], ids=lambda facts: facts.name)
def test_subgroups_have_the_prime_order_that_is_stated(facts: ModpGroup) -> None:
    assert facts.order is not None
    assert gmpy2.is_prime(facts.prime)
    assert gmpy2.is_prime(facts.order)
    assert (facts.prime - 1) % facts.order == 0
    assert pow(facts.generator, facts.order, facts.prime) == 1 != facts.generator
    assert facts.exponent_octets == (facts.order.bit_length() + 7) // 8


@pytest.mark.parametrize("facts", ECP, ids=lambda facts: facts.name)
def test_base_points_lie_on_their_curves_and_orders_are_prime_and_in_hasses_interval(facts: EcpGroup) -> None:
    p, a, b, x, y, order = facts.curve
    assert gmpy2.is_prime(p)
    assert gmpy2.is_prime(order)
    assert (y * y - x**3 - a * x - b) % p == 0
    assert (order - p - 1) ** 2 <= 4 * p


def test_every_group_of_the_issue_has_parameters_under_its_own_number() -> None:
    numbers = {1, 2, 3, 4, 5, *range(14, 31)}
    assert set(GROUPS) == {Group(number) for number in numbers}
    assert all(facts.group is group for group, facts in GROUPS.items())
    assert len(set(NAME)) == len(NAME)


@pytest.mark.parametrize("facts", MODP, ids=lambda facts: facts.name)
def test_modp_values_are_as_long_as_the_prime(facts: ModpGroup) -> None:
    assert facts.prime.bit_length() == facts.bits
    assert facts.public_octets == facts.secret_octets == facts.bits // 8
    assert facts.type is GroupType.MODP


@pytest.mark.parametrize(
    ("group", "public", "secret"),
    [
        (Group.ECP_192, 48, 24),
        (Group.ECP_224, 56, 28),
        (Group.ECP_256, 64, 32),
        (Group.ECP_384, 96, 48),
        (Group.ECP_521, 132, 66),
        (Group.BRAINPOOL_P224R1, 56, 28),
        (Group.BRAINPOOL_P512R1, 128, 64),
        (Group.EC2N_155, 20, 20),
        (Group.EC2N_185, 24, 24),
    ],
)
def test_curve_values_have_the_lengths_of_their_coordinates(group: Group, public: int, secret: int) -> None:
    facts = group_facts(group)
    assert (facts.public_octets, facts.secret_octets) == (public, secret)


@pytest.mark.parametrize(
    ("group", "lower_strength", "upper_strength"),
    [
        (Group.MODP_1536, 90, 120),
        (Group.MODP_2048, 110, 160),
        (Group.MODP_3072, 130, 210),
        (Group.MODP_4096, 150, 240),
        (Group.MODP_6144, 170, 270),
        (Group.MODP_8192, 190, 310),
    ],
)
def test_exponents_have_twice_the_strength_that_rfc_3526_estimates(
    group: Group, lower_strength: int, upper_strength: int
) -> None:
    bits = 8 * group_facts(group).exponent_octets
    assert 2 * lower_strength < bits <= 2 * upper_strength


def test_exponents_of_the_oldest_groups_have_the_180_bits_of_rfc_2412() -> None:
    assert all(8 * group_facts(group).exponent_octets >= 180 for group in (Group.MODP_768, Group.MODP_1024))


def test_a_number_without_parameters_is_a_key_error_that_names_it() -> None:
    group = next(group for group in Group if group not in GROUPS)
    with pytest.raises(KeyError, match=group.name):
        group_facts(group)


def test_a_group_without_number_is_described_by_itself() -> None:
    private = ModpGroup("private", 23, 5, 1, "RFC2409:5.6")
    assert group_facts(private) is private
    assert (private.prime, private.bits, private.public_octets) == (23, 5, 1)


def test_the_binary_field_groups_have_orders_near_their_field() -> None:
    for facts in GROUPS.values():
        if isinstance(facts, Ec2nGroup):
            assert facts.polynomial.bit_length() == facts.field_bits + 1
            assert abs(facts.order.bit_length() - facts.field_bits) <= 1
            assert facts.type is GroupType.EC2N
