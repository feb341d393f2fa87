"""Readers and writers of payloads, generated from the layouts when this module is loaded.

For each layout two small functions are written out as Python source and compiled once: one struct call for the run of
fixed fields, slices for the rest, and the checks that the layout asks for. Walking the layout for every payload would
be some thirty times slower. To see what was generated: ``print(codec_generate.SOURCE)``.

The readers are deliberately narrow: they either return exactly what `isakmp.machine.codec_walk` returns for a payload
in order, or raise one of `ODD` and leave the judgement to that module. They never decide that something is wrong, so
nothing about faults stands twice. The writers raise ``struct.error``, ``TypeError`` or ``ValueError`` on values that
do not fit; `isakmp.machine.codec_misuse` says which.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from isakmp.machine.codec_attributes import Odd, attribute_octets, read_attributes
from isakmp.machine.codec_message import CHAINABLE, member_of
from isakmp.spec.layouts import Field, Kind, Payload, Structure
from isakmp.spec.payloads import Proposal, SecurityLabel, Transform

__all__ = ["FUNCTIONS", "SOURCE"]

_CODES: Final = MappingProxyType({8: "B", 16: "H", 32: "I"})


class _Source:
    """Source text with the objects that it refers to by name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "new": tuple.__new__,
            "Odd": Odd,
            "read_attributes": read_attributes,
            "attribute_octets": attribute_octets,
            "zeros": bytes,
        }

    def name(self, prefix: str, value: object) -> str:
        """Return a name under which the generated code finds the value."""
        name = f"{prefix}_{len(self.names)}"
        self.names[name] = value
        return name

    def add(self, indent: int, *lines: str) -> None:
        self.lines += ["    " * indent + line for line in lines]


def _code(spec: Field) -> str:
    """Return the struct code of a field of fixed width."""
    return f"{(spec.bits or 0) // 8}s" if spec.kind is Kind.OCTETS else _CODES[spec.bits or 0]


def _lead(cls: type[Structure]) -> list[Field]:
    """Return the fields of fixed width at the beginning of the body."""
    lead: list[Field] = []
    for spec in cls.layout.body:
        if spec.bits is None or spec.when:
            break
        lead.append(spec)
    return lead


def _reader_body(source: _Source, cls: type[Structure], indent: int, end: str) -> str:
    """Emit the checks and variable fields (fixed ones are unpacked, ``at`` is behind them); return the constructor."""
    values: list[str] = []
    for spec in cls.layout.body:
        name = f"f_{spec.name}"
        if spec.when:
            source.add(indent, f"if f_{spec.when.field} & {spec.when.mask}: raise Odd")
            values.append(repr(spec.default))
            continue
        if spec.bits is None:
            _read_variable(source, cls, spec, indent, end)
        if spec.kind is Kind.RESERVED:
            source.add(indent, f"if {name}: raise Odd")
        elif spec.allowed is not None and not _closed(spec):
            source.add(indent, f"if {name} not in {source.name('allowed', spec.allowed)}: raise Odd")
        if spec.minimum and spec.kind is Kind.OCTETS:
            source.add(indent, f"if len({name}) < {spec.minimum}: raise Odd")
        if spec.lengths:
            keys = cls.layout.field(spec.lengths.field).allowed or frozenset()
            free = range(1 << 16)
            table = source.name("lengths", {key: spec.lengths.allowed.get(key, free) for key in keys})
            length = f"f_{spec.refers}" if spec.kind is Kind.ITEMS else f"len({name})"
            source.add(indent, f"if {length} not in {table}[f_{spec.lengths.field}]: raise Odd")
        if spec.is_value:
            values.append(_member(source, spec, name))
    return f"new({cls.__name__}, ({', '.join(values)},))"


def _closed(spec: Field) -> bool:
    """Return whether all allowed values are members of the registry: then looking them up checks them as well."""
    allowed = spec.allowed or frozenset()
    return spec.registry is not None and allowed <= {int(member) for member in spec.registry}


def _member(source: _Source, spec: Field, name: str) -> str:
    """Return the expression for a value as a member of its registry; raises ``KeyError`` in a closed one."""
    if spec.registry is None:
        return name
    if spec.allowed is not None and _closed(spec):
        return f"{source.name('members', {value: member_of(spec, value) for value in spec.allowed})}[{name}]"
    return f"{source.name('known', {int(member): member for member in spec.registry})}.get({name}, {name})"


