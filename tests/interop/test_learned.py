"""Learned machines of the daemons, as far as a minute goes: the honest way, and what they are known to do otherwise."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.interop import installed, libreswan, strongswan
from tests.interop.endpoint import PROGRAM, policy
from tests.interop.namespaces import Host, Link
from tests.interop.playing import Daemon
from tests.interop.scenarios import OUR_NETWORK, PSK, THEIR_NETWORK, THEIRS, Scenario

SCENARIO = Scenario("learned", "main mode and quick mode in any order", patient=True)
HONEST = {"MM1": "MM2", "MM3": "MM4", "MM5": "MM6", "QM1": "QM2"}


Word = tuple[str, ...]
Learn = Callable[[Daemon, str, str], dict[Word, str]]


@pytest.fixture
def learned(wire: Link, tmp_path: Path) -> Learn:
    """What `isakmp learn` hears of a daemon in some seconds, with so many conversations at once, by words."""

    def learn(daemon: Daemon, seconds: str, parallel: str) -> dict[Word, str]:
        (tmp_path / "policy.toml").write_text(policy(SCENARIO, initiates=True))
        kept = tmp_path / "answers"
        options = ("--deviations", "none", "--time", seconds, "--timeout", "0.3", "--parallel", parallel)
        ran = subprocess.run(
            wire.ours.within(
                PROGRAM, "learn", THEIRS, "--policy", tmp_path / "policy.toml", *options, "--cache", kept,
                "--quick", OUR_NETWORK, THEIR_NETWORK,
            ),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ISAKMP_PSK": PSK},
        )  # fmt: skip
        assert f"{THEIRS}, main-psk" in ran.stdout, ran.stderr + daemon.log()[-2000:]
        found: dict[Word, str] = {}
        for line in kept.read_text().splitlines()[1:]:
            word, outputs = json.loads(line)
            found |= {tuple(word[: place + 1]): output for place, output in enumerate(outputs)}
        return found

    return learn


def daemon(
    wire: Link,
    folder: Path,
    obstacle: Callable[[], str],
    run: Callable[[Host, Path, Path], AbstractContextManager[Daemon]],
) -> Iterator[Daemon]:
    """A daemon that has been asked nothing yet."""
    reason = obstacle()
    if reason:
        pytest.skip(reason)
    with run(wire.theirs, folder / "daemon", installed.compile_shim(folder)) as running:
        running.load(SCENARIO, initiates=False)
        yield running


@pytest.fixture
def charon(wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The daemon of strongSwan."""
    yield from daemon(wire, tmp_path_factory.mktemp("charon"), strongswan.obstacle, strongswan.strongswan)


@pytest.fixture
def pluto(wire: Link, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The daemon of Libreswan."""
    yield from daemon(wire, tmp_path_factory.mktemp("pluto"), libreswan.obstacle, libreswan.libreswan)


def after(found: dict[Word, str], *word: str) -> list[str]:
    """What came to the inputs of a word."""
    return [found[word[: place + 1]] for place in range(len(word))]


def test_strongswan_goes_the_honest_way_and_gives_up_at_an_old_first_message(charon: Daemon, learned: Learn) -> None:
    found = learned(charon, "60", "16")
    assert after(found, *HONEST) == list(HONEST.values())
    assert after(found, "MM1", "MM1") == ["MM2", "MM2 again"]
    # A first message that comes once more, behind MM3, ends what was begun: MM5 is not answered any more.
    assert after(found, "MM1", "MM3", "MM1", "MM5") == ["MM2", "MM4", "N INVALID-PAYLOAD-TYPE*", "-"]


def test_libreswan_goes_the_honest_way(pluto: Daemon, learned: Learn) -> None:
    # Its conversations with one peer share a connection, and end each other: one at a time.
    found = learned(pluto, "40", "1")
    assert after(found, *HONEST) == list(HONEST.values())
    assert after(found, "MM1", "MM1") == ["MM2", "MM2 again"]
