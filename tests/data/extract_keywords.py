"""Count the words of RFC 2119 in the sections of the documents: ``python extract_keywords.py FOLDER``.

FOLDER, with its subfolders, holds the RFCs and drafts as the plain text in which they are published.  The result is
`keywords.json` beside this file: for each document whose requirements are traced, each section that has such words in
capitals, with how many of each level.  With it, the tests can tell whether a statement was passed over, without the
texts.  Sections that only explain the words are left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.data.extract_sections import document_key, places

INDEX = Path(__file__).with_name("keywords.json")
TRACED = frozenset({"RFC2407", "RFC2408", "RFC2409", "RFC3706", "RFC3947", "RFC3948", "MODECFG", "XAUTH", "HYBRID"})
LEVELS = {
    "MUST": re.compile(r"\b(?:MUST|SHALL|MANDATORY|(?<!NOT )REQUIRED)\b"),
    "SHOULD": re.compile(r"\b(?:SHOULD|RECOMMEND(?:ED)?)\b"),
    "MAY": re.compile(r"\b(?:MAY|OPTIONAL|(?<=NOT )REQUIRED)\b"),
}
EXPLAINS = re.compile(
    r"key\s?words?[^.]*are to be interpreted|shall use the keywords|interpreted as described in", re.IGNORECASE
)


def bodies(text: str) -> Iterator[tuple[str, str]]:
    """Yield each section's number with its text, on one line; page breaks are gone."""
    lines = text.replace("\f", "\n").splitlines()
    found = list(places(text))
    for (start, number, _), following in zip(found, [*found[1:], (len(lines), "", "")], strict=True):
        kept = [line for line in lines[start + 1 : following[0]] if not re.search(r"\[Page \d+\]", line)]
        yield number, " ".join(" ".join(kept).split())


def count(text: str) -> dict[str, dict[str, int]]:
    """Return, for each section that has such words, how many of each level."""
    counts: dict[str, Counter[str]] = {}
    for number, body in bodies(text):
        explained = re.sub(r"[^.]*(?:" + EXPLAINS.pattern + r")[^.]*\.", " ", body, flags=re.IGNORECASE)
        for level, words in LEVELS.items():
            if times := len(words.findall(explained)):
                counts.setdefault(number, Counter())[level] += times
    return {number: dict(levels) for number, levels in counts.items()}


def make_index(folder: Path) -> dict[str, dict[str, dict[str, int]]]:
    """Return the counts of every traced document in the folder."""
    index = {}
    for file in sorted(folder.rglob("*.txt")):
        key = document_key(file)
        if key in TRACED:
            index[key] = count(file.read_text(encoding="latin-1"))
    return dict(sorted(index.items()))


if __name__ == "__main__":
    INDEX.write_text(json.dumps(make_index(Path(sys.argv[1])), indent=1) + "\n", encoding="utf-8")
