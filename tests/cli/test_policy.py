"""`isakmp policy` as a user meets it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.policies import toml


@pytest.fixture
def sound(tmp_path: Path) -> str:
    path = tmp_path / "sound.toml"
    path.write_text(toml(method="rsa", pfs="modp2048"))
    return str(path)


@pytest.fixture
def weak(tmp_path: Path) -> str:
    path = tmp_path / "ipsec.conf"
    path.write_text("conn old\n  ike=3des-md5-modp1024\n  esp=3des-md5\n  aggressive=yes\n")
    return str(path)


def test_a_sound_policy_is_no_finding(cli: Cli, sound: str) -> None:
    ran = cli("policy", "check", sound)
    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("sound:")


def test_what_is_weak_is_said_with_its_source(cli: Cli, weak: str) -> None:
    ran = cli("policy", "check", weak)
    assert ran.status == 1
    assert "RFC 8247 section 2.4" in " ".join(ran.out.split())
    found = cli("policy", "check", weak, "--format", "json").json
    assert found["verdict"] == "weak"
    said = {(one["place"], one["what"], one["rating"]) for one in found["findings"]}
    assert {("ike 1", "MD5", "forbidden"), ("ipsec 1", "HMAC-MD5", "forbidden")} <= said


def test_two_policies_are_matched(cli: Cli, sound: str, weak: str) -> None:
    assert cli("policy", "match", sound, sound).status == 0
    ran = cli("policy", "match", sound, weak, "--format", "json")
    assert ran.status == 1
    assert ran.json["verdict"] == "no agreement"
    assert "differ in encryption, key length, hash, group, authentication" in ran.json["missing"][1]


def test_an_import_is_a_policy_again(cli: Cli, weak: str, tmp_path: Path) -> None:
    ran = cli("policy", "import", weak)
    assert ran.out.startswith("# no authby or auth")
    again = tmp_path / "again.toml"
    again.write_text(ran.out)
    assert cli("policy", "match", str(again), weak).status == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"\xff\xfe", "not UTF-8 text at offset 0"), (b"", "[[ike]]: missing"), (b"x" * 1_000_001, "longer than")],
)
def test_what_is_no_policy_is_one_line_on_stderr(cli: Cli, tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "bad"
    path.write_bytes(text)
    ran = cli("policy", "check", str(path))
    assert ran.status == 2
    assert message in ran.complaint


def test_a_file_that_is_missing_is_named(cli: Cli) -> None:
    ran = cli("policy", "match", "nowhere.toml", "nowhere.toml")
    assert ran.status == 2
    assert "nowhere.toml" in ran.complaint
