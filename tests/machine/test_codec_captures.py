"""Real handshakes: every datagram and every decrypted body is read, and written again octet for octet.

Then each is cut at every length and has every octet changed: it is read or refused, never anything else.
"""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path

import dpkt
import pytest

from isakmp.machine.codec import Message, decode, decode_payloads, encode, encode_payloads
from isakmp.machine.codec_chain import Walk
from isakmp.machine.errors import MalformedMessage
from isakmp.spec.registries import Flag, PayloadType

CAPTURES = Path(__file__).parents[1] / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.pcap"))
PORT, NAT_T_PORT = 500, 4500
NON_ESP_MARKER = bytes(4)

EXPECTED = {
    "ikescan_bad_nextpayload_ss": "offset 16, ISAKMP header, field Next Payload: 99 is no payload type",
}
"""What is wrong in a capture on purpose."""

SHORT_NAMES = {"No": "NONCE", "CERTREQ": "CR", "NAT-D": "NAT_D", "NAT-OA": "NAT_OA", "V": "VID"}


@functools.cache
def datagrams(name: str) -> tuple[bytes, ...]:
    """Return the distinct ISAKMP messages of a capture, in order."""
    found: dict[bytes, None] = {}
    with (CAPTURES / f"{name}.pcap").open("rb") as file:
        for _time, frame in dpkt.pcap.Reader(file):
            udp = dpkt.ethernet.Ethernet(frame).data.data
            if not isinstance(udp, dpkt.udp.UDP):
                continue
            octets = bytes(udp.data)
            if NAT_T_PORT in (udp.sport, udp.dport):
                if not octets.startswith(NON_ESP_MARKER):
                    continue  # ESP or a keepalive
                octets = octets.removeprefix(NON_ESP_MARKER)
            found[octets] = None
    return tuple(found)


@functools.cache
def bodies(name: str) -> tuple[tuple[str, bytes], ...]:
    """Return the decrypted bodies of a capture, each with the payloads that the daemon's log names."""
    log = json.loads((CAPTURES / f"{name}.keys.json").read_text())
    logged = [entry for sa in log["ike_sas"] for entry in sa.get("messages", ()) if "plain" in entry]
    return tuple((entry["payloads"].strip("[] "), bytes.fromhex(entry["plain"])) for entry in logged)


def first_type(payloads: str) -> int:
    """Return the type of the first payload that the log names."""
    name = payloads.split(maxsplit=1)[0]
    return PayloadType[SHORT_NAMES.get(name, name)]


def test_there_are_captures() -> None:
    assert len(NAMES) > 40
    assert set(EXPECTED) <= set(NAMES)
    assert sum(len(datagrams(name)) for name in NAMES) > 350


@pytest.mark.parametrize("name", NAMES)
def test_every_captured_datagram_is_read_and_written_again(name: str) -> None:
    for octets in datagrams(name):
        if name in EXPECTED and octets[16] not in set(PayloadType):
            with pytest.raises(MalformedMessage) as caught:
                decode(octets)
            assert str(caught.value).startswith(EXPECTED[name])
            continue
        message = decode(octets)
        assert encode(message) == octets
        assert message == Walk(octets).message()
        assert (message.encrypted is None) == (not message.header.flags & Flag.ENCRYPTION)


@pytest.mark.parametrize("name", NAMES)
def test_every_decrypted_body_is_read_and_written_again(name: str) -> None:
    for logged, octets in bodies(name):
        first = first_type(logged)
        chain = decode_payloads(first, octets, padded=True)
        assert encode_payloads(chain.payloads) + chain.padding == octets
        assert not any(chain.padding)
        assert chain == Walk(octets, 28).body(first, padded=True)
        assert len(chain.payloads) == len([word for word in logged.split() if not word.endswith(")") or "(" in word])


def shapes() -> list[bytes]:
    """Return one captured message in the clear for each sequence of payloads."""
    found: dict[tuple[str, ...], bytes] = {}
    for name in NAMES:
        for octets in datagrams(name):
            message = decode(octets, lenient=True)
            key = tuple(type(payload).__name__ for payload in message.payloads)
            if len(octets) < len(found.get(key, octets + b"x")):
                found[key] = octets
    return list(found.values())


def judge(octets: bytes) -> Message | None:
    """Read strictly and leniently; the two must agree, and what is accepted must be written again as it was."""
    lenient = decode(octets, lenient=True)
    if not lenient.deviations:
        message = decode(octets)
        assert message == lenient
        assert encode(message) == octets
        return message
    with pytest.raises(MalformedMessage) as caught:
        decode(octets)
    assert caught.value.deviation == lenient.deviations[0]
    return None


def test_a_captured_message_is_refused_at_every_length_but_its_own() -> None:
    for octets in shapes():
        for length in range(len(octets)):
            with pytest.raises(MalformedMessage):
                decode(octets[:length])
            if length >= 28:
                assert decode(octets[:length], lenient=True).deviations
                relabelled = octets[:24] + length.to_bytes(4) + octets[28:length]
                judge(relabelled)


def test_a_captured_message_with_any_octet_changed_is_read_or_refused() -> None:
    rng = random.Random(2408)
    for octets in shapes():
        refused = 0
        for at in range(len(octets)):
            changed = bytearray(octets)
            changed[at] ^= rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
            refused += judge(bytes(changed)) is None
        assert refused >= 6  # version, exchange type and length are never free


def test_a_decrypted_body_with_any_octet_changed_is_read_or_refused() -> None:
    rng = random.Random(2409)
    seen: set[str] = set()
    for name in NAMES:
        for logged, octets in bodies(name):
            if logged in seen:
                continue
            seen.add(logged)
            first = first_type(logged)
            for at in range(len(octets)):
                changed = bytearray(octets)
                changed[at] ^= rng.choice((1, 2, 4, 8, 16, 32, 64, 128, 255))
                chain = decode_payloads(first, bytes(changed), padded=True, lenient=True)
                if not chain.deviations:
                    assert encode_payloads(chain.payloads) + chain.padding == bytes(changed)
