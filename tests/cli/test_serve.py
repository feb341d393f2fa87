"""``isakmp serve`` and ``isakmp connect``: two programs negotiate over loopback; what they write, what they refuse."""

from __future__ import annotations

import errno
import json
import re
import signal
import socket
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from isakmp.cli import endpoint, serve
from isakmp.cli.live import Teller
from isakmp.cli.throwaway import authority, credentials, pem, private_pem
from isakmp.crypto.registry import load_backend
from isakmp.machine.natt import Endpoint
from isakmp.machine.udp import Transport, Unsent, steady_clock
from isakmp.spec.registries import AuthMethod
from tests.cli.conftest import Cli
from tests.cli.endpoints import ENVIRONMENT, QUICK, SECRET, connect, connecting, policy, serving, states, users

# ---- what is negotiated ----------------------------------------------------------------------------------------------


def test_both_ends_tell_the_rows_of_a_handshake_and_what_it_came_to(cli: Cli) -> None:
    with serving() as served:
        ran = connect(cli, served, *QUICK)
    assert ran.status == 0
    assert ran.err == ""
    assert states(ran.out)[:6] == [
        "MAIN_I0 -> MAIN_I1", "MAIN_I1 -> MAIN_I2", "MAIN_I2 -> MAIN_I3", "MAIN_I3 -> MAIN_I4",
        "QUICK_I0 -> QUICK_I1", "QUICK_I1 -> QUICK_I2",
    ]  # fmt: skip
    assert states(served.said)[:5] == [
        "MAIN_R0 -> MAIN_R1", "MAIN_R1 -> MAIN_R2", "MAIN_R2 -> MAIN_R3", "QUICK_R0 -> QUICK_R1",
        "QUICK_R1 -> QUICK_R2",
    ]  # fmt: skip
    assert ran.out.endswith("established: an ISAKMP SA and a pair of IPsec SAs\n")
    assert "10.1.0.0/24 to 10.2.0.0/24" in ran.out
    assert "10.2.0.0/24 to 10.1.0.0/24" in served.said
    spis = [set(re.findall(r"IPsec SAs in (\w+), out (\w+)", told)[0]) for told in (ran.out, served.said)]
    assert spis[0] == spis[1]
    assert served.said.count("protected-delete") == 2
    assert served.status == 0
    assert served.said.endswith("stopped: all SAs are deleted\n")


def test_ipv6_is_spoken_as_well(cli: Cli) -> None:
    with serving(listen="[::1]:0") as served:
        ran = connect(cli, served)
    assert ran.status == 0
    assert "peer ::1" in ran.out


@pytest.mark.parametrize("end", ["initiator", "responder"])
def test_what_either_end_writes_is_judged_conformant(cli: Cli, tmp_path: Path, end: str) -> None:
    pcap, keys = str(tmp_path / "run.pcap"), str(tmp_path / "run.keys.json")
    written = ("--pcap", pcap, "--keyfile", keys)
    with serving(*(written if end == "responder" else ())) as served:
        connect(cli, served, *QUICK, *(written if end == "initiator" else ()))
    ran = cli("check", pcap, "--keys", keys, "--port", str(served.port), "--format", "json")
    assert ran.json["verdict"] == "conformant"
    assert [exchange["outcome"] for exchange in ran.json["exchanges"]] == ["established"] * 4
    assert Path(keys).stat().st_mode & 0o077 == 0


def test_the_keylog_is_a_table_that_wireshark_reads(cli: Cli, tmp_path: Path) -> None:
    pcap, keys = tmp_path / "run.pcap", tmp_path / "run.keys"
    with serving() as served:
        connect(cli, served, *QUICK, "--pcap", str(pcap), "--keylog", str(keys))
    assert re.fullmatch(r"[0-9a-f]{16},[0-9a-f]{64}\n", keys.read_text())
    ran = cli("check", str(pcap), "--keys", str(keys), "--port", str(served.port), "--format", "json")
    assert ran.status == 0
    decrypted = [message for exchange in ran.json["exchanges"] for message in exchange["messages"]]
    assert {"HASH", "SA", "NONCE", "ID"} <= {payload for message in decrypted for payload in message["payloads"]}


