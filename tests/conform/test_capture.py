"""Captures: written here by scapy and dpkt, recorded by others, damaged in every way that comes to mind."""

from __future__ import annotations

import io
import json
import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import dpkt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, fragment6
from scapy.layers.l2 import CookedLinux, CookedLinuxV2, Dot1Q, Ether, Loopback
from scapy.layers.ppp import PPP, PPPoE
from scapy.packet import Packet, Raw
from scapy.utils import PcapNgWriter, PcapWriter

from isakmp.conform import reassembly
from isakmp.conform.capture import Capture, Endpoint, UnreadableCapture, read_capture

CAPTURES = Path(__file__).parent.parent / "captures"
MESSAGE = bytes(range(1, 9)) + bytes(8) + bytes([1, 16, 2, 0]) + bytes(4) + (28).to_bytes(4)
LONG = MESSAGE + bytes(range(256)) * 16
A4, B4 = "192.0.2.1", "198.51.100.2"
A6, B6 = "2001:db8::1", "2001:db8::2"
MICRO, NANO = "a1b2c3d4", "a1b23c4d"


def pcap(*frames: bytes, link: int = 1, order: str = "<", magic: str = MICRO, snap: int = 65535) -> bytes:
    """Return a pcap file, as the format's description has it."""
    number = int(magic, 16)
    out = [struct.pack(f"{order}IHHiIII", number, 2, 4, 0, 0, snap, link)]
    for index, frame in enumerate(frames):
        cut = frame[:snap]
        out.append(struct.pack(f"{order}IIII", 1000 + index, 250_000, len(cut), len(frame)) + cut)
    return b"".join(out)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Return a pcapng block."""
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(order: str = "<", link: int = 1, snap: int = 0, options: bytes = b"") -> bytes:
    return block(1, struct.pack(f"{order}HHI", link, 0, snap) + options, order)


def enhanced(frame: bytes, order: str = "<", ticks: int = 1_000_250_000, which: int = 0) -> bytes:
    head = struct.pack(f"{order}IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def ether(packet: Packet) -> bytes:
    return bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / packet)


def ike(source: int = 500, destination: int = 500, payload: bytes = MESSAGE) -> Packet:
    return IP(src=A4, dst=B4) / UDP(sport=source, dport=destination) / Raw(payload)


def ike6(source: int = 500, destination: int = 500, payload: bytes = MESSAGE) -> Packet:
    return IPv6(src=A6, dst=B6) / UDP(sport=source, dport=destination) / Raw(payload)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Return a function that reads octets as a capture."""

    def of(content: bytes, **options: Any) -> Capture:
        path = tmp_path / "some.capture"
        path.write_bytes(content)
        return read_capture(path, **options)

    return of


# ---- real captures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", sorted(CAPTURES.glob("*.keys.json")), ids=lambda path: path.name.partition(".")[0])
def test_real_captures_hold_the_datagrams_that_their_recorder_listed(keys: Path) -> None:
    listed = json.loads(keys.read_text()).get("packets")
    capture = read_capture(keys.with_name(keys.name.replace(".keys.json", ".pcap")))
    assert capture.unreadable == ()
    assert capture.notes == ()
    if listed is None:  # ike-scan lists none: one message and one answer
        assert len(capture.datagrams) == capture.frames == 2
        return
    isakmp = [packet for packet in listed if packet["kind"] == "isakmp"]
    assert [datagram.frame for datagram in capture.datagrams] == [packet["number"] for packet in isakmp]
    start = capture.datagrams[0].time
    for datagram, packet in zip(capture.datagrams, isakmp, strict=True):
        assert datagram.source == Endpoint(packet["src"], packet["sport"])
        assert datagram.destination == Endpoint(packet["dst"], packet["dport"])
        assert datagram.payload[:8].hex() == packet["cookie_i"]
        assert datagram.payload[8:16].hex() == packet["cookie_r"]
        assert len(datagram.payload) == packet["length"]
        assert datagram.non_esp_marker == packet.get("non_esp_marker", False)
        assert datagram.time - start == pytest.approx(packet["time"] - isakmp[0]["time"], abs=2e-6)
    assert capture.skipped.get("ESP in UDP", 0) == len(listed) - len(isakmp)
    assert capture.frames == len(listed)


