"""Libreswan as the other end: its files written from a scenario, pluto started, and asked what it holds."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.interop import certificates, installed
from tests.interop.namespaces import PATIENCE, Failed, Host, Process, missing, run, stop, unpacked, wait_until
from tests.interop.playing import Held
from tests.interop.scenarios import (
    OUR_NAME,
    OUR_NETWORK,
    OURS,
    PASSWORD,
    POOL_RANGE,
    PSK,
    RELAY,
    THEIR_NAME,
    THEIR_NETWORK,
    THEIRS,
    USER,
    Scenario,
)

PROGRAMS: Final = "usr/libexec/ipsec"
PLUTO, WHACK, ADDCONN = (f"{PROGRAMS}/{name}" for name in ("pluto", "whack", "addconn"))
CERTUTIL, PK12UTIL = "usr/bin/certutil", "usr/bin/pk12util"
CERTIFIED: Final = ("rsa",)
"""Methods for which pluto gets certificates; for IKEv1 it takes no ECDSA."""

HASHED: Final = "$6$isakmp$UGq.Y0AIzJ4BxdKyOWeYHy65.gRpSPLDli6A7pqpv1nUEAdCBZ66GJk9hpA3yfDI9v7RWrIW.mkYoUEqQJ06D."
"""The user's password by crypt(3), as pluto wants it: openssl passwd -6 -salt isakmp wonderland."""

WORDS: Final = {
    "sha256": "sha2_256", "sha384": "sha2_384", "sha512": "sha2_512", "ecp256": "dh19", "ecp384": "dh20",
    "ecp521": "dh21",
}  # fmt: skip
"""Names of algorithms that are others with Libreswan."""

SETUP: Final = """\
config setup
\tikev1-policy=accept
\tplutodebug=none
\tuniqueids=no
"""

COMMON: Final = (
    "keyexchange=ike",
    "ikev2=no",
    "auto=ignore",
    "leftupdown=%disabled",
    "rightupdown=%disabled",
)

PATIENT: Final = "retransmit-interval=20000"  # milliseconds

READY: Final = "loading secrets from"
"""What pluto logs when it has started."""


def obstacle() -> str:
    """Why Libreswan cannot be the other end here; empty where it can."""
    return missing(PLUTO, WHACK, ADDCONN, CERTUTIL, PK12UTIL)


