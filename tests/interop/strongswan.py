"""strongSwan as the other end: its files written from a scenario, charon started, and asked what it holds."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.interop import certificates, installed
from tests.interop.certificates import METHODS
from tests.interop.namespaces import PATIENCE, PEERS, Failed, Host, Process, missing, run, stop, unpacked, wait_until
from tests.interop.playing import Held
from tests.interop.scenarios import (
    OUR_NAME,
    OURS,
    PASSWORD,
    POOL,
    PSK,
    RELAY,
    THEIR_NAME,
    THEIRS,
    USER,
    Scenario,
)

CHARON: Final = "usr/lib/ipsec/charon"
SWANCTL: Final = "usr/sbin/swanctl"

PLUGINS: Final = (
    "random nonce aes sha1 sha2 md5 hmac kdf pem pkcs1 pkcs8 x509 pubkey constraints openssl gmp attr kernel-netlink "
    "socket-default vici xauth-generic"
)

SETTINGS: Final = """\
charon {{
  load = {plugins}
  install_virtual_ip = no
  dos_protection = no
  i_dont_care_about_security_and_use_aggressive_mode_psk = yes
  retransmit_timeout = 1.0
  retransmit_tries = 5
  fragment_size = 700
  filelog {{
    file {{
      path = {folder}/log
      flush_line = yes
      default = 1
      ike = 2
      chd = 2
      enc = 1
    }}
  }}
  plugins {{
    vici {{
      socket = unix://{folder}/vici
    }}
  }}
}}
swanctl {{
  load = random nonce aes sha1 sha2 md5 hmac pem pkcs1 pkcs8 x509 pubkey openssl gmp
}}
"""

CONNECTION: Final = """\
connections {{
  {name} {{
    version = 1
    aggressive = {aggressive}
    local_addrs = {theirs}
    remote_addrs = {other}
    proposals = {ike}
    encap = {encap}
    fragmentation = {fragmentation}
    rekey_time = {ike_rekey}
    reauth_time = 0
    over_time = {over}
    rand_time = 0
    {ends}
    children {{
      {name} {{
        mode = {mode}
        {protocol}_proposals = {esp}
        local_ts = {local}
        remote_ts = {remote}
        rekey_time = {rekey}
        life_time = {life}
        rand_time = 0
      }}
    }}
  }}
}}
secrets {{
  ike {{
    secret = "{psk}"
  }}
  xauth {{
    id = {user}
    secret = "{password}"
  }}
}}
pools {{
  pool {{
    addrs = {pool}
  }}
}}
"""


def obstacle() -> str:
    """Why strongSwan cannot be the other end here; empty where it can."""
    return missing(CHARON, SWANCTL)


class StrongSwan:
    """A running charon."""

    name = "strongSwan"
    persists = False

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder
        self._loaded = ""

    def swanctl(self, *words: str, timeout: float = PATIENCE) -> str:
        """Run swanctl.

        Raises:
            Failed: it fails; what charon logged is in the message.
        """
        try:
            return run(*self._command(*words), timeout=timeout)
        except Failed as error:
            raise Failed(f"{error}\n{self.log()[-4000:]}") from None

    def _command(self, *words: str) -> list[str]:
        env = {"STRONGSWAN_CONF": self.folder / "strongswan.conf", "SWANCTL_DIR": self.folder}
        program: tuple[str | Path, ...] = (self.folder / "swanctl", *words, "--uri", f"unix://{self.folder}/vici")
        return unpacked("env", *(f"{key}={value}" for key, value in env.items()), *program)

    def load(self, scenario: Scenario, *, initiates: bool) -> None:
        """Take a scenario in place of the one before."""
        if self._loaded and self.held():  # left behind by a scenario that has failed
            self.swanctl("--terminate", "--ike", self._loaded, "--force")
        self._loaded = scenario.name
        (self.folder / "swanctl.conf").write_text(connection(scenario, initiates=initiates))
        certificates.write(scenario.auth, self.folder)
        for name, place in (("theirs.crt", "x509"), ("ca.crt", "x509ca"), ("theirs.key", "private")):
            (self.folder / place).mkdir(exist_ok=True)
            if scenario.auth in METHODS:
                shutil.copy(self.folder / name, self.folder / place)
        (self.folder / "log").write_text("")
        self.swanctl("--load-all", "--clear", "--file", str(self.folder / "swanctl.conf"))

    def initiate(self) -> None:
        """Begin phase 1 and quick mode; returns when they stand.

        Raises:
            Failed: they do not come to stand.
        """
        self.swanctl("--initiate", "--child", self._loaded, "--timeout", "15", timeout=20)

    def beginning(self) -> str:
        """A command that ends what there is, and begins anew."""
        acts = (("--terminate", "--ike", self._loaded, "--force"), ("--initiate", "--child", self._loaded))
        return shlex.join(("sh", "-c", "; ".join(shlex.join(self._command(*act, "--timeout", "1")) for act in acts)))

    def terminate(self) -> None:
        """Delete the SAs, and tell the peer."""
        self.swanctl("--terminate", "--ike", self._loaded, "--timeout", "5")

    def rekey_ipsec(self) -> None:
        """Replace the IPsec SAs."""
        self.swanctl("--rekey", "--child", self._loaded)

    def rekey_isakmp(self) -> None:
        """Replace the ISAKMP SA."""
        self.swanctl("--rekey", "--ike", self._loaded)

    def held(self) -> tuple[Held, ...]:
        """The ISAKMP SAs that charon holds."""
        found = []
        for text in self.swanctl("--list-sas", "--raw").split("list-sa event ")[1:]:
            values = dict(re.findall(r"([\w-]+)=(\S+?)[ }]", text.partition("child-sas")[0] + " "))
            spis = tuple(re.findall(r"state=INSTALLED.*?spi-in=(\w+) spi-out=(\w+)", text))
            found.append(Held((values["initiator-spi"], values["responder-spi"]), values["state"], spis))
        return tuple(found)

    def keys(self) -> dict[str, str]:
        """Keying material of IPsec SAs by SPI."""
        return installed.keys_by_spi(self.folder / "sas")

    def log(self) -> str:
        """What charon has logged since the scenario was loaded."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextmanager
