"""Test vectors: an independent reader finds every value right, and any octet that is changed wrong."""

from __future__ import annotations

import copy
import json
from collections import defaultdict, deque
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given, settings
from hypothesis import strategies as st

from isakmp.conform.vectors.recording import Recorder, Stage
from isakmp.spec.groups import AnyGroup
from isakmp.spec.registries import AuthMethod, Group
from tests.conform.vectors import ROOT, Leaf, at, check, document, leaves, messages, planned

PLANS = {
    "main": planned("main"),
    "main-ecp": planned("main", suite="3des-md5-ecp256"),
    "main-rsa": planned("main", AuthMethod.RSA_SIG),
    "main-dss": planned("main", AuthMethod.DSS_SIG),
    "main-enc": planned("main", AuthMethod.RSA_ENC),
    "main-rev": planned("main", AuthMethod.RSA_REV_ENC),
    "main-hybrid": planned("main", AuthMethod.HYBRID_INIT_RSA),
    "aggressive": planned("aggressive"),
    "aggressive-ecdsa": planned("aggressive", AuthMethod.ECDSA_256),
    "aggressive-xauth": planned("aggressive", AuthMethod.XAUTH_INIT_PSK),
    "base": planned("base"),
    "base-rsa": planned("base", AuthMethod.RSA_SIG),
    "only": planned("authentication-only"),
    "only-rsa": planned("authentication-only", AuthMethod.RSA_SIG),
    "quick": planned("quick"),
    "quick-pfs": planned("quick", pfs=Group.MODP_1024),
    "quick-pfs-ecp": planned("quick", suite="3des-md5-ecp256", pfs=Group.ECP_256),
    "quick-ah-esp": planned("quick-ah-esp"),
    "quick-esp-ipcomp": planned("quick-esp-ipcomp"),
    "quick-several": planned("quick-several"),
    "quick-commit": planned("quick-commit"),
    "quick-nat": planned("quick-nat"),
    "quick-fragments": planned("quick-fragments"),
    "new-group": planned("new-group"),
    "transaction": planned("transaction"),
    "informational": planned("informational"),
    "informational-clear": planned("informational-clear"),
}
DOCUMENTS = {name: document(plan) for name, plan in PLANS.items()}
SCHEMA = json.loads((ROOT / "conform" / "schemas" / "ikev1-vectors-1.schema.json").read_text())
FLIPPED = ("main", "main-rev", "quick-pfs", "base", "only-rsa", "informational", "quick-nat", "quick-several")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_reader_that_shares_nothing_with_the_model_finds_every_value_right(name: str) -> None:
    check(DOCUMENTS[name])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_of_the_published_form(name: str) -> None:
    jsonschema.validate(DOCUMENTS[name], SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_what_it_does_not_know() -> None:
    extended = DOCUMENTS["main"] | {"more": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(extended, SCHEMA, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", ["main-rev", "quick"])
def test_the_same_seed_gives_the_same_document_and_another_seed_another(name: str) -> None:
    assert document(PLANS[name]) == DOCUMENTS[name]
    other = document(planned("quick", seed=1))
    assert {one["datagram"] for one in messages(other)}.isdisjoint(
        one["datagram"] for one in messages(DOCUMENTS["quick"])
    )


@pytest.mark.parametrize("name", ["main", "main-ecp", "quick-pfs", "informational"])
def test_a_plaintext_under_key_and_vector_is_what_stands_in_the_datagram(name: str) -> None:
    found = DOCUMENTS[name]
    keys = [bytes.fromhex(one["value"]) for m in messages(found) for one in m["computes"] if one["name"] == "Ka"]
    cipher = {"aes": AES, "3des": TripleDES}[found["suite"]["cipher"]]
    sealed = [one for one in messages(found) if "encryption" in one]
    assert sealed
    for one in sealed:
        encryptor = Cipher(cipher(keys[0]), CBC(bytes.fromhex(one["encryption"]["iv"]))).encryptor()
        plain = bytes.fromhex(one["encryption"]["plaintext"])
        assert (encryptor.update(plain) + encryptor.finalize()).hex() == one["datagram"][56:]


class Given(Recorder):
    """A backend that draws what a document says, by labels, and nothing else."""

    def __init__(self, found: dict[str, Any]) -> None:
        super().__init__("")
        self.given: dict[str, deque[bytes]] = defaultdict(deque)
        for one in found["random"]:
            self.given[one["name"]].append(bytes.fromhex(one["value"]))

    def random(self, size: int, label: str) -> bytes:
        return bytes(size) if label == "self-test" else self.given[label].popleft()

    def draw_secret(self, group: AnyGroup, label: str) -> int:
        return (
            super().draw_secret(group, label) if label == "self-test" else int.from_bytes(self.given[label].popleft())
        )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_who_draws_the_values_of_a_document_sends_its_datagrams_and_needs_no_seed(name: str) -> None:
    found, backend = DOCUMENTS[name], Given(DOCUMENTS[name])
    stage = Stage(PLANS[name].configs, backend, way=PLANS[name].way())
    PLANS[name].course(stage)
    assert [one.sent.datagram.hex() for one in stage.carried] == [one["datagram"] for one in messages(found)]
    assert not any(backend.given.values())


# ---- a changed octet -------------------------------------------------------------------------------------------------


def unchecked(found: dict[str, Any], path: Leaf, place: int) -> bool:
    """Octets that the reader of the examples cannot judge: it has no ciphers, and does not know all numbers."""
    if path[0] == "random":
        return str(at(found, path[:-1])["name"]).startswith(("in place of", "PKCS #1", "identifier", "DPD"))
    if path[-1] == "body" and "sealed" in at(found, path[:-1]):
        return str(at(found, path[:-1])["carries"]).startswith("Cert")  # which nothing else depends on
    if path[-1] != "datagram":
        return path[0] == "suite" and path[-2] == "group"  # each exchange has its own
    sealed, size = "encryption" in at(found, path[:-1]), len(at(found, path)) // 2
    return place == 18 or (sealed and 28 <= place < size - found["suite"]["block"])


def refused(found: dict[str, Any], path: Leaf, place: int, mask: int) -> bool:
    """Whether the reader refuses a document with one octet changed."""
    changed = copy.deepcopy(found)
    octets = bytearray.fromhex(at(found, path))
    octets[place] ^= mask
    at(changed, path[:-1])[path[-1]] = octets.hex()
    try:
        check(changed)
    except (ValueError, LookupError):
        return True
    return False


@pytest.mark.parametrize("name", FLIPPED)
def test_a_changed_octet_in_any_value_is_found(name: str) -> None:
    found = DOCUMENTS[name]
    sizes = {path: len(at(found, path)) // 2 for path in leaves(found)}
    places = [(path, place) for path, size in sizes.items() if size for place in {0, size // 2}]
    assert len(places) > 50
    assert [one for one in places if not unchecked(found, *one) and not refused(found, *one, 0x01)] == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_changed_octet_anywhere_is_found(data: st.DataObject) -> None:
    found = DOCUMENTS[data.draw(st.sampled_from(FLIPPED))]
    path = data.draw(st.sampled_from([path for path in leaves(found) if at(found, path)]))
    place = data.draw(st.integers(0, len(at(found, path)) // 2 - 1))
    mask = data.draw(st.integers(1, 255))
    assert unchecked(found, path, place) or refused(found, path, place, mask)