class Libreswan:
    """A running pluto."""

    name = "Libreswan"
    persists = True

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder
        self._loaded = ""
        self._from = 0

    def whack(self, *words: str, timeout: float = PATIENCE) -> str:
        """Run whack.

        Raises:
            Failed: it fails; what pluto logged is in the message.
        """
        return self._run("whack", *words, timeout=timeout)

    def _command(self, name: str, *words: str | Path) -> list[str]:
        return unpacked(f"/{PROGRAMS}/{name}", "--ctlsocket", self.folder / "run/pluto.ctl", *words)

    def _run(self, name: str, *words: str | Path, timeout: float = PATIENCE) -> str:
        try:
            return run(*self._command(name, *words), timeout=timeout)
        except Failed as error:
            raise Failed(f"{error}\n{self.log()[-4000:]}") from None

    def load(self, scenario: Scenario, *, initiates: bool) -> None:
        """Take a scenario in place of the one before."""
        if self._loaded:
            self.whack("--delete", "--name", self._loaded)
        self._loaded = scenario.name
        self._from = len(self._everything())
        (self.folder / "ipsec.conf").write_text(connection(scenario, initiates=initiates))
        self._run("addconn", "--config", self.folder / "ipsec.conf", scenario.name)

    def initiate(self) -> None:
        """Begin phase 1 and quick mode; returns when they stand.

        Raises:
            Failed: they do not come to stand.
        """
        self.whack("--name", self._loaded, "--initiate", "--asynchronous")
        wait_until(lambda: "IPsec SA established" in self.log(), lambda: f"pluto establishes nothing:\n{self.log()}")

    def beginning(self) -> str:
        """A command that ends what there is, and begins anew."""
        acts = (("--terminate",), ("--initiate", "--asynchronous"))
        return shlex.join(
            ("sh", "-c", "; ".join(shlex.join(self._command("whack", "--name", self._loaded, *act)) for act in acts))
        )

    def rekey_ipsec(self) -> None:
        """Pluto cannot be told to, for IKEv1; it does so by itself, with the lifetimes of the scenario."""

    rekey_isakmp = rekey_ipsec

    def terminate(self) -> None:
        """Delete the SAs, and tell the peer."""
        self.whack("--name", self._loaded, "--terminate")

    def held(self) -> tuple[Held, ...]:
        """The newest ISAKMP SA that pluto holds, and the newest IPsec SAs. It does not say cookies."""
        stands, newest, spis = False, set[str](), dict[str, tuple[str, str]]()
        for line in self.whack("--showstates").splitlines():
            state = re.match(r"\d+ (#\d+): ", line)
            if state is None:
                continue
            if "newest" in line:
                stands = stands or "IKE SA established" in line or "STATE_MODE_CFG_R1" in line
                newest |= {state[1]} if "IPsec SA established" in line else set()
            found = {at: spi.rjust(8, "0") for spi, at in re.findall(r" (?:esp|ah)\.([0-9a-f]+)@([0-9.]+)", line)}
            if THEIRS in found and len(found) > 1:
                inbound = found.pop(THEIRS)
                spis[state[1]] = (inbound, *found.values())
        return (Held(None, "ESTABLISHED", tuple(spis[each] for each in newest)),) if stands else ()

    def keys(self) -> dict[str, str]:
        """Keying material of IPsec SAs by SPI."""
        return installed.keys_by_spi(self.folder / "sas")

    def _everything(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def log(self) -> str:
        """What pluto has logged since the scenario was loaded."""
        return self._everything()[self._from :]


@contextmanager
def libreswan(host: Host, folder: Path, shim: Path) -> Iterator[Libreswan]:
    """Run pluto at a host for as long as the context lasts; its files are in `folder`.

    Raises:
        Failed: it does not start.
    """
    for name in ("run", "nss", "ipsec.d/policies"):
        (folder / name).mkdir(parents=True)
    _store_certificates(folder)
    (folder / "ipsec.conf").write_text(SETUP)
    (folder / "ipsec.secrets").write_text(f'%any %any : PSK "{PSK}"\n@{USER} : XAUTH "{PASSWORD}"\n')
    (folder / "ipsec.d/passwd").write_text(f"{USER}:{HASHED}:\n")
    words = (
        *("--nofork", "--stderrlog", "--nhelpers", "0", "--no-dnssec"),
        *("--config", folder / "ipsec.conf", "--secretsfile", folder / "ipsec.secrets"),
        *("--rundir", folder / "run", "--nssdir", folder / "nss", "--ipsecdir", folder / "ipsec.d"),
    )
    with (folder / "log").open("wb") as log:
        process = host.start("env", f"LD_PRELOAD={shim}", f"SHIM_LOG={folder}/sas", f"/{PLUTO}", *words, output=log)
        try:
            _wait(process, folder)
            yield Libreswan(host, folder)
        finally:
            stop(process)


def _wait(process: Process, folder: Path) -> None:
    def log() -> str:
        return (folder / "log").read_text(errors="replace")

    wait_until(lambda: READY in log(), lambda: f"pluto does not start:\n{log()}", process)


def _store_certificates(folder: Path) -> None:
    """Make the database of NSS: the authority, and certificate and key of theirs."""
    database = ("-d", f"sql:{folder}/nss")
    run(*unpacked(f"/{CERTUTIL}", "-N", *database, "--empty-password"))
    for auth in CERTIFIED:
        certificates.write(auth, folder / auth)
        (folder / auth / "theirs.p12").write_bytes(certificates.bundle(auth, "theirs"))
        run(*unpacked(f"/{PK12UTIL}", "-i", folder / auth / "theirs.p12", *database, "-W", "", "-K", ""))
        run(*unpacked(f"/{CERTUTIL}", "-A", "-n", "authority", "-t", "CT,,", "-i", folder / auth / "ca.crt", *database))


def connection(scenario: Scenario, *, initiates: bool) -> str:
    """The text of ipsec.conf; left is theirs."""
    lines = [*_proposals(scenario, initiates=initiates), *_ends(scenario, initiates=initiates)]
    if scenario.patient:
        lines.append(PATIENT)
    return SETUP + f"conn {scenario.name}\n" + "".join(f"\t{line}\n" for line in (*COMMON, *lines))


def _name(word: str) -> str:
    return WORDS.get(word, word)


def _suite(text: str) -> str:
    encryption, digest, group = text.split("-")
    return f"{encryption}-{_name(digest)};{_name(group)}"


def _esp(text: str, pfs: str) -> str:
    encryption, _, integrity = text.partition("-")
    suite = f"{encryption}-{_name(integrity)}" if integrity else f"aes_gcm{encryption.removeprefix('aes')[:3]}-null"
    return f"{suite};{_name(pfs)}" if pfs else suite


def _ah(integrity: str, pfs: str) -> str:
    return f"{_name(integrity)};{_name(pfs)}" if pfs else _name(integrity)


def _proposals(scenario: Scenario, *, initiates: bool) -> Iterator[str]:
    yield f"aggressive={'yes' if scenario.exchange == 'aggressive' else 'no'}"
    yield f"ike={','.join(map(_suite, scenario.their_ike or scenario.ike))}"
    suite = _esp if scenario.protocol == "esp" else _ah
    yield f"phase2={scenario.protocol}"
    yield f"phase2alg={','.join(suite(each, scenario.pfs) for each in scenario.their_esp or scenario.esp)}"
    yield f"pfs={'yes' if scenario.pfs else 'no'}"
    yield f"type={'transport' if scenario.transport else 'tunnel'}"
    yield f"encapsulation={'yes' if scenario.encap else 'auto'}"
    yield f"fragmentation={'force' if scenario.fragment else 'yes'}"
    yield f"rekey={'yes' if scenario.event in ('they rekey IPsec', 'they rekey ISAKMP') else 'no'}"
    yield f"salifetime={'8s' if scenario.event == 'they rekey IPsec' else '1h'}"
    offered = f"{scenario.ike_lifetime}s" if initiates else "8h"
    yield f"ikelifetime={'8s' if scenario.event == 'they rekey ISAKMP' else offered}"
    yield from ("rekeymargin=6s", "rekeyfuzz=0%")
    if scenario.event == "they ask":
        yield from ("dpddelay=1", "dpdtimeout=10")


def _ends(scenario: Scenario, *, initiates: bool) -> Iterator[str]:
    """Who the ends are, what they prove it by, and what is behind them."""
    other = RELAY if scenario.between else OURS
    yield from (f"left={THEIRS}", f"right={'%any' if scenario.user and not initiates else other}")
    if scenario.auth in certificates.METHODS:
        yield from ("authby=rsasig", f"leftcert={THEIR_NAME}", "leftsendcert=always", "rightrsasigkey=%cert")
        yield from (f"leftid=@{THEIR_NAME}", f"rightid=@{OUR_NAME}")
    else:
        yield from ("authby=secret", f"leftid={THEIRS}", f"rightid={OURS}")
    if scenario.user and initiates:
        yield from ("leftxauthclient=yes", "leftmodecfgclient=yes", "rightxauthserver=yes", "rightmodecfgserver=yes")
        yield from (f"leftusername={USER}", "modecfgpull=yes", "leftsubnet=0.0.0.0/0", "rightsubnet=0.0.0.0/0")
    elif scenario.user:
        yield from ("leftxauthserver=yes", "leftmodecfgserver=yes", "rightxauthclient=yes", "rightmodecfgclient=yes")
        yield from ("xauthby=file", "modecfgpull=yes", "leftsubnet=0.0.0.0/0", f"rightaddresspool={POOL_RANGE}")
    elif not scenario.transport:
        yield from (f"leftsubnet={THEIR_NETWORK}", f"rightsubnet={OUR_NETWORK}")
    if scenario.selector:
        yield from (f"{end}protoport={scenario.selector.strip('[]')}" for end in ("left", "right"))