# ---- containers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [MICRO, NANO])
def test_pcap_is_read_in_both_byte_orders_and_resolutions(read: Any, order: str, magic: str) -> None:
    capture = read(pcap(ether(ike()), order=order, magic=magic))
    (datagram,) = capture.datagrams
    assert datagram.payload == MESSAGE
    assert datagram.frame == 1
    assert datagram.time == pytest.approx(1000.25 if magic == MICRO else 1000.00025, abs=1e-7)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_written_by_scapy_is_read(read: Any, order: str, *, nano: bool) -> None:
    stream = io.BytesIO()
    stream.close = lambda: None  # type: ignore[method-assign]
    writer = PcapWriter(stream, linktype=1, endianness=order, nano=nano, sync=True)
    packet = Ether(ether(ike()))
    packet.time = 1_700_000_000.125
    writer.write(packet)
    (datagram,) = read(stream.getvalue()).datagrams
    assert (datagram.time, datagram.payload) == (1_700_000_000.125, MESSAGE)


def test_pcapng_written_by_scapy_and_by_dpkt_is_read(read: Any, tmp_path: Path) -> None:
    by_scapy = tmp_path / "scapy.pcapng"
    writer = PcapNgWriter(str(by_scapy))
    packet = Ether(ether(ike()))
    packet.time = 1_700_000_000.5
    writer.write(packet)
    writer.close()
    by_dpkt = io.BytesIO()
    dpkt.pcapng.Writer(by_dpkt).writepkt(ether(ike()), ts=1_700_000_000.5)
    for content in (by_scapy.read_bytes(), by_dpkt.getvalue()):
        (datagram,) = read(content).datagrams
        assert datagram.payload == MESSAGE
        assert datagram.time == pytest.approx(1_700_000_000.5, abs=1e-6)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_times_follow_the_resolution_and_offset_of_the_interface(read: Any, order: str) -> None:
    nano = struct.pack(f"{order}HHB3x", 9, 1, 9)
    binary = struct.pack(f"{order}HHB3x", 9, 1, 0x80 | 10)
    offset = struct.pack(f"{order}HHq", 14, 8, 500)
    content = section(order) + b"".join(interface(order, options=one) for one in (b"", nano, binary, nano + offset))
    content += enhanced(ether(ike()), order, 7_500_000, 0) + enhanced(ether(ike()), order, 7_500_000_000, 1)
    content += enhanced(ether(ike()), order, 7 * 1024 + 512, 2) + enhanced(ether(ike()), order, 7_500_000_000, 3)
    assert [datagram.time for datagram in read(content).datagrams] == [7.5, 7.5, 7.5, 507.5]


def test_sections_of_a_pcapng_may_differ_in_byte_order_and_interfaces(read: Any) -> None:
    little = section("<") + interface("<", link=1) + enhanced(ether(ike()), "<")
    big = section(">") + interface(">", link=101) + enhanced(bytes(ike()), ">")
    assert [datagram.frame for datagram in read(little + big + little).datagrams] == [1, 2, 3]


def test_simple_and_obsolete_packet_blocks_are_frames_too(read: Any) -> None:
    frame = ether(ike())
    simple = block(3, struct.pack("<I", len(frame)) + frame)
    obsolete = block(2, struct.pack("<HHIIII", 0, 0, 0, 3_000_000, len(frame), len(frame)) + frame)
    capture = read(section() + interface() + obsolete + simple)
    assert [(one.frame, one.time) for one in capture.datagrams] == [(1, 3.0), (2, 3.0)]
    assert capture.datagrams[1].notes == ("the capture holds no time for this frame",)


def test_a_simple_packet_is_as_long_as_the_snap_length_allows(read: Any) -> None:
    frame = ether(ike())
    capture = read(section() + interface(snap=60) + block(3, struct.pack("<I", len(frame)) + frame[:60]))
    (unreadable,) = capture.unreadable
    assert f"{len(frame) - 60} octets of the packet are missing" in unreadable.reason


def test_frames_are_numbered_as_wireshark_shows_them(read: Any) -> None:
    one = enhanced(ether(ike()))
    listed = [block(9, b"MESSAGE=x\n"), block(0xBAD, bytes(8)), block(0x40000BAD, bytes(8))]
    unlisted = [block(5, bytes(12)), block(10, bytes(12)), block(0x7777, b"abcd"), block(4, bytes(4))]
    capture = read(section() + interface() + one + b"".join(listed + unlisted) + one)
    assert [datagram.frame for datagram in capture.datagrams] == [1, 5]
    assert capture.skipped == {"no network frame": 3}


