"""The repository itself: what is declared, locked and written in it, apart from what it does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import LONG

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PYPROJECT["tool"]["setuptools"]["packages"]
FOLDERS: dict[str, str] = PYPROJECT["tool"]["setuptools"]["package-dir"]
LOCK = (ROOT / "requirements" / "lock.txt").read_text()


# ----------------------------------------------------------------------------------------------- what is written in it
def files() -> Iterator[Path]:
    """Yield the files that git would track: all but what .gitignore names."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line and line[0] != "#"]
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name != ".git" and not any(fnmatch(name, it) for it in ignored)]
        yield from (Path(folder, name) for name in names if not any(fnmatch(name, it) for it in ignored))


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    place = re.compile(rb"(?<![\w./-])(?:/(?:home|opt|root|srv|tmp|work|Users)/[\w.-]|file:/{2})")
    found = []
    for path in files():
        if path.suffix not in {".pcap", ".pcapng", ".png", ".pdf"}:
            for number, line in enumerate(path.read_bytes().splitlines(), 1):
                found += [f"{path.relative_to(ROOT)}:{number}: {match[0]!r}" for match in place.finditer(line)]
    assert found == []


def test_every_rule_that_the_lint_ignores_has_a_reason() -> None:
    lint = (ROOT / "pyproject.toml").read_text().partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.isort]")[0]
    without = [line.strip() for line in lint.splitlines() if re.match(r'\s+"[A-Z]+\d*",?\s*$', line)]
    assert without == []


@pytest.mark.parametrize(
    "script", [".ci/run", "tools/packages.sh", "tools/setup.sh", "tools/typecheck.sh", "tools/unpack.sh"]
)
def test_a_script_that_is_called_by_its_name_is_executable(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


def test_the_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    command = "make test"
    assert re.search(rf"^\s*{command}\b", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert "make --no-print-directory test" in (ROOT / ".ci" / "run").read_text()


# ------------------------------------------------------------------------------------------------------------ packages
def packages_on_disk() -> set[str]:
    """Return the import names of all folders with an `__init__.py` below the mapped ones."""
    return {
        ".".join([name, *path.parent.relative_to(ROOT / folder).parts])
        for name, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("__init__.py")
    }


def test_every_package_folder_is_declared_and_every_declared_package_is_there() -> None:
    assert set(PACKAGES) == packages_on_disk()


def test_every_data_file_of_a_package_is_installed_with_it() -> None:
    patterns: list[str] = PYPROJECT["tool"]["setuptools"]["package-data"]["*"]
    forgotten = []
    for folder in {FOLDERS[name] for name in FOLDERS}:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix not in {".json", ".toml"} and path.name != "py.typed":
                continue
            package = next(parent for parent in path.parents if (parent / "__init__.py").exists())
            if not any(path in package.glob(pattern) for pattern in patterns):
                forgotten.append(str(path.relative_to(ROOT)))
    assert forgotten == []


def test_type_checkers_of_users_are_told_that_the_package_is_typed() -> None:
    assert (ROOT / FOLDERS["isakmp"] / "py.typed").is_file()


# ---------------------------------------------------------------------------------------------------------------- lock
class Pin(NamedTuple):
    """One package of the lock file."""

    version: str
    hashes: int
    required_by: tuple[str, ...]


def pins() -> dict[str, Pin]:
    """Read the lock file. Returns the pins by canonical name."""
    entry = re.compile(r"^(\S+)==(\S+)(.*(?:\n[ ].*)*)", re.MULTILINE)
    return {
        canonicalize_name(name): Pin(
            version, rest.count("--hash=sha256:"), tuple(re.findall(r"#\s+(?:via )?(\S+)", rest))
        )
        for name, version, rest in entry.findall(LOCK)
    }


def requirements() -> list[Requirement]:
    """Return what pyproject.toml asks for: to run, for extras, in dependency groups, to build."""
    project = PYPROJECT["project"]
    texts: list[str] = [*project["dependencies"], *PYPROJECT["build-system"]["requires"]]
    for groups in (project["optional-dependencies"], PYPROJECT["dependency-groups"]):
        texts += [text for several in groups.values() for text in several]
    return [Requirement(text) for text in texts]


def test_the_lock_satisfies_every_requirement() -> None:
    locked = pins()
    wrong = [
        str(wanted)
        for wanted in requirements()
        if (pin := locked.get(canonicalize_name(wanted.name))) is None or pin.version not in wanted.specifier
    ]
    assert wrong == [], "run `make lock`"


def test_the_lock_holds_nothing_that_is_no_longer_required() -> None:
    wanted = {canonicalize_name(requirement.name) for requirement in requirements()}
    direct = {name for name, pin in pins().items() if PYPROJECT["project"]["name"] in pin.required_by}
    assert direct <= wanted, "run `make lock`"


def test_every_package_of_the_lock_has_a_hash() -> None:
    locked = pins()
    assert len(locked) == len(re.findall(r"^[^#\s]", LOCK, re.MULTILINE))
    assert [name for name, pin in locked.items() if pin.hashes == 0] == []


def test_the_lock_leaves_it_to_the_machine_where_packages_come_from() -> None:
    assert re.findall(r"https?://\S+|--(?:extra-)?index\S*|--find-links\S*|@ file", LOCK) == []


# -------------------------------------------------------------------------------------------------- the rules on skips
SKIPPING = """\
import pytest


@pytest.mark.requires_tool("no-such-program")
def test_tool():
    pass


def test_import():
    pytest.importorskip("no_such_module")


def test_not_applicable():
    pytest.skip("not applicable: there is nothing to check")


@pytest.mark.xfail(strict=True)
def test_expected_failure():
    assert False
"""


@pytest.mark.parametrize(
    ("in_ci", "summary"),
    [("0", "3 skipped, 1 xfailed"), ("1", "1 failed, 1 skipped, 1 xfailed, 1 error")],
    ids=["elsewhere", "in continuous integration"],
)
def test_a_skipped_test_is_a_failure_in_continuous_integration_and_nowhere_else(
    tmp_path: Path, in_ci: str, summary: str
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "markers=requires_tool", "."]
    env = {**os.environ, "ISAKMP_CI": in_ci, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert summary in run.stdout.splitlines()[-1], run.stdout + run.stderr


def test_the_long_files_of_tests_are_there() -> None:
    assert [name for name in LONG if not (ROOT / "tests" / f"{name}.py").is_file()] == []
