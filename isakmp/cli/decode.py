"""``isakmp decode``: one datagram, field by field, and as much as can be read of a broken one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from isakmp.cli import output
from isakmp.cli.errors import FINDING, FINE, Unusable, require_input

if TYPE_CHECKING:
    from isakmp.cli.tree import Leaf, Node, Tree
    from isakmp.machine.errors import Deviation

EPILOG: Final = """\b
Examples:
  isakmp decode datagram.bin
  isakmp decode --format json - < datagram.hex

Hexadecimal digits may have spaces, colons, commas and 0x among them. A non-ESP marker (four zero octets in front, as on
port 4500) is recognised. Captures are for 'isakmp check'.
"""

MARKER: Final = bytes(4)
LENGTH_AT: Final = 24  # of the header's Length field, whose four octets tell whether a marker stands in front
MAXIMUM: Final = 1 << 20
"""Octets of input that are read; no datagram has more than 65535, and hexadecimal text takes three characters each."""

_NOISE: Final = re.compile(r"0[xX](?=[0-9A-Fa-f]{2})|[\s:,;_-]")
_DIGITS: Final = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_CAPTURES: Final = tuple(bytes.fromhex(magic) for magic in ("a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "0a0d0d0a"))


@click.command("decode", short_help="Show every field of a datagram.", epilog=EPILOG)
@click.argument("source", nargs=-1, metavar="[HEX|FILE|-]")
@output.format_option("text", "json")
def command(source: tuple[str, ...], form: str) -> int:
    """Show every field of an ISAKMP datagram.

    It is given as hexadecimal digits, as a file (binary or hexadecimal), or on standard input. Names and sections come
    with each field; what deviates from the RFCs is shown where it stands. Exit status 1 if there is any deviation.
    """
    octets = _read(source)
    from isakmp.cli.tree import tree_of

    datagram, marked = _without_marker(octets)
    tree = tree_of(datagram)
    if form == "json":
        output.write_json(_document(tree, marked))
    else:
        _print(tree, marked)
    return FINDING if tree.deviations else FINE


# ---- input -----------------------------------------------------------------------------------------------------------


def _read(source: tuple[str, ...]) -> bytes:
    if not source or source == ("-",):
        require_input()
    if source and not "".join(source).strip():
        raise Unusable("no input: give hexadecimal digits, a file, or - for standard input")
    if not source and sys.stdin.isatty():
        raise click.UsageError("nothing to decode: give hexadecimal digits, a file, or - for standard input")
    if not source or source == ("-",):
        return _octets(sys.stdin.buffer.read(MAXIMUM + 1), "standard input")
    if len(source) == 1 and _is_file(source[0]):
        try:
            with Path(source[0]).open("rb") as stream:
                return _octets(stream.read(MAXIMUM + 1), source[0])
        except OSError as error:
            raise Unusable(f"{source[0]}: cannot be read: {error.strerror}") from error
    text = " ".join(source)
    octets = _from_hex(text)
    if octets is None:
        shown = text if len(text) <= 40 else f"{text[:40]}..."  # noqa: PLR2004 - enough to recognise it
        odd = re.fullmatch(r"[0-9A-Fa-f]+", _NOISE.sub("", text)) is not None
        fault = "an odd number of hexadecimal digits" if odd else "neither a file nor hexadecimal digits"
        raise Unusable(f"{shown!r}: {fault}")
    return octets


def _is_file(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):  # too long for a name, as hexadecimal digits are, or a NUL in it
        return False


def _octets(content: bytes, where: str) -> bytes:
    if not content:
        raise Unusable(f"{where}: empty")
    if len(content) > MAXIMUM:
        raise Unusable(f"{where}: more than {MAXIMUM} octets, which no datagram has")
    if content.startswith(_CAPTURES):
        raise Unusable(f"{where}: a capture, not a datagram (try: isakmp check {where})")
    return (_from_hex(content.decode("ascii")) if content.isascii() else None) or content


def _from_hex(text: str) -> bytes | None:
    digits = _NOISE.sub("", text)
    return bytes.fromhex(digits) if _DIGITS.fullmatch(digits) else None


def _without_marker(octets: bytes) -> tuple[bytes, bool]:
    """Take the non-ESP marker off; a cookie may begin with four zeros as well, so the length has the last word."""
    if not octets.startswith(MARKER) or len(octets) < LENGTH_AT + 2 * len(MARKER):
        return octets, False
    if int.from_bytes(octets[LENGTH_AT : LENGTH_AT + 4]) == len(octets):
        return octets, False
    return octets[len(MARKER) :], True


# ---- text ------------------------------------------------------------------------------------------------------------


def _print(tree: Tree, marked: bool) -> None:
    size = len(tree.datagram)
    if marked:
        output.line("non-ESP marker in front (RFC 3948 section 2.2); offsets count from behind it")
    output.line(output.styled(f"ISAKMP message, {size} octets", "heading"))
    _print_node(tree.header, 0)
    for node in tree.payloads:
        _print_node(node, 0)
    for leaf in (tree.encrypted, tree.padding):
        if leaf is not None:
            _print_leaf(leaf, -1, len(leaf.label))
    count = len(tree.deviations)
    if count:
        output.line(output.styled(f"{count} deviation{'s' if count > 1 else ''}", "bad"))


def _print_node(node: Node, depth: int) -> None:
    from isakmp.cli.tree import Leaf
    from isakmp.spec.citations import format_cite

    size = node.end - node.offset
    title = output.styled(_title(node), "heading")
    output.line(f"{node.offset:5}  {'  ' * depth}{title}  {size} octets ({format_cite(node.layout.cite)})")
    _print_deviations(node.deviations, depth)
    widest = max((len(leaf.label) for leaf in node.leaves), default=0)
    for part in node.parts:
        if isinstance(part, Leaf):
            _print_leaf(part, depth, min(widest, 28))
        else:
            _print_node(part, depth + 1)


def _title(node: Node) -> str:
    from isakmp.spec.payloads import Header
    from isakmp.spec.registries import PayloadType

    if node.layout is Header.layout:
        return "ISAKMP header"
    return PayloadType.describe(node.code) if node.code is not None else node.layout.name


def _print_leaf(leaf: Leaf, depth: int, label_width: int) -> None:
    before = f"{leaf.offset:5}  {'  ' * (depth + 1)}{leaf.label:<{label_width}}  "
    output.wrapped(before, leaf.text, indent=0, label_width=len(before))
    _print_deviations(leaf.deviations, depth + 1)


def _print_deviations(deviations: Iterable[Deviation], depth: int) -> None:
    from isakmp.spec.citations import format_cite

    for deviation in deviations:
        text = f"{deviation.field + ': ' if deviation.field else ''}{deviation.detail} ({format_cite(deviation.cite)})"
        output.wrapped("    !", text, indent=0, label_width=7 + 2 * depth, style="bad")


# ---- JSON ------------------------------------------------------------------------------------------------------------


def _document(tree: Tree, marked: bool) -> dict[str, Any]:
    value = tree.header.value  # None for what was cut
    version = (value("major"), value("minor"))
    document: dict[str, Any] = {
        "non_esp_marker": marked,
        "length": len(tree.datagram),
        "header": {
            "initiator_cookie": value("cky_i"),
            "responder_cookie": value("cky_r"),
            "next_payload": _number(value("next_payload")),
            "version": None if None in version else f"{version[0]}.{version[1]}",
            "exchange": _number(value("exchange")),
            "flags": _number(value("flags")),
            "message_id": _number(value("message_id")),
            "length": _number(value("length")),
            **_node(tree.header),
        },
        "payloads": [_node(node) for node in tree.payloads],
        "encrypted": _field(tree.encrypted) if tree.encrypted else None,
        "padding": _field(tree.padding) if tree.padding else None,
        "deviations": [_deviation(deviation) for deviation in tree.deviations],
    }
    return document


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None


def _node(node: Node) -> dict[str, Any]:
    from isakmp.spec.payloads import Header

    about: dict[str, Any] = {} if node.layout is Header.layout else {"type": node.code, "name": node.layout.name}
    return about | {
        "title": _title(node),
        "offset": node.offset,
        **({} if node.layout is Header.layout else {"length": node.end - node.offset}),
        "section": node.layout.cite,
        "fields": [_field(leaf) for leaf in node.leaves],
        **({"payloads": [_node(inner) for inner in node.nodes]} if any(True for _ in node.nodes) else {}),
    }


def _field(leaf: Leaf) -> dict[str, Any]:
    from isakmp.spec.payloads import Attribute

    value: Any = leaf.value
    extra: dict[str, Any] = {}
    if isinstance(value, Attribute):
        extra = {"type": value.type, "form": "TV" if isinstance(value.value, int) else "TLV"}
        value = value.value
    return {
        "name": leaf.name,
        "label": leaf.label,
        "offset": leaf.offset,
        "bits": leaf.bits,
        **extra,
        "value": int(value) if isinstance(value, int) else list(value) if isinstance(value, tuple) else value,
        "text": leaf.text,
        "section": leaf.cite,
    }


def _deviation(deviation: Deviation) -> dict[str, Any]:
    return {
        "offset": deviation.offset,
        "payload": deviation.payload,
        "field": deviation.field,
        "detail": deviation.detail,
        "section": deviation.cite,
        "notify": deviation.notify.label if deviation.notify is not None else None,
    }