def _read_variable(source: _Source, cls: type[Structure], spec: Field, indent: int, end: str) -> None:
    """Emit the reading of one field of varying length."""
    name = f"f_{spec.name}"
    match spec.kind:
        case Kind.OCTETS if spec.refers:
            source.add(indent, f"stop = at + f_{spec.refers}", f"if stop > {end}: raise Odd")
            source.add(indent, f"{name} = data[at:stop]", "at = stop")
        case Kind.OCTETS:
            source.add(indent, f"{name} = data[at:{end}]")
        case Kind.ATTRIBUTES:
            source.add(indent, f"{name} = read_attributes(data, at, {end})")
        case Kind.CHAIN:
            assert spec.of is not None  # noqa: S101 - by construction of the layout
            source.add(indent, f"{name} = chain_{spec.of.__name__}(data, at, {end})")
        case Kind.ITEMS:
            size, count = f"f_{spec.refers}", _counter(cls, spec)
            source.add(indent, f"if not ({size} and {count}) or {size} * {count} != {end} - at: raise Odd")
            source.add(indent, f"{name} = tuple([data[i:i + {size}] for i in range(at, {end}, {size})])")
        case _:
            raise TypeError(f"{cls.__name__}.{spec.name}: no reader for {spec.kind}")
    if spec.kind is Kind.CHAIN and (count := _counter(cls, spec)):
        source.add(indent, f"if len({name}) != {count}: raise Odd")


def _counter(cls: type[Structure], spec: Field) -> str:
    """Return the variable that holds the number of elements of a field, or nothing."""
    return next((f"f_{f.name}" for f in cls.layout.body if f.kind is Kind.COUNT and f.refers == spec.name), "")


def _emit_reader(source: _Source, cls: type[Payload]) -> None:
    """Emit ``read_X(data, at, end)``: the payload whose body (behind the generic header) is there."""
    source.names[cls.__name__] = cls
    lead = _lead(cls)
    width = sum(f.bits or 0 for f in lead) // 8
    source.add(0, f"def read_{cls.__name__}(data, at, end):")
    if lead:
        unpack = source.name("unpack", struct.Struct(">" + "".join(map(_code, lead))).unpack_from)
        source.add(1, f"{', '.join(f'f_{f.name}' for f in lead)}, = {unpack}(data, at)")
        source.add(1, f"at += {width}", "if at > end: raise Odd")
    source.add(1, f"return {_reader_body(source, cls, 1, 'end')}")


def _emit_chain_reader(source: _Source, cls: type[Payload], ascending: str) -> None:
    """Emit ``chain_X(data, at, end)``: payloads of one type that fill the place, numbered as required."""
    source.names[cls.__name__] = cls
    lead = _lead(cls)
    unpack = source.name("unpack", struct.Struct(">BBH" + "".join(map(_code, lead))).unpack_from)
    source.add(0, f"def chain_{cls.__name__}(data, at, end):", "    found = []", "    last = -1", "    while True:")
    source.add(2, f"following, reserved, length, {', '.join(f'f_{f.name}' for f in lead)}, = {unpack}(data, at)")
    source.add(2, "here = at + length")
    source.add(2, f"if reserved or length < {cls.layout.minimum} or here > end: raise Odd")
    source.add(2, f"if not f_number {ascending} last: raise Odd", "last = f_number", f"at += {cls.layout.minimum}")
    source.add(2, f"found.append({_reader_body(source, cls, 2, 'here')})", "at = here")
    source.add(2, f"if following != {int(cls.layout.code or 0)}: break")
    source.add(1, "if following or at != end: raise Odd", "return tuple(found)")


def _emit_chain_writer(source: _Source, cls: type[Payload]) -> None:
    """Emit ``write_chain_X(objects)``: payloads of one type, each announcing the next, the last one nothing."""
    source.add(0, f"def write_chain_{cls.__name__}(chain):", "    parts = []", "    left = len(chain)")
    source.add(1, "for it in chain:", "    left -= 1")
    head, variable = _emit_writing(source, cls, 2, f"{int(cls.layout.code or 0)} if left else 0")
    source.add(2, f"parts += ({', '.join([head, *variable])},)")
    source.add(1, "return b''.join(parts)")


def _emit_writer(source: _Source, cls: type[Structure]) -> None:
    """Emit ``write_X(object, following)``: its octets, with generic header if it is a payload."""
    source.add(0, f"def write_{cls.__name__}(it, following=0):")
    head, variable = _emit_writing(source, cls, 1, "following")
    source.add(1, "return " + " + ".join([head, *variable]))