def strongswan(host: Host, folder: Path, shim: Path) -> Iterator[StrongSwan]:
    """Run charon at a host for as long as the context lasts; its files are in `folder`.

    It runs from a copy: AppArmor binds the installed one to folders that are not ours.

    Raises:
        Failed: it does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for program in (CHARON, SWANCTL):
        shutil.copy(PEERS / program, folder)
    (folder / "strongswan.conf").write_text(SETTINGS.format(plugins=PLUGINS, folder=folder))
    env = {
        "STRONGSWAN_CONF": str(folder / "strongswan.conf"),
        "LD_PRELOAD": str(shim),
        "SHIM_LOG": str(folder / "sas"),
    }
    with (folder / "output").open("wb") as output:
        process = host.start("env", *(f"{key}={value}" for key, value in env.items()), folder / "charon", output=output)
        try:
            _wait(process, folder)
            yield StrongSwan(host, folder)
        finally:
            stop(process)


def _wait(process: Process, folder: Path) -> None:
    def said() -> str:
        return f"charon does not start:\n{(folder / 'output').read_text(errors='replace')}"

    wait_until((folder / "vici").is_socket, said, process)


def connection(scenario: Scenario, *, initiates: bool) -> str:
    """The text of swanctl.conf."""
    tail = f"-{scenario.pfs}" if scenario.pfs else ""
    remote, local = scenario.clients
    if scenario.user:
        local, remote = ("dynamic", "0.0.0.0/0") if initiates else ("0.0.0.0/0", "dynamic")
    return CONNECTION.format(
        name=scenario.name,
        aggressive="yes" if scenario.exchange == "aggressive" else "no",
        other=RELAY if scenario.between else OURS,
        theirs=THEIRS,
        ike=",".join(scenario.their_ike or scenario.ike),
        protocol=scenario.protocol,
        esp=",".join(each + tail for each in scenario.their_esp or scenario.esp),
        encap="yes" if scenario.encap else "no",
        fragmentation="yes" if scenario.fragment else "accept",
        ike_rekey=scenario.ike_lifetime if initiates else 28800,
        over=0 if initiates and scenario.event == "we rekey ISAKMP" else 60,  # it offers the sum of both
        rekey=3600,
        life=3660,
        mode="transport" if scenario.transport else "tunnel",
        local=local,
        remote=remote,
        ends="\n    ".join(_ends(scenario, initiates=initiates)),
        psk=PSK,
        user=USER,
        password=PASSWORD,
        pool=POOL,
    )


def _ends(scenario: Scenario, *, initiates: bool) -> Iterator[str]:
    """Who the ends are, and what they prove it by."""
    signed = scenario.auth in METHODS
    method = "pubkey" if signed else "psk"
    own = f"auth = {method}\n id = {THEIR_NAME if signed else THEIRS}\n" + (" certs = theirs.crt\n" if signed else "")
    other = f"auth = {method}\n id = {OUR_NAME if signed else OURS}\n"
    xauth = f"auth = xauth\n xauth_id = {USER}\n"
    if scenario.auth == "hybrid":
        if initiates:
            own = f"{xauth} id = {THEIRS}\n"
        else:
            other = "auth = xauth\n"
    yield f"local {{ {own} }}"
    yield f"remote {{ {other} }}"
    if scenario.auth == "xauth":
        yield f"local-2 {{ {xauth} }}" if initiates else "remote-2 { auth = xauth\n }"
    if scenario.user:
        yield "vips = 0.0.0.0" if initiates else "pools = pool"
    if scenario.event == "they ask":
        yield "dpd_delay = 1s"
