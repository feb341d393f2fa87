"""What the ends of a vector agree on and prove themselves with: algorithms, groups, keys, as numbers and octets."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from isakmp.conform.vectors.formulas import Json
from isakmp.crypto.keys import PrivateKey
from isakmp.machine.config import Config, Credentials, IkeProposal
from isakmp.spec.algorithms import AUTHENTICATIONS, CIPHERS, HASHES
from isakmp.spec.groups import GROUPS, AnyGroup, EcpGroup, ModpGroup, group_facts
from isakmp.spec.terms import Role


def number(value: int) -> str:
    """A number in hexadecimal, by whole octets."""
    return value.to_bytes((value.bit_length() + 7) // 8).hex()


def suite(ike: IkeProposal) -> Json:
    """The algorithms of phase 1; lengths in octets."""
    cipher = CIPHERS[ike.encryption]
    return {
        "name": str(ike.suite),
        "authentication": AUTHENTICATIONS[ike.auth].name,
        "cipher": cipher.name,
        "block": cipher.block,
        "key": cipher.key.octets(ike.key_length),
        "hash": HASHES[ike.hash].name,
        "group": group_numbers(ike.group),
    }


def group_numbers(group: AnyGroup) -> Json:
    """A Diffie-Hellman group by its numbers; `octets` is the length of a coordinate, or of the prime."""
    facts = group_facts(group)
    if isinstance(facts, ModpGroup):
        numbers = {"prime": number(facts.prime), "generator": number(facts.generator)}
        return {"kind": "modp", "name": facts.name, "octets": facts.public_octets, **numbers}
    if not isinstance(facts, EcpGroup):
        raise TypeError(f"{facts.name}: groups over fields of characteristic two have no vectors")
    return {"kind": "ecp", "name": facts.name, "octets": facts.field_octets, **_curve(facts)}


def _curve(facts: EcpGroup) -> Json:
    curve = facts.curve
    found = {"prime": curve.prime, "a": curve.a % curve.prime, "b": curve.b, "x": curve.x, "y": curve.y}
    return {name: number(value) for name, value in (found | {"order": curve.order}).items()}


def credentials(configs: Mapping[Role, Config]) -> Json:
    """The shared key, or certificates and keys of both ends, which are made for the vector and secret to nobody."""
    psk = configs[Role.I].credentials.psk
    own = {role.value: _own(configs[role].credentials) for role in Role}
    return {
        **({} if psk is None else {"psk": psk.hex()}),
        **{role: found for role, found in own.items() if found},
    }


def _own(found: Credentials) -> Json:
    if found.private_key is None or found.certificate is None:
        return {}
    return {"certificate": found.certificate.der.hex(), **_key(found.private_key)}


def _key(key: PrivateKey) -> Json:
    native = key.native
    numbers: dict[str, int]
    match native:
        case rsa.RSAPrivateKey():
            own = native.private_numbers()
            numbers = {"n": own.public_numbers.n, "e": own.public_numbers.e, "d": own.d}
        case dsa.DSAPrivateKey():
            secret = native.private_numbers()
            of = secret.public_numbers.parameter_numbers
            numbers = {"p": of.p, "q": of.q, "g": of.g, "y": secret.public_numbers.y, "x": secret.x}
        case ec.EllipticCurvePrivateKey():
            point = native.private_numbers()
            numbers = {"x": point.public_numbers.x, "y": point.public_numbers.y, "d": point.private_value}
    curve = next((_curve(g) for g in GROUPS.values() if isinstance(g, EcpGroup) and _same(g, native)), None)
    der = native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {
        "private_key": der.hex(),
        "key": {"kind": key.kind.value, **{name: number(value) for name, value in numbers.items()}},
        **({} if curve is None else {"curve": curve}),
    }


def _same(group: EcpGroup, native: object) -> bool:
    """Whether a key is on the curve of a group."""
    if not isinstance(native, ec.EllipticCurvePrivateKey):
        return False
    point, curve = native.private_numbers().public_numbers, group.curve
    x, y, p = point.x, point.y, curve.prime
    return max(x, y) < p and (y * y - x * x * x - curve.a * x - curve.b) % p == 0
