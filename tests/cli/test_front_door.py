"""``import isakmp``: the names of the front door, each from its home, none before it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import isakmp
from isakmp.spec.registries import AuthMethod, EncryptionAlgorithm, Group, HashAlgorithm


def test_every_name_is_the_one_of_its_home() -> None:
    for home, names in isakmp._HOMES.items():
        for name in names:
            assert getattr(isakmp, name) is getattr(import_module(home), name)


def test_the_lists_of_names_for_people_for_type_checkers_and_for_python_agree() -> None:
    tree = ast.parse(Path(isakmp.__file__ or "").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed == isakmp._HOME
    assert set(isakmp.__all__) == {"__version__", *isakmp._HOME}
    assert set(isakmp.__all__) <= set(dir(isakmp))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = isakmp.nonsense


def test_importing_the_package_imports_nothing_of_it() -> None:
    code = "import sys, isakmp; print(*(name for name in sys.modules if name.startswith('isakmp.')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split() == []


def test_a_handshake_can_be_run_and_decoded_through_the_front_door() -> None:
    ike = isakmp.IkeProposal(
        EncryptionAlgorithm.AES_CBC, HashAlgorithm.SHA2_256, AuthMethod.PSK, Group.ECP_256, key_length=128
    )
    backend = isakmp.load_backend("seeded")
    initiator, responder = (
        isakmp.Peer(
            isakmp.Config((ike,), (isakmp.IpsecProposal(),), isakmp.Identity.fqdn(name), isakmp.Credentials(psk=b"x")),
            backend,
        )
        for name in ("a.example", "b.example")
    )
    ran = isakmp.handshake(initiator, responder, "main")
    assert ran.keys_agree
    assert isakmp.decode(ran.deliveries[0].datagram).header.cky_i == ran.sas[isakmp.Role.I].cky_i