def test_no_line_holds_a_key_or_a_secret(cli: Cli, tmp_path: Path) -> None:
    keys = tmp_path / "run.keys.json"
    with serving("--trace", "--keyfile", str(keys)) as served:
        ran = connect(cli, served, *QUICK, "--trace")
    (known,) = json.loads(keys.read_text())["ike_sas"]
    secrets = [known[name] for name in ("skeyid", "skeyid_d", "skeyid_a", "skeyid_e", "ka")]
    for told in (ran.out, served.said):
        assert "NONCE" in told
        assert not [secret for secret in (*secrets, SECRET) if secret[:16] in told]


def test_a_trace_shows_what_travels_encrypted_at_both_ends(cli: Cli) -> None:
    with serving("--trace") as served:
        ran = connect(cli, served, *QUICK, "--trace")
    for told in (ran.out, served.said):
        assert "ID_IPV4_ADDR_SUBNET 10.1.0.0/24" in told
        assert len(re.findall(r"^ +HASH ", told, re.MULTILINE)) == 7  # MM5, MM6, three of quick mode, two deletes


def test_aggressive_mode_is_answered_where_the_policy_says_so_and_else_refused(cli: Cli, tmp_path: Path) -> None:
    wanted = ("--exchange", "aggressive")
    both = policy(tmp_path, "both.toml", exchange=("main", "aggressive"))
    with serving("--policy", both) as served:
        assert connect(cli, served, *wanted, "--policy", both).status == 0
    with serving() as served:
        ran = cli("connect", served.place, *wanted, "--timeout", "0.5", **ENVIRONMENT)
    assert ran.status == 1
    assert "an exchange that is not among those that are answered" in served.said


def test_certificates_and_identities_of_a_policy_are_used(cli: Cli, tmp_path: Path) -> None:
    issuer = authority(steady_clock()())
    (tmp_path / "ca.crt").write_bytes(issuer.certificate.public_bytes(Encoding.PEM))
    for host in ("a.example", "b.example"):
        made = credentials(issuer, host, AuthMethod.RSA_SIG, load_backend("openssl"))
        assert made.certificate is not None
        assert made.private_key is not None
        (tmp_path / f"{host}.crt").write_text(pem(made.certificate.der))
        (tmp_path / f"{host}.key").write_text(private_pem(made.private_key))
    beside = '[local]\nidentity = "{0}"\ncertificate = "{0}.crt"\nprivate_key = "{0}.key"\ntrusted = "ca.crt"\n'
    peer = '[[peer]]\nidentity = "{}"\n'
    ours, theirs = (
        policy(tmp_path, f"{one}.toml", beside.format(one) + peer.format(other), method="rsa")
        for one, other in (("a.example", "b.example"), ("b.example", "a.example"))
    )
    with serving("--policy", theirs, ISAKMP_PSK="") as served:
        ran = connect(cli, served, "--policy", ours, ISAKMP_PSK="")
    assert ran.status == 0
    assert 'peer "b.example"' in ran.out
    assert 'peer "a.example"' in served.said


BY_IDENTITY = """
[[peer]]
[peer.identities]
"a@example" = { psk_file = "a.psk" }
"keyid:staff" = { psk = "the key of the staff" }
"""


@pytest.mark.parametrize(
    ("me", "key", "status"),
    [
        ("a@example", "the key of a", 0),
        ("keyid:staff", "the key of the staff", 0),
        ("keyid:staff", "the key of a", 1),
        ("b@example", "the key of a", 1),
    ],
)
def test_in_aggressive_mode_an_identity_chooses_among_secrets(
    cli: Cli, tmp_path: Path, me: str, key: str, status: int
) -> None:
    (tmp_path / "a.psk").write_text("the key of a\n")
    ours = policy(tmp_path, "ours.toml", f'[local]\nidentity = "{me}"', exchange=("aggressive",))
    theirs = policy(tmp_path, "theirs.toml", BY_IDENTITY, exchange=("aggressive",))
    with serving("--policy", theirs, ISAKMP_PSK="") as served:
        ran = cli("connect", served.place, "--policy", ours, "--timeout", "1" if status else "20", ISAKMP_PSK=key)
    assert ran.status == status
    assert ("no key is shared with who names itself so" in served.said) is me.startswith("b")


