"""Forms of quick mode in test vectors: each shows what it is for, and a reader finds out where that is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from isakmp.conform.vectors.courses import KINDS, SMALL
from isakmp.machine.codec import decode
from isakmp.spec.payloads import FRAGMENT, NAT_D, NAT_OA, SA, N
from isakmp.spec.registries import Flag, NotifyType, PayloadType, ProtocolId
from tests.conform.vectors import check, document, messages, planned

FORMS = {name: document(planned(name)) for name, kind in KINDS.items() if kind.of}


def keymat(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Protocol, SPI and direction of each keying material."""
    every = [one for message in messages(found) for one in message["computes"] if one["name"] == "KEYMAT"]
    return [(*(part["value"] for part in one["arguments"][1][:2]), one["direction"]) for one in every]


def bodies(message: dict[str, Any], kind: PayloadType) -> list[str]:
    return [payload["body"] for payload in message["payloads"] if payload["type"] == kind]


def refused(name: str, place: tuple[str | int, ...], value: str) -> bool:
    """Whether the reader refuses a document in which something else stands at that place of its last quick mode."""
    changed = copy.deepcopy(FORMS[name])
    node: Any = changed["exchanges"]
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    try:
        check(changed)
    except (ValueError, KeyError, IndexError):
        return True
    return False


@pytest.mark.parametrize(("name", "protocols"), [
    ("quick-ah-esp", ["03", "03", "02", "02"]),
    ("quick-esp-ipcomp", ["03", "03"]),
    ("quick-several", ["03", "03", "03", "03", "02", "02"]),
])  # fmt: skip
def test_every_sa_with_keys_has_keying_material_of_its_own_in_both_directions(name: str, protocols: list[str]) -> None:
    found = keymat(FORMS[name])
    assert [protocol for protocol, _, _ in found] == protocols
    assert len({(spi, direction) for _, spi, direction in found}) == len(found)
    values = [one["value"] for m in messages(FORMS[name]) for one in m["computes"] if one["name"] == "KEYMAT"]
    assert len(set(values)) == len(values)


def test_bundles_stand_in_one_proposal_number_and_several_sas_in_payloads_of_their_own() -> None:
    for name, protocols in (
        ("quick-ah-esp", {ProtocolId.ESP, ProtocolId.AH}),
        ("quick-esp-ipcomp", {ProtocolId.ESP, ProtocolId.IPCOMP}),
    ):
        first = planned(name).play().carried[6].sent.payloads
        (offer,) = (payload for payload in first if isinstance(payload, SA))
        assert {proposal.number for proposal in offer.proposals} == {1}
        assert {proposal.protocol for proposal in offer.proposals} == protocols
    for message in FORMS["quick-several"]["exchanges"][1]["messages"][:2]:
        assert len(bodies(message, PayloadType.SA)) == 3


def test_the_commit_bit_is_in_the_answer_and_connected_has_the_same_message_id() -> None:
    _, quick, confirmation = FORMS["quick-commit"]["exchanges"]
    flags = [decode(bytes.fromhex(one["datagram"])).header.flags & Flag.COMMIT for one in quick["messages"]]
    assert flags == [0, Flag.COMMIT, 0]
    (connected,) = confirmation["messages"]
    assert (confirmation["message_id"], connected["from"]) == (quick["message_id"], "responder")
    (told,) = (o for o in planned("quick-commit").play().carried[9].sent.payloads if isinstance(o, N))
    assert told.type == NotifyType.CONNECTED


def test_behind_a_nat_ports_change_and_original_addresses_are_told() -> None:
    found = list(messages(FORMS["quick-nat"]))
    assert [one["addresses"]["to"] for one in found if one["from"] == "initiator"] == [
        "198.51.100.1:500", "198.51.100.1:500", "198.51.100.1:4500", "198.51.100.1:4500", "198.51.100.1:4500",
    ]  # fmt: skip
    assert len({one["addresses"]["seen_from"] for one in found if one["from"] == "initiator"}) == 2
    assert [bodies(one, PayloadType.NAT_OA) for one in found[6:8]] == [
        ["010000000a000002", "01000000c6336401"], ["01000000cb007107", "01000000c6336401"],
    ]  # fmt: skip
    assert all(len(bodies(one, PayloadType.NAT_D)) == 2 for one in found[2:4])
    assert {NAT_D, NAT_OA} <= {type(p) for one in planned("quick-nat").play().carried for p in one.sent.payloads}


def test_what_is_longer_travels_in_fragments_whose_data_are_the_datagram() -> None:
    cut = [one for one in messages(FORMS["quick-fragments"]) if "fragments" in one]
    assert len(cut) >= 4
    for one in messages(FORMS["quick-fragments"]):
        assert ("fragments" in one) is (len(one["datagram"]) // 2 > SMALL)
    for one in cut:
        pieces = [decode(bytes.fromhex(each)).payloads[0] for each in one["fragments"]]
        assert all(len(each) // 2 <= SMALL for each in one["fragments"])
        assert b"".join(p.data for p in pieces if isinstance(p, FRAGMENT)).hex() == one["datagram"]


def test_the_reader_finds_wrong_protocols_addresses_and_fragments() -> None:
    final = FORMS["quick-ah-esp"]["exchanges"][1]["messages"][2]
    place = next(n for n, one in enumerate(final["computes"]) if one["name"] == "KEYMAT")
    assert refused("quick-ah-esp", (1, "messages", 2, "computes", place, "arguments", 1, 0, "value"), "02")
    assert refused("quick-nat", (0, "messages", 2, "addresses", "to"), "198.51.100.1:501")
    number = next(n for n, one in enumerate(FORMS["quick-fragments"]["exchanges"][0]["messages"]) if "fragments" in one)
    piece = FORMS["quick-fragments"]["exchanges"][0]["messages"][number]["fragments"][0]
    assert refused("quick-fragments", (0, "messages", number, "fragments", 0), piece[:-2] + "ff")
