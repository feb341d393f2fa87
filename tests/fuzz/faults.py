"""Faults that are sown, to see that each target finds one: what is replaced by something that is nearly right."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from isakmp.conform import capture, check, judge, keyfiles
from isakmp.conform.netlayers import IpPacket
from isakmp.machine import codec, codec_fast, policy_cisco
from isakmp.machine.codec_message import Payloads, payload_type
from isakmp.machine.run import Knowledge
from isakmp.spec.payloads import Attribute
from isakmp.spec.registries import PayloadType


@dataclass(frozen=True)
class Fault:
    """The target that is to find it, and what is replaced."""

    target: str
    patches: Callable[[], list[Any]]


def _reserved_is_not_looked_at() -> list[Any]:
    right = codec_fast.read_payloads

    def read_payloads(data: bytes, first: int, at: int, base: int, *, ipsec: bool = True) -> Any:
        clean = bytearray(data)
        following, place = first, at
        while following and place + 4 <= len(clean):
            following = clean[place]
            clean[place + 1] = 0
            place += max(4, int.from_bytes(clean[place + 2 : place + 4]))
        return right(bytes(clean), first, at, base, ipsec=ipsec)

    return [patch.object(codec, "read_payloads", read_payloads)]


def _ports_of_any_packet() -> list[Any]:
    def udp_ports(packet: IpPacket) -> tuple[int, int]:
        source, destination = struct.unpack(">HH", packet.payload[:4])
        return source, destination

    return [patch.object(capture, "udp_ports", udp_ports)]


def _blocks_are_compared() -> list[Any]:
    return [patch.object(policy_cisco, "_by_priority", lambda *of: sorted(policy_cisco._blocks(*of)))]


def _any_text_is_hexadecimal() -> list[Any]:
    return [patch.object(keyfiles, "_hex", lambda _name, _where, _what, text: bytes.fromhex(text))]


def _four_octets() -> list[Any]:
    def number(self: Attribute) -> int:
        return self.value if isinstance(self.value, int) else int(struct.unpack(">I", self.value)[0])

    return [patch.object(Attribute, "number", property(number))]


def _the_draft_is_no_copy() -> list[Any]:
    return [patch.object(Knowledge, "copy", lambda self: self)]


def _named_payloads() -> list[Any]:
    def payload_names(chain: Payloads) -> tuple[str, ...]:
        return tuple(PayloadType(payload_type(payload)).name for payload in chain.payloads)

    return [patch.object(module, "payload_names", payload_names) for module in (check, judge)]


FAULTS = {
    "reserved octets of payloads are not looked at": Fault("decode", _reserved_is_not_looked_at),
    "a packet is taken to have ports": Fault("capture", _ports_of_any_packet),
    "every payload is taken to have a name": Fault("check", _named_payloads),
    "long attributes are taken to have four octets": Fault("peer", _four_octets),
    "what a refused message brings is kept": Fault("peer", _the_draft_is_no_copy),
    "blocks of one priority are compared": Fault("settings", _blocks_are_compared),
    "a key is taken to be hexadecimal": Fault("keyfile", _any_text_is_hexadecimal),
}


@contextmanager
def sown(name: str) -> Iterator[None]:
    """Put a fault in its place for a while."""
    with ExitStack() as stack:
        for each in FAULTS[name].patches():
            stack.enter_context(each)
        yield
