"""Any octets as a capture: read or refused, with everything named that could not be read, and what was read is judged.

An input is a file. Frames are what `isakmp.conform.netlayers` looks through, so lengths in it are made to fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from isakmp.conform.capture import Capture, UnreadableCapture, read_capture
from isakmp.conform.check import check_capture
from isakmp.crypto.backend import Backend
from isakmp.crypto.registry import load_backend
from tests.fuzz.seeds import CAPTURES, names
from tests.fuzz.target import Mutate, Target, ensure

LONGEST: Final = 4096
_FILE: Final = 24
"""Octets before the first record of a pcap file, and of a record before its frame."""
_RECORD: Final = 16
_MAGIC: Final = bytes.fromhex("d4c3b2a1")
_folder: Final = TemporaryDirectory(prefix="isakmp-fuzz-")


@cache
def backend() -> Backend:
    """What computes."""
    return load_backend("openssl")


def read(data: bytes) -> Capture | None:
    """Read octets as a capture; None where they are none."""
    path = Path(_folder.name) / "capture"
    path.write_bytes(data)
    try:
        return read_capture(path)
    except UnreadableCapture as error:
        ensure(bool(str(error)), "a refusal without words")
        return None


def one(data: bytes) -> None:
    """Read it, and judge what is there."""
    capture = read(data)
    if capture is None:
        return
    found, frames = len(capture.datagrams) + len(capture.unreadable), capture.frames
    ensure(found + sum(capture.skipped.values()) >= frames - len(capture.notes), f"{found} of {frames} frames")
    ensure(sum(len(each.payload) for each in capture.datagrams) <= len(data), "more octets than there were")
    for datagram in capture.datagrams:
        ensure(1 <= datagram.frame <= frames, f"frame {datagram.frame} of {frames}")
    for unreadable in capture.unreadable:
        ensure(0 <= unreadable.offset <= len(data), f"octet {unreadable.offset} of {len(data)}")
    report = check_capture(capture, None, backend()).to_json()
    json.dumps(report)


# ---- mutations -------------------------------------------------------------------------------------------------------


def _records(data: bytes) -> Iterator[bytes]:
    """The records of a pcap file, each with its header."""
    at = _FILE
    while at + _RECORD <= len(data):
        size = int.from_bytes(data[at + 8 : at + 12], "little")
        yield data[at : at + _RECORD + size]
        at += _RECORD + size


def _fitted(record: bytes) -> bytes:
    """A record with lengths that fit: its own, and those of IPv4 and UDP behind Ethernet."""
    size = len(record) - _RECORD
    fitted = bytearray(record)
    fitted[8:16] = size.to_bytes(4, "little") * 2
    if size > 42 and record[28:30] == b"\x08\x00":
        fitted[32:34] = (size - 14).to_bytes(2)
        head = 4 * (record[30] & 15)
        udp = _RECORD + 14 + head
        if udp + 6 <= len(fitted):
            fitted[udp + 4 : udp + 6] = (size - 14 - head).to_bytes(2)
            fitted[udp + 6 : udp + 8] = bytes(2)
    return bytes(fitted)


def mutator(data: bytes, random: Random, mutate: Mutate) -> bytes:
    """Octets anywhere, or records of a pcap file changed, moved, repeated and left out."""
    if random.random() < 0.3 or not data.startswith(_MAGIC):
        return mutate(data)
    records = list(_records(data))
    if not records:
        return mutate(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(records) or 1)
        kind = random.randrange(6)
        if not records or kind == 0:
            records[at : at + 1] = []
        elif kind == 1:
            records.insert(random.randrange(len(records)), records[at])
        elif kind == 2:
            records[at] = mutate(records[at])
        elif kind == 3:
            records[at] = _fitted(records[at][: random.randrange(_RECORD, len(records[at]) + 1)])
        else:
            records[at] = _fitted(records[at][:_RECORD] + mutate(records[at][_RECORD:]))
    return data[:_FILE] + b"".join(records)


def seeds() -> Iterator[bytes]:
    """The captures that are not longer than an input may be, and one in the other form."""
    for name in names():
        octets = (CAPTURES / f"{name}.pcap").read_bytes()
        if len(octets) <= LONGEST:
            yield octets
    yield _pcapng(next(_records((CAPTURES / "ikescan_main_ss.pcap").read_bytes()))[_RECORD:])


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = (len(body) + 12).to_bytes(4, "little")
    return kind.to_bytes(4, "little") + size + body + size


def _pcapng(frame: bytes) -> bytes:
    """One frame as a pcapng file: section, interface with a resolution, the frame in each kind of block."""
    size = len(frame).to_bytes(4, "little")
    section = bytes.fromhex("4d3c2b1a01000000ffffffffffffffff")
    interface = bytes.fromhex("0100000000000000") + bytes.fromhex("0900010009000000") + bytes(4)
    return (
        _block(0x0A0D0D0A, section)
        + _block(1, interface)
        + _block(6, bytes(12) + size + size + frame)
        + _block(3, size + frame)
        + _block(2, bytes(12) + size + size + frame)
    )


TARGET = Target(one, seeds, mutator, LONGEST)
