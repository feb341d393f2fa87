"""What tshark makes of a capture: its packet details as XML, turned into parts.

Every field that tshark shows in a message must be known here, as a field of ours or as something that it says once more
in other words; a field that is neither is an error, so that nothing it sees is passed over.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree as ET

from isakmp.spec.payloads import Header
from tests.interop.parts import HEADER, Part, Reading, attribute_name, reading

HEADER_OCTETS: Final = Header.layout.minimum

HEADER_FIELDS: Final = {
    "isakmp.ispi": "cky_i",
    "isakmp.rspi": "cky_r",
    "isakmp.nextpayload": "next_payload",
    "isakmp.mjver": "major",
    "isakmp.mnver": "minor",
    "isakmp.exchangetype": "exchange",
    "isakmp.flags": "flags",
    "isakmp.messageid": "message_id",
    "isakmp.length": "length",
}

PAYLOAD_FIELDS: Final = {
    "isakmp.nextpayload": "next_payload",
    "isakmp.reserved": "reserved",
    "isakmp.payloadlength": "length",
    "isakmp.spisize": "spi_size",
    "isakmp.spi": "spi",
    "isakmp.sa.doi": "doi",
    "isakmp.sa.situation": "situation",
    "isakmp.prop.number": "number",
    "isakmp.prop.protoid": "protocol",
    "isakmp.prop.transforms": "transform_count",
    "isakmp.trans.number": "number",
    "isakmp.trans.id": "transform_id",
    "isakmp.key_exchange.data": "data",
    "isakmp.hash": "data",
    "isakmp.sig": "data",
    "isakmp.nonce": "data",
    "isakmp.vid_bytes": "data",
    "isakmp.ike.nat_hash": "data",
    "isakmp.datapayload": "data",
    "isakmp.id.type": "type",
    "isakmp.id.protoid": "protocol",
    "isakmp.id.port": "port",
    "isakmp.id.data": "data",
    "isakmp.cert.encoding": "encoding",
    "isakmp.cert.data": "data",
    "isakmp.certreq.type": "encoding",
    "isakmp.ike.certreq.authority.sig": "authority",
    "isakmp.notify.doi": "doi",
    "isakmp.notify.protoid": "protocol",
    "isakmp.notify.msgtype": "type",
    "isakmp.notify.data": "data",
    "isakmp.delete.doi": "doi",
    "isakmp.delete.protoid": "protocol",
    "isakmp.spinum": "spi_count",
    "isakmp.delete.spi": "spis",
    "isakmp.cfg.type": "type",
    "isakmp.cfg.identifier": "identifier",
    "isakmp.frag.packetid": "fragment_id",
    "isakmp.frag.seq": "number",
    "isakmp.frag.last": "flags",
}

ATTRIBUTES: Final = frozenset({"isakmp.ike.attr", "isakmp.ipsec.attr", "isakmp.cfg.attr"})

SAID_AGAIN: Final = frozenset(
    {
        "isakmp.vid_string",  # the name of a vendor ID
        "isakmp.notify.data.dpd.are_you_there",  # the sequence number in the notification data
        "isakmp.notify.data.dpd.are_you_there_ack",
        "isakmp.fragments",  # which frames the whole was put together from
    }
)
"""Fields beside those of a payload that repeat them in other words."""


class UnknownFieldError(LookupError):
    """Tshark shows something that is not known here."""


class Dissection(NamedTuple):
    """What tshark reads: in each frame with ISAKMP the message, and then the one that its fragment completes.

    `malformed` are the frames in which it could not read on.
    """

    messages: dict[int, list[Reading]]
    malformed: frozenset[int]


def dissection(capture: Path, keys: Mapping[bytes, bytes]) -> Dissection:
    """Let tshark read a capture; `keys` are those of the ciphers by the initiator's cookie.

    Raises ``CalledProcessError`` if tshark fails, `UnknownFieldError` if it shows something that is not known here.
    """
    messages: dict[int, list[Reading]] = {}
    malformed: set[int] = set()
    root = ET.fromstring(_details(capture, keys))  # noqa: S314 - it comes from a program of ours
    for frame, packet in enumerate(root.iter("packet"), 1):
        protos = [proto for proto in packet.iter("proto") if proto.get("name") == "isakmp"]
        if protos:
            messages[frame] = [_message(proto) for proto in protos]
        if any(proto.get("name") == "_ws.malformed" for proto in packet.iter("proto")):
            malformed.add(frame)
    return Dissection(messages, frozenset(malformed))


def _details(capture: Path, keys: Mapping[bytes, bytes]) -> bytes:
    table = [f"uat:ikev1_decryption_table:{cky_i.hex()},{key.hex()}" for cky_i, key in keys.items()]
    options = [word for entry in table for word in ("-o", entry)]
    with tempfile.TemporaryDirectory() as empty:  # so that preferences and keys of the user have no say
        environment = os.environ | {"HOME": empty, "WIRESHARK_CONFIG_DIR": empty}
        command = ["tshark", "-n", "-r", str(capture), *options, "-T", "pdml"]
        return subprocess.run(command, capture_output=True, check=True, env=environment, timeout=60).stdout


def _message(proto: ET.Element) -> Reading:
    base = _int(proto[0], "pos")
    outer: list[Part] = []
    inner: list[Part] = []
    for field in proto:
        match field.get("name"):
            case "isakmp.typepayload":
                outer += _payload(field, -base)
            case "isakmp.enc.data":
                outer.append(Part(_int(field, "pos") - base, _int(field, "size"), HEADER, "encrypted", b""))
                inner += _body(field)
            case "isakmp.version":
                outer += [_header_field(half, base) for half in field]
            case _:
                outer.append(_header_field(field, base))
    return reading(outer, inner)


def _header_field(field: ET.Element, base: int) -> Part:
    name = _known(field, HEADER_FIELDS)
    return Part(_int(field, "pos") - base, _int(field, "size"), HEADER, name, _octets(field))


def _body(encrypted: ET.Element) -> Iterator[Part]:
    """Read what was decrypted. Its octets count from 0, but the padding's do not always; that is always the end."""
    for field in encrypted:
        match field.get("name"):
            case "isakmp.typepayload":
                yield from _payload(field, HEADER_OCTETS)
            case "isakmp.extradata":
                size = _int(field, "size")
                yield Part(HEADER_OCTETS + _int(encrypted, "size") - size, size, HEADER, "padding", _octets(field))
            case other:
                raise UnknownFieldError(other)


