"""What fuzzing begins with: the captures of the tests, taken apart when they are needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from isakmp.conform.capture import read_capture
from isakmp.spec.registries import PayloadType

CAPTURES: Final = Path(__file__).parent.parent / "captures"
_SHORT: Final = {"No": "NONCE", "CERTREQ": "CR", "NAT-D": "NAT_D", "NAT-OA": "NAT_OA", "V": "VID"}


def names() -> list[str]:
    """The captures that have a file of keys."""
    return sorted(path.stem for path in CAPTURES.glob("*.pcap"))


@cache
def datagrams() -> tuple[bytes, ...]:
    """Every ISAKMP message of them, once."""
    found = [d.payload for name in names() for d in read_capture(CAPTURES / f"{name}.pcap").datagrams]
    return tuple(dict.fromkeys(found))


def bodies() -> Iterator[tuple[int, bytes]]:
    """What the daemons have logged of encrypted messages, decrypted: the type of the first payload, and the octets."""
    seen: set[bytes] = set()
    for name in names():
        document = json.loads((CAPTURES / f"{name}.keys.json").read_text(encoding="utf-8"))
        for entry in (each for sa in document["ike_sas"] for each in sa.get("messages", ()) if "plain" in each):
            body = bytes.fromhex(entry["plain"])
            if body not in seen:
                seen.add(body)
                first = entry["payloads"].strip("[] ").split(maxsplit=1)[0]
                yield PayloadType[_SHORT.get(first, first)], body
