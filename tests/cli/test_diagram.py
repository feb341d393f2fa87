"""``isakmp diagram``: the drawings of `isakmp.diagrams`, by the names that users give."""

from __future__ import annotations

from pathlib import Path

import pytest

from isakmp.diagrams.gallery import stale
from isakmp.diagrams.payload import overview, packet
from isakmp.diagrams.sequence import sequence
from isakmp.diagrams.state import both_roles, state_machine
from isakmp.spec.exchanges import aggressive_mode, main_mode, quick_mode
from isakmp.spec.keying import Auth
from isakmp.spec.payloads import LAYOUTS
from isakmp.spec.table import table
from isakmp.spec.terms import Role
from tests.cli.conftest import Cli

PSK, SIGNATURE = Auth.PSK, Auth.SIGNATURE


def both(auth: Auth) -> str:
    return both_roles(table(main_mode(auth), Role.I), table(main_mode(auth), Role.R))


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), both(PSK)),
        (("main", "--auth", "signature"), both(SIGNATURE)),
        (("main", "--role", "responder"), state_machine(table(main_mode(PSK), Role.R))),
        (("aggressive", "--auth", "dss", "--kind", "sequence"), sequence(aggressive_mode(SIGNATURE))),
        (("Quick", "--kind", "sequence"), sequence(quick_mode())),
        (("SA",), packet(LAYOUTS["SA"])),
        (("nat-d", "--kind", "payload"), packet(LAYOUTS["NAT_D"])),
        (("--kind", "payload"), overview(LAYOUTS.values())),
    ],
)
def test_without_a_file_the_drawing_is_text(cli: Cli, args: tuple[str, ...], expected: str) -> None:
    ran = cli("diagram", *args)
    assert ran.status == 0
    assert ran.out == expected


@pytest.mark.parametrize(("suffix", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("dot", b"digraph")])
def test_the_suffix_of_a_file_says_how_to_draw(cli: Cli, tmp_path: Path, suffix: str, magic: bytes) -> None:
    path = tmp_path / f"ke.{suffix}"
    ran = cli("diagram", "KE", "-o", str(path))
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert path.read_bytes().startswith(magic)


def test_the_gallery_is_written_as_a_whole(cli: Cli, tmp_path: Path) -> None:
    ran = cli("diagram", "--gallery", str(tmp_path / "gallery"))
    assert ran.status == 0
    assert stale(tmp_path / "gallery") == ()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("mainn",), "did you mean main?"),
        (("KE", "--kind", "state"), "unknown exchange"),
        (("foo",), "main, aggressive, base"),
        (("foo",), "SA, "),
        (("SA", "--auth", "psk"), "--auth and --role are for exchanges"),
        (("--kind", "payload", "--role", "initiator"), "--auth and --role are for exchanges"),
        (("main", "--kind", "sequence", "--role", "initiator"), "--role is for state machines"),
        (("KEE", "--kind", "payload"), "did you mean"),
        (("--kind", "flow"), "flow"),
        (("KE", "-o", "picture.gif"), "svg, png, pdf, dot"),
        (("KE", "-o", "no/such/folder/ke.svg"), "no/such/folder"),
        (("main", "--gallery", "somewhere"), "goes with nothing else"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli("diagram", *args)
    assert ran.status == 2
    assert said in ran.complaint
    assert list(tmp_path.iterdir()) == []
