"""tshark, a decoder that shares nothing with ours, reads every message of every capture as we do.

Compared are all fields of all headers, payloads, proposals, transforms and attributes, with their places and lengths,
and the same within the encrypted bodies, which both decrypt. Where tshark differs, the frames are listed with the
reason.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from isakmp.cli import main
from isakmp.conform.capture import read_capture
from isakmp.conform.keyfiles import read_keys
from isakmp.machine.codec import Message, decode
from isakmp.spec.payloads import FRAGMENT
from tests.interop import ours, tshark
from tests.interop.parts import Reading, differences, reading

pytestmark = pytest.mark.requires_tool("tshark")

CAPTURES = Path(__file__).parents[1] / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.pcap"))


class Exempt(NamedTuple):
    """Frames of which tshark does not read the encrypted body as we do, and why."""

    frames: frozenset[int]
    reason: str


REPEATED = (
    "tshark takes the last block of the message before as the IV, also if that message was this one: but a repetition "
    "does not move the IV (RFC 2409 section 10)"
)
EXEMPT = {
    "main_psk_blowfish256_sha1_modp1024": (Exempt(frozenset({5, 6, 7, 8, 9}), "tshark cannot decrypt Blowfish"),),
    "retransmission_lost_mm5": (Exempt(frozenset({6}), REPEATED),),
    "retransmission_lost_qm1": (Exempt(frozenset({8}), REPEATED),),
    "retransmission_lost_qm3": (Exempt(frozenset({10}), REPEATED),),
    "wrong_psk_main": (
        Exempt(frozenset({7, 9, 11}), REPEATED),
        Exempt(
            frozenset({6, 8, 10, 12}),
            "the key is the initiator's, these are from the responder, which has another: what comes of it is noise, "
            "and only tshark takes a payload to be as long as the noise says",
        ),
    ),
}
CANNOT_DECRYPT = "main_psk_blowfish256_sha1_modp1024"
"""The capture of which tshark shows no encrypted body; of the others in the list it shows noise."""


@dataclass(frozen=True)
class Compared:
    """A capture as both decoders read it."""

    ours: dict[int, list[Reading]]
    tshark: tshark.Dissection

    def messages(self) -> Iterator[tuple[int, Reading, Reading]]:
        """Give each message with its frame: our reading, and tshark's."""
        assert self.ours.keys() == self.tshark.messages.keys()
        for frame, readings in self.ours.items():
            for mine, theirs in zip(readings, self.tshark.messages[frame], strict=True):
                yield frame, mine, theirs


def cipher_keys(path: Path) -> dict[bytes, bytes]:
    """Return the keys of the ciphers that a key file holds, by the initiator's cookie."""
    return {sa.cky_i: sa.cipher_key for sa in read_keys(path).sas if sa.cipher_key is not None}


def compared(path: Path) -> Compared:
    """Let both read a capture that has its keys beside it."""
    keys = cipher_keys(path.with_suffix(".keys.json"))
    return Compared(ours.dissection(path, keys), tshark.dissection(path, keys))


@functools.cache
def captured(name: str) -> Compared:
    """Let both read one of the captures, once."""
    return compared(CAPTURES / f"{name}.pcap")


def exempt(name: str) -> dict[int, str]:
    """Return why a frame of a capture is exempt, by frame."""
    return {frame: entry.reason for entry in EXEMPT.get(name, ()) for frame in entry.frames}


# ---- what others said ------------------------------------------------------------------------------------------------


def test_the_exempt_frames_are_of_captures_that_exist() -> None:
    assert set(EXEMPT) <= set(NAMES)
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_tshark_reads_every_message_of_a_capture_as_we_do(name: str) -> None:
    reasons = exempt(name)
    frames = set()
    for frame, mine, theirs in captured(name).messages():
        assert not differences(mine.outer, theirs.outer), frame
        different = differences(mine.inner, theirs.inner)
        if frame in reasons:
            frames.add(frame)
            assert different, f"frame {frame} is read alike by now, so it is exempt no longer: {reasons[frame]}"
        else:
            assert not different, frame
    assert frames == set(reasons)


@pytest.mark.parametrize("name", NAMES)
def test_tshark_finds_a_captured_message_malformed_only_where_it_could_not_decrypt_it(name: str) -> None:
    garbled = frozenset() if name == CANNOT_DECRYPT else frozenset(exempt(name))
    assert captured(name).tshark.malformed == garbled


