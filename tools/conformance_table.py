"""Print, as a table of Markdown, what reports of `isakmp conform --format json` have found, side by side.

tools/conformance_table.py strongSwan=main.json,aggressive.json Libreswan=other.json
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

BAD = ("deviates", "crashed")


def places(name: str) -> tuple[str, str]:
    """The end of a case's name, and where it is tried: `sa-reserved-1`, `main 1`."""
    parts = name.split(".")
    return parts[-1], f"{parts[1]} {parts[-2].removeprefix('step')}"


def table(reports: dict[str, list[dict[str, Any]]]) -> list[str]:
    """One row for each kind of deviation that somebody shows, with the messages in which each peer shows it."""
    rows: dict[tuple[str, str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    sent: dict[tuple[str, str, str], str] = {}
    for peer, cases in reports.items():
        for case in cases:
            if case["verdict"] in BAD:
                slug, place = places(case["name"])
                key = (f"{case['document']} {case['section']}", case["level"], slug)
                mark = " **crashed**" if case["verdict"] == "crashed" else ""
                rows[key][peer].append(place + mark)
                sent[key] = case["sent"]
    lines = ["| Section | Level | Sent | " + " | ".join(reports) + " |", "| --- " * (3 + len(reports)) + "|"]
    for key in sorted(rows):
        found = [", ".join(dict.fromkeys(rows[key][peer])) or "-" for peer in reports]
        lines.append(f"| {key[0]} | {key[1]} | {sent[key]} | " + " | ".join(found) + " |")
    return lines


def main(args: list[str]) -> int:
    """Read the reports that are named, and print."""
    reports: dict[str, list[dict[str, Any]]] = {}
    for argument in args:
        peer, _, files = argument.partition("=")
        reports[peer] = [case for name in files.split(",") for case in json.loads(Path(name).read_text())["cases"]]
    print("\n".join(table(reports)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
