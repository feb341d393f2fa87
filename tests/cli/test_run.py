"""``isakmp run``: handshakes in memory, told, captured, and judged again by `isakmp check`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from isakmp.cli import scenario
from isakmp.conform.capture import read_capture
from isakmp.conform.keyfiles import read_keys
from isakmp.machine.config import Credentials
from isakmp.spec.exchanges import aggressive_mode, base_exchange, main_mode, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.terms import Role
from tests.cli.conftest import Cli

METHODS = ("psk", "rsa", "dss", "ecdsa-256", "ecdsa-384", "ecdsa-521")
MESSAGES = {
    "main": [m.name for m in (*main_mode(Auth.PSK).messages, *quick_mode().messages)],
    "aggressive": [m.name for m in (*aggressive_mode(Auth.PSK).messages, *quick_mode().messages)],
    "base": [m.name for m in (*base_exchange(Auth.PSK).messages, *quick_mode().messages)],
}


@pytest.mark.parametrize("auth", METHODS)
@pytest.mark.parametrize("exchange", MESSAGES)
def test_each_exchange_comes_to_its_end_with_each_method(cli: Cli, exchange: str, auth: str) -> None:
    ran = cli("run", exchange, "--auth", auth, "--format", "json")
    assert ran.status == 0
    (run,) = ran.json["runs"]
    assert run["outcome"] == "established"
    assert run["keys_agree"] is True
    assert [message["message"] for message in run["messages"]] == MESSAGES[exchange]
    assert all(message["problems"] == [] for message in run["messages"])


@pytest.mark.parametrize("auth", ["psk", "rsa"])
def test_an_authentication_only_exchange_ends_with_both_ends_known(cli: Cli, tmp_path: Path, auth: str) -> None:
    pcap, keys = str(tmp_path / "run.pcap"), str(tmp_path / "run.keys.json")
    ran = cli("run", "authentication-only", "--auth", auth, "--pcap", pcap, "--keyfile", keys)
    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "authenticated: both ends know each other, and made no keys"
    report = cli("check", pcap, "--keys", keys, "--format", "json").json
    (exchange,) = report["exchanges"]
    assert [message["message"] for message in exchange["messages"]] == ["AO1", "AO2", "AO3"]
    assert (exchange["outcome"], report["verdict"]) == ("established", "conformant")


@pytest.mark.parametrize("backend", ["openssl", "seeded", "symbolic"])
def test_each_backend_runs(cli: Cli, backend: str) -> None:
    ran = cli("run", "--backend", backend)
    assert ran.status == 0
    assert "both ends hold the same keys" in ran.out


def test_a_seed_makes_a_run_that_can_be_repeated(cli: Cli) -> None:
    one, again, other = (cli("run", "main", "aggressive", "--seed", seed, "--format", "json").out for seed in "334")
    assert one == again
    assert one != other
    cookies = [run["initiator_cookie"] for run in json.loads(one)["runs"]]
    assert len(set(cookies)) == 2


@pytest.mark.parametrize("auth", ["rsa", "dss", "ecdsa-256", "ecdsa-521"])
@pytest.mark.parametrize("backend", ["seeded", "symbolic"])
def test_a_run_that_signs_can_be_repeated_too(cli: Cli, auth: str, backend: str) -> None:
    args = ("run", "--auth", auth, "--backend", backend, "--format", "json", "--seed")
    one, again, other = (cli(*args, seed).out for seed in "334")
    assert one == again
    signed, otherwise = (json.loads(text)["runs"][0]["messages"][4]["payloads"] for text in (one, other))
    assert [p["name"] for p in signed] == [p["name"] for p in otherwise]
    assert all(p["body"] != q["body"] for p, q in zip(signed, otherwise, strict=True) if p["name"] in ("CERT", "SIG"))


def test_without_a_seed_the_keys_are_new_each_time(cli: Cli) -> None:
    one, other = (cli("run", "--auth", "ecdsa-256", "--format", "json").json["runs"][0] for _ in range(2))
    bodies = [
        [p["body"] for m in run["messages"] for p in m["payloads"] if p["name"] == "CERT"] for run in (one, other)
    ]
    assert bodies[0]
    assert not set(bodies[0]) & set(bodies[1])


def test_keys_are_shown_only_on_request(cli: Cli, tmp_path: Path) -> None:
    keyfile = tmp_path / "keys.json"
    base = ("run", "--seed", "7", "--keyfile", str(keyfile))
    outputs = {
        (form, shown): cli(*base, "--format", form, *shown).out
        for form in ("text", "json")
        for shown in ((), ("--keys",))
    }
    (sa,) = read_keys(keyfile).sas
    secrets = [sa.skeyid, sa.skeyid_d, sa.skeyid_a, sa.skeyid_e, *(v for n, v in sa.logged.items() if "keymat" in n)]
    assert len(secrets) == 6
    for (form, shown), out in outputs.items():
        joined = "".join(out.split())
        assert [secret is not None and secret.hex() in joined for secret in secrets] == [bool(shown)] * 6, form


def test_formulas_are_told_as_the_rfc_prints_them(cli: Cli) -> None:
    out = " ".join(cli("run", "--pfs").out.split())
    assert "SKEYID = prf(pre-shared-key, Ni_b | Nr_b) (RFC 2409 section 5)" in out
    assert "HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)" in out
    assert "HASH(3) = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b)" in out
    assert "KEYMAT = expand(SKEYID_d, g(qm)^xy | protocol | SPI | Ni_b | Nr_b)" in out
    out = " ".join(cli("run", "--auth", "rsa").out.split())
    assert "SKEYID = prf(Ni_b | Nr_b, g^xy)" in out
    assert "SIG_I = sign(PrivKey_i, HASH_I)" in out
    assert "KEYMAT = expand(SKEYID_d, protocol | SPI | Ni_b | Nr_b)" in out


def test_both_ends_rows_are_told_for_each_message(cli: Cli) -> None:
    (run,) = cli("run", "--seed", "1", "--format", "json").json["runs"]
    first, second = run["messages"][:2]
    assert first["rows"] == {"initiator": "main-psk.I.MAIN_I0.start", "responder": "main-psk.R.MAIN_R0.MM1"}
    assert second["rows"] == {"initiator": "main-psk.I.MAIN_I1.MM2", "responder": "main-psk.R.MAIN_R0.MM1"}
    assert [p["slot"] for p in run["messages"][4]["payloads"]] == ["IDii", "HASH_I"]


@pytest.mark.parametrize("options", [("--pfs",), ("--pfs=ecp256",), ("--pfs", "ecp256")])
def test_perfect_forward_secrecy_has_the_group_that_was_named(cli: Cli, options: tuple[str, ...]) -> None:
    (run,) = cli("run", "--proposal", "aes128-sha1-modp1024", *options, "--format", "json").json["runs"]
    ke = next(p for p in run["messages"][6]["payloads"] if p["name"] == "KE")
    assert len(ke["body"]) // 2 == (64 if "ecp256" in "".join(options) else 128)  # x | y, or the prime's length


@pytest.mark.parametrize("args", [("--pfs", "main"), ("--pfs", "Aggressive", "--auth", "rsa"), ("main", "--pfs")])
def test_an_exchange_behind_pfs_is_no_group(cli: Cli, args: tuple[str, ...]) -> None:
    (run,) = cli("run", *args, "--format", "json").json["runs"]
    assert run["exchange"] == next(arg.lower() for arg in args if arg.lower() in MESSAGES)
    assert "KE" in [p["name"] for p in run["messages"][-3]["payloads"]]


@pytest.mark.parametrize("exchange", MESSAGES)
@pytest.mark.parametrize("auth", ["psk", "rsa", "ecdsa-384"])
@pytest.mark.parametrize("pfs", [(), ("--pfs",)])
def test_a_captured_run_is_conformant(cli: Cli, tmp_path: Path, exchange: str, auth: str, pfs: tuple[str, ...]) -> None:
    pcap, keys = str(tmp_path / "run.pcap"), str(tmp_path / "run.keys.json")
    assert cli("run", exchange, "--auth", auth, *pfs, "--pcap", pcap, "--keyfile", keys).status == 0
    report = cli("check", pcap, "--keys", keys, "--format", "json")
    assert report.status == 0
    assert [one["outcome"] for one in report.json["exchanges"]] == ["established", "established"]
    messages = [message for one in report.json["exchanges"] for message in one["messages"]]
    assert [message["message"] for message in messages] == MESSAGES[exchange]
    assert all(message["decrypted"] for message in messages if message["encrypted"])
    compared = {key["name"] for one in report.json["exchanges"] for key in one["keys"]}
    assert compared >= {"ka"} | (set() if pfs else {"keymat_initiator_sa", "keymat_responder_sa"})


@pytest.mark.requires_tool("tshark")
def test_wireshark_decrypts_a_captured_run(cli: Cli, tmp_path: Path) -> None:
    pcap, keyfile = str(tmp_path / "run.pcap"), str(tmp_path / "run.keys.json")
    assert cli("run", "main", "--pcap", pcap, "--keyfile", keyfile).status == 0
    (sa,) = read_keys(keyfile).sas
    assert sa.cipher_key is not None
    table = f"uat:ikev1_decryption_table:{sa.cky_i.hex()},{sa.cipher_key.hex()}"
    done = subprocess.run(
        ["tshark", "-r", pcap, "-o", table, "-T", "fields", "-e", "isakmp.id.data.fqdn", "-e", "isakmp.hash"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert "initiator.example" in done.stdout
    assert "responder.example" in done.stdout
    assert len(read_capture(pcap).datagrams) == len(done.stdout.splitlines()) == 9


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("quick",), "there are: main, aggressive"),
        (("--auth", "password"), "there are: psk"),
        (("--proposal", "aes256-sha256"), "cipher-hash-group"),
        (("--proposal", "aes100-sha256-modp2048"), "128, 192, 256"),
        (("--proposal", "des-tiger-modp1024"), "Tiger"),
        (("--proposal", "aes256-sha256-ec2n155"), "155"),
        (("--esp", "aes256"), "cipher-integrity"),
        (("--esp", "aes256gcm16-sha1"), "protects integrity itself"),
        (("--esp", "aes256-sha257"), "did you mean sha256?"),
        (("--esp", "aes17-sha1"), "Key Length 17"),
        (("--esp", "rot13-sha1"), "unknown cipher"),
        (("--pfs", "mian"), "--pfs=GROUP"),
        (("--auth", "ecdsa"), "did you mean ecdsa-256 or ecdsa-384 or ecdsa-521?"),
        (("--backend", "abacus"), "there are: openssl, seeded, symbolic"),
        (("--seed", "x"), "not a valid integer"),
        (("--seed", "1", "--backend", "openssl"), "seed"),
        (("--backend", "symbolic", "--pcap", "run.pcap"), "symbolic"),
        (("--pcap", "-"), "standard output"),
        (("--pcap", "no/such/folder/run.pcap"), "no/such/folder/run.pcap"),
        (("--keyfile", "no/such/folder/keys.json"), "no/such/folder/keys.json"),
        (("--pcap", "run.pcap", "--keyfile", "no/such/folder/keys.json"), "no/such/folder/keys.json"),
        (("--pcap", "run.out", "--keyfile", "./run.out"), "one file"),
        (("--backend", "symbolic", "--keyfile", "run.json"), "symbolic"),
    ],
)
def test_what_cannot_be_run_is_said_and_leaves_no_file(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli("run", *args)
    assert ran.status == 2
    assert said in ran.complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="not applicable: no device that is always full")
def test_a_device_that_is_full_is_named(cli: Cli) -> None:
    ran = cli("run", "--keyfile", "/dev/full")
    assert ran.status == 2
    assert ran.complaint == "isakmp: /dev/full: No space left on device"


def test_ends_that_hold_different_keys_are_a_finding(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {role: Credentials(psk=role.value.encode()) for role in Role}
    monkeypatch.setattr(scenario, "credentials_for", lambda *_: secrets)
    ran = cli("run", "main", "--seed", "1")
    assert ran.status == 1
    assert "failed" in ran.out
    assert "!" in ran.out  # what the end that noticed it found


def test_the_symbolic_backend_shows_keys_as_terms(cli: Cli) -> None:
    ran = cli("run", "main", "--backend", "symbolic", "--keys")
    assert ran.status == 0
    assert ": prf(pre-shared-key, Ni_b | Nr_b)" in ran.out
    assert ": SKEYID_e" in ran.out  # the cipher's key is all of it
    assert "prf(SKEYID_d, 3 | SPI" in ran.out