@pytest.mark.parametrize("name", NAMES)
def test_both_open_every_encrypted_message_of_a_capture(name: str) -> None:
    keys = cipher_keys(CAPTURES / f"{name}.keys.json")
    for frame, mine, theirs in captured(name).messages():
        encrypted = any(part.field == "encrypted" for part in mine.outer)
        known = any(part.field == "cky_i" and part.value in keys for part in mine.outer)
        assert known or not encrypted, frame
        assert bool(mine.inner) == encrypted, frame
        assert bool(theirs.inner) == (encrypted and name != CANNOT_DECRYPT), frame


def test_the_captures_hold_as_much_as_they_are_kept_for() -> None:
    messages = [message for name in NAMES for message in captured(name).messages()]
    kinds = {part.payload for _, mine, _ in messages for part in mine.outer | mine.inner}
    assert len(messages) > 400
    assert sum(bool(mine.inner) for _, mine, _ in messages) > 200
    assert kinds >= {*range(1, 15), 20, FRAGMENT.layout.code}


# ---- what we say -----------------------------------------------------------------------------------------------------

SAYINGS = [
    ("main",),
    ("aggressive",),
    ("main", "--proposal", "des-md5-modp768", "--esp", "3des-md5"),
    ("main", "--proposal", "3des-sha1-modp1024", "--esp", "aes128-sha1", "--pfs"),
    ("aggressive", "--proposal", "aes192-sha384-modp1536", "--pfs=modp1024"),
    ("main", "--proposal", "aes256-sha512-ecp256", "--esp", "aes256gcm16", "--pfs"),
    *((exchange, "--auth", auth) for exchange in ("main", "aggressive") for auth in ("dss", "rsa", "ecdsa-256")),
    ("main", "aggressive", "main"),
]


@pytest.mark.parametrize("arguments", SAYINGS, ids=" ".join)
def test_tshark_reads_what_we_say_as_we_do(arguments: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "run.pcap"
    written = ("--pcap", str(path), "--keyfile", str(path.with_suffix(".keys.json")))
    assert main(("run", *arguments, "--seed", "2409", *written)) == 0
    found = compared(path)
    handshakes = arguments.count("main") + arguments.count("aggressive")
    messages = list(found.messages())
    assert len(messages) == 9 * arguments.count("main") + 6 * arguments.count("aggressive")
    assert sum(bool(theirs.inner) for _, _, theirs in messages) >= 4 * handshakes
    assert not found.tshark.malformed
    for frame, mine, theirs in messages:
        assert not differences(mine.outer, theirs.outer), frame
        assert not differences(mine.inner, theirs.inner), frame


# ---- that a difference would be seen ---------------------------------------------------------------------------------


def changed(octets: bytes, at: int) -> bytes:
    """Return octets of which one has another value: one more, or none, as where a length is off by one."""
    return octets[:at] + bytes([(octets[at] + 1) % 256]) + octets[at + 1 :]


@pytest.mark.parametrize(
    "name", ["aggressive_rsasig", "delete", "ikescan_bad_nextpayload_ss", "main_psk_xauth_modecfg"]
)
def test_any_octet_that_we_read_otherwise_makes_a_difference(name: str) -> None:
    path = CAPTURES / f"{name}.pcap"
    opener = ours.Opener(cipher_keys(path.with_suffix(".keys.json")))
    theirs = captured(name).tshark.messages
    for datagram in read_capture(path).datagrams:
        message = decode(datagram.payload, lenient=True)
        seen = theirs[datagram.frame][0]
        opener.inner_parts(datagram, message)
        for at in readable(message):
            outer = reading(ours.outer_parts(changed(datagram.payload, at))[1], ()).outer
            assert differences(outer, seen.outer), (datagram.frame, at)
        if message.encrypted is not None:
            plain = opener.associations[message.header.cky_i].opened[datagram.payload]
            for at in range(len(plain)):
                inner = reading((), ours.body_parts(message.encrypted.first, changed(plain, at))).inner
                assert differences(inner, seen.inner), (datagram.frame, at)


def readable(message: Message) -> range:
    """Return the places of the octets that anybody can read."""
    return range(ours.HEADER_OCTETS if message.encrypted is not None else len(message.datagram))


def test_a_key_of_another_handshake_makes_a_difference() -> None:
    path = CAPTURES / "quick_nopfs.pcap"
    right = cipher_keys(path.with_suffix(".keys.json"))
    wrong = {cky_i: changed(key, 0) for cky_i, key in right.items()}
    theirs = tshark.dissection(path, wrong)
    assert theirs.malformed
    assert any(
        differences(mine.inner, theirs.messages[frame][0].inner)
        for frame, (mine, *_) in ours.dissection(path, right).items()
    )
