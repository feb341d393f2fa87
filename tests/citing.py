"""Do citations hold? For tests of any table that cites: ``assert unresolved(row.cite for row in TABLE) == []``.

A citation holds if its document is one that :data:`isakmp.spec.citations.DOCUMENTS` lists, and its section is in the
index of headings that `tests/data/extract_sections.py` made from the text of the document.  Where no text was at hand,
the document is named here, so that nothing passes only because the index forgot it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from isakmp.spec.citations import CitationError, Cite, parse_cite

SECTIONS_FILE = Path(__file__).parent / "data" / "sections.json"

WITHOUT_TEXT = frozenset({"IANA", "IKE-ECC", "PEERS", "SP800-77r1"}) | frozenset(
    f"RFC{number}"
    for number in (
        *(2104, 2451, 2857, 3051, 3168, 3547, 3554, 3566, 3602, 3686, 4106, 4196, 4304, 4309, 4312, 4359, 4434, 4543),
        *(4705, 4754, 4868, 5114, 5903, 6407, 6932, 8221, 8247, 9395),
    )
)
"""Documents whose sections cannot be checked, because the index was made without their texts."""

IANA_REGISTRIES = frozenset({"ipsec-registry", "isakmp-registry"})


@cache
def sections() -> dict[str, dict[str, str]]:
    """Return the index: for each document its section numbers with their titles."""
    index: dict[str, dict[str, str]] = json.loads(SECTIONS_FILE.read_text(encoding="utf-8"))
    return index


def fault(cite: Cite) -> str | None:
    """Return what is wrong with one citation, or None if it holds."""
    try:
        document, section = parse_cite(cite)
    except CitationError as error:
        return str(error)
    if document == "IANA":
        return None if section in IANA_REGISTRIES else f"{cite}: IANA has no such registry of IKEv1"
    if document in WITHOUT_TEXT or section in sections().get(document, ()):
        return None
    return f"{cite}: {document} has no section {section}"


def unresolved(cites: Iterable[Cite]) -> list[str]:
    """Return what is wrong with the citations that do not hold, each once; an empty list if all hold."""
    return [found for cite in sorted(set(cites)) if (found := fault(cite)) is not None]
