"""The Diffie-Hellman groups: what their numbers mean, and how long values of them are on the wire.

A group is a `ModpGroup` (integers modulo a prime), an `EcpGroup` (curve over a prime field) or an `Ec2nGroup` (curve
over a field of characteristic two). `GROUPS` holds one for every group number whose parameters a document gives; New
Group Mode (RFC 2409 section 5.6) makes others, which have no number here and no name.

All lengths are octets. A public value of a MODP group is as long as the prime, and so is the shared secret, both with
zeros in front (RFC 2409 section 5). A public value of an ECP group is x | y, the shared secret is x alone (RFC 5903
section 7). A value of an EC2N group is x alone (RFC 2409 section 6.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import isqrt
from typing import Final, Self, TypeAlias

from isakmp.spec import group_numbers as numbers
from isakmp.spec.citations import Cite
from isakmp.spec.registries import Group, GroupType, Kind


@cache
def pi_scaled(bits: int) -> int:
    """The integer part of 2^bits times pi, which RFC 2409 section 6 and RFC 3526 print as [2^bits pi].

    Computed by the arithmetic-geometric mean; 64 further bits absorb what the roundings lose.
    """
    one = 1 << (bits + 64)
    a, b, t, p = one, isqrt(one * one // 2), one // 4, 1
    while a - b > 1:
        mean = (a + b) // 2
        t -= p * (a - mean) ** 2 // one
        a, b, p = mean, isqrt(a * b), 2 * p
    return (a + b) ** 2 // (4 * t) >> 64


@dataclass(frozen=True)
class OakleyPrime:
    """The form in which the RFCs give their primes: 2^bits - 2^(bits-64) - 1 + 2^64 * ([2^(bits-130) pi] + offset)."""

    bits: int
    offset: int

    @cached_property
    def value(self) -> int:
        """The prime itself; computed when it is first asked for, some milliseconds for the longest."""
        n = self.bits
        return (1 << n) - (1 << (n - 64)) - 1 + (pi_scaled(n - 130) + self.offset << 64)


@dataclass(frozen=True)
class ModpGroup:
    """The powers of a generator modulo a prime.

    `order` is the order of the subgroup that the generator generates, where it is much shorter than the prime (RFC
    5114); else None: the primes of RFC 2409 and RFC 3526 are safe primes. `exponent_octets` is the length of a fresh
    secret exponent.
    """

    name: str
    modulus: OakleyPrime | int
    generator: int
    exponent_octets: int
    cite: Cite
    order: int | None = None
    group: Group | None = None

    @cached_property
    def prime(self) -> int:
        """The modulus as a number."""
        return self.modulus if isinstance(self.modulus, int) else self.modulus.value

    @cached_property
    def bits(self) -> int:
        """The length of the prime in bits."""
        return self.modulus.bit_length() if isinstance(self.modulus, int) else self.modulus.bits

    @cached_property
    def public_octets(self) -> int:
        """The length of the body of a KE payload (RFC 2409 section 5)."""
        return (self.bits + 7) // 8

    @property
    def secret_octets(self) -> int:
        """The length of g^xy (RFC 2409 section 5)."""
        return self.public_octets

    @property
    def type(self) -> GroupType:
        """The value of the attribute Group Type (RFC 2409 Appendix A)."""
        return GroupType.MODP


@dataclass(frozen=True)
class EcpGroup:
    """The points of a curve over the integers modulo a prime; `curve` holds its numbers, the cofactor is 1."""

    name: str
    curve: numbers.Curve
    cite: Cite
    group: Group | None = None

    @cached_property
    def bits(self) -> int:
        """The length of the field's prime in bits."""
        return self.curve.prime.bit_length()

    @cached_property
    def field_octets(self) -> int:
        """The length of one coordinate."""
        return (self.bits + 7) // 8

    @property
    def public_octets(self) -> int:
        """The length of the body of a KE payload: x | y (RFC 5903 section 7)."""
        return 2 * self.field_octets

    @property
    def secret_octets(self) -> int:
        """The length of g^xy: x alone (RFC 5903 section 7)."""
        return self.field_octets

    @property
    def exponent_octets(self) -> int:
        """The length of a fresh secret multiplier: that of the order."""
        return (self.curve.order.bit_length() + 7) // 8

    @property
    def type(self) -> GroupType:
        """The value of the attribute Group Type (RFC 2409 Appendix A)."""
        return GroupType.ECP


