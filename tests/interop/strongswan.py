"""strongSwan as the other end: its files written from a scenario, charon started, and asked what it holds."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.interop import installed
from tests.interop.namespaces import PATIENCE, PEERS, Failed, Host, Process, missing, run, stop, unpacked
from tests.interop.scenarios import OUR_NETWORK, OURS, PASSWORD, POOL, PSK, THEIR_NETWORK, THEIRS, USER, Scenario

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
    remote_addrs = {ours}
    proposals = {ike}
    encap = {encap}
    fragmentation = {fragmentation}
    rekey_time = {ike_rekey}
    reauth_time = 0
    over_time = 60
    rand_time = 0
    {more}
    {auth}
    children {{
      {name} {{
        esp_proposals = {esp}
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


@dataclass(frozen=True)
class Held:
    """An ISAKMP SA as a daemon lists it: cookies and state, and SPIs (inbound, outbound) of the IPsec SAs below it."""

    cookies: tuple[str, str]
    state: str
    spis: tuple[tuple[str, str], ...]


class StrongSwan:
    """A running charon."""

    name = "strongSwan"

    def __init__(self, host: Host, folder: Path) -> None:
        self.host, self.folder = host, folder
        self._loaded = ""

    def swanctl(self, *words: str, timeout: float = PATIENCE) -> str:
        """Run swanctl.

        Raises:
            Failed: it fails; what charon logged is in the message.
        """
        env = {"STRONGSWAN_CONF": str(self.folder / "strongswan.conf"), "SWANCTL_DIR": str(self.folder)}
        command = unpacked(self.folder / "swanctl", *words, "--uri", f"unix://{self.folder}/vici")
        try:
            return run(*command, timeout=timeout, env=env)
        except Failed as error:
            raise Failed(f"{error}\n{self.log()[-4000:]}") from None

    def load(self, scenario: Scenario) -> None:
        """Take a scenario in place of the one before."""
        if self._loaded and self.held():  # left behind by a scenario that has failed
            self.swanctl("--terminate", "--ike", self._loaded, "--force")
        self._loaded = scenario.name
        (self.folder / "swanctl.conf").write_text(connection(scenario))
        (self.folder / "log").write_text("")
        self.swanctl("--load-all", "--clear", "--file", str(self.folder / "swanctl.conf"))

    def initiate(self) -> None:
        """Begin phase 1 and quick mode; returns when they stand.

        Raises:
            Failed: they do not come to stand.
        """
        self.swanctl("--initiate", "--child", self._loaded, "--timeout", "15", timeout=20)

    def terminate(self) -> None:
        """Delete the SAs, and tell the peer."""
        self.swanctl("--terminate", "--ike", self._loaded, "--timeout", "5")

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
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if (folder / "vici").is_socket():
            return
        time.sleep(0.02)
    raise Failed(f"charon does not start:\n{(folder / 'output').read_text(errors='replace')}")


def connection(scenario: Scenario) -> str:
    """The text of swanctl.conf."""
    return CONNECTION.format(
        name=scenario.name,
        aggressive="yes" if scenario.exchange == "aggressive" else "no",
        ours=OURS,
        theirs=THEIRS,
        ike=",".join(scenario.ike),
        esp=",".join(f"{each}-{scenario.pfs}".rstrip("-") for each in scenario.esp),
        encap="yes" if scenario.natt else "no",
        fragmentation="yes" if scenario.fragment else "accept",
        ike_rekey=scenario.ike_lifetime,
        rekey=scenario.lifetime,
        life=scenario.lifetime + 60,
        local=THEIR_NETWORK,
        remote=OUR_NETWORK,
        auth="local { auth = psk }\n    remote { auth = psk }",
        more="",
        psk=PSK,
        user=USER,
        password=PASSWORD,
        pool=POOL,
    )
