"""What an endpoint writes at its end: all keys, as `isakmp check --keys` reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isakmp.cli import proposals
from isakmp.cli.errors import Unusable
from isakmp.cli.recording import Recorder
from isakmp.cli.scenario import Scenario, configs_for, credentials_for
from isakmp.conform.keyfiles import read_keys
from isakmp.crypto.registry import load_backend
from isakmp.machine.memory import Handshake, handshake
from isakmp.machine.outputs import KeysDerived
from isakmp.machine.peer import Peer
from isakmp.machine.udp import Told
from isakmp.spec.registries import AuthMethod
from isakmp.spec.terms import Role


def recorded(folder: Path) -> tuple[Handshake, dict[Role, Path]]:
    """A handshake in memory, and the key files that its two ends write."""
    ike, esp = (
        proposals.ike_proposal("aes128-sha1-modp1024", AuthMethod.PSK),
        proposals.esp_proposal("aes128-sha1", None),
    )
    backend = load_backend("seeded", 7)
    scenario = Scenario("main", ike, esp, "seeded", 7)
    configs = configs_for(scenario, credentials_for(AuthMethod.PSK, backend, 0.0))
    peers = {role: Peer(configs[role], backend) for role in Role}
    made = handshake(peers[Role.I], peers[Role.R], "main")
    files = {role: folder / f"{role.value}.keys.json" for role in Role}
    for role, path in files.items():
        recorder = Recorder(None, None, str(path))
        recorder.open()
        for delivery in made.deliveries:
            if delivery.sender is not role:
                recorder.take(Told(peers[role], delivery.outputs))
        recorder.close()
    return made, files


def test_both_ends_of_a_handshake_write_the_same_keys_from_their_own_sides(tmp_path: Path) -> None:
    made, files = recorded(tmp_path)
    pair = made.pairs[Role.I]
    assert made.keys_agree
    for role, path in files.items():
        (sa,) = read_keys(path).sas
        assert (sa.cky_i, sa.skeyid, sa.cipher_key) == (
            made.sas[role].cky_i,
            made.sas[role].skeyid,
            made.sas[role].cipher_key,
        )
        text = path.read_text()
        # The initiator of the quick mode sends on the SA whose SPI the responder chose.
        assert f'"keymat_initiator_sa": "{pair.outbound.keymat.hex()}"' in text
        assert f'"keymat_responder_sa": "{pair.inbound.keymat.hex()}"' in text
        assert f'"spi_inbound": "{made.pairs[role].inbound.spi.hex()}"' in text
        assert f'"values_from": "{role.value}"' in text


def test_the_table_has_one_key_for_a_cookie_the_last_one(tmp_path: Path) -> None:
    made, _ = recorded(tmp_path)
    sa = made.sas[Role.I]
    other = replace(sa, cky_i=bytes(8), cipher_key=b"\1" * 16)
    path = tmp_path / "keys"
    recorder = Recorder(None, str(path), None)
    recorder.open()
    for told in (sa, other, sa, replace(sa, cky_r=bytes(8), cipher_key=b"\2" * 8)):
        recorder.take(Told(None, (KeysDerived(told),)))  # type: ignore[arg-type]
    recorder.close()
    assert path.read_text() == f"{sa.cky_i.hex()},{'02' * 8}\n{'00' * 8},{'01' * 16}\n"
    assert {each.cky_i: each.cipher_key for each in read_keys(path).sas} == {sa.cky_i: b"\2" * 8, bytes(8): b"\1" * 16}


def test_a_key_file_is_for_nobody_else(tmp_path: Path) -> None:
    _, files = recorded(tmp_path)
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    name = str(tmp_path / "one")
    with pytest.raises(Unusable, match="--keylog and --keyfile are one file"):
        Recorder(None, name, name)
