"""The examples: each runs, says what it is there to say, and is short."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
CAPTURES = ROOT / "tests" / "captures"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.py"))


def ran(name: str, *args: str | Path, status: int = 0) -> str:
    """What an example prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name, *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (done.returncode, done.stderr) == (status, "")
    return done.stdout


def test_verify_finds_the_attack_that_is_known_and_none_at_the_other_end() -> None:
    told = ran("verify.py")
    assert "initiator: no attack" in told
    assert "responder: attack" in told
    assert told.splitlines()[-1] == "  11. Alice -> Mallory(Bob): MM6 HDR*, IDir, SIG_R"


def test_draw_makes_three_pictures(tmp_path: Path) -> None:
    told = ran("draw.py", tmp_path / "new")
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "states.svg", "ladder.svg", "packet.svg", "packet.dot",
    }  # fmt: skip
    assert told.count("octets") == 4
    assert "AGGR_I1" in (tmp_path / "new" / "states.svg").read_text()
    assert "HASH_R" in (tmp_path / "new" / "ladder.svg").read_text()
    assert (tmp_path / "new" / "packet.dot").read_text().startswith("digraph")


def test_judge_finds_an_honest_handshake_conformant() -> None:
    sample = CAPTURES / "main_psk_aes256_sha256_modp2048"
    told = ran("judge.py", sample.with_suffix(".pcap"), sample.with_suffix(".keys.json"))
    assert "QM3 of the initiator: " in told
    assert told.splitlines()[-1] == "verdict: conformant"


def test_judge_names_the_section_of_a_deviation_and_its_place() -> None:
    told = ran("judge.py", CAPTURES / "ikescan_bad_nextpayload_ss.pcap", status=1)
    assert (
        "deviation: offset 16, ISAKMP header, field Next Payload: 99 is no payload type (RFC 2408 section 5.2)" in told
    )
    assert told.splitlines()[-1] == "verdict: deviations"


def test_judge_without_keys_says_what_it_could_not_decide() -> None:
    told = ran("judge.py", CAPTURES / "main_psk_aes256_sha256_modp2048.pcap")
    assert "undecided: HASH_I" in told
    assert told.splitlines()[-1] == "verdict: undecided"


def test_embed_negotiates_over_sockets_of_its_own() -> None:
    told = ran("embed.py")
    assert "MAIN_R2 -> MAIN_R3, on MM5" in told
    spis = re.findall(r"^(\w+)\.example +64 octets of keys for SPI [0-9a-f]{8}$", told, re.MULTILINE)
    assert sorted(spis) == ["alice", "bob"]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_short_and_the_readme_tells_of_it(name: str) -> None:
    lines = (EXAMPLES / name).read_text().splitlines()
    assert len(lines) < (150 if name == "read_vectors.py" else 60)
    assert f"examples/{name}" in (ROOT / "README.md").read_text()


def test_the_reader_of_vectors_imports_the_standard_library_alone() -> None:
    tree = ast.parse((EXAMPLES / "read_vectors.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
