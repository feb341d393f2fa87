"""Why something cannot be written: names the first value that does not fit its field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from isakmp.machine.errors import LocalMisuse
from isakmp.spec.layouts import Field, Kind, Structure
from isakmp.spec.payloads import Attribute

__all__ = ["misuse"]


def misuse(structure: object, error: Exception) -> LocalMisuse:
    """Return the error that names the first value which does not fit its field."""
    if not isinstance(structure, Structure):
        return LocalMisuse(f"{structure!r} is no payload")
    return _first_misfit(structure) or LocalMisuse(
        f"{type(structure).__name__} is longer than its length field can say ({error})"
    )


def _first_misfit(structure: Structure) -> LocalMisuse | None:
    """Return the error for the first value that does not fit, or ``None``."""
    layout = type(structure).layout
    for spec, value in zip(layout.values, cast(Any, structure), strict=True):
        fault: str | LocalMisuse | None
        if spec.when and not getattr(structure, spec.when.field) & spec.when.mask:
            fault = None if value == spec.default else f"only with a bit of {spec.when.mask:#x} in {spec.when.field}"
        else:
            fault = _misfit(structure, spec, value)
        if fault is not None:
            return fault if isinstance(fault, LocalMisuse) else LocalMisuse(f"{layout.name}.{spec.name}: {fault}")
    return None


def _misfit(structure: Structure, spec: Field, value: Any) -> str | LocalMisuse | None:
    """Return what is wrong with a value, or ``None``."""
    described = [f for f in type(structure).layout.body if f.refers == spec.name]  # its length, or how many there are
    limits = {f.kind: (1 << (f.bits or 0)) - 1 for f in described}
    if spec.kind in (Kind.ATTRIBUTES, Kind.CHAIN, Kind.ITEMS) and not isinstance(value, tuple | list):
        return f"{value!r} is no tuple"
    match spec.kind:
        case Kind.UINT:
            bits = spec.bits or 8
            fits = isinstance(value, int) and 0 <= value < 1 << bits
            return None if fits else f"{value!r} is no unsigned integer of {bits} bits"
        case Kind.OCTETS:
            return _misfit_octets(structure, spec, value, limits.get(Kind.SIZE))
        case Kind.ATTRIBUTES:
            return next(filter(None, map(_misfit_attribute, value)), None)
        case Kind.CHAIN:
            return _misfit_chain(spec, value, limits.get(Kind.COUNT, len(value)))
        case Kind.ITEMS:
            sizes = {len(item) for item in value}
            alike = len(sizes) <= 1 and 0 not in sizes and max(sizes, default=0) <= limits[Kind.SIZE]
            if not alike or len(value) > limits[Kind.COUNT]:
                return f"at most {limits[Kind.COUNT]} items are allowed, of one length from 1 to {limits[Kind.SIZE]}"
            return None
        case _:
            return None if value is None else _first_misfit(value)


def _misfit_chain(spec: Field, value: Sequence[Any], limit: int) -> str | LocalMisuse | None:
    """Return what is wrong with the elements of a chain, or ``None``."""
    if len(value) > limit:
        return f"{len(value)} elements, at most {limit} can be counted"
    strange = next((element for element in value if type(element) is not spec.of), None)
    if strange is not None:
        return f"{strange!r} cannot stand there"
    return next(filter(None, map(_first_misfit, value)), None)


def _misfit_octets(structure: Structure, spec: Field, value: object, limit: int | None) -> str | None:
    """Return what is wrong with octets, or ``None``."""
    if not isinstance(value, bytes | bytearray | memoryview):
        return f"{value!r} is not octets"
    if spec.bits is not None and len(value) != spec.bits // 8:
        return f"{len(value)} octets instead of {spec.bits // 8}"
    if limit is not None and len(value) > limit:
        return f"{len(value)} octets, at most {limit} can be announced"
    if spec.refers and spec.unit != 8:  # noqa: PLR2004 - not counted in octets, so it cannot be derived
        units: int = getattr(structure, spec.refers)
        return None if len(value) == (units * spec.unit + 7) // 8 else f"{len(value)} octets do not hold {units} bits"
    return None


def _misfit_attribute(attribute: object) -> str | None:
    """Return what is wrong with an attribute, or ``None``."""
    if not isinstance(attribute, Attribute):
        return f"{attribute!r} is no Attribute"
    if attribute.type >> 15:
        return f"{attribute!r}: the type is no unsigned integer of 15 bits"
    if isinstance(attribute.value, int):
        return f"{attribute!r}: the short form holds 16 bits" if attribute.value >> 16 else None
    return f"attribute {attribute.type} is longer than 65535 octets" if len(attribute.value) >> 16 else None
