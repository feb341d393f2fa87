"""Make the index of section titles from the texts of the documents: ``python extract_sections.py FOLDER``.

FOLDER, with its subfolders, holds the RFCs and drafts as the plain text in which they are published.  The result is
`sections.json` beside this file: for each document that the specification cites, its section numbers with their titles.
With the index, the tests can tell whether a cited section exists, without the texts.

A line is a heading if it starts in the first two columns with the number that the document's numbering admits next.
Contents lists, page headers and running text that happens to start with a number do not pass that test.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

INDEX = Path(__file__).with_name("sections.json")

DRAFTS = {
    "draft-beaulieu-ike-xauth-02": "XAUTH",
    "draft-dukes-ike-mode-cfg-02": "MODECFG",
    "draft-ietf-ipsec-isakmp-hybrid-auth-05": "HYBRID",
    "draft-spencer-ipsec-ike-implementation": "SPENCER",
    "draft-ietf-ipsec-udp-encaps-03": "UDPENCAPS-03",
}
NUMBERED = re.compile(r" ?(\d{1,2}(?:\.\d{1,2})*)\.?:?\s+(\S.*)")
APPENDIX = re.compile(r" ?(?:appendix|annex)\s+([A-Z])\b[.:]?\s*(.*)", re.IGNORECASE)
LETTERED = re.compile(r" ?([A-Z](?:\.\d{1,2})+)\.?\s+(\S.*)")
LONE_LETTER = re.compile(r" ?([A-Z])\.?\s+(\S.*)")
CONTENTS_LINE = re.compile(r"(\. ?){3,}|\s{3,}\d+$|\.{2,}\s*\d*$")

Number = tuple[str, ...]


def document_key(file: Path) -> str | None:
    """Return the key under which the specification cites the document of this file, or None if it does not."""
    if rfc := re.fullmatch(r"rfc(\d+)", file.stem):
        return f"RFC{rfc[1]}"
    if nat_t := re.fullmatch(r"draft-ietf-ipsec-nat-t-ike-(\d\d)", file.stem):
        return f"NATT-{nat_t[1]}"
    return DRAFTS.get(file.stem)


def follows(number: Number, last: Number) -> bool:
    """Tell whether a section of this number may come next after the section `last` (empty at the start)."""
    shared = next(
        (i for i, (a, b) in enumerate(zip(number, last, strict=False)) if a != b), min(len(number), len(last))
    )
    if shared == len(number):
        return False
    place = number[shared]
    if shared == 0 and place.isalpha():
        return place == (chr(ord(last[0]) + 1) if last and last[0].isalpha() else "A")
    if not place.isdigit():
        return False
    before = int(last[shared]) if shared < len(last) and last[shared].isdigit() else 0
    # A parent without a heading of its own is tolerated (4.1 directly after 3), a gap among siblings is not.
    return int(place) == before + 1 and all(part == "1" for part in number[shared + 1 :])


def places(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the headings of a text in order: line (from 0), number (``5.4``, ``A.1``, ``Appendix A``) and title."""
    last: Number = ()
    lines = ["", *(line.rstrip() for line in text.replace("\f", "\n").splitlines()), ""]
    for index, (before, line, after) in enumerate(zip(lines, lines[1:], lines[2:], strict=False)):
        if CONTENTS_LINE.search(line):
            continue
        found = APPENDIX.fullmatch(line) or NUMBERED.fullmatch(line) or LETTERED.fullmatch(line)
        if found is None and not before and not after:
            # "A Title" is a heading only where it stands alone: many a sentence starts so.
            found = LONE_LETTER.fullmatch(line)
        if found is None:
            continue
        number = tuple(found[1].upper().split("."))
        if follows(number, last):
            last = number
            key = f"Appendix {number[0]}" if len(number) == 1 and number[0].isalpha() else ".".join(number)
            yield index, key, " ".join(found[2].split())


def headings(text: str) -> Iterator[tuple[str, str]]:
    """Yield the headings of a text in order: number and title."""
    return ((number, title) for _, number, title in places(text))


def make_index(folder: Path) -> dict[str, dict[str, str]]:
    """Return the headings of every document in the folder that the specification may cite."""
    index = {}
    for file in sorted(folder.rglob("*.txt")):
        key = document_key(file)
        if key is not None:
            index[key] = dict(headings(file.read_text(encoding="latin-1")))
    return dict(sorted(index.items()))


if __name__ == "__main__":
    INDEX.write_text(json.dumps(make_index(Path(sys.argv[1])), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
