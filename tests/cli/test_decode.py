"""``isakmp decode``: every field of real datagrams, every octet of broken ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.cli.tree import Leaf, Node, tree_of
from isakmp.conform.capture import read_capture
from isakmp.machine.codec import Message, Payloads, encode
from isakmp.spec.payloads import ID, NONCE, VID, Header
from isakmp.spec.registries import ExchangeType, IdType
from tests.cli.conftest import CAPTURES, Cli, capture

NAMES = sorted(path.stem for path in CAPTURES.glob("*.pcap"))


@cache
def datagrams(name: str) -> tuple[bytes, ...]:
    return tuple(one.payload for one in read_capture(capture(name)[0]).datagrams)


def first() -> bytes:
    return datagrams("main_psk_aes256_sha256_modp2048")[0]


def message(*payloads: Any) -> bytes:
    header = Header(bytes(range(8)), bytes(8), ExchangeType.IDENTITY_PROTECTION)
    return encode(Message(header, Payloads(payloads)))


# ---- what daemons sent -----------------------------------------------------------------------------------------------


def test_the_header_is_what_the_recorder_of_the_capture_noted(cli: Cli) -> None:
    pcap, keys = capture("main_psk_aes256_sha256_modp2048")
    noted = [one for one in json.loads(Path(keys).read_text())["packets"] if one["kind"] == "isakmp"]
    assert len(noted) == len(read_capture(pcap).datagrams)
    for datagram, packet in zip(read_capture(pcap).datagrams, noted, strict=True):
        ran = cli("decode", datagram.payload.hex(), "--format", "json")
        assert ran.status == 0
        header = ran.json["header"]
        assert header["initiator_cookie"] == packet["cookie_i"]
        assert header["responder_cookie"] == packet["cookie_r"]
        assert header["next_payload"] == packet["first_payload"]
        assert header["message_id"] == packet["message_id"]
        assert header["length"] == packet["length"] == ran.json["length"]
        assert (ran.json["encrypted"] is not None) == packet["encrypted"]


def test_numbers_have_the_names_that_the_rfcs_give_them(cli: Cli) -> None:
    out = cli("decode", first().hex()).out
    for label, value in (
        ("Exchange Type", "2 Identity Protection"),
        ("Protocol-Id", "1 PROTO_ISAKMP"),
        ("Transform-Id", "1 KEY_IKE"),
        ("Encryption Algorithm", "7 AES-CBC"),
        ("Key Length", "256"),
        ("Hash Algorithm", "4 SHA2-256"),
        ("Group Description", "14 2048-bit MODP group"),
        ("Authentication Method", "1 pre-shared key"),
        ("Life Type", "1 seconds"),
    ):
        assert any(line.split()[1:] == f"{label} {value}".split() for line in out.splitlines()), label
    assert "Dead Peer Detection" in out
    assert "(RFC 2408 section 3.4)" in out


def test_json_nests_proposals_and_transforms_in_the_sa(cli: Cli) -> None:
    sa = cli("decode", first().hex(), "--format", "json").json["payloads"][0]
    assert (sa["type"], sa["name"], sa["offset"], sa["section"]) == (1, "SA", 28, "RFC2408:3.4")
    (proposal,) = sa["payloads"]
    (transform,) = proposal["payloads"]
    assert (proposal["name"], transform["name"]) == ("Proposal", "Transform")
    attributes = [one for one in transform["fields"] if one["name"] == "attribute"]
    assert attributes[0] == {
        "name": "attribute",
        "label": "Encryption Algorithm",
        "offset": transform["offset"] + 8,
        "bits": 32,
        "type": 1,
        "form": "TV",
        "value": 7,
        "text": "7 AES-CBC",
        "section": "RFC2409:Appendix A",
    }


def test_certificates_and_names_are_read(cli: Cli) -> None:
    out = " ".join(cli("decode", datagrams("aggressive_rsasig")[1].hex()).out.split())
    assert '"CN=b.example.test,O=ikev1 test,C=XX" issued by "CN=ca,O=ikev1 test,C=XX"' in out
    assert 'Certificate Authority "CN=ca,O=ikev1 test,C=XX"' in out
    assert '"b.example.test"' in out


@pytest.mark.parametrize("name", NAMES)
def test_every_datagram_of_every_capture_is_shown_to_the_last_octet(name: str) -> None:
    for datagram in datagrams(name):
        assert covered(datagram) == set(range(len(datagram)))


# ---- what is broken --------------------------------------------------------------------------------------------------


def covered(datagram: bytes) -> set[int]:
    tree = tree_of(datagram)

    def of(part: Leaf | Node) -> set[int]:
        if isinstance(part, Leaf):
            return set(range(part.offset, part.end))
        return {octet for inner in part.parts for octet in of(inner)}

    parts: list[Leaf | Node] = [tree.header, *tree.payloads]
    parts += [leaf for leaf in (tree.encrypted, tree.padding) if leaf is not None]
    return {octet for part in parts for octet in of(part)}


def placed(node: Node) -> list[object]:
    inner = [deviation for part in node.nodes for deviation in placed(part)]
    return [*node.deviations, *(d for leaf in node.leaves for d in leaf.deviations), *inner]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    octets = bytearray(draw(st.sampled_from([d for name in NAMES for d in datagrams(name)])))
    for _ in range(draw(st.integers(1, 4))):
        octets[draw(st.integers(0, len(octets) - 1))] = draw(st.integers(0, 255))
    return bytes(octets[: draw(st.integers(28, len(octets)))])


@given(broken())
def test_a_broken_datagram_is_shown_to_the_last_octet_with_every_deviation_in_place(datagram: bytes) -> None:
    tree = tree_of(datagram)
    assert covered(datagram) == set(range(len(datagram)))
    found = [deviation for node in (tree.header, *tree.payloads) for deviation in placed(node)]
    assert sorted(map(str, found)) == sorted(map(str, tree.deviations))


def test_a_deviation_stands_below_its_field_and_is_a_finding(cli: Cli) -> None:
    octets = bytearray(first())
    octets[41] = 9  # the proposal's RESERVED
    ran = cli("decode", octets.hex())
    lines = ran.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.split()[:2] == ["41", "RESERVED"])
    assert ran.status == 1
    assert lines[at + 1].split()[:2] == ["!", "RESERVED:"]
    assert "section" in " ".join(lines[at + 1 : at + 3])
    assert lines[-1] == "1 deviation"
    (deviation,) = cli("decode", octets.hex(), "--format", "json").json["deviations"]
    assert (deviation["offset"], deviation["field"]) == (41, "RESERVED")


def test_a_datagram_that_was_cut_is_read_as_far_as_it_goes(cli: Cli) -> None:
    ran = cli("decode", first()[:90].hex())
    assert ran.status == 1
    assert "180 octets, the datagram has 90" in " ".join(ran.out.split())
    assert "AES-CBC" in ran.out
    assert "(not read)" in ran.out


@pytest.mark.parametrize("size", range(1, 28))
def test_less_than_a_header_is_shown_as_far_as_it_goes(cli: Cli, size: int) -> None:
    octets = first()[:size]
    ran = cli("decode", octets.hex())
    assert ran.status == 1
    assert f"Initiator Cookie  {octets[:8].hex()}" in " ".join(ran.out.split()).replace("Cookie ", "Cookie  ")
    assert "(cut)" in ran.out
    assert "1 deviation" in ran.out
    assert covered(octets) == set(range(size))
    document = cli("decode", octets.hex(), "--format", "json").json
    whole = cli("decode", first().hex(), "--format", "json").json["header"]
    read = [field for field in document["header"]["fields"] if "(cut)" not in field["text"]]
    assert read == whole["fields"][: len(read)]
    assert sum(field["bits"] for field in document["header"]["fields"]) == 8 * size
    assert [deviation["section"] for deviation in document["deviations"]] == ["RFC2408:5.1"]
    assert document["payloads"] == []


def test_a_nonce_longer_than_allowed_is_remarked_as_it_may_be_encrypted(cli: Cli) -> None:
    ran = cli("decode", message(NONCE(bytes(257))).hex())
    assert ran.status == 0
    assert "257 octets; a nonce that is not encrypted has at most 256" in " ".join(ran.out.split())
    assert "remark" not in cli("decode", message(NONCE(bytes(256))).hex()).out


# ---- forms of input --------------------------------------------------------------------------------------------------


def spaced(octets: bytes) -> list[str]:
    text = octets.hex()
    return [
        text,
        text.upper(),
        octets.hex(" "),
        octets.hex(":"),
        f"0x{text}",
        ", ".join(f"0x{octet:02x}" for octet in octets),
        octets.hex("\n", 16),
    ]


@pytest.mark.parametrize("form", range(7))
def test_hexadecimal_digits_may_be_written_in_many_ways(cli: Cli, tmp_path: Path, form: int) -> None:
    expected = cli("decode", first().hex()).out
    text = spaced(first())[form]
    (tmp_path / "datagram.txt").write_text(text + "\n")
    assert cli("decode", text).out == expected
    assert cli("decode", *text.split()).out == expected
    assert cli("decode", str(tmp_path / "datagram.txt")).out == expected
    assert cli("decode", "-", stdin=text.encode()).out == expected
    assert cli("decode", stdin=text.encode()).out == expected


def test_a_file_or_standard_input_may_be_binary(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "datagram.bin").write_bytes(first())
    expected = cli("decode", first().hex()).out
    assert cli("decode", str(tmp_path / "datagram.bin")).out == expected
    assert cli("decode", "-", stdin=first()).out == expected


def test_a_non_esp_marker_is_recognised_and_said(cli: Cli) -> None:
    ran = cli("decode", (bytes(4) + first()).hex())
    assert ran.status == 0
    assert ran.out.startswith("non-ESP marker")
    assert ran.out.partition("\n")[2] == cli("decode", first().hex()).out
    assert cli("decode", (bytes(4) + first()).hex(), "--format", "json").json["non_esp_marker"] is True


def test_a_cookie_that_begins_like_a_marker_is_none(cli: Cli) -> None:
    octets = bytes(4) + first()[4:]
    assert cli("decode", octets.hex(), "--format", "json").json["non_esp_marker"] is False


@pytest.mark.parametrize(
    ("args", "stdin", "said"),
    [
        (("zz",), b"", "neither a file nor hexadecimal"),
        (("abc",), b"", "odd number"),
        (("",), b"", "no input"),
        ((" ", ""), b"", "no input"),
        (("-",), b"", "empty"),
        (("-",), b"\xd4\xc3\xb2\xa1" + bytes(40), "isakmp check"),
        (("no/such/file",), b"", "neither a file nor hexadecimal"),
        ((str(CAPTURES),), b"", "cannot be read"),
        ((str(CAPTURES / "delete.pcap"),), b"", "isakmp check"),
        (("\0",), b"", "neither a file nor hexadecimal"),
        (("a" * 5001,), b"", "odd number"),
        (("-",), bytes(2 << 20), "more than"),
    ],
)
def test_what_cannot_be_read_is_said(cli: Cli, args: tuple[str, ...], stdin: bytes, said: str) -> None:
    ran = cli("decode", *args, stdin=stdin)
    assert ran.status == 2
    assert said in ran.complaint


# ---- values in words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (IdType.IPV4_ADDR, "c0000201", "192.0.2.1"),
        (IdType.IPV4_ADDR_SUBNET, "0a010000ffffff00", "10.1.0.0/24"),
        (IdType.IPV4_ADDR_SUBNET, "0a010000ff00ff00", "10.1.0.0 mask 255.0.255.0"),
        (IdType.IPV4_ADDR_RANGE, "0a0100010a010009", "10.1.0.1 to 10.1.0.9"),
        (IdType.IPV6_ADDR, "20010db8" + "00" * 11 + "01", "2001:db8::1"),
        (IdType.FQDN, b"a.example".hex(), '"a.example"'),
        (IdType.FQDN, b"\x1b[2J".hex(), '"\\x1b[2J"'),
        (IdType.USER_FQDN, b"a@example".hex(), '"a@example"'),
    ],
)
def test_identities_are_shown_as_people_write_them(cli: Cli, kind: IdType, data: str, text: str) -> None:
    out = cli("decode", message(ID(kind, 0, 0, bytes.fromhex(data))).hex()).out
    assert f"{text}  {data}" in " ".join(out.split("\n")) or text in out
    assert "\x1b" not in out


def test_a_vendor_id_that_nobody_knows_is_quoted_where_it_is_text(cli: Cli) -> None:
    out = cli("decode", message(VID(b"Example 1.0"), VID(b"\x01\x02\x03"), NONCE(bytes(8))).hex()).out
    assert 'unknown: "Example 1.0"' in out
    assert "010203  unknown" in out
