"""Each kind of malformed message is refused with its place, its section and its Notify type; or told leniently."""

from __future__ import annotations

import pickle

import pytest

from isakmp.machine.codec import Raw, decode, decode_payloads, encode
from isakmp.machine.errors import Disposition, MalformedMessage
from isakmp.spec.payloads import KE, NONCE, Unknown
from isakmp.spec.registries import NotifyType

N = NotifyType


def header(first: int, body: bytes, **changes: int) -> bytes:
    """Put a header before a body; named octets or fields are replaced."""
    fields = {"version": 0x10, "exchange": 5, "flags": 0, "message_id": 0, "length": 28 + len(body), **changes}
    return (
        b"initiate"
        b"responds"
        + bytes([first, fields["version"], fields["exchange"], fields["flags"]])
        + fields["message_id"].to_bytes(4)
        + fields["length"].to_bytes(4)
        + body
    )


def x(text: str) -> bytes:
    """Read spaced hexadecimal digits."""
    return bytes.fromhex(text)


VID = x("00 00 0008 61626364")
ATTRIBUTE = "80010007"
TRANSFORM = f"00 00 000c 01 01 0000 {ATTRIBUTE}"
PROPOSAL = f"00 00 0014 01 01 00 01 {TRANSFORM}"
GOOD_SA = f"00 00 0020 00000001 00000001 {PROPOSAL}"


def association(proposals: str, doi: str = "00000001", situation: str = "00000001") -> bytes:
    """Put a SA payload around proposals."""
    inner = x(doi + situation + proposals)
    return b"\0\0" + (4 + len(inner)).to_bytes(2) + inner


def proposal(transforms: str, fixed: str = "01 01 00 01", following: str = "00") -> str:
    """Put a proposal around transforms."""
    inner = x(fixed + transforms)
    return f"{following}00{4 + len(inner):04x}{inner.hex()}"


HEADER_CASES = [
    pytest.param(header(13, VID)[:27], 0, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="shorter than a header"),
    pytest.param(header(13, VID, length=35), 24, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="length too small"),
    pytest.param(header(13, VID, length=37), 24, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="length too great"),
    pytest.param(header(13, VID, version=0x20), 17, "MjVer", N.INVALID_MAJOR_VERSION, id="IKE version 2"),
    pytest.param(header(13, VID, version=0x11), 17, "MnVer", N.INVALID_MINOR_VERSION, id="minor version"),
    pytest.param(header(13, VID, exchange=0), 18, "Exchange Type", N.INVALID_EXCHANGE_TYPE, id="no exchange"),
    pytest.param(header(13, VID, exchange=77), 18, "Exchange Type", N.INVALID_EXCHANGE_TYPE, id="unknown exchange"),
    pytest.param(header(13, VID, flags=8), 19, "Flags", N.INVALID_FLAGS, id="undefined flag"),
    pytest.param(header(13, VID, exchange=2, message_id=1), 20, "Message ID", N.INVALID_MESSAGE_ID, id="main mode"),
    pytest.param(header(13, VID, exchange=32), 20, "Message ID", N.INVALID_MESSAGE_ID, id="quick mode"),
    pytest.param(bytes(8) + header(13, VID)[8:], 0, "Initiator Cookie", N.INVALID_COOKIE, id="no initiator cookie"),
    pytest.param(
        header(8, VID, flags=1)[:8] + bytes(8) + header(8, VID, flags=1)[16:],
        8,
        "Responder Cookie",
        N.INVALID_COOKIE,
        id="encrypted without responder cookie",
    ),
    pytest.param(header(0, VID), 28, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="octets after no payload"),
    pytest.param(header(8, b"", flags=1), 16, "Next Payload", N.PAYLOAD_MALFORMED, id="encrypted nothing"),
    pytest.param(header(0, VID, flags=1), 16, "Next Payload", N.PAYLOAD_MALFORMED, id="encrypted, no payload"),
    pytest.param(header(99, VID, flags=1), 16, "Next Payload", N.INVALID_PAYLOAD_TYPE, id="encrypted, no type"),
    pytest.param(header(99, VID), 16, "Next Payload", N.INVALID_PAYLOAD_TYPE, id="no payload type"),
    pytest.param(header(2, VID), 16, "Next Payload", N.INVALID_PAYLOAD_TYPE, id="proposal outside of a SA"),
    pytest.param(header(3, VID), 16, "Next Payload", N.INVALID_PAYLOAD_TYPE, id="transform outside of a SA"),
    pytest.param(header(13, VID + b"\1" * 4), 36, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="octets at the end"),
    pytest.param(header(13, VID + bytes(4)), 36, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="more than alignment"),
    pytest.param(header(13, VID + bytes(3)), 36, "Length", N.UNEQUAL_PAYLOAD_LENGTHS, id="padding that misaligns"),
]

