"""Make a folder in which the packages lie as they are imported: ``python tools/package_tree.py FOLDER``.

The folders `spec/`, `crypto/` and so on stand at the top level of the repository and are imported as `isakmp.spec`,
`isakmp.crypto` and so on. An editable install tells Python so by an import hook. mypy and import-linter read files and
know no hooks, so they get a folder `isakmp/` of symbolic links, made from the mapping in pyproject.toml.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "isakmp"


def make_tree(tree: Path) -> None:
    """Fill `tree`, replacing what is there, with links to the sources, the examples and the tests."""
    mapping: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]
    if tree.exists():
        shutil.rmtree(tree)
    package = tree / PACKAGE
    package.mkdir(parents=True)
    for source in sorted((ROOT / mapping[PACKAGE]).iterdir()):
        if source.name != "__pycache__":
            (package / source.name).symlink_to(source)
    for name, folder in mapping.items():
        if name != PACKAGE:
            (package / name.removeprefix(f"{PACKAGE}.")).symlink_to(ROOT / folder, target_is_directory=True)
    for folder in ("examples", "tests", "tools"):
        (tree / folder).symlink_to(ROOT / folder, target_is_directory=True)


if __name__ == "__main__":
    make_tree(Path(sys.argv[1]))