@dataclass(frozen=True)
class Ec2nGroup:
    """The points of the curve y^2 + xy = x^3 + ax^2 + b over GF[2^field_bits] (RFC 2409 section 6.3).

    `polynomial` is the irreducible polynomial of the field and `x` the generator's coordinate, as bit strings.
    """

    name: str
    field_bits: int
    polynomial: int
    x: int
    a: int
    b: int
    order: int
    cite: Cite
    group: Group | None = None

    @property
    def bits(self) -> int:
        """The size of the field in bits."""
        return self.field_bits

    @property
    def public_octets(self) -> int:
        """The length of the body of a KE payload: x alone (RFC 2409 section 6.3)."""
        return (self.field_bits + 7) // 8

    @property
    def secret_octets(self) -> int:
        """The length of g^xy: x alone (RFC 2409 section 6.3)."""
        return self.public_octets

    @property
    def exponent_octets(self) -> int:
        """The length of a fresh secret multiplier: that of the order."""
        return (self.order.bit_length() + 7) // 8

    @property
    def type(self) -> GroupType:
        """The value of the attribute Group Type (RFC 2409 Appendix A)."""
        return GroupType.EC2N


class PrivateGroup(int):
    """The number of a group that New Group Mode has described: 2^15 and up (RFC 2409 section 5.6).

    It means something only under the ISAKMP SA that protected the description.

    Raises:
        ValueError: the number is not for private use.
    """

    def __new__(cls, number: int) -> Self:
        """Take a number."""
        if Group.kind_of(number) is not Kind.PRIVATE_USE:
            raise ValueError(f"group {number}: numbers of private groups are 2^15 and up, in 16 bits")
        return super().__new__(cls, number)

    @property
    def name(self) -> str:
        """A name, as the groups of the registry have one: `PRIVATE_32768`."""
        return f"PRIVATE_{int(self)}"

    @property
    def label(self) -> str:
        """The same in words."""
        return f"private group {int(self)}"


FIRST_PRIVATE_GROUP: Final = PrivateGroup(next(each.first for each in Group.ranges if each.kind is Kind.PRIVATE_USE))
"""The least number that a group of one's own can have."""

GroupFacts: TypeAlias = ModpGroup | EcpGroup | Ec2nGroup
AnyGroup: TypeAlias = Group | GroupFacts
"""A group by its number, or, where it has none (New Group Mode), by its parameters."""


def _modp(group: Group, bits: int, offset: int, exponent_octets: int, cite: Cite) -> ModpGroup:
    return ModpGroup(f"modp{bits}", OakleyPrime(bits, offset), 2, exponent_octets, cite, group=group)


def _subgroup(group: Group, name: str, row: numbers.Subgroup, cite: Cite) -> ModpGroup:
    octets = (row.order.bit_length() + 7) // 8
    return ModpGroup(name, row.prime, row.generator, octets, cite, order=row.order, group=group)


def _ecp(group: Group, name: str, curve: numbers.Curve, cite: Cite) -> EcpGroup:
    return EcpGroup(name, curve, cite, group=group)


