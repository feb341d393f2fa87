"""What every registry of numbers has in common: labels, sources, number ranges, and naming of any number at all.

A registry is an enumeration whose members are declared as ``KE = 4, "Key Exchange (KE)", "RFC2408:3.1"``: the number,
the name as the source prints it, and the citation.  An optional fourth text explains what is unusual about a number.
The class statement carries what holds for the whole registry: ``title`` and ``document`` for printing, ``bits`` as
the width of the field on the wire, and ``ranges`` for the numbers that have no name of their own.

Looking a number up is one access to a dictionary: decoders call :meth:`Registry.describe` for every field.
"""

from enum import Enum, IntEnum, IntFlag
from typing import ClassVar, NamedTuple, Self

from isakmp.spec.citations import Cite


class Kind(Enum):
    """What a document says of a range of numbers that have no names; the value is how it is printed."""

    RESERVED = "reserved"
    UNASSIGNED = "unassigned"
    DOI_SPECIFIC = "DOI specific"
    PRIVATE_USE = "private use"


class Range(NamedTuple):
    """The numbers ``first`` to ``last`` (both included), what they are kept for, and who says so."""

    first: int
    last: int
    kind: Kind
    cite: Cite

    def __contains__(self, number: object) -> bool:
        """Tell whether the number lies in the range."""
        return isinstance(number, int) and self.first <= number <= self.last


def reserved(first: int, last: int, cite: Cite) -> Range:
    """Declare a range that the document keeps for itself."""
    return Range(first, last, Kind.RESERVED, cite)


def unassigned(first: int, last: int, cite: Cite) -> Range:
    """Declare a range that IANA may still assign from."""
    return Range(first, last, Kind.UNASSIGNED, cite)


def doi_specific(first: int, last: int, cite: Cite) -> Range:
    """Declare a range that each domain of interpretation fills for itself."""
    return Range(first, last, Kind.DOI_SPECIFIC, cite)


def private_use(first: int, last: int, cite: Cite) -> Range:
    """Declare a range that consenting peers may use as they like."""
    return Range(first, last, Kind.PRIVATE_USE, cite)


class Registry(IntEnum):
    """A space of numbers, each with the name that its document prints and the place that assigns it.

    Every member is its number: it compares, packs and formats as an ``int``.  ``PayloadType(4)`` gives the member of a
    number and raises :class:`ValueError` where it has no name; :meth:`find` and :meth:`describe` never raise.
    """

    label: str
    cite: Cite
    note: str
    title: ClassVar[str]
    document: ClassVar[Cite]
    bits: ClassVar[int]
    ranges: ClassVar[tuple[Range, ...]]

    # Only the number has to be given, because type checkers take a look-up by number for a call of __new__.
    def __new__(cls, number: int, label: str = "", cite: Cite = "", note: str = "") -> Self:
        """Make a member from its declaration."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.label, member.cite, member.note = label, cite, note
        return member

    def __init_subclass__(
        cls, *, title: str, document: Cite, bits: int, ranges: tuple[Range, ...] = (), **kwargs: object
    ) -> None:
        """Take what holds for the whole registry from the class statement."""
        super().__init_subclass__(**kwargs)
        cls.title, cls.document, cls.bits, cls.ranges = title, document, bits, ranges

    @classmethod
    def find(cls, number: int) -> Self | None:
        """Give the member with this number, or None where the number has no name."""
        member = cls._value2member_map_.get(number)
        return member if isinstance(member, cls) else None

    @classmethod
    def describe(cls, number: int) -> str:
        """Name any number: its label, or what the documents say of such numbers, e.g. ``private use (200)``.

        Never raises: a decoder may pass whatever it has read.
        """
        member = cls._value2member_map_.get(number)
        return member.label if isinstance(member, cls) else f"{cls.kind_of(number).value} ({number})"

    @classmethod
    def kind_of(cls, number: int) -> Kind:
        """Tell what a number without a name is kept for; what no range covers is unassigned."""
        return next((r.kind for r in cls.ranges if r.first <= number <= r.last), Kind.UNASSIGNED)


class Encoding(Enum):
    """How the value of an attribute goes over the wire (RFC 2408 section 3.3).

    A variable attribute may be sent as a basic one if its value fits into two octets; never the other way round.
    """

    BASIC = "B"
    VARIABLE = "V"


class AttributeRegistry(Registry, title="Attributes", document="RFC2408:3.3", bits=15):
    """A registry of data attributes: each member also knows whether it is basic or variable.

    Attribute types have 15 bits; the sixteenth is the format bit (RFC 2408 section 3.3).
    """

    encoding: Encoding

    def __new__(cls, number: int, label: str = "", cite: Cite = "", encoding: str = "", note: str = "") -> Self:
        """Make a member from its declaration; ``encoding`` is ``"B"`` or ``"V"``, as the documents print it."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.label, member.cite, member.note = label, cite, note
        member.encoding = Encoding(encoding)
        return member


class FlagRegistry(IntFlag):
    """A field of bits, each with its name and source; combinations of bits are values too."""

    name_of_bit: str
    source: Cite
    title: ClassVar[str]
    document: ClassVar[Cite]
    bits: ClassVar[int]
    ranges: ClassVar[tuple[Range, ...]]

    def __new__(cls, number: int, label: str = "", cite: Cite = "") -> Self:
        """Make a member from its declaration."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.name_of_bit, member.source = label, cite
        return member

    def __init_subclass__(
        cls, *, title: str, document: Cite, bits: int, ranges: tuple[Range, ...] = (), **kwargs: object
    ) -> None:
        """Take what holds for the whole field from the class statement; ranges count bit positions from 0."""
        super().__init_subclass__(**kwargs)
        cls.title, cls.document, cls.bits, cls.ranges = title, document, bits, ranges

    @property
    def label(self) -> str:
        """The name as the document prints it; names joined by ``|`` for a combination."""
        return self.describe(self)

    @property
    def cite(self) -> Cite:
        """The place that assigns the bit; for a combination, the one that defines the field."""
        member = type(self).__members__.get(self.name or "")
        return member.source if member is not None else self.document

    @classmethod
    def known(cls) -> int:
        """Give the mask of all bits that have a name."""
        mask = 0
        for member in cls:
            mask |= member._value_
        return mask

    @classmethod
    def describe(cls, number: int) -> str:
        """Name any value of the field: its bits joined by ``|``, unknown ones in hexadecimal.  Never raises."""
        parts = [member.name_of_bit for member in cls if member._value_ & number]
        rest = number & ~cls.known()
        if rest:
            parts.append(f"reserved bits ({rest:#04x})")
        return "|".join(parts) or "none"
