"""Written captures: read back by others (dpkt, tshark) and by ourselves, and never half-written."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isakmp.conform.capture import Datagram, Endpoint, read_capture
from isakmp.conform.pcapwrite import write_pcap
from isakmp.machine.errors import LocalMisuse

MESSAGE = bytes(range(1, 9)) + bytes(8) + bytes([1, 16, 2, 0]) + bytes(4) + (28).to_bytes(4)
PLAIN = Datagram(1, 1_700_000_000.25, Endpoint("192.0.2.1", 500), Endpoint("198.51.100.2", 500), MESSAGE)
MARKED = replace(
    PLAIN,
    frame=2,
    source=Endpoint("2001:db8::1", 4500),
    destination=Endpoint("2001:db8::2", 4500),
    non_esp_marker=True,
)
CAPTURES = Path(__file__).parent.parent / "captures"


def test_dpkt_reads_what_was_written() -> None:
    stream = io.BytesIO()
    write_pcap(stream, [PLAIN, MARKED])
    (time4, frame4), (time6, frame6) = dpkt.pcap.Reader(io.BytesIO(stream.getvalue()))
    four, six = dpkt.ethernet.Ethernet(frame4).data, dpkt.ethernet.Ethernet(frame6).data
    assert time4 == time6 == 1_700_000_000.25
    assert (IPv4Address(four.src), IPv4Address(four.dst)) == (IPv4Address("192.0.2.1"), IPv4Address("198.51.100.2"))
    assert (IPv6Address(six.src), IPv6Address(six.dst)) == (IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2"))
    assert (four.udp.sport, four.udp.dport, four.udp.data) == (500, 500, MESSAGE)
    assert (six.udp.sport, six.udp.dport, six.udp.data) == (4500, 4500, bytes(4) + MESSAGE)


@pytest.mark.requires_tool("tshark")
def test_tshark_reads_what_was_written_without_complaint(tmp_path: Path) -> None:
    path = tmp_path / "written.pcap"
    write_pcap(path, [PLAIN, MARKED, replace(PLAIN, payload=MESSAGE + b"\x01")])  # the last of odd length
    fields = ["frame.time_epoch", "isakmp.ispi", "ip.checksum.status", "udp.checksum.status"]
    checks = ["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    command = ["tshark", "-r", str(path), *checks, "-T", "fields", *(part for one in fields for part in ("-e", one))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[1] for row in rows] == [MESSAGE[:8].hex()] * 3
    assert [row[2:] for row in rows] == [["1", "1"], ["", "1"], ["1", "1"]]
    assert all(float(row[0]) == 1_700_000_000.25 for row in rows)


@pytest.mark.parametrize("name", ["nat_t_4500", "main_psk_aes128_sha256_modp4096", "fragmentation"])
def test_real_datagrams_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    real = read_capture(CAPTURES / f"{name}.pcap").datagrams
    write_pcap(tmp_path / "again.pcap", real)
    again = read_capture(tmp_path / "again.pcap").datagrams
    assert again == tuple(replace(one, frame=number, notes=()) for number, one in enumerate(real, 1))


ADDRESSES = [st.ip_addresses(v=4), st.ip_addresses(v=6)]
ENDS = st.sampled_from(ADDRESSES).flatmap(lambda kind: st.tuples(kind, kind))


@given(ends=ENDS, port=st.integers(0, 65535), payload=st.binary(max_size=200), marker=st.booleans())
def test_every_datagram_comes_back_without_notes(
    tmp_path_factory: pytest.TempPathFactory,
    ends: tuple[IPv4Address, IPv4Address],
    port: int,
    payload: bytes,
    *,
    marker: bool,
) -> None:
    path = tmp_path_factory.getbasetemp() / "one.pcap"
    one = Datagram(
        1, 12.5, Endpoint(str(ends[0]), port), Endpoint(str(ends[1]), 4500 if marker else 500), payload, marker
    )
    write_pcap(path, [one])
    capture = read_capture(path, ports=[500] if marker else [500, 4500], nat_t_ports=[4500] if marker else [])
    if payload == b"\xff" and not marker:
        assert capture.skipped == {"NAT keepalive": 1}
    else:
        assert capture.datagrams == (one,)


def test_a_checksum_that_comes_out_as_zero_is_written_as_all_ones() -> None:
    checksums = set()
    for number in range(0x10000):
        stream = io.BytesIO()
        write_pcap(stream, [replace(PLAIN, payload=number.to_bytes(2))])
        checksums.add(stream.getvalue()[24 + 16 + 14 + 20 + 6 :][:2])
    assert bytes(2) not in checksums
    assert len(checksums) == 0xFFFF


def failing() -> Iterator[Datagram]:
    yield PLAIN
    raise RuntimeError("in the middle")


def test_a_failure_leaves_what_was_there_before_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "kept.pcap"
    path.write_bytes(b"before")
    with pytest.raises(RuntimeError, match="in the middle"):
        write_pcap(path, failing())
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.pcap", tmp_path / "link.pcap"
    link.symlink_to(real)
    write_pcap(link, [PLAIN])
    assert link.is_symlink()
    assert read_capture(real).datagrams == (PLAIN,)


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    write_pcap("/dev/null", [PLAIN])
    assert Path("/dev/null").is_char_device()
    with pytest.raises(FileNotFoundError):
        write_pcap(tmp_path / "no" / "such" / "folder.pcap", [PLAIN])


@pytest.mark.parametrize(
    ("datagram", "what"),
    [
        (replace(PLAIN, payload=bytes(65508)), "65508 octets are more than UDP carries over IPv4"),
        (replace(MARKED, payload=bytes(65524)), "65528 octets are more than UDP carries over IPv6"),
        (replace(PLAIN, source=Endpoint("2001:db8::1", 500)), "from IPv6 to IPv4"),
        (replace(PLAIN, source=Endpoint("example.net", 500)), "'example.net' does not appear to be"),
        (replace(PLAIN, source=Endpoint("192.0.2.1", 65536)), "no such ports"),
        (replace(PLAIN, time=-1.0), "cannot hold the time -1.0"),
        (replace(PLAIN, time=2.0**32), "cannot hold the time"),
    ],
)
def test_what_fits_in_no_frame_is_refused(datagram: Datagram, what: str) -> None:
    with pytest.raises(LocalMisuse, match=what):
        write_pcap(io.BytesIO(), [datagram])


def test_the_longest_datagrams_fit(tmp_path: Path) -> None:
    longest = [replace(PLAIN, payload=bytes(65507)), replace(MARKED, payload=bytes(65523))]
    write_pcap(tmp_path / "long.pcap", longest)
    assert [len(one.payload) for one in read_capture(tmp_path / "long.pcap").datagrams] == [65507, 65523]