def _emit_writing(source: _Source, cls: type[Structure], indent: int, following: str) -> tuple[str, list[str]]:
    """Emit the writing of the variable fields of ``it``; return expressions for the fixed part and for the others."""
    layout = cls.layout
    source.add(indent, f"{', '.join(f'f_{f.name}' for f in layout.values)}, = it")
    parts: list[str] = []
    lead = _lead(cls)
    for spec in layout.body[len(lead) :]:
        parts.append(f"p_{spec.name}")
        source.add(indent, f"p_{spec.name} = {_octets_of(source, spec)}")
        if spec.when:
            absent = f"f_{spec.name} != {spec.default!r} and int(f_{spec.when.field}) & {spec.when.mask} == 0"
            source.lines[-1] += f" if int(f_{spec.when.field}) & {spec.when.mask} else b''"
            source.add(indent, f"if {absent}: raise ValueError")
        if spec.kind is Kind.OCTETS and spec.unit != 8:  # noqa: PLR2004 - an octet
            size = f"(f_{spec.refers} * {spec.unit} + 7) // 8"
            source.add(indent, f"if len(f_{spec.name}) != {size}: raise ValueError")
    arguments: list[str] = []
    for spec in lead:
        if spec.kind is Kind.OCTETS:  # struct would pad or cut it without a word
            source.add(indent, f"if len(f_{spec.name}) != {(spec.bits or 0) // 8}: raise ValueError")
        match spec.kind:
            case Kind.RESERVED:
                arguments.append("0")
            case Kind.COUNT:
                arguments.append(f"len(f_{spec.refers})")
            case Kind.SIZE if layout.field(spec.refers).kind is Kind.ITEMS:
                arguments.append(f"item_size(f_{spec.refers})")
            case Kind.SIZE:
                arguments.append(f"len(f_{spec.refers})")
            case _:
                arguments.append(f"f_{spec.name}")
    if layout.header:
        length = " + ".join([str(layout.minimum), *(f"len({part})" for part in parts)])
        arguments = [following, "0", length, *arguments]
    codes = ("BBH" if layout.header else "") + "".join(map(_code, lead))
    pack = source.name("pack", struct.Struct(">" + codes).pack)
    return f"{pack}({', '.join(arguments)})", parts


def _octets_of(source: _Source, spec: Field) -> str:
    """Return the expression for the octets of one field that is not in the leading run."""
    name = f"f_{spec.name}"
    match spec.kind:
        case Kind.ATTRIBUTES:
            return f"attribute_octets({name})"
        case Kind.CHAIN | Kind.NESTED:
            assert spec.of is not None  # noqa: S101 - by construction of the layout
            return f"write_{'chain_' if spec.kind is Kind.CHAIN else ''}{spec.of.__name__}({name})"
        case Kind.ITEMS:
            return f"b''.join({name})"
        case Kind.OCTETS if spec.pad > 8:  # noqa: PLR2004 - an octet
            return f"{name} + zeros(-len({name}) % {spec.pad // 8})"
        case Kind.OCTETS:
            return name
        case Kind.SIZE:
            return f"{source.name('pack', struct.Struct('>' + _code(spec)).pack)}(len(f_{spec.refers}))"
        case Kind.RESERVED:
            return f"zeros({(spec.bits or 0) // 8})"
        case _:
            return f"{source.name('pack', struct.Struct('>' + _code(spec)).pack)}({name})"


def _item_size(items: Sequence[bytes]) -> int:
    """Return the length that all items share; raises ``struct.error`` if they differ or are empty."""
    sizes = {len(item) for item in items}
    if len(sizes) > 1 or 0 in sizes:
        raise struct.error("items of equal length, not empty, are required")
    return sizes.pop() if sizes else 0


def _generate() -> tuple[str, dict[str, Any]]:
    """Write and compile all readers and writers; return the source and its namespace."""
    source = _Source()
    source.names |= {"item_size": _item_size}
    for cls, ascending in ((Transform, ">"), (Proposal, ">=")):
        _emit_chain_reader(source, cls, ascending)
        _emit_chain_writer(source, cls)
    _emit_writer(source, SecurityLabel)
    for payload in CHAINABLE:
        _emit_reader(source, payload)
        _emit_writer(source, payload)
    text = "\n".join(source.lines)
    exec(compile(text, "<generated from isakmp.spec.payloads>", "exec"), source.names)  # noqa: S102 - our own text
    return text, source.names


SOURCE, FUNCTIONS = _generate()
"""The generated text, and what it defines: ``read_KE``, ``write_KE`` and so on."""
