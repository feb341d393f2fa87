"""Values in words: numbers by their registries, attributes by protocol, identities, vendor IDs, certificates.

Everything here takes what any peer may have sent, and gives text that is harmless on a terminal; nothing raises.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any, Final

from isakmp.cli.errors import printable
from isakmp.machine.config import Identity
from isakmp.spec.fields import Field
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import WITH_PORTS
from isakmp.spec.naming import ATTRIBUTE_VALUES, CONFIG_ATTRIBUTES, SA_ATTRIBUTES, TRANSFORM_IDS
from isakmp.spec.payloads import (
    ATTR,
    CERT,
    CR,
    FRAGMENT,
    ID,
    NAT_OA,
    SA,
    VID,
    Attribute,
    D,
    GenericID,
    N,
    Proposal,
    Transform,
    Unknown,
)
from isakmp.spec.registries import (
    CertEncoding,
    ConfigAttribute,
    ConfigType,
    FlagRegistry,
    IdType,
    IkeAttribute,
    IpsecAttribute,
    NotifyType,
    PayloadType,
    ProtocolId,
    Registry,
    identify_vendor,
)
from isakmp.spec.xauth import SECRETS

LONGEST_NUMBER: Final = 8
"""Octets; what is longer is shown in hexadecimal, as is the value of an attribute that nobody knows."""


def named(registry: type[Registry | FlagRegistry], number: int) -> str:
    """Give a number with its name: ``7 AES-CBC``."""
    name = registry.describe(number)
    return name if str(number) in name.replace("(", " ").replace(")", " ").split() else f"{number} {name}"


def field_text(field: Field, value: object) -> str:
    """Give the value of a field in words, by what its layout says of it."""
    if isinstance(value, bytes):
        return value.hex() if value else "(empty)"
    if isinstance(value, tuple):  # octet strings, such as SPIs
        return ", ".join(item.hex() if isinstance(item, bytes) else str(item) for item in value) or "(none)"
    if isinstance(value, int) and field.registry is not None:
        return named(field.registry, int(value))
    if isinstance(value, int) and field.name == "message_id":
        return f"{value:#010x}"
    return printable(str(value))


# ---- attributes ------------------------------------------------------------------------------------------------------


def attribute_words(registry: type[Registry], attribute: Attribute) -> tuple[str, str]:
    """Name an attribute and its value, by the registry of its protocol."""
    value = attribute.value
    values = ATTRIBUTE_VALUES.get((registry, attribute.type))
    name = registry.describe(attribute.type)
    if registry is ConfigAttribute and isinstance(value, bytes):
        return name, _config_text(attribute.type, value)
    if values is not None:
        return name, named(values, attribute.number)
    if isinstance(value, bytes) and (registry.find(attribute.type) is None or len(value) > LONGEST_NUMBER):
        return name, value.hex()
    return name, str(attribute.number)


def sa_registry(protocol: int) -> type[Registry]:
    """What names the attributes of a transform; those of the IPsec DOI where the protocol is unknown."""
    registry: Any = SA_ATTRIBUTES.get(protocol, IpsecAttribute)
    return registry  # type: ignore[no-any-return]


def transform_text(protocol: int, number: int) -> str:
    """Name a Transform-Id."""
    registry: Any = TRANSFORM_IDS.get(protocol)
    return named(registry, number) if registry is not None else str(number)


def _config_text(kind: int, value: bytes) -> str:
    if not value:
        return "(asked for)"
    if kind in SECRETS:
        return f"({len(value)} octets that are a secret)"
    name = getattr(ConfigAttribute.find(kind), "name", "")
    if name.startswith("INTERNAL_IP"):
        return _address(value)
    return _text(value) if name.startswith(("XAUTH", "APPLICATION")) else value.hex()


# ---- identities and certificates -------------------------------------------------------------------------------------


def _address(octets: bytes) -> str:
    try:
        return str(ipaddress.ip_address(octets))
    except ValueError:
        return octets.hex()


def _subnet(octets: bytes) -> str:
    half = len(octets) // 2
    address, mask = _address(octets[:half]), octets[half:]
    bits = int.from_bytes(mask)
    ones = bits.bit_count()
    contiguous = bits == ((1 << ones) - 1) << (8 * len(mask) - ones)
    return f"{address}/{ones}" if contiguous else f"{address} mask {_address(mask)}"


def _range(octets: bytes) -> str:
    half = len(octets) // 2
    return f"{_address(octets[:half])} to {_address(octets[half:])}"


def _text(octets: bytes) -> str:
    try:
        return f'"{printable(octets.decode())}"'
    except UnicodeDecodeError:
        return octets.hex()


_IDENTITIES: Final[Mapping[int, Callable[[bytes], str]]] = {
    IdType.IPV4_ADDR: _address,
    IdType.IPV6_ADDR: _address,
    IdType.IPV4_ADDR_SUBNET: _subnet,
    IdType.IPV6_ADDR_SUBNET: _subnet,
    IdType.IPV4_ADDR_RANGE: _range,
    IdType.IPV6_ADDR_RANGE: _range,
    IdType.FQDN: _text,
    IdType.USER_FQDN: _text,
    IdType.KEY_ID: _text,
}


def identity_text(kind: int, data: bytes) -> str:
    """Give an identity as people write it: address, network, name (RFC 2407 section 4.6.2)."""
    if kind == IdType.DER_ASN1_DN:
        return distinguished_name(data)
    form = _IDENTITIES.get(kind)
    return form(data) if form is not None and data else data.hex() or "(empty)"


def client_text(identity: Identity) -> str:
    """Give an identity of quick mode as people write it, with protocol and port where they are named."""
    text = identity_text(identity.type, identity.data)
    if not identity.protocol:
        return text
    names = {number: name for name, number in WITH_PORTS.items()}
    return f"{text}[{names.get(identity.protocol, identity.protocol)}/{identity.port}]"


def distinguished_name(der: bytes) -> str:
    """Give an X.501 name in the form of RFC 4514, in hexadecimal if it is none."""
    from isakmp.cli.certificates import name_text

    return name_text(der) or der.hex() or "(any)"


def vendor_text(octets: bytes) -> str:
    """Name a vendor ID; one that nobody knows is quoted where it is text."""
    vendor = identify_vendor(octets)
    if vendor is not None:
        rest = octets[len(vendor.octets) :]
        return f"{vendor.name}, then {rest.hex()}" if rest else vendor.name
    readable = octets.isascii() and octets.decode("ascii").isprintable() and len(octets) > 0
    return f'unknown: "{octets.decode("ascii")}"' if readable else "unknown"


def certificate_text(encoding: int, data: bytes) -> str:
    """Give subject and issuer of an X.509 certificate."""
    if encoding not in (CertEncoding.X509_SIGNATURE, CertEncoding.X509_KEY_EXCHANGE):
        return f"{len(data)} octets"
    from isakmp.cli.certificates import certificate_words

    return certificate_words(data) or f"{len(data)} octets that are no certificate"


# ---- payloads in one line --------------------------------------------------------------------------------------------


def payload_name(payload: Payload) -> str:
    """The short name of a payload; the number of one that has none."""
    if isinstance(payload, Unknown):
        return f"payload {payload.type}"
    return type(payload).__name__.removesuffix("_DRAFT").replace("_", "-")


def payload_text(payload: Payload) -> str:
    """What a payload says, in one line."""
    words = next((words for kind, words in _WORDS.items() if isinstance(payload, kind)), _data_words)
    return words(payload)


def _data_words(payload: Any) -> str:
    data: bytes = getattr(payload, "data", b"")
    return f"{len(data)} octets: {_shortened(data)}"


def _sa_words(payload: SA) -> str:
    return "; ".join(_proposal_text(proposal) for proposal in payload.proposals)


def _id_words(payload: ID) -> str:
    where = f", protocol {payload.protocol} port {payload.port}" if payload.protocol or payload.port else ""
    return f"{IdType.describe(payload.type)} {identity_text(payload.type, payload.data)}{where}"


def _cr_words(payload: CR) -> str:
    return f"{CertEncoding.describe(payload.encoding)}: {distinguished_name(payload.authority)}"


def _n_words(payload: N) -> str:
    about = f" about {_spis(payload.protocol, (payload.spi,))}" if payload.spi else ""
    return f"{NotifyType.describe(payload.type)}{about}"


def _attr_words(payload: ATTR) -> str:
    listed = ", ".join(" ".join(attribute_words(CONFIG_ATTRIBUTES, one)) for one in payload.attributes)
    return f"{ConfigType.describe(payload.type)}: {listed}"


def _fragment_words(payload: FRAGMENT) -> str:
    last = ", the last" if payload.flags else ""
    return f"piece {payload.number} of message {payload.fragment_id}{last}, {len(payload.data)} octets"


_WORDS: Final[Mapping[type[Payload], Callable[[Any], str]]] = {
    SA: _sa_words,
    ID: _id_words,
    GenericID: lambda payload: f"type {payload.type} {payload.data.hex()}",
    CERT: lambda payload: certificate_text(payload.encoding, payload.data),
    CR: _cr_words,
    N: _n_words,
    D: lambda payload: _spis(payload.protocol, payload.spis),
    VID: lambda payload: vendor_text(payload.data),
    NAT_OA: lambda payload: _address(payload.address),
    ATTR: _attr_words,
    FRAGMENT: _fragment_words,
}


_SHORT: Final = 24


def _shortened(data: bytes) -> str:
    return data.hex() if len(data) <= _SHORT else f"{data[: _SHORT - 8].hex()}..."


def _spis(protocol: int, spis: tuple[bytes, ...]) -> str:
    return f"{ProtocolId.describe(protocol)} {', '.join(spi.hex() for spi in spis)}"


def _proposal_text(proposal: Proposal) -> str:
    spi = f" SPI {proposal.spi.hex()}" if proposal.spi else ""
    transforms = " or ".join(_transform_words(proposal.protocol, transform) for transform in proposal.transforms)
    return f"{ProtocolId.describe(proposal.protocol)}{spi}: {transforms}"


_LIFE_TYPES: Final = frozenset({(IkeAttribute, IkeAttribute.LIFE_TYPE), (IpsecAttribute, IpsecAttribute.SA_LIFE_TYPE)})
_LIFE_DURATIONS: Final = frozenset(
    {(IkeAttribute, IkeAttribute.LIFE_DURATION), (IpsecAttribute, IpsecAttribute.SA_LIFE_DURATION)}
)
_KEY_LENGTHS: Final = frozenset({(IkeAttribute, IkeAttribute.KEY_LENGTH), (IpsecAttribute, IpsecAttribute.KEY_LENGTH)})


def _transform_words(protocol: int, transform: Transform) -> str:
    registry = sa_registry(protocol)
    said: list[str] = []
    unit = ""
    for attribute in transform.attributes:
        name, text = attribute_words(registry, attribute)
        match (registry, attribute.type):
            case known if known in _LIFE_TYPES:
                unit = text.partition(" ")[2]
            case known if known in _LIFE_DURATIONS:
                said.append(f"{text} {unit}".rstrip())
            case known if known in _KEY_LENGTHS:
                said.append(f"{text} bits")
            case _:
                said.append(text.partition(" ")[2] or f"{name} {text}")
    return f"{transform_text(protocol, transform.transform_id).partition(' ')[2]} ({', '.join(said)})"


def payload_type_name(number: int) -> str:
    """The short name of a payload type: ``KE``; the number of one that has none."""
    member = PayloadType.find(number)
    return str(number) if member is None else member.name.removesuffix("_DRAFT").replace("_", "-")
