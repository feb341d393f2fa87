"""The registries are sound in themselves, name any number, and say what the RFCs say where those disagree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.spec import registries
from isakmp.spec.citations import parse_cite
from isakmp.spec.registries import (
    AttributeRegistry,
    CertEncoding,
    ConfigAttribute,
    DraftNatPayloadType,
    EncapsulationMode,
    Encoding,
    EspTransform,
    ExchangeType,
    Flag,
    FlagRegistry,
    Group,
    IdType,
    IkeAttribute,
    IpsecAttribute,
    IsakmpIdType,
    Kind,
    LifeType,
    NotifyType,
    PayloadType,
    Prf,
    Registry,
    SaLifeType,
    Situation,
)
from tests.citing import unresolved

REGISTRIES: list[type[Registry]] = [
    found
    for name in registries.__all__
    if isinstance(found := getattr(registries, name), type)
    and issubclass(found, Registry)
    and found not in {Registry, AttributeRegistry}
]
FLAGS: list[type[FlagRegistry]] = [Flag, Situation]


# ------------------------------------------------------------------------------------------------ sound in themselves
def test_every_registry_is_exported() -> None:
    def below(cls: type[Registry]) -> Iterator[type[Registry]]:
        for sub in cls.__subclasses__():
            yield sub
            yield from below(sub)

    assert {cls for cls in below(Registry) if cls.__module__.startswith("isakmp.")} == {*REGISTRIES, AttributeRegistry}
    assert len(REGISTRIES) >= 35


@pytest.mark.parametrize("registry", REGISTRIES)
def test_each_number_has_one_name(registry: type[Registry]) -> None:
    assert len(registry.__members__) == len(list(registry)), "an alias hides a number that was declared twice"


@pytest.mark.parametrize("registry", REGISTRIES)
def test_each_member_says_its_name_and_source(registry: type[Registry]) -> None:
    assert all(member.label and member.cite for member in registry)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_each_label_names_one_number(registry: type[Registry]) -> None:
    labels = [member.label for member in registry if not member.name.startswith("EC2N_")]
    assert len(set(labels)) == len(labels)
    assert all(label.isprintable() and label == label.strip() and label for label in labels)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_numbers_and_ranges_fit_the_field(registry: type[Registry]) -> None:
    limit = 1 << registry.bits
    assert all(0 <= member < limit for member in registry)
    assert all(0 <= found.first <= found.last < limit for found in registry.ranges)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_ranges_are_in_order_and_do_not_overlap(registry: type[Registry]) -> None:
    for before, after in zip(registry.ranges, registry.ranges[1:], strict=False):
        assert before.last < after.first


@pytest.mark.parametrize("registry", REGISTRIES)
def test_only_drafts_and_peers_name_numbers_that_lie_in_a_range(registry: type[Registry]) -> None:
    """What an RFC or IANA assigns cannot lie in a range, except that RFC 3706 took its own from private use."""
    for member in registry:
        for found in registry.ranges:
            if member in found:
                document = parse_cite(member.cite)[0]
                assert found.kind is Kind.PRIVATE_USE or document in {"PEERS", "HYBRID"}, member
                assert document in {"PEERS", "HYBRID", "XAUTH", "NATT-02", "RFC3706"}, member


@pytest.mark.parametrize("registry", [r for r in REGISTRIES if r.ranges])
def test_names_and_ranges_cover_the_whole_field(registry: type[Registry]) -> None:
    """Registries that an attribute's 16 bits give more room than IANA's list are open at their end."""
    covered = sorted([(found.first, found.last) for found in registry.ranges] + [(int(m), int(m)) for m in registry])
    reach = -1
    for first, last in covered:
        assert first <= reach + 1, f"nothing is said of {reach + 1}"
        reach = max(reach, last)
    assert reach == (1 << registry.bits) - 1 or registry.document == "IANA:isakmp-registry"


def test_every_citation_of_every_registry_resolves() -> None:
    every: list[type[Registry | FlagRegistry]] = [*REGISTRIES, *FLAGS]
    cites = [registry.document for registry in every]
    cites += [found.cite for registry in every for found in registry.ranges]
    cites += [member.cite for registry in REGISTRIES for member in registry]
    cites += [member.cite for registry in FLAGS for member in registry]
    assert unresolved(cites) == []


@pytest.mark.parametrize("registry", [*REGISTRIES, *FLAGS])
def test_each_registry_has_a_title_for_printing(registry: type[Registry | FlagRegistry]) -> None:
    assert registry.title
    assert registry.title[0].isupper()


# ------------------------------------------------------------------------------------------------- naming any number
@pytest.mark.parametrize(
    ("registry", "number", "text"),
    [
        (PayloadType, 4, "Key Exchange (KE)"),
        (PayloadType, 20, "NAT Discovery (NAT-D)"),
        (PayloadType, 99, "unassigned (99)"),
        (PayloadType, 200, "private use (200)"),
        (ExchangeType, 7, "reserved (7)"),
        (ExchangeType, 100, "DOI specific (100)"),
        (NotifyType, 8192, "reserved (8192)"),
        (NotifyType, 16001, "private use (16001)"),
        (NotifyType, 36136, "R-U-THERE"),
        (NotifyType, 50000, "reserved (50000)"),
        (EspTransform, 17, "unassigned (17)"),
        (Group, 40000, "private use (40000)"),
        (LifeType, 61440, "unassigned (61440)"),
        (SaLifeType, 61440, "private use (61440)"),
        (CertEncoding, 11, "reserved (11)"),
        (Prf, 1, "unassigned (1)"),
        (PayloadType, -1, "unassigned (-1)"),
        (PayloadType, 1 << 40, "unassigned (1099511627776)"),
    ],
)
def test_any_number_is_described(registry: type[Registry], number: int, text: str) -> None:
    assert registry.describe(number) == text


@given(registry=st.sampled_from(REGISTRIES), number=st.integers())
def test_describing_never_raises_and_finds_just_the_members(registry: type[Registry], number: int) -> None:
    member = registry.find(number)
    if member is None:
        assert registry.describe(number).endswith(f"({number})")
    else:
        assert int(member) == number
        assert registry.describe(number) == member.label


@given(flags=st.sampled_from(FLAGS), number=st.integers(min_value=0, max_value=0xFFFFFFFF))
def test_every_combination_of_bits_is_described(flags: type[FlagRegistry], number: int) -> None:
    text = flags.describe(number)
    for member in flags:
        assert (member.label in text.split("|")) == bool(member & number)
    assert ("reserved bits" in text) == bool(number & ~flags.known())


def test_flags_print_alone_and_together() -> None:
    assert Flag.ENCRYPTION.label == "Encryption"
    assert (Flag.ENCRYPTION | Flag.COMMIT).label == "Encryption|Commit"
    assert Flag(0).label == "none"
    assert Flag.describe(0x81) == "Encryption|reserved bits (0x80)"
    assert (Flag.ENCRYPTION | Flag.COMMIT).cite == "RFC2408:3.1"
    assert Situation.SECRECY.cite == "RFC2407:4.2.2"


def test_members_are_plain_numbers_on_the_wire() -> None:
    assert int(PayloadType.KE) == 4
    assert PayloadType(4) is PayloadType.KE
    assert bytes([PayloadType.KE, Flag.ENCRYPTION | Flag.AUTHENTICATION]) == b"\x04\x05"


# ----------------------------------------------------------------------------------------------- what the RFCs print
def test_identification_types_of_the_two_domains_are_numbered_differently() -> None:
    assert [t.label for t in IsakmpIdType] == [
        "ID_IPV4_ADDR",
        "ID_IPV4_ADDR_SUBNET",
        "ID_IPV6_ADDR",
        "ID_IPV6_ADDR_SUBNET",
    ]
    assert [int(t) for t in IsakmpIdType] == [0, 1, 2, 3]
    assert {t.label: int(t) for t in IdType if t.label in {i.label for i in IsakmpIdType}} == {
        "ID_IPV4_ADDR": 1,
        "ID_IPV4_ADDR_SUBNET": 4,
        "ID_IPV6_ADDR": 5,
        "ID_IPV6_ADDR_SUBNET": 6,
    }


@pytest.mark.parametrize(
    ("registry", "prefix", "printed"),
    [
        (registries.IsakmpTransform, "", "1 KEY_IKE"),
        (
            registries.AhTransform,
            "AH_",
            (
                "2 MD5, 3 SHA, 4 DES, 5 SHA2-256, 6 SHA2-384, 7 SHA2-512, 8 RIPEMD, 9 AES-XCBC-MAC, 10 RSA, "
                "11 AES-128-GMAC, 12 AES-192-GMAC, 13 AES-256-GMAC"
            ),
        ),
        (
            EspTransform,
            "ESP_",
            (
                "1 DES_IV64, 2 DES, 3 3DES, 4 RC5, 5 IDEA, 6 CAST, 7 BLOWFISH, 8 3IDEA, 9 DES_IV32, 10 RC4, 11 NULL, "
                "12 AES-CBC, 13 AES-CTR, 14 AES-CCM_8, 15 AES-CCM_12, 16 AES-CCM_16, 18 AES-GCM_8, 19 AES-GCM_12, "
                "20 AES-GCM_16, 21 SEED_CBC, 22 CAMELLIA, 23 NULL_AUTH_AES-GMAC"
            ),
        ),
        (registries.IpcompTransform, "IPCOMP_", "1 OUI, 2 DEFLATE, 3 LZS, 4 LZJH"),
        (registries.SignatureEncoding, "", "1 RSASSA-PKCS1-v1_5, 2 RSASSA-PSS"),
    ],
)
def test_transforms_are_those_that_iana_lists(registry: type[Registry], prefix: str, printed: str) -> None:
    """The lists are IANA's; scapy and tshark have none for these registries, or only a part."""
    listed = {int(number): prefix + name for number, name in (entry.split(" ") for entry in printed.split(", "))}
    assert {int(member): member.label for member in registry if not member.cite.startswith("PEERS:")} == listed


def test_nat_traversal_had_three_pairs_of_payload_numbers() -> None:
    assert (PayloadType.NAT_D, PayloadType.NAT_OA) == (20, 21)
    assert (PayloadType.NAT_D_DRAFT, PayloadType.NAT_OA_DRAFT) == (130, 131)
    assert {int(t) for t in DraftNatPayloadType} == {15, 16, 130, 131}
    assert (EncapsulationMode.UDP_TUNNEL_DRAFT, EncapsulationMode.UDP_TRANSPORT_DRAFT) == (61443, 61444)


def test_basic_and_variable_attributes_are_as_the_rfcs_list_them() -> None:
    variable = {int(a) for a in IkeAttribute if a.encoding is Encoding.VARIABLE}
    assert variable == {6, 7, 8, 9, 10, 12, 16}
    assert {int(a) for a in IpsecAttribute if a.encoding is Encoding.VARIABLE} == {2, 9, 12}
    assert {int(a) for a in ConfigAttribute if a.encoding is Encoding.BASIC} == {16520, 16527, 28673, 28679}


def test_both_phases_number_the_units_of_lifetimes_alike() -> None:
    assert [(int(t), t.label) for t in LifeType] == [(int(t), t.label) for t in SaLifeType]
