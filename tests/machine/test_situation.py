"""An offer under a situation with labels is refused, as an end that does not support them has to."""

from __future__ import annotations

import pytest

from isakmp.machine.codec import decode, encode
from isakmp.machine.codec_message import Message, Payloads
from isakmp.machine.outputs import Send, Taken
from isakmp.spec.payloads import SA, SecurityLabel
from isakmp.spec.registries import Situation
from tests.machine.ends import NOW, ends

LABEL = SecurityLabel(b"\x01", 0, b"")


def labelled(message: Message, situation: Situation) -> bytes:
    """The same message, its offer under another situation."""
    labels = {
        "secrecy": LABEL if situation & Situation.SECRECY else None,
        "integrity": LABEL if situation & Situation.INTEGRITY else None,
    }
    payloads = [
        payload.replace(situation=situation, **labels) if isinstance(payload, SA) else payload
        for payload in message.payloads
    ]
    return encode(Message(message.header, Payloads(tuple(payloads))))


@pytest.mark.parametrize("exchange", ["main", "aggressive"])
@pytest.mark.parametrize(
    "situation",
    [Situation.IDENTITY_ONLY | Situation.SECRECY, Situation.IDENTITY_ONLY | Situation.INTEGRITY, Situation.SECRECY],
)
def test_an_offer_with_labels_is_refused(exchange: str, situation: Situation) -> None:
    alice, bob = ends()
    (first,) = (one for one in alice.initiate(exchange, "bob", NOW) if isinstance(one, Send))
    outputs = bob.receive(labelled(decode(first.datagram), situation), "alice", NOW)
    problem = next(one.problem for one in outputs if isinstance(one, Taken))
    assert "(RFC 2407 section 4.2.2)" in str(problem)
    assert not list(bob.database.runs())


def test_an_offer_without_labels_is_taken() -> None:
    alice, bob = ends()
    (first,) = (one for one in alice.initiate("main", "bob", NOW) if isinstance(one, Send))
    same = labelled(decode(first.datagram), Situation.IDENTITY_ONLY)
    assert same == first.datagram
    assert any(isinstance(one, Send) for one in bob.receive(same, "alice", NOW))
