"""Backends are found by name; what is wrong with a name or a declaration is said."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from isakmp.crypto import registry
from isakmp.crypto.registry import ENTRY_POINT_GROUP, BrokenBackend, UnknownBackend, backends, load_backend
from isakmp.crypto.seeded import SeededBackend


def declare(monkeypatch: pytest.MonkeyPatch, **declared: str) -> None:
    """Replace what is installed by these declarations."""
    entries = [EntryPoint(name, value, ENTRY_POINT_GROUP) for name, value in declared.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries if group == ENTRY_POINT_GROUP else [])


def test_the_three_backends_of_this_package_are_declared_and_load() -> None:
    assert {"openssl", "seeded", "symbolic"} <= set(backends())
    for name in ("openssl", "seeded", "symbolic"):
        assert load_backend(name).name == name


def test_a_seed_reaches_the_backend() -> None:
    assert load_backend("seeded", seed=3).random(8, "x") == SeededBackend(3).random(8, "x")
    with pytest.raises(ValueError, match=r"'openssl' .* takes no seed"):
        load_backend("openssl", seed=3)


def test_an_unknown_name_is_an_error_that_lists_those_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, zeta="a:b", alpha="c:d")
    with pytest.raises(UnknownBackend, match=r"unknown crypto backend 'enigma'; there are: alpha, zeta$"):
        load_backend("enigma")


def test_an_installation_without_declarations_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch)
    with pytest.raises(UnknownBackend, match=r"there are: none .*'isakmp.backends'"):
        load_backend("openssl")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("isakmp.no_such_module:Backend", "cannot be loaded: No module named"),
        ("isakmp.crypto.seeded:NoSuchClass", "cannot be loaded: .*NoSuchClass"),
        ("math:pi", "cannot be called: it is <class 'float'>"),
        ("isakmp.crypto.backend:Backend", "cannot be made: TypeError: .*abstract"),
        ("operator:getitem", "cannot be made: TypeError"),
        ("builtins:dict", "is no Backend but <class 'dict'>"),
    ],
)
def test_a_broken_declaration_is_an_error_that_quotes_it(
    monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    declare(monkeypatch, bad=value)
    with pytest.raises(BrokenBackend, match=message):
        load_backend("bad")


def test_a_third_party_backend_is_loaded_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, other="isakmp.crypto.seeded:SeededBackend")
    assert isinstance(load_backend("other"), SeededBackend)


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import isakmp.crypto.registry as r; r.backends()", ("cryptography", "gmpy2")),
        ("import isakmp.crypto.symbolic", ("cryptography", "gmpy2")),
    ],
)
def test_heavy_libraries_are_imported_only_where_they_are_used(statement: str, absent: tuple[str, ...]) -> None:
    code = f"{statement}\nimport sys\nprint(*[name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == ""
