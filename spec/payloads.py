"""Every header, payload and attribute of IKE version 1, field by field in wire order. See `isakmp.spec.layouts`.

Sections: ``RFC2408:3.x`` lays the payloads out, ``RFC2408:5.x`` says what a violation is answered with; both are named
where they differ. The fragment payload is Cisco's, which never described it; Microsoft's [MS-IKEE] section 2.2.3.1
describes the same one, and strongSwan and libreswan send it too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from isakmp.spec.layouts import (
    Layout,
    Lengths,
    Order,
    Payload,
    Structure,
    When,
    attribute_list,
    chain,
    constant,
    count_of,
    following,
    format_bit,
    items,
    nested,
    octets,
    reserved,
    size_of,
    total_length,
    uint,
)
from isakmp.spec.registries import (
    CertEncoding,
    ConfigType,
    Doi,
    ExchangeType,
    Flag,
    IdType,
    IsakmpIdType,
    NotifyType,
    PayloadType,
    ProtocolId,
    Situation,
)

_DOIS = frozenset({Doi.ISAKMP, Doi.IPSEC})  # those whose payloads are laid out here
_ISAKMP_SPI = frozenset(range(17))  # "irrelevant and MAY be from zero (0) to sixteen (16)"
_IPSEC_SPI = frozenset({4})
_CPI = frozenset({2, 4})  # a 16-bit CPI, or the same in 32 bits

SPI_LENGTHS: Final[MappingProxyType[int, frozenset[int]]] = MappingProxyType(
    {ProtocolId.ISAKMP: _ISAKMP_SPI, ProtocolId.AH: _IPSEC_SPI, ProtocolId.ESP: _IPSEC_SPI, ProtocolId.IPCOMP: _CPI}
)
"""Octets of a SPI in a proposal, by protocol (RFC 2408 section 3.5; RFC 2407 leaves ESP and AH at 4; RFC 3173)."""

NOTIFY_SPI_LENGTHS: Final[MappingProxyType[int, frozenset[int]]] = MappingProxyType(
    {p: sizes | {0} for p, sizes in SPI_LENGTHS.items()}
)
"""The same in a notification, where the SPI may be absent: an error may concern a SA that has none yet."""

DELETE_SPI_LENGTHS: Final[MappingProxyType[int, frozenset[int]]] = MappingProxyType(
    {**SPI_LENGTHS, ProtocolId.ISAKMP: frozenset({16})}
)
"""The same in a Delete: an ISAKMP SA is named by both cookies (RFC 2408 section 3.15)."""

ID_DATA_LENGTHS: Final[MappingProxyType[int, frozenset[int]]] = MappingProxyType(
    {
        IdType.IPV4_ADDR: frozenset({4}),
        IdType.IPV4_ADDR_SUBNET: frozenset({8}),
        IdType.IPV6_ADDR: frozenset({16}),
        IdType.IPV6_ADDR_SUBNET: frozenset({32}),
        IdType.IPV4_ADDR_RANGE: frozenset({8}),
        IdType.IPV6_ADDR_RANGE: frozenset({32}),
    }
)
"""Octets of the data of those identification types that have a fixed form (RFC 2407 sections 4.6.2.2 to 4.6.2.9)."""


# ---- header and attributes -------------------------------------------------------------------------------------------


class Header(Structure, cite="RFC2408:3.1", figure="Figure 2: ISAKMP Header Format"):
    """The ISAKMP header, 28 octets. Next payload, version and length follow from the rest of the message."""

    cky_i: bytes = octets("Initiator Cookie", bits=64, cite="RFC2408:5.2", notify=NotifyType.INVALID_COOKIE)
    cky_r: bytes = octets("Responder Cookie", bits=64, cite="RFC2408:5.2", notify=NotifyType.INVALID_COOKIE)
    next_payload = following(cite="RFC2408:5.2")
    major = constant(4, "MjVer", 1, notify=NotifyType.INVALID_MAJOR_VERSION)
    minor = constant(4, "MnVer", 0, notify=NotifyType.INVALID_MINOR_VERSION)
    exchange: int = uint(
        8,
        "Exchange Type",
        ExchangeType,
        allowed=frozenset(ExchangeType) - {ExchangeType.NONE},
        cite="RFC2408:5.2",
        notify=NotifyType.INVALID_EXCHANGE_TYPE,
    )
    flags: Flag = uint(8, "Flags", Flag, closed=True, notify=NotifyType.INVALID_FLAGS, default=Flag(0))
    message_id: int = uint(32, "Message ID", cite="RFC2408:5.2", notify=NotifyType.INVALID_MESSAGE_ID, default=0)
    length = total_length(32, "Length", cite="RFC2408:5.1", notify=NotifyType.UNEQUAL_PAYLOAD_LENGTHS)


MESSAGE_ID_ZERO: Final = frozenset(
    {
        ExchangeType.BASE,
        ExchangeType.IDENTITY_PROTECTION,
        ExchangeType.AUTHENTICATION_ONLY,
        ExchangeType.AGGRESSIVE,
    }
)
"""Exchanges of phase 1 only, where the message ID must be zero (RFC 2408 section 3.1, RFC 2409 section 5)."""

MESSAGE_ID_UNIQUE: Final = frozenset({ExchangeType.QUICK, ExchangeType.NEW_GROUP, ExchangeType.TRANSACTION})
"""Exchanges under an ISAKMP SA, which only a message ID tells apart: never zero (RFC 2408 section 3.1)."""


class Attribute(Structure, cite="RFC2408:3.3", figure="Figure 4: Data Attributes"):
    """A data attribute. An ``int`` value is written in the short form (TV), octets in the long form (TLV).

    The form is part of the value, so that what was read is written again octet for octet.
    """

    af = format_bit("AF")
    type: int = uint(15, "Attribute Type")
    length = size_of("value", 16, "AF=0 Attribute Length / AF=1 Attribute Value")
    value: int | bytes = octets("AF=0 Attribute Value / AF=1 Not Transmitted")

    if not TYPE_CHECKING:  # an attribute is a pair and equals any such pair: the tables of the codec need C's speed
        __eq__ = tuple.__eq__
        __ne__ = tuple.__ne__
        __hash__ = tuple.__hash__

    @property
    def number(self) -> int:
        """The value as an unsigned integer in either form, such as a life duration in four octets."""
        return self.value if isinstance(self.value, int) else int.from_bytes(self.value)


# ---- security association --------------------------------------------------------------------------------------------


class Transform(
    Payload,
    code=PayloadType.TRANSFORM,
    cite="RFC2408:3.6",
    figure="Figure 7: Transform Payload Format",
    notify=NotifyType.BAD_PROPOSAL_SYNTAX,
):
    """One way to protect, with its attributes. `TRANSFORM_IDS` and `SA_ATTRIBUTES` name the numbers by protocol."""

    number: int = uint(8, "Transform #")
    transform_id: int = uint(8, "Transform-Id")
    reserved2 = reserved(16, "RESERVED2")
    attributes: tuple[Attribute, ...] = attribute_list("SA Attributes", default=())


class Proposal(
    Payload,
    code=PayloadType.PROPOSAL,
    cite="RFC2408:3.5",
    figure="Figure 6: Proposal Payload Format",
    notify=NotifyType.BAD_PROPOSAL_SYNTAX,
):
    """A protocol with the transforms offered for it; proposals of equal number are meant together."""

    number: int = uint(8, "Proposal #")
    protocol: int = uint(
        8, "Protocol-Id", ProtocolId, closed=True, cite="RFC2408:5.5", notify=NotifyType.INVALID_PROTOCOL_ID
    )
    spi_size = size_of("spi", 8, "SPI Size")
    transform_count = count_of("transforms", 8, "# of Transforms")
    spi: bytes = octets(
        "SPI", size="spi_size", lengths=Lengths("protocol", SPI_LENGTHS), notify=NotifyType.INVALID_SPI, default=b""
    )
    transforms: tuple[Transform, ...] = chain(
        Transform, "Transform payloads", order=Order.INCREASING, cite="RFC2408:4.2", default=()
    )


class SecurityLabel(Structure, cite="RFC2407:4.6.1", figure="Figure 1: Security Association Payload Format"):
    """A level and a bitmap of categories, each padded with zeros to 32 bits."""

    level_length = size_of("level", 16, "Level Length (in octets)")
    reserved_1 = reserved(16)
    level: bytes = octets("Level", size="level_length", pad=32)
    category_bits: int = uint(16, "Category Length (in bits)")
    reserved_2 = reserved(16)
    categories: bytes = octets("Category Bitmap", size="category_bits", unit=1, pad=32)


_LABELED = When("situation", Situation.SECRECY | Situation.INTEGRITY)


class SA(
    Payload,
    code=PayloadType.SA,
    cite="RFC2408:3.4",
    figure="Figure 5: Security Association Payload",
    notify=NotifyType.BAD_PROPOSAL_SYNTAX,
):
    """Security association: situation and proposals. The labels are there only in a labeled situation."""

    doi: int = uint(
        32,
        "Domain of Interpretation",
        Doi,
        allowed=_DOIS,
        cite="RFC2408:5.4",
        notify=NotifyType.DOI_NOT_SUPPORTED,
        default=Doi.IPSEC,
    )
    situation: Situation = uint(
        32,
        "Situation",
        Situation,
        allowed=frozenset(range(1, 8)),
        cite="RFC2407:4.2",
        notify=NotifyType.SITUATION_NOT_SUPPORTED,
        default=Situation.IDENTITY_ONLY,
    )
    domain: int = uint(32, "Labeled Domain Identifier", cite="RFC2407:4.6.1", when=_LABELED, default=0)
    secrecy: SecurityLabel | None = nested(
        SecurityLabel, "Secrecy", when=When("situation", Situation.SECRECY), cite="RFC2407:4.2.2", default=None
    )
    integrity: SecurityLabel | None = nested(
        SecurityLabel, "Integrity", when=When("situation", Situation.INTEGRITY), cite="RFC2407:4.2.3", default=None
    )
    proposals: tuple[Proposal, ...] = chain(
        Proposal, "Proposal payloads", order=Order.NOT_DECREASING, cite="RFC2408:4.2", default=()
    )


# ---- payloads that are one run of octets -----------------------------------------------------------------------------


class KE(Payload, code=PayloadType.KE, cite="RFC2408:3.7", figure="Figure 8: Key Exchange Payload Format"):
    """Key exchange: the Diffie-Hellman public value."""

    data: bytes = octets("Key Exchange Data")


class HASH(Payload, code=PayloadType.HASH, cite="RFC2408:3.11", figure="Figure 12: Hash Payload Format"):
    """Hash, or what a prf yields."""

    data: bytes = octets("Hash Data")


class SIG(Payload, code=PayloadType.SIG, cite="RFC2408:3.12", figure="Figure 13: Signature Payload Format"):
    """Signature."""

    data: bytes = octets("Signature Data")


NONCE_OCTETS: Final = range(8, 256 + 1)
"""Lengths of a nonce in octets: "between 8 and 256 bytes inclusive" (RFC 2409 section 5)."""


class NONCE(Payload, code=PayloadType.NONCE, cite="RFC2408:3.13", figure="Figure 14: Nonce Payload Format"):
    """Nonce of 8 to 256 octets, or its encryption, which may be longer: so only the lower bound holds here."""

    data: bytes = octets("Nonce Data", minimum=NONCE_OCTETS.start, cite="RFC2409:5")


class VID(Payload, code=PayloadType.VID, cite="RFC2408:3.16", figure="Figure 17: Vendor ID Payload Format"):
    """Vendor ID."""

    data: bytes = octets("Vendor ID (VID)")


class NAT_D(Payload, code=PayloadType.NAT_D, cite="RFC3947:3.2", figure="NAT-D packet"):  # noqa: N801 - the RFC's name
    """NAT discovery: hash of an address and a port."""

    data: bytes = octets("HASH of the address and port")


class NAT_D_DRAFT(NAT_D, code=PayloadType.NAT_D_DRAFT, cite="NATT-02:3.2", figure="NAT-D packet"):  # noqa: N801
    """NAT discovery under the number of the drafts before RFC 3947."""


# ---- payloads with an inner structure --------------------------------------------------------------------------------


class ID(
    Payload,
    code=PayloadType.ID,
    cite="RFC2407:4.6.2",
    figure="Figure 2: Identification Payload Format",
    notify=NotifyType.INVALID_ID_INFORMATION,
):
    """Identification under the IPsec DOI."""

    type: int = uint(8, "ID Type", IdType, closed=True, cite="RFC2407:4.6.2.1")
    protocol: int = uint(8, "Protocol ID", default=0)
    port: int = uint(16, "Port", default=0)
    data: bytes = octets("Identification Data", lengths=Lengths("type", ID_DATA_LENGTHS), default=b"")


class GenericID(
    Payload,
    code=PayloadType.ID,
    cite="RFC2408:3.8",
    figure="Figure 9: Identification Payload Format",
    notify=NotifyType.INVALID_ID_INFORMATION,
):
    """Identification as ISAKMP alone has it, for any other DOI."""

    type: int = uint(8, "ID Type", IsakmpIdType)
    doi_data: bytes = octets("DOI Specific ID Data", bits=24, default=bytes(3))
    data: bytes = octets("Identification Data", default=b"")


class CERT(Payload, code=PayloadType.CERT, cite="RFC2408:3.9", figure="Figure 10: Certificate Payload Format"):
    """Certificate."""

    encoding: int = uint(
        8, "Cert Encoding", CertEncoding, closed=True, cite="RFC2408:5.9", notify=NotifyType.INVALID_CERT_ENCODING
    )
    data: bytes = octets("Certificate Data")


class CR(Payload, code=PayloadType.CR, cite="RFC2408:3.10", figure="Figure 11: Certificate Request Payload Format"):
    """Certificate request; without an authority any will do."""

    encoding: int = uint(
        8, "Cert. Type", CertEncoding, closed=True, cite="RFC2408:5.10", notify=NotifyType.INVALID_CERT_ENCODING
    )
    authority: bytes = octets("Certificate Authority", default=b"")


class N(Payload, code=PayloadType.N, cite="RFC2408:3.14", figure="Figure 15: Notification Payload Format"):
    """Notification. Bad values are logged, never answered: two ends could go on for ever (RFC 2408 section 5.14)."""

    doi: int = uint(32, "Domain of Interpretation", Doi, allowed=_DOIS, cite="RFC2408:5.14", only_logged=True)
    protocol: int = uint(8, "Protocol-ID", ProtocolId, closed=True, cite="RFC2408:5.14", only_logged=True)
    spi_size = size_of("spi", 8, "SPI Size")
    type: int = uint(16, "Notify Message Type", NotifyType)
    spi: bytes = octets(
        "Security Parameter Index (SPI)",
        size="spi_size",
        lengths=Lengths("protocol", NOTIFY_SPI_LENGTHS),
        cite="RFC2408:5.14",
        only_logged=True,
        default=b"",
    )
    data: bytes = octets("Notification Data", default=b"")


class D(Payload, code=PayloadType.D, cite="RFC2408:3.15", figure="Figure 16: Delete Payload Format"):
    """Delete: SAs of one protocol that the sender has removed. Bad values are logged only (RFC 2408 section 5.15)."""

    doi: int = uint(32, "Domain of Interpretation", Doi, allowed=_DOIS, cite="RFC2408:5.15", only_logged=True)
    protocol: int = uint(8, "Protocol-Id", ProtocolId, closed=True, cite="RFC2408:5.15", only_logged=True)
    spi_size = size_of("spis", 8, "SPI Size")
    spi_count = count_of("spis", 16, "# of SPIs")
    spis: tuple[bytes, ...] = items(
        "Security Parameter Index(es) (SPI)",
        size="spi_size",
        count="spi_count",
        lengths=Lengths("protocol", DELETE_SPI_LENGTHS),
        cite="RFC2408:5.15",
    )


class NAT_OA(Payload, code=PayloadType.NAT_OA, cite="RFC3947:5.2", figure="NAT-OA packet"):  # noqa: N801
    """Original address, before a NAT changed it."""

    type: int = uint(8, "ID Type", IdType, allowed=frozenset({IdType.IPV4_ADDR, IdType.IPV6_ADDR}))
    reserved_1 = reserved(8)
    reserved_2 = reserved(16)
    address: bytes = octets("IPv4 (4 octets) or IPv6 address (16 octets)", lengths=Lengths("type", ID_DATA_LENGTHS))


class NAT_OA_DRAFT(NAT_OA, code=PayloadType.NAT_OA_DRAFT, cite="NATT-02:5.2", figure="NAT-OA packet"):  # noqa: N801
    """Original address under the number of the drafts before RFC 3947."""


class ATTR(Payload, code=PayloadType.ATTR, cite="MODECFG:3.2", figure="Attributes Payload"):
    """Configuration attributes (mode config, XAuth)."""

    type: int = uint(8, "Type", ConfigType, cite="MODECFG:3.3")
    reserved_1 = reserved(8)
    identifier: int = uint(16, "Identifier", default=0)
    attributes: tuple[Attribute, ...] = attribute_list("Attributes", default=())


class FRAGMENT(Payload, code=PayloadType.FRAGMENT, cite="PEERS:Cisco", figure="Fragment Payload Packet"):
    """A piece of a whole ISAKMP message, header included; ``flags`` is 1 on the last piece."""

    fragment_id: int = uint(16, "Fragment ID")
    number: int = uint(8, "Fragment Number")
    flags: int = uint(8, "Flags", allowed=frozenset({0, 1}))
    data: bytes = octets("Fragment Data")


class Unknown(Payload, cite="RFC2408:3.2", figure="Figure 3: Generic Payload Header"):
    """A payload whose type has no layout here, such as one for private use; ``type`` is its number."""

    type: int = uint(0, "(in the Next Payload field before)", PayloadType)
    data: bytes = octets("(unknown)")


# ---- tables of the above ---------------------------------------------------------------------------------------------

_IN_CHAINS: Final[tuple[type[Payload], ...]] = (
    *(SA, KE, ID, CERT, CR, HASH, SIG, NONCE, N, D, VID, ATTR),
    *(NAT_D, NAT_OA, NAT_D_DRAFT, NAT_OA_DRAFT, FRAGMENT),
)

PAYLOADS: Final[MappingProxyType[int, type[Payload]]] = MappingProxyType(
    {int(cls.layout.code): cls for cls in _IN_CHAINS if cls.layout.code is not None}
)
"""The payloads that may stand in a message, by payload type. Proposals and transforms live inside an SA only."""

STRUCTURES: Final[tuple[type[Structure], ...]] = (
    Header,
    Attribute,
    SecurityLabel,
    Transform,
    Proposal,
    *PAYLOADS.values(),
    GenericID,
    Unknown,
)
"""Everything that has a layout."""

LAYOUTS: Final[MappingProxyType[str, Layout]] = MappingProxyType({cls.layout.name: cls.layout for cls in STRUCTURES})
"""Every layout by name."""