CHAIN_CASES = [
    pytest.param(13, x("63 00 0004 00 00 0004"), 28, "Next Payload", N.INVALID_PAYLOAD_TYPE, id="next payload"),
    pytest.param(13, x("00 01 0004"), 29, "RESERVED", N.PAYLOAD_MALFORMED, id="reserved"),
    pytest.param(13, x("00 00 0003"), 30, "Payload Length", N.PAYLOAD_MALFORMED, id="shorter than a generic header"),
    pytest.param(13, x("0d 00 0000"), 30, "Payload Length", N.PAYLOAD_MALFORMED, id="no length: would loop"),
    pytest.param(13, x("00 00 0005"), 30, "Payload Length", N.PAYLOAD_MALFORMED, id="beyond the end"),
    pytest.param(13, x("0d 00 0004 00 00"), 32, "Payload Length", N.PAYLOAD_MALFORMED, id="half a generic header"),
    pytest.param(13, x("0d 00 0004"), 32, "Payload Length", N.PAYLOAD_MALFORMED, id="announced, not there"),
    pytest.param(10, x("00 00 000b 01020304050607"), 32, "Nonce Data", N.PAYLOAD_MALFORMED, id="nonce of 7 octets"),
    pytest.param(5, x("00 00 0007 01 00 00"), 30, "Payload Length", N.PAYLOAD_MALFORMED, id="ID too short"),
    pytest.param(5, x("00 00 0008 00 00 0000"), 32, "ID Type", N.INVALID_ID_INFORMATION, id="ID type 0"),
    pytest.param(
        5, x("00 00 000b 01 00 0000 0a0000"), 36, "Identification Data", N.INVALID_ID_INFORMATION, id="3/4 IP"
    ),
    pytest.param(6, x("00 00 0005 0b"), 32, "Cert Encoding", N.INVALID_CERT_ENCODING, id="certificate encoding"),
    pytest.param(7, x("00 00 0005 0b"), 32, "Cert. Type", N.INVALID_CERT_ENCODING, id="requested encoding"),
    pytest.param(11, x("00 00 000c 00000002 01 00 4000"), 32, "Domain of Interpretation", None, id="N: DOI"),
    pytest.param(11, x("00 00 000c 00000001 09 00 4000"), 36, "Protocol-ID", None, id="N: protocol"),
    pytest.param(11, x("00 00 000c 00000001 01 04 4000"), 37, "SPI Size", None, id="N: SPI longer than the payload"),
    pytest.param(
        11,
        x("00 00 000e 00000001 03 02 0001 0102"),
        40,
        "Security Parameter Index (SPI)",
        None,
        id="N: SPI of 2 octets",
    ),
    pytest.param(12, x("00 00 000c 00000001 03 04 0001"), 38, "# of SPIs", None, id="D: SPI missing"),
    pytest.param(12, x("00 00 000c 00000001 03 00 ffff"), 38, "# of SPIs", None, id="D: many SPIs of no octets"),
    pytest.param(12, x("00 00 000c 00000001 03 04 0000"), 38, "# of SPIs", None, id="D: no SPI, but a size"),
    pytest.param(
        12,
        x("00 00 0014 00000001 01 08 0001 0102030405060708"),
        40,
        "Security Parameter Index(es) (SPI)",
        None,
        id="D: 8",
    ),
    pytest.param(14, x("00 00 0008 01 01 0000"), 33, "RESERVED", N.PAYLOAD_MALFORMED, id="ATTR: reserved"),
    pytest.param(14, x("00 00 000a 01 00 0000 8001"), 36, "Attributes", N.PAYLOAD_MALFORMED, id="half an attribute"),
    pytest.param(
        14,
        x("00 00 000e 01 00 0000 0001 0004 0102"),
        38,
        "AF=0 Attribute Length / AF=1 Attribute Value",
        N.PAYLOAD_MALFORMED,
        id="attribute beyond the end",
    ),
    pytest.param(21, x("00 00 000c 02 00 0000 0a000001"), 32, "ID Type", N.PAYLOAD_MALFORMED, id="NAT-OA: name"),
    pytest.param(132, x("00 00 0008 0001 01 02"), 35, "Flags", N.PAYLOAD_MALFORMED, id="fragment flags"),
    pytest.param(132, x("0d 00 0008 0001 01 01 00 00 0004"), 28, "", N.PAYLOAD_MALFORMED, id="fragment not alone"),
]