# Lengths of exponents, 23 to 50 octets. RFC 2412 section 2.3.1.1 asks for 180 bits; RFC 3526 section 8 for at least
# twice the strength of the group, which it estimates between 90 and 120 bits for group 5, between 110 and 160 for group
# 14, and so on up to between 190 and 310 for group 18. These lie above twice the lower estimates, and not below twice
# the strengths that NIST SP 800-56B gives for such moduli. RFC 5114 section 4 wants the length of the subgroup's order.
_ALL: tuple[GroupFacts, ...] = (
    _modp(Group.MODP_768, 768, 149686, 23, "RFC2409:6.1"),
    _modp(Group.MODP_1024, 1024, 129093, 23, "RFC2409:6.2"),
    Ec2nGroup(
        "ec2n155",
        field_bits=155,
        polynomial=0x0800000000000000000000004000000000000001,
        x=0x7B,
        a=0,
        b=0x07338F,
        order=0x0800000000000000000057DB5698537193AEF944,
        cite="RFC2409:6.3",
        group=Group.EC2N_155,
    ),
    Ec2nGroup(
        "ec2n185",
        field_bits=185,
        polynomial=0x020000000000000000000000000000200000000000000001,
        x=0x18,
        a=0,
        b=0x1EE9,
        order=0x01FFFFFFFFFFFFFFFFFFFFFFDBF2F889B73E484175F94EBC,
        cite="RFC2409:6.4",
        group=Group.EC2N_185,
    ),
    _modp(Group.MODP_1536, 1536, 741804, 25, "RFC3526:2"),
    _modp(Group.MODP_2048, 2048, 124476, 29, "RFC3526:3"),
    _modp(Group.MODP_3072, 3072, 1690314, 35, "RFC3526:4"),
    _modp(Group.MODP_4096, 4096, 240904, 41, "RFC3526:5"),
    _modp(Group.MODP_6144, 6144, 929484, 47, "RFC3526:6"),
    _modp(Group.MODP_8192, 8192, 4743158, 50, "RFC3526:7"),
    _ecp(Group.ECP_256, "ecp256", numbers.P_256, "RFC5903:3.1"),
    _ecp(Group.ECP_384, "ecp384", numbers.P_384, "RFC5903:3.2"),
    _ecp(Group.ECP_521, "ecp521", numbers.P_521, "RFC5903:3.3"),
    _subgroup(Group.MODP_1024_160, "modp1024s160", numbers.SUBGROUP_1024_160, "RFC5114:2.1"),
    _subgroup(Group.MODP_2048_224, "modp2048s224", numbers.SUBGROUP_2048_224, "RFC5114:2.2"),
    _subgroup(Group.MODP_2048_256, "modp2048s256", numbers.SUBGROUP_2048_256, "RFC5114:2.3"),
    _ecp(Group.ECP_192, "ecp192", numbers.P_192, "RFC5114:2.4"),
    _ecp(Group.ECP_224, "ecp224", numbers.P_224, "RFC5114:2.5"),
    _ecp(Group.BRAINPOOL_P224R1, "ecp224bp", numbers.BRAINPOOL_P224R1, Group.BRAINPOOL_P224R1.cite),
    _ecp(Group.BRAINPOOL_P256R1, "ecp256bp", numbers.BRAINPOOL_P256R1, Group.BRAINPOOL_P256R1.cite),
    _ecp(Group.BRAINPOOL_P384R1, "ecp384bp", numbers.BRAINPOOL_P384R1, Group.BRAINPOOL_P384R1.cite),
    _ecp(Group.BRAINPOOL_P512R1, "ecp512bp", numbers.BRAINPOOL_P512R1, Group.BRAINPOOL_P512R1.cite),
)

GROUPS: Final[dict[Group, GroupFacts]] = {facts.group: facts for facts in _ALL if facts.group is not None}
"""What a group number means, for every number whose parameters a document gives."""


def group_name(group: Group | PrivateGroup) -> str:
    """The short name of a group: `modp2048`, `ecp256`, `private32768`.

    Raises `KeyError` for a number whose parameters are not known here.
    """
    return f"private{int(group)}" if isinstance(group, PrivateGroup) else GROUPS[group].name


def private_modp(number: PrivateGroup, prime: int, generator: int, order: int | None = None) -> ModpGroup:
    """A group that has no number in the registry (RFC 2409 section 5.6).

    A fresh exponent is as long as the subgroup's order, else as long as for the next longer group of the RFCs.
    """
    bits = prime.bit_length()
    known = [g for g in _ALL if isinstance(g, ModpGroup) and g.order is None]
    octets = next((g.exponent_octets for g in known if g.bits >= bits), known[-1].exponent_octets)
    if order is not None:
        octets = (order.bit_length() + 7) // 8
    return ModpGroup(group_name(number), prime, generator, octets, "RFC2409:5.6", order=order)


def group_facts(group: AnyGroup) -> GroupFacts:
    """Give the parameters of a group named by number, or those that were passed.

    Raises `KeyError`, with the name, for a group whose parameters are not known here.
    """
    if not isinstance(group, Group):
        return group
    facts = GROUPS.get(group)
    if facts is None:
        raise KeyError(f"parameters of group {group.name} are not known here")
    return facts
