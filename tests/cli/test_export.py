"""``isakmp export``: models for other tools, to standard output or into a file, and one line for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from isakmp.cli import names
from isakmp.spec.exchanges import phase_1_forms
from tests.cli.conftest import Cli
from tests.verify import grammar_scyther, wellformed_tamarin

PARSERS = {"scyther": grammar_scyther.parse, "tamarin": wellformed_tamarin.parse}


@pytest.mark.parametrize("tool", PARSERS)
@pytest.mark.parametrize("name", names.exported())
def test_every_name_can_be_written_for_every_tool(cli: Cli, name: str, tool: str) -> None:
    forms = phase_1_forms(name.partition("+")[0])
    auth = ("--auth", next(iter(forms)).value) if forms else ()
    ran = cli("export", name, "--to", tool, *auth)
    assert (ran.status, ran.err) == (0, "")
    PARSERS[tool](ran.out)


@pytest.mark.parametrize(
    ("options", "name", "shared", "named"),
    [
        ((), "quick", False, True),
        (("--pfs",), "quick-pfs", True, True),
        (("--no-pfs", "--no-identities"), "quick-no-identities", False, False),
        (("--pfs", "--no-identities"), "quick-pfs-no-identities", True, False),
    ],
)
def test_quick_mode_comes_in_four_forms(
    cli: Cli, options: tuple[str, ...], name: str, shared: bool, named: bool
) -> None:
    out = cli("export", "quick", "--to", "scyther", *options).out
    assert f"\nprotocol {name}(I, R)\n" in out
    (hashed,) = (line for line in out.splitlines() if "macro HASH-1-i " in line)
    assert ("g-qm(xi)" in hashed) == shared
    assert ("I, R))" in hashed.partition("left-SKEYID-a(k(I, R)), ")[2]) == named


def test_a_composition_tells_the_forms_of_both(cli: Cli) -> None:
    out = cli("export", "aggressive+quick", "--to", "tamarin", "--auth", "signature", "--pfs").out
    assert "\ntheory aggressive_signature_quick_pfs\n" in out
    assert "QM3" in out.partition("*/")[0]


def test_a_method_stands_for_its_form(cli: Cli) -> None:
    form, method = (cli("export", "main", "--to", "tamarin", "--auth", auth).out for auth in ("signature", "rsa"))
    assert form == method


def test_a_file_gets_what_standard_output_would(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "main.spthy"
    args = ("export", "main", "--to", "tamarin", "--auth", "psk")
    ran = cli(*args, "-o", str(target))
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert target.read_text() == cli(*args).out == cli(*args, "-o", "-").out


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("main", "--to", "scyther"), "main needs --auth; it comes with psk, signature, encryption"),
        (("base", "--to", "scyther", "--auth", "revised"), "base has no authentication by revised; it comes with psk"),
        (("quick", "--to", "tamarin", "--auth", "psk"), "quick comes in one form for all methods"),
        (("quick+main", "--to", "tamarin"), "unknown exchange 'quick+main'"),
        (("authentication-only+quick", "--to", "tamarin"), "unknown exchange 'authentication-only+quick'"),
        (("mian", "--to", "tamarin"), "did you mean main?"),
        (("main", "--auth", "psk"), "Missing option '--to'"),
        (("main", "--to", "proverif", "--auth", "psk"), "unknown tool 'proverif' (there are: scyther, tamarin)"),
        (("main", "--to", "tamarin", "--auth", "psk", "--pfs"), "--pfs and --no-pfs are for quick mode only"),
        (("transaction", "--to", "tamarin", "--no-identities"), "--identities and --no-identities are for quick mode"),
        (("--to", "tamarin"), "Missing argument 'NAME'"),
    ],
)
def test_what_cannot_be_is_one_line(cli: Cli, args: tuple[str, ...], complaint: str) -> None:
    ran = cli("export", *args)
    assert ran.status == 2
    assert complaint in ran.complaint
    assert "isakmp export --help" in ran.complaint


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "missing" / "x.spdl"
    ran = cli("export", "quick", "--to", "scyther", "-o", str(target))
    assert ran.status == 2
    assert str(target) in ran.complaint
    assert not target.parent.exists()
