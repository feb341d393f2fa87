"""Nothing that is done to a capture goes unseen, breaks the checker, or makes it accuse the innocent.

Octets that may change without a word, since no rule speaks of their value and nothing is computed from them that the
capture could contradict:

* a NAT-D payload that matches no address anyway (there is a NAT, or its sender wants one to be assumed);
* the contents of vendor IDs and certificate requests, and payloads of unknown types;
* in an exchange that came to nothing, what only its continuation would have covered: attributes that nobody chose,
  cookies, public values, nonces, hashes without keys;
* the body of a certificate that is refused anyway, and how the issuer's signature on one is encoded;
* messages of methods that have no table yet.

The tests below take handshakes that were completed and judged whole, and know what occurs there by its place.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from isakmp.conform.capture import Capture
from isakmp.conform.check import KeysOfAnotherCapture, check_capture
from isakmp.conform.verdicts import MessageReport, Report, Verdict
from isakmp.machine.codec import decode
from isakmp.spec.payloads import CERT, CR, NAT_D, VID, Unknown
from tests.conform.checking import (
    BACKEND,
    DAEMONS,
    ESTABLISHED,
    NAMES,
    capture,
    changed,
    check,
    deviations,
    expected,
    keys,
)

WHOLE = tuple(name for name in DAEMONS if expected(name) == ESTABLISHED and name != "fragmentation")
SILENT = (VID, CR, Unknown)


def judgement(report: Report) -> list[object]:
    """All that a report says, but for what only repeats the capture (cookies, message ids, times)."""
    said: list[object] = [report.verdict, report.findings]
    for each in report.exchanges:
        said += [each.outcome, each.reason, each.notes, each.undecided, each.keys]
        for m in each.messages:
            said += [m.row, m.checks, m.deviations, m.notes, m.effects, m.retransmission]
    return said


@cache
def clean(name: str) -> list[object]:
    return judgement(check(name))


@cache
def _messages(name: str) -> list[MessageReport]:
    return [m for each in check(name).exchanges for m in each.messages]


def spoken_of(name: str, frame: int, offset: int) -> bool:
    """Whether a rule speaks of an octet of a message in the clear; in an encrypted one, CBC spreads every change."""
    payload = next(d.payload for d in capture(name).datagrams if d.frame == frame)
    wire = decode(payload)
    if wire.encrypted is not None:
        report = next(m for m in _messages(name) if m.frame == frame)
        return "CR" not in report.payloads
    nat = any("behind a NAT" in note for m in _messages(name) if m.frame == frame for note in m.notes)
    silent = (*SILENT, NAT_D) if nat else SILENT
    spans = zip(wire.payloads, wire.spans, strict=True)
    return not any(_silent_from(p, silent, start) <= offset < stop for p, (start, stop) in spans)


def _silent_from(payload: object, silent: tuple[type, ...], start: int) -> float:
    """Where the octets of a payload begin that no rule speaks of."""
    if isinstance(payload, CERT):  # generic header, encoding, the certificate's own header, what its issuer signed
        signed = BACKEND.load_certificate(payload.data).native.tbs_certificate_bytes
        return start + 5 + payload.data.index(signed) + len(signed)
    return start + 4 if isinstance(payload, silent) else math.inf


def attempt(source: Capture, name: str, *, known: bool = True) -> Report | None:
    """Judge a damaged capture; None where its keys file no longer fits, which is said by an error of its own."""
    try:
        report = check_capture(source, keys(name) if known else None, BACKEND)
    except KeysOfAnotherCapture:
        return None
    assert report.to_json()["verdict"] in set(Verdict)
    return report


def frames(name: str) -> int:
    return len(capture(name).datagrams)


@st.composite
def places(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[str, int, int]:
    """A capture, the index of a datagram in it, and an offset."""
    name = draw(st.sampled_from(names))
    index = draw(st.integers(0, frames(name) - 1))
    return name, index, draw(st.integers(0, len(capture(name).datagrams[index].payload) - 1))


@given(places(WHOLE), st.integers(1, 255))
@example(("main_psk_blowfish256_sha1_modp1024", 4, 76), 1)
@example(("dpd", 0, 28), 0x80)
@example(("nat_t_4500", 2, 224), 1)
@example(("aggressive_psk_aes128_sha1_modp1024", 1, 35), 1)
def test_an_octet_that_was_changed_is_reported(place: tuple[str, int, int], mask: int) -> None:
    name, index, offset = place
    frame = capture(name).datagrams[index].frame

    def flip(payload: bytes) -> bytes:
        return payload[:offset] + bytes([payload[offset] ^ mask]) + payload[offset + 1 :]

    report = attempt(changed(capture(name), frame, flip), name)
    if report is not None and spoken_of(name, frame, offset):
        assert judgement(report) != clean(name)


@given(places(WHOLE))
def test_a_datagram_that_was_cut_is_a_deviation(place: tuple[str, int, int]) -> None:
    name, index, offset = place
    frame = capture(name).datagrams[index].frame
    report = attempt(changed(capture(name), frame, lambda payload: payload[:offset]), name)
    assert report is None or report.verdict is Verdict.DEVIATIONS


@given(places(NAMES), st.binary(max_size=40), st.booleans())
def test_no_damage_breaks_the_checker(place: tuple[str, int, int], junk: bytes, known: bool) -> None:
    name, index, offset = place
    frame = capture(name).datagrams[index].frame
    attempt(
        changed(capture(name), frame, lambda payload: payload[:offset] + junk + payload[offset + len(junk) :]),
        name,
        known=known,
    )


@given(
    st.lists(
        st.binary(max_size=200) | st.binary(min_size=28, max_size=60).map(lambda b: b[:17] + b"\x10\x02\0" + b[20:])
    )
)
def test_junk_alone_is_judged_too(payloads: list[bytes]) -> None:
    one = capture("delete").datagrams[0]
    source = replace(
        capture("delete"), datagrams=tuple(replace(one, frame=n, payload=p) for n, p in enumerate(payloads, 1))
    )
    assert len({m.frame for each in check_capture(source, None, BACKEND).exchanges for m in each.messages}) == len(
        payloads
    )


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", [name for name in NAMES if "ikescan_bad" not in name])
def test_a_capture_with_a_gap_accuses_nobody(name: str, known: bool) -> None:
    datagrams = capture(name).datagrams
    for index in range(len(datagrams)):
        for found in (
            datagrams[:index] + datagrams[index + 1 :],  # one is missing
            datagrams[index:],  # begins too late
            datagrams[:index],  # ends too early
            datagrams[:index] + datagrams[index : index + 2][::-1] + datagrams[index + 2 :],  # out of order
            datagrams[: index + 1] + datagrams[index:],  # one is there twice
        ):
            report = attempt(replace(capture(name), datagrams=found), name, known=known)
            assert report is None or deviations(report) == []


def test_the_work_is_bounded_by_the_size_of_the_capture() -> None:
    one = capture("delete").datagrams[4]
    flood = tuple(
        replace(one, frame=n, payload=one.payload[:40] + n.to_bytes(4) + one.payload[44:]) for n in range(10, 2010)
    )
    source = replace(capture("delete"), datagrams=(*capture("delete").datagrams[:4], *flood))
    begun = time.perf_counter()
    report = check_capture(source, keys("delete"), BACKEND)
    assert time.perf_counter() - begun < 10
    assert len(report.exchanges[0].messages) == 2004
