"""What is large is looked at and forgotten: nobody fills the memory with offers or chains that are each different."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from isakmp.machine import codec_attributes, owners
from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import GENERIC, Message, Payloads
from isakmp.machine.outputs import Discarded, Send
from isakmp.machine.peer import Peer
from isakmp.machine.remembering import MOST_OCTETS, MOST_PARTS
from isakmp.spec.limits import COOKIE_OCTETS, LARGEST_FIRST
from isakmp.spec.payloads import SA, VID, Attribute, Transform
from isakmp.spec.registries import IkeAttribute
from tests.machine.ends import NOW, ends

MESSAGES, WARM = 8, 2
COPIES = 6
"""Times its first message that an exchange may take, beyond what it takes anyway."""

ANYWAY = 20_000
"""Octets of an exchange itself."""


def first() -> tuple[Peer, Message]:
    """A responder, and an honest first message to it."""
    alice, bob = ends()
    (sent,) = [output for output in alice.initiate("main", "bob", NOW) if isinstance(output, Send)]
    return bob, decode(sent.datagram)


def offering(message: Message, attributes: tuple[Attribute, ...]) -> tuple[SA, ...]:
    """The offer of a first message, with further attributes in its transform."""
    (offer,) = [payload for payload in message.payloads if isinstance(payload, SA)]
    proposal = offer.proposals[0]
    transform: Transform = proposal.transforms[0]
    more = transform.replace(attributes=(*transform.attributes, *attributes))
    return (offer.replace(proposals=(proposal.replace(transforms=(more,)),)),)


def large(kind: str, number: int, message: Message) -> Payloads:
    """Payloads that are large in one respect, and different each time."""
    group = IkeAttribute.GROUP_PRIME
    if kind == "attributes":
        return Payloads(offering(message, tuple(Attribute(group, (number * 9000 + i) & 0xFFFF) for i in range(9000))))
    if kind == "octets":
        return Payloads(offering(message, (Attribute(group, number.to_bytes(2) * 30_000),)))
    return Payloads((*message.payloads, *[VID(b"")] * (9000 + number)))


def datagrams(kind: str, message: Message) -> Iterator[bytes]:
    for number in range(1, MESSAGES + WARM + 1):
        header = message.header.replace(cky_i=number.to_bytes(COOKIE_OCTETS))
        yield encode(Message(header, large(kind, number, message)))


@pytest.mark.parametrize(("kind", "most"), [("attributes", 1 << 20), ("octets", 150_000), ("payloads", 150_000)])
def test_what_is_large_is_not_kept(kind: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "LARGEST_FIRST", 1 << 16)  # under an SA messages may be so long
    bob, message = first()
    found = list(datagrams(kind, message))
    tracemalloc.start()
    try:
        before = 0
        for number, datagram in enumerate(found):
            bob.receive(datagram, number, NOW)
            bob.shut(NOW)  # what was accepted is none of this test's concern
            if number == WARM:
                before = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[0] - before < most
    finally:
        tracemalloc.stop()


def test_an_exchange_that_waits_keeps_little_more_than_the_octets_of_its_first_message() -> None:
    bob, message = first()
    found, header = [], message.header
    for number in range(1, MESSAGES + WARM + 1):
        (offer,) = offering(message, ())
        many = tuple(Attribute(IkeAttribute.GROUP_PRIME, (number * 3000 + i) & 0xFFFF) for i in range(3000))
        (further,) = offering(message, many)
        second = further.proposals[0].transforms[0].replace(number=2)
        whole = offer.proposals[0].replace(transforms=(*offer.proposals[0].transforms, second))
        chain = Payloads((offer.replace(proposals=(whole,)),))
        found.append(encode(Message(header.replace(cky_i=number.to_bytes(COOKIE_OCTETS)), chain)))
    tracemalloc.start()
    try:
        before = 0
        for number, datagram in enumerate(found):
            bob.receive(datagram, number, NOW)
            if number == WARM - 1:
                before = tracemalloc.get_traced_memory()[0]
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(list(bob.database.runs())) == len(found)
    assert grown < MESSAGES * (COPIES * len(found[0]) + ANYWAY)


@pytest.mark.parametrize("more", [0, 1])
def test_a_first_message_that_is_longer_than_any_honest_one_is_not_answered(more: int) -> None:
    bob, message = first()
    room = LARGEST_FIRST - len(encode(Message(message.header, message.chain))) - GENERIC
    datagram = encode(Message(message.header, Payloads((*message.payloads, VID(bytes(room + more))))))
    assert len(datagram) == LARGEST_FIRST + more
    outputs = bob.receive(datagram, "alice", NOW)
    assert any(isinstance(output, Discarded) for output in outputs) == bool(more)
    assert len(list(bob.database.runs())) == 1 - more


def test_what_honest_peers_send_is_kept() -> None:
    _, message = first()
    (offer,) = offering(message, ())
    attributes = offer.proposals[0].transforms[0].attributes
    assert 2 * len(attributes) < MOST_PARTS
    assert all(isinstance(each.value, int) or len(each.value) < MOST_OCTETS for each in attributes)


def test_attributes_are_kept_in_bounded_number_and_read_rightly_when_the_table_begins_anew() -> None:
    for number in range(3 * codec_attributes._KEPT):
        octets = (0x8001 << 16 | number).to_bytes(4) + (0x800B << 16 | number).to_bytes(4)
        expected = (Attribute(1, number), Attribute(11, number))
        for _ in range(2):  # one by one, then from the table
            assert codec_attributes.read_attributes(octets, 0, len(octets)) == expected
        assert codec_attributes.attribute_octets(expected) == octets
        assert len(codec_attributes._by_number) <= codec_attributes._KEPT
        assert len(codec_attributes._by_attribute) <= codec_attributes._KEPT