def test_secrets_by_identity_alone_are_refused_for_main_mode(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.psk").write_text("the key of a\n")
    theirs = policy(tmp_path, "theirs.toml", BY_IDENTITY, exchange=("main", "aggressive"))
    ran = cli("serve", "--listen", "127.0.0.1:0", "--policy", theirs, ISAKMP_PSK="")
    assert ran.status == 2
    assert "main mode with pre-shared keys by identity alone" in ran.complaint
    assert "RFC 2409 section 5.4" in ran.complaint


# ---- users -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("local", "meant"), [("assigned", "10.3.0.1"), ("10.1.0.0/24", "10.1.0.0/24")])
def test_a_user_is_admitted_gets_an_address_and_a_quick_mode(cli: Cli, tmp_path: Path, local: str, meant: str) -> None:
    ours = policy(tmp_path, "ours.toml", "[local]\nmode_config = true")
    wanted = ("--policy", ours, "--xauth-user", "alice", "--quick", local, "10.2.0.0/24")
    with serving("--policy", users(tmp_path), "--trace") as served:
        ran = connect(cli, served, *wanted, "--trace", ISAKMP_XAUTH_PASSWORD="open sesame")
    assert ran.status == 0
    assert "XAuth: user alice admitted" in served.said
    assert "mode config: INTERNAL_IP4_ADDRESS 10.3.0.1, INTERNAL_IP4_DNS 10.3.0.53" in ran.out
    assert f"{meant} to 10.2.0.0/24" in ran.out
    assert "sesame" not in ran.out + served.said


def test_a_user_with_another_password_is_refused(cli: Cli, tmp_path: Path) -> None:
    wanted = ("--policy", policy(tmp_path, "ours.toml"), "--xauth-user", "alice", *QUICK)
    with serving("--policy", users(tmp_path)) as served:
        ran = connect(cli, served, *wanted, ISAKMP_XAUTH_PASSWORD="wrong")
    assert ran.status == 1
    assert ran.out.splitlines()[-1].startswith("refused: ")
    assert "QUICK" not in ran.out + served.said


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_other_keys_are_what_silence_after_the_fifth_message_means(cli: Cli) -> None:
    with serving() as served:
        ran = cli("connect", served.place, "--timeout", "0.7", ISAKMP_PSK="another one")
    assert ran.status == 1
    assert "different keys" in ran.out.splitlines()[-1]


@pytest.mark.parametrize("option", ["--keyfile", "--keylog"])
def test_what_a_handshake_failed_over_can_be_read_with_the_keys_that_were_written(
    cli: Cli, tmp_path: Path, option: str
) -> None:
    files = {end: (str(tmp_path / f"{end}.pcap"), str(tmp_path / f"{end}.keys")) for end in ("ours", "theirs")}
    written = {end: ("--pcap", pcap, option, keys) for end, (pcap, keys) in files.items()}
    with serving(*written["theirs"]) as served:
        cli("connect", served.place, "--timeout", "0.7", *written["ours"], ISAKMP_PSK="another one")
    seen: dict[str, list[bool]] = {}
    for end, (pcap, keys) in files.items():
        told = cli("check", pcap, "--keys", keys, "--port", str(served.port), "--format", "json").json
        messages = [message for exchange in told["exchanges"] for message in exchange["messages"]]
        seen[end] = [message["decrypted"] for message in messages if message["message"] == "MM5"]
    assert all(seen["ours"])
    assert not any(seen["theirs"])  # its keys are others: that is what went wrong
    assert len(seen["ours"]) == len(seen["theirs"]) > 0


def test_a_quick_mode_that_is_refused_is_told_at_once(cli: Cli, tmp_path: Path) -> None:
    with serving("--policy", policy(tmp_path, "theirs.toml", integrity="md5")) as served:
        ran = connect(cli, served, *QUICK)
    assert ran.status == 1
    assert ran.out.splitlines()[-1].startswith("refused: ")
    assert "NO-PROPOSAL-CHOSEN" in ran.out.splitlines()[-1]
    assert "retransmission" not in ran.out


@pytest.mark.parametrize(
    ("beside", "status"),
    [
        ('[local]\nnetwork = "10.2.0.0/24"', 0),
        ('[local]\nnetwork = "10.9.0.0/24"', 1),
        ('[[peer]]\nnetwork = "10.1.0.0/24"', 0),
        ('[[peer]]\nnetwork = "10.9.0.0/24"', 1),
    ],
)
def test_a_network_of_one_end_is_held_to_whatever_is_at_the_other(
    cli: Cli, tmp_path: Path, beside: str, status: int
) -> None:
    ours, theirs = policy(tmp_path, "ours.toml"), policy(tmp_path, "theirs.toml", beside)
    with serving("--policy", theirs) as served:
        ran = connect(cli, served, *QUICK, "--policy", ours)
    assert ran.status == status
    assert ("INVALID-ID-INFORMATION" in ran.out.splitlines()[-1]) is bool(status)


def test_a_quick_mode_can_be_narrowed_to_a_protocol_and_port(cli: Cli, tmp_path: Path) -> None:
    ours = policy(tmp_path, "ours.toml")
    theirs = policy(tmp_path, "theirs.toml", '[local]\nnetwork = "127.0.0.1[udp/1701]"')
    with serving("--policy", theirs) as served:
        wide, narrow = (
            connect(cli, served, "--policy", ours, "--quick", "127.0.0.1[tcp/80]", f"127.0.0.1{selector}")
            for selector in ("", "[udp/1701]")
        )
    assert (wide.status, narrow.status) == (1, 0)
    assert "127.0.0.1[tcp/80] to 127.0.0.1[udp/1701]" in narrow.out


def test_no_common_proposal_is_told_by_what_the_peer_says(cli: Cli, tmp_path: Path) -> None:
    with serving("--policy", policy(tmp_path, "theirs.toml", group="ecp384")) as served:
        ran = connect(cli, served)
    assert ran.status == 1
    assert "NO-PROPOSAL-CHOSEN" in ran.out.splitlines()[-1]


def test_nobody_there_is_told_after_the_time_that_was_given(cli: Cli) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        ran = cli("connect", place, "--timeout", "0.3", **ENVIRONMENT)
    assert ran.status == 1
    assert ran.out.splitlines()[-1].startswith("refused: nothing came of it within 0.3 s in MAIN_I1")


def test_a_datagram_that_is_no_isakmp_is_told_and_nothing_else_happens(cli: Cli) -> None:
    with serving() as served:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"\x1b[31m no ISAKMP", ("127.0.0.1", served.port))
        assert connect(cli, served).status == 0
    assert "discarded, from 127.0.0.1:" in served.said
    assert "\x1b" not in served.said


