"""The language in which headers, payloads and attributes are laid out: fields with widths, rules and sections.

A layout is a class. Its body lists the fields **in wire order**, each by one call that states the width in bits (or
the rule for the length), the words of the RFC's figure, the allowed values, and what a violation is called::

    class Transform(Payload, code=PayloadType.TRANSFORM, cite="RFC2408:3.6", figure="Figure 7: ..."):
        number: int = uint(8, "Transform #")
        transform_id: int = uint(8, "Transform-Id")
        reserved2 = reserved(16, "RESERVED2")
        attributes: tuple[Attribute, ...] = attribute_list("SA Attributes")

A name *with* a type is a value: an argument of the constructor and an attribute of the object. A name *without* a type
is on the wire only, because it can be derived (lengths, counts, next payload) or is fixed (reserved fields).
So one declaration gives the static types (PEP 681), the layout (``Transform.layout``), and, by the programs that the
codec generates from the layout, reader and writer. Packet drawings read the same fields.

Objects are tuples underneath: immutable, compact and the cheapest thing that Python can build (a frozen slotted
dataclass costs three times as much). Two objects are equal only if they are of the same class, unlike plain tuples:
``KE(data=b"x") != NONCE(data=b"x")``. Their ``repr`` is the Python expression that builds them.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass, replace
from enum import Enum, Flag
from typing import TYPE_CHECKING, Any, Self, cast, dataclass_transform

from isakmp.spec.citations import Cite
from isakmp.spec.fields import (
    Field,
    Kind,
    Lengths,
    Order,
    When,
    attribute_list,
    chain,
    constant,
    count_of,
    following,
    format_bit,
    items,
    nested,
    octets,
    reserved,
    size_of,
    total_length,
    uint,
)
from isakmp.spec.registries import NotifyType, PayloadType

__all__ = [
    "Field",
    "GenericHeader",
    "Kind",
    "Layout",
    "Lengths",
    "Order",
    "Payload",
    "Structure",
    "StructureMeta",
    "When",
    "attribute_list",
    "chain",
    "constant",
    "count_of",
    "following",
    "format_bit",
    "items",
    "nested",
    "octets",
    "reserved",
    "size_of",
    "total_length",
    "uint",
]


@dataclass(frozen=True, slots=True)
class Layout:
    """A structure on the wire: ``header`` holds the generic payload header's fields (or none), ``body`` the rest."""

    name: str
    cite: Cite
    figure: str
    code: PayloadType | None
    notify: NotifyType
    header: tuple[Field, ...]
    body: tuple[Field, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in wire order."""
        return self.header + self.body

    @property
    def values(self) -> tuple[Field, ...]:
        """The fields that are arguments of the constructor, in wire order."""
        return tuple(f for f in self.body if f.is_value)

    @property
    def minimum(self) -> int:
        """The least length in octets: all fields of fixed width that are always there."""
        return sum(f.bits or 0 for f in self.fields if f.when is None) // 8

    def field(self, name: str) -> Field:
        """Return the field of that name; raises ``KeyError`` if there is none."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"{self.name} has no field {name!r}")


@dataclass_transform(frozen_default=True, field_specifiers=(uint, octets, attribute_list, chain, items, nested))
class StructureMeta(type):
    """Makes a class of fields into an immutable tuple with named members, and keeps its layout."""

    layout: Layout

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        cite: Cite = "",
        figure: str = "",
        code: PayloadType | None = None,
        notify: NotifyType = NotifyType.PAYLOAD_MALFORMED,
        header: StructureMeta | None = None,
    ) -> StructureMeta:
        """Collect the fields of the class body; each takes section and Notify type from the class if it names none.

        A class without fields of its own has those of its base (another payload type with the same layout).
        """
        declared = {key: value for key, value in namespace.items() if isinstance(value, Field)}
        for key in declared:
            del namespace[key]
        namespace["__slots__"] = ()  # no __dict__: members live in the tuple
        parent = next((base.layout for base in bases if isinstance(base, StructureMeta)), None)
        inherited = {f.name: f for f in parent.body} if parent else {}
        body = tuple(
            replace(f, name=key, cite=f.cite or cite, notify=None if f.only_logged else f.notify or notify)
            for key, f in (declared or inherited).items()
        )
        if declared:
            values = [f for f in body if f.is_value]
            defaults = [f.default for f in values if f.default is not ...]
            bases = (*bases, namedtuple(name, [f.name for f in values], defaults=defaults))  # noqa: PYI024
        leading = header.layout.body if header else parent.header if parent else ()
        cls = super().__new__(mcls, name, bases, namespace)
        cls.layout = Layout(name, cite, figure, code, notify, leading, body)
        return cls

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_layout: object) -> None:
        """Take the keywords that ``__new__`` has used."""
        super().__init__(name, bases, namespace)


def _expression(value: object) -> str:
    """Return the Python expression for a value: enum members by name, all else by ``repr``."""
    kind = type(value).__name__
    if isinstance(value, Flag):
        return "|".join(f"{kind}.{member.name}" for member in value) or f"{kind}(0)"
    if isinstance(value, Enum):
        return f"{kind}.{value.name}"
    if type(value) is tuple:
        inner = ", ".join(map(_expression, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


class Structure(metaclass=StructureMeta):
    """Anything that a layout describes. Equal only to an equal object of the same class."""

    def __eq__(self, other: object) -> bool:
        """Compare class and members (tuples alone would make a KE equal to a NONCE of the same octets)."""
        return type(self) is type(other) and tuple.__eq__(cast(Any, self), other)

    def __ne__(self, other: object) -> bool:
        """Return the opposite of ``==`` (``tuple`` brings its own)."""
        return not self == other

    def __hash__(self) -> int:
        """Hash class and members."""
        return hash((type(self), *cast(Any, self)))

    def __repr__(self) -> str:
        """Return the Python expression that builds an equal object."""
        values = zip(type(self).layout.values, cast(Any, self), strict=True)
        return f"{type(self).__name__}({', '.join(f'{f.name}={_expression(v)}' for f, v in values)})"

    if TYPE_CHECKING:

        def _replace(self, **changes: object) -> Self: ...  # as named tuples have it

    def replace(self, **changes: object) -> Self:
        """Return a copy with some members changed; raises ``ValueError`` on an unknown name."""
        return cast(Self, cast(Any, self)._replace(**changes))


class GenericHeader(Structure, cite="RFC2408:3.2", figure="Figure 3: Generic Payload Header"):
    """What every payload begins with; nothing in it is free."""

    next_payload = following(cite="RFC2408:5.3")
    reserved_1 = reserved(8, cite="RFC2408:5.3")
    length = total_length(16, "Payload Length")


class Payload(Structure, header=GenericHeader):
    """A structure with a generic payload header in front."""
