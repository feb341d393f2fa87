"""Identities that break a guard: of phase 1, and of the clients that a quick mode is for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from isakmp.conform.live.breach import Breach
from isakmp.conform.live.case import Allows, Case, Change, Where, deviation, stated
from isakmp.conform.live.draft import Draft
from isakmp.machine.config import Config
from isakmp.spec.guards import Guard
from isakmp.spec.limits import ISAKMP_PORT, UDP
from isakmp.spec.messages import Message
from isakmp.spec.payloads import (
    ID,
    ID_DATA_LENGTHS,
)
from isakmp.spec.registries import IdType


def identity(guard: Guard, _: Message, __: Config) -> Iterator[Breach]:
    """Identities that must not be taken; where they are optional, they are those of a quick mode's clients."""
    if guard.slot is not None and guard.slot.optional:
        yield from _clients()
        return
    error = stated("RFC2407-4.6.2-03")
    for slug, words, protocol, port in (
        ("tcp", "protocol 6", 6, 0),
        ("tcp-500", "protocol 6 and port 500", 6, ISAKMP_PORT),
        ("port-501", "port 501", UDP, ISAKMP_PORT + 1),
    ):
        yield Breach(
            Change(f"id-{slug}", f"an identity with {words}", partial(_with_port, protocol=protocol, port=port)), error
        )
    good = partial(_with_port, protocol=UDP, port=ISAKMP_PORT)
    yield Breach(
        Change("id-udp-500", "an identity with UDP and port 500", good), stated("RFC2407-4.6.2-01"), Allows.ANSWER
    )
    for slug, kind, octets, number in (
        ("ipv4", IdType.IPV4_ADDR, 5, "RFC2407-4.6.2.2-01"),
        ("ipv6", IdType.IPV6_ADDR, 4, "RFC2407-4.6.2.6-01"),
        ("subnet", IdType.IPV4_ADDR_SUBNET, 4, "RFC2407-4.6.2.5-01"),
    ):
        put = partial(_with_identity, payload=ID(kind, data=bytes(octets)))
        yield Breach(Change(f"id-{slug}-length", f"an identity {kind.name} of {octets} octets", put), stated(number))


def _with_port(draft: Draft, protocol: int, port: int) -> Draft:
    return draft.mapped(ID, lambda payload: payload.replace(protocol=protocol, port=port))


def _with_identity(draft: Draft, payload: ID) -> Draft:
    return draft.mapped(ID, lambda _: payload)


def _clients() -> Iterator[Breach]:
    """Client identities of quick mode: both or none, of known types and their lengths."""
    good = ID(IdType.IPV4_ADDR, data=bytes([192, 0, 2, 1]))
    both, types = stated("RFC2409-5.5-05"), stated("RFC2408-5.8-02")
    unknown = good.replace(type=max(IdType) + 100)
    short = good.replace(data=good.data[1:])
    for slug, words, pair, rule in (
        ("id-alone", "with one client identity", (good,), both),
        ("three-ids", "with three client identities", (good, good, good), both),
        ("idci-type-unknown", "with an identity of the initiator of an unknown type", (unknown, good), types),
        ("idcr-type-unknown", "with an identity of the responder of an unknown type", (good, unknown), types),
        ("both-ids-type-unknown", "with identities of an unknown type", (unknown, unknown), types),
        ("idcr-short", "with an address of three octets", (good, short), stated("RFC2407-4.6.2.2-01")),
        ("idcr-empty", "with an empty address", (good, good.replace(data=b"")), stated("RFC2407-4.6.2.2-01")),
    ):
        yield Breach(Change(slug, words, partial(_with_clients, pair=pair)), rule)


def client_cases(where: Where) -> Iterator[Case]:
    """Client identities of each type that there is: a target may refuse any, and has to live on."""
    rule = stated("RFC2407-4.6.2.1-02")
    good = ID(IdType.IPV4_ADDR, data=bytes([192, 0, 2, 1]))
    for kind in IdType:
        if kind.value:
            lengths = ID_DATA_LENGTHS.get(kind, frozenset({12}))
            other = ID(kind, data=bytes(max(lengths)))
            name = kind.name.lower().replace("_", "-")
            for end, pair in (("idci", (other, good)), ("idcr", (good, other))):
                what = Change(f"{end}-{name}", f"with a client identity {kind.name}", partial(_with_clients, pair=pair))
                yield deviation(where, rule, what, Allows.LIFE)


def _with_clients(draft: Draft, pair: tuple[ID, ...]) -> Draft:
    own = tuple(payload for payload in draft.payloads if not isinstance(payload, ID))
    return draft.with_payloads((*own, *pair))
