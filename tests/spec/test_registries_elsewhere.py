"""scapy and tshark, which were written without us, have the same names for the same numbers."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from isakmp.spec.registries import (
    AddressPreservation,
    AttributeRegistry,
    AuthMethod,
    CertEncoding,
    ConfigAttribute,
    ConfigType,
    Doi,
    EcnTunnel,
    EncapsulationMode,
    Encoding,
    EncryptionAlgorithm,
    ExchangeType,
    ExtendedSequenceNumber,
    Group,
    GroupType,
    HashAlgorithm,
    IdType,
    IkeAttribute,
    IntegrityAlgorithm,
    IpsecAttribute,
    LifeType,
    NotifyType,
    PayloadType,
    ProtocolId,
    Registry,
    SaDirection,
    SaLifeType,
    XauthStatus,
    XauthType,
)


def squeezed(name: str) -> str:
    """Leave of a name what does not depend on anybody's style."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


# ----------------------------------------------------------------------------------------------------- scapy's tables
SCAPY_AUTH_METHODS = {  # where scapy abbreviates
    1: "PSK", 2: "DSS", 3: "RSA Sig", 4: "RSA Encryption", 5: "RSA Encryption Revised", 6: "ElGamal Encryption",
    7: "ElGamal Encryption Revised", 8: "ECDSA Sig", 65010: "XAUTHRespRSARevisedEncryptio",
}  # fmt: skip


@pytest.fixture(scope="module")
def scapy_isakmp() -> Any:
    return pytest.importorskip("scapy.layers.isakmp", exc_type=ImportError)


@pytest.mark.parametrize(
    ("table", "attribute", "registry"),
    [
        ("ISAKMPAttributeTypes", "Encryption", EncryptionAlgorithm),
        ("ISAKMPAttributeTypes", "Hash", HashAlgorithm),
        ("ISAKMPAttributeTypes", "Authentication", AuthMethod),
        ("ISAKMPAttributeTypes", "LifeType", LifeType),
        ("IPSECAttributeTypes", "EncapsulationMode", EncapsulationMode),
        ("IPSECAttributeTypes", "AuthenticationAlgorithm", IntegrityAlgorithm),
    ],
)
def test_attribute_values_are_those_of_scapy(
    scapy_isakmp: Any, table: str, attribute: str, registry: type[Registry]
) -> None:
    theirs: dict[str, int] = getattr(scapy_isakmp, table)[attribute][1]
    other = SCAPY_AUTH_METHODS if registry is AuthMethod else {}
    for name, number in theirs.items():
        if name != "Reserved":
            ours = registry(number)
            assert squeezed(name) == squeezed(ours.label) or other.get(number) == name, (name, ours.label)


@pytest.mark.parametrize(
    ("table", "registry"), [("ISAKMPAttributeTypes", IkeAttribute), ("IPSECAttributeTypes", IpsecAttribute)]
)
def test_attribute_types_and_their_encoding_are_those_of_scapy(
    scapy_isakmp: Any, table: str, registry: type[AttributeRegistry]
) -> None:
    for name, (number, _, variable) in getattr(scapy_isakmp, table).items():
        ours = registry(number)
        assert bool(variable) == (ours.encoding is Encoding.VARIABLE), name
        assert squeezed(name)[:4] in squeezed(ours.label), (name, ours.label)


@pytest.mark.parametrize(
    ("table", "registry"),
    [("NotifyMessageType", NotifyType), ("ISAKMP_doi", Doi), ("ISAKMP_protos", ProtocolId)],
)
def test_names_of_numbers_are_those_of_scapy(scapy_isakmp: Any, table: str, registry: type[Registry]) -> None:
    for number, name in getattr(scapy_isakmp, table).items():
        assert squeezed(registry(number).label).removeprefix("proto") == squeezed(name)


def test_payloads_and_exchanges_are_those_of_scapy(scapy_isakmp: Any) -> None:
    for number, name in scapy_isakmp.ISAKMP_payload_type.items():
        ours = PayloadType(number)
        assert squeezed(name) in squeezed(ours.label) or name == ours.name, (name, ours.label)
    for number, name in scapy_isakmp.ISAKMP_exchange_type.items():
        assert squeezed(name) == squeezed(ExchangeType(number).label)


# ---------------------------------------------------------------------------------------------------- tshark's tables
TSHARK_FIELDS: dict[str, type[Registry]] = {
    "nextpayload": PayloadType,
    "exchangetype": ExchangeType,
    "notify.msgtype": NotifyType,
    "notify.doi": Doi,
    "prop.protoid": ProtocolId,
    "id.type": IdType,
    "cert.encoding": CertEncoding,
    "cfg.type": ConfigType,
    "cfg.attr.type": ConfigAttribute,
    "cfg.attr.xauth.type": XauthType,
    "cfg.attr.xauth.status": XauthStatus,
    "ike.attr.type": IkeAttribute,
    "ike.attr.encryption_algorithm": EncryptionAlgorithm,
    "ike.attr.hash_algorithm": HashAlgorithm,
    "ike.attr.authentication_method": AuthMethod,
    "ike.attr.group_description": Group,
    "ike.attr.group_type": GroupType,
    "ike.attr.life_type": LifeType,
    "ipsec.attr.type": IpsecAttribute,
    "ipsec.attr.life_type": SaLifeType,
    "ipsec.attr.encap_mode": EncapsulationMode,
    "ipsec.attr.auth_algorithm": IntegrityAlgorithm,
    "ipsec.attr.ecn_tunnel": EcnTunnel,
    "ipsec.attr.ext_seq_nbr": ExtendedSequenceNumber,
    "ipsec.attr.addr_preservation": AddressPreservation,
    "ipsec.attr.sa_direction": SaDirection,
}

