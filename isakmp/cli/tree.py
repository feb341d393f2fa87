"""A datagram as a tree: header, payloads, what is nested in them, fields, each with its offset; faults in place.

The codec's lenient reading gives fields in wire order (`isakmp.machine.codec.dissect`). Which structure lies in which
follows from the layouts; octets that no field covers are shown as such, so that nothing of a datagram is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from isakmp.cli import values
from isakmp.machine.codec import FieldView, Message, dissect
from isakmp.machine.errors import Deviation, MalformedMessage
from isakmp.spec.fields import Kind
from isakmp.spec.layouts import Layout
from isakmp.spec.naming import CONFIG_ATTRIBUTES
from isakmp.spec.payloads import (
    ATTR,
    CERT,
    CR,
    ID,
    LAYOUTS,
    NAT_OA,
    NAT_OA_DRAFT,
    NONCE,
    NONCE_OCTETS,
    VID,
    Attribute,
    Header,
    Transform,
    Unknown,
)

OCTET: Final = 8


@dataclass
class Leaf:
    """A field: where it stands, how wide it is in bits, its name in the figure, its value, the value in words."""

    offset: int
    bits: int
    name: str
    label: str
    value: object
    text: str
    cite: str
    deviations: list[Deviation] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The offset after its last octet."""
        return self.offset + (self.bits + OCTET - 1) // OCTET


@dataclass
class Node:
    """A structure: the header, a payload, or what is nested in one."""

    layout: Layout
    offset: int
    end: int
    code: int | None = None
    parent: Node | None = None
    parts: list[Leaf | Node] = field(default_factory=list)
    deviations: list[Deviation] = field(default_factory=list)

    @property
    def leaves(self) -> Iterator[Leaf]:
        """Its own fields."""
        return (part for part in self.parts if isinstance(part, Leaf))

    @property
    def nodes(self) -> Iterator[Node]:
        """What is nested in it."""
        return (part for part in self.parts if isinstance(part, Node))

    def value(self, name: str) -> Any:
        """The value of one of its fields; `None` if it was not read."""
        return next((leaf.value for leaf in self.leaves if leaf.name == name), None)


@dataclass(frozen=True)
class Tree:
    """A datagram, read: the header, what follows it, and the octets after the last payload."""

    datagram: bytes
    header: Node
    payloads: tuple[Node, ...]
    padding: Leaf | None
    encrypted: Leaf | None
    deviations: tuple[Deviation, ...]


def tree_of(datagram: bytes) -> Tree:
    """Read a datagram (without non-ESP marker) as far as it goes, be it less than a header."""
    try:
        message, views = dissect(datagram)
    except MalformedMessage as error:
        return _cut_header(datagram, error)
    header, payloads = _grow(views, message)
    for node in payloads:
        _fill(node, datagram)
        for part in tuple(_all_nodes(node)):
            _say(part)
    _say(header)
    deviations = message.deviations
    padding = encrypted = None
    chain = message.chain
    if chain.padding:
        at = len(datagram) - len(chain.padding)
        padding = Leaf(
            at, OCTET * len(chain.padding), "padding", "(padding)", chain.padding, chain.padding.hex(), "RFC2408:3.6"
        )
    if message.encrypted is not None:
        octets = message.encrypted.octets
        first = values.payload_type_name(message.encrypted.first)
        text = f"{len(octets)} octets, the first payload is {first}"
        encrypted = Leaf(
            header.end, OCTET * len(octets), "encrypted", "(encrypted)", octets, text, "RFC2409:Appendix B"
        )
    for deviation in deviations:
        _place(deviation, header, payloads)
    return Tree(datagram, header, payloads, padding, encrypted, deviations)


def _cut_header(datagram: bytes, error: MalformedMessage) -> Tree:
    """What there is of a header; the codec reads none that is cut."""
    layout = Header.layout
    header = Node(layout, 0, len(datagram))
    number = int.from_bytes(datagram)
    bit = 0
    for spec in layout.fields:
        width = spec.bits or 0
        left = OCTET * len(datagram) - bit
        if left <= 0:
            break
        offset, stop = bit // OCTET, -(-(bit + width) // OCTET)
        octets = datagram[offset:stop]
        if left < width:
            header.parts.append(Leaf(offset, left, spec.name, spec.label, octets, f"{octets.hex()} (cut)", spec.cite))
            break
        read = number >> (left - width) & ((1 << width) - 1)
        value = octets if spec.kind is Kind.OCTETS else read
        header.parts.append(
            Leaf(offset, width, spec.name, spec.label, value, values.field_text(spec, value), spec.cite)
        )
        bit += width
    detail = f"{len(datagram)} octets, a header has {layout.minimum} (cut)"
    deviation = Deviation(len(datagram), layout.name, "", error.cite, detail, error.notify)
    header.deviations.append(deviation)
    return Tree(datagram, header, (), None, None, (deviation,))


# ---- from fields in a row to structures ------------------------------------------------------------------------------


@cache
def _containers() -> dict[str, str]:
    """Which structure lies in which: `Transform` in `Proposal`, `Proposal` in `SA`."""
    nested = ((part.of.layout.name, layout.name) for layout in LAYOUTS.values() for part in layout.fields if part.of)
    return dict(nested)


