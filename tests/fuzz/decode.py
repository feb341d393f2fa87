"""The codec: any octets are read or refused, strictly and leniently alike, and what was read is written again.

An input is an octet of choices and a datagram, or an octet of choices, a payload type and a decrypted body.
"""

from __future__ import annotations

import json
from functools import cache
from random import Random
from typing import Final

from isakmp.cli.decode import _document
from isakmp.cli.tree import tree_of
from isakmp.machine.codec import decode, decode_payloads, encode, encode_payloads
from isakmp.machine.codec_chain import Walk
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.codec_walk import DEVIATIONS_KEPT
from isakmp.machine.errors import Deviation, MalformedMessage
from isakmp.spec.registries import Doi
from tests.fuzz import chains
from tests.fuzz.seeds import bodies, datagrams
from tests.fuzz.target import Mutate, Target, ensure

_BODY: Final = 0x80
_PADDED: Final = 0x40
_DOI: Final = (Doi.IPSEC, Doi.ISAKMP, 2)
MOST_FIELDS: Final = 3
"""Fields that an octet of a datagram can begin, with room: a nibble is the smallest that there is."""


def one(data: bytes) -> None:
    """Read it in all ways."""
    if len(data) < 2:
        return
    choices, octets = data[0], data[1:]
    doi = _DOI[choices % len(_DOI)]
    if choices & _BODY:
        _body(octets[0], octets[1:], doi, padded=bool(choices & _PADDED))
    else:
        _datagram(octets, doi)


def _datagram(octets: bytes, doi: int) -> None:
    _shown(octets)
    try:
        lenient = decode(octets, lenient=True, doi=doi)
    except MalformedMessage:
        ensure(len(octets) < chains.HEADER, "the lenient reader refuses more than what is shorter than a header")
        return
    _sound(lenient.chain, lenient.deviations, octets)
    strict: Message | Deviation
    try:
        strict = decode(octets, doi=doi)
    except MalformedMessage as error:
        strict = error.deviation
    if isinstance(strict, Deviation):
        ensure(bool(lenient.deviations), f"only the strict reader finds {strict}")
        ensure(strict == lenient.deviations[0], f"strict {strict}, lenient {lenient.deviations[0]}")
        return
    ensure(not lenient.deviations, f"only the lenient reader finds {lenient.deviations[:1]}")
    ensure(encode(strict) == octets, "what was read is written otherwise")
    walked = Walk(octets, doi=doi).message()
    ensure(walked == strict and repr(walked) == repr(strict), "the generated readers and the walk differ")
    _covered(strict.chain, octets)


def _body(first: int, octets: bytes, doi: int, *, padded: bool) -> None:
    lenient = decode_payloads(first, octets, doi=doi, lenient=True, padded=padded)
    _sound(lenient, lenient.deviations, bytes(chains.HEADER) + octets)
    try:
        strict = decode_payloads(first, octets, doi=doi, padded=padded)
    except MalformedMessage as error:
        ensure(bool(lenient.deviations), f"only the strict reader finds {error.deviation}")
        ensure(error.deviation == lenient.deviations[0], f"strict {error.deviation}, lenient {lenient.deviations[0]}")
        return
    ensure(not lenient.deviations, f"only the lenient reader finds {lenient.deviations[:1]}")
    ensure(encode_payloads(strict.payloads) + strict.padding == octets, "what was read is written otherwise")
    walked = Walk(octets, chains.HEADER, doi=doi).body(first, padded=padded)
    ensure(walked == strict and repr(walked) == repr(strict), "the generated readers and the walk differ")
    ensure(padded or not strict.padding, "padding that was not allowed")


def _sound(chain: Payloads, deviations: tuple[Deviation, ...], octets: bytes) -> None:
    """What is told of a datagram stands within it, and is no more than it should be."""
    places = [each.offset for each in deviations if each.offset is not None]
    ensure(all(0 <= place <= len(octets) for place in places), f"deviations at {places} of {len(octets)} octets")
    ensure(len(deviations) <= DEVIATIONS_KEPT, f"{len(deviations)} deviations")
    ensure(all(map(str, deviations)), "a deviation without words")
    offsets = chain.offsets
    ensure(list(offsets) == sorted(offsets), f"payloads in disorder: {offsets}")
    ensure(not offsets or offsets[-1] <= len(octets), "payloads beyond the end")


def _covered(chain: Payloads, octets: bytes) -> None:
    """The octets of payloads, of which hashes are made, are those that came."""
    found = b"".join(chain.octets(index) for index in range(len(chain.payloads)))
    ensure(not chain.payloads or chains.HEADER + len(found) + len(chain.padding) == len(octets), "octets are lost")
    ensure(octets[chains.HEADER :].startswith(found), "other octets than those that came")


def _shown(octets: bytes) -> None:
    """What the command line shows of it."""
    tree = tree_of(octets)
    document = _document(tree, False)
    ensure(sum(len(each["fields"]) for each in document["payloads"]) <= MOST_FIELDS * len(octets), "too much to show")
    json.dumps(document, default=bytes.hex)


@cache
def _stock() -> tuple[bytes, ...]:
    return tuple(datagrams())


def seeds() -> list[bytes]:
    """Every datagram and every decrypted body of the captures."""
    found = [b"\0" + octets for octets in datagrams()]
    return found + [bytes([_BODY | _PADDED, first]) + body for first, body in bodies()]


def mutator(data: bytes, random: Random, mutate: Mutate) -> bytes:
    """Payloads are changed in their places."""
    if len(data) < 2 or random.random() < 0.05:
        return mutate(data)
    if not data[0] & _BODY:
        return data[:1] + chains.mutated(data[1:], random, mutate, _stock())
    header = bytes(16) + data[1:2] + bytes(chains.HEADER - 17)
    changed = chains.mutated(header + data[2:], random, mutate, _stock())
    return data[:1] + (changed[16:17] + changed[chains.HEADER :] if len(changed) > chains.HEADER else data[1:])


TARGET = Target(one, seeds, mutator)
