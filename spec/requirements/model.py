"""What a requirement is: one statement of a document that prescribes something, in our words, and what covers it.

A module of this package holds one document. It lists sections in order, and in each section its statements in order::

    TRACED = document(
        "RFC2408",
        section("2.5.2", must("Reserved fields are sent as zero.", "layout:Transform.reserved2"), ...),
    )

The number of a statement is its place in its section, so new statements of a section go to its end.
"""

from __future__ import annotations

from enum import Enum

from isakmp.spec.citations import Cite
from isakmp.spec.frozen import frozen


class Level(Enum):
    """How strongly a statement binds. The first three are RFC 2119's; MUST NOT counts as MUST, and so on.

    A rule prescribes behaviour or a form without one of RFC 2119's words.
    """

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    RULE = "RULE"


class Coverage(Enum):
    """How much of a statement is covered. What is covered in part has a reason for the rest."""

    WHOLE = "covered"
    PART = "in part"
    REASON = "with a reason"
    OPEN = "open"


@frozen
class Requirement:
    """One statement of a document.

    `covered_by` names what makes or proves it true here, each by kind and name as `references` reads them; where that
    is empty, or only a part of what is demanded, `reason` says why.
    """

    id: str
    document: str
    section: str
    level: Level
    statement: str
    covered_by: tuple[str, ...] = ()
    reason: str = ""

    @property
    def cite(self) -> Cite:
        """The section as a citation."""
        return f"{self.document}:{self.section}"

    @property
    def coverage(self) -> Coverage:
        """How much of it is covered."""
        if not self.covered_by:
            return Coverage.REASON if self.reason else Coverage.OPEN
        return Coverage.PART if self.reason else Coverage.WHOLE

    @property
    def settled(self) -> bool:
        """Whether something covers it, or a reason says why nothing does."""
        return self.coverage is not Coverage.OPEN


@frozen
class Statement:
    """A requirement before it has its place: as a document's module writes it down."""

    level: Level
    text: str
    covered_by: tuple[str, ...]
    reason: str


@frozen
class Section:
    """The statements of one section. `note` says why it has fewer of a level than it has words of that level."""

    number: str
    statements: tuple[Statement, ...]
    note: str


@frozen
class Traced:
    """A document with all of its requirements, and the notes of its sections."""

    document: str
    requirements: tuple[Requirement, ...]
    notes: tuple[tuple[str, str], ...]


def must(text: str, *covered_by: str, why: str = "") -> Statement:
    """A statement with MUST, SHALL, REQUIRED or their negation; `why` is the reason where nothing covers it."""
    return Statement(Level.MUST, text, covered_by, why)


def should(text: str, *covered_by: str, why: str = "") -> Statement:
    """A statement with SHOULD, RECOMMENDED or their negation."""
    return Statement(Level.SHOULD, text, covered_by, why)


def may(text: str, *covered_by: str, why: str = "") -> Statement:
    """A statement with MAY or OPTIONAL."""
    return Statement(Level.MAY, text, covered_by, why)


def rule(text: str, *covered_by: str, why: str = "") -> Statement:
    """A statement that prescribes without such a word."""
    return Statement(Level.RULE, text, covered_by, why)


def section(number: str, *statements: Statement, note: str = "") -> Section:
    """The statements of a section, in the order of the text."""
    return Section(number, statements, note)


def document(key: str, *sections: Section) -> Traced:
    """Number the statements of a document: `RFC2408-5.2-03` is the third of section 5.2."""
    requirements = tuple(
        Requirement(
            id=f"{key}-{part.number.replace(' ', '')}-{number:02}",
            document=key,
            section=part.number,
            level=statement.level,
            statement=statement.text,
            covered_by=statement.covered_by,
            reason=statement.reason,
        )
        for part in sections
        for number, statement in enumerate(part.statements, 1)
    )
    return Traced(key, requirements, tuple((part.number, part.note) for part in sections if part.note))
