"""isakmp vectors: files that a second program finds right, the same for the same seed, all of them or none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

READER = Path(__file__).resolve().parents[2] / "examples" / "read_vectors.py"
ONE = ("--no-negative", "--exchange", "quick", "--proposal", "aes128-sha1-modp1024")


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_exchanges_and_methods_are_written_and_read_by_another_program(cli: Cli, tmp_path: Path) -> None:
    ran = cli("vectors", "--out", str(tmp_path / "new" / "folder"), "--no-negative")
    assert (ran.status, ran.err) == (0, "")
    files = sorted((tmp_path / "new" / "folder").iterdir())
    exchanges = {json.loads(path.read_bytes())["exchange"] for path in files}
    assert exchanges == {
        "main", "aggressive", "base", "authentication-only", "quick", "new-group", "transaction", "informational",
        "informational-clear",
    }  # fmt: skip
    # Isolated (-I): the reader cannot import the package from the folder that it stands in.
    read = subprocess.run([sys.executable, "-I", READER, *files], capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")
    assert read.stdout.count("every value is right") == len(files)


def test_the_reader_says_what_is_wrong_and_fails(cli: Cli, tmp_path: Path) -> None:
    cli("vectors", "--out", str(tmp_path), *ONE)
    (path, *_) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b'"next_iv": "', b'"next_iv": "00'))
    read = subprocess.run([sys.executable, "-I", READER, path], capture_output=True, text=True, check=False)
    assert read.returncode != 0
    assert "chain of vectors is wrong" in read.stderr


def test_a_seed_gives_the_same_octets_and_another_seed_others(cli: Cli, tmp_path: Path) -> None:
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert cli("vectors", "--out", str(tmp_path / name), "--seed", seed, *ONE).status == 0
    first, again, other = (written(tmp_path / name) for name in "abc")
    assert set(first) == {"quick-psk-aes128-sha1-modp1024.json", "quick-pfs-psk-aes128-sha1-modp1024.json"}
    assert first == again
    assert all(first[name] != other[name] for name in first)


def test_a_file_does_not_depend_on_which_others_are_made(cli: Cli, tmp_path: Path) -> None:
    cli("vectors", "--out", str(tmp_path / "one"), *ONE)
    cli("vectors", "--out", str(tmp_path / "two"), "--exchange", "main", *ONE)
    alone, beside = written(tmp_path / "one"), written(tmp_path / "two")
    assert len(beside) > len(alone)
    assert alone.items() <= beside.items()


def test_what_has_to_be_rejected_is_written_too(cli: Cli, tmp_path: Path) -> None:
    ran = cli("vectors", "--out", str(tmp_path), *ONE[1:])
    assert ran.status == 0
    counts = [len(json.loads(octets)["negative"]) for _, octets in sorted(written(tmp_path).items())]
    assert all(f"{count} to be rejected" in ran.out for count in counts)
    assert min(counts) > 100


def test_methods_can_be_chosen(cli: Cli, tmp_path: Path) -> None:
    ran = cli(
        "vectors",
        "--out",
        str(tmp_path),
        "--exchange",
        "aggressive",
        "--auth",
        "psk",
        "--auth",
        "ecdsa-256",
        "--no-negative",
    )
    assert ran.status == 0
    found = {json.loads(octets)["suite"]["authentication"] for octets in written(tmp_path).values()}
    assert found == {"psk", "ecdsa256"}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--exchange", "mian"), "main"),
        (("--auth", "rsb"), "rsa"),
        (("--exchange", "base", "--auth", "rsaenc"), "none of the authentication methods"),
        (("--proposal", "aes257"), "aes257"),
    ],
)
def test_what_is_not_known_is_said_and_nothing_is_written(
    cli: Cli, tmp_path: Path, options: tuple[str, ...], complaint: str
) -> None:
    ran = cli("vectors", "--out", str(tmp_path / "none"), *options)
    assert ran.status == 2
    assert complaint in ran.complaint
    assert not (tmp_path / "none").exists()


def test_a_file_in_the_place_of_the_folder_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("mine")
    ran = cli("vectors", "--out", str(target), *ONE)
    assert ran.status == 2
    assert "is a file" in ran.complaint
    assert target.read_text() == "mine"


def test_where_one_file_cannot_be_written_none_is(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "quick-psk-aes128-sha1-modp1024.json").symlink_to(tmp_path / "missing" / "file")
    ran = cli("vectors", "--out", str(tmp_path), *ONE)
    assert ran.status == 2
    assert "quick-psk-aes128-sha1-modp1024.json" in ran.err
    assert os.listdir(tmp_path) == ["quick-psk-aes128-sha1-modp1024.json"]  # noqa: PTH208 - the broken link counts
