"""Diffie-Hellman on curves over prime fields by their textbook formulas, where the library has no such curve.

The `cryptography` package lacks the 224-bit Brainpool curve, a system's OpenSSL may lack all of Brainpool, and the
curves of New Group Mode have no name at all. Affine coordinates, double-and-add: some milliseconds for a
multiplication, and not in constant time, which `isakmp.crypto.modp` discusses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from isakmp.crypto.errors import InvalidPublicValue

if TYPE_CHECKING:
    from isakmp.spec.group_numbers import Curve
    from isakmp.spec.groups import EcpGroup

Point: TypeAlias = tuple[int, int] | None
"""A point by its coordinates; None is the point at infinity."""


def on_curve(curve: Curve, point: tuple[int, int]) -> bool:
    """Whether the coordinates are in the field and satisfy the curve's equation."""
    x, y = point
    in_field = 0 <= x < curve.prime and 0 <= y < curve.prime
    return in_field and (y * y - (x * x + curve.a) * x - curve.b) % curve.prime == 0


def add(curve: Curve, left: Point, right: Point) -> Point:
    """Add two points."""
    if left is None or right is None:
        return left or right
    (x1, y1), (x2, y2) = left, right
    p = curve.prime
    if x1 == x2:
        if (y1 + y2) % p == 0:
            return None
        slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, p) % p
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, p) % p
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p


def multiply(curve: Curve, scalar: int, point: Point) -> Point:
    """Add a point to itself, `scalar` times in all."""
    result: Point = None
    for bit in f"{scalar:b}":
        result = add(curve, result, result)
        if bit == "1":
            result = add(curve, result, point)
    return result


def encode(group: EcpGroup, point: Point) -> bytes:
    """Write a point as x | y (RFC 5903 section 7). Raises `InvalidPublicValue` for the point at infinity."""
    if point is None:
        raise InvalidPublicValue(f"the result is the point at infinity of {group.name}", group.cite)
    size = group.field_octets
    return int(point[0]).to_bytes(size, "big") + int(point[1]).to_bytes(size, "big")


def decode(group: EcpGroup, public: bytes) -> tuple[int, int]:
    """Read x | y (RFC 5903 section 7). Raises `InvalidPublicValue` where that is no point of the curve."""
    check_length(group, public)
    size = group.field_octets
    point = int.from_bytes(public[:size], "big"), int.from_bytes(public[size:], "big")
    if not on_curve(group.curve, point):
        raise InvalidPublicValue(f"public value is no point on the curve {group.name}", group.cite)
    return point


def check_length(group: EcpGroup, public: bytes) -> None:
    """Raise `InvalidPublicValue` where a public value has not the length of x | y (RFC 5903 section 7)."""
    if len(public) != group.public_octets:
        msg = f"public value of {group.name} has {len(public)} octets instead of {group.public_octets}"
        raise InvalidPublicValue(msg, "RFC5903:7")


def public_value(group: EcpGroup, secret: int) -> bytes:
    """Give x | y of the base point, multiplied by the secret."""
    return encode(group, multiply(group.curve, secret, (group.curve.x, group.curve.y)))


def shared_secret(group: EcpGroup, secret: int, public: bytes) -> bytes:
    """Give x of the peer's point, multiplied by the secret (RFC 5903 section 7). Raises `InvalidPublicValue`."""
    return encode(group, multiply(group.curve, secret, decode(group, public)))[: group.field_octets]
