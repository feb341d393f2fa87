"""The wire and the daemons that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop import installed, namespaces
from tests.interop.namespaces import Link, link


@pytest.fixture(scope="module")
def wire() -> Iterator[Link]:
    """Two hosts on a wire of their own; skipped with a reason where there can be none."""
    reason = namespaces.obstacle() or installed.obstacle()
    if reason:
        pytest.skip(reason)
    with link() as made:
        yield made
