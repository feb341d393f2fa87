"""Any octets as a file of keys: refused with a line, or a capture can be judged by them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from isakmp.conform.capture import Capture, read_capture
from isakmp.conform.check import KeysOfAnotherCapture, check_capture
from isakmp.conform.keyfiles import UnreadableKeys, read_keys
from isakmp.conform.keyjson import FILE_MEMBERS, QUICK_MODE_MEMBERS, SA_MEMBERS
from tests.fuzz.capture import backend
from tests.fuzz.seeds import CAPTURES
from tests.fuzz.target import Target, ensure

NAMES: Final = (
    "main_psk_aes128_sha1_modp1024", "quick_pfs_modp2048", "aggressive_psk_aes128_sha1_modp1024",
    "main_psk_aes256_sha512_ecp256", "wrong_psk_main", "main_psk_3des_md5_modp1536",
)  # fmt: skip
LONGEST: Final = 6000
_LONG: Final = frozenset({"other_side", "verified", "messages", "hash_i_data", "hash_r_data"})
_folder: Final = TemporaryDirectory(prefix="isakmp-fuzz-")


@cache
def _captures() -> dict[bytes, Capture]:
    """The captures, by the initiator's cookie as a file of keys has it."""
    found = [read_capture(CAPTURES / f"{name}.pcap") for name in NAMES]
    return {capture.datagrams[0].payload[:8].hex().encode(): capture for capture in found}


def one(data: bytes) -> None:
    """Read it; where it names a cookie of a capture, judge that."""
    path = Path(_folder.name) / "keys"
    path.write_bytes(data)
    try:
        keys = read_keys(path)
    except UnreadableKeys as error:
        ensure(bool(str(error)), "a refusal without words")
        return
    for cookie, capture in _captures().items():
        if cookie in data:
            try:
                json.dumps(check_capture(capture, keys, backend()).to_json())
            except KeysOfAnotherCapture:
                return
            return


def seeds() -> Iterator[bytes]:
    """Files of keys without what is too long, the same as TOML, and Wireshark's table."""
    for name in NAMES:
        document = json.loads((CAPTURES / f"{name}.keys.json").read_text(encoding="utf-8"))
        sas = [{key: value for key, value in sa.items() if key not in _LONG} for sa in document["ike_sas"]]
        whole = {"format": document["format"], "psk": "ikev1-test-psk", "ike_sas": sas}
        yield json.dumps(whole).encode()[:LONGEST]
        (cky_i, cky_r), key = sas[0]["cookies"], sas[0].get("ka", "00" * 16)
        yield f'format = "{document["format"]}"\n[[ike_sas]]\ncookies = ["{cky_i}", "{cky_r}"]\nka = "{key}"\n'.encode()
        yield f'"{cky_i}","{key}"\n'.encode()
        few = {"cookies": [cky_i, cky_r], "psk": "x", "dh_secret_i": "1f2e3d4c5b6a7988"}
        yield json.dumps({"format": document["format"], "ike_sas": [few]}).encode()


WORDS: Final = (
    *sorted({*FILE_MEMBERS, *SA_MEMBERS, *QUICK_MODE_MEMBERS}),
    "ikev1-capture/1",
    "null",
    "true",
    "1e999",
    "{}",
    "[]",
)
TARGET = Target(one, seeds, words=WORDS, longest=LONGEST)