BAD = N.BAD_PROPOSAL_SYNTAX
SA_CASES = [
    pytest.param(association(PROPOSAL, doi="00000002"), 32, "Domain of Interpretation", N.DOI_NOT_SUPPORTED, id="DOI"),
    pytest.param(association(PROPOSAL, situation="00000000"), 36, "Situation", N.SITUATION_NOT_SUPPORTED, id="none"),
    pytest.param(association(PROPOSAL, situation="00000009"), 36, "Situation", N.SITUATION_NOT_SUPPORTED, id="bit 3"),
    pytest.param(association(""), 40, "Proposal payloads", BAD, id="no proposal"),
    pytest.param(association("03" + PROPOSAL[2:]), 40, "Next Payload", N.INVALID_PAYLOAD_TYPE, id="transform next"),
    pytest.param(association("02" + PROPOSAL[2:]), 60, "Proposal payloads", BAD, id="announced proposal"),
    pytest.param(association(PROPOSAL + "00000000"), 60, "Proposal payloads", BAD, id="octets after the proposals"),
    pytest.param(association(PROPOSAL.replace("00 00 0014", "00 01 0014")), 41, "RESERVED", BAD, id="reserved"),
    pytest.param(association(PROPOSAL.replace("0014", "0015")), 42, "Payload Length", BAD, id="proposal too long"),
    pytest.param(association(PROPOSAL.replace("0014", "0007")), 42, "Payload Length", BAD, id="proposal too short"),
    pytest.param(association(proposal(TRANSFORM, "01 00 00 01")), 45, "Protocol-Id", N.INVALID_PROTOCOL_ID, id="proto"),
    pytest.param(association(proposal(TRANSFORM, "01 03 00 01")), 48, "SPI", N.INVALID_SPI, id="ESP without SPI"),
    pytest.param(association(proposal(TRANSFORM, "01 01 ff 01")), 46, "SPI Size", N.INVALID_SPI, id="SPI too long"),
    pytest.param(association(proposal(TRANSFORM, "01 01 00 02")), 47, "# of Transforms", BAD, id="count too great"),
    pytest.param(association(proposal("", "01 01 00 00")), 48, "Transform payloads", BAD, id="no transform"),
    pytest.param(
        association(proposal("03" + TRANSFORM[2:] + TRANSFORM, "01 01 00 02")), 64, "Transform #", BAD, id="twice 1"
    ),
    pytest.param(
        association(proposal(TRANSFORM, "02 01 00 01", "02") + PROPOSAL), 64, "Proposal #", BAD, id="2 before 1"
    ),
    pytest.param(association(PROPOSAL.replace("01 01 0000", "01 01 0001")), 54, "RESERVED2", BAD, id="reserved2"),
    pytest.param(association(PROPOSAL.replace("80010007", "00010007")), 58, "AF=0", BAD, id="attribute beyond"),
]


