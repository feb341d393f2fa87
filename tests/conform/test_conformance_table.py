"""The table of what reports have found, side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.conformance_table import main


def report(folder: Path, name: str, **verdicts: str) -> str:
    """A report about one case in several messages, the verdicts by exchange and step."""
    cases = [
        {
            "name": f"responder.{place.replace('_', '.rfc2408.5.3.step')}.sa-reserved-1",
            "document": "RFC2408",
            "section": "5.3",
            "level": "MUST",
            "sent": "SA's RESERVED not zero",
            "verdict": verdict,
        }
        for place, verdict in verdicts.items()
    ]
    path = folder / name
    path.write_text(json.dumps({"cases": cases}))
    return str(path)


def test_messages_of_one_deviation_stand_in_one_row_by_peer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = report(tmp_path, "one.json", main_1="deviates", aggressive_1="conforms")
    two = report(tmp_path, "two.json", quick_1="crashed")
    three = report(tmp_path, "three.json", main_1="conforms", quick_1="deviates")
    assert main([f"A={one},{two}", f"B={three}"]) == 0
    *head, row = capsys.readouterr().out.splitlines()
    assert head[0] == "| Section | Level | Sent | A | B |"
    assert row == "| RFC2408 5.3 | MUST | SA's RESERVED not zero | main 1, quick 1 **crashed** | quick 1 |"
