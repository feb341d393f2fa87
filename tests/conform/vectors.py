"""Documents of test vectors for tests, and the reader of the examples, which knows nothing of the package."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from isakmp.cli.scenario import Scenario, configs_for, credentials_for
from isakmp.conform.vectors.courses import Plan, plan, with_forward_secrecy
from isakmp.conform.vectors.document import Writer
from isakmp.conform.vectors.recording import EPOCH
from isakmp.crypto.registry import load_backend
from isakmp.machine.config import IpsecProposal
from isakmp.spec.registries import AuthMethod, Group
from tests.machine.ends import proposal

ROOT = Path(__file__).resolve().parent.parent.parent
SUITE = "aes256-sha1-modp1024"
Leaf = tuple[str | int, ...]


@cache
def planned(
    exchange: str, auth: AuthMethod = AuthMethod.PSK, suite: str = SUITE, pfs: Group | None = None, seed: int = 0
) -> Plan:
    """The plan of a vector."""
    scenario = Scenario(exchange, proposal(suite, auth), IpsecProposal(), "seeded", seed)
    ends = configs_for(scenario, credentials_for(auth, load_backend("seeded", seed), EPOCH, seed))
    if pfs is not None:
        ends = with_forward_secrecy(ends, pfs)
    return plan(exchange, exchange, ends, f"{seed}/{exchange}")


def document(plan: Plan) -> dict[str, Any]:
    """The document of a vector, made anew."""
    return Writer(plan, plan.play()).document()


@cache
def reader() -> ModuleType:
    """The example that checks documents."""
    spec = importlib.util.spec_from_file_location("read_vectors", ROOT / "examples" / "read_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(document: dict[str, Any]) -> None:
    """Let the reader check a document."""
    verify: Callable[[dict[str, Any]], None] = reader().check
    verify(document)


def messages(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All messages, in their order."""
    for exchange in document["exchanges"]:
        yield from exchange["messages"]


def leaves(node: Any, path: Leaf = ()) -> Iterator[Leaf]:
    """The places of all octet strings in a document."""
    if isinstance(node, dict | list):
        for key, below in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(below, (*path, key))
    elif isinstance(node, str) and path[-1] in OCTETS:
        yield path


OCTETS = {"value", "datagram", "plaintext", "iv", "next_iv", "body", "sealed", "psk", "prime", "generator", "a", "b"}
"""Members that hold octets or numbers that a reader can check."""


def at(document: dict[str, Any], path: Leaf) -> Any:
    """What stands at a place."""
    node: Any = document
    for key in path:
        node = node[key]
    return node