def check(octets: bytes, offset: int, field: str, notify: NotifyType | None) -> None:
    """Expect a refusal when strict and the same as first deviation when lenient."""
    with pytest.raises(MalformedMessage) as caught:
        decode(octets)
    error = caught.value
    assert (error.offset, error.notify) == (offset, notify), str(error)
    assert error.field.startswith(field), str(error)
    assert error.disposition is (Disposition.LOG if notify is None else Disposition.NOTIFY)
    if len(octets) >= 28:
        assert decode(octets, lenient=True).deviations[0] == error.deviation


@pytest.mark.parametrize(("octets", "offset", "field", "notify"), HEADER_CASES)
def test_a_bad_header_is_refused(octets: bytes, offset: int, field: str, notify: NotifyType | None) -> None:
    check(octets, offset, field, notify)


@pytest.mark.parametrize(("first", "body", "offset", "field", "notify"), CHAIN_CASES)
def test_a_bad_payload_is_refused(first: int, body: bytes, offset: int, field: str, notify: NotifyType | None) -> None:
    check(header(first, body), offset, field, notify)


@pytest.mark.parametrize(("body", "offset", "field", "notify"), SA_CASES)
def test_a_bad_security_association_is_refused(body: bytes, offset: int, field: str, notify: NotifyType | None) -> None:
    check(header(1, body), offset, field, notify)


def test_the_messages_from_which_the_bad_ones_are_made_are_good() -> None:
    for octets in (header(13, VID), header(1, x(GOOD_SA)), header(13, VID + b"", flags=6)):
        assert encode(decode(octets)) == octets
    assert association(PROPOSAL) == x(GOOD_SA)


def test_zeros_that_align_the_message_are_padding() -> None:
    octets = header(13, x("00 00 0005 61") + bytes(3))
    assert decode(octets).chain.padding == bytes(3)
    assert encode(decode(octets)) == octets


def test_an_error_reads_as_one_line_with_place_and_section() -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(header(13, x("00 00 0003")))
    assert str(caught.value) == (
        "offset 30, VID payload, field Payload Length: 3 is shorter than the 4 octets of its fixed fields "
        "(RFC 2408 section 3.2)"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own octets


def test_a_lenient_reader_keeps_what_it_can_read() -> None:
    broken_id = x("0a 00 0007 01 00 00")  # too short for its fixed fields, but its extent is known
    nonce = x("0d 01 000c 0102030405060708")  # a reserved octet is set
    rest = x("04 00 00ff 61")  # reaches beyond the end
    message = decode(header(5, broken_id + nonce + rest), lenient=True)
    assert message.payloads == (Raw(5, broken_id), NONCE(bytes(range(1, 9))), Raw(13, rest))
    assert [d.offset for d in message.deviations] == [30, 34, 36, 49]


def test_a_lenient_reader_names_what_it_does_not_know() -> None:
    message = decode(header(99, x("04 00 0006 0102 00 00 0005 03")), lenient=True)
    assert message.payloads == (Unknown(99, b"\1\2"), KE(b"\3"))
    assert [d.notify for d in message.deviations] == [N.INVALID_PAYLOAD_TYPE]


def test_payloads_for_private_use_are_kept_without_complaint() -> None:
    octets = header(200, x("00 00 0006 0102"))
    assert decode(octets).payloads == (Unknown(200, b"\1\2"),)
    assert encode(decode(octets)) == octets


def test_octets_after_the_payloads_of_a_body_are_refused_unless_it_is_padded() -> None:
    body = VID + bytes(8)
    with pytest.raises(MalformedMessage, match="8 octets after the last payload"):
        decode_payloads(13, body)
    assert decode_payloads(13, body, padded=True).padding == bytes(8)
