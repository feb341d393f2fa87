"""The conformance suite as a plug-in of pytest, in runs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.policies import toml
from tests.conform.live import TYPES, Eager
from tests.conform.served import served

SOME = "responder.main.rfc2408.5.3.step3.*"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.toml").write_text(toml())
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    return tmp_path


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with the plug-in and no other."""
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "ISAKMP_PSK": "ikev1-test-psk"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "isakmp.pytest_plugin", "-v", *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
    )


def test_each_case_is_an_item_and_passes(folder: Path) -> None:
    options = ("--isakmp-policy", "policy.toml", "--isakmp-cases", SOME, "--isakmp-timeout", "0.3")
    with served() as address:
        ran = run(folder, "--isakmp-target", address, *options)
    assert ran.returncode == 0, ran.stdout
    assert "test_own PASSED" in ran.stdout
    assert f"isakmp {address}::responder.main.rfc2408.5.3.step3.ke-reserved-1 PASSED" in ran.stdout
    assert "5 passed" in ran.stdout


def test_a_deviation_fails_with_section_and_evidence(folder: Path) -> None:
    options = (
        "--isakmp-policy",
        "policy.toml",
        "--isakmp-cases",
        SOME,
        "--isakmp-timeout",
        "0.2",
        "-k",
        "ke-reserved-1",
    )
    with served(lambda: Eager(TYPES["main"])) as address:
        ran = run(folder, "--isakmp-target", address, *options)
    assert ran.returncode == 1
    assert "1 failed, 4 deselected" in ran.stdout
    for words in ("MUST, RFC 2408 section 5.3", "sent: KE's RESERVED not zero", "suite: MM3, KE's RESERVED not zero: "):
        assert words in ran.stdout
    assert "Traceback" not in ran.stdout


def test_what_cannot_be_decided_is_skipped(folder: Path) -> None:
    cases = ("--isakmp-cases", "responder.quick.rfc2408.5.3.step1.hash-reserved-1", "--isakmp-timeout", "0.1")
    (folder / "policy.toml").write_text(toml(integrity="sha1"))
    with served() as address:
        ran = run(folder, "--isakmp-target", address, "--isakmp-policy", "policy.toml", *cases, "-rs")
    assert "1 passed, 1 skipped" in ran.stdout
    assert "QM1 was sent" in ran.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--isakmp-target", "127.0.0.1:x"), "'x' is no port"),
        (("--isakmp-target", "127.0.0.1:1", "--isakmp-authority-key", "absent.key"), "absent.key: No such file"),
        (("--isakmp-target", "127.0.0.1:1", "--isakmp-nat-t-port", "1"), "1 is the port of HOST"),
        (("--isakmp-target", "127.0.0.1:1", "--isakmp-nat-t-port", "65536"), "'65536' is no UDP port"),
        (("--isakmp-target", "127.0.0.1:1", "--isakmp-nat-t-port", "x"), "'x' is no UDP port"),
        (("--isakmp-target", "127.0.0.1", "--isakmp-policy", "absent.toml"), "No such file"),
    ],
)
def test_bad_usage_is_said(folder: Path, options: tuple[str, ...], words: str) -> None:
    ran = run(folder, *options)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert words in ran.stdout + ran.stderr


def test_without_a_target_nothing_changes_and_nothing_is_imported(folder: Path) -> None:
    (folder / "test_own.py").write_text(
        "import sys\ndef test_own():\n    assert not [m for m in sys.modules if m.startswith('isakmp.conform')]\n"
    )
    ran = run(folder)
    assert ran.returncode == 0
    assert "1 passed" in ran.stdout