def _payload(payload: ET.Element, shift: int) -> Iterator[Part]:
    """Read a payload; its place is that of its first field, which is counted like all that is in it."""
    kind, start, whole = _int(payload, "show"), _int(payload[0], "pos"), _octets(payload)
    yield Part(start + shift, _int(payload, "size"), kind, "payload", b"")
    for field in payload:
        name, at, size = field.get("name", ""), _int(field, "pos"), _int(field, "size")
        if name == "isakmp.typepayload":
            yield from _payload(field, shift)
        elif name in ATTRIBUTES:
            yield Part(at + shift, size, kind, *_attribute(field))
        elif name not in SAID_AGAIN and field.tag == "field":  # not the message that a last fragment completes
            # Of what tshark reads on within, it gives no octets; but it gives all those of the payload.
            octets = _octets(field) or whole[at - start : at - start + size]
            yield Part(at + shift, size, kind, _known(field, PAYLOAD_FIELDS), octets)


def _attribute(attribute: ET.Element) -> tuple[str, bytes]:
    name = attribute.get("name", "")
    fields = {field.get("name", "").removeprefix(f"{name}."): field for field in attribute}
    value = _octets(fields["value"]) if "value" in fields else b""
    if not _int(fields["format"], "show") and _int(fields["length"], "show") != len(value):
        raise ValueError(f"tshark shows {len(value)} octets of an attribute of {fields['length'].get('show')}")
    return attribute_name(_int(fields["type"], "show"), short=bool(_int(fields["format"], "show"))), value


def _known(field: ET.Element, names: Mapping[str, str]) -> str:
    name = field.get("name", "")
    if name not in names:
        raise UnknownFieldError(name)
    return names[name]


def _int(field: ET.Element, attribute: str) -> int:
    return int(field.get(attribute, ""))


def _octets(field: ET.Element) -> bytes:
    """Return the octets of a field, of a few bits the number in one octet; nothing where tshark gives none."""
    text = field.get("value", "")
    if text == "field length invalid!":
        return b""
    return bytes.fromhex(text.zfill(len(text) + len(text) % 2))