def _grow(views: list[FieldView], message: Message) -> tuple[Node, tuple[Node, ...]]:
    header = Node(Header.layout, 0, Header.layout.minimum)
    payloads: list[Node] = []
    spans = dict(message.spans)
    open_nodes: list[Node] = [header]
    for view in views:
        layout = LAYOUTS[view.structure]
        if view.structure == Attribute.layout.name:
            open_nodes[-1].parts.append(_leaf(view))
            continue
        if layout is not Header.layout and view.field.name == layout.fields[0].name:
            node = Node(layout, view.offset, view.offset, layout.code)
            container = _containers().get(layout.name)
            while open_nodes and open_nodes[-1].layout.name != container:
                open_nodes.pop()
            if open_nodes:
                node.parent = open_nodes[-1]
                node.parent.parts.append(node)
            else:
                payloads.append(node)
                node.end = spans.get(node.offset, node.offset)
            open_nodes.append(node)
        while open_nodes[-1].layout is not layout:
            open_nodes.pop()
        open_nodes[-1].parts.append(_leaf(view))
    _take_types(header, payloads)
    begun = {node.offset for node in payloads}
    # What is too short for a generic header is a payload without a single field.
    payloads += [Node(Unknown.layout, start, end) for start, end in message.spans if start not in begun]
    return header, tuple(sorted(payloads, key=lambda node: node.offset))


def _take_types(header: Node, payloads: list[Node]) -> None:
    """Give each payload the type that was announced for it: a layout may serve several, or none."""
    announced = header.value("next_payload")
    for node in payloads:
        node.code = announced
        announced = node.value("next_payload")


def _leaf(view: FieldView) -> Leaf:
    text = "" if isinstance(view.value, Attribute) else values.field_text(view.field, view.value)
    return Leaf(view.offset, view.bits, view.field.name, view.field.label, view.value, text, view.field.cite)


def _all_nodes(node: Node) -> Iterator[Node]:
    yield node
    for inner in node.nodes:
        yield from _all_nodes(inner)


def _fill(node: Node, datagram: bytes) -> None:
    """Find the end of each structure, and show the octets that no field covers."""
    at = node.offset
    complete: list[Leaf | Node] = []
    limit = node.end
    for number, part in enumerate(node.parts):
        if isinstance(part, Node):
            length = part.value("length")
            following = next((p.offset for p in node.parts[number + 1 :]), limit)
            part.end = min(part.offset + length, limit) if length else following
            if not part.layout.header:  # a structure without a length of its own: as long as its fields
                part.end = max(leaf.end for leaf in part.leaves)
            _fill(part, datagram)
        if part.offset > at:
            complete.append(_unread(at, part.offset, datagram))
        complete.append(part)
        at = max(at, part.end)
    if at < limit:
        complete.append(_unread(at, limit, datagram))
    node.parts = complete


def _unread(start: int, stop: int, datagram: bytes) -> Leaf:
    octets = datagram[start:stop]
    return Leaf(start, OCTET * len(octets), "unread", "(not read)", octets, octets.hex(), "")


# ---- values that need to know where they stand -----------------------------------------------------------------------


def _say(node: Node) -> None:
    """Put into words what only the whole structure tells."""
    kind = node.layout.name
    for leaf in node.leaves:
        if isinstance(leaf.value, Attribute):
            _say_attribute(node, leaf, leaf.value)
        elif kind == Transform.layout.name and leaf.name == "transform_id":
            leaf.text = values.transform_text(_protocol(node), int(node.value("transform_id")))
        elif leaf.name == "data" and isinstance(leaf.value, bytes):
            leaf.text = _data_text(node, leaf.value) or leaf.text
        elif kind == CR.layout.name and leaf.name == "authority" and isinstance(leaf.value, bytes):
            leaf.text = values.distinguished_name(leaf.value)
        elif kind in (NAT_OA.layout.name, NAT_OA_DRAFT.layout.name) and leaf.name == "address":
            leaf.text = values.identity_text(int(node.value("type")), bytes(leaf.value or b""))  # type: ignore[call-overload]


def _data_text(node: Node, data: bytes) -> str:
    kind = node.layout.name
    if kind == ID.layout.name and node.value("type") is not None:
        text = values.identity_text(int(node.value("type")), data)
        return text if text == data.hex() else f"{text}  {data.hex()}"
    if kind == NONCE.layout.name and len(data) >= NONCE_OCTETS.stop:
        longest = NONCE_OCTETS.stop - 1
        return f"{data.hex()}  (remark: {len(data)} octets; a nonce that is not encrypted has at most {longest})"
    if kind == VID.layout.name:
        return f"{data.hex()}  {values.vendor_text(data)}"
    if kind == CERT.layout.name:
        return values.certificate_text(int(node.value("encoding") or 0), data)
    return ""


def _protocol(transform: Node) -> int:
    protocol = transform.parent.value("protocol") if transform.parent else None
    return int(protocol or 0)


def _say_attribute(node: Node, leaf: Leaf, attribute: Attribute) -> None:
    registry = CONFIG_ATTRIBUTES if node.layout.name == ATTR.layout.name else values.sa_registry(_protocol(node))
    leaf.name = "attribute"
    leaf.label, leaf.text = values.attribute_words(registry, attribute)
    member = registry.find(attribute.type)
    leaf.cite = member.cite if member is not None else registry.document


# ---- faults ----------------------------------------------------------------------------------------------------------


def _place(deviation: Deviation, header: Node, payloads: tuple[Node, ...]) -> None:
    """Put a fault to the field, else to the structure, where it stands."""
    at = deviation.offset
    holder: Node = header
    if at is not None:
        holder = next((node for node in reversed(payloads) if node.offset <= at), header)
        inner = True
        while inner:
            found = next((node for node in holder.nodes if node.offset <= at < max(node.end, node.offset + 1)), None)
            inner = found is not None
            holder = found or holder
        leaves = [leaf for leaf in holder.leaves if leaf.offset <= at < max(leaf.end, leaf.offset + 1)]
        exact = [leaf for leaf in leaves if leaf.label == deviation.field]
        if exact or leaves:
            (exact or leaves)[-1].deviations.append(deviation)
            return
    holder.deviations.append(deviation)
