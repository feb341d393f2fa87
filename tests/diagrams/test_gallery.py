"""The gallery that is committed: it is what the tables give, and it can be read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from isakmp.diagrams import entries, stale, write_gallery
from isakmp.spec.exchanges import exchanges
from isakmp.spec.payloads import LAYOUTS
from tests.diagrams.reading import Picture

GALLERY = Path(__file__).resolve().parents[2] / "diagrams" / "gallery"
PAGE = 675.0
"""Points: 900 pixels, as far as a page of documentation is wide."""
SMALLEST = 8.0
"""Points: the smallest letters."""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a gallery that is up to date, whatever is committed."""
    folder = tmp_path_factory.mktemp("fresh") / "gallery"
    write_gallery(folder)
    return folder


@pytest.fixture
def copy(fresh: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh, tmp_path / "gallery"))


def test_the_committed_gallery_is_up_to_date() -> None:
    assert stale(GALLERY) == (), "run `make diagrams`, and look at what changed"


def test_a_drawing_that_differs_is_found(copy: Path) -> None:
    path = copy / "state-quick.dot"
    path.write_text(path.read_text().replace("QUICK_I1", "QUICK_I9", 1))
    assert stale(copy) == ("state-quick.dot: missing or out of date",)


def test_a_picture_of_an_older_text_is_found(copy: Path) -> None:
    path = copy / "payload-KE.svg"
    path.write_text((copy / "payload-N.svg").read_text())
    assert stale(copy) == ("payload-KE.svg: missing or drawn from another text",)


def test_what_is_missing_is_found(copy: Path) -> None:
    for name in ("sequence-quick.dot", "payload-KE.svg", "README.md"):
        (copy / name).unlink()
    assert {line.partition(":")[0] for line in stale(copy)} == {"sequence-quick.dot", "payload-KE.svg", "README.md"}


def test_what_no_table_gives_is_found_and_removed(copy: Path) -> None:
    (copy / "state-old.svg").write_text("<svg/>")
    assert stale(copy) == ("state-old.svg: no table gives this drawing",)
    write_gallery(copy)
    assert not (copy / "state-old.svg").exists()


def test_a_new_gallery_is_up_to_date_and_equal_each_time(fresh: Path, tmp_path: Path) -> None:
    written = write_gallery(tmp_path)
    assert stale(tmp_path) == ()
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    assert all(path.read_bytes() == (fresh / path.name).read_bytes() for path in written)


def test_every_exchange_and_every_layout_is_in_it() -> None:
    names = set(entries())
    for exchange in exchanges():
        assert {f"state-{exchange.key}", f"sequence-{exchange.key}"} <= names
    assert {f"payload-{name}" for name in LAYOUTS} | {"payload-overview"} <= names


def test_the_index_shows_every_picture_and_only_those() -> None:
    shown = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (GALLERY / "README.md").read_text())
    assert sorted(shown) == sorted(f"{name}.svg" for name in entries())
    assert all((GALLERY / name).is_file() for name in shown)


@pytest.mark.parametrize("name", entries())
def test_a_picture_fits_a_page_in_letters_that_can_be_read(name: str) -> None:
    dot = entries()[name]
    assert Picture(dot).width <= PAGE
    sizes = [float(size) for size in re.findall(r'(?:POINT-SIZE|fontsize)="([\d.]+)"', dot)]
    assert min(sizes) >= SMALLEST
