"""Public key encryption on the command line: run, and check what was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

METHODS = ("rsaenc", "rsarevenc")


@pytest.mark.parametrize("mode", ["main", "aggressive"])
@pytest.mark.parametrize("method", METHODS)
def test_what_run_writes_check_judges(cli: Cli, tmp_path: Path, method: str, mode: str) -> None:
    pcap, keys = tmp_path / "run.pcap", tmp_path / "run.keys.json"
    assert cli("run", mode, "--auth", method, "--pcap", str(pcap), "--keyfile", str(keys)).status == 0
    ran = cli("check", str(pcap), "--keys", str(keys))
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "conformant: no deviation was found"
    assert "0 failed, 0 undecided" in ran.out
    without = cli("check", str(pcap))
    assert without.status == 0
    assert "0 failed" in without.out
    assert without.out.splitlines()[-1].startswith("undecided: ")


@pytest.mark.parametrize("method", METHODS)
def test_what_travelled_encrypted_is_told_as_its_receiver_read_it(cli: Cli, method: str) -> None:
    told = cli("run", "main", "--auth", method, "--backend", "seeded").out
    assert 'IDii       ID_FQDN "initiator.example"' in told
    assert 'IDir       ID_FQDN "responder.example"' in told
    assert "SKEYID     = prf(hash(Ni_b | Nr_b), CKY-I | CKY-R) (RFC 2409 section 5)" in told


@pytest.mark.parametrize("method", METHODS)
def test_aggressive_mode_protects_identities(cli: Cli, method: str) -> None:
    for form in ("table", "diagram"):
        assert cli(form, "aggressive", "--auth", method).status == 0
    assert "<IDii_b>" in cli("run", "aggressive", "--auth", method).out
