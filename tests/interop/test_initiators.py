"""vpnc and ike-scan begin, and ours answers: a remote user with XAuth and mode config, and a scanner."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isakmp.cli import main
from tests.interop import namespaces
from tests.interop.endpoint import started
from tests.interop.matrix import PROPERTY, Record
from tests.interop.namespaces import Link, stop, unpacked
from tests.interop.scenarios import IKE_SCAN, OURS, PASSWORD, PSK, USER, VPNC, Play

ATTEMPTS = 20
"""Public values of ike-scan are random octets; half of them are in no subgroup that ours takes."""

VPNC_SETTINGS = f"""\
IPSec gateway {OURS}
IPSec ID group
IPSec secret {PSK}
IKE Authmode psk
IKE DH Group dh5
Perfect Forward Secrecy nopfs
Xauth username {USER}
Xauth password {PASSWORD}
Local Port 500
Script /bin/true
No Detach
Debug 1
"""


@pytest.mark.parametrize("played", VPNC, ids=str)
def test_vpnc_gets_an_address_and_a_pair_of_sas(
    wire: Link, played: Play, tmp_path: Path, record_property: Record
) -> None:
    if reason := namespaces.missing("usr/sbin/vpnc"):
        pytest.skip(reason)
    record_property(PROPERTY, ("vpnc", *played.names))
    settings = tmp_path / "vpnc.conf"
    settings.write_text(VPNC_SETTINGS)
    with started(wire.ours, tmp_path, played.scenario, "serve", "--listen", OURS) as ours:
        ours.wait_for("listening at")
        with (tmp_path / "vpnc.log").open("wb") as log:
            vpnc = wire.theirs.start("/usr/sbin/vpnc", settings, output=log)
        try:
            ours.wait_for(f"XAuth: user {USER} admitted")
            ours.wait_for("IPsec SAs in ")
        finally:
            stop(vpnc)
        assert "VPNC started" in (tmp_path / "vpnc.log").read_text()
        ours.wait_for("DELETED: the peer deleted the SA")
        assert ours.end() == 0, ours.said
    assert ours.keys()
    assert main(["check", str(ours.capture), "--keys", str(ours.key_file)]) == 0


@pytest.mark.parametrize("played", IKE_SCAN, ids=str)
def test_ike_scan_gets_an_answer(wire: Link, played: Play, tmp_path: Path, record_property: Record) -> None:
    if reason := namespaces.missing("usr/bin/ike-scan", "usr/bin/psk-crack"):
        pytest.skip(reason)
    record_property(PROPERTY, ("ike-scan", *played.names))
    aggressive = played.scenario.exchange == "aggressive"
    found = tmp_path / "parameters"
    words = ["--trans=7/256,2,1,14", "--retry=1", "--timeout=1000"]
    if aggressive:
        words += ["--aggressive", "--dhgroup=14", "--id=scanner", f"--pskcrack={found}"]
    told = ""
    with started(wire.ours, tmp_path, played.scenario, "serve", "--listen", OURS) as ours:
        ours.wait_for("listening at")
        for _ in range(ATTEMPTS):
            told = wire.theirs.run(*unpacked("/usr/bin/ike-scan", *words, OURS))
            if "Handshake returned" in told:
                break
        assert ours.end() == 0, ours.said
    assert f"{'Aggressive' if aggressive else 'Main'} Mode Handshake returned" in told
    assert re.search(r"Enc=AES (KeyLength=256 )?Hash=SHA1 .*Auth=PSK", told), told
    if aggressive:  # the proof of ours is one by the shared key, as another program computes it
        words_file = tmp_path / "words"
        words_file.write_text(f"another key\n{PSK}\n")
        cracked = wire.theirs.run(*unpacked("/usr/bin/psk-crack", f"--dictionary={words_file}", found))
        assert f'key "{PSK}" matches SHA1 hash' in cracked
