"""Cases derived from the guards of the table: for each row that refuses a message, messages that it has to refuse.

Beside them stand what is just inside the bound that a guard draws, which has to be taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from isakmp.conform.live.case import Allows, Case, Change, Rule, Where, deviation, of_senders, stated
from isakmp.conform.live.case_values import bad_values
from isakmp.conform.live.draft import Draft
from isakmp.machine.config import Config
from isakmp.spec.guards import Check, Guard, guards_of
from isakmp.spec.layouts import Payload
from isakmp.spec.limits import ISAKMP_PORT, UDP
from isakmp.spec.messages import Exchange, Message
from isakmp.spec.payloads import (
    HASH,
    ID,
    ID_DATA_LENGTHS,
    KE,
    NONCE,
    NONCE_OCTETS,
    PAYLOADS,
    SA,
    SIG,
    VID,
    Attribute,
    Transform,
)
from isakmp.spec.registries import Group, IdType, PayloadType


@dataclass(frozen=True)
class Breach:
    """What a guard has to refuse (or, with another reaction, to let pass), and the statement that says so."""

    change: Change
    rule: Rule
    allows: Allows = Allows.REFUSAL


Breaches = Callable[[Guard, Message, Config], Iterator[Breach]]


def guard_cases(where: Where, exchange: Exchange, message: Message, config: Config) -> Iterator[Case]:
    """The cases of every guard of a message, in the order of the table."""
    for guard in guards_of(message, where.receiver, exchange.phase):
        for breach in BREACHES.get(guard.check, _none)(guard, message, config):
            yield deviation(where, breach.rule, breach.change, breach.allows)


def _none(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    yield from ()


# ---- which payloads, in which order ----------------------------------------------------------------------------------

_DICTATES = "RFC2408-3.1-18"
_ANY_ORDER = "RFC2409-5-17"
_FIRST = {PayloadType.SA: "RFC2409-5-04", PayloadType.HASH: "RFC2409-5.5-02"}
_STRANGE = {PayloadType.KE: KE, PayloadType.NONCE: NONCE, PayloadType.SIG: SIG, PayloadType.HASH: HASH}


def _fits(_: Guard, message: Message, __: Config) -> Iterator[Breach]:
    kinds = [slot.payload for slot in message.slots if not slot.optional]
    dictated = stated(_DICTATES)
    for kind in dict.fromkeys(kinds):
        name = kind.name.lower()
        drop = partial(_without, kind=PAYLOADS[kind])
        yield Breach(Change(f"without-{name}", f"without its {kind.name} payload", drop), dictated)
    for kind in dict.fromkeys(k for k in kinds if k in (PayloadType.KE, PayloadType.NONCE)):
        double = partial(_twice, kind=PAYLOADS[kind])
        yield Breach(Change(f"two-{kind.name.lower()}", f"with a second {kind.name} payload", double), dictated)
    strange = next(k for k in _STRANGE if k not in {slot.payload for slot in message.slots} | message.allows)
    more = _STRANGE[strange](bytes(NONCE_OCTETS.start * 4))
    adding = partial(Draft.with_more, payload=more)
    yield Breach(
        Change(f"with-{strange.name.lower()}", f"with a {strange.name} payload, which is none of it", adding), dictated
    )
    first = next(iter(message.leading), None)
    if first is not None:
        change = Change(f"{first.name.lower()}-not-first", f"with a vendor id in front of {first.name}", _vendor_first)
        yield Breach(change, of_senders(_FIRST[first]))
    free = [kind for kind in kinds if kind not in message.leading]
    if len(set(free)) > 1:
        change = Change(
            "other-order", "with its payloads in the opposite order", partial(_reversed, leading=len(message.leading))
        )
        yield Breach(change, stated(_ANY_ORDER), Allows.ANSWER)


def _without(draft: Draft, kind: type[Payload]) -> Draft:
    return draft.mapped(kind, lambda _: None)


def _twice(draft: Draft, kind: type[Payload]) -> Draft:
    own = next(payload for payload in draft.payloads if isinstance(payload, kind))
    return draft.with_more(own)


def _vendor_first(draft: Draft) -> Draft:
    return draft.with_payloads((VID(bytes(16)), *draft.payloads))


def _reversed(draft: Draft, leading: int) -> Draft:
    own = draft.payloads
    return draft.with_payloads((*own[:leading], *reversed(own[leading:])))


# ---- public values and nonces ----------------------------------------------------------------------------------------


def _ke_valid(_: Guard, message: Message, config: Config) -> Iterator[Breach]:
    group = config.ipsec[0].group if message.name.startswith("QM") else config.ike[0].group
    if isinstance(group, Group):
        yield from _values(group)


def _values(group: Group) -> Iterator[Breach]:
    for value in bad_values(group):
        put = partial(_with_data, kind=KE, data=value.octets)
        yield Breach(Change(f"ke-{value.slug}", f"a public value of {value.words}", put), value.rule)


def _with_data(draft: Draft, kind: type[Payload], data: bytes) -> Draft:
    return draft.mapped(kind, lambda payload: payload.replace(data=data))


def _pfs_as_negotiated(_: Guard, __: Message, config: Config) -> Iterator[Breach]:
    rule = of_senders("RFC2409-5.5-06")
    if config.ipsec[0].group is None:
        change = Change("ke-without-group", "with a KE payload, and no group in its transforms", _with_ke)
        yield Breach(change, rule)
    else:
        yield Breach(
            Change("group-without-ke", "without the KE payload of its group", partial(_without, kind=KE)), rule
        )


def _with_ke(draft: Draft) -> Draft:
    return draft.with_more(KE(bytes(255) + b"\x05"))


def _nonce_length(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    rule = stated("RFC2409-5-06")
    least, most = NONCE_OCTETS.start, NONCE_OCTETS.stop - 1
    for octets, allows in (
        (0, Allows.REFUSAL),
        (least - 1, Allows.REFUSAL),
        (least, Allows.ANSWER),
        (most, Allows.ANSWER),
        (most + 1, Allows.REFUSAL),
    ):
        put = partial(_with_data, kind=NONCE, data=bytes(range(256))[:octets] + b"\xff" * (octets - 256))
        yield Breach(Change(f"nonce-{octets}", f"a nonce of {octets} octets", put), rule, allows)


# ---- identities ------------------------------------------------------------------------------------------------------


def _identity(guard: Guard, _: Message, __: Config) -> Iterator[Breach]:
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
    for slug, kind, octets in (
        ("ipv4", IdType.IPV4_ADDR, 5),
        ("ipv6", IdType.IPV6_ADDR, 4),
        ("subnet", IdType.IPV4_ADDR_SUBNET, 4),
    ):
        put = partial(_with_identity, payload=ID(kind, data=bytes(octets)))
        rule = stated(
            {"ipv4": "RFC2407-4.6.2.2-01", "ipv6": "RFC2407-4.6.2.6-01", "subnet": "RFC2407-4.6.2.5-01"}[slug]
        )
        yield Breach(Change(f"id-{slug}-length", f"an identity {kind.name} of {octets} octets", put), rule)


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


# ---- proofs ----------------------------------------------------------------------------------------------------------


def _hash(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    rule = stated("RFC2408-5.11-05")
    for slug, words, change in (
        ("hash-bit", "a hash with one bit changed", lambda data: bytes([data[0] ^ 1]) + data[1:]),
        ("hash-last-bit", "a hash with its last bit changed", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("hash-zeros", "a hash of zeros", lambda data: bytes(len(data))),
        ("hash-short", "a hash without its last octet", lambda data: data[:-1]),
        ("hash-one-octet", "a hash of one octet, the first of the true one", lambda data: data[:1]),
        ("hash-empty", "an empty hash", lambda _: b""),
        ("hash-long", "a hash with an octet more", lambda data: data + b"\0"),
    ):
        yield Breach(Change(slug, words, partial(_with_proof, change=change)), rule)


def _with_proof(draft: Draft, change: Callable[[bytes], bytes]) -> Draft:
    def other(payload: Payload) -> Payload:
        return HASH(change(payload.data)) if isinstance(payload, HASH) else payload

    return replace(draft.mapped(HASH, other), proofs=False)


# ---- choices ---------------------------------------------------------------------------------------------------------


def _offered(_: Guard, message: Message, __: Config) -> Iterator[Breach]:
    """Choices of a responder that were not offered."""
    changed, chosen = stated("RFC2409-5-12"), stated("RFC2408-4.2-10")
    one = stated("RFC2408-4.2-09")
    for slug, words, rule, change in (
        ("attribute-changed", "the chosen transform with another value of its first attribute", changed, _other_value),
        ("attribute-missing", "the chosen transform without its first attribute", changed, _no_first),
        ("attribute-added", "the chosen transform with an attribute more", changed, _one_more),
        ("other-transform", "a transform that was not offered", chosen, _other_transform),
    ):
        yield Breach(Change(slug, words, partial(_choice, change=change)), rule)
    yield Breach(Change("two-transforms", "two transforms in the choice", _two_transforms), one)
    del message


def _choice(draft: Draft, change: Callable[[Transform], Transform]) -> Draft:
    def other(sa: Payload) -> Payload:
        if not isinstance(sa, SA):
            return sa
        proposals = tuple(p.replace(transforms=tuple(map(change, p.transforms))) for p in sa.proposals)
        return sa.replace(proposals=proposals)

    return draft.mapped(SA, other)


_NOT_OFFERED = 77


def _other_value(one: Transform) -> Transform:
    first = one.attributes[0].replace(value=_NOT_OFFERED)
    return one.replace(attributes=(first, *one.attributes[1:]))


def _no_first(one: Transform) -> Transform:
    return one.replace(attributes=one.attributes[1:])


def _one_more(one: Transform) -> Transform:
    return one.replace(attributes=(*one.attributes, Attribute(_NOT_OFFERED, 1)))


def _other_transform(one: Transform) -> Transform:
    return one.replace(transform_id=one.transform_id + 100)


def _two_transforms(draft: Draft) -> Draft:
    def other(sa: Payload) -> Payload:
        if not isinstance(sa, SA):
            return sa
        first = sa.proposals[0]
        twice = (*first.transforms, first.transforms[0].replace(number=first.transforms[0].number + 1))
        return sa.replace(proposals=(first.replace(transforms=twice),))

    return draft.mapped(SA, other)


# ---- signatures ------------------------------------------------------------------------------------------------------


def _signature(_: Guard, __: Message, ___: Config) -> Iterator[Breach]:
    rule = stated("RFC2408-5.12-05")
    for slug, words, change in (
        ("sig-bit", "a signature with one bit changed", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("sig-zeros", "a signature of zeros", lambda data: bytes(len(data))),
        ("sig-short", "a signature without its last octet", lambda data: data[:-1]),
        ("sig-empty", "an empty signature", lambda _: b""),
    ):
        yield Breach(Change(slug, words, partial(_with_signature, change=change)), rule)


def _with_signature(draft: Draft, change: Callable[[bytes], bytes]) -> Draft:
    def other(payload: Payload) -> Payload:
        return SIG(change(payload.data)) if isinstance(payload, SIG) else payload

    return replace(draft.mapped(SIG, other), proofs=False)


BREACHES: dict[Check, Breaches] = {
    Check.OFFERED: _offered,
    Check.FITS: _fits,
    Check.KE_VALID: _ke_valid,
    Check.PFS_AS_NEGOTIATED: _pfs_as_negotiated,
    Check.NONCE_LENGTH: _nonce_length,
    Check.IDENTITY: _identity,
    Check.HASH: _hash,
    Check.PROTECTED_HASH: _hash,
    Check.SIGNATURE: _signature,
}
"""What breaks each kind of check; offers, which have to be accepted, are the business of `case_offers`."""