def test_standard_input_is_read_where_the_path_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        stream.write(pcap(ether(ike())))
    with os.fdopen(reading, "r") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert read_capture("-").datagrams[0].payload == MESSAGE


# ---- link layers -----------------------------------------------------------------------------------------------------

LINKS = {
    "Ethernet": (1, ether(ike())),
    "VLAN": (1, ether(Dot1Q(vlan=7) / ike())),
    "VLAN in VLAN": (1, ether(Dot1Q(vlan=7, type=0x8100) / Dot1Q(vlan=8) / ike())),
    "VLAN in service VLAN": (1, bytes(Ether(type=0x88A8) / Dot1Q(vlan=7) / ike())),
    "PPPoE": (1, ether(PPPoE(sessionid=1) / PPP() / ike())),
    "Linux cooked": (113, bytes(CookedLinux() / ike())),
    "Linux cooked 2": (276, bytes(CookedLinuxV2() / ike())),
    "raw": (101, bytes(ike())),
    "raw, old number": (12, bytes(ike())),
    "raw IPv4": (228, bytes(ike())),
    "raw IPv6": (229, bytes(ike6())),
    "raw with IPv6": (101, bytes(ike6())),
    "loopback": (108, bytes(Loopback(type=2)) + bytes(ike())),
    "null, little-endian": (0, struct.pack("<I", 2) + bytes(ike())),
    "null, big-endian": (0, struct.pack(">I", 2) + bytes(ike())),
    "null, IPv6 of Darwin": (0, struct.pack("<I", 30) + bytes(ike6())),
    "Ethernet with IPv6": (1, ether(ike6())),
    "Ethernet with padding": (1, ether(ike(payload=b"short")) + bytes(20)),
    "with a frame check sequence": (1 | 0x24000000, ether(ike()) + b"\xde\xad\xbe\xef"),
}


@pytest.mark.parametrize(("link", "frame"), LINKS.values(), ids=LINKS.keys())
def test_isakmp_is_found_behind_every_link_layer(read: Any, link: int, frame: bytes) -> None:
    (datagram,) = read(pcap(frame, link=link)).datagrams
    assert datagram.payload in (MESSAGE, b"short")
    assert datagram.notes == ()
    assert datagram.source.address in (A4, A6)


def test_a_capture_whose_link_type_carries_no_ip_is_refused(read: Any) -> None:
    with pytest.raises(UnreadableCapture, match="link type 147 of 1 frames"):
        read(pcap(ether(ike()), link=147))


def test_frames_of_an_unknown_link_type_between_others_are_noted(read: Any) -> None:
    frames = enhanced(b"what", which=1) + enhanced(ether(ike()))
    capture = read(section() + interface() + interface(link=147) + frames)
    assert [datagram.frame for datagram in capture.datagrams] == [2]
    assert capture.notes == ("link type 147 of 1 frames: how it carries IP is not known here",)


# ---- IP and UDP ------------------------------------------------------------------------------------------------------


