"""What the tests of the checker share: the captures with their keys, a backend, and ways to change a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from isakmp.conform.capture import Capture, Datagram, Endpoint, read_capture
from isakmp.conform.check import check_capture
from isakmp.conform.keyfiles import read_keys
from isakmp.conform.keytypes import KeyForm, Keys, SaKeys
from isakmp.conform.verdicts import ExchangeReport, MessageReport, Report
from isakmp.crypto.openssl import OpensslBackend
from isakmp.machine.memory import Handshake
from isakmp.spec.registries import EncryptionAlgorithm
from isakmp.spec.terms import Role

CAPTURES = Path(__file__).parent.parent / "captures"
BACKEND = OpensslBackend()

NAMES = tuple(sorted(path.stem for path in CAPTURES.glob("*.pcap")))
IKE_SCAN = frozenset(name for name in NAMES if name.startswith("ikescan"))
DAEMONS = tuple(name for name in NAMES if name not in IKE_SCAN)
ESTABLISHED = "established"


@cache
def capture(name: str) -> Capture:
    return read_capture(CAPTURES / f"{name}.pcap")


@cache
def keys(name: str) -> Keys:
    return read_keys(CAPTURES / f"{name}.keys.json")


@cache
def expected(name: str) -> str:
    document = json.loads((CAPTURES / f"{name}.keys.json").read_text())
    return str(document["expected"]["outcome"])


def check(name: str, *, known: bool = True) -> Report:
    return check_capture(capture(name), keys(name) if known else None, BACKEND)


def one_sa(name: str, **members: object) -> Keys:
    """A keys file that knows of the capture's SA only what is named: `psk` for both ends, or members of `SaKeys`."""
    sa = keys(name).sas[0]
    return Keys("some.keys", KeyForm.IKEV1_CAPTURE, (replace(SaKeys(sa.cky_i, sa.cky_r), **members),))  # type: ignore[arg-type]


def exchange(report: Report, name: str) -> ExchangeReport:
    return next(each for each in report.exchanges if each.exchange == name)


def message(report: Report, frame: int) -> MessageReport:
    return next(m for each in report.exchanges for m in each.messages if m.frame == frame)


def sections(report: Report) -> set[str]:
    """The sections that are said to be violated."""
    return {deviation.cite for each in report.exchanges for _, deviation in each.deviations}


def deviations(report: Report) -> list[str]:
    return [str(deviation) for each in report.exchanges for _, deviation in each.deviations]


def changed(source: Capture, frame: int, change: Callable[[bytes], bytes]) -> Capture:
    """A capture with one datagram's ISAKMP message replaced."""
    found = [d if d.frame != frame else replace(d, payload=change(d.payload)) for d in source.datagrams]
    return replace(source, datagrams=tuple(found))


def octets(*places: tuple[int, int]) -> Callable[[bytes], bytes]:
    """A change that sets octets: (offset, value)."""

    def change(payload: bytes) -> bytes:
        found = bytearray(payload)
        for offset, value in places:
            found[offset] = value
        return bytes(found)

    return change


def inside(name: str, iv: bytes, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """A change of what is encrypted: decrypt under the logged key, change, encrypt again."""
    key = keys(name).sas[0].cipher_key or b""

    def of(payload: bytes) -> bytes:
        plain = BACKEND.decrypt(EncryptionAlgorithm.AES_CBC, key, iv, payload[28:])
        body = BACKEND.encrypt(EncryptionAlgorithm.AES_CBC, key, iv, change(plain))
        return payload[:24] + (28 + len(body)).to_bytes(4) + body

    return of


def recorded(run: Handshake) -> Capture:
    """A capture of a handshake between two peers of our own."""
    ends = {Role.I: Endpoint("192.0.2.1", 500), Role.R: Endpoint("192.0.2.2", 500)}
    datagrams = tuple(
        Datagram(frame, each.time, ends[each.sender], ends[each.sender.other], each.datagram)
        for frame, each in enumerate(run.deliveries, 1)
    )
    return Capture("in memory", datagrams, (), {}, (), len(datagrams))