IKEV2_TOO = {
    "nextpayload", "exchangetype", "notify.msgtype", "prop.protoid", "id.type", "cert.encoding", "cfg.type",
    "cfg.attr.type",
}  # fmt: skip
"""Fields for which tshark prints the tables of both versions of IKE, without telling them apart."""

TSHARK_NAMES = {  # what tshark calls otherwise
    "IdType.LIST": "KEY_LIST",
    "ConfigAttribute.XAUTH_CHALLENGE": "XAUTH_CHALLANGE",
    "ConfigAttribute.UNITY_SPLITDNS_NAME": "UNITY_SPLIT_DOMAIN",
    "ConfigAttribute.UNITY_LOCAL_LAN": "UNITY_SPLIT_EXCLUDE",
    "XauthStatus.OK": "Success",
    "Group.BRAINPOOL_P224R1": "224-bit Brainpool ECP group",
    "Group.BRAINPOOL_P256R1": "256-bit Brainpool ECP group",
    "Group.BRAINPOOL_P384R1": "384-bit Brainpool ECP group",
    "Group.BRAINPOOL_P512R1": "512-bit Brainpool ECP group",
    "PayloadType.NAT_D": "NAT-D (RFC 3947)",
    "PayloadType.NAT_OA": "NAT-OA (RFC 3947)",
    "PayloadType.NAT_D_DRAFT": "NAT-D (draft-ietf-ipsec-nat-t-ike-01 to 03)",
    "PayloadType.NAT_OA_DRAFT": "NAT-OA (draft-ietf-ipsec-nat-t-ike-01 to 03)",
    "PayloadType.FRAGMENT": "Cisco-Fragmentation",
}

UNKNOWN_TO_TSHARK = {
    *(f"NotifyType.{n.name}" for n in NotifyType if 30000 <= n < 36136 or n in {40001, 40500}),
    *(f"EncryptionAlgorithm.{c.name}" for c in EncryptionAlgorithm if c > 65000),
}


TSHARK_EXTRAS = re.compile(r"^Reserved \(was (.*)\)$| \((?:Main|Config) Mode\)$| / .*$| group$")
"""What tshark adds to the names that the documents print; the first group is what remains."""


@pytest.fixture(scope="module")
def tshark_values() -> dict[str, dict[int, set[str]]]:
    """Return, for each of tshark's fields, its single numbers with the names that it has for them."""
    run = subprocess.run(["tshark", "-G", "values"], capture_output=True, text=True, check=True)
    values: dict[str, dict[int, set[str]]] = {}
    for line in run.stdout.splitlines():
        match line.split("\t"):
            case ["V", field, number, name] if field.startswith("isakmp."):
                pass
            case ["R", field, number, last, name] if field.startswith("isakmp.") and int(number, 0) == int(last, 0):
                pass
            case _:
                continue
        values.setdefault(field.removeprefix("isakmp."), {}).setdefault(int(number, 0), set()).add(name.strip())
    return values


@pytest.mark.requires_tool("tshark")
@pytest.mark.parametrize("field", TSHARK_FIELDS)
def test_each_member_has_the_name_that_tshark_gives_to_its_number(
    tshark_values: dict[str, dict[int, set[str]]], field: str
) -> None:
    for member in TSHARK_FIELDS[field]:
        key = f"{type(member).__name__}.{member.name}"
        theirs = tshark_values[field].get(int(member), set())
        if key in UNKNOWN_TO_TSHARK:
            assert not theirs, f"{key} is known to tshark by now"
            continue
        bare = re.sub(r" \([A-Z-]+\)$", "", member.label)  # RFC 2408 prints "Key Exchange (KE)"
        ours = {squeezed(bare), squeezed(member.label), squeezed(member.name)}
        names = {squeezed(TSHARK_EXTRAS.sub(r"\1", name)) for name in theirs} | {squeezed(name) for name in theirs}
        assert ours & names or TSHARK_NAMES.get(key) in theirs, (key, member.label, theirs)


@pytest.mark.requires_tool("tshark")
@pytest.mark.parametrize("field", sorted(set(TSHARK_FIELDS) - IKEV2_TOO))
def test_each_number_that_tshark_names_is_known(tshark_values: dict[str, dict[int, set[str]]], field: str) -> None:
    registry = TSHARK_FIELDS[field]
    unknown = {number for number in tshark_values[field] if registry.find(number) is None}
    assert unknown <= {0, *((33, 34) if registry is Group else ())}, "0 is reserved; GOST groups are IKEv2's"
