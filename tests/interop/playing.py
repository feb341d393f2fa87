"""A scenario played with a daemon, in one direction: both ends are compared, the capture is judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from isakmp.cli import main
from tests.interop.endpoint import Ours, started
from tests.interop.namespaces import Failed, Link, wait_until
from tests.interop.relay import between
from tests.interop.scenarios import OURS, RELAY, THEIRS, USER, Play, Scenario

STANDS_1: Final = "ISAKMP SA "
"""What ours prints when an ISAKMP SA stands."""
STANDS: Final = "IPsec SAs in "
"""What ours prints when a pair of IPsec SAs stands."""


@dataclass(frozen=True)
class Held:
    """An ISAKMP SA as a daemon lists it: cookies (None: not told), state, SPIs of IPsec SAs (inbound, outbound)."""

    cookies: tuple[str, str] | None
    state: str
    spis: tuple[tuple[str, str], ...]


class Daemon(Protocol):
    """Another implementation, running."""

    name: str
    persists: bool
    """Whether it begins anew at once where what it has initiated is deleted; then it had better do that itself."""

    def load(self, scenario: Scenario, *, initiates: bool) -> None:
        """Take a scenario in place of the one before."""

    def initiate(self) -> None:
        """Begin phase 1 and quick mode; returns when they stand."""

    def beginning(self) -> str:
        """A command that ends what there is, and begins anew."""

    def rekey_ipsec(self) -> None:
        """Replace the IPsec SAs."""

    def rekey_isakmp(self) -> None:
        """Replace the ISAKMP SA."""

    def terminate(self) -> None:
        """Delete the SAs, and tell the peer."""

    def held(self) -> tuple[Held, ...]:
        """The ISAKMP SAs that it holds, and what stands below them."""

    def keys(self) -> dict[str, str]:
        """Keying material of IPsec SAs by SPI."""

    def log(self) -> str:
        """What it has logged since the scenario was loaded."""


def play(link: Link, daemon: Daemon, played: Play, folder: Path) -> None:
    """Play a scenario in a direction.

    Raises:
        Failed: it does not come to what it is for.
    """
    begin = we_initiate if played.direction == "we" else they_initiate
    begin(link, daemon, played.scenario, folder)


def we_initiate(link: Link, daemon: Daemon, scenario: Scenario, folder: Path) -> None:
    """Ours begins."""
    daemon.load(scenario, initiates=False)
    other = RELAY if scenario.between else THEIRS
    words = ["connect", other, "--from", f"{OURS}:500", "--hold", "60", "--quick"]
    if scenario.user:
        words += ["assigned", "0.0.0.0/0", "--xauth-user", USER]
    else:
        words += scenario.clients
    with between(link, scenario), started(link.ours, folder, scenario, *words) as ours:
        ours.wait_for(" stand for ", 20)
        _go_on(ours, daemon, scenario)


def they_initiate(link: Link, daemon: Daemon, scenario: Scenario, folder: Path) -> None:
    """Theirs begins."""
    daemon.load(scenario, initiates=True)
    with between(link, scenario), started(link.ours, folder, scenario, "serve", "--listen", OURS) as ours:
        ours.wait_for("listening at")
        try:
            daemon.initiate()
        except Failed as error:
            ours.end()
            raise Failed(f"{error}\nours:\n{ours.said}") from None
        ours.wait_for(STANDS)
        _go_on(ours, daemon, scenario)


def _go_on(ours: Ours, daemon: Daemon, scenario: Scenario) -> None:
    """SAs stand: let happen what is to happen, delete, and compare."""
    match scenario.event:
        case "we rekey IPsec":
            ours.wait_for(STANDS, times=2)
        case "they rekey IPsec":
            daemon.rekey_ipsec()
            ours.wait_for(STANDS, times=2)
        case "we rekey ISAKMP":
            ours.wait_for(STANDS_1, times=2)
        case "they rekey ISAKMP":
            daemon.rekey_isakmp()
            ours.wait_for(STANDS_1, times=2)
        case "we ask":
            ours.wait_for("R-U-THERE-ACK")
        case "they ask":
            ours.wait_for("R-U-THERE ")
            ours.wait_for("R-U-THERE-ACK")
    kept = scenario.event == "we rekey ISAKMP" and not ours.initiates
    held = _settled(daemon, kept=kept)
    persists = daemon.persists and not ours.initiates and scenario.event != "we delete"
    if kept or persists or scenario.event == "they delete":
        daemon.terminate()
        if scenario.between != "lossy":  # a delete is said once, and may be lost
            ours.wait_for("DELETED: the peer deleted the SA", times=2)
    assert ours.end() == 0, ours.said
    if scenario.between != "lossy":
        _settled(daemon, empty=True)
    compare(ours, daemon, held)


def _settled(daemon: Daemon, *, empty: bool = False, kept: bool = False) -> tuple[Held, ...]:
    """What theirs holds once it stands, nothing being replaced any more; or once all is gone.

    `kept` allows for an ISAKMP SA that has handed its IPsec SAs on and stays: charon minds no delete of one that it
    has initiated, if that is said under the one by which the peer has replaced it.

    Raises:
        Failed: it does not come to that.
    """
    held: tuple[Held, ...] = ()

    def there() -> bool:
        nonlocal held
        held = daemon.held()
        replaced = [sa for sa in held if sa.state == "REKEYING" and not sa.spis]  # charon keeps these for some seconds
        left = [sa for sa in held if sa not in replaced]
        stands = any(sa.spis for sa in left) and all(sa.state == "ESTABLISHED" and (sa.spis or kept) for sa in left)
        return not held if empty else stands

    wait_until(there, lambda: f"theirs holds {held}\n{daemon.log()[-3000:]}")
    return held


def compare(ours: Ours, daemon: Daemon, held: tuple[Held, ...]) -> None:
    """Hold that both ends hold the same SAs with the same keys, and that what was said is conformant."""
    mine = {tuple(sa["cookies"]) for sa in ours.sas()}
    assert {sa.cookies for sa in held if sa.cookies} <= mine
    own, their = ours.keys(), daemon.keys()
    pairs = [frozenset(pair) for sa in held for pair in sa.spis]
    assert pairs
    for pair in pairs:
        assert own[pair] == frozenset(their[spi] for spi in pair)
    assert main(["check", str(ours.capture), "--keys", str(ours.key_file)]) == 0