def test_who_has_no_table_of_the_policy_is_told_with_the_address(cli: Cli, tmp_path: Path) -> None:
    theirs = policy(tmp_path, "theirs.toml", '[[peer]]\naddress = "192.0.2.7"\n')
    with serving("--policy", theirs, "--trace") as served:
        ran = cli("connect", served.place, "--timeout", "0.3", **ENVIRONMENT)
        assert ran.status == 1
    told = [line for line in served.said.splitlines() if "discarded" in line]
    assert all("from 127.0.0.1:" in line for line in told)
    assert all(line.endswith("no [[peer]] of the policy has that address") for line in told)
    assert told
    assert "Identity Protection, message id 00000000" in served.said  # with a trace also what it said


def test_what_was_not_looked_at_is_told_in_the_end() -> None:
    transport = Transport(lambda *_: None, lambda _: None)
    assert list(serve.unread(transport)) == []
    transport.foreign, transport.intake.forgotten = 1, 2
    assert list(serve.unread(transport)) == [
        "more came than could be looked at: 2 datagrams forgotten",
        "no ISAKMP, on the port that is shared with ESP: 1 datagram",
    ]


def test_what_a_line_holds_is_harmless_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Teller(trace=False).take(Unsent(Endpoint("192.0.2.1", 500), "\x1b[31m\n"))
    assert "\\x1b[31m\\n\n" in capsys.readouterr().out