def test_ipv6_extension_headers_are_passed_over(read: Any) -> None:
    packet = (
        IPv6(src=A6, dst=B6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / UDP(sport=500, dport=500) / Raw(MESSAGE)
    )
    (datagram,) = read(pcap(ether(packet))).datagrams
    assert datagram.source == Endpoint(A6, 500)
    assert (datagram.payload, datagram.notes) == (MESSAGE, ())


def fragments4(ident: int = 9, payload: bytes = LONG, port: int = 500, size: int = 1000) -> list[bytes]:
    packet = IP(src=A4, dst=B4, id=ident) / UDP(sport=port, dport=port) / Raw(payload)
    return [ether(one) for one in fragment(packet, size)]


def fragments6(payload: bytes = LONG) -> list[bytes]:
    packet = IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(id=77) / UDP(sport=500, dport=500) / Raw(payload)
    return [ether(one) for one in fragment6(packet, 1280)]


@pytest.mark.parametrize("pieces", [fragments4(), fragments6()], ids=["IPv4", "IPv6"])
@pytest.mark.parametrize("arrangement", ["in order", "backwards", "each twice"])
def test_fragments_are_put_together_in_any_order(read: Any, pieces: list[bytes], arrangement: str) -> None:
    frames = {"in order": pieces, "backwards": pieces[::-1], "each twice": [one for one in pieces for _ in "12"]}
    capture = read(pcap(*frames[arrangement]))
    (datagram,) = capture.datagrams
    last = len(frames[arrangement]) - (arrangement == "each twice")
    assert (datagram.payload, datagram.frame) == (LONG, last)
    assert "fragments in the frames 1, " in datagram.notes[0]
    assert capture.unreadable == ()
    assert capture.skipped == {"fragment of an IP packet, not the last one": capture.frames - 1}


def test_the_longest_packet_comes_together_from_its_fragments(read: Any) -> None:
    longest = bytes(range(251)) * 260
    (datagram,) = read(pcap(*fragments4(payload=longest, size=8000))).datagrams
    assert datagram.payload == longest


def test_an_identification_that_comes_round_starts_a_new_packet(read: Any) -> None:
    one, other = fragments4(1, LONG), fragments4(1, LONG[::-1])
    assert [datagram.payload for datagram in read(pcap(*one, *other)).datagrams] == [LONG, LONG[::-1]]


def lone(offset: int, more: str, payload: bytes) -> bytes:
    return ether(IP(src=A4, dst=B4, id=9, proto=17, flags=more, frag=offset // 8) / Raw(payload))


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([lone(65528, "", bytes(8))], "reaches to octet 65536"),
        ([lone(8, "MF", bytes(9))], "fragment of 9 octets, which must be a multiple of 8"),
        ([lone(8, "MF", b"")], "fragment of 0 octets"),
        ([lone(16, "", bytes(8)), lone(8, "", bytes(8))], "disagree about where the packet ends"),
        ([lone(8, "", bytes(8)), lone(16, "", bytes(8))], "disagree about where the packet ends"),
        ([lone(8, "", bytes(8)), lone(16, "MF", bytes(8))], "disagree about where the packet ends"),
    ],
)
def test_fragments_that_cannot_be_are_refused(read: Any, frames: list[bytes], reason: str) -> None:
    capture = read(pcap(*frames))
    (unreadable,) = capture.unreadable
    assert unreadable.frame == len(frames)
    assert reason in unreadable.reason


def test_fragments_of_which_the_first_is_missing_may_have_been_isakmp(read: Any) -> None:
    (unreadable,) = read(pcap(*fragments4(payload=bytes(4000))[1:])).unreadable
    assert "incomplete" in unreadable.reason


def test_fragments_of_two_packets_are_kept_apart(read: Any) -> None:
    one, other = fragments4(1, LONG), fragments4(2, LONG[::-1])
    capture = read(pcap(*(piece for pair in zip(one, other, strict=True) for piece in pair)))
    assert {datagram.payload for datagram in capture.datagrams} == {LONG, LONG[::-1]}


def test_a_missing_fragment_is_reported(read: Any) -> None:
    pieces = fragments4()
    capture = read(pcap(pieces[0], *pieces[2:]))
    (unreadable,) = capture.unreadable
    assert unreadable.frame == len(pieces) - 1
    assert f"incomplete: {len(LONG) + 8 - 1000} of {len(LONG) + 8} octets came" in unreadable.reason


def test_fragments_on_other_ports_are_nobodys_business(read: Any) -> None:
    assert read(pcap(*fragments4(port=53)[:-1])).unreadable == ()
    assert read(pcap(*fragments4(port=53))).skipped["UDP on other ports"] == 1


def test_overlapping_fragments_are_refused(read: Any) -> None:
    pieces = fragments4()
    changed = pieces[1][:-8] + bytes(8)
    capture = read(pcap(*pieces[:2], changed))
    assert capture.datagrams == ()
    assert capture.unreadable[0].frame == 3
    assert "overlap" in capture.unreadable[0].reason


def test_fragments_wait_a_minute_and_no_longer(read: Any) -> None:
    pieces = fragments4()
    late = bytearray(pcap(*pieces))
    at = 24 + 16 + len(pieces[0])
    struct.pack_into("<I", late, at, 1000 + 59)
    assert len(read(bytes(late)).datagrams) == 1
    struct.pack_into("<I", late, at, 1000 + 62)
    assert read(bytes(late)).datagrams == ()


def test_pending_fragments_are_bounded(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reassembly, "MAX_PENDING", 4)
    firsts = [fragments4(ident)[0] for ident in range(1, 8)]
    capture = read(pcap(*firsts))
    assert [one.frame for one in capture.unreadable] == [1, 2, 3, 4, 5, 6, 7]
    last = fragments4(1)[1:]
    assert read(pcap(*firsts, *last)).datagrams == ()
    last = fragments4(7)[1:]
    assert len(read(pcap(*firsts, *last)).datagrams) == 1


@pytest.mark.parametrize("packet", [ike(), ike6()], ids=["IPv4", "IPv6"])
def test_an_ip_length_that_the_network_card_was_to_fill_in_is_read(read: Any, packet: Packet) -> None:
    packet = Ether(ether(packet))
    field = "len" if IP in packet else "plen"
    packet.payload.setfieldval(field, 0)
    (datagram,) = read(pcap(bytes(packet))).datagrams
    assert datagram.payload == MESSAGE


def test_a_wrong_udp_checksum_is_a_note_and_names_the_right_one(read: Any) -> None:
    right = ether(ike())
    at = 14 + 20 + 6
    given = right[at : at + 2]
    (datagram,) = read(pcap(right[:at] + b"\x12\x34" + right[at + 2 :])).datagrams
    assert datagram.payload == MESSAGE
    assert datagram.notes[0].startswith(f"UDP checksum 0x1234, 0x{given.hex()} is right")


@pytest.mark.parametrize(("packet", "notes"), [(ike(), 0), (ike6(), 1)], ids=["IPv4", "IPv6"])
def test_no_udp_checksum_is_fine_in_ipv4_only(read: Any, packet: Packet, notes: int) -> None:
    packet = packet.copy()
    packet[UDP].chksum = 0
    (datagram,) = read(pcap(ether(packet))).datagrams
    assert len(datagram.notes) == notes


DAMAGED = {
    "IPv4 header length": (ether(IP(src=A4, dst=B4, ihl=4) / UDP(dport=500) / Raw(MESSAGE)), "header length of 16", 14),
    "IPv4 total length": (
        ether(IP(src=A4, dst=B4, len=1500) / UDP(dport=500) / Raw(MESSAGE)),
        "total length of 1500",
        16,
    ),
    "IPv4 length below its header": (ether(IP(src=A4, dst=B4, len=19) / UDP(dport=500)), "total length of 19", 16),
    "IPv6 payload length": (ether(IPv6(src=A6, dst=B6, plen=999) / UDP(dport=500)), "payload length of 999", 18),
    "IP version": (bytes(Ether(type=0x0800)) + bytes(ike6()), "version 6 where IPv4", 14),
    "UDP length beyond": (ether(IP(src=A4, dst=B4) / UDP(dport=500, len=99) / Raw(MESSAGE)), "UDP length of 99", 38),
    "UDP length below": (ether(IP(src=A4, dst=B4) / UDP(dport=500, len=7) / Raw(MESSAGE)), "UDP length of 7", 38),
    "cut Ethernet": (ether(ike())[:13], "cut inside the Ethernet header: 13 of 14", 0),
    "cut IPv4": (ether(ike())[:33], "cut inside the IPv4 header: 19 of 20", 14),
    "no marker": (ether(ike(4500, 4500, b"\0\0\0")), "3 octets where ESP or a non-ESP marker", 42),
}


@pytest.mark.parametrize(("frame", "reason", "at"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_frame_is_listed_with_reason_and_place(read: Any, frame: bytes, reason: str, at: int) -> None:
    capture = read(pcap(ether(ike()), frame, ether(ike())))
    assert [datagram.frame for datagram in capture.datagrams] == [1, 3]
    (unreadable,) = capture.unreadable
    assert unreadable.frame == 2
    assert reason in unreadable.reason
    assert unreadable.offset == 24 + 16 + len(ether(ike())) + 16 + at


def test_a_snap_length_that_cuts_isakmp_is_reported_and_other_traffic_is_not(read: Any) -> None:
    capture = read(pcap(ether(ike()), ether(ike(53, 53, LONG)), snap=60))
    (unreadable,) = capture.unreadable
    assert unreadable.frame == 1
    assert "snap length: 10 octets of the packet are missing" in unreadable.reason
    assert capture.skipped == {"UDP on other ports": 1}


# ---- ports, marker, ESP ----------------------------------------------------------------------------------------------

MARKED = bytes(4) + MESSAGE


@pytest.mark.parametrize(
    ("source", "destination", "payload", "marker"),
    [
        (500, 500, MESSAGE, False),
        (33333, 500, MESSAGE, False),
        (500, 33333, MESSAGE, False),
        (4500, 4500, MARKED, True),
        (4500, 33333, MARKED, True),
        (33333, 4500, MARKED, True),
        (4500, 500, MESSAGE, False),
        (4500, 500, MARKED, True),
    ],
)
def test_ports_and_marker_tell_isakmp(
    read: Any, source: int, destination: int, payload: bytes, *, marker: bool
) -> None:
    (datagram,) = read(pcap(ether(ike(source, destination, payload)))).datagrams
    assert (datagram.payload, datagram.non_esp_marker) == (MESSAGE, marker)


def test_what_shares_the_port_is_counted_by_kind(read: Any) -> None:
    esp, keepalive = b"\xca\xfe\xba\xbe" + bytes(60), b"\xff"
    others = [ike(4500, 4500, esp), ike(4500, 4500, esp), ike(4500, 4500, keepalive), ike(53, 53)]
    capture = read(pcap(*map(ether, others), ether(Raw(b"x")), ether(IP(src=A4, dst=B4, proto=6) / Raw(b"tcp"))))
    assert capture.skipped == {"ESP in UDP": 2, "NAT keepalive": 1, "UDP on other ports": 1, "not IP": 1, "not UDP": 1}
    assert (capture.datagrams, capture.unreadable, capture.frames) == ((), (), 6)


def test_other_ports_can_be_asked_for(read: Any) -> None:
    content = pcap(ether(ike(5500, 5500)), ether(ike(5501, 5501, MARKED)), ether(ike()))
    capture = read(content, ports=[5500], nat_t_ports=[5501])
    assert [(one.frame, one.payload, one.non_esp_marker) for one in capture.datagrams] == [
        (1, MESSAGE, False),
        (2, MESSAGE, True),
    ]


def test_endpoints_print_as_people_write_them() -> None:
    assert str(Endpoint(A4, 500)) == "192.0.2.1:500"
    assert str(Endpoint(A6, 4500)) == "[2001:db8::1]:4500"


# ---- files that are no captures, or damaged ones ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what", "offset"),
    [
        (b"", "the file is empty", 0),
        (b"\xd4", "neither a pcap nor a pcapng file", 0),
        (b"%PDF-1.7 and so on", "neither a pcap nor a pcapng file: it starts with 255044462d312e37", 0),
        (b"\x1f\x8b\x08\x00xxxx", "compressed", 0),
        (pcap()[:20], "cut inside the file header: the file ends here: 16 of 20 octets", 4),
        (b"\xd4\xc3\xb2\xa1\x09\x00" + bytes(18), "pcap version 9", 4),
        (section()[:20], "damaged section header: the file ends here", 16),
        (section()[:8] + bytes(20), "byte-order magic 00000000", 8),
        (section()[:4] + struct.pack("<I", 16) + section()[8:], "section header of 16 octets", 4),
        (section().replace(b"\x01\0\0\0", b"\x02\0\0\0"), "pcapng version 2", 12),
    ],
)
def test_what_is_no_capture_is_refused_with_place(read: Any, content: bytes, what: str, offset: int) -> None:
    with pytest.raises(UnreadableCapture) as caught:
        read(content)
    assert what in caught.value.what
    assert caught.value.offset == offset


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCapture, match="cannot be opened: No such file"):
        read_capture(tmp_path / "none.pcap")
    with pytest.raises(UnreadableCapture, match="cannot be opened: Is a directory"):
        read_capture(tmp_path)
    with pytest.raises(UnreadableCapture, match="cannot be opened"):
        read_capture("a\0b")


def test_a_capture_without_frames_is_empty_and_fine(read: Any) -> None:
    for content in (pcap(), section(), section() + interface()):
        capture = read(content)
        assert (capture.datagrams, capture.unreadable, capture.notes, capture.frames) == ((), (), (), 0)


SMALL = {
    "pcap": (pcap(ether(ike()), ether(ike6()), ether(ike(4500, 4500, MARKED))), 24),
    "pcapng": (section() + interface() + enhanced(ether(ike())) + enhanced(ether(ike6())) + block(5, bytes(8)), 28),
}


@pytest.mark.parametrize(("whole", "header"), SMALL.values(), ids=SMALL.keys())
def test_a_file_cut_at_any_octet_gives_what_was_before_the_cut_and_a_note(read: Any, whole: bytes, header: int) -> None:
    everything = read(whole).datagrams
    starts = set()
    for length in range(len(whole)):
        try:
            capture = read(whole[:length])
        except UnreadableCapture:
            assert length < header
            continue
        assert length >= header
        assert capture.datagrams == everything[: len(capture.datagrams)]
        if capture.notes:
            assert len(capture.notes) == 1
            assert "the file ends here" in capture.notes[0]
            assert all(one.offset <= length for one in capture.unreadable)
        else:
            starts.add(length)
    assert len(starts) == {24: 3, 28: 4}[header]  # cut exactly between two records, nobody can tell


LYING = [  # and how many octets before the end of the file the fault is said to be
    (pcap() + struct.pack("<IIII", 0, 0, 0xFFFFFFF0, 60) + bytes(100), 108),
    (pcap() + struct.pack("<IIII", 0, 0, 262_144, 262_144) + bytes(100), 100),
    (section() + interface() + struct.pack("<II", 6, 0xFFFFFFF0) + bytes(100), 80),
    (section() + interface() + struct.pack("<IIIIIII", 6, 0xFFFFFFF0, 0, 0, 0, 0xFFFFFF00, 60) + bytes(100), 100),
    (section() + struct.pack("<II", 1, 0xFFFFFFF0) + bytes(100), 104),
    (section() + struct.pack("<II", 0x7777, 0xFFFFFFF0) + bytes(100), 100),
    (section() + struct.pack("<II", 0x7777, 0x00000013) + bytes(100), 104),
    (section() + struct.pack("<II", 0x7777, 8) + bytes(100), 104),
]


@pytest.mark.parametrize(("content", "before"), LYING)
def test_a_length_that_lies_costs_no_memory_and_is_placed(read: Any, content: bytes, before: int) -> None:
    tracemalloc.start()
    try:
        capture = read(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert capture.datagrams == ()
    assert len(capture.notes) == 1
    assert f"(octet {len(content) - before})" in capture.notes[0]
    assert peak < 2_000_000


def test_damage_inside_a_packet_block_costs_that_frame_only(read: Any) -> None:
    good, frame = enhanced(ether(ike())), ether(ike())
    too_long = block(6, struct.pack("<IIIII", 0, 0, 0, 9999, 9999) + frame)
    capture = read(section() + interface() + good + too_long + enhanced(frame, which=3) + block(6, bytes(8)) + good)
    assert [datagram.frame for datagram in capture.datagrams] == [1, 5]
    reasons = [one.reason for one in capture.unreadable]
    assert [one.frame for one in capture.unreadable] == [2, 3, 4]
    assert reasons[0].startswith("claims 9999 octets")
    assert reasons[1].startswith("refers to interface 3; 1 are described")
    assert reasons[2].startswith("packet block with 8 octets")


def test_two_lengths_of_a_block_that_differ_end_the_reading(read: Any) -> None:
    good = enhanced(ether(ike()))
    capture = read(section() + interface() + good + good[:-4] + struct.pack("<I", 4) + good)
    assert [datagram.frame for datagram in capture.datagrams] == [1]
    assert capture.unreadable[0].frame == 2
    assert "starts with the length" in capture.notes[0]


STARTS = [b"", pcap(), pcap(order=">"), pcap(magic=NANO, link=101), section(), section(">"), section() + interface()]
STARTS += [pcap(link=link) for link in (0, 113, 276)] + [pcap() + struct.pack("<IIII", 0, 0, 90, 90)]


def total(capture: Capture) -> int:
    return len(capture.datagrams) + len(capture.unreadable) + sum(capture.skipped.values())


@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_read_or_refused_and_nothing_else(read: Any, start: bytes, rest: bytes) -> None:
    try:
        capture = read(start + rest)
    except UnreadableCapture:
        return
    assert total(capture) >= capture.frames


REAL = [(CAPTURES / name).read_bytes() for name in ("nat_t_4500.pcap", "main_psk_aes128_sha1_modp1024.pcap")]
SEEDS = [*REAL, SMALL["pcap"][0], SMALL["pcapng"][0], pcap(*fragments4()), pcap(*fragments6())]


@given(seed=st.sampled_from(SEEDS), data=st.data())
@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_captures_with_changed_octets_are_read_or_refused_and_nothing_else(read: Any, seed: bytes, data: Any) -> None:
    content = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        capture = read(bytes(content))
    except UnreadableCapture:
        return
    assert total(capture) >= capture.frames
