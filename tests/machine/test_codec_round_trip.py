"""What is written is read again as it was, by both readers; what does not fit is refused with its place."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.machine.codec import Encrypted, Message, Payloads, decode, decode_payloads, dissect, encode, encode_payloads
from isakmp.machine.codec_chain import Walk
from isakmp.machine.errors import LocalMisuse, MalformedMessage
from isakmp.spec import layouts, payloads, registries
from isakmp.spec.payloads import (
    ATTR,
    KE,
    NONCE,
    SA,
    VID,
    Attribute,
    D,
    GenericID,
    Header,
    Proposal,
    SecurityLabel,
    Transform,
)
from isakmp.spec.registries import ConfigType, Doi, ExchangeType, Flag, PayloadType, ProtocolId, Situation
from tests.machine import strategies

NAMES: dict[str, Any] = {**vars(layouts), **vars(payloads), **vars(registries)}


@given(strategies.messages())
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    octets = encode(message)
    read = decode(octets)
    assert read.header == message.header
    assert read.payloads == message.payloads
    assert encode(read) == octets


@given(strategies.messages())
def test_the_generated_readers_and_the_walk_over_the_layouts_agree(message: Message) -> None:
    octets = encode(message)
    walked = Walk(octets).message()
    assert decode(octets) == walked
    assert repr(decode(octets)) == repr(walked)  # the same enumeration members, too


@given(strategies.messages())
def test_the_repr_of_a_payload_builds_an_equal_one(message: Message) -> None:
    for payload in message.payloads:
        assert eval(repr(payload), NAMES) == payload  # noqa: S307 - our own text


@given(strategies.messages())
def test_every_field_of_a_message_can_be_listed_with_its_place(message: Message) -> None:
    octets = encode(message)
    _, fields = dissect(octets)
    bits = sorted((f.offset, f.bits) for f in fields)
    assert all(0 <= offset <= len(octets) for offset, _ in bits)
    assert sum(width for _, width in bits) <= 8 * len(octets)


@given(strategies.messages(), st.data())
def test_no_payload_or_message_can_be_cut_short_unnoticed(message: Message, data: st.DataObject) -> None:
    octets = encode(message)
    at = data.draw(st.integers(0, len(octets) - 1))
    with pytest.raises(MalformedMessage) as caught:
        decode(octets[:at])
    assert caught.value.notify is not None
    assert caught.value.cite.startswith("RFC2408:")


@given(st.binary(max_size=400), st.integers(0, 255))
def test_any_octets_at_all_are_read_or_refused_alike(octets: bytes, first: int) -> None:
    lenient = decode_payloads(first, octets, lenient=True)
    if lenient.deviations:
        with pytest.raises(MalformedMessage) as caught:
            decode_payloads(first, octets)
        assert caught.value.deviation == lenient.deviations[0]
    else:
        assert encode_payloads(decode_payloads(first, octets).payloads) == octets


@given(st.binary(min_size=28, max_size=200), st.integers(0, 7), st.sampled_from([1, 5, 8, 10, 11, 12, 13, 14, 21]))
def test_octets_behind_a_true_header_are_read_or_refused_alike(body: bytes, flags: int, first: int) -> None:
    head = b"initiate" + b"responds" + bytes([first, 0x10, 5, flags]) + bytes(4) + (28 + len(body)).to_bytes(4)
    lenient = decode(head + body, lenient=True)
    if not lenient.deviations:
        assert encode(decode(head + body)) == head + body
    else:
        with pytest.raises(MalformedMessage):
            decode(head + body)


def test_payloads_of_different_kinds_with_the_same_content_differ() -> None:
    assert KE(b"12345678") != NONCE(b"12345678")
    assert not KE(b"12345678") == NONCE(b"12345678")  # noqa: SIM201 - both operators
    assert KE(b"12345678") == KE(b"12345678")
    assert len({KE(b"12345678"), NONCE(b"12345678"), KE(b"12345678")}) == 2


def test_payloads_cannot_be_changed() -> None:
    payload = KE(b"data")
    with pytest.raises(AttributeError):
        payload.data = b"other"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        payload.other = 1  # type: ignore[attr-defined]


def test_the_octets_that_keys_and_hashes_cover_are_those_received() -> None:
    chain = Payloads((NONCE(b"12345678"), KE(b"abcd"), VID(b"!")))
    octets = encode(Message(Header(b"initiate", b"responds", exchange=ExchangeType.BASE), chain))
    read = decode(octets)
    assert read.spans == ((28, 40), (40, 48), (48, 53))
    assert read.body(1) == b"abcd"
    assert read.after(0) == octets[40:]
    padded = decode_payloads(PayloadType.NONCE, octets[28:] + bytes(3), padded=True)
    assert padded.padding == bytes(3)
    assert padded.after(0) == octets[40:]
    assert padded.body(0) == b"12345678"
    assert padded.position(KE) == 1


def test_an_encrypted_body_is_kept_as_it_is() -> None:
    header = Header(b"initiate", b"responds", exchange=ExchangeType.QUICK, flags=Flag.ENCRYPTION, message_id=7)
    message = Message(header, encrypted=Encrypted(PayloadType.HASH, bytes(range(32))))
    octets = encode(message)
    assert decode(octets).encrypted == message.encrypted
    assert decode(octets) == Walk(octets).message()
    assert encode(decode(octets)) == octets
    assert decode(octets).payloads == ()


def test_identifications_of_other_domains_keep_their_own_layout() -> None:
    octets = encode_payloads([GenericID(1, b"abc", b"data")])
    assert decode_payloads(PayloadType.ID, octets, doi=Doi.ISAKMP).payloads == (GenericID(1, b"abc", b"data"),)


def test_labels_are_padded_to_32_bits() -> None:
    # RFC 2407 section 4.6.1: lengths exclude the padding, levels and bitmaps are aligned on the next 32-bit boundary
    label = SecurityLabel(b"\x01\x02\x03", 12, b"\xab\xc0")
    association = SA(
        situation=Situation.SECRECY | Situation.IDENTITY_ONLY,
        domain=0x80000001,
        secrecy=label,
        proposals=(Proposal(1, ProtocolId.ISAKMP, transforms=(Transform(1, 1),)),),
    )
    octets = encode_payloads([association])
    assert octets[4:36].hex() == "0000000100000003800000010003000001020300000c0000abc0000000000010"
    assert decode_payloads(PayloadType.SA, octets).payloads == (association,)
    with pytest.raises(MalformedMessage, match="padding is not zero"):
        decode_payloads(PayloadType.SA, octets[:23] + b"\x01" + octets[24:])


def test_a_life_duration_reads_the_same_in_both_forms() -> None:
    assert Attribute(12, 3600).number == Attribute(12, (3600).to_bytes(4)).number == 3600
    assert Attribute(12, 3600) != Attribute(12, (3600).to_bytes(4))


def test_an_empty_attribute_before_a_short_one_is_not_lost() -> None:
    short, empty = Attribute(0x7FFF, 0xFFFF), Attribute(0, b"")
    for attributes in ((short, short), (empty, short), (short, empty, short)):  # the first makes the reader know it
        payload = ATTR(ConfigType.SET, 0, attributes)
        assert decode_payloads(PayloadType.ATTR, encode_payloads([payload])).payloads == (payload,)


def sa(**changes: Any) -> SA:
    """Make a SA with one proposal, some of whose members are changed."""
    proposal = Proposal(1, ProtocolId.ESP, b"spi!", (Transform(1, 12, (Attribute(1, 1),)),))
    return SA(proposals=(proposal.replace(**changes),))


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        (KE("text"), "KE.data"),  # type: ignore[arg-type]
        (KE(bytes(65532)), "longer than its length field"),
        (sa(number=256), "Proposal.number"),
        (sa(spi=bytes(256)), "Proposal.spi"),
        (sa(transforms=5), "Proposal.transforms"),
        (sa(transforms=(KE(b""),)), "Proposal.transforms"),
        (sa(transforms=tuple(Transform(n % 256, 1) for n in range(256))), "Proposal.transforms"),
        (sa(transforms=(Transform(1, 1, (Attribute(1 << 15, 1),)),)), "Transform.attributes"),
        (sa(transforms=(Transform(1, 1, (Attribute(1, 1 << 16),)),)), "Transform.attributes"),
        (sa(transforms=(Transform(1, 1, (Attribute(-1, 1),)),)), "Transform.attributes"),
        (SA(domain=1), "SA.domain"),
        (SA(situation=Situation.SECRECY, secrecy=SecurityLabel(b"", 9, b"1")), "SecurityLabel.categories"),
        (D(Doi.IPSEC, ProtocolId.ESP, (b"1234", b"123")), "D.spis"),
        (D(Doi.IPSEC, ProtocolId.ESP, (b"",)), "D.spis"),
        (GenericID(1, b"ab", b""), "GenericID.doi_data"),
        (Transform(1, 1), "cannot stand in a chain"),
        (b"octets", "cannot stand in a chain"),
    ],
)
def test_what_does_not_fit_its_field_is_refused_with_its_place(payload: Any, place: str) -> None:
    with pytest.raises(LocalMisuse, match=place):
        encode_payloads([payload])


@pytest.mark.parametrize(
    ("change", "place"), [({"cky_r": b"short"}, "Header.cky_r"), ({"message_id": 1 << 32}, "Header.message_id")]
)
def test_a_header_that_does_not_fit_is_refused(change: dict[str, Any], place: str) -> None:
    header = Header(b"initiate", b"responds", exchange=ExchangeType.QUICK, message_id=1)
    with pytest.raises(LocalMisuse, match=place):
        encode(Message(header.replace(**change)))


def test_combinations_of_bits_that_have_no_name_are_not_kept() -> None:
    octets = encode_payloads([SA(proposals=(Proposal(1, ProtocolId.ISAKMP, transforms=(Transform(1, 1),)),))])
    before = len(Situation._value2member_map_)
    for situation in range(8, 1008):
        changed = octets[:8] + situation.to_bytes(4) + octets[12:]
        (found,) = decode_payloads(PayloadType.SA, changed, lenient=True).payloads
        assert getattr(found, "situation", situation) == situation
    assert len(Situation._value2member_map_) <= before + 8


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x0d\x00\x00\x04" * 16000 + b"\x00\x00\x00\x04", id="empty payloads"),
        pytest.param(b"\x0d\x01\x00\x04" * 16000 + b"\x00\x00\x00\x04", id="empty payloads, all wrong"),
        pytest.param(b"\x00\x00\xfa\x08\x01\x00\x00\x00" + b"\x80\x01\x00\x01" * 16000, id="attributes"),
    ],
)
def test_reading_takes_no_more_than_a_small_multiple_of_the_datagram(body: bytes) -> None:
    first = 14 if body[4] == 1 else 13
    tracemalloc.start()
    try:
        decode_payloads(first, body, lenient=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * len(body)
