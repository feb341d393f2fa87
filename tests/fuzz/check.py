"""The checker: whatever is changed in a conversation that was captured, it comes to a verdict and says why.

An input is as for the peer (`tests.fuzz.peer`): the place of a message, and what stands there in its stead. The keys
are the true ones, so that the checker looks into what was encrypted; now and then it is given none.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from random import Random
from typing import Final

from isakmp.cli.check import _print
from isakmp.cli.keyentries import of_pair, of_sa
from isakmp.conform.capture import Capture, Datagram, Endpoint
from isakmp.conform.check import KeysOfAnotherCapture, check_capture
from isakmp.conform.keyjson import keys_from_document
from isakmp.conform.keytypes import KeyForm, Keys
from isakmp.conform.verdicts import Verdict
from isakmp.machine.codec import decode
from isakmp.machine.errors import MalformedMessage
from isakmp.machine.outputs import PhaseOneUp
from isakmp.spec.terms import Role
from tests.fuzz import chains, peer
from tests.fuzz.capture import backend
from tests.fuzz.peer import ELSEWHERE, Record, joined, split
from tests.fuzz.scenes import Course, Scene, places, scene
from tests.fuzz.target import Mutate, Target, ensure

UNKNOWN, BESIDE = 64, 128
"""Of the first record: the checker gets no keys; what should have come stands behind."""

ENDS: Final = {Role.I: Endpoint("192.0.2.1", 500), Role.R: Endpoint("192.0.2.2", 500)}
OTHER: Final = Endpoint("192.0.2.3", 500)


def one(data: bytes) -> None:
    """Judge the conversation with the records in the place of a message."""
    place, records = split(data)
    if not records:
        return
    found = scene(place)
    capture = _capture(found, records)
    known = None if records[0].how & UNKNOWN else _keys(found.course)
    try:
        report = check_capture(capture, known, backend())
    except KeysOfAnotherCapture:
        return
    document = report.to_json()
    json.dumps(document)
    with redirect_stdout(io.StringIO()):
        _print(document, verbose=bool(records[0].how & BESIDE))
    _judged(found, capture, report.verdict)


def _judged(found: Scene, capture: Capture, verdict: Verdict) -> None:
    honest = [one.sent.datagram for one in found.course.writer.stage.carried]
    if [each.payload for each in capture.datagrams] == honest and all(
        each.source != OTHER for each in capture.datagrams
    ):
        ensure(verdict is not Verdict.DEVIATIONS, "an honest conversation is said to deviate")
    for datagram in capture.datagrams:
        if datagram.payload not in honest and _malformed(datagram.payload):
            ensure(verdict is Verdict.DEVIATIONS, f"nothing is said of frame {datagram.frame}, which is malformed")


def _malformed(octets: bytes) -> bool:
    """Whether no peer may take a datagram for one in the clear; of others only the header can be read."""
    if len(octets) < chains.HEADER or octets[19] & 1:
        return False
    try:
        decode(octets)
    except MalformedMessage as error:
        return error.deviation.payload == "ISAKMP header"
    return False


def _capture(found: Scene, records: list[Record]) -> Capture:
    datagrams: list[Datagram] = []

    def add(time: float, sender: Role, octets: bytes, *, elsewhere: bool = False) -> None:
        source = OTHER if elsewhere else ENDS[sender]
        datagrams.append(Datagram(len(datagrams) + 1, time, source, ENDS[sender.other], octets))

    for each in found.course.writer.stage.carried:
        time = float(each.number)
        if each.number == found.honest.number:
            for record in records:
                for octets in peer.delivered(found, record):
                    add(time, each.sender, octets, elsewhere=bool(record.how & ELSEWHERE))
            if not records[0].how & BESIDE:
                continue
        add(time, each.sender, each.sent.datagram)
    return Capture("in memory", tuple(datagrams), (), {}, (), len(datagrams))


@cache
def _keys(course: Course) -> Keys:
    """All that the initiator knows, as a file of keys has it."""
    stage = course.writer.stage
    document: dict[str, object] = {"format": str(KeyForm.IKEV1_CAPTURE)}
    psk = course.plan.configs[Role.I].credentials.psk
    if psk is not None:
        document["psk"] = psk.decode()
    try:
        sa = stage.held(Role.I, PhaseOneUp).sa
    except LookupError:
        return keys_from_document("keys", document)
    return keys_from_document(
        "keys", document | {"ike_sas": [of_sa(sa) | {"quick_modes": [of_pair(pair, Role.I) for pair in stage.pairs]}]}
    )


def seeds() -> Iterator[bytes]:
    """Every honest message at its place; and without keys, with itself behind."""
    for number in range(len(places())):
        plain = scene(number).draft.plain
        honest = peer.SEALED | peer.PROVEN
        for how in (honest, honest | UNKNOWN | BESIDE):
            yield joined(number, [Record(how, plain)])


def mutator(data: bytes, random: Random, mutate: Mutate) -> bytes:
    """As for the peer."""
    changed = peer.mutator(data, random, mutate)
    place, records = split(changed)
    if records and random.random() < 0.1:
        records[0] = Record(records[0].how ^ random.choice((UNKNOWN, BESIDE)), records[0].plain)
        return joined(place, records)
    return changed


TARGET = Target(one, seeds, mutator, longest=8192)