BAD = {
    "no secret": (("connect", "127.0.0.1:5"), {"ISAKMP_PSK": ""}, "no pre-shared key: set ISAKMP_PSK"),
    "no secret to serve": (("serve", "--listen", "127.0.0.1:0"), {"ISAKMP_PSK": ""}, "no pre-shared key: set ISAKMP"),
    "unknown host": (("connect", "no-such-host.invalid"), {}, "no-such-host.invalid: "),
    "no port": (("connect", "127.0.0.1:port"), {}, "'port' is no port"),
    "port too high": (("serve", "--listen", "127.0.0.1:65536"), {}, "'65536' is no port"),
    "no address of this host": (("serve", "--listen", "192.0.2.1:0"), {}, "no interface of this host"),
    "no policy": (("serve", "--policy", "no-such-file.toml"), {}, "no-such-file.toml: No such file"),
    "no password": (("connect", "127.0.0.1:5", "--xauth-user", "alice"), {}, "set ISAKMP_XAUTH_PASSWORD"),
    "no network": (("connect", "127.0.0.1:5", "--quick", "10.1.0.0/33", "::/0"), {}, "--quick LOCAL: "),
    "no selector": (("connect", "127.0.0.1:5", "--quick", "10.1.0.1[udp]", "::/0"), {}, "as [udp/1701]"),
    "no such port": (("connect", "127.0.0.1:5", "--quick", "10.1.0.1[udp/65536]", "::/0"), {}, "as [udp/1701]"),
    "one file for two": (("connect", "127.0.0.1:5", "--pcap", "x", "--keyfile", "./x"), {}, "are one file"),
    "no port to speak to": (("connect", "127.0.0.1:0"), {}, "127.0.0.1: nobody can be spoken to at port 0"),
    "one port for two of theirs": (("connect", "127.0.0.1:5", "--nat-t-port", "5"), {}, "5 is the port of HOST"),
    "no host": (("connect", "::"), {}, "::: no address of a single host"),
    "many hosts": (("connect", "ff02::1"), {}, "ff02::1: no address of a single host"),
    "all hosts": (("connect", "255.255.255.255"), {}, "255.255.255.255: no address of a single host"),
    "half a bracket": (("connect", "[::1"), {}, "the bracket is not closed"),
    "two families": (("connect", "127.0.0.1", "--from", "::1"), {}, "(IPv6 is wanted, as --from is)"),
    "no number": (("connect", "127.0.0.1:5", "--timeout", "nan"), {}, "'nan' is not a number"),
    "no time to hold": (("connect", "127.0.0.1:5", "--hold", "nan"), {}, "'nan' is not a number"),
    "no user": (("connect", "127.0.0.1:5", "--xauth-user", ""), {}, "'--xauth-user': it is empty"),
    "one place twice": (("serve", "--listen", "127.0.0.1:5", "--listen", "127.0.0.1:5"), {}, "listened at twice"),
    "one port for two": (("serve", "--listen", "127.0.0.1:5", "--nat-t-port", "5"), {}, "listened at twice"),
    "standard output": (("connect", "127.0.0.1:5", "--keylog", "-"), {}, "--keylog writes a file; standard output is"),
    "a file with a NUL in its name": (("serve", "--listen", "127.0.0.1:0", "--pcap", "a\0"), {}, "embedded null byte"),
    "no folder": (("serve", "--listen", "127.0.0.1:0", "--pcap", "no/such/folder"), {}, "no/such/folder: No such"),
}


