"""Speed of the codec beside scapy's.

Both sides do the same work on the same octets: a main-mode message 1 (8 transforms of 7 attributes, 4 vendor IDs) and
a quick-mode message 1 in the clear. scapy's parse makes its packet objects; its build is ``bytes()`` of a packet made
from fields, with nothing cached. Ours keeps short attributes that it has seen (peers send the same few again and
again), and the messages here repeat theirs.

scapy (2.7) is no oracle here: it misreads a second proposal after one with a SPI, and rebuilds short attributes of the
long form in the short form. The messages below avoid both, so that both sides see the same structure.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from scapy.layers import isakmp as layer

from isakmp.machine.codec import Message, Payloads, decode, encode
from isakmp.spec.payloads import HASH, ID, NONCE, SA, VID, Attribute, Header, Proposal, Transform
from isakmp.spec.registries import ExchangeType, IdType, ProtocolId
from tests.benchmarks.common import Row, at_least, compare


def main_mode_1() -> Message:
    """8 transforms of 7 attributes, all different, and 4 vendor IDs."""
    transforms = tuple(
        Transform(
            number,
            1,
            (
                Attribute(1, 7),
                Attribute(14, 128 + 64 * (number % 3)),
                Attribute(2, 1 + number % 6),
                Attribute(3, 1),
                Attribute(4, 13 + number),
                Attribute(11, 1),
                Attribute(12, (100_000_000 + number).to_bytes(4)),
            ),
        )
        for number in range(1, 9)
    )
    proposals = (Proposal(1, ProtocolId.ISAKMP, transforms=transforms),)
    vendors = tuple(VID(bytes(range(start, start + 16))) for start in range(4))
    header = Header(b"initiate", bytes(8), exchange=ExchangeType.IDENTITY_PROTECTION)
    return Message(header, Payloads((SA(proposals=proposals), *vendors)))


def quick_mode_1() -> Message:
    """HASH, SA (one ESP proposal, two transforms), nonce and two identifications, in the clear."""
    transforms = tuple(
        Transform(number, 12, (Attribute(6, 128 * number), Attribute(5, 5), Attribute(4, 1), Attribute(1, 1)))
        for number in (1, 2)
    )
    proposals = (Proposal(1, ProtocolId.ESP, b"\xc1\x02\x03\x04", transforms),)
    subnets = tuple(ID(IdType.IPV4_ADDR_SUBNET, data=bytes((10, n, 0, 0, 255, 255, 0, 0))) for n in (1, 2))
    header = Header(b"initiate", b"responds", exchange=ExchangeType.QUICK, message_id=0x1234ABCD)
    return Message(header, Payloads((HASH(bytes(20)), SA(proposals=proposals), NONCE(bytes(range(32))), *subnets)))


def scapy_packet(message: Message) -> Callable[[], Any]:
    """Return a function that gives a scapy packet of the same content, built from fields, with nothing cached."""
    tables: dict[int, Any] = {ProtocolId.ISAKMP: layer.ISAKMPAttributeTypes, ProtocolId.ESP: layer.IPSECAttributeTypes}

    def transform(it: Transform, protocol: int, following: int) -> Any:
        names = {entry[0]: name for name, entry in tables[protocol].items()}
        return layer.ISAKMP_payload_Transform(
            next_payload=following,
            transform_count=it.number,
            transform_id=it.transform_id,
            transforms=[(names[a.type], a.number) for a in it.attributes],
        )

    def proposal(it: Proposal) -> Any:
        chain = None
        for element in it.transforms:
            made = transform(element, it.protocol, 0 if element is it.transforms[-1] else 3)
            chain = made if chain is None else chain / made
        return layer.ISAKMP_payload_Proposal(
            next_payload=0,
            proposal=it.number,
            proto=int(it.protocol),
            SPI=it.spi,
            trans_nb=len(it.transforms),
            trans=chain,
        )

    def payload(it: Any) -> Any:
        match it:
            case SA():
                return layer.ISAKMP_payload_SA(prop=proposal(it.proposals[0]))
            case VID():
                return layer.ISAKMP_payload_VendorID(VendorID=it.data)
            case HASH():
                return layer.ISAKMP_payload_Hash(hash=it.data)
            case NONCE():
                return layer.ISAKMP_payload_Nonce(nonce=it.data)
            case _:
                return layer.ISAKMP_payload_ID(IDtype=int(it.type), ProtoID=0, Port=0, IdentData=it.data)

    def build() -> Any:
        header = message.header
        packet = layer.ISAKMP(
            init_cookie=header.cky_i, resp_cookie=header.cky_r, exch_type=int(header.exchange), id=header.message_id
        )
        for it in message.payloads:
            packet /= payload(it)
        return packet

    return build


def measure() -> list[Row]:
    """Parsing and building of both messages."""
    rows: list[Row] = []
    for name, message, parse in (("main mode 1", main_mode_1(), 20), ("quick mode 1 in the clear", quick_mode_1(), 30)):
        octets = encode(message)
        packet = scapy_packet(message)()
        rows += (
            compare(
                partial(decode, octets),
                partial(layer.ISAKMP, octets),
                work=f"parse {name}",
                peer_name="scapy",
                reach=at_least(parse),
            ),
            compare(
                partial(encode, message),
                partial(bytes, packet),
                work=f"build {name}",
                peer_name="scapy",
                reach=at_least(50),
            ),
        )
    return rows
