"""Diffie-Hellman in the integers modulo a prime, for groups by number as well as for those that New Group Mode makes.

The arithmetic is gmpy2's: as fast as OpenSSL's for every group, without OpenSSL's preparation of 15 to 30 ms for the
primes that it does not know, and independent of the finite-field interface that `cryptography` is giving up. `powmod`
does not run in constant time. The exponents that reach it are drawn for one exchange and dropped after it, so that a
peer can time each of them once; whoever reuses exponents needs `gmpy2.powmod_sec`, which takes about 1.7 times as long.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import gmpy2

from isakmp.crypto.errors import InvalidPublicValue, OutsideSubgroup
from isakmp.spec.limits import SUBGROUP_BITS

if TYPE_CHECKING:
    from isakmp.spec.groups import ModpGroup

_PRIMALITY_ROUNDS: Final = 40
"""Rounds of Miller and Rabin; the library replaces the first 24 by the stronger test of Baillie and others."""

EXTRA_OCTETS: Final = 8
"""Octets drawn beyond the length of an order, so that the remainder is near enough to uniform (FIPS 186-4, B.1.1)."""


@lru_cache(maxsize=64)  # peers describe groups of their own
def _modulus(group: ModpGroup) -> Any:  # gmpy2 ships no types
    """The prime as gmpy2 wants it; converted once."""
    return gmpy2.mpz(group.prime)


def drawn_octets(group: ModpGroup) -> int:
    """How many random octets `exponent` needs."""
    return group.exponent_octets if group.order is None else group.exponent_octets + EXTRA_OCTETS


def exponent(group: ModpGroup, drawn: bytes) -> int:
    """Make a secret exponent, never 0 or 1, of `drawn_octets` random octets; below the order where there is one."""
    number = int.from_bytes(drawn, "big")
    if group.order is not None:
        return 2 + number % (group.order - 3)
    return max(number, 2)


def public_value(group: ModpGroup, secret: int) -> bytes:
    """Give g^x, with zeros in front up to the length of the prime (RFC 2409 section 5)."""
    return int(gmpy2.powmod(group.generator, secret, _modulus(group))).to_bytes(group.public_octets, "big")


def shared_secret(group: ModpGroup, secret: int, public: bytes) -> bytes:
    """Give g^xy, with zeros in front up to the length of the prime (RFC 2409 section 5)."""
    return int(gmpy2.powmod(int.from_bytes(public, "big"), secret, _modulus(group))).to_bytes(
        group.secret_octets, "big"
    )


def flaw(group: ModpGroup) -> str:
    """What is wrong with a group that somebody describes, in words; empty if nothing is (RFC 2409 section 10).

    The prime has to be one, and the generator to generate a subgroup without small factors: that of a safe prime, or
    one whose prime order is given. Tests of primality are probabilistic, at random bases too, as the describer may
    want to deceive them. Costs a few powers.
    """
    prime, generator, order = _modulus(group), group.generator, group.order
    if not gmpy2.is_prime(prime, _PRIMALITY_ROUNDS):
        return "the prime is composite"
    if not 1 < generator < prime - 1:
        return "the generator is not from 2 to p-2"
    if order is None:
        return "" if gmpy2.is_prime(prime // 2, _PRIMALITY_ROUNDS) else "no safe prime, and no order of a subgroup"
    if order.bit_length() < SUBGROUP_BITS:
        return f"an order of {order.bit_length()} bits, where {SUBGROUP_BITS} are the least"
    if not gmpy2.is_prime(order, _PRIMALITY_ROUNDS):
        return "the order of the subgroup is composite"
    return "" if gmpy2.powmod(generator, order, prime) == 1 else "the generator does not have the order that is given"


def check_public(group: ModpGroup, public: bytes) -> None:
    """Refuse a peer's value that is none of the group's, or whose powers an outsider can guess.

    The length is the prime's (RFC 2409 section 5). 0, 1, p-1 and what is not below p fix the shared secret or do not
    belong to the group (RFC 2412 section 2.3.1.1). In a group with a short subgroup the value has to lie in it, which
    costs a power; in those of RFC 2409 and RFC 3526 the subgroup of the generator is that of the squares, which a
    Jacobi symbol tells in microseconds. Raises `InvalidPublicValue`.
    """
    if len(public) != group.public_octets:
        msg = f"public value of {group.name} has {len(public)} octets instead of {group.public_octets}"
        raise InvalidPublicValue(msg, "RFC2409:5")
    value, prime = gmpy2.mpz(int.from_bytes(public, "big")), _modulus(group)
    if value <= 1 or value >= prime - 1:
        which = {0: "0", 1: "1", prime - 1: "p-1"}.get(value, "not below the prime")
        msg = f"public value of {group.name} is {which}"
        raise InvalidPublicValue(msg, "RFC2412:2.3.1.1")
    if group.order is not None:
        if gmpy2.powmod(value, group.order, prime) != 1:
            msg = f"public value of {group.name} lies outside the subgroup of order q"
            raise OutsideSubgroup(msg, "RFC2412:2.8")
    elif group.group is not None and gmpy2.jacobi(value, prime) != 1:
        msg = f"public value of {group.name} is no square, so no power of the generator {group.generator}"
        raise OutsideSubgroup(msg, group.cite)