@pytest.mark.parametrize(("args", "environment", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_done_is_said_in_one_line(
    cli: Cli, args: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    ran = cli(*args, **(ENVIRONMENT | environment))
    assert ran.status == 2
    assert said in ran.complaint


BAD_POLICIES = {
    "unknown key": ('[local]\nidentiti = "x"', "local: unknown key 'identiti'; did you mean identity?"),
    "unknown table": ("[locale]\n", "unknown key 'locale'"),
    "no table": ("[[local]]\n", "local: is a table, written as [local]"),
    "no text": ("[local]\nidentity = 5", "local.identity: 5 is not text"),
    "no such file": ('[local]\ncertificate = "no.crt"', "no.crt: No such file"),
    "no certificate": ('[local]\ncertificate = "bad.toml"', "bad.toml: certificate cannot be read"),
    "no secret file": ('[[peer]]\npsk_file = "no.psk"', "peer 1.psk_file: "),
    "a file with a NUL in its name": ('[[peer]]\npsk_file = "a\\u0000"', "a\\x00: embedded null byte"),
    "a certificate with a NUL in its name": ('[local]\ncertificate = "a\\u0000"', "a\\x00: embedded null byte"),
    "identities as text": ('[[peer]]\nidentities = "a"', "peer 1.identities: is a table, written as [peer.identities]"),
    "secret as text": ('[[peer]]\n[peer.identities]\na = "x"', 'peer 1.identities."a": is written as "a" = { psk_file'),
    "identity without secret": ("[[peer]]\n[peer.identities]\na = {}", 'peer 1.identities."a": neither psk nor'),
    "secret by another name": ("[[peer]]\n[peer.identities]\na = { key = 1 }", "identities.\"a\": unknown key 'key'"),
    "one identity twice": ('[[peer]]\n[peer.identities]\na = { psk = "x" }\n"@a" = { psk = "y" }', "stands twice"),
    "no network": ('[local]\nnetwork = "gw"', "bad.toml: local.network: 'gw' does not appear to be"),
    "no network of a peer": ('[[peer]]\nnetwork = "gw"', "bad.toml: peer 1.network: 'gw' does not appear to be"),
    "empty identity": ('[local]\nidentity = "keyid:"', "local.identity: an identity without a name"),
    "no address": ('[[peer]]\naddress = "gw"', "peer 1.address: 'gw' does not appear to be"),
    "another peer": ('[[peer]]\naddress = "192.0.2.1"', "no [[peer]] has the address 127.0.0.1"),
    "no time": ('[local]\ndpd = "soon"', "local.dpd: 'soon' is no time"),
    "user without password": ("[users]\nalice = {}", "users.alice: neither password nor password_file"),
    "user as text": ('[users]\nalice = "x"', "users.alice: is written as alice = { password_file"),
    "addresses of the other kind": ('[assign]\naddresses = "2001:db8::/64"', "assign.addresses: "),
}


@pytest.mark.parametrize(("beside", "said"), BAD_POLICIES.values(), ids=BAD_POLICIES)
def test_what_is_wrong_in_a_policy_is_said_with_its_place(cli: Cli, tmp_path: Path, beside: str, said: str) -> None:
    ran = cli("connect", "127.0.0.1:5", "--policy", policy(tmp_path, "bad.toml", beside), **ENVIRONMENT)
    assert ran.status == 2
    assert said in ran.complaint


def test_a_port_that_is_taken_is_said_and_the_files_of_its_owner_stay(cli: Cli, tmp_path: Path) -> None:
    pcap = tmp_path / "run.pcap"
    with serving("--pcap", str(pcap)) as served:
        connect(cli, served)
        before = pcap.read_bytes()
        ran = cli("serve", "--listen", served.place, "--pcap", str(pcap), **ENVIRONMENT)
        assert ran.status == 2
        assert "another program has that port" in ran.complaint
        assert len(before) > 100
        assert pcap.read_bytes().startswith(before)  # the last delete may have come meanwhile


@pytest.mark.parametrize("option", ["--pcap", "--keylog", "--keyfile"])
def test_a_file_that_takes_nothing_more_is_told_by_name_and_the_handshake_goes_on(cli: Cli, option: str) -> None:
    with serving() as served:
        ran = connect(cli, served, *QUICK, option, "/dev/full")
    assert ran.out.endswith("established: an ISAKMP SA and a pair of IPsec SAs\n")
    assert ran.status == 2
    said, conclusion = ran.err.splitlines()
    assert said == "/dev/full: No space left on device: nothing more is written to it"
    assert conclusion.endswith("connect: /dev/full: No space left on device: it is not whole")


def test_a_port_that_takes_privileges_is_answered_with_one_that_does_not() -> None:
    assert "[::1]:5500" in endpoint._help(errno.EACCES, "::1")


# ---- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_held_is_deleted_when_it_is_interrupted(number: int) -> None:
    with serving() as served:
        with connecting(served.place, *QUICK, "--hold", "60", until="stand for 60 s") as process:
            process.send_signal(number)
            told, _ = process.communicate(timeout=30)
            assert told.endswith("established: an ISAKMP SA and a pair of IPsec SAs\n")
            assert process.returncode == 0
        served.stop()
        assert served.said.count("the peer deleted the SA") == 2


@pytest.mark.parametrize(("source", "status"), [("127.0.0.1", 0), ("127.0.0.2", 1)])
def test_who_holds_sas_answers_its_peer_that_may_replace_them_and_nobody_else(
    cli: Cli, source: str, status: int
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        own = f"127.0.0.1:{probe.getsockname()[1]}"
    held = ("--from", own, "--hold", "60")
    with serving() as served, connecting(served.place, *held, until="stand for 60 s") as process:
        timeout = "0.5" if status else "20"
        ran = cli("connect", own, "--from", source, "--timeout", timeout, **ENVIRONMENT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert ran.status == status


def test_a_responder_that_is_stopped_deletes_what_stands() -> None:
    with serving() as served, connecting(served.place, *QUICK, "--hold", "3", until="stand for 3 s") as process:
        served.stop(signal.SIGTERM)
        told, _ = process.communicate(timeout=30)
    assert told.count("the peer deleted the SA") == 2


def test_an_interrupt_before_the_end_says_so_and_is_no_success() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with connecting(f"127.0.0.1:{silent.getsockname()[1]}") as process:
            silent.recv(65535)
            process.send_signal(signal.SIGINT)
            told, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.endswith("interrupted\n")
