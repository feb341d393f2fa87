"""``isakmp run`` with methods that demand a user: told step by step, and no secret on any channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from isakmp.cli.xauth import ENVIRONMENT
from isakmp.spec.algorithms import AUTHENTICATIONS
from tests.cli.conftest import Cli

METHODS = [facts.name for facts in AUTHENTICATIONS.values() if facts.xauth]
FAST = ("--proposal", "aes128-sha1-modp1024")
SECRET = "correct horse"
RUN = ("run", "main", "--auth", "xauthinitpsk", *FAST)


@pytest.fixture(autouse=True)
def no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)


@pytest.mark.parametrize("auth", METHODS)
def test_each_method_authenticates_its_user_and_configures_the_client(cli: Cli, auth: str) -> None:
    (run,) = cli("run", "main", "--auth", auth, *FAST, "--xauth-user", "joe", "--format", "json").json["runs"]
    assert run["outcome"] == "established"
    assert run["user"] == "joe"
    client = "initiator" if "init" in auth else "responder"
    assert run["configured"] == {client: {"INTERNAL_IP4_ADDRESS": ["0a030001"], "INTERNAL_IP4_DNS": ["0a030035"]}}
    names = [message["message"] for message in run["messages"]]
    assert names[-9:] == ["TX1", "TX2"] * 3 + ["QM1", "QM2", "QM3"]


@pytest.mark.parametrize("kind", ["generic", "chap", "otp", "s/key"])
@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_each_type_runs_on_each_backend(cli: Cli, kind: str, backend: str) -> None:
    ran = cli(*RUN, "--xauth-type", kind, "--backend", backend)
    assert ran.status == 0
    assert "XAuth      user user" in ran.out


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("where", ["file", "environment"])
def test_the_password_is_told_nowhere(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, where: str
) -> None:
    options: tuple[str, ...] = ()
    if where == "file":
        path = tmp_path / "secret"
        path.write_text(f"{SECRET}\nand another line\n")
        options = ("--xauth-password-file", str(path))
    else:
        monkeypatch.setenv(ENVIRONMENT, SECRET)
    ran = cli(*RUN, *options, "--format", form)
    assert ran.status == 0
    assert SECRET not in ran.out + ran.err
    assert SECRET.encode().hex() not in ran.out
    if form == "text":
        assert f"({len(SECRET)} octets that are a secret)" in " ".join(ran.out.split())


def test_a_captured_run_with_a_user_is_conformant(cli: Cli, tmp_path: Path) -> None:
    pcap, keys = str(tmp_path / "run.pcap"), str(tmp_path / "run.keys.json")
    assert cli(*RUN, "--pcap", pcap, "--keyfile", keys).status == 0
    ran = cli("check", pcap, "--keys", keys)
    assert ran.status == 0
    assert "takes xauth.I.XAUTH_R1.accepted" in ran.out
    assert "configured: INTERNAL_IP4_ADDRESS 10.3.0.1" in ran.out


def test_a_user_needs_a_method_that_demands_one(cli: Cli) -> None:
    ran = cli("run", "main", *FAST, "--xauth-user", "joe")
    assert ran.status == 2
    assert "need a method that demands a user" in ran.err


@pytest.mark.parametrize(("content", "problem"), [(None, "No such file"), ("", "its first line is empty")])
def test_a_password_file_without_a_password_is_named(
    cli: Cli, tmp_path: Path, content: str | None, problem: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_text(content)
    ran = cli(*RUN, "--xauth-password-file", str(path))
    assert ran.status == 2
    assert f"secret: {problem}" in ran.complaint


@pytest.mark.parametrize("name", ["transaction", "xauth"])
def test_transactions_and_users_have_tables(cli: Cli, name: str) -> None:
    ran = cli("table", name)
    assert ran.status == 0
    assert {"transaction": "MODE_CFG_R0", "xauth": "XAUTH_R1"}[name] in ran.out
